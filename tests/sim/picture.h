/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JPEGs for simcam and for tests, of every kind that cameras send. Tests only; pure. */
#ifndef TESTS_SIM_PICTURE_H
#define TESTS_SIM_PICTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct picture_kind {
	unsigned width, height;
	unsigned h, v;		/* luma's sampling factors; 0 = 2 and 2 */
	unsigned quality;	/* 0 = 70 */
	unsigned restart;	/* MCUs between restart markers */
	bool grey, optimised, progressive;
	bool arithmetic;	/* coded so */
	bool deep;		/* 12 bits a sample (deep.h); size only */
	bool lossless;		/* says so; it is not */
	bool no_dht;		/* Huffman tables left out, as UVC cameras do */
	bool thumbnail;		/* a small JPEG inside APP1 */
	bool dnl;		/* height 0, lines counted behind the scan */
};

/* One picture with its stamp's blocks; moves with the counter. Caller frees. Ends the
 * program when there is no memory. */
uint8_t *picture_make(const struct picture_kind *kind, unsigned camera, unsigned counter,
    size_t *ret_n);
/* Decode to luma with libjpeg. 0 and malloc()ed luma, or -1: it does not decode
 * without a warning. */
int picture_luma(const uint8_t *jpeg, size_t n, uint8_t **ret, unsigned *ret_width,
    unsigned *ret_height);

#endif
