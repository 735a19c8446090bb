/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opening the inventory (see db.h). Any process; thread of the struct db. */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "common/err.h"
#include "db/db.h"
#include "db/migrate.h"
#include "db/stmt.h"

static int
wanted_version(void)
{
	return migrations[n_migrations - 1].version;
}

/* The oldest schema whose programs still work with this newer file. */
static int
oldest_program(struct db *db, int64_t *ret, struct err *e)
{
	int r;

	r = stmt_number(db, e, ret,
	    "SELECT CAST(value AS INTEGER) FROM setting WHERE key = 'oldest_program'",
	    "");
	if (r == 0)
		*ret = INT64_MAX;
	return r < 0 ? -1 : 0;
}

int
migrate_judge(struct db *db, int have, struct err *e)
{
	int want = wanted_version();
	int64_t oldest;

	if (have == 0)
		return err_set(e, ERR_FAILED, "schema-missing",
		    "the inventory is still empty (schema 0, this program needs %d); "
		    "run "
		    "'camherd db-upgrade'",
		    want);
	if (have < want)
		return err_set(e, ERR_FAILED, "schema-older",
		    "the inventory has schema %d and this program needs %d; run "
		    "'camherd "
		    "db-upgrade'",
		    have, want);
	if (have == want)
		return 0;
	if (oldest_program(db, &oldest, e) < 0)
		return -1;
	if (oldest <= want)
		return 0;
	return err_set(e, ERR_FAILED, "schema-newer",
	    "the inventory has schema %d, made by a newer camherd, and this program "
	    "knows "
	    "up to %d; install that version again, or put back the copy that its "
	    "upgrade "
	    "left beside the inventory",
	    have, want);
}

static int
check_schema(struct db *db, struct err *e)
{
	int64_t have;

	if (stmt_number(db, e, &have, "PRAGMA user_version", "") < 0)
		return -1;
	return migrate_judge(db, (int)have, e);
}

static int
open_handle(struct db *db, const char *path, enum db_mode mode, struct err *e)
{
	int flags = mode == DB_READ_ONLY ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;

	flags |= SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_PRIVATECACHE;
	if (sqlite3_open_v2(path, &db->handle, flags, NULL) != SQLITE_OK) {
		if (db->handle == NULL)
			return err_set(
			    e, ERR_FAILED, "memory", "open '%s': no memory", path);
		return stmt_fail(db, e, path);
	}
	if (stmt_harden(db, e) == 0 &&
	    (mode == DB_READ_ONLY ||
		(stmt_run(db, e, "PRAGMA journal_mode = TRUNCATE", "") >= 0 &&
		    stmt_run(db, e, "PRAGMA synchronous = EXTRA", "") >= 0)))
		return 0;
	/* There is nothing to be wrong in these calls: an error of SQL is the file's, for
	 * example a format of its schema that there is not. */
	return (sqlite3_errcode(db->handle) & 0xff) == SQLITE_ERROR
	    ? stmt_damaged(db, e, path)
	    : -1;
}

struct db *
migrate_open(const char *path, enum db_mode mode, struct err *e)
{
	struct db *db;

	if (sodium_init() < 0) {
		err_set(e, ERR_FAILED, "crypto", "libsodium does not start");
		return NULL;
	}
	if ((db = calloc(1, sizeof(*db))) == NULL) {
		err_sys(e, "memory for the inventory");
		return NULL;
	}
	if (open_handle(db, path, mode, e) < 0) {
		db_close(db);
		return NULL;
	}
	return db;
}

struct db *
db_open(const char *state, enum db_mode mode, struct err *e)
{
	char path[DB_PATH_MAX];
	struct db *db;

	if (migrate_path(state, DB_NAME, path, sizeof(path), e) < 0)
		return NULL;
	if (access(path, F_OK) < 0 && errno == ENOENT) {
		err_set(e, ERR_NOT_FOUND, "schema-missing",
		    "there is no inventory in '%s' (schema 0, this program needs %d); "
		    "run "
		    "'camherd db-upgrade'",
		    state, wanted_version());
		return NULL;
	}
	if ((db = migrate_open(path, mode, e)) == NULL)
		return NULL;
	if (check_schema(db, e) < 0) {
		db_close(db);
		return NULL;
	}
	return db;
}

void
db_close(struct db *db)
{
	if (db == NULL)
		return;
	/* Closing rolls an open transaction back. */
	(void)sqlite3_close_v2(db->handle);
	free(db);
}

int
migrate_path(
    const char *state, const char *name, char *ret, size_t ret_size, struct err *e)
{
	char real[PATH_MAX];
	int n;

	/* SQLITE_OPEN_NOFOLLOW refuses a link anywhere in the path. The way to the
	 * folder may lead over links (/var/run, a disk of its own); the file itself may
	 * be none. */
	n = snprintf(
	    ret, ret_size, "%s/%s", realpath(state, real) != NULL ? real : state, name);
	if (n < 0 || (size_t)n >= ret_size)
		return err_set(e, ERR_USAGE, "path-too-long",
		    "the folder '%s' has too long a path", state);
	return 0;
}

int
db_data_version(struct db *db, int64_t *ret, struct err *e)
{
	return stmt_number(db, e, ret, "PRAGMA data_version", "") < 0 ? -1 : 0;
}

int
db_version(struct db *db, int64_t *ret, struct err *e)
{
	int64_t others;

	if (db_data_version(db, &others, e) < 0)
		return -1;
	/* Both only grow, and wrap at 32 bits. */
	*ret = others << 32 | (uint32_t)sqlite3_total_changes(db->handle);
	return 0;
}

int64_t
db_now_s(struct db *db)
{
	return db->fixed_clock_s != 0 ? db->fixed_clock_s : (int64_t)time(NULL);
}

void
db_set_clock(struct db *db, int64_t wall_s)
{
	db->fixed_clock_s = wall_s;
}
