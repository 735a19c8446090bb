/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which way is up (see exif.h). Pure; any thread. */
#include "config.h"

#include <stdbool.h>
#include <string.h>

#include "common/buf.h"
#include "image/exif.h"

#define UPRIGHT 1
#define TAG_ORIENTATION 0x0112
#define TYPE_SHORT 3
#define TYPE_LONG 4

enum marker {
	M_TEM = 0x01,
	M_RST0 = 0xd0,
	M_SOI = 0xd8,
	M_EOI = 0xd9,
	M_SOS = 0xda,
	M_APP1 = 0xe1
};

/* A TIFF file's two byte orders. */
static uint16_t
get16(struct reader *r, bool big)
{
	return big ? reader_be16(r) : reader_le16(r);
}

static uint32_t
get32(struct reader *r, bool big)
{
	return big ? reader_be32(r) : reader_le32(r);
}

/* One entry of the folder, at r; 0 = it says nothing of the orientation. */
static unsigned
read_entry(struct reader *r, bool big)
{
	uint16_t tag = get16(r, big), type = get16(r, big);
	uint32_t count = get32(r, big), value;

	value = type == TYPE_SHORT ? get16(r, big) : get32(r, big);
	if (type == TYPE_SHORT)
		reader_skip(r, 2);
	if (r->bad || tag != TAG_ORIENTATION || count != 1 ||
	    (type != TYPE_SHORT && type != TYPE_LONG) || value < 1 || value > 8)
		return 0;
	return value;
}

/* The first folder of a TIFF file holds it. 0 = nothing found. */
static unsigned
read_tiff(const uint8_t *p, size_t n)
{
	unsigned i, entries, found = 0;
	struct reader r;
	uint32_t at;
	bool big;

	if (n < 8 || (memcmp(p, "II", 2) != 0 && memcmp(p, "MM", 2) != 0))
		return 0;
	big = p[0] == 'M';
	reader_init(&r, p, n);
	reader_skip(&r, 2);
	if (get16(&r, big) != 42 || (at = get32(&r, big)) < 8 || at > n - 2)
		return 0;
	reader_init(&r, p + at, n - at);
	entries = get16(&r, big);
	/* An entry takes twelve bytes, so that the segment bounds the walk. */
	for (i = 0; i < entries && found == 0 && !r.bad; i++)
		found = read_entry(&r, big);
	return found;
}

static bool
stands_alone(unsigned marker)
{
	return marker == M_TEM || (marker >= M_RST0 && marker <= M_SOI);
}

unsigned
exif_orientation(const uint8_t *jpeg, size_t n)
{
	static const uint8_t exif[] = { 'E', 'x', 'i', 'f', 0, 0 };
	unsigned marker, found;
	const uint8_t *p;
	struct reader r;
	size_t length;

	reader_init(&r, jpeg, n);
	if (reader_be16(&r) != (0xff00 | M_SOI))
		return UPRIGHT;
	while (!r.bad && reader_u8(&r) == 0xff) {
		while ((marker = reader_u8(&r)) == 0xff)
			;
		if (stands_alone(marker))
			continue;
		if (marker == M_SOS || marker == M_EOI || marker == 0)
			break;
		length = reader_be16(&r);
		if (length < 2 || (p = reader_bytes(&r, length - 2)) == NULL)
			break;
		length -= 2;
		if (marker == M_APP1 && length > sizeof(exif) &&
		    memcmp(p, exif, sizeof(exif)) == 0 &&
		    (found = read_tiff(p + sizeof(exif), length - sizeof(exif))) != 0)
			return found;
	}
	return UPRIGHT;
}
