/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text inside an image: runs, searches at its ends, what only one of two holds. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "image/strings.h"
#include "tests/unit.h"

#define AT(how, bytes, from, word)                                                     \
	strings_find((const uint8_t *)(bytes), sizeof(bytes) - 1, from,                \
	    (const uint8_t *)(word), sizeof(word) - 1, how)

static void
runs_are_told_in_order(void **state)
{
	static const uint8_t p[] = "abc\0defgh\xffij\x7fklmnop";
	struct image_string s;
	size_t n = sizeof(p) - 1;

	(void)state;
	assert_true(strings_next(p, n, 0, 3, &s));
	assert_int_equal(s.at, 0);
	assert_int_equal(s.n, 3);
	assert_true(strings_next(p, n, s.at + s.n + 1, 3, &s));
	assert_int_equal(s.at, 4);
	assert_int_equal(s.n, 5);
	assert_true(strings_holds(p, &s, "efg"));
	assert_false(strings_holds(p, &s, "ghi"));
	assert_true(strings_next(p, n, 9, 3, &s));
	assert_int_equal(s.at, 13);
	assert_int_equal(s.n, 6);
	assert_false(strings_next(p, n, s.at + s.n + 1, 3, &s));
	assert_false(strings_next(p, 0, 0, 3, &s));
}

static void
wide_runs_are_told_in_order(void **state)
{
	static const uint8_t p[] = "ab\0w\0i\0d\0e\0\x80xy\0z\0\0one\0\x01t\0w\0o\0";
	struct image_string s;
	size_t n = sizeof(p) - 1;

	(void)state;
	assert_true(strings_next_wide(p, n, 0, 3, &s));
	/* The character before the first zero belongs to it: nobody can tell. */
	assert_int_equal(s.at, 1);
	assert_int_equal(s.n, 5);
	assert_true(strings_next_wide(p, n, s.at + 2 * s.n, 3, &s));
	assert_memory_equal(p + s.at, "t\0w\0o", 6);
	assert_int_equal(s.n, 3);
	assert_false(strings_next_wide(p, n, s.at + 2 * s.n, 1, &s));
	assert_false(strings_next_wide(p, 0, 0, 1, &s));
	assert_false(strings_next_wide(p, 1, 0, 1, &s));
}

static void
a_word_is_found_in_either_case_and_up_to_the_end(void **state)
{
	(void)state;
	assert_int_equal(AT(STRINGS_TEXT, "xxSeCrEt", 0, "secret"), 2);
	assert_int_equal(AT(STRINGS_TEXT, "xxsecre", 0, "secret"), 7);
	assert_int_equal(AT(STRINGS_TEXT, "secret secret", 1, "SECRET"), 7);
	assert_int_equal(AT(STRINGS_TEXT, "s", 0, "secret"), 1);
	assert_int_equal(AT(STRINGS_BYTES, "SECRETsecret", 0, "secret"), 6);
	assert_int_equal(AT(STRINGS_BYTES, "abc", 3, "c"), 3);
	assert_int_equal(AT(STRINGS_BYTES, "abc", 0, ""), 3);
}

static void
utf_16_is_found_with_or_without_its_last_zero(void **state)
{
	(void)state;
	assert_int_equal(AT(STRINGS_WIDE, "x\0K\0e\0Y\0", 0, "key"), 2);
	assert_int_equal(AT(STRINGS_WIDE, "x\0k\0e\0y", 0, "key"), 2);
	assert_int_equal(AT(STRINGS_WIDE, "k\0e\1y\0", 0, "key"), 6);
	assert_int_equal(AT(STRINGS_WIDE, "key", 0, "key"), 3);
}

static void
what_only_one_holds_is_told_once(void **state)
{
	static const uint8_t a[] = "same text\0only here\0same text\0only here\0end";
	static const uint8_t b[] = "other\0same text\0end";
	struct image_string s[4];
	bool more;

	(void)state;
	assert_int_equal(strings_only(a, sizeof(a), b, sizeof(b), 3, s, 4, &more), 1);
	assert_int_equal(s[0].at, 10);
	assert_false(more);
	assert_int_equal(strings_only(b, sizeof(b), a, sizeof(a), 3, s, 4, &more), 1);
	assert_int_equal(strings_only(a, sizeof(a), b, 0, 3, s, 2, &more), 2);
	assert_true(more);
}

/* More strings than can be told apart: it says so, and reads nothing beyond. */
static void
too_many_strings_are_said(void **state)
{
	size_t n = 8 * ((size_t)STRINGS_KNOWN_MAX + 10), i;
	uint8_t *p = malloc(n);
	struct image_string s[2];
	bool more;
	int k;

	(void)state;
	assert_non_null(p);
	for (i = 0; i < n / 8; i++) {
		for (k = 0; k < 7; k++)
			p[8 * i + (size_t)k] = (uint8_t)('a' + (i >> (3 * k) & 7));
		p[8 * i + 7] = 0;
	}
	assert_int_equal(strings_only(p, 16, p, n, 4, s, 2, &more), 0);
	assert_true(more);
	free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs_are_told_in_order),
		cmocka_unit_test(wide_runs_are_told_in_order),
		cmocka_unit_test(a_word_is_found_in_either_case_and_up_to_the_end),
		cmocka_unit_test(utf_16_is_found_with_or_without_its_last_zero),
		cmocka_unit_test(what_only_one_holds_is_told_once),
		cmocka_unit_test(too_many_strings_are_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
