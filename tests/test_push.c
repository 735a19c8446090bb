/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Publishing to servers that behave and that do not: a scripted one in this very loop.
 * The hub's clock is the test's own. What a real server records is in e2e_push.t.
 */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/err.h"
#include "common/log.h"
#include "common/loop.h"
#include "streamd/outputs/push.h"
#include "tests/rtsp_bed.h"
#include "tests/unit.h"

#define DEADLINE_MS 60000
#define PASSWORD "kq3v9x0b7m2z4n8c1p6d" /* the bed's */

static const struct picture_kind small = { .width = 320, .height = 240 };

enum signing { SIGN_NONE, SIGN_BASIC, SIGN_MD5, SIGN_ALL };

/* A media server; it answers to one method in its own way and to others as it should. */
struct stub {
	const char *method; /* NULL: none */
	const char *answer; /* to that: status line and headers but CSeq; NULL: silence */
	size_t flood; /* bytes of 'a' behind it */
	bool hang_up; /* instead of that answer */
	bool drops; /* who records, behind the answer */
	bool odd_cseq;
	enum signing signing;
	/* state */
	int fd, client;
	unsigned port;
	char in[16384];
	size_t n;
	unsigned connections, announces, records, frames, requests;
	bool saw_password;
	char sdp[2048];
};

struct rig {
	struct bed bed;
	struct loop *loop;
	struct push *push;
	struct stub stub;
};

static void
stub_open(struct stub *s)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	socklen_t n = sizeof(in);

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	s->client = -1;
	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_true(s->fd >= 0);
	assert_int_equal(bind(s->fd, (struct sockaddr *)&in, sizeof(in)), 0);
	assert_int_equal(listen(s->fd, 8), 0);
	assert_int_equal(getsockname(s->fd, (struct sockaddr *)&in, &n), 0);
	s->port = ntohs(in.sin_port);
}

static void
stub_drop(struct stub *s)
{
	if (s->client >= 0)
		close(s->client);
	s->client = -1;
	s->n = 0;
}

