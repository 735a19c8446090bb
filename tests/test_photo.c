/* SPDX-License-Identifier: GPL-3.0-or-later */
/* image/photo_jpeg.c, exif.c, shrink.c: nothing but upright pixels is kept. */
#include "config.h"

#include "tests/unit.h"

#include <stdlib.h>
#include <string.h>

#include "common/err.h"
#include "image/exif.h"
#include "image/photo_jpeg.h"
#include "image/shrink.h"
#include "tests/photofile.h"

static struct photo_jpeg
made(const uint8_t *p, size_t n)
{
	struct err e = { .code = ERR_NONE };
	struct photo_jpeg j;

	if (photo_jpeg_make(p, n, &j, &e) < 0)
		fail_msg("%s", e.msg);
	return j;
}

static void
refused(const uint8_t *p, size_t n, const char *name)
{
	struct err e = { .code = ERR_NONE };
	struct photo_jpeg j;

	assert_int_equal(photo_jpeg_make(p, n, &j, &e), -1);
	assert_string_equal(e.name, name);
	assert_int_equal(e.code, ERR_USAGE);
	assert_true(e.msg[0] != '\0');
	assert_null(j.p);
	assert_null(j.thumb);
}

static void
the_photo_is_turned_upright(void **state)
{
	/* What is to be seen left above, right above, left below, right below. */
	static const char *const seen[] = { "rgbw", "rgbw", "grwb", "wbgr", "bwrg", "rbgw",
		"brwg", "wgbr", "gwrb" };
	unsigned o, q, w, h;

	(void)state;
	for (o = 1; o <= 8; o++) {
		struct photofile f = {
			.width = 64, .height = 48, .orientation = o, .big = o % 2 == 0
		};
		size_t n;
		uint8_t *p = photofile_make(&f, &n);
		struct photo_jpeg j = made(p, n);

		assert_int_equal(exif_orientation(p, n), o);
		for (q = 0; q < 4; q++) {
			assert_int_equal(
			    photofile_quarter(j.p, j.n, q, &w, &h), seen[o][q]);
			assert_int_equal(
			    photofile_quarter(j.thumb, j.n_thumb, q, &w, &h), seen[o][q]);
		}
		assert_int_equal(w, o >= 5 ? 48 : 64);
		assert_int_equal(h, o >= 5 ? 64 : 48);
		assert_int_equal(j.width, w);
		assert_int_equal(j.height, h);
		photo_jpeg_fini(&j);
		free(p);
	}
}

/* Walk the markers: only what a picture needs, and nothing behind its end. */
static void
assert_bare(const uint8_t *p, size_t n)
{
	size_t at = 2, length;

	assert_true(n > 4 && p[0] == 0xff && p[1] == 0xd8);
	while (p[at + 1] != 0xda) {
		assert_true(at + 4 < n && p[at] == 0xff);
		assert_non_null(memchr("\xe0\xdb\xc0\xc4", p[at + 1], 4));
		length = (size_t)p[at + 2] << 8 | p[at + 3];
		if (p[at + 1] == 0xe0)
			assert_int_equal(length, 16);
		at += 2 + length;
	}
	for (at += 2; at + 1 < n && (p[at] != 0xff || p[at + 1] != 0xd9); at++)
		;
	assert_int_equal(at + 2, n);
	assert_null(memmem(p, n, "N52", 3));
	assert_null(memmem(p, n, "Exif", 4));
	assert_null(memmem(p, n, "adobe", 5));
	assert_null(memmem(p, n, "ICC", 3));
}

static void
nothing_of_the_file_that_was_sent_is_kept(void **state)
{
	struct photofile f = {
		.width = 640, .height = 480, .orientation = 6, .secrets = true
	};
	unsigned i;

	(void)state;
	for (i = 0; i < 4; i++) {
		size_t n;
		uint8_t *p;
		struct photo_jpeg j;

		f.progressive = i & 1;
		f.grey = i & 2;
		p = photofile_make(&f, &n);
		assert_non_null(memmem(p, n, PHOTOFILE_SECRET, 10));
		j = made(p, n);
		assert_bare(j.p, j.n);
		assert_bare(j.thumb, j.n_thumb);
		photo_jpeg_fini(&j);
		free(p);
	}
}

static void
a_large_photo_is_scaled_down_and_a_small_one_is_not(void **state)
{
	static const unsigned sizes[][4] = { { 4000, 3000, 1600, 1200 },
		{ 1700, 1000, 1600, 941 }, { 1600, 1600, 1600, 1600 },
		{ 320, 240, 320, 240 }, { 9, 16000, 2, 1600 }, { 1, 1, 1, 1 } };
	unsigned i;

	(void)state;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct photofile f = { .width = sizes[i][0], .height = sizes[i][1] };
		size_t n;
		uint8_t *p = photofile_make(&f, &n);
		struct photo_jpeg j = made(p, n);
		unsigned w, h;

		(void)photofile_quarter(j.p, j.n, 0, &w, &h);
		assert_int_equal(w, sizes[i][2]);
		assert_int_equal(h, sizes[i][3]);
		(void)photofile_quarter(j.thumb, j.n_thumb, 0, &w, &h);
		assert_true(w <= PHOTO_JPEG_THUMB && h <= PHOTO_JPEG_THUMB);
		photo_jpeg_fini(&j);
		free(p);
	}
}

