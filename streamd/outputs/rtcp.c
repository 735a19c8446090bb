/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RTCP of a sender (see rtcp.h), after RFC 3550 §6. Pure; main thread. */
#include "config.h"

#include <string.h>

#include "common/buf.h"
#include "streamd/outputs/rtcp.h"
#include "streamd/outputs/rtsp_udp.h"

#define RTP_VERSION 0x80
#define TYPE_SR 200
#define TYPE_RR 201
#define TYPE_SDES 202
#define TYPE_BYE 203
#define CNAME 1
#define CNAME_MAX 63
#define NTP_1970 2208988800u /* seconds from 1900 to 1970 */

static void
put_sr(struct writer *w, const struct rtcp_report *r)
{
	uint64_t us = (uint64_t)r->wall_us;

	writer_u8(w, RTP_VERSION);
	writer_u8(w, TYPE_SR);
	writer_be16(w, 6); /* length in words, less one */
	writer_be32(w, r->ssrc);
	writer_be32(w, (uint32_t)(us / 1000000 + NTP_1970));
	writer_be32(w, (uint32_t)((us % 1000000 << 32) / 1000000));
	writer_be32(w, r->rtp_time);
	writer_be32(w, r->packets);
	writer_be32(w, r->payload_n);
}

/* One chunk: ssrc, CNAME, and zeroes up to the next whole word, at least one. */
static void
put_sdes(struct writer *w, const struct rtcp_report *r)
{
	size_t n = strnlen(r->cname, CNAME_MAX), chunk = 4 + 2 + n, pad = 4 - chunk % 4;

	writer_u8(w, RTP_VERSION | 1);
	writer_u8(w, TYPE_SDES);
	writer_be16(w, (uint16_t)((chunk + pad) / 4));
	writer_be32(w, r->ssrc);
	writer_u8(w, CNAME);
	writer_u8(w, (uint8_t)n);
	writer_bytes(w, r->cname, n);
	writer_bytes(w, "\0\0\0", pad > 3 ? 3 : pad);
	if (pad > 3)
		writer_u8(w, 0);
}

static size_t
put(const struct rtcp_report *r, uint8_t channel, uint8_t *ret, int bye)
{
	struct writer w;

	writer_init(&w, ret, RTCP_MAX);
	writer_u8(&w, '$');
	writer_u8(&w, channel);
	writer_be16(&w, 0);
	put_sr(&w, r);
	put_sdes(&w, r);
	if (bye) {
		writer_u8(&w, RTP_VERSION | 1);
		writer_u8(&w, TYPE_BYE);
		writer_be16(&w, 1);
		writer_be32(&w, r->ssrc);
	}
	ret[2] = (uint8_t)((w.n - 4) >> 8);
	ret[3] = (uint8_t)(w.n - 4);
	return w.n;
}

size_t
rtcp_report(const struct rtcp_report *r, uint8_t channel, uint8_t ret[RTCP_MAX])
{
	return put(r, channel, ret, 0);
}

size_t
rtcp_bye(const struct rtcp_report *r, uint8_t channel, uint8_t ret[RTCP_MAX])
{
	return put(r, channel, ret, 1);
}

/* The report blocks behind a header that says how many there are. */
static unsigned
read_blocks(
    struct reader *r, unsigned blocks, struct rtsp_loss *ret, unsigned n, unsigned max)
{
	uint32_t lost;

	for (; blocks > 0 && reader_left(r) >= 24 && n < max; blocks--) {
		ret[n].ssrc = reader_be32(r);
		lost = reader_be32(r) & 0xffffff;
		/* It is signed: packets that came twice make it negative. */
		ret[n++].lost = lost & 0x800000 ? 0 : lost;
		(void)reader_bytes(r, 16);
	}
	return n;
}

unsigned
rtcp_read(const uint8_t *p, size_t n, struct rtsp_loss *ret, unsigned max)
{
	struct reader r, body;
	const uint8_t *bytes;
	unsigned first, type, words, found = 0;

	reader_init(&r, p, n);
	while (reader_left(&r) >= 4) {
		first = reader_u8(&r);
		type = reader_u8(&r);
		words = reader_be16(&r);
		if (first >> 6 != 2 || (bytes = reader_bytes(&r, words * 4u)) == NULL)
			break;
		reader_init(&body, bytes, words * 4u);
		if (type == TYPE_SR)
			(void)reader_bytes(&body, 24);
		else if (type == TYPE_RR)
			(void)reader_bytes(&body, 4);
		else
			continue;
		if (!body.bad)
			found = read_blocks(&body, first & 31, ret, found, max);
	}
	return found;
}
