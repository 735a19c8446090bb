/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JPEGs made fit by libjpeg-turbo (see jpeg_fit.h). Pure; worker threads. */
#include "config.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include "common/err.h"
#include "streamd/frame.h"
#include "streamd/jpeg.h"
#include "streamd/jpeg_fit.h"

/* A progressive picture has about ten scans; each costs a walk over all of it. */
#define SCANS_MAX 40
#define QUALITY 88
#define QUALITY_SMALL 75

/* All of one piece of work, so that an error can let go of it. */
struct work {
	struct jpeg_decompress_struct d;
	struct jpeg_compress_struct c;
	struct jpeg_error_mgr mgr;
	struct jpeg_progress_mgr progress;
	jmp_buf back;
	unsigned eighths; /* of its size */
	uint8_t *as_8_bit; /* a copy that says 8 bits where it has 12, or NULL */
	const char *why; /* ours, better than libjpeg's */
	uint8_t *row; /* one line as decoded, then as encoded */
	uint8_t *out;
	unsigned long out_n;
};

static void
give_up(j_common_ptr c)
{
	struct work *w = c->client_data;

	longjmp(w->back, 1);
}

/* Warnings are about bytes that were lost on the way: a picture like that is shown as
 * it is, as a player would. */
static void
quiet(j_common_ptr c)
{
	(void)c;
}

static void
count_scans(j_common_ptr c)
{
	struct work *w = c->client_data;

	if (!c->is_decompressor || w->d.input_scan_number <= SCANS_MAX)
		return;
	w->why = "it has more scans than any camera makes";
	give_up(c);
}

static struct work *
work_new(const uint8_t *p, size_t n, struct err *e)
{
	struct work *w = calloc(1, sizeof(*w));

	if (w == NULL) {
		err_sys(e, "work on a picture");
		return NULL;
	}
	w->d.err = w->c.err = jpeg_std_error(&w->mgr);
	w->mgr.error_exit = give_up;
	w->mgr.output_message = quiet;
	w->progress.progress_monitor = count_scans;
	w->eighths = 8;
	w->d.client_data = w->c.client_data = w;
	jpeg_create_decompress(&w->d);
	jpeg_create_compress(&w->c);
	/* Creating clears all but the error manager and our pointer. */
	w->d.progress = w->c.progress = &w->progress;
	w->d.mem->max_memory_to_use = w->c.mem->max_memory_to_use = JPEG_FIT_MEMORY;
	jpeg_mem_src(&w->d, p, n);
	return w;
}

/* After a longjmp(): why it did not work. */
static int
explain(struct work *w, struct err *e)
{
	char why[JMSG_LENGTH_MAX] = "";

	if (w->why == NULL)
		w->mgr.format_message((j_common_ptr)&w->d, why);
	return err_set(e, ERR_FAILED, "jpeg-broken",
	    "the picture cannot be worked on: %s", w->why != NULL ? w->why : why);
}

/* Hands the result over when r is 0. */
static int
work_free(struct work *w, int r, uint8_t **ret, size_t *ret_n, struct err *e)
{
	jpeg_destroy_compress(&w->c);
	jpeg_destroy_decompress(&w->d);
	free(w->row);
	free(w->as_8_bit);
	if (r == 0 && w->out_n > FRAME_BYTES_MAX)
		r = err_set(e, ERR_REFUSED, "jpeg-too-large",
		    "the picture would have %lu bytes, more than %d", w->out_n,
		    FRAME_BYTES_MAX);
	if (r == 0) {
		*ret = w->out;
		*ret_n = w->out_n;
	} else {
		free(w->out);
	}
	free(w);
	return r;
}

/* A sixteenth, which is what four bits make. */
static void
shrink_tables(j_compress_ptr c)
{
	JQUANT_TBL *t;
	unsigned i, k, q;

	for (i = 0; i < NUM_QUANT_TBLS; i++) {
		t = c->quant_tbl_ptrs[i];
		for (k = 0; t != NULL && k < DCTSIZE2; k++) {
			q = (t->quantval[k] + 8u) / 16;
			t->quantval[k] = (UINT16)(q < 1 ? 1 : q > 255 ? 255 : q);
		}
	}
}

