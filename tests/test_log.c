/* SPDX-License-Identifier: GPL-3.0-or-later */
/* common/log.c: what comes out of stderr. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/log.h"
#include "tests/unit.h"

static char out[8192];
static int saved_stderr, capture;

static void
begin(void)
{
	FILE *f = tmpfile();

	assert_non_null(f);
	saved_stderr = dup(STDERR_FILENO);
	capture = dup(fileno(f));
	fclose(f);
	assert_true(saved_stderr >= 0 && dup2(capture, STDERR_FILENO) >= 0);
}

static const char *
end(void)
{
	ssize_t n;

	assert_true(dup2(saved_stderr, STDERR_FILENO) >= 0);
	close(saved_stderr);
	n = pread(capture, out, sizeof(out) - 1, 0);
	assert_true(n >= 0);
	out[n] = '\0';
	close(capture);
	log_init(LOG_LEVEL_INFO, LOG_FORMAT_TEXT);
	return out;
}

static void
lines_carry_priority_room_and_sentence(void **state)
{
	(void)state;
	log_init(LOG_LEVEL_DEBUG, LOG_FORMAT_TEXT);
	begin();
	errno = ENOENT;
	log_err("store", "open '%s'", "f");
	log_errx("queue", "job %d", 4);
	errno = EACCES;
	log_warn("hub", "x");
	assert_int_equal(errno, EACCES);
	log_warnx("hub", "y");
	log_info("webd", "z");
	log_debug("webd", "d");
	assert_string_equal(end(),
	    "<3>store: open 'f': No such file or directory\n"
	    "<3>queue: job 4\n<4>hub: x: Permission denied\n<4>hub: y\n"
	    "<6>webd: z\n<7>webd: d\n");
}

static void
the_level_keeps_the_rest_out(void **state)
{
	(void)state;
	log_init(LOG_LEVEL_WARN, LOG_FORMAT_TEXT);
	begin();
	log_info("a", "no");
	log_debug("a", "no");
	log_warnx("a", "yes");
	assert_string_equal(end(), "<4>a: yes\n");
}

static void
a_device_cannot_forge_a_line(void **state)
{
	(void)state;
	begin();
	log_info("console", "it said %s", "\033[2J\n<3>forged: line\r");
	assert_string_equal(
	    end(), "<6>console: it said \\x1b[2J\\x0a<3>forged: line\\x0d\n");
}

static void
json_lines_are_json(void **state)
{
	json_t *line;

	(void)state;
	log_init(LOG_LEVEL_INFO, LOG_FORMAT_JSON);
	begin();
	log_warnx("hub", "a \"quoted\" \\ %c line", 7);
	line = json_loads(end(), 0, NULL);
	assert_non_null(line);
	assert_string_equal(
	    json_string_value(json_object_get(line, "level")), "warning");
	assert_string_equal(json_string_value(json_object_get(line, "room")), "hub");
	assert_string_equal(json_string_value(json_object_get(line, "text")),
	    "a \"quoted\" \\ \007 line");
	json_decref(line);
}

static void
a_long_line_is_cut_but_ends(void **state)
{
	char longer[5000];
	size_t n;

	(void)state;
	memset(longer, '\001', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	begin();
	log_info("a", "%s", longer);
	(void)end();
	n = strlen(out);
	assert_true(n > 1000 && n < 4000);
	assert_int_equal(out[n - 1], '\n');
	assert_ptr_equal(strchr(out, '\n'), out + n - 1);
}

static void
fatal_logs_and_ends_with_its_status(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	begin();
	if ((pid = fork()) == 0) {
		/* The child must not run the test program's own end. */
		if (fcntl(STDOUT_FILENO, F_GETFD) >= 0)
			close(STDOUT_FILENO);
		fatalx(78, "conf", "no good");
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 78);
	assert_string_equal(end(), "<3>conf: no good\n");
}

/* Beside stderr, with the time, and bounded: the older half goes. */
static void
lines_are_kept_in_run(void **state)
{
	char run[] = "/tmp/camherd-log.XXXXXX", path[64], old[70], line[200];
	struct stat st;
	FILE *f;
	int i;

	(void)state;
	assert_non_null(mkdtemp(run));
	snprintf(path, sizeof(path), "%s/webd.log", run);
	snprintf(old, sizeof(old), "%s.1", path);
	begin();
	log_keep(run, "webd");
	log_info("webd", "the first line");
	assert_non_null(f = fopen(path, "r"));
	assert_non_null(fgets(line, sizeof(line), f));
	fclose(f);
	for (i = 0; i < 4000; i++)
		log_info("webd", "line %d of very many that nobody will read", i);
	log_keep("/nowhere/at/all", "webd");
	log_info("webd", "goes to stderr alone");
	end();
	assert_non_null(strstr(line, "Z <6>webd: the first line\n"));
	assert_int_equal(stat(path, &st), 0);
	assert_true(st.st_size < LOG_KEPT);
	assert_int_equal(stat(old, &st), 0);
	assert_true(st.st_size >= LOG_KEPT && st.st_size < LOG_KEPT + 4096);
	assert_int_equal(st.st_mode & 07, 0);
	unlink(path);
	unlink(old);
	rmdir(run);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_kept_in_run),
		cmocka_unit_test(lines_carry_priority_room_and_sentence),
		cmocka_unit_test(the_level_keeps_the_rest_out),
		cmocka_unit_test(a_device_cannot_forge_a_line),
		cmocka_unit_test(json_lines_are_json),
		cmocka_unit_test(a_long_line_is_cut_but_ends),
		cmocka_unit_test(fatal_logs_and_ends_with_its_status),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
