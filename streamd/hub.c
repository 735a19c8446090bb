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
#include <sys/queue.h>

#include "common/err.h"
#include "common/loop.h"
#include "common/text.h"
#include "streamd/hub_feed.h"

#define KEYFRAME_EVERY_US 1000000
#define NEVER INT64_MAX

struct subscriber {
	LIST_ENTRY(subscriber) entry;
	struct stream *stream; /* NULL: its camera is gone */
	struct hub *hub;
	const struct subscriber_ops *ops;
	void *arg;
	int64_t since_us; /* its last frame, or its beginning */
	bool outage_told, lost_told;
	bool is_encoder;
	bool dead; /* left during a round; freed at the round's end */
};

LIST_HEAD(subscribers, subscriber);

struct stream {
	struct hub_camera *camera;
	enum codec codec;
	struct subscribers subs;
	unsigned n_subs, n_viewers;
	unsigned rounds; /* going through subs just now */
	bool has_dead;
	struct frame *latest;
	uint64_t number;
	int64_t stop_at_us; /* source or encoder lingers until then */
	uint8_t *parameter_sets;
	size_t parameter_sets_n;
	int64_t keyframe_us; /* when one was asked for last */
	bool keyframe_due;
};

struct hub_camera {
	LIST_ENTRY(hub_camera) entry;
	struct hub *hub;
	char name[TEXT_SLUG_MAX];
	struct stream streams[2]; /* by codec */
	const struct hub_source_ops *ops;
	void *arg;
	bool running; /* the source was started */
	void *encoder;
	bool encoder_failed;
	struct err trouble;
	struct hub_figures figures;
};

struct hub {
	struct loop *loop;
	struct event *timer;
	struct hub_options o;
	LIST_HEAD(, hub_camera) cameras;
	struct subscribers orphans; /* their camera was removed */
	unsigned encoders;
	bool ticking, again; /* inside hub_tick(); something changed meanwhile */
};

static int64_t
now_us(const struct hub *h)
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

/* Let hub_tick() run on the next turn of the loop. */
static void
wake(struct hub *h)
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
	s->stop_at_us = NEVER;
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
	LIST_INSERT_HEAD(&h->cameras, c, entry);
	return c;
}

/* A round keeps the list safe: who leaves meanwhile is only marked. */
static void
round_begin(struct stream *s)
{
	s->rounds++;
}

static void
round_end(struct stream *s)
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

static void
tell_all(struct stream *s, enum hub_note note, const struct err *e)
{
	struct subscriber *sub;

	round_begin(s);
	LIST_FOREACH (sub, &s->subs, entry) {
		if (!sub->dead)
			sub->ops->note(sub->arg, note, e);
	}
	round_end(s);
}

static void
stop_encoder(struct hub_camera *c)
{
	void *encoder = c->encoder;

	if (encoder == NULL)
		return;
	c->encoder = NULL;
	c->encoder_failed = false;
	c->figures.encoder_load = 0;
	c->streams[CODEC_H264].stop_at_us = NEVER;
	c->hub->encoders--;
	c->hub->o.encoder->stop(encoder);
	frame_unref(c->streams[CODEC_H264].latest);
	c->streams[CODEC_H264].latest = NULL;
}

static void
stop_source(struct hub_camera *c)
{
	struct stream *s = &c->streams[CODEC_JPEG];

	s->stop_at_us = NEVER;
	if (!c->running)
		return;
	c->running = false;
	c->ops->stop(c->arg);
	frame_unref(s->latest);
	s->latest = NULL;
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
	tell_all(&c->streams[CODEC_H264], HUB_GONE, &c->trouble);
	stop_encoder(c);
	tell_all(&c->streams[CODEC_JPEG], HUB_GONE, &c->trouble);
	stop_source(c);
	orphan_all(c->hub, &c->streams[CODEC_H264]);
	orphan_all(c->hub, &c->streams[CODEC_JPEG]);
	free(c);
}

struct stream *
hub_camera_stream(struct hub_camera *c, enum codec codec)
{
	return &c->streams[codec];
}

struct stream *
hub_find(struct hub *h, const char *camera, enum codec codec, struct err *e)
{
	struct hub_camera *c = find_camera(h, camera);

	if (c == NULL) {
		err_set(e, ERR_NOT_FOUND, "camera-unknown",
		    "there is no enabled camera of that name");
		return NULL;
	}
	return &c->streams[codec];
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
	sub->since_us = now_us(h);
	/* At the head: a round that is going on does not meet it. */
	LIST_INSERT_HEAD(&s->subs, sub, entry);
	s->n_subs++;
	s->n_viewers += is_encoder ? 0 : 1;
	s->stop_at_us = NEVER;
	wake(h);
	return sub;
}

/* An encoder that only lingers gives its place to somebody who watches: the one that
 * has lingered longest. False: all are watched. */
static bool
evict_encoder(struct hub *h)
{
	struct hub_camera *c, *oldest = NULL;

	LIST_FOREACH (c, &h->cameras, entry) {
		if (c->encoder == NULL || c->streams[CODEC_H264].n_subs > 0 ||
		    c->streams[CODEC_H264].rounds > 0)
			continue;
		if (oldest == NULL ||
		    c->streams[CODEC_H264].stop_at_us <
			oldest->streams[CODEC_H264].stop_at_us)
			oldest = c;
	}
	if (oldest != NULL)
		stop_encoder(oldest);
	return oldest != NULL;
}

