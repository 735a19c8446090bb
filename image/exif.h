/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one thing that a photograph's EXIF block is asked for: which way is up. Reads
 * within the bytes it is given, whatever they say. Pure; any thread. */
#ifndef IMAGE_EXIF_H
#define IMAGE_EXIF_H

#include <stddef.h>
#include <stdint.h>

/* 1 to 8 as EXIF numbers them; 1, upright, when nothing (sensible) is said. */
unsigned exif_orientation(const uint8_t *jpeg, size_t n);

#endif
