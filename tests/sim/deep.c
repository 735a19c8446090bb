/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * JPEGs of 12 bits a sample (see deep.h). Tests only; pure. Plain and slow: blocks are
 * transformed by the formula, and all Huffman codes of a table have one length.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/deep.h"

#define AC_SYMBOLS 255 /* a count of codes is one byte */
#define DC_BITS 5
#define AC_BITS 9

struct deep {
	const uint8_t *ycc;
	unsigned width, height;
	uint8_t *out;
	size_t n, size;
	uint32_t bits;
	unsigned bits_n;
	int dc[3];
};

static const uint8_t zigzag[64] = { 0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5,
	12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57,
	50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60,
	61, 54, 47, 55, 62, 63 };

static void
put(struct deep *d, unsigned byte)
{
	if (d->n == d->size) {
		d->size = d->size * 2 + 4096;
		if ((d->out = realloc(d->out, d->size)) == NULL) {
			fprintf(stderr, "no memory\n");
			exit(1);
		}
	}
	d->out[d->n++] = (uint8_t)byte;
}

static void
put_bytes(struct deep *d, const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		put(d, (uint8_t)p[i]);
}

static void
put_bits(struct deep *d, unsigned value, unsigned n)
{
	d->bits = d->bits << n | (value & ((1u << n) - 1));
	d->bits_n += n;
	while (d->bits_n >= 8) {
		put(d, d->bits >> (d->bits_n - 8) & 255);
		if ((d->bits >> (d->bits_n - 8) & 255) == 255)
			put(d, 0);
		d->bits_n -= 8;
	}
}

/* Steps of the quantisation; few are sixteen times anything. */
static unsigned
quant(unsigned k)
{
	return 60 + 11 * (zigzag[k] / 8 + zigzag[k] % 8);
}

static void
put_huffman(struct deep *d, unsigned class, unsigned bits, unsigned symbols)
{
	unsigned i;

	put_bytes(d, "\xff\xc4", 2);
	put(d, (19 + symbols) >> 8);
	put(d, (19 + symbols) & 255);
	put(d, class << 4);
	for (i = 1; i <= 16; i++)
		put(d, i == bits ? symbols : 0);
	for (i = 0; i < symbols; i++)
		put(d, i);
}

static void
put_headers(struct deep *d)
{
	unsigned k;

	put_bytes(d, "\xff\xd8\xff\xdb\0\x43\0", 7);
	for (k = 0; k < 64; k++)
		put(d, quant(k));
	put_bytes(d, "\xff\xc1\0\x11\x0c", 5);
	put(d, d->height >> 8);
	put(d, d->height & 255);
	put(d, d->width >> 8);
	put(d, d->width & 255);
	put_bytes(d, "\3\1\x22\0\2\x11\0\3\x11\0", 10);
	put_huffman(d, 0, DC_BITS, 16);
	put_huffman(d, 1, AC_BITS, AC_SYMBOLS);
	put_bytes(d, "\xff\xda\0\x0c\3\1\0\2\0\3\0\0\x3f\0", 14);
}

/* 12 bits, centred. The edge goes on beyond the picture. */
static double
sample(const struct deep *d, unsigned part, unsigned x, unsigned y)
{
	x = x < d->width ? x : d->width - 1;
	y = y < d->height ? y : d->height - 1;
	return d->ycc[((size_t)y * d->width + x) * 3 + part] * 16 + (x * 5 + y * 3) % 16 -
	    2048.0;
}

/* Of n sixteenths of half a turn. */
static double
cosine(unsigned n)
{
	static const double first[9] = { 1, 0.98078528040323043, 0.92387953251128674,
		0.83146961230254524, 0.70710678118654752, 0.55557023301960222,
		0.38268343236508977, 0.19509032201612827, 0 };

	n %= 32;
	n = n > 16 ? 32 - n : n;
	return n <= 8 ? first[n] : -first[16 - n];
}

static double
frequency(double s[8][8], unsigned u, unsigned v)
{
	double sum = 0;
	unsigned x, y;

	for (y = 0; y < 8; y++)
		for (x = 0; x < 8; x++)
			sum += s[y][x] * cosine((2 * x + 1) * u) * cosine((2 * y + 1) * v);
	return sum / 4 * (u == 0 ? cosine(4) : 1) * (v == 0 ? cosine(4) : 1);
}

/* Category and the bits behind it, as T.81 F.1.2 has them. */
static unsigned
category(int value)
{
	unsigned n = 0, all = (unsigned)abs(value);

	while (all > 0) {
		all >>= 1;
		n++;
	}
	return n;
}

static void
put_value(struct deep *d, int value, unsigned n)
{
	put_bits(d, (unsigned)(value < 0 ? value - 1 : value), n);
}

static void
put_coefficients(struct deep *d, unsigned part, const int *c)
{
	unsigned k, n, run = 0;

	n = category(c[0] - d->dc[part]);
	put_bits(d, n, DC_BITS);
	put_value(d, c[0] - d->dc[part], n);
	d->dc[part] = c[0];
	for (k = 1; k < 64; k++) {
		if (c[k] == 0) {
			run++;
			continue;
		}
		for (; run > 15; run -= 16)
			put_bits(d, 0xf0, AC_BITS);
		n = category(c[k]);
		put_bits(d, run << 4 | n, AC_BITS);
		put_value(d, c[k], n);
		run = 0;
	}
	if (run > 0)
		put_bits(d, 0, AC_BITS);
}

/* One block whose samples lie step apart. */
static void
put_block(struct deep *d, unsigned part, unsigned x0, unsigned y0, unsigned step)
{
	double s[8][8], f;
	int c[64];
	unsigned x, y, k;

	for (y = 0; y < 8; y++)
		for (x = 0; x < 8; x++)
			s[y][x] = sample(d, part, x0 + x * step, y0 + y * step);
	for (k = 0; k < 64; k++) {
		f = frequency(s, zigzag[k] % 8, zigzag[k] / 8) / quant(k);
		c[k] = (int)(f < 0 ? f - 0.5 : f + 0.5);
	}
	put_coefficients(d, part, c);
}

uint8_t *
deep_encode(const uint8_t *ycc, unsigned width, unsigned height, size_t *ret_n)
{
	struct deep d = { .ycc = ycc, .width = width, .height = height };
	unsigned x, y, k;

	put_headers(&d);
	for (y = 0; y < height; y += 16)
		for (x = 0; x < width; x += 16) {
			for (k = 0; k < 4; k++)
				put_block(&d, 0, x + k % 2 * 8, y + k / 2 * 8, 1);
			put_block(&d, 1, x, y, 2);
			put_block(&d, 2, x, y, 2);
		}
	put_bits(&d, 0x7f, 7); /* ones to the end of the byte */
	put_bytes(&d, "\xff\xd9", 2);
	*ret_n = d.n;
	return d.out;
}
