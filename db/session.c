/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Table session (see session.h). Process webd; thread of the struct db. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "common/err.h"
#include "common/text.h"
#include "db/db.h"
#include "db/secret.h"
#include "db/session.h"
#include "db/stmt.h"

#define IDLE_S (7 * 24 * 3600)
#define LIFE_S (30 * 24 * 3600)
#define RENEW_S (6 * 3600) /* how often seen_s is worth a write on an SD card */
#define PER_USER 20
#define SELECT                                                                         \
	"SELECT s.hash, s.csrf, s.agent, s.address, s.created_s, s.seen_s, u.id, "     \
	"u.name, "                                                                     \
	"u.role, u.created_s, u.changed_s FROM session AS s JOIN user AS u "           \
	"ON u.id = s.user_id "

static void
session_row(sqlite3_stmt *stmt, struct session *s)
{
	char role[16];

	memset(s, 0, sizeof(*s));
	stmt_text(stmt, 0, s->hash, sizeof(s->hash));
	stmt_text(stmt, 1, s->csrf, sizeof(s->csrf));
	stmt_text(stmt, 2, s->agent, sizeof(s->agent));
	stmt_text(stmt, 3, s->address, sizeof(s->address));
	s->created_s = sqlite3_column_int64(stmt, 4);
	s->seen_s = sqlite3_column_int64(stmt, 5);
	s->user.id = sqlite3_column_int64(stmt, 6);
	stmt_text(stmt, 7, s->user.name, sizeof(s->user.name));
	stmt_text(stmt, 8, role, sizeof(role));
	if (role_parse(role, &s->user.role) < 0)
		s->user.role = ROLE_NONE;
	s->user.created_s = sqlite3_column_int64(stmt, 9);
	s->user.changed_s = sqlite3_column_int64(stmt, 10);
}

/* A clock that was set back must not keep a session for longer than its life. */
static bool
is_alive(const struct session *s, int64_t now)
{
	return now - s->created_s < LIFE_S && now - s->seen_s < IDLE_S &&
	    s->created_s - now < LIFE_S;
}

/* The ended ones go, and the oldest ones of a user with too many. */
static int
sweep(struct db *db, int64_t user_id, struct err *e)
{
	int64_t now = db_now_s(db);

	if (stmt_run(db, e, "DELETE FROM session WHERE created_s <= ? OR seen_s <= ?",
		"ii", now - LIFE_S, now - IDLE_S) < 0)
		return -1;
	return stmt_run(db, e,
	    "DELETE FROM session WHERE user_id = ?1 AND hash NOT IN (SELECT hash FROM "
	    "session "
	    "WHERE user_id = ?1 ORDER BY created_s DESC, seen_s DESC LIMIT ?2)",
	    "iI", user_id, PER_USER - 1);
}

static int
insert_row(struct db *db, int64_t user_id, const struct session *s, struct err *e)
{
	int64_t found;
	int r;

	r = stmt_number(
	    db, e, &found, "SELECT id FROM user WHERE id = ?", "i", user_id);
	if (r == 0)
		return err_set(e, ERR_NOT_FOUND, "user-unknown", "that user is gone");
	if (r < 0 || sweep(db, user_id, e) < 0)
		return -1;
	return stmt_run(db, e,
		   "INSERT INTO session (hash, csrf, user_id, agent, address, "
		   "created_s, seen_s) "
		   "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)",
		   "ssissi", s->hash, s->csrf, user_id, s->agent, s->address,
		   db_now_s(db)) < 0
	    ? -1
	    : 0;
}

int
session_start(struct db *db, int64_t user_id, const char *agent, const char *address,
    char *ret_cookie, char *ret_csrf, struct err *e)
{
	char cookie[SESSION_COOKIE_LEN + 1];
	struct session s = { .csrf = "" };
	bool own;

	secret_hex(cookie);
	secret_hex(s.csrf);
	secret_hash(cookie, s.hash);
	text_escape(agent, strlen(agent), s.agent, sizeof(s.agent));
	text_escape(address, strlen(address), s.address, sizeof(s.address));
	if (stmt_enter(db, &own, e) < 0 ||
	    stmt_leave(db, own, insert_row(db, user_id, &s, e), e) < 0)
		return -1;
	memcpy(ret_cookie, cookie, sizeof(cookie));
	memcpy(ret_csrf, s.csrf, sizeof(s.csrf));
	return 0;
}

