/* SPDX-License-Identifier: GPL-3.0-or-later */
/* common/text.c: escaping, hex, slugs, numbers, the nearest word. */
#include "config.h"

#include <stdbool.h>
#include <string.h>

#include "common/text.h"
#include "tests/unit.h"

#define BYTES(s) s, sizeof(s) - 1

struct escape {
	const char *in;
	size_t n;
	const char *text, *json; /* NULL: as it came in */
};

static const struct escape escapes[] = {
	{ BYTES("plain"), "plain", "plain" }, { BYTES("a\nb"), "a\\x0ab", "a\\u000ab" },
	{ BYTES("\0"), "\\x00", "\\u0000" },
	{ BYTES("\033[2J"), "\\x1b[2J", "\\u001b[2J" },
	{ BYTES("\x7f"), "\\x7f", "\\u007f" }, { BYTES("\"\\"), "\"\\", "\\\"\\\\" },
	{ BYTES("J\xc3\xb6rg"), NULL, NULL },
	{ BYTES("\xe2\x82\xac"), NULL, NULL }, /* U+20AC */
	{ BYTES("\xf0\x9f\x90\x91"), NULL, NULL }, /* U+1F411 */
	{ BYTES("\xc2\x9b"), "\\xc2\\x9b", "\\u00c2\\u009b" }, /* C1: CSI */
	{ BYTES("\xc0\xaf"), "\\xc0\\xaf", "\\u00c0\\u00af" }, /* overlong */
	{ BYTES("\xe0\x80\xaf"), "\\xe0\\x80\\xaf", "\\u00e0\\u0080\\u00af" },
	{ BYTES("\xed\xa0\x80"), "\\xed\\xa0\\x80",
	    "\\u00ed\\u00a0\\u0080" }, /* surrogate */
	{ BYTES("\xe2\x80\xae"), "\\xe2\\x80\\xae",
	    "\\u00e2\\u0080\\u00ae" }, /* bidi */
	{ BYTES("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80",
	    "\\u00f4\\u0090\\u0080\\u0080" }, /* beyond U+10FFFF */
	{ BYTES("\xe2\x82"), "\\xe2\\x82", "\\u00e2\\u0082" }, /* cut off */
};

static void
foreign_bytes_are_made_harmless(void **state)
{
	const struct escape *t;
	char out[100];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++) {
		t = &escapes[i];
		text_escape(t->in, t->n, out, sizeof(out));
		assert_string_equal(out, t->text != NULL ? t->text : t->in);
		assert_true(text_is_clean(out, strlen(out)));
		text_escape_json(t->in, t->n, out, sizeof(out));
		assert_string_equal(out, t->json != NULL ? t->json : t->in);
		assert_int_equal(text_is_clean(t->in, t->n),
		    t->text == NULL || strcmp(t->text, t->in) == 0);
	}
}

static void
escaping_never_cuts_inside_a_piece(void **state)
{
	const char in[] = "a\xe2\x82\xac\n";
	char out[20];
	size_t size, n;

	(void)state;
	for (size = 1; size < sizeof(out); size++) {
		memset(out, '#', sizeof(out));
		n = text_escape(in, sizeof(in) - 1, out, size);
		assert_int_equal(strlen(out), n);
		assert_true(n == 0 || n == 1 || n == 4 || n == 8);
		assert_true(n < size);
		assert_int_equal(out[size], '#');
	}
	assert_int_equal(text_escape(in, sizeof(in) - 1, out, 0), 0);
}

static void
hex_goes_there_and_back(void **state)
{
	const uint8_t bytes[] = { 0x00, 0x9f, 0xff };
	uint8_t back[3];
	char hex[7];

	(void)state;
	text_hex(bytes, 3, hex);
	assert_string_equal(hex, "009fff");
	assert_int_equal(text_unhex("009FfF", back, 3), 0);
	assert_memory_equal(back, bytes, 3);
	assert_int_equal(text_unhex("009ff", back, 3), -1);
	assert_int_equal(text_unhex("009fff0", back, 3), -1);
	assert_int_equal(text_unhex("009fg0", back, 3), -1);
	assert_int_equal(text_unhex(" 09fff", back, 3), -1);
	assert_int_equal(text_unhex("", back, 0), 0);
}

