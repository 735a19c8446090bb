/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Attacks on the RTSP server: every order of methods, sessions of broken bytes,
 * half-open floods, viewers that do not read. Counts: CHECK_ATTACKS (500; `make
 * check-long`: 10,000) and SEED.
 */
#include "config.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <event2/event.h>
#include <malloc.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/err.h"
#include "common/loop.h"
#include "streamd/outputs/rtsp_server.h"
#include "tests/rtsp_bed.h"
#include "tests/sim/picture.h"
#include "tests/unit.h"

#define AUTH "Authorization: " BED_BASIC "\r\n"
#define TCP "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n"
#define JPEG_URL "rtsp://h:8654/cam1/mjpeg"

static const struct picture_kind vga = { .width = 640, .height = 480 };
static uint64_t dice;

static unsigned
attacks(void)
{
	const char *n = getenv("CHECK_ATTACKS");

	return n != NULL ? (unsigned)atoi(n) : 500;
}

/* xorshift: the same numbers for the same seed. */
static unsigned
roll(unsigned below)
{
	dice ^= dice << 13;
	dice ^= dice >> 7;
	dice ^= dice << 17;
	return (unsigned)(dice >> 33) % below;
}

/* The methods of the sequences, and what each does in each state: the status, and the
 * state after it. */
enum { INIT, READY, PLAYING, ENDED };

static const struct {
	const char *name, *url;
	struct {
		int status, next;
	} in[3];
} model[] = {
	{ "OPTIONS", "*", { { 200, INIT }, { 200, READY }, { 200, PLAYING } } },
	{ "DESCRIBE", JPEG_URL, { { 200, INIT }, { 200, READY }, { 200, PLAYING } } },
	{ "SETUP", JPEG_URL "/track1",
	    { { 200, READY }, { 455, READY }, { 455, PLAYING } } },
	{ "PLAY", JPEG_URL, { { 455, INIT }, { 200, PLAYING }, { 200, PLAYING } } },
	{ "PAUSE", JPEG_URL, { { 455, INIT }, { 200, READY }, { 200, READY } } },
	{ "GET_PARAMETER", JPEG_URL,
	    { { 200, INIT }, { 200, READY }, { 200, PLAYING } } },
	{ "SET_PARAMETER", JPEG_URL,
	    { { 200, INIT }, { 200, READY }, { 200, PLAYING } } },
	{ "TEARDOWN", JPEG_URL, { { 455, INIT }, { 200, ENDED }, { 200, ENDED } } },
	{ "RECORD", JPEG_URL, { { 405, INIT }, { 405, READY }, { 405, PLAYING } } },
};
#define METHODS 9

static void
run_sequence(struct bed *b, const int *seq, int n)
{
	struct client c;
	char headers[512];
	int i, state = INIT, got;

	client_open(b, &c, "192.0.2.1:1000");
	for (i = 0; i < n && state != ENDED; i++) {
		snprintf(headers, sizeof(headers), AUTH TCP "%s%s%s",
		    c.id[0] != '\0' ? "Session: " : "", c.id,
		    c.id[0] != '\0' ? "\r\n" : "");
		got = client_ask(&c, model[seq[i]].name, model[seq[i]].url, headers);
		assert_int_equal(got, model[seq[i]].in[state].status);
		state = model[seq[i]].in[state].next;
		assert_int_equal(c.s->closing, state == ENDED);
		assert_int_equal(c.s->state,
		    state == PLAYING	? RTSP_PLAYING
			: state == INIT ? RTSP_INIT
					: RTSP_READY);
	}
	client_close(&c);
}

/* T-RTSP-STATE (R4). All 7,380 sequences of one to four of the nine methods, or as many
 * of them as are asked for, picked evenly. */
static void
every_sequence_of_methods_ends_as_the_table_says(void **state)
{
	const unsigned all = METHODS + 81 + 729 + 6561;
	unsigned n = attacks() < all ? attacks() : all, k, code, length, of;
	struct bed b;
	int seq[4];

	(void)state;
	bed_open(&b, 1);
	bed_publish_jpeg(b.cam1, &vga);
	for (k = 0; k < n; k++) {
		code = n == all ? k : (unsigned)((uint64_t)k * all / n + roll(all / n));
		for (length = 1, of = METHODS; code >= of; length++, of *= METHODS)
			code -= of;
		for (of = 0; of < length; of++, code /= METHODS)
			seq[of] = (int)(code % METHODS);
		run_sequence(&b, seq, (int)length);
	}
	bed_pass(&b, 60000000);
	assert_int_equal(b.sources, 0);
	bed_close(&b);
}

