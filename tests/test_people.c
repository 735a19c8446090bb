/* SPDX-License-Identifier: GPL-3.0-or-later */
/* db/user.c, session.c, token.c, setting.c: who may come in, and for how long. */
#include "config.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "db/session.h"
#include "db/setting.h"
#include "db/stmt.h"
#include "db/token.h"
#include "db/user.h"
#include "tests/dbtest.h"

#define DAY (24 * 3600)
#define T0 1800000000
#define GOOD "correct horse"

static void
add(struct dbtest *t, const char *name, enum role role)
{
	struct err e;

	assert_ok(user_add(t->db, name, GOOD, role, &e), e);
}

static void
a_user_signs_in_with_the_right_password_only(void **state)
{
	struct dbtest *t = *state;
	char longer[2000];
	struct user u;
	struct err e;

	add(t, "ann", ROLE_VIEWER);
	assert_int_equal(user_check(t->db, "ann", GOOD, &u, &e), 1);
	assert_string_equal(u.name, "ann");
	assert_int_equal(u.role, ROLE_VIEWER);
	assert_int_equal(user_check(t->db, "ann", GOOD "x", &u, &e), 0);
	assert_int_equal(user_check(t->db, "ann", "", &u, &e), 0);
	assert_int_equal(user_check(t->db, "Ann", GOOD, &u, &e), 0);
	assert_int_equal(user_check(t->db, "nobody", GOOD, &u, &e), 0);
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(user_check(t->db, "ann", longer, &u, &e), 0);
	assert_int_equal(
	    dbtest_sql(t, "SELECT count(*) FROM user WHERE hash LIKE '%" GOOD "%'"), 0);
	/* argon2id within 32 MiB. */
	assert_int_equal(
	    dbtest_sql(t,
		"SELECT count(*) FROM user WHERE hash LIKE '$argon2id$v=19$m=32768,%'"),
	    1);
}

static void
names_and_passwords_have_rules(void **state)
{
	static const char *const names[] = {
		"", " ann", "ann ", "a/b", "a:b", "a\nb", "a\"b", "\xff",
		"0123456789012345678901234567890123456789012345678901234567890123456789"
	};
	struct dbtest *t = *state;
	char longer[USER_PASSWORD_MAX + 2];
	struct err e;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_err(user_add(t->db, names[i], GOOD, ROLE_ADMIN, &e), e,
		    ERR_USAGE, "user-name");
	assert_err(user_add(t->db, "ann", "1234567", ROLE_ADMIN, &e), e, ERR_USAGE,
	    "password-short");
	/* Seven characters in more than seven bytes. */
	assert_err(user_add(t->db, "ann", "äöüäöüß", ROLE_ADMIN, &e), e, ERR_USAGE,
	    "password-short");
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_err(user_add(t->db, "ann", longer, ROLE_ADMIN, &e), e, ERR_USAGE,
	    "password-long");
	assert_err(
	    user_add(t->db, "ann", GOOD, ROLE_NONE, &e), e, ERR_USAGE, "user-role");
	add(t, "Jörg the 2nd", ROLE_ADMIN);
	assert_err(user_add(t->db, "Jörg the 2nd", GOOD, ROLE_ADMIN, &e), e, ERR_USAGE,
	    "user-exists");
}

static void
the_last_admin_stays(void **state)
{
	struct dbtest *t = *state;
	struct user u;
	struct err e;
	unsigned n;

	add(t, "ann", ROLE_ADMIN);
	add(t, "bob", ROLE_VIEWER);
	assert_err(user_remove(t->db, "ann", &e), e, ERR_REFUSED, "last-admin");
	assert_err(
	    user_set_role(t->db, "ann", ROLE_VIEWER, &e), e, ERR_REFUSED, "last-admin");
	assert_ok(user_set_role(t->db, "ann", ROLE_ADMIN, &e), e);
	assert_ok(user_set_role(t->db, "bob", ROLE_ADMIN, &e), e);
	assert_ok(user_set_role(t->db, "ann", ROLE_VIEWER, &e), e);
	assert_err(user_remove(t->db, "bob", &e), e, ERR_REFUSED, "last-admin");
	assert_ok(user_remove(t->db, "ann", &e), e);
	assert_ok(user_count(t->db, &n, &e), e);
	assert_int_equal(n, 1);
	assert_err(user_remove(t->db, "ann", &e), e, ERR_NOT_FOUND, "user-unknown");
	assert_err(
	    user_by_name(t->db, "ann", &u, &e), e, ERR_NOT_FOUND, "user-unknown");
	assert_err(user_set_password(t->db, "ann", GOOD, &e), e, ERR_NOT_FOUND,
	    "user-unknown");
}

