/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Answers made a moment ago (see answers.h). webd's one thread. */
#include "config.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/loop.h"
#include "db/db.h"
#include "db/live.h"
#include "webd/answers.h"
#include "webd/firmware.h"
#include "webd/request.h"
#include "webd/web.h"

#define KEPT 3			/* the cameras, a page of dumps, the jobs */
#define BYTES_MAX (512 * 1024)	/* of one */
/* As often as changes are told: ages in an answer are wrong by no more. */
#define YOUNG_US 250000

struct answer {
	char path[REQUEST_PATH_MAX], query[REQUEST_QUERY_MAX];
	int64_t versions[3];	/* of what it was made from */
	int64_t at_us;
	char *text;
	size_t n;
};

struct answers {
	struct answer kept[KEPT];
	unsigned next;		/* the oldest */
	int64_t versions[3];	/* when answers_find() was asked last */
};

struct answers *
answers_new(void)
{
	return calloc(1, sizeof(struct answers));
}

void
answers_free(struct answers *a)
{
	unsigned i;

	for (i = 0; a != NULL && i < KEPT; i++)
		free(a->kept[i].text);
	free(a);
}

static int
read_versions(struct web *w, int64_t ret[3])
{
	if (db_version(w->db, &ret[0], NULL) < 0 ||
	    live_version(w->live, &ret[1], NULL) < 0)
		return -1;
	ret[2] = firmwares_count(w->firmwares);
	return 0;
}

bool
answers_find(struct web *w, const struct request *r, struct reply *rep)
{
	struct answers *a = w->answers;
	struct answer *k;
	unsigned i;

	if (a == NULL || read_versions(w, a->versions) < 0)
		return false;
	for (i = 0; i < KEPT; i++) {
		k = &a->kept[i];
		if (k->text == NULL || loop_now_us() - k->at_us > YOUNG_US ||
		    memcmp(k->versions, a->versions, sizeof(k->versions)) != 0 ||
		    strcmp(k->path, r->path) != 0 || strcmp(k->query, r->query) != 0)
			continue;
		reply_text(rep, 200, "application/json", k->text, k->n);
		return true;
	}
	return false;
}

void
answers_keep(struct web *w, const struct request *r, const struct reply *rep)
{
	struct answers *a = w->answers;
	struct answer *k;
	char *text;

	if (a == NULL || rep->kind != REPLY_BYTES || rep->status != 200 ||
	    rep->n > BYTES_MAX || (text = malloc(rep->n)) == NULL)
		return;
	k = &a->kept[a->next++ % KEPT];
	free(k->text);
	memcpy(text, rep->bytes, rep->n);
	k->text = text;
	k->n = rep->n;
	snprintf(k->path, sizeof(k->path), "%s", r->path);
	snprintf(k->query, sizeof(k->query), "%s", r->query);
	/* As they were before it was made: what came in between makes it old. */
	memcpy(k->versions, a->versions, sizeof(k->versions));
	k->at_us = loop_now_us();
}
