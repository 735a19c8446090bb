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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(set_fills_code_name_and_sentence),
		cmocka_unit_test(nobody_listening_is_fine),
		cmocka_unit_test(sys_says_errno_and_keeps_it),
		cmocka_unit_test(add_puts_context_in_front_and_keeps_the_rest),
		cmocka_unit_test(too_long_a_sentence_is_cut_at_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
