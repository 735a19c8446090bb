/* SPDX-License-Identifier: GPL-3.0-or-later */
/* common/err.c. */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "common/err.h"
#include "tests/unit.h"

static void
set_fills_code_name_and_sentence(void **state)
{
	struct err e;

	(void)state;
	assert_int_equal(
	    err_set(&e, ERR_REFUSED, "too-small", "%d is less than %d", 1, 2), -1);
	assert_int_equal(e.code, ERR_REFUSED);
	assert_string_equal(e.name, "too-small");
	assert_string_equal(e.msg, "1 is less than 2");
	err_clear(&e);
	assert_int_equal(e.code, ERR_NONE);
	assert_string_equal(e.name, "");
	assert_string_equal(e.msg, "");
}

static void
nobody_listening_is_fine(void **state)
{
	(void)state;
	assert_int_equal(err_set(NULL, ERR_FAILED, "x", "y"), -1);
	assert_int_equal(err_sys(NULL, "y"), -1);
	assert_int_equal(err_add(NULL, "y"), -1);
	err_clear(NULL);
}

static void
sys_says_errno_and_keeps_it(void **state)
{
	struct err e;

	(void)state;
	errno = EACCES;
	assert_int_equal(err_sys(&e, "open '%s'", "f"), -1);
	assert_int_equal(errno, EACCES);
	assert_string_equal(e.msg, "open 'f': Permission denied");
	assert_int_equal(e.code, ERR_FAILED);
	errno = ENOENT;
	assert_int_equal(err_sys(&e, "open"), -1);
	assert_int_equal(e.code, ERR_NOT_FOUND);
}

static void
add_puts_context_in_front_and_keeps_the_rest(void **state)
{
	struct err e;

	(void)state;
	err_set(&e, ERR_LOST, "gone", "it went away");
	assert_int_equal(err_add(&e, "job %d", 4), -1);
	assert_string_equal(e.msg, "job 4: it went away");
	assert_int_equal(e.code, ERR_LOST);
	assert_string_equal(e.name, "gone");
}

static void
too_long_a_sentence_is_cut_at_its_end(void **state)
{
	char longer[2000];
	struct err e;

	(void)state;
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	err_set(&e, ERR_FAILED, longer, "%s", longer);
	assert_int_equal(strlen(e.msg), sizeof(e.msg) - 1);
	assert_int_equal(strlen(e.name), sizeof(e.name) - 1);
	err_add(&e, "front");
	assert_memory_equal(e.msg, "front: xxx", 10);
	assert_int_equal(strlen(e.msg), sizeof(e.msg) - 1);
	errno = EIO;
	err_sys(&e, "%s", longer);
	assert_int_equal(strlen(e.msg), sizeof(e.msg) - 1);
}

static void
assert_params(const struct err *e, const char *template, unsigned n, const char *const *params)
{
	char got[700];
	unsigned i;

	assert_string_equal(err_template(e, got, sizeof(got)), template);
	assert_int_equal(e->n_params, n);
	for (i = 0; i < n; i++) {
		assert_int_equal(e->params[i].n, strlen(params[i]));
		assert_memory_equal(
		    e->msg + e->params[i].at, params[i], strlen(params[i]));
	}
}

static void
what_was_put_in_is_known_from_the_sentence(void **state)
{
	static const char *const mixed[] = { "garden", "-7", "00ff", "12345678901", "ab",
		"2.50", "" };
	static const char *const nested[] = { "42", "a: b", "Permission denied" };
	struct err e, first;

	(void)state;
	err_set(&e, ERR_FAILED, "x", "100%% of %s: %d, 0x%04x, %llu, %.*s, %.2f%s.", "garden",
	    -7, 255u, 12345678901ull, 2, "abc", 2.5, "");
	assert_string_equal(e.msg, "100% of garden: -7, 0x00ff, 12345678901, ab, 2.50.");
	assert_params(&e, "100% of {0}: {1}, 0x{2}, {3}, {4}, {5}{6}.", 7, mixed);
	errno = EACCES;
	err_sys(&e, "open '%s'", "a: b");
	err_add(&e, "job %d", 42);
	assert_params(&e, "job {0}: open '{1}': {2}", 3, nested);
	/* The sentence that was there may be an argument. */
	err_set(&first, ERR_FAILED, "x", "the disk is full");
	err_set(&e, ERR_FAILED, "y", "no copy: %s", first.msg);
	assert_int_equal(e.n_params, 1);
	err_set(&e, ERR_FAILED, "z", "nothing to put in");
	assert_int_equal(e.n_params, 0);
}

static void
a_parameter_that_was_cut_off_is_none(void **state)
{
	char longer[800], got[700];
	struct err e;

	(void)state;
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	err_set(&e, ERR_FAILED, "x", "%d %s %d", 1, longer, 2);
	assert_int_equal(e.n_params, 1);
	assert_int_equal(strlen(e.msg), sizeof(e.msg) - 1);
	err_add(&e, "job %s", longer);
	assert_int_equal(e.n_params, 0);
	assert_int_equal(strlen(err_template(&e, got, 10)), 9);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(set_fills_code_name_and_sentence),
		cmocka_unit_test(nobody_listening_is_fine),
		cmocka_unit_test(sys_says_errno_and_keeps_it),
		cmocka_unit_test(add_puts_context_in_front_and_keeps_the_rest),
		cmocka_unit_test(what_was_put_in_is_known_from_the_sentence),
		cmocka_unit_test(a_parameter_that_was_cut_off_is_none),
		cmocka_unit_test(too_long_a_sentence_is_cut_at_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
