/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The map of an image: sections, areas, blank ranges (see image.h). Pure. */
#include "config.h"

#include <string.h>

#include "common/err.h"
#include "image/awih.h"
#include "image/faults.h"
#include "image/fdcm.h"
#include "image/image.h"

/* A piece between the firmware and the settings that is at most this large and stands
 * in an otherwise blank sector looks like a key or a licence of this one device. */
#define DEVICE_PIECE_MAX 1024u

const char *
image_family_name(enum image_family family)
{
	static const char *const names[] = { "unknown", "xr809", "xr872", "xr808",
		"xr806" };

	return names[family];
}

const char *
image_family_title(enum image_family family)
{
	static const char *const titles[] = { "an unknown chip", "XR809/XR871",
		"XR872 (XF16)", "XR808", "XR806" };

	return titles[family];
}

const char *
image_region_name(enum image_region_kind kind)
{
	static const char *const names[] = { "section", "blank", "sysinfo", "fdcm",
		"ota", "device", "data" };

	return names[kind];
}

static bool
is_blank(const uint8_t *p, size_t n)
{
	return n == 0 || (p[0] == 0xff && memcmp(p, p + 1, n - 1) == 0);
}

static void
add_region(struct image_map *map, enum image_region_kind kind, uint32_t at, uint32_t n,
    int section)
{
	struct image_region *last;

	if (n == 0)
		return;
	last = map->n_regions > 0 ? &map->regions[map->n_regions - 1] : NULL;
	/* Neighbours of one kind become one region, also when the table is full. */
	if (last != NULL && last->at + last->n == at &&
	    (map->n_regions == IMAGE_REGIONS_MAX ||
		(last->kind == kind && section < 0 && kind != IMAGE_REGION_SYSINFO &&
		    kind != IMAGE_REGION_FDCM))) {
		last->n += n;
		return;
	}
	map->regions[map->n_regions++] = (struct image_region) { kind, at, n, section };
}

/* Inside of firmware that is whole nothing is an area, whatever it looks like. */
static bool
in_sound_section(const struct image_map *map, uint32_t at)
{
	const struct image_section *s;
	unsigned i;

	for (i = 0; i < map->n_sections; i++) {
		s = &map->sections[i];
		if (s->header_ok && s->data_ok && at >= s->offset &&
		    at - s->offset < AWIH_HEADER + s->size)
			return true;
	}
	return false;
}

static void
find_fdcm(const uint8_t *p, size_t n, struct image_map *map)
{
	struct image_fdcm *f;
	uint32_t at;

	map->sysinfo = -1;
	for (at = 0; at < n && map->n_fdcm < sizeof(map->fdcm) / sizeof(map->fdcm[0]);
	     at += IMAGE_SECTOR) {
		f = &map->fdcm[map->n_fdcm];
		if (in_sound_section(map, at) || fdcm_read(p, n, at, f) < 0)
			continue;
		if (fdcm_is_sysinfo(p, n, f)) {
			map->sysinfo = (int)map->n_fdcm;
			memcpy(
			    map->mac, p + f->current + SYSINFO_MAC, sizeof(map->mac));
			map->has_mac = !is_blank(map->mac, sizeof(map->mac)) &&
			    memcmp(map->mac, "\0\0\0\0\0\0", 6) != 0;
		}
		map->n_fdcm++;
	}
}

/* The area that covers `at`, or -1. */
static int
fdcm_at(const struct image_map *map, uint32_t at)
{
	unsigned i;

	for (i = 0; i < map->n_fdcm; i++) {
		if (at >= map->fdcm[i].at && at < map->fdcm[i].at + map->fdcm[i].area)
			return (int)i;
	}
	return -1;
}

/* Bytes of [at, end) that are not FF; stops counting above DEVICE_PIECE_MAX. */
static uint32_t
count_used_bytes(const uint8_t *p, uint32_t at, uint32_t end)
{
	uint32_t used = 0;

	for (; at < end && used <= DEVICE_PIECE_MAX; at++)
		used += p[at] != 0xff;
	return used;
}

