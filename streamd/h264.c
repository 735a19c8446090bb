/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * H.264 workers (see h264.h). streamd: main thread, and one thread per watched camera,
 * which owns its coder and shares only what the lock guards. Results come to the loop
 * through one eventfd for all workers.
 */
#include "config.h"

#include <errno.h>
#include <event2/event.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/queue.h>
#include <time.h>
#include <unistd.h>

#include "common/err.h"
#include "common/log.h"
#include "common/loop.h"
#include "streamd/h264.h"
#include "streamd/h264_coder.h"

/* Units that wait for the loop. It takes them at once; more than this means that it
 * hangs, and then the newest do not matter. */
#define UNITS_MAX 16
#define SETS_MAX 512

struct h264 {
	LIST_ENTRY(h264) entry;
	struct h264_pool *pool;
	char name[64];
	const struct h264_ops *ops;
	void *arg;
	bool stopped; /* main thread: no call-backs any more */
	int64_t load_us, load_cpu_us;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	/* under the lock */
	struct frame *mail;
	bool quit, want_key, ended;
	struct frame *units[UNITS_MAX];
	unsigned n_units;
	uint8_t sets[SETS_MAX];
	size_t sets_n;
	bool sets_new, encoder_new, failed;
	struct err err;
	int64_t cpu_us; /* of the thread */
	uint64_t skipped;
	char encoder[24];
	struct err passed_over; /* why it is not the better one; told once */
};

struct h264_pool {
	struct loop *loop;
	char encoder[32];
	unsigned max, running;
	bool told; /* why it is not the better encoder */
	int fd;
	struct event *event;
	LIST_HEAD(, h264) workers;
};

static void
ring(struct h264_pool *pool)
{
	uint64_t one = 1;

	/* Full means that it rings already. */
	(void)!write(pool->fd, &one, sizeof(one));
}

static int64_t
thread_cpu_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

/* Wait for a JPEG. NULL: quit. */
static struct frame *
fetch(struct h264 *h, bool *ret_key)
{
	struct frame *f;

	pthread_mutex_lock(&h->lock);
	while (h->mail == NULL && !h->quit)
		pthread_cond_wait(&h->wake, &h->lock);
	f = h->mail;
	h->mail = NULL;
	*ret_key = h->want_key;
	h->want_key = false;
	if (h->quit) {
		frame_unref(f);
		f = NULL;
	}
	pthread_mutex_unlock(&h->lock);
	return f;
}

/* Give the loop what came out. Takes the unit. */
static void
deliver(struct h264 *h, struct h264_coder *c, struct frame *unit, const struct err *e)
{
	const uint8_t *sets;
	size_t n;
	bool changed;

	sets = h264_coder_sets(c, &n, &changed);
	pthread_mutex_lock(&h->lock);
	if (changed && n <= sizeof(h->sets)) {
		memcpy(h->sets, sets, n);
		h->sets_n = n;
		h->sets_new = true;
	}
	if (strcmp(h->encoder, h264_coder_name(c)) != 0) {
		snprintf(h->encoder, sizeof(h->encoder), "%s", h264_coder_name(c));
		h->passed_over = *h264_coder_passed_over(c);
		h->encoder_new = true;
	}
	if (unit != NULL && h->n_units < UNITS_MAX)
		h->units[h->n_units++] = unit;
	else if (unit != NULL) {
		frame_unref(unit);
		h->want_key = true; /* a hole: start again */
	}
	if (e != NULL) {
		h->err = *e;
		h->failed = true;
	}
	h->cpu_us = thread_cpu_us();
	pthread_mutex_unlock(&h->lock);
	ring(h->pool);
}

static void
work(struct h264 *h, struct h264_coder *c)
{
	struct frame *jpeg, *unit;
	struct err e;
	bool key;
	int r;

	while ((jpeg = fetch(h, &key)) != NULL) {
		r = h264_coder_put(c, jpeg, key, &unit, &e);
		frame_unref(jpeg);
		if (r == 0 && unit == NULL && key)
			h264_want_keyframe(h); /* the wish is still open */
		if (r == 0 && unit != NULL)
			deliver(h, c, unit, NULL);
		if (r < 0) {
			deliver(h, c, NULL, &e);
			return;
		}
	}
}

