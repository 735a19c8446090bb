/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RTP packers: what a receiver puts together again is what went in. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include "common/err.h"
#include "streamd/frame.h"
#include "streamd/jpeg.h"
#include "streamd/outputs/rtp_h264.h"
#include "streamd/outputs/rtp_jpeg.h"
#include "streamd/outputs/rtp_pack.h"
#include "tests/unit.h"

struct make {
	int width, height, h, v; /* luma sampling factors */
	int restart; /* MCUs */
	bool one_table, grey;
};

/* A JPEG with enough detail to need many packets. Caller frees. */
static uint8_t *
make_jpeg(const struct make *m, size_t *ret_n)
{
	struct jpeg_compress_struct c;
	struct jpeg_error_mgr jerr;
	unsigned char *out = NULL, *row;
	unsigned long n = 0;
	int x;

	c.err = jpeg_std_error(&jerr);
	jpeg_create_compress(&c);
	jpeg_mem_dest(&c, &out, &n);
	c.image_width = (JDIMENSION)m->width;
	c.image_height = (JDIMENSION)m->height;
	c.input_components = m->grey ? 1 : 3;
	c.in_color_space = m->grey ? JCS_GRAYSCALE : JCS_RGB;
	jpeg_set_defaults(&c);
	jpeg_set_quality(&c, 70, TRUE);
	if (!m->grey) {
		c.comp_info[0].h_samp_factor = m->h;
		c.comp_info[0].v_samp_factor = m->v;
		if (m->one_table)
			c.comp_info[1].quant_tbl_no = c.comp_info[2].quant_tbl_no = 0;
	}
	c.restart_interval = (unsigned)m->restart;
	jpeg_start_compress(&c, TRUE);
	row = malloc((size_t)m->width * 3);
	assert_non_null(row);
	while (c.next_scanline < c.image_height) {
		for (x = 0; x < m->width * 3; x++)
			row[x] =
			    (unsigned char)((unsigned)x * 7u ^ c.next_scanline * 13u);
		jpeg_write_scanlines(&c, &row, 1);
	}
	jpeg_finish_compress(&c);
	jpeg_destroy_compress(&c);
	free(row);
	*ret_n = n;
	return out;
}

/* What a receiver has after one frame. */
struct got {
	uint8_t *data; /* scan, or Annex B */
	size_t n;
	unsigned packets;
	uint32_t timestamp, ssrc;
	uint16_t last_seq;
	bool marker;
	/* JPEG */
	unsigned type, width8, height8, restart;
	uint8_t tables[128];
};

/* One packet's fixed header; its payload. Checks what all packets share. */
static const uint8_t *
open_packet(
    struct got *g, const uint8_t *p, size_t n, uint8_t payload_type, size_t *ret_n)
{
	uint16_t seq = (uint16_t)(p[2] << 8 | p[3]);
	uint32_t ts =
	    (uint32_t)p[4] << 24 | (uint32_t)p[5] << 16 | (uint32_t)p[6] << 8 | p[7];
	uint32_t ssrc =
	    (uint32_t)p[8] << 24 | (uint32_t)p[9] << 16 | (uint32_t)p[10] << 8 | p[11];

	assert_true(n > RTP_HEAD_N && n <= RTP_HEAD_N + RTP_PAYLOAD_MAX);
	assert_int_equal(p[0], 0x80);
	assert_int_equal(p[1] & 0x7f, payload_type);
	assert_false(g->marker); /* nothing comes behind the last one */
	if (g->packets > 0) {
		assert_int_equal(seq, (uint16_t)(g->last_seq + 1));
		assert_int_equal(ts, g->timestamp);
		assert_int_equal(ssrc, g->ssrc);
	}
	g->packets++;
	g->last_seq = seq;
	g->timestamp = ts;
	g->ssrc = ssrc;
	g->marker = (p[1] & 0x80) != 0;
	*ret_n = n - RTP_HEAD_N;
	return p + RTP_HEAD_N;
}

static void
take_jpeg(struct got *g, const uint8_t *p, size_t n)
{
	size_t offset = (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3], head = 8;

	assert_int_equal(p[0], 0);
	assert_int_equal(p[5], 255);
	assert_int_equal(offset, g->n);
	if (offset > 0) {
		assert_int_equal(p[4], g->type);
		assert_int_equal(p[6], g->width8);
		assert_int_equal(p[7], g->height8);
	}
	g->type = p[4];
	g->width8 = p[6];
	g->height8 = p[7];
	if (g->type >= 64) {
		g->restart = (unsigned)p[8] << 8 | p[9];
		assert_memory_equal(p + 10, "\xff\xff", 2);
		head += 4;
	}
	if (offset == 0) {
		assert_memory_equal(p + head, "\0\0\0\x80", 4);
		memcpy(g->tables, p + head + 4, 128);
		head += 132;
	}
	assert_true(n > head);
	memcpy(g->data + g->n, p + head, n - head);
	g->n += n - head;
}

