/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables rescue and its answers, jobs, what was heard (see rescue.h). Processes webd and
 * camherd; thread of the struct db. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "common/err.h"
#include "common/text.h"
#include "db/camera.h"
#include "db/db.h"
#include "db/rescue.h"
#include "db/rescue_row.h"
#include "db/stmt.h"

#define RESCUES_MAX 200
#define SELECT                                                                         \
	"SELECT r.id, r.state, r.step, r.camera_id, r.donor_id, c.name, d.name, "      \
	"r.port, r.donor_port, s.name, t.name, r.image_id, r.identity, r.asked_by, "   \
	"r.changed_by, r.created_s, r.changed_s FROM rescue AS r "                     \
	"LEFT JOIN camera AS c ON c.id = r.camera_id "                                 \
	"LEFT JOIN camera AS d ON d.id = r.donor_id "                                  \
	"LEFT JOIN socket AS s ON s.path = r.port "                                    \
	"LEFT JOIN socket AS t ON t.path = r.donor_port "

const char *const rescue_steps[] = { "happened", "photos", "adapter", "wire", "power",
	"ways", "identify", "save", "donor", "image", "checks", "write", "boot",
	"network", "home", "give", NULL };

static const char *const states[] = { "open", "done", "closed", NULL };
static const char *const identities[] = { "keep", "donor", "blank", NULL };
static const char *const yes[] = { "yes", NULL };

static const struct {
	const char *name;
	const char *const words[7];
} questions[N_RESCUE_QUESTIONS] = {
	[RESCUE_HAPPENED] = { "happened",
	    { "wrong-firmware", "half-way", "never-worked", "unknown", NULL } },
	[RESCUE_HAVE] = { "have", { "backup", "donor", "file", "nothing", NULL } },
	[RESCUE_CHIP] = { "chip",
	    { "xf16", "bk7252", "txw817", "other", "unreadable", NULL } },
	[RESCUE_JUMPER] = { "jumper", { "yes", NULL } },
	[RESCUE_WIRED] = { "wired", { "yes", NULL } },
	[RESCUE_SENDING] = { "sending", { "yes", NULL } },
	[RESCUE_PAIRED] = { "paired", { "yes", "no", "unknown", NULL } },
	[RESCUE_SUPPLY] = { "supply", { "yes", NULL } },
	[RESCUE_JOINED] = { "joined", { "yes", NULL } },
	[RESCUE_BLOCKED] = { "blocked", { "yes", NULL } },
};

const char *const rescue_keys[] = { "state", "step", "camera", "donor", "port",
	"donor_port", "image", "identity", "happened", "have", "chip", "jumper",
	"wired", "sending", "paired", "supply", "joined", "blocked", NULL };

static const char *const tasks[N_RESCUE_TASKS] = { "identify", "save", "donor",
	"import", "parts", "write" };
static const char *const places[] = { "wire", "boot", NULL };
static const char *const verdicts[] = { "silent", "garbage", "readable", NULL };

const char *
rescue_task_name(enum rescue_task t)
{
	return tasks[t];
}

int
rescue_task_parse(const char *s, enum rescue_task *ret)
{
	int i;

	for (i = 0; i < N_RESCUE_TASKS; i++) {
		if (strcmp(s, tasks[i]) != 0)
			continue;
		*ret = (enum rescue_task)i;
		return 0;
	}
	return -1;
}

const char *
rescue_question_name(enum rescue_question q)
{
	return questions[q].name;
}

const char *
rescue_place_name(enum rescue_place p)
{
	return places[p];
}

static int
find_word(const char *word, const char *const *list)
{
	int i;

	for (i = 0; list[i] != NULL; i++) {
		if (strcmp(list[i], word) == 0)
			return i;
	}
	return -1;
}

