/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Frames of the XRadio boot ROM against packets written down by hand, and the parser
 * of replies against everything that is no reply. Where the bytes come from:
 * docs/provenance.md. */
#include "config.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "flashd/chips/xr_frame.h"
#include "flashd/parts.h"
#include "tests/unit.h"

static size_t
unhex(const char *s, uint8_t *ret)
{
	char pair[3] = "";
	size_t n = 0;

	for (; *s != '\0'; s++) {
		if (*s == ' ')
			continue;
		pair[0] = *s++;
		pair[1] = *s;
		assert_int_equal(text_unhex(pair, ret + n, 1), 0);
		n++;
	}
	return n;
}

static void
is_packet(struct xr_request *r, const char *hex)
{
	uint8_t b[64];
	size_t n = unhex(hex, b);

	xr_request_end(r);
	assert_int_equal(r->n, n);
	assert_memory_equal(r->wire, b, n);
}

static void
packets_without_arguments(void **state)
{
	struct xr_request r;

	(void)state;
	xr_request_start(&r, XR_FLASH_ID);
	is_packet(&r, "42 52 4F 4D 04 00 60 51 00 00 00 01 18");
	xr_request_start(&r, (enum xr_op)0x17);
	is_packet(&r, "42 52 4F 4D 04 00 60 52 00 00 00 01 17");
	xr_request_start(&r, XR_GET_BAUDS);
	is_packet(&r, "42 52 4F 4D 04 00 60 54 00 00 00 01 15");
	xr_request_start(&r, XR_REBOOT);
	is_packet(&r, "42 52 4F 4D 04 00 60 57 00 00 00 01 12");
	xr_request_start(&r, (enum xr_op)0x16);
	is_packet(&r, "42 52 4F 4D 04 00 60 53 00 00 00 01 16");
}

static void
packets_with_a_byte(void **state)
{
	struct xr_request r;

	(void)state;
	xr_request_start(&r, XR_REPLY_SUMS);
	xr_request_u8(&r, 1);
	is_packet(&r, "42 52 4F 4D 04 00 5F 54 00 00 00 02 14 01");
	xr_request_start(&r, (enum xr_op)0x11);
	xr_request_u8(&r, 1);
	is_packet(&r, "42 52 4F 4D 04 00 5F 57 00 00 00 02 11 01");
	xr_request_start(&r, XR_ERASE);
	xr_request_u8(&r, 0);
	is_packet(&r, "42 52 4F 4D 04 00 60 4F 00 00 00 02 19 00");
}

static void
packets_that_set_the_rate(void **state)
{
	struct xr_request r;

	(void)state;
	xr_request_start(&r, XR_SET_BAUD);
	xr_request_u32(&r, 0x03000000 | 921600);
	is_packet(&r, "42 52 4F 4D 04 00 52 42 00 00 00 05 10 03 0E 10 00");
	xr_request_start(&r, XR_SET_BAUD);
	xr_request_u32(&r, 0x03000000 | 115200);
	is_packet(&r, "42 52 4F 4D 04 00 5E 90 00 00 00 05 10 03 01 C2 00");
	xr_request_start(&r, XR_SET_BAUD);
	xr_request_u32(&r, 0x03000000 | 3000000);
	is_packet(&r, "42 52 4F 4D 04 00 72 8C 00 00 00 05 10 03 2D C6 C0");
}

static void
packets_that_erase(void **state)
{
	struct xr_request r;

	(void)state;
	xr_request_start(&r, XR_ERASE);
	xr_request_u8(&r, 1);
	xr_request_u32(&r, 0xff000);
	is_packet(&r, "42 52 4F 4D 04 00 6F 3C 00 00 00 06 19 01 00 0F F0 00");
	xr_request_start(&r, XR_ERASE);
	xr_request_u8(&r, 2);
	xr_request_u32(&r, 0x8000);
	is_packet(&r, "42 52 4F 4D 04 00 DE 4B 00 00 00 06 19 02 00 00 80 00");
	xr_request_start(&r, XR_ERASE);
	xr_request_u8(&r, 3);
	xr_request_u32(&r, 0x10000);
	is_packet(&r, "42 52 4F 4D 04 00 5D 4A 00 00 00 06 19 03 00 01 00 00");
}

