/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JPEGs made fit for RTP, and small ones. */
#include "config.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <jpeglib.h>

#include "common/err.h"
#include "streamd/jpeg.h"
#include "streamd/jpeg_fit.h"
#include "tests/sim/picture.h"
#include "tests/sim/stamp.h"
#include "tests/unit.h"

#define W 272
#define H 64

/* All three planes, without colour conversion: what a decoder makes of it. */
static uint8_t *
decode(
    const uint8_t *p, size_t n, unsigned *ret_w, unsigned *ret_h, unsigned *ret_parts)
{
	struct jpeg_decompress_struct d;
	struct jpeg_error_mgr mgr;
	uint8_t *out, *rows[1];

	d.err = jpeg_std_error(&mgr);
	jpeg_create_decompress(&d);
	jpeg_mem_src(&d, p, n);
	assert_int_equal(jpeg_read_header(&d, TRUE), JPEG_HEADER_OK);
	d.out_color_space = d.jpeg_color_space;
	jpeg_start_decompress(&d);
	*ret_w = d.output_width;
	*ret_h = d.output_height;
	*ret_parts = (unsigned)d.output_components;
	out = malloc(
	    (size_t)d.output_width * d.output_height * (size_t)d.output_components);
	assert_non_null(out);
	while (d.output_scanline < d.output_height) {
		rows[0] = out +
		    (size_t)d.output_scanline * d.output_width *
			(size_t)d.output_components;
		jpeg_read_scanlines(&d, rows, 1);
	}
	jpeg_finish_decompress(&d);
	assert_int_equal(mgr.num_warnings, 0);
	jpeg_destroy_decompress(&d);
	return out;
}

/* Fit one picture; what came out must be what RTP carries. Caller frees. */
static uint8_t *
fit(const struct picture_kind *kind, enum jpeg_fit how, uint8_t **ret_in,
    size_t *ret_in_n, size_t *ret_n, struct jpeg_info *ret_info)
{
	struct jpeg_info in;
	struct err e = { .code = ERR_NONE };
	uint8_t *out = NULL;
	unsigned w, h;

	*ret_in = picture_make(kind, 77, 5, ret_in_n);
	assert_int_equal(jpeg_parse(*ret_in, *ret_in_n, &in, &e), 0);
	assert_int_equal(in.fit, how);
	assert_int_equal(jpeg_fit(*ret_in, &in, &out, ret_n, &e), 0);
	assert_int_equal(jpeg_parse(out, *ret_n, ret_info, &e), 0);
	assert_true(ret_info->rtp_ok);
	assert_int_equal(ret_info->n, *ret_n);
	jpeg_fit_size(&in, &w, &h);
	assert_int_equal(ret_info->width, w);
	assert_int_equal(ret_info->height, h);
	return out;
}

/* Own Huffman tables, progressive, with and without restart markers, 4:2:0 and 4:2:2,
 * and shapes whose last blocks stick out: not one pixel differs. */
static void
recoding_keeps_every_pixel(void **state)
{
	static const struct picture_kind kinds[] = {
		{ .width = W, .height = H, .optimised = true },
		{ .width = W, .height = H, .optimised = true, .restart = 7 },
		{ .width = W, .height = H, .progressive = true },
		{ .width = W, .height = H, .progressive = true, .restart = 5 },
		{ .width = 264, .height = 72, .optimised = true },
		{ .width = 264, .height = 72, .progressive = true },
		{ .width = W, .height = H, .h = 2, .v = 1, .optimised = true },
		{ .width = W, .height = H, .h = 2, .v = 1, .progressive = true },
		{ .width = W, .height = H, .quality = 99, .optimised = true },
		{ .width = W, .height = H, .quality = 5, .progressive = true },
		{ .width = W, .height = H, .optimised = true, .thumbnail = true },
	};
	unsigned w[2], h[2], parts[2];
	struct jpeg_info info;
	uint8_t *in, *out, *a, *b;
	size_t i, in_n, n;

	(void)state;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		out = fit(&kinds[i], JPEG_FIT_RECODE, &in, &in_n, &n, &info);
		assert_int_equal(info.restart_interval, kinds[i].restart);
		assert_int_equal(info.sampling, kinds[i].h == 2 ? JPEG_422 : JPEG_420);
		a = decode(in, in_n, &w[0], &h[0], &parts[0]);
		b = decode(out, n, &w[1], &h[1], &parts[1]);
		assert_int_equal(w[0], w[1]);
		assert_int_equal(h[0], h[1]);
		assert_int_equal(parts[0], parts[1]);
		assert_memory_equal(a, b, (size_t)w[0] * h[0] * parts[0]);
		free(a);
		free(b);
		free(in);
		free(out);
	}
}

