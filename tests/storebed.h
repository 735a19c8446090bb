/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Backups for tests of the dump library, made as flashd makes them. Tests only. */
#ifndef TESTS_STOREBED_H
#define TESTS_STOREBED_H

#include <stdint.h>

struct db;
struct err;
struct store;

#define BED_BYTES 150000u

/* Fill p (BED_BYTES) with what the dump of this seed holds; its SHA-256 into ret[65]. */
void bed_bytes(unsigned seed, uint8_t *p, char *ret_sha256);
/* Part, bytes, seal, row. The row's id, or -1. */
int64_t bed_dump(struct db *db, struct store *store, unsigned seed, int64_t camera_id,
    const char *camera, const char *chip_id, struct err *e);

#endif