static int
start_encoder(struct hub *h, struct hub_camera *c, struct err *e)
{
	if (h->o.max_encoders > 0 && h->encoders >= h->o.max_encoders)
		return err_set(e, ERR_REFUSED, "encoder-budget",
		    "all %u H.264 encoders are busy ([streamd] max_encoders); use "
		    "/%s/mjpeg",
		    h->o.max_encoders, c->name);
	c->encoder = h->o.encoder->start(
	    h->o.encoder_arg, h, &c->streams[CODEC_JPEG], &c->streams[CODEC_H264], e);
	if (c->encoder == NULL)
		return -1;
	h->encoders++;
	return 0;
}

static int
need_encoder(struct hub *h, struct hub_camera *c, struct err *e)
{
	struct err why = { .code = ERR_NONE };

	if (c->encoder != NULL && c->encoder_failed)
		return err_set(e, ERR_REFUSED, "encoder-failed",
		    "the H.264 encoder of '%s' is being restarted; try again in a "
		    "moment",
		    c->name);
	if (c->encoder != NULL)
		return 0;
	if (h->o.encoder == NULL)
		return err_set(e, ERR_REFUSED, "encoder-none",
		    "this appliance has no H.264 encoder; use /%s/mjpeg", c->name);
	while (start_encoder(h, c, &why) < 0)
		if (strcmp(why.name, "encoder-budget") != 0 || !evict_encoder(h)) {
			if (e != NULL)
				*e = why;
			return -1;
		}
	return 0;
}

struct subscriber *
hub_subscribe(struct hub *h, struct stream *s, const struct subscriber_ops *ops,
    void *arg, struct err *e)
{
	struct subscriber *sub;

	if (s->codec == CODEC_H264 && need_encoder(h, s->camera, e) < 0)
		return NULL;
	sub = subscribe(h, s, ops, arg, false, e);
	if (sub == NULL && s->codec == CODEC_H264 && s->n_subs == 0) {
		s->stop_at_us = now_us(h);
		wake(h);
	}
	return sub;
}

struct subscriber *
hub_subscribe_encoder(struct hub *h, struct stream *jpeg,
    const struct subscriber_ops *ops, void *arg, struct err *e)
{
	return subscribe(h, jpeg, ops, arg, true, e);
}

void
hub_unsubscribe(struct subscriber *sub)
{
	struct stream *s;
	unsigned linger_s;

	if (sub == NULL || sub->dead)
		return;
	if ((s = sub->stream) == NULL) {
		LIST_REMOVE(sub, entry);
		free(sub);
		return;
	}
	s->n_subs--;
	s->n_viewers -= sub->is_encoder ? 0 : 1;
	if (s->n_subs == 0) {
		linger_s = s->codec == CODEC_JPEG ? sub->hub->o.linger_s
						  : sub->hub->o.encoder_linger_s;
		s->stop_at_us = now_us(sub->hub) + (int64_t)linger_s * 1000000;
		wake(sub->hub);
	}
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

	if (s->codec != CODEC_JPEG)
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
	int64_t now = now_us(s->camera->hub);

	f->number = ++s->number;
	count_frame(s, f, now);
	frame_unref(s->latest);
	s->latest = frame_ref(f);
	round_begin(s);
	LIST_FOREACH (sub, &s->subs, entry) {
		if (sub->dead)
			continue;
		sub->since_us = now;
		sub->outage_told = sub->lost_told = false;
		if (!sub->is_encoder)
			s->camera->figures.handed++;
		sub->ops->frame(sub->arg, f);
	}
	round_end(s);
}

void
hub_set_trouble(struct hub_camera *c, const struct err *e)
{
	if (e != NULL)
		c->trouble = *e;
	else
		err_clear(&c->trouble);
}

void
hub_want_keyframe(struct stream *s)
{
	if (s->codec != CODEC_H264 || s->camera->encoder == NULL)
		return;
	s->keyframe_due = true;
	wake(s->camera->hub);
}

void
hub_encoder_failed(struct stream *h264, const struct err *e)
{
	struct hub_camera *c = h264->camera;

	if (c->encoder == NULL || c->encoder_failed)
		return;
	c->encoder_failed = true;
	tell_all(h264, HUB_REFUSED, e);
	wake(c->hub);
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
hub_set_encoder_load(struct stream *h264, double load)
{
	h264->camera->figures.encoder_load = load;
}

void
hub_figures(const struct hub_camera *c, struct hub_figures *ret)
{
	*ret = c->figures;
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
	int64_t next = NEVER, due;

	round_begin(s);
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
	round_end(s);
	return next;
}

/* At most one a second, whoever asks. */
static int64_t
tick_keyframe(struct hub_camera *c, int64_t now)
{
	struct stream *s = &c->streams[CODEC_H264];

	if (!s->keyframe_due || c->encoder == NULL)
		return NEVER;
	if (s->keyframe_us != 0 && now - s->keyframe_us < KEYFRAME_EVERY_US)
		return s->keyframe_us + KEYFRAME_EVERY_US;
	s->keyframe_due = false;
	s->keyframe_us = now;
	c->hub->o.encoder->keyframe(c->encoder);
	return NEVER;
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
		stop_encoder(c);
	if (jpeg->stop_at_us <= now)
		stop_source(c);
	if (jpeg->n_subs > 0 && !c->running) {
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
	int64_t now = now_us(h), next = NEVER;

	h->ticking = true;
	h->again = false;
	for (c = LIST_FIRST(&h->cameras); c != NULL; c = after) {
		after = LIST_NEXT(c, entry);
		next = earlier(next, tick_camera(c, now));
	}
	h->ticking = false;
	if (h->again)
		return 0;
	if (next == NEVER)
		return -1;
	return next <= now ? 0 : (next - now + 999) / 1000;
}