static void
packets_that_read_and_write_sectors(void **state)
{
	struct xr_request r;

	(void)state;
	xr_request_start(&r, XR_READ_SECTORS);
	xr_request_u32(&r, 0);
	xr_request_u32(&r, 4);
	is_packet(&r, "42 52 4F 4D 04 00 5C 47 00 00 00 09 1A 00 00 00 00 00 00 00 04");
	xr_request_start(&r, XR_READ_SECTORS);
	xr_request_u32(&r, 0x7f8);
	xr_request_u32(&r, 8);
	is_packet(&r, "42 52 4F 4D 04 00 60 40 00 00 00 09 1A 00 00 07 F8 00 00 00 08");
	xr_request_start(&r, XR_WRITE_SECTORS);
	xr_request_u32(&r, 0x80);
	xr_request_u32(&r, 1);
	xr_request_u16(&r, 0x80ff);
	is_packet(
	    &r, "42 52 4F 4D 04 00 DF C4 00 00 00 0B 1B 00 00 00 80 00 00 00 01 80 FF");
}

static void
packets_that_touch_memory(void **state)
{
	struct xr_request r;

	(void)state;
	xr_request_start(&r, XR_READ32);
	xr_request_u32(&r, 0x40040100);
	is_packet(&r, "42 52 4F 4D 04 00 5C 20 00 00 00 05 04 40 04 01 00");
	xr_request_start(&r, XR_WRITE32);
	xr_request_u32(&r, 0x40040100);
	xr_request_value32(&r, 0x429b0000);
	is_packet(&r, "42 52 4F 4D 04 00 C0 D9 00 00 00 09 05 40 04 01 00 00 00 9B 42");
	xr_request_start(&r, (enum xr_op)0x08);
	xr_request_u32(&r, 0);
	xr_request_u32(&r, 0x100);
	is_packet(&r, "42 52 4F 4D 04 00 60 58 00 00 00 09 08 00 00 00 00 00 00 01 00");
	xr_request_start(&r, (enum xr_op)0x09);
	xr_request_u32(&r, 0x10000);
	xr_request_u32(&r, 5868);
	xr_request_u16(&r, 0xdac4);
	is_packet(
	    &r, "42 52 4F 4D 04 00 AE 66 00 00 00 0B 09 00 01 00 00 00 00 16 EC DA C4");
	xr_request_start(&r, (enum xr_op)0x13);
	xr_request_u32(&r, 0x10101);
	is_packet(&r, "42 52 4F 4D 04 00 5E 51 00 00 00 05 13 00 01 01 01");
}

static void
data_sum_of_a_counting_block(void **state)
{
	uint8_t data[512];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)i;
	assert_int_equal(xr_data_sum(data, sizeof(data)), 0x80ff);
	assert_int_equal(xr_sum16((const uint8_t *)"\x01\x02\x03", 3), 0x0204);
}

static enum xr_parse
parse(
    struct xr_parser *p, const char *hex, uint8_t *payload, size_t want, bool need_sum)
{
	uint8_t b[128];
	size_t n = unhex(hex, b), used;
	enum xr_parse state;

	xr_parser_init(p, payload, want, need_sum);
	state = xr_parser_feed(p, b, n, &used);
	if (state == XR_REPLY)
		assert_int_equal(used, n);
	return state;
}

