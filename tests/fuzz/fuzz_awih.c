/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * AWIH headers and their chain. The magic is put in wherever the chain leads, so that
 * the fuzzer works on lengths and offsets. Sections must lie inside and rise; mending
 * makes both checksums right and touches nothing else.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "image/awih.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
put_magic(uint8_t *p, size_t n)
{
	struct image_section s;
	uint32_t at = 0;
	unsigned i;

	for (i = 0; i < IMAGE_SECTIONS_MAX && at <= n && n - at >= AWIH_HEADER; i++) {
		memcpy(p + at, "AWIH", 4);
		if (awih_read(p, n, at, &s) < 0)
			abort();
		if (s.next <= at)
			return;
		at = s.next;
	}
}

static void
check_chain(const struct image_map *map, size_t n)
{
	const struct image_section *s;
	unsigned i;

	for (i = 0; i < map->n_sections; i++) {
		s = &map->sections[i];
		if (s->offset > n || n - s->offset < AWIH_HEADER)
			abort();
		if (i > 0 && s->offset <= s[-1].offset)
			abort();
		if (map->chain_ok && s->size > n - s->offset - AWIH_HEADER)
			abort();
		if (s->data_ok && s->size > n - s->offset - AWIH_HEADER)
			abort();
	}
	if (map->chain_ok != (map->chain_error.msg[0] == '\0'))
		abort();
}

static void
check_mend(uint8_t *p, size_t n, const struct image_section *s)
{
	struct image_section again;
	uint8_t *before = malloc(n);

	if (before == NULL)
		return;
	memcpy(before, p, n);
	awih_mend(p, n, s->offset);
	if (awih_read(p, n, s->offset, &again) < 0 || !again.header_ok || !again.data_ok)
		abort();
	memcpy(before + s->offset + 8, p + s->offset + 8, 4);
	if (memcmp(before, p, n) != 0)
		abort();
	free(before);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct image_map *map = calloc(1, sizeof(*map));
	uint8_t *p = malloc(n > 0 ? n : 1);
	struct err why;
	unsigned i;

	if (map != NULL && p != NULL && n > 0) {
		memcpy(p, data, n);
		put_magic(p, n);
		awih_walk(p, n, map);
		check_chain(map, n);
		(void)awih_family(p, n, map, &why);
		for (i = 0; i < map->n_sections; i++) {
			if (map->sections[i].size <=
			    n - map->sections[i].offset - AWIH_HEADER)
				check_mend(p, n, &map->sections[i]);
		}
	}
	free(map);
	free(p);
	return 0;
}
