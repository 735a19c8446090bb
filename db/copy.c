/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inventory as a whole (see copy.h). Any process; thread of the struct db. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/err.h"
#include "common/text.h"
#include "db/copy.h"
#include "db/db.h"
#include "db/migrate.h"
#include "db/stmt.h"

#define BUSY_TRIES 200
#define BUSY_MS 50

int
db_schema(struct db *db)
{
	int64_t have = 0;

	return stmt_number(db, NULL, &have, "PRAGMA user_version", "") == 1 ? (int)have
									    : 0;
}

int
db_quick_check(struct db *db, char *ret, size_t ret_size, struct err *e)
{
	sqlite3_stmt *stmt = stmt_prepare(db, e, "PRAGMA quick_check(1)", "");
	int r;

	if (stmt == NULL)
		return -1;
	ret[0] = '\0';
	if ((r = stmt_step(db, stmt, e)) == 1)
		stmt_text(stmt, 0, ret, ret_size);
	sqlite3_finalize(stmt);
	if (strcmp(ret, "ok") == 0)
		ret[0] = '\0';
	return r < 0 ? -1 : 0;
}

/* All pages in one step: the target is written in one transaction. */
static int
copy_pages(struct db *from, struct db *to, struct err *e)
{
	sqlite3_backup *b = sqlite3_backup_init(to->handle, "main", from->handle, "main");
	int r, tries = 0;

	if (b == NULL)
		return stmt_fail(to, e, "copy the inventory");
	do {
		r = sqlite3_backup_step(b, -1);
		if (r == SQLITE_BUSY || r == SQLITE_LOCKED)
			(void)sqlite3_sleep(BUSY_MS);
	} while ((r == SQLITE_BUSY || r == SQLITE_LOCKED) && ++tries < BUSY_TRIES);
	if (sqlite3_backup_finish(b) == SQLITE_OK && r == SQLITE_DONE)
		return 0;
	if (r == SQLITE_BUSY || r == SQLITE_LOCKED)
		return err_set(e, ERR_FAILED, "database-busy",
		    "the inventory was in use for too long; try again");
	return stmt_fail(to, e, "copy the inventory");
}

/* SQLite would make it readable for all whom the umask lets. */
static int
make_file(const char *path, struct err *e)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0660);

	if (fd < 0)
		return err_sys(e, "make '%s'", path);
	if (fchmod(fd, 0660) < 0) {
		err_sys(e, "chmod '%s'", path);
		close(fd);
		(void)unlink(path);
		return -1;
	}
	close(fd);
	return 0;
}

int
db_copy_to(struct db *db, const char *path, struct err *e)
{
	char journal[DB_PATH_MAX + 16];
	struct db *to;
	int r;

	if (make_file(path, e) < 0)
		return -1;
	if ((to = migrate_open(path, DB_READ_WRITE, e)) == NULL) {
		(void)unlink(path);
		return -1;
	}
	r = copy_pages(db, to, e);
	db_close(to);
	/* It is empty by now: the copy is whole, or there is none. */
	snprintf(journal, sizeof(journal), "%s-journal", path);
	(void)unlink(journal);
	if (r < 0)
		(void)unlink(path);
	return r;
}

int
db_copy_open(struct db *db, const char *state, struct err *e)
{
	char name[64], hex[33], path[DB_PATH_MAX];
	uint8_t random[16];
	int fd;

	randombytes_buf(random, sizeof(random));
	text_hex(random, sizeof(random), hex);
	snprintf(name, sizeof(name), "incoming/%s.part", hex);
	if (migrate_path(state, name, path, sizeof(path), e) < 0 ||
	    db_copy_to(db, path, e) < 0)
		return -1;
	if ((fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)) < 0)
		err_sys(e, "open '%s'", path);
	(void)unlink(path);
	return fd;
}

/* What belonged to the hours in which the archive was made. */
static int
forget_hours(struct db *db, struct err *e)
{
	if (db_begin(db, e) < 0)
		return -1;
	if (stmt_run(db, e, "DELETE FROM session", "") < 0 ||
	    stmt_run(db, e, "DELETE FROM setting WHERE key LIKE 'setup_%'", "") < 0 ||
	    stmt_run(db, e,
		"UPDATE job SET state = CASE WHEN touched = 1 THEN 'interrupted' ELSE "
		"'cancelled' END, code = 1, reason = 'archive', message = 'It was under "
		"way when the archive was saved.', ended_s = ? "
		"WHERE state IN ('queued', 'running', 'waiting') OR "
		"(state = 'interrupted' AND touched = 0)",
		"i", db_now_s(db)) < 0 ||
	    /* Descriptions say what these rows say. */
	    stmt_run(db, e, "UPDATE dump SET stale = 1", "") < 0) {
		db_rollback(db);
		return -1;
	}
	return db_commit(db, e);
}

int
db_adopt_prepare(const char *folder, struct err *e)
{
	struct db *db;
	bool moved = false;
	int r;

	if (db_upgrade(folder, NULL, NULL, &moved, e) < 0)
		return -1;
	if (moved)
		return err_set(e, ERR_REFUSED, "archive-damaged",
		    "the inventory in the archive is damaged. Nothing was changed");
	if ((db = db_open(folder, DB_READ_WRITE, e)) == NULL)
		return -1;
	r = forget_hours(db, e);
	db_close(db);
	return r;
}

int
db_adopt(struct db *db, const char *folder, struct err *e)
{
	struct db *from = db_open(folder, DB_READ_ONLY, e);
	int r;

	if (from == NULL)
		return -1;
	r = copy_pages(from, db, e);
	db_close(from);
	return r;
}