static void
take_h264(struct got *g, const uint8_t *p, size_t n)
{
	static const uint8_t code[] = { 0, 0, 0, 1 };

	if ((p[0] & 31) == 28) {
		assert_true(n > 2);
		if (p[1] & 0x80) {
			memcpy(g->data + g->n, code, 4);
			g->data[g->n + 4] = (uint8_t)((p[0] & 0xe0) | (p[1] & 31));
			g->n += 5;
		}
		memcpy(g->data + g->n, p + 2, n - 2);
		g->n += n - 2;
		return;
	}
	memcpy(g->data + g->n, code, 4);
	memcpy(g->data + g->n + 4, p, n);
	g->n += 4 + n;
}

static void
receive(struct got *g, const struct rtp_run *r, uint8_t payload_type)
{
	size_t at = 0, n, payload_n, sum = 0;
	const uint8_t *p;

	memset(g, 0, sizeof(*g));
	g->data = malloc(r->n * 2 + 16);
	assert_non_null(g->data);
	assert_int_equal(r->n, r->size);
	while (at < r->n) {
		assert_int_equal(r->data[at], '$');
		assert_int_equal(r->data[at + 1], 0);
		n = (size_t)r->data[at + 2] << 8 | r->data[at + 3];
		p = open_packet(g, r->data + at + 4, n, payload_type, &payload_n);
		sum += payload_n;
		if (payload_type == RTP_TYPE_JPEG)
			take_jpeg(g, p, payload_n);
		else
			take_h264(g, p, payload_n);
		at += 4 + n;
	}
	assert_int_equal(at, r->n);
	assert_true(g->marker);
	assert_int_equal(g->packets, r->packets);
	assert_int_equal(sum, r->payload_n);
}

/* Pack one picture, put it together again, compare scan, tables and sizes. */
static void
round_trip(const struct make *m, unsigned type)
{
	struct rtp_stream s;
	struct rtp_run *r;
	struct jpeg_info i;
	struct got g;
	struct err e;
	size_t n;
	uint8_t *jpeg = make_jpeg(m, &n);

	rtp_stream_init(&s, RTP_TYPE_JPEG);
	s.seq = 65530; /* the count wraps within the picture */
	assert_int_equal(jpeg_parse(jpeg, n, &i, &e), 0);
	assert_non_null(r = rtp_jpeg_pack(&s, jpeg, n, 1000000, &e));
	receive(&g, r, RTP_TYPE_JPEG);
	assert_true(g.packets > 10);
	assert_int_equal(g.type, type);
	assert_int_equal(g.restart, m->restart);
	assert_int_equal(g.width8, (m->width + 7) / 8);
	assert_int_equal(g.height8, (m->height + 7) / 8);
	assert_int_equal(g.n, i.scan_n);
	assert_memory_equal(g.data, jpeg + i.scan_at, g.n);
	/* libjpeg writes each 8-bit table as one segment: FF DB 00 43 slot. */
	assert_memory_equal(
	    g.tables, (uint8_t *)memmem(jpeg, n, "\xff\xdb\0\x43\0", 5) + 5, 64);
	assert_memory_equal(g.tables + 64,
	    m->one_table ? g.tables
			 : (uint8_t *)memmem(jpeg, n, "\xff\xdb\0\x43\1", 5) + 5,
	    64);
	free(g.data);
	rtp_run_free(r);
	free(jpeg);
}

static void
pictures_come_out_as_they_went_in(void **state)
{
	(void)state;
	round_trip(&(struct make) { 640, 480, 2, 1, 0, false, false }, 0);
	round_trip(&(struct make) { 640, 480, 2, 2, 0, false, false }, 1);
	round_trip(&(struct make) { 640, 480, 2, 1, 40, false, false }, 64);
	round_trip(&(struct make) { 640, 480, 2, 2, 7, false, false }, 65);
	round_trip(&(struct make) { 320, 240, 2, 2, 0, true, false }, 1);
	round_trip(&(struct make) { 2040, 120, 2, 2, 0, false, false }, 1);
}

static void
what_rtp_cannot_carry_is_refused_with_a_reason(void **state)
{
	static const struct make table[] = {
		{ 640, 480, 1, 1, 0, false, false }, /* 4:4:4 */
		{ 640, 480, 4, 1, 0, false, false }, /* 4:1:1 */
		{ 640, 480, 1, 1, 0, false, true }, /* grey */
		{ 2048, 120, 2, 2, 0, false, false },
	};
	struct rtp_stream s;
	struct err e;
	size_t i, n;
	uint8_t *jpeg;

	(void)state;
	rtp_stream_init(&s, RTP_TYPE_JPEG);
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		jpeg = make_jpeg(&table[i], &n);
		err_clear(&e);
		assert_null(rtp_jpeg_pack(&s, jpeg, n, 0, &e));
		assert_string_equal(e.name, "jpeg-not-rtp");
		assert_int_equal(s.ticks, -1); /* nothing was numbered */
		free(jpeg);
	}
	assert_null(rtp_jpeg_pack(&s, (const uint8_t *)"x", 1, 0, &e));
}

