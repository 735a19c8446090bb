/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes and decodes JPEGs (see picture.h). Tests only; pure. */
#include "config.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include "tests/sim/deep.h"
#include "tests/sim/picture.h"
#include "tests/sim/stamp.h"

static void *
need(void *p)
{
	if (p == NULL) {
		fprintf(stderr, "no memory\n");
		exit(1);
	}
	return p;
}

/* A drifting gradient with some grain: about as many bytes as a real room. */
static void
draw_row(const struct picture_kind *k, const struct stamp *s, unsigned y, uint8_t *row)
{
	unsigned x, grain, step = k->grey ? 1 : 3;

	for (x = 0; x < k->width; x++) {
		grain = (x * 7919u + y * 104729u + (x * y) * 31u) >> 4 & 15;
		row[x * step] =
		    (uint8_t)(40 + (x + y + 5 * s->counter) / 4 % 150 + grain);
		if (!k->grey) {
			row[x * step + 1] = (uint8_t)(96 + (x / 3 + s->counter) % 64);
			row[x * step + 2] = (uint8_t)(96 + (y / 2) % 64);
		}
		if (y < STAMP_HEIGHT && x < STAMP_WIDTH) {
			row[x * step] = stamp_block(s, x, y);
			if (!k->grey)
				row[x * step + 1] = row[x * step + 2] = 128;
		}
	}
}

static void
set_up(struct jpeg_compress_struct *c, const struct picture_kind *k)
{
	c->image_width = k->width;
	c->image_height = k->height;
	c->input_components = k->grey ? 1 : 3;
	c->in_color_space = k->grey ? JCS_GRAYSCALE : JCS_YCbCr;
	jpeg_set_defaults(c);
	jpeg_set_quality(c, k->quality > 0 ? (int)k->quality : 70, TRUE);
	if (!k->grey && k->h > 0) {
		c->comp_info[0].h_samp_factor = (int)k->h;
		c->comp_info[0].v_samp_factor = (int)k->v;
	}
	c->restart_interval = k->restart;
	c->optimize_coding = k->optimised;
	c->arith_code = k->arithmetic;
	if (k->progressive)
		jpeg_simple_progression(c);
}

static uint8_t *
encode(const struct picture_kind *k, const struct stamp *s, size_t *ret_n)
{
	struct jpeg_compress_struct c;
	struct jpeg_error_mgr mgr;
	unsigned long n = 0;
	uint8_t *out = NULL, *row = need(malloc((size_t)k->width * 3));
	uint8_t *rows[1] = { row };

	c.err = jpeg_std_error(&mgr);
	jpeg_create_compress(&c);
	jpeg_mem_dest(&c, &out, &n);
	set_up(&c, k);
	jpeg_start_compress(&c, TRUE);
	while (c.next_scanline < k->height) {
		draw_row(k, s, c.next_scanline, row);
		jpeg_write_scanlines(&c, rows, 1);
	}
	jpeg_finish_compress(&c);
	jpeg_destroy_compress(&c);
	free(row);
	*ret_n = n;
	return out;
}

/* Offset of the first segment with this marker, before the scan; 0 = none. */
static size_t
find_segment(const uint8_t *p, size_t n, uint8_t marker, size_t *ret_len)
{
	size_t at = 2;

	while (at + 4 <= n) {
		*ret_len = 2 + ((size_t)p[at + 2] << 8 | p[at + 3]);
		if (p[at + 1] == marker)
			return at;
		if (p[at + 1] == 0xda)
			return 0;
		at += *ret_len;
	}
	return 0;
}

static void
strip_dht(uint8_t *p, size_t *n)
{
	size_t at, len;

	while ((at = find_segment(p, *n, 0xc4, &len)) != 0) {
		memmove(p + at, p + at + len, *n - at - len);
		*n -= len;
	}
}

/* Put `add` bytes in at `at`. */
static uint8_t *
insert(uint8_t *p, size_t *n, size_t at, const uint8_t *add, size_t add_n)
{
	uint8_t *q = need(malloc(*n + add_n));

	memcpy(q, p, at);
	memcpy(q + at, add, add_n);
	memcpy(q + at + add_n, p + at, *n - at);
	*n += add_n;
	free(p);
	return q;
}

