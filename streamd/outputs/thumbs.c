/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small pictures (see thumbs.h). streamd, main thread. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "common/err.h"
#include "common/loop.h"
#include "common/text.h"
#include "streamd/darkroom.h"
#include "streamd/outputs/thumbs.h"

/* Cameras whose last one is kept; the oldest goes. About 15 KiB each. */
#define KEPT_MAX 256

struct kept {
	TAILQ_ENTRY(kept) entry;
	char camera[TEXT_SLUG_MAX];
	struct frame *small;
	int64_t made_us;
};

struct thumbs {
	struct darkroom *room;
	TAILQ_HEAD(kept_list, kept) kept; /* the newest first */
	unsigned n;
};

struct thumb_job {
	struct thumbs *thumbs;
	struct bench *bench;
	char camera[TEXT_SLUG_MAX];
	void (*done)(void *arg, struct frame *f, const struct err *e);
	void *arg;
};

struct thumbs *
thumbs_new(struct darkroom *d)
{
	struct thumbs *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->room = d;
	TAILQ_INIT(&t->kept);
	return t;
}

static void
forget(struct thumbs *t, struct kept *k)
{
	TAILQ_REMOVE(&t->kept, k, entry);
	t->n--;
	frame_unref(k->small);
	free(k);
}

void
thumbs_free(struct thumbs *t)
{
	if (t == NULL)
		return;
	while (!TAILQ_EMPTY(&t->kept))
		forget(t, TAILQ_FIRST(&t->kept));
	free(t);
}

static struct kept *
find(struct thumbs *t, const char *camera)
{
	struct kept *k;

	TAILQ_FOREACH (k, &t->kept, entry) {
		if (strcmp(k->camera, camera) == 0)
			return k;
	}
	return NULL;
}

struct frame *
thumbs_cached(struct thumbs *t, const char *camera, const struct frame *picture)
{
	struct kept *k = find(t, camera);

	if (k == NULL)
		return NULL;
	if (picture != NULL && picture->arrived_us == k->small->arrived_us)
		return k->small;
	return loop_now_us() - k->made_us < THUMB_FRESH_US ? k->small : NULL;
}

static void
keep(struct thumbs *t, const char *camera, struct frame *small)
{
	struct kept *k = find(t, camera);

	if (k != NULL)
		forget(t, k);
	if (t->n >= KEPT_MAX)
		forget(t, TAILQ_LAST(&t->kept, kept_list));
	if ((k = calloc(1, sizeof(*k))) == NULL)
		return;
	snprintf(k->camera, sizeof(k->camera), "%s", camera);
	k->small = frame_ref(small);
	k->made_us = loop_now_us();
	TAILQ_INSERT_HEAD(&t->kept, k, entry);
	t->n++;
}

static void
on_done(void *arg, struct frame *f, const struct err *e)
{
	struct thumb_job *j = arg;
	struct thumb_job copy = *j;

	if (f != NULL)
		keep(j->thumbs, j->camera, f);
	thumb_job_free(j);
	copy.done(copy.arg, f, e);
}

struct thumb_job *
thumbs_make(struct thumbs *t, const char *camera, struct frame *picture,
    void (*done)(void *arg, struct frame *f, const struct err *e), void *arg,
    struct err *e)
{
	struct thumb_job *j = calloc(1, sizeof(*j));

	if (j == NULL) {
		err_sys(e, "make a small picture");
		return NULL;
	}
	j->thumbs = t;
	j->done = done;
	j->arg = arg;
	snprintf(j->camera, sizeof(j->camera), "%s", camera);
	j->bench = bench_new(t->room, DARK_SCALE, THUMB_WIDTH, on_done, j, e);
	if (j->bench == NULL) {
		free(j);
		return NULL;
	}
	bench_push(j->bench, picture);
	return j;
}

void
thumb_job_free(struct thumb_job *j)
{
	if (j == NULL)
		return;
	bench_free(j->bench);
	free(j);
}
