/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The RTP/JPEG packer (see rtp_jpeg.h), after RFC 2435. Pure; main thread. The scan is
 * sent as it came. Q is always 255: both quantisation tables travel in the first packet
 * of each picture, so a camera may change its quality at any time. Restart markers
 * become type 64 or 65 with a count that says "reassemble the whole picture first".
 */
#include "config.h"

#include <string.h>

#include "common/err.h"
#include "streamd/jpeg.h"
#include "streamd/outputs/rtp_jpeg.h"
#include "streamd/outputs/rtp_pack.h"

#define MAIN_HEAD_N 8
#define RESTART_HEAD_N 4
#define TABLE_HEAD_N 4
#define TABLES_N 128
#define TYPE_422 0
#define TYPE_420 1
#define TYPE_RESTART 64
#define Q_IN_BAND 255
#define OFFSET_MAX 0xffffffu /* 24 bits of fragment offset */

static uint8_t *
put_main_head(uint8_t *p, const struct jpeg_info *i, size_t offset)
{
	unsigned type = i->sampling == JPEG_422 ? TYPE_422 : TYPE_420;

	p[0] = 0; /* type-specific: a whole frame, no fields */
	p[1] = (uint8_t)(offset >> 16);
	p[2] = (uint8_t)(offset >> 8);
	p[3] = (uint8_t)offset;
	p[4] = (uint8_t)(type + (i->restart_interval > 0 ? TYPE_RESTART : 0));
	p[5] = Q_IN_BAND;
	/* In units of 8, rounded up: the scan holds those lines and columns anyway. */
	p[6] = (uint8_t)((i->width + 7) / 8);
	p[7] = (uint8_t)((i->height + 7) / 8);
	return p + MAIN_HEAD_N;
}

/* Interval, F and L set, count 0x3fff: the picture is to be decoded as a whole. */
static uint8_t *
put_restart_head(uint8_t *p, const struct jpeg_info *i)
{
	p[0] = (uint8_t)(i->restart_interval >> 8);
	p[1] = (uint8_t)i->restart_interval;
	p[2] = 0xff;
	p[3] = 0xff;
	return p + RESTART_HEAD_N;
}

static uint8_t *
put_tables(uint8_t *p, const struct jpeg_info *i)
{
	p[0] = 0; /* must be zero */
	p[1] = 0; /* precision: 8 bit both */
	p[2] = 0;
	p[3] = TABLES_N;
	memcpy(p + TABLE_HEAD_N, i->quant[0], 64);
	memcpy(p + TABLE_HEAD_N + 64, i->quant[1], 64);
	return p + TABLE_HEAD_N + TABLES_N;
}

/* Bytes of header in the packet at this offset of the scan. */
static size_t
head_n(const struct jpeg_info *i, size_t offset)
{
	return MAIN_HEAD_N + (i->restart_interval > 0 ? RESTART_HEAD_N : 0) +
	    (offset == 0 ? TABLE_HEAD_N + TABLES_N : 0);
}

static size_t
part_n(const struct jpeg_info *i, size_t offset)
{
	size_t room = RTP_PAYLOAD_MAX - head_n(i, offset), left = i->scan_n - offset;

	return left < room ? left : room;
}

static void
pack(struct rtp_run *r, struct rtp_stream *s, const uint8_t *jpeg,
    const struct jpeg_info *i)
{
	size_t offset, part;
	uint8_t *p;

	for (offset = 0; offset < i->scan_n; offset += part) {
		part = part_n(i, offset);
		p = rtp_run_packet(
		    r, s, head_n(i, offset) + part, offset + part == i->scan_n);
		p = put_main_head(p, i, offset);
		if (i->restart_interval > 0)
			p = put_restart_head(p, i);
		if (offset == 0)
			p = put_tables(p, i);
		memcpy(p, jpeg + i->scan_at + offset, part);
	}
}

struct rtp_run *
rtp_jpeg_pack(struct rtp_stream *s, const uint8_t *jpeg, size_t n, int64_t arrived_us,
    struct err *e)
{
	struct jpeg_info i;
	struct rtp_run *r;
	size_t packets = 0, payload = 0, offset;

	if (jpeg_parse(jpeg, n, &i, e) < 0)
		return NULL;
	if (!i.rtp_ok || i.scan_n == 0 || i.scan_n > OFFSET_MAX) {
		err_set(e, ERR_REFUSED, "jpeg-not-rtp",
		    "RTP cannot carry this camera's pictures as they are: %s",
		    i.rtp_ok ? "an impossible scan" : i.rtp_why);
		return NULL;
	}
	for (offset = 0; offset < i.scan_n; offset += part_n(&i, offset)) {
		packets++;
		payload += head_n(&i, offset) + part_n(&i, offset);
	}
	if ((r = rtp_run_new(s, packets, payload, arrived_us)) == NULL) {
		err_sys(e, "make packets of a picture");
		return NULL;
	}
	pack(r, s, jpeg, &i);
	return r;
}