static void
stub_say(struct stub *s, const char *text, size_t n)
{
	if (s->client >= 0)
		(void)!send(s->client, text, n, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void
stub_answer(struct stub *s, const char *status, unsigned long cseq, const char *more)
{
	char text[6000];
	int n;

	n = snprintf(text, sizeof(text), "%s\r\nCSeq: %lu\r\n%s\r\n", status,
	    cseq + (s->odd_cseq ? 1000 : 0), more);
	stub_say(s, text, (size_t)n);
}

/* The one way that is scripted. */
static void
stub_misbehave(struct stub *s, unsigned long cseq)
{
	char part[1024], status[200];
	const char *more;
	size_t left = s->flood;

	if (s->hang_up) {
		stub_drop(s);
		return;
	}
	if (s->answer == NULL)
		return;
	more = strstr(s->answer, "\r\n");
	snprintf(status, sizeof(status), "%.*s",
	    (int)(more != NULL ? more - s->answer : (long)strlen(s->answer)), s->answer);
	if (left == 0) {
		stub_answer(s, status, cseq, more != NULL ? more + 2 : "");
		return;
	}
	stub_say(s, s->answer, strlen(s->answer));
	memset(part, 'a', sizeof(part));
	for (; left > sizeof(part) && s->client >= 0; left -= sizeof(part))
		stub_say(s, part, sizeof(part));
}

/* True when the request may go on; else it was challenged. */
static bool
stub_sign_in(struct rig *r, const char *method, const char *url, const char *head,
    unsigned long cseq)
{
	struct stub *s = &r->stub;
	const char *a = strstr(head, "\r\nAuthorization: ");
	char value[1600] = "", lines[RTSP_CHALLENGE_MAX], only[RTSP_CHALLENGE_MAX];
	struct rtsp_auth_query q = { .method = method,
		.url = url,
		.authorization = a != NULL ? value : NULL,
		.peer = "stub",
		.now_s = bed_now() / 1000000 };

	if (s->signing == SIGN_NONE)
		return true;
	if (a != NULL)
		snprintf(value, sizeof(value), "%.*s", (int)strcspn(a + 17, "\r"),
		    a + 17);
	if (rtsp_auth_check(&r->bed.shared.auth, &q) == RTSP_AUTH_OK)
		return true;
	rtsp_auth_challenge(
	    &r->bed.shared.auth, "stub", q.now_s, false, lines, sizeof(lines));
	snprintf(only, sizeof(only), "%s", lines);
	if (s->signing == SIGN_BASIC)
		snprintf(only, sizeof(only), "%s", strstr(lines, "WWW-Authenticate: B"));
	else if (s->signing == SIGN_MD5)
		snprintf(only, sizeof(only), "%s",
		    strstr(lines, "\r\nWWW-Authenticate: D") + 2);
	stub_answer(s, "RTSP/1.0 401 Unauthorized", cseq, only);
	return false;
}

static void
stub_request(struct rig *r, const char *head, const char *body)
{
	struct stub *s = &r->stub;
	char method[20] = "", url[300] = "";
	const char *c = strstr(head, "\r\nCSeq: ");
	unsigned long cseq = c != NULL ? strtoul(c + 8, NULL, 10) : 0;

	s->requests++;
	assert_int_equal(sscanf(head, "%19s %299s RTSP/1.0", method, url), 2);
	if (strstr(head, PASSWORD) != NULL)
		s->saw_password = true;
	if (strcmp(method, "ANNOUNCE") == 0)
		s->announces++;
	if (s->method != NULL && strcmp(method, s->method) == 0) {
		stub_misbehave(s, cseq);
		return;
	}
	if (!stub_sign_in(r, method, url, head, cseq))
		return;
	if (strcmp(method, "ANNOUNCE") == 0)
		snprintf(s->sdp, sizeof(s->sdp), "%s", body);
	if (strcmp(method, "RECORD") == 0)
		s->records++;
	if (strcmp(method, "SETUP") == 0)
		stub_answer(s, "RTSP/1.0 200 OK", cseq,
		    "Session: abc;timeout=60\r\nTransport: "
		    "RTP/AVP/TCP;unicast;interleaved=4-5;mode=\"RECORD\"\r\n");
	else
		stub_answer(s, "RTSP/1.0 200 OK", cseq, "Session: abc\r\n");
	if (s->drops && strcmp(method, "RECORD") == 0)
		stub_drop(s);
}

/* One whole message of s->in, if there is one. */
static bool
stub_take(struct rig *r)
{
	struct stub *s = &r->stub;
	size_t whole, body = 0;
	char *end, *length;

	if (s->n >= 4 && s->in[0] == '$') {
		whole = 4 + ((size_t)(uint8_t)s->in[2] << 8 | (uint8_t)s->in[3]);
		if (s->n < whole)
			return false;
		s->frames += s->in[1] == 4; /* the channel that was given out */
	} else {
		s->in[s->n] = '\0';
		if (s->n == 0 || (end = strstr(s->in, "\r\n\r\n")) == NULL)
			return false;
		end[2] = '\0';
		if ((length = strstr(s->in, "\r\nContent-Length: ")) != NULL)
			body = strtoul(length + 18, NULL, 10);
		whole = (size_t)(end - s->in) + 4 + body;
		if (s->n < whole) {
			end[2] = '\r';
			return false;
		}
		stub_request(r, s->in, end + 4);
		if (s->client < 0)
			return false;
	}
	memmove(s->in, s->in + whole, s->n - whole);
	s->n -= whole;
	return true;
}

static void
stub_turn(struct rig *r)
{
	struct stub *s = &r->stub;
	ssize_t n;
	int fd;

	if (s->client < 0 &&
	    (fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) {
		s->connections++;
		s->client = fd;
	}
	if (s->client < 0)
		return;
	n = recv(s->client, s->in + s->n, sizeof(s->in) - 1 - s->n, 0);
	if (n > 0)
		s->n += (size_t)n;
	else if (n == 0 || errno != EAGAIN)
		stub_drop(s);
	while (s->client >= 0 && stub_take(r))
		continue;
}

static void
unchanged(void *arg)
{
	(void)arg;
}

static void
rig_open(struct rig *r, const struct stub *s, const char *user, const char *password)
{
	struct push_config c = { .camera = "cam1",
		.user = user,
		.password = password,
		.codec = CODEC_JPEG };
	char url[100];
	struct err e;

	memset(r, 0, sizeof(*r));
	bed_open(&r->bed, 1);
	r->stub = *s;
	stub_open(&r->stub);
	assert_non_null(r->loop = loop_new(&e));
	snprintf(url, sizeof(url), "rtsp://127.0.0.1:%u/live/yard", r->stub.port);
	c.url = url;
	r->push = push_new(r->loop, &r->bed.shared, &c, unchanged, NULL, &e);
	assert_non_null(r->push);
}

static void
rig_close(struct rig *r)
{
	push_free(r->push);
	stub_drop(&r->stub);
	close(r->stub.fd);
	loop_free(r->loop);
	bed_pass(&r->bed, 100000000); /* the source's lingering */
	bed_close(&r->bed);
}

/* One turn of everything but the clock and the camera. */
static void
turn_blind(struct rig *r)
{
	event_base_loop(loop_base(r->loop), EVLOOP_ONCE | EVLOOP_NONBLOCK);
	stub_turn(r);
	poll(NULL, 0, 1);
}

/* One turn; the camera sends a picture. */
static void
turn(struct rig *r, int64_t us)
{
	bed_pass(&r->bed, us);
	if (r->bed.sources > 0)
		bed_publish_jpeg(r->bed.cam1, &small);
	turn_blind(r);
}

/* Until it is in this state; the clock goes us at each turn. */
static struct push_report
until(struct rig *r, enum push_state state, int64_t us)
{
	int64_t end = loop_now_us() + DEADLINE_MS * INT64_C(1000);
	struct push_report got;

	do {
		turn(r, us);
		push_report(r->push, &got);
	} while (got.state != state && loop_now_us() < end);
	if (got.state != state)
		fail_msg("%s: %s", push_state_name(got.state), got.reason);
	return got;
}

static void
a_server_gets_the_camera(void **state)
{
	static const struct stub plain = { .method = NULL };
	struct push_report got;
	struct rig r;
	int i;

	(void)state;
	rig_open(&r, &plain, "", "");
	got = until(&r, PUSH_LIVE, 1000);
	for (i = 0; i < 20; i++)
		turn(&r, 20000);
	assert_int_equal(r.stub.connections, 1);
	assert_int_equal(r.stub.announces, 1);
	assert_int_equal(r.stub.records, 1);
	assert_true(r.stub.frames >= 20);
	assert_non_null(strstr(r.stub.sdp, "m=video 0 RTP/AVP 26"));
	assert_non_null(strstr(r.stub.sdp, "a=x-dimensions:320,240"));
	assert_string_equal(got.reason, "");
	rig_close(&r);
}

static void
it_signs_in_as_it_is_asked_to(void **state)
{
	static const enum signing ways[] = { SIGN_BASIC, SIGN_MD5, SIGN_ALL };
	struct rig r;
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		struct stub s = { .signing = ways[i] };

		rig_open(&r, &s, "camherd", PASSWORD);
		(void)until(&r, PUSH_LIVE, 1000);
		assert_int_equal(r.stub.announces, 2);
		assert_false(r.stub.saw_password);
		rig_close(&r);
	}
}

static void
a_wrong_password_is_said_and_not_repeated(void **state)
{
	static const enum signing ways[] = { SIGN_BASIC, SIGN_MD5, SIGN_ALL };
	struct push_report got;
	struct rig r;
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		struct stub s = { .signing = ways[i] };

		rig_open(&r, &s, "camherd", "s3cret-but-wrong");
		got = until(&r, PUSH_FAILED, 1000);
		assert_string_equal(
		    got.reason, "it does not accept the user name or password");
		assert_int_equal(r.stub.announces, 2);
		assert_int_equal(r.stub.connections, 1);
		rig_close(&r);
		rig_open(&r, &s, "", "");
		got = until(&r, PUSH_FAILED, 1000);
		assert_non_null(strstr(got.reason, "asks for a user name and password"));
		assert_int_equal(r.stub.announces, 1);
		rig_close(&r);
	}
}

/* Each one ends the try with a reason, within bounds, and the loop goes on. */
static void
servers_that_do_not_behave(void **state)
{
	static char long_session[4000];
	static const struct {
		struct stub stub;
		const char *why;
	} all[] = {
		{ { .method = "ANNOUNCE", .answer = "RTSP/1.0 302 Found\r\nLocation: "
						    "rtsp://127.0.0.1:1/x\r\n" },
		    "sends to another address" },
		{ { .method = "ANNOUNCE", .answer = "RTSP/1.0 301 Moved" },
		    "sends to another address" },
		{ { .method = "ANNOUNCE", .answer = "RTSP/1.0 403 Forbidden" },
		    "does not let this user" },
		{ { .method = "ANNOUNCE", .answer = "RTSP/1.0 404 Not Found" },
		    "no such path" },
		{ { .method = "ANNOUNCE", .answer = "RTSP/1.0 405 Method Not Allowed" },
		    "takes no published streams" },
		{ { .method = "ANNOUNCE", .answer = "RTSP/1.0 501 Not Implemented" },
		    "takes no published streams" },
		{ { .method = "ANNOUNCE", .answer = "RTSP/1.0 415 Unsupported" },
		    "this kind of stream" },
		{ { .method = "SETUP", .answer = "RTSP/1.0 461 Unsupported" },
		    "RTP inside the RTSP connection" },
		{ { .method = "SETUP", .answer = "RTSP/1.0 500 Oops" }, "500 to SETUP" },
		{ { .method = "RECORD", .answer = "RTSP/1.0 503 Full" },
		    "503 to RECORD" },
		{ { .method = "SETUP",
		      .answer = "RTSP/1.0 200 OK\r\nTransport: RTP/AVP/TCP\r\n" },
		    "no session" },
		{ { .method = "SETUP", .answer = "RTSP/1.0 200 OK\r\nSession: a\r\n" },
		    "another way of carrying RTP" },
		{ { .method = "SETUP",
		      .answer = "RTSP/1.0 200 OK\r\nSession: a\r\nTransport: "
				"RTP/AVP;unicast;client_port=5000-5001\r\n" },
		    "another way of carrying RTP" },
		{ { .method = "SETUP",
		      .answer = "RTSP/1.0 200 OK\r\nSession: a\r\nTransport: "
				"RTP/AVP/TCP;interleaved=300-301\r\n" },
		    "another way of carrying RTP" },
		{ { .method = "SETUP", .answer = long_session }, "is no RTSP" },
		{ { .method = "ANNOUNCE", .answer = "HTTP/1.1 200 OK" }, "is no RTSP" },
		{ { .method = "ANNOUNCE", .answer = "RTSP/1.0 2000 OK" }, "is no RTSP" },
		{ { .method = "ANNOUNCE", .answer = "RTSP/1.0 OK" }, "is no RTSP" },
		{ { .method = "ANNOUNCE",
		      .answer = "RTSP/1.0 200 OK\r\nContent-Length: 2000000000\r\n" },
		    "is no RTSP" },
		{ { .method = "ANNOUNCE",
		      .answer = "RTSP/1.0 200 OK\r\nContent-Length: -1\r\n" },
		    "is no RTSP" },
		{ { .method = "ANNOUNCE",
		      .answer = "RTSP/1.0 200 OK\r\nX: ",
		      .flood = 100000 },
		    "is no RTSP" },
		{ { .method = "ANNOUNCE", .answer = "a", .flood = 100000 }, "is no RTSP" },
		{ { .method = "ANNOUNCE", .hang_up = true }, "closed the connection" },
		{ { .method = "SETUP", .hang_up = true }, "closed the connection" },
		{ { .method = "RECORD", .hang_up = true }, "closed the connection" },
		{ { .method = "ANNOUNCE", .answer = NULL }, "did not answer within" },
		{ { .method = "SETUP", .answer = NULL }, "did not answer within" },
		{ { .method = "RECORD", .answer = NULL }, "did not answer within" },
		{ { .odd_cseq = true }, "did not answer within" },
		{ { .method = "ANNOUNCE",
		      .answer = "RTSP/1.0 401 No\r\nWWW-Authenticate: Negotiate x\r\n" },
		    "a way of signing in that is not known" },
		{ { .method = "ANNOUNCE",
		      .answer = "RTSP/1.0 401 No\r\nWWW-Authenticate: Digest "
				"realm=\"x, nonce=\r\n" },
		    "a way of signing in that is not known" },
		{ { .method = "ANNOUNCE",
		      .answer = "RTSP/1.0 401 No\r\nWWW-Authenticate: Digest "
				"realm=\"x\", nonce=\"n\", stale=true\r\n" },
		    "does not accept the user name" },
	};
	struct push_report got;
	struct rig r;
	size_t i;

	(void)state;
	snprintf(long_session, sizeof(long_session),
	    "RTSP/1.0 200 OK\r\nSession: %03000d\r\n", 1);
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		rig_open(&r, &all[i].stub, "camherd", PASSWORD);
		/* The clock runs, for those that say nothing. */
		got = until(&r, PUSH_FAILED, 20000);
		if (strstr(got.reason, all[i].why) == NULL)
			fail_msg("%zu: '%s' does not say '%s'", i, got.reason,
			    all[i].why);
		assert_false(r.stub.saw_password);
		assert_true(r.stub.requests < 20);
		rig_close(&r);
	}
}

