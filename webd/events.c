/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Server-sent events (see events.h). webd's one thread. */
#include "config.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

#include "common/bell.h"
#include "common/conf.h"
#include "common/err.h"
#include "common/log.h"
#include "common/loop.h"
#include "db/db.h"
#include "webd/api.h"
#include "webd/auth.h"
#include "webd/blob.h"
#include "webd/changes.h"
#include "webd/events.h"
#include "webd/http.h"
#include "webd/outages.h"
#include "webd/web.h"

#define CLIENTS_MAX 300
#define QUEUE_MAX 16 /* blobs waiting for one client */
#define LOOK_MS 250 /* between two looks: four a second */
#define SAFETY_MS 5000 /* a look without a ring */
#define COMMENT_US                                                                     \
	15000000 /* a line now and then, so that a gone client is noticed              \
		  */

struct client {
	LIST_ENTRY(client) entry;
	struct events *ev;
	struct waker *waker;
	struct identity who;
	struct blob *queue[QUEUE_MAX];
	unsigned first, n;
	size_t sent; /* of queue[first] */
	bool lagged; /* events were dropped: everything may have changed */
	bool ended; /* the sign-in is over */
};

struct events {
	struct web *w;
	int bell;
	struct event *watch, *timer;
	int64_t looked_us, comment_us;
	bool rung;
	struct changes *changes;
	LIST_HEAD(, client) clients;
	unsigned n_clients;
};

/* ---- one client ---- */

static void
drop_queue(struct client *c)
{
	for (; c->n > 0; c->n--) {
		blob_unref(c->queue[c->first]);
		c->first = (c->first + 1) % QUEUE_MAX;
	}
	c->sent = 0;
}

static void
push(struct client *c, struct blob *b)
{
	if (c->n == QUEUE_MAX) {
		c->lagged = true;
		return;
	}
	c->queue[(c->first + c->n++) % QUEUE_MAX] = blob_ref(b);
	http_wake(c->waker);
}

static struct blob *
text_blob(const char *text)
{
	struct blob *b = blob_new(strlen(text));

	if (b != NULL)
		memcpy(b->p, text, b->n);
	return b;
}

/* A client that lost events is told to ask for everything anew. */
static void
catch_up(struct client *c)
{
	struct blob *b;

	if (!c->lagged || c->n > 0)
		return;
	c->lagged = false;
	if ((b = text_blob(CHANGES_ALL_EVENT)) == NULL)
		return;
	push(c, b);
	blob_unref(b);
}

static ssize_t
client_read(void *arg, char *p, size_t max)
{
	struct client *c = arg;
	struct blob *b;
	size_t n, done = 0;

	if (c->ended)
		return -1;
	catch_up(c);
	while (c->n > 0 && done < max) {
		b = c->queue[c->first];
		n = b->n - c->sent < max - done ? b->n - c->sent : max - done;
		memcpy(p + done, b->p + c->sent, n);
		done += n;
		c->sent += n;
		if (c->sent < b->n)
			break;
		blob_unref(b);
		c->first = (c->first + 1) % QUEUE_MAX;
		c->n--;
		c->sent = 0;
	}
	return (ssize_t)done;
}

static void
client_gone(void *arg)
{
	struct client *c = arg;

	drop_queue(c);
	LIST_REMOVE(c, entry);
	c->ev->n_clients--;
	free(c);
}

static const struct stream_ops client_ops = {
	client_read, client_gone, 4 * 1024
};

/* ---- all of them ---- */

static void
broadcast(struct events *ev, struct blob *b)
{
	struct client *c;

	if (b == NULL)
		return;
	LIST_FOREACH (c, &ev->clients, entry)
		push(c, b);
	blob_unref(b);
}

static void
tell(void *arg, const char *text, size_t n)
{
	struct events *ev = arg;
	struct blob *b = blob_new(n);

	if (b == NULL)
		return;
	memcpy(b->p, text, n);
	broadcast(ev, b);
}