struct browser {
	char cookie[SESSION_COOKIE_LEN + 1], csrf[65];
};

static void
sign_in(struct dbtest *t, const char *name, struct browser *b)
{
	struct user u;
	struct err e;

	assert_ok(user_by_name(t->db, name, &u, &e), e);
	assert_ok(
	    session_start(t->db, u.id, "Browser\033[2J", "::1", b->cookie, b->csrf, &e),
	    e);
	assert_int_equal(strlen(b->cookie), SESSION_COOKIE_LEN);
	assert_int_equal(strlen(b->csrf), 64);
}

static int
is_in(struct dbtest *t, const struct browser *b)
{
	struct session s;
	struct err e;

	return session_check(t->db, b->cookie, &s, &e);
}

static void
a_session_knows_its_user_and_hides_its_cookie(void **state)
{
	struct dbtest *t = *state;
	struct browser b;
	struct session s;
	struct err e;
	char sql[300];

	add(t, "ann", ROLE_ADMIN);
	sign_in(t, "ann", &b);
	assert_int_equal(session_check(t->db, b.cookie, &s, &e), 1);
	assert_string_equal(s.user.name, "ann");
	assert_int_equal(s.user.role, ROLE_ADMIN);
	assert_string_equal(s.csrf, b.csrf);
	assert_string_equal(s.agent, "Browser\\x1b[2J");
	assert_string_equal(s.address, "::1");
	snprintf(sql, sizeof(sql), "SELECT count(*) FROM session WHERE hash = '%s'",
	    b.cookie);
	assert_int_equal(dbtest_sql(t, sql), 0);
	assert_int_equal(session_check(t->db, "", &s, &e), 0);
	assert_int_equal(session_check(t->db, s.hash, &s, &e), 0);
	b.cookie[0] = b.cookie[0] == 'a' ? 'b' : 'a';
	assert_int_equal(is_in(t, &b), 0);
}

static void
a_session_ends_after_a_week_unused(void **state)
{
	struct dbtest *t = *state;
	struct browser used, unused;
	int day;

	add(t, "ann", ROLE_ADMIN);
	db_set_clock(t->db, T0);
	sign_in(t, "ann", &used);
	sign_in(t, "ann", &unused);
	for (day = 1; day < 7; day++) {
		db_set_clock(t->db, T0 + day * DAY);
		assert_int_equal(is_in(t, &used), 1);
	}
	db_set_clock(t->db, T0 + 7 * DAY - 1);
	assert_int_equal(is_in(t, &used), 1);
	db_set_clock(t->db, T0 + 7 * DAY);
	assert_int_equal(is_in(t, &used), 1);
	assert_int_equal(is_in(t, &unused), 0);
}

static void
a_session_ends_after_thirty_days_in_all(void **state)
{
	struct dbtest *t = *state;
	struct browser b;
	int day;

	add(t, "ann", ROLE_ADMIN);
	db_set_clock(t->db, T0);
	sign_in(t, "ann", &b);
	for (day = 1; day < 30; day++) {
		db_set_clock(t->db, T0 + day * DAY);
		assert_int_equal(is_in(t, &b), 1);
	}
	db_set_clock(t->db, T0 + 30 * DAY - 1);
	assert_int_equal(is_in(t, &b), 1);
	db_set_clock(t->db, T0 + 30 * DAY);
	assert_int_equal(is_in(t, &b), 0);
	/* A clock set back by a year makes no session immortal. */
	db_set_clock(t->db, T0 - 365 * DAY);
	assert_int_equal(is_in(t, &b), 0);
}

static void
being_seen_is_written_every_six_hours_only(void **state)
{
	struct dbtest *t = *state;
	struct browser b;

	add(t, "ann", ROLE_ADMIN);
	db_set_clock(t->db, T0);
	sign_in(t, "ann", &b);
	db_set_clock(t->db, T0 + 6 * 3600 - 1);
	assert_int_equal(is_in(t, &b), 1);
	assert_int_equal(dbtest_sql(t, "SELECT seen_s FROM session"), T0);
	db_set_clock(t->db, T0 + 6 * 3600);
	assert_int_equal(is_in(t, &b), 1);
	assert_int_equal(dbtest_sql(t, "SELECT seen_s FROM session"), T0 + 6 * 3600);
}

