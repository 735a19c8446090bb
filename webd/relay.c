/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pictures for browsers (see relay.h). webd's one thread. */
#include "config.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "common/conf.h"
#include "common/err.h"
#include "common/loop.h"
#include "db/camera.h"
#include "webd/api.h"
#include "webd/auth.h"
#include "webd/blob.h"
#include "webd/http.h"
#include "webd/relay.h"
#include "webd/upstream.h"
#include "webd/web.h"

#define BOUNDARY "camherd-frame"
#define STREAM_WAIT_MS 15000 /* without a picture the stream ends */
#define STILL_WAIT_MS 8000 /* streamd itself waits 5 s for a camera */
#define ASK_WAIT_MS 30000 /* streamd connects to the camera first */
#define STILL_FRESH_US 2000000 /* a picture of a running stream serves as a still */
#define STILLS_MAX 64 /* asked for at once */
#define CHECK_MS 15000 /* are the viewers still signed in? */

/* Around pictures for programs: the length of each picture stands before it. Behind it
 * comes the next boundary at once, for those who look for that. */
#define OPENING "--" BOUNDARY "\r\n"
#define CLOSING "\r\n" OPENING
/* For browsers: chromium shows a picture when it has read the headers of the next one,
 * so these come with the picture. The next one's length is not known then, and browsers
 * do not ask for it. */
#define HEADERS "Content-Type: image/jpeg\r\n\r\n"
static const char stream_type[] = "multipart/x-mixed-replace; boundary=" BOUNDARY;

struct feed;

/* Bytes of a blob for one kind of viewer. */
struct part {
	struct blob *blob; /* NULL: none */
	size_t at, end;
};

/* Somebody who watches. */
struct viewer {
	LIST_ENTRY(viewer) entry;
	struct feed *feed;
	struct identity who;
	struct waker *waker;
	struct reply *rep; /* not answered yet: waits for the first picture */
	struct part now, next; /* being sent; the newest behind it */
	bool browser;
	bool opened; /* the first boundary is out */
	bool ended;
};

/* One camera that is watched. */
struct feed {
	LIST_ENTRY(feed) entry;
	struct relay *r;
	struct upstream *up;
	char camera[33];
	LIST_HEAD(, viewer) viewers;
	/* The newest part for both kinds of viewers: length, JPEG (jpeg_n bytes from
	 * jpeg_at), closing boundary, headers of the next part. */
	struct blob *latest;
	size_t jpeg_at, jpeg_n;
	int64_t came_us;
	bool ended;
};

/* Somebody who waits for one picture. */
struct still {
	LIST_ENTRY(still) entry;
	struct relay *r;
	struct upstream *up;
	struct reply *rep; /* NULL: answered or gone; to be freed */
	const char *type; /* of the answer */
};

struct relay {
	struct web *w;
	LIST_HEAD(, feed) feeds;
	LIST_HEAD(, still) stills;
	unsigned n_stills;
	struct event *reap; /* frees what ended inside its own call-back */
	struct event *check;
};

/* ---- the end of things ---- */

static void
feed_free(struct feed *f)
{
	LIST_REMOVE(f, entry);
	upstream_free(f->up);
	blob_unref(f->latest);
	free(f);
}

static void
still_free(struct still *s)
{
	LIST_REMOVE(s, entry);
	s->r->n_stills--;
	upstream_free(s->up);
	free(s);
}

static void
on_reap(int fd, short what, void *arg)
{
	struct relay *r = arg;
	struct feed *f, *next_feed;
	struct still *s, *next_still;

	(void)fd;
	(void)what;
	for (f = LIST_FIRST(&r->feeds); f != NULL; f = next_feed) {
		next_feed = LIST_NEXT(f, entry);
		if (LIST_EMPTY(&f->viewers))
			feed_free(f);
	}
	for (s = LIST_FIRST(&r->stills); s != NULL; s = next_still) {
		next_still = LIST_NEXT(s, entry);
		if (s->rep == NULL)
			still_free(s);
	}
}

static void
viewer_gone(void *arg)
{
	struct viewer *v = arg;

	LIST_REMOVE(v, entry);
	blob_unref(v->now.blob);
	blob_unref(v->next.blob);
	/* The camera is let go once nobody watches. */
	if (LIST_EMPTY(&v->feed->viewers))
		loop_timer_set(v->feed->r->reap, 0);
	free(v);
}

/* ---- a viewer ---- */

static ssize_t
viewer_read(void *arg, char *p, size_t max)
{
	const char *opening;
	struct viewer *v = arg;
	size_t n;

	if (v->ended)
		return -1;
	if (!v->opened) {
		opening = v->browser ? OPENING HEADERS : OPENING;
		if (max < strlen(opening))
			return -1;
		v->opened = true;
		memcpy(p, opening, strlen(opening));
		return (ssize_t)strlen(opening);
	}
	if (v->now.blob == NULL)
		return 0;
	n = v->now.end - v->now.at < max ? v->now.end - v->now.at : max;
	memcpy(p, v->now.blob->p + v->now.at, n);
	v->now.at += n;
	if (v->now.at == v->now.end) {
		blob_unref(v->now.blob);
		v->now = v->next;
		v->next.blob = NULL;
	}
	return (ssize_t)n;
}

