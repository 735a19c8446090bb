/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lies in an image, each with its offset (see faults.h). Pure; any process. */
#include "config.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/err.h"
#include "image/awih.h"
#include "image/faults.h"
#include "image/fdcm.h"

#define SSID_MAX 32u

/* The sentence of one more; NULL when the list is full. */
static struct err *
add(struct image_map *map, uint32_t at)
{
	struct image_fault *f = &map->faults[map->n_faults];

	if (map->n_faults == IMAGE_FAULTS_MAX)
		return NULL;
	map->n_faults++;
	f->at = at;
	return &f->said;
}

static void fault(struct image_map *map, uint32_t at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void
fault(struct image_map *map, uint32_t at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)err_vset(add(map, at), ERR_REFUSED, "", fmt, ap);
	va_end(ap);
}

/* One that was found, and said, before. */
static void
told(struct image_map *map, uint32_t at, const struct err *said)
{
	struct err *its = add(map, at);

	if (its != NULL)
		*its = *said;
}

static void
section_faults(struct image_map *map, const struct image_section *s)
{
	if (!s->header_ok)
		fault(map, s->offset,
		    "the header checksum of section '%s' at 0x%" PRIx32 " is wrong",
		    s->name, s->offset);
	/* Data that leave the file have no checksum that could be judged. */
	if (!s->data_ok && s->size <= map->n - s->offset - AWIH_HEADER)
		fault(map, s->offset,
		    "the data checksum of section '%s' at 0x%" PRIx32 " is wrong",
		    s->name, s->offset);
	if ((s->attribute & AWIH_COMPRESSED) == 0 && s->body > s->size)
		fault(map, s->offset,
		    "section '%s' at 0x%" PRIx32 " says that its body has 0x%" PRIx32
		    " bytes, more than its 0x%" PRIx32 " bytes of data",
		    s->name, s->offset, s->body, s->size);
}

/* A whole flash has a power of two; a section image may end before its OTA area. */
static bool
is_whole_flash(size_t n)
{
	return n >= IMAGE_FLASH_MIN && (n & (n - 1)) == 0;
}

static void
ota_faults(struct image_map *map)
{
	uint64_t end = (uint64_t)map->ota_at + map->ota_n;

	if (map->ota_n == 0)
		return;
	if (is_whole_flash(map->unique) && end > map->unique)
		fault(map, 0,
		    "the boot section at 0x0 puts the update record at 0x%" PRIx32
		    " to 0x%" PRIx64 ", beyond the end of this flash at 0x%" PRIx32,
		    map->ota_at, end, map->unique);
	if (map->ota_at < map->end)
		fault(map, 0,
		    "the boot section at 0x0 puts the update record at 0x%" PRIx32
		    ", inside the sections, which end at 0x%" PRIx32,
		    map->ota_at, map->end);
	if (map->ota_at % IMAGE_SECTOR != 0)
		fault(map, 0,
		    "the boot section at 0x0 puts the update record at 0x%" PRIx32
		    ", which is no border of a 4 KiB sector",
		    map->ota_at);
}

/* The boot section's third private word: the sections end below so many KiB. */
static void
limit_fault(struct image_map *map)
{
	uint32_t limit;

	if (!map->has_boot || map->sections[0].priv[2] == IMAGE_NONE)
		return;
	limit = (map->sections[0].priv[2] & 0xffff) * 1024;
	if (limit != 0 && map->end > limit)
		fault(map, 0,
		    "the boot section at 0x0 says that the sections end below "
		    "0x%" PRIx32 ", but they end at 0x%" PRIx32,
		    limit, map->end);
}

static bool
inside_section(const struct image_map *map, uint32_t at)
{
	const struct image_section *s;
	unsigned i;

	for (i = 0; i < map->n_sections; i++) {
		s = &map->sections[i];
		if (at >= s->offset &&
		    at - s->offset < (uint64_t)s->size + AWIH_HEADER)
			return true;
	}
	return false;
}

static void
record_faults(const uint8_t *p, struct image_map *map)
{
	const struct image_fdcm *f;
	uint32_t at;
	unsigned i;

	if (map->sysinfo < 0)
		return;
	f = &map->fdcm[map->sysinfo];
	for (i = 0; i < f->used; i++) {
		at = fdcm_record(f, i);
		if (p[at + SYSINFO_STA_LEN] > SSID_MAX || p[at + SYSINFO_AP_LEN] > SSID_MAX)
			fault(map, at,
			    "settings record %u at 0x%" PRIx32
			    " says that a network name has %u bytes; 32 is the most",
			    i, at,
			    p[at + SYSINFO_STA_LEN] > SSID_MAX
				? p[at + SYSINFO_STA_LEN]
				: p[at + SYSINFO_AP_LEN]);
	}
}

static void
fdcm_faults(const uint8_t *p, size_t n, struct image_map *map)
{
	uint32_t at, last_end = 0;
	struct image_fdcm f;
	struct err why;

	for (at = 0; at < n; at += IMAGE_SECTOR) {
		if (inside_section(map, at))
			continue;
		if (fdcm_look(p, n, at, &f, &why) == 0) {
			if (at < last_end)
				fault(map, at,
				    "the record area at 0x%" PRIx32
				    " begins inside another one",
				    at);
			last_end = at + f.area;
		}
		if (why.msg[0] != '\0')
			told(map, at, &why);
	}
	record_faults(p, map);
}

static int
by_offset(const void *x, const void *y)
{
	const struct image_fault *a = x, *b = y;

	return a->at < b->at ? -1 : a->at > b->at;
}

void
faults_find(const uint8_t *p, size_t n, struct image_map *map)
{
	unsigned i;

	/* What does not begin like firmware at all is no lie. */
	if (!map->chain_ok && map->n_sections > 0)
		told(map, map->chain_at, &map->chain_error);
	for (i = 0; i < map->n_sections; i++)
		section_faults(map, &map->sections[i]);
	limit_fault(map);
	ota_faults(map);
	fdcm_faults(p, n, map);
	qsort(map->faults, map->n_faults, sizeof(map->faults[0]), by_offset);
}
