/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A network camera for tests and demonstrations: MJPEG over HTTP at / and /stream, a
 * still at /still, counters at /stats. Its options and kinds stand in
 * tests/sim/README.md. One event loop; the pictures are made at the start.
 */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "common/err.h"
#include "common/file.h"
#include "common/loop.h"
#include "common/text.h"
#include "tests/sim/picture.h"
#include "tests/sim/simcam_auth.h"
#include "tests/sim/simcam_variant.h"
#include "tests/sim/stamp.h"

#define LAP 32 /* pictures made; the block code counts modulo this */
#define FAULT_AFTER 20 /* pictures until stall and drop */
#define QUEUE_MAX (512 * 1024) /* a slow viewer's queue; then pictures are skipped */
#define DRIP_BYTES 512
#define DRIP_MS 20
#define REQUEST_MAX 4096
#define TYPE_USUAL "multipart/x-mixed-replace;boundary=frame"

struct viewer {
	LIST_ENTRY(viewer) entry;
	struct simcam *cam;
	struct bufferevent *bev;
	bool streaming, closing, stalled;
	unsigned sent;
	struct evbuffer *drip; /* V_DRIP: what is still to come */
	struct event *drip_timer;
};

struct simcam {
	struct loop *loop;
	const struct variant *variant;
	struct picture_kind kind;
	unsigned fps, number;
	bool one_client;
	const char *auth, *user, *password;
	struct {
		uint8_t *p;
		size_t n;
	} lap[LAP];
	unsigned counter;
	int timer_fd;
	struct event *tick;
	struct evconnlistener *listener;
	LIST_HEAD(, viewer) viewers;
	unsigned open, open_max;
	uint64_t connections, requests, pictures, refused;
};

static bool
has(const struct viewer *v, unsigned flag)
{
	return (v->cam->variant->flags & flag) != 0;
}

static void
viewer_free(struct viewer *v)
{
	LIST_REMOVE(v, entry);
	v->cam->open -= v->streaming ? 1 : 0;
	bufferevent_free(v->bev);
	if (v->drip != NULL)
		evbuffer_free(v->drip);
	loop_drop(v->drip_timer);
	free(v);
}

/* Out through the variant's transfer coding. */
static void
put(struct viewer *v, struct evbuffer *what)
{
	struct evbuffer *out =
	    v->drip != NULL ? v->drip : bufferevent_get_output(v->bev);
	size_t n, chunk = 7;

	while (has(v, V_CHUNKED) && (n = evbuffer_get_length(what)) > 0) {
		n = n < chunk ? n : chunk;
		evbuffer_add_printf(out, "%zx\r\n", n);
		evbuffer_remove_buffer(what, out, n);
		evbuffer_add(out, "\r\n", 2);
		chunk = chunk * 5 % 4093 + 1;
	}
	evbuffer_add_buffer(out, what);
}

static void
put_text(struct viewer *v, const char *text)
{
	struct evbuffer *b = evbuffer_new();

	evbuffer_add(b, text, strlen(text));
	put(v, b);
	evbuffer_free(b);
}

/* The picture with its comment segment behind SOI. */
static struct evbuffer *
stamped(struct simcam *cam)
{
	struct stamp s = {
		.camera = cam->number, .counter = cam->counter, .made_us = loop_now_us()
	};
	struct evbuffer *b = evbuffer_new();
	uint8_t com[STAMP_COM_MAX];
	size_t n = stamp_com_write(&s, com), at = cam->counter % LAP;

	evbuffer_add(b, cam->lap[at].p, 2);
	evbuffer_add(b, com, n);
	evbuffer_add_reference(b, cam->lap[at].p + 2, cam->lap[at].n - 2, NULL, NULL);
	return b;
}

/* Spoil a picture as the variant says. */
static void
spoil(struct viewer *v, struct evbuffer *b)
{
	static const uint8_t nuls[1500];
	struct evbuffer *rest;
	size_t n = evbuffer_get_length(b);
	bool second = v->sent % 2 == 1;

	if (second && (has(v, V_TRUNCATED) || has(v, V_CUT_HEADER))) {
		rest = evbuffer_new();
		evbuffer_remove_buffer(b, rest, has(v, V_TRUNCATED) ? n / 2 : 150);
		evbuffer_drain(b, evbuffer_get_length(b));
		evbuffer_add_buffer(b, rest);
		evbuffer_free(rest);
	}
	if (has(v, V_JUNK))
		evbuffer_add(b, nuls, sizeof(nuls));
}

