/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reads JPEG headers (see jpeg.h). streamd; pure, any thread. Nothing is decoded and
 * nothing is allocated by a number that stands in the picture.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/err.h"
#include "streamd/jpeg.h"
#include "streamd/jpeg_tables.h"

enum {
	M_SOF0 = 0xc0,
	M_SOF2 = 0xc2,
	M_SOF3 = 0xc3,
	M_DHT = 0xc4,
	M_SOF9 = 0xc9,
	M_SOF11 = 0xcb,
	M_SOF15 = 0xcf,
	M_JPG = 0xc8,
	M_DAC = 0xcc,
	M_RST0 = 0xd0,
	M_RST7 = 0xd7,
	M_SOI = 0xd8,
	M_EOI = 0xd9,
	M_SOS = 0xda,
	M_DQT = 0xdb,
	M_DNL = 0xdc,
	M_DRI = 0xdd
};

/* Markers in one picture; a real one has fewer than 40. */
#define SEGMENTS_MAX 200

struct component {
	uint8_t id, h, v, quant;
};

/* Which tables a scan's component uses: nibbles DC and AC. */
struct scan_component {
	uint8_t id, tables;
};

enum huffman { HUFFMAN_MISSING, HUFFMAN_LUMA, HUFFMAN_CHROMA, HUFFMAN_OTHER };

struct parse {
	struct reader r;
	struct jpeg_info i;
	uint8_t sof; /* marker of the frame header; 0 = none yet */
	struct component c[4];
	uint8_t quant[4][64];
	uint8_t quant_bits[4]; /* 0 = not defined, 8, 16 */
	enum huffman huffman[2][4]; /* class (DC, AC) and slot */
	struct scan_component scan[4];
	unsigned scan_components, scans;
};

static int
broken(struct err *e, const char *what)
{
	return err_set(e, ERR_FAILED, "jpeg-broken", "broken JPEG: %s", what);
}

static int
parse_dqt(struct parse *ps, struct reader *r, struct err *e)
{
	const uint8_t *p;
	uint8_t pt;
	unsigned slot, k;

	while (reader_left(r) > 0) {
		pt = reader_u8(r);
		slot = pt & 0x0f;
		if (slot > 3 || pt >> 4 > 1)
			return broken(e, "quantisation table of an unknown kind");
		if ((p = reader_bytes(r, pt >> 4 ? 128 : 64)) == NULL)
			return broken(e, "quantisation table cut short");
		ps->quant_bits[slot] = pt >> 4 ? 16 : 8;
		if (pt >> 4) {
			/* The values may still fit 8 bit. */
			for (k = 0; k < 64 && p[2 * k] == 0; k++)
				ps->quant[slot][k] = p[2 * k + 1];
			if (k == 64)
				ps->quant_bits[slot] = 8;
		} else {
			memcpy(ps->quant[slot], p, 64);
		}
	}
	return 0;
}

static enum huffman
judge_huffman(unsigned class, const uint8_t *table, size_t n)
{
	const struct jpeg_table *luma = &jpeg_tables[class ? 1 : 0];
	const struct jpeg_table *chroma = &jpeg_tables[class ? 3 : 2];

	if (n == luma->n && memcmp(table, luma->p, n) == 0)
		return HUFFMAN_LUMA;
	if (n == chroma->n && memcmp(table, chroma->p, n) == 0)
		return HUFFMAN_CHROMA;
	return HUFFMAN_OTHER;
}

static int
parse_dht(struct parse *ps, struct reader *r, struct err *e)
{
	const uint8_t *table;
	uint8_t tc;
	unsigned k, values;

	ps->i.has_huffman = true;
	while (reader_left(r) > 0) {
		tc = reader_u8(r);
		if (tc >> 4 > 1 || (tc & 0x0f) > 3)
			return broken(e, "Huffman table of an unknown kind");
		if (reader_left(r) < 16)
			return broken(e, "Huffman table cut short");
		table = r->p + r->at;
		for (k = 0, values = 0; k < 16; k++)
			values += table[k];
		if (values > 256 || reader_bytes(r, 16 + values) == NULL)
			return broken(e, "Huffman table with too many values");
		ps->huffman[tc >> 4][tc & 0x0f] =
		    judge_huffman(tc >> 4, table, 16 + values);
	}
	return 0;
}

