/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Camera number and counter in a picture (see stamp.h). Tests only; pure. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "tests/sim/stamp.h"

#define CHECK 0xa5

size_t
stamp_com_write(const struct stamp *s, uint8_t ret[STAMP_COM_MAX])
{
	int n = snprintf((char *)ret + 4, STAMP_COM_MAX - 4,
	    "camherd-sim camera=%u counter=%u us=%lld", s->camera, s->counter,
	    (long long)s->made_us);

	ret[0] = 0xff;
	ret[1] = 0xfe;
	ret[2] = (uint8_t)((n + 2) >> 8);
	ret[3] = (uint8_t)(n + 2);
	return (size_t)n + 4;
}

int
stamp_com_read(const uint8_t *jpeg, size_t n, struct stamp *ret)
{
	size_t at = 2, len;
	char text[STAMP_COM_MAX];
	long long us;

	while (at + 4 <= n && jpeg[at] == 0xff && jpeg[at + 1] != 0xda) {
		len = (size_t)jpeg[at + 2] << 8 | jpeg[at + 3];
		if (len < 2 || at + 2 + len > n)
			return -1;
		if (jpeg[at + 1] == 0xfe && len - 2 < sizeof(text)) {
			memcpy(text, jpeg + at + 4, len - 2);
			text[len - 2] = '\0';
			if (sscanf(text, "camherd-sim camera=%u counter=%u us=%lld",
				&ret->camera, &ret->counter, &us) == 3) {
				ret->made_us = us;
				return 0;
			}
		}
		at += 2 + len;
	}
	return -1;
}

/* Two rows of sixteen cells, most significant bit first: camera number and its
 * complement with CHECK; then the counter. */
static unsigned
row_bits(const struct stamp *s, unsigned row)
{
	if (row == 0)
		return (s->camera & 0xff) << 8 | ((s->camera ^ CHECK) & 0xff);
	return s->counter & 0xffff;
}

uint8_t
stamp_block(const struct stamp *s, unsigned x, unsigned y)
{
	unsigned bit = 15 - x / STAMP_CELL;

	return row_bits(s, y / STAMP_CELL) >> bit & 1 ? 235 : 16;
}

/* The mean of a cell's inner half: the edges blur. -1: neither black nor white. */
static int
read_cell(const uint8_t *luma, size_t stride, unsigned col, unsigned row)
{
	unsigned x, y, sum = 0, half = STAMP_CELL / 2, quarter = STAMP_CELL / 4;

	for (y = 0; y < half; y++) {
		for (x = 0; x < half; x++)
			sum += luma[(row * STAMP_CELL + quarter + y) * stride +
			    col * STAMP_CELL + quarter + x];
	}
	sum /= half * half;
	if (sum > 90 && sum < 165)
		return -1;
	return sum >= 165;
}

int
stamp_block_read(const uint8_t *luma, size_t stride, struct stamp *ret)
{
	unsigned row, col, bits[2] = { 0, 0 };
	int bit;

	for (row = 0; row < 2; row++) {
		for (col = 0; col < 16; col++) {
			if ((bit = read_cell(luma, stride, col, row)) < 0)
				return -1;
			bits[row] = bits[row] << 1 | (unsigned)bit;
		}
	}
	if ((bits[0] >> 8 ^ CHECK) != (bits[0] & 0xff))
		return -1;
	ret->camera = bits[0] >> 8;
	ret->counter = bits[1];
	ret->made_us = 0;
	return 0;
}
