/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * AWIH: the sections a firmware image is made of. A 64-byte little-endian header, the
 * data right behind it, and the offset of the next header. Pure; any thread.
 */
#ifndef IMAGE_AWIH_H
#define IMAGE_AWIH_H

#include "image/image.h"

#define AWIH_HEADER 64u
#define AWIH_COMPRESSED 0x10u	/* of the attribute: the data are xz */
#define AWIH_ID_BOOT 0xa5ff5a00u

/* One header at offset `at`, with both checksums judged. 0, or -1 when there is no
 * magic or no room for it. A size that leaves the image makes data_ok false. */
int awih_read(const uint8_t *p, size_t n, uint32_t at, struct image_section *ret);

/* Walk the chain from 0 into map->sections; fills chain_ok, chain_error, end, ota_*,
 * has_boot. */
void awih_walk(const uint8_t *p, size_t n, struct image_map *map);

/* Make both checksums of the section at `at` right again; nothing happens where there is
 * no section or its data leave the image. */
void awih_mend(uint8_t *p, size_t n, uint32_t at);

/* Which chip family the boot section is for, and why. */
enum image_family awih_family(const uint8_t *p, size_t n, const struct image_map *map,
    struct err *ret_reason);

#endif
