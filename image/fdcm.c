/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fdcm areas and the sysinfo record (see fdcm.h). Pure; any process. */
#include "config.h"

#include <stdio.h>

#include "common/buf.h"
#include "common/err.h"
#include "image/fdcm.h"

#define FDCM_MAGIC 0xa55a5aa5u
#define FDCM_HEADER 8u
#define BITMAP_MAX 1024u
#define AREA_SECTORS_MAX 64u

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

/* bitmap = (area - 9) / (8 * record + 1) + 1: the area is the smallest number of
 * sectors for which that holds; 0 = for none. */
static uint32_t
area_bytes(uint32_t bitmap, uint32_t record)
{
	uint32_t area;

	for (area = IMAGE_SECTOR; area <= AREA_SECTORS_MAX * IMAGE_SECTOR;
	     area += IMAGE_SECTOR) {
		if ((area - 9) / (8u * record + 1) + 1 == bitmap)
			return area;
	}
	return 0;
}

/* The lengths in the area's head, and its bitmap. */
static int
read_head(const uint8_t *p, size_t n, struct image_fdcm *f, int *ret_used, struct err *ret_why)
{
	size_t room = n - f->at - FDCM_HEADER;
	struct reader r;

	reader_init(&r, p + f->at + 4, 4);
	f->bitmap = reader_le16(&r);
	f->record = reader_le16(&r);
	if (f->bitmap == 0 || f->bitmap > BITMAP_MAX || f->bitmap > room)
		err_set(ret_why, ERR_REFUSED, "",
		    "the record area at 0x%x says that its bitmap has %u bytes", f->at,
		    f->bitmap);
	else if (f->record == 0)
		err_set(ret_why, ERR_REFUSED, "",
		    "the record area at 0x%x says that its records have no bytes",
		    f->at);
	else if ((*ret_used = count_used(p + f->at + FDCM_HEADER, f->bitmap)) < 0)
		err_set(ret_why, ERR_REFUSED, "",
		    "the bitmap of the record area at 0x%x counts a record behind an "
		    "unused one",
		    f->at);
	return ret_why->msg[0] == '\0' ? 0 : -1;
}

/* What the head says against what there is room for. */
static void
bound_area(size_t n, unsigned used, struct image_fdcm *f, struct err *ret_why)
{
	uint32_t head = FDCM_HEADER + f->bitmap;

	f->area = area_bytes(f->bitmap, f->record);
	if (f->area == 0) {
		err_set(ret_why, ERR_REFUSED, "",
		    "the record area at 0x%x has a bitmap of %u bytes for records of "
		    "%u: no area of whole sectors has both",
		    f->at, f->bitmap, f->record);
		f->area = IMAGE_SECTOR;
	} else if (f->area > n - f->at) {
		err_set(ret_why, ERR_REFUSED, "",
		    "the record area at 0x%x has 0x%x bytes, but the image ends 0x%zx "
		    "behind its start",
		    f->at, f->area, n - f->at);
	}
	if (f->area > n - f->at)
		f->area = (uint32_t)(n - f->at);
	f->capacity = f->area > head ? (f->area - head) / f->record : 0;
	if (used > f->capacity && ret_why->msg[0] == '\0')
		err_set(ret_why, ERR_REFUSED, "",
		    "the record area at 0x%x counts %u records and has room for %u",
		    f->at, used, f->capacity);
	f->used = used < f->capacity ? used : f->capacity;
}

int
fdcm_look(const uint8_t *p, size_t n, uint32_t at, struct image_fdcm *ret,
    struct err *ret_why)
{
	struct image_fdcm f = { .at = at };
	struct reader r;
	int used = 0;

	err_clear(ret_why);
	if (at > n || n - at < FDCM_HEADER)
		return -1;
	reader_init(&r, p + at, FDCM_HEADER);
	if (reader_le32(&r) != FDCM_MAGIC ||
	    read_head(p, n, &f, &used, ret_why) < 0)
		return -1;
	bound_area(n, (unsigned)used, &f, ret_why);
	if (f.used > 0)
		f.current = fdcm_record(&f, f.used - 1);
	*ret = f;
	return 0;
}

int
fdcm_read(const uint8_t *p, size_t n, uint32_t at, struct image_fdcm *ret)
{
	struct err why;

	return fdcm_look(p, n, at, ret, &why);
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
