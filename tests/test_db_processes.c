/* SPDX-License-Identifier: GPL-3.0-or-later */
/* db/ used by several processes at once: nothing lost, nobody turned away, and a
 * writer killed in the middle leaves a sound file. */
#include "config.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "db/camera.h"
#include "db/event.h"
#include "db/job.h"
#include "db/live.h"
#include "db/migrate.h"
#include "db/setting.h"
#include "db/user.h"
#include "tests/dbtest.h"

#define WRITERS 4
#define WRITES 40

struct worker {
	const char *dir;
	int number;
	int go[2]; /* closed by the parent: start */
};

/* All workers begin at once: each waits for the end of the pipe. */
static void
wait_for_go(const struct worker *w)
{
	char b;

	close(w->go[1]);
	while (read(w->go[0], &b, 1) > 0)
		;
}

static struct db *
open_here(const struct worker *w)
{
	struct err e;
	struct db *db = db_open(w->dir, DB_READ_WRITE, &e);

	if (db == NULL)
		fprintf(stderr, "# %s\n", e.msg);
	return db;
}

static int
write_many(void *arg)
{
	struct worker *w = arg;
	struct db *db;
	struct err e;
	int i;

	wait_for_go(w);
	if ((db = open_here(w)) == NULL)
		return 1;
	for (i = 0; i < WRITES; i++) {
		if (event_row_add(
			db, "test", 0, 0, "worker", &e, "%d %d", w->number, i) < 0) {
			fprintf(stderr, "# %s\n", e.msg);
			return 2;
		}
	}
	db_close(db);
	return 0;
}

static void
start_all(struct dbtest *t, int (*fn)(void *), struct worker *w, pid_t *pids, int n)
{
	int go[2], i;

	/* Nobody carries a connection across a fork. */
	db_close(t->db);
	t->db = NULL;
	assert_int_equal(pipe(go), 0);
	for (i = 0; i < n; i++) {
		w[i] = (struct worker) { t->dir, i, { go[0], go[1] } };
		pids[i] = dbtest_fork(fn, &w[i]);
	}
	close(go[0]);
	close(go[1]);
}

static void
many_writers_lose_nothing(void **state)
{
	struct dbtest *t = *state;
	struct worker w[WRITERS];
	pid_t pids[WRITERS];
	int i;

	start_all(t, write_many, w, pids, WRITERS);
	for (i = 0; i < WRITERS; i++)
		assert_int_equal(dbtest_wait(pids[i]), 0);
	assert_int_equal(
	    dbtest_sql(t, "SELECT count(DISTINCT text) FROM event"), WRITERS * WRITES);
}

/* Claims until nothing is left; exit status: how many. */
static int
claim_all(void *arg)
{
	struct worker *w = arg;
	struct db *db;
	struct job j;
	struct err e;
	int r, n = 0;

	wait_for_go(w);
	if ((db = open_here(w)) == NULL)
		return 255;
	while ((r = job_claim(db, NULL, 0, &j, &e)) == 1)
		n++;
	db_close(db);
	return r < 0 ? 254 : n;
}

static void
a_job_is_claimed_once(void **state)
{
	struct job j = { .kind = JOB_SCRUB };
	struct dbtest *t = *state;
	struct worker w[WRITERS];
	pid_t pids[WRITERS];
	struct err e;
	int i, sum = 0;

	for (i = 0; i < 30; i++)
		assert_ok(job_submit(t->db, &j, &e), e);
	start_all(t, claim_all, w, pids, WRITERS);
	for (i = 0; i < WRITERS; i++)
		sum += dbtest_wait(pids[i]);
	assert_int_equal(sum, 30);
	assert_int_equal(
	    dbtest_sql(t, "SELECT count(*) FROM job WHERE state = 'running'"), 30);
}