/* Grey, other samplings, sides that are no multiple of 8: 4:2:0, the picture still
 * itself, edges carried on. */
static void
the_rest_is_encoded_anew(void **state)
{
	static const struct picture_kind kinds[] = {
		{ .width = W, .height = H, .grey = true },
		{ .width = W, .height = H, .h = 1, .v = 1 },
		{ .width = W, .height = H, .h = 1, .v = 2 },
		{ .width = W, .height = H, .h = 4, .v = 1 },
		{ .width = W, .height = H, .h = 1, .v = 1, .progressive = true },
		{ .width = 266, .height = 62 },
		{ .width = 257, .height = 61, .grey = true },
		{ .width = 271, .height = 63, .h = 2, .v = 1, .restart = 3 },
	};
	struct jpeg_info info;
	struct stamp s;
	uint8_t *in, *out, *luma;
	unsigned w, h;
	size_t i, in_n, n;

	(void)state;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		out = fit(&kinds[i], JPEG_FIT_REENCODE, &in, &in_n, &n, &info);
		assert_int_equal(info.sampling, JPEG_420);
		assert_int_equal(picture_luma(out, n, &luma, &w, &h), 0);
		assert_int_equal(stamp_block_read(luma, w, &s), 0);
		assert_int_equal(s.camera, 77);
		assert_int_equal(s.counter, 5);
		/* The column beyond the picture is like the last one in it. */
		if (kinds[i].width % 8 != 0)
			assert_in_range(luma[(h / 2) * w + w - 1] + 40 -
				luma[(h / 2) * w + kinds[i].width - 1],
			    0, 80);
		free(luma);
		free(in);
		free(out);
	}
}

/* The picture with its two tables of quantisation in 16 bits; large: the finest detail
 * by more than 8 bits can say. Caller frees. */
static uint8_t *
with_wide_tables(const uint8_t *p, size_t n, bool large, size_t *ret_n)
{
	uint8_t *out = malloc(n + 200);
	size_t at = 2, to = 2, length, i, k;

	assert_non_null(out);
	memcpy(out, p, 2);
	while (at < n) {
		length = p[at + 1] == 0xda ? n - at
					   : 2 + ((size_t)p[at + 2] << 8 | p[at + 3]);
		if (p[at + 1] != 0xdb) {
			memcpy(out + to, p + at, length);
			to += length;
			at += length;
			continue;
		}
		for (i = at + 4; i < at + length; i += 65) {
			memcpy(out + to, "\xff\xdb\0\x83", 4);
			out[to + 4] = 0x10 | p[i];
			for (k = 0; k < 64; k++) {
				out[to + 5 + 2 * k] = large && k == 63;
				out[to + 6 + 2 * k] = p[i + 1 + k];
			}
			to += 5 + 128;
		}
		at += length;
	}
	*ret_n = to;
	return out;
}

/* Baseline pictures of makers with ideas of their own: one table of quantisation for
 * all components, 16-bit tables, and the "4:2:2" of 2x2 1x2 1x2. */