static void
reply_with_checksum_is_accepted(void **state)
{
	struct xr_parser p;
	uint8_t id[4];

	(void)state;
	assert_int_equal(
	    parse(&p, "42 52 4F 4D 06 01 2C F2 00 00 00 04 5E 32 14 00", id, 4, true),
	    XR_REPLY);
	assert_memory_equal(id, "\x5e\x32\x14\x00", 4);
	assert_int_equal(p.version, 1);
	assert_false(p.failed);
	assert_int_equal(xr_reply_sum(p.head, id, 4), 0x2cf2);
}

static void
reply_without_checksum_is_accepted_unless_one_is_due(void **state)
{
	const char *hex = "42 52 4F 4D 02 02 00 00 00 00 00 04 5E 32 14 00";
	struct xr_parser p;
	uint8_t id[4];

	(void)state;
	assert_int_equal(parse(&p, hex, id, 4, false), XR_REPLY);
	assert_int_equal(p.version, 2);
	assert_int_equal(parse(&p, hex, id, 4, true), XR_BAD);
	assert_int_equal(p.bad, XR_BAD_FLAGS);
}

static void
junk_in_the_high_nibble_of_the_version_is_ignored(void **state)
{
	struct xr_parser p;

	(void)state;
	assert_int_equal(
	    parse(&p, "42 52 4F 4D 02 F2 00 00 00 00 00 00", NULL, 0, false), XR_REPLY);
	assert_int_equal(p.version, 2);
	assert_int_equal(
	    parse(&p, "42 52 4F 4D 02 81 00 00 00 00 00 00", NULL, 0, false), XR_REPLY);
	assert_int_equal(p.version, 1);
}

static void
error_reply_gives_its_code(void **state)
{
	struct xr_parser p;
	uint8_t buf[512];

	(void)state;
	assert_int_equal(
	    parse(&p, "42 52 4F 4D 03 02 00 00 00 00 00 01 03", buf, 512, false),
	    XR_REPLY);
	assert_true(p.failed);
	assert_int_equal(p.error, 3);
	/* A code of 0 is an error all the same. */
	assert_int_equal(
	    parse(&p, "42 52 4F 4D 03 02 00 00 00 00 00 01 00", buf, 512, false),
	    XR_REPLY);
	assert_true(p.failed);
}

static void
every_flipped_bit_of_a_checksummed_reply_is_noticed(void **state)
{
	uint8_t good[16], b[16], id[4];
	struct xr_parser p;
	size_t n = unhex("42 52 4F 4D 06 01 2C F2 00 00 00 04 5E 32 14 00", good), used;
	unsigned bit;

	(void)state;
	for (bit = 0; bit < n * 8; bit++) {
		memcpy(b, good, n);
		b[bit / 8] ^= (uint8_t)(1u << bit % 8);
		xr_parser_init(&p, id, 4, true);
		assert_int_not_equal(xr_parser_feed(&p, b, n, &used), XR_REPLY);
	}
}

static void
lengths_that_were_not_asked_for_are_refused(void **state)
{
	static const char *const lengths[] = { "00 00 00 00", "00 00 00 03",
		"00 00 00 05", "00 00 40 00", "7F FF FF FF", "80 00 00 00",
		"FF FF FF FF" };
	struct xr_parser p;
	uint8_t id[4];
	char hex[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		memcpy(hex, "42 52 4F 4D 02 02 00 00 ", 25);
		memcpy(hex + 24, lengths[i], 12);
		assert_int_equal(parse(&p, hex, id, 4, false), XR_BAD);
		assert_int_equal(p.bad, XR_BAD_LENGTH);
		hex[13] = '3'; /* the same in an error reply */
		assert_int_equal(parse(&p, hex, id, 4, false), XR_BAD);
	}
}

static void
flags_that_do_not_exist_are_refused(void **state)
{
	struct xr_parser p;

	(void)state;
	assert_int_equal(
	    parse(&p, "42 52 4F 4D 00 02 00 00 00 00 00 00", NULL, 0, false), XR_BAD);
	assert_int_equal(
	    parse(&p, "42 52 4F 4D 0A 02 00 00 00 00 00 00", NULL, 0, false), XR_BAD);
	assert_int_equal(p.bad, XR_BAD_FLAGS);
}