/* Writes until it is killed, in the middle of a transaction most of the time. */
static int
write_for_ever(void *arg)
{
	struct worker *w = arg;
	struct db *db;
	struct err e;
	int i;

	if ((db = open_here(w)) == NULL)
		return 1;
	for (;;) {
		if (db_begin(db, &e) < 0)
			return 2;
		for (i = 0; i < 50; i++)
			(void)event_row_add(
			    db, "test", 0, 0, "", &e, "part %d of a transaction", i);
		/* The parent sees that writing is under way. */
		if (write(w->go[1], "x", 1) != 1 || db_commit(db, &e) < 0)
			return 3;
	}
}

static void
a_killed_writer_leaves_a_sound_file(void **state)
{
	struct dbtest *t = *state;
	struct worker w = { t->dir, 0, { -1, -1 } };
	const char *given = getenv("CHECK_KILLS");
	int kills = given != NULL ? (int)strtol(given, NULL, 10) : 25;
	struct camera c = { .name = "" };
	struct err e;
	char b[8];
	pid_t pid;
	int i;

	db_close(t->db);
	t->db = NULL;
	for (i = 0; i < kills; i++) {
		assert_int_equal(pipe(w.go), 0);
		pid = dbtest_fork(write_for_ever, &w);
		close(w.go[1]);
		/* After i % 4 + 1 transactions have been filled, kill at once. */
		assert_true(read(w.go[0], b, (size_t)(i % 4) + 1) > 0);
		kill(pid, SIGKILL);
		assert_int_equal(dbtest_wait(pid), -SIGKILL);
		close(w.go[0]);
		/* The next one goes on within its patience, and no transaction is half
		 * there. */
		t->db = db_open(t->dir, DB_READ_WRITE, &e);
		assert_non_null(t->db);
		snprintf(c.name, sizeof(c.name), "cam-%d", i);
		assert_ok(camera_add(t->db, &c, &e), e);
		db_close(t->db);
		t->db = NULL;
		assert_int_equal(dbtest_sql(t, "SELECT count(*) FROM event") % 50, 0);
		assert_int_equal(dbtest_sql(t,
				     "SELECT integrity_check = 'ok' FROM "
				     "pragma_integrity_check"),
		    1);
	}
}

/* Die between writing pages and committing: the journal that is left is hot. */
static int
leave_hot_journal(void *arg)
{
	struct worker *w = arg;
	struct db *db = open_here(w);
	struct err e;
	int i;

	if (db == NULL || db_begin(db, &e) < 0)
		return 1;
	/* More than the page cache holds, so that pages go to the file before the end.
	 */
	for (i = 0; i < 30000; i++)
		(void)event_row_add(db, "test", 0, 0, "", &e, "%d: %0400d", i, i);
	kill(getpid(), SIGKILL);
	return 0;
}

static void
a_reader_waits_for_a_writer_to_mend_the_file(void **state)
{
	struct camera c = { .name = "yard" }, got;
	struct dbtest *t = *state;
	struct worker w = { t->dir, 0, { -1, -1 } };
	struct db *reader;
	struct err e;

	assert_ok(camera_add(t->db, &c, &e), e);
	db_close(t->db);
	t->db = NULL;
	assert_int_equal(dbtest_wait(dbtest_fork(leave_hot_journal, &w)), -SIGKILL);
	e = (struct err) { .code = ERR_NONE };
	reader = db_open(t->dir, DB_READ_ONLY, &e);
	assert_null(reader);
	assert_string_equal(e.name, "database-recovering");
	t->db = db_open(t->dir, DB_READ_WRITE, &e);
	assert_non_null(t->db);
	reader = db_open(t->dir, DB_READ_ONLY, &e);
	assert_non_null(reader);
	assert_ok(camera_by_name(reader, "yard", &got, &e), e);
	db_close(reader);
	assert_int_equal(dbtest_sql(t, "SELECT count(*) FROM event"), 0);
}

