/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Table camera (see camera.h). Any process; thread of the struct db. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "common/err.h"
#include "common/text.h"
#include "db/camera.h"
#include "db/db.h"
#include "db/stmt.h"

#define CAMERA_MAX 1000
#define SELECT                                                                         \
	"SELECT id, name, source, user, password, notes, tags, enabled, chip, "        \
	"chip_id, jedec, mac, created_s, changed_s, push, push_user, "                 \
	"push_password, push_codec FROM camera "

static void
camera_row(sqlite3_stmt *stmt, struct camera *c)
{
	memset(c, 0, sizeof(*c));
	c->id = sqlite3_column_int64(stmt, 0);
	stmt_text(stmt, 1, c->name, sizeof(c->name));
	stmt_text(stmt, 2, c->source, sizeof(c->source));
	stmt_text(stmt, 3, c->user, sizeof(c->user));
	stmt_text(stmt, 4, c->password, sizeof(c->password));
	stmt_text(stmt, 5, c->notes, sizeof(c->notes));
	stmt_text(stmt, 6, c->tags, sizeof(c->tags));
	c->enabled = sqlite3_column_int(stmt, 7) != 0;
	stmt_text(stmt, 8, c->chip, sizeof(c->chip));
	stmt_text(stmt, 9, c->chip_id, sizeof(c->chip_id));
	stmt_text(stmt, 10, c->jedec, sizeof(c->jedec));
	stmt_text(stmt, 11, c->mac, sizeof(c->mac));
	c->created_s = sqlite3_column_int64(stmt, 12);
	c->changed_s = sqlite3_column_int64(stmt, 13);
	stmt_text(stmt, 14, c->push, sizeof(c->push));
	stmt_text(stmt, 15, c->push_user, sizeof(c->push_user));
	stmt_text(stmt, 16, c->push_password, sizeof(c->push_password));
	stmt_text(stmt, 17, c->push_codec, sizeof(c->push_codec));
}

/* Text for people to read again later: lines are fine, other controls are not. */
static bool
is_clean_lines(const char *s)
{
	size_t n;

	for (; *s != '\0'; s += n + strspn(s + n, "\n\t")) {
		n = strcspn(s, "\n\t");
		if (!text_is_clean(s, n))
			return false;
	}
	return true;
}

static int
check_fields(const struct camera *c, struct err *e)
{
	if (!text_is_slug(c->name))
		return err_set(e, ERR_USAGE, "camera-name",
		    "a camera's name is 1 to 32 characters of a-z, 0-9 and -, not "
		    "starting with "
		    "-, because it becomes part of its URLs");
	if (!text_is_clean(c->user, strlen(c->user)) ||
	    !text_is_clean(c->password, strlen(c->password)))
		return err_set(e, ERR_USAGE, "camera-user",
		    "the camera's user or password holds control characters");
	if (!text_is_clean(c->push_user, strlen(c->push_user)) ||
	    !text_is_clean(c->push_password, strlen(c->push_password)))
		return err_set(e, ERR_USAGE, "camera-push",
		    "the media server's user or password holds control characters");
	if (c->push_codec[0] != '\0' && strcmp(c->push_codec, "h264") != 0 &&
	    strcmp(c->push_codec, "mjpeg") != 0)
		return err_set(e, ERR_USAGE, "camera-push",
		    "'%s' cannot be published; h264 and mjpeg can", c->push_codec);
	if (!is_clean_lines(c->notes) || !text_is_clean(c->tags, strlen(c->tags)))
		return err_set(e, ERR_USAGE, "camera-text",
		    "the notes or tags hold control characters or are not UTF-8");
	return 0;
}

/* The name belongs to no other row. */
static int
check_name_free(struct db *db, const struct camera *c, struct err *e)
{
	int64_t other;
	int r;

	r = stmt_number(db, e, &other,
	    "SELECT id FROM camera WHERE name = ? AND id <> ?", "si", c->name, c->id);
	if (r == 1)
		return err_set(e, ERR_USAGE, "camera-exists",
		    "there is a camera '%s' already; choose another name", c->name);
	return r;
}

