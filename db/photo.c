/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Table photo (see photo.h). Any process; thread of the struct db. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "common/err.h"
#include "common/text.h"
#include "db/db.h"
#include "db/photo.h"
#include "db/stmt.h"

#define SELECT                                                                         \
	"SELECT p.id, p.camera_id, c.name, p.owner, p.about, p.caption, p.file, "      \
	"p.width, p.height, p.size, p.who, p.created_s FROM photo AS p "               \
	"LEFT JOIN camera AS c ON c.id = p.camera_id "

const char *const photo_abouts[] = { "front", "back", "label", "lens", "other", NULL };

static void
photo_row(sqlite3_stmt *stmt, struct photo *p)
{
	memset(p, 0, sizeof(*p));
	p->id = sqlite3_column_int64(stmt, 0);
	p->camera_id = sqlite3_column_int64(stmt, 1);
	stmt_text(stmt, 2, p->camera, sizeof(p->camera));
	stmt_text(stmt, 3, p->owner, sizeof(p->owner));
	stmt_text(stmt, 4, p->about, sizeof(p->about));
	stmt_text(stmt, 5, p->caption, sizeof(p->caption));
	stmt_text(stmt, 6, p->file, sizeof(p->file));
	p->width = (unsigned)sqlite3_column_int(stmt, 7);
	p->height = (unsigned)sqlite3_column_int(stmt, 8);
	p->size = (uint64_t)sqlite3_column_int64(stmt, 9);
	stmt_text(stmt, 10, p->who, sizeof(p->who));
	p->created_s = sqlite3_column_int64(stmt, 11);
}

static int
check_about(const struct photo *p, struct err *e)
{
	size_t i;

	for (i = 0; photo_abouts[i] != NULL; i++) {
		if (strcmp(p->about, photo_abouts[i]) == 0)
			return 0;
	}
	if (p->about[0] == '\0')
		return 0;
	return err_set(e, ERR_USAGE, "photo-about",
	    "a photo shows front, back, label, lens or other, not '%s'", p->about);
}

int
photo_check(const struct photo *p, struct err *e)
{
	uint8_t raw[PHOTO_FILE_LEN / 2];

	if (text_unhex(p->file, raw, sizeof(raw)) < 0)
		return err_set(e, ERR_USAGE, "photo-file",
		    "a photo's file has 32 hex digits for a name");
	if (strspn(p->owner, "abcdefghijklmnopqrstuvwxyz0123456789-") !=
	    strlen(p->owner))
		return err_set(e, ERR_USAGE, "photo-owner",
		    "what a photo belongs to is a word of a-z, 0-9 and '-'");
	if (p->camera_id != 0 && p->owner[0] != '\0')
		return err_set(e, ERR_USAGE, "photo-owner",
		    "a photo belongs to a camera or to something else, not to both");
	if (!text_is_clean(p->caption, strlen(p->caption)))
		return err_set(e, ERR_USAGE, "photo-caption",
		    "the caption holds control characters or is not UTF-8");
	return check_about(p, e);
}

static int
count(struct db *db, int64_t camera_id, const char *owner, int64_t *ret, struct err *e)
{
	return stmt_number(db, e, ret,
	    "SELECT count(*) FROM photo WHERE coalesce(camera_id, 0) = ?1 AND owner = ?2",
	    "is", camera_id, owner);
}

int
photo_check_room(struct db *db, int64_t camera_id, const char *owner, struct err *e)
{
	int64_t of_it, all;

	if (count(db, camera_id, owner, &of_it, e) < 0 ||
	    stmt_number(db, e, &all, "SELECT count(*) FROM photo", "") < 0)
		return -1;
	if (of_it >= PHOTO_EACH_MAX)
		return err_set(e, ERR_REFUSED, "photo-too-many",
		    "there are %d photos of this already, the most that are kept; "
		    "remove one first",
		    PHOTO_EACH_MAX);
	if (all >= PHOTO_ALL_MAX)
		return err_set(e, ERR_REFUSED, "photo-too-many",
		    "there are %d photos already, the most that one appliance keeps; "
		    "remove some first",
		    PHOTO_ALL_MAX);
	return 0;
}