static void
odd_tables_and_samplings_have_their_way(void **state)
{
	const struct picture_kind usual = { .width = W, .height = H };
	const struct picture_kind tall = { .width = W, .height = H, .h = 2, .v = 1 };
	struct jpeg_info info, after;
	uint8_t *p, *wide, *out, *luma;
	unsigned w, h;
	size_t n, wide_n, out_n;
	struct stamp s;
	struct err e;

	(void)state;
	/* One table: it is sent for both. */
	p = picture_make(&usual, 77, 5, &n);
	assert_int_equal(jpeg_parse(p, n, &info, &e), 0);
	p[info.sof_at + 15] = p[info.sof_at + 18] = 0;
	assert_int_equal(jpeg_parse(p, n, &info, &e), 0);
	assert_true(info.rtp_ok);
	assert_memory_equal(info.quant[0], info.quant[1], 64);
	free(p);
	/* 16 bits that 8 could say are said in 8. */
	p = picture_make(&usual, 77, 5, &n);
	assert_int_equal(jpeg_parse(p, n, &info, &e), 0);
	wide = with_wide_tables(p, n, false, &wide_n);
	assert_int_equal(jpeg_parse(wide, wide_n, &after, &e), 0);
	assert_true(after.rtp_ok);
	assert_memory_equal(after.quant, info.quant, sizeof(info.quant));
	free(wide);
	/* Others: encoded anew. */
	wide = with_wide_tables(p, n, true, &wide_n);
	assert_int_equal(jpeg_parse(wide, wide_n, &info, &e), 0);
	assert_false(info.rtp_ok);
	assert_int_equal(info.fit, JPEG_FIT_REENCODE);
	assert_string_equal(info.rtp_why, "not two quantisation tables of 8 bit");
	assert_int_equal(jpeg_fit(wide, &info, &out, &out_n, &e), 0);
	assert_int_equal(jpeg_parse(out, out_n, &after, &e), 0);
	assert_true(after.rtp_ok);
	assert_int_equal(picture_luma(out, out_n, &luma, &w, &h), 0);
	assert_int_equal(stamp_block_read(luma, w, &s), 0);
	assert_int_equal(s.counter, 5);
	free(luma);
	free(out);
	free(wide);
	free(p);
	/* 2x2 1x2 1x2: another order of blocks than type 0 has. */
	p = picture_make(&tall, 77, 5, &n);
	assert_int_equal(jpeg_parse(p, n, &info, &e), 0);
	p[info.sof_at + 11] = 0x22;
	p[info.sof_at + 14] = p[info.sof_at + 17] = 0x12;
	assert_int_equal(jpeg_parse(p, n, &info, &e), 0);
	assert_false(info.rtp_ok);
	assert_string_equal(info.rtp_why, "unusual colour sampling");
	assert_int_equal(info.fit, JPEG_FIT_REENCODE);
	free(p);
}

/* Arithmetic coding becomes Huffman coding; no pixel changes. */
static void
arithmetic_coding_is_coded_anew(void **state)
{
	static const struct picture_kind kinds[] = {
		{ .width = W, .height = H, .arithmetic = true },
		{ .width = W, .height = H, .arithmetic = true, .progressive = true },
		{ .width = 266, .height = 62, .arithmetic = true, .h = 1, .v = 1 },
	};
	struct jpeg_info info;
	uint8_t *in, *out, *a, *b;
	unsigned w, h, parts;
	size_t i, n, out_n;
	struct err e;

	(void)state;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		in = picture_make(&kinds[i], 77, 5, &n);
		assert_int_equal(jpeg_parse(in, n, &info, &e), 0);
		assert_true(info.arithmetic);
		assert_false(info.shown);
		assert_int_equal(jpeg_plain(in, &info, &out, &out_n, &e), 0);
		assert_int_equal(jpeg_parse(out, out_n, &info, &e), 0);
		assert_true(info.baseline && info.shown && info.standard_huffman);
		a = decode(in, n, &w, &h, &parts);
		b = decode(out, out_n, &w, &h, &parts);
		assert_memory_equal(a, b, (size_t)w * h * parts);
		free(a);
		free(b);
		free(out);
		free(in);
	}
	in = fit(&kinds[0], JPEG_FIT_RECODE, &a, &n, &out_n, &info);
	free(in);
	free(a);
}

/* The mean of how far two pictures are apart. */
static double
distance(const uint8_t *a, const uint8_t *b, size_t n)
{
	double sum = 0;
	size_t i;

	for (i = 0; i < n; i++)
		sum += abs(a[i] - b[i]);
	return sum / (double)n;
}

