/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The switchboard (see hub.h, hub_feed.h). streamd, main thread.
 *
 * Nothing is started or stopped inside a publish or a subscribe: those only set dates,
 * and hub_tick() acts on them from the loop. So a source's own call-back never finds
 * itself torn down, and a subscriber may leave at any moment.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/loop.h"
#include "streamd/hub_private.h"

#define KEYFRAME_EVERY_US 1000000

int64_t
hub_now_us(const struct hub *h)
{
	return h->o.now_us != NULL ? h->o.now_us() : loop_now_us();
}

static void
on_timer(int fd, short what, void *arg)
{
	struct hub *h = arg;

	(void)fd;
	(void)what;
	loop_timer_set(h->timer, hub_tick(h));
}

void
hub_wake(struct hub *h)
{
	h->again = true;
	if (h->timer != NULL && !h->ticking)
		loop_timer_set(h->timer, 0);
}

struct hub *
hub_new(struct loop *l, const struct hub_options *o, struct err *e)
{
	struct hub *h = calloc(1, sizeof(*h));

	if (h == NULL) {
		err_sys(e, "make the hub");
		return NULL;
	}
	h->loop = l;
	h->o = *o;
	LIST_INIT(&h->cameras);
	LIST_INIT(&h->orphans);
	if (l != NULL && (h->timer = loop_timer(l, on_timer, h, e)) == NULL) {
		free(h);
		return NULL;
	}
	return h;
}

void
hub_free(struct hub *h)
{
	if (h == NULL)
		return;
	while (!LIST_EMPTY(&h->cameras))
		hub_remove_camera(LIST_FIRST(&h->cameras));
	loop_drop(h->timer);
	free(h);
}

void
hub_set_linger(struct hub *h, unsigned linger_s)
{
	h->o.linger_s = linger_s;
}

static struct hub_camera *
find_camera(struct hub *h, const char *name)
{
	struct hub_camera *c;

	LIST_FOREACH (c, &h->cameras, entry) {
		if (strcmp(c->name, name) == 0)
			return c;
	}
	return NULL;
}

static void
stream_init(struct stream *s, struct hub_camera *c, enum codec codec)
{
	s->camera = c;
	s->codec = codec;
	s->stop_at_us = HUB_NEVER;
	LIST_INIT(&s->subs);
}

struct hub_camera *
hub_add_camera(struct hub *h, const char *name, const struct hub_source_ops *ops,
    void *arg, struct err *e)
{
	struct hub_camera *c;

	if (!text_is_slug(name)) {
		err_set(e, ERR_USAGE, "camera-name", "'%s' is no camera name", name);
		return NULL;
	}
	if (find_camera(h, name) != NULL) {
		err_set(e, ERR_USAGE, "camera-exists", "there is a camera '%s' already",
		    name);
		return NULL;
	}
	if ((c = calloc(1, sizeof(*c))) == NULL) {
		err_sys(e, "add camera '%s'", name);
		return NULL;
	}
	memcpy(c->name, name, strlen(name) + 1);
	c->hub = h;
	c->ops = ops;
	c->arg = arg;
	stream_init(&c->streams[CODEC_JPEG], c, CODEC_JPEG);
	stream_init(&c->streams[CODEC_H264], c, CODEC_H264);
	stream_init(&c->streams[CODEC_ALAW], c, CODEC_ALAW);
	LIST_INSERT_HEAD(&h->cameras, c, entry);
	return c;
}

static void
stop_source(struct hub_camera *c)
{
	struct stream *s = &c->streams[CODEC_JPEG];

	s->stop_at_us = HUB_NEVER;
	if (!c->running)
		return;
	c->running = false;
	c->ops->stop(c->arg);
	if (c->battery && s->latest != NULL) {
		frame_unref(c->kept);
		c->kept = s->latest;
	} else {
		frame_unref(s->latest);
	}
	s->latest = NULL;
	if (c->native == HUB_ENCODES)
		return;
	frame_unref(c->streams[CODEC_H264].latest);
	c->streams[CODEC_H264].latest = NULL;
}

