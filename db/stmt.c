/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Short statements and transactions (see stmt.h). Any process; thread of the struct db.
 */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/err.h"
#include "db/db.h"
#include "db/stmt.h"

#define BUSY_TIMEOUT_MS 5000
#define BUSY_TRIES 4 /* SQLite's wait is not fair: a busy file can starve one of many  \
		      */

static int
bind_one(sqlite3_stmt *stmt, int at, char type, va_list *ap)
{
	const char *text;

	switch (type) {
	case 'i':
		return sqlite3_bind_int64(stmt, at, va_arg(*ap, int64_t));
	case 'I':
		return sqlite3_bind_int(stmt, at, va_arg(*ap, int));
	case 'd':
		return sqlite3_bind_double(stmt, at, va_arg(*ap, double));
	case 's':
		text = va_arg(*ap, const char *);
		return text == NULL
		    ? sqlite3_bind_null(stmt, at)
		    : sqlite3_bind_text(stmt, at, text, -1, SQLITE_TRANSIENT);
	default:
		return SQLITE_MISUSE;
	}
}

static sqlite3_stmt *
vprepare(struct db *db, struct err *e, const char *sql, const char *types, va_list *ap)
{
	sqlite3_stmt *stmt;
	int i, r;

	if (sqlite3_prepare_v2(db->handle, sql, -1, &stmt, NULL) != SQLITE_OK) {
		stmt_fail(db, e, "ask the inventory");
		return NULL;
	}
	for (i = 0; types[i] != '\0'; i++) {
		if ((r = bind_one(stmt, i + 1, types[i], ap)) != SQLITE_OK) {
			err_set(e, ERR_FAILED, "database", "bind value %d: %s", i + 1,
			    sqlite3_errstr(r));
			sqlite3_finalize(stmt);
			return NULL;
		}
	}
	return stmt;
}

sqlite3_stmt *
stmt_prepare(struct db *db, struct err *e, const char *sql, const char *types, ...)
{
	sqlite3_stmt *stmt;
	va_list ap;

	va_start(ap, types);
	stmt = vprepare(db, e, sql, types, &ap);
	va_end(ap);
	return stmt;
}

int
stmt_run(struct db *db, struct err *e, const char *sql, const char *types, ...)
{
	sqlite3_stmt *stmt;
	va_list ap;
	int r;

	va_start(ap, types);
	stmt = vprepare(db, e, sql, types, &ap);
	va_end(ap);
	if (stmt == NULL)
		return -1;
	/* Some PRAGMAs answer with a row; nobody wants it here. */
	while ((r = stmt_step(db, stmt, e)) == 1)
		;
	sqlite3_finalize(stmt);
	return r < 0 ? -1 : sqlite3_changes(db->handle);
}

int
stmt_number(
    struct db *db, struct err *e, int64_t *ret, const char *sql, const char *types, ...)
{
	sqlite3_stmt *stmt;
	va_list ap;
	int r;

	va_start(ap, types);
	stmt = vprepare(db, e, sql, types, &ap);
	va_end(ap);
	if (stmt == NULL)
		return -1;
	if ((r = stmt_step(db, stmt, e)) == 1)
		*ret = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return r;
}

int
stmt_step(struct db *db, sqlite3_stmt *stmt, struct err *e)
{
	switch (sqlite3_step(stmt)) {
	case SQLITE_ROW:
		return 1;
	case SQLITE_DONE:
		return 0;
	default:
		return stmt_fail(db, e, "use the inventory");
	}
}

void
stmt_text(sqlite3_stmt *stmt, int column, char *ret, size_t ret_size)
{
	const char *text = (const char *)sqlite3_column_text(stmt, column);
	size_t n = text == NULL ? 0 : strnlen(text, ret_size - 1);

	if (n > 0)
		memcpy(ret, text, n);
	ret[n] = '\0';
}