/* Nobody listens: said at once, and no camera is opened. */
static void
a_server_that_is_away_costs_no_camera(void **state)
{
	static const struct stub plain = { .method = NULL };
	struct push_report got;
	struct rig r;

	(void)state;
	rig_open(&r, &plain, "", "");
	close(r.stub.fd);
	r.stub.fd = dup(STDERR_FILENO);
	got = until(&r, PUSH_FAILED, 1000);
	assert_non_null(strstr(got.reason, "check address and port"));
	assert_int_equal(r.bed.sources, 0);
	rig_close(&r);
}

/* go2rtc says yes to everything and hangs up when the stream is not in its file. Each
 * try looks live for a moment; the reason stays. */
static void
a_server_that_does_not_know_the_path(void **state)
{
	static const struct stub drops = { .drops = true };
	struct push_report got;
	struct rig r;
	unsigned i;

	(void)state;
	alarm(DEADLINE_MS / 1000);
	rig_open(&r, &drops, "", "");
	for (i = 1; i <= 2; i++) {
		while (r.stub.records < i)
			turn(&r, 1000);
		got = until(&r, PUSH_FAILED, 1000);
		assert_non_null(strstr(got.reason, "does it know this path?"));
	}
	alarm(0);
	rig_close(&r);
}

/* A camera that gives nothing: its outage is survived, then waited out without a
 * connection, and the next picture brings all back. */
