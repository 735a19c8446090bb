/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A restore journal of hostile bytes. The first byte chooses what stands before the
 * rest: nothing, a sound header, or a header and as many sound records as the second
 * byte says. Sound records are never lost, and whatever else is taken for one is what
 * the writer would have written in that place. (The fuzzer may well make one: it reads
 * the hash that was wanted where it is compared.)
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

static uint32_t
be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Each record that was taken is the one that belongs there, and the states are theirs. */
static void
check_records(const uint8_t *file, const struct journal *j)
{
	static uint8_t state[JOURNAL_SECTORS_MAX];
	uint8_t want[JOURNAL_RECORD];
	uint64_t i;

	memset(state, JOURNAL_PENDING, sizeof(state));
	for (i = 0; i < j->n_records; i++) {
		const uint8_t *p = file + JOURNAL_HEADER + i * JOURNAL_RECORD;
		uint32_t sector = be32(p + 8), said = be32(p + 12);

		journal_encode_record(p - JOURNAL_HASH, i, sector, said, want);
		if (memcmp(p, want, sizeof(want)) != 0 || sector >= j->n_sectors ||
		    said < JOURNAL_ERASING || said > JOURNAL_VERIFIED)
			abort();
		state[sector] = (uint8_t)said;
	}
	if (memcmp(state, j->state, sizeof(state)) != 0)
		abort();
}

static void
check(const uint8_t *file, size_t n, size_t own, struct journal *j)
{
	struct err e = { .code = ERR_NONE };
	unsigned done, open;

	if (journal_parse(file, n, j, &e) < 0) {
		if (own > 0 || e.code == ERR_NONE)
			abort();
		return;
	}
	if (j->good < own || j->good > n || j->torn != (n > j->good) ||
	    j->good != JOURNAL_HEADER + j->n_records * JOURNAL_RECORD)
		abort();
	check_records(file, j);
	journal_count(j, &done, &open);
	if (done + open > j->n_records || done + open > j->n_sectors)
		abort();
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
