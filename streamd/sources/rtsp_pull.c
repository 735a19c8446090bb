/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * rtsp: cameras in threads (see rtsp_pull.h). streamd: main thread, and one thread per
 * open camera. The thread looks the name up, has the address judged on the main thread
 * and lets libavformat (rtsp_av.c) connect to that very address. What came waits in
 * the pull for the loop, which is woken through one eventfd for all.
 */
#include "config.h"

#include <errno.h>
#include <event2/event.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/queue.h>
#include <unistd.h>

#include "common/err.h"
#include "common/loop.h"
#include "streamd/h264_sets.h"
#include "streamd/lookup.h"
#include "streamd/sources/rtsp_av.h"
#include "streamd/sources/rtsp_pull.h"

/* What waits for the loop; it takes it at once. More means that the loop hangs. */
#define ITEMS_MAX 32
#define ADDRESSES_MAX 8
#define URL_MAX 520

enum judging { JUDGING_NOT, JUDGING_WAITS, JUDGING_DONE };

struct item {
	uint8_t *p; /* a JPEG or sound, or NULL */
	size_t n;
	struct frame *unit;
	int64_t arrived_us;
	bool still, sound;
};

struct pull {
	LIST_ENTRY(pull) entry;
	struct pull_pool *pool;
	const struct pull_ops *ops;
	void *arg;
	bool stopped; /* main thread: no call-backs any more */
	char url[URL_MAX], user[65], password[129];
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	/* under the lock */
	bool quit, want_stills, in_lookup, left_alone;
	enum judging judging;
	struct sockaddr_storage addresses[ADDRESSES_MAX];
	socklen_t lengths[ADDRESSES_MAX];
	unsigned n_addresses;
	int chosen; /* -1: none is allowed */
	struct item items[ITEMS_MAX];
	unsigned n_items;
	bool lost; /* a unit did not fit: nothing until the next key frame */
	bool opened, opened_new, sets_new, ended;
	enum codec codec;
	bool sound;
	struct h264_sets sets;
	struct err err; /* why it ended, or why no address is allowed */
};

struct pull_pool {
	struct loop *loop;
	int fd;
	struct event *event;
	LIST_HEAD(, pull) pulls;
};

static void
ring(struct pull_pool *pool)
{
	uint64_t one = 1;

	/* Full means that it rings already. */
	(void)!write(pool->fd, &one, sizeof(one));
}

static void
release(struct pull *p)
{
	unsigned i;

	for (i = 0; i < p->n_items; i++) {
		free(p->items[i].p);
		frame_unref(p->items[i].unit);
	}
	explicit_bzero(p->password, sizeof(p->password));
	pthread_cond_destroy(&p->wake);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

/* ---- the thread ---- */

static bool
quits(void *arg)
{
	struct pull *p = arg;
	bool quit;

	pthread_mutex_lock(&p->lock);
	quit = p->quit;
	pthread_mutex_unlock(&p->lock);
	return quit;
}

static void
put_item(struct pull *p, const struct item *it)
{
	bool taken = false;

	pthread_mutex_lock(&p->lock);
	if (it->unit != NULL && p->lost && it->unit->keyframe)
		p->lost = false;
	if (p->n_items < ITEMS_MAX && !(it->unit != NULL && p->lost)) {
		p->items[p->n_items++] = *it;
		taken = true;
	} else if (it->unit != NULL) {
		p->lost = true;
	}
	pthread_mutex_unlock(&p->lock);
	if (!taken) {
		free(it->p);
		frame_unref(it->unit);
		return;
	}
	ring(p->pool);
}

static void
av_opened(void *arg, enum codec codec, bool sound, const struct h264_sets *sets)
{
	struct pull *p = arg;

	pthread_mutex_lock(&p->lock);
	p->codec = codec;
	p->sound = sound;
	p->opened_new = true;
	if (sets->n > 0) {
		p->sets = *sets;
		p->sets_new = true;
	}
	pthread_mutex_unlock(&p->lock);
	ring(p->pool);
}

static void
av_unit(void *arg, struct frame *f, struct h264_sets *sets)
{
	struct item it = { .unit = f };
	struct pull *p = arg;

	if (sets->changed) {
		sets->changed = false;
		pthread_mutex_lock(&p->lock);
		p->sets = *sets;
		p->sets_new = true;
		pthread_mutex_unlock(&p->lock);
	}
	put_item(p, &it);
}

static void
av_jpeg(void *arg, uint8_t *owned, size_t n, int64_t arrived_us, bool still)
{
	struct item it = {
		.p = owned, .n = n, .arrived_us = arrived_us, .still = still
	};

	put_item(arg, &it);
}

static void
av_sound(void *arg, uint8_t *owned, size_t n, int64_t arrived_us)
{
	struct item it = {
		.p = owned, .n = n, .arrived_us = arrived_us, .sound = true
	};

	put_item(arg, &it);
}

static bool
av_wants_stills(void *arg)
{
	struct pull *p = arg;
	bool want;

	pthread_mutex_lock(&p->lock);
	want = p->want_stills;
	pthread_mutex_unlock(&p->lock);
	return want;
}

static const struct rtsp_av_ops av_ops = { .quits = quits,
	.opened = av_opened,
	.unit = av_unit,
	.jpeg = av_jpeg,
	.sound = av_sound,
	.wants_stills = av_wants_stills };

/* The addresses of the name, to be judged. */
static int
look_up(struct pull *p, struct err *e)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICSERV },
			*list = NULL, *a;
	char host[260], port[8];
	int r;

	(void)lookup_split(p->url, "554", host, sizeof(host), port, sizeof(port));
	r = getaddrinfo(host, port, &hints, &list);
	if (r != 0)
		return err_set(e, ERR_FAILED, "camera-name",
		    "its host name is not known in this network");
	pthread_mutex_lock(&p->lock);
	for (a = list; a != NULL && p->n_addresses < ADDRESSES_MAX; a = a->ai_next) {
		if (a->ai_addrlen > sizeof(p->addresses[0]))
			continue;
		memcpy(&p->addresses[p->n_addresses], a->ai_addr, a->ai_addrlen);
		p->lengths[p->n_addresses++] = a->ai_addrlen;
	}
	pthread_mutex_unlock(&p->lock);
	freeaddrinfo(list);
	return 0;
}

