/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Publishing a camera (see push.h). streamd, main thread. The server comes first: while
 * it is away no camera is opened and no encoder runs. A connection that waits for the
 * camera's first picture for too long is closed, and what is waited with then costs no
 * encoder either. All that ends a connection only marks it; on_closed() acts.
 */
#include "config.h"

#include <errno.h>
#include <event2/event.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/err.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/said.h"
#include "common/text.h"
#include "streamd/hub.h"
#include "streamd/lookup.h"
#include "streamd/outputs/push.h"
#include "streamd/outputs/push_talk.h"
#include "streamd/outputs/rtsp_conn.h"
#include "streamd/outputs/rtsp_session.h"

#define LOOKUP_MS 10000
#define CONNECT_MS 5000 /* for each address of the name */
#define PICTURE_MS 10000 /* with the connection open */
#define REPLY_MS 5000
#define SOUND_MS 3000 /* to learn whether the camera has any */
#define TICK_MS 250
#define QUIET_US 5000000 /* nothing sent for so long: say something */
#define PAUSE_FIRST_MS 1000
#define PAUSE_LAST_MS 30000
#define GOOD_US 60000000 /* a connection that held so long was a good one */
#define TAKEN_US 3000000 /* a server that does not want it has hung up by then */

enum phase {
	PHASE_PAUSE, /* until the next try */
	PHASE_LOOKUP,
	PHASE_CONNECTING,
	PHASE_PICTURE, /* connected; the camera must show what it sends */
	PHASE_TALKING,
	PHASE_LIVE,
	PHASE_CAMERA /* not connected; waiting for any picture */
};

struct push {
	struct loop *loop;
	struct rtsp_shared *shared;
	void (*changed)(void *arg);
	void *arg;
	char camera[TEXT_SLUG_MAX], url[PUSH_URL_MAX], user[65], password[129];
	char host[256], port[8];
	enum codec codec;
	enum phase phase;
	int64_t phase_us;
	struct event *timer;
	struct lookup *lookup;
	struct lookup_address list[LOOKUP_MAX];
	unsigned n, at; /* addresses; the one being tried */
	int fd; /* being connected, or -1 */
	struct event *connecting;
	struct rtsp_conn *conn;
	struct rtsp_parser parser;
	struct push_talk talk;
	struct subscriber *sub; /* until the session has its own */
	bool seen; /* a picture came to it */
	unsigned pause_ms;
	int64_t live_us; /* since when */
	bool taken; /* it did not hang up at once */
	uint32_t packets; /* sent when last looked */
	int64_t sent_us;
	struct err why; /* of the connection's end; ERR_NONE: see the session */
	bool no_picture; /* it was ended because the camera gives none */
	struct err trouble; /* of the last try */
	uint64_t dropped, reconnects;
};

static const char *const state_names[] = { "connecting", "waiting", "live", "failed" };

const char *
push_state_name(enum push_state state)
{
	return state_names[state];
}

static int64_t
now_us(const struct push *p)
{
	return p->shared->now_us();
}

static void
enter(struct push *p, enum phase phase, int64_t ms)
{
	p->phase = phase;
	p->phase_us = now_us(p);
	loop_timer_set(p->timer, ms);
	p->changed(p->arg);
}

static struct stream *
find_stream(const struct push *p, enum codec codec, struct err *e)
{
	return hub_find(p->shared->hub, p->camera, codec, e);
}

/* ---- the end of a try ---- */

static void
stop_watching(struct push *p)
{
	hub_unsubscribe(p->sub);
	p->sub = NULL;
	p->seen = false;
}

/* Between three quarters and five quarters. */
static unsigned
next_pause(struct push *p)
{
	bool good = p->live_us != 0 && now_us(p) - p->live_us >= GOOD_US;

	p->pause_ms = good ? 0 : p->pause_ms * 2;
	if (p->pause_ms < PAUSE_FIRST_MS)
		p->pause_ms = PAUSE_FIRST_MS;
	if (p->pause_ms > PAUSE_LAST_MS)
		p->pause_ms = PAUSE_LAST_MS;
	return p->pause_ms * 3 / 4 + randombytes_uniform(p->pause_ms / 2 + 1);
}

