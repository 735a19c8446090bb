/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Console bytes to lines, verdicts, and what a boot log tells. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "flashd/engine/console.h"
#include "flashd/watch_lines.h"
#include "tests/unit.h"

struct lines {
	char text[16][CONSOLE_SAFE_MAX];
	enum console_end end[16];
	unsigned n;
};

static void
collect(void *arg, const uint8_t *p, size_t n, enum console_end end)
{
	struct lines *l = arg;

	assert_true(l->n < 16);
	text_escape(p, n, l->text[l->n], CONSOLE_SAFE_MAX);
	l->end[l->n++] = end;
}

static void
feed(struct lines *l, const char *bytes, size_t n, size_t step)
{
	struct console c;
	size_t at;

	memset(l, 0, sizeof(*l));
	console_init(&c);
	for (at = 0; at < n; at += step)
		console_feed(&c, (const uint8_t *)bytes + at,
		    n - at < step ? n - at : step, collect, l);
	console_flush(&c, collect, l);
}

static void
lines_end_at_cr_lf_and_both(void **state)
{
	static struct lines l;

	(void)state;
	feed(&l, "one\r\ntwo\nthree\rfour", 19, 19);
	assert_int_equal(l.n, 4);
	assert_string_equal(l.text[0], "one");
	assert_string_equal(l.text[3], "four");
}

static void
any_split_of_the_bytes_gives_the_same_lines(void **state)
{
	static const char bytes[] = "a\r\n\r\nb\xc3\xa9\x1b[31m\n\xff\xfe end";
	static struct lines whole, split;
	size_t step;
	unsigned i;

	(void)state;
	feed(&whole, bytes, sizeof(bytes) - 1, sizeof(bytes));
	for (step = 1; step < sizeof(bytes); step++) {
		feed(&split, bytes, sizeof(bytes) - 1, step);
		assert_int_equal(split.n, whole.n);
		for (i = 0; i < whole.n; i++)
			assert_string_equal(split.text[i], whole.text[i]);
	}
}

static void
escape_sequences_are_shown_never_passed_on(void **state)
{
	static const char *const nasty[] = { "\x1b]0;title\x07", "\x1b[2J",
		("\x9b" "31m"),
		"\x1bP+q\x1b\\", "a\bb", "\x7f", "\xc2\x85" };
	static struct lines l;
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof(nasty) / sizeof(nasty[0]); i++) {
		feed(&l, nasty[i], strlen(nasty[i]), 1);
		assert_int_equal(l.n, 1);
		for (k = 0; l.text[0][k] != '\0'; k++)
			assert_in_range((unsigned char)l.text[0][k], 0x20, 0x7e);
	}
}

static void
an_endless_line_is_cut_and_goes_on(void **state)
{
	static char bytes[3 * CONSOLE_LINE_MAX];
	static struct lines l;

	(void)state;
	memset(bytes, 'x', sizeof(bytes));
	feed(&l, bytes, sizeof(bytes), 7);
	assert_int_equal(l.n, 3);
	assert_int_equal(l.end[0], CONSOLE_CUT);
	assert_int_equal(l.end[1], CONSOLE_CUT);
	assert_int_equal(l.end[2], CONSOLE_OPEN);
	assert_int_equal(strlen(l.text[0]), CONSOLE_LINE_MAX);
}

static void
verdicts_tell_silence_garbage_and_text_apart(void **state)
{
	enum console_verdict v;

	(void)state;
	assert_int_equal(console_judge(3, 3), CONSOLE_SILENT);
	assert_int_equal(console_judge(1000, 400), CONSOLE_GARBAGE);
	assert_int_equal(console_judge(1000, 990), CONSOLE_READABLE);
	assert_int_equal(console_verdict_parse("garbage", &v), 0);
	assert_int_equal(v, CONSOLE_GARBAGE);
	assert_int_equal(console_verdict_parse("garbag", &v), -1);
	assert_int_equal(console_printable((const uint8_t *)"a\r\n\x80\0b", 6), 4);
}

static void
a_boot_log_tells_sdk_clock_flash_sensor_and_prompt(void **state)
{
	static const char *const log[] = { "XRADIO Skylark SDK 1.2.0, Nov 12 2021",
		"cpu  clock 240 MHz", "HF clock 40 MHz",
		"flash 0: size 1024 KB, id 5e3214", "sensor: GC0308 ok", "$ " };
	struct console_print print = { .login = false };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(log) / sizeof(log[0]); i++)
		console_learn(&print, log[i]);
	assert_string_equal(print.sdk, "XRADIO Skylark SDK 1.2.0");
	assert_string_equal(print.clock, "240 MHz");
	assert_string_equal(print.flash, "flash 0: size 1024 KB");
	assert_string_equal(print.sensor, "GC0308");
	assert_string_equal(print.family, "xr872");
	assert_true(print.prompt);
	assert_false(print.login);
	console_learn(&print, "Login: ");
	assert_true(print.login);
	assert_false(print.prompt);
	console_learn(&print, "root# ");
	assert_false(print.login);
}

static void
other_words_for_the_same_are_known(void **state)
{
	static const char *const log[] = {
		"[FD I]: jedec: 0x5e3213, suspend_support: 1",
		"cpu 240000000 Hz, ahb 160000000 Hz", "sensor 0x9b42 found, 640x480"
	};
	struct console_print print = { .login = false };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(log) / sizeof(log[0]); i++)
		console_learn(&print, log[i]);
	assert_string_equal(print.clock, "240 MHz");
	assert_string_equal(print.flash, "jedec: 0x5e3213");
	assert_string_equal(print.sensor, "0x9b42");
}

static void
ten_thousand_lines_are_kept_however_long(void **state)
{
	struct watch_lines *l = calloc(1, sizeof(*l));
	struct watch_line head = { .baud = 115200 };
	uint8_t text[CONSOLE_LINE_MAX];
	unsigned i;

	(void)state;
	assert_non_null(l);
	memset(text, 'x', sizeof(text));
	for (i = 0; i < WATCH_LINES_MAX + 5; i++)
		watch_lines_add(l, &head, text, 1);
	assert_int_equal(l->next, WATCH_LINES_MAX + 5);
	assert_int_equal(l->next - l->first, WATCH_LINES_MAX);
	assert_null(watch_lines_get(l, 4));
	assert_int_equal(watch_lines_get(l, 5)->n, 1);
	for (i = 0; i < WATCH_LINES_MAX; i++)
		watch_lines_add(l, &head, text, sizeof(text));
	assert_true(l->bytes <= WATCH_BYTES_MAX);
	assert_int_equal(l->next - l->first, WATCH_LINES_MAX);
	assert_non_null(watch_lines_get(l, l->next - 1));
	assert_null(watch_lines_get(l, l->next));
	watch_lines_clear(l);
	assert_int_equal(l->bytes, 0);
	free(l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_end_at_cr_lf_and_both),
		cmocka_unit_test(any_split_of_the_bytes_gives_the_same_lines),
		cmocka_unit_test(escape_sequences_are_shown_never_passed_on),
		cmocka_unit_test(an_endless_line_is_cut_and_goes_on),
		cmocka_unit_test(verdicts_tell_silence_garbage_and_text_apart),
		cmocka_unit_test(other_words_for_the_same_are_known),
		cmocka_unit_test(ten_thousand_lines_are_kept_however_long),
		cmocka_unit_test(a_boot_log_tells_sdk_clock_flash_sensor_and_prompt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
