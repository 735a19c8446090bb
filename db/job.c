/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Table job (see job.h). Any process; thread of the struct db. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "common/err.h"
#include "common/said.h"
#include "common/text.h"
#include "db/db.h"
#include "db/job.h"
#include "db/stmt.h"

#define BUSY_JSON_MAX (64 * 1024)
#define SELECT                                                                         \
	"SELECT j.id, j.kind, j.state, j.port, s.name, j.camera_id, c.name, "          \
	"j.dump_id, "                                                                  \
	"j.incoming, j.file, j.baud, j.at, j.size, j.identity, j.flags, j.asked_by, "  \
	"j.cancel_asked, j.code, j.reason, j.message, j.result, j.result_dump_id, "    \
	"j.touched, j.created_s, j.started_s, j.ended_s, j.message_params "             \
	"FROM job AS j "                                                               \
	"LEFT JOIN socket AS s ON s.path = j.port LEFT JOIN camera AS c ON c.id = "    \
	"j.camera_id "

/* 0, or -1 when the row holds a kind or state that this program does not know. */
static int
job_row(sqlite3_stmt *stmt, struct job *j, struct err *e)
{
	char kind[16], state[16];

	memset(j, 0, sizeof(*j));
	j->id = sqlite3_column_int64(stmt, 0);
	stmt_text(stmt, 1, kind, sizeof(kind));
	stmt_text(stmt, 2, state, sizeof(state));
	if (job_kind_parse(kind, &j->kind) < 0 || job_state_parse(state, &j->state) < 0)
		return err_set(e, ERR_FAILED, "job-unknown-kind",
		    "job %lld has the kind '%s' and the state '%s', which this version "
		    "does not know; it is passed over, and a new job does the work",
		    (long long)j->id, kind, state);
	stmt_text(stmt, 3, j->port, sizeof(j->port));
	stmt_text(stmt, 4, j->port_name, sizeof(j->port_name));
	j->camera_id = sqlite3_column_int64(stmt, 5);
	stmt_text(stmt, 6, j->camera, sizeof(j->camera));
	j->dump_id = sqlite3_column_int64(stmt, 7);
	stmt_text(stmt, 8, j->incoming, sizeof(j->incoming));
	stmt_text(stmt, 9, j->file, sizeof(j->file));
	j->baud = (unsigned)sqlite3_column_int(stmt, 10);
	j->at = (uint64_t)sqlite3_column_int64(stmt, 11);
	j->size = (uint64_t)sqlite3_column_int64(stmt, 12);
	stmt_text(stmt, 13, j->identity, sizeof(j->identity));
	j->flags = (unsigned)sqlite3_column_int(stmt, 14);
	stmt_text(stmt, 15, j->asked_by, sizeof(j->asked_by));
	j->cancel_asked = sqlite3_column_int(stmt, 16) != 0;
	j->code = sqlite3_column_int(stmt, 17);
	stmt_text(stmt, 18, j->reason, sizeof(j->reason));
	stmt_text(stmt, 19, j->message, sizeof(j->message));
	stmt_text(stmt, 20, j->result, sizeof(j->result));
	j->result_dump_id = sqlite3_column_int64(stmt, 21);
	j->touched = sqlite3_column_int(stmt, 22) != 0;
	j->created_s = sqlite3_column_int64(stmt, 23);
	j->started_s = sqlite3_column_int64(stmt, 24);
	j->ended_s = sqlite3_column_int64(stmt, 25);
	stmt_text(stmt, 26, j->message_params, sizeof(j->message_params));
	return 0;
}

int
job_by_id(struct db *db, int64_t id, struct job *ret, struct err *e)
{
	struct job j;
	sqlite3_stmt *stmt;
	int r;

	if ((stmt = stmt_prepare(db, e, SELECT "WHERE j.id = ?", "i", id)) == NULL)
		return -1;
	if ((r = stmt_step(db, stmt, e)) == 1 && job_row(stmt, &j, e) < 0)
		r = -1;
	sqlite3_finalize(stmt);
	if (r == 0)
		return err_set(e, ERR_NOT_FOUND, "job-unknown",
		    "there is no job %lld; 'camherd jobs' shows them", (long long)id);
	if (r < 0)
		return -1;
	*ret = j;
	return 0;
}

