/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The worker thread (see work.h). Main thread, but for work_thread(). */
#include "config.h"

#include <errno.h>
#include <event2/event.h>
#include <malloc.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/queue.h>
#include <time.h>
#include <unistd.h>

#include "common/err.h"
#include "common/loop.h"
#include "webd/http.h"
#include "webd/request.h"
#include "webd/work.h"

#define STOP_WAIT_S 3
#define LARGE_BYTES (256 * 1024) /* given back to the system when freed */

struct work {
	TAILQ_ENTRY(work) entry;
	const struct work_ops *ops;
	void *arg;
	struct reply *rep; /* main thread's; NULL = the client is gone */
};

TAILQ_HEAD(works, work);

struct worker {
	const char *busy;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t more;
	/* Under the lock: */
	struct works waiting, done;
	unsigned n_waiting;
	bool stopping;
	/* Main thread's: */
	int bell; /* an eventfd: something is done */
	struct event *watch;
};

static void *
work_thread(void *arg)
{
	struct worker *w = arg;
	struct work *job;
	uint64_t one = 1;

	(void)pthread_mutex_lock(&w->lock);
	for (;;) {
		while (!w->stopping && TAILQ_EMPTY(&w->waiting))
			(void)pthread_cond_wait(&w->more, &w->lock);
		if (w->stopping)
			break;
		job = TAILQ_FIRST(&w->waiting);
		TAILQ_REMOVE(&w->waiting, job, entry);
		w->n_waiting--;
		(void)pthread_mutex_unlock(&w->lock);
		job->ops->run(job->arg);
		/* Images come seldom and are large: nothing of them is kept. */
		(void)malloc_trim(0);
		(void)pthread_mutex_lock(&w->lock);
		TAILQ_INSERT_TAIL(&w->done, job, entry);
		/* An eventfd takes this as long as nobody adds 2^64 of them. */
		(void)!write(w->bell, &one, sizeof(one));
	}
	(void)pthread_mutex_unlock(&w->lock);
	return NULL;
}

static void
work_drop(struct work *job)
{
	job->ops->drop(job->arg);
	free(job);
}

static void
finish(struct work *job)
{
	struct reply *rep = job->rep;

	if (rep != NULL) {
		job->ops->answer(job->arg, rep);
		http_wake(rep->waker);
	}
	work_drop(job);
}

static void
on_done(int fd, short what, void *arg)
{
	struct worker *w = arg;
	struct work *job;
	uint64_t n;

	(void)what;
	(void)!read(fd, &n, sizeof(n));
	for (;;) {
		(void)pthread_mutex_lock(&w->lock);
		if ((job = TAILQ_FIRST(&w->done)) != NULL)
			TAILQ_REMOVE(&w->done, job, entry);
		(void)pthread_mutex_unlock(&w->lock);
		if (job == NULL)
			break;
		finish(job);
	}
}

/* The client hung up: the work may be under way, its answer goes nowhere. */
static void
on_gone(void *arg)
{
	struct work *job = arg;

	job->rep = NULL;
}

static int
start_thread(struct worker *w, struct err *e)
{
	int r = pthread_create(&w->thread, NULL, work_thread, w);

	if (r == 0)
		return 0;
	errno = r;
	return err_sys(e, "start the worker thread");
}

struct worker *
worker_start(struct loop *l, const char *busy, struct err *e)
{
	struct worker *w = calloc(1, sizeof(*w));

	if (w == NULL) {
		err_sys(e, "memory for the worker");
		return NULL;
	}
	w->busy = busy;
	TAILQ_INIT(&w->waiting);
	TAILQ_INIT(&w->done);
	/* Else the library raises the limit to the size of an image at its first free.
	 */
	(void)mallopt(M_MMAP_THRESHOLD, LARGE_BYTES);
	(void)pthread_mutex_init(&w->lock, NULL);
	(void)pthread_cond_init(&w->more, NULL);
	if ((w->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) < 0)
		err_sys(e, "eventfd");
	else if ((w->watch = loop_watch(l, w->bell, EV_READ, on_done, w, e)) != NULL &&
	    start_thread(w, e) == 0)
		return w;
	loop_drop(w->watch);
	if (w->bell >= 0)
		close(w->bell);
	free(w);
	return NULL;
}

static void
drop_all(struct works *list)
{
	struct work *job;

	while ((job = TAILQ_FIRST(list)) != NULL) {
		TAILQ_REMOVE(list, job, entry);
		work_drop(job);
	}
}

void
worker_stop(struct worker *w)
{
	struct timespec until;

	if (w == NULL)
		return;
	(void)pthread_mutex_lock(&w->lock);
	w->stopping = true;
	(void)pthread_cond_signal(&w->more);
	(void)pthread_mutex_unlock(&w->lock);
	loop_drop(w->watch);
	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += STOP_WAIT_S;
	/* The process ends next; a long search over a hostile image does not hold it.
	 */
	if (pthread_timedjoin_np(w->thread, NULL, &until) != 0)
		return;
	drop_all(&w->waiting);
	drop_all(&w->done);
	(void)pthread_cond_destroy(&w->more);
	(void)pthread_mutex_destroy(&w->lock);
	close(w->bell);
	free(w);
}

/* Its place in the queue, or -1 when that is full. */
static int
enqueue(struct worker *w, struct work *job)
{
	int r = -1;

	(void)pthread_mutex_lock(&w->lock);
	if (w->n_waiting < WORK_QUEUE_MAX) {
		TAILQ_INSERT_TAIL(&w->waiting, job, entry);
		w->n_waiting++;
		(void)pthread_cond_signal(&w->more);
		r = 0;
	}
	(void)pthread_mutex_unlock(&w->lock);
	return r;
}

void
work_give(struct worker *w, const struct work_ops *ops, void *arg, struct reply *rep)
{
	struct work *job = calloc(1, sizeof(*job));

	if (job == NULL) {
		ops->drop(arg);
		reply_fail(
		    rep, 503, ERR_FAILED, "no-memory", "There is no memory left.");
		return;
	}
	*job = (struct work) { .ops = ops, .arg = arg, .rep = rep };
	if (w == NULL) {
		ops->run(arg);
		finish(job);
		return;
	}
	reply_later(rep, on_gone, job);
	if (enqueue(w, job) == 0)
		return;
	job->rep = NULL;
	work_drop(job);
	reply_fail(rep, 503, ERR_FAILED, "busy", "%s", w->busy);
	reply_header(rep, "Retry-After", "2");
}

void
work_quietly(struct worker *w, const struct work_ops *ops, void *arg)
{
	struct work *job = calloc(1, sizeof(*job));

	if (job == NULL) {
		ops->drop(arg);
		return;
	}
	*job = (struct work) { .ops = ops, .arg = arg };
	if (w == NULL) {
		ops->run(arg);
		finish(job);
	} else if (enqueue(w, job) < 0) {
		work_drop(job);
	}
}
