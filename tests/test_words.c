/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Known secrets out of a text: all places, the longest first, as they stand in JSON. */
#include "config.h"

#include "tests/unit.h"

#include <stdio.h>
#include <string.h>

#include "common/words.h"

static void
becomes(const char *const *secrets, const char *text, const char *wanted)
{
	struct words w = { .v = NULL };
	char buf[200];

	for (; *secrets != NULL; secrets++)
		assert_int_equal(words_add(&w, *secrets), 0);
	snprintf(buf, sizeof(buf), "%s", text);
	words_blank(&w, buf);
	assert_string_equal(buf, wanted);
	words_fini(&w);
}

#define SECRETS(...) ((const char *const[]) { __VA_ARGS__, NULL })

static void
every_place_is_blanked(void **state)
{
	(void)state;
	becomes(SECRETS(NULL), "as it was", "as it was");
	becomes(SECRETS("meadow"), "meadow, a meadow", "***, a ***");
	becomes(SECRETS("meadow"), "meadowmeadow", "******");
	becomes(SECRETS("meadow"), "mead ow", "mead ow");
	becomes(SECRETS("meadow", "meadow"), "x meadow", "x ***");
}

static void
a_word_inside_another_leaves_no_rest(void **state)
{
	(void)state;
	becomes(SECRETS("barn", "barn owl barn"), "key barn owl barn.", "key ***.");
	becomes(SECRETS("barn owl barn", "barn"), "key barn owl barn, barn", "key ***, ***");
}

static void
what_is_short_stays(void **state)
{
	(void)state;
	becomes(SECRETS("", "abc", "***"), "abc abcd ***", "abc abcd ***");
}

static void
json_writes_some_words_otherwise(void **state)
{
	(void)state;
	becomes(SECRETS("my \"net\""), "ssid \"my \\\"net\\\"\" or my \"net\"",
	    "ssid \"***\" or ***");
}

static void
more_than_fit_are_not_taken(void **state)
{
	struct words w = { .v = NULL };
	char word[16];
	unsigned i;

	(void)state;
	for (i = 0; i < WORDS_MAX + 10; i++) {
		snprintf(word, sizeof(word), "word%u", i);
		assert_int_equal(words_add(&w, word), 0);
	}
	assert_int_equal(w.n, WORDS_MAX);
	words_fini(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_place_is_blanked),
		cmocka_unit_test(a_word_inside_another_leaves_no_rest),
		cmocka_unit_test(what_is_short_stays),
		cmocka_unit_test(json_writes_some_words_otherwise),
		cmocka_unit_test(more_than_fit_are_not_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