static uint8_t *
add_thumbnail(uint8_t *p, size_t *n, const struct stamp *s)
{
	const struct picture_kind small = { .width = 64, .height = 48, .quality = 30 };
	size_t small_n;
	uint8_t *thumb = encode(&small, s, &small_n), *app1 = need(malloc(10));

	memcpy(app1, "\xff\xe1\0\0Exif\0\0", 10);
	app1[2] = (uint8_t)((small_n + 8) >> 8);
	app1[3] = (uint8_t)(small_n + 8);
	p = insert(p, n, 2, app1, 10);
	p = insert(p, n, 12, thumb, small_n);
	free(app1);
	free(thumb);
	return p;
}

static uint8_t *
use_dnl(uint8_t *p, size_t *n)
{
	size_t len, sof = find_segment(p, *n, 0xc0, &len);
	uint8_t dnl[6] = { 0xff, 0xdc, 0, 4, p[sof + 5], p[sof + 6] };

	p[sof + 5] = p[sof + 6] = 0;
	return insert(p, n, *n - 2, dnl, sizeof(dnl));
}

static uint8_t *
encode_deep(const struct picture_kind *k, const struct stamp *s, size_t *ret_n)
{
	size_t line = (size_t)k->width * 3;
	uint8_t *ycc = need(malloc(line * k->height)), *out;
	unsigned y;

	for (y = 0; y < k->height; y++)
		draw_row(k, s, y, ycc + y * line);
	out = deep_encode(ycc, k->width, k->height, ret_n);
	free(ycc);
	return out;
}

static void
claim_lossless(uint8_t *p, size_t n)
{
	size_t len, sof = find_segment(p, n, 0xc0, &len);

	p[sof + 1] = 0xc3;
}

uint8_t *
picture_make(
    const struct picture_kind *kind, unsigned camera, unsigned counter, size_t *ret_n)
{
	struct stamp s = { .camera = camera, .counter = counter };
	uint8_t *p = kind->deep ? encode_deep(kind, &s, ret_n) : encode(kind, &s, ret_n);

	if (kind->no_dht)
		strip_dht(p, ret_n);
	if (kind->thumbnail)
		p = add_thumbnail(p, ret_n, &s);
	if (kind->dnl)
		p = use_dnl(p, ret_n);
	if (kind->lossless)
		claim_lossless(p, *ret_n);
	return p;
}

struct catcher {
	struct jpeg_error_mgr mgr;
	jmp_buf back;
};

static void
give_up(j_common_ptr c)
{
	struct catcher *k = (struct catcher *)(void *)c->err;

	longjmp(k->back, 1);
}

static void
quiet(j_common_ptr c)
{
	(void)c;
}

static void
decode_rows(struct jpeg_decompress_struct *d, uint8_t *luma)
{
	uint8_t *rows[1];

	while (d->output_scanline < d->output_height) {
		rows[0] = luma + (size_t)d->output_scanline * d->output_width;
		jpeg_read_scanlines(d, rows, 1);
	}
}

int
picture_luma(const uint8_t *jpeg, size_t n, uint8_t **ret, unsigned *ret_width,
    unsigned *ret_height)
{
	struct jpeg_decompress_struct d;
	struct catcher k;
	uint8_t *volatile luma = NULL;
	volatile int r = -1;

	d.err = jpeg_std_error(&k.mgr);
	k.mgr.error_exit = give_up;
	k.mgr.output_message = quiet;
	jpeg_create_decompress(&d);
	if (setjmp(k.back) == 0) {
		jpeg_mem_src(&d, jpeg, n);
		jpeg_read_header(&d, TRUE);
		d.out_color_space = JCS_GRAYSCALE;
		jpeg_start_decompress(&d);
		luma = need(malloc((size_t)d.output_width * d.output_height));
		decode_rows(&d, luma);
		*ret_width = d.output_width;
		*ret_height = d.output_height;
		jpeg_finish_decompress(&d);
		r = k.mgr.num_warnings == 0 ? 0 : -1;
	}
	jpeg_destroy_decompress(&d);
	if (r == 0)
		*ret = luma;
	else
		free(luma);
	return r;
}
