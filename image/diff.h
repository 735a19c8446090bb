/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two images of one size, sector by sector, by what the sectors are for. Pure. */
#ifndef IMAGE_DIFF_H
#define IMAGE_DIFF_H

#include "image/image.h"

#define DIFF_SECTORS_MAX (IMAGE_BYTES_MAX / IMAGE_SECTOR)

enum diff_class {
	DIFF_CODE,	/* sections of firmware in one of them */
	DIFF_VOLATILE,	/* has been seen to change by itself (diff_learn()) */
	DIFF_CONFIG,	/* settings, record areas, per-device pieces */
	DIFF_OTHER,
	DIFF_BLANK,	/* of DIFF_OTHER: all FF in one of them */
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
	struct diff_sector sectors[DIFF_SECTORS_MAX];
};

/* Which sectors change while a camera's firmware stays: learned from dumps of one
 * camera. Zeroed = nothing learned yet. Large. */
struct diff_learned {
	unsigned pairs;			/* that were looked at and had one firmware */
	unsigned n_volatile;		/* sectors */
	bool changes[DIFF_SECTORS_MAX];
};

const char *diff_class_name(enum diff_class class);
/* Take in two dumps of one camera, one read after the other. A pair whose firmware
 * differs teaches nothing. 0, or -1 (memory, size). */
int diff_learn(struct diff_learned *l, const uint8_t *a, const uint8_t *b, size_t n,
    struct err *e);
/* Both have n bytes; learned may be NULL. ret is large. */
int image_diff(const uint8_t *a, const uint8_t *b, size_t n,
    const struct diff_learned *learned, struct diff *ret, struct err *e);

/* The next run of differing sectors of one class at *at or behind it: *at and *ret_end
 * are sectors, *ret_bytes counts differing bytes. False at the end; go on from
 * *ret_end. */
bool diff_run(const struct diff *d, unsigned *at, unsigned *ret_end, uint64_t *ret_bytes);
/* The next run of bytes that differ at `from` or behind it; fewer than `join` equal
 * bytes do not end it. False when there is none. */
bool diff_bytes_run(const uint8_t *a, const uint8_t *b, size_t n, size_t from, size_t join,
    uint32_t *ret_at, uint32_t *ret_n);

#endif
