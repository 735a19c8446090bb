/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Images on their way to a child: copied into sealed memory, so that the bytes that
 * were hashed and judged are the bytes that are written, whoever else may change the
 * file. flashd's parent.
 */
#ifndef FLASHD_IMAGE_LOAD_H
#define FLASHD_IMAGE_LOAD_H

#include <stdint.h>

struct err;

struct image_load {
	int fd;			/* sealed memory; -1 = none */
	uint64_t size;
	char sha256[65];
};

/* Copy a whole file of at most 32 MiB. */
int image_load(int from, struct image_load *ret, struct err *e);
void image_load_close(struct image_load *l);

/* Open STATE/incoming/<hex>: a regular file, no link, at most 32 MiB, 1 at least. */
int image_load_incoming(int state_dir, const char *hex, struct err *e);

/* Would the rules let it be written to a chip of this name and size? */
int image_load_judge(const struct image_load *l, int whole, const char *chip,
    unsigned brom_version, uint64_t flash_size, int force, struct err *e);

#endif
