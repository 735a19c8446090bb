/* SPDX-License-Identifier: GPL-3.0-or-later */
/* common/said.c: a sentence's parameters on their way through a row or a line. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "common/err.h"
#include "common/said.h"
#include "tests/unit.h"

static void
assert_packs(const struct err *e, const char *wanted)
{
	char packed[SAID_MAX], template[700], again[700];
	struct err back;

	assert_string_equal(said_pack(e, packed), wanted);
	assert_int_equal(said_unpack(&back, e->msg, packed), 0);
	assert_string_equal(back.msg, e->msg);
	assert_int_equal(back.n_params, e->n_params);
	assert_int_equal(back.code, ERR_NONE);
	assert_string_equal(back.name, "");
	assert_string_equal(err_template(&back, again, sizeof(again)),
	    err_template(e, template, sizeof(template)));
	assert_string_equal(said_pack(&back, template), packed);
}

static void
a_sentence_comes_back_with_its_parameters(void **state)
{
	char packed[SAID_MAX];
	struct err e;

	(void)state;
	err_set(&e, ERR_LOST, "gone", "port %s went away %d times%s", "left", 12, "");
	assert_packs(&e, "28:5+4,20+2,28+0");
	err_add(&e, "job %d", 7);
	assert_packs(&e, "35:4+1,12+4,27+2,35+0");
	err_set(&e, ERR_FAILED, "x", "nothing to put in");
	assert_packs(&e, "17:");
	err_clear(&e);
	assert_string_equal(said_pack(&e, packed), "");
}

static void
a_sentence_within_a_sentence_keeps_its_own(void **state)
{
	struct err inner, e, outer;
	char template[700];

	(void)state;
	err_set(&inner, ERR_FAILED, "x", "read %d of %s", 3, "yard");
	err_set(&e, ERR_FAILED, "x", "%s: %s; %s", "job", inner.msg, "end");
	said_nest(&e, 1, &inner);
	assert_packs(&e, "24:0+3,5+14(10+1,15+4),21+3");
	assert_string_equal(err_template(&e, template, sizeof(template)), "{0}: {1}; {2}");
	err_set(&outer, ERR_FAILED, "x", "<%s>", e.msg);
	said_nest(&outer, 0, &e);
	assert_packs(&outer, "26:1+24(1+3,6+14(11+1,16+4),22+3)");
	/* Only its beginning: what was cut off is no parameter. */
	err_set(&outer, ERR_FAILED, "x", "<%.12s>", inner.msg);
	said_nest(&outer, 0, &inner);
	assert_packs(&outer, "14:1+12(6+1)");
	/* Another sentence than what was put in, and a parameter that is not there. */
	err_set(&outer, ERR_FAILED, "x", "<%s>", "else");
	said_nest(&outer, 0, &inner);
	said_nest(&outer, 1, &inner);
	assert_packs(&outer, "6:1+4");
}

static void
no_more_than_fit_are_kept(void **state)
{
	struct err inner, e;
	char packed[SAID_MAX];
	unsigned i;

	(void)state;
	err_set(&inner, ERR_FAILED, "x", "%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d", 100,
	    101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 112, 113, 114, 115, 116,
	    117, 118, 119, 120, 121);
	err_set(&e, ERR_FAILED, "x", "%400s%s%d", "", inner.msg, 5);
	said_nest(&e, 1, &inner);
	assert_int_equal(e.n_params, ERR_PARAMS_MAX);
	assert_int_equal(e.params[ERR_PARAMS_MAX - 1].depth, 0);
	assert_true(strlen(said_pack(&e, packed)) < SAID_MAX - 1);
	assert_int_equal(said_unpack(&inner, e.msg, packed), 0);
	/* No deeper than there are levels. */
	err_set(&inner, ERR_FAILED, "x", "a %d", 1);
	for (i = 0; i < 10; i++) {
		err_set(&e, ERR_FAILED, "x", "%s!", inner.msg);
		said_nest(&e, 0, &inner);
		inner = e;
	}
	assert_int_equal(said_unpack(&inner, e.msg, said_pack(&e, packed)), 0);
	assert_true(e.n_params <= SAID_DEPTH);
}

