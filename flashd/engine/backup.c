/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A verified backup (see backup.h). Worker process. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/err.h"
#include "common/said.h"
#include "common/text.h"
#include "flashd/engine/backup.h"
#include "flashd/engine/engine.h"
#include "flashd/engine/transfer.h"
#include "flashd/order.h"
#include "image/image.h"

#define UNIT_FIRST (32u * 512)
/* Another size than the first pass, prime to it: what a driver or the chip
 * does wrong at a border shows, because the borders lie elsewhere. */
#define UNIT_SECOND (31u * 512)
#define SAMPLES 16 /* sectors compared after a replug */
#define VOTES_MAX 9
#define VOTES_NEEDED 3

struct pass {
	struct engine *g;
	uint8_t *p; /* what the chip holds, as far as known */
	size_t n;
	uint8_t *differs; /* one byte a sector */
	size_t n_differ;
	size_t first; /* bytes that the first pass has put into out_fd */
};

static int
put(struct engine *g, uint32_t at, const uint8_t *p, size_t n, struct err *e)
{
	ssize_t w;

	while (n > 0) {
		w = pwrite(g->out_fd, p, n, (off_t)at);
		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0)
			return err_sys(e, "write the dump");
		at += (uint32_t)w;
		p += w;
		n -= (size_t)w;
	}
	return 0;
}

static int
first_pass(struct pass *b, struct err *e)
{
	size_t at, take;

	report_step(b->g->report, "read1", b->n);
	transfer_pass(b->g, UNIT_FIRST);
	report_blocks(b->g->report, 0, b->first, 'r');
	report_done(b->g->report, b->first);
	for (at = b->first; at < b->n; at += take) {
		take = b->n - at < UNIT_FIRST ? b->n - at : UNIT_FIRST;
		if (transfer_read(b->g, (uint32_t)at, b->p + at, take, e) < 0 ||
		    put(b->g, (uint32_t)at, b->p + at, take, e) < 0)
			return -1;
		b->first = at + take;
		report_blocks(b->g->report, (uint32_t)at, take, 'r');
	}
	return 0;
}

/* The same chip id: its firmware has changed its flash, and all is read anew. Where the
 * chip tells no id, nobody knows whose flash this is. */
static int
not_as_read(const struct pass *b, uint32_t at, struct err *e)
{
	report_log(b->g->report, "0x%x is not what was read before", at);
	if (b->g->id.chip_id[0] != '\0')
		return 0;
	return err_set(e, ERR_REFUSED, "other-camera",
	    "this is not the camera that the job began with, or its firmware ran in "
	    "between: its flash at 0x%x is not what was read before. Nothing was "
	    "written to it. Plug the first one in again, or start the job anew",
	    at);
}

/* The child before us read a part of this, then its port went away. Some of its sectors
 * tell whether the same chip is there again; the second pass compares all. */
static int
take_kept(struct pass *b, struct err *e)
{
	size_t kept = (size_t)b->g->order->kept, step, at;
	uint8_t sector[ENGINE_SECTOR];
	int r;

	if (kept == 0)
		return 0;
	if (kept > b->n || kept % ENGINE_SECTOR != 0 ||
	    pread(b->g->out_fd, b->p, kept, 0) != (ssize_t)kept)
		return err_set(e, ERR_USAGE, "bad-order",
		    "the order names %zu bytes that were read before, and they are not "
		    "there",
		    kept);
	step = kept / SAMPLES / ENGINE_SECTOR * ENGINE_SECTOR;
	transfer_pass(b->g, ENGINE_SECTOR);
	for (at = 0; at < kept; at += step != 0 ? step : ENGINE_SECTOR) {
		if (transfer_read(b->g, (uint32_t)at, sector, sizeof(sector), e) < 0)
			return -1;
		if (memcmp(sector, b->p + at, sizeof(sector)) == 0)
			continue;
		r = transfer_differs(b->g, (uint32_t)at, b->p + at, sector, e);
		if (r < 0)
			return -1;
		if (r > 0)
			return not_as_read(b, (uint32_t)at, e);
	}
	b->first = kept;
	report_log(b->g->report, "0x%zx bytes were read before", kept);
	return 0;
}