static void
password_role_and_removal_end_sessions(void **state)
{
	struct browser ann, bob, eve;
	struct dbtest *t = *state;
	struct session s;
	struct err e;

	add(t, "ann", ROLE_ADMIN);
	add(t, "bob", ROLE_VIEWER);
	add(t, "eve", ROLE_VIEWER);
	sign_in(t, "ann", &ann);
	sign_in(t, "bob", &bob);
	sign_in(t, "eve", &eve);
	assert_ok(user_set_password(t->db, "ann", "another one", &e), e);
	assert_ok(user_set_role(t->db, "bob", ROLE_ADMIN, &e), e);
	assert_int_equal(is_in(t, &ann), 0);
	assert_int_equal(is_in(t, &bob), 0);
	assert_int_equal(session_check(t->db, eve.cookie, &s, &e), 1);
	assert_ok(user_remove(t->db, "eve", &e), e);
	assert_int_equal(is_in(t, &eve), 0);
	sign_in(t, "ann", &ann);
	assert_int_equal(session_check(t->db, ann.cookie, &s, &e), 1);
	assert_ok(session_end(t->db, s.hash, &e), e);
	assert_int_equal(is_in(t, &ann), 0);
}

static bool
count(const struct session *s, void *arg)
{
	(void)s;
	(*(int *)arg)++;
	return true;
}

static void
a_user_keeps_the_newest_twenty_sessions(void **state)
{
	struct browser first, second, b;
	struct dbtest *t = *state;
	struct user u;
	struct err e;
	int i, n = 0;

	add(t, "ann", ROLE_ADMIN);
	for (i = 0; i < 21; i++) {
		db_set_clock(t->db, T0 + i);
		sign_in(t, "ann", i == 0 ? &first : i == 1 ? &second : &b);
	}
	assert_int_equal(is_in(t, &first), 0);
	assert_int_equal(is_in(t, &second), 1);
	assert_ok(user_by_name(t->db, "ann", &u, &e), e);
	assert_ok(session_each(t->db, u.id, count, &n, &e), e);
	assert_int_equal(n, 20);
	/* Ended ones are swept when somebody signs in. */
	db_set_clock(t->db, T0 + 60 * DAY);
	sign_in(t, "ann", &b);
	assert_int_equal(dbtest_sql(t, "SELECT count(*) FROM session"), 1);
}

static void
tokens_are_shown_once(void **state)
{
	char token[TOKEN_LEN + 1], sql[300];
	struct dbtest *t = *state;
	struct token got;
	struct err e;
	size_t i;

	assert_ok(token_add(t->db, "home assistant", ROLE_VIEWER, 0, token, &e), e);
	assert_int_equal(strlen(token), TOKEN_LEN);
	for (i = 0; i < TOKEN_LEN; i++)
		assert_true(islower((unsigned char)token[i]) ||
		    isdigit((unsigned char)token[i]));
	assert_int_equal(token_check(t->db, token, &got, &e), 1);
	assert_string_equal(got.name, "home assistant");
	assert_int_equal(got.role, ROLE_VIEWER);
	snprintf(sql, sizeof(sql),
	    "SELECT count(*) FROM token WHERE hash LIKE '%%%s%%'", token);
	assert_int_equal(dbtest_sql(t, sql), 0);
	token[3] = token[3] == 'a' ? 'b' : 'a';
	assert_int_equal(token_check(t->db, token, &got, &e), 0);
	assert_int_equal(token_check(t->db, "", &got, &e), 0);
	assert_err(token_add(t->db, "home assistant", ROLE_ADMIN, 0, token, &e), e,
	    ERR_USAGE, "token-exists");
	assert_err(
	    token_add(t->db, "a/b", ROLE_ADMIN, 0, token, &e), e, ERR_USAGE, "token-name");
	assert_err(
	    token_add(t->db, "x", ROLE_NONE, 0, token, &e), e, ERR_USAGE, "user-role");
	assert_ok(token_remove(t->db, "home assistant", &e), e);
	assert_err(token_remove(t->db, "home assistant", &e), e, ERR_NOT_FOUND,
	    "token-unknown");
}

