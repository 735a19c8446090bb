/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A child process as flashd sees it: heard line by line, ended when it is silent,
 * deaf, or says what no child says. The children are shell scripts. */
#include "config.h"

#include "tests/unit.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/err.h"
#include "common/loop.h"
#include "flashd/childline.h"
#include "flashd/order.h"
#include "flashd/worker.h"

struct heard {
	struct loop *loop;
	struct worker *w;
	char verbs[64]; /* one letter a line */
	char text[601];
	char trouble[600];
	bool bad, ended;
	enum child_verb refuse; /* this verb is not awaited */
	bool stop_at_note;
	int64_t quiet_ms; /* 0: a minute, which no test waits for */
};

static char folder[] = "/tmp/camherd-worker.XXXXXX";

static int
make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) == NULL ? -1 : 0;
}

static int
drop_folder(void **state)
{
	char path[100];

	(void)state;
	snprintf(path, sizeof(path), "%s/child", folder);
	(void)unlink(path);
	return rmdir(folder);
}

static bool
on_line(void *arg, const struct child_line *l)
{
	struct heard *h = arg;
	size_t n = strlen(h->verbs);

	assert_false(h->ended);
	if (n + 1 < sizeof(h->verbs))
		h->verbs[n] = "spkiunaSTcdFo"[l->verb];
	if (l->verb == CHILD_NOTE || l->verb == CHILD_FAIL)
		memcpy(h->text, l->text, sizeof(h->text));
	if (l->verb == CHILD_SAVED || l->verb == CHILD_TOUCHED)
		worker_answer(h->w, "go");
	if (l->verb == CHILD_NOTE && h->stop_at_note)
		worker_stop(h->w);
	return l->verb != h->refuse;
}

static void
on_end(void *arg, const struct err *trouble, bool bad)
{
	struct heard *h = arg;

	assert_false(h->ended);
	h->ended = true;
	h->bad = bad;
	snprintf(h->trouble, sizeof(h->trouble), "%s", trouble == NULL ? "" : trouble->msg);
	loop_stop(h->loop, 0);
}

/* Run a shell script as the child until it ends. */
static void
run_script(const char *script, struct heard *h, int out_fd)
{
	struct order order = { .job = 7, .kind = "backup", .node = "/dev/none" };
	struct worker_start start = { .order = &order,
		.out_fd = out_fd,
		.image_fd = -1,
		.log_fd = -1,
		.trace_fd = -1,
		.lock_fd = -1,
		.journal_fd = -1,
		.safety_fd = -1,
		.quiet_ms = h->quiet_ms != 0 ? h->quiet_ms : 60000,
		.kill_ms = h->quiet_ms != 0 ? 300 : 60000,
		.line = on_line,
		.end = on_end,
		.arg = h };
	char path[100];
	struct err e;
	FILE *f;

	snprintf(path, sizeof(path), "%s/child", folder);
	f = fopen(path, "w");
	assert_non_null(f);
	fprintf(f, "#!/bin/sh\n%s\n", script);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, 0700), 0);
	start.program = path;
	h->loop = loop_new(&e);
	assert_non_null(h->loop);
	h->w = worker_new(h->loop, &start, &e);
	if (h->w == NULL)
		fail_msg("%s", e.msg);
	assert_int_equal(loop_run(h->loop), 0);
	assert_true(h->ended);
	loop_free(h->loop);
}

#define SHA "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define NO_VERB ((enum child_verb)99)

static void
lines_arrive_and_answers_go_back(void **state)
{
	struct heard h = { .refuse = NO_VERB };

	(void)state;
	run_script("while read -r l <&4 && [ -n \"$l\" ]; do o=\"$o $l\"; done\n"
		   "echo \"step read1 8\" >&4\necho \"saved " SHA " 8 2 0\" >&4\n"
		   "read -r a <&4\necho \"note - $a$o\" >&4\nprintf 'o' >&4\necho k >&4",
	    &h, -1);
	assert_string_equal(h.trouble, "");
	assert_string_equal(h.verbs, "sSno");
	assert_memory_equal(h.text, "go job=7 kind=backup node=/dev/none", 35);
}