static int
insert_row(struct db *db, struct photo *p, struct err *e)
{
	if (photo_check_room(db, p->camera_id, p->owner, e) < 0)
		return -1;
	if (stmt_run(db, e,
		"INSERT INTO photo (camera_id, owner, about, caption, file, width, "
		"height, size, who, created_s) VALUES "
		"(nullif(?, 0), ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		"issssIIisi", p->camera_id, p->owner, p->about, p->caption, p->file,
		(int)p->width, (int)p->height, (int64_t)p->size, p->who,
		p->created_s) < 0)
		return -1;
	p->id = sqlite3_last_insert_rowid(db->handle);
	return 0;
}

int
photo_add(struct db *db, struct photo *p, struct err *e)
{
	bool own;

	p->created_s = db_now_s(db);
	if (photo_check(p, e) < 0 || stmt_enter(db, &own, e) < 0)
		return -1;
	return stmt_leave(db, own, insert_row(db, p, e), e);
}

static int
not_found(struct err *e, int64_t id)
{
	return err_set(e, ERR_NOT_FOUND, "photo-unknown", "there is no photo %lld",
	    (long long)id);
}

static int
update_row(struct db *db, const struct photo *p, struct err *e)
{
	struct photo old;
	int n;

	if (photo_by_id(db, p->id, &old, e) < 0)
		return -1;
	if ((old.camera_id != p->camera_id || strcmp(old.owner, p->owner) != 0) &&
	    photo_check_room(db, p->camera_id, p->owner, e) < 0)
		return -1;
	n = stmt_run(db, e,
	    "UPDATE photo SET camera_id = nullif(?, 0), owner = ?, about = ?, "
	    "caption = ?, changes = changes + 1 WHERE id = ?",
	    "isssi", p->camera_id, p->owner, p->about, p->caption, p->id);
	return n == 0 ? not_found(e, p->id) : n < 0 ? -1 : 0;
}

int
photo_update(struct db *db, const struct photo *p, struct err *e)
{
	bool own;

	if (photo_check(p, e) < 0 || stmt_enter(db, &own, e) < 0)
		return -1;
	return stmt_leave(db, own, update_row(db, p, e), e);
}

int
photo_remove(struct db *db, int64_t id, struct err *e)
{
	bool own;
	int n;

	if (stmt_enter(db, &own, e) < 0)
		return -1;
	n = stmt_run(db, e, "DELETE FROM photo WHERE id = ?", "i", id);
	if (n == 0)
		n = not_found(e, id);
	return stmt_leave(db, own, n < 0 ? -1 : 0, e);
}

int
photo_by_id(struct db *db, int64_t id, struct photo *ret, struct err *e)
{
	sqlite3_stmt *stmt = stmt_prepare(db, e, SELECT "WHERE p.id = ?", "i", id);
	int r;

	if (stmt == NULL)
		return -1;
	if ((r = stmt_step(db, stmt, e)) == 1)
		photo_row(stmt, ret);
	sqlite3_finalize(stmt);
	return r == 0 ? not_found(e, id) : r < 0 ? -1 : 0;
}

int
photo_each(struct db *db, const struct photo_filter *filter,
    bool (*fn)(const struct photo *p, void *arg), void *arg, struct err *e)
{
	struct photo p;
	sqlite3_stmt *stmt;
	int r;

	stmt = stmt_prepare(db, e,
	    SELECT "WHERE CASE WHEN ?1 <> 0 THEN p.camera_id = ?1 WHEN ?2 IS NULL THEN 1 "
		   "ELSE p.camera_id IS NULL AND p.owner = ?2 END "
		   "ORDER BY p.id LIMIT ?3 OFFSET ?4",
	    "isii", filter->camera_id, filter->owner, (int64_t)filter->limit,
	    (int64_t)filter->skip);
	if (stmt == NULL)
		return -1;
	while ((r = stmt_step(db, stmt, e)) == 1) {
		photo_row(stmt, &p);
		if (!fn(&p, arg)) {
			r = 0;
			break;
		}
	}
	sqlite3_finalize(stmt);
	return r < 0 ? -1 : 0;
}

int
photo_print(struct db *db, int64_t ret[PHOTO_PRINT], struct err *e)
{
	sqlite3_stmt *stmt = stmt_prepare(db, e,
	    "SELECT count(*), coalesce(max(id), 0), coalesce(sum(changes), 0) "
	    "FROM photo",
	    "");
	int i, r;

	if (stmt == NULL)
		return -1;
	r = stmt_step(db, stmt, e);
	for (i = 0; i < PHOTO_PRINT; i++)
		ret[i] = r == 1 ? sqlite3_column_int64(stmt, i) : 0;
	sqlite3_finalize(stmt);
	return r < 0 ? -1 : 0;
}