static int
too_large(struct err *e, unsigned w, unsigned h)
{
	return err_set(e, ERR_REFUSED, "jpeg-too-large",
	    "the picture says it is %u x %u; the largest taken is %u pixels, %u a side",
	    w, h, JPEG_PIXELS_MAX, JPEG_SIDE_MAX);
}

static int
check_size(const struct jpeg_info *i, struct err *e)
{
	if (i->width == 0)
		return broken(e, "no width");
	if (i->width > JPEG_SIDE_MAX || i->height > JPEG_SIDE_MAX ||
	    (uint64_t)i->width * i->height > JPEG_PIXELS_MAX)
		return too_large(e, i->width, i->height);
	return 0;
}

static int
parse_sof(struct parse *ps, uint8_t marker, size_t at, struct reader *r, struct err *e)
{
	unsigned k;

	if (ps->sof != 0)
		return broken(e, "two frame headers");
	ps->sof = marker;
	ps->i.sof_at = at;
	ps->i.bits = reader_u8(r);
	ps->i.height = reader_be16(r);
	ps->i.width = reader_be16(r);
	ps->i.components = reader_u8(r);
	if (ps->i.components == 0 || ps->i.components > 4)
		return broken(e, "no or too many colour components");
	for (k = 0; k < ps->i.components; k++) {
		ps->c[k].id = reader_u8(r);
		ps->c[k].h = reader_u8(r);
		ps->c[k].v = ps->c[k].h & 0x0f;
		ps->c[k].h >>= 4;
		ps->c[k].quant = reader_u8(r);
		if (ps->c[k].h < 1 || ps->c[k].h > 4 || ps->c[k].v < 1 ||
		    ps->c[k].v > 4 || ps->c[k].quant > 3)
			return broken(e, "frame header with impossible values");
	}
	if (r->bad)
		return broken(e, "frame header cut short");
	return check_size(&ps->i, e);
}

static int
parse_sos(struct parse *ps, struct reader *r, struct err *e)
{
	unsigned k, n = reader_u8(r);

	if (ps->sof == 0)
		return broken(e, "scan before the frame header");
	if (n == 0 || n > 4)
		return broken(e, "scan of no or too many components");
	if (ps->scans++ > 0)
		return 0;
	ps->scan_components = n;
	for (k = 0; k < n; k++) {
		ps->scan[k].id = reader_u8(r);
		ps->scan[k].tables = reader_u8(r);
	}
	return r->bad ? broken(e, "scan header cut short") : 0;
}

static int
parse_dnl(struct parse *ps, struct reader *r, struct err *e)
{
	unsigned lines = reader_be16(r);

	if (r->bad || reader_left(r) > 0 || lines == 0)
		return broken(e, "impossible line count");
	ps->i.has_dnl = true;
	if (ps->i.height == 0)
		ps->i.height = lines;
	return check_size(&ps->i, e);
}

static int
parse_segment(struct parse *ps, uint8_t marker, size_t at, struct err *e)
{
	unsigned n = reader_be16(&ps->r);
	const uint8_t *p = n >= 2 ? reader_bytes(&ps->r, n - 2) : NULL;
	struct reader r;

	if (n < 2)
		return broken(e, "segment without a length");
	if (p == NULL)
		return err_set(e, ERR_FAILED, "jpeg-no-eoi",
		    "the picture ends inside a header segment");
	reader_init(&r, p, n - 2);
	switch (marker) {
	case M_DQT:
		return parse_dqt(ps, &r, e);
	case M_DHT:
		return parse_dht(ps, &r, e);
	case M_SOS:
		return parse_sos(ps, &r, e);
	case M_DNL:
		return parse_dnl(ps, &r, e);
	case M_DRI:
		ps->i.restart_interval = reader_be16(&r);
		return r.bad ? broken(e, "restart interval cut short") : 0;
	default:
		if (marker >= M_SOF0 && marker <= M_SOF15 && marker != M_JPG &&
		    marker != M_DAC)
			return parse_sof(ps, marker, at, &r, e);
		return 0;
	}
}