/* ERR_USAGE that lists what the key takes. */
static int
check_word(const char *key, const char *word, const char *const *list, struct err *e)
{
	char all[300];
	size_t n = 0;
	int i;

	if (find_word(word, list) >= 0)
		return 0;
	for (i = 0; list[i] != NULL && n < sizeof(all); i++)
		n += (size_t)snprintf(
		    all + n, sizeof(all) - n, "%s%s", i > 0 ? ", " : "", list[i]);
	return err_set(e, ERR_USAGE, "rescue-word",
	    "'%s' of a rescue is one of: %s%s", key, all,
	    list == yes ? " (or nothing)" : "");
}

/* ---- reading ---- */

static void
take_row(sqlite3_stmt *stmt, struct rescue *r)
{
	memset(r, 0, sizeof(*r));
	r->id = sqlite3_column_int64(stmt, 0);
	stmt_text(stmt, 1, r->state, sizeof(r->state));
	stmt_text(stmt, 2, r->step, sizeof(r->step));
	r->camera_id = sqlite3_column_int64(stmt, 3);
	r->donor_id = sqlite3_column_int64(stmt, 4);
	stmt_text(stmt, 5, r->camera, sizeof(r->camera));
	stmt_text(stmt, 6, r->donor, sizeof(r->donor));
	stmt_text(stmt, 7, r->port, sizeof(r->port));
	stmt_text(stmt, 8, r->donor_port, sizeof(r->donor_port));
	stmt_text(stmt, 9, r->port_name, sizeof(r->port_name));
	stmt_text(stmt, 10, r->donor_port_name, sizeof(r->donor_port_name));
	r->image_id = sqlite3_column_int64(stmt, 11);
	stmt_text(stmt, 12, r->identity, sizeof(r->identity));
	stmt_text(stmt, 13, r->asked_by, sizeof(r->asked_by));
	stmt_text(stmt, 14, r->changed_by, sizeof(r->changed_by));
	r->created_s = sqlite3_column_int64(stmt, 15);
	r->changed_s = sqlite3_column_int64(stmt, 16);
}

static void
take_answer(sqlite3_stmt *stmt, struct rescue *r)
{
	char question[16];
	int i;

	stmt_text(stmt, 0, question, sizeof(question));
	for (i = 0; i < N_RESCUE_QUESTIONS; i++) {
		if (strcmp(questions[i].name, question) == 0)
			stmt_text(stmt, 1, r->answers[i], sizeof(r->answers[i]));
	}
}

static void
take_job(sqlite3_stmt *stmt, struct rescue *r)
{
	enum rescue_task task;
	char name[16];

	stmt_text(stmt, 0, name, sizeof(name));
	if (rescue_task_parse(name, &task) == 0)
		r->jobs[task] = sqlite3_column_int64(stmt, 1);
}

static void
take_seen(sqlite3_stmt *stmt, struct rescue *r)
{
	struct rescue_seen *s;
	char name[16];
	int place;

	stmt_text(stmt, 0, name, sizeof(name));
	if ((place = find_word(name, places)) < 0)
		return;
	s = &r->seen[place];
	s->at_s = sqlite3_column_int64(stmt, 1);
	stmt_text(stmt, 2, s->verdict, sizeof(s->verdict));
	s->baud = (unsigned)sqlite3_column_int(stmt, 3);
	s->bytes = (uint64_t)sqlite3_column_int64(stmt, 4);
	s->text = (uint64_t)sqlite3_column_int64(stmt, 5);
	stmt_text(stmt, 6, s->firmware, sizeof(s->firmware));
}

/* All rows of stmt (finalized here; NULL = it could not be prepared). */
static int
take_all(struct db *db, sqlite3_stmt *stmt,
    void (*take)(sqlite3_stmt *, struct rescue *), struct rescue *r, struct err *e)
{
	int got;

	if (stmt == NULL)
		return -1;
	while ((got = stmt_step(db, stmt, e)) == 1)
		take(stmt, r);
	sqlite3_finalize(stmt);
	return got;
}