/* A good session's bytes. */
static size_t
script(const struct client *c, char *ret, size_t ret_size)
{
	return (size_t)snprintf(ret, ret_size,
	    "OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n"
	    "DESCRIBE " JPEG_URL " RTSP/1.0\r\nCSeq: 2\r\n" AUTH "\r\n"
	    "SETUP " JPEG_URL "/track1 RTSP/1.0\r\nCSeq: 3\r\n" AUTH TCP "\r\n"
	    "PLAY " JPEG_URL " RTSP/1.0\r\nCSeq: 4\r\n" AUTH "Session: %s\r\n\r\n"
	    "SET_PARAMETER " JPEG_URL " RTSP/1.0\r\nCSeq: 5\r\nContent-Length: "
	    "7\r\n\r\nx: 1\r\n\r"
	    "TEARDOWN " JPEG_URL " RTSP/1.0\r\nCSeq: 6\r\n" AUTH "Session: %s\r\n\r\n",
	    c->id, c->id);
}

/* Cut, doubled, flipped, or with something foreign in it. */
static size_t
spoil(char *p, size_t n, size_t room)
{
	static const char *const foreign[] = { "$\1\xff\xff", "$\0\0\0",
		"Content-Length: 99999999999999999999\r\n", "Content-Length: -1\r\n",
		"CSeq: 4294967296\r\n", "CSeq: \r\n", "\r\n\r\n", "\0", " folded\r\n",
		"Session: 00000000000000000000000000000000\r\n",
		"Transport: RTP/AVP;client_port=1-2\r\n", "%s%n%s" };
	unsigned hits = 1 + roll(4), at, length;
	const char *add;

	while (hits-- > 0 && n > 20) {
		at = roll((unsigned)n - 10);
		length = 1 + roll(9);
		add = foreign[roll(sizeof(foreign) / sizeof(foreign[0]))];
		switch (roll(5)) {
		case 0:
			p[at] ^= (char)(1 << roll(8));
			break;
		case 1:
			memmove(p + at, p + at + length, n - at - length);
			n -= length;
			break;
		case 2:
			n = at + 1;
			break;
		default:
			length = add[0] == '$' ? 4 : (unsigned)strlen(add) + 1;
			if (n + length > room)
				break;
			memmove(p + at + length, p + at, n - at);
			memcpy(p + at, add, length);
			n += length;
		}
	}
	return n;
}

/* T-RTSP-IL, T-RTSP-CSEQ, T-RTSP-LEN (R1 to R3) at random: spoilt sessions in pieces of
 * any size, with pictures between. What a client can make grow stays small, and nothing
 * is left when it goes. */
static void
broken_sessions_do_no_harm(void **state)
{
	static char bytes[8192];
	static struct client c;
	unsigned k, n = attacks(), part;
	size_t all, at;
	struct bed b;

	(void)state;
	bed_open(&b, 1);
	for (k = 0; k < n; k++) {
		client_open(&b, &c, "192.0.2.1:1000");
		(void)client_ask(
		    &c, "SETUP", JPEG_URL "/track1", roll(2) ? AUTH TCP : TCP);
		all = spoil(bytes, script(&c, bytes, sizeof(bytes)), sizeof(bytes));
		for (at = 0; at < all && !c.s->closing; at += part) {
			part = 1 + roll(roll(4) == 0 ? 1000 : 40);
			if (part > all - at)
				part = (unsigned)(all - at);
			client_bytes(&c, bytes + at, part);
			if (roll(30) == 0)
				bed_publish_jpeg(b.cam1, &vga);
			client_pull(&c);
			c.n = 0;
			assert_true(c.s->queue.text_bytes < 2 * RTSP_TEXT_MAX);
			assert_true(c.s->held_n <= RTSP_INPUT_MAX);
		}
		bed_pass(&b, 20000);
		client_close(&c);
	}
	bed_pass(&b, 60000000);
	assert_int_equal(b.sources, 0);
	bed_close(&b);
}

/* T-RTSP-SLOW (R9). Whoever takes nothing costs two pictures, is dropped after ten
 * seconds, and the one beside it misses nothing. */
