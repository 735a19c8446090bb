/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The file live.db: no journal on disk and no sync, so it is fast and may break when
 * a writer is killed; then whoever notices makes a new one in its place. Any process;
 * thread of the struct live.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/err.h"
#include "db/live.h"
#include "db/live_file.h"

#define LIVE_VERSION 7
#define BOOT_ID "/proc/sys/kernel/random/boot_id"

static const char schema[] =
    "CREATE TABLE meta (boot TEXT NOT NULL) STRICT;"
    "CREATE TABLE daemon (name TEXT PRIMARY KEY, version TEXT NOT NULL, "
    "listen TEXT NOT NULL, pid INTEGER NOT NULL, at_us INTEGER NOT NULL) "
    "STRICT, WITHOUT ROWID;"
    "CREATE TABLE progress (job_id INTEGER PRIMARY KEY, step TEXT NOT NULL, "
    "done INTEGER NOT NULL, total INTEGER NOT NULL, rate INTEGER NOT NULL, "
    "eta_s INTEGER NOT NULL, retries INTEGER NOT NULL, ask TEXT NOT NULL, "
    "text TEXT NOT NULL, text_params TEXT NOT NULL, map TEXT NOT NULL, "
    "at_us INTEGER NOT NULL) STRICT;"
    "CREATE TABLE port (path TEXT PRIMARY KEY, node TEXT NOT NULL, adapter TEXT NOT "
    "NULL, "
    "state TEXT NOT NULL, holder TEXT NOT NULL, job_id INTEGER NOT NULL, "
    "chip TEXT NOT NULL, at_us INTEGER NOT NULL, vendor TEXT NOT NULL, "
    "product TEXT NOT NULL, serial TEXT NOT NULL, usb_id TEXT NOT NULL, "
    "radio INTEGER NOT NULL, plugged_us INTEGER NOT NULL, frame_errors INTEGER NOT "
    "NULL, "
    "overruns INTEGER NOT NULL, parity_errors INTEGER NOT NULL, breaks INTEGER NOT "
    "NULL, "
    "retries INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE stream (camera_id INTEGER PRIMARY KEY, state TEXT NOT NULL, "
    "reason TEXT NOT NULL, fps_in REAL NOT NULL, fps_out REAL NOT NULL, "
    "width INTEGER NOT NULL, height INTEGER NOT NULL, bits_per_s INTEGER NOT NULL, "
    "frames INTEGER NOT NULL, dropped INTEGER NOT NULL, reconnects INTEGER NOT NULL, "
    "drops TEXT NOT NULL, clients INTEGER NOT NULL, jpeg TEXT NOT NULL, "
    "encoder_load REAL NOT NULL, last_frame_us INTEGER NOT NULL, device_id TEXT NOT "
    "NULL, at_us INTEGER NOT NULL, skipped INTEGER NOT NULL, encoder TEXT NOT NULL, "
    "encoder_skipped INTEGER NOT NULL, h264_note TEXT NOT NULL, "
    "push_state TEXT NOT NULL, push_reason TEXT NOT NULL, "
    "push_dropped INTEGER NOT NULL, push_reconnects INTEGER NOT NULL, "
    "reason_params TEXT NOT NULL, h264_note_params TEXT NOT NULL, "
    "push_reason_params TEXT NOT NULL, jpeg_params TEXT NOT NULL) STRICT;";

/* Times in the file count from the boot: after another boot they mean nothing. A
 * daemon whose unit hides /proc/sys cannot tell and gets an empty text. */
static void
boot_id(char *ret, size_t ret_size)
{
	ssize_t n = -1;
	int fd;

	if ((fd = open(BOOT_ID, O_RDONLY | O_CLOEXEC)) >= 0) {
		n = read(fd, ret, ret_size - 1);
		close(fd);
	}
	ret[n > 0 ? n : 0] = '\0';
	ret[strcspn(ret, "\n")] = '\0';
}

void
live_file_close(struct live *live)
{
	(void)sqlite3_close_v2(live->db.handle);
	memset(&live->db, 0, sizeof(live->db));
}

static int
open_at(struct live *live, const char *path, struct err *e)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW |
	    SQLITE_OPEN_PRIVATECACHE;
	struct stat st;

	/* Before the open: a file changed in between looks changed at the next use. */
	if (stat(path, &st) < 0)
		return err_sys(e, "open '%s'", path);
	if (sqlite3_open_v2(path, &live->db.handle, flags, NULL) != SQLITE_OK)
		return live->db.handle == NULL
		    ? err_set(e, ERR_FAILED, "memory", "no memory")
		    : stmt_fail(&live->db, e, path);
	live->dev = st.st_dev;
	live->ino = st.st_ino;
	if (stmt_harden(&live->db, e) < 0 ||
	    stmt_run(&live->db, e, "PRAGMA journal_mode = MEMORY", "") < 0 ||
	    stmt_run(&live->db, e, "PRAGMA synchronous = OFF", "") < 0)
		return -1;
	return 0;
}