/* Nothing is open any more: try again later. */
static void
failed(struct push *p, const struct err *e)
{
	bool news = strcmp(p->trouble.msg, e->msg) != 0;

	stop_watching(p);
	p->trouble = *e;
	if (news)
		log_warnx("push", "camera %s to %s: %s", p->camera, p->host, e->msg);
	enter(p, PHASE_PAUSE, next_pause(p));
	p->live_us = 0;
}

static void
close_socket(struct push *p)
{
	loop_drop(p->connecting);
	p->connecting = NULL;
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
}

/* End the connection; on_closed() goes on from there. e NULL: the camera is waited for
 * without it. */
static void
hang_up(struct push *p, const struct err *e)
{
	if (e != NULL)
		p->why = *e;
	p->no_picture = e == NULL;
	p->conn->broken = true;
	rtsp_conn_wake(p->conn);
}

/* ---- the camera ---- */

static void
on_frame(void *arg, struct frame *f)
{
	struct push *p = arg;

	(void)f;
	if (p->seen)
		return;
	/* Act from the loop's own turn: the hub is in the midst of something. */
	p->seen = true;
	loop_timer_set(p->timer, 0);
}

static void
on_note(void *arg, enum hub_note note, const struct err *e)
{
	struct push *p = arg;

	if (note == HUB_REFUSED && p->conn != NULL)
		hang_up(p, e);
	p->changed(p->arg);
}

static const struct subscriber_ops watch_ops = { on_frame, on_note };

/* Watch the stream itself; or (cheap) what shows that the camera is there. */
static int
watch(struct push *p, bool cheap, struct err *e)
{
	struct stream *s = find_stream(p, p->codec, e);

	if (s != NULL && cheap && stream_needs_encoder(s))
		s = find_stream(p, CODEC_JPEG, e);
	stop_watching(p);
	if (s != NULL)
		p->sub = hub_subscribe(p->shared->hub, s, &watch_ops, p, e);
	return p->sub != NULL ? 0 : -1;
}

static void
sleep_until_picture(struct push *p)
{
	struct err e = { .code = ERR_NONE };

	if (watch(p, true, &e) < 0)
		failed(p, &e);
	else
		enter(p, PHASE_CAMERA, -1);
}

/* ---- the dialogue ---- */

static void
put(struct push *p, const char *text, size_t n)
{
	struct err e = { .code = ERR_NONE };

	if (n == 0 || rtsp_queue_text(&p->conn->session->queue, text, n) < 0) {
		err_set(&e, ERR_FAILED, "push-memory", "the request does not fit");
		hang_up(p, &e);
		return;
	}
	rtsp_conn_wake(p->conn);
}

static void
ask(struct push *p)
{
	char text[PUSH_REQUEST_MAX];

	put(p, text, push_talk_request(&p->talk, text));
	sodium_memzero(text, sizeof(text));
	p->phase_us = now_us(p);
}

/* What the server is told of the stream, once a picture has shown it. True: it was. */
static bool
announce(struct push *p, struct err *e)
{
	struct rtsp_source *src = rtsp_source_get(p->shared, p->camera, p->codec);
	struct stream *s = find_stream(p, p->codec, e);
	struct rtsp_sdp d = { .camera = "" };
	bool late = now_us(p) - p->phase_us > SOUND_MS * INT64_C(1000);
	char body[RTSP_SDP_MAX];

	if (s == NULL || src == NULL || !p->seen ||
	    rtsp_look(p->shared, src, s, late, &d, e) != RTSP_KNOWN ||
	    rtsp_sdp(&d, body) == 0)
		return false;
	push_talk_init(&p->talk, p->url, p->user, p->password, body, d.sound);
	enter(p, PHASE_TALKING, TICK_MS);
	ask(p);
	return true;
}

static void
go_live(struct push *p)
{
	struct err e = { .code = ERR_NONE };

	if (rtsp_publish(p->conn->session, p->camera, p->codec, &p->talk.track[0],
		p->talk.sound ? &p->talk.track[1] : NULL, &e) < 0) {
		hang_up(p, &e);
		return;
	}
	stop_watching(p);
	p->live_us = p->sent_us = now_us(p);
	p->taken = false;
	p->packets = 0;
	enter(p, PHASE_LIVE, TICK_MS);
}

