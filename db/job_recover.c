/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What flashd does with the jobs of a flashd that died (see job_recover() in job.h).
 * Process flashd, at start, before it claims anything. */
#include "config.h"

#include "common/err.h"
#include "common/said.h"
#include "db/db.h"
#include "db/job.h"
#include "db/stmt.h"

/* Reading only can begin again by itself, once: a job that kills flashd must not do
 * so for ever. */
static bool
may_requeue(const struct job *j, bool requeued)
{
	if (requeued || j->touched || j->cancel_asked)
		return false;
	switch (j->kind) {
	case JOB_IDENTIFY:
	case JOB_BACKUP:
	case JOB_VERIFY:
	case JOB_IMPORT:
		return true;
	default:
		return false;
	}
}

/* End it as interrupted, and queue it again where that is allowed. */
static int
lose(struct db *db, const struct job *j, bool *ret_requeued, struct err *e)
{
	int64_t requeued;

	*ret_requeued = false;
	if (stmt_number(db, e, &requeued, "SELECT requeued FROM job WHERE id = ?", "i",
		j->id) < 0)
		return -1;
	if (j->cancel_asked && !j->touched)
		return job_finish(db, j, JOB_CANCELLED, e);
	if (job_finish(db, j, JOB_INTERRUPTED, e) < 0)
		return -1;
	if (!may_requeue(j, requeued != 0))
		return 0;
	if (stmt_run(db, e,
		"UPDATE job SET requeued = 1, code = 0, reason = '', message = '', "
		"message_params = '' WHERE id = ?",
		"i", j->id) < 0)
		return -1;
	*ret_requeued = true;
	return job_set_state(db, j->id, JOB_QUEUED, e);
}

int
job_lost(struct db *db, const struct job *j, bool *ret_requeued, struct err *e)
{
	bool own, requeued = false;
	int r;

	if (stmt_enter(db, &own, e) < 0)
		return -1;
	r = stmt_leave(db, own, lose(db, j, &requeued, e), e);
	if (r == 0)
		*ret_requeued = requeued;
	return r;
}

static int
recover_one(struct db *db, struct job *j, struct err *e)
{
	struct err said;
	bool requeued;

	if (j->touched)
		err_set(&said, ERR_FAILED, "flashd-ended",
		    "flashd ended while it wrote; the chip is partly written: leave "
		    "the "
		    "camera as it is and resume this job");
	else
		err_set(&said, ERR_FAILED, "flashd-ended",
		    "flashd ended while this job ran; nothing was written to the chip");
	job_says(j, &said);
	return lose(db, j, &requeued, e);
}

int
job_set_message(struct db *db, int64_t id, const struct err *said, struct err *e)
{
	char params[SAID_MAX];
	bool own;

	if (stmt_enter(db, &own, e) < 0)
		return -1;
	return stmt_leave(db, own,
	    stmt_run(db, e,
		"UPDATE job SET message = ?, message_params = ? WHERE id = ? AND "
		"state = 'interrupted'",
		"ssi", said->msg, said_pack(said, params), id) < 0
		? -1
		: 0,
	    e);
}

/* The next job that was running, by id. 1 = found, 0 = none left, -1. */
static int
next_lost(struct db *db, int64_t after, struct job *ret, struct err *e)
{
	int64_t id;
	int r;

	r = stmt_number(db, e, &id,
	    "SELECT id FROM job WHERE state IN ('running', 'waiting') AND id > ? "
	    "ORDER BY id LIMIT 1",
	    "i", after);
	if (r == 1 && job_by_id(db, id, ret, e) < 0)
		return -1;
	return r;
}

int
job_end_unknown(struct db *db, unsigned *ret_n, struct err *e)
{
	char kinds[JOB_KINDS_JSON_MAX];
	char params[SAID_MAX];
	struct err said;
	int n;

	*ret_n = 0;
	err_set(&said, ERR_FAILED, "job-unknown-kind",
	    "this version knows no such kind of job; nothing was done");
	n = stmt_run(db, e,
	    "UPDATE job SET state = 'failed', code = ?, reason = ?, message = ?, "
	    "message_params = ?, ended_s = ? WHERE state IN ('queued', 'running', 'waiting', "
	    "'interrupted') AND kind NOT IN (SELECT value FROM json_each(?))",
	    "Isssis", said.code, said.name, said.msg, said_pack(&said, params), db_now_s(db), job_kinds_json(kinds));
	if (n > 0)
		*ret_n = (unsigned)n;
	return n < 0 ? -1 : 0;
}

static int
recover(struct db *db, unsigned *ret_n, struct err *e)
{
	struct job j = { .id = 0 };
	int r;

	if (job_end_unknown(db, ret_n, e) < 0)
		return -1;
	*ret_n = 0;
	while ((r = next_lost(db, j.id, &j, e)) == 1) {
		if (recover_one(db, &j, e) < 0)
			return -1;
		(*ret_n)++;
	}
	return r;
}

int
job_recover(struct db *db, unsigned *ret_n, struct err *e)
{
	unsigned n = 0;
	bool own;
	int r;

	if (stmt_enter(db, &own, e) < 0)
		return -1;
	r = stmt_leave(db, own, recover(db, &n, e), e);
	if (r == 0)
		*ret_n = n;
	return r;
}
