/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The EXIF block of a hostile photograph: as the whole file, and as the inside of an APP1
 * segment. Whatever it says, the answer is one of eight and no byte beyond is read.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "image/exif.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define SEGMENT_MAX 65000

static void
look(const uint8_t *p, size_t n)
{
	unsigned o = exif_orientation(p, n);

	if (o < 1 || o > 8)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const uint8_t head[] = { 0xff, 0xd8, 0xff, 0xe1, 0, 0, 'E', 'x', 'i', 'f', 0,
		0 };
	uint8_t *p;

	look(data, n);
	if (n > SEGMENT_MAX || (p = malloc(sizeof(head) + n)) == NULL)
		return 0;
	memcpy(p, head, sizeof(head));
	p[4] = (uint8_t)((n + 8) >> 8);
	p[5] = (uint8_t)(n + 8);
	if (n > 0)
		memcpy(p + sizeof(head), data, n);
	look(p, sizeof(head) + n);
	free(p);
	return 0;
}
