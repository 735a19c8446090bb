/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Judging and repairing JPEGs. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/err.h"
#include "streamd/jpeg.h"
#include "tests/sim/picture.h"
#include "tests/unit.h"

#define W 96
#define H 64

static const struct {
	struct picture_kind kind;
	enum jpeg_sampling sampling;
	const char *rtp;
} rows[] = {
	{ { .width = W, .height = H }, JPEG_420, "ok" },
	{ { .width = W, .height = H, .h = 2, .v = 1 }, JPEG_422, "ok" },
	{ { .width = W, .height = H, .restart = 3 }, JPEG_420, "ok" },
	{ { .width = W, .height = H, .no_dht = true }, JPEG_420, "ok" },
	{ { .width = W, .height = H, .thumbnail = true }, JPEG_420, "ok" },
	{ { .width = W, .height = H, .dnl = true }, JPEG_420, "ok" },
	{ { .width = 2040, .height = 16 }, JPEG_420, "ok" },
	{ { .width = W, .height = H, .h = 1, .v = 1 }, JPEG_444, "4:4:4" },
	{ { .width = W, .height = H, .h = 1, .v = 2 }, JPEG_440, "4:4:0" },
	{ { .width = W, .height = H, .h = 4, .v = 1 }, JPEG_411, "4:1:1" },
	{ { .width = W, .height = H, .grey = true }, JPEG_GREY, "grey" },
	{ { .width = W, .height = H, .progressive = true }, JPEG_420, "progressive" },
	{ { .width = W, .height = H, .optimised = true }, JPEG_420,
	    "own Huffman tables" },
	{ { .width = W, .height = H, .arithmetic = true }, JPEG_420,
	    "arithmetic coding" },
	{ { .width = W, .height = H, .deep = true }, JPEG_420, "12 bits a colour" },
	{ { .width = 90, .height = H }, JPEG_420, "size is not a multiple of 8" },
	{ { .width = W, .height = 362 }, JPEG_420, "size is not a multiple of 8" },
	{ { .width = 2048, .height = 16 }, JPEG_420, "larger than 2040 pixels" },
};

static void
judges_every_kind(void **state)
{
	struct jpeg_info info;
	struct err e;
	size_t i, n;
	uint8_t *p;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		p = picture_make(&rows[i].kind, 1, 1, &n);
		assert_int_equal(jpeg_parse(p, n, &info, &e), 0);
		assert_int_equal(info.width, rows[i].kind.width);
		assert_int_equal(info.height, rows[i].kind.height);
		assert_int_equal(info.sampling, rows[i].sampling);
		assert_string_equal(info.rtp_why, rows[i].rtp);
		assert_int_equal(info.rtp_ok, strcmp(rows[i].rtp, "ok") == 0);
		assert_int_equal(info.restart_interval, rows[i].kind.restart);
		assert_int_equal(info.n, n);
		assert_int_equal(info.has_huffman,
		    !rows[i].kind.no_dht && !rows[i].kind.arithmetic);
		assert_int_equal(info.bits, rows[i].kind.deep ? 12 : 8);
		assert_int_equal(info.shown,
		    !rows[i].kind.deep && !rows[i].kind.arithmetic);
		free(p);
	}
}

static void
finds_tables_and_scan(void **state)
{
	const struct picture_kind kind = { .width = W, .height = H, .quality = 50 };
	struct jpeg_info info;
	struct err e;
	size_t n;
	uint8_t *p = picture_make(&kind, 1, 1, &n);

	(void)state;
	assert_int_equal(jpeg_parse(p, n, &info, &e), 0);
	/* Quality 50 is Annex K's own luma and chroma tables. */
	assert_true(info.quant_ok);
	assert_int_equal(info.quant[0][0], 16);
	assert_int_equal(info.quant[0][1], 11);
	assert_int_equal(info.quant[0][63], 99);
	assert_int_equal(info.quant[1][0], 17);
	assert_memory_equal(p + info.sos_at, "\xff\xda", 2);
	assert_memory_equal(p + info.sof_at, "\xff\xc0", 2);
	assert_memory_equal(p + info.scan_at + info.scan_n, "\xff\xd9", 2);
	assert_int_equal(info.scan_at + info.scan_n + 2, n);
	free(p);
}

/* Every cut is noticed, and nothing beyond the end is read. */
static void
refuses_a_picture_cut_anywhere(void **state)
{
	const struct picture_kind kind = { .width = W, .height = H, .restart = 2 };
	struct jpeg_info info = { .width = 12345 };
	struct err e;
	size_t n, cut;
	uint8_t *p = picture_make(&kind, 1, 1, &n), *exact;

	(void)state;
	for (cut = 0; cut < n; cut++) {
		exact = malloc(cut > 0 ? cut : 1);
		memcpy(exact, p, cut);
		assert_int_equal(jpeg_parse(exact, cut, &info, &e), -1);
		free(exact);
	}
	assert_int_equal(info.width, 12345);
	free(p);
}