static const struct stream_ops viewer_ops = {
	viewer_read, viewer_gone, 32 * 1024
};

/* Who is still busy with a picture gets only the newest one after it. */
static void
push(struct viewer *v)
{
	const struct feed *f = v->feed;
	struct part *to = v->now.blob == NULL ? &v->now : &v->next;

	blob_unref(to->blob);
	to->blob = blob_ref(f->latest);
	to->at = v->browser ? f->jpeg_at : 0;
	to->end = f->latest->n - (v->browser ? 0 : strlen(HEADERS));
	if (v->rep != NULL) {
		reply_stream(v->rep, stream_type, &viewer_ops, v);
		v->rep = NULL;
	}
	http_wake(v->waker);
}

/* ---- a feed ---- */

static struct blob *
make_part(struct feed *f, const struct upstream_picture *picture)
{
	static const char closing[] = CLOSING HEADERS;
	char head[120];
	struct blob *b;
	int n;

	n = snprintf(head, sizeof(head), "Content-Length: %zu\r\n" HEADERS, picture->n);
	if ((b = blob_new((size_t)n + picture->n + sizeof(closing) - 1)) == NULL)
		return NULL;
	memcpy(b->p, head, (size_t)n);
	memcpy(b->p + n, picture->p, picture->n);
	memcpy(b->p + n + picture->n, closing, sizeof(closing) - 1);
	f->jpeg_at = (size_t)n;
	f->jpeg_n = picture->n;
	return b;
}

static void
on_feed_picture(void *arg, const struct upstream_picture *picture)
{
	struct feed *f = arg;
	struct viewer *v;
	struct blob *part = make_part(f, picture);

	if (part == NULL)
		return;
	blob_unref(f->latest);
	f->latest = part;
	f->came_us = loop_now_us();
	LIST_FOREACH (v, &f->viewers, entry)
		push(v);
}

static void
on_feed_ended(void *arg, const struct err *why)
{
	struct feed *f = arg;
	struct viewer *v, *next;

	f->ended = true;
	for (v = LIST_FIRST(&f->viewers); v != NULL; v = next) {
		next = LIST_NEXT(v, entry);
		v->ended = true;
		http_wake(v->waker);
		if (v->rep == NULL)
			continue;
		(void)reply_error(v->rep, why);
		viewer_gone(v);
	}
	if (LIST_EMPTY(&f->viewers))
		loop_timer_set(f->r->reap, 0);
}

static const struct upstream_ops feed_ops = { on_feed_picture, on_feed_ended };

static struct feed *
find_feed(struct relay *r, const char *camera)
{
	struct feed *f;

	LIST_FOREACH (f, &r->feeds, entry) {
		if (!f->ended && strcmp(f->camera, camera) == 0)
			return f;
	}
	return NULL;
}

static struct feed *
open_feed(struct relay *r, const char *camera, struct err *e)
{
	struct feed *f = calloc(1, sizeof(*f));

	if (f == NULL) {
		err_sys(e, "memory for a stream");
		return NULL;
	}
	f->r = r;
	LIST_INIT(&f->viewers);
	snprintf(f->camera, sizeof(f->camera), "%s", camera);
	f->up = upstream_open(r->w->loop, r->w->conf->run, "mjpeg", camera,
	    STREAM_WAIT_MS, &feed_ops, f, e);
	if (f->up == NULL) {
		free(f);
		return NULL;
	}
	LIST_INSERT_HEAD(&r->feeds, f, entry);
	loop_timer_set(r->check, CHECK_MS);
	return f;
}

/* ---- the two routes ---- */

static int
find_camera(struct web *w, const struct request *r, const char *type,
    struct camera *ret, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };

	if (camera_by_name(w->db, r->param, ret, &e) < 0)
		return reply_error(rep, &e);
	if (r->method == METHOD_HEAD) {
		reply_empty(rep, 200);
		rep->type = type;
		return -1;
	}
	return 0;
}

void
relay_stream(struct web *w, const struct request *r, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	struct camera c;
	struct feed *f;
	struct viewer *v;

	if (find_camera(w, r, stream_type, &c, rep) < 0)
		return;
	if ((f = find_feed(w->relay, c.name)) == NULL &&
	    (f = open_feed(w->relay, c.name, &e)) == NULL) {
		(void)reply_error(rep, &e);
		return;
	}
	if ((v = calloc(1, sizeof(*v))) == NULL) {
		loop_timer_set(w->relay->reap, 0);
		reply_fail(
		    rep, 503, ERR_FAILED, "no-memory", "There is no memory left.");
		return;
	}
	v->feed = f;
	v->who = r->who;
	v->waker = rep->waker;
	v->browser = r->agent != NULL && strncmp(r->agent, "Mozilla/", 8) == 0;
	LIST_INSERT_HEAD(&f->viewers, v, entry);
	reply_later(rep, viewer_gone, v);
	v->rep = rep;
	/* An old picture would be taken for a live one: then the next is waited for. */
	if (f->latest != NULL && loop_now_us() - f->came_us < STILL_FRESH_US)
		push(v);
}