static void
a_token_ends_by_itself_and_says_when_it_was_used(void **state)
{
	char token[TOKEN_LEN + 1];
	struct dbtest *t = *state;
	struct token got;
	struct err e;

	db_set_clock(t->db, T0);
	assert_err(token_add(t->db, "x", ROLE_ADMIN, TOKEN_DAYS_MAX + 1, token, &e), e,
	    ERR_USAGE, "token-days");
	assert_ok(token_add(t->db, "x", ROLE_ADMIN, 7, token, &e), e);
	assert_int_equal(dbtest_sql(t, "SELECT used_s FROM token"), 0);
	assert_int_equal(token_check(t->db, token, &got, &e), 1);
	assert_int_equal(got.expires_s, T0 + 7 * DAY);
	assert_int_equal(dbtest_sql(t, "SELECT used_s FROM token"), T0);
	/* Written once an hour only. */
	db_set_clock(t->db, T0 + 3599);
	assert_int_equal(token_check(t->db, token, &got, &e), 1);
	assert_int_equal(dbtest_sql(t, "SELECT used_s FROM token"), T0);
	db_set_clock(t->db, T0 + 3600);
	assert_int_equal(token_check(t->db, token, &got, &e), 1);
	assert_int_equal(dbtest_sql(t, "SELECT used_s FROM token"), T0 + 3600);
	db_set_clock(t->db, T0 + 7 * DAY - 1);
	assert_int_equal(token_check(t->db, token, &got, &e), 1);
	db_set_clock(t->db, T0 + 7 * DAY);
	assert_int_equal(token_check(t->db, token, &got, &e), 0);
}

static void
a_session_is_ended_by_its_name(void **state)
{
	struct browser ann, other, bob;
	struct dbtest *t = *state;
	struct session s;
	struct user b;
	struct err e;
	char id[SESSION_ID_LEN + 1];
	int n = 0;

	add(t, "ann", ROLE_ADMIN);
	add(t, "bob", ROLE_VIEWER);
	sign_in(t, "ann", &ann);
	sign_in(t, "ann", &other);
	sign_in(t, "bob", &bob);
	assert_ok(session_each(t->db, 0, count, &n, &e), e);
	assert_int_equal(n, 3);
	assert_ok(user_by_name(t->db, "bob", &b, &e), e);
	assert_int_equal(session_check(t->db, ann.cookie, &s, &e), 1);
	snprintf(id, sizeof(id), "%.16s", s.hash);
	/* Not another person's. */
	assert_err(session_end_id(t->db, id, b.id, &e), e, ERR_NOT_FOUND,
	    "session-unknown");
	assert_err(session_end_id(t->db, "", 0, &e), e, ERR_NOT_FOUND,
	    "session-unknown");
	assert_int_equal(session_end_others(t->db, s.user.id, s.hash, &e), 1);
	assert_int_equal(is_in(t, &other), 0);
	assert_int_equal(is_in(t, &bob), 1);
	assert_ok(session_end_id(t->db, id, s.user.id, &e), e);
	assert_int_equal(is_in(t, &ann), 0);
	assert_int_equal(session_check(t->db, bob.cookie, &s, &e), 1);
	snprintf(id, sizeof(id), "%.16s", s.hash);
	assert_ok(session_end_id(t->db, id, 0, &e), e);
	assert_int_equal(is_in(t, &bob), 0);
}

static void
the_setup_code_makes_the_first_admin_once(void **state)
{
	char code[SETUP_CODE_LEN + 1], other[SETUP_CODE_LEN + 1],
	    upper[SETUP_CODE_LEN + 1];
	struct dbtest *t = *state;
	struct user u;
	struct err e;
	size_t i;

	assert_ok(setup_code_make(t->db, other, &e), e);
	assert_ok(setup_code_make(t->db, code, &e), e);
	assert_int_equal(
	    strspn(code, "abcdefghjkmnpqrstuvwxyz23456789"), SETUP_CODE_LEN);
	assert_string_not_equal(code, other);
	/* The older code is void; the new one works in upper case too. */
	assert_int_equal(setup_code_spend(t->db, other, "ann", GOOD, &e), 0);
	for (i = 0; i <= SETUP_CODE_LEN; i++)
		upper[i] = (char)toupper((unsigned char)code[i]);
	/* A bad name or password costs neither the code nor a try. */
	assert_err(
	    setup_code_spend(t->db, code, "a/b", GOOD, &e), e, ERR_USAGE, "user-name");
	assert_err(setup_code_spend(t->db, code, "ann", "short", &e), e, ERR_USAGE,
	    "password-short");
	assert_int_equal(setup_code_spend(t->db, upper, "ann", GOOD, &e), 1);
	assert_int_equal(user_check(t->db, "ann", GOOD, &u, &e), 1);
	assert_int_equal(u.role, ROLE_ADMIN);
	assert_err(
	    setup_code_spend(t->db, code, "bob", GOOD, &e), e, ERR_USAGE, "setup-done");
	assert_err(setup_code_make(t->db, code, &e), e, ERR_USAGE, "setup-done");
}