static void
a_camera_that_goes_and_comes(void **state)
{
	static const struct stub plain = { .method = NULL };
	struct push_report got;
	struct rig r;
	unsigned before, i;

	(void)state;
	alarm(DEADLINE_MS / 1000); /* what waits below waits for ever */
	rig_open(&r, &plain, "", "");
	(void)until(&r, PUSH_LIVE, 1000);
	/* Some 12 s without a picture: words instead. */
	for (i = 0; i < 2; i++) {
		before = r.stub.requests;
		while (r.stub.requests == before) {
			bed_pass(&r.bed, 8000);
			turn_blind(&r);
		}
	}
	push_report(r.push, &got);
	assert_int_equal(got.state, PUSH_LIVE);
	/* For too long. */
	bed_pass(&r.bed, 30000000);
	while (got.state == PUSH_LIVE) {
		turn_blind(&r);
		push_report(r.push, &got);
	}
	assert_int_equal(got.state, PUSH_WAITING);
	assert_int_equal(r.stub.connections, 1);
	assert_int_equal(r.bed.sources, 1); /* it is waited for */
	(void)until(&r, PUSH_LIVE, 1000);
	assert_int_equal(r.stub.connections, 2);
	assert_int_equal(r.stub.records, 2);
	rig_close(&r);
	alarm(0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_server_gets_the_camera),
		cmocka_unit_test(it_signs_in_as_it_is_asked_to),
		cmocka_unit_test(a_wrong_password_is_said_and_not_repeated),
		cmocka_unit_test(servers_that_do_not_behave),
		cmocka_unit_test(a_server_that_is_away_costs_no_camera),
		cmocka_unit_test(a_server_that_does_not_know_the_path),
		cmocka_unit_test(a_camera_that_goes_and_comes),
	};

	log_init(LOG_LEVEL_ERR, LOG_FORMAT_TEXT);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