/* Half of one picture, then the whole one. */
static void
glue(struct viewer *v, struct evbuffer *b)
{
	struct evbuffer *half = evbuffer_new(), *whole = stamped(v->cam);

	evbuffer_remove_buffer(whole, half, evbuffer_get_length(whole) / 2);
	evbuffer_prepend_buffer(b, half);
	evbuffer_free(half);
	evbuffer_free(whole);
}

static void
put_part_head(struct viewer *v, size_t n)
{
	const char *end = has(v, V_LF) ? "\n" : "\r\n";
	char head[300], length[40] = "";

	if (has(v, V_SHORT_LENGTH))
		n = 300;
	if (has(v, V_LONG_LENGTH))
		n += 1000;
	if (!has(v, V_NO_LENGTH))
		snprintf(length, sizeof(length), "Content-Length: %zu%s", n, end);
	snprintf(head, sizeof(head), "--%s%sContent-Type: image/jpeg%s%s%s",
	    has(v, V_OTHER_BOUNDARY) ? "another" : "frame", end, end, length, end);
	put_text(v, head);
}

static void
put_picture(struct viewer *v)
{
	struct evbuffer *b = stamped(v->cam);

	spoil(v, b);
	if (v->sent % 2 == 1 && has(v, V_GLUED))
		glue(v, b);
	if (!has(v, V_RAW))
		put_part_head(v, evbuffer_get_length(b));
	put(v, b);
	evbuffer_free(b);
	if (!has(v, V_RAW) && !has(v, V_NO_CRLF))
		put_text(v, has(v, V_LF) ? "\n" : "\r\n");
	if (has(v, V_TEXT_PARTS))
		put_text(v,
		    "--frame\r\nContent-Type: "
		    "text/plain\r\n\r\nmotion\xff\xd8\xff=0\r\n");
	v->sent++;
	v->cam->pictures++;
}

/* Bytes without an end, so many a tick. */
static void
put_endless(struct viewer *v)
{
	char junk[16384];
	unsigned i;

	if (has(v, V_HUGE)) {
		memset(junk, 0x55, sizeof(junk));
		if (v->sent == 0)
			put_picture(v);
		if (v->sent == 1)
			evbuffer_add(bufferevent_get_output(v->bev), v->cam->lap[0].p,
			    v->cam->lap[0].n / 2);
		v->sent = 2;
		for (i = 0; i < 8; i++)
			evbuffer_add(
			    bufferevent_get_output(v->bev), junk, sizeof(junk));
		return;
	}
	for (i = 0; i < 200; i++)
		evbuffer_add_printf(
		    bufferevent_get_output(v->bev), "X-Header-%u: %u\r\n", i, i);
}

static void
serve(struct viewer *v)
{
	if (v->stalled || v->closing || has(v, V_SILENT))
		return;
	if (has(v, V_HUGE) || has(v, V_ENDLESS_HEAD) || has(v, V_LONG_PART)) {
		put_endless(v);
		return;
	}
	if (has(v, V_DRIP) && evbuffer_get_length(v->drip) > 0)
		return;
	if (evbuffer_get_length(bufferevent_get_output(v->bev)) > QUEUE_MAX)
		return;
	if (v->sent >= FAULT_AFTER && has(v, V_STALL)) {
		v->stalled = true;
		return;
	}
	if (v->sent >= FAULT_AFTER && has(v, V_DROP)) {
		viewer_free(v);
		return;
	}
	put_picture(v);
}

static void
on_tick(int fd, short what, void *arg)
{
	struct simcam *cam = arg;
	struct viewer *v, *next;
	uint64_t ticks;

	(void)what;
	if (read(fd, &ticks, sizeof(ticks)) != (ssize_t)sizeof(ticks))
		return;
	cam->counter++;
	for (v = LIST_FIRST(&cam->viewers); v != NULL; v = next) {
		next = LIST_NEXT(v, entry);
		if (v->streaming)
			serve(v);
	}
}

static void
on_drip(int fd, short what, void *arg)
{
	struct viewer *v = arg;

	(void)fd;
	(void)what;
	evbuffer_remove_buffer(v->drip, bufferevent_get_output(v->bev), DRIP_BYTES);
	loop_timer_set(v->drip_timer, DRIP_MS);
}

