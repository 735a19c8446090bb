/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A photograph made fit to be kept (see photo_jpeg.h). Pure; any thread. */
#include "config.h"

#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
/* After jpeglib.h, which it needs. */
#include <jerror.h>

#include "common/err.h"
#include "image/exif.h"
#include "image/photo_jpeg.h"
#include "image/shrink.h"

#define SCANS_MAX 40 /* a progressive picture has about ten */
#define QUALITY 85
#define QUALITY_THUMB 75

/* All of one piece of work, so that an error can let go of it. */
struct work {
	struct jpeg_decompress_struct d;
	struct jpeg_compress_struct c;
	struct jpeg_error_mgr mgr;
	struct jpeg_progress_mgr progress;
	jmp_buf back;
	const char *why; /* ours, better than libjpeg's */
	unsigned turn; /* EXIF's orientation */
	uint8_t *row; /* one line, decoded or to be encoded */
	struct shrink *shrink;
	uint8_t *pixels; /* RGB, as the sensor saw them */
	unsigned w, h;
	uint8_t *out; /* what libjpeg is writing */
	unsigned long n_out;
};

static void
give_up(j_common_ptr c)
{
	struct work *w = c->client_data;

	longjmp(w->back, 1);
}

static void
quit(struct work *w, const char *why)
{
	w->why = why;
	give_up((j_common_ptr)&w->d);
}

/* A file that ends before its picture does is no photograph to keep; other warnings are
 * of single bytes. */
static void
on_message(j_common_ptr c, int level)
{
	struct work *w = c->client_data;

	if (level < 0 && (c->err->msg_code == JWRN_JPEG_EOF ||
			     c->err->msg_code == JWRN_HIT_MARKER))
		quit(w, "the file ends before the picture does; send it again");
}

static void
quiet(j_common_ptr c)
{
	(void)c;
}

static void
count_scans(j_common_ptr c)
{
	struct work *w = c->client_data;

	if (c->is_decompressor && w->d.input_scan_number > SCANS_MAX)
		quit(w, "it has more scans than any camera makes");
}

/* ---- what it is ---- */

static bool
has_at(const uint8_t *p, size_t n, size_t at, const char *word)
{
	size_t n_word = strlen(word);

	return n >= at + n_word && memcmp(p + at, word, n_word) == 0;
}

static int
check_kind(const uint8_t *p, size_t n, struct err *e)
{
	if (n > PHOTO_JPEG_BYTES_MAX)
		return err_set(e, ERR_USAGE, "file-too-large",
		    "A photo must not be larger than %u MiB; this one has %zu bytes.",
		    PHOTO_JPEG_BYTES_MAX >> 20, n);
	if (n >= 3 && p[0] == 0xff && p[1] == 0xd8 && p[2] == 0xff)
		return 0;
	if (has_at(p, n, 4, "ftyp"))
		return err_set(e, ERR_USAGE, "photo-heic",
		    "This is a HEIC, AVIF or video file; photos are taken as JPEG. On an "
		    "iPhone: Settings, Camera, Formats, Most Compatible.");
	if (has_at(p, n, 0, "\x89PNG"))
		return err_set(e, ERR_USAGE, "photo-png",
		    "This is a PNG file; photos are taken as JPEG. Save it as JPEG and "
		    "send it again.");
	return err_set(e, ERR_USAGE, "photo-not-jpeg",
	    "This file is no JPEG; photos are taken as JPEG (.jpg). Save it as JPEG "
	    "and send it again.");
}

static int
check_size(const struct work *w, struct err *e)
{
	unsigned width = w->d.image_width, height = w->d.image_height;

	if (width <= PHOTO_JPEG_SIDE_MAX && height <= PHOTO_JPEG_SIDE_MAX &&
	    (uint64_t)width * height <= PHOTO_JPEG_PIXELS_MAX)
		return 0;
	return err_set(e, ERR_USAGE, "photo-size",
	    "The photo has %u x %u pixels, more than the %u million that are taken. "
	    "Scale it down and send it again.",
	    width, height, PHOTO_JPEG_PIXELS_MAX / 1000000);
}

