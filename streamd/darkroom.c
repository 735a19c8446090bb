/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Benches (see darkroom.h). streamd: main thread, and one thread per bench, which shares
 * only what the lock guards. Results come to the loop through one eventfd for all.
 */
#include "config.h"

#include <errno.h>
#include <event2/event.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/queue.h>
#include <unistd.h>

#include "common/err.h"
#include "common/loop.h"
#include "streamd/darkroom.h"
#include "streamd/jpeg.h"
#include "streamd/jpeg_fit.h"

struct bench {
	LIST_ENTRY(bench) entry;
	struct darkroom *room;
	enum dark_work work;
	unsigned width;
	darkroom_done *done;
	void *arg;
	bool freed; /* main thread: no call-backs any more */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	/* under the lock */
	struct frame *mail, *result;
	struct err err; /* of a work without a result */
	bool quit, failed, ended;
};

struct darkroom {
	struct loop *loop;
	int fd;
	struct event *event;
	unsigned n;
	LIST_HEAD(, bench) benches;
};

static void
ring(struct darkroom *d)
{
	uint64_t one = 1;

	/* Full means that it rings already. */
	(void)!write(d->fd, &one, sizeof(one));
}

/* Wait for a picture. NULL: quit. */
static struct frame *
fetch(struct bench *b)
{
	struct frame *f;

	pthread_mutex_lock(&b->lock);
	while (b->mail == NULL && !b->quit)
		pthread_cond_wait(&b->wake, &b->lock);
	f = b->mail;
	b->mail = NULL;
	if (b->quit) {
		frame_unref(f);
		f = NULL;
	}
	pthread_mutex_unlock(&b->lock);
	return f;
}

static struct frame *
work(const struct bench *b, const struct frame *in, struct err *e)
{
	struct jpeg_info i;
	struct frame *out;
	uint8_t *p;
	size_t n;
	int r;

	if (jpeg_parse(in->data, in->n, &i, e) < 0)
		return NULL;
	r = b->work == DARK_FIT	    ? jpeg_fit(in->data, &i, &p, &n, e)
	    : b->work == DARK_PLAIN ? jpeg_plain(in->data, &i, &p, &n, e)
				    : jpeg_scale(in->data, &i, b->width, &p, &n, e);
	if (r < 0)
		return NULL;
	/* What comes out is judged like what comes in. */
	if (jpeg_parse(p, n, &i, e) < 0 ||
	    (out = frame_take(CODEC_JPEG, p, n)) == NULL) {
		free(p);
		return NULL;
	}
	out->width = i.width;
	out->height = i.height;
	out->rtp_ok = i.rtp_ok;
	out->arrived_us = in->arrived_us;
	return out;
}

static void *
worker(void *arg)
{
	struct bench *b = arg;
	struct frame *in, *out, *old;
	struct err e;

	while ((in = fetch(b)) != NULL) {
		err_clear(&e);
		out = work(b, in, &e);
		frame_unref(in);
		pthread_mutex_lock(&b->lock);
		old = b->result;
		b->result = out;
		b->failed = out == NULL;
		b->err = e;
		pthread_mutex_unlock(&b->lock);
		frame_unref(old);
		ring(b->room);
	}
	pthread_mutex_lock(&b->lock);
	b->ended = true;
	pthread_mutex_unlock(&b->lock);
	ring(b->room);
	return NULL;
}

static void
release(struct bench *b)
{
	pthread_join(b->thread, NULL);
	LIST_REMOVE(b, entry);
	b->room->n--;
	frame_unref(b->mail);
	frame_unref(b->result);
	pthread_cond_destroy(&b->wake);
	pthread_mutex_destroy(&b->lock);
	free(b);
}

static void
on_ring(int fd, short what, void *arg)
{
	struct darkroom *d = arg;
	struct bench *b, *next;
	struct frame *f;
	struct err e;
	bool failed, ended;
	uint64_t n;

	(void)what;
	(void)!read(fd, &n, sizeof(n));
	for (b = LIST_FIRST(&d->benches); b != NULL; b = next) {
		pthread_mutex_lock(&b->lock);
		f = b->result;
		b->result = NULL;
		failed = b->failed;
		b->failed = false;
		e = b->err;
		ended = b->ended;
		pthread_mutex_unlock(&b->lock);
		if (!b->freed && (f != NULL || failed))
			b->done(b->arg, f, f != NULL ? NULL : &e);
		frame_unref(f);
		next = LIST_NEXT(b, entry);
		if (b->freed && ended)
			release(b);
	}
}

struct darkroom *
darkroom_new(struct loop *l, struct err *e)
{
	struct darkroom *d = calloc(1, sizeof(*d));

	if (d == NULL) {
		err_sys(e, "make room for work on pictures");
		return NULL;
	}
	LIST_INIT(&d->benches);
	d->loop = l;
	if ((d->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) < 0)
		err_sys(e, "make room for work on pictures");
	else if ((d->event = loop_watch(l, d->fd, EV_READ, on_ring, d, e)) != NULL)
		return d;
	if (d->fd >= 0)
		close(d->fd);
	free(d);
	return NULL;
}

void
darkroom_free(struct darkroom *d)
{
	struct bench *b;

	if (d == NULL)
		return;
	LIST_FOREACH (b, &d->benches, entry)
		bench_free(b);
	while ((b = LIST_FIRST(&d->benches)) != NULL)
		release(b);
	loop_drop(d->event);
	close(d->fd);
	free(d);
}

/* Signals are for the main thread. */
static int
start_thread(struct bench *b)
{
	sigset_t all, old;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	r = pthread_create(&b->thread, NULL, worker, b);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	errno = r;
	return r == 0 ? 0 : -1;
}

struct bench *
bench_new(struct darkroom *d, enum dark_work kind, unsigned width, darkroom_done *done,
    void *arg, struct err *e)
{
	struct bench *b;

	if (d->n >= DARKROOM_BENCHES_MAX) {
		err_set(e, ERR_REFUSED, "darkroom-full",
		    "%u pictures are being worked on already; try again in a moment",
		    d->n);
		return NULL;
	}
	if ((b = calloc(1, sizeof(*b))) == NULL) {
		err_sys(e, "work on a picture");
		return NULL;
	}
	b->room = d;
	b->work = kind;
	b->width = width;
	b->done = done;
	b->arg = arg;
	pthread_mutex_init(&b->lock, NULL);
	pthread_cond_init(&b->wake, NULL);
	if (start_thread(b) < 0) {
		err_sys(e, "start a thread for a picture");
		pthread_cond_destroy(&b->wake);
		pthread_mutex_destroy(&b->lock);
		free(b);
		return NULL;
	}
	d->n++;
	LIST_INSERT_HEAD(&d->benches, b, entry);
	return b;
}

bool
bench_push(struct bench *b, struct frame *f)
{
	struct frame *old;

	frame_ref(f);
	pthread_mutex_lock(&b->lock);
	old = b->mail;
	b->mail = f;
	pthread_mutex_unlock(&b->lock);
	/* Behind the lock: who wakes up finds it free. */
	pthread_cond_signal(&b->wake);
	frame_unref(old);
	return old != NULL;
}

void
bench_free(struct bench *b)
{
	if (b == NULL || b->freed)
		return;
	b->freed = true;
	pthread_mutex_lock(&b->lock);
	b->quit = true;
	pthread_cond_signal(&b->wake);
	pthread_mutex_unlock(&b->lock);
	/* A thread that ended before rings no more. */
	ring(b->room);
}
