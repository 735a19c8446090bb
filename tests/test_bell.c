/* SPDX-License-Identifier: GPL-3.0-or-later */
/* common/bell.c: a ring arrives, and nothing about ringing can fail. */
#include "config.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/bell.h"
#include "tests/dbtest.h"

static int
has_rung(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0);
}

static void
a_ring_arrives_and_is_drained(void **state)
{
	struct dbtest *t = *state;
	struct err e;
	int fd, i;

	fd = bell_open(t->dir, "flashd", &e);
	assert_true(fd >= 0);
	assert_int_equal(has_rung(fd), 0);
	bell_ring(t->dir, "flashd");
	assert_int_equal(has_rung(fd), 1);
	/* More than the queue holds: no ring waits, none fails. */
	for (i = 0; i < 1000; i++)
		bell_ring(t->dir, "flashd");
	bell_drain(fd);
	assert_int_equal(has_rung(fd), 0);
	bell_ring(t->dir, "webd");
	assert_int_equal(has_rung(fd), 0);
	assert_int_equal(access(dbtest_path(t, "flashd.bell"), F_OK), 0);
	bell_close(fd, t->dir, "flashd");
	assert_int_equal(access(dbtest_path(t, "flashd.bell"), F_OK), -1);
	bell_close(-1, t->dir, "flashd");
}

static void
ringing_where_nobody_is_does_nothing(void **state)
{
	struct dbtest *t = *state;
	char longer[300];
	struct err e;
	int fd;

	bell_ring(t->dir, "flashd");
	fd = bell_open(t->dir, "flashd", &e);
	close(fd);
	bell_ring(t->dir, "flashd");
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	bell_ring(longer, "flashd");
	assert_err(bell_open(longer, "flashd", &e), e, ERR_USAGE, "path-too-long");
	assert_int_equal(bell_open(dbtest_path(t, "no"), "flashd", &e), -1);
	assert_non_null(strstr(e.msg, "flashd.bell"));
}

static void
an_old_bell_is_replaced_and_the_group_may_ring(void **state)
{
	struct dbtest *t = *state;
	struct stat st;
	struct err e;
	int old, fd;

	old = bell_open(t->dir, "flashd", &e);
	assert_true(old >= 0);
	fd = bell_open(t->dir, "flashd", &e);
	assert_true(fd >= 0);
	assert_int_equal(stat(dbtest_path(t, "flashd.bell"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0660);
	bell_ring(t->dir, "flashd");
	assert_int_equal(has_rung(fd), 1);
	assert_int_equal(has_rung(old), 0);
	close(old);
	close(fd);
}

#define FOLDER_TEST(f)                                                                 \
	cmocka_unit_test_setup_teardown(f, dbtest_folder, dbtest_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		FOLDER_TEST(a_ring_arrives_and_is_drained),
		FOLDER_TEST(ringing_where_nobody_is_does_nothing),
		FOLDER_TEST(an_old_bell_is_replaced_and_the_group_may_ring),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
