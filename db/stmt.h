/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Short statements for db/ only: prepare constant text, bind by position, step, read
 * columns, finalize. Every text column is copied with bounds.
 */
#ifndef DB_STMT_H
#define DB_STMT_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;

struct db {
	sqlite3 *handle;
	int64_t fixed_clock_s;	/* 0 = the real clock */
	bool in_transaction;
};

/* types: one letter per argument: i int64_t, I int, d double,
 * s const char * (NULL = NULL).
 * NULL and e on failure. Finalize with sqlite3_finalize(). */
sqlite3_stmt *stmt_prepare(struct db *db, struct err *e, const char *sql,
    const char *types, ...);
/* Run a statement without rows. Number of changed rows, or -1. */
int stmt_run(struct db *db, struct err *e, const char *sql, const char *types, ...);
/* 1 = a row is there, 0 = no more, -1 = failed (e filled). */
int stmt_step(struct db *db, sqlite3_stmt *stmt, struct err *e);
void stmt_text(sqlite3_stmt *stmt, int column, char *ret, size_t ret_size);
/* Fill e from SQLite's last error: what was tried, why it failed, what to do. -1. */
int stmt_fail(struct db *db, struct err *e, const char *what);
/* The same where only a damaged file can be the reason. -1. */
int stmt_damaged(struct db *db, struct err *e, const char *what);

/* A write that may stand alone or inside its caller's transaction: enter opens one
 * (BEGIN IMMEDIATE) unless one is open, leave commits or (r < 0) rolls back what
 * enter opened. leave returns r, or -1 when the commit failed. */
int stmt_enter(struct db *db, bool *ret_own, struct err *e);
int stmt_leave(struct db *db, bool own, int r, struct err *e);

/* One number from a statement of one row: 1 = found, 0 = no row, -1. */
int stmt_number(struct db *db, struct err *e, int64_t *ret, const char *sql,
    const char *types, ...);

/* The settings every connection gets, after sqlite3_open_v2(). */
int stmt_harden(struct db *db, struct err *e);

#endif