/* A whole answer, then the connection ends. */
static void
answer(struct viewer *v, const char *status, const char *header, const char *type,
    const char *body)
{
	evbuffer_add_printf(bufferevent_get_output(v->bev),
	    "HTTP/1.1 %s\r\n%s%sContent-Type: %s\r\nContent-Length: %zu\r\n"
	    "Connection: close\r\n\r\n%s",
	    status, header != NULL ? header : "", header != NULL ? "\r\n" : "", type,
	    strlen(body), body);
	v->closing = true;
}

static void
start_stream(struct viewer *v)
{
	struct simcam *cam = v->cam;
	const struct variant *k = cam->variant;
	const char *type = k->type != NULL ? k->type : TYPE_USUAL;
	struct evbuffer *out = bufferevent_get_output(v->bev);

	v->streaming = true;
	if (++cam->open > cam->open_max)
		cam->open_max = cam->open;
	if (has(v, V_SILENT))
		return;
	evbuffer_add_printf(
	    out, "HTTP/1.%d 200 OK\r\nServer: simcam\r\n", has(v, V_CHUNKED) ? 1 : 0);
	if (has(v, V_ENDLESS_HEAD))
		return;
	if (type[0] != '\0')
		evbuffer_add_printf(out, "Content-Type: %s\r\n", type);
	if (k->header != NULL)
		evbuffer_add_printf(out, "%s\r\n", k->header);
	evbuffer_add_printf(
	    out, "%s\r\n", has(v, V_CHUNKED) ? "Transfer-Encoding: chunked\r\n" : "");
	if (has(v, V_DRIP)) {
		v->drip = evbuffer_new();
		v->drip_timer = loop_timer(cam->loop, on_drip, v, NULL);
		loop_timer_set(v->drip_timer, DRIP_MS);
	}
	if (has(v, V_PREAMBLE))
		put_text(v,
		    "This is a multipart message.\r\nYour program cannot read "
		    "it.\r\n\r\n");
	if (has(v, V_LONG_PART))
		put_text(v, "--frame\r\n");
	/* Like a real one: the first picture is the next one. */
}

static void
put_still(struct viewer *v)
{
	struct evbuffer *b = stamped(v->cam);

	evbuffer_add_printf(bufferevent_get_output(v->bev),
	    "HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: %zu\r\n"
	    "Connection: close\r\n\r\n",
	    evbuffer_get_length(b));
	evbuffer_add_buffer(bufferevent_get_output(v->bev), b);
	evbuffer_free(b);
	v->closing = true;
}

static void
put_stats(struct viewer *v)
{
	struct simcam *cam = v->cam;
	char body[300];

	snprintf(body, sizeof(body),
	    "{\"connections\":%llu,\"requests\":%llu,\"refused\":%llu,\"open\":%u,"
	    "\"open_max\":%u,\"pictures\":%llu,\"counter\":%u}\n",
	    (unsigned long long)cam->connections, (unsigned long long)cam->requests,
	    (unsigned long long)cam->refused, cam->open, cam->open_max,
	    (unsigned long long)cam->pictures, cam->counter);
	answer(v, "200 OK", NULL, "application/json", body);
}

static void
handle(struct viewer *v, const char *request)
{
	struct simcam *cam = v->cam;
	const struct variant *k = cam->variant;
	char challenge[200];
	bool still = strncmp(request, "GET /still", 10) == 0;

	if (strncmp(request, "GET /stats ", 11) == 0) {
		put_stats(v);
		return;
	}
	cam->requests++;
	if (cam->auth != NULL &&
	    !simcam_auth_ok(cam->auth, cam->user, cam->password, request)) {
		cam->refused++;
		simcam_auth_challenge(cam->auth, challenge, sizeof(challenge));
		answer(v, "401 Unauthorized", challenge, "text/plain", "sign in\n");
	} else if (still) {
		put_still(v);
	} else if (strncmp(request, "GET / ", 6) != 0 &&
	    strncmp(request, "GET /stream", 11) != 0) {
		answer(v, "404 Not Found", NULL, "text/plain", "no such thing\n");
	} else if (k->flags & V_ONE_PAGE) {
		answer(v, k->status != NULL ? k->status : "200 OK", k->header,
		    k->type != NULL ? k->type : "text/plain", "#EXTM3U\n");
	} else if (cam->one_client && cam->open > 0) {
		cam->refused++;
		answer(v, "503 Service Unavailable", NULL, "text/plain",
		    "one viewer only\n");
	} else {
		start_stream(v);
	}
}