static void *
worker(void *arg)
{
	struct h264 *h = arg;
	struct h264_coder *c;
	struct err e;

	if ((c = h264_coder_new(h->pool->encoder, &e)) != NULL)
		work(h, c);
	h264_coder_free(c);
	/* Its buffers are of no use to anybody else. */
	(void)malloc_trim(0);
	pthread_mutex_lock(&h->lock);
	if (c == NULL) {
		h->err = e;
		h->failed = true;
	}
	h->ended = true;
	pthread_mutex_unlock(&h->lock);
	ring(h->pool);
	return NULL;
}

static void
release(struct h264 *h)
{
	unsigned i;

	pthread_join(h->thread, NULL);
	LIST_REMOVE(h, entry);
	for (i = 0; i < h->n_units; i++)
		frame_unref(h->units[i]);
	frame_unref(h->mail);
	pthread_cond_destroy(&h->wake);
	pthread_mutex_destroy(&h->lock);
	free(h);
}

/* What a worker has ready, taken out under the lock. */
struct ready {
	struct frame *units[UNITS_MAX];
	unsigned n_units;
	uint8_t sets[SETS_MAX];
	size_t sets_n;
	bool sets_new, encoder_new, failed, ended;
	char encoder[24];
	struct err err, passed_over;
};

static void
take_ready(struct h264 *h, struct ready *r)
{
	pthread_mutex_lock(&h->lock);
	memcpy(r->units, h->units, sizeof(r->units));
	r->n_units = h->n_units;
	h->n_units = 0;
	r->sets_new = h->sets_new;
	r->sets_n = h->sets_n;
	if (r->sets_new)
		memcpy(r->sets, h->sets, h->sets_n);
	h->sets_new = false;
	r->encoder_new = h->encoder_new;
	h->encoder_new = false;
	if (r->encoder_new) {
		memcpy(r->encoder, h->encoder, sizeof(r->encoder));
		r->passed_over = h->passed_over;
	}
	r->failed = h->failed;
	if (r->failed)
		r->err = h->err;
	h->failed = false;
	r->ended = h->ended;
	pthread_mutex_unlock(&h->lock);
}

/* The log says which encoder a camera got, and once why not the better one. */
static void
tell_encoder(struct h264 *h, const struct ready *r)
{
	if (r->passed_over.code != ERR_NONE && !h->pool->told) {
		log_info("h264", "%s", r->passed_over.msg);
		h->pool->told = true;
	}
	log_info("h264", "%s: encoded by %s", h->name, r->encoder);
}

/* Call-backs may stop this worker; then the rest is silence. */
static void
tell(struct h264 *h, struct ready *r)
{
	unsigned i;

	if (r->encoder_new && !h->stopped)
		tell_encoder(h, r);
	if (r->sets_new && !h->stopped)
		h->ops->sets(h->arg, r->sets, r->sets_n);
	for (i = 0; i < r->n_units; i++) {
		if (!h->stopped)
			h->ops->unit(h->arg, r->units[i]);
		frame_unref(r->units[i]);
	}
	if (r->failed && !h->stopped) {
		log_errx("h264", "%s: %s", h->name, r->err.msg);
		h->ops->failed(h->arg, &r->err);
	}
}

static void
on_ring(int fd, short what, void *arg)
{
	struct h264_pool *pool = arg;
	struct h264 *h, *next;
	struct ready r;
	uint64_t n;

	(void)what;
	(void)!read(fd, &n, sizeof(n));
	for (h = LIST_FIRST(&pool->workers); h != NULL; h = next) {
		take_ready(h, &r);
		tell(h, &r);
		next = LIST_NEXT(h, entry);
		if (h->stopped && r.ended)
			release(h);
	}
}