/* False: the pool is gone meanwhile, and nobody else frees the pull. */
static bool
end_lookup(struct pull *p)
{
	bool alone;

	pthread_mutex_lock(&p->lock);
	p->in_lookup = false;
	alone = p->left_alone;
	pthread_mutex_unlock(&p->lock);
	return !alone;
}

/* Ask the main thread which address may be used. 0 = p->chosen. */
static int
ask_main(struct pull *p, struct err *e)
{
	int r = 0;

	pthread_mutex_lock(&p->lock);
	p->judging = JUDGING_WAITS;
	ring(p->pool);
	while (p->judging == JUDGING_WAITS && !p->quit)
		pthread_cond_wait(&p->wake, &p->lock);
	if (p->quit)
		r = err_set(e, ERR_FAILED, "quit", "no longer wanted");
	else if (p->chosen < 0) {
		*e = p->err;
		r = -1;
	}
	pthread_mutex_unlock(&p->lock);
	return r;
}

/* The address as it was typed, with the judged numbers in the name's place. */
static void
literal_url(const struct pull *p, char *ret, size_t ret_size)
{
	const struct sockaddr_storage *a = &p->addresses[p->chosen];
	const char *rest = strstr(p->url, "://") + 3;
	char host[80] = "", port[8] = "";
	bool v6 = a->ss_family == AF_INET6;

	(void)getnameinfo((const struct sockaddr *)a, p->lengths[p->chosen], host,
	    sizeof(host), port, sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV);
	snprintf(ret, ret_size, "rtsp://%s%s%s:%s%s", v6 ? "[" : "", host,
	    v6 ? "]" : "", port, rest + strcspn(rest, "/?#"));
}

static void *
worker(void *arg)
{
	struct pull *p = arg;
	char url[URL_MAX + 80];
	struct err e = { .code = ERR_NONE };
	int r = look_up(p, &e);

	if (!end_lookup(p)) {
		release(p);
		return NULL;
	}
	if (r == 0 && ask_main(p, &e) == 0) {
		literal_url(p, url, sizeof(url));
		rtsp_av_run(url, p->user, p->password, &av_ops, p, &e);
	}
	pthread_mutex_lock(&p->lock);
	p->err = e;
	p->ended = true;
	pthread_mutex_unlock(&p->lock);
	ring(p->pool);
	return NULL;
}

/* ---- the main thread ---- */

static void
judge(struct pull *p)
{
	struct err e = { .code = ERR_NONE };
	unsigned i;

	pthread_mutex_lock(&p->lock);
	p->chosen = -1;
	for (i = 0; i < p->n_addresses && p->chosen < 0; i++) {
		if (p->ops->address(p->arg, (struct sockaddr *)&p->addresses[i], &e) ==
		    0)
			p->chosen = (int)i;
	}
	p->err = e;
	p->judging = JUDGING_DONE;
	pthread_cond_signal(&p->wake);
	pthread_mutex_unlock(&p->lock);
}

/* What a thread has ready, taken out under the lock. */
struct ready {
	struct item items[ITEMS_MAX];
	unsigned n_items;
	bool opened, sets_new, ended, judge, sound;
	enum codec codec;
	struct h264_sets sets;
	struct err err;
};

static void
take_ready(struct pull *p, struct ready *r)
{
	pthread_mutex_lock(&p->lock);
	memcpy(r->items, p->items, sizeof(r->items));
	r->n_items = p->n_items;
	p->n_items = 0;
	r->opened = p->opened_new;
	p->opened_new = false;
	r->codec = p->codec;
	r->sound = p->sound;
	r->sets_new = p->sets_new;
	if (r->sets_new)
		r->sets = p->sets;
	p->sets_new = false;
	r->ended = p->ended;
	r->judge = p->judging == JUDGING_WAITS;
	r->err = p->err;
	pthread_mutex_unlock(&p->lock);
}