static int
check_room(struct db *db, struct err *e)
{
	int64_t n;

	if (stmt_number(db, e, &n, "SELECT count(*) FROM camera", "") < 0)
		return -1;
	if (n >= CAMERA_MAX)
		return err_set(e, ERR_REFUSED, "too-many-cameras",
		    "there are %d cameras already, the most that one appliance keeps",
		    CAMERA_MAX);
	return 0;
}

static int
insert_row(struct db *db, struct camera *c, struct err *e)
{
	if (check_name_free(db, c, e) < 0 || check_room(db, e) < 0)
		return -1;
	if (stmt_run(db, e,
		"INSERT INTO camera (name, source, user, password, notes, tags, "
		"enabled, created_s, changed_s, push, push_user, push_password, "
		"push_codec) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?9, ?10, "
		"?11, coalesce(nullif(?12, ''), 'h264'))",
		"ssssssIissss", c->name, c->source, c->user, c->password, c->notes,
		c->tags, (int)c->enabled, c->created_s, c->push, c->push_user,
		c->push_password, c->push_codec) < 0)
		return -1;
	c->id = sqlite3_last_insert_rowid(db->handle);
	return 0;
}

int
camera_add(struct db *db, struct camera *c, struct err *e)
{
	bool own;

	c->id = 0;
	if (camera_source_parse(c->source, c, e) < 0 ||
	    camera_push_parse(c->push, c, e) < 0 || check_fields(c, e) < 0)
		return -1;
	c->created_s = c->changed_s = db_now_s(db);
	if (stmt_enter(db, &own, e) < 0)
		return -1;
	return stmt_leave(db, own, insert_row(db, c, e), e);
}

static int
not_found(struct err *e, const char *what)
{
	return err_set(e, ERR_NOT_FOUND, "camera-unknown",
	    "there is no camera '%s'; 'camherd cam list' shows them", what);
}

static int
update_row(struct db *db, const struct camera *c, struct err *e)
{
	int n;

	if (check_name_free(db, c, e) < 0)
		return -1;
	n = stmt_run(db, e,
	    "UPDATE camera SET name = ?, source = ?, user = ?, password = ?, notes = "
	    "?, tags = ?, enabled = ?, changed_s = ?, push = ?, push_user = ?, "
	    "push_password = ?, push_codec = coalesce(nullif(?, ''), 'h264') "
	    "WHERE id = ?",
	    "ssssssIissssi", c->name, c->source, c->user, c->password, c->notes,
	    c->tags, (int)c->enabled, db_now_s(db), c->push, c->push_user,
	    c->push_password, c->push_codec, c->id);
	return n == 0 ? not_found(e, c->name) : n < 0 ? -1 : 0;
}

int
camera_update(struct db *db, const struct camera *c, struct err *e)
{
	struct camera copy = *c;
	bool own;

	if (camera_source_parse(c->source, &copy, e) < 0 ||
	    camera_push_parse(c->push, &copy, e) < 0 || check_fields(&copy, e) < 0 || stmt_enter(db, &own, e) < 0)
		return -1;
	return stmt_leave(db, own, update_row(db, &copy, e), e);
}

const char *
camera_changes(
    const struct camera *old, const struct camera *now, char ret[CAMERA_CHANGES_MAX])
{
	const struct {
		const char *name;
		bool differs;
	} columns[] = {
		{ "name", strcmp(old->name, now->name) != 0 },
		{ "source", strcmp(old->source, now->source) != 0 },
		{ "user", strcmp(old->user, now->user) != 0 },
		{ "password", strcmp(old->password, now->password) != 0 },
		{ "notes", strcmp(old->notes, now->notes) != 0 },
		{ "tags", strcmp(old->tags, now->tags) != 0 },
		{ "enabled", old->enabled != now->enabled },
		{ "publishing",
		    strcmp(old->push, now->push) != 0 ||
			strcmp(old->push_user, now->push_user) != 0 ||
			strcmp(old->push_password, now->push_password) != 0 ||
			strcmp(old->push_codec, now->push_codec) != 0 },
	};
	size_t i, n = 0;

	ret[0] = '\0';
	for (i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
		if (columns[i].differs)
			n += (size_t)snprintf(ret + n, CAMERA_CHANGES_MAX - n, "%s%s",
			    n > 0 ? ", " : "", columns[i].name);
	}
	return ret;
}