static void
viewers_that_do_not_read_cost_two_pictures(void **state)
{
	static struct client slow[32], good;
	unsigned i, k, before;
	char headers[300];
	struct bed b;
	size_t picture;

	(void)state;
	bed_open(&b, 1);
	bed_publish_jpeg(b.cam1, &vga);
	for (i = 0; i <= 32; i++) {
		struct client *c = i < 32 ? &slow[i] : &good;

		client_open(&b, c, "192.0.2.1:1000");
		assert_int_equal(
		    client_ask(c, "SETUP", JPEG_URL "/track1", AUTH TCP), 200);
		snprintf(headers, sizeof(headers), AUTH "Session: %s\r\n", c->id);
		assert_int_equal(client_ask(c, "PLAY", JPEG_URL, headers), 200);
		c->full = i < 32;
	}
	good.n = 0;
	client_pull(&good);
	before = good.s->tracks[0].packets;
	bed_publish_jpeg(b.cam1, &vga);
	picture = slow[0].s->queue.frame_bytes;
	assert_true(picture > 1000);
	for (k = 0; k < 60; k++) {
		bed_pass(&b, 66000);
		bed_publish_jpeg(b.cam1, &vga);
		client_pull(&good);
		good.n = 0;
		for (i = 0; i < 32; i++)
			assert_true(slow[i].s->queue.frame_bytes <= 2 * picture + 4096);
	}
	assert_true(good.s->tracks[0].packets - before >= 61);
	assert_int_equal(good.s->queue.dropped, 0);
	bed_pass(&b, 7000000);
	for (i = 0; i < 32; i++) {
		rtsp_session_tick(slow[i].s);
		assert_true(slow[i].s->closing);
		assert_int_equal(slow[i].s->queue.bytes, 0);
		client_close(&slow[i]);
	}
	client_close(&good);
	bed_close(&b);
}

static unsigned
open_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned n = 0;

	assert_non_null(d);
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