int
stmt_damaged(struct db *db, struct err *e, const char *what)
{
	return err_set(e, ERR_FAILED, "database-damaged",
	    "%s: the database is damaged (%s); stop the daemons and run 'camherd "
	    "db-upgrade', which keeps the old file and makes a new one",
	    what, sqlite3_errmsg(db->handle));
}

int
stmt_fail(struct db *db, struct err *e, const char *what)
{
	int full = sqlite3_extended_errcode(db->handle), r = full & 0xff;

	switch (r) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return err_set(e, ERR_FAILED, "database-busy",
		    "%s: another program kept the database busy for too long; try "
		    "again",
		    what);
	case SQLITE_READONLY:
		if (full == SQLITE_READONLY)
			return err_set(e, ERR_FAILED, "database-read-only",
			    "%s: no right to write the database; use a user of the "
			    "group camherd",
			    what);
		/* A writer died in mid-change; who may write puts the file right. */
		return err_set(e, ERR_FAILED, "database-recovering",
		    "%s: the database waits for a writer to take back an unfinished "
		    "change; "
		    "try again in a moment",
		    what);
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_TOOBIG: /* in the file: nothing of ours is that large */
		return stmt_damaged(db, e, what);
	case SQLITE_FULL:
		return err_set(e, ERR_FAILED, "disk-full",
		    "%s: the disk is full; make room and try again", what);
	default:
		return err_set(e, ERR_FAILED, "database", "%s: %s", what,
		    sqlite3_errmsg(db->handle));
	}
}

/* BEGIN or COMMIT; both may be tried again after SQLITE_BUSY without losing anything.
 */
static int
run_patiently(struct db *db, const char *sql, struct err *e)
{
	int tries, r;

	for (tries = 1;; tries++) {
		r = stmt_run(db, e, sql, "");
		if (r >= 0)
			return 0;
		if ((sqlite3_errcode(db->handle) & 0xff) != SQLITE_BUSY ||
		    tries >= BUSY_TRIES)
			return -1;
	}
}

int
db_begin(struct db *db, struct err *e)
{
	if (db->in_transaction)
		return err_set(
		    e, ERR_FAILED, "database", "a transaction is open already");
	if (run_patiently(db, "BEGIN IMMEDIATE", e) < 0)
		return -1;
	db->in_transaction = true;
	return 0;
}

int
db_commit(struct db *db, struct err *e)
{
	if (run_patiently(db, "COMMIT", e) < 0) {
		db_rollback(db);
		return -1;
	}
	db->in_transaction = false;
	return 0;
}

void
db_rollback(struct db *db)
{
	/* Some errors (disk full) have rolled back by themselves. */
	if (!sqlite3_get_autocommit(db->handle))
		(void)stmt_run(db, NULL, "ROLLBACK", "");
	db->in_transaction = false;
}

int
stmt_enter(struct db *db, bool *ret_own, struct err *e)
{
	*ret_own = false;
	if (db->in_transaction)
		return 0;
	if (db_begin(db, e) < 0)
		return -1;
	*ret_own = true;
	return 0;
}

int
stmt_leave(struct db *db, bool own, int r, struct err *e)
{
	if (!own)
		return r;
	if (r < 0) {
		db_rollback(db);
		return r;
	}
	return db_commit(db, e) < 0 ? -1 : r;
}

int
stmt_harden(struct db *db, struct err *e)
{
	(void)sqlite3_extended_result_codes(db->handle, 1);
	(void)sqlite3_busy_timeout(db->handle, BUSY_TIMEOUT_MS);
	(void)sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	(void)sqlite3_db_config(db->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	(void)sqlite3_limit(db->handle, SQLITE_LIMIT_ATTACHED, 1);
	(void)sqlite3_limit(db->handle, SQLITE_LIMIT_LENGTH, 1024 * 1024);
	if (stmt_run(db, e, "PRAGMA foreign_keys = ON", "") < 0 ||
	    stmt_run(db, e, "PRAGMA cell_size_check = ON", "") < 0 ||
	    stmt_run(db, e, "PRAGMA mmap_size = 0", "") < 0)
		return -1;
	return 0;
}