struct h264_pool *
h264_pool_new(struct loop *l, const char *encoder, unsigned max, struct err *e)
{
	struct h264_pool *pool = calloc(1, sizeof(*pool));
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	if (pool == NULL) {
		err_sys(e, "start the encoders");
		return NULL;
	}
	LIST_INIT(&pool->workers);
	pool->loop = l;
	pool->max = max > 0 ? max : cores > 0 ? (unsigned)cores : 1;
	snprintf(pool->encoder, sizeof(pool->encoder), "%s", encoder);
	if ((pool->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) < 0)
		err_sys(e, "start the encoders");
	else if ((pool->event = loop_watch(l, pool->fd, EV_READ, on_ring, pool, e)) !=
	    NULL)
		return pool;
	if (pool->fd >= 0)
		close(pool->fd);
	free(pool);
	return NULL;
}

void
h264_pool_free(struct h264_pool *pool)
{
	struct h264 *h;

	if (pool == NULL)
		return;
	LIST_FOREACH (h, &pool->workers, entry)
		h264_stop(h);
	while ((h = LIST_FIRST(&pool->workers)) != NULL)
		release(h);
	loop_drop(pool->event);
	close(pool->fd);
	free(pool);
}

/* Signals are for the main thread. */
static int
start_thread(struct h264 *h)
{
	sigset_t all, old;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	r = pthread_create(&h->thread, NULL, worker, h);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	errno = r;
	return r == 0 ? 0 : -1;
}

struct h264 *
h264_start(struct h264_pool *pool, const char *name, const struct h264_ops *ops,
    void *arg, struct err *e)
{
	struct h264 *h;

	if (pool->running >= pool->max) {
		err_set(e, ERR_REFUSED, "encoder-budget",
		    "all %u H.264 encoders ([streamd] max_encoders) are in use",
		    pool->max);
		return NULL;
	}
	if ((h = calloc(1, sizeof(*h))) == NULL) {
		err_sys(e, "start an encoder");
		return NULL;
	}
	h->pool = pool;
	h->ops = ops;
	h->arg = arg;
	h->load_us = loop_now_us();
	snprintf(h->name, sizeof(h->name), "%s", name);
	pthread_mutex_init(&h->lock, NULL);
	pthread_cond_init(&h->wake, NULL);
	if (start_thread(h) < 0) {
		err_sys(e, "start an encoder thread");
		pthread_cond_destroy(&h->wake);
		pthread_mutex_destroy(&h->lock);
		free(h);
		return NULL;
	}
	pool->running++;
	LIST_INSERT_HEAD(&pool->workers, h, entry);
	return h;
}

void
h264_push(struct h264 *h, struct frame *jpeg)
{
	struct frame *old;

	frame_ref(jpeg);
	pthread_mutex_lock(&h->lock);
	old = h->mail;
	h->mail = jpeg;
	h->skipped += old != NULL;
	pthread_mutex_unlock(&h->lock);
	/* Behind the lock: who wakes up finds it free. */
	pthread_cond_signal(&h->wake);
	frame_unref(old);
}

void
h264_want_keyframe(struct h264 *h)
{
	pthread_mutex_lock(&h->lock);
	h->want_key = true;
	pthread_mutex_unlock(&h->lock);
}

void
h264_figures(struct h264 *h, struct h264_figures *ret)
{
	int64_t now = loop_now_us(), cpu, spent, passed;

	pthread_mutex_lock(&h->lock);
	cpu = h->cpu_us;
	ret->skipped = h->skipped;
	h->skipped = 0;
	memcpy(ret->encoder, h->encoder, sizeof(ret->encoder));
	pthread_mutex_unlock(&h->lock);
	spent = cpu - h->load_cpu_us;
	passed = now - h->load_us;
	h->load_cpu_us = cpu;
	h->load_us = now;
	ret->load = passed > 0 ? (double)spent / (double)passed : 0;
}

void
h264_stop(struct h264 *h)
{
	if (h == NULL || h->stopped)
		return;
	h->stopped = true;
	h->pool->running--;
	pthread_mutex_lock(&h->lock);
	h->quit = true;
	pthread_cond_signal(&h->wake);
	pthread_mutex_unlock(&h->lock);
	/* A thread that ended before rings no more. */
	ring(h->pool);
}
