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
#include "streamd/outputs/rtsp_udp.h"

/* A frame this young can be a viewer's first. */
#define FRESH_US 1000000
#define RETRY "Retry-After: 5\r\n"

struct rtsp_source *
rtsp_source_get(struct rtsp_shared *sh, const char *camera, enum codec codec)
{
	static const uint8_t types[CODECS] = { [CODEC_JPEG] = RTP_TYPE_JPEG,
		[CODEC_H264] = RTP_TYPE_H264,
		[CODEC_ALAW] = RTP_TYPE_ALAW };
	struct rtsp_source *src;

	LIST_FOREACH (src, &sh->sources, entry) {
		if (src->codec == codec && strcmp(src->camera, camera) == 0)
			return src;
	}
	if ((src = calloc(1, sizeof(*src))) == NULL)
		return NULL;
	snprintf(src->camera, sizeof(src->camera), "%s", camera);
	src->codec = codec;
	rtp_stream_init(&src->rtp, types[codec]);
	LIST_INIT(&src->watchers);
	LIST_INSERT_HEAD(&sh->sources, src, entry);
	return src;
}

/* A sender report that maps the track's last timestamp to the wall clock; bye: and the
 * track's end. */
static void
report(struct rtsp_session *s, struct rtsp_track *t, bool bye)
{
	struct rtcp_report r;
	struct timespec ts;
	uint8_t p[RTCP_MAX];
	int64_t now = s->shared->now_us();
	size_t n;

	clock_gettime(CLOCK_REALTIME, &ts);
	r.ssrc = t->rtp->ssrc;
	r.wall_us = (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000 -
	    (now - t->last_arrived_us);
	r.rtp_time = t->last_rtp;
	r.packets = t->packets;
	r.payload_n = t->payload_n;
	r.cname = s->shared->cname;
	t->report_us = now;
	n = bye ? rtcp_bye(&r, t->rtcp_channel, p)
		: rtcp_report(&r, t->rtcp_channel, p);
	if (t->udp)
		rtsp_udp_send_rtcp(s->shared->udp, &s->addr, t->rtcp_port,
		    p + RTP_FRAMING_N, n - RTP_FRAMING_N);
	else if (rtsp_queue_text(&s->queue, p, n) < 0)
		s->closing = true;
}

void
rtsp_say_bye(struct rtsp_session *s)
{
	unsigned i;

	for (i = 0; i < RTSP_TRACKS; i++) {
		if (s->tracks[i].on)
			report(s, &s->tracks[i], true);
	}
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

/* Datagrams are sent at once or not at all: after a hole H.264 goes on with a key
 * frame. */
static enum rtsp_queued
send_frame(struct rtsp_session *s, struct rtsp_track *t, struct frame *f,
    const struct rtp_run *run)
{
	if (f->codec == CODEC_H264 && s->queue.want_key && !f->keyframe)
		return RTSP_QUEUE_PASSED;
	if (rtsp_udp_send(s->shared->udp, &s->addr, t->rtp_port, run) == 0) {
		if (f->codec == CODEC_H264)
			s->queue.want_key = false;
		return RTSP_QUEUED;
	}
	s->queue.dropped++;
	s->queue.want_key = f->codec == CODEC_H264;
	return RTSP_QUEUE_LOST;
}

static void
queue_frame(struct rtsp_session *s, struct rtsp_track *t, struct frame *f,
    const struct rtp_run *run)
{
	int64_t now = s->shared->now_us();

	switch (t->udp ? send_frame(s, t, f, run)
		       : rtsp_queue_frame(&s->queue, f, run, t->rtp_channel)) {
	case RTSP_QUEUED:
		t->packets += run->packets;
		t->payload_n += run->payload_n;
		t->last_rtp = run->timestamp;
		t->last_arrived_us = run->arrived_us;
		if (t->report_us == 0 || now - t->report_us >= RTSP_REPORT_US)
			report(s, t, false);
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

void
rtsp_play_frame(struct rtsp_session *s, struct frame *f)
{
	struct rtsp_track *t = &s->tracks[RTSP_PICTURES];
	const struct rtp_run *run;
	struct err e;

	if (s->state != RTSP_PLAYING || s->closing || !t->on)
		return;
	if ((run = rtp_pack(&s->source->rtp, f, &e)) == NULL) {
		s->source->width = s->source->height = 0;
		rtsp_session_fail(s, &e);
		return;
	}
	queue_frame(s, t, f, run);
	if (s->sub != NULL)
		count_skipped(s);
	s->ops->wake(s->arg);
}

static void
on_sound(void *arg, struct frame *f)
{
	struct rtsp_session *s = arg;
	struct rtsp_track *t = &s->tracks[RTSP_SOUND];
	const struct rtp_run *run;
	struct err e;

	if (s->state != RTSP_PLAYING || s->closing ||
	    (run = rtp_pack(t->rtp, f, &e)) == NULL)
		return;
	queue_frame(s, t, f, run);
	s->ops->wake(s->arg);
}

/* The pictures' subscription hears of all that ends a session. */
static void
on_sound_note(void *arg, enum hub_note note, const struct err *e)
{
	(void)arg;
	(void)note;
	(void)e;
}

static void
on_frame(void *arg, struct frame *f)
{
	struct rtsp_session *s = arg;
	struct err e;

	if (f->codec == CODEC_H264 || f->rtp_ok)
		rtsp_play_frame(s, f);
	else if (s->joined && s->state == RTSP_PLAYING && !s->closing &&
	    rtsp_fit_push(s, f, &e) < 0)
		rtsp_session_fail(s, &e);
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
		s->lost = true;
		if (e->msg[0] != '\0')
			rtsp_session_fail(s, e);
		else
			rtsp_session_end(
			    s, "the camera gave no picture for too long");
		break;
	case HUB_REFUSED:
		rtsp_session_fail(s, e);
		break;
	}
}

static const struct subscriber_ops play_ops = { on_frame, on_note };
static const struct subscriber_ops sound_ops = { on_sound, on_sound_note };

void
rtsp_play_stop(struct rtsp_session *s)
{
	rtsp_describe_cancel(s);
	hub_unsubscribe(s->sub);
	hub_unsubscribe(s->sound_sub);
	s->sub = s->sound_sub = NULL;
	rtsp_fit_leave(s);
	rtsp_queue_drop_frames(&s->queue);
	if (s->state == RTSP_PLAYING)
		log_info("rtsp",
		    "%s left %s%s: %" PRIu32 " packets, %" PRIu64
		    " frames dropped, %" PRIu32 " packets lost on the way",
		    s->peer, s->target.camera,
		    s->target.codec == CODEC_JPEG ? "/mjpeg" : "",
		    s->tracks[RTSP_PICTURES].packets, s->queue.dropped,
		    s->tracks[RTSP_PICTURES].lost);
	if (s->state != RTSP_INIT)
		s->state = RTSP_READY;
}

/* Watch the camera in this codec. 0, or -1 and the answer was given. */
static int
watch(struct rtsp_session *s, enum codec codec, uint64_t cseq)
{
	struct err e = { .code = ERR_NONE };
	struct subscriber *sub;
	struct stream *st;

	if (s->sub != NULL && s->sub_codec == codec)
		return 0;
	if ((st = hub_find(s->shared->hub, s->target.camera, codec, &e)) == NULL) {
		rtsp_reply_err(s, cseq, e.code == ERR_NOT_FOUND ? 404 : 503, "", &e);
		return -1;
	}
	if ((sub = hub_subscribe(s->shared->hub, st, &play_ops, s, &e)) == NULL) {
		log_warnx("rtsp", "%s: %s", s->target.camera, e.msg);
		rtsp_reply_err(s, cseq, 503, RETRY, &e);
		return -1;
	}
	hub_unsubscribe(s->sub);
	s->sub = sub;
	s->sub_codec = codec;
	return 0;
}

/* Get what was set up. Who wants the sound alone holds the camera open by its JPEGs,
 * which cost no encoder. 0, or -1 and the answer was given. */
static int
subscribe(struct rtsp_session *s, uint64_t cseq)
{
	struct err e = { .code = ERR_NONE };
	struct stream *st;

	if (watch(s, s->tracks[RTSP_PICTURES].on ? s->target.codec : CODEC_JPEG, cseq) <
	    0)
		return -1;
	if (!s->tracks[RTSP_SOUND].on || s->sound_sub != NULL)
		return 0;
	st = hub_find(s->shared->hub, s->target.camera, CODEC_ALAW, &e);
	if (st == NULL ||
	    (s->sound_sub = hub_subscribe(s->shared->hub, st, &sound_ops, s, &e)) ==
		NULL) {
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
setup_target(const struct rtsp_request *r, bool udp, struct rtsp_target *t,
    struct rtsp_transport *transport)
{
	const char *header = rtsp_header(r, "Transport");
	int got;

	if (rtsp_url_parse(r->url, t) < 0)
		return 404;
	if (t->track == 0)
		return 459;
	if (header == NULL)
		return 400;
	if ((got = rtsp_transport_choose(header, udp, transport)) < 0)
		return got == -1 ? 461 : 400;
	if (!transport->channels_given) {
		transport->rtp = t->track == 1 ? 0 : 2;
		transport->rtcp = transport->rtp + 1;
	}
	return 0;
}

/* What stands against this track in this session: the status to answer, or 0. */
static int
may_set_up(struct rtsp_session *s, const struct rtsp_target *t,
    const struct rtsp_transport *transport)
{
	const struct rtsp_track *other = &s->tracks[2 - t->track];
	struct stream *st = hub_find(s->shared->hub, t->camera, t->codec, NULL);

	if (s->state != RTSP_INIT &&
	    (s->tracks[t->track - 1].on || t->codec != s->target.codec ||
		strcmp(t->camera, s->target.camera) != 0))
		return 455;
	if (st != NULL && t->track == 2 && stream_sound(st) == HUB_MUTE)
		return 404;
	/* Both tracks go the same way, each on channels or ports of its own. */
	if (other->on && transport->udp != other->udp)
		return 461;
	if (other->on && transport->udp)
		return transport->rtp_port == other->rtp_port ? 400 : 0;
	if (other->on &&
	    (transport->rtp == other->rtp_channel ||
		transport->rtp == other->rtcp_channel ||
		transport->rtcp == other->rtp_channel ||
		transport->rtcp == other->rtcp_channel))
		return 400;
	return 0;
}

/* 0, or -1: the answer was given and nothing has changed. */
static int
set_up(struct rtsp_session *s, const struct rtsp_target *t,
    const struct rtsp_transport *transport, uint64_t cseq)
{
	struct rtsp_track *track = &s->tracks[t->track - 1];
	struct rtsp_source *pictures, *sound;
	bool first = s->state == RTSP_INIT;

	pictures = rtsp_source_get(s->shared, t->camera, t->codec);
	sound = rtsp_source_get(s->shared, t->camera, CODEC_ALAW);
	if (pictures == NULL || sound == NULL) {
		rtsp_reply(s, cseq, 500, "");
		return -1;
	}
	if (first)
		s->target = *t;
	track->on = true;
	if (subscribe(s, cseq) < 0) {
		track->on = false;
		if (first)
			rtsp_play_stop(s);
		return -1;
	}
	s->source = pictures;
	if (t->track == 1)
		rtsp_fit_join(s);
	track->rtp = t->track == 1 ? &pictures->rtp : &sound->rtp;
	track->rtp_channel = transport->rtp;
	track->rtcp_channel = transport->rtcp;
	track->udp = transport->udp;
	track->rtp_port = transport->rtp_port;
	track->rtcp_port = transport->rtcp_port;
	if (first)
		new_session_id(s);
	s->state = RTSP_READY;
	return 0;
}

static void
transport_line(const struct rtsp_session *s, const struct rtsp_track *t, char *ret,
    size_t ret_size)
{
	unsigned port = t->udp ? rtsp_udp_port(s->shared->udp) : 0;

	if (t->udp)
		snprintf(ret, ret_size,
		    "Session: %s;timeout=%d\r\n"
		    "Transport: RTP/AVP;unicast;client_port=%u-%u;"
		    "server_port=%u-%u;ssrc=%08" PRIX32 "\r\n",
		    s->id, RTSP_TIMEOUT_S, t->rtp_port, t->rtcp_port, port, port + 1,
		    t->rtp->ssrc);
	else
		snprintf(ret, ret_size,
		    "Session: %s;timeout=%d\r\n"
		    "Transport: RTP/AVP/TCP;unicast;interleaved=%u-%u;"
		    "ssrc=%08" PRIX32 "\r\n",
		    s->id, RTSP_TIMEOUT_S, t->rtp_channel, t->rtcp_channel,
		    t->rtp->ssrc);
}

void
rtsp_setup(struct rtsp_session *s, const struct rtsp_request *r)
{
	struct rtsp_transport transport;
	struct rtsp_target t;
	char lines[256];
	int status;

	/* Whether there is such a camera comes before how it shall be carried. */
	status = setup_target(r, s->shared->udp != NULL, &t, &transport);
	if (status != 404 && status != 0 &&
	    hub_find(s->shared->hub, t.camera, t.codec, NULL) == NULL)
		status = 404;
	if (status == 0)
		status = may_set_up(s, &t, &transport);
	if (status != 0) {
		rtsp_reply(s, r->cseq, status, "");
		return;
	}
	if (set_up(s, &t, &transport, r->cseq) < 0)
		return;
	transport_line(s, &s->tracks[t.track - 1], lines, sizeof(lines));
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
	if (f->codec == CODEC_JPEG && !f->rtp_ok) {
		(void)rtsp_fit_push(s, f, &e);
		return NULL;
	}
	if ((*ret = rtp_pack(&s->source->rtp, f, &e)) == NULL)
		return NULL;
	return f;
}

static void
play_reply(struct rtsp_session *s, const struct rtsp_request *r, size_t base_n,
    const struct rtp_run *run)
{
	char lines[2 * RTSP_URL_MAX + 300], numbers[64] = "",
					    sound[RTSP_URL_MAX + 40] = "";
	bool pictures = s->tracks[RTSP_PICTURES].on;

	if (run != NULL)
		snprintf(numbers, sizeof(numbers), ";seq=%u;rtptime=%" PRIu32, run->seq,
		    run->timestamp);
	else if (s->target.codec == CODEC_JPEG)
		snprintf(numbers, sizeof(numbers), ";seq=%u", s->source->rtp.seq);
	if (s->tracks[RTSP_SOUND].on)
		snprintf(sound, sizeof(sound), "%surl=%.*s/" RTSP_SOUND_TRACK ";seq=%u",
		    pictures ? "," : "", (int)base_n, r->url,
		    s->tracks[RTSP_SOUND].rtp->seq);
	snprintf(lines, sizeof(lines),
	    "Session: %s;timeout=%d\r\nRange: npt=now-\r\nRTP-Info: ", s->id,
	    RTSP_TIMEOUT_S);
	if (pictures)
		snprintf(lines + strlen(lines), sizeof(lines) - strlen(lines),
		    "url=%.*s/" RTSP_TRACK "%s", (int)base_n, r->url, numbers);
	snprintf(lines + strlen(lines), sizeof(lines) - strlen(lines), "%s\r\n", sound);
	rtsp_reply(s, r->cseq, 200, lines);
}

/* Frames flow; the first one is this, or NULL. */
static void
begin(struct rtsp_session *s, struct frame *f, const struct rtp_run *run)
{
	s->state = RTSP_PLAYING;
	s->playing_us = s->shared->now_us();
	s->heard_us = 0;
	s->queue.want_key = true;
	s->tracks[RTSP_PICTURES].report_us = s->tracks[RTSP_SOUND].report_us = 0;
	if (f != NULL)
		queue_frame(s, &s->tracks[RTSP_PICTURES], f, run);
	else if (s->tracks[RTSP_PICTURES].on)
		want_keyframe(s);
}

void
rtsp_play(struct rtsp_session *s, const struct rtsp_request *r)
{
	const struct rtp_run *run = NULL;
	struct rtsp_target t;
	struct frame *f = NULL;

	if (!same_target(s, r, &t)) {
		rtsp_reply(s, r->cseq, 404, "");
		return;
	}
	if (s->state == RTSP_PLAYING) {
		play_reply(s, r, t.base_n, NULL);
		return;
	}
	if (subscribe(s, r->cseq) < 0)
		return;
	if (s->tracks[RTSP_PICTURES].on) {
		rtsp_fit_join(s);
		f = first_frame(s, &run);
	}
	play_reply(s, r, t.base_n, run);
	log_info("rtsp", "%s watches %s%s", s->peer, s->target.camera,
	    s->target.codec == CODEC_JPEG ? "/mjpeg" : "");
	begin(s, f, run);
}

/* One track of a session that publishes. */
static void
open_track(struct rtsp_session *s, unsigned i, struct rtsp_source *src,
    const struct rtsp_transport *t)
{
	s->tracks[i].on = true;
	s->tracks[i].rtp = &src->rtp;
	s->tracks[i].rtp_channel = t->rtp;
	s->tracks[i].rtcp_channel = t->rtcp;
}

int
rtsp_publish(struct rtsp_session *s, const char *camera, enum codec codec,
    const struct rtsp_transport *pictures, const struct rtsp_transport *sound,
    struct err *e)
{
	struct stream *st = hub_find(s->shared->hub, camera, codec, e), *sound_st;
	struct rtsp_source *src = rtsp_source_get(s->shared, camera, codec);
	struct rtsp_source *sound_src =
	    rtsp_source_get(s->shared, camera, CODEC_ALAW);
	const struct rtp_run *run = NULL;
	struct frame *f;

	if (st == NULL)
		return -1;
	if (src == NULL || sound_src == NULL)
		return err_sys(e, "publish camera '%s'", camera);
	if ((s->sub = hub_subscribe(s->shared->hub, st, &play_ops, s, e)) == NULL)
		return -1;
	s->sub_codec = s->target.codec = codec;
	snprintf(s->target.camera, sizeof(s->target.camera), "%s", camera);
	s->source = src;
	open_track(s, RTSP_PICTURES, src, pictures);
	sound_st = sound != NULL ? hub_find(s->shared->hub, camera, CODEC_ALAW, NULL)
				 : NULL;
	if (sound_st != NULL &&
	    (s->sound_sub = hub_subscribe(
		 s->shared->hub, sound_st, &sound_ops, s, e)) != NULL)
		open_track(s, RTSP_SOUND, sound_src, sound);
	rtsp_fit_join(s);
	f = first_frame(s, &run);
	begin(s, f, run);
	return 0;
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
