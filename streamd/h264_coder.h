/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One camera's JPEG decoder and H.264 encoder. Blocks; used by one worker thread at a
 * time (h264.c), knows no thread itself.
 */
#ifndef STREAMD_H264_CODER_H
#define STREAMD_H264_CODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "streamd/frame.h"

struct err;
struct h264_coder;

/* encoder: as in h264_pool_new(). */
struct h264_coder *h264_coder_new(const char *encoder, struct err *e);
void h264_coder_free(struct h264_coder *c);	/* NULL is fine */

/* Put one JPEG in; key asks for an IDR (one comes every two seconds anyway, and first).
 * *ret gets the access unit that came out, or NULL: the picture was broken, or the
 * encoder keeps it for a moment. Caller owns one reference. -1: there is no encoder,
 * or nothing of what comes can be decoded. */
int h264_coder_put(struct h264_coder *c, const struct frame *jpeg, bool key,
    struct frame **ret, struct err *e);
/* SPS and PPS in Annex B form; changed tells whether they did since the last call.
 * Borrowed until the next put. */
const uint8_t *h264_coder_sets(struct h264_coder *c, size_t *ret_n, bool *ret_changed);
/* The encoder in use, "libx264"; "" before the first picture. */
const char *h264_coder_name(const struct h264_coder *c);
/* "auto": why it is not h264_v4l2m2m. Code ERR_NONE: it is, or it was not asked for.
 * Borrowed. */
const struct err *h264_coder_passed_over(const struct h264_coder *c);

#endif