static void
take_message(struct push *p, const struct rtsp_request *r)
{
	struct err e = { .code = ERR_NONE };
	char text[64];
	int n, got;

	if (r->status == 0) { /* the server asks something; being there is the answer */
		n = snprintf(text, sizeof(text),
		    "RTSP/1.0 200 OK\r\nCSeq: %llu\r\n\r\n", (unsigned long long)r->cseq);
		put(p, text, (size_t)n);
		return;
	}
	if (p->phase != PHASE_TALKING)
		return;
	if ((got = push_talk_reply(&p->talk, r, &e)) < 0)
		hang_up(p, &e);
	else if (got > 0 && p->talk.step == PUSH_RECORDS)
		go_live(p);
	else if (got > 0)
		ask(p);
}

static void
on_input(void *arg, const uint8_t *in, size_t n)
{
	struct push *p = arg;
	struct err e = { .code = ERR_NONE };
	enum rtsp_event ev;
	size_t used;

	while (n > 0 && !p->conn->broken && !p->conn->session->closing) {
		ev = rtsp_parse(&p->parser, in, n, &used);
		in += used;
		n -= used;
		if (ev == RTSP_REQUEST) {
			take_message(p, &p->parser.request);
		} else if (ev == RTSP_BAD) {
			err_set(&e, ERR_FAILED, "push-answer",
			    "its answer is no RTSP, or too long: is it a media server "
			    "such as MediaMTX, and the port right?");
			hang_up(p, &e);
		}
	}
	rtsp_parser_release(&p->parser);
}

/* ---- the connection ---- */

/* It is over: blame the server, or wait for the camera. */
static void
on_closed(void *arg, struct rtsp_conn *c)
{
	struct push *p = arg;
	bool blameless = c->session->lost || p->no_picture;

	if (p->why.code == ERR_NONE && c->session->over.msg[0] != '\0') {
		p->why = c->session->over;
		p->why.code = ERR_FAILED;
		snprintf(p->why.name, sizeof(p->why.name), "push-ended");
	} else if (p->why.code == ERR_NONE)
		push_talk_closed(&p->talk, p->taken, &p->why);
	p->dropped += c->session->queue.dropped;
	p->conn = NULL;
	rtsp_conn_free(c);
	rtsp_parser_fini(&p->parser);
	push_talk_fini(&p->talk);
	if (!blameless) {
		failed(p, &p->why);
		return;
	}
	p->pause_ms = 0;
	p->live_us = 0;
	sleep_until_picture(p);
}

static void
connected(struct push *p)
{
	struct lookup_address *a = &p->list[p->at];
	struct err e = { .code = ERR_NONE };
	int fd = p->fd;

	p->fd = -1;
	close_socket(p);
	err_clear(&p->why);
	p->no_picture = false;
	p->conn = rtsp_conn_new(p->loop, p->shared, fd, &a->a, on_closed, p, &e);
	if (p->conn == NULL || watch(p, false, &e) < 0) {
		if (p->conn != NULL)
			rtsp_conn_free(p->conn);
		p->conn = NULL;
		failed(p, &e);
		return;
	}
	p->conn->input = on_input;
	p->conn->session->signed_in = true; /* it is nobody's guest */
	rtsp_parser_init(&p->parser);
	p->parser.takes_replies = true;
	enter(p, PHASE_PICTURE, TICK_MS);
}

static void try_address(struct push *p);

static void
try_next(struct push *p, int error)
{
	struct err e = { .code = ERR_NONE };

	close_socket(p);
	if (++p->at < p->n) {
		try_address(p);
		return;
	}
	errno = error;
	err_set(&e, ERR_FAILED, "push-refused",
	    error == ETIMEDOUT
		? "no connection within %d s: is it switched on, and the address "
		  "right?"
		: "it refuses the connection or is not there (after %d s at most): "
		  "check address and port, and that it runs",
	    CONNECT_MS / 1000);
	failed(p, &e);
}

