/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small encoder for JPEGs of 12 bits a sample, which libjpeg does not write. Tests
 * only; pure. */
#ifndef TESTS_SIM_DEEP_H
#define TESTS_SIM_DEEP_H

#include <stddef.h>
#include <stdint.h>

/* ycc: rows of Y, Cb, Cr, 8 bit. Each sample is sixteen times as large in the picture,
 * and a little more, so that all 12 bits say something. 4:2:0, extended sequential,
 * Huffman tables of its own. Caller frees. */
uint8_t *deep_encode(const uint8_t *ycc, unsigned width, unsigned height, size_t *ret_n);

#endif
