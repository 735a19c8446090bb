/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An image of hostile bytes: mapped, judged and planned. Beyond not crashing: regions
 * cover the image once and in order, sections rise and lie inside.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/err.h"
#include "image/graft.h"
#include "image/plan.h"
#include "image/redact.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
check_map(const struct image_map *map, size_t n)
{
	size_t at = 0;
	unsigned i;

	for (i = 0; i < map->n_regions; i++) {
		if (map->regions[i].at != at || map->regions[i].n == 0)
			abort();
		at += map->regions[i].n;
	}
	if (at != n)
		abort();
	for (i = 1; i < map->n_sections; i++) {
		if (map->sections[i].offset <= map->sections[i - 1].offset)
			abort();
	}
	if (map->chain_ok && map->end > n)
		abort();
	for (i = 0; i < map->n_fdcm; i++) {
		if (map->fdcm[i].area > n - map->fdcm[i].at)
			abort();
	}
	for (i = 0; i < map->n_faults; i++) {
		if (map->faults[i].at >= n || map->faults[i].said.msg[0] == '\0')
			abort();
	}
	if ((size_t)map->unique * map->reads != n)
		abort();
}

/* Redacting and grafting must keep the image's size and its bounds. */
static void
check_share(const uint8_t *data, size_t n)
{
	struct redact_options options = { .keep_mac = n % 2 == 1 };
	struct redact_report *report = malloc(sizeof(*report));
	struct graft_report graft;
	struct err e = { .code = ERR_NONE };
	uint8_t *copy = malloc(n > 0 ? n : 1);

	if (report != NULL && copy != NULL && n > 0) {
		memcpy(copy, data, n);
		(void)image_redact(copy, n, &options, report, &e);
		(void)image_graft(data, data, n, GRAFT_KEEP, NULL, NULL, copy, &graft, &e);
		(void)image_graft(data, data, n, GRAFT_BLANK, NULL, NULL, copy, &graft, &e);
		(void)image_restore(data, data, n, GRAFT_KEEP, NULL, copy, &graft, &e);
	}
	free(report);
	free(copy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct image_target target = { .chip = "xr872", .brom_version = 2 };
	struct image_map *map = malloc(sizeof(*map));
	struct err e = { .code = ERR_NONE };
	struct plan_identity who = { .identity = GRAFT_KEEP };
	struct plan plan;
	struct err warning;

	check_share(data, n);
	if (map == NULL)
		return 0;
	if (image_map(data, n, map, &e) == 0) {
		check_map(map, n);
		target.flash_size = n;
		(void)image_judge(
		    data, n, map, IMAGE_WHOLE, &target, &warning, &e);
		(void)image_judge(data, n, map, IMAGE_SECTIONS, &target, NULL, &e);
		image_plan(PLAN_RESTORE, map, 0, 0, 0, 921600, &who, &plan);
		image_plan(
		    PLAN_FLASH, map, 1u << 20, 0, 0, 921600, NULL, &plan);
	}
	free(map);
	return 0;
}