/* 25 of them. */
#define FIVE "0+0,0+0,0+0,0+0,0+0"
#define TOO_MANY "10:" FIVE "," FIVE "," FIVE "," FIVE "," FIVE

static void
what_is_none_of_the_sentence_is_refused(void **state)
{
	static const char *const bad[] = { "", "-", "10", "9:", "11:", "010:", "10:4", "10:4+",
		"10:+1", "10:4+7", "10:11+0", "10:4+3,2+1", "10:4+3,5+1", "10:4+3,",
		"10:,4+3", "10:4+3(", "10:4+3()", "10:4+3)", "10:4+3(5+3)", "10:4+3(3+1)",
		"10:4+3(4+1", "10:4+3(4+1))", "10:4+3(4+1)x", "10:4+3 ", " 10:4+3",
		"10:-1+3", "10:4+03", "10:0x1+1", "10:99999999999+1", "10:4+70000",
		"10:0+9(0+9(0+9(0+9(0+9))))", "10:1+8,9+1", "10:8+1,9+1", "4294967306:",
		TOO_MANY };
	struct err e;
	size_t i;

	(void)state;
	/* Ten bytes; the character at 8 is two of them. */
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (said_unpack(&e, "job 123 \xc3\xa4", bad[i]) == 0)
			fail_msg("taken: '%s'", bad[i]);
		assert_string_equal(e.msg, "job 123 \xc3\xa4");
		assert_int_equal(e.n_params, 0);
	}
	assert_int_equal(said_unpack(&e, "job 123 \xc3\xa4", "10:4+3(4+1,5+0),8+2"), 0);
	assert_int_equal(e.n_params, 4);
}

static void
a_sentence_too_long_is_cut_and_has_none(void **state)
{
	char longer[800];
	struct err e;

	(void)state;
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(said_unpack(&e, longer, "799:0+1"), -1);
	assert_int_equal(strlen(e.msg), sizeof(e.msg) - 1);
	assert_int_equal(e.n_params, 0);
}

static void
what_is_escaped_is_found_again(void **state)
{
	struct err e, safe;

	(void)state;
	err_set(&e, ERR_FAILED, "x", "it said '%s' at %d", "\x1b[2J\xc3\xa4", 7);
	said_escape(&e, sizeof(safe.msg), &safe);
	assert_string_equal(safe.msg, "it said '\\x1b[2J\xc3\xa4' at 7");
	assert_int_equal(safe.code, ERR_FAILED);
	assert_packs(&safe, "24:9+9,23+1");
	/* Cut: what is gone is no parameter. */
	said_escape(&e, 21, &safe);
	assert_string_equal(safe.msg, "it said '\\x1b[2J\xc3\xa4' ");
	assert_packs(&safe, "20:9+9");
	/* A character cut in two by the format. */
	err_set(&e, ERR_FAILED, "x", "<%.1s%s>", "\xc3\xa4", "\xa4");
	said_escape(&e, sizeof(safe.msg), &safe);
	assert_int_equal(safe.n_params, 0);
	err_set(&e, ERR_FAILED, "x", "<%.1s> %d", "\xc3\xa4", 5);
	said_escape(&e, sizeof(safe.msg), &safe);
	assert_packs(&safe, "8:1+4,7+1");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sentence_comes_back_with_its_parameters),
		cmocka_unit_test(a_sentence_within_a_sentence_keeps_its_own),
		cmocka_unit_test(no_more_than_fit_are_kept),
		cmocka_unit_test(what_is_none_of_the_sentence_is_refused),
		cmocka_unit_test(a_sentence_too_long_is_cut_and_has_none),
		cmocka_unit_test(what_is_escaped_is_found_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
