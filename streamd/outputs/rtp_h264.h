/* SPDX-License-Identifier: GPL-3.0-or-later */
/* H.264 into RTP (RFC 6184, packetization-mode 1): single NAL units and FU-A. Pure. */
#ifndef STREAMD_OUTPUTS_RTP_H264_H
#define STREAMD_OUTPUTS_RTP_H264_H

#include <stddef.h>
#include <stdint.h>

struct err;
struct rtp_run;
struct rtp_stream;

/* A run of one access unit in Annex B form; caller frees with rtp_run_free(). NULL and
 * e when there is no NAL unit in it. */
struct rtp_run *rtp_h264_pack(struct rtp_stream *s, const uint8_t *unit, size_t n,
    int64_t arrived_us, struct err *e);

/* The next NAL unit of Annex B bytes, without its start code and trailing zeroes, at or
 * behind *at; moves *at. NULL at the end. Borrowed. */
const uint8_t *h264_next_nal(const uint8_t *p, size_t n, size_t *at, size_t *ret_n);

#endif
