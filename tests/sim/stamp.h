/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How a test knows which camera and which picture it got. Twice: a comment segment in
 * the JPEG (exact, with the time of making), and a code of black and white blocks in
 * the picture itself, which survives decoding and H.264. tests/sim/README.md. Pure.
 */
#ifndef TESTS_SIM_STAMP_H
#define TESTS_SIM_STAMP_H

#include <stddef.h>
#include <stdint.h>

#define STAMP_COM_MAX 96	/* bytes of a comment segment */
#define STAMP_CELL 16		/* pixels */
#define STAMP_WIDTH (16 * STAMP_CELL)
#define STAMP_HEIGHT (2 * STAMP_CELL)

struct stamp {
	unsigned camera;	/* 0 to 255 */
	unsigned counter;	/* blocks: modulo 65536 */
	int64_t made_us;	/* loop_now_us() when the picture was sent; blocks: 0 */
};

/* A whole COM segment, marker included; its length. */
size_t stamp_com_write(const struct stamp *s, uint8_t ret[STAMP_COM_MAX]);
/* Find the comment in a JPEG. 0, or -1. */
int stamp_com_read(const uint8_t *jpeg, size_t n, struct stamp *ret);

/* The luma of a pixel within STAMP_WIDTH x STAMP_HEIGHT. */
uint8_t stamp_block(const struct stamp *s, unsigned x, unsigned y);
/* Read the blocks from a decoded picture's luma. 0, or -1: no code there. */
int stamp_block_read(const uint8_t *luma, size_t stride, struct stamp *ret);

#endif
