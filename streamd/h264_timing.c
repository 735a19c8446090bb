/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Timing information of an SPS (see h264_timing.h), after H.264 7.3.2.1 and E.1.1.
 * Pure; worker threads. An encoder without delay has to be told a constant rate, and
 * writes it down as a promise; cameras keep none. Without it players go by the
 * timestamps.
 */
#include "config.h"

#include <string.h>

#include "streamd/h264_timing.h"

#define SPS_MAX 256
#define ASPECT_EXTENDED 255

struct bits {
	uint8_t *p;
	size_t n, at; /* bits */
	bool bad;
};

static unsigned
get(struct bits *b, unsigned count)
{
	unsigned v = 0;

	for (; count > 0; count--, b->at++) {
		if (b->at >= b->n) {
			b->bad = true;
			return 0;
		}
		v = v << 1 | (b->p[b->at / 8] >> (7 - b->at % 8) & 1);
	}
	return v;
}

/* An Exp-Golomb number. */
static unsigned
get_ue(struct bits *b)
{
	unsigned zeroes = 0;

	while (!b->bad && get(b, 1) == 0)
		if (++zeroes > 16)
			b->bad = true;
	return b->bad ? 0 : (1u << zeroes) - 1 + get(b, zeroes);
}

static void
put(struct bits *b, unsigned bit)
{
	if (bit)
		b->p[b->at / 8] |= (uint8_t)(0x80 >> b->at % 8);
	b->at++;
}

/* From the profile up to the VUI. False: there is none, or it is another profile. */
static bool
skip_to_vui(struct bits *b)
{
	unsigned profile = get(b, 8), poc;

	(void)get(b, 16); /* constraints, level */
	if (profile != 66 && profile != 77 && profile != 88)
		return false;
	(void)get_ue(b); /* id */
	(void)get_ue(b); /* bits of frame numbers */
	if ((poc = get_ue(b)) == 0)
		(void)get_ue(b);
	else if (poc == 1)
		return false; /* nobody's */
	(void)get_ue(b); /* reference frames */
	(void)get(b, 1);
	(void)get_ue(b); /* width, height */
	(void)get_ue(b);
	if (get(b, 1) == 0) /* frames only */
		(void)get(b, 1);
	(void)get(b, 1);
	if (get(b, 1) == 1) { /* cropping */
		(void)get_ue(b);
		(void)get_ue(b);
		(void)get_ue(b);
		(void)get_ue(b);
	}
	return get(b, 1) == 1 && !b->bad;
}

/* From the VUI's beginning up to its flag of timing. */
static void
skip_to_timing(struct bits *b)
{
	if (get(b, 1) == 1 && get(b, 8) == ASPECT_EXTENDED)
		(void)get(b, 32);
	if (get(b, 1) == 1) /* overscan */
		(void)get(b, 1);
	if (get(b, 1) == 1) { /* format, range, colours */
		(void)get(b, 4);
		if (get(b, 1) == 1)
			(void)get(b, 24);
	}
	if (get(b, 1) == 1) { /* where chroma lies */
		(void)get_ue(b);
		(void)get_ue(b);
	}
}

/* Without the bytes that keep start codes from appearing. */
static size_t
unescape(const uint8_t *p, size_t n, uint8_t *ret)
{
	size_t i, k = 0;

	for (i = 0; i < n; i++)
		if (i < 2 || p[i] != 3 || p[i - 1] != 0 || p[i - 2] != 0)
			ret[k++] = p[i];
	return k;
}

/* The length, or 0: no room. */
static size_t
escape(const uint8_t *p, size_t n, uint8_t *ret, size_t ret_size)
{
	size_t i, k = 0;
	unsigned zeroes = 0;

	for (i = 0; i < n; i++) {
		if (zeroes == 2 && p[i] <= 3) {
			if (k >= ret_size)
				return 0;
			ret[k++] = 3;
			zeroes = 0;
		}
		if (k >= ret_size)
			return 0;
		ret[k++] = p[i];
		zeroes = p[i] == 0 ? zeroes + 1 : 0;
	}
	return k;
}

/* The bits of in but for the timing behind in->at, ended as an RBSP ends. Bytes. */
static size_t
without_timing(struct bits *in, uint8_t *ret)
{
	struct bits out = { .p = ret };
	size_t flag = in->at, end = in->n;

	while (end > 0 && !(in->p[(end - 1) / 8] >> (7 - (end - 1) % 8) & 1))
		end--;
	in->at = 0;
	while (in->at < flag)
		put(&out, get(in, 1));
	put(&out, 0);
	in->at = flag + 1 + 32 + 32 + 1;
	while (in->at < end) /* the stop bit with it */
		put(&out, get(in, 1));
	return (out.at + 7) / 8;
}

size_t
h264_drop_timing(const uint8_t *sps, size_t n, uint8_t *ret, size_t ret_size)
{
	uint8_t raw[SPS_MAX], less[SPS_MAX] = { 0 };
	struct bits in = { .p = raw };
	size_t flag;

	if (n < 4 || n > SPS_MAX)
		return 0;
	in.n = 8 * unescape(sps, n, raw);
	in.at = 8; /* the NAL header */
	if (!skip_to_vui(&in))
		return 0;
	skip_to_timing(&in);
	flag = in.at;
	if (get(&in, 1) == 0)
		return 0;
	(void)get(&in, 32);
	(void)get(&in, 32);
	(void)get(&in, 1);
	if (in.bad)
		return 0;
	in.at = flag;
	return escape(less, without_timing(&in, less), ret, ret_size);
}
