/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Table user (see user.h). Processes webd and camherd; thread of the struct db. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "common/err.h"
#include "common/text.h"
#include "db/db.h"
#include "db/secret.h"
#include "db/session.h"
#include "db/stmt.h"
#include "db/user.h"

#define USERS_MAX 200
#define SELECT "SELECT id, name, role, created_s, changed_s FROM user "

const char *
role_name(enum role role)
{
	return role == ROLE_ADMIN ? "admin" : role == ROLE_VIEWER ? "viewer" : "none";
}

int
role_parse(const char *s, enum role *ret)
{
	if (strcmp(s, "admin") == 0)
		*ret = ROLE_ADMIN;
	else if (strcmp(s, "viewer") == 0)
		*ret = ROLE_VIEWER;
	else
		return -1;
	return 0;
}

static void
user_row(sqlite3_stmt *stmt, struct user *u)
{
	char role[16];

	memset(u, 0, sizeof(*u));
	u->id = sqlite3_column_int64(stmt, 0);
	stmt_text(stmt, 1, u->name, sizeof(u->name));
	stmt_text(stmt, 2, role, sizeof(role));
	if (role_parse(role, &u->role) < 0)
		u->role = ROLE_NONE;
	u->created_s = sqlite3_column_int64(stmt, 3);
	u->changed_s = sqlite3_column_int64(stmt, 4);
}

/* The name stands in URLs and in log lines. */
static int
check_name(const char *name, struct err *e)
{
	size_t n = strlen(name);

	if (n == 0 || n >= sizeof(((struct user *)0)->name) ||
	    !text_is_clean(name, n) || name[0] == ' ' || name[n - 1] == ' ' ||
	    strpbrk(name, "/:?#%\\\"") != NULL)
		return err_set(e, ERR_USAGE, "user-name",
		    "a user's name is 1 to 64 characters, without / : ? # %% \\ \" and "
		    "without "
		    "spaces around it");
	return 0;
}

