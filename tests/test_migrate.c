/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * db/migrate.c with three schemas instead of the shipped ones: this program is linked
 * with the real first step and two made-up ones (tests/data/migrations), so that an
 * upgrade from an older file can be tried before the product has a second schema.
 */
#include "config.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db/camera.h"
#include "db/migrate.h"
#include "tests/dbtest.h"

/* A file as the program with only the first schema left it, with one camera. */
static void
make_old(struct dbtest *t)
{
	sqlite3 *h;

	assert_int_equal(sqlite3_open(dbtest_path(t, DB_NAME), &h), SQLITE_OK);
	assert_int_equal(
	    sqlite3_exec(h, migrations[0].sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_exec(h,
			     "PRAGMA user_version = 1; INSERT INTO camera "
			     "(name, created_s, changed_s) VALUES ('yard', 5, 5)",
			     NULL, NULL, NULL),
	    SQLITE_OK);
	sqlite3_close(h);
}

static void
the_steps_are_numbered_from_one(void **state)
{
	unsigned i;

	(void)state;
	assert_int_equal(n_migrations, 3);
	for (i = 0; i < n_migrations; i++)
		assert_int_equal(migrations[i].version, i + 1);
}

static void
from_nothing_all_steps_run(void **state)
{
	struct dbtest *t = *state;
	struct err e;
	int from, to;

	assert_ok(db_upgrade(t->dir, &from, &to, NULL, &e), e);
	assert_int_equal(from, 0);
	assert_int_equal(to, 3);
	assert_int_equal(dbtest_sql(t, "PRAGMA user_version"), 3);
	assert_int_equal(dbtest_sql(t, "SELECT count(*) FROM more"), 0);
	assert_int_equal(dbtest_count_files(t, DB_NAME ".schema"), 0);
}

static void
an_old_file_is_refused_until_upgraded(void **state)
{
	struct dbtest *t = *state;
	struct err e;

	make_old(t);
	assert_null(db_open(t->dir, DB_READ_WRITE, &e));
	assert_string_equal(e.name, "schema-older");
	assert_non_null(strstr(e.msg, "schema 1"));
	assert_non_null(strstr(e.msg, "needs 3"));
}

static void
an_old_file_keeps_its_rows_and_a_copy(void **state)
{
	struct dbtest *t = *state;
	struct camera c;
	struct stat st;
	sqlite3 *h;
	struct err e;
	int from, to;

	make_old(t);
	assert_ok(db_upgrade(t->dir, &from, &to, NULL, &e), e);
	assert_int_equal(from, 1);
	assert_int_equal(to, 3);
	t->db = db_open(t->dir, DB_READ_WRITE, &e);
	assert_non_null(t->db);
	assert_ok(camera_by_name(t->db, "yard", &c, &e), e);
	assert_int_equal(
	    dbtest_sql(t, "SELECT count(*) FROM extra WHERE word = 'yard'"), 1);
	assert_int_equal(
	    dbtest_sql(t, "SELECT count(*) FROM camera WHERE place = 'nowhere'"), 1);
	/* The copy: the old schema, the same rows, for the group, nothing half-made. */
	assert_int_equal(dbtest_count_files(t, DB_NAME ".schema-1"), 1);
	assert_int_equal(stat(dbtest_path(t, DB_NAME ".schema-1"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0660);
	assert_int_equal(
	    sqlite3_open(dbtest_path(t, DB_NAME ".schema-1"), &h), SQLITE_OK);
	assert_int_equal(
	    sqlite3_exec(h, "SELECT name, notes FROM camera", NULL, NULL, NULL),
	    SQLITE_OK);
	assert_int_equal(sqlite3_exec(h, "SELECT place FROM camera", NULL, NULL, NULL),
	    SQLITE_ERROR);
	sqlite3_close(h);
}

static void
a_step_that_fails_changes_nothing(void **state)
{
	struct dbtest *t = *state;
	struct err e;

	make_old(t);
	dbtest_sql(t, "CREATE TABLE extra (in_the_way INTEGER)");
	assert_int_equal(db_upgrade(t->dir, NULL, NULL, NULL, &e), -1);
	assert_non_null(strstr(e.msg, "schema 2"));
	assert_int_equal(dbtest_sql(t, "PRAGMA user_version"), 1);
	assert_int_equal(dbtest_sql(t,
			     "SELECT count(*) FROM pragma_table_info('camera') WHERE "
			     "name = 'place'"),
	    0);
	assert_int_equal(dbtest_sql(t, "SELECT count(*) FROM camera"), 1);
	/* The obstacle gone, it goes on where it stood. */
	dbtest_sql(t, "DROP TABLE extra");
	assert_ok(db_upgrade(t->dir, NULL, NULL, NULL, &e), e);
	assert_int_equal(dbtest_sql(t, "PRAGMA user_version"), 3);
}

static void
a_file_stopped_between_two_steps_goes_on(void **state)
{
	struct dbtest *t = *state;
	struct err e;
	int from;

	make_old(t);
	dbtest_sql(t,
	    "ALTER TABLE camera ADD COLUMN place TEXT NOT NULL DEFAULT 'nowhere';"
	    "CREATE TABLE extra (id INTEGER PRIMARY KEY, word TEXT NOT NULL) STRICT;"
	    "PRAGMA user_version = 2");
	assert_ok(db_upgrade(t->dir, &from, NULL, NULL, &e), e);
	assert_int_equal(from, 2);
	assert_int_equal(dbtest_sql(t, "PRAGMA user_version"), 3);
	assert_int_equal(dbtest_count_files(t, DB_NAME ".corrupt"), 0);
}

static void
a_program_too_old_for_the_file_says_so(void **state)
{
	struct dbtest *t = *state;
	struct err e;

	assert_ok(db_upgrade(t->dir, NULL, NULL, NULL, &e), e);
	dbtest_sql(t, "PRAGMA user_version = 7; UPDATE setting SET value = '4'");
	assert_null(db_open(t->dir, DB_READ_ONLY, &e));
	assert_string_equal(e.name, "schema-newer");
	assert_non_null(strstr(e.msg, "schema 7"));
	assert_non_null(strstr(e.msg, "up to 3"));
	dbtest_sql(t, "UPDATE setting SET value = '3'");
	t->db = db_open(t->dir, DB_READ_ONLY, &e);
	assert_non_null(t->db);
}

#define FOLDER_TEST(f)                                                                 \
	cmocka_unit_test_setup_teardown(f, dbtest_folder, dbtest_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_steps_are_numbered_from_one),
		FOLDER_TEST(from_nothing_all_steps_run),
		FOLDER_TEST(an_old_file_is_refused_until_upgraded),
		FOLDER_TEST(an_old_file_keeps_its_rows_and_a_copy),
		FOLDER_TEST(a_step_that_fails_changes_nothing),
		FOLDER_TEST(a_file_stopped_between_two_steps_goes_on),
		FOLDER_TEST(a_program_too_old_for_the_file_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
