/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Trials (see trial.h). streamd: the main thread, and one thread per trial, because a
 * name server and libavformat block. A thread is told to end through an atomic flag and
 * rings an eventfd when its report is written; only the main thread frees it.
 */
#include "config.h"

#include <errno.h>
#include <event2/event.h>
#include <jansson.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/queue.h>
#include <unistd.h>

#include "common/loop.h"
#include "common/sentence.h"
#include "streamd/trial.h"
#include "streamd/trial_run.h"

struct trial {
	LIST_ENTRY(trial) entry;
	struct trial_pool *pool;
	void (*done)(void *arg, const char *json);
	void *arg; /* NULL: forgotten */
	pthread_t thread;
	struct trial_run run; /* the thread's until ended */
	pthread_mutex_t lock;
	/* under the lock */
	bool in_lookup, left_alone, ended;
	char *json;
};

struct trial_pool {
	struct loop *loop;
	int fd;
	struct event *event;
	LIST_HEAD(, trial) trials;
	unsigned n;
};

static const char *const output_words[] = { "snapshot", "mjpeg", "rtsp",
	"rtsp_mjpeg" };

int
trial_output_parse(const char *word, enum trial_output *ret)
{
	int i;

	for (i = 0; i < (int)(sizeof(output_words) / sizeof(output_words[0])); i++) {
		if (strcmp(word, output_words[i]) == 0) {
			*ret = (enum trial_output)i;
			return 0;
		}
	}
	return -1;
}

/* ---- the thread's notes ---- */

/* NULL: there were too many. */
static struct trial_step *
next_step(struct trial_run *r, const char *step, bool ok)
{
	int64_t now = loop_now_us();
	struct trial_step *s;

	if (r->n_steps == TRIAL_STEPS_MAX)
		return NULL;
	s = &r->steps[r->n_steps++];
	snprintf(s->step, sizeof(s->step), "%s", step);
	s->ok = ok;
	/* A first picture came before the others were counted. */
	if (r->first_us > r->step_us)
		now = r->first_us;
	s->ms = (unsigned)((now - r->step_us) / 1000);
	r->step_us = now;
	return s;
}

void
trial_step(struct trial_run *r, const char *step, bool ok, const char *fmt, ...)
{
	struct trial_step *s = next_step(r, step, ok);
	va_list ap;

	if (s == NULL)
		return;
	va_start(ap, fmt);
	(void)err_vset(&s->said, ERR_NONE, "", fmt, ap);
	va_end(ap);
}

void
trial_step_said(struct trial_run *r, const char *step, bool ok, const struct err *said)
{
	struct trial_step *s = next_step(r, step, ok);

	if (s != NULL)
		s->said = *said;
}

int
trial_fail(
    struct trial_run *r, const char *code, const char *todo, const char *fmt, ...)
{
	va_list ap;

	if (r->e.code != ERR_NONE)
		return -1;
	err_text(&r->todo, todo);
	va_start(ap, fmt);
	(void)err_vset(&r->e, ERR_FAILED, code, fmt, ap);
	va_end(ap);
	return -1;
}

void
trial_todo(struct trial_run *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)err_vset(&r->todo, ERR_NONE, "", fmt, ap);
	va_end(ap);
}

bool
trial_picture(struct trial_run *r, size_t n, unsigned width, unsigned height)
{
	int64_t now = loop_now_us();

	if (r->pictures++ == 0) {
		r->first_us = now;
		r->first_ms = (now - r->step_us) / 1000;
	}
	r->last_us = now;
	r->bytes += n;
	if (width > 0 && height > 0) {
		r->width = width;
		r->height = height;
	}
	return now - r->first_us >= TRIAL_FLOW_US;
}

bool
trial_over(const struct trial_run *r)
{
	return atomic_load(&r->quit) || loop_now_us() > r->deadline_us;
}

/* ---- the report ---- */

/* Part of it came from who answered there. */
static json_t *
text(const char *s)
{
	char clean[800];

	text_escape(s, strlen(s), clean, sizeof(clean));
	return json_string(clean);
}

static void
put_said(json_t *doc, const char *name, const struct err *said)
{
	struct err clean;

	said_escape(said, sizeof(clean.msg), &clean);
	(void)sentence_with(doc, name, &clean);
	if (clean.msg[0] == '\0')
		(void)json_object_set_new(doc, name, json_null());
}

