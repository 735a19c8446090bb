/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Photographs as phones send them (see photofile.h). Tests only; pure. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include "tests/photofile.h"

static void
put16(uint8_t *p, unsigned v, bool big)
{
	p[big ? 1 : 0] = (uint8_t)v;
	p[big ? 0 : 1] = (uint8_t)(v >> 8);
}

/* EXIF with one entry that matters and the secret behind. */
static size_t
exif_block(const struct photofile *f, uint8_t *ret)
{
	static const uint8_t little[] = { 'I', 'I', 42, 0, 8, 0, 0, 0 };
	static const uint8_t large[] = { 'M', 'M', 0, 42, 0, 0, 0, 8 };
	uint8_t *t = ret + 6;

	memcpy(ret, "Exif\0", 6);
	memcpy(t, f->big ? large : little, 8);
	put16(t + 8, 2, f->big);
	/* Software, then the orientation. */
	memset(t + 10, 0, 24);
	put16(t + 10, 0x0131, f->big);
	put16(t + 12, 2, f->big);
	put16(t + 22, 0x0112, f->big);
	put16(t + 24, 3, f->big);
	put16(t + 26 + (f->big ? 2 : 0), 1, f->big);
	put16(t + 30, f->orientation, f->big);
	memset(t + 34, 0, 4);
	memcpy(t + 38, PHOTOFILE_SECRET, sizeof(PHOTOFILE_SECRET));
	return 6 + 38 + sizeof(PHOTOFILE_SECRET);
}

static void
write_secrets(struct jpeg_compress_struct *c)
{
	static const char *const heads[] = { "http://ns.adobe.com/xap/1.0/",
		"ICC_PROFILE", "Photoshop 3.0" };
	static const int markers[] = { JPEG_APP0 + 1, JPEG_APP0 + 2, JPEG_APP0 + 13 };
	uint8_t block[200];
	size_t i, n;

	for (i = 0; i < 3; i++) {
		n = strlen(heads[i]) + 1;
		memcpy(block, heads[i], n);
		memcpy(block + n, PHOTOFILE_SECRET, sizeof(PHOTOFILE_SECRET));
		jpeg_write_marker(
		    c, markers[i], block, (unsigned)(n + sizeof(PHOTOFILE_SECRET)));
	}
	jpeg_write_marker(c, JPEG_COM, (const uint8_t *)PHOTOFILE_SECRET,
	    sizeof(PHOTOFILE_SECRET));
}

static void
fill_row(const struct photofile *f, unsigned y, int components, uint8_t *row)
{
	static const uint8_t colours[4][3] = { { 255, 0, 0 }, { 0, 255, 0 },
		{ 0, 0, 255 }, { 255, 255, 255 } };
	const uint8_t *colour;
	unsigned x;

	for (x = 0; x < f->width; x++) {
		colour =
		    colours[(y >= f->height / 2 ? 2 : 0) + (x >= f->width / 2 ? 1 : 0)];
		if (components == 3)
			memcpy(row + 3 * (size_t)x, colour, 3);
		else
			memset(row + (size_t)components * x, colour[1], (size_t)components);
	}
}

static void
write_rows(const struct photofile *f, struct jpeg_compress_struct *c)
{
	uint8_t *row = malloc((size_t)f->width * 4), *rows[1] = { row };

	if (row == NULL)
		abort();
	while (c->next_scanline < c->image_height) {
		fill_row(f, c->next_scanline, c->input_components, row);
		(void)jpeg_write_scanlines(c, rows, 1);
	}
	free(row);
}

static uint8_t *
with_tail(uint8_t *p, size_t *n)
{
	uint8_t *longer = realloc(p, *n + sizeof(PHOTOFILE_SECRET));

	if (longer == NULL)
		abort();
	memcpy(longer + *n, PHOTOFILE_SECRET, sizeof(PHOTOFILE_SECRET));
	*n += sizeof(PHOTOFILE_SECRET);
	return longer;
}

uint8_t *
photofile_make(const struct photofile *f, size_t *ret_n)
{
	struct jpeg_compress_struct c;
	struct jpeg_error_mgr mgr;
	uint8_t block[200], *out = NULL;
	unsigned long n = 0;

	c.err = jpeg_std_error(&mgr);
	jpeg_create_compress(&c);
	jpeg_mem_dest(&c, &out, &n);
	c.image_width = f->width;
	c.image_height = f->height;
	c.input_components = f->grey ? 1 : f->cmyk ? 4 : 3;
	c.in_color_space = f->grey ? JCS_GRAYSCALE : f->cmyk ? JCS_CMYK : JCS_RGB;
	jpeg_set_defaults(&c);
	jpeg_set_quality(&c, 90, TRUE);
	if (f->progressive)
		jpeg_simple_progression(&c);
	jpeg_start_compress(&c, TRUE);
	if (f->orientation != 0)
		jpeg_write_marker(
		    &c, JPEG_APP0 + 1, block, (unsigned)exif_block(f, block));
	if (f->secrets)
		write_secrets(&c);
	write_rows(f, &c);
	jpeg_finish_compress(&c);
	jpeg_destroy_compress(&c);
	*ret_n = n;
	return f->secrets ? with_tail(out, ret_n) : out;
}

static char
colour_of(const uint8_t *rgb)
{
	if (rgb[0] > 200)
		return rgb[1] > 200 && rgb[2] > 200 ? 'w' : 'r';
	return rgb[1] > 200 ? 'g' : rgb[2] > 200 ? 'b' : '?';
}

char
photofile_quarter(const uint8_t *p, size_t n, unsigned quarter, unsigned *ret_width,
    unsigned *ret_height)
{
	struct jpeg_decompress_struct d;
	struct jpeg_error_mgr mgr;
	uint8_t *row, *rows[1];
	unsigned x, y;
	char found;

	d.err = jpeg_std_error(&mgr);
	jpeg_create_decompress(&d);
	jpeg_mem_src(&d, p, n);
	jpeg_read_header(&d, TRUE);
	d.out_color_space = JCS_RGB;
	jpeg_start_decompress(&d);
	*ret_width = d.output_width;
	*ret_height = d.output_height;
	x = d.output_width * (quarter & 1 ? 3 : 1) / 4;
	y = d.output_height * (quarter & 2 ? 3 : 1) / 4;
	if ((row = malloc((size_t)d.output_width * 3)) == NULL)
		abort();
	rows[0] = row;
	do {
		(void)jpeg_read_scanlines(&d, rows, 1);
	} while (d.output_scanline <= y);
	found = colour_of(row + 3 * (size_t)x);
	free(row);
	jpeg_destroy_decompress(&d);
	return found;
}