static bool
last_error_is_damage(struct live *live)
{
	int r = sqlite3_errcode(live->db.handle) & 0xff;

	/* SQLITE_ERROR: a table or column is not there. */
	return r == SQLITE_CORRUPT || r == SQLITE_NOTADB || r == SQLITE_ERROR;
}

/* 1 = ours, of this boot and this layout; 0 = to be made anew; -1. */
static int
judge(struct live *live, struct err *e)
{
	char now[64];
	int64_t version, same;
	int r;

	boot_id(now, sizeof(now));
	if (stmt_number(&live->db, e, &version, "PRAGMA user_version", "") < 0)
		return last_error_is_damage(live) ? 0 : -1;
	if (version != LIVE_VERSION)
		return 0;
	r = stmt_number(&live->db, e, &same,
	    "SELECT ?1 IN (boot, '') OR boot = '' FROM meta", "s", now);
	if (r < 0)
		return last_error_is_damage(live) ? 0 : -1;
	return r == 1 && same == 1;
}

/* Open what is there. 1 = good, 0 = missing or to be made anew, -1. */
static int
try_open(struct live *live, struct err *e)
{
	int r;

	if (access(live->path, F_OK) < 0 && errno == ENOENT)
		return 0;
	if (open_at(live, live->path, e) < 0)
		r = live->db.handle != NULL && last_error_is_damage(live) ? 0 : -1;
	else
		r = judge(live, e);
	if (r != 1)
		live_file_close(live);
	return r;
}

static int
fill(struct live *live, struct err *e)
{
	char boot[64], sql[64];

	boot_id(boot, sizeof(boot));
	snprintf(sql, sizeof(sql), "PRAGMA user_version = %d", LIVE_VERSION);
	if (db_begin(&live->db, e) < 0)
		return -1;
	if (sqlite3_exec(live->db.handle, schema, NULL, NULL, NULL) != SQLITE_OK)
		return stmt_fail(&live->db, e, "make live.db");
	if (stmt_run(&live->db, e, "INSERT INTO meta (boot) VALUES (?)", "s", boot) <
		0 ||
	    stmt_run(&live->db, e, sql, "") < 0)
		return -1;
	return db_commit(&live->db, e);
}

/* A whole new file beside the old one, then renamed over it: nobody ever opens half a
 * file, and whoever has the old one open sees another inode at its next use. */
static int
make_new(struct live *live, struct err *e)
{
	char temp[DB_PATH_MAX + 16];
	int fd, r;

	snprintf(temp, sizeof(temp), "%s.new", live->path);
	(void)unlink(temp);
	fd = open(temp, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0660);
	if (fd < 0)
		return err_sys(e, "make '%s'", temp);
	r = fchmod(fd, 0660) < 0 ? err_sys(e, "chmod '%s'", temp) : 0;
	close(fd);
	if (r == 0 && (r = open_at(live, temp, e)) == 0)
		r = fill(live, e);
	if (r == 0 && rename(temp, live->path) < 0)
		r = err_sys(e, "rename '%s'", temp);
	live_file_close(live);
	if (r < 0)
		(void)unlink(temp);
	return r;
}

/* With the folder locked, because two daemons may notice at the same time. */
static int
open_or_make(struct live *live, struct err *e)
{
	int r;

	if ((r = try_open(live, e)) != 0)
		return r < 0 ? -1 : 0;
	if (make_new(live, e) < 0)
		return -1;
	if ((r = try_open(live, e)) == 0)
		r = err_set(e, ERR_FAILED, "database-damaged",
		    "a new '%s' is damaged at once", live->path);
	return r < 0 ? -1 : 0;
}

static int
open_locked(struct live *live, struct err *e)
{
	int dir, r;

	if ((dir = open(live->run, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return err_sys(e, "open the run folder '%s'", live->run);
	if (flock(dir, LOCK_EX) < 0)
		r = err_sys(e, "lock the run folder '%s'", live->run);
	else
		r = open_or_make(live, e);
	close(dir);
	return r;
}

int
live_file_ready(struct live *live, struct err *e)
{
	struct stat st;

	if (live->db.handle != NULL) {
		if (stat(live->path, &st) == 0 && st.st_ino == live->ino &&
		    st.st_dev == live->dev)
			return 0;
		live_file_close(live);
	}
	return open_locked(live, e);
}

int
live_file_failed(struct live *live)
{
	struct stat st;

	if (live->db.handle == NULL)
		return -1;
	if (!last_error_is_damage(live)) {
		db_rollback(&live->db);
		return -1;
	}
	/* Judging at the next open may not find what was found just now, so the file
	 * goes: but only the one that we had open, not one made since. */
	if (stat(live->path, &st) == 0 && st.st_ino == live->ino &&
	    st.st_dev == live->dev)
		(void)unlink(live->path);
	live_file_close(live);
	return -1;
}