int
job_each_before(struct db *db, bool open_only, int64_t before, unsigned limit,
    bool (*fn)(const struct job *j, void *arg), void *arg, struct err *e)
{
	sqlite3_stmt *stmt;
	unsigned n = 0;
	struct job j;
	int r = 0;

	/* Two statements: an OR would keep SQLite from the index of states. */
	stmt = stmt_prepare(db, e,
	    open_only ? SELECT
		"WHERE j.state IN ('queued', 'running', 'waiting', 'interrupted') AND "
		"j.id < ? ORDER BY j.id DESC"
		      : SELECT "WHERE j.id < ? ORDER BY j.id DESC",
	    "i", before > 0 ? before : INT64_MAX);
	if (stmt == NULL)
		return -1;
	while (n < limit && (r = stmt_step(db, stmt, e)) == 1) {
		if (job_row(stmt, &j, NULL) < 0) /* one strange row hides no other */
			continue;
		n++;
		if (!fn(&j, arg))
			break;
	}
	sqlite3_finalize(stmt);
	return r < 0 ? -1 : 0;
}

int
job_each(struct db *db, bool open_only, unsigned limit,
    bool (*fn)(const struct job *j, void *arg), void *arg, struct err *e)
{
	return job_each_before(db, open_only, 0, limit, fn, arg, e);
}

/* Write the new state of j, which must be as the caller has just read it. */
static int
go(struct db *db, struct job *j, enum job_state to, struct err *e)
{
	int64_t now = db_now_s(db);

	if (!job_may_go(j->state, to))
		return err_set(e, ERR_USAGE, "job-state",
		    "job %lld is %s and cannot become %s", (long long)j->id,
		    job_state_name(j->state), job_state_name(to));
	if (to == JOB_QUEUED)
		j->started_s = j->ended_s = 0;
	else if (to == JOB_RUNNING && j->state == JOB_QUEUED)
		j->started_s = now;
	else if (to == JOB_INTERRUPTED || job_state_is_final(to))
		j->ended_s = now;
	if (stmt_run(db, e,
		"UPDATE job SET state = ?, started_s = ?, ended_s = ? WHERE id = ?",
		"siii", job_state_name(to), j->started_s, j->ended_s, j->id) < 0)
		return -1;
	j->state = to;
	return 0;
}

static int
load_and_go(struct db *db, int64_t id, enum job_state to, struct err *e)
{
	struct job j;

	if (job_by_id(db, id, &j, e) < 0)
		return -1;
	return go(db, &j, to, e);
}

int
job_set_state(struct db *db, int64_t id, enum job_state to, struct err *e)
{
	bool own;

	if (stmt_enter(db, &own, e) < 0)
		return -1;
	return stmt_leave(db, own, load_and_go(db, id, to, e), e);
}

static int
cancel(struct db *db, int64_t id, struct err *e)
{
	struct job j;

	if (job_by_id(db, id, &j, e) < 0)
		return -1;
	switch (j.state) {
	case JOB_QUEUED:
		return go(db, &j, JOB_CANCELLED, e);
	case JOB_RUNNING:
	case JOB_WAITING:
		return stmt_run(
		    db, e, "UPDATE job SET cancel_asked = 1 WHERE id = ?", "i", id);
	case JOB_INTERRUPTED:
		return err_set(e, ERR_USAGE, "job-interrupted",
		    "job %lld was interrupted; resume it, or give it up",
		    (long long)id);
	default:
		return err_set(e, ERR_USAGE, "job-ended",
		    "job %lld has ended already (%s)", (long long)id,
		    job_state_name(j.state));
	}
}

int
job_cancel(struct db *db, int64_t id, struct err *e)
{
	bool own;

	if (stmt_enter(db, &own, e) < 0)
		return -1;
	return stmt_leave(db, own, cancel(db, id, e) < 0 ? -1 : 0, e);
}

/* From interrupted only: a queued job's way to cancelled is job_cancel(). */
static int
leave_interrupted(struct db *db, int64_t id, enum job_state to, struct err *e)
{
	struct job j;

	if (job_by_id(db, id, &j, e) < 0)
		return -1;
	if (j.state != JOB_INTERRUPTED)
		return err_set(e, ERR_USAGE, "job-state",
		    "job %lld is %s; only an interrupted job can be resumed or given "
		    "up",
		    (long long)id, job_state_name(j.state));
	if (to == JOB_QUEUED &&
	    (job_check_room(db, e) < 0 ||
		stmt_run(db, e,
		    "UPDATE job SET cancel_asked = 0, code = 0, reason = '', message = "
		    "'', message_params = '' WHERE id = ?",
		    "i", id) < 0))
		return -1;
	return go(db, &j, to, e);
}

int
job_resume(struct db *db, int64_t id, struct err *e)
{
	bool own;

	if (stmt_enter(db, &own, e) < 0)
		return -1;
	return stmt_leave(db, own, leave_interrupted(db, id, JOB_QUEUED, e), e);
}

int
job_give_up(struct db *db, int64_t id, struct err *e)
{
	bool own;

	if (stmt_enter(db, &own, e) < 0)
		return -1;
	return stmt_leave(db, own, leave_interrupted(db, id, JOB_CANCELLED, e), e);
}