static void
on_read(struct bufferevent *bev, void *arg)
{
	struct viewer *v = arg;
	struct evbuffer *in = bufferevent_get_input(bev);
	char request[REQUEST_MAX + 1];
	size_t n = evbuffer_get_length(in);

	if (v->streaming || v->closing) {
		evbuffer_drain(in, n);
		return;
	}
	n = n < REQUEST_MAX ? n : REQUEST_MAX;
	evbuffer_copyout(in, request, n);
	request[n] = '\0';
	if (strstr(request, "\r\n\r\n") == NULL && n < REQUEST_MAX)
		return;
	evbuffer_drain(in, n);
	handle(v, request);
}

static void
on_written(struct bufferevent *bev, void *arg)
{
	struct viewer *v = arg;

	(void)bev;
	if (v->closing)
		viewer_free(v);
}

static void
on_end(struct bufferevent *bev, short what, void *arg)
{
	(void)bev;
	(void)what;
	viewer_free(arg);
}

static void
on_connection(struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *sa,
    int len, void *arg)
{
	struct simcam *cam = arg;
	struct viewer *v = calloc(1, sizeof(*v));
	int one = 1;

	(void)l;
	(void)sa;
	(void)len;
	if (v == NULL) {
		close(fd);
		return;
	}
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	v->cam = cam;
	v->bev =
	    bufferevent_socket_new(loop_base(cam->loop), fd, BEV_OPT_CLOSE_ON_FREE);
	cam->connections++;
	LIST_INSERT_HEAD(&cam->viewers, v, entry);
	bufferevent_setcb(v->bev, on_read, on_written, on_end, v);
	bufferevent_enable(v->bev, EV_READ | EV_WRITE);
}

static void
make_pictures(struct simcam *cam)
{
	size_t i, k;

	for (i = 0; i < LAP; i++) {
		cam->lap[i].p =
		    picture_make(&cam->kind, cam->number, (unsigned)i, &cam->lap[i].n);
		if (!(cam->variant->flags & V_BOMB))
			continue;
		for (k = 2; k + 8 < cam->lap[i].n; k++) {
			if (cam->lap[i].p[k] == 0xff && cam->lap[i].p[k + 1] == 0xc0) {
				memcpy(cam->lap[i].p + k + 5, "\x3e\x80\x3e\x80", 4);
				break;
			}
		}
	}
}

static void
die(const char *what)
{
	fprintf(stderr, "simcam: %s\n", what);
	exit(2);
}

static unsigned
number(const char *text, unsigned min, unsigned max)
{
	uint64_t n;

	if (text_number(text, min, max, false, &n) < 0)
		die("a number is out of range");
	return (unsigned)n;
}

static void
start_timer(struct simcam *cam)
{
	long ns = 1000000000L / (long)cam->fps;
	struct itimerspec spec = { .it_interval = { .tv_sec = ns / 1000000000L,
				       .tv_nsec = ns % 1000000000L } };

	spec.it_value = spec.it_interval;
	cam->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (cam->timer_fd < 0 || timerfd_settime(cam->timer_fd, 0, &spec, NULL) < 0)
		die("no timer");
	cam->tick = loop_watch(cam->loop, cam->timer_fd, EV_READ, on_tick, cam, NULL);
}

/* Listen at HOST:PORT and write what became of it to the port file and stdout. */
static void
start_listening(struct simcam *cam, const char *listen_at, const char *port_file)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	socklen_t len = sizeof(in);
	struct err e = { .code = ERR_NONE };
	char line[64], host[64], *colon;

	snprintf(host, sizeof(host), "%s", listen_at);
	if ((colon = strrchr(host, ':')) == NULL)
		die("--listen wants ADDRESS:PORT");
	*colon++ = '\0';
	in.sin_port = htons((uint16_t)number(colon, 0, 65535));
	if (inet_pton(AF_INET, host, &in.sin_addr) != 1)
		die("--listen wants an IPv4 address");
	cam->listener = evconnlistener_new_bind(loop_base(cam->loop), on_connection,
	    cam, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE, 64,
	    (struct sockaddr *)&in, sizeof(in));
	if (cam->listener == NULL)
		die("cannot listen there");
	if (getsockname(
		evconnlistener_get_fd(cam->listener), (struct sockaddr *)&in, &len) < 0)
		die("cannot listen there");
	snprintf(line, sizeof(line), "%u\n", ntohs(in.sin_port));
	if (port_file != NULL &&
	    file_put(AT_FDCWD, port_file, line, strlen(line), 0644, &e) < 0)
		die(e.msg);
	printf("ready http://127.0.0.1:%u/\n", ntohs(in.sin_port));
	fflush(stdout);
}