static int
check_colours(const struct work *w, struct err *e)
{
	switch (w->d.jpeg_color_space) {
	case JCS_GRAYSCALE:
	case JCS_YCbCr:
	case JCS_RGB:
		return 0;
	default:
		return err_set(e, ERR_USAGE, "photo-colours",
		    "The photo has colours for printing (CMYK). Save it as RGB and send "
		    "it again.");
	}
}

/* ---- decoding ---- */

static unsigned
longer(unsigned a, unsigned b)
{
	return a > b ? a : b;
}

/* libjpeg scales by eighths for next to nothing: the least that is not too small. */
static unsigned
eighths_for(unsigned side)
{
	unsigned eighths = 1;

	while (eighths < 8 && side * eighths / 8 < PHOTO_JPEG_LONG)
		eighths++;
	return eighths;
}

static void
read_pixels(struct work *w)
{
	uint8_t *rows[1];

	w->d.out_color_space = JCS_RGB;
	w->d.scale_num = eighths_for(longer(w->d.image_width, w->d.image_height));
	w->d.scale_denom = 8;
	jpeg_start_decompress(&w->d);
	shrink_size(w->d.output_width, w->d.output_height, PHOTO_JPEG_LONG, &w->w, &w->h);
	w->row = malloc((size_t)w->d.output_width * 3);
	w->pixels = malloc((size_t)w->w * w->h * 3);
	w->shrink = shrink_new(
	    w->d.output_width, w->d.output_height, w->w, w->h, w->pixels);
	if (w->row == NULL || w->pixels == NULL || w->shrink == NULL)
		quit(w, "there is no memory left");
	rows[0] = w->row;
	while (w->d.output_scanline < w->d.output_height) {
		(void)jpeg_read_scanlines(&w->d, rows, 1);
		shrink_row(w->shrink, w->row);
	}
	jpeg_finish_decompress(&w->d);
	free(w->row);
	w->row = NULL;
}

/* ---- turning and encoding ---- */

/* Line y of the upright picture, width pixels, from the w x h as the sensor saw them. */
static void
turned_row(const uint8_t *from, unsigned w, unsigned h, unsigned turn, unsigned y,
    unsigned width, uint8_t *ret)
{
	size_t x, sx, sy;

	for (x = 0; x < width; x++) {
		sx = turn >= 5 ? y : x;
		sy = turn >= 5 ? x : y;
		if (turn == 2 || turn == 3 || turn == 7 || turn == 8)
			sx = w - 1 - sx;
		if (turn == 3 || turn == 4 || turn == 6 || turn == 7)
			sy = h - 1 - sy;
		memcpy(ret + 3 * x, from + 3 * (sy * w + sx), 3);
	}
}

static void
write_picture(struct work *w, const uint8_t *from, unsigned fw, unsigned fh, int quality)
{
	uint8_t *rows[1];

	jpeg_mem_dest(&w->c, &w->out, &w->n_out);
	w->c.image_width = w->turn >= 5 ? fh : fw;
	w->c.image_height = w->turn >= 5 ? fw : fh;
	w->c.input_components = 3;
	w->c.in_color_space = JCS_RGB;
	jpeg_set_defaults(&w->c);
	jpeg_set_quality(&w->c, quality, TRUE);
	w->c.optimize_coding = TRUE;
	if ((w->row = malloc((size_t)w->c.image_width * 3)) == NULL)
		quit(w, "there is no memory left");
	rows[0] = w->row;
	jpeg_start_compress(&w->c, TRUE);
	while (w->c.next_scanline < w->c.image_height) {
		turned_row(from, fw, fh, w->turn, w->c.next_scanline, w->c.image_width,
		    w->row);
		(void)jpeg_write_scanlines(&w->c, rows, 1);
	}
	jpeg_finish_compress(&w->c);
	free(w->row);
	w->row = NULL;
}

