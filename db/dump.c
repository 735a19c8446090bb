/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Table dump (see dump.h). Any process; thread of the struct db. */
#include "config.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "common/err.h"
#include "common/text.h"
#include "db/db.h"
#include "db/dump.h"
#include "db/stmt.h"

#define PREFIX_MIN 8
#define SELECT                                                                         \
	"SELECT d.id, d.sha256, d.size, d.camera_id, c.name, d.kind, d.verified, "     \
	"d.chip, "                                                                     \
	"d.chip_id, d.jedec, d.mac, d.port, d.baud, d.passes, d.retries, d.tool, "     \
	"d.file, "                                                                     \
	"d.note, d.job_id, d.missing, d.created_s, d.sidecar, "                        \
	"(SELECT count(*) FROM dump AS o WHERE o.sha256 = d.sha256), "                 \
	"(SELECT count(DISTINCT coalesce('c' || o.camera_id, nullif('h' || "           \
	"o.chip_id, 'h'))) FROM dump AS o WHERE o.sha256 = d.sha256), "                \
	"d.damaged, d.stale "                                                          \
	"FROM dump AS d LEFT JOIN camera AS c ON c.id = d.camera_id "

static void
dump_row(sqlite3_stmt *stmt, struct dump *d)
{
	memset(d, 0, sizeof(*d));
	d->id = sqlite3_column_int64(stmt, 0);
	stmt_text(stmt, 1, d->sha256, sizeof(d->sha256));
	d->size = (uint64_t)sqlite3_column_int64(stmt, 2);
	d->camera_id = sqlite3_column_int64(stmt, 3);
	stmt_text(stmt, 4, d->camera, sizeof(d->camera));
	stmt_text(stmt, 5, d->kind, sizeof(d->kind));
	d->verified = sqlite3_column_int(stmt, 6) != 0;
	stmt_text(stmt, 7, d->chip, sizeof(d->chip));
	stmt_text(stmt, 8, d->chip_id, sizeof(d->chip_id));
	stmt_text(stmt, 9, d->jedec, sizeof(d->jedec));
	stmt_text(stmt, 10, d->mac, sizeof(d->mac));
	stmt_text(stmt, 11, d->port, sizeof(d->port));
	d->baud = (unsigned)sqlite3_column_int(stmt, 12);
	d->passes = (unsigned)sqlite3_column_int(stmt, 13);
	d->retries = (unsigned)sqlite3_column_int(stmt, 14);
	stmt_text(stmt, 15, d->tool, sizeof(d->tool));
	stmt_text(stmt, 16, d->file, sizeof(d->file));
	stmt_text(stmt, 17, d->note, sizeof(d->note));
	d->job_id = sqlite3_column_int64(stmt, 18);
	d->missing = sqlite3_column_int(stmt, 19) != 0;
	d->created_s = sqlite3_column_int64(stmt, 20);
	stmt_text(stmt, 21, d->sidecar, sizeof(d->sidecar));
	d->same_bytes = (unsigned)sqlite3_column_int(stmt, 22);
	d->same_cameras = (unsigned)sqlite3_column_int(stmt, 23);
	d->damaged = sqlite3_column_int(stmt, 24) != 0;
	d->stale = sqlite3_column_int(stmt, 25) != 0;
}

/* The digest becomes part of a path: it must be what it says. */
static bool
is_sha256(const char *s)
{
	return strlen(s) == 64 && strspn(s, "0123456789abcdef") == 64;
}

static int
check_dump(const struct dump *d, struct err *e)
{
	if (!is_sha256(d->sha256))
		return err_set(
		    e, ERR_USAGE, "dump-sha256", "'%s' is no SHA-256", d->sha256);
	if (d->size == 0 || d->size > INT64_MAX)
		return err_set(
		    e, ERR_USAGE, "dump-size", "a dump of no bytes makes no sense");
	if (d->sidecar[0] == '\0' || strchr(d->sidecar, '/') != NULL)
		return err_set(
		    e, ERR_USAGE, "dump-sidecar", "'%s' is no file name", d->sidecar);
	return 0;
}