/* value in steps of `was` as steps of sixteen times `now`; baseline says 10 bits. */
static JCOEF
shrink_one(long value, long was, long now)
{
	long all = labs(value) * was, step = 16 * now, n = (all + step / 2) / step;

	n = n > 1023 ? 1023 : n;
	return (JCOEF)(value < 0 ? -n : n);
}

static void
shrink_blocks(struct work *w, jvirt_barray_ptr blocks, int component)
{
	jpeg_component_info *info = &w->d.comp_info[component];
	const UINT16 *was = info->quant_table->quantval;
	const UINT16 *now = w->c.quant_tbl_ptrs[info->quant_tbl_no]->quantval;
	JBLOCKARRAY row;
	JDIMENSION x, y;
	unsigned k;

	for (y = 0; y < info->height_in_blocks; y++) {
		row = w->d.mem->access_virt_barray(
		    (j_common_ptr)&w->d, blocks, y, 1, TRUE);
		for (x = 0; x < info->width_in_blocks; x++)
			for (k = 0; k < DCTSIZE2; k++)
				row[0][x][k] =
				    shrink_one(row[0][x][k], was[k], now[k]);
	}
}

/* The coefficients of 12-bit samples become those of 8-bit ones. */
static void
shrink(struct work *w, jvirt_barray_ptr *all)
{
	int i;

	shrink_tables(&w->c);
	for (i = 0; i < w->d.num_components; i++)
		shrink_blocks(w, all[i], i);
}

/* Cameras write their time and name there. */
static void
copy_comments(struct work *w)
{
	jpeg_saved_marker_ptr m;

	for (m = w->d.marker_list; m != NULL; m = m->next)
		jpeg_write_marker(&w->c, m->marker, m->data, m->data_length);
}

/* The same coefficients, written as one baseline scan with the tables of Annex K. */
static void
recode(struct work *w)
{
	jvirt_barray_ptr *all;

	jpeg_save_markers(&w->d, JPEG_COM, 0xffff);
	jpeg_read_header(&w->d, TRUE);
	all = jpeg_read_coefficients(&w->d);
	jpeg_mem_dest(&w->c, &w->out, &w->out_n);
	jpeg_copy_critical_parameters(&w->d, &w->c);
	w->c.optimize_coding = FALSE;
	w->c.arith_code = FALSE;
	w->c.restart_interval = w->d.restart_interval;
	w->c.write_JFIF_header = FALSE;
	w->c.write_Adobe_marker = FALSE;
	if (w->as_8_bit != NULL)
		shrink(w, all);
	jpeg_write_coefficients(&w->c, all);
	copy_comments(w);
	jpeg_finish_compress(&w->c);
	jpeg_finish_decompress(&w->d);
}

static void
need_row(struct work *w)
{
	size_t n = (size_t)w->c.image_width * 3;

	if ((w->row = malloc(n)) == NULL) {
		w->why = "no memory";
		give_up((j_common_ptr)&w->c);
	}
}

/* One line of YCbCr: a grey one gets its colours, and the last pixel goes on to the
 * edge. */
static void
fill_row(struct work *w)
{
	unsigned x, got = w->d.output_width, want = w->c.image_width;

	if (w->d.output_components == 1) {
		for (x = got; x-- > 0;) {
			w->row[3 * x] = w->row[x];
			w->row[3 * x + 1] = w->row[3 * x + 2] = 128;
		}
	}
	for (x = got; x < want; x++)
		memcpy(w->row + 3 * (size_t)x, w->row + 3 * (size_t)(got - 1), 3);
}

/* Decode (scaled) and encode line by line, as 4:2:0; the last line goes on as well. */
static void
copy_rows(struct work *w)
{
	uint8_t *rows[1] = { w->row };

	while (w->c.next_scanline < w->c.image_height) {
		if (w->d.output_scanline < w->d.output_height) {
			(void)jpeg_read_scanlines(&w->d, rows, 1);
			fill_row(w);
		}
		(void)jpeg_write_scanlines(&w->c, rows, 1);
	}
}

static void
start_decoding(struct work *w)
{
	jpeg_read_header(&w->d, TRUE);
	w->d.out_color_space =
	    w->d.jpeg_color_space == JCS_GRAYSCALE ? JCS_GRAYSCALE : JCS_YCbCr;
	w->d.scale_num = w->eighths;
	w->d.scale_denom = 8;
	jpeg_start_decompress(&w->d);
}

