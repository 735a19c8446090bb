/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Table token (see token.h). Processes webd and camherd; thread of the struct db. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "common/err.h"
#include "common/text.h"
#include "db/db.h"
#include "db/secret.h"
#include "db/stmt.h"
#include "db/token.h"

#define TOKENS_MAX 200
#define ALPHABET "abcdefghijklmnopqrstuvwxyz0123456789"
#define USED_S 3600 /* how often used_s is worth a write on an SD card */
#define SELECT "SELECT id, name, role, created_s, expires_s, used_s FROM token "

static void
token_row(sqlite3_stmt *stmt, struct token *t)
{
	char role[16];

	memset(t, 0, sizeof(*t));
	t->id = sqlite3_column_int64(stmt, 0);
	stmt_text(stmt, 1, t->name, sizeof(t->name));
	stmt_text(stmt, 2, role, sizeof(role));
	if (role_parse(role, &t->role) < 0)
		t->role = ROLE_NONE;
	t->created_s = sqlite3_column_int64(stmt, 3);
	t->expires_s = sqlite3_column_int64(stmt, 4);
	t->used_s = sqlite3_column_int64(stmt, 5);
}

static int
check_name(const char *name, struct err *e)
{
	size_t n = strlen(name);

	if (n == 0 || n >= sizeof(((struct token *)0)->name) ||
	    !text_is_clean(name, n) || strpbrk(name, "/:?#%\\\"") != NULL)
		return err_set(e, ERR_USAGE, "token-name",
		    "a token's name is 1 to 64 characters, without / : ? # %% \\ \"");
	return 0;
}

static int
insert_row(struct db *db, const char *name, enum role role, unsigned days,
    const char *hash, struct err *e)
{
	int64_t n;
	int r;

	r = stmt_number(db, e, &n, "SELECT id FROM token WHERE name = ?", "s", name);
	if (r == 1)
		return err_set(e, ERR_USAGE, "token-exists",
		    "there is a token '%s' already; choose another name", name);
	if (r < 0 || stmt_number(db, e, &n, "SELECT count(*) FROM token", "") < 0)
		return -1;
	if (n >= TOKENS_MAX)
		return err_set(e, ERR_REFUSED, "too-many-tokens",
		    "there are %d tokens already; remove some", TOKENS_MAX);
	return stmt_run(db, e,
		   "INSERT INTO token (name, hash, role, created_s, expires_s) "
		   "VALUES (?, ?, ?, ?, ?)",
		   "sssii", name, hash, role_name(role), db_now_s(db),
		   days > 0 ? db_now_s(db) + (int64_t)days * 24 * 3600 : 0) < 0
	    ? -1
	    : 0;
}

int
token_add(struct db *db, const char *name, enum role role, unsigned days,
    char *ret_token, struct err *e)
{
	char token[TOKEN_LEN + 1], hash[SECRET_HASH_SIZE];
	bool own;

	if (role != ROLE_ADMIN && role != ROLE_VIEWER)
		return err_set(
		    e, ERR_USAGE, "user-role", "a token's role is admin or viewer");
	if (days > TOKEN_DAYS_MAX)
		return err_set(e, ERR_USAGE, "token-days",
		    "a token is good for 1 to %d days, or without an end",
		    TOKEN_DAYS_MAX);
	if (check_name(name, e) < 0)
		return -1;
	secret_word(ALPHABET, TOKEN_LEN, token);
	secret_hash(token, hash);
	if (stmt_enter(db, &own, e) < 0 ||
	    stmt_leave(db, own, insert_row(db, name, role, days, hash, e), e) < 0)
		return -1;
	memcpy(ret_token, token, sizeof(token));
	return 0;
}

int
token_remove(struct db *db, const char *name, struct err *e)
{
	bool own;
	int n;

	if (stmt_enter(db, &own, e) < 0)
		return -1;
	n = stmt_run(db, e, "DELETE FROM token WHERE name = ?", "s", name);
	if (n == 0)
		n = err_set(e, ERR_NOT_FOUND, "token-unknown",
		    "there is no token '%s'; 'camherd token list' shows them", name);
	return stmt_leave(db, own, n < 0 ? -1 : 0, e);
}

int
token_each(struct db *db, bool (*fn)(const struct token *t, void *arg), void *arg,
    struct err *e)
{
	sqlite3_stmt *stmt;
	struct token t;
	int r;

	if ((stmt = stmt_prepare(db, e, SELECT "ORDER BY name", "")) == NULL)
		return -1;
	while ((r = stmt_step(db, stmt, e)) == 1) {
		token_row(stmt, &t);
		if (!fn(&t, arg)) {
			r = 0;
			break;
		}
	}
	sqlite3_finalize(stmt);
	return r < 0 ? -1 : 0;
}

static int
note_use(struct db *db, struct token *t, struct err *e)
{
	bool own;
	int r;

	if (stmt_enter(db, &own, e) < 0)
		return -1;
	r = stmt_run(db, e, "UPDATE token SET used_s = ? WHERE id = ?", "ii",
	    db_now_s(db), t->id);
	if (r > 0)
		t->used_s = db_now_s(db);
	return stmt_leave(db, own, r < 0 ? -1 : 0, e);
}

int
token_check(struct db *db, const char *token, struct token *ret, struct err *e)
{
	char hash[SECRET_HASH_SIZE];
	int64_t now = db_now_s(db);
	sqlite3_stmt *stmt;
	int r;

	if (strlen(token) != TOKEN_LEN)
		return 0;
	secret_hash(token, hash);
	if ((stmt = stmt_prepare(db, e, SELECT "WHERE hash = ?", "s", hash)) == NULL)
		return -1;
	if ((r = stmt_step(db, stmt, e)) == 1)
		token_row(stmt, ret);
	sqlite3_finalize(stmt);
	if (r != 1)
		return r;
	if (ret->expires_s != 0 && ret->expires_s <= now)
		return 0;
	/* A database that cannot be written just now keeps no script out. */
	if (now - ret->used_s >= USED_S || ret->used_s > now)
		(void)note_use(db, ret, NULL);
	return 1;
}
