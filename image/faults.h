/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whatever an image says of itself and that is not so. For map.c. Pure; any thread. */
#ifndef IMAGE_FAULTS_H
#define IMAGE_FAULTS_H

#include "image/image.h"

/* Fill map->faults of a map that is otherwise complete. */
void faults_find(const uint8_t *p, size_t n, struct image_map *map);

#endif
