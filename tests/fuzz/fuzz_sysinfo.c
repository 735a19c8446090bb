/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Hostile settings records: the input is written into a record area, record after
 * record. Found things lie inside; a redacted copy has the same size and none of the
 * names and passphrases that were found in the records.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/err.h"
#include "image/fdcm.h"
#include "image/found.h"
#include "image/redact.h"

#define RECORD 360u
#define RECORDS 11u
#define BITMAP 2u
#define LONG 8u /* bytes from which on a secret does not turn up by chance */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

struct work {
	uint8_t p[IMAGE_SECTOR];
	struct image_map map;
	struct found_list found;
	struct redact_report report;
};

static void
make_area(uint8_t *p, const uint8_t *data, size_t n)
{
	size_t used = (n + RECORD - 1) / RECORD, i;

	memset(p, 0xff, IMAGE_SECTOR);
	memcpy(p, "\xa5\x5a\x5a\xa5\x02\x00\x68\x01", 8);
	if (used > RECORDS)
		used = RECORDS;
	for (i = 0; i < used; i++)
		p[8 + i / 8] = (uint8_t)(p[8 + i / 8] & ~(1u << i % 8));
	memcpy(p + 8 + BITMAP, data, n < used * RECORD ? n : used * RECORD);
}

static void
check_found(const struct work *w)
{
	const struct found *f;
	unsigned i;

	for (i = 0; i < w->found.n; i++) {
		f = &w->found.items[i];
		if (f->n == 0 || f->n > FOUND_BYTES_MAX || f->at > IMAGE_SECTOR ||
		    IMAGE_SECTOR - f->at < f->n ||
		    memcmp(w->p + f->at, f->bytes, f->n) != 0)
			abort();
	}
}

static void
check_redacted(const struct work *w, const uint8_t *copy)
{
	const struct found *f;
	unsigned i, k;

	for (i = 0; i < w->found.n; i++) {
		f = &w->found.items[i];
		if ((f->kind != FOUND_SSID && f->kind != FOUND_PASSPHRASE) || f->n < LONG)
			continue;
		for (k = 1; k < f->n && f->bytes[k] == f->bytes[0]; k++)
			;
		if (k < f->n && memmem(copy, IMAGE_SECTOR, f->bytes, f->n) != NULL)
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct redact_options options = { .keep_mac = false };
	struct work *w = calloc(1, sizeof(*w));
	uint8_t copy[IMAGE_SECTOR];
	struct err e;

	if (w == NULL)
		return 0;
	make_area(w->p, data, n);
	if (image_map(w->p, sizeof(w->p), &w->map, &e) < 0)
		abort();
	found_scan(w->p, sizeof(w->p), &w->map, &w->found);
	check_found(w);
	memcpy(copy, w->p, sizeof(copy));
	if (image_redact(copy, sizeof(copy), &options, &w->report, &e) == 0)
		check_redacted(w, copy);
	free(w);
	return 0;
}
