/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A restore journal of hostile bytes. The first byte chooses what stands before the
 * rest: nothing, a sound header, or a header and as many sound records as the second
 * byte says. No record may be taken from what follows: nobody can make one.
 */
#include "config.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "common/err.h"
#include "flashd/engine/journal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define RECORDS_MAX 8u

/* Sound pieces; their bytes. */
static size_t
begin(uint8_t *p, unsigned records)
{
	static const struct journal_header header = {
		.job_id = 1, .flash_size = 1 << 20, .sector = 4096, .chip = "xr872"
	};
	uint8_t *at = p + JOURNAL_HEADER;
	unsigned i;

	journal_encode_header(&header, p);
	for (i = 0; i < records; i++, at += JOURNAL_RECORD)
		journal_encode_record(
		    at - JOURNAL_HASH, i, i, JOURNAL_ERASING + i % 3, at);
	return (size_t)(at - p);
}

static void
check(const uint8_t *file, size_t n, size_t own, struct journal *j)
{
	struct err e = { .code = ERR_NONE };
	unsigned done, open, i;

	if (journal_parse(file, n, j, &e) < 0) {
		if (own > 0 || e.code == ERR_NONE)
			abort();
		return;
	}
	journal_count(j, &done, &open);
	/* A sound header that is none of ours cannot be made up. */
	if (own == 0 || j->good != own || done + open != j->n_records ||
	    j->torn != (n > own))
		abort();
	for (i = 0; i < j->n_sectors; i++) {
		if ((j->state[i] != JOURNAL_PENDING) != (i < j->n_records))
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct journal *j = malloc(sizeof(*j));
	uint8_t *file = malloc(JOURNAL_HEADER + RECORDS_MAX * JOURNAL_RECORD + n + 1);
	unsigned records = n > 1 && data[0] % 3 == 2 ? data[1] % (RECORDS_MAX + 1) : 0;
	size_t own = 0;

	if (j != NULL && file != NULL && sodium_init() >= 0) {
		if (n > 0 && data[0] % 3 != 0)
			own = begin(file, records);
		memcpy(file + own, data, n);
		check(file, own + n, own, j);
	}
	free(j);
	free(file);
	return 0;
}