int
camera_remove(struct db *db, int64_t id, struct err *e)
{
	bool own;
	int n;

	if (stmt_enter(db, &own, e) < 0)
		return -1;
	n = stmt_run(db, e, "DELETE FROM camera WHERE id = ?", "i", id);
	if (n == 0)
		n = err_set(
		    e, ERR_NOT_FOUND, "camera-unknown", "that camera is gone already");
	return stmt_leave(db, own, n < 0 ? -1 : 0, e);
}

/* Take the one row of stmt (finalized here). */
static int
one_row(struct db *db, sqlite3_stmt *stmt, const char *what, struct camera *ret,
    struct err *e)
{
	int r;

	if (stmt == NULL)
		return -1;
	if ((r = stmt_step(db, stmt, e)) == 1)
		camera_row(stmt, ret);
	sqlite3_finalize(stmt);
	return r == 0 ? not_found(e, what) : r < 0 ? -1 : 0;
}

int
camera_by_name(struct db *db, const char *name, struct camera *ret, struct err *e)
{
	return one_row(
	    db, stmt_prepare(db, e, SELECT "WHERE name = ?", "s", name), name, ret, e);
}

int
camera_by_id(struct db *db, int64_t id, struct camera *ret, struct err *e)
{
	char what[24];

	snprintf(what, sizeof(what), "%lld", (long long)id);
	return one_row(
	    db, stmt_prepare(db, e, SELECT "WHERE id = ?", "i", id), what, ret, e);
}

int
camera_by_chip_id(struct db *db, const char *chip_id, struct camera *ret, struct err *e)
{
	return one_row(db,
	    stmt_prepare(db, e,
		SELECT "WHERE chip_id = ? AND chip_id <> '' ORDER BY id", "s", chip_id),
	    chip_id, ret, e);
}

int
camera_each(struct db *db, bool (*fn)(const struct camera *c, void *arg), void *arg,
    struct err *e)
{
	sqlite3_stmt *stmt;
	struct camera c;
	int r;

	if ((stmt = stmt_prepare(db, e, SELECT "ORDER BY name", "")) == NULL)
		return -1;
	while ((r = stmt_step(db, stmt, e)) == 1) {
		camera_row(stmt, &c);
		if (!fn(&c, arg)) {
			r = 0;
			break;
		}
	}
	sqlite3_finalize(stmt);
	return r < 0 ? -1 : 0;
}

int
camera_set_hardware(struct db *db, int64_t id, const char *chip, const char *chip_id,
    const char *jedec, const char *mac, struct err *e)
{
	bool own;
	int n;

	if (stmt_enter(db, &own, e) < 0)
		return -1;
	n = stmt_run(db, e,
	    "UPDATE camera SET chip = coalesce(nullif(?, ''), chip), "
	    "chip_id = coalesce(nullif(?, ''), chip_id), "
	    "jedec = coalesce(nullif(?, ''), jedec), mac = coalesce(nullif(?, ''), "
	    "mac) "
	    "WHERE id = ?",
	    "ssssi", chip, chip_id, jedec, mac, id);
	if (n == 0)
		n = err_set(e, ERR_NOT_FOUND, "camera-unknown", "that camera is gone");
	return stmt_leave(db, own, n < 0 ? -1 : 0, e);
}

int
camera_pin(struct db *db, int64_t id, const char *device_id, struct err *e)
{
	bool own;
	int n;

	if (stmt_enter(db, &own, e) < 0)
		return -1;
	n = stmt_run(db, e,
	    "UPDATE camera SET source = 'pppp:' || ? || substr(source, 6), "
	    "changed_s = ? WHERE id = ? AND substr(source, 1, 6) = 'pppp:@'",
	    "sii", device_id, db_now_s(db), id);
	if (stmt_leave(db, own, n < 0 ? -1 : 0, e) < 0)
		return -1;
	return n > 0;
}