/* unit: sizes become multiples of it. */
static void
reencode(struct work *w, unsigned unit, int quality)
{
	start_decoding(w);
	jpeg_mem_dest(&w->c, &w->out, &w->out_n);
	w->c.image_width = (w->d.output_width + unit - 1) / unit * unit;
	w->c.image_height = (w->d.output_height + unit - 1) / unit * unit;
	w->c.input_components = 3;
	w->c.in_color_space = JCS_YCbCr;
	jpeg_set_defaults(&w->c);
	jpeg_set_quality(&w->c, quality, TRUE);
	need_row(w);
	jpeg_start_compress(&w->c, TRUE);
	copy_rows(w);
	jpeg_finish_compress(&w->c);
	jpeg_finish_decompress(&w->d);
}

/* libjpeg reads the coding of 12-bit pictures but refuses the number: a copy says 8. */
static uint8_t *
say_8_bit(const uint8_t *p, const struct jpeg_info *i, struct err *e)
{
	uint8_t *copy = malloc(i->n);

	if (copy == NULL) {
		err_sys(e, "work on a picture of %zu bytes", i->n);
		return NULL;
	}
	memcpy(copy, p, i->n);
	copy[i->sof_at + 4] = 8;
	return copy;
}

int
jpeg_plain(const uint8_t *p, const struct jpeg_info *i, uint8_t **ret, size_t *ret_n,
    struct err *e)
{
	uint8_t *copy = NULL;
	struct work *w;

	if (i->bits != 8 && (copy = say_8_bit(p, i, e)) == NULL)
		return -1;
	if ((w = work_new(copy != NULL ? copy : p, i->n, e)) == NULL) {
		free(copy);
		return -1;
	}
	w->as_8_bit = copy;
	if (setjmp(w->back) != 0)
		return work_free(w, explain(w, e), NULL, NULL, e);
	recode(w);
	return work_free(w, 0, ret, ret_n, e);
}

/* First to 8 bits, then whatever else is in the way. */
static int
fit_deep(const uint8_t *p, const struct jpeg_info *i, uint8_t **ret, size_t *ret_n,
    struct err *e)
{
	struct jpeg_info plain;
	uint8_t *q;
	size_t n;
	int r;

	if (jpeg_plain(p, i, &q, &n, e) < 0)
		return -1;
	if ((r = jpeg_parse(q, n, &plain, e)) == 0 && !plain.rtp_ok) {
		r = jpeg_fit(q, &plain, ret, ret_n, e);
	} else if (r == 0) {
		*ret = q;
		*ret_n = n;
		return 0;
	}
	free(q);
	return r;
}

int
jpeg_fit(const uint8_t *p, const struct jpeg_info *i, uint8_t **ret, size_t *ret_n,
    struct err *e)
{
	struct work *w;

	if (i->fit != JPEG_FIT_RECODE && i->fit != JPEG_FIT_REENCODE)
		return err_set(e, ERR_REFUSED, "jpeg-not-rtp",
		    "RTP cannot carry this camera's pictures: %s", i->rtp_why);
	if (i->bits != 8)
		return fit_deep(p, i, ret, ret_n, e);
	if ((w = work_new(p, i->n, e)) == NULL)
		return -1;
	if (setjmp(w->back) != 0)
		return work_free(w, explain(w, e), NULL, NULL, e);
	if (i->fit == JPEG_FIT_RECODE)
		recode(w);
	else
		reencode(w, 8, QUALITY);
	return work_free(w, 0, ret, ret_n, e);
}

/* The largest of libjpeg's scales, 1/8 to 8/8, that stays within. */
static unsigned
eighths_for(unsigned width, unsigned most)
{
	unsigned eighths = 8;

	while (eighths > 1 && (width * eighths + 7) / 8 > most)
		eighths--;
	return eighths;
}

int
jpeg_scale(const uint8_t *p, const struct jpeg_info *i, unsigned width, uint8_t **ret,
    size_t *ret_n, struct err *e)
{
	struct work *w = work_new(p, i->n, e);

	if (w == NULL)
		return -1;
	w->eighths = eighths_for(i->width, width);
	if (setjmp(w->back) != 0)
		return work_free(w, explain(w, e), NULL, NULL, e);
	reencode(w, 1, QUALITY_SMALL);
	return work_free(w, 0, ret, ret_n, e);
}
