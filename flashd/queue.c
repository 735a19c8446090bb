/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The desk (see queue.h). flashd's parent, main thread. */
#include "config.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "common/err.h"
#include "common/log.h"
#include "common/loop.h"
#include "db/db.h"
#include "db/job.h"
#include "flashd/chore.h"
#include "flashd/flashd.h"
#include "flashd/library.h"
#include "flashd/queue.h"
#include "flashd/run.h"
#include "flashd/takein.h"
#include "flashd/watch.h"

#define JOBS_MAX 64 /* max_jobs' own bound */

static void
look_for_cancel(struct flashd *f)
{
	struct run *r, *next;
	struct job job;
	struct err e;

	/* One that waits for its adapter ends at once. */
	for (r = LIST_FIRST(&f->runs); r != NULL; r = next) {
		next = LIST_NEXT(r, entry);
		if (job_by_id(f->db, r->job.id, &job, &e) < 0)
			log_warnx("queue", "job %lld: %s", (long long)r->job.id, e.msg);
		else if (job.cancel_asked)
			run_cancel(r);
	}
}

/* A row of another version's must not stand in the others' way. */
static void
end_unknown(struct flashd *f)
{
	struct err e;
	unsigned n;

	if (job_end_unknown(f->db, &n, &e) < 0)
		log_warnx("queue", "%s", e.msg);
	else if (n > 0)
		log_warnx("queue",
		    "%u jobs are of a kind that this version does not know; they were "
		    "ended as failed",
		    n);
}

/* 1 = one was claimed and begun. */
static int
claim_one(struct flashd *f)
{
	const char *busy[JOBS_MAX];
	struct job job;
	struct run *r;
	struct err e;
	size_t n = 0;
	int got;

	LIST_FOREACH (r, &f->runs, entry) {
		if (n < JOBS_MAX)
			busy[n++] = r->job.port;
	}
	if ((got = job_claim(f->db, busy, n, &job, &e)) < 0)
		log_warnx("queue", "claim: %s", e.msg);
	if (got != 1)
		return 0;
	if (job_kind_needs_port(job.kind))
		run_start(f, &job);
	else
		chore_start(f, &job);
	return 1;
}

/* A disk that takes no writes is not asked again every few seconds. */
static void
describe_dumps(struct flashd *f)
{
	struct err e;

	if (f->describe_failed || library_describe(f->db, f->store, &e) == 0)
		return;
	log_warnx("queue",
	    "a dump's description was not written; it is tried again in an hour: %s",
	    e.msg);
	f->describe_failed = true;
}

void
queue_look(struct flashd *f)
{
	if (f->stopping) {
		if (f->n_runs == 0 && watches_idle(f->watches))
			loop_stop(f->loop, 0);
		return;
	}
	look_for_cancel(f);
	run_wait_look(f);
	end_unknown(f);
	if (takein_look(f))
		return;
	describe_dumps(f);
	while (f->may_claim && f->n_runs < f->conf.max_jobs && f->n_runs < JOBS_MAX &&
	    claim_one(f) > 0)
		;
}

static void
look_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	queue_look(arg);
}

void
queue_look_soon(struct flashd *f)
{
	struct timeval now = { 0, 0 };

	(void)event_base_once(loop_base(f->loop), -1, EV_TIMEOUT, look_again, f, &now);
}
