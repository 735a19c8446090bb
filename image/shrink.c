/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Pictures made smaller (see shrink.h). In whole numbers: say that a pixel that comes in
 * is out_w wide and out_h high, then one that goes out is in_w wide and in_h high, and
 * what they share is a whole number, too. Pure; any thread.
 */
#include "config.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "image/shrink.h"

struct shrink {
	unsigned in_w, in_h, out_w, out_h;
	unsigned y; /* lines that came in */
	uint8_t *out; /* the line that is being made */
	uint64_t *sums; /* of it: colour times what is covered */
};

void
shrink_size(unsigned w, unsigned h, unsigned most, unsigned *ret_w, unsigned *ret_h)
{
	uint64_t side = w > h ? w : h;

	*ret_w = w;
	*ret_h = h;
	if (side <= most)
		return;
	*ret_w = (unsigned)(((uint64_t)w * most + side / 2) / side);
	*ret_h = (unsigned)(((uint64_t)h * most + side / 2) / side);
	if (*ret_w == 0)
		*ret_w = 1;
	if (*ret_h == 0)
		*ret_h = 1;
}

struct shrink *
shrink_new(
    unsigned in_w, unsigned in_h, unsigned out_w, unsigned out_h, uint8_t *out)
{
	struct shrink *s;

	if (out == NULL || (s = calloc(1, sizeof(*s))) == NULL)
		return NULL;
	*s = (struct shrink) { .in_w = in_w,
		.in_h = in_h,
		.out_w = out_w,
		.out_h = out_h,
		.out = out };
	if ((s->sums = calloc((size_t)out_w * 3, sizeof(*s->sums))) != NULL)
		return s;
	free(s);
	return NULL;
}

static void
add_pixel(uint64_t *sums, const uint8_t *rgb, uint64_t share)
{
	sums[0] += rgb[0] * share;
	sums[1] += rgb[1] * share;
	sums[2] += rgb[2] * share;
}

/* A line that covers `high` of the line being made. */
static void
add_row(struct shrink *s, const uint8_t *row, uint64_t high)
{
	unsigned x, left = s->in_w; /* of the pixel being made */
	uint64_t *sums = s->sums;

	for (x = 0; x < s->in_w; x++, row += 3) {
		if (s->out_w < left) {
			add_pixel(sums, row, s->out_w * high);
			left -= s->out_w;
			continue;
		}
		add_pixel(sums, row, left * high);
		sums += 3;
		if (s->out_w > left)
			add_pixel(sums, row, (s->out_w - left) * high);
		left = s->in_w - (s->out_w - left);
	}
}

static void
end_row(struct shrink *s)
{
	uint64_t whole = (uint64_t)s->in_w * s->in_h;
	size_t i, n = (size_t)s->out_w * 3;

	for (i = 0; i < n; i++)
		s->out[i] = (uint8_t)((s->sums[i] + whole / 2) / whole);
	memset(s->sums, 0, n * sizeof(*s->sums));
	s->out += n;
}

void
shrink_row(struct shrink *s, const uint8_t *row)
{
	uint64_t top = (uint64_t)s->y * s->out_h, bottom = top + s->out_h;
	uint64_t edge = (top / s->in_h + 1) * s->in_h;

	if (s->y >= s->in_h)
		return;
	s->y++;
	add_row(s, row, (bottom < edge ? bottom : edge) - top);
	if (bottom < edge)
		return;
	end_row(s);
	if (bottom > edge)
		add_row(s, row, bottom - edge);
}

void
shrink_free(struct shrink *s)
{
	if (s == NULL)
		return;
	free(s->sums);
	free(s);
}