static void
on_still_picture(void *arg, const struct upstream_picture *picture)
{
	struct still *s = arg;

	if (s->rep == NULL)
		return;
	reply_text(s->rep, 200, s->type, (const char *)picture->p, picture->n);
	http_wake(s->rep->waker);
	s->rep = NULL;
	loop_timer_set(s->r->reap, 0);
}

static void
on_still_ended(void *arg, const struct err *why)
{
	struct still *s = arg;

	if (s->rep != NULL) {
		(void)reply_error(s->rep, why);
		http_wake(s->rep->waker);
		s->rep = NULL;
	}
	loop_timer_set(s->r->reap, 0);
}

static const struct upstream_ops still_ops = { on_still_picture, on_still_ended };

static void
still_gone(void *arg)
{
	struct still *s = arg;

	s->rep = NULL;
	loop_timer_set(s->r->reap, 0);
}

/* One question whose answer is one picture, or one text of this type. */
static void
ask_one(struct relay *r, const char *verb, const char *words, const char *type,
    int64_t wait_ms, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	struct still *s;

	if (r->n_stills >= STILLS_MAX || (s = calloc(1, sizeof(*s))) == NULL) {
		reply_fail(rep, 503, ERR_FAILED, "too-many-clients",
		    "Too much is being asked for at once; try again in a moment.");
		return;
	}
	s->r = r;
	s->type = type;
	s->up = upstream_open(
	    r->w->loop, r->w->conf->run, verb, words, wait_ms, &still_ops, s, &e);
	if (s->up == NULL) {
		free(s);
		(void)reply_error(rep, &e);
		return;
	}
	LIST_INSERT_HEAD(&r->stills, s, entry);
	r->n_stills++;
	s->rep = rep;
	reply_later(rep, still_gone, s);
}

void
relay_snapshot(struct web *w, const struct request *r, struct reply *rep)
{
	struct camera c;
	struct feed *f;

	if (find_camera(w, r, "image/jpeg", &c, rep) < 0)
		return;
	f = find_feed(w->relay, c.name);
	if (f != NULL && f->latest != NULL &&
	    loop_now_us() - f->came_us < STILL_FRESH_US)
		reply_text(
		    rep, 200, "image/jpeg", f->latest->p + f->jpeg_at, f->jpeg_n);
	else
		ask_one(w->relay, "snapshot", c.name, "image/jpeg", STILL_WAIT_MS, rep);
}

void
relay_thumb(struct web *w, const struct request *r, struct reply *rep)
{
	struct camera c;

	if (find_camera(w, r, "image/jpeg", &c, rep) == 0)
		ask_one(w->relay, "thumb", c.name, "image/jpeg", STILL_WAIT_MS, rep);
}

void
relay_ask(struct web *w, const char *verb, const char *words, struct reply *rep)
{
	ask_one(w->relay, verb, words, "application/json", ASK_WAIT_MS, rep);
}

/* ---- all ---- */

void
relay_recheck(struct relay *r)
{
	struct feed *f;
	struct viewer *v;

	if (r == NULL)
		return;
	LIST_FOREACH (f, &r->feeds, entry) {
		LIST_FOREACH (v, &f->viewers, entry) {
			if (v->rep != NULL || v->ended ||
			    auth_still_valid(r->w, &v->who))
				continue;
			v->ended = true;
			http_wake(v->waker);
		}
	}
}

static void
on_check(int fd, short what, void *arg)
{
	struct relay *r = arg;

	(void)fd;
	(void)what;
	relay_recheck(r);
	if (!LIST_EMPTY(&r->feeds))
		loop_timer_set(r->check, CHECK_MS);
}

struct relay *
relay_new(struct web *w)
{
	struct relay *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->w = w;
	LIST_INIT(&r->feeds);
	LIST_INIT(&r->stills);
	r->reap = loop_timer(w->loop, on_reap, r, NULL);
	r->check = loop_timer(w->loop, on_check, r, NULL);
	if (r->reap == NULL || r->check == NULL) {
		relay_free(r);
		return NULL;
	}
	return r;
}

void
relay_free(struct relay *r)
{
	struct still *s;

	if (r == NULL)
		return;
	while ((s = LIST_FIRST(&r->stills)) != NULL)
		still_free(s);
	if (r->reap != NULL)
		on_reap(-1, 0, r);
	loop_drop(r->reap);
	loop_drop(r->check);
	free(r);
}