static int
read_rest(struct db *db, struct rescue *r, struct err *e)
{
	if (take_all(db,
		stmt_prepare(db, e,
		    "SELECT question, answer FROM rescue_answer WHERE rescue_id = ?",
		    "i", r->id),
		take_answer, r, e) < 0)
		return -1;
	if (take_all(db,
		stmt_prepare(db, e,
		    "SELECT task, job_id FROM rescue_job WHERE rescue_id = ?", "i",
		    r->id),
		take_job, r, e) < 0)
		return -1;
	return take_all(db,
	    stmt_prepare(db, e,
		"SELECT place, at_s, verdict, baud, bytes, text, firmware "
		"FROM rescue_seen WHERE rescue_id = ?",
		"i", r->id),
	    take_seen, r, e);
}

static int
not_found(struct err *e, int64_t id)
{
	return err_set(e, ERR_NOT_FOUND, "rescue-unknown",
	    "there is no rescue %lld (any more); 'camherd rescue list' shows them",
	    (long long)id);
}

int
rescue_by_id(struct db *db, int64_t id, struct rescue *ret, struct err *e)
{
	sqlite3_stmt *stmt = stmt_prepare(db, e, SELECT "WHERE r.id = ?", "i", id);
	int r;

	if (stmt == NULL)
		return -1;
	if ((r = stmt_step(db, stmt, e)) == 1)
		take_row(stmt, ret);
	sqlite3_finalize(stmt);
	if (r == 0)
		return not_found(e, id);
	return r < 0 ? -1 : read_rest(db, ret, e);
}

int
rescue_each(struct db *db, bool (*fn)(const struct rescue *r, void *arg), void *arg,
    struct err *e)
{
	sqlite3_stmt *stmt;
	struct rescue row;
	int r;

	if ((stmt = stmt_prepare(db, e, SELECT "ORDER BY r.id DESC", "")) == NULL)
		return -1;
	while ((r = stmt_step(db, stmt, e)) == 1) {
		take_row(stmt, &row);
		if (read_rest(db, &row, e) < 0) {
			r = -1;
			break;
		}
		if (!fn(&row, arg)) {
			r = 0;
			break;
		}
	}
	sqlite3_finalize(stmt);
	return r < 0 ? -1 : 0;
}

/* ---- writing ---- */

/* The camera of this name; one without an address is made when there is none. */
static int
find_or_make(struct db *db, const char *name, int64_t *ret, struct err *e)
{
	struct camera c = { .enabled = true };
	struct err quiet = { .code = ERR_NONE };

	if (camera_by_name(db, name, &c, &quiet) == 0) {
		*ret = c.id;
		return 0;
	}
	if (quiet.code != ERR_NOT_FOUND) {
		*e = quiet;
		return -1;
	}
	memset(&c, 0, sizeof(c));
	c.enabled = true;
	snprintf(c.name, sizeof(c.name), "%s", name);
	if (strlen(name) >= sizeof(c.name))
		return err_set(e, ERR_USAGE, "camera-name",
		    "a camera's name is 1 to 32 characters of a-z, 0-9 and -");
	if (camera_add(db, &c, e) < 0)
		return -1;
	*ret = c.id;
	return 0;
}

static int
insert_row(struct db *db, const char *camera, const char *who, int64_t *ret,
    struct err *e)
{
	int64_t n, camera_id;
	int r;

	if (stmt_number(db, e, &n, "SELECT count(*) FROM rescue", "") < 0)
		return -1;
	if (n >= RESCUES_MAX)
		return err_set(e, ERR_REFUSED, "too-many-rescues",
		    "there are %d rescues already; forget some that are over",
		    RESCUES_MAX);
	if (find_or_make(db, camera, &camera_id, e) < 0)
		return -1;
	r = stmt_number(db, e, &n,
	    "SELECT id FROM rescue WHERE camera_id = ? AND state = 'open'", "i",
	    camera_id);
	if (r == 1)
		return err_set(e, ERR_USAGE, "rescue-exists",
		    "camera '%s' is being rescued already: rescue %lld; go on with it",
		    camera, (long long)n);
	if (r < 0 ||
	    stmt_run(db, e,
		"INSERT INTO rescue (step, camera_id, asked_by, changed_by, created_s, "
		"changed_s) VALUES (?1, ?2, ?3, ?3, ?4, ?4)",
		"sisi", rescue_steps[0], camera_id, who, db_now_s(db)) < 0)
		return -1;
	*ret = sqlite3_last_insert_rowid(db->handle);
	return 0;
}

