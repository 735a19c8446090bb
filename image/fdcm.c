/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fdcm areas and the sysinfo record (see fdcm.h). Pure; any process. */
#include "config.h"

#include "common/buf.h"
#include "image/fdcm.h"

#define FDCM_MAGIC 0xa55a5aa5u
#define FDCM_HEADER 8u
#define BITMAP_MAX 1024u

/* Record count from the bitmap: one bit each, least significant first, 0 = used.
 * -1 when a used bit stands behind an unused one: then it is no fdcm bitmap. */
static int
count_used(const uint8_t *bitmap, size_t n)
{
	unsigned used = 0, bit;
	bool ended = false;
	size_t i;

	for (i = 0; i < n; i++) {
		for (bit = 0; bit < 8; bit++) {
			if ((bitmap[i] >> bit & 1) != 0)
				ended = true;
			else if (ended)
				return -1;
			else
				used++;
		}
	}
	return (int)used;
}

uint32_t
fdcm_record(const struct image_fdcm *f, unsigned index)
{
	return f->at + FDCM_HEADER + f->bitmap + index * f->record;
}

int
fdcm_read(const uint8_t *p, size_t n, uint32_t at, struct image_fdcm *ret)
{
	struct image_fdcm f = { .at = at };
	struct reader r;
	uint32_t head;
	int used;

	if (at > n || n - at < FDCM_HEADER)
		return -1;
	reader_init(&r, p + at, n - at);
	if (reader_le32(&r) != FDCM_MAGIC)
		return -1;
	f.bitmap = reader_le16(&r);
	f.record = reader_le16(&r);
	if (f.bitmap == 0 || f.bitmap > BITMAP_MAX || f.record == 0 ||
	    reader_left(&r) < f.bitmap)
		return -1;
	if ((used = count_used(p + at + FDCM_HEADER, f.bitmap)) < 0)
		return -1;
	/* bitmap = (area - 9) / (8 * record + 1) + 1: the area is the smallest number
	 * of sectors for which that holds. */
	head = FDCM_HEADER + f.bitmap;
	for (f.area = IMAGE_SECTOR; f.area <= 64 * IMAGE_SECTOR;
	     f.area += IMAGE_SECTOR) {
		if ((f.area - 9) / (8u * f.record + 1) + 1 == f.bitmap)
			break;
	}
	if (f.area > 64 * IMAGE_SECTOR)
		f.area = IMAGE_SECTOR;
	if (f.area > n - at)
		f.area = (uint32_t)(n - at);
	f.capacity = f.area > head ? (f.area - head) / f.record : 0;
	f.used = (unsigned)used < f.capacity ? (unsigned)used : f.capacity;
	if (f.used > 0)
		f.current = fdcm_record(&f, f.used - 1);
	*ret = f;
	return 0;
}

/* SSID lengths within their fields, a known WLAN mode, a MAC that is a device's. */
bool
fdcm_is_sysinfo(const uint8_t *p, size_t n, const struct image_fdcm *f)
{
	const uint8_t *rec;

	if (f->used == 0 || f->record < SYSINFO_BYTES || f->current > n ||
	    n - f->current < SYSINFO_BYTES)
		return false;
	rec = p + f->current;
	return rec[11] <= 2 && rec[44] <= 32 && rec[142] <= 32 &&
	    (rec[4] & 0xfe) == 0 && (rec[SYSINFO_MAC] & 1) == 0;
}
