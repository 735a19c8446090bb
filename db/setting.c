/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Table setting, the setup code and the stream credentials (see setting.h). Any
 * process; thread of the struct db. */
#include "config.h"

#include <ctype.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "common/err.h"
#include "common/text.h"
#include "db/db.h"
#include "db/secret.h"
#include "db/setting.h"
#include "db/stmt.h"
#include "db/user.h"

#define CODE_ALPHABET "abcdefghjkmnpqrstuvwxyz23456789"
#define PASSWORD_ALPHABET "abcdefghijklmnopqrstuvwxyz0123456789"
#define CODE_HASH "setup_code_hash"
#define CODE_MADE_S "setup_code_made_s"
#define CODE_TRIES "setup_code_tries"
#define STREAM_KEY "stream_password"

int
setting_get(struct db *db, const char *key, const char *fallback, char *ret,
    size_t ret_size, struct err *e)
{
	sqlite3_stmt *stmt;
	int r;

	stmt = stmt_prepare(db, e, "SELECT value FROM setting WHERE key = ?", "s", key);
	if (stmt == NULL)
		return -1;
	if ((r = stmt_step(db, stmt, e)) == 1)
		stmt_text(stmt, 0, ret, ret_size);
	sqlite3_finalize(stmt);
	if (r == 0)
		snprintf(ret, ret_size, "%s", fallback);
	return r < 0 ? -1 : 0;
}

int
setting_set(struct db *db, const char *key, const char *value, struct err *e)
{
	bool own;
	int r;

	if (stmt_enter(db, &own, e) < 0)
		return -1;
	r = stmt_run(db, e,
	    "INSERT INTO setting (key, value) VALUES (?, ?) "
	    "ON CONFLICT (key) DO UPDATE SET value = excluded.value",
	    "ss", key, value);
	return stmt_leave(db, own, r < 0 ? -1 : 0, e);
}

static int
get_number(struct db *db, const char *key, int64_t *ret, struct err *e)
{
	char text[24];
	uint64_t n = 0;

	if (setting_get(db, key, "0", text, sizeof(text), e) < 0)
		return -1;
	if (text_number(text, 0, INT64_MAX, false, &n) < 0)
		n = 0;
	*ret = (int64_t)n;
	return 0;
}

static int
set_number(struct db *db, const char *key, int64_t n, struct err *e)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)n);
	return setting_set(db, key, text, e);
}

static int
check_no_user(struct db *db, struct err *e)
{
	unsigned n;

	if (user_count(db, &n, e) < 0)
		return -1;
	if (n > 0)
		return err_set(e, ERR_USAGE, "setup-done",
		    "the first user exists already; sign in, or use 'camherd user "
		    "passwd NAME' on "
		    "the appliance");
	return 0;
}

static int
store_code(struct db *db, const char *hash, struct err *e)
{
	if (check_no_user(db, e) < 0 || setting_set(db, CODE_HASH, hash, e) < 0 ||
	    set_number(db, CODE_MADE_S, db_now_s(db), e) < 0)
		return -1;
	return set_number(db, CODE_TRIES, SETUP_CODE_TRIES, e);
}

int
setup_code_make(struct db *db, char *ret_code, struct err *e)
{
	char code[SETUP_CODE_LEN + 1], hash[SECRET_HASH_SIZE];
	bool own;

	secret_word(CODE_ALPHABET, SETUP_CODE_LEN, code);
	secret_hash(code, hash);
	if (stmt_enter(db, &own, e) < 0 ||
	    stmt_leave(db, own, store_code(db, hash, e), e) < 0)
		return -1;
	memcpy(ret_code, code, sizeof(code));
	return 0;
}

/* Compare with the stored code; a wrong one costs a try. 1 = right, 0 = not, -1. */
static int
try_code(struct db *db, const char *hash, struct err *e)
{
	char stored[SECRET_HASH_SIZE];
	int64_t made_s, tries, age_s;

	if (check_no_user(db, e) < 0 ||
	    setting_get(db, CODE_HASH, "", stored, sizeof(stored), e) < 0 ||
	    get_number(db, CODE_MADE_S, &made_s, e) < 0 ||
	    get_number(db, CODE_TRIES, &tries, e) < 0)
		return -1;
	age_s = db_now_s(db) - made_s;
	if (strlen(stored) + 1 != sizeof(stored) || tries <= 0 || age_s < 0 ||
	    age_s >= SETUP_CODE_LIFE_S)
		return 0;
	if (sodium_memcmp(stored, hash, sizeof(stored)) == 0)
		return 1;
	return set_number(db, CODE_TRIES, tries - 1, e);
}

