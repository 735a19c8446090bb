/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sector-wise comparison of two images (see diff.h). Pure; any process. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/err.h"
#include "image/diff.h"

const char *diff_class_name(enum diff_class class)
{
	static const char *const names[] = { "code", "config", "other", "blank" };

	return names[class];
}

static enum diff_class
class_of(enum image_region_kind kind)
{
	switch (kind) {
	case IMAGE_REGION_SECTION:
		return DIFF_CODE;
	case IMAGE_REGION_SYSINFO:
	case IMAGE_REGION_FDCM:
	case IMAGE_REGION_OTA:
	case IMAGE_REGION_DEVICE:
		return DIFF_CONFIG;
	case IMAGE_REGION_BLANK:
		return DIFF_BLANK;
	case IMAGE_REGION_DATA:
		break;
	}
	return DIFF_OTHER;
}

/* The weightiest class that touches the sector: code before settings before the rest.
 */
static enum diff_class
sector_class(const struct image_map *map, uint32_t at, uint32_t end)
{
	enum diff_class best = DIFF_BLANK, c;
	unsigned i;

	for (i = 0; i < map->n_regions; i++) {
		if (map->regions[i].at >= end ||
		    map->regions[i].at + map->regions[i].n <= at)
			continue;
		c = class_of(map->regions[i].kind);
		if (c < best)
			best = c;
	}
	return best;
}

static uint16_t
count_bytes(const uint8_t *a, const uint8_t *b, size_t n)
{
	uint16_t differ = 0;
	size_t i;

	if (memcmp(a, b, n) == 0)
		return 0;
	for (i = 0; i < n; i++)
		differ = (uint16_t)(differ + (a[i] != b[i]));
	return differ;
}

static void
diff_sectors(const uint8_t *a, const uint8_t *b, size_t n, const struct image_map *ma,
    const struct image_map *mb, struct diff *ret)
{
	enum diff_class ca, cb;
	struct diff_sector *s;
	uint32_t at, step, end = (uint32_t)n;

	for (at = 0; at < end; at += step) {
		step = end - at < IMAGE_SECTOR ? end - at : IMAGE_SECTOR;
		s = &ret->sectors[ret->n_sectors++];
		ca = sector_class(ma, at, at + step);
		cb = sector_class(mb, at, at + step);
		s->class = (uint8_t)(ca < cb ? ca : cb);
		s->bytes = count_bytes(a + at, b + at, step);
		if (s->bytes == 0)
			continue;
		ret->differing++;
		ret->bytes += s->bytes;
		ret->by_class[s->class]++;
	}
}

int
image_diff(
    const uint8_t *a, const uint8_t *b, size_t n, struct diff *ret, struct err *e)
{
	struct image_map *ma = malloc(sizeof(*ma)), *mb = malloc(sizeof(*mb));
	int r = -1;

	memset(ret, 0, sizeof(*ret));
	if (ma == NULL || mb == NULL)
		err_sys(e, "memory for two maps");
	else if (image_map(a, n, ma, e) == 0 && image_map(b, n, mb, e) == 0) {
		diff_sectors(a, b, n, ma, mb, ret);
		r = 0;
	}
	free(ma);
	free(mb);
	return r;
}