static void
on_connected(int fd, short what, void *arg)
{
	struct push *p = arg;
	socklen_t n = sizeof(int);
	int error = 0;

	(void)what;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &n) < 0)
		error = errno;
	if (error == 0)
		connected(p);
	else
		try_next(p, error);
}

static void
try_address(struct push *p)
{
	const struct lookup_address *a = &p->list[p->at];
	struct err e = { .code = ERR_NONE };

	p->fd = socket(a->a.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (p->fd < 0) {
		try_next(p, errno);
		return;
	}
	p->connecting =
	    loop_watch(p->loop, p->fd, EV_WRITE, on_connected, p, &e);
	if (p->connecting == NULL) {
		close_socket(p);
		failed(p, &e);
		return;
	}
	enter(p, PHASE_CONNECTING, CONNECT_MS);
	/* Success, too, is told by the event. */
	if (connect(p->fd, (const struct sockaddr *)&a->a, a->n) < 0 &&
	    errno != EINPROGRESS)
		try_next(p, errno);
}

static void
on_addresses(void *arg, const struct lookup_address *list, unsigned n)
{
	struct push *p = arg;
	struct err e = { .code = ERR_NONE };

	memcpy(p->list, list, n * sizeof(*list));
	lookup_free(p->lookup);
	p->lookup = NULL;
	p->n = n;
	p->at = 0;
	if (n > 0) {
		try_address(p);
		return;
	}
	err_set(&e, ERR_FAILED, "push-name",
	    "its host name '%s' is not known in this network", p->host);
	failed(p, &e);
}

static void
begin(struct push *p)
{
	struct err e = { .code = ERR_NONE };

	p->lookup = lookup_start(p->loop, p->host, p->port, on_addresses, p, &e);
	if (p->lookup == NULL)
		failed(p, &e);
	else
		enter(p, PHASE_LOOKUP, LOOKUP_MS);
}

/* ---- time ---- */

static bool
is_late(const struct push *p, int64_t ms)
{
	return now_us(p) - p->phase_us >= ms * 1000;
}

static void
turn_picture(struct push *p)
{
	struct err e = { .code = ERR_NONE };

	rtsp_conn_tick(p->conn);
	if (p->conn->broken || announce(p, &e))
		return;
	if (e.code == ERR_REFUSED) /* RTP cannot carry its pictures */
		hang_up(p, &e);
	else if (is_late(p, PICTURE_MS))
		hang_up(p, NULL);
}

/* A camera that gives nothing for a while shall not end the connection, too. */
static void
keep_alive(struct push *p)
{
	uint32_t packets = p->conn->session->tracks[RTSP_PICTURES].packets;
	char text[PUSH_REQUEST_MAX];

	if (packets != p->packets) {
		p->packets = packets;
		p->sent_us = now_us(p);
	} else if (now_us(p) - p->sent_us >= QUIET_US) {
		p->sent_us = now_us(p);
		put(p, text, push_talk_alive(&p->talk, text));
	}
}

/* It has not hung up so far: what was wrong before is over. */
static void
stay_live(struct push *p)
{
	if (!p->taken && now_us(p) - p->live_us >= TAKEN_US) {
		p->taken = true;
		err_clear(&p->trouble);
		log_info("push", "camera %s is published to %s", p->camera, p->url);
	}
	keep_alive(p);
}

static void
turn_connected(struct push *p)
{
	struct err e = { .code = ERR_NONE };

	if (p->phase == PHASE_PICTURE) {
		turn_picture(p);
	} else {
		rtsp_conn_tick(p->conn);
		if (p->phase == PHASE_LIVE && !p->conn->session->closing) {
			stay_live(p);
		} else if (p->phase == PHASE_TALKING && is_late(p, REPLY_MS)) {
			err_set(&e, ERR_FAILED, "push-silent",
			    "it took the connection but did not answer within %d s",
			    REPLY_MS / 1000);
			hang_up(p, &e);
		}
	}
	loop_timer_set(p->timer, TICK_MS);
}

static void
on_timer(int fd, short what, void *arg)
{
	struct push *p = arg;
	struct err e = { .code = ERR_NONE };

	(void)fd;
	(void)what;
	switch (p->phase) {
	case PHASE_PAUSE:
		p->reconnects++;
		begin(p);
		break;
	case PHASE_CAMERA:
		stop_watching(p);
		begin(p);
		break;
	case PHASE_LOOKUP:
		lookup_free(p->lookup);
		p->lookup = NULL;
		err_set(&e, ERR_FAILED, "push-name",
		    "no name server answers for '%s' within %d s", p->host,
		    LOOKUP_MS / 1000);
		failed(p, &e);
		break;
	case PHASE_CONNECTING:
		try_next(p, ETIMEDOUT);
		break;
	case PHASE_PICTURE:
	case PHASE_TALKING:
	case PHASE_LIVE:
		turn_connected(p);
		break;
	}
}

/* ---- the object ---- */

static void
take_config(struct push *p, const struct push_config *c)
{
	const char *path = lookup_split(
	    c->url, "554", p->host, sizeof(p->host), p->port, sizeof(p->port));

	snprintf(p->camera, sizeof(p->camera), "%s", c->camera);
	snprintf(p->url, sizeof(p->url), "%s%s", c->url,
	    strcmp(path, "/") == 0 ? p->camera : "");
	snprintf(p->user, sizeof(p->user), "%s", c->user);
	snprintf(p->password, sizeof(p->password), "%s", c->password);
	p->codec = c->codec;
}

struct push *
push_new(struct loop *l, struct rtsp_shared *shared, const struct push_config *c,
    void (*changed)(void *arg), void *arg, struct err *e)
{
	struct push *p = calloc(1, sizeof(*p));

	if (p == NULL) {
		err_sys(e, "publish camera '%s'", c->camera);
		return NULL;
	}
	p->loop = l;
	p->shared = shared;
	p->changed = changed;
	p->arg = arg;
	p->fd = -1;
	take_config(p, c);
	if ((p->timer = loop_timer(l, on_timer, p, e)) == NULL) {
		free(p);
		return NULL;
	}
	/* The first try is none again. */
	p->phase = PHASE_CAMERA;
	loop_timer_set(p->timer, 0);
	return p;
}

static void
say_goodbye(struct push *p)
{
	char text[PUSH_REQUEST_MAX];
	size_t n;

	if (p->phase == PHASE_LIVE && !p->conn->broken) {
		rtsp_session_end(p->conn->session, "it is no longer published");
		n = push_talk_bye(&p->talk, text);
		(void)rtsp_queue_text(&p->conn->session->queue, text, n);
		sodium_memzero(text, sizeof(text));
	}
	rtsp_conn_free(p->conn);
	p->conn = NULL;
}

void
push_free(struct push *p)
{
	if (p == NULL)
		return;
	if (p->conn != NULL)
		say_goodbye(p);
	stop_watching(p);
	close_socket(p);
	lookup_free(p->lookup);
	loop_drop(p->timer);
	rtsp_parser_fini(&p->parser);
	push_talk_fini(&p->talk);
	sodium_memzero(p, sizeof(*p));
	free(p);
}

static enum push_state
judge(const struct push *p)
{
	switch (p->phase) {
	case PHASE_LIVE:
		return PUSH_LIVE;
	case PHASE_PICTURE:
	case PHASE_CAMERA:
		return PUSH_WAITING;
	default:
		return p->trouble.code != ERR_NONE ? PUSH_FAILED : PUSH_CONNECTING;
	}
}

void
push_report(const struct push *p, struct push_report *ret)
{
	struct stream *s = find_stream(p, p->codec, NULL);
	const struct err *camera = s != NULL ? stream_trouble(s) : NULL;

	memset(ret, 0, sizeof(*ret));
	ret->state = judge(p);
	if (ret->state == PUSH_FAILED)
		said_put(&p->trouble, ret->reason, sizeof(ret->reason), ret->reason_params);
	else if (ret->state != PUSH_CONNECTING && camera != NULL)
		said_put(camera, ret->reason, sizeof(ret->reason), ret->reason_params);
	ret->dropped = p->dropped +
	    (p->conn != NULL ? p->conn->session->queue.dropped : 0);
	ret->reconnects = p->reconnects;
}
