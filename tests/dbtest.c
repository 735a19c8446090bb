/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A private folder and an inventory in it (see dbtest.h). Tests only. */
#include "config.h"

#include "tests/dbtest.h"

#include <dirent.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int
dbtest_folder(void **state)
{
	const char *tmp = getenv("TMPDIR");
	struct dbtest *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return -1;
	snprintf(
	    t->dir, sizeof(t->dir), "%s/camherd-db.XXXXXX", tmp != NULL ? tmp : "/tmp");
	if (mkdtemp(t->dir) == NULL) {
		free(t);
		return -1;
	}
	*state = t;
	return 0;
}

int
dbtest_setup(void **state)
{
	struct err e = { .code = ERR_NONE };
	struct dbtest *t;

	if (dbtest_folder(state) < 0)
		return -1;
	t = *state;
	if (db_upgrade(t->dir, NULL, NULL, NULL, &e) < 0 ||
	    (t->db = db_open(t->dir, DB_READ_WRITE, &e)) == NULL) {
		print_error("%s\n", e.msg);
		(void)dbtest_teardown(state);
		return -1;
	}
	return 0;
}

int
dbtest_teardown(void **state)
{
	struct dbtest *t = *state;
	struct dirent *d;
	DIR *dir;

	db_close(t->db);
	if ((dir = opendir(t->dir)) != NULL) {
		while ((d = readdir(dir)) != NULL)
			(void)unlinkat(dirfd(dir), d->d_name, 0);
		closedir(dir);
	}
	(void)rmdir(t->dir);
	free(t);
	return 0;
}

const char *
dbtest_path(const struct dbtest *t, const char *name)
{
	static char path[400];

	snprintf(path, sizeof(path), "%s/%s", t->dir, name);
	return path;
}

int64_t
dbtest_sql(const struct dbtest *t, const char *sql)
{
	sqlite3_stmt *stmt;
	int64_t n = 0;
	sqlite3 *h;
	int r;

	assert_int_equal(sqlite3_open(dbtest_path(t, DB_NAME), &h), SQLITE_OK);
	sqlite3_busy_timeout(h, 20000);
	while (*sql != '\0') {
		r = sqlite3_prepare_v2(h, sql, -1, &stmt, &sql);
		if (r != SQLITE_OK)
			fail_msg("%s", sqlite3_errmsg(h));
		if (stmt == NULL)
			break;
		while ((r = sqlite3_step(stmt)) == SQLITE_ROW)
			n = sqlite3_column_int64(stmt, 0);
		if (r != SQLITE_DONE)
			fail_msg("%s", sqlite3_errmsg(h));
		sqlite3_finalize(stmt);
	}
	sqlite3_close(h);
	return n;
}

unsigned
dbtest_count_files(const struct dbtest *t, const char *prefix)
{
	struct dirent *d;
	unsigned n = 0;
	DIR *dir;

	dir = opendir(t->dir);
	assert_non_null(dir);
	while ((d = readdir(dir)) != NULL)
		n += strncmp(d->d_name, prefix, strlen(prefix)) == 0;
	closedir(dir);
	return n;
}

pid_t
dbtest_fork(int (*fn)(void *arg), void *arg)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(fn(arg));
	return pid;
}

int
dbtest_wait(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}