static void
slugs_are_narrow(void **state)
{
	(void)state;
	assert_true(text_is_slug("a"));
	assert_true(text_is_slug("0-cam-9"));
	assert_true(text_is_slug("a123456789012345678901234567890b"));
	assert_false(text_is_slug("a123456789012345678901234567890bc"));
	assert_false(text_is_slug(""));
	assert_false(text_is_slug("-a"));
	assert_false(text_is_slug("A"));
	assert_false(text_is_slug("a_b"));
	assert_false(text_is_slug("a.b"));
	assert_false(text_is_slug("a/b"));
	assert_false(text_is_slug("\xc3\xa4"));
}

static void
numbers_are_whole_or_refused(void **state)
{
	static const char *const wrong[] = { "", " 1", "1 ", "+1", "-1", "0x", "x1",
		"1.0", "1e3", "18446744073709551616", "0x10000000000000000", "1K",
		"0xfgh" };
	uint64_t v = 7;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(text_number(wrong[i], 0, UINT64_MAX, false, &v), -1);
	assert_int_equal(
	    text_number("99999999999999999M", 0, UINT64_MAX, true, &v), -1);
	assert_int_equal(text_number("1G", 0, UINT64_MAX, true, &v), -1);
	assert_int_equal(text_number("1KB", 0, UINT64_MAX, true, &v), -1);
	assert_int_equal(text_number("9", 10, 20, false, &v), -1);
	assert_int_equal(text_number("21", 10, 20, false, &v), -1);
	assert_int_equal(v, 7);
	assert_int_equal(
	    text_number("18446744073709551615", 0, UINT64_MAX, false, &v), 0);
	assert_true(v == UINT64_MAX);
	assert_int_equal(text_number("0x1F", 0, 31, false, &v), 0);
	assert_int_equal(v, 31);
	assert_int_equal(text_number("010", 10, 20, false, &v), 0);
	assert_int_equal(v, 10);
	assert_int_equal(text_number("4k", 0, 4096, true, &v), 0);
	assert_int_equal(v, 4096);
	assert_int_equal(text_number("2M", 0, UINT64_MAX, true, &v), 0);
	assert_int_equal(v, 2 << 20);
}

static void
the_nearest_word_is_near(void **state)
{
	static const char *const words[] = { "restore", "backup", "identify", NULL };
	static const char *const none[] = { NULL };

	(void)state;
	assert_string_equal(text_nearest("bakup", words), "backup");
	assert_string_equal(text_nearest("restroe", words), "restore");
	assert_string_equal(text_nearest("identify", words), "identify");
	assert_null(text_nearest("zzz", words));
	assert_null(text_nearest("a", none));
	assert_null(text_nearest(
	    "a very long text that is no word of anybody at all, really", words));
}

static void
figures_for_people(void **state)
{
	char b[32];

	(void)state;
	assert_string_equal(text_bytes(236, b, sizeof(b)), "236 B");
	assert_string_equal(text_bytes(512 * 1024, b, sizeof(b)), "512 KiB");
	assert_string_equal(text_bytes(1536 * 1024, b, sizeof(b)), "1.5 MiB");
	assert_string_equal(text_duration(5, b, sizeof(b)), "0:05");
	assert_string_equal(text_duration(760, b, sizeof(b)), "12:40");
	assert_string_equal(text_duration(3723, b, sizeof(b)), "1:02:03");
	assert_string_equal(text_duration(-4, b, sizeof(b)), "0:00");
	assert_string_equal(text_time(0, b, sizeof(b)), "1970-01-01T00:00:00Z");
	assert_string_equal(
	    text_time(1795343700, b, sizeof(b)), "2026-11-22T10:35:00Z");
	assert_string_equal(text_time(0, b, 5), "?");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(foreign_bytes_are_made_harmless),
		cmocka_unit_test(escaping_never_cuts_inside_a_piece),
		cmocka_unit_test(hex_goes_there_and_back),
		cmocka_unit_test(slugs_are_narrow),
		cmocka_unit_test(numbers_are_whole_or_refused),
		cmocka_unit_test(the_nearest_word_is_near),
		cmocka_unit_test(figures_for_people),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