static void
timestamps_follow_the_clock_and_always_grow(void **state)
{
	struct rtp_stream s;
	uint32_t first, t;

	(void)state;
	rtp_stream_init(&s, RTP_TYPE_JPEG);
	first = rtp_stream_time(&s, 5000000);
	assert_int_equal((uint32_t)(rtp_stream_time(&s, 5066667) - first), 6000);
	assert_int_equal((uint32_t)(rtp_stream_time(&s, 5066667) - first), 6001);
	assert_int_equal((uint32_t)(rtp_stream_time(&s, 1) - first), 6002);
	t = rtp_stream_time(&s, 100000000000000); /* three years on: no overflow */
	assert_int_equal(t, (uint32_t)(100000000000000 / 100 * 9) + s.offset);
}

/* Annex B: sets, a delimiter, a long and a short unit, mixed start codes. */
static size_t
make_unit(uint8_t *p, size_t long_n)
{
	static const uint8_t front[] = { 0, 0, 0, 1, 9, 0x10, 0, 0, 0, 1, 0x67, 0x42,
		0xc0, 0x1e, 0, 0, 1, 0x68, 0xce, 0x3c, 0x80, 0, 0, 0, 1, 0x65 };
	size_t n = sizeof(front), i;

	memcpy(p, front, n);
	for (i = 1; i < long_n; i++)
		p[n++] = (uint8_t)(1 + i % 250);
	memcpy(p + n, "\0\0\1\x41\x9a", 5);
	return n + 5;
}

static void
units_come_out_as_they_went_in(void **state)
{
	static const size_t lengths[] = { 2, 1399, 1400, 1401, 1402, 2797, 2798,
		40000 };
	static uint8_t unit[50000], wanted[50000];
	struct rtp_stream s;
	struct rtp_run *r;
	struct got g;
	struct err e;
	size_t i, n, at, nal_n, wanted_n;
	const uint8_t *nal;

	(void)state;
	rtp_stream_init(&s, RTP_TYPE_H264);
	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		n = make_unit(unit, lengths[i]);
		/* what must come: the same units behind long codes, without delimiter
		 */
		for (at = 0, wanted_n = 0;
		     (nal = h264_next_nal(unit, n, &at, &nal_n));) {
			if ((nal[0] & 31) == 9)
				continue;
			memcpy(wanted + wanted_n, "\0\0\0\1", 4);
			memcpy(wanted + wanted_n + 4, nal, nal_n);
			wanted_n += 4 + nal_n;
		}
		assert_int_equal(wanted_n, 4 * 4 + 4 + 4 + lengths[i] + 2);
		assert_non_null(r = rtp_h264_pack(&s, unit, n, 1000, &e));
		receive(&g, r, RTP_TYPE_H264);
		assert_int_equal(g.n, wanted_n);
		assert_memory_equal(g.data, wanted, wanted_n);
		free(g.data);
		rtp_run_free(r);
	}
	assert_null(rtp_h264_pack(&s, (const uint8_t *)"\0\0\0\1", 4, 0, &e));
	assert_string_equal(e.name, "h264-empty");
	assert_null(rtp_h264_pack(&s, unit, 0, 0, &e));
}

static void
a_frame_is_packed_once_and_freed_with_it(void **state)
{
	static uint8_t unit[5000];
	struct rtp_stream s;
	struct frame *f;
	const struct rtp_run *r;
	uint8_t copy[6000];
	struct err e;
	size_t at;

	(void)state;
	rtp_stream_init(&s, RTP_TYPE_H264);
	assert_non_null(f = frame_new(CODEC_H264, unit, make_unit(unit, 4000)));
	assert_non_null(r = rtp_pack(&s, f, &e));
	assert_ptr_equal(rtp_pack(&s, f, &e), r);
	assert_true(r->n < sizeof(copy));
	memcpy(copy, r->data, r->n);
	rtp_set_channel(copy, r->n, 6);
	for (at = 0; at < r->n; at += 4 + ((size_t)copy[at + 2] << 8 | copy[at + 3])) {
		assert_int_equal(copy[at], '$');
		assert_int_equal(copy[at + 1], 6);
		copy[at + 1] = 0;
	}
	assert_memory_equal(copy, r->data, r->n);
	frame_unref(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pictures_come_out_as_they_went_in),
		cmocka_unit_test(what_rtp_cannot_carry_is_refused_with_a_reason),
		cmocka_unit_test(timestamps_follow_the_clock_and_always_grow),
		cmocka_unit_test(units_come_out_as_they_went_in),
		cmocka_unit_test(a_frame_is_packed_once_and_freed_with_it),
	};

	return cmocka_run_group_tests_name("rtp", tests, NULL, NULL);
}