/* 0: became the admin; 1: too late; else something else. */
static int
set_up(void *arg)
{
	struct worker *w = arg;
	char user[16];
	struct db *db;
	struct err e;
	int r;

	wait_for_go(w);
	if ((db = open_here(w)) == NULL)
		return 9;
	snprintf(user, sizeof(user), "user%d", w->number);
	r = setup_code_spend(db, getenv("TEST_CODE"), user, "long enough", &e);
	db_close(db);
	if (r == 1)
		return 0;
	return r < 0 && strcmp(e.name, "setup-done") == 0 ? 1 : 8;
}

static void
a_race_of_setups_gives_one_admin(void **state)
{
	struct dbtest *t = *state;
	struct worker w[WRITERS];
	char code[SETUP_CODE_LEN + 1];
	pid_t pids[WRITERS];
	struct err e;
	int i, late = 0, r;

	assert_ok(setup_code_make(t->db, code, &e), e);
	assert_int_equal(setenv("TEST_CODE", code, 1), 0);
	start_all(t, set_up, w, pids, WRITERS);
	for (i = 0; i < WRITERS; i++) {
		r = dbtest_wait(pids[i]);
		assert_true(r == 0 || r == 1);
		late += r;
	}
	assert_int_equal(late, WRITERS - 1);
	assert_int_equal(
	    dbtest_sql(t, "SELECT count(*) FROM user WHERE role = 'admin'"), 1);
}

static int
upgrade_here(void *arg)
{
	struct worker *w = arg;
	struct err e;

	wait_for_go(w);
	return db_upgrade(w->dir, NULL, NULL, NULL, &e) < 0;
}

static void
upgrades_at_the_same_time_do_not_meet(void **state)
{
	struct dbtest *t = *state;
	struct worker w[WRITERS];
	pid_t pids[WRITERS];
	int i;

	start_all(t, upgrade_here, w, pids, WRITERS);
	for (i = 0; i < WRITERS; i++)
		assert_int_equal(dbtest_wait(pids[i]), 0);
	assert_int_equal(dbtest_sql(t, "PRAGMA user_version"), (int)n_migrations);
	assert_int_equal(dbtest_count_files(t, DB_NAME ".corrupt"), 0);
}

static int
live_many(void *arg)
{
	struct worker *w = arg;
	struct live_progress p = { .step = "read1", .total = WRITES };
	struct live *live;
	struct err e;
	int i;

	wait_for_go(w);
	if ((live = live_open(w->dir, &e)) == NULL)
		return 1;
	p.job_id = w->number + 1;
	for (i = 1; i <= WRITES; i++) {
		p.done = (uint64_t)i;
		if (live_set_progress(live, &p, &e) < 0)
			return 2;
	}
	live_close(live);
	return 0;
}

static void
live_is_made_once_by_many(void **state)
{
	struct dbtest *t = *state;
	struct worker w[WRITERS];
	struct live_progress p;
	struct live *live;
	pid_t pids[WRITERS];
	struct err e;
	int i;

	start_all(t, live_many, w, pids, WRITERS);
	for (i = 0; i < WRITERS; i++)
		assert_int_equal(dbtest_wait(pids[i]), 0);
	live = live_open(t->dir, &e);
	assert_non_null(live);
	for (i = 1; i <= WRITERS; i++) {
		assert_int_equal(live_get_progress(live, i, &p, &e), 1);
		assert_int_equal(p.done, WRITES);
	}
	live_close(live);
	assert_int_equal(dbtest_count_files(t, LIVE_NAME), 1);
}

#define DB_TEST(f) cmocka_unit_test_setup_teardown(f, dbtest_setup, dbtest_teardown)
#define FOLDER_TEST(f)                                                                 \
	cmocka_unit_test_setup_teardown(f, dbtest_folder, dbtest_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		DB_TEST(many_writers_lose_nothing),
		DB_TEST(a_job_is_claimed_once),
		DB_TEST(a_killed_writer_leaves_a_sound_file),
		DB_TEST(a_reader_waits_for_a_writer_to_mend_the_file),
		DB_TEST(a_race_of_setups_gives_one_admin),
		FOLDER_TEST(upgrades_at_the_same_time_do_not_meet),
		FOLDER_TEST(live_is_made_once_by_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