static int
dial(const struct rtsp_server *s, unsigned from)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	const char *at = strrchr(rtsp_server_address(s), ':');
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	assert_true(fd >= 0);
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK + from);
	assert_int_equal(bind(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	in.sin_port = htons((uint16_t)atoi(at + 1));
	(void)connect(fd, (struct sockaddr *)&in, sizeof(in));
	return fd;
}

/* A server on a real loop, with a camera and one who watches it. */
struct world {
	struct loop *l;
	struct hub *hub;
	struct hub_camera *cam;
	struct rtsp_server *s;
	int viewer;
	uint8_t in[65536]; /* of the viewer, not looked at yet */
	size_t in_n;
	unsigned pictures; /* whole ones that it got */
};

static void
nothing(void *arg)
{
	(void)arg;
}

static void
turn(struct world *w)
{
	(void)event_base_loop(loop_base(w->l), EVLOOP_NONBLOCK);
}

/* Send and take the first line of the reply; what follows it is dropped. */
static int
ask_on(struct world *w, int fd, const char *text, char *reply, size_t size)
{
	int64_t end = loop_now_us() + 60000000;
	ssize_t n = -1;

	(void)send(fd, text, strlen(text), MSG_NOSIGNAL);
	while ((n = recv(fd, reply, size - 1, 0)) < 0 && loop_now_us() < end)
		turn(w);
	reply[n > 0 ? n : 0] = '\0';
	return n > 0 ? atoi(reply + 9) : 0;
}

static void
open_world(struct world *w)
{
	static const struct hub_source_ops source = { nothing, nothing };
	struct rtsp_options ro = { .listen = "127.0.0.1:0", .max_clients = 64 };
	struct hub_options ho = { .linger_s = 1 };
	struct err e = { .code = ERR_NONE };
	char reply[1024], play[300], *id;

	memset(w, 0, sizeof(*w));
	assert_non_null(w->l = loop_new(&e));
	assert_non_null(w->hub = hub_new(w->l, &ho, &e));
	assert_non_null(w->cam = hub_add_camera(w->hub, "cam1", &source, NULL, &e));
	assert_non_null(w->s = rtsp_server_new(w->l, w->hub, NULL, &ro, &e));
	rtsp_server_credentials(w->s, "camherd", "kq3v9x0b7m2z4n8c1p6d");
	w->viewer = dial(w->s, 30);
	assert_int_equal(
	    ask_on(w, w->viewer,
		"SETUP " JPEG_URL "/track1 RTSP/1.0\r\nCSeq: 1\r\n" AUTH TCP "\r\n",
		reply, sizeof(reply)),
	    200);
	assert_non_null(id = strstr(reply, "Session: "));
	snprintf(play, sizeof(play),
	    "PLAY " JPEG_URL " RTSP/1.0\r\nCSeq: 2\r\n" AUTH "Session: %.32s\r\n\r\n",
	    id + 9);
	assert_int_equal(ask_on(w, w->viewer, play, reply, sizeof(reply)), 200);
}

static void
close_world(struct world *w)
{
	close(w->viewer);
	rtsp_server_free(w->s);
	hub_free(w->hub);
	loop_free(w->l);
}

/* Count the pictures in what the viewer has. */
static void
count_pictures(struct world *w)
{
	size_t at = 0, n;

	while (at + 4 <= w->in_n) {
		assert_int_equal(w->in[at], '$');
		n = (size_t)w->in[at + 2] << 8 | w->in[at + 3];
		if (at + 4 + n > w->in_n)
			break;
		w->pictures += w->in[at + 1] == 0 && (w->in[at + 5] & 0x80) != 0;
		at += 4 + n;
	}
	w->in_n -= at;
	memmove(w->in, w->in + at, w->in_n);
}

/* A picture that the viewer must get, whatever else goes on. */
static void
show(struct world *w)
{
	static const struct picture_kind small = { .width = 256, .height = 32 };
	unsigned wanted = w->pictures + 1;
	int64_t end = loop_now_us() + 60000000;
	ssize_t n;

	bed_publish_jpeg(w->cam, &small);
	while (w->pictures < wanted && loop_now_us() < end) {
		turn(w);
		n = recv(w->viewer, w->in + w->in_n, sizeof(w->in) - w->in_n, 0);
		w->in_n += n > 0 ? (size_t)n : 0;
		count_pictures(w);
	}
	assert_int_equal(w->pictures, wanted);
}

/* T-RTSP-FLOOD (R7). Half-open connections of eight addresses, sixteen at a time; one
 * who knows the password still gets in and is answered, one who watches misses nothing,
 * and no descriptor stays. */
static void
half_open_floods_keep_nobody_out(void **state)
{
	static const char request[] =
	    "DESCRIBE rtsp://h/cam9 RTSP/1.0\r\nCSeq: 1\r\n" AUTH "\r\n";
	unsigned k, i, n = attacks(), fds, answered = 0;
	int flood[16], friend_fd;
	static struct world w;
	char reply[512];
	int64_t end;

	(void)state;
	open_world(&w);
	fds = open_fds();
	for (k = 0; k < n; k += 16) {
		for (i = 0; i < 16; i++) {
			flood[i] = dial(w.s, 1 + i % 8);
			(void)send(flood[i], "DESC", roll(5), MSG_NOSIGNAL);
		}
		friend_fd = dial(w.s, 20);
		turn(&w);
		answered += ask_on(&w, friend_fd, request, reply, sizeof(reply)) == 404;
		show(&w);
		for (i = 0; i < 16; i++)
			close(flood[i]);
		close(friend_fd);
		end = loop_now_us() + 60000000;
		while (rtsp_server_clients(w.s) > 1 && loop_now_us() < end)
			turn(&w);
		assert_int_equal(rtsp_server_clients(w.s), 1);
	}
	assert_int_equal(answered, (n + 15) / 16);
	assert_int_equal(open_fds(), fds);
	close_world(&w);
}

/* T-RTSP-FLOOD (R7), no descriptors: who comes is turned away, not left waiting, and
 * the loop rests instead of trying again and again; who watches goes on; later it is as
 * before. */
static void
without_descriptors_newcomers_are_turned_away(void **state)
{
	struct rlimit was, few;
	static struct world w;
	unsigned k;
	char reply[512];
	int fd, late;
	int64_t end;
	ssize_t n;

	(void)state;
	open_world(&w);
	fd = dial(w.s, 20);
	/* The number of the next descriptor is where it ends. */
	assert_true((late = dup(0)) >= 0);
	close(late);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
	few = was;
	few.rlim_cur = (rlim_t)late;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	end = loop_now_us() + 60000000;
	while ((n = recv(fd, reply, sizeof(reply), 0)) < 0 && loop_now_us() < end)
		turn(&w);
	assert_int_equal(n, 0);
	for (k = 0; k < 10; k++)
		show(&w);
	assert_int_equal(rtsp_server_clients(w.s), 1);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &was), 0);
	close(fd);
	fd = dial(w.s, 20);
	assert_int_equal(ask_on(&w, fd, "OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n", reply,
			     sizeof(reply)),
	    200);
	close(fd);
	close_world(&w);
}

