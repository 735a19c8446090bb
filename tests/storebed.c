/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Backups for tests (see storebed.h). Tests only. */
#include "config.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/err.h"
#include "common/file.h"
#include "db/dump.h"
#include "flashd/library.h"
#include "flashd/store.h"
#include "tests/storebed.h"

void
bed_bytes(unsigned seed, uint8_t *p, char *ret_sha256)
{
	unsigned char digest[32];
	size_t i;

	for (i = 0; i < BED_BYTES; i++)
		p[i] = (uint8_t)((i * 31 + seed * 7919) >> 3);
	memcpy(p, &seed, sizeof(seed));
	crypto_hash_sha256(digest, p, BED_BYTES);
	sodium_bin2hex(ret_sha256, 65, digest, sizeof(digest));
}

static void
describe(struct dump *d, unsigned seed, const char *camera, const char *chip_id)
{
	snprintf(d->kind, sizeof(d->kind), "backup");
	snprintf(d->camera, sizeof(d->camera), "%s", camera);
	snprintf(d->chip, sizeof(d->chip), "xr872");
	snprintf(d->chip_id, sizeof(d->chip_id), "%s", chip_id);
	snprintf(d->jedec, sizeof(d->jedec), "0b4014");
	snprintf(d->mac, sizeof(d->mac), "02:00:00:00:00:%02x", seed & 0xff);
	snprintf(d->port, sizeof(d->port), "pci-0000:00:14.0-usb-0:2:1.0");
	snprintf(d->tool, sizeof(d->tool), "test");
}

int64_t
bed_dump(struct db *db, struct store *store, unsigned seed, int64_t camera_id,
    const char *camera, const char *chip_id, struct err *e)
{
	struct dump d = { .size = BED_BYTES,
		.camera_id = camera_id,
		.verified = true,
		.baud = 921600,
		.passes = 2,
		.retries = seed,
		.job_id = (int64_t)seed + 1,
		.created_s = 1700000000 + (int64_t)seed };
	char part[STORE_NAME_MAX];
	uint8_t *p = malloc(BED_BYTES);
	int64_t same;
	int fd, r;

	if (p == NULL)
		return err_sys(e, "memory");
	describe(&d, seed, camera, chip_id);
	bed_bytes(seed, p, d.sha256);
	if ((fd = store_part(store, (int64_t)seed + 1, part, e)) < 0) {
		free(p);
		return -1;
	}
	r = file_write_all(fd, p, BED_BYTES, e);
	if (r == 0)
		r = library_seal(db, store, fd, part, &d, &same, e);
	if (r < 0)
		store_drop_part(store, part);
	close(fd);
	free(p);
	return r < 0 || library_index(db, &d, e) < 0 ? -1 : d.id;
}