/* Step over entropy-coded bytes: FF 00 and restart markers belong to them. */
static int
skip_scan(struct parse *ps, struct err *e)
{
	struct reader *r = &ps->r;
	const uint8_t *ff;

	for (;;) {
		ff = memchr(r->p + r->at, 0xff, r->n - r->at);
		if (ff == NULL || ff + 1 >= r->p + r->n)
			return err_set(
			    e, ERR_FAILED, "jpeg-no-eoi", "the picture was cut short");
		r->at = (size_t)(ff - r->p);
		if (ff[1] == 0 || (ff[1] >= M_RST0 && ff[1] <= M_RST7))
			r->at += 2;
		else if (ff[1] == 0xff)
			r->at++;
		else
			return 0;
	}
}

/* The next marker; fill bytes FF before it are skipped. 0 = the bytes ended. */
static uint8_t
next_marker(struct parse *ps, size_t *ret_at, struct err *e)
{
	struct reader *r = &ps->r;
	uint8_t m;

	if (reader_u8(r) != 0xff) {
		if (r->bad)
			err_set(
			    e, ERR_FAILED, "jpeg-no-eoi", "the picture was cut short");
		else
			broken(e, "bytes where a marker must stand");
		return 0;
	}
	do {
		m = reader_u8(r);
	} while (m == 0xff && !r->bad);
	*ret_at = r->at - 2;
	if (r->bad)
		err_set(e, ERR_FAILED, "jpeg-no-eoi", "the picture was cut short");
	else if (m == 0 || m == M_SOI || (m >= M_RST0 && m <= M_RST7) || m == 0x01)
		broken(e, "a marker where none may stand");
	else
		return m;
	return 0;
}

static int
walk(struct parse *ps, struct err *e)
{
	unsigned segments;
	size_t at = 0;
	uint8_t m;

	if (reader_be16(&ps->r) != 0xffd8)
		return broken(e, "it does not begin as one");
	for (segments = 0; segments < SEGMENTS_MAX; segments++) {
		if ((m = next_marker(ps, &at, e)) == 0)
			return -1;
		if (m == M_EOI) {
			/* A repair puts one segment more in; the result must pass here too. */
			if (!ps->i.has_huffman && segments + 1 == SEGMENTS_MAX)
				break;
			ps->i.n = ps->r.at;
			return ps->scans > 0 ? 0 : broken(e, "no picture in it");
		}
		if (parse_segment(ps, m, at, e) < 0)
			return -1;
		if (m != M_SOS)
			continue;
		if (ps->scans == 1) {
			ps->i.sos_at = at;
			ps->i.scan_at = ps->r.at;
		}
		if (skip_scan(ps, e) < 0)
			return -1;
		if (ps->scans == 1)
			ps->i.scan_n = ps->r.at - ps->i.scan_at;
	}
	return broken(e, "no end of header segments");
}

static enum jpeg_sampling
judge_sampling(const struct parse *ps)
{
	const struct component *c = ps->c;

	if (ps->i.components == 1)
		return JPEG_GREY;
	if (ps->i.components != 3 || c[1].h != 1 || c[1].v != 1 || c[2].h != 1 ||
	    c[2].v != 1)
		return JPEG_OTHER;
	switch (c[0].h << 4 | c[0].v) {
	case 0x22:
		return JPEG_420;
	case 0x21:
		return JPEG_422;
	case 0x12:
		return JPEG_440;
	case 0x11:
		return JPEG_444;
	case 0x41:
		return JPEG_411;
	default:
		return JPEG_OTHER;
	}
}

