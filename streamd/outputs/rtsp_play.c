/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * SETUP, PLAY, PAUSE and the frames of a session (see rtsp_session.h). streamd, main
 * thread. The subscription lives from SETUP on, so that camera and encoder are awake
 * when PLAY comes; frames flow only while playing.
 */
#include "config.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/err.h"
#include "common/log.h"
#include "common/text.h"
#include "streamd/outputs/rtcp.h"
#include "streamd/outputs/rtsp_sdp.h"
#include "streamd/outputs/rtsp_session.h"
#include "streamd/outputs/rtsp_transport.h"

/* A frame this young can be a viewer's first. */
#define FRESH_US 1000000
#define RETRY "Retry-After: 5\r\n"

struct rtsp_source *
rtsp_source_get(struct rtsp_shared *sh, const char *camera, enum codec codec)
{
	struct rtsp_source *src;

	LIST_FOREACH (src, &sh->sources, entry) {
		if (src->codec == codec && strcmp(src->camera, camera) == 0)
			return src;
	}
	if ((src = calloc(1, sizeof(*src))) == NULL)
		return NULL;
	snprintf(src->camera, sizeof(src->camera), "%s", camera);
	src->codec = codec;
	rtp_stream_init(&src->rtp, codec == CODEC_JPEG ? RTP_TYPE_JPEG : RTP_TYPE_H264);
	LIST_INSERT_HEAD(&sh->sources, src, entry);
	return src;
}

