/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Bytes of a camera: the first says how to split them, a line gives the Content-Type,
 * the rest is the body. The pictures must be the same whatever the split, begin with
 * SOI, end with EOI and keep to the limit.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/err.h"
#include "streamd/frame.h"
#include "streamd/jpeg.h"
#include "streamd/multipart.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

struct sum {
	unsigned pictures, drops;
	size_t bytes;
	uint32_t hash;
};

static void
on_frame(void *arg, uint8_t *owned, size_t n, int64_t arrived_us)
{
	struct sum *s = arg;
	struct jpeg_info info;
	size_t i;

	(void)arrived_us;
	if (n < 4 || n > FRAME_BYTES_MAX || owned[0] != 0xff || owned[1] != 0xd8 ||
	    owned[n - 2] != 0xff || owned[n - 1] != 0xd9)
		abort();
	(void)jpeg_parse(owned, n, &info, NULL);
	s->pictures++;
	s->bytes += n;
	for (i = 0; i < n; i++)
		s->hash = s->hash * 31 + owned[i];
	free(owned);
}

static void
on_drop(void *arg, enum multipart_drop why)
{
	struct sum *s = arg;

	if (multipart_drop_name(why) == NULL)
		abort();
	s->drops++;
}

static const struct multipart_ops ops = { .frame = on_frame, .drop = on_drop };

static int
feed(const char *boundary, const uint8_t *p, size_t n, size_t step, struct sum *ret)
{
	struct multipart *m = multipart_new(boundary, &ops, ret);
	struct err e;
	size_t at, k;
	int r = 0;

	memset(ret, 0, sizeof(*ret));
	for (at = 0; at < n && r == 0; at += k) {
		k = n - at < step ? n - at : step;
		r = multipart_feed(m, p + at, k, 1, &e);
	}
	multipart_free(m);
	return r;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char type[256], boundary[MULTIPART_BOUNDARY_MAX + 1];
	struct sum whole, split;
	const uint8_t *line;
	size_t len, step;
	int a, b;

	if (n < 2 || (line = memchr(data + 1, '\n', n - 1)) == NULL)
		return 0;
	len = (size_t)(line - data - 1);
	if (len >= sizeof(type))
		return 0;
	memcpy(type, data + 1, len);
	type[len] = '\0';
	multipart_boundary(type, boundary);
	step = data[0] % 64 + 1;
	n -= len + 2;
	a = feed(boundary, line + 1, n, n + 1, &whole);
	b = feed(boundary, line + 1, n, step, &split);
	if (a != b || whole.pictures != split.pictures || whole.bytes != split.bytes ||
	    whole.hash != split.hash || whole.drops != split.drops)
		abort();
	return 0;
}
