/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an encoder says of the frame rate in its SPS, taken out. Pure; any thread. */
#ifndef STREAMD_H264_TIMING_H
#define STREAMD_H264_TIMING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One SPS (from its NAL header on, no start code) of a baseline, main or extended
 * profile, without timing information, into ret. The length, or 0: there is none in it,
 * it was not understood, or there is no room. */
size_t h264_drop_timing(const uint8_t *sps, size_t n, uint8_t *ret, size_t ret_size);

#endif