static void
noise_before_a_reply_is_skipped_but_not_for_ever(void **state)
{
	uint8_t noise[XR_NOISE_MAX + 8], id[4];
	struct xr_parser p;
	size_t used;

	(void)state;
	assert_int_equal(parse(&p,
			     "00 FF 42 52 42 42 52 4F 00 42 42 52 4F 4D 06 01 2C F2"
			     "00 00 00 04 5E 32 14 00",
			     id, 4, true),
	    XR_REPLY);
	assert_int_equal(p.skipped, 10);
	memset(noise, 'B', sizeof(noise));
	xr_parser_init(&p, id, 4, false);
	assert_int_equal(xr_parser_feed(&p, noise, sizeof(noise), &used), XR_BAD);
	assert_int_equal(p.bad, XR_BAD_NOISE);
}

static void
bytes_behind_a_reply_are_not_its_own(void **state)
{
	uint8_t b[64];
	struct xr_parser p;
	size_t n, used;

	(void)state;
	n = unhex("42 52 4F 4D 02 02 00 00 00 00 00 00 4F 4B", b);
	xr_parser_init(&p, NULL, 0, false);
	assert_int_equal(xr_parser_feed(&p, b, n, &used), XR_REPLY);
	assert_int_equal(used, 12);
}

static void
parts_know_their_size(void **state)
{
	static const struct {
		uint8_t jedec[3];
		uint32_t size;
	} rows[] = { { { 0x5e, 0x32, 0x14 }, 1 << 20 },
		{ { 0xc7, 0x40, 0x14 }, 1 << 20 }, { { 0x85, 0x60, 0x13 }, 1 << 19 },
		{ { 0xef, 0x40, 0x17 }, 1 << 23 }, { { 0x12, 0x34, 0x19 }, 1 << 25 },
		{ { 0x12, 0x34, 0x1a }, 0 }, { { 0x12, 0x34, 0x0f }, 0 },
		{ { 0xff, 0xff, 0xff }, 0 }, { { 0, 0, 0 }, 0 },
		{ { 0x1f, 0x85, 0x01 }, 1 << 20 }, { { 0x1f, 0x00, 0x14 }, 0 },
		{ { 0xbf, 0x26, 0x41 }, 2 << 20 }, { { 0xbf, 0x26, 0x14 }, 0 } };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(part_size(rows[i].jedec), rows[i].size);
	assert_string_equal(part_find(rows[0].jedec)->name, "T25S80");
	assert_null(part_find(rows[4].jedec));
	assert_true(part_absent(rows[7].jedec) && part_absent(rows[8].jedec));
	assert_false(part_absent(rows[0].jedec));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packets_without_arguments),
		cmocka_unit_test(packets_with_a_byte),
		cmocka_unit_test(packets_that_set_the_rate),
		cmocka_unit_test(packets_that_erase),
		cmocka_unit_test(packets_that_read_and_write_sectors),
		cmocka_unit_test(packets_that_touch_memory),
		cmocka_unit_test(data_sum_of_a_counting_block),
		cmocka_unit_test(reply_with_checksum_is_accepted),
		cmocka_unit_test(reply_without_checksum_is_accepted_unless_one_is_due),
		cmocka_unit_test(junk_in_the_high_nibble_of_the_version_is_ignored),
		cmocka_unit_test(error_reply_gives_its_code),
		cmocka_unit_test(every_flipped_bit_of_a_checksummed_reply_is_noticed),
		cmocka_unit_test(lengths_that_were_not_asked_for_are_refused),
		cmocka_unit_test(flags_that_do_not_exist_are_refused),
		cmocka_unit_test(noise_before_a_reply_is_skipped_but_not_for_ever),
		cmocka_unit_test(bytes_behind_a_reply_are_not_its_own),
		cmocka_unit_test(parts_know_their_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
