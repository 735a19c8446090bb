/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The wire by path over ptys, and the wire trace. */
#include "config.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/err.h"
#include "common/file.h"
#include "common/loop.h"
#include "flashd/wire.h"
#include "flashd/wire_trace.h"
#include "tests/simrun.h"
#include "tests/unit.h"

#define ARGS(...) ((const char *const[]) { __VA_ARGS__, NULL })

static void
second_open_is_refused_and_names_the_holder(void **state)
{
	struct err e = { 0 };
	struct simrun sim;
	struct wire *w;
	char pid[32];
	pid_t child;
	int status;

	(void)state;
	simrun_start(&sim, ARGS("--start", "silent"));
	w = wire_open(sim.link, &e);
	if (w == NULL)
		fail_msg("%s", e.msg);
	snprintf(pid, sizeof(pid), "(process %ld)", (long)getpid());
	fflush(stdout);
	if ((child = fork()) == 0) {
		struct wire *other = wire_open(sim.link, &e);

		_exit(other != NULL						    ? 1
			: e.code != ERR_REFUSED || strcmp(e.name, "port-busy") != 0 ? 2
			: strstr(e.msg, "test_wire") == NULL ||
			    strstr(e.msg, pid) == NULL
			? 3
			: 0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(WEXITSTATUS(status), 0);
	wire_close(w);
	/* Free again. */
	w = wire_open(sim.link, &e);
	if (w == NULL)
		fail_msg("%s", e.msg);
	wire_close(w);
	simrun_clean(&sim);
}

static void
port_of_a_killed_process_is_free_again(void **state)
{
	struct err e = { 0 };
	struct simrun sim;
	struct wire *w = NULL;
	int ready[2], status;
	int64_t end;
	pid_t child;
	char c;

	(void)state;
	simrun_start(&sim, ARGS("--start", "silent"));
	assert_int_equal(pipe(ready), 0);
	fflush(stdout);
	if ((child = fork()) == 0) {
		w = wire_open(sim.link, &e);
		(void)!write(ready[1], w != NULL ? "y" : "n", 1);
		for (;;)
			pause();
	}
	assert_int_equal(read(ready[0], &c, 1), 1);
	assert_int_equal(c, 'y');
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	/* On a pty the exclusive mark stays until the simulator takes it back. */
	end = loop_now_us() + 10000000;
	while ((w = wire_open(sim.link, &e)) == NULL && loop_now_us() < end)
		(void)poll(NULL, 0, 1);
	if (w == NULL)
		fail_msg("%s", e.msg);
	wire_close(w);
	close(ready[0]);
	close(ready[1]);
	simrun_clean(&sim);
}

static void
missing_port_and_no_tty_say_so(void **state)
{
	struct err e = { 0 };

	(void)state;
	assert_null(wire_open("/dev/serial/by-path/nothing-here", &e));
	assert_int_equal(e.code, ERR_NOT_FOUND);
	assert_string_equal(e.name, "no-port");
	assert_null(wire_open("/dev/null", &e));
	assert_int_equal(e.code, ERR_USAGE);
	assert_string_equal(e.name, "no-tty");
}

/* Nobody reads at the other end: as an adapter that hangs. */
static void
a_port_that_takes_nothing_is_lost(void **state)
{
	static const uint8_t many[256 * 1024];
	char name[64];
	struct err e = { 0 };
	struct wire *w;
	int other;

	(void)state;
	assert_true((other = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) >= 0);
	assert_int_equal(grantpt(other), 0);
	assert_int_equal(unlockpt(other), 0);
	assert_int_equal(ptsname_r(other, name, sizeof(name)), 0);
	assert_non_null(w = wire_open(name, &e));
	assert_int_equal(
	    wire_write(w, many, sizeof(many), loop_now_us() + 100000, &e), -1);
	assert_int_equal(e.code, ERR_LOST);
	assert_string_equal(e.name, "port-stuck");
	wire_close(w);
	close(other);
}

static void
unplug_is_noticed_within_a_second(void **state)
{
	struct err e = { 0 };
	struct simrun sim;
	struct wire *w;
	int64_t start;
	uint8_t b;
	ssize_t n;

	(void)state;
	simrun_start(&sim, ARGS("--start", "silent"));
	w = wire_open(sim.link, &e);
	assert_non_null(w);
	start = loop_now_us();
	simrun_control(&sim, "unplug");
	n = wire_read(w, &b, 1, start + 20000000, &e);
	assert_int_equal(n, -1);
	assert_int_equal(e.code, ERR_LOST);
	assert_string_equal(e.name, "port-gone");
	/* A second in real life; ten for a busy machine. */
	assert_true(loop_now_us() - start < 10000000);
	assert_int_equal(wire_write(w, "x", 1, loop_now_us() + 1000000, &e), -1);
	assert_int_equal(e.code, ERR_LOST);
	wire_close(w);
	simrun_clean(&sim);
}

static void
silence_ends_at_the_deadline(void **state)
{
	struct err e = { 0 };
	struct simrun sim;
	struct wire *w;
	int64_t start;
	uint8_t b;

	(void)state;
	simrun_start(&sim, ARGS("--start", "silent"));
	w = wire_open(sim.link, &e);
	assert_non_null(w);
	start = loop_now_us();
	assert_int_equal(wire_read(w, &b, 1, start + 50000, &e), 0);
	assert_true(loop_now_us() - start >= 50000);
	wire_close(w);
	simrun_clean(&sim);
}

static bool
stop_now(void *arg)
{
	return *(bool *)arg;
}

static void
stop_ends_a_wait(void **state)
{
	struct err e = { 0 };
	struct simrun sim;
	struct wire *w;
	bool stop = true;
	uint8_t b;

	(void)state;
	simrun_start(&sim, ARGS("--start", "silent"));
	w = wire_open(sim.link, &e);
	assert_non_null(w);
	w->stop_asked = stop_now;
	w->stop_arg = &stop;
	assert_int_equal(wire_read(w, &b, 1, loop_now_us() + 20000000, &e), -1);
	assert_string_equal(e.name, "cancelled");
	wire_close(w);
	simrun_clean(&sim);
}

static char *
text_of(struct wire_trace *t)
{
	char path[] = "/tmp/wire-trace.XXXXXX";
	struct err e = { 0 };
	uint8_t *p;
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(wire_trace_write(t, fd, &e), 0);
	close(fd);
	assert_int_equal(file_get(AT_FDCWD, path, 8 << 20, &p, NULL, &e), 0);
	(void)unlink(path);
	return (char *)p;
}

/* Does a line end in this? Times in front differ. */
static bool
has_line(const char *text, const char *end)
{
	char line[400];

	snprintf(line, sizeof(line), " %s\n", end);
	return strstr(text, line) != NULL;
}

static void
trace_is_text_with_short_runs(void **state)
{
	struct wire_trace *t = wire_trace_new(WIRE_TRACE_BYTES);
	uint8_t b[16] = "BROM";
	char *text;

	(void)state;
	wire_trace_bytes(t, WIRE_TO_DEVICE, b, sizeof(b));
	wire_trace_baud(t, 921600);
	wire_trace_bytes(t, WIRE_TO_HOST, "OK", 2);
	wire_trace_note(t, "a %s", "note\033[1m");
	text = text_of(t);
	assert_non_null(strstr(text, "# camherd wire trace 1\n"));
	assert_true(has_line(text, "> 42524f4d 00*12"));
	assert_true(has_line(text, "= baud 921600"));
	assert_true(has_line(text, "< 4f4b"));
	assert_non_null(strstr(text, "# a note\\x1b[1m\n"));
	free(text);
	wire_trace_free(t);
}

static void
held_bytes_can_be_blanked_and_changed(void **state)
{
	struct wire_trace *t = wire_trace_new(WIRE_TRACE_BYTES);
	const uint8_t *p;
	char *text;

	(void)state;
	wire_trace_hold(t);
	wire_trace_bytes(t, WIRE_TO_HOST, "secretX", 7);
	assert_int_equal(wire_trace_held(t, WIRE_TO_HOST, &p), 7);
	assert_memory_equal(p, "secretX", 7);
	wire_trace_blank(t, WIRE_TO_HOST, 0, 6);
	wire_trace_patch(t, WIRE_TO_HOST, 6, "Y", 1);
	wire_trace_release(t);
	/* What is still held at the end is not shown. */
	wire_trace_hold(t);
	wire_trace_bytes(t, WIRE_TO_DEVICE, "open", 4);
	text = text_of(t);
	assert_true(has_line(text,
	    "< ?"
	    "?*6 59"));
	assert_true(has_line(text,
	    "> ?"
	    "?*4"));
	free(text);
	wire_trace_free(t);
}

static void
trace_keeps_its_first_and_last_part(void **state)
{
	struct wire_trace *t = wire_trace_new(8192);
	char *text;
	unsigned i;

	(void)state;
	for (i = 0; i < 5000; i++)
		wire_trace_note(t, "line %u", i);
	text = text_of(t);
	assert_non_null(strstr(text, "# line 0\n"));
	assert_null(strstr(text, "# line 2500\n"));
	assert_non_null(strstr(text, "# line 4999\n"));
	assert_non_null(strstr(text, " lines left out here\n"));
	assert_true(strlen(text) < 8192 + 100);
	free(text);
	wire_trace_free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(second_open_is_refused_and_names_the_holder),
		cmocka_unit_test(port_of_a_killed_process_is_free_again),
		cmocka_unit_test(missing_port_and_no_tty_say_so),
		cmocka_unit_test(a_port_that_takes_nothing_is_lost),
		cmocka_unit_test(unplug_is_noticed_within_a_second),
		cmocka_unit_test(silence_ends_at_the_deadline),
		cmocka_unit_test(stop_ends_a_wait),
		cmocka_unit_test(trace_is_text_with_short_runs),
		cmocka_unit_test(held_bytes_can_be_blanked_and_changed),
		cmocka_unit_test(trace_keeps_its_first_and_last_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
