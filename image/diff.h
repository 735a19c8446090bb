/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two images of one size, sector by sector, by what the sectors are for. Pure. */
#ifndef IMAGE_DIFF_H
#define IMAGE_DIFF_H

#include "image/image.h"

enum diff_class {
	DIFF_CODE,	/* sections of firmware */
	DIFF_CONFIG,	/* settings, record areas, per-device pieces */
	DIFF_OTHER,
	DIFF_BLANK,	/* blank in at least one */
	N_DIFF_CLASSES
};

struct diff_sector {
	uint8_t class;		/* enum diff_class */
	uint16_t bytes;		/* that differ, 0 to 4096 */
};

struct diff {
	unsigned n_sectors;
	unsigned differing;				/* sectors */
	unsigned by_class[N_DIFF_CLASSES];		/* differing sectors */
	uint64_t bytes;
	struct diff_sector sectors[IMAGE_BYTES_MAX / IMAGE_SECTOR];
};

const char *diff_class_name(enum diff_class class);
/* Both have n bytes. ret is large. */
int image_diff(const uint8_t *a, const uint8_t *b, size_t n, struct diff *ret,
    struct err *e);

#endif