static void
list_variants(void)
{
	const struct variant *v;

	for (v = variant_all(); v->name != NULL; v++)
		puts(v->name);
	exit(0);
}

static void
set_size(struct simcam *cam, const char *text)
{
	char copy[32];
	char *x;

	snprintf(copy, sizeof(copy), "%s", text);
	if ((x = strchr(copy, 'x')) == NULL)
		die("--size wants WIDTHxHEIGHT");
	*x++ = '\0';
	cam->kind.width = number(copy, 16, 4096);
	cam->kind.height = number(x, 16, 4096);
}

static void
set_variant(struct simcam *cam, const char *name)
{
	struct picture_kind usual = cam->kind;

	if ((cam->variant = variant_find(name)) == NULL)
		die("no such variant; --list names them");
	cam->kind = cam->variant->kind;
	if (cam->kind.width == 0) {
		cam->kind.width = usual.width;
		cam->kind.height = usual.height;
	}
	cam->kind.quality = usual.quality;
	cam->auth = cam->variant->auth;
}

static const struct option options[] = { { "listen", 1, NULL, 'l' },
	{ "port-file", 1, NULL, 'p' }, { "fps", 1, NULL, 'f' },
	{ "size", 1, NULL, 's' }, { "variant", 1, NULL, 'v' },
	{ "number", 1, NULL, 'n' }, { "user", 1, NULL, 'u' },
	{ "password", 1, NULL, 'w' }, { "quality", 1, NULL, 'q' },
	{ "one-client", 0, NULL, '1' }, { "list", 0, NULL, 'L' },
	{ NULL, 0, NULL, 0 } };

/* `simcam --pppp …` is simpppp, which lies beside it. */
static void
be_pppp(char **argv)
{
	char path[4096], *slash;
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - sizeof("simpppp"));

	if (n <= 0)
		die("its own path cannot be read");
	path[n] = '\0';
	slash = strrchr(path, '/');
	memcpy(slash != NULL ? slash + 1 : path, "simpppp", sizeof("simpppp"));
	argv[0] = path;
	execv(path, argv);
	fprintf(stderr, "simcam: %s: %s; build tests/sim/simpppp first\n", path,
	    strerror(errno));
	exit(1);
}

int
main(int argc, char **argv)
{
	struct simcam cam = { .fps = 15, .kind = { .width = 640, .height = 480 } };
	const char *listen_at = "127.0.0.1:0", *port_file = NULL, *variant = "plain";
	struct err e = { .code = ERR_NONE };
	int opt, status;

	if (argc > 1 && strcmp(argv[1], "--pppp") == 0) {
		argv[1] = argv[0];
		be_pppp(argv + 1);
	}
	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (opt) {
		case 'l':
			listen_at = optarg;
			break;
		case 'p':
			port_file = optarg;
			break;
		case 'f':
			cam.fps = number(optarg, 1, 120);
			break;
		case 's':
			set_size(&cam, optarg);
			break;
		case 'v':
			variant = optarg;
			break;
		case 'n':
			cam.number = number(optarg, 0, 255);
			break;
		case 'u':
			cam.user = optarg;
			break;
		case 'w':
			cam.password = optarg;
			break;
		case 'q':
			cam.kind.quality = number(optarg, 1, 100);
			break;
		case '1':
			cam.one_client = true;
			break;
		case 'L':
			list_variants();
			break;
		default:
			return 2;
		}
	}
	set_variant(&cam, variant);
	if (cam.auth == NULL && cam.user != NULL)
		cam.auth = "basic";
	if (cam.auth != NULL && (cam.user == NULL || cam.password == NULL))
		die("sign-in needs --user and --password");
	if ((cam.loop = loop_new(&e)) == NULL)
		die(e.msg);
	LIST_INIT(&cam.viewers);
	make_pictures(&cam);
	start_timer(&cam);
	start_listening(&cam, listen_at, port_file);
	status = loop_run(cam.loop);
	while (!LIST_EMPTY(&cam.viewers))
		viewer_free(LIST_FIRST(&cam.viewers));
	evconnlistener_free(cam.listener);
	loop_drop(cam.tick);
	close(cam.timer_fd);
	for (opt = 0; opt < LAP; opt++)
		free(cam.lap[opt].p);
	loop_free(cam.loop);
	return status;
}