int
rescue_add(struct db *db, const char *camera, const char *who, struct rescue *ret,
    struct err *e)
{
	int64_t id = 0;
	bool own;
	int r;

	if (stmt_enter(db, &own, e) < 0)
		return -1;
	r = insert_row(db, camera, who, &id, e);
	if (stmt_leave(db, own, r, e) < 0)
		return -1;
	return rescue_by_id(db, id, ret, e);
}

int
rescue_touch(struct db *db, int64_t id, const char *who, struct err *e)
{
	int n = stmt_run(db, e,
	    "UPDATE rescue SET changed_by = ?, changed_s = ? WHERE id = ?", "sii", who,
	    db_now_s(db), id);

	return n == 0 ? not_found(e, id) : n < 0 ? -1 : 0;
}

static int
set_answer(struct db *db, int64_t id, int q, const char *value, struct err *e)
{
	if (value[0] == '\0')
		return stmt_run(db, e,
		    "DELETE FROM rescue_answer WHERE rescue_id = ? AND question = ?",
		    "is", id, questions[q].name);
	if (check_word(questions[q].name, value, questions[q].words, e) < 0)
		return -1;
	return stmt_run(db, e,
	    "INSERT INTO rescue_answer VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET "
	    "answer = excluded.answer",
	    "iss", id, questions[q].name, value);
}

static int
set_camera(struct db *db, int64_t id, const char *key, const char *value, struct err *e)
{
	const bool donor = strcmp(key, "donor") == 0;
	int64_t camera_id = 0, other;
	int r;

	if (value[0] == '\0' && !donor)
		return err_set(e, ERR_USAGE, "rescue-camera",
		    "a rescue is of one camera; name it");
	if (value[0] != '\0' && find_or_make(db, value, &camera_id, e) < 0)
		return -1;
	r = stmt_number(db, e, &other,
	    donor ? "SELECT 1 FROM rescue WHERE id = ? AND camera_id = ?"
		  : "SELECT 1 FROM rescue WHERE id = ? AND donor_id = ?",
	    "ii", id, camera_id);
	if (r == 1)
		return err_set(e, ERR_USAGE, "rescue-same-camera",
		    "'%s' cannot be the broken camera and the good one", value);
	if (r < 0)
		return -1;
	return stmt_run(db, e,
	    donor ? "UPDATE rescue SET donor_id = nullif(?, 0) WHERE id = ?"
		  : "UPDATE rescue SET camera_id = ? WHERE id = ?",
	    "ii", camera_id, id);
}

static int
set_port(struct db *db, int64_t id, const char *key, const char *value, struct err *e)
{
	size_t n = strlen(value);

	if (n >= sizeof(((struct rescue *)0)->port) || !text_is_clean(value, n))
		return err_set(e, ERR_USAGE, "port-path",
		    "a port's path is 1 to 255 clean characters");
	return stmt_run(db, e,
	    strcmp(key, "port") == 0 ? "UPDATE rescue SET port = ? WHERE id = ?"
				     : "UPDATE rescue SET donor_port = ? WHERE id = ?",
	    "si", value, id);
}

