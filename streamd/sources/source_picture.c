/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a source's pictures and sound go through on their way to the hub (see source.h):
 * limits, the verdict on each JPEG, repairs, and the bench for what players do not read.
 * streamd, main thread. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/err.h"
#include "common/log.h"
#include "common/loop.h"
#include "streamd/darkroom.h"
#include "streamd/hub_feed.h"
#include "streamd/jpeg.h"
#include "streamd/sources/source_private.h"

#define SOUND_WAIT_US 500000 /* from the first picture until a camera is mute */

void
source_drop(struct source *s, const char *why)
{
	size_t i;

	s->dropped++;
	for (i = 0; i < SOURCE_DROP_KINDS; i++) {
		if (s->drops[i].why == NULL)
			s->drops[i].why = why;
		if (strcmp(s->drops[i].why, why) == 0) {
			s->drops[i].n++;
			return;
		}
	}
}

/* At most SOURCE_FPS_MAX a second on average; a burst after a hiccup may pass. */
static bool
within_rate(struct source *s)
{
	int64_t now = loop_now_us(), more;

	more = (now - s->tokens_us) * SOURCE_FPS_MAX / 1000000;
	if (more > 0) {
		s->tokens_us = now;
		s->tokens = more + s->tokens > SOURCE_FPS_MAX
		    ? SOURCE_FPS_MAX
		    : s->tokens + (unsigned)more;
	}
	if (s->tokens == 0)
		return false;
	s->tokens--;
	return true;
}

/* "jpeg-too-large" → "too-large": constant words for the counters. */
static const char *
drop_word(const struct err *e)
{
	if (strcmp(e->name, "jpeg-too-large") == 0)
		return "too-large";
	if (strcmp(e->name, "jpeg-unsupported") == 0)
		return "unsupported";
	return strcmp(e->name, "jpeg-no-eoi") == 0 ? "no-eoi" : "broken";
}

/* The frame that is published: repaired where something is missing. Takes owned. */
static struct frame *
make_frame(struct source *s, uint8_t *owned, size_t n, const struct jpeg_info *i)
{
	struct frame *f;
	uint8_t *better;

	if (jpeg_needs_repair(i, n)) {
		if (jpeg_repair(owned, i, &better, &n, &s->last_drop) < 0) {
			free(owned);
			return NULL;
		}
		free(owned);
		owned = better;
	}
	if ((f = frame_take(CODEC_JPEG, owned, n)) == NULL) {
		free(owned);
		return NULL;
	}
	f->width = i->width;
	f->height = i->height;
	f->rtp_ok = i->rtp_ok;
	return f;
}

/* A picture was not taken, for the reason in last_drop. Where more of its kind will not
 * be either, that is said now and not when time is up. */
static void
refuse(struct source *s)
{
	source_drop(s, drop_word(&s->last_drop));
	if (s->last_drop.code != ERR_REFUSED || s->pictures > 0)
		s->refused = 0;
	else if (++s->refused == SOURCE_REFUSED_MAX)
		loop_timer_set(s->timer, 0);
}

/* verdict: what RTP/JPEG makes of it. */
static void
picture_came(
    struct source *s, const struct err *verdict, unsigned width, unsigned height)
{
	bool news = s->pictures == 0 || strcmp(s->jpeg.msg, verdict->msg) != 0;
	bool ok = strcmp(verdict->msg, "ok") == 0;
	int64_t now = loop_now_us();

	if (s->last_us != 0 && now - s->last_us > SOURCE_STALE_US)
		news = true;
	s->seen = true;
	s->last_us = now;
	if (s->pictures++ == 0)
		s->first_us = now;
	if (now - s->first_us > SOUND_WAIT_US &&
	    stream_sound(hub_camera_stream(s->camera, CODEC_JPEG)) ==
		HUB_SOUND_UNDECIDED)
		hub_set_sound(s->camera, HUB_MUTE);
	if (!news)
		return;
	s->jpeg = *verdict;
	err_clear(&s->trouble);
	hub_set_trouble(s->camera, NULL);
	if (s->pictures == 1)
		log_info("source", "camera %s: live, %u x %u%s%s", s->name, width,
		    height, ok ? "" : "; RTP/JPEG: ", ok ? "" : verdict->msg);
	s->changed(s->arg);
}