static void
set_size(uint8_t *p, size_t sof, unsigned w, unsigned h)
{
	p[sof + 5] = (uint8_t)(h >> 8);
	p[sof + 6] = (uint8_t)h;
	p[sof + 7] = (uint8_t)(w >> 8);
	p[sof + 8] = (uint8_t)w;
}

/* T-NET-BOMB (N4). */
static void
refuses_bombs_by_their_header(void **state)
{
	static const unsigned sizes[][2] = { { 16000, 16000 }, { 65535, 65535 },
		{ 4097, 16 }, { 16, 4097 }, { 4096, 1025 }, { 65535, 1 } };
	const struct picture_kind kind = { .width = W, .height = H };
	struct jpeg_info info;
	struct err e;
	size_t n, i, sof;
	uint8_t *p = picture_make(&kind, 1, 1, &n);

	(void)state;
	assert_int_equal(jpeg_parse(p, n, &info, &e), 0);
	sof = info.sof_at;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		set_size(p, sof, sizes[i][0], sizes[i][1]);
		assert_int_equal(jpeg_parse(p, n, &info, &e), -1);
		assert_string_equal(e.name, "jpeg-too-large");
	}
	set_size(p, sof, 4096, 1024);
	assert_int_equal(jpeg_parse(p, n, &info, &e), 0);
	set_size(p, sof, 0, H);
	assert_int_equal(jpeg_parse(p, n, &info, &e), -1);
	assert_string_equal(e.name, "jpeg-broken");
	set_size(p, sof, W, 0);
	assert_int_equal(jpeg_parse(p, n, &info, &e), -1);
	free(p);
}

/* Lossless and hierarchical JPEG, and numbers of bits that are none. */
static void
refuses_what_no_player_reads(void **state)
{
	static const uint8_t markers[] = { 0xc3, 0xc5, 0xc6, 0xc7, 0xcb, 0xcd, 0xce,
		0xcf };
	const struct picture_kind kind = { .width = W, .height = H };
	struct jpeg_info info;
	struct err e;
	size_t n, i;
	uint8_t *p = picture_make(&kind, 1, 1, &n);

	(void)state;
	assert_int_equal(jpeg_parse(p, n, &info, &e), 0);
	for (i = 0; i < sizeof(markers); i++) {
		p[info.sof_at + 1] = markers[i];
		assert_int_equal(jpeg_parse(p, n, &info, &e), -1);
		assert_string_equal(e.name, "jpeg-unsupported");
		assert_int_equal(e.code, ERR_REFUSED);
	}
	p[info.sof_at + 1] = 0xc1;
	p[info.sof_at + 4] = 10;
	assert_int_equal(jpeg_parse(p, n, &info, &e), -1);
	assert_string_equal(e.name, "jpeg-broken");
	free(p);
}

/* T-NET-BOMB (N4). */
static void
refuses_endless_segments(void **state)
{
	uint8_t *p = malloc(2 + 4 * 1000);
	struct jpeg_info info;
	struct err e;
	unsigned i;

	(void)state;
	memcpy(p, "\xff\xd8", 2);
	for (i = 0; i < 1000; i++)
		memcpy(p + 2 + 4 * i, "\xff\xe1\0\2", 4);
	assert_int_equal(jpeg_parse(p, 2 + 4 * 1000, &info, &e), -1);
	assert_string_equal(e.name, "jpeg-broken");
	free(p);
}

static void
refuses_impossible_tables(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
	} bad[] = {
		{ "\xff\xd8\xff\xdb\0\3\x00\xff\xd9", 9 }, /* DQT cut short */
		{ "\xff\xd8\xff\xdb\0\3\x05\xff\xd9", 9 }, /* slot 5 */
		{ "\xff\xd8\xff\xc4\0\3\x00\xff\xd9", 9 }, /* DHT cut short */
		{ "\xff\xd8\xff\xc0\0\2\xff\xd9", 8 }, /* empty SOF */
		{ "\xff\xd8\xff\xda\0\3\x01\xff\xd9", 9 }, /* SOS before SOF */
		{ "\xff\xd8\xff\xe0\0\1\xff\xd9", 8 }, /* length 1 */
		{ "\xff\xd8\xff\xd9", 4 }, /* nothing in it */
		{ "\xff\xd8\x00\xd9", 4 }, /* no marker */
		{ "\xff\xd8\xff\xd8\xff\xd9", 6 }, /* SOI twice */
	};
	struct jpeg_info info;
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(
		    jpeg_parse((const uint8_t *)bad[i].bytes, bad[i].n, &info, &e), -1);
}

