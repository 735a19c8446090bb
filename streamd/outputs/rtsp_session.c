/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * RTSP sessions: which method may do what in which state, who may ask, and when a
 * client's time is over (see rtsp_session.h). streamd, main thread. One connection has
 * at most one session; its id is good on that connection only.
 */
#include "config.h"

#include <inttypes.h>
#include <netinet/in.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/err.h"
#include "common/log.h"
#include "common/loop.h"
#include "streamd/outputs/rtsp_session.h"
#include "streamd/outputs/rtsp_udp.h"

#define WRONG_MAX 5 /* wrong passwords on one connection */
#define ODD_FRAMES_MAX 100 /* '$' frames on channels that are nobody's */

typedef void handler(struct rtsp_session *, const struct rtsp_request *);

static void options(struct rtsp_session *, const struct rtsp_request *);
static void alive(struct rtsp_session *, const struct rtsp_request *);
static void teardown(struct rtsp_session *, const struct rtsp_request *);

/* NULL: not valid in this state (455). */
static const struct method {
	bool needs_sign_in, needs_session;
	handler *in[3]; /* by enum rtsp_state */
} methods[RTSP_OTHER] = {
	[RTSP_OPTIONS] = { false, false, { options, options, options } },
	[RTSP_DESCRIBE] = { true, false,
	    { rtsp_describe, rtsp_describe, rtsp_describe } },
	[RTSP_SETUP] = { true, false, { rtsp_setup, rtsp_setup, NULL } },
	[RTSP_PLAY] = { true, true, { NULL, rtsp_play, rtsp_play } },
	[RTSP_PAUSE] = { true, true, { NULL, rtsp_pause, rtsp_pause } },
	[RTSP_GET_PARAMETER] = { false, false, { alive, alive, alive } },
	[RTSP_SET_PARAMETER] = { false, false, { alive, alive, alive } },
	[RTSP_TEARDOWN] = { true, true, { NULL, teardown, teardown } },
};

void
rtsp_shared_init(struct rtsp_shared *sh, struct hub *hub)
{
	sh->hub = hub;
	sh->now_us = loop_now_us;
	LIST_INIT(&sh->sources);
	snprintf(
	    sh->cname, sizeof(sh->cname), "camherd-%08" PRIx32, randombytes_random());
}

void
rtsp_shared_fini(struct rtsp_shared *sh)
{
	struct rtsp_source *src;

	while ((src = LIST_FIRST(&sh->sources)) != NULL) {
		LIST_REMOVE(src, entry);
		free(src);
	}
}

struct rtsp_session *
rtsp_session_new(struct rtsp_shared *sh, const char *peer,
    const struct rtsp_session_ops *ops, void *arg)
{
	struct rtsp_session *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->shared = sh;
	s->ops = ops;
	s->arg = arg;
	snprintf(s->peer, sizeof(s->peer), "%s", peer);
	rtsp_parser_init(&s->parser);
	rtsp_queue_init(&s->queue);
	s->began_us = s->active_us = s->written_us = sh->now_us();
	return s;
}

void
rtsp_session_free(struct rtsp_session *s)
{
	if (s == NULL)
		return;
	rtsp_play_stop(s);
	rtsp_queue_fini(&s->queue);
	rtsp_parser_fini(&s->parser);
	free(s->held);
	free(s);
}

/* The Session header, when there is one, must name this connection's session. A
 * parameter may follow the id. */
static bool
session_fits(const struct rtsp_session *s, const char *header)
{
	size_t n = strcspn(header, "; \t");

	return s->id[0] != '\0' && n == RTSP_SESSION_ID_LEN &&
	    sodium_memcmp(header, s->id, n) == 0;
}

/* What waits is written, then the connection ends. */
static void
close_politely(struct rtsp_session *s)
{
	rtsp_play_stop(s);
	s->closing = true;
}

static void
options(struct rtsp_session *s, const struct rtsp_request *r)
{
	char lines[128];

	snprintf(lines, sizeof(lines), "Public: %s\r\n", rtsp_methods());
	rtsp_reply(s, r->cseq, 200, lines);
}

/* GET_PARAMETER and SET_PARAMETER say "I am still here", with whatever body. */
static void
alive(struct rtsp_session *s, const struct rtsp_request *r)
{
	char lines[80] = "";

	if (s->id[0] != '\0')
		snprintf(lines, sizeof(lines), "Session: %s;timeout=%d\r\n", s->id,
		    RTSP_TIMEOUT_S);
	rtsp_reply(s, r->cseq, 200, lines);
}

static void
teardown(struct rtsp_session *s, const struct rtsp_request *r)
{
	char lines[80];

	snprintf(lines, sizeof(lines), "Session: %s\r\nConnection: close\r\n", s->id);
	rtsp_reply(s, r->cseq, 200, lines);
	close_politely(s);
}

