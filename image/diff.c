/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sector-wise comparison of two images (see diff.h). Pure; any process. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/err.h"
#include "image/diff.h"

const char *
diff_class_name(enum diff_class class)
{
	static const char *const names[] = { "code", "volatile", "config", "other",
		"blank" };

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
 * *index is the first region that may; it only moves on. */
static enum diff_class
sector_class(const struct image_map *map, uint32_t at, uint32_t end, unsigned *index)
{
	enum diff_class best = DIFF_BLANK, c;
	const struct image_region *r;
	unsigned i;

	while (*index < map->n_regions &&
	    map->regions[*index].at + map->regions[*index].n <= at)
		(*index)++;
	for (i = *index; i < map->n_regions && map->regions[i].at < end; i++) {
		r = &map->regions[i];
		c = class_of(r->kind);
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

static bool
is_blank(const uint8_t *p, size_t n)
{
	return p[0] == 0xff && memcmp(p, p + 1, n - 1) == 0;
}

struct pair {
	const uint8_t *a, *b;
	size_t n;
	struct image_map *ma, *mb;
};

static int
pair_open(struct pair *p, const uint8_t *a, const uint8_t *b, size_t n, struct err *e)
{
	*p = (struct pair) { a, b, n, malloc(sizeof(*p->ma)), malloc(sizeof(*p->mb)) };
	if (p->ma == NULL || p->mb == NULL)
		return err_sys(e, "memory for two maps");
	return image_map(a, n, p->ma, e) < 0 || image_map(b, n, p->mb, e) < 0 ? -1 : 0;
}

static void
pair_close(struct pair *p)
{
	free(p->ma);
	free(p->mb);
}

static void
judge_sector(const struct pair *p, struct diff_sector *s, uint32_t at, uint32_t step,
    enum diff_class class, const struct diff_learned *learned)
{
	s->class = (uint8_t)class;
	s->bytes = count_bytes(p->a + at, p->b + at, step);
	if (class == DIFF_CODE)
		return;
	if (learned != NULL && learned->changes[at / IMAGE_SECTOR])
		s->class = DIFF_VOLATILE;
	else if (class == DIFF_OTHER && s->bytes > 0 &&
	    (is_blank(p->a + at, step) || is_blank(p->b + at, step)))
		s->class = DIFF_BLANK;
}

static void
diff_sectors(const struct pair *p, const struct diff_learned *learned, struct diff *ret)
{
	uint32_t at, step, end = (uint32_t)p->n;
	unsigned ia = 0, ib = 0;
	enum diff_class ca, cb;
	struct diff_sector *s;

	for (at = 0; at < end; at += step) {
		step = end - at < IMAGE_SECTOR ? end - at : IMAGE_SECTOR;
		s = &ret->sectors[ret->n_sectors++];
		ca = sector_class(p->ma, at, at + step, &ia);
		cb = sector_class(p->mb, at, at + step, &ib);
		judge_sector(p, s, at, step, ca < cb ? ca : cb, learned);
		if (s->bytes == 0)
			continue;
		ret->differing++;
		ret->bytes += s->bytes;
		ret->by_class[s->class]++;
	}
}

int
image_diff(const uint8_t *a, const uint8_t *b, size_t n,
    const struct diff_learned *learned, struct diff *ret, struct err *e)
{
	struct pair p;
	int r;

	memset(ret, 0, sizeof(*ret));
	if ((r = pair_open(&p, a, b, n, e)) == 0)
		diff_sectors(&p, learned, ret);
	pair_close(&p);
	return r;
}

static void
learn_from(struct diff_learned *l, const struct diff *d)
{
	unsigned i;

	if (d->by_class[DIFF_CODE] > 0)
		return;
	l->pairs++;
	for (i = 0; i < d->n_sectors; i++) {
		if (d->sectors[i].bytes == 0 || l->changes[i])
			continue;
		l->changes[i] = true;
		l->n_volatile++;
	}
}

int
diff_learn(struct diff_learned *l, const uint8_t *a, const uint8_t *b, size_t n,
    struct err *e)
{
	struct diff *d = malloc(sizeof(*d));
	int r;

	if (d == NULL)
		return err_sys(e, "memory for a comparison");
	if ((r = image_diff(a, b, n, NULL, d, e)) == 0)
		learn_from(l, d);
	free(d);
	return r;
}

bool
diff_run(const struct diff *d, unsigned *at, unsigned *ret_end, uint64_t *ret_bytes)
{
	unsigned i = *at;

	while (i < d->n_sectors && d->sectors[i].bytes == 0)
		i++;
	*at = i;
	*ret_bytes = 0;
	for (; i < d->n_sectors && d->sectors[i].bytes > 0 &&
	     d->sectors[i].class == d->sectors[*at].class;
	     i++)
		*ret_bytes += d->sectors[i].bytes;
	*ret_end = i;
	return *at < d->n_sectors;
}

bool
diff_bytes_run(const uint8_t *a, const uint8_t *b, size_t n, size_t from, size_t join,
    uint32_t *ret_at, uint32_t *ret_n)
{
	size_t at = from, end, i, step;

	/* Equal sectors are skipped at memcmp's speed. */
	while (at < n) {
		step = n - at < IMAGE_SECTOR ? n - at : IMAGE_SECTOR;
		if (memcmp(a + at, b + at, step) != 0)
			break;
		at += step;
	}
	while (at < n && a[at] == b[at])
		at++;
	if (at >= n)
		return false;
	for (end = i = at; i < n && i - end <= join; i++) {
		if (a[i] != b[i])
			end = i;
	}
	*ret_at = (uint32_t)at;
	*ret_n = (uint32_t)(end + 1 - at);
	return true;
}
