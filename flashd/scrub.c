/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A scrub of the store (see scrub.h). flashd's parent, main thread. */
#include "config.h"

#include <event2/event.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/err.h"
#include "common/log.h"
#include "common/loop.h"
#include "db/db.h"
#include "db/dump.h"
#include "db/event.h"
#include "db/job.h"
#include "flashd/chore.h"
#include "flashd/flashd.h"
#include "flashd/scrub.h"
#include "flashd/store.h"

struct scrub {
	struct flashd *f;
	struct job job;
	int64_t before; /* dumps with a smaller id are still to come; 0 = all */
	unsigned good, damaged, missing;
	char first[200]; /* the first bad one */
	struct dump d;
	bool found;
};

/* The row with the next smaller id: rows may come and go while we read files. */
static bool
pick(const struct dump *d, void *arg)
{
	struct scrub *s = arg;

	if ((s->before == 0 || d->id < s->before) && (!s->found || d->id > s->d.id)) {
		s->d = *d;
		s->found = true;
	}
	return true;
}

static void
report_bad(struct scrub *s, const struct err *why)
{
	struct err e;

	log_errx("scrub", "dump %lld: %s", (long long)s->d.id, why->msg);
	if (s->first[0] == '\0')
		snprintf(s->first, sizeof(s->first), "dump %lld: %.160s",
		    (long long)s->d.id, why->msg);
	if (event_row_add(s->f->db, "dump", s->d.camera_id, s->job.id, "", &e, "%.400s",
		why->msg) < 0)
		log_warnx("scrub", "history: %s", e.msg);
}

static void
check_one(struct scrub *s)
{
	struct err e, ignored;

	if (store_check(s->f->store, s->d.sha256, s->d.size, &e) == 0) {
		s->good++;
		return;
	}
	if (e.code != ERR_NOT_FOUND) {
		s->damaged++;
		report_bad(s, &e);
		return;
	}
	s->missing++;
	report_bad(s, &e);
	if (!s->d.missing && dump_set_missing(s->f->db, s->d.id, true, &ignored) < 0)
		log_warnx("scrub", "%s", ignored.msg);
}

static void
end(struct scrub *s, const struct err *trouble)
{
	struct err e = *trouble;
	json_t *result = json_pack("{s:i, s:i, s:i}", "good", s->good, "damaged",
	    s->damaged, "missing", s->missing);

	if (e.code == ERR_NONE && s->damaged + s->missing > 0)
		err_set(&e, ERR_MISMATCH, "dump-damaged",
		    "%u of %u dumps are not what they were. The first: %s",
		    s->damaged + s->missing, s->good + s->damaged + s->missing,
		    s->first);
	chore_finish(s->f, &s->job, result, &e);
	free(s);
}

static void again(struct scrub *s);

static void
turn(evutil_socket_t fd, short what, void *arg)
{
	struct scrub *s = arg;
	struct err e = { .code = ERR_NONE };
	struct job job;

	(void)fd;
	(void)what;
	s->found = false;
	if (job_by_id(s->f->db, s->job.id, &job, &e) == 0 && job.cancel_asked)
		err_set(&e, ERR_FAILED, "cancelled", "cancelled as asked");
	else if (dump_each(s->f->db, 0, pick, s, &e) == 0)
		err_clear(&e);
	if (e.code != ERR_NONE || !s->found) {
		end(s, &e);
		return;
	}
	s->before = s->d.id;
	check_one(s);
	again(s);
}

static void
again(struct scrub *s)
{
	struct err e = { .code = ERR_NONE };
	struct timeval now = { 0, 0 };

	if (event_base_once(loop_base(s->f->loop), -1, EV_TIMEOUT, turn, s, &now) == 0)
		return;
	err_set(&e, ERR_FAILED, "no-memory", "memory for the loop");
	end(s, &e);
}

void
scrub_start(struct flashd *f, const struct job *job)
{
	struct scrub *s = calloc(1, sizeof(*s));
	struct err e;

	if (s == NULL) {
		struct job j = *job;

		err_set(&e, ERR_FAILED, "no-memory", "memory for a scrub");
		chore_finish(f, &j, NULL, &e);
		return;
	}
	s->f = f;
	s->job = *job;
	again(s);
}
