/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Makes a camera's JPEG fit for RTP (RFC 2435), and small ones of it. Where only the
 * entropy coding is in the way it is coded anew without loss; where the pixels are, it
 * is encoded anew. By libjpeg-turbo, within JPEG_FIT_MEMORY. Pure; any thread, but not
 * the loop's: it takes milliseconds.
 */
#ifndef STREAMD_JPEG_FIT_H
#define STREAMD_JPEG_FIT_H

#include <stddef.h>
#include <stdint.h>

struct err;
struct jpeg_info;

/* What libjpeg may allocate for one picture. */
#define JPEG_FIT_MEMORY (16L * 1024 * 1024)

/* A picture that players do not read (jpeg_info's shown), in baseline coding of 8 bits:
 * arithmetic coding is undone without loss, 12 bits are rounded to 8. Caller frees *ret.
 * -1 and e ("jpeg-broken"; also when this libjpeg has no arithmetic coding). */
int jpeg_plain(const uint8_t *p, const struct jpeg_info *i, uint8_t **ret, size_t *ret_n,
    struct err *e);
/* p is what jpeg_parse() has judged. The picture in a form that RTP carries; caller
 * frees *ret. -1 and e ("jpeg-not-rtp", "jpeg-broken"). */
int jpeg_fit(const uint8_t *p, const struct jpeg_info *i, uint8_t **ret, size_t *ret_n,
    struct err *e);
/* The same picture, scaled down to at most width pixels; never up. */
int jpeg_scale(const uint8_t *p, const struct jpeg_info *i, unsigned width,
    uint8_t **ret, size_t *ret_n, struct err *e);

#endif
