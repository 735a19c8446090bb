/* SPDX-License-Identifier: GPL-3.0-or-later */
/* db/db.c, stmt.c, migrate.c: opening, refusing, damage, transactions. */
#include "config.h"

#include <fcntl.h>
#include <sodium.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/file.h"
#include "common/said.h"
#include "db/camera.h"
#include "db/event.h"
#include "db/job.h"
#include "db/live.h"
#include "db/migrate.h"
#include "db/setting.h"
#include "db/stmt.h"
#include "tests/dbtest.h"

/* 128 bits of the file's SHA-256: "not one byte changed". */
#define SCHEMA 7 /* the newest step of db/migrations */
#define AS_TEXT(x) #x
#define NUMBER_TEXT(x) AS_TEXT(x)

static void
digest(const struct dbtest *t, const char *name, uint8_t *ret)
{
	struct err e;
	uint8_t *p;
	size_t n;

	assert_ok(
	    file_get(AT_FDCWD, dbtest_path(t, name), 64 * 1024 * 1024, &p, &n, &e), e);
	crypto_hash_sha256(ret, p, n);
	free(p);
}

static void
assert_cannot_open(const struct dbtest *t, enum db_mode mode, const char *name)
{
	struct err e = { .code = ERR_NONE };

	assert_null(db_open(t->dir, mode, &e));
	assert_string_equal(e.name, name);
}

static void
a_missing_inventory_is_not_made_by_opening(void **state)
{
	struct dbtest *t = *state;

	assert_cannot_open(t, DB_READ_WRITE, "schema-missing");
	assert_cannot_open(t, DB_READ_ONLY, "schema-missing");
	assert_int_equal(dbtest_count_files(t, DB_NAME), 0);
}