static void
take_quant(struct parse *ps)
{
	unsigned luma = ps->c[0].quant, chroma = luma;

	if (ps->i.components == 3) {
		chroma = ps->c[1].quant;
		if (ps->c[2].quant != chroma &&
		    memcmp(ps->quant[ps->c[2].quant], ps->quant[chroma], 64) != 0)
			return;
	}
	/* One table for both: RFC 2435 wants two, so it is sent twice. */
	if (ps->quant_bits[chroma] == 0)
		chroma = luma;
	ps->i.quant_ok = ps->quant_bits[luma] == 8 && ps->quant_bits[chroma] == 8;
	memcpy(ps->i.quant[0], ps->quant[luma], 64);
	memcpy(ps->i.quant[1], ps->quant[chroma], 64);
}

/* Missing tables count as the standard ones: decoders and RTP put those in. */
static bool
uses_standard_huffman(const struct parse *ps)
{
	enum huffman want, dc, ac;
	unsigned k;

	for (k = 0; k < ps->scan_components; k++) {
		want = ps->scan[k].id == ps->c[0].id ? HUFFMAN_LUMA : HUFFMAN_CHROMA;
		dc = ps->huffman[0][ps->scan[k].tables >> 4 & 3];
		ac = ps->huffman[1][ps->scan[k].tables & 3];
		if (!ps->i.has_huffman)
			continue;
		if (dc != want || ac != want)
			return false;
	}
	return true;
}

static const char *
judge_coding(const struct jpeg_info *i, uint8_t sof)
{
	if (i->arithmetic)
		return "arithmetic coding";
	if (i->progressive)
		return "progressive";
	if (sof != M_SOF0)
		return "not baseline";
	if (!i->baseline)
		return "several scans";
	return i->standard_huffman ? NULL : "own Huffman tables";
}

/* What is hardest to mend is named first. NULL: nothing is in the way. */
static const char *
judge_rtp(const struct jpeg_info *i, uint8_t sof)
{
	if (i->width > JPEG_RTP_SIDE_MAX || i->height > JPEG_RTP_SIDE_MAX)
		return "larger than 2040 pixels";
	if (i->bits != 8)
		return "12 bits a colour";
	switch (i->sampling) {
	case JPEG_420:
	case JPEG_422:
		break;
	case JPEG_GREY:
		return "grey";
	case JPEG_444:
		return "4:4:4";
	case JPEG_411:
		return "4:1:1";
	case JPEG_440:
		return "4:4:0";
	default:
		return "unusual colour sampling";
	}
	if (i->width % 8 != 0 || i->height % 8 != 0)
		return "size is not a multiple of 8";
	if (!i->quant_ok)
		return "not two quantisation tables of 8 bit";
	return judge_coding(i, sof);
}

/* What libjpeg can read, and what RTP can say of it afterwards. */
static enum jpeg_fit
judge_fit(const struct jpeg_info *i)
{
	if (i->rtp_ok)
		return JPEG_FIT_AS_IS;
	if ((i->components != 1 && i->components != 3) ||
	    i->width > JPEG_RTP_SIDE_MAX || i->height > JPEG_RTP_SIDE_MAX)
		return JPEG_FIT_NEVER;
	if (i->bits == 8 && i->quant_ok &&
	    (i->sampling == JPEG_420 || i->sampling == JPEG_422) &&
	    i->width % 8 == 0 && i->height % 8 == 0)
		return JPEG_FIT_RECODE;
	return JPEG_FIT_REENCODE;
}

/* What libjpeg reads, with a helping hand for 12 bits (jpeg_plain()). */
static int
check_kind(const struct parse *ps, struct err *e)
{
	bool lossless = ps->sof == M_SOF3 || ps->sof == M_SOF11;

	if (ps->sof > M_SOF2 && ps->sof != M_SOF9 && ps->sof != M_SOF9 + 1)
		return err_set(e, ERR_REFUSED, "jpeg-unsupported",
		    "it sends %s JPEG (SOF%d), which no player reads: choose another "
		    "kind of picture in the camera's settings",
		    lossless ? "lossless" : "hierarchical", ps->sof - M_SOF0);
	if (ps->i.bits != 8 && ps->i.bits != 12)
		return broken(e, "neither 8 nor 12 bits a colour");
	return 0;
}

