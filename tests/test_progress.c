/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Unit tests of cli/progress.c: what a person reads while a job runs. */
#include "config.h"

#include "tests/unit.h"

#include <stdio.h>
#include <string.h>

#include "cli/progress.h"
#include "db/live.h"

static struct live_progress
half_read(void)
{
	struct live_progress p = { .step = "read1",
		.done = 524288,
		.total = 1048576,
		.rate = 81900,
		.eta_s = 18 };

	return p;
}

static void
bar_has_step_percent_speed_and_time_left(void **state)
{
	const struct progress_style style = { 10, 100, false };
	struct live_progress p = half_read();
	char line[400];
	int columns;

	(void)state;
	columns = progress_bar("hub1-left", &p, &style, line, sizeof(line));
	assert_int_equal(columns, (int)strlen(line));
	assert_string_equal(line,
	    "hub1-left   read 1/2   ############............   50 %  82 kB/s  0:18 "
	    "left");
}

static void
bar_never_exceeds_the_terminal(void **state)
{
	struct progress_style style = { 30, 0, true };
	struct live_progress p = half_read();
	char line[400];
	int columns;

	(void)state;
	p.retries = 1234;
	for (columns = 1; columns < 200; columns++) {
		style.columns = columns;
		assert_true(progress_bar("pci-0000:00:14.0-usb-0:1:1.0", &p, &style,
				line, sizeof(line)) <= columns);
	}
}

static void
bar_moves_with_the_bytes(void **state)
{
	const struct progress_style style = { 1, 100, false };
	struct live_progress p = half_read();
	char line[400];
	size_t marks, last = 0, i;

	(void)state;
	for (p.done = 0; p.done <= p.total; p.done += p.total / 8) {
		progress_bar("a", &p, &style, line, sizeof(line));
		for (marks = 0, i = 0; line[i] != '\0'; i++)
			marks += line[i] == '#';
		assert_true(p.done == 0 ? marks == 0 : marks > last);
		last = marks;
	}
	assert_int_equal(last, 24);
}

static void
bar_in_utf8_uses_blocks_and_ascii_does_not(void **state)
{
	struct progress_style style = { 1, 100, true };
	struct live_progress p = half_read();
	char line[400];

	(void)state;
	progress_bar("a", &p, &style, line, sizeof(line));
	assert_non_null(strstr(line, "\xe2\x96\x88"));
	style.utf8 = false;
	progress_bar("a", &p, &style, line, sizeof(line));
	assert_null(strstr(line, "\xe2\x96\x88"));
}

static void
bar_of_a_waiting_job_shows_the_instruction(void **state)
{
	const struct progress_style style = { 1, 100, true };
	struct live_progress p = { .step = "enter", .eta_s = -1 };
	char line[400];

	(void)state;
	snprintf(p.ask, sizeof(p.ask), "power-cycle");
	snprintf(p.text, sizeof(p.text), "Switch the camera off and on.");
	progress_bar("a", &p, &style, line, sizeof(line));
	assert_string_equal(line, "a  waiting    Switch the camera off and on.");
}

static void
bar_escapes_what_a_device_says(void **state)
{
	const struct progress_style style = { 1, 100, true };
	struct live_progress p = { .step = "enter", .eta_s = -1 };
	char line[400];

	(void)state;
	snprintf(p.text, sizeof(p.text), "console says \033[2J\a");
	progress_bar("a\033]0;x\a", &p, &style, line, sizeof(line));
	assert_null(strchr(line, '\033'));
	assert_null(strchr(line, '\a'));
	assert_non_null(strstr(line, "\\x1b[2J"));
}

static void
percent_is_bounded(void **state)
{
	struct live_progress p = { .step = "write" };

	(void)state;
	assert_int_equal(progress_percent(&p), -1);
	p.total = 3;
	p.done = 1;
	assert_int_equal(progress_percent(&p), 33);
	p.done = 4;
	assert_int_equal(progress_percent(&p), 100);
	p.total = UINT64_MAX;
	p.done = UINT64_MAX - 1;
	assert_in_range(progress_percent(&p), 99, 100);
}

static void
sentence_has_the_same_figures(void **state)
{
	struct live_progress p = half_read();
	char line[400];

	(void)state;
	p.retries = 1;
	progress_sentence("hub1-left", &p, line, sizeof(line));
	assert_string_equal(
	    line, "hub1-left: read 1/2 50 %, 82 kB/s, 0:18 left, 1 retry");
	p.total = 0;
	snprintf(p.text, sizeof(p.text), "looking for the boot ROM");
	progress_sentence("hub1-left", &p, line, sizeof(line));
	assert_string_equal(line, "hub1-left: read 1/2: looking for the boot ROM");
}

static void
rate_changes_its_unit(void **state)
{
	char s[24];

	(void)state;
	assert_string_equal(progress_rate(999, s, sizeof(s)), "999 B/s");
	assert_string_equal(progress_rate(11520, s, sizeof(s)), "12 kB/s");
	assert_string_equal(progress_rate(1250000, s, sizeof(s)), "1.2 MB/s");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bar_has_step_percent_speed_and_time_left),
		cmocka_unit_test(bar_never_exceeds_the_terminal),
		cmocka_unit_test(bar_moves_with_the_bytes),
		cmocka_unit_test(bar_in_utf8_uses_blocks_and_ascii_does_not),
		cmocka_unit_test(bar_of_a_waiting_job_shows_the_instruction),
		cmocka_unit_test(bar_escapes_what_a_device_says),
		cmocka_unit_test(percent_is_bounded),
		cmocka_unit_test(sentence_has_the_same_figures),
		cmocka_unit_test(rate_changes_its_unit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