static void
what_is_no_jpeg_is_refused_by_its_name(void **state)
{
	static const uint8_t heic[] = "\0\0\0\x18" "ftypheic\0\0\0\0mif1heic";
	static const uint8_t png[] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

	(void)state;
	refused(heic, sizeof(heic), "photo-heic");
	refused(png, sizeof(png), "photo-png");
	refused((const uint8_t *)"GIF89a", 6, "photo-not-jpeg");
	refused((const uint8_t *)"", 0, "photo-not-jpeg");
	refused((const uint8_t *)"\xff\xd8\xff", 3, "photo-broken");
}

/* The frame's size, both bytes of each, in the first SOF. */
static void
claim_size(uint8_t *p, size_t n, unsigned width, unsigned height)
{
	size_t at = 2;

	while (p[at + 1] != 0xc0 && p[at + 1] != 0xc2) {
		at += 2 + ((size_t)p[at + 2] << 8 | p[at + 3]);
		assert_true(at + 10 < n);
	}
	p[at + 5] = (uint8_t)(height >> 8);
	p[at + 6] = (uint8_t)height;
	p[at + 7] = (uint8_t)(width >> 8);
	p[at + 8] = (uint8_t)width;
}

static void
a_bomb_is_refused_before_it_is_decoded(void **state)
{
	struct photofile f = { .width = 64, .height = 64 };
	size_t n;
	uint8_t *p = photofile_make(&f, &n);

	(void)state;
	claim_size(p, n, 65000, 65000);
	refused(p, n, "photo-size");
	claim_size(p, n, 16384, 8192);
	refused(p, n, "photo-size");
	/* Within the limit, but the file has not the pixels it claims. */
	claim_size(p, n, 12000, 9000);
	refused(p, n, "photo-broken");
	free(p);
	/* All of a progressive picture would be held at once. */
	f.progressive = true;
	p = photofile_make(&f, &n);
	claim_size(p, n, 12000, 9000);
	refused(p, n, "photo-broken");
	free(p);
}

static void
a_file_cut_short_is_refused_at_every_length(void **state)
{
	struct photofile f = {
		.width = 48, .height = 32, .orientation = 3, .secrets = true
	};
	size_t n, cut, end;
	uint8_t *p = photofile_make(&f, &n);

	(void)state;
	end = n - sizeof(PHOTOFILE_SECRET);
	for (cut = 3; cut + 2 < end; cut += cut < 800 ? 1 : 7) {
		struct err e = { .code = ERR_NONE };
		struct photo_jpeg j;
		uint8_t *exact = malloc(cut);

		assert_non_null(exact);
		memcpy(exact, p, cut);
		assert_int_equal(photo_jpeg_make(exact, cut, &j, &e), -1);
		free(exact);
	}
	free(p);
}

static void
colours_for_printing_are_refused(void **state)
{
	struct photofile f = { .width = 64, .height = 48, .cmyk = true };
	size_t n;
	uint8_t *p = photofile_make(&f, &n);

	(void)state;
	refused(p, n, "photo-colours");
	free(p);
}

static void
a_smaller_picture_has_the_means(void **state)
{
	static const uint8_t in[2][9] = { { 0, 0, 0, 90, 90, 90, 255, 255, 255 },
		{ 10, 10, 10, 100, 100, 100, 245, 245, 245 } };
	uint8_t out[6];
	struct shrink *s = shrink_new(3, 2, 2, 1, out);
	unsigned w, h;

	(void)state;
	assert_non_null(s);
	shrink_row(s, in[0]);
	shrink_row(s, in[1]);
	/* A pixel and a half each: (0 + 45 + 10 + 50) / 3, (45 + 255 + 50 + 245) / 3. */
	assert_int_equal(out[0], 35);
	assert_int_equal(out[3], 198);
	shrink_row(s, in[1]);
	shrink_free(s);
	shrink_free(NULL);
	shrink_size(3000, 2, 100, &w, &h);
	assert_int_equal(w, 100);
	assert_int_equal(h, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_photo_is_turned_upright),
		cmocka_unit_test(nothing_of_the_file_that_was_sent_is_kept),
		cmocka_unit_test(a_large_photo_is_scaled_down_and_a_small_one_is_not),
		cmocka_unit_test(what_is_no_jpeg_is_refused_by_its_name),
		cmocka_unit_test(a_bomb_is_refused_before_it_is_decoded),
		cmocka_unit_test(a_file_cut_short_is_refused_at_every_length),
		cmocka_unit_test(colours_for_printing_are_refused),
		cmocka_unit_test(a_smaller_picture_has_the_means),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