static int
insert_row(struct db *db, struct dump *d, struct err *e)
{
	if (stmt_run(db, e,
		"INSERT INTO dump (sha256, size, camera_id, kind, verified, chip, "
		"chip_id, jedec, "
		"mac, port, baud, passes, retries, tool, file, note, job_id, missing, "
		"created_s, "
		"sidecar) VALUES (?, ?, nullif(?, 0), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
		"?, ?, "
		"nullif(?, 0), ?, ?, ?)",
		"siisIsssssIIIsssiIis", d->sha256, (int64_t)d->size, d->camera_id,
		d->kind, (int)d->verified, d->chip, d->chip_id, d->jedec, d->mac,
		d->port, (int)d->baud, (int)d->passes, (int)d->retries, d->tool,
		d->file, d->note, d->job_id, (int)d->missing, d->created_s,
		d->sidecar) < 0)
		return -1;
	d->id = sqlite3_last_insert_rowid(db->handle);
	return 0;
}

int
dump_add(struct db *db, struct dump *d, struct err *e)
{
	bool own;

	if (check_dump(d, e) < 0)
		return -1;
	if (d->created_s == 0)
		d->created_s = db_now_s(db);
	if (stmt_enter(db, &own, e) < 0)
		return -1;
	return stmt_leave(db, own, insert_row(db, d, e), e);
}

static int
rewrite_row(struct db *db, const struct dump *d, struct err *e)
{
	int n;

	n = stmt_run(db, e,
	    "UPDATE dump SET sha256 = ?, size = ?, camera_id = nullif(?, 0), kind = ?, "
	    "verified = ?, chip = ?, chip_id = ?, jedec = ?, mac = ?, port = ?, "
	    "baud = ?, passes = ?, retries = ?, tool = ?, file = ?, note = ?, "
	    "job_id = nullif(?, 0), missing = ?, created_s = ? WHERE id = ?",
	    "siisIsssssIIIsssiIii", d->sha256, (int64_t)d->size, d->camera_id, d->kind,
	    (int)d->verified, d->chip, d->chip_id, d->jedec, d->mac, d->port,
	    (int)d->baud, (int)d->passes, (int)d->retries, d->tool, d->file, d->note,
	    d->job_id, (int)d->missing, d->created_s, d->id);
	return n <= 0
	    ? n
	    : stmt_run(db, e, "UPDATE dump SET stale = 0 WHERE id = ?", "i", d->id);
}

static int
not_found(struct err *e, const char *what)
{
	return err_set(e, ERR_NOT_FOUND, "dump-unknown",
	    "there is no dump '%s'; 'camherd dump list' shows them", what);
}

/* The end of a change of one row, n of them changed. */
static int
changed(struct db *db, bool own, int n, struct err *e)
{
	if (n == 0)
		n = err_set(e, ERR_NOT_FOUND, "dump-unknown", "that dump is gone");
	return stmt_leave(db, own, n < 0 ? -1 : 0, e);
}

int
dump_rewrite(struct db *db, const struct dump *d, struct err *e)
{
	bool own;

	if (check_dump(d, e) < 0 || stmt_enter(db, &own, e) < 0)
		return -1;
	return changed(db, own, rewrite_row(db, d, e), e);
}

int
dump_set_missing(struct db *db, int64_t id, bool missing, struct err *e)
{
	bool own;

	if (stmt_enter(db, &own, e) < 0)
		return -1;
	return changed(db, own,
	    stmt_run(db, e, "UPDATE dump SET missing = ? WHERE id = ?", "Ii",
		(int)missing, id),
	    e);
}

