/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fdcm: the flash area in which the firmware appends records of one size; a bitmap
 * counts them, the last one is current. No checksum. sysinfo (settings, MAC, Wi-Fi) is
 * such an area. Pure; any thread.
 */
#ifndef IMAGE_FDCM_H
#define IMAGE_FDCM_H

#include "image/image.h"

/* The record of the SDK; vendors append to it, so a record may be longer. */
#define SYSINFO_BYTES 236u
#define SYSINFO_MAC 5u
#define SYSINFO_STA_LEN 44u	/* length of the station's network name */
#define SYSINFO_AP_LEN 142u

/* A plausible area at `at`, a multiple of 4 KiB. 0, or -1 when there is none. */
int fdcm_read(const uint8_t *p, size_t n, uint32_t at, struct image_fdcm *ret);
/* The same, and what its lengths say that cannot be: "" when all is well, also set where
 * the magic stands but no area can be made of it (-1). */
int fdcm_look(const uint8_t *p, size_t n, uint32_t at, struct image_fdcm *ret,
    struct err *ret_why);
/* Offset of record `index` < used from the image's start. */
uint32_t fdcm_record(const struct image_fdcm *f, unsigned index);
/* Does its current record look like sysinfo? */
bool fdcm_is_sysinfo(const uint8_t *p, size_t n, const struct image_fdcm *f);

#endif