static int
set_image(struct db *db, int64_t id, const char *value, struct err *e)
{
	uint64_t image = 0;
	int64_t found;
	int r = 1;

	if (value[0] != '\0' && text_number(value, 1, INT64_MAX, false, &image) < 0)
		return err_set(e, ERR_USAGE, "rescue-image",
		    "'image' is the number of a dump");
	if (image != 0)
		r = stmt_number(db, e, &found, "SELECT id FROM dump WHERE id = ?", "i",
		    (int64_t)image);
	if (r == 0)
		return err_set(e, ERR_NOT_FOUND, "dump-unknown", "there is no dump %llu",
		    (unsigned long long)image);
	if (r < 0)
		return -1;
	return stmt_run(db, e, "UPDATE rescue SET image_id = nullif(?, 0) WHERE id = ?",
	    "ii", (int64_t)image, id);
}

static int
set_key(struct db *db, int64_t id, const char *key, const char *value, struct err *e)
{
	int i;

	if (strcmp(key, "camera") == 0 || strcmp(key, "donor") == 0)
		return set_camera(db, id, key, value, e);
	if (strcmp(key, "port") == 0 || strcmp(key, "donor_port") == 0)
		return set_port(db, id, key, value, e);
	if (strcmp(key, "image") == 0)
		return set_image(db, id, value, e);
	if (strcmp(key, "state") == 0)
		return check_word(key, value, states, e) < 0
		    ? -1
		    : stmt_run(db, e, "UPDATE rescue SET state = ? WHERE id = ?", "si",
			  value, id);
	if (strcmp(key, "step") == 0)
		return check_word(key, value, rescue_steps, e) < 0
		    ? -1
		    : stmt_run(db, e, "UPDATE rescue SET step = ? WHERE id = ?", "si",
			  value, id);
	if (strcmp(key, "identity") == 0)
		return check_word(key, value, identities, e) < 0
		    ? -1
		    : stmt_run(db, e, "UPDATE rescue SET identity = ? WHERE id = ?",
			  "si", value, id);
	for (i = 0; i < N_RESCUE_QUESTIONS; i++) {
		if (strcmp(key, questions[i].name) == 0)
			return set_answer(db, id, i, value, e);
	}
	return check_word("set", key, rescue_keys, e);
}

int
rescue_set(struct db *db, int64_t id, const char *key, const char *value,
    const char *who, struct err *e)
{
	bool own;
	int r;

	if (stmt_enter(db, &own, e) < 0)
		return -1;
	r = rescue_touch(db, id, who, e) < 0 ? -1 : set_key(db, id, key, value, e);
	return stmt_leave(db, own, r < 0 ? -1 : 0, e);
}

int
rescue_note_seen(struct db *db, int64_t id, const char *place,
    const struct rescue_seen *s, struct err *e)
{
	bool own;
	int r;

	if (check_word("place", place, places, e) < 0 ||
	    check_word("verdict", s->verdict, verdicts, e) < 0 ||
	    stmt_enter(db, &own, e) < 0)
		return -1;
	r = stmt_run(db, e,
	    "INSERT INTO rescue_seen SELECT id, ?, ?, ?, ?, ?, ?, ? FROM rescue "
	    "WHERE id = ? ON CONFLICT DO UPDATE SET at_s = excluded.at_s, verdict = "
	    "excluded.verdict, baud = excluded.baud, bytes = excluded.bytes, text = "
	    "excluded.text, firmware = excluded.firmware",
	    "sisIiisi", place, db_now_s(db), s->verdict, (int)s->baud,
	    (int64_t)s->bytes, (int64_t)s->text, s->firmware, id);
	if (r == 0)
		r = not_found(e, id);
	return stmt_leave(db, own, r < 0 ? -1 : 0, e);
}

int
rescue_remove(struct db *db, int64_t id, struct err *e)
{
	bool own;
	int n;

	if (stmt_enter(db, &own, e) < 0)
		return -1;
	n = stmt_run(db, e, "DELETE FROM rescue WHERE id = ?", "i", id);
	if (n == 0)
		n = not_found(e, id);
	return stmt_leave(db, own, n < 0 ? -1 : 0, e);
}