static int
renew(struct db *db, struct session *s, struct err *e)
{
	bool own;
	int r;

	if (stmt_enter(db, &own, e) < 0)
		return -1;
	r = stmt_run(db, e, "UPDATE session SET seen_s = ? WHERE hash = ?", "is",
	    db_now_s(db), s->hash);
	if (r > 0)
		s->seen_s = db_now_s(db);
	return stmt_leave(db, own, r < 0 ? -1 : 0, e);
}

/* Looking up by digest takes no secret-dependent time that helps to guess a cookie. */
int
session_check(struct db *db, const char *cookie, struct session *ret, struct err *e)
{
	char hash[SECRET_HASH_SIZE];
	sqlite3_stmt *stmt;
	struct session s;
	int r;

	if (strlen(cookie) != SESSION_COOKIE_LEN)
		return 0;
	secret_hash(cookie, hash);
	if ((stmt = stmt_prepare(db, e, SELECT "WHERE s.hash = ?", "s", hash)) == NULL)
		return -1;
	if ((r = stmt_step(db, stmt, e)) == 1)
		session_row(stmt, &s);
	sqlite3_finalize(stmt);
	if (r != 1)
		return r;
	if (!is_alive(&s, db_now_s(db)))
		return 0;
	if (db_now_s(db) - s.seen_s >= RENEW_S && renew(db, &s, e) < 0)
		return -1;
	*ret = s;
	return 1;
}

int
session_end(struct db *db, const char *hash, struct err *e)
{
	bool own;
	int r;

	if (stmt_enter(db, &own, e) < 0)
		return -1;
	r = stmt_run(db, e, "DELETE FROM session WHERE hash = ?", "s", hash);
	return stmt_leave(db, own, r < 0 ? -1 : 0, e);
}

int
session_end_user(struct db *db, int64_t user_id, struct err *e)
{
	bool own;
	int r;

	if (stmt_enter(db, &own, e) < 0)
		return -1;
	r = stmt_run(db, e, "DELETE FROM session WHERE user_id = ?", "i", user_id);
	return stmt_leave(db, own, r < 0 ? -1 : 0, e);
}

int
session_end_id(struct db *db, const char *id, int64_t user_id, struct err *e)
{
	bool own;
	int n;

	if (stmt_enter(db, &own, e) < 0)
		return -1;
	n = stmt_run(db, e,
	    "DELETE FROM session WHERE substr(hash, 1, ?1) = ?2 AND "
	    "(?3 = 0 OR user_id = ?3)",
	    "Isi", SESSION_ID_LEN, id, user_id);
	if (n == 0)
		n = err_set(e, ERR_NOT_FOUND, "session-unknown",
		    "that sign-in has ended already");
	return stmt_leave(db, own, n < 0 ? -1 : 0, e);
}

int
session_end_others(struct db *db, int64_t user_id, const char *hash, struct err *e)
{
	bool own;
	int n;

	if (stmt_enter(db, &own, e) < 0)
		return -1;
	n = stmt_run(db, e, "DELETE FROM session WHERE user_id = ? AND hash <> ?", "is",
	    user_id, hash);
	return stmt_leave(db, own, n, e);
}

int
session_each(struct db *db, int64_t user_id,
    bool (*fn)(const struct session *s, void *arg), void *arg, struct err *e)
{
	sqlite3_stmt *stmt;
	struct session s;
	int r;

	stmt = stmt_prepare(db, e,
	    SELECT "WHERE ?1 = 0 OR s.user_id = ?1 ORDER BY s.seen_s DESC, s.hash", "i",
	    user_id);
	if (stmt == NULL)
		return -1;
	while ((r = stmt_step(db, stmt, e)) == 1) {
		session_row(stmt, &s);
		if (is_alive(&s, db_now_s(db)) && !fn(&s, arg)) {
			r = 0;
			break;
		}
	}
	sqlite3_finalize(stmt);
	return r < 0 ? -1 : 0;
}