int
dump_set_damaged(struct db *db, const char *sha256, bool damaged, struct err *e)
{
	bool own;
	int n;

	if (stmt_enter(db, &own, e) < 0)
		return -1;
	n = stmt_run(db, e,
	    "UPDATE dump SET damaged = ?1 WHERE sha256 = ?2 AND damaged <> ?1", "Is",
	    (int)damaged, sha256);
	return stmt_leave(db, own, n < 0 ? -1 : 0, e) < 0 ? -1 : n;
}

int
dump_set_described(struct db *db, int64_t id, struct err *e)
{
	bool own;

	if (stmt_enter(db, &own, e) < 0)
		return -1;
	return changed(db, own,
	    stmt_run(db, e, "UPDATE dump SET stale = 0 WHERE id = ?", "i", id), e);
}

int
dump_remove(struct db *db, int64_t id, struct err *e)
{
	bool own;

	if (stmt_enter(db, &own, e) < 0)
		return -1;
	return changed(
	    db, own, stmt_run(db, e, "DELETE FROM dump WHERE id = ?", "i", id), e);
}

int
dump_set_note(struct db *db, int64_t id, const char *note, struct err *e)
{
	bool own;

	if (strlen(note) >= sizeof(((struct dump *)0)->note) ||
	    !text_is_clean(note, strlen(note)))
		return err_set(e, ERR_USAGE, "dump-note",
		    "a note is one line of at most 1024 bytes of UTF-8");
	if (stmt_enter(db, &own, e) < 0)
		return -1;
	return changed(db, own,
	    stmt_run(db, e, "UPDATE dump SET note = ? WHERE id = ?", "si", note, id),
	    e);
}

static int
set_camera(struct db *db, int64_t id, int64_t camera_id, struct err *e)
{
	int64_t found;
	int r;

	if (camera_id != 0) {
		r = stmt_number(db, e, &found, "SELECT id FROM camera WHERE id = ?",
		    "i", camera_id);
		if (r == 0)
			return err_set(
			    e, ERR_NOT_FOUND, "camera-unknown", "that camera is gone");
		if (r < 0)
			return -1;
	}
	return stmt_run(db, e, "UPDATE dump SET camera_id = nullif(?, 0) WHERE id = ?",
	    "ii", camera_id, id);
}

int
dump_set_camera(struct db *db, int64_t id, int64_t camera_id, struct err *e)
{
	bool own;

	if (stmt_enter(db, &own, e) < 0)
		return -1;
	return changed(db, own, set_camera(db, id, camera_id, e), e);
}

/* Take the first row of stmt (finalized here). 1 = found, 0 = none, -1. */
static int
first_row(struct db *db, sqlite3_stmt *stmt, struct dump *ret, struct err *e)
{
	int r;

	if (stmt == NULL)
		return -1;
	if ((r = stmt_step(db, stmt, e)) == 1)
		dump_row(stmt, ret);
	sqlite3_finalize(stmt);
	return r;
}

static int
find_id(struct db *db, int64_t id, struct dump *ret, struct err *e)
{
	return first_row(
	    db, stmt_prepare(db, e, SELECT "WHERE d.id = ?", "i", id), ret, e);
}

int
dump_next_stale(struct db *db, int64_t after, struct dump *ret, struct err *e)
{
	return first_row(db,
	    stmt_prepare(db, e, SELECT "WHERE d.stale = 1 AND d.id > ? ORDER BY d.id",
		"i", after),
	    ret, e);
}

const char *
dump_chip_mac(const struct dump *d)
{
	return strcmp(d->kind, "import") != 0 ? d->mac : "";
}

int
dump_by_id(struct db *db, int64_t id, struct dump *ret, struct err *e)
{
	char what[24];
	int r = find_id(db, id, ret, e);

	snprintf(what, sizeof(what), "%lld", (long long)id);
	return r == 0 ? not_found(e, what) : r < 0 ? -1 : 0;
}

