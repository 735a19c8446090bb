/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Creating and upgrading the inventory (see db_upgrade() in db.h). Only camherd(1)
 * calls it. The state folder is locked meanwhile, so that two upgrades do not meet.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/err.h"
#include "common/file.h"
#include "db/migrate.h"
#include "db/stmt.h"

#define APPLICATION_ID 0x43414d48 /* "CAMH" in the file's header: file(1) sees it */
#define VERSION_MAX 9999

struct upgrade {
	const char *state;
	int dir; /* its fd, locked */
	char path[DB_PATH_MAX];
	struct db *db;
	int from;
};

/* SQLite makes files 0644 & ~umask, which keeps the other users of the group out; a
 * file made beforehand keeps its mode, and the journal takes it over. */
static int
make_empty(struct upgrade *u, const char *name, int flags, struct err *e)
{
	int fd, r = 0;

	fd = openat(
	    u->dir, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | flags, 0660);
	if (fd < 0)
		return err_sys(e, "create '%s/%s'", u->state, name);
	if (fchmod(fd, 0660) < 0)
		r = err_sys(e, "chmod '%s/%s'", u->state, name);
	close(fd);
	return r;
}

static int
make_if_missing(struct upgrade *u, struct err *e)
{
	struct stat st;

	if (fstatat(u->dir, DB_NAME, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	if (errno != ENOENT)
		return err_sys(e, "look at '%s'", u->path);
	if (make_empty(u, DB_NAME, O_EXCL, e) < 0)
		return -1;
	return file_sync_dir(u->dir, e);
}

/* True when the last error says that the bytes are no sound database. What is asked here
 * is sound SQL: an error of SQL is one of the rules within the file. */
static bool
is_damage(struct db *db)
{
	int r = sqlite3_errcode(db->handle) & 0xff;

	return r == SQLITE_CORRUPT || r == SQLITE_NOTADB || r == SQLITE_TOOBIG ||
	    r == SQLITE_ERROR;
}

/* Can a row be added to and taken out of this table, and this column of it be changed?
 * Nothing is run: what triggers and rules name is looked up when a statement is read. */
static bool
takes_changes(struct db *db, const char *table, const char *column)
{
	static const char *const forms[] = { "EXPLAIN DELETE FROM \"%w\"",
		"EXPLAIN INSERT INTO \"%w\" SELECT * FROM \"%w\"",
		"EXPLAIN UPDATE \"%w\" SET \"%w\" = \"%w\"" };
	const char *words[][3] = { { table }, { table, table },
		{ table, column, column } };
	sqlite3_stmt *stmt = NULL;
	bool works = true;
	unsigned i;
	char *sql;

	for (i = 0; works && i < sizeof(forms) / sizeof(forms[0]); i++) {
		sql =
		    sqlite3_mprintf(forms[i], words[i][0], words[i][1], words[i][2]);
		works = sql != NULL &&
		    sqlite3_prepare_v2(db->handle, sql, -1, &stmt, NULL) == SQLITE_OK;
		sqlite3_finalize(stmt);
		sqlite3_free(sql);
		stmt = NULL;
	}
	return works;
}

/* Every table and column that this schema must have is there. 1 = yes, 0 = no. */
static int
has_tables(struct upgrade *u, struct db *model, struct err *e)
{
	sqlite3_stmt *stmt;
	char table[64], column[64];
	int64_t found;
	int r, have = 1;

	stmt = stmt_prepare(model, e,
	    "SELECT m.name, p.name FROM sqlite_schema AS m JOIN "
	    "pragma_table_info(m.name) AS p "
	    "WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'",
	    "");
	if (stmt == NULL)
		return -1;
	while (have == 1 && (r = stmt_step(model, stmt, e)) == 1) {
		stmt_text(stmt, 0, table, sizeof(table));
		stmt_text(stmt, 1, column, sizeof(column));
		have = stmt_number(u->db, e, &found,
		    "SELECT 1 FROM pragma_table_info(?) WHERE name = ?", "ss", table,
		    column);
		if (have == 1 && !takes_changes(u->db, table, column))
			have = 0;
	}
	sqlite3_finalize(stmt);
	return have;
}

/* Every index and trigger that this schema must have is there. 1 = yes, 0 = no. */
static int
has_helpers(struct upgrade *u, struct db *model, struct err *e)
{
	sqlite3_stmt *stmt;
	char type[16], name[64], table[64];
	int64_t found;
	int r, have = 1;

	stmt = stmt_prepare(model, e,
	    "SELECT type, name, tbl_name FROM sqlite_schema "
	    "WHERE type IN ('index', 'trigger')",
	    "");
	if (stmt == NULL)
		return -1;
	while (have == 1 && (r = stmt_step(model, stmt, e)) == 1) {
		stmt_text(stmt, 0, type, sizeof(type));
		stmt_text(stmt, 1, name, sizeof(name));
		stmt_text(stmt, 2, table, sizeof(table));
		have = stmt_number(u->db, e, &found,
		    "SELECT 1 FROM sqlite_schema "
		    "WHERE type = ? AND name = ? AND tbl_name = ?",
		    "sss", type, name, table);
	}
	sqlite3_finalize(stmt);
	return have;
}

/* Compare with a database in memory made by the same steps: a bit that flipped in a
 * name of the schema passes integrity_check. 1 = as it must be, 0 = not, -1. */
static int
check_tables(struct upgrade *u, struct err *e)
{
	struct db model = { .handle = NULL };
	unsigned i;
	int r = 0;

	if (sqlite3_open_v2(":memory:", &model.handle, SQLITE_OPEN_READWRITE, NULL) !=
	    SQLITE_OK)
		r = err_set(
		    e, ERR_FAILED, "memory", "no memory to check the inventory");
	for (i = 0; r == 0 && i < n_migrations && migrations[i].version <= u->from;
	     i++) {
		if (sqlite3_exec(model.handle, migrations[i].sql, NULL, NULL, NULL) !=
		    SQLITE_OK)
			r = stmt_fail(&model, e, migrations[i].name);
	}
	if (r == 0 && (r = has_tables(u, &model, e)) == 1)
		r = has_helpers(u, &model, e);
	(void)sqlite3_close_v2(model.handle);
	return r;
}

static int
ask_check(struct db *db, struct err *e)
{
	sqlite3_stmt *stmt;
	char answer[16] = "";
	int r;

	if ((stmt = stmt_prepare(db, e, "PRAGMA integrity_check(1)", "")) == NULL)
		return -1;
	if ((r = stmt_step(db, stmt, e)) == 1)
		stmt_text(stmt, 0, answer, sizeof(answer));
	sqlite3_finalize(stmt);
	return r < 0 ? -1 : strcmp(answer, "ok") == 0;
}

/* Rows and their indexes. An index can be made anew from the rows: that is tried before
 * a file is given up. 1 = sound, 0 = damaged, -1. */
static int
check_pages(struct db *db, struct err *e)
{
	int r = ask_check(db, e);

	if (r != 0)
		return r;
	if (stmt_run(db, e, "REINDEX", "") < 0)
		return is_damage(db) || (sqlite3_errcode(db->handle) & 0xff) ==
			    SQLITE_CONSTRAINT
		    ? 0
		    : -1;
	return ask_check(db, e);
}

/* 1 = sound (empty is sound), 0 = damaged or not ours, -1 = could not tell. */
static int
judge_file(struct upgrade *u, struct err *e)
{
	int64_t version, application, pages;
	struct stat st;
	int r;

	if (stmt_number(u->db, e, &pages, "PRAGMA page_count", "") < 0 ||
	    stmt_number(u->db, e, &version, "PRAGMA user_version", "") < 0 ||
	    stmt_number(u->db, e, &application, "PRAGMA application_id", "") < 0)
		return is_damage(u->db) ? 0 : -1;
	u->from = 0;
	/* SQLite takes a file cut within its first page for an empty one. */
	if (fstatat(u->dir, DB_NAME, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(e, "look at '%s'", u->path);
	if (pages == 0)
		return st.st_size == 0;
	if (application != APPLICATION_ID || version < 1 || version > VERSION_MAX)
		return 0;
	u->from = (int)version;
	/* A newer camherd's file is not ours to judge, nor to move. */
	if (u->from > migrations[n_migrations - 1].version)
		return 1;
	if ((r = check_pages(u->db, e)) == 1)
		r = check_tables(u, e);
	if (r < 0 && is_damage(u->db))
		r = 0;
	return r;
}

static int
open_and_judge(struct upgrade *u, struct err *e)
{
	int r;

	if ((u->db = migrate_open(u->path, DB_READ_WRITE, e)) == NULL)
		return e != NULL && strcmp(e->name, "database-damaged") == 0 ? 0 : -1;
	if ((r = judge_file(u, e)) != 1) {
		db_close(u->db);
		u->db = NULL;
	}
	return r;
}

static int
rename_aside(struct upgrade *u, const char *name, const char *suffix, struct err *e)
{
	char to[120];

	snprintf(
	    to, sizeof(to), "%s.corrupt-%s%s", DB_NAME, suffix, name + strlen(DB_NAME));
	if (renameat2(u->dir, name, u->dir, to, RENAME_NOREPLACE) < 0)
		return err_sys(
		    e, "move the damaged '%s/%s' aside to '%s'", u->state, name, to);
	return 0;
}

/* The damaged file and its journal stay for whoever wants to rescue something. */
static int
move_aside(struct upgrade *u, struct err *e)
{
	char stamp[32], suffix[48];
	time_t now = time(NULL);
	struct tm tm;
	int n;

	if (gmtime_r(&now, &tm) == NULL ||
	    strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &tm) == 0)
		snprintf(stamp, sizeof(stamp), "unknown");
	for (n = 0;; n++) {
		snprintf(suffix, sizeof(suffix), n == 0 ? "%s" : "%s-%d", stamp, n);
		if (rename_aside(u, DB_NAME, suffix, e) == 0)
			break;
		if (errno != EEXIST || n >= 1000)
			return -1;
	}
	if (faccessat(u->dir, DB_NAME "-journal", F_OK, 0) == 0 &&
	    rename_aside(u, DB_NAME "-journal", suffix, e) < 0)
		return -1;
	return file_sync_dir(u->dir, e);
}

/* A copy of the file as it was, beside it: inventory.db.schema-N. */
static int
keep_copy(struct upgrade *u, struct err *e)
{
	char name[64], part[80], path[DB_PATH_MAX];
	int fd, r;

	snprintf(name, sizeof(name), "%s.schema-%d", DB_NAME, u->from);
	snprintf(part, sizeof(part), "%s.part", name);
	if (migrate_path(u->state, part, path, sizeof(path), e) < 0)
		return -1;
	(void)unlinkat(u->dir, part, 0);
	if (make_empty(u, part, O_EXCL, e) < 0 ||
	    stmt_run(u->db, e, "VACUUM INTO ?", "s", path) < 0)
		return err_add(e, "copy the inventory before the upgrade");
	if ((fd = openat(u->dir, part, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)) < 0)
		return err_sys(e, "open '%s'", path);
	r = fsync(fd) < 0 ? err_sys(e, "sync '%s'", path) : 0;
	close(fd);
	if (r == 0 && renameat(u->dir, part, u->dir, name) < 0)
		r = err_sys(e, "rename '%s'", path);
	return r < 0 ? -1 : file_sync_dir(u->dir, e);
}

/* One step in one transaction, its number last. PRAGMA takes no bound values. */
static int
run_step(struct upgrade *u, const struct migration *m, struct err *e)
{
	char sql[64];
	int r;

	if (db_begin(u->db, e) < 0)
		return -1;
	snprintf(sql, sizeof(sql), "PRAGMA user_version = %d", m->version);
	r = sqlite3_exec(u->db->handle, m->sql, NULL, NULL, NULL) == SQLITE_OK
	    ? stmt_run(u->db, e, sql, "")
	    : stmt_fail(u->db, e, m->name);
	if (r < 0) {
		db_rollback(u->db);
		return err_add(e, "upgrade the inventory to schema %d", m->version);
	}
	return db_commit(u->db, e);
}

static int
run_steps(struct upgrade *u, int *ret_to, struct err *e)
{
	unsigned i;
	int to = u->from, want = migrations[n_migrations - 1].version;

	if (u->from > want)
		return migrate_judge(u->db, u->from, e) < 0 ? -1
							    : (*ret_to = u->from, 0);
	if (u->from > 0 && u->from < want && keep_copy(u, e) < 0)
		return -1;
	for (i = 0; i < n_migrations; i++) {
		if (migrations[i].version <= u->from)
			continue;
		if (run_step(u, &migrations[i], e) < 0)
			return -1;
		to = migrations[i].version;
	}
	*ret_to = to;
	return 0;
}

static int
upgrade_locked(struct upgrade *u, int *ret_to, bool *ret_moved, struct err *e)
{
	int r;

	if (make_if_missing(u, e) < 0 || (r = open_and_judge(u, e)) < 0)
		return -1;
	if (r == 0) {
		if (move_aside(u, e) < 0 || make_if_missing(u, e) < 0)
			return -1;
		*ret_moved = true;
		if ((r = open_and_judge(u, e)) < 0)
			return -1;
	}
	if (r == 0)
		return err_set(e, ERR_FAILED, "database-damaged",
		    "a new inventory in '%s' is damaged at once: is the disk failing?",
		    u->state);
	r = run_steps(u, ret_to, e);
	db_close(u->db);
	return r;
}

int
db_upgrade(
    const char *state, int *ret_from, int *ret_to, bool *ret_moved, struct err *e)
{
	struct upgrade u = { .state = state, .dir = -1 };
	struct err inner = { .code = ERR_NONE };
	bool moved = false;
	int to, r = -1;

	if (file_mkdir(state, 0770, e) < 0 ||
	    migrate_path(state, DB_NAME, u.path, sizeof(u.path), e) < 0)
		return -1;
	if ((u.dir = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return err_sys(e, "open the state folder '%s'", state);
	if (flock(u.dir, LOCK_EX) < 0)
		err_sys(&inner, "lock the state folder '%s'", state);
	else
		r = upgrade_locked(&u, &to, &moved, &inner);
	close(u.dir);
	if (r < 0) {
		if (e != NULL)
			*e = inner;
		return -1;
	}
	if (ret_from != NULL)
		*ret_from = u.from;
	if (ret_to != NULL)
		*ret_to = to;
	if (ret_moved != NULL)
		*ret_moved = moved;
	return 0;
}