static void
write_thumb(struct work *w)
{
	unsigned tw, th, y;
	uint8_t *small;

	shrink_size(w->w, w->h, PHOTO_JPEG_THUMB, &tw, &th);
	shrink_free(w->shrink);
	w->shrink = NULL;
	if ((small = malloc((size_t)tw * th * 3)) == NULL)
		quit(w, "there is no memory left");
	if ((w->shrink = shrink_new(w->w, w->h, tw, th, small)) == NULL) {
		free(small);
		quit(w, "there is no memory left");
	}
	for (y = 0; y < w->h; y++)
		shrink_row(w->shrink, w->pixels + (size_t)y * w->w * 3);
	/* Owned by the work, so that an error frees it. */
	free(w->pixels);
	w->pixels = small;
	write_picture(w, small, tw, th, QUALITY_THUMB);
}

/* ---- in all ---- */

static struct work *
work_new(const uint8_t *p, size_t n, struct err *e)
{
	struct work *w = calloc(1, sizeof(*w));

	if (w == NULL) {
		err_sys(e, "work on a photo");
		return NULL;
	}
	w->d.err = w->c.err = jpeg_std_error(&w->mgr);
	w->mgr.error_exit = give_up;
	w->mgr.emit_message = on_message;
	w->mgr.output_message = quiet;
	w->progress.progress_monitor = count_scans;
	w->d.client_data = w->c.client_data = w;
	jpeg_create_decompress(&w->d);
	jpeg_create_compress(&w->c);
	/* Creating clears all but the error manager and our pointer. */
	w->d.progress = w->c.progress = &w->progress;
	w->d.mem->max_memory_to_use = w->c.mem->max_memory_to_use = PHOTO_JPEG_MEMORY;
	jpeg_mem_src(&w->d, p, n);
	w->turn = exif_orientation(p, n);
	return w;
}

static int
work_free(struct work *w, int r)
{
	jpeg_destroy_compress(&w->c);
	jpeg_destroy_decompress(&w->d);
	shrink_free(w->shrink);
	free(w->row);
	free(w->pixels);
	free(w->out);
	free(w);
	return r;
}

/* After a longjmp(): why it did not work. */
static int
explain(struct work *w, struct err *e)
{
	char why[JMSG_LENGTH_MAX] = "";

	/* The one error of a sound file: all coefficients of a progressive picture must
	 * be held at once. */
	if (w->why == NULL && w->mgr.msg_code == JERR_NO_BACKING_STORE)
		w->why = "it is progressive and too large for that; save it as a plain "
			 "(baseline) JPEG or scale it down";
	if (w->why == NULL)
		w->mgr.format_message((j_common_ptr)&w->d, why);
	return err_set(e, ERR_USAGE, "photo-broken", "The photo cannot be read: %s.",
	    w->why != NULL ? w->why : why);
}

static void
take_out(struct work *w, uint8_t **ret, size_t *ret_n)
{
	*ret = w->out;
	*ret_n = w->n_out;
	w->out = NULL;
	w->n_out = 0;
}

int
photo_jpeg_make(const uint8_t *p, size_t n, struct photo_jpeg *ret, struct err *e)
{
	struct work *w;

	memset(ret, 0, sizeof(*ret));
	if (check_kind(p, n, e) < 0 || (w = work_new(p, n, e)) == NULL)
		return -1;
	if (setjmp(w->back) != 0) {
		(void)explain(w, e);
		photo_jpeg_fini(ret);
		return work_free(w, -1);
	}
	jpeg_read_header(&w->d, TRUE);
	if (check_size(w, e) < 0 || check_colours(w, e) < 0)
		return work_free(w, -1);
	read_pixels(w);
	write_picture(w, w->pixels, w->w, w->h, QUALITY);
	take_out(w, &ret->p, &ret->n);
	ret->width = w->turn >= 5 ? w->h : w->w;
	ret->height = w->turn >= 5 ? w->w : w->h;
	write_thumb(w);
	take_out(w, &ret->thumb, &ret->n_thumb);
	return work_free(w, 0);
}

void
photo_jpeg_fini(struct photo_jpeg *j)
{
	free(j->p);
	free(j->thumb);
	memset(j, 0, sizeof(*j));
}