int
dump_by_sidecar(struct db *db, const char *sidecar, struct dump *ret, struct err *e)
{
	int r;

	r = first_row(db,
	    stmt_prepare(db, e, SELECT "WHERE d.sidecar = ?", "s", sidecar), ret, e);
	return r == 0 ? not_found(e, sidecar) : r < 0 ? -1 : 0;
}

/* The newest row whose digest begins so; two different digests are a question. */
static int
find_prefix(struct db *db, const char *prefix, struct dump *ret, struct err *e)
{
	int64_t kinds;

	if (stmt_number(db, e, &kinds,
		"SELECT count(DISTINCT sha256) FROM dump WHERE sha256 >= ?1 AND sha256 "
		"< ?1 || 'g'",
		"s", prefix) < 0)
		return -1;
	if (kinds > 1)
		return err_set(e, ERR_USAGE, "dump-ambiguous",
		    "%lld dumps begin with '%s'; type more digits, or an id",
		    (long long)kinds, prefix);
	return first_row(db,
	    stmt_prepare(db, e,
		SELECT "WHERE d.sha256 >= ?1 AND d.sha256 < ?1 || 'g' "
		       "ORDER BY d.missing, d.created_s DESC, d.id DESC",
		"s", prefix),
	    ret, e);
}

int
dump_resolve(struct db *db, const char *typed, struct dump *ret, struct err *e)
{
	char digits[65];
	uint64_t id;
	size_t n = strlen(typed), i;
	int r = 0;

	if (text_number(typed, 1, INT64_MAX, false, &id) == 0 && typed[0] != '0')
		r = find_id(db, (int64_t)id, ret, e);
	if (r == 0 && n >= PREFIX_MIN && n <= 64) {
		for (i = 0; i <= n; i++)
			digits[i] = (char)tolower((unsigned char)typed[i]);
		if (strspn(digits, "0123456789abcdef") == n)
			r = find_prefix(db, digits, ret, e);
	}
	return r == 0 ? not_found(e, typed) : r < 0 ? -1 : 0;
}

/* Takes stmt, which may be NULL. */
static int
each_row(struct db *db, sqlite3_stmt *stmt, bool (*fn)(const struct dump *d, void *arg),
    void *arg, struct err *e)
{
	struct dump d;
	int r;

	if (stmt == NULL)
		return -1;
	while ((r = stmt_step(db, stmt, e)) == 1) {
		dump_row(stmt, &d);
		if (!fn(&d, arg)) {
			r = 0;
			break;
		}
	}
	sqlite3_finalize(stmt);
	return r < 0 ? -1 : 0;
}

int
dump_each(struct db *db, int64_t camera_id, bool (*fn)(const struct dump *d, void *arg),
    void *arg, struct err *e)
{
	/* Two statements: an OR would keep SQLite from the index of cameras. */
	if (camera_id == 0)
		return each_row(db,
		    stmt_prepare(
			db, e, SELECT "ORDER BY d.created_s DESC, d.id DESC", ""),
		    fn, arg, e);
	return each_row(db,
	    stmt_prepare(db, e,
		SELECT "WHERE d.camera_id = ? ORDER BY d.created_s DESC, d.id DESC", "i",
		camera_id),
	    fn, arg, e);
}

int
dump_each_bad(struct db *db, void (*fn)(int64_t id, void *arg), void *arg,
    struct err *e)
{
	sqlite3_stmt *stmt;
	int r;

	stmt = stmt_prepare(db, e,
	    "SELECT id FROM dump WHERE damaged = 1 OR missing = 1 "
	    "ORDER BY created_s DESC, id DESC",
	    "");
	if (stmt == NULL)
		return -1;
	while ((r = stmt_step(db, stmt, e)) > 0)
		fn(sqlite3_column_int64(stmt, 0), arg);
	sqlite3_finalize(stmt);
	return r;
}

