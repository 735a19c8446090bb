/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RGB pictures made smaller line by line: each new pixel is the mean of what it covers.
 * Pure; any thread. */
#ifndef IMAGE_SHRINK_H
#define IMAGE_SHRINK_H

#include <stdint.h>

struct shrink;

/* w x h scaled so that neither side is longer than most; never up, never to nothing. */
void shrink_size(unsigned w, unsigned h, unsigned most, unsigned *ret_w, unsigned *ret_h);

/* From in_w x in_h to out_w x out_h, neither larger, no side beyond 65,535. The lines
 * are written to out (borrowed), 3 * out_w bytes each. NULL when there is no memory. */
struct shrink *shrink_new(unsigned in_w, unsigned in_h, unsigned out_w, unsigned out_h,
    uint8_t *out);
/* The next line; more than in_h of them are ignored. */
void shrink_row(struct shrink *s, const uint8_t *row);
void shrink_free(struct shrink *s);	/* NULL is fine */

#endif