static void
judge(struct parse *ps)
{
	struct jpeg_info *i = &ps->i;
	const char *why;

	i->sampling = judge_sampling(ps);
	i->arithmetic = ps->sof >= M_SOF9;
	i->progressive = ps->sof == M_SOF2 || ps->sof == M_SOF9 + 1;
	i->shown = i->bits == 8 && !i->arithmetic;
	i->baseline = ps->sof == M_SOF0 && i->bits == 8 && ps->scans == 1 &&
	    ps->scan_components == i->components;
	i->standard_huffman = uses_standard_huffman(ps);
	take_quant(ps);
	why = judge_rtp(i, ps->sof);
	i->rtp_ok = why == NULL;
	i->fit = judge_fit(i);
	snprintf(i->rtp_why, sizeof(i->rtp_why), "%s", why == NULL ? "ok" : why);
}

int
jpeg_parse(const uint8_t *p, size_t n, struct jpeg_info *ret, struct err *e)
{
	struct parse ps = { .sof = 0 };

	reader_init(&ps.r, p, n);
	if (walk(&ps, e) < 0)
		return -1;
	if (ps.i.height == 0)
		return broken(e, "no height");
	if (check_kind(&ps, e) < 0)
		return -1;
	judge(&ps);
	*ret = ps.i;
	return 0;
}

void
jpeg_verdict(const struct jpeg_info *i, struct err *ret)
{
	switch (i->fit) {
	case JPEG_FIT_AS_IS:
		err_set(ret, ERR_NONE, "", "ok");
		break;
	case JPEG_FIT_RECODE:
		err_set(ret, ERR_NONE, "", "re-coded without loss: %s", i->rtp_why);
		break;
	case JPEG_FIT_REENCODE:
		err_set(ret, ERR_NONE, "", "re-encoded: %s", i->rtp_why);
		break;
	case JPEG_FIT_NEVER:
		err_set(ret, ERR_NONE, "", "H.264 only: %s", i->rtp_why);
		break;
	}
}

void
jpeg_fit_size(const struct jpeg_info *i, unsigned *ret_width, unsigned *ret_height)
{
	*ret_width = (i->width + 7) / 8 * 8;
	*ret_height = (i->height + 7) / 8 * 8;
}

bool
jpeg_needs_repair(const struct jpeg_info *i, size_t n)
{
	return (!i->has_huffman && i->scan_at != 0) || i->has_dnl || n > i->n;
}

const uint8_t *
jpeg_standard_dht(size_t *ret_n)
{
	*ret_n = sizeof(jpeg_dht);
	return jpeg_dht;
}

/* The segment stands right behind the first scan where there is one. */
static bool
dnl_follows(const uint8_t *p, const struct jpeg_info *i)
{
	size_t at = i->scan_at + i->scan_n;

	return i->has_dnl && at + 6 <= i->n && p[at] == 0xff && p[at + 1] == M_DNL;
}

int
jpeg_repair(const uint8_t *p, const struct jpeg_info *i, uint8_t **ret, size_t *ret_n,
    struct err *e)
{
	size_t dht_n = i->has_huffman ? 0 : sizeof(jpeg_dht);
	size_t behind = i->scan_at + i->scan_n, from = behind;
	struct writer w;
	uint8_t *copy = malloc(i->n + dht_n);

	if (copy == NULL)
		return err_sys(e, "repair a picture of %zu bytes", i->n);
	if (dnl_follows(p, i))
		from += 6;
	writer_init(&w, copy, i->n + dht_n);
	writer_bytes(&w, p, i->sos_at);
	writer_bytes(&w, jpeg_dht, dht_n);
	writer_bytes(&w, p + i->sos_at, behind - i->sos_at);
	writer_bytes(&w, p + from, i->n - from);
	/* Height stands behind marker, length and precision. */
	copy[i->sof_at + 5] = (uint8_t)(i->height >> 8);
	copy[i->sof_at + 6] = (uint8_t)i->height;
	*ret = copy;
	*ret_n = w.n;
	return 0;
}