/* People read it from a screen: upper case is fine. */
static void
hash_code(const char *code, char ret[SECRET_HASH_SIZE])
{
	char lower[SETUP_CODE_LEN + 1] = "";
	size_t i;

	for (i = 0; i < SETUP_CODE_LEN && code[i] != '\0'; i++)
		lower[i] = (char)tolower((unsigned char)code[i]);
	if (code[i] != '\0')
		lower[0] = '\0';
	secret_hash(lower, ret);
}

/* In a transaction of its own, which is committed also when the code is wrong. */
int
setup_code_try(struct db *db, const char *code, struct err *e)
{
	char hash[SECRET_HASH_SIZE];
	bool own;

	hash_code(code, hash);
	if (stmt_enter(db, &own, e) < 0)
		return -1;
	return stmt_leave(db, own, try_code(db, hash, e), e);
}

static int
spend(struct db *db, const char *code_hash, const char *user, const char *hash,
    struct err *e)
{
	int r;

	if ((r = try_code(db, code_hash, e)) != 1)
		return r;
	if (user_insert(db, user, hash, ROLE_ADMIN, e) < 0 ||
	    setting_set(db, CODE_HASH, "", e) < 0)
		return -1;
	return 1;
}

int
setup_code_spend_hashed(
    struct db *db, const char *code, const char *user, const char *hash, struct err *e)
{
	char code_hash[SECRET_HASH_SIZE];
	bool own;

	hash_code(code, code_hash);
	if (stmt_enter(db, &own, e) < 0)
		return -1;
	return stmt_leave(db, own, spend(db, code_hash, user, hash, e), e);
}

int
setup_code_spend(struct db *db, const char *code, const char *user,
    const char *password, struct err *e)
{
	char hash[SECRET_PASSWORD_SIZE];
	int r;

	if ((r = setup_code_try(db, code, e)) != 1)
		return r;
	/* Hashing takes up to a second, so it stands between two transactions. */
	if (user_judge(user, password, e) < 0 ||
	    secret_password_hash(password, hash, e) < 0)
		return -1;
	return setup_code_spend_hashed(db, code, user, hash, e);
}

int
stream_password_new(struct db *db, char *ret_user, char *ret_password, struct err *e)
{
	char password[STREAM_PASSWORD_LEN + 1];

	secret_word(PASSWORD_ALPHABET, STREAM_PASSWORD_LEN, password);
	if (setting_set(db, STREAM_KEY, password, e) < 0)
		return -1;
	snprintf(ret_user, 33, "%s", STREAM_USER);
	snprintf(ret_password, 65, "%s", password);
	return 0;
}

/* Within a transaction: somebody else may have made it just now. */
static int
get_or_make(struct db *db, char *ret_user, char *ret_password, struct err *e)
{
	char password[65];

	if (setting_get(db, STREAM_KEY, "", password, sizeof(password), e) < 0)
		return -1;
	if (password[0] == '\0')
		return stream_password_new(db, ret_user, ret_password, e);
	snprintf(ret_user, 33, "%s", STREAM_USER);
	snprintf(ret_password, 65, "%s", password);
	return 0;
}

int
stream_password_get(struct db *db, char *ret_user, char *ret_password, struct err *e)
{
	char password[65];
	bool own;

	if (setting_get(db, STREAM_KEY, "", password, sizeof(password), e) < 0)
		return -1;
	if (password[0] == '\0') {
		if (stmt_enter(db, &own, e) < 0)
			return -1;
		return stmt_leave(
		    db, own, get_or_make(db, ret_user, ret_password, e), e);
	}
	snprintf(ret_user, 33, "%s", STREAM_USER);
	snprintf(ret_password, 65, "%s", password);
	return 0;
}
