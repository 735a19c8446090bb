/* SPDX-License-Identifier: GPL-3.0-or-later */
/* History: one line per thing that happened. Append only, kept to 50,000 rows and
 * for so many days (db/keep.h). Thread of the struct db. */
#ifndef DB_EVENT_H
#define DB_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/said.h"

struct db;
struct err;

struct event_row {
	int64_t id, at_s;
	char kind[33];		/* "job", "camera", "user", "dump", … */
	int64_t camera_id, job_id;	/* 0 = none */
	char who[65];
	char text[601];
	char text_params[SAID_MAX];	/* where its parameters stand (common/said.h) */
};

/* Named event_row_…, not event_…: libevent has an event_add() of its own, and the
 * daemons link both.
 * Failures are the caller's to log; history is never a reason to fail the work. */
int event_row_add(struct db *db, const char *kind, int64_t camera_id, int64_t job_id,
    const char *who, struct err *e, const char *fmt, ...)
    __attribute__((format(printf, 7, 8)));
/* The same of a sentence that is there already, its code and name left out. */
int event_row_say(struct db *db, const char *kind, int64_t camera_id, int64_t job_id,
    const char *who, const struct err *said, struct err *e);
/* Newest first; camera_id 0 = all; before_id 0 = from the newest. */
int event_row_each(struct db *db, int64_t camera_id, int64_t before_id, unsigned limit,
    bool (*fn)(const struct event_row *ev, void *arg), void *arg, struct err *e);

#endif
