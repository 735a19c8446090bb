/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JPEGs of an H.264 camera's key frames, for stills and thumbnails. One thread. */
#ifndef STREAMD_SOURCES_RTSP_STILL_H
#define STREAMD_SOURCES_RTSP_STILL_H

#include <stddef.h>
#include <stdint.h>

struct err;
struct key_still;

struct key_still *key_still_new(void);		/* NULL: it cannot be had */
void key_still_free(struct key_still *k);	/* NULL is fine */
/* One IDR access unit with its parameter sets in. A JPEG with standard tables, caller
 * frees; NULL when it could not be decoded. */
uint8_t *key_still_make(struct key_still *k, const uint8_t *unit, size_t n,
    size_t *ret_n);

#endif