static size_t
count_characters(const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static int
check_password(const char *password, struct err *e)
{
	if (count_characters(password) < USER_PASSWORD_MIN)
		return err_set(e, ERR_USAGE, "password-short",
		    "the password needs at least %d characters", USER_PASSWORD_MIN);
	if (strlen(password) > USER_PASSWORD_MAX)
		return err_set(e, ERR_USAGE, "password-long",
		    "the password may have at most %d bytes", USER_PASSWORD_MAX);
	return 0;
}

static int
check_role(enum role role, struct err *e)
{
	if (role == ROLE_ADMIN || role == ROLE_VIEWER)
		return 0;
	return err_set(e, ERR_USAGE, "user-role", "a user's role is admin or viewer");
}

static int
not_found(struct err *e, const char *name)
{
	return err_set(e, ERR_NOT_FOUND, "user-unknown",
	    "there is no user '%s'; 'camherd user list' shows them", name);
}

/* 1 = found, 0 = not, -1. */
static int
find(struct db *db, const char *name, struct user *ret, struct err *e)
{
	sqlite3_stmt *stmt;
	int r;

	if ((stmt = stmt_prepare(db, e, SELECT "WHERE name = ?", "s", name)) == NULL)
		return -1;
	if ((r = stmt_step(db, stmt, e)) == 1)
		user_row(stmt, ret);
	sqlite3_finalize(stmt);
	return r;
}

int
user_by_name(struct db *db, const char *name, struct user *ret, struct err *e)
{
	int r = find(db, name, ret, e);

	return r == 0 ? not_found(e, name) : r < 0 ? -1 : 0;
}

int
user_by_id(struct db *db, int64_t id, struct user *ret, struct err *e)
{
	sqlite3_stmt *stmt;
	int r;

	if ((stmt = stmt_prepare(db, e, SELECT "WHERE id = ?", "i", id)) == NULL)
		return -1;
	if ((r = stmt_step(db, stmt, e)) == 1)
		user_row(stmt, ret);
	sqlite3_finalize(stmt);
	if (r == 0)
		return err_set(e, ERR_NOT_FOUND, "user-unknown", "that user is gone");
	return r < 0 ? -1 : 0;
}

int
user_each(struct db *db, bool (*fn)(const struct user *u, void *arg), void *arg,
    struct err *e)
{
	sqlite3_stmt *stmt;
	struct user u;
	int r;

	if ((stmt = stmt_prepare(db, e, SELECT "ORDER BY name", "")) == NULL)
		return -1;
	while ((r = stmt_step(db, stmt, e)) == 1) {
		user_row(stmt, &u);
		if (!fn(&u, arg)) {
			r = 0;
			break;
		}
	}
	sqlite3_finalize(stmt);
	return r < 0 ? -1 : 0;
}

int
user_count(struct db *db, unsigned *ret, struct err *e)
{
	int64_t n;

	if (stmt_number(db, e, &n, "SELECT count(*) FROM user", "") < 0)
		return -1;
	*ret = (unsigned)n;
	return 0;
}

int
user_insert(
    struct db *db, const char *name, const char *hash, enum role role, struct err *e)
{
	struct user old;
	unsigned n;
	int r;

	if ((r = find(db, name, &old, e)) == 1)
		return err_set(e, ERR_USAGE, "user-exists",
		    "there is a user '%s' already; choose another name", name);
	if (r < 0 || user_count(db, &n, e) < 0)
		return -1;
	if (n >= USERS_MAX)
		return err_set(e, ERR_REFUSED, "too-many-users",
		    "there are %d users already, the most that one appliance keeps",
		    USERS_MAX);
	return stmt_run(db, e,
		   "INSERT INTO user (name, hash, role, created_s, changed_s) "
		   "VALUES (?1, ?2, ?3, ?4, ?4)",
		   "sssi", name, hash, role_name(role), db_now_s(db)) < 0
	    ? -1
	    : 0;
}

_Static_assert(USER_HASH_SIZE == SECRET_PASSWORD_SIZE, "one size");

int
user_hash_make(const char *password, char ret[USER_HASH_SIZE], struct err *e)
{
	return secret_password_hash(password, ret, e);
}

bool
user_hash_fits(const char *hash, const char *password)
{
	return secret_password_check(hash, password) == 1;
}

int
user_judge(const char *name, const char *password, struct err *e)
{
	return check_name(name, e) < 0 || check_password(password, e) < 0 ? -1 : 0;
}

int
user_add_hashed(
    struct db *db, const char *name, const char *hash, enum role role, struct err *e)
{
	bool own;

	if (check_role(role, e) < 0 || check_name(name, e) < 0 ||
	    stmt_enter(db, &own, e) < 0)
		return -1;
	return stmt_leave(db, own, user_insert(db, name, hash, role, e), e);
}

int
user_add(struct db *db, const char *name, const char *password, enum role role,
    struct err *e)
{
	char hash[SECRET_PASSWORD_SIZE];

	if (check_role(role, e) < 0 || user_judge(name, password, e) < 0 ||
	    secret_password_hash(password, hash, e) < 0)
		return -1;
	return user_add_hashed(db, name, hash, role, e);
}

static int
set_password(struct db *db, const char *name, const char *hash, struct err *e)
{
	struct user u;

	if (user_by_name(db, name, &u, e) < 0 ||
	    stmt_run(db, e, "UPDATE user SET hash = ?, changed_s = ? WHERE id = ?",
		"sii", hash, db_now_s(db), u.id) < 0)
		return -1;
	return session_end_user(db, u.id, e);
}

int
user_set_hash(struct db *db, const char *name, const char *hash, struct err *e)
{
	bool own;

	if (stmt_enter(db, &own, e) < 0)
		return -1;
	return stmt_leave(db, own, set_password(db, name, hash, e), e);
}

int
user_set_password(struct db *db, const char *name, const char *password, struct err *e)
{
	char hash[SECRET_PASSWORD_SIZE];

	if (user_judge(name, password, e) < 0 ||
	    secret_password_hash(password, hash, e) < 0)
		return -1;
	return user_set_hash(db, name, hash, e);
}

/* Somebody must be able to put things right. */
static int
check_other_admin(struct db *db, const struct user *u, struct err *e)
{
	int64_t n;

	if (u->role != ROLE_ADMIN)
		return 0;
	if (stmt_number(db, e, &n,
		"SELECT count(*) FROM user WHERE role = 'admin' AND id <> ?", "i",
		u->id) < 0)
		return -1;
	if (n == 0)
		return err_set(e, ERR_REFUSED, "last-admin",
		    "'%s' is the only admin; make another user admin first", u->name);
	return 0;
}

static int
set_role(struct db *db, const char *name, enum role role, struct err *e)
{
	struct user u;

	if (user_by_name(db, name, &u, e) < 0)
		return -1;
	if (u.role == role)
		return 0;
	if (check_other_admin(db, &u, e) < 0 ||
	    stmt_run(db, e, "UPDATE user SET role = ?, changed_s = ? WHERE id = ?",
		"sii", role_name(role), db_now_s(db), u.id) < 0)
		return -1;
	return session_end_user(db, u.id, e);
}

int
user_set_role(struct db *db, const char *name, enum role role, struct err *e)
{
	bool own;

	if (check_role(role, e) < 0 || stmt_enter(db, &own, e) < 0)
		return -1;
	return stmt_leave(db, own, set_role(db, name, role, e), e);
}

static int
remove_row(struct db *db, const char *name, struct err *e)
{
	struct user u;

	if (user_by_name(db, name, &u, e) < 0 || check_other_admin(db, &u, e) < 0)
		return -1;
	/* The sessions go with it (ON DELETE CASCADE). */
	return stmt_run(db, e, "DELETE FROM user WHERE id = ?", "i", u.id) < 0 ? -1 : 0;
}

int
user_remove(struct db *db, const char *name, struct err *e)
{
	bool own;

	if (stmt_enter(db, &own, e) < 0)
		return -1;
	return stmt_leave(db, own, remove_row(db, name, e), e);
}

int
user_hash(struct db *db, const char *name, char *ret, struct err *e)
{
	sqlite3_stmt *stmt;
	int r;

	stmt = stmt_prepare(db, e, "SELECT hash FROM user WHERE name = ?", "s", name);
	if (stmt == NULL)
		return -1;
	if ((r = stmt_step(db, stmt, e)) == 1)
		stmt_text(stmt, 0, ret, SECRET_PASSWORD_SIZE);
	sqlite3_finalize(stmt);
	return r;
}

int
user_check(struct db *db, const char *name, const char *password, struct user *ret,
    struct err *e)
{
	char hash[SECRET_PASSWORD_SIZE];
	int r;

	/* Too long to be right; hashing megabytes would be a gift to a stranger. */
	if (strlen(password) > USER_PASSWORD_MAX)
		password = "";
	if ((r = user_hash(db, name, hash, e)) < 0)
		return -1;
	if (secret_password_check(r == 1 ? hash : NULL, password) != 1)
		return 0;
	return find(db, name, ret, e);
}
