/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a write would keep, change and take, in sentences, before anybody is asked. It
 * speaks of the image alone; the camera is asked again before its first erase. Pure.
 */
#ifndef IMAGE_PLAN_H
#define IMAGE_PLAN_H

#include "image/image.h"

#define PLAN_LINES_MAX 12

enum plan_kind { PLAN_RESTORE, PLAN_FLASH, PLAN_ERASE };

struct plan_line {
	char what[16];		/* backup, image, changes, keeps, identity, order, time, after */
	char text[300];
};

struct plan {
	struct plan_line lines[PLAN_LINES_MAX];
	unsigned n_lines;
	unsigned seconds;	/* worst case, all sectors differ */
};

/* map is NULL for PLAN_ERASE; at and size only count there. flash_size 0 = not known
 * yet: the image's own size is taken. baud: the rate to expect. */
void image_plan(enum plan_kind kind, const struct image_map *map, uint64_t flash_size,
    uint64_t at, uint64_t size, unsigned baud, struct plan *ret);

#endif