/* The server's side of the viewer's connection. */
static int
served_fd(const struct world *w)
{
	struct sockaddr_in in;
	socklen_t n;
	int fd, found = -1, port = atoi(strrchr(rtsp_server_address(w->s), ':') + 1);

	for (fd = 3; fd < 1024; fd++) {
		n = sizeof(in);
		if (getsockname(fd, (struct sockaddr *)&in, &n) < 0 ||
		    in.sin_family != AF_INET || ntohs(in.sin_port) != port)
			continue;
		n = sizeof(in);
		if (getpeername(fd, (struct sockaddr *)&in, &n) < 0)
			continue;
		assert_int_equal(found, -1);
		found = fd;
	}
	assert_int_not_equal(found, -1);
	return found;
}

/* T-RTSP-FLOOD (R7): what the kernel is told of a client's socket. Frames leave at
 * once, little of them waits there, and a peer that acknowledges nothing is given up.
 */
static void
client_sockets_are_set_up_for_live_pictures(void **state)
{
	static struct world w;
	socklen_t n = sizeof(int);
	int fd, v;

	(void)state;
	open_world(&w);
	assert_int_equal(rtsp_server_clients(w.s), 1);
	fd = served_fd(&w);
	assert_int_equal(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &v, &n), 0);
	assert_int_not_equal(v, 0);
	assert_int_equal(getsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &v, &n), 0);
	assert_int_equal(v, 10000);
	assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &v, &n), 0);
	assert_int_not_equal(v, 0);
	assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &v, &n), 0);
	assert_in_range(v, 64 * 1024, 256 * 1024);
	close_world(&w);
}

/* The kernel and the session count the same ten seconds of a viewer that takes nothing.
 * Here the kernel is first, as it may be on a busy machine: the log says no less. */
static void
the_kernel_gives_a_stuck_viewer_up_for_the_same_reason(void **state)
{
	static struct world w;
	char said[4096] = "";
	unsigned ms = 200;
	FILE *log = tmpfile();
	int64_t end = loop_now_us() + 60000000;
	int was = dup(STDERR_FILENO);

	(void)state;
	assert_non_null(log);
	open_world(&w);
	assert_int_equal(setsockopt(served_fd(&w), IPPROTO_TCP, TCP_USER_TIMEOUT, &ms,
			     sizeof(ms)),
	    0);
	assert_true(dup2(fileno(log), STDERR_FILENO) >= 0);
	while (rtsp_server_clients(w.s) > 0 && loop_now_us() < end) {
		bed_publish_jpeg(w.cam, &vga);
		turn(&w);
	}
	assert_true(dup2(was, STDERR_FILENO) >= 0);
	close(was);
	assert_int_equal(rtsp_server_clients(w.s), 0);
	rewind(log);
	assert_true(fread(said, 1, sizeof(said) - 1, log) > 0);
	fclose(log);
	assert_non_null(strstr(said, "closed: it took no bytes for 10 s"));
	close_world(&w);
}

/* T-RTSP-LEN (R1): who has not signed in cannot make us hold more than 64 KiB, whatever
 * it begins and does not end. */
static void
a_connection_costs_little_before_it_plays(void **state)
{
	static char half[9000] = "DESCRIBE rtsp://h/cam1 RTSP/1.0\r\nCSeq: 1\r\nX: ";
	static struct client c[100];
	struct bed b;
	size_t before;
	unsigned i;

	(void)state;
	memset(half + strlen(half), 'x', sizeof(half) - strlen(half) - 1);
	bed_open(&b, 1);
	before = mallinfo2().uordblks;
	for (i = 0; i < 100; i++) {
		client_open(&b, &c[i], "192.0.2.1:1000");
		client_bytes(&c[i], half, i % 2 == 0 ? 900 : sizeof(half) - 1);
		assert_true(c[i].s->held_n <= RTSP_INPUT_MAX);
	}
	/* A sanitizer's allocator says 0 to both. */
	assert_true(mallinfo2().uordblks - before < 100 * 64 * 1024);
	for (i = 0; i < 100; i++)
		client_close(&c[i]);
	bed_close(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_sequence_of_methods_ends_as_the_table_says),
		cmocka_unit_test(broken_sessions_do_no_harm),
		cmocka_unit_test(viewers_that_do_not_read_cost_two_pictures),
		cmocka_unit_test(half_open_floods_keep_nobody_out),
		cmocka_unit_test(without_descriptors_newcomers_are_turned_away),
		cmocka_unit_test(client_sockets_are_set_up_for_live_pictures),
		cmocka_unit_test(the_kernel_gives_a_stuck_viewer_up_for_the_same_reason),
		cmocka_unit_test(a_connection_costs_little_before_it_plays),
	};
	const char *seed = getenv("SEED");

	dice = 0x9e3779b97f4a7c15u ^ (seed != NULL ? (uint64_t)atoll(seed) : 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