/* True when the request may go on; else it was answered. */
static bool
sign_in(struct rtsp_session *s, const struct rtsp_request *r)
{
	struct rtsp_auth_query q = { r->method_name, r->url,
		rtsp_header(r, "Authorization"), s->peer, s->shared->now_us() / 1000000,
		s->signed_in };
	enum rtsp_verdict v = rtsp_auth_check(&s->shared->auth, &q);
	char lines[RTSP_CHALLENGE_MAX];

	if (v == RTSP_AUTH_OK) {
		s->signed_in = true;
		return true;
	}
	if (v == RTSP_AUTH_WRONG && ++s->wrong == 1)
		log_warnx("rtsp", "%s: wrong user or password", s->peer);
	rtsp_auth_challenge(&s->shared->auth, s->peer, q.now_s, v == RTSP_AUTH_STALE,
	    lines, sizeof(lines));
	rtsp_reply(s, r->cseq, 401, lines);
	if (s->wrong >= WRONG_MAX)
		close_politely(s);
	return false;
}

static void
request(struct rtsp_session *s, const struct rtsp_request *r)
{
	const char *session = rtsp_header(r, "Session");
	const struct method *m;
	char lines[128];

	if (r->method == RTSP_OTHER) {
		snprintf(lines, sizeof(lines), "Allow: %s\r\n", rtsp_methods());
		rtsp_reply(s, r->cseq, 405, lines);
		return;
	}
	m = &methods[r->method];
	if (m->needs_sign_in && !sign_in(s, r))
		return;
	if (r->method != RTSP_OPTIONS && session != NULL && !session_fits(s, session)) {
		rtsp_reply(s, r->cseq, 454, "");
		return;
	}
	if (m->needs_session && session == NULL && s->state != RTSP_INIT) {
		rtsp_reply(s, r->cseq, 454, "");
		return;
	}
	if (m->in[s->state] == NULL)
		rtsp_reply(s, r->cseq, 455, "");
	else
		m->in[s->state](s, r);
}

static bool
known_channel(const struct rtsp_session *s, uint8_t channel)
{
	unsigned i;

	for (i = 0; i < RTSP_TRACKS; i++) {
		if (s->tracks[i].on && s->tracks[i].rtcp_channel == channel)
			return true;
	}
	return false;
}

/* RTCP of the client means it is there. Before SETUP nobody has a channel. */
static void
frame(struct rtsp_session *s)
{
	if (s->state == RTSP_INIT) {
		log_debug("rtsp", "%s: frames before SETUP", s->peer);
		s->closing = true;
	} else if (!known_channel(s, s->parser.channel) &&
	    ++s->odd_frames > ODD_FRAMES_MAX) {
		rtsp_session_end(s, "frames on channels that were never set up");
	}
}

static void
bad(struct rtsp_session *s)
{
	rtsp_reply(s, s->parser.bad_cseq, s->parser.status, "Connection: close\r\n");
	close_politely(s);
}

/* Input that came behind a DESCRIBE that waits. */
static void
hold(struct rtsp_session *s, const uint8_t *p, size_t n)
{
	if (n == 0)
		return;
	if ((s->held = malloc(n)) == NULL) {
		s->closing = true;
		return;
	}
	memcpy(s->held, p, n);
	s->held_n = n;
}

static void
input(struct rtsp_session *s, const uint8_t *p, size_t n)
{
	enum rtsp_event ev;
	size_t used;

	while (n > 0 && !s->closing && !s->describing) {
		ev = rtsp_parse(&s->parser, p, n, &used);
		p += used;
		n -= used;
		if (ev == RTSP_REQUEST)
			request(s, &s->parser.request);
		else if (ev == RTSP_FRAME)
			frame(s);
		else if (ev == RTSP_BAD)
			bad(s);
		if (ev != RTSP_MORE)
			s->active_us = s->shared->now_us();
	}
	if (s->describing)
		hold(s, p, n);
}

void
rtsp_session_input(struct rtsp_session *s, const uint8_t *p, size_t n)
{
	bool midway = rtsp_parser_midway(&s->parser);

	input(s, p, n);
	rtsp_parser_release(&s->parser);
	/* The clock of a message runs from its first byte; a whole one in between
	 * starts it anew. */
	if (!rtsp_parser_midway(&s->parser))
		s->message_us = 0;
	else if (!midway || s->message_us == 0 || s->active_us > s->message_us)
		s->message_us = s->shared->now_us();
	s->ops->wake(s->arg);
}

void
rtsp_session_run(struct rtsp_session *s)
{
	uint8_t *held = s->held;
	size_t n = s->held_n;

	if (!s->resume_due || s->closing)
		return;
	s->resume_due = false;
	s->active_us = s->shared->now_us();
	s->held = NULL;
	s->held_n = 0;
	if (held != NULL)
		rtsp_session_input(s, held, n);
	free(held);
}

