/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a write would keep, change and take, in sentences, before anybody is asked. It
 * speaks of the image alone; the camera is asked again before its first erase. Pure.
 */
#ifndef IMAGE_PLAN_H
#define IMAGE_PLAN_H

#include "image/graft.h"

#define PLAN_LINES_MAX 48

enum plan_kind { PLAN_RESTORE, PLAN_FLASH, PLAN_ERASE };

struct plan_line {
	char what[16];		/* gone, backup, image, changes, keeps, identity, settings,
				 * device, area, mac, left, order, time, after */
	struct err said;
};

struct plan {
	struct plan_line lines[PLAN_LINES_MAX];
	unsigned n_lines;
	unsigned seconds;	/* worst case, all sectors differ */
};

/* Whose identity a restore writes, and what is known of it before the camera is read. */
struct plan_identity {
	enum graft_identity identity;
	const struct graft_report *graft;	/* made from `target`; NULL = not known yet */
	const struct err *gone;	/* why there is nothing to keep, or NULL */
	const char *target;	/* "dump 12 of porch": the camera as it was read last */
};

/* map is NULL for PLAN_ERASE; at and size only count there. flash_size 0 = not known
 * yet: the image's own size is taken. baud: the rate to expect. who: for PLAN_RESTORE. */
void image_plan(enum plan_kind kind, const struct image_map *map, uint64_t flash_size,
    uint64_t at, uint64_t size, unsigned baud, const struct plan_identity *who,
    struct plan *ret);

#endif