void
rtsp_report(struct rtsp_session *s, bool bye)
{
	struct rtcp_report r;
	struct timespec ts;
	uint8_t p[RTCP_MAX];
	int64_t now = s->shared->now_us();
	size_t n;

	clock_gettime(CLOCK_REALTIME, &ts);
	r.ssrc = s->source->rtp.ssrc;
	r.wall_us = (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000 -
	    (now - s->last_arrived_us);
	r.rtp_time = s->last_rtp;
	r.packets = s->packets;
	r.payload_n = s->payload_n;
	r.cname = s->shared->cname;
	s->report_us = now;
	n = bye ? rtcp_bye(&r, s->rtcp_channel, p)
		: rtcp_report(&r, s->rtcp_channel, p);
	if (rtsp_queue_text(&s->queue, p, n) < 0)
		s->closing = true;
}

/* Tell the hub what this client could not take. */
static void
count_skipped(struct rtsp_session *s)
{
	if (s->queue.dropped > s->skipped)
		hub_skipped(s->sub, (unsigned)(s->queue.dropped - s->skipped));
	s->skipped = s->queue.dropped;
}

static void
want_keyframe(struct rtsp_session *s)
{
	struct stream *st =
	    hub_find(s->shared->hub, s->target.camera, CODEC_H264, NULL);

	if (st != NULL)
		hub_want_keyframe(st);
}

static void
queue_frame(struct rtsp_session *s, struct frame *f, const struct rtp_run *run)
{
	int64_t now = s->shared->now_us();

	switch (rtsp_queue_frame(&s->queue, f, run, s->rtp_channel)) {
	case RTSP_QUEUED:
		s->packets += run->packets;
		s->payload_n += run->payload_n;
		s->last_rtp = run->timestamp;
		s->last_arrived_us = run->arrived_us;
		if (s->report_us == 0 || now - s->report_us >= RTSP_REPORT_US)
			rtsp_report(s, false);
		break;
	case RTSP_QUEUE_LOST:
		want_keyframe(s);
		break;
	case RTSP_QUEUE_PASSED:
		break;
	case RTSP_QUEUE_NO_MEMORY:
		rtsp_session_end(s, "out of memory");
		break;
	}
}

static void
on_frame(void *arg, struct frame *f)
{
	struct rtsp_session *s = arg;
	const struct rtp_run *run;
	struct err e;

	if (s->state != RTSP_PLAYING || s->closing)
		return;
	if ((run = rtp_pack(&s->source->rtp, f, &e)) == NULL) {
		s->source->width = s->source->height = 0;
		rtsp_session_end(s, e.msg);
		return;
	}
	queue_frame(s, f, run);
	if (s->sub != NULL)
		count_skipped(s);
	s->ops->wake(s->arg);
}

static void
on_note(void *arg, enum hub_note note, const struct err *e)
{
	struct rtsp_session *s = arg;

	switch (note) {
	case HUB_TROUBLE:
	case HUB_OUTAGE:
		break;
	case HUB_GONE:
		rtsp_session_end(s, "the camera was removed or disabled");
		break;
	case HUB_LOST:
		rtsp_session_end(s,
		    e->msg[0] != '\0' ? e->msg
				      : "the camera gave no picture for too long");
		break;
	case HUB_REFUSED:
		rtsp_session_end(s, e->msg);
		break;
	}
}

static const struct subscriber_ops play_ops = { on_frame, on_note };

void
rtsp_play_stop(struct rtsp_session *s)
{
	rtsp_describe_cancel(s);
	hub_unsubscribe(s->sub);
	s->sub = NULL;
	rtsp_queue_drop_frames(&s->queue);
	if (s->state == RTSP_PLAYING)
		log_info("rtsp",
		    "%s left %s%s: %" PRIu32 " packets, %" PRIu64 " frames dropped",
		    s->peer, s->target.camera,
		    s->target.codec == CODEC_JPEG ? "/mjpeg" : "", s->packets,
		    s->queue.dropped);
	if (s->state != RTSP_INIT)
		s->state = RTSP_READY;
}

/* Get frames of the session's stream. 0, or -1 and the answer was given. */
static int
subscribe(struct rtsp_session *s, const struct rtsp_target *t, uint64_t cseq)
{
	struct err e = { .code = ERR_NONE };
	struct stream *st;

	if (s->sub != NULL)
		return 0;
	if ((st = hub_find(s->shared->hub, t->camera, t->codec, &e)) == NULL) {
		rtsp_reply_err(s, cseq, e.code == ERR_NOT_FOUND ? 404 : 503, "", &e);
		return -1;
	}
	if ((s->sub = hub_subscribe(s->shared->hub, st, &play_ops, s, &e)) == NULL) {
		log_warnx("rtsp", "%s: %s", t->camera, e.msg);
		rtsp_reply_err(s, cseq, 503, RETRY, &e);
		return -1;
	}
	return 0;
}

static void
new_session_id(struct rtsp_session *s)
{
	uint8_t raw[RTSP_SESSION_ID_LEN / 2];

	randombytes_buf(raw, sizeof(raw));
	text_hex(raw, sizeof(raw), s->id);
}

/* 0, or the status to answer. */
static int
setup_target(const struct rtsp_request *r, struct rtsp_target *t,
    struct rtsp_transport *transport)
{
	const char *header = rtsp_header(r, "Transport");
	int got;

	if (rtsp_url_parse(r->url, t) < 0)
		return 404;
	if (!t->track)
		return 459;
	if (header == NULL)
		return 400;
	if ((got = rtsp_transport_choose(header, transport)) < 0)
		return got == -1 ? 461 : 400;
	if (!transport->channels_given) {
		transport->rtp = 0;
		transport->rtcp = 1;
	}
	return 0;
}

void
rtsp_setup(struct rtsp_session *s, const struct rtsp_request *r)
{
	struct rtsp_transport transport;
	struct rtsp_target t;
	char lines[256];
	int status;

	/* Whether there is such a camera comes before how it shall be carried. */
	status = setup_target(r, &t, &transport);
	if (status != 404 && status != 0 &&
	    hub_find(s->shared->hub, t.camera, t.codec, NULL) == NULL)
		status = 404;
	if (status != 0) {
		rtsp_reply(s, r->cseq, status, "");
		return;
	}
	if (subscribe(s, &t, r->cseq) < 0)
		return;
	if ((s->source = rtsp_source_get(s->shared, t.camera, t.codec)) == NULL) {
		rtsp_play_stop(s);
		rtsp_reply(s, r->cseq, 500, "");
		return;
	}
	s->target = t;
	s->rtp_channel = transport.rtp;
	s->rtcp_channel = transport.rtcp;
	s->state = RTSP_READY;
	new_session_id(s);
	snprintf(lines, sizeof(lines),
	    "Session: %s;timeout=%d\r\n"
	    "Transport: RTP/AVP/TCP;unicast;interleaved=%u-%u;ssrc=%08" PRIX32 "\r\n",
	    s->id, RTSP_TIMEOUT_S, transport.rtp, transport.rtcp, s->source->rtp.ssrc);
	rtsp_reply(s, r->cseq, 200, lines);
}

/* The request names what was set up, whole or its track. */
static bool
same_target(
    const struct rtsp_session *s, const struct rtsp_request *r, struct rtsp_target *ret)
{
	return rtsp_url_parse(r->url, ret) == 0 && ret->codec == s->target.codec &&
	    strcmp(ret->camera, s->target.camera) == 0;
}

/* The newest frame, if it can be a viewer's first: one that stands alone and is
 * young. Borrowed. */
static struct frame *
first_frame(struct rtsp_session *s, const struct rtp_run **ret)
{
	struct stream *st =
	    hub_find(s->shared->hub, s->target.camera, s->target.codec, NULL);
	struct frame *f = st != NULL ? stream_latest(st) : NULL;
	struct err e;

	if (f == NULL || !f->keyframe || s->shared->now_us() - f->arrived_us > FRESH_US)
		return NULL;
	if ((*ret = rtp_pack(&s->source->rtp, f, &e)) == NULL)
		return NULL;
	return f;
}

static void
play_reply(struct rtsp_session *s, const struct rtsp_request *r, size_t base_n,
    const struct rtp_run *run)
{
	char lines[RTSP_URL_MAX + 256], numbers[64] = "";

	if (run != NULL)
		snprintf(numbers, sizeof(numbers), ";seq=%u;rtptime=%" PRIu32, run->seq,
		    run->timestamp);
	else if (s->target.codec == CODEC_JPEG)
		snprintf(numbers, sizeof(numbers), ";seq=%u", s->source->rtp.seq);
	snprintf(lines, sizeof(lines),
	    "Session: %s;timeout=%d\r\nRange: npt=now-\r\n"
	    "RTP-Info: url=%.*s/" RTSP_TRACK "%s\r\n",
	    s->id, RTSP_TIMEOUT_S, (int)base_n, r->url, numbers);
	rtsp_reply(s, r->cseq, 200, lines);
}

void
rtsp_play(struct rtsp_session *s, const struct rtsp_request *r)
{
	const struct rtp_run *run = NULL;
	struct rtsp_target t;
	struct frame *f;

	if (!same_target(s, r, &t)) {
		rtsp_reply(s, r->cseq, 404, "");
		return;
	}
	if (s->state == RTSP_PLAYING) {
		play_reply(s, r, t.base_n, NULL);
		return;
	}
	if (subscribe(s, &s->target, r->cseq) < 0)
		return;
	f = first_frame(s, &run);
	play_reply(s, r, t.base_n, run);
	log_info("rtsp", "%s watches %s%s", s->peer, s->target.camera,
	    s->target.codec == CODEC_JPEG ? "/mjpeg" : "");
	s->state = RTSP_PLAYING;
	s->queue.want_key = true;
	s->report_us = 0;
	if (f != NULL)
		queue_frame(s, f, run);
	else
		want_keyframe(s);
}

void
rtsp_pause(struct rtsp_session *s, const struct rtsp_request *r)
{
	struct rtsp_target t;
	char lines[80];

	if (!same_target(s, r, &t)) {
		rtsp_reply(s, r->cseq, 404, "");
		return;
	}
	rtsp_play_stop(s);
	snprintf(
	    lines, sizeof(lines), "Session: %s;timeout=%d\r\n", s->id, RTSP_TIMEOUT_S);
	rtsp_reply(s, r->cseq, 200, lines);
}
