/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Images that must not be written to an XR872 camera with 256 KiB, each bad in its own
 * way. Tests only. */
#ifndef TESTS_BADIMAGES_H
#define TESTS_BADIMAGES_H

#include <stddef.h>
#include <stdint.h>

#include "image/image.h"

#define BADIMAGE_FLASH (256u * 1024)
#define BADIMAGE_ROOM (4 * BADIMAGE_FLASH)

/* An image as it is being spoiled. */
struct bad {
	uint8_t p[BADIMAGE_ROOM];
	size_t n;
};

enum { BAD_FORCE = 1, BAD_FLASH = 2 };	/* asked for with --force; by flash */

struct badimage {
	const char *reason;
	void (*spoil)(struct bad *b);	/* of a dump, or of firmware for flash */
	unsigned how;
};

extern const struct badimage badimages[];
extern const size_t n_badimages;

/* A good one to begin with. Others than XR872 have 512 KiB. */
void badimage_dump(struct bad *b, enum image_family family);
void badimage_firmware(struct bad *b, enum image_family family, uint32_t ota_at,
    uint32_t ota_n);

#endif