int
dump_each_brief(struct db *db, void (*fn)(const struct dump_brief *d, void *arg),
    void *arg, struct err *e)
{
	struct dump_brief d;
	sqlite3_stmt *stmt;
	int r;

	stmt = stmt_prepare(db, e,
	    "SELECT id, camera_id, created_s, sha256, size, verified, damaged, "
	    "kind = 'import', chip, jedec, missing, note FROM dump "
	    "ORDER BY created_s DESC, id DESC",
	    "");
	if (stmt == NULL)
		return -1;
	while ((r = stmt_step(db, stmt, e)) > 0) {
		memset(&d, 0, sizeof(d));
		d.id = sqlite3_column_int64(stmt, 0);
		d.camera_id = sqlite3_column_int64(stmt, 1);
		d.created_s = sqlite3_column_int64(stmt, 2);
		stmt_text(stmt, 3, d.sha256, sizeof(d.sha256));
		d.size = (uint64_t)sqlite3_column_int64(stmt, 4);
		d.verified = sqlite3_column_int(stmt, 5) != 0;
		d.damaged = sqlite3_column_int(stmt, 6) != 0;
		d.import = sqlite3_column_int(stmt, 7) != 0;
		stmt_text(stmt, 8, d.chip, sizeof(d.chip));
		stmt_text(stmt, 9, d.jedec, sizeof(d.jedec));
		d.missing = sqlite3_column_int(stmt, 10) != 0;
		stmt_text(stmt, 11, d.note, sizeof(d.note));
		fn(&d, arg);
	}
	sqlite3_finalize(stmt);
	return r;
}

int
dump_flash_size(struct db *db, int64_t camera_id, uint64_t *ret, struct err *e)
{
	int64_t size;
	int r;

	r = stmt_number(db, e, &size,
	    "SELECT size FROM dump WHERE camera_id = ?1 AND kind <> 'import' "
	    "ORDER BY created_s DESC LIMIT 1",
	    "i", camera_id);
	if (r == 1)
		*ret = (uint64_t)size;
	return r;
}

/* The word as a pattern of LIKE, in which only its letters have two cases. */
static void
like_pattern(const char *word, char *ret, size_t ret_size)
{
	size_t n = 0;

	ret[n++] = '%';
	for (; *word != '\0' && n + 4 < ret_size; word++) {
		if (*word == '%' || *word == '_' || *word == '\\')
			ret[n++] = '\\';
		ret[n++] = *word;
	}
	ret[n++] = '%';
	ret[n] = '\0';
}

int
dump_find(struct db *db, int64_t camera_id, const char *word, unsigned skip,
    unsigned limit, bool (*fn)(const struct dump *d, void *arg), void *arg,
    struct err *e)
{
	char pattern[2 * DUMP_WORD_MAX + 8];

	like_pattern(word, pattern, sizeof(pattern));
	/* The ids first: what is not on this page is neither counted nor carried along
	 * while it is sorted. */
	return each_row(db,
	    stmt_prepare(db, e,
		SELECT
		"WHERE d.id IN (SELECT d.id FROM dump AS d LEFT JOIN camera AS c ON "
		"c.id = d.camera_id WHERE (?1 = 0 OR d.camera_id = ?1) AND "
		"(?2 = '%%' OR coalesce(c.name, '') || char(10) || d.file || "
		"char(10) || d.note || char(10) || d.chip || char(10) || d.jedec || "
		"char(10) || d.kind || char(10) || d.sha256 LIKE ?2 ESCAPE '\\') "
		"ORDER BY d.created_s DESC, d.id DESC LIMIT ?3 OFFSET ?4) "
		"ORDER BY d.created_s DESC, d.id DESC",
		"isii", camera_id, pattern, (int64_t)limit, (int64_t)skip),
	    fn, arg, e);
}

void
dump_file_name(const struct dump *d, char *ret, size_t ret_size)
{
	snprintf(ret, ret_size, "dumps/%s.bin", d->sha256);
}