static void
upgrade_makes_a_file_for_the_group(void **state)
{
	struct dbtest *t = *state;
	mode_t old = umask(022);
	struct stat st;
	bool moved = true;
	struct err e;
	int from, to;

	assert_ok(db_upgrade(t->dir, &from, &to, &moved, &e), e);
	umask(old);
	assert_int_equal(from, 0);
	assert_int_equal(to, SCHEMA);
	assert_false(moved);
	assert_int_equal(stat(dbtest_path(t, DB_NAME), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0660);
	assert_ok(db_upgrade(t->dir, &from, &to, &moved, &e), e);
	assert_int_equal(from, SCHEMA);
	assert_int_equal(to, SCHEMA);
	/* No copy where nothing is migrated. */
	assert_int_equal(dbtest_count_files(t, DB_NAME ".schema"), 0);
}

static void
upgrade_keeps_an_empty_file_made_beforehand(void **state)
{
	struct dbtest *t = *state;
	struct stat before, after;
	bool moved;
	struct err e;
	int fd;

	fd = open(dbtest_path(t, DB_NAME), O_CREAT | O_WRONLY, 0600);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &before), 0);
	close(fd);
	assert_ok(db_upgrade(t->dir, NULL, NULL, &moved, &e), e);
	assert_false(moved);
	assert_int_equal(stat(dbtest_path(t, DB_NAME), &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
}

static void
a_missing_folder_is_said(void **state)
{
	struct dbtest *t = *state;
	struct err e;

	assert_int_equal(
	    db_upgrade(dbtest_path(t, "no/where"), NULL, NULL, NULL, &e), -1);
	assert_non_null(strstr(e.msg, "no/where"));
}

static int64_t
pragma(struct db *db, const char *sql)
{
	struct err e;
	int64_t n = -1;

	assert_int_equal(stmt_number(db, &e, &n, sql, ""), 1);
	return n;
}

static void
connections_have_the_settings_of_the_house(void **state)
{
	struct dbtest *t = *state;
	sqlite3_stmt *stmt;
	char mode[16];
	struct err e;
	int on = -1;

	assert_int_equal(pragma(t->db, "PRAGMA synchronous"), 3);
	assert_int_equal(pragma(t->db, "PRAGMA foreign_keys"), 1);
	assert_int_equal(pragma(t->db, "PRAGMA trusted_schema"), 0);
	assert_int_equal(pragma(t->db, "PRAGMA busy_timeout"), 5000);
	stmt = stmt_prepare(t->db, &e, "PRAGMA journal_mode", "");
	assert_int_equal(stmt_step(t->db, stmt, &e), 1);
	stmt_text(stmt, 0, mode, sizeof(mode));
	sqlite3_finalize(stmt);
	assert_string_equal(mode, "truncate");
	sqlite3_db_config(t->db->handle, SQLITE_DBCONFIG_DEFENSIVE, -1, &on);
	assert_int_equal(on, 1);
	/* Every table is STRICT: a text in a number's place is refused. */
	assert_int_equal(pragma(t->db,
			     "SELECT count(*) FROM pragma_table_list WHERE schema = "
			     "'main' AND type = 'table' "
			     "AND name NOT LIKE 'sqlite_%' AND strict = 0"),
	    0);
}

static void
a_newer_schema_is_refused_and_untouched(void **state)
{
	struct dbtest *t = *state;
	uint8_t before[32], after[32];
	struct err e;

	dbtest_sql(t,
	    "PRAGMA user_version = 99;"
	    "UPDATE setting SET value = '99' WHERE key = 'oldest_program'");
	digest(t, DB_NAME, before);
	assert_cannot_open(t, DB_READ_WRITE, "schema-newer");
	assert_cannot_open(t, DB_READ_ONLY, "schema-newer");
	assert_err(
	    db_upgrade(t->dir, NULL, NULL, NULL, &e), e, ERR_FAILED, "schema-newer");
	assert_non_null(strstr(e.msg, "99"));
	assert_non_null(strstr(e.msg, " " NUMBER_TEXT(SCHEMA) ";"));
	digest(t, DB_NAME, after);
	assert_memory_equal(before, after, sizeof(before));
	assert_int_equal(dbtest_count_files(t, DB_NAME ".corrupt"), 0);
}

static void
a_newer_schema_that_still_fits_is_used(void **state)
{
	struct dbtest *t = *state;
	char sql[60];
	struct err e;
	struct db *db;
	int from, to;

	snprintf(sql, sizeof(sql), "PRAGMA user_version = %d", SCHEMA + 1);
	dbtest_sql(t, sql);
	assert_ok(db_upgrade(t->dir, &from, &to, NULL, &e), e);
	assert_int_equal(from, SCHEMA + 1);
	assert_int_equal(to, SCHEMA + 1);
	db = db_open(t->dir, DB_READ_WRITE, &e);
	assert_non_null(db);
	db_close(db);
}

/* Overwrite n bytes at `at` with pseudo-random ones; at < 0 counts from the end. */
static void
spoil(const struct dbtest *t, off_t at, size_t n, unsigned *seed)
{
	int fd = open(dbtest_path(t, DB_NAME), O_RDWR);
	uint8_t b[4096];
	size_t i;

	assert_true(fd >= 0 && n <= sizeof(b));
	for (i = 0; i < n; i++)
		b[i] = (uint8_t)rand_r(seed);
	assert_int_equal(pwrite(fd, b, n, at), (ssize_t)n);
	close(fd);
}

static off_t
size_of(const struct dbtest *t)
{
	struct stat st;

	assert_int_equal(stat(dbtest_path(t, DB_NAME), &st), 0);
	return st.st_size;
}

/* After whatever happened to the file: an upgrade ends with an inventory that works,
 * and a file that was moved aside is still there. */
static bool
upgrade_mends(const struct dbtest *t)
{
	struct camera c = { .name = "new", .enabled = true };
	bool moved = false;
	struct err e;
	struct db *db;

	assert_ok(db_upgrade(t->dir, NULL, NULL, &moved, &e), e);
	db = db_open(t->dir, DB_READ_WRITE, &e);
	if (db == NULL)
		fail_msg("%s", e.msg);
	assert_ok(camera_add(db, &c, &e), e);
	/* A bit within a text is nobody's to notice; a lost row is. */
	assert_int_equal(dbtest_sql(t, "SELECT count(*) FROM camera"), moved ? 1 : 2);
	db_close(db);
	assert_int_equal(dbtest_count_files(t, DB_NAME ".corrupt-") > 0, moved);
	return moved;
}

static void
fresh_with_camera(struct dbtest *t)
{
	struct camera c = { .name = "yard", .enabled = true };
	struct err e;
	struct db *db;

	(void)unlink(dbtest_path(t, DB_NAME));
	(void)unlink(dbtest_path(t, DB_NAME "-journal"));
	assert_ok(db_upgrade(t->dir, NULL, NULL, NULL, &e), e);
	db = db_open(t->dir, DB_READ_WRITE, &e);
	assert_non_null(db);
	assert_ok(camera_add(db, &c, &e), e);
	db_close(db);
}

static void
forget_moved(const struct dbtest *t)
{
	char command[400];

	snprintf(command, sizeof(command), "rm -f '%s'/" DB_NAME ".corrupt-*", t->dir);
	assert_int_equal(system(command), 0);
}

static void
seeded_damage_is_moved_aside_or_harmless(void **state)
{
	const char *given = getenv("SEED"), *many = getenv("CHECK_DAMAGES");
	unsigned damages = many != NULL ? (unsigned)strtoul(many, NULL, 10) : 60;
	unsigned seed = given != NULL ? (unsigned)strtoul(given, NULL, 10) : 20261122,
		 first = seed;
	struct dbtest *t = *state;
	unsigned i, n_moved = 0;
	off_t size;
	size_t n;

	for (i = 0; i < damages; i++) {
		fresh_with_camera(t);
		size = size_of(t);
		n = 1 + (size_t)rand_r(&seed) % (i % 3 == 0 ? 16 : 4000);
		spoil(t, rand_r(&seed) % (size - (off_t)n), n, &seed);
		n_moved += upgrade_mends(t);
		forget_moved(t);
	}
	print_message("# seed %u: %u of %u files moved aside\n", first, n_moved, i);
	assert_true(n_moved > i / 4);
}

static bool
keep_event(const struct event_row *ev, void *arg)
{
	*(struct event_row *)arg = *ev;
	return true;
}

/* A file as the program before sentences had parameters left it. */
static void
the_sentences_of_schema_6_have_no_parameters(void **state)
{
	struct event_row ev = { .id = 0 };
	struct dbtest *t = *state;
	struct err e, said;
	struct job j;
	sqlite3 *h;
	unsigned i;
	int from;

	assert_int_equal(sqlite3_open(dbtest_path(t, DB_NAME), &h), SQLITE_OK);
	for (i = 0; i < 6; i++)
		assert_int_equal(
		    sqlite3_exec(h, migrations[i].sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_exec(h,
			     "PRAGMA user_version = 6; INSERT INTO job (kind, state, "
			     "reason, message, created_s) VALUES ('backup', "
			     "'interrupted', 'gone', 'the adapter at left went away', 5); "
			     "INSERT INTO event (at_s, kind, text) VALUES (9999999999, "
			     "'job', 'backup of yard: failed')",
			     NULL, NULL, NULL),
	    SQLITE_OK);
	sqlite3_close(h);
	assert_ok(db_upgrade(t->dir, &from, NULL, NULL, &e), e);
	assert_int_equal(from, 6);
	assert_int_equal(dbtest_count_files(t, DB_NAME ".schema-6"), 1);
	assert_int_equal(dbtest_count_files(t, DB_NAME ".corrupt"), 0);
	t->db = db_open(t->dir, DB_READ_WRITE, &e);
	assert_non_null(t->db);
	assert_ok(job_by_id(t->db, 1, &j, &e), e);
	assert_string_equal(j.message, "the adapter at left went away");
	assert_string_equal(j.message_params, "");
	assert_int_equal(said_unpack(&said, j.message, j.message_params), -1);
	assert_ok(event_row_each(t->db, 0, 0, 10, keep_event, &ev, &e), e);
	assert_string_equal(ev.text, "backup of yard: failed");
	assert_string_equal(ev.text_params, "");
	/* What is written from now on has them. */
	assert_ok(event_row_add(t->db, "job", 0, 1, "", &e, "%s is %d", "it", 5), e);
	assert_ok(event_row_each(t->db, 0, 0, 1, keep_event, &ev, &e), e);
	assert_string_equal(ev.text_params, "7:0+2,6+1");
	assert_ok(job_resume(t->db, 1, &e), e);
	/* Who reads without this program's library finds the sentence as before. */
	assert_int_equal(dbtest_sql(t,
			     "SELECT count(*) FROM event WHERE text = 'it is 5' OR text "
			     "= 'backup of yard: failed'"),
	    2);
}

/* All that integrity_check lets pass or cannot be asked for: a trigger that names no
 * column, one that is gone, a schema with a text larger than any of ours, and one of a
 * format that there is not. */
static void
a_spoiled_schema_is_moved_aside(void **state)
{
	static const char *const changes[] = {
		"UPDATE sqlite_schema SET sql = replace(sql, 'SET stale', 'SET stele') "
		"WHERE name = 'dump_says_more'",
		"DELETE FROM sqlite_schema WHERE name = 'camera_was_renamed'",
		"UPDATE sqlite_schema SET sql = replace(sql, 'enabled IN', 'enabledpIN') "
		"WHERE name = 'camera'",
		"UPDATE sqlite_schema SET sql = sql || ' -- ' || "
		"hex(zeroblob(700000)) WHERE name = 'dump_says_more'"
	};
	static const uint8_t format_9[] = { 0, 0, 0, 9 };
	struct dbtest *t = *state;
	char sql[400];
	unsigned i;
	int fd;

	fresh_with_camera(t);
	fd = open(dbtest_path(t, DB_NAME), O_WRONLY | O_CLOEXEC);
	assert_int_equal(pwrite(fd, format_9, 4, 44), 4);
	close(fd);
	assert_true(upgrade_mends(t));
	forget_moved(t);
	for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		fresh_with_camera(t);
		snprintf(sql, sizeof(sql), "PRAGMA writable_schema = ON; %s",
		    changes[i]);
		(void)dbtest_sql(t, sql);
		assert_true(upgrade_mends(t));
		forget_moved(t);
	}
}

static void
a_file_cut_short_is_moved_aside(void **state)
{
	struct dbtest *t = *state;
	off_t at, size;

	fresh_with_camera(t);
	size = size_of(t);
	for (at = 1; at < size; at += at == 1 ? 4095 : 16384) {
		fresh_with_camera(t);
		assert_int_equal(truncate(dbtest_path(t, DB_NAME), at), 0);
		assert_true(upgrade_mends(t));
		forget_moved(t);
	}
}

static void
another_kind_of_file_is_moved_aside(void **state)
{
	static const uint8_t jpeg[] = { 0xff, 0xd8, 0xff, 0xe0, 0x00, 0x10, 'J', 'F',
		'I', 'F' };
	struct dbtest *t = *state;
	struct err e;
	uint8_t *got;
	size_t n;
	char find[400], name[300];
	FILE *p;

	assert_ok(
	    file_put(AT_FDCWD, dbtest_path(t, DB_NAME), jpeg, sizeof(jpeg), 0660, &e),
	    e);
	assert_true(upgrade_mends(t));
	/* Its bytes are still there. */
	snprintf(find, sizeof(find), "ls -d '%s'/" DB_NAME ".corrupt-*", t->dir);
	p = popen(find, "r");
	assert_non_null(p);
	assert_non_null(fgets(name, sizeof(name), p));
	pclose(p);
	name[strcspn(name, "\n")] = '\0';
	assert_ok(file_get(AT_FDCWD, name, 1000, &got, &n, &e), e);
	assert_int_equal(n, sizeof(jpeg));
	assert_memory_equal(got, jpeg, n);
	free(got);
}

static void
a_database_of_another_program_is_moved_aside(void **state)
{
	struct dbtest *t = *state;

	dbtest_sql(t, "CREATE TABLE things (id INTEGER); PRAGMA user_version = 1");
	assert_true(upgrade_mends(t));
}

static void
a_lost_table_is_noticed(void **state)
{
	struct dbtest *t = *state;

	fresh_with_camera(t);
	dbtest_sql(t, "DROP TABLE token");
	assert_true(upgrade_mends(t));
	forget_moved(t);
	fresh_with_camera(t);
	dbtest_sql(t, "ALTER TABLE camera RENAME COLUMN tags TO tbgs");
	assert_true(upgrade_mends(t));
}

static void
a_damaged_file_is_said_when_opened(void **state)
{
	struct dbtest *t = *state;
	struct err e;

	assert_ok(
	    file_put(AT_FDCWD, dbtest_path(t, DB_NAME), "not a database", 14, 0660, &e),
	    e);
	assert_cannot_open(t, DB_READ_WRITE, "database-damaged");
	assert_cannot_open(t, DB_READ_ONLY, "database-damaged");
}

static void
a_symlink_in_its_place_is_refused(void **state)
{
	struct dbtest *t = *state;
	struct err e;

	assert_int_equal(symlink("/etc/hostname", dbtest_path(t, DB_NAME)), 0);
	assert_int_equal(db_upgrade(t->dir, NULL, NULL, NULL, &e), -1);
	assert_null(db_open(t->dir, DB_READ_ONLY, &e));
}

static void
the_way_to_the_folder_may_lead_over_a_link(void **state)
{
	struct dbtest *t = *state, over = { .db = NULL };
	struct live *live;
	struct err e;

	snprintf(over.dir, sizeof(over.dir), "%.100s.link", t->dir);
	assert_int_equal(symlink(t->dir, over.dir), 0);
	assert_ok(db_upgrade(over.dir, NULL, NULL, NULL, &e), e);
	t->db = db_open(over.dir, DB_READ_WRITE, &e);
	assert_non_null(t->db);
	live = live_open(over.dir, &e);
	assert_non_null(live);
	live_close(live);
	assert_int_equal(unlink(over.dir), 0);
}

static void
read_only_cannot_write(void **state)
{
	struct camera c = { .name = "yard" };
	struct dbtest *t = *state;
	char user[33], password[65];
	struct err e;
	struct db *db;

	db = db_open(t->dir, DB_READ_ONLY, &e);
	assert_non_null(db);
	assert_int_equal(camera_add(db, &c, &e), -1);
	assert_string_equal(e.name, "database-read-only");
	assert_int_equal(stream_password_get(db, user, password, &e), -1);
	assert_ok(stream_password_get(t->db, user, password, &e), e);
	assert_ok(stream_password_get(db, user, password, &e), e);
	assert_int_equal(strlen(password), STREAM_PASSWORD_LEN);
	db_close(db);
}

static void
transactions_end_whole_or_not_at_all(void **state)
{
	struct camera a = { .name = "a" }, b = { .name = "b" }, got;
	struct dbtest *t = *state;
	struct err e;

	assert_ok(db_begin(t->db, &e), e);
	assert_int_equal(db_begin(t->db, &e), -1);
	assert_ok(camera_add(t->db, &a, &e), e);
	/* A refused call inside leaves the decision to its caller. */
	a.id = 0;
	assert_err(camera_add(t->db, &a, &e), e, ERR_USAGE, "camera-exists");
	db_rollback(t->db);
	db_rollback(t->db);
	assert_err(
	    camera_by_name(t->db, "a", &got, &e), e, ERR_NOT_FOUND, "camera-unknown");
	assert_ok(db_begin(t->db, &e), e);
	assert_ok(camera_add(t->db, &b, &e), e);
	assert_ok(db_commit(t->db, &e), e);
	assert_ok(camera_by_name(t->db, "b", &got, &e), e);
}

static void
data_version_sees_other_connections_only(void **state)
{
	struct camera a = { .name = "a" };
	struct dbtest *t = *state;
	int64_t one, two;
	struct err e;

	assert_ok(db_data_version(t->db, &one, &e), e);
	assert_ok(camera_add(t->db, &a, &e), e);
	assert_ok(db_data_version(t->db, &two, &e), e);
	assert_int_equal(one, two);
	dbtest_sql(t, "UPDATE camera SET notes = 'x'");
	assert_ok(db_data_version(t->db, &two, &e), e);
	assert_int_not_equal(one, two);
}

#define DB_TEST(f) cmocka_unit_test_setup_teardown(f, dbtest_setup, dbtest_teardown)
#define FOLDER_TEST(f)                                                                 \
	cmocka_unit_test_setup_teardown(f, dbtest_folder, dbtest_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		FOLDER_TEST(a_missing_inventory_is_not_made_by_opening),
		FOLDER_TEST(upgrade_makes_a_file_for_the_group),
		FOLDER_TEST(upgrade_keeps_an_empty_file_made_beforehand),
		FOLDER_TEST(a_missing_folder_is_said),
		DB_TEST(connections_have_the_settings_of_the_house),
		DB_TEST(a_newer_schema_is_refused_and_untouched),
		DB_TEST(a_newer_schema_that_still_fits_is_used),
		FOLDER_TEST(seeded_damage_is_moved_aside_or_harmless),
		FOLDER_TEST(the_sentences_of_schema_6_have_no_parameters),
		FOLDER_TEST(a_spoiled_schema_is_moved_aside),
		FOLDER_TEST(a_file_cut_short_is_moved_aside),
		FOLDER_TEST(another_kind_of_file_is_moved_aside),
		FOLDER_TEST(a_database_of_another_program_is_moved_aside),
		FOLDER_TEST(a_lost_table_is_noticed),
		FOLDER_TEST(a_damaged_file_is_said_when_opened),
		FOLDER_TEST(a_symlink_in_its_place_is_refused),
		FOLDER_TEST(the_way_to_the_folder_may_lead_over_a_link),
		DB_TEST(read_only_cannot_write),
		DB_TEST(transactions_end_whole_or_not_at_all),
		DB_TEST(data_version_sees_other_connections_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