static json_t *
step_json(const struct trial_step *s)
{
	json_t *doc =
	    json_pack("{s:s,s:b,s:i}", "step", s->step, "ok", (int)s->ok, "ms", (int)s->ms);
	struct err clean;

	said_escape(&s->said, sizeof(clean.msg), &clean);
	(void)json_object_set_new(doc, "text", json_text(clean.msg));
	sentence_put(doc, &clean);
	return doc;
}

static json_t *
steps_json(const struct trial_run *r)
{
	json_t *list = json_array();
	unsigned i;

	for (i = 0; i < r->n_steps; i++)
		(void)json_array_append_new(list, step_json(&r->steps[i]));
	return list;
}

static double
fps_of(const struct trial_run *r)
{
	if (r->pictures < 2 || r->last_us <= r->first_us)
		return 0;
	return (double)((r->pictures - 1) * 10000000 /
		   (uint64_t)(r->last_us - r->first_us)) /
	    10;
}

static json_t *
seen_json(const struct trial_run *r)
{
	if (r->pictures == 0)
		return json_null();
	return json_pack("{s:s,s:i,s:i,s:o,s:I,s:I,s:I,s:s}", "codec", r->codec,
	    "width", (int)r->width, "height", (int)r->height, "fps",
	    r->pictures > 1 ? json_real(fps_of(r)) : json_null(), "first_ms",
	    (json_int_t)r->first_ms, "pictures", (json_int_t)r->pictures, "bytes",
	    (json_int_t)r->bytes, "login", r->login);
}

static char *
report(const struct trial_run *r)
{
	bool ok = r->e.code == ERR_NONE;
	json_t *doc = json_pack("{s:s,s:o,s:b,s:o}", "output",
	    output_words[r->o.output], "url", text(r->url), "ok", (int)ok, "code",
	    ok ? json_null() : text(r->e.name));
	char *ret;

	put_said(doc, "why", &r->e);
	put_said(doc, "do", &r->todo);
	put_said(doc, "note", &r->note);
	(void)json_object_set_new(doc, "steps", steps_json(r));
	(void)json_object_set_new(doc, "seen", seen_json(r));
	ret = doc != NULL ? json_dumps(doc, JSON_COMPACT) : NULL;
	json_decref(doc);
	return ret;
}

/* ---- the thread ---- */

static void
release(struct trial *t)
{
	pthread_mutex_destroy(&t->lock);
	free(t->json);
	explicit_bzero(t, sizeof(*t));
	free(t);
}

/* False: the pool is gone meanwhile, and nobody else frees the trial. */
static bool
end_lookup(struct trial *t)
{
	bool alone;

	(void)pthread_mutex_lock(&t->lock);
	t->in_lookup = false;
	alone = t->left_alone;
	(void)pthread_mutex_unlock(&t->lock);
	return !alone;
}

static void
make_url(struct trial_run *r)
{
	const char *host = r->o.host, *name = r->o.camera;
	const char *http = r->o.tls ? "https" : "http";

	switch (r->o.output) {
	case TRIAL_STILL:
		snprintf(r->url, sizeof(r->url), "%s://%s/cam/%s/snapshot.jpg", http,
		    host, name);
		break;
	case TRIAL_MJPEG:
		snprintf(r->url, sizeof(r->url), "%s://%s/cam/%s/stream.mjpeg", http,
		    host, name);
		break;
	case TRIAL_RTSP:
		snprintf(r->url, sizeof(r->url), "rtsp://%s/%s", host, name);
		break;
	case TRIAL_RTSP_MJPEG:
		snprintf(r->url, sizeof(r->url), "rtsp://%s/%s/mjpeg", host, name);
		break;
	}
}

static void *
worker(void *arg)
{
	struct trial *t = arg;
	struct trial_run *r = &t->run;
	uint64_t one = 1;
	int reached;

	r->step_us = loop_now_us();
	r->deadline_us = r->step_us + (int64_t)TRIAL_MS * 1000;
	make_url(r);
	reached = trial_reach(r);
	if (!end_lookup(t)) {
		release(t);
		return NULL;
	}
	if (reached == 0 && !trial_over(r)) {
		if (r->o.output == TRIAL_STILL || r->o.output == TRIAL_MJPEG)
			trial_http(r);
		else
			trial_rtsp(r);
	}
	if (r->e.code == ERR_NONE && r->pictures == 0)
		(void)trial_fail(r, "no-picture",
		    "Open the camera's page: does its picture move there?",
		    "No picture came within %d s.", TRIAL_MS / 1000);
	(void)pthread_mutex_lock(&t->lock);
	t->json = report(r);
	t->ended = true;
	(void)pthread_mutex_unlock(&t->lock);
	/* An eventfd takes this as long as nobody adds 2^64 of them. */
	(void)!write(t->pool->fd, &one, sizeof(one));
	return NULL;
}