static void
it_gets_its_descriptors_and_no_others(void **state)
{
	struct heard h = { .refuse = NO_VERB };
	int fd = memfd_create("out", 0), other = open("/dev/null", O_RDONLY);
	char got[8] = "";

	(void)state;
	assert_true(fd >= 0 && other >= 0);
	run_script(
	    "printf hello >&3\n"
	    "echo \"note - $(for i in 0 3 4 5 6 7 8 9; do [ -e /proc/self/fd/$i ] && "
	    "printf $i; done)\" >&4\n"
	    "echo ok >&4",
	    &h, fd);
	assert_int_equal(pread(fd, got, 5, 0), 5);
	assert_string_equal(got, "hello");
	assert_string_equal(h.verbs, "no");
	assert_string_equal(h.text, "034");
	close(fd);
	close(other);
}

static void
a_bad_line_ends_it(void **state)
{
	static const char *const bad[] = { "echo rm -rf / >&4; exec sleep 60",
		"echo 'step read1' >&4; exec sleep 60",
		"printf 'note - \\033[2J\\n' >&4; exec sleep 60",
		/* A line that never ends. */
		"yes aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa | tr -d '\\n' >&4" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct heard h = { .refuse = NO_VERB };

		run_script(bad[i], &h, -1);
		assert_true(h.bad);
		assert_string_equal(h.verbs, "");
		assert_non_null(strstr(h.trouble, "said what no worker says"));
	}
}

static void
a_line_out_of_place_ends_it(void **state)
{
	struct heard h = { .refuse = CHILD_TOUCHED };

	(void)state;
	run_script("echo touched >&4; echo ok >&4; exec sleep 60", &h, -1);
	assert_true(h.bad);
	assert_string_equal(h.verbs, "T");
}

static void
silence_ends_it(void **state)
{
	struct heard h = { .refuse = NO_VERB, .quiet_ms = 400 };

	(void)state;
	run_script("echo 'step read1 8' >&4; exec sleep 60", &h, -1);
	assert_non_null(strstr(h.trouble, "hung"));
	assert_false(h.bad);
}

static void
deafness_too(void **state)
{
	struct heard h = { .refuse = NO_VERB, .quiet_ms = 400 };

	(void)state;
	run_script(
	    "trap '' TERM; echo 'step read1 8' >&4; while :; do :; done", &h, -1);
	assert_non_null(strstr(h.trouble, "hung"));
}

static void
stop_is_obeyed_at_the_next_border(void **state)
{
	struct heard h = { .refuse = NO_VERB, .stop_at_note = true };

	(void)state;
	run_script("trap 'echo \"fail 1 cancelled - at a border\" >&4; exit 0' TERM\n"
		   "echo 'note - ready' >&4\nwhile :; do :; done",
	    &h, -1);
	assert_string_equal(h.verbs, "nF");
	assert_string_equal(h.text, "at a border");
	assert_string_equal(h.trouble, "");
}

static void
its_death_is_told(void **state)
{
	struct heard h = { .refuse = NO_VERB }, h2 = { .refuse = NO_VERB };

	(void)state;
	run_script("echo 'step read1 8' >&4; kill -9 $$", &h, -1);
	assert_non_null(strstr(h.trouble, "signal 9"));
	assert_string_equal(h.verbs, "s");
	run_script("echo ok >&4; exit 3", &h2, -1);
	assert_non_null(strstr(h2.trouble, "status 3"));
	assert_string_equal(h2.verbs, "o");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_arrive_and_answers_go_back),
		cmocka_unit_test(it_gets_its_descriptors_and_no_others),
		cmocka_unit_test(a_bad_line_ends_it),
		cmocka_unit_test(a_line_out_of_place_ends_it),
		cmocka_unit_test(silence_ends_it),
		cmocka_unit_test(deafness_too),
		cmocka_unit_test(stop_is_obeyed_at_the_next_border),
		cmocka_unit_test(its_death_is_told),
	};

	return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
