/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A dump's row as JSON beside its bytes, so that the index can be built again from the
 * files alone. Pure; any process. */
#ifndef DB_SIDECAR_H
#define DB_SIDECAR_H

#include <stddef.h>

struct dump;
struct err;

#define SIDECAR_MAX 16384

/* Caller frees; NULL when out of memory. */
char *sidecar_format(const struct dump *d);
/* Every field checked; camera gets the name and camera_id stays 0. 0, or -1. */
int sidecar_parse(const char *text, size_t n, struct dump *ret, struct err *e);

#endif