static void
the_setup_code_stands_five_tries_and_fifteen_minutes(void **state)
{
	char code[SETUP_CODE_LEN + 1];
	struct dbtest *t = *state;
	struct err e;
	int i;

	/* None was made yet: nothing fits, also not an empty one. */
	assert_int_equal(setup_code_spend(t->db, "", "ann", GOOD, &e), 0);
	db_set_clock(t->db, T0);
	assert_ok(setup_code_make(t->db, code, &e), e);
	for (i = 0; i < SETUP_CODE_TRIES; i++)
		assert_int_equal(setup_code_spend(t->db, "wrong", "ann", GOOD, &e), 0);
	assert_int_equal(setup_code_spend(t->db, code, "ann", GOOD, &e), 0);
	assert_ok(setup_code_make(t->db, code, &e), e);
	for (i = 0; i < SETUP_CODE_TRIES - 1; i++)
		assert_int_equal(setup_code_spend(t->db, "wrong", "ann", GOOD, &e), 0);
	db_set_clock(t->db, T0 + SETUP_CODE_LIFE_S);
	assert_int_equal(setup_code_spend(t->db, code, "ann", GOOD, &e), 0);
	db_set_clock(t->db, T0 - 1);
	assert_int_equal(setup_code_spend(t->db, code, "ann", GOOD, &e), 0);
	db_set_clock(t->db, T0 + SETUP_CODE_LIFE_S - 1);
	assert_int_equal(setup_code_spend(t->db, code, "ann", GOOD, &e), 1);
	assert_int_equal(dbtest_sql(t,
			     "SELECT count(*) FROM setting WHERE key = "
			     "'setup_code_hash' AND value <> ''"),
	    0);
}

static void
settings_come_back(void **state)
{
	struct dbtest *t = *state;
	struct err e;
	char v[32];

	assert_ok(setting_get(t->db, "colour", "blue", v, sizeof(v), &e), e);
	assert_string_equal(v, "blue");
	assert_ok(setting_set(t->db, "colour", "red'; --", &e), e);
	assert_ok(setting_set(t->db, "colour", "green", &e), e);
	assert_ok(setting_get(t->db, "colour", "blue", v, sizeof(v), &e), e);
	assert_string_equal(v, "green");
	assert_ok(setting_get(t->db, "colour", "blue", v, 3, &e), e);
	assert_string_equal(v, "gr");
}

static void
stream_credentials_stay_until_made_anew(void **state)
{
	char user[33], one[65], two[65];
	struct dbtest *t = *state;
	struct err e;

	assert_ok(stream_password_get(t->db, user, one, &e), e);
	assert_string_equal(user, STREAM_USER);
	assert_int_equal(strlen(one), STREAM_PASSWORD_LEN);
	assert_int_equal(
	    strspn(one, "abcdefghijklmnopqrstuvwxyz0123456789"), STREAM_PASSWORD_LEN);
	assert_ok(stream_password_get(t->db, user, two, &e), e);
	assert_string_equal(one, two);
	assert_ok(stream_password_new(t->db, user, two, &e), e);
	assert_string_not_equal(one, two);
	assert_ok(stream_password_get(t->db, user, one, &e), e);
	assert_string_equal(one, two);
}

#define DB_TEST(f) cmocka_unit_test_setup_teardown(f, dbtest_setup, dbtest_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		DB_TEST(a_user_signs_in_with_the_right_password_only),
		DB_TEST(names_and_passwords_have_rules),
		DB_TEST(the_last_admin_stays),
		DB_TEST(a_session_knows_its_user_and_hides_its_cookie),
		DB_TEST(a_session_ends_after_a_week_unused),
		DB_TEST(a_session_ends_after_thirty_days_in_all),
		DB_TEST(being_seen_is_written_every_six_hours_only),
		DB_TEST(password_role_and_removal_end_sessions),
		DB_TEST(a_user_keeps_the_newest_twenty_sessions),
		DB_TEST(tokens_are_shown_once),
		DB_TEST(a_token_ends_by_itself_and_says_when_it_was_used),
		DB_TEST(a_session_is_ended_by_its_name),
		DB_TEST(the_setup_code_makes_the_first_admin_once),
		DB_TEST(the_setup_code_stands_five_tries_and_fifteen_minutes),
		DB_TEST(settings_come_back),
		DB_TEST(stream_credentials_stay_until_made_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