static void
publish(struct source *s, struct frame *f)
{
	struct err verdict;

	jpeg_verdict(&s->own, &verdict);
	picture_came(s, &verdict, s->own.width, s->own.height);
	hub_publish(hub_camera_stream(s->camera, CODEC_JPEG), f);
}

static void
on_plain(void *arg, struct frame *f, const struct err *e)
{
	struct source *s = arg;

	if (s->phase != PHASE_PICTURES)
		return;
	if (f != NULL) {
		publish(s, f);
		return;
	}
	s->last_drop = *e;
	s->last_drop.code = ERR_REFUSED;
	snprintf(s->last_drop.name, sizeof(s->last_drop.name), "jpeg-unsupported");
	refuse(s);
}

/* Players do not read it as it is: it is published when it has been made plain. */
static void
make_plain(struct source *s, struct frame *f)
{
	struct err *e = &s->last_drop;

	if (s->plain == NULL && s->env.darkroom != NULL)
		s->plain = bench_new(s->env.darkroom, DARK_PLAIN, 0, on_plain, s, e);
	if (s->plain == NULL || bench_push(s->plain, f))
		source_drop(s, "busy");
}

void
source_jpeg(struct source *s, uint8_t *owned, size_t n, int64_t arrived_us)
{
	struct jpeg_info info;
	struct frame *f;

	if (!within_rate(s)) {
		source_drop(s, "too-fast");
		free(owned);
		return;
	}
	if (jpeg_parse(owned, n, &info, &s->last_drop) < 0) {
		refuse(s);
		free(owned);
		return;
	}
	if ((f = make_frame(s, owned, n, &info)) == NULL) {
		source_drop(s, "no-memory");
		return;
	}
	f->arrived_us = arrived_us;
	s->own = info;
	if (info.shown)
		publish(s, f);
	else
		make_plain(s, f);
	frame_unref(f);
}

const struct jpeg_info *
source_jpeg_info(const struct source *s)
{
	return s->own.n > 0 ? &s->own : NULL;
}

void
source_unit(struct source *s, struct frame *f)
{
	struct err verdict;

	if (!within_rate(s)) {
		source_drop(s, "too-fast");
		return;
	}
	err_set(&verdict, ERR_NONE, "", "it sends H.264");
	picture_came(s, &verdict, f->width, f->height);
	hub_publish(hub_camera_stream(s->camera, CODEC_H264), f);
}

void
source_still_of_unit(struct source *s, uint8_t *owned, size_t n, int64_t arrived_us)
{
	struct jpeg_info info;
	struct frame *f;
	struct err e;

	if (jpeg_parse(owned, n, &info, &e) < 0) {
		free(owned);
		return;
	}
	if ((f = make_frame(s, owned, n, &info)) == NULL)
		return;
	f->arrived_us = arrived_us;
	hub_publish(hub_camera_stream(s->camera, CODEC_JPEG), f);
	frame_unref(f);
}

void
source_sound(struct source *s, const uint8_t *p, size_t n, int64_t arrived_us)
{
	struct stream *st = hub_camera_stream(s->camera, CODEC_ALAW);
	struct frame *f;
	size_t part;

	if (n > 0)
		hub_set_sound(s->camera, HUB_SOUND);
	for (; n > 0; p += part, n -= part) {
		part = n < FRAME_SOUND_MAX ? n : FRAME_SOUND_MAX;
		if ((f = frame_new(CODEC_ALAW, p, part)) == NULL)
			return;
		/* Of its first sample: 125 us each. */
		f->arrived_us = arrived_us - (int64_t)n * 125;
		hub_publish(st, f);
		frame_unref(f);
	}
}

void
source_set_sound(struct source *s, enum hub_sound sound)
{
	hub_set_sound(s->camera, sound);
}