void
events_recheck(struct events *ev)
{
	struct client *c;

	if (ev == NULL)
		return;
	LIST_FOREACH (c, &ev->clients, entry) {
		if (!c->ended && !auth_still_valid(ev->w, &c->who)) {
			c->ended = true;
			http_wake(c->waker);
		}
	}
}

static void
comment(struct events *ev, int64_t now_us)
{
	if (now_us - ev->comment_us < COMMENT_US)
		return;
	ev->comment_us = now_us;
	events_recheck(ev);
	broadcast(ev, text_blob(":\n\n"));
}

/* ---- looking ---- */

static void
look(struct events *ev)
{
	int64_t now_us = loop_now_us();

	ev->looked_us = now_us;
	ev->rung = false;
	if (ev->n_clients > 0)
		comment(ev, now_us);
	/* Also when nobody listens: what streamd learns of a camera is noted here. */
	changes_look(ev->changes, tell, ev);
	loop_timer_set(ev->timer, SAFETY_MS);
}

static void
on_timer(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	look(arg);
}

/* Rings that come faster than we look are answered by the next look. */
static void
look_soon(struct events *ev)
{
	int64_t wait_us = ev->looked_us + LOOK_MS * 1000 - loop_now_us();

	if (ev->rung)
		return;
	ev->rung = true;
	loop_timer_set(ev->timer, wait_us > 0 ? wait_us / 1000 + 1 : 0);
}

static void
on_bell(int fd, short what, void *arg)
{
	(void)what;
	bell_drain(fd);
	look_soon(arg);
}

void
events_changed(struct events *ev)
{
	if (ev == NULL)
		return;
	changes_forget(ev->changes);
	look_soon(ev);
}

void
api_events(struct web *w, const struct request *r, struct reply *rep)
{
	struct events *ev = w->events;
	struct client *c;
	struct blob *hello;

	if (r->method == METHOD_HEAD) {
		reply_empty(rep, 200);
		rep->type = "text/event-stream";
		return;
	}
	if (ev->n_clients >= CLIENTS_MAX || (c = calloc(1, sizeof(*c))) == NULL) {
		reply_fail(rep, 503, ERR_FAILED, "too-many-clients",
		    "Too many pages are open; close some and try again.");
		return;
	}
	c->ev = ev;
	c->who = r->who;
	c->waker = rep->waker;
	LIST_INSERT_HEAD(&ev->clients, c, entry);
	/* The first to listen starts from the state as it is now. */
	if (ev->n_clients++ == 0)
		changes_start(ev->changes);
	if ((hello = text_blob("retry: 2000\n\n")) != NULL) {
		push(c, hello);
		blob_unref(hello);
	}
	reply_stream(rep, "text/event-stream", &client_ops, c);
	/* Proxies must not hold events back. */
	reply_header(rep, "X-Accel-Buffering", "no");
}

struct events *
events_start(struct web *w, struct err *e)
{
	struct events *ev = calloc(1, sizeof(*ev));

	if (ev == NULL) {
		err_sys(e, "memory for events");
		return NULL;
	}
	ev->w = w;
	LIST_INIT(&ev->clients);
	ev->bell = bell_open(w->conf->run, "webd", e);
	if (ev->bell < 0 || (ev->changes = changes_new(w, e)) == NULL ||
	    (ev->watch = loop_watch(w->loop, ev->bell, EV_READ, on_bell, ev, e)) ==
		NULL ||
	    (ev->timer = loop_timer(w->loop, on_timer, ev, e)) == NULL) {
		events_stop(ev);
		return NULL;
	}
	loop_timer_set(ev->timer, SAFETY_MS);
	return ev;
}

void
events_stop(struct events *ev)
{
	if (ev == NULL)
		return;
	loop_drop(ev->watch);
	loop_drop(ev->timer);
	bell_close(ev->bell, ev->w->conf->run, "webd");
	/* Who is away now is nobody's to remember. */
	if (ev->w->outages != NULL)
		(void)outages_write(ev->w->outages, ev->w->db, loop_now_us(),
		    db_now_s(ev->w->db), true);
	changes_free(ev->changes);
	free(ev);
}