/* Whoever did not leave at HUB_GONE keeps a subscription to nothing. */
static void
orphan_all(struct hub *h, struct stream *s)
{
	struct subscriber *sub;

	while ((sub = LIST_FIRST(&s->subs)) != NULL) {
		LIST_REMOVE(sub, entry);
		sub->stream = NULL;
		LIST_INSERT_HEAD(&h->orphans, sub, entry);
	}
	frame_unref(s->latest);
	free(s->parameter_sets);
}

void
hub_remove_camera(struct hub_camera *c)
{
	LIST_REMOVE(c, entry);
	hub_tell_all(&c->streams[CODEC_H264], HUB_GONE, &c->trouble);
	hub_stop_encoder(c);
	hub_tell_all(&c->streams[CODEC_JPEG], HUB_GONE, &c->trouble);
	stop_source(c);
	frame_unref(c->kept);
	orphan_all(c->hub, &c->streams[CODEC_ALAW]);
	orphan_all(c->hub, &c->streams[CODEC_H264]);
	orphan_all(c->hub, &c->streams[CODEC_JPEG]);
	free(c);
}

void
hub_set_battery(struct hub_camera *c)
{
	c->battery = true;
}

struct frame *
stream_last_picture(const struct stream *s)
{
	const struct hub_camera *c = s->camera;
	struct frame *latest = c->streams[CODEC_JPEG].latest;

	return latest != NULL ? latest : c->kept;
}

bool
stream_on_battery(const struct stream *s)
{
	return s->camera->battery;
}

bool
stream_is_asleep(const struct stream *s)
{
	return s->camera->battery && !s->camera->running;
}

bool
hub_source_wanted(const struct hub_camera *c)
{
	return c->streams[CODEC_JPEG].n_subs > 0 ||
	    (c->native != HUB_ENCODES && c->streams[CODEC_H264].n_subs > 0);
}

bool
hub_is_watched(const struct stream *s)
{
	return s->n_subs > 0;
}

enum hub_native
hub_native(const struct hub_camera *c)
{
	return c->native;
}

void
hub_set_native(struct hub_camera *c, enum hub_native native)
{
	struct stream *h264 = &c->streams[CODEC_H264];
	struct err e = { .code = ERR_NONE };

	if (c->native == native)
		return;
	c->native = native;
	if (native != HUB_ENCODES)
		hub_stop_encoder(c);
	else if (h264->n_subs > 0 && hub_need_encoder(c->hub, c, &e) < 0)
		hub_tell_all(h264, HUB_REFUSED, &e);
	hub_wake(c->hub);
}

void
hub_set_sound(struct hub_camera *c, enum hub_sound sound)
{
	c->sound = sound;
}

struct stream *
hub_camera_stream(struct hub_camera *c, enum codec codec)
{
	return &c->streams[codec];
}

void
hub_set_absent(
    struct hub *h, bool (*fn)(void *arg, const char *name, struct err *e), void *arg)
{
	h->absent = fn;
	h->absent_arg = arg;
}

struct stream *
hub_find(struct hub *h, const char *camera, enum codec codec, struct err *e)
{
	struct hub_camera *c = find_camera(h, camera);

	if (c != NULL)
		return &c->streams[codec];
	if (h->absent == NULL || !h->absent(h->absent_arg, camera, e))
		err_set(e, ERR_NOT_FOUND, "camera-unknown",
		    "there is no camera of that name");
	return NULL;
}

void
hub_set_trouble(struct hub_camera *c, const struct err *e)
{
	if (e == NULL || e->code == ERR_NONE) {
		err_clear(&c->trouble);
		return;
	}
	c->trouble = *e;
	hub_tell_all(&c->streams[CODEC_JPEG], HUB_TROUBLE, &c->trouble);
	hub_tell_all(&c->streams[CODEC_H264], HUB_TROUBLE, &c->trouble);
}

bool
hub_is_lasting(const struct err *trouble)
{
	return strncmp(trouble->name, "source-", 7) == 0 ||
	    strcmp(trouble->name, "camera-password") == 0 ||
	    strcmp(trouble->name, "camera-path") == 0;
}

void
hub_want_keyframe(struct stream *s)
{
	if (s->codec != CODEC_H264 || s->camera->encoder == NULL)
		return;
	s->keyframe_due = true;
	hub_wake(s->camera->hub);
}