/* Mark the sectors where the second reading differs from the first. */
static void
compare(struct pass *b, size_t at, const uint8_t *second, size_t n)
{
	size_t i, step;

	for (i = 0; i < n; i += step) {
		step = ENGINE_SECTOR - (at + i) % ENGINE_SECTOR;
		if (step > n - i)
			step = n - i;
		if (memcmp(b->p + at + i, second + i, step) == 0 ||
		    b->differs[(at + i) / ENGINE_SECTOR])
			continue;
		b->differs[(at + i) / ENGINE_SECTOR] = 1;
		b->n_differ++;
	}
}

static int
second_pass(struct pass *b, struct err *e)
{
	uint8_t unit[UNIT_SECOND];
	size_t at, take;

	report_step(b->g->report, "read2", b->n);
	transfer_pass(b->g, UNIT_SECOND);
	for (at = 0; at < b->n; at += take) {
		take = b->n - at < UNIT_SECOND ? b->n - at : UNIT_SECOND;
		if (transfer_read(b->g, (uint32_t)at, unit, take, e) < 0)
			return -1;
		compare(b, at, unit, take);
		report_blocks(b->g->report, (uint32_t)at, take, 'v');
	}
	return 0;
}

struct votes {
	uint8_t *bytes; /* VOTES_MAX readings of one sector */
	unsigned count[VOTES_MAX];
	unsigned n; /* different readings */
	unsigned most; /* the one with most votes */
};

/* Count a reading; true when it has won. */
static bool
vote(struct votes *v, const uint8_t *sector)
{
	unsigned i;

	for (i = 0; i < v->n; i++) {
		if (memcmp(v->bytes + i * ENGINE_SECTOR, sector, ENGINE_SECTOR) == 0)
			break;
	}
	if (i == v->n) {
		memcpy(v->bytes + i * ENGINE_SECTOR, sector, ENGINE_SECTOR);
		v->count[i] = 0;
		v->n++;
	}
	if (++v->count[i] > v->count[v->most])
		v->most = i;
	return v->count[i] >= VOTES_NEEDED;
}

/* Read one sector again and again, in units of changing size, until one reading came
 * three times. */
static int
settle_sector(struct pass *b, uint32_t at, struct votes *v, struct err *e)
{
	static const size_t units[] = { 4096, 1536, 2048, 2560, 1024, 3584 };
	uint8_t sector[ENGINE_SECTOR];
	unsigned i;

	v->n = v->most = 0;
	vote(v, b->p + at);
	for (i = 0; i + 1 < VOTES_MAX; i++) {
		transfer_pass(b->g, units[i % (sizeof(units) / sizeof(units[0]))]);
		if (transfer_read(b->g, at, sector, sizeof(sector), e) < 0)
			return -1;
		b->g->report->retries++;
		if (!vote(v, sector))
			continue;
		memcpy(b->p + at, v->bytes + v->most * ENGINE_SECTOR, ENGINE_SECTOR);
		report_blocks(b->g->report, at, ENGINE_SECTOR, 'v');
		return put(b->g, at, b->p + at, ENGINE_SECTOR, e);
	}
	return err_set(e, ERR_FAILED, "read-unstable",
	    "the 4 KiB at 0x%x read differently each time (%u readings of %u tries), "
	    "so no "
	    "backup of it can be trusted. Likely a weak supply, a missing ground or a "
	    "worn "
	    "flash. Check supply and ground, and try again with a lower --baud",
	    at, v->n, VOTES_MAX);
}