static enum image_region_kind
judge_sector(const uint8_t *p, const struct image_map *map, uint32_t at, uint32_t end)
{
	if (is_blank(p + at, end - at))
		return IMAGE_REGION_BLANK;
	if (map->ota_n != 0 && at >= map->ota_at && at - map->ota_at < map->ota_n)
		return IMAGE_REGION_OTA;
	if (map->chain_ok && at >= map->end &&
	    count_used_bytes(p, at, end) <= DEVICE_PIECE_MAX)
		return IMAGE_REGION_DEVICE;
	return IMAGE_REGION_DATA;
}

/* What lies in [at, end), which no section covers: sector by sector. */
static void
map_gap(const uint8_t *p, struct image_map *map, uint32_t at, uint32_t end)
{
	uint32_t next;
	int f;

	while (at < end) {
		f = fdcm_at(map, at);
		if (f >= 0) {
			next = map->fdcm[f].at + map->fdcm[f].area;
			if (next > end)
				next = end;
			add_region(map,
			    f == map->sysinfo ? IMAGE_REGION_SYSINFO
					      : IMAGE_REGION_FDCM,
			    at, next - at, -1);
		} else {
			next = (at / IMAGE_SECTOR + 1) * IMAGE_SECTOR;
			if (next > end)
				next = end;
			add_region(
			    map, judge_sector(p, map, at, next), at, next - at, -1);
		}
		at = next;
	}
}

static void
map_regions(const uint8_t *p, size_t n, struct image_map *map)
{
	const struct image_section *s;
	uint32_t at = 0, section_end;
	unsigned i;

	for (i = 0; i < map->n_sections; i++) {
		s = &map->sections[i];
		if (s->offset < at)
			continue;
		if (s->size > n - s->offset - AWIH_HEADER)
			section_end = (uint32_t)n;
		else
			section_end = s->offset + AWIH_HEADER + s->size;
		map_gap(p, map, at, s->offset);
		add_region(map, IMAGE_REGION_SECTION, s->offset,
		    section_end - s->offset, (int)i);
		at = section_end;
	}
	map_gap(p, map, at, (uint32_t)n);
}

/* Without this console command only two pads lead back into download mode. */
static bool
find_upgrade(const uint8_t *p, const struct image_map *map)
{
	static const char word[] = "upgrade";
	const struct image_section *s;
	unsigned i;

	for (i = 0; map->chain_ok && i < map->n_sections; i++) {
		s = &map->sections[i];
		if ((s->attribute & AWIH_COMPRESSED) != 0 ||
		    memmem(p + s->offset + AWIH_HEADER, s->size, word,
			sizeof(word) - 1) != NULL)
			return true;
	}
	return false;
}

/* An address beyond the end of a flash wraps around: the file then holds the same bytes
 * twice, or four times. */
static void
count_reads(const uint8_t *p, size_t n, struct image_map *map)
{
	size_t half = n;

	map->reads = 1;
	/* A file of one value only says nothing about addresses. */
	while (half >= 2 * IMAGE_FLASH_MIN && half % (2 * IMAGE_SECTOR) == 0 &&
	    memcmp(p, p + 1, half / 2 - 1) != 0 &&
	    memcmp(p, p + half / 2, half / 2) == 0) {
		half /= 2;
		map->reads *= 2;
	}
	map->unique = (uint32_t)half;
	map->equal_halves = map->reads > 1;
}

int
image_map(const uint8_t *p, size_t n, struct image_map *ret, struct err *e)
{
	if (n == 0)
		return err_set(e, ERR_USAGE, "image-empty", "the image is empty");
	if (n > IMAGE_BYTES_MAX)
		return err_set(e, ERR_USAGE, "image-too-large",
		    "the image has %zu bytes; no flash here has more than %u", n,
		    IMAGE_BYTES_MAX);
	memset(ret, 0, sizeof(*ret));
	ret->n = n;
	ret->all_blank = is_blank(p, n);
	count_reads(p, n, ret);
	awih_walk(p, n, ret);
	ret->family =
	    awih_family(p, n, ret, &ret->family_reason);
	ret->has_upgrade = find_upgrade(p, ret);
	find_fdcm(p, n, ret);
	map_regions(p, n, ret);
	faults_find(p, n, ret);
	return 0;
}
