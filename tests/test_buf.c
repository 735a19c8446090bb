/* SPDX-License-Identifier: GPL-3.0-or-later */
/* common/buf.c: no byte beyond the end, neither read nor written. */
#include "config.h"

#include <string.h>

#include "common/buf.h"
#include "tests/unit.h"

static void
what_is_written_is_read(void **state)
{
	uint8_t b[28];
	struct writer w;
	struct reader r;

	(void)state;
	writer_init(&w, b, sizeof(b));
	writer_u8(&w, 0x12);
	writer_le16(&w, 0x3456);
	writer_be16(&w, 0x789a);
	writer_be24(&w, 0xbcdef0);
	writer_le32(&w, 0x01234567);
	writer_be32(&w, 0x89abcdef);
	writer_be64(&w, 0xfedcba9876543210);
	writer_bytes(&w, "tail", 4);
	assert_false(w.bad);
	assert_int_equal(w.n, sizeof(b));
	assert_memory_equal(
	    b, "\x12\x56\x34\x78\x9a\xbc\xde\xf0\x67\x45\x23\x01\x89\xab\xcd\xef", 16);
	reader_init(&r, b, sizeof(b));
	assert_int_equal(reader_u8(&r), 0x12);
	assert_int_equal(reader_le16(&r), 0x3456);
	assert_int_equal(reader_be16(&r), 0x789a);
	assert_int_equal(reader_be24(&r), 0xbcdef0);
	assert_int_equal(reader_le32(&r), 0x01234567);
	assert_int_equal(reader_be32(&r), 0x89abcdef);
	assert_true(reader_be64(&r) == 0xfedcba9876543210);
	assert_int_equal(reader_left(&r), 4);
	assert_memory_equal(reader_bytes(&r, 4), "tail", 4);
	assert_false(r.bad);
	assert_int_equal(reader_left(&r), 0);
}

static void
beyond_the_end_is_zero_and_bad_for_good(void **state)
{
	const uint8_t b[] = { 1, 2, 3 };
	struct reader r;

	(void)state;
	reader_init(&r, b, sizeof(b));
	reader_skip(&r, 1);
	assert_int_equal(reader_be32(&r), 0);
	assert_true(r.bad);
	assert_int_equal(r.at, 1);
	/* There would be a byte, but a reader gone bad gives nothing any more. */
	assert_int_equal(reader_u8(&r), 0);
	assert_null(reader_bytes(&r, 0));
	reader_init(&r, b, sizeof(b));
	assert_null(reader_bytes(&r, SIZE_MAX));
	assert_true(r.bad);
	reader_init(&r, NULL, 0);
	assert_int_equal(reader_left(&r), 0);
	assert_int_equal(reader_u8(&r), 0);
	assert_true(r.bad);
}

static void
what_does_not_fit_is_not_written(void **state)
{
	uint8_t b[4] = { 0xee, 0xee, 0xee, 0xee };
	struct writer w;

	(void)state;
	writer_init(&w, b, 3);
	writer_be16(&w, 0x0102);
	writer_be16(&w, 0x0304);
	assert_true(w.bad);
	assert_int_equal(w.n, 2);
	writer_u8(&w, 5);
	assert_int_equal(w.n, 2);
	assert_memory_equal(b, "\x01\x02\xee\xee", 4);
	writer_init(&w, b, 3);
	writer_bytes(&w, b, SIZE_MAX);
	assert_true(w.bad);
	assert_int_equal(w.n, 0);
	writer_init(&w, NULL, 0);
	writer_bytes(&w, NULL, 0);
	assert_false(w.bad);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(beyond_the_end_is_zero_and_bad_for_good),
		cmocka_unit_test(what_does_not_fit_is_not_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