/* Call-backs may stop this pull; then the rest is silence. */
static void
tell(struct pull *p, struct ready *r)
{
	struct item *it;
	unsigned i;

	if (r->judge && !p->stopped)
		judge(p);
	if (r->opened && !p->stopped)
		p->ops->opened(p->arg, r->codec, r->sound);
	if (r->sets_new && !p->stopped)
		p->ops->sets(p->arg, r->sets.p, r->sets.n);
	for (i = 0; i < r->n_items; i++) {
		it = &r->items[i];
		if (it->sound && !p->stopped)
			p->ops->sound(p->arg, it->p, it->n, it->arrived_us);
		if (p->stopped || it->sound)
			free(it->p);
		else if (it->unit != NULL)
			p->ops->unit(p->arg, it->unit);
		else
			p->ops->jpeg(p->arg, it->p, it->n, it->arrived_us, it->still);
		frame_unref(it->unit);
	}
	if (r->ended && !p->stopped)
		p->ops->ended(p->arg, &r->err);
}

static void
on_ring(int fd, short what, void *arg)
{
	struct pull_pool *pool = arg;
	struct pull *p, *next;
	struct ready r;
	uint64_t n;

	(void)what;
	(void)!read(fd, &n, sizeof(n));
	for (p = LIST_FIRST(&pool->pulls); p != NULL; p = next) {
		take_ready(p, &r);
		tell(p, &r);
		next = LIST_NEXT(p, entry);
		if (p->stopped && r.ended) {
			pthread_join(p->thread, NULL);
			LIST_REMOVE(p, entry);
			release(p);
		}
	}
}

struct pull_pool *
pull_pool_new(struct loop *l, struct err *e)
{
	struct pull_pool *pool = calloc(1, sizeof(*pool));

	if (pool == NULL) {
		err_sys(e, "start the RTSP readers");
		return NULL;
	}
	LIST_INIT(&pool->pulls);
	pool->loop = l;
	if ((pool->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) < 0)
		err_sys(e, "start the RTSP readers");
	else if ((pool->event = loop_watch(l, pool->fd, EV_READ, on_ring, pool, e)) !=
	    NULL)
		return pool;
	if (pool->fd >= 0)
		close(pool->fd);
	free(pool);
	return NULL;
}

/* At the end of the process: a name server must not hold it up. True when the thread
 * was left alone; it frees the pull. */
static bool
leave_lookup(struct pull *p)
{
	bool alone;

	pthread_mutex_lock(&p->lock);
	alone = p->in_lookup;
	p->left_alone = alone;
	pthread_mutex_unlock(&p->lock);
	if (alone)
		pthread_detach(p->thread);
	return alone;
}

void
pull_pool_free(struct pull_pool *pool)
{
	struct pull *p;

	if (pool == NULL)
		return;
	LIST_FOREACH (p, &pool->pulls, entry)
		pull_stop(p);
	while ((p = LIST_FIRST(&pool->pulls)) != NULL) {
		LIST_REMOVE(p, entry);
		if (leave_lookup(p))
			continue;
		pthread_join(p->thread, NULL);
		release(p);
	}
	loop_drop(pool->event);
	close(pool->fd);
	free(pool);
}

/* Signals are for the main thread. */
static int
start_thread(struct pull *p)
{
	sigset_t all, old;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	r = pthread_create(&p->thread, NULL, worker, p);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	errno = r;
	return r == 0 ? 0 : -1;
}

struct pull *
pull_start(struct pull_pool *pool, const struct pull_config *c,
    const struct pull_ops *ops, void *arg, struct err *e)
{
	struct pull *p = calloc(1, sizeof(*p));

	if (p == NULL) {
		err_sys(e, "open the camera");
		return NULL;
	}
	p->pool = pool;
	p->ops = ops;
	p->arg = arg;
	p->chosen = -1;
	p->in_lookup = true;
	snprintf(p->url, sizeof(p->url), "%s", c->url);
	snprintf(p->user, sizeof(p->user), "%s", c->user);
	snprintf(p->password, sizeof(p->password), "%s", c->password);
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->wake, NULL);
	if (start_thread(p) < 0) {
		err_sys(e, "start a thread for the camera");
		release(p);
		return NULL;
	}
	LIST_INSERT_HEAD(&pool->pulls, p, entry);
	return p;
}

void
pull_want_stills(struct pull *p, bool want)
{
	pthread_mutex_lock(&p->lock);
	p->want_stills = want;
	pthread_mutex_unlock(&p->lock);
}

void
pull_stop(struct pull *p)
{
	if (p == NULL || p->stopped)
		return;
	p->stopped = true;
	pthread_mutex_lock(&p->lock);
	p->quit = true;
	pthread_cond_signal(&p->wake);
	pthread_mutex_unlock(&p->lock);
	/* A thread that ended before rings no more. */
	ring(p->pool);
}