/* Twelve bits become eight, for every player: the same picture. */
static void
twelve_bits_are_rounded_to_eight(void **state)
{
	const struct picture_kind deep = { .width = W, .height = H, .deep = true };
	const struct picture_kind odd = { .width = 266, .height = 62, .deep = true };
	const struct picture_kind usual = {
		.width = W, .height = H, .quality = 95
	};
	struct jpeg_info info;
	struct stamp s;
	uint8_t *in, *out, *flat, *luma, *other;
	unsigned w, h;
	size_t n, out_n, flat_n;
	struct err e;

	(void)state;
	in = picture_make(&deep, 77, 5, &n);
	flat = picture_make(&usual, 77, 5, &flat_n);
	assert_int_equal(jpeg_parse(in, n, &info, &e), 0);
	assert_int_equal(info.bits, 12);
	assert_false(info.shown);
	assert_string_equal(info.rtp_why, "12 bits a colour");
	assert_int_equal(jpeg_plain(in, &info, &out, &out_n, &e), 0);
	assert_int_equal(jpeg_parse(out, out_n, &info, &e), 0);
	assert_true(info.baseline && info.rtp_ok);
	assert_int_equal(picture_luma(out, out_n, &luma, &w, &h), 0);
	assert_int_equal(stamp_block_read(luma, w, &s), 0);
	assert_int_equal(s.camera, 77);
	assert_int_equal(s.counter, 5);
	assert_int_equal(picture_luma(flat, flat_n, &other, &w, &h), 0);
	assert_true(distance(luma, other, (size_t)w * h) < 3);
	free(luma);
	free(other);
	free(out);
	free(in);
	free(flat);
	/* And what RTP wants besides. */
	out = fit(&deep, JPEG_FIT_REENCODE, &in, &n, &out_n, &info);
	free(out);
	free(in);
	out = fit(&odd, JPEG_FIT_REENCODE, &in, &n, &out_n, &info);
	assert_int_equal(info.bits, 8);
	free(out);
	free(in);
}

/* Coefficients of all sizes that 12 bits allow, and beyond. */
static void
spoilt_deep_pictures_do_no_harm(void **state)
{
	const struct picture_kind deep = { .width = W, .height = H, .deep = true };
	struct jpeg_info info;
	struct err e;
	uint8_t *p, *copy, *out;
	size_t k, n, out_n, worked = 0;

	(void)state;
	p = picture_make(&deep, 1, 1, &n);
	copy = malloc(n);
	assert_non_null(copy);
	for (k = 2; k < n; k += n / 400 + 1) {
		memcpy(copy, p, n);
		copy[k] ^= 0x55;
		if (jpeg_parse(copy, n, &info, &e) < 0 ||
		    jpeg_plain(copy, &info, &out, &out_n, &e) < 0)
			continue;
		worked++;
		assert_int_equal(jpeg_parse(out, out_n, &info, &e), 0);
		assert_true(info.shown);
		free(out);
	}
	assert_true(worked > 0);
	free(copy);
	free(p);
}

static void
tells_what_it_does_and_why(void **state)
{
	static const struct {
		struct picture_kind kind;
		const char *verdict;
	} rows[] = {
		{ { .width = W, .height = H }, "ok" },
		{ { .width = W, .height = H, .optimised = true },
		    "re-coded without loss: own Huffman tables" },
		{ { .width = W, .height = H, .progressive = true },
		    "re-coded without loss: progressive" },
		{ { .width = W, .height = H, .grey = true }, "re-encoded: grey" },
		{ { .width = W, .height = H, .h = 1, .v = 1, .progressive = true },
		    "re-encoded: 4:4:4" },
		{ { .width = 266, .height = H },
		    "re-encoded: size is not a multiple of 8" },
		{ { .width = W, .height = H, .arithmetic = true },
		    "re-coded without loss: arithmetic coding" },
		{ { .width = W, .height = H, .deep = true },
		    "re-encoded: 12 bits a colour" },
		{ { .width = 2048, .height = 16, .progressive = true },
		    "H.264 only: larger than 2040 pixels" },
	};
	struct jpeg_info info;
	struct err e, said;
	char text[100];
	uint8_t *p, *out;
	size_t i, n, out_n;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		p = picture_make(&rows[i].kind, 1, 1, &n);
		assert_int_equal(jpeg_parse(p, n, &info, &e), 0);
		jpeg_verdict(&info, &said);
		assert_string_equal(said.msg, rows[i].verdict);
		assert_string_equal(err_template(&said, text, sizeof(text)),
		    info.fit == JPEG_FIT_AS_IS	       ? "ok"
			: info.fit == JPEG_FIT_RECODE  ? "re-coded without loss: {0}"
			: info.fit == JPEG_FIT_REENCODE ? "re-encoded: {0}"
						       : "H.264 only: {0}");
		if (info.fit == JPEG_FIT_NEVER) {
			assert_int_equal(jpeg_fit(p, &info, &out, &out_n, &e), -1);
			assert_string_equal(e.name, "jpeg-not-rtp");
		}
		free(p);
	}
}