/* The busy ports as a JSON array, because SQLite binds no lists. */
static int
busy_json(const char *const *busy, size_t n, char *ret, size_t ret_size, struct err *e)
{
	size_t used = 1, i, len;

	ret[0] = '[';
	for (i = 0; i < n; i++) {
		len = strlen(busy[i]);
		if (used + 6 * len + 5 > ret_size)
			return err_set(
			    e, ERR_USAGE, "too-many-ports", "too many busy ports");
		if (i > 0)
			ret[used++] = ',';
		ret[used++] = '"';
		used += text_escape_json(busy[i], len, ret + used, ret_size - used);
		ret[used++] = '"';
	}
	ret[used++] = ']';
	ret[used] = '\0';
	return 0;
}

static int
claim(struct db *db, const char *busy, struct job *ret, struct err *e)
{
	char kinds[JOB_KINDS_JSON_MAX];
	int64_t id;
	int r;

	r = stmt_number(db, e, &id,
	    "UPDATE job SET state = 'running', started_s = ? WHERE id = (SELECT id "
	    "FROM job "
	    "WHERE state = 'queued' AND kind IN (SELECT value FROM json_each(?)) AND "
	    "(port = '' OR (port NOT IN (SELECT value FROM "
	    "json_each(?)) AND port NOT IN (SELECT port FROM job WHERE state IN "
	    "('running', "
	    "'waiting')))) ORDER BY id LIMIT 1) RETURNING id",
	    "iss", db_now_s(db), job_kinds_json(kinds), busy);
	if (r == 1 && job_by_id(db, id, ret, e) < 0)
		return -1;
	return r;
}

int
job_claim(
    struct db *db, const char *const *busy, size_t n, struct job *ret, struct err *e)
{
	char json[BUSY_JSON_MAX];
	bool own;

	if (busy_json(busy, n, json, sizeof(json), e) < 0 ||
	    stmt_enter(db, &own, e) < 0)
		return -1;
	return stmt_leave(db, own, claim(db, json, ret, e), e);
}

static int
finish(struct db *db, const struct job *end, enum job_state to, struct err *e)
{
	struct job j;

	if (job_by_id(db, end->id, &j, e) < 0)
		return -1;
	/* What waits for a hand ends by way of running, so the table stays whole. */
	if (j.state == JOB_WAITING && to != JOB_RUNNING &&
	    go(db, &j, JOB_RUNNING, e) < 0)
		return -1;
	/* A chip that was erased in part is never just "cancelled". */
	if (to == JOB_CANCELLED && (j.touched || end->touched))
		to = JOB_INTERRUPTED;
	if (!job_state_is_final(to) && to != JOB_INTERRUPTED)
		return err_set(e, ERR_USAGE, "job-state", "%s is no end of a job",
		    job_state_name(to));
	if (stmt_run(db, e,
		"UPDATE job SET code = ?, reason = ?, message = ?, message_params = ?, "
		"result = coalesce(nullif(?, ''), '{}'), result_dump_id = nullif(?, "
		"0), "
		"touched = max(touched, ?) WHERE id = ?",
		"IssssiIi", end->code, end->reason, end->message, end->message_params,
		end->result, end->result_dump_id, (int)end->touched, end->id) < 0)
		return -1;
	return go(db, &j, to, e);
}

int
job_finish(struct db *db, const struct job *j, enum job_state to, struct err *e)
{
	bool own;

	if (stmt_enter(db, &own, e) < 0)
		return -1;
	return stmt_leave(db, own, finish(db, j, to, e), e);
}

void
job_says(struct job *j, const struct err *said)
{
	j->code = said->code;
	snprintf(j->reason, sizeof(j->reason), "%s", said->name);
	said_put(said, j->message, sizeof(j->message), j->message_params);
}

/* The end of a change of one row, n of them changed. */
static int
changed(struct db *db, bool own, int n, int64_t id, struct err *e)
{
	if (n == 0)
		n = err_set(e, ERR_NOT_FOUND, "job-unknown", "there is no job %lld",
		    (long long)id);
	return stmt_leave(db, own, n < 0 ? -1 : 0, e);
}

int
job_set_touched(struct db *db, int64_t id, struct err *e)
{
	bool own;

	if (stmt_enter(db, &own, e) < 0)
		return -1;
	return changed(db, own,
	    stmt_run(db, e, "UPDATE job SET touched = 1 WHERE id = ?", "i", id), id, e);
}

int
job_set_camera(struct db *db, int64_t id, int64_t camera_id, struct err *e)
{
	bool own;

	if (stmt_enter(db, &own, e) < 0)
		return -1;
	return changed(db, own,
	    stmt_run(db, e, "UPDATE job SET camera_id = nullif(?, 0) WHERE id = ?",
		"ii", camera_id, id),
	    id, e);
}