bool
rtsp_session_reads(const struct rtsp_session *s)
{
	return !s->closing && !s->describing && s->queue.text_bytes < RTSP_TEXT_MAX;
}

void
rtsp_session_written(struct rtsp_session *s, size_t n)
{
	rtsp_queue_written(&s->queue, n);
	if (n > 0)
		s->written_us = s->shared->now_us();
}

void
rtsp_session_end(struct rtsp_session *s, const char *why)
{
	struct err said = { .code = ERR_NONE };

	err_text(&said, why);
	rtsp_session_fail(s, &said);
}

void
rtsp_session_fail(struct rtsp_session *s, const struct err *why)
{
	if (s->closing)
		return;
	log_info("rtsp", "%s: session ended: %s", s->peer, why->msg);
	s->over = *why;
	if (s->state == RTSP_PLAYING)
		rtsp_say_bye(s);
	rtsp_play_stop(s);
	s->closing = true;
	s->ops->wake(s->arg);
}

/* Over: nothing was written for too long although something waits. */
static bool
stuck(struct rtsp_session *s, int64_t now)
{
	if (s->queue.bytes == 0)
		s->written_us = now;
	return now - s->written_us > RTSP_STUCK_US;
}

static bool
plays_udp(const struct rtsp_session *s)
{
	return s->state == RTSP_PLAYING &&
	    (s->tracks[RTSP_PICTURES].udp || s->tracks[RTSP_SOUND].udp);
}

bool
rtsp_session_heard(struct rtsp_session *s, const struct sockaddr_storage *from,
    const struct rtsp_loss *reports, unsigned n)
{
	struct sockaddr_storage a = s->addr, b = *from;
	unsigned i, k, port;

	if (!plays_udp(s) || a.ss_family != b.ss_family)
		return false;
	/* The address of the connection and one of the ports that were set up. */
	if (a.ss_family == AF_INET6) {
		struct sockaddr_in6 *a6 = (void *)&a, *b6 = (void *)&b;

		if (memcmp(&a6->sin6_addr, &b6->sin6_addr, 16) != 0)
			return false;
		port = ntohs(b6->sin6_port);
	} else {
		struct sockaddr_in *a4 = (void *)&a, *b4 = (void *)&b;

		if (a4->sin_addr.s_addr != b4->sin_addr.s_addr)
			return false;
		port = ntohs(b4->sin_port);
	}
	for (i = 0; i < RTSP_TRACKS; i++) {
		if (!s->tracks[i].on || port != s->tracks[i].rtcp_port)
			continue;
		s->heard_us = s->shared->now_us();
		for (k = 0; k < n; k++) {
			if (reports[k].ssrc == s->tracks[i].rtp->ssrc)
				s->tracks[i].lost = reports[k].lost;
		}
		return true;
	}
	return false;
}

/* Datagrams go on only to somebody who says that they arrive: by RTCP, or by a
 * request on the connection. */
static bool
unheard(const struct rtsp_session *s, int64_t now)
{
	int64_t last = s->heard_us > s->active_us ? s->heard_us : s->active_us;

	if (!plays_udp(s))
		return false;
	if (s->heard_us == 0 && now - s->playing_us > RTSP_UDP_FIRST_US)
		return true;
	return now - last > RTSP_UDP_SILENT_US;
}

void
rtsp_session_stuck(struct rtsp_session *s)
{
	if (s->closing && s->queue.bytes == 0)
		return;
	err_set(&s->over, ERR_FAILED, "", "it took no bytes for %d s",
	    RTSP_STUCK_US / 1000000);
	log_info("rtsp", "%s: closed: %s", s->peer, s->over.msg);
	rtsp_play_stop(s);
	rtsp_queue_fini(&s->queue);
	s->closing = true;
}

void
rtsp_session_tick(struct rtsp_session *s)
{
	int64_t now = s->shared->now_us();

	if (stuck(s, now)) {
		rtsp_session_stuck(s);
		s->ops->wake(s->arg);
		return;
	}
	if (s->closing)
		return;
	rtsp_describe_tick(s, now);
	if (!s->signed_in && now - s->began_us > RTSP_SIGN_IN_US)
		rtsp_session_end(s, "it did not sign in in time");
	else if (s->message_us != 0 && now - s->message_us > RTSP_HEAD_US)
		rtsp_session_end(s, "it did not complete a request in time");
	else if (unheard(s, now))
		rtsp_session_end(s, "nothing says that its UDP packets arrive");
	else if (s->state != RTSP_PLAYING &&
	    now - s->active_us > RTSP_TIMEOUT_S * INT64_C(1000000))
		rtsp_session_end(s, "no request for a minute");
}