void
hub_encoder_failed(struct stream *h264, const struct err *e)
{
	struct hub_camera *c = h264->camera;

	if (c->encoder == NULL || c->encoder_failed)
		return;
	c->encoder_failed = true;
	hub_note_h264(c, e);
	hub_tell_all(h264, HUB_REFUSED, e);
	hub_wake(c->hub);
}

int
hub_set_parameter_sets(struct stream *h264, const uint8_t *p, size_t n)
{
	uint8_t *copy = malloc(n > 0 ? n : 1);

	if (copy == NULL)
		return -1;
	if (n > 0)
		memcpy(copy, p, n);
	free(h264->parameter_sets);
	h264->parameter_sets = copy;
	h264->parameter_sets_n = n;
	return 0;
}

void
hub_figures(const struct hub_camera *c, struct hub_figures *ret)
{
	*ret = c->figures;
	if (hub_now_us(c->hub) - c->h264_note_us > HUB_NOTE_US)
		ret->h264_note[0] = ret->h264_note_params[0] = '\0';
	ret->wanted = c->running;
	ret->clients =
	    c->streams[CODEC_JPEG].n_viewers + c->streams[CODEC_H264].n_viewers;
}

/* Tell those who have waited too long; the date of the next one to tell. */
static int64_t
tick_outages(struct stream *s, int64_t now)
{
	const struct err *why = &s->camera->trouble;
	struct subscriber *sub;
	int64_t next = HUB_NEVER, due;

	hub_round_begin(s);
	LIST_FOREACH (sub, &s->subs, entry) {
		if (!sub->dead && !sub->lost_told &&
		    now - sub->since_us >= HUB_LOST_US) {
			sub->outage_told = sub->lost_told = true;
			sub->ops->note(sub->arg, HUB_LOST, why);
		} else if (!sub->dead && !sub->outage_told &&
		    now - sub->since_us >= HUB_OUTAGE_US) {
			sub->outage_told = true;
			sub->ops->note(sub->arg, HUB_OUTAGE, why);
		}
		if (sub->dead || sub->lost_told)
			continue;
		due = sub->since_us + (sub->outage_told ? HUB_LOST_US : HUB_OUTAGE_US);
		next = due < next ? due : next;
	}
	hub_round_end(s);
	return next;
}

/* At most one a second, whoever asks. */
static int64_t
tick_keyframe(struct hub_camera *c, int64_t now)
{
	struct stream *s = &c->streams[CODEC_H264];

	if (!s->keyframe_due || c->encoder == NULL)
		return HUB_NEVER;
	if (s->keyframe_us != 0 && now - s->keyframe_us < KEYFRAME_EVERY_US)
		return s->keyframe_us + KEYFRAME_EVERY_US;
	s->keyframe_due = false;
	s->keyframe_us = now;
	c->hub->o.encoder->keyframe(c->encoder);
	return HUB_NEVER;
}

static int64_t
earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t
tick_camera(struct hub_camera *c, int64_t now)
{
	struct stream *jpeg = &c->streams[CODEC_JPEG], *h264 = &c->streams[CODEC_H264];
	int64_t next;

	if (c->encoder_failed || h264->stop_at_us <= now)
		hub_stop_encoder(c);
	if (jpeg->stop_at_us <= now)
		stop_source(c);
	if (hub_source_wanted(c) && !c->running) {
		c->running = true;
		c->ops->start(c->arg);
	}
	next = earlier(h264->stop_at_us, jpeg->stop_at_us);
	next = earlier(next, tick_keyframe(c, now));
	next = earlier(next, tick_outages(h264, now));
	return earlier(next, tick_outages(jpeg, now));
}

int64_t
hub_tick(struct hub *h)
{
	struct hub_camera *c, *after;
	int64_t now = hub_now_us(h), next = HUB_NEVER;

	h->ticking = true;
	h->again = false;
	for (c = LIST_FIRST(&h->cameras); c != NULL; c = after) {
		after = LIST_NEXT(c, entry);
		next = earlier(next, tick_camera(c, now));
	}
	h->ticking = false;
	if (h->again)
		return 0;
	if (next == HUB_NEVER)
		return -1;
	return next <= now ? 0 : (next - now + 999) / 1000;
}
