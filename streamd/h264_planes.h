/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lines of a decoded JPEG (full range, 4:2:0 or 4:2:2) as H.264 viewers expect them:
 * limited range, 4:2:0. Pure; any thread.
 */
#ifndef STREAMD_H264_PLANES_H
#define STREAMD_H264_PLANES_H

#include <stddef.h>
#include <stdint.h>

/* n bytes of a line each: luma 0..255 to 16..235, chroma to 16..240. In pieces of 16:
 * both lines must have room for n rounded up to 16. */
void h264_limit_luma(uint8_t *to, const uint8_t *from, size_t n);
void h264_limit_chroma(uint8_t *to, const uint8_t *from, size_t n);
/* The mean of two lines of chroma. */
void h264_limit_chroma_2(uint8_t *to, const uint8_t *a, const uint8_t *b, size_t n);

#endif