/* Repair must not change one pixel of what a good decoder sees. */
static void
inserted_tables_decode_to_the_same_pixels(void **state)
{
	struct picture_kind kind = { .width = W, .height = H };
	uint8_t *with, *without, *repaired, *a, *b;
	size_t with_n, without_n, repaired_n;
	struct jpeg_info info;
	struct err e;
	unsigned w, h;

	(void)state;
	with = picture_make(&kind, 1, 1, &with_n);
	kind.no_dht = true;
	without = picture_make(&kind, 1, 1, &without_n);
	assert_int_equal(jpeg_parse(without, without_n, &info, &e), 0);
	assert_true(jpeg_needs_repair(&info, without_n));
	assert_int_equal(jpeg_repair(without, &info, &repaired, &repaired_n, &e), 0);
	assert_int_equal(repaired_n, without_n + 420);
	assert_int_equal(jpeg_parse(repaired, repaired_n, &info, &e), 0);
	assert_true(info.has_huffman && info.standard_huffman && info.rtp_ok);
	assert_false(jpeg_needs_repair(&info, repaired_n));
	assert_int_equal(picture_luma(with, with_n, &a, &w, &h), 0);
	assert_int_equal(picture_luma(repaired, repaired_n, &b, &w, &h), 0);
	assert_memory_equal(a, b, (size_t)w * h);
	free(a);
	free(b);
	free(with);
	free(without);
	free(repaired);
}

static void
puts_the_height_where_decoders_look(void **state)
{
	struct picture_kind kind = { .width = W, .height = H };
	uint8_t *plain, *dnl, *repaired;
	size_t plain_n, dnl_n, repaired_n;
	struct jpeg_info info;
	struct err e;

	(void)state;
	plain = picture_make(&kind, 1, 1, &plain_n);
	kind.dnl = true;
	dnl = picture_make(&kind, 1, 1, &dnl_n);
	assert_int_equal(jpeg_parse(dnl, dnl_n, &info, &e), 0);
	assert_true(info.has_dnl);
	assert_int_equal(info.height, H);
	assert_int_equal(jpeg_repair(dnl, &info, &repaired, &repaired_n, &e), 0);
	assert_int_equal(repaired_n, plain_n);
	assert_memory_equal(repaired, plain, plain_n);
	free(plain);
	free(dnl);
	free(repaired);
}

static void
cuts_bytes_behind_the_end(void **state)
{
	const struct picture_kind kind = { .width = W, .height = H };
	struct jpeg_info info;
	struct err e;
	size_t n, repaired_n;
	uint8_t *p = picture_make(&kind, 1, 1, &n), *longer, *repaired;

	(void)state;
	longer = calloc(1, n + 100);
	memcpy(longer, p, n);
	assert_int_equal(jpeg_parse(longer, n + 100, &info, &e), 0);
	assert_int_equal(info.n, n);
	assert_true(jpeg_needs_repair(&info, n + 100));
	assert_int_equal(jpeg_repair(longer, &info, &repaired, &repaired_n, &e), 0);
	assert_int_equal(repaired_n, n);
	assert_memory_equal(repaired, p, n);
	free(p);
	free(longer);
	free(repaired);
}

/* One DHT segment or four, in any order: the contents count. */
static void
knows_standard_tables_in_any_packaging(void **state)
{
	struct picture_kind kind = { .width = W, .height = H, .no_dht = true };
	struct jpeg_info info;
	struct err e;
	size_t n, dht_n, i;
	const uint8_t *dht = jpeg_standard_dht(&dht_n);
	uint8_t *p = picture_make(&kind, 1, 1, &n), *q = malloc(n + dht_n);

	(void)state;
	assert_int_equal(dht_n, 420);
	memcpy(q, p, 2);
	memcpy(q + 2, dht, dht_n);
	memcpy(q + 2 + dht_n, p + 2, n - 2);
	assert_int_equal(jpeg_parse(q, n + dht_n, &info, &e), 0);
	assert_true(info.standard_huffman && info.rtp_ok);
	/* One value other than standard, in any table: not standard. */
	for (i = 2 + 21; i < 2 + dht_n; i += 57) {
		q[i] ^= 1;
		if (jpeg_parse(q, n + dht_n, &info, &e) == 0)
			assert_false(info.rtp_ok);
		q[i] ^= 1;
	}
	free(p);
	free(q);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judges_every_kind),
		cmocka_unit_test(finds_tables_and_scan),
		cmocka_unit_test(refuses_a_picture_cut_anywhere),
		cmocka_unit_test(refuses_bombs_by_their_header),
		cmocka_unit_test(refuses_what_no_player_reads),
		cmocka_unit_test(refuses_endless_segments),
		cmocka_unit_test(refuses_impossible_tables),
		cmocka_unit_test(inserted_tables_decode_to_the_same_pixels),
		cmocka_unit_test(puts_the_height_where_decoders_look),
		cmocka_unit_test(cuts_bytes_behind_the_end),
		cmocka_unit_test(knows_standard_tables_in_any_packaging),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
