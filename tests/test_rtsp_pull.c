/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rtsp: cameras that do not behave, and the address policy, against a scripted server in
 * a thread. What a good camera gives is in e2e_stream_in.t. */
#include "config.h"

#include "tests/unit.h"

#include <arpa/inet.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/err.h"
#include "common/loop.h"
#include "streamd/sources/rtsp_pull.h"

#define DEADLINE_MS 60000
#define REQUESTS_MAX 20 /* libavformat answers a server's requests; not for ever */

/* One listener; the answer to each request is the same text. */
struct server {
	int fd;
	unsigned port;
	const char *answer; /* status line; NULL: silence */
	const char *more; /* header lines behind CSeq, and what follows them */
	const char *only; /* this method alone; others get 200. NULL: all */
	pthread_t thread;
	unsigned connections, requests; /* read after the thread was joined */
};

static void
server_listen(struct server *s)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	socklen_t n = sizeof(in);

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(s->fd >= 0);
	assert_int_equal(bind(s->fd, (struct sockaddr *)&in, sizeof(in)), 0);
	assert_int_equal(listen(s->fd, 8), 0);
	assert_int_equal(getsockname(s->fd, (struct sockaddr *)&in, &n), 0);
	s->port = ntohs(in.sin_port);
}

static void
serve_one(struct server *s, int fd)
{
	char buf[2048], out[1024];
	unsigned cseq = 1;
	ssize_t n;

	s->connections++;
	while (s->requests < REQUESTS_MAX &&
	    (n = recv(fd, buf, sizeof(buf) - 1, 0)) > 0) {
		buf[n] = '\0';
		s->requests++;
		if (strstr(buf, "CSeq: ") != NULL)
			cseq = (unsigned)atoi(strstr(buf, "CSeq: ") + 6);
		if (s->answer == NULL)
			continue;
		if (s->only != NULL && strncmp(buf, s->only, strlen(s->only)) != 0)
			snprintf(out, sizeof(out), "RTSP/1.0 200 OK\r\nCSeq: %u\r\n\r\n",
			    cseq);
		else
			snprintf(out, sizeof(out), "%s\r\nCSeq: %u\r\n%s", s->answer,
			    cseq, s->more);
		(void)send(fd, out, strlen(out), MSG_NOSIGNAL);
	}
	close(fd);
}

/* Until the listener is shut down. */
static void *
serve(void *arg)
{
	struct server *s = arg;
	int fd;

	while ((fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC)) >= 0)
		serve_one(s, fd);
	return NULL;
}

static void
server_start(struct server *s)
{
	server_listen(s);
	assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
}

static void
server_end(struct server *s)
{
	shutdown(s->fd, SHUT_RDWR);
	pthread_join(s->thread, NULL);
	close(s->fd);
}

struct watch {
	struct loop *loop;
	struct pull_pool *pool;
	struct pull *pull;
	bool refuse; /* every address */
	bool ended;
	struct err err;
};

static int
on_address(void *arg, const struct sockaddr *to, struct err *e)
{
	struct watch *w = arg;

	assert_true(to->sa_family == AF_INET || to->sa_family == AF_INET6);
	return w->refuse ? err_set(e, ERR_REFUSED, "address", "not there") : 0;
}

static void
on_opened(void *arg, enum codec codec, bool sound)
{
	(void)arg;
	(void)codec;
	(void)sound;
	fail_msg("it opened");
}

static void
on_sets(void *arg, const uint8_t *p, size_t n)
{
	(void)arg;
	(void)p;
	(void)n;
}

static void
on_unit(void *arg, struct frame *f)
{
	(void)arg;
	(void)f;
}

static void
on_jpeg(void *arg, uint8_t *owned, size_t n, int64_t at, bool still)
{
	(void)arg;
	(void)n;
	(void)at;
	(void)still;
	free(owned);
}

static void
on_ended(void *arg, const struct err *e)
{
	struct watch *w = arg;

	w->err = *e;
	w->ended = true;
	pull_stop(w->pull);
	w->pull = NULL;
}

static const struct pull_ops ops = { .address = on_address,
	.opened = on_opened,
	.sets = on_sets,
	.unit = on_unit,
	.jpeg = on_jpeg,
	.ended = on_ended };

static void
watch_start(struct watch *w, const char *url)
{
	struct pull_config c = { .url = url, .user = "us er", .password = "p@ss:/%" };
	struct err e;

	assert_non_null(w->loop = loop_new(&e));
	assert_non_null(w->pool = pull_pool_new(w->loop, &e));
	assert_non_null(w->pull = pull_start(w->pool, &c, &ops, w, &e));
}

static void
watch_until_ended(struct watch *w)
{
	int64_t end = loop_now_us() + DEADLINE_MS * INT64_C(1000);

	while (!w->ended && loop_now_us() < end)
		event_base_loop(loop_base(w->loop), EVLOOP_ONCE | EVLOOP_NONBLOCK),
		    poll(NULL, 0, 5);
	assert_true(w->ended);
}