static void
scales_down_and_never_up(void **state)
{
	static const struct {
		struct picture_kind kind;
		unsigned ask, width, height;
	} rows[] = {
		{ { .width = 640, .height = 480 }, 320, 320, 240 },
		{ { .width = 640, .height = 480 }, 200, 160, 120 },
		{ { .width = 640, .height = 480, .grey = true }, 90, 80, 60 },
		{ { .width = 640, .height = 480, .progressive = true }, 320, 320, 240 },
		{ { .width = 642, .height = 362 }, 320, 241, 136 },
		{ { .width = W, .height = H }, 320, W, H },
	};
	struct jpeg_info info;
	struct err e;
	uint8_t *p, *out;
	size_t i, n, out_n;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		p = picture_make(&rows[i].kind, 1, 1, &n);
		assert_int_equal(jpeg_parse(p, n, &info, &e), 0);
		assert_int_equal(
		    jpeg_scale(p, &info, rows[i].ask, &out, &out_n, &e), 0);
		assert_int_equal(jpeg_parse(out, out_n, &info, &e), 0);
		assert_int_equal(info.width, rows[i].width);
		assert_int_equal(info.height, rows[i].height);
		free(out);
		free(p);
	}
}

static long
peak_kb(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return u.ru_maxrss;
}

/* T-NET-BOMB (N4). What says that it is huge is refused by its header; what is legal
 * but wants more memory than a picture may, or scans without end, by the limits of
 * libjpeg; and nothing of this takes 24 MiB. */
static void
bombs_take_no_memory(void **state)
{
	const struct picture_kind wide = {
		.width = 2040, .height = 2040, .h = 1, .v = 1, .progressive = true
	};
	const struct picture_kind usual = { .width = W, .height = H };
	struct jpeg_info info;
	struct err e;
	uint8_t *p, *out;
	size_t n, out_n;
	long before;

	(void)state;
	p = picture_make(&usual, 1, 1, &n);
	assert_int_equal(jpeg_parse(p, n, &info, &e), 0);
	before = peak_kb();
	memcpy(p + info.sof_at + 5, "\x3e\x80\x3e\x80", 4); /* 16000 x 16000 */
	assert_int_equal(jpeg_parse(p, n, &info, &e), -1);
	assert_string_equal(e.name, "jpeg-too-large");
	memcpy(p + info.sof_at + 5, "\xff\xff\x00\x08", 4);
	assert_int_equal(jpeg_parse(p, n, &info, &e), -1);
	free(p);
	p = picture_make(&wide, 1, 1, &n);
	assert_int_equal(jpeg_parse(p, n, &info, &e), 0);
	before = peak_kb();
	assert_int_equal(jpeg_fit(p, &info, &out, &out_n, &e), -1);
	assert_string_equal(e.name, "jpeg-broken");
	assert_true(peak_kb() - before < 24 * 1024);
	free(p);
}

/* Whatever the bytes are: an answer, no crash. */
static void
spoilt_pictures_do_no_harm(void **state)
{
	static const struct picture_kind kinds[] = {
		{ .width = W, .height = H, .progressive = true },
		{ .width = W, .height = H, .optimised = true },
		{ .width = W, .height = H, .h = 1, .v = 1 },
	};
	struct jpeg_info info;
	struct err e;
	uint8_t *p, *copy, *out;
	size_t i, k, n, out_n, worked = 0;

	(void)state;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		p = picture_make(&kinds[i], 1, 1, &n);
		copy = malloc(n);
		assert_non_null(copy);
		for (k = 2; k < n; k += n / 200 + 1) {
			memcpy(copy, p, n);
			copy[k] ^= 0x55;
			if (jpeg_parse(copy, n, &info, &e) < 0 ||
			    jpeg_fit(copy, &info, &out, &out_n, &e) < 0)
				continue;
			worked++;
			free(out);
		}
		free(copy);
		free(p);
	}
	assert_true(worked > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recoding_keeps_every_pixel),
		cmocka_unit_test(the_rest_is_encoded_anew),
		cmocka_unit_test(odd_tables_and_samplings_have_their_way),
		cmocka_unit_test(arithmetic_coding_is_coded_anew),
		cmocka_unit_test(twelve_bits_are_rounded_to_eight),
		cmocka_unit_test(spoilt_deep_pictures_do_no_harm),
		cmocka_unit_test(tells_what_it_does_and_why),
		cmocka_unit_test(scales_down_and_never_up),
		cmocka_unit_test(bombs_take_no_memory),
		cmocka_unit_test(spoilt_pictures_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