/* ---- the main thread ---- */

static bool
has_ended(struct trial *t)
{
	bool ended;

	(void)pthread_mutex_lock(&t->lock);
	ended = t->ended;
	(void)pthread_mutex_unlock(&t->lock);
	return ended;
}

static void
on_ring(int fd, short what, void *arg)
{
	struct trial_pool *pool = arg;
	struct trial *t, *next;
	uint64_t n;

	(void)what;
	(void)!read(fd, &n, sizeof(n));
	for (t = LIST_FIRST(&pool->trials); t != NULL; t = next) {
		next = LIST_NEXT(t, entry);
		if (!has_ended(t))
			continue;
		(void)pthread_join(t->thread, NULL);
		LIST_REMOVE(t, entry);
		pool->n--;
		if (t->arg != NULL)
			t->done(t->arg, t->json);
		release(t);
	}
}

struct trial_pool *
trial_pool_new(struct loop *l, struct err *e)
{
	struct trial_pool *pool = calloc(1, sizeof(*pool));

	if (pool == NULL) {
		err_sys(e, "make room for trials");
		return NULL;
	}
	LIST_INIT(&pool->trials);
	pool->loop = l;
	if ((pool->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) < 0)
		err_sys(e, "make room for trials");
	else if ((pool->event = loop_watch(l, pool->fd, EV_READ, on_ring, pool, e)) !=
	    NULL)
		return pool;
	if (pool->fd >= 0)
		close(pool->fd);
	free(pool);
	return NULL;
}

/* A name server must not hold up the end of the process. True when the thread was left
 * alone; it frees the trial. */
static bool
leave_lookup(struct trial *t)
{
	bool alone;

	(void)pthread_mutex_lock(&t->lock);
	alone = t->in_lookup;
	t->left_alone = alone;
	(void)pthread_mutex_unlock(&t->lock);
	if (alone)
		(void)pthread_detach(t->thread);
	return alone;
}

void
trial_pool_free(struct trial_pool *pool)
{
	struct trial *t;

	if (pool == NULL)
		return;
	LIST_FOREACH (t, &pool->trials, entry)
		atomic_store(&t->run.quit, true);
	while ((t = LIST_FIRST(&pool->trials)) != NULL) {
		LIST_REMOVE(t, entry);
		if (leave_lookup(t))
			continue;
		(void)pthread_join(t->thread, NULL);
		release(t);
	}
	loop_drop(pool->event);
	close(pool->fd);
	free(pool);
}

/* Signals are for the main thread. */
static int
start_thread(struct trial *t, struct err *e)
{
	sigset_t all, old;
	int r;

	sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &old);
	r = pthread_create(&t->thread, NULL, worker, t);
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	errno = r;
	return r == 0 ? 0 : err_sys(e, "start a trial");
}

int
trial_start(struct trial_pool *pool, const struct trial_order *o,
    void (*done)(void *arg, const char *json), void *arg, struct err *e)
{
	struct trial *t;

	if (pool->n >= TRIALS_MAX)
		return err_set(e, ERR_REFUSED, "trials-busy",
		    "%d addresses are being tried out just now; try again in a moment",
		    TRIALS_MAX);
	if ((t = calloc(1, sizeof(*t))) == NULL)
		return err_sys(e, "memory for a trial");
	t->pool = pool;
	t->done = done;
	t->arg = arg;
	t->run.o = *o;
	t->in_lookup = true;
	(void)pthread_mutex_init(&t->lock, NULL);
	if (start_thread(t, e) < 0) {
		release(t);
		return -1;
	}
	LIST_INSERT_HEAD(&pool->trials, t, entry);
	pool->n++;
	return 0;
}

void
trial_forget(struct trial_pool *pool, const void *arg)
{
	struct trial *t;

	LIST_FOREACH (t, &pool->trials, entry) {
		if (t->arg != arg)
			continue;
		t->arg = NULL;
		atomic_store(&t->run.quit, true);
	}
}
