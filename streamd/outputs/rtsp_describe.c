/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * DESCRIBE (see rtsp_session.h). streamd, main thread. What is known of a camera is
 * answered at once; a cold camera is opened and waited for, but never longer than
 * clients wait for an answer.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "common/err.h"
#include "common/log.h"
#include "streamd/jpeg.h"
#include "streamd/outputs/rtsp_sdp.h"
#include "streamd/outputs/rtsp_session.h"

#define RETRY "Retry-After: 5\r\n"

/* A picture that was just seen: can RTP carry it, or what is made of it? */
static enum rtsp_known
judge_jpeg(const struct rtsp_shared *sh, struct rtsp_source *src, const struct frame *f,
    struct err *e)
{
	struct jpeg_info i;

	if (jpeg_parse(f->data, f->n, &i, e) < 0)
		return RTSP_UNKNOWN;
	if (!i.rtp_ok && (i.fit == JPEG_FIT_NEVER || sh->darkroom == NULL)) {
		src->width = src->height = 0;
		err_set(e, ERR_REFUSED, "jpeg-not-rtp",
		    "RTP cannot carry this camera's pictures (%s); use the "
		    "H.264 "
		    "address rtsp://HOST/%s",
		    i.rtp_why, src->camera);
		return RTSP_UNFIT;
	}
	src->width = i.width;
	src->height = i.height;
	if (!i.rtp_ok)
		jpeg_fit_size(&i, &src->width, &src->height);
	return RTSP_KNOWN;
}

enum rtsp_known
rtsp_look(const struct rtsp_shared *sh, struct rtsp_source *src,
    const struct stream *st, bool last_chance, struct rtsp_sdp *d, struct err *e)
{
	const struct frame *f = stream_latest(st);
	enum rtsp_known k = RTSP_UNKNOWN;

	d->codec = src->codec;
	d->camera = src->camera;
	d->session = src->rtp.ssrc;
	d->sound = stream_sound(st) == HUB_SOUND;
	if (stream_sound(st) == HUB_SOUND_UNDECIDED && !last_chance)
		return RTSP_UNKNOWN;
	if (src->codec == CODEC_H264) {
		d->sets = stream_parameter_sets(st, &d->sets_n);
		return d->sets != NULL && d->sets_n > 0 ? RTSP_KNOWN : RTSP_UNKNOWN;
	}
	if (f != NULL)
		k = judge_jpeg(sh, src, f, e);
	else if (src->width > 0)
		k = RTSP_KNOWN;
	d->width = src->width;
	d->height = src->height;
	return k;
}

static void
describe_done(struct rtsp_session *s)
{
	s->describing = false;
	hub_unsubscribe(s->describe_sub);
	s->describe_sub = NULL;
}

/* Answer if it can be; true when it was. */
static bool
answer(struct rtsp_session *s, struct rtsp_source *src, const struct stream *st,
    bool last_chance)
{
	struct rtsp_sdp d = { .camera = "" };
	char body[RTSP_SDP_MAX], lines[RTSP_URL_MAX + 80];
	struct err e = { .code = ERR_NONE };
	size_t n;

	switch (rtsp_look(s->shared, src, st, last_chance, &d, &e)) {
	case RTSP_UNFIT:
		log_warnx("rtsp", "%s: %s", src->camera, e.msg);
		rtsp_reply_err(s, s->describe_cseq, 415, "", &e);
		return true;
	case RTSP_UNKNOWN:
		return false;
	case RTSP_KNOWN:
		break;
	}
	if ((n = rtsp_sdp(&d, body)) == 0)
		return false;
	snprintf(lines, sizeof(lines),
	    "Content-Type: application/sdp\r\nContent-Base: %s/\r\n", s->describe_base);
	rtsp_reply_body(s, s->describe_cseq, lines, body, n);
	return true;
}

static void
on_frame(void *arg, struct frame *f)
{
	struct rtsp_session *s = arg;
	struct stream *st;

	(void)f;
	st = hub_find(s->shared->hub, s->describe.camera, s->describe.codec, NULL);
	if (st == NULL || !answer(s, s->describe_source, st, false))
		return;
	describe_done(s);
	s->resume_due = true;
	s->ops->wake(s->arg);
}

static void
give_up(struct rtsp_session *s, const struct err *e)
{
	rtsp_reply_err(s, s->describe_cseq, 503, RETRY, e);
	describe_done(s);
	s->resume_due = true;
	s->ops->wake(s->arg);
}

static void
on_note(void *arg, enum hub_note note, const struct err *e)
{
	struct rtsp_session *s = arg;

	if (note == HUB_GONE) {
		rtsp_reply(s, s->describe_cseq, 404, "");
		describe_done(s);
		s->resume_due = true;
		s->ops->wake(s->arg);
	} else if (note == HUB_REFUSED ||
	    (note == HUB_TROUBLE && hub_is_lasting(e))) {
		give_up(s, e);
	}
}

static const struct subscriber_ops describe_ops = { on_frame, on_note };

void
rtsp_describe(struct rtsp_session *s, const struct rtsp_request *r)
{
	struct err e = { .code = ERR_NONE };
	struct stream *st;

	if (rtsp_url_parse(r->url, &s->describe) < 0 || s->describe.track) {
		rtsp_reply(s, r->cseq, 404, "");
		return;
	}
	st = hub_find(s->shared->hub, s->describe.camera, s->describe.codec, &e);
	if (st == NULL) {
		rtsp_reply_err(s, r->cseq, e.code == ERR_NOT_FOUND ? 404 : 503, "", &e);
		return;
	}
	if ((s->describe_source = rtsp_source_get(
		 s->shared, s->describe.camera, s->describe.codec)) == NULL) {
		rtsp_reply(s, r->cseq, 404, "");
		return;
	}
	s->describe_cseq = r->cseq;
	snprintf(s->describe_base, sizeof(s->describe_base), "%.*s",
	    (int)s->describe.base_n, r->url);
	if (stream_trouble(st)->code == ERR_NONE &&
	    answer(s, s->describe_source, st, false))
		return;
	s->describe_sub = hub_subscribe(s->shared->hub, st, &describe_ops, s, &e);
	if (s->describe_sub == NULL) {
		rtsp_reply_err(s, r->cseq, 503, RETRY, &e);
		return;
	}
	s->describing = true;
	s->describe_us = s->shared->now_us();
}

void
rtsp_describe_tick(struct rtsp_session *s, int64_t now_us)
{
	const struct stream *st;
	struct err e = { .code = ERR_NONE };

	if (!s->describing || now_us - s->describe_us < RTSP_DESCRIBE_US)
		return;
	st = hub_find(s->shared->hub, s->describe.camera, s->describe.codec, &e);
	if (st != NULL && stream_trouble(st)->code == ERR_NONE &&
	    answer(s, s->describe_source, st, true)) {
		describe_done(s);
		s->resume_due = true;
		s->ops->wake(s->arg);
		return;
	}
	if (st != NULL && stream_trouble(st)->code != ERR_NONE)
		e = *stream_trouble(st);
	else if (st != NULL)
		err_set(&e, ERR_FAILED, "camera-silent",
		    "the camera gave no picture within %d s; try again",
		    RTSP_DESCRIBE_US / 1000000);
	give_up(s, &e);
}

void
rtsp_describe_cancel(struct rtsp_session *s)
{
	describe_done(s);
}
