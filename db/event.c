/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Table event (see event.h). Any process; thread of the struct db. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "common/err.h"
#include "common/said.h"
#include "common/text.h"
#include "db/db.h"
#include "db/event.h"
#include "db/keep.h"
#include "db/stmt.h"

#define KEEP_ROWS 50000
#define PRUNE_EVERY                                                                    \
	50 /* so that one pass may delete less than it must only for a while */
#define PRUNE_AT_ONCE 500

static int
prune(struct db *db, int64_t newest, struct err *e)
{
	struct keep keep;

	if (keep_get(db, &keep, e) < 0)
		return -1;
	return stmt_run(db, e,
	    "DELETE FROM event WHERE id IN (SELECT id FROM event WHERE id <= ? OR at_s "
	    "< ? "
	    "ORDER BY id LIMIT ?)",
	    "iiI", newest - KEEP_ROWS, db_now_s(db) - (int64_t)keep.history * 86400, PRUNE_AT_ONCE);
}

static int
insert_row(struct db *db, const struct event_row *ev, struct err *e)
{
	int64_t id;

	if (stmt_run(db, e,
		"INSERT INTO event (at_s, kind, camera_id, job_id, who, text, "
		"text_params) VALUES (?, ?, nullif(?, 0), nullif(?, 0), ?, ?, ?)",
		"isiisss", ev->at_s, ev->kind, ev->camera_id, ev->job_id, ev->who,
		ev->text, ev->text_params) < 0)
		return -1;
	id = sqlite3_last_insert_rowid(db->handle);
	if (id % PRUNE_EVERY == 0 && prune(db, id, e) < 0)
		return -1;
	return 0;
}

int
event_row_add(struct db *db, const char *kind, int64_t camera_id, int64_t job_id,
    const char *who, struct err *e, const char *fmt, ...)
{
	struct err said;
	va_list ap;

	va_start(ap, fmt);
	(void)err_vset(&said, ERR_NONE, "", fmt, ap);
	va_end(ap);
	return event_row_say(db, kind, camera_id, job_id, who, &said, e);
}

int
event_row_say(struct db *db, const char *kind, int64_t camera_id, int64_t job_id,
    const char *who, const struct err *said, struct err *e)
{
	struct event_row ev = { .camera_id = camera_id, .job_id = job_id };
	struct err text;
	bool own;

	/* A device's own words may be in it. */
	said_escape(said, sizeof(ev.text), &text);
	said_put(&text, ev.text, sizeof(ev.text), ev.text_params);
	text_escape(who, strlen(who), ev.who, sizeof(ev.who));
	snprintf(ev.kind, sizeof(ev.kind), "%s", kind);
	ev.at_s = db_now_s(db);
	if (stmt_enter(db, &own, e) < 0)
		return -1;
	return stmt_leave(db, own, insert_row(db, &ev, e), e);
}

static void
event_row(sqlite3_stmt *stmt, struct event_row *ev)
{
	memset(ev, 0, sizeof(*ev));
	ev->id = sqlite3_column_int64(stmt, 0);
	ev->at_s = sqlite3_column_int64(stmt, 1);
	stmt_text(stmt, 2, ev->kind, sizeof(ev->kind));
	ev->camera_id = sqlite3_column_int64(stmt, 3);
	ev->job_id = sqlite3_column_int64(stmt, 4);
	stmt_text(stmt, 5, ev->who, sizeof(ev->who));
	stmt_text(stmt, 6, ev->text, sizeof(ev->text));
	stmt_text(stmt, 7, ev->text_params, sizeof(ev->text_params));
}

int
event_row_each(struct db *db, int64_t camera_id, int64_t before_id, unsigned limit,
    bool (*fn)(const struct event_row *ev, void *arg), void *arg, struct err *e)
{
	struct event_row ev;
	sqlite3_stmt *stmt;
	int r;

	stmt = stmt_prepare(db, e,
	    "SELECT id, at_s, kind, camera_id, job_id, who, text, text_params "
	    "FROM event "
	    "WHERE (?1 = 0 OR camera_id = ?1) AND (?2 = 0 OR id < ?2) ORDER BY id DESC "
	    "LIMIT ?3",
	    "iii", camera_id, before_id, (int64_t)limit);
	if (stmt == NULL)
		return -1;
	while ((r = stmt_step(db, stmt, e)) == 1) {
		event_row(stmt, &ev);
		if (!fn(&ev, arg)) {
			r = 0;
			break;
		}
	}
	sqlite3_finalize(stmt);
	return r < 0 ? -1 : 0;
}
