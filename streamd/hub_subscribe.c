/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Viewers of the switchboard: joining, leaving, and handing frames over (see hub.h).
 * streamd, main thread. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "streamd/hub_private.h"

void
hub_round_begin(struct stream *s)
{
	s->rounds++;
}

void
hub_round_end(struct stream *s)
{
	struct subscriber *sub, *next;

	if (--s->rounds > 0 || !s->has_dead)
		return;
	s->has_dead = false;
	for (sub = LIST_FIRST(&s->subs); sub != NULL; sub = next) {
		next = LIST_NEXT(sub, entry);
		if (sub->dead) {
			LIST_REMOVE(sub, entry);
			free(sub);
		}
	}
}

void
hub_tell_all(struct stream *s, enum hub_note note, const struct err *e)
{
	struct subscriber *sub;

	hub_round_begin(s);
	LIST_FOREACH (sub, &s->subs, entry) {
		if (!sub->dead)
			sub->ops->note(sub->arg, note, e);
	}
	hub_round_end(s);
}

const char *
stream_camera(const struct stream *s)
{
	return s->camera->name;
}

enum codec
stream_codec(const struct stream *s)
{
	return s->codec;
}

struct frame *
stream_latest(const struct stream *s)
{
	return s->latest;
}

const struct err *
stream_trouble(const struct stream *s)
{
	return &s->camera->trouble;
}

const uint8_t *
stream_parameter_sets(const struct stream *s, size_t *ret_n)
{
	*ret_n = s->parameter_sets_n;
	return s->parameter_sets;
}

bool
stream_needs_encoder(const struct stream *s)
{
	return s->codec == CODEC_H264 && s->camera->native == HUB_ENCODES;
}

enum hub_sound
stream_sound(const struct stream *s)
{
	return s->camera->sound;
}

static struct subscriber *
subscribe(struct hub *h, struct stream *s, const struct subscriber_ops *ops, void *arg,
    bool is_encoder, struct err *e)
{
	struct subscriber *sub;

	if (s->n_subs >= HUB_SUBSCRIBERS_MAX) {
		err_set(e, ERR_REFUSED, "camera-full",
		    "camera '%s' has %u viewers already", s->camera->name, s->n_subs);
		return NULL;
	}
	if ((sub = calloc(1, sizeof(*sub))) == NULL) {
		err_sys(e, "watch camera '%s'", s->camera->name);
		return NULL;
	}
	sub->stream = s;
	sub->hub = h;
	sub->ops = ops;
	sub->arg = arg;
	sub->is_encoder = is_encoder;
	sub->since_us = hub_now_us(h);
	/* At the head: a round that is going on does not meet it. */
	LIST_INSERT_HEAD(&s->subs, sub, entry);
	s->n_subs++;
	s->n_viewers += is_encoder ? 0 : 1;
	s->stop_at_us = HUB_NEVER;
	if (hub_source_wanted(s->camera))
		s->camera->streams[CODEC_JPEG].stop_at_us = HUB_NEVER;
	hub_wake(h);
	return sub;
}

struct subscriber *
hub_subscribe(struct hub *h, struct stream *s, const struct subscriber_ops *ops,
    void *arg, struct err *e)
{
	struct subscriber *sub;

	if (s->codec == CODEC_H264 && s->camera->native == HUB_ENCODES &&
	    hub_need_encoder(h, s->camera, e) < 0)
		return NULL;
	sub = subscribe(h, s, ops, arg, false, e);
	if (sub == NULL && s->codec == CODEC_H264 && s->n_subs == 0) {
		s->stop_at_us = hub_now_us(h);
		hub_wake(h);
	}
	return sub;
}

struct subscriber *
hub_subscribe_encoder(struct hub *h, struct stream *jpeg,
    const struct subscriber_ops *ops, void *arg, struct err *e)
{
	return subscribe(h, jpeg, ops, arg, true, e);
}

/* Source and encoder linger: the next viewer often comes at once. */
static void
last_left(struct stream *s)
{
	struct hub_camera *c = s->camera;
	const struct hub_options *o = &c->hub->o;
	int64_t now = hub_now_us(c->hub);

	if (s->codec == CODEC_H264 && c->native == HUB_ENCODES)
		s->stop_at_us = now + (int64_t)o->encoder_linger_s * 1000000;
	else if (!hub_source_wanted(c))
		c->streams[CODEC_JPEG].stop_at_us =
		    now + (int64_t)o->linger_s * 1000000;
	hub_wake(c->hub);
}

void
hub_unsubscribe(struct subscriber *sub)
{
	struct stream *s;

	if (sub == NULL || sub->dead)
		return;
	if ((s = sub->stream) == NULL) {
		LIST_REMOVE(sub, entry);
		free(sub);
		return;
	}
	s->n_subs--;
	s->n_viewers -= sub->is_encoder ? 0 : 1;
	if (s->n_subs == 0 && s->codec != CODEC_ALAW)
		last_left(s);
	if (s->rounds > 0) {
		sub->dead = true;
		s->has_dead = true;
		return;
	}
	LIST_REMOVE(sub, entry);
	free(sub);
}

void
hub_skipped(struct subscriber *sub, unsigned n)
{
	if (sub->stream != NULL)
		sub->stream->camera->figures.skipped += n;
}

static void
count_frame(struct stream *s, const struct frame *f, int64_t now)
{
	struct hub_figures *g = &s->camera->figures;

	/* What the camera itself sends. */
	if ((s->codec == CODEC_H264) != (s->camera->native == HUB_NATIVE))
		return;
	g->frames_in++;
	g->bytes_in += f->n;
	g->last_frame_us = now;
	g->width = f->width;
	g->height = f->height;
}

void
hub_publish(struct stream *s, struct frame *f)
{
	struct subscriber *sub;
	int64_t now = hub_now_us(s->camera->hub);

	f->number = ++s->number;
	if (s->codec != CODEC_ALAW)
		count_frame(s, f, now);
	frame_unref(s->latest);
	s->latest = frame_ref(f);
	hub_round_begin(s);
	LIST_FOREACH (sub, &s->subs, entry) {
		if (sub->dead)
			continue;
		sub->since_us = now;
		sub->outage_told = sub->lost_told = false;
		if (!sub->is_encoder && s->codec != CODEC_ALAW)
			s->camera->figures.handed++;
		sub->ops->frame(sub->arg, f);
	}
	hub_round_end(s);
}
