/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JPEG into RTP (RFC 2435): types 0, 1, 64 and 65 with the tables in band. Pure. */
#ifndef STREAMD_OUTPUTS_RTP_JPEG_H
#define STREAMD_OUTPUTS_RTP_JPEG_H

#include <stddef.h>
#include <stdint.h>

struct err;
struct rtp_run;
struct rtp_stream;

/* A run of the whole picture; caller frees with rtp_run_free(). NULL and e (ERR_REFUSED
 * "jpeg-not-rtp") when RFC 2435 cannot carry it. */
struct rtp_run *rtp_jpeg_pack(struct rtp_stream *s, const uint8_t *jpeg, size_t n,
    int64_t arrived_us, struct err *e);

#endif