static int
settle(struct pass *b, struct err *e)
{
	struct votes v = { .bytes = malloc((size_t)VOTES_MAX * ENGINE_SECTOR) };
	size_t i;
	int r = 0;

	if (v.bytes == NULL)
		return err_sys(e, "memory to compare readings");
	report_step(b->g->report, "compare", (uint64_t)b->n_differ * ENGINE_SECTOR);
	report_log(
	    b->g->report, "%zu sectors differ between the two passes", b->n_differ);
	for (i = 0; r == 0 && i < b->n / ENGINE_SECTOR; i++) {
		if (b->differs[i])
			r = settle_sector(b, (uint32_t)(i * ENGINE_SECTOR), &v, e);
	}
	free(v.bytes);
	return r;
}

static void
note_broken(struct engine *g, const struct err *why)
{
	struct err said;

	err_set(&said, ERR_NONE, "", "the firmware is not whole: %s", why->msg);
	said_nest(&said, 0, why);
	report_note_said(g->report, &said);
}

/* What is worth knowing about the bytes; never a reason to fail a backup. */
static void
notes(struct engine *g, const uint8_t *p, size_t n)
{
	struct image_map *map = malloc(sizeof(*map));

	if (map == NULL || image_map(p, n, map, NULL) < 0) {
		free(map);
		return;
	}
	if (map->all_blank)
		report_note(g->report,
		    "the flash is empty: all bytes are FF, or the flash did not "
		    "answer");
	else if (map->equal_halves)
		report_note(g->report,
		    "both halves are equal: the flash may be half as large as it says");
	if (!map->all_blank && !map->has_boot)
		report_note(g->report,
		    "there is no AWIH header at the start: this is not the usual "
		    "firmware");
	else if (map->has_boot && !map->chain_ok)
		note_broken(g, &map->chain_error);
	free(map);
}

/* Tell the parent that out_fd is whole, and wait until it has sealed it. */
static int
hand_over(struct engine *g, const uint8_t *p, size_t n, struct err *e)
{
	unsigned char digest[crypto_hash_sha256_BYTES];
	char hex[2 * sizeof(digest) + 1];

	crypto_hash_sha256(digest, p, n);
	text_hex(digest, sizeof(digest), hex);
	notes(g, p, n);
	report_step(g->report, "store", 0);
	report_flush(g->report);
	report_line(g->report, "saved %s %zu 2 %u", hex, n, g->report->retries);
	return report_wait_go(g->report, e);
}

static int
read_both(struct pass *b, struct err *e)
{
	int r;

	/* Whether the disk has room is known before the first byte is read. */
	if ((r = posix_fallocate(b->g->out_fd, 0, (off_t)b->n)) != 0) {
		return err_set(e, ERR_FAILED, "no-room",
		    "there is no room for a backup of %zu bytes in the store (%s), so "
		    "nothing was begun. Free some space, for example by removing old "
		    "dumps, then try again",
		    b->n, strerror(r));
	}
	if (take_kept(b, e) < 0 || first_pass(b, e) < 0 || second_pass(b, e) < 0)
		return -1;
	if (b->n_differ > 0 && settle(b, e) < 0)
		return -1;
	return hand_over(b->g, b->p, b->n, e);
}

int
backup_read(struct engine *g, uint8_t **ret, struct err *e)
{
	struct pass b = { .g = g, .n = (size_t)g->id.flash_size };
	int r;

	if (b.n == 0 || b.n % ENGINE_SECTOR != 0 || b.n > IMAGE_BYTES_MAX)
		return err_set(e, ERR_FAILED, "flash-size-unknown",
		    "the flash's size cannot be told (JEDEC id %02x %02x %02x), so it "
		    "cannot be "
		    "read as a whole. Likely the flash chip has no contact; check the "
		    "board, and "
		    "tell us the chip's marking",
		    g->id.jedec[0], g->id.jedec[1], g->id.jedec[2]);
	b.p = malloc(b.n);
	b.differs = calloc(b.n / ENGINE_SECTOR, 1);
	r = b.p == NULL || b.differs == NULL ? err_sys(e, "memory for a dump")
					     : read_both(&b, e);
	if (r < 0 && e->code == ERR_LOST)
		report_line(g->report, "kept %zu", b.first);
	free(b.differs);
	if (r == 0)
		*ret = b.p;
	else
		free(b.p);
	return r;
}