static void
watch_end(struct watch *w)
{
	pull_stop(w->pull);
	pull_pool_free(w->pool);
	loop_free(w->loop);
}

/* The pattern with %u for the port. */
static void
server_url(const char *pattern, unsigned port, char *ret, size_t ret_size)
{
	const char *mark = strstr(pattern, "%u");

	snprintf(ret, ret_size, "%.*s%u%s", (int)(mark - pattern), pattern, port,
	    mark + 2);
}

/* Run against one server until it ends by itself. */
static void
run_against(struct server *s, struct watch *w, const char *host)
{
	char url[200];

	server_start(s);
	snprintf(url, sizeof(url), "rtsp://%s:%u/live", host, s->port);
	watch_start(w, url);
	watch_until_ended(w);
	watch_end(w);
	server_end(s);
}

/* T-NET-AV (N1, N2): libavformat speaks to the judged address and no other. Where it is
 * sent to is a listener that would take the connection; none ever comes. */
static void
a_redirect_is_not_followed(void **state)
{
	static const struct {
		const char *answer, *only, *to;
	} all[] = {
		{ "RTSP/1.0 302 Found", NULL, "rtsp://127.0.0.1:%u/secret" },
		{ "RTSP/1.0 301 Moved Permanently", NULL, "rtsp://127.0.0.1:%u/live" },
		{ "RTSP/1.0 302 Found", "DESCRIBE", "rtsp://127.0.0.1:%u/secret" },
		{ "RTSP/1.0 305 Use Proxy", "DESCRIBE", "rtsp://localhost:%u/secret" },
		{ "RTSP/1.0 303 See Other", NULL, "rtsps://127.0.0.1:%u/secret" },
		{ "RTSP/1.0 302 Found", NULL, "rtsp://us%20er:x@127.0.0.1:%u/secret" },
		{ "RTSP/1.0 302 Found", NULL, "rtsp://[::ffff:127.0.0.1]:%u/secret" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		char more[200], to[120];
		struct server canary = { .answer = NULL };
		struct server s = { .answer = all[i].answer,
			.only = all[i].only,
			.more = more };
		struct watch w = { .refuse = false };

		server_start(&canary);
		server_url(all[i].to, canary.port, to, sizeof(to));
		snprintf(more, sizeof(more), "Location: %s\r\n\r\n", to);
		run_against(&s, &w, "127.0.0.1");
		server_end(&canary);
		print_message("%s %s: %s\n", all[i].answer, to, w.err.msg);
		assert_string_equal(w.err.name, "source-redirect");
		assert_int_equal(s.connections, 1);
		assert_int_equal(canary.connections, 0);
	}
}

static void
a_refused_address_is_not_connected_to(void **state)
{
	struct server s = { .answer = NULL };
	struct watch w = { .refuse = true };

	(void)state;
	run_against(&s, &w, "localhost");
	assert_string_equal(w.err.name, "address");
	assert_int_equal(s.connections, 0);
}

static void
answers_have_their_sentences(void **state)
{
	static const struct {
		const char *answer, *more, *name;
	} all[] = {
		{ "RTSP/1.0 404 Not Found", "\r\n", "camera-path" },
		{ "RTSP/1.0 401 Unauthorized",
		    "WWW-Authenticate: Basic realm=\"x\"\r\n\r\n", "camera-password" },
		{ "RTSP/1.0 200 OK",
		    "Content-Type: application/sdp\r\nContent-Length: 43\r\n\r\n"
		    "v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 x/1\r\n",
		    "" },
		{ "HTTP/1.0 200 OK", "\r\n#EXTM3U\r\nfile:///etc/passwd\r\n", "" },
		{ "RTSP/1.0 200 OK", "Content-Length: 2000000000\r\n\r\nx", "" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct server s = { .answer = all[i].answer, .more = all[i].more };
		struct watch w = { .refuse = false };

		run_against(&s, &w, "127.0.0.1");
		assert_memory_equal(w.err.name, all[i].name, strlen(all[i].name));
		assert_true(w.err.msg[0] != '\0');
		print_message("%s: %s\n", w.err.name, w.err.msg);
	}
}

static void
a_silent_camera_can_be_left(void **state)
{
	struct server s = { .answer = NULL };
	struct watch w = { .refuse = false };
	char url[100];

	(void)state;
	server_start(&s);
	snprintf(url, sizeof(url), "rtsp://127.0.0.1:%u/live", s.port);
	watch_start(&w, url);
	/* Past the address, into libavformat. */
	event_base_loop(loop_base(w.loop), EVLOOP_ONCE);
	watch_end(&w);
	server_end(&s);
	assert_false(w.ended);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_redirect_is_not_followed),
		cmocka_unit_test(a_refused_address_is_not_connected_to),
		cmocka_unit_test(answers_have_their_sentences),
		cmocka_unit_test(a_silent_camera_can_be_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
