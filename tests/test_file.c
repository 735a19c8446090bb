/* SPDX-License-Identifier: GPL-3.0-or-later */
/* common/file.c: whole or not at all. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/file.h"
#include "tests/dbtest.h"

static int
open_dir(const struct dbtest *t)
{
	int fd = open(t->dir, O_RDONLY | O_DIRECTORY);

	assert_true(fd >= 0);
	return fd;
}

static void
put_makes_and_replaces(void **state)
{
	struct dbtest *t = *state;
	int dir = open_dir(t);
	struct stat st;
	struct err e;
	uint8_t *p;
	size_t n;

	assert_ok(file_put(dir, "f", "one", 3, 0640, &e), e);
	assert_ok(file_put(dir, "f", "three", 5, 0600, &e), e);
	assert_ok(file_get(dir, "f", 5, &p, &n, &e), e);
	assert_int_equal(n, 5);
	/* A NUL behind it. */
	assert_string_equal((char *)p, "three");
	free(p);
	assert_int_equal(fstatat(dir, "f", &st, 0), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	/* Also by a path, and nothing half-made stays. */
	assert_ok(file_put(AT_FDCWD, dbtest_path(t, "g"), "", 0, 0600, &e), e);
	assert_ok(file_get(AT_FDCWD, dbtest_path(t, "g"), 0, &p, NULL, &e), e);
	free(p);
	assert_int_equal(dbtest_count_files(t, "f"), 1);
	assert_int_equal(dbtest_count_files(t, "g"), 1);
	close(dir);
}

static void
put_that_fails_leaves_the_old_file(void **state)
{
	struct dbtest *t = *state;
	int dir = open_dir(t);
	struct err e;
	char longer[300];

	assert_int_equal(mkdirat(dir, "folder", 0700), 0);
	assert_int_equal(file_put(dir, "folder", "x", 1, 0600, &e), -1);
	assert_non_null(strstr(e.msg, "folder"));
	assert_int_equal(dbtest_count_files(t, "folder"), 1);
	memset(longer, 'x', sizeof(longer));
	longer[255] = '\0';
	assert_int_equal(file_put(dir, longer, "x", 1, 0600, &e), -1);
	assert_int_equal(file_put(dir, "no/where", "x", 1, 0600, &e), -1);
	assert_int_equal(e.code, ERR_NOT_FOUND);
	assert_int_equal(unlinkat(dir, "folder", AT_REMOVEDIR), 0);
	close(dir);
}

static void
get_takes_plain_files_of_a_bounded_size(void **state)
{
	struct dbtest *t = *state;
	int dir = open_dir(t);
	uint8_t *p = NULL;
	struct err e;

	assert_ok(file_put(dir, "f", "12345", 5, 0600, &e), e);
	assert_err(
	    file_get(dir, "f", 4, &p, NULL, &e), e, ERR_REFUSED, "file-too-large");
	assert_int_equal(symlinkat("f", dir, "link"), 0);
	assert_int_equal(file_get(dir, "link", 100, &p, NULL, &e), -1);
	/* Nobody writes into it; reading it must not wait. */
	assert_int_equal(mkfifoat(dir, "fifo", 0600), 0);
	assert_err(
	    file_get(dir, "fifo", 100, &p, NULL, &e), e, ERR_USAGE, "not-a-file");
	assert_err(file_get(dir, ".", 100, &p, NULL, &e), e, ERR_USAGE, "not-a-file");
	assert_int_equal(file_get(dir, "none", 100, &p, NULL, &e), -1);
	assert_int_equal(e.code, ERR_NOT_FOUND);
	assert_null(p);
	close(dir);
}

static void
whole_buffers_through_a_pipe(void **state)
{
	char in[6000], out[6001];
	struct err e;
	int fds[2];

	(void)state;
	memset(in, 'x', sizeof(in));
	assert_int_equal(pipe(fds), 0);
	assert_ok(file_write_all(fds[1], in, sizeof(in), &e), e);
	close(fds[1]);
	assert_int_equal(file_read_full(fds[0], out, 1000, &e), 1000);
	/* The end comes early: what there was. */
	assert_int_equal(file_read_full(fds[0], out, sizeof(out), &e), 5000);
	close(fds[0]);
	assert_int_equal(file_read_full(fds[0], out, 1, &e), -1);
	assert_int_equal(file_write_all(fds[1], in, 1, &e), -1);
}

static void
folders_may_be_there_already(void **state)
{
	struct dbtest *t = *state;
	uint64_t free_bytes = 0;
	mode_t old = umask(077);
	struct stat st;
	struct err e;
	int dir;

	assert_ok(file_mkdir(dbtest_path(t, "d"), 02770, &e), e);
	umask(old);
	assert_int_equal(stat(dbtest_path(t, "d"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 02770);
	assert_ok(file_mkdir(dbtest_path(t, "d"), 0700, &e), e);
	assert_int_equal(stat(dbtest_path(t, "d"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 02770);
	assert_int_equal(file_mkdir(dbtest_path(t, "x/y"), 0700, &e), -1);
	dir = open_dir(t);
	assert_ok(file_free_bytes(dir, &free_bytes, &e), e);
	assert_true(free_bytes > 0);
	assert_ok(file_sync_dir(dir, &e), e);
	close(dir);
	assert_int_equal(file_free_bytes(dir, &free_bytes, &e), -1);
	assert_int_equal(rmdir(dbtest_path(t, "d")), 0);
}

#define FOLDER_TEST(f)                                                                 \
	cmocka_unit_test_setup_teardown(f, dbtest_folder, dbtest_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		FOLDER_TEST(put_makes_and_replaces),
		FOLDER_TEST(put_that_fails_leaves_the_old_file),
		FOLDER_TEST(get_takes_plain_files_of_a_bounded_size),
		cmocka_unit_test(whole_buffers_through_a_pipe),
		FOLDER_TEST(folders_may_be_there_already),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
