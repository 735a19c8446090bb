/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The RTP/H.264 packer (see rtp_h264.h), after RFC 6184. Pure; main thread. Written
 * here and not left to libavformat: one run per access unit is shared by all clients,
 * and a unit that cannot be packed is an error, not silence.
 */
#include "config.h"

#include <stdbool.h>
#include <string.h>

#include "common/err.h"
#include "streamd/outputs/rtp_h264.h"
#include "streamd/outputs/rtp_pack.h"

#define NAL_AUD 9
#define NAL_FILLER 12
#define NAL_FU_A 28
#define FU_HEAD_N 2
#define FU_PART_MAX (RTP_PAYLOAD_MAX - FU_HEAD_N)

/* Where the next 00 00 01 stands at or behind at, or n. */
static size_t
start_code(const uint8_t *p, size_t n, size_t at)
{
	for (; at + 3 <= n; at++)
		if (p[at] == 0 && p[at + 1] == 0 && p[at + 2] == 1)
			return at;
	return n;
}

const uint8_t *
h264_next_nal(const uint8_t *p, size_t n, size_t *at, size_t *ret_n)
{
	size_t from, to, end;

	while ((from = start_code(p, n, *at)) < n) {
		from += 3;
		to = end = start_code(p, n, from);
		while (end > from && p[end - 1] == 0)
			end--;
		*at = to;
		if (end > from) {
			*ret_n = end - from;
			return p + from;
		}
	}
	*at = n;
	return NULL;
}

/* Delimiters and filling are of no use in RTP. */
static const uint8_t *
next_useful(const uint8_t *p, size_t n, size_t *at, size_t *ret_n)
{
	const uint8_t *nal;

	while ((nal = h264_next_nal(p, n, at, ret_n)) != NULL)
		if ((nal[0] & 31) != NAL_AUD && (nal[0] & 31) != NAL_FILLER)
			return nal;
	return NULL;
}

/* Packets that a NAL unit of n bytes takes. A fragment leaves the NAL header out. */
static size_t
packets_of(size_t n)
{
	return n <= RTP_PAYLOAD_MAX ? 1 : (n - 1 + FU_PART_MAX - 1) / FU_PART_MAX;
}

static void
pack_fragments(
    struct rtp_run *r, struct rtp_stream *s, const uint8_t *nal, size_t n, bool last)
{
	size_t at, part;
	uint8_t *p;

	for (at = 1; at < n; at += part) {
		part = n - at < FU_PART_MAX ? n - at : FU_PART_MAX;
		p = rtp_run_packet(r, s, FU_HEAD_N + part, last && at + part == n);
		p[0] = (uint8_t)((nal[0] & 0xe0) | NAL_FU_A);
		p[1] = (uint8_t)((at == 1 ? 0x80 : 0) | (at + part == n ? 0x40 : 0) |
		    (nal[0] & 31));
		memcpy(p + FU_HEAD_N, nal + at, part);
	}
}

static void
pack_nal(
    struct rtp_run *r, struct rtp_stream *s, const uint8_t *nal, size_t n, bool last)
{
	if (n <= RTP_PAYLOAD_MAX)
		memcpy(rtp_run_packet(r, s, n, last), nal, n);
	else
		pack_fragments(r, s, nal, n, last);
}

struct rtp_run *
rtp_h264_pack(struct rtp_stream *s, const uint8_t *unit, size_t n, int64_t arrived_us,
    struct err *e)
{
	size_t at = 0, nal_n, next_n, packets = 0, payload = 0;
	const uint8_t *nal, *next;
	struct rtp_run *r;

	while ((nal = next_useful(unit, n, &at, &nal_n)) != NULL) {
		packets += packets_of(nal_n);
		payload += nal_n <= RTP_PAYLOAD_MAX
		    ? nal_n
		    : nal_n - 1 + packets_of(nal_n) * FU_HEAD_N;
	}
	if (packets == 0) {
		err_set(e, ERR_FAILED, "h264-empty", "the encoder gave no H.264 units");
		return NULL;
	}
	if ((r = rtp_run_new(s, packets, payload, arrived_us)) == NULL) {
		err_sys(e, "make packets of a picture");
		return NULL;
	}
	at = 0;
	nal = next_useful(unit, n, &at, &nal_n);
	for (; nal != NULL; nal = next, nal_n = next_n) {
		next = next_useful(unit, n, &at, &next_n);
		pack_nal(r, s, nal, nal_n, next == NULL);
	}
	return r;
}
