/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A private folder and an inventory in it, for tests. Tests only. */
#ifndef TESTS_DBTEST_H
#define TESTS_DBTEST_H

#include "tests/unit.h"

#include <sys/types.h>

#include "common/err.h"
#include "db/db.h"

struct dbtest {
	char dir[128];		/* state and run folder in one */
	struct db *db;		/* NULL after dbtest_folder() */
};

/* cmocka set-up and tear-down: *state is a struct dbtest. */
int dbtest_folder(void **state);	/* an empty folder */
int dbtest_setup(void **state);		/* with a new inventory, open for writing */
int dbtest_teardown(void **state);

/* The path of a name in the folder; a buffer of the test's own, overwritten by the next. */
const char *dbtest_path(const struct dbtest *t, const char *name);
/* Raw SQL as somebody from outside would do it; the first column of the first row. */
int64_t dbtest_sql(const struct dbtest *t, const char *sql);
/* How many files begin with this. */
unsigned dbtest_count_files(const struct dbtest *t, const char *prefix);
/* Run fn(arg) in another process; its pid. The process exits with fn's result. */
pid_t dbtest_fork(int (*fn)(void *arg), void *arg);
/* Wait for it: its exit status, or -signal. */
int dbtest_wait(pid_t pid);

/* Succeeds or fails the test with the sentence of e. */
#define assert_ok(call, e)                                                                 \
	do {                                                                               \
		if ((call) < 0)                                                            \
			fail_msg("%s: %s", #call, (e).msg);                                \
	} while (0)
/* Fails with this code and name. */
#define assert_err(call, e, wanted_code, wanted_name)                                      \
	do {                                                                               \
		assert_int_equal((call), -1);                                              \
		assert_string_equal((e).name, (wanted_name));                              \
		assert_int_equal((e).code, (wanted_code));                                 \
		assert_true((e).msg[0] != '\0');                                           \
	} while (0)

#endif
