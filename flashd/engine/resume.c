/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Beginning a write and going on with it (see resume.h). Worker process. */
#include "config.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/err.h"
#include "flashd/engine/engine.h"
#include "flashd/engine/journal.h"
#include "flashd/engine/resume.h"
#include "flashd/engine/transfer.h"
#include "flashd/order.h"

#define UNIT (32u * 512)

int
resume_begin(struct engine *g, const uint8_t *have, const uint8_t *want, struct err *e)
{
	struct journal_header h = { .job_id = g->order->job, .sector = ENGINE_SECTOR };
	size_t n = (size_t)g->id.flash_size, at;

	h.flash_size = (uint32_t)n;
	crypto_hash_sha256(h.image, want, n);
	crypto_hash_sha256(h.safety, have, n);
	memcpy(h.jedec, g->id.jedec, sizeof(h.jedec));
	memcpy(h.chip, g->id.chip, sizeof(h.chip));
	memcpy(h.chip_id, g->id.chip_id, sizeof(h.chip_id));
	for (at = g->to_write = 0; at < n; at += ENGINE_SECTOR)
		g->to_write += memcmp(have + at, want + at, ENGINE_SECTOR) != 0;
	return journal_begin(&g->journal, &h, g->to_write, e);
}

/* Where a session that was killed may have left its sectors half done. */
static void
find_open(struct engine *g, const struct journal *j)
{
	uint32_t i;

	journal_count(j, &g->done, &g->open_n);
	for (i = 0; i < j->n_sectors; i++) {
		if (j->state[i] == JOURNAL_ERASING || j->state[i] == JOURNAL_WRITTEN)
			break;
	}
	g->open_at = i * ENGINE_SECTOR;
	g->open_n *= ENGINE_SECTOR;
}

static int
load_safety(struct engine *g, const struct journal *j, uint8_t *p, struct err *e)
{
	size_t n = j->header.flash_size, have = 0;
	uint8_t digest[crypto_hash_sha256_BYTES];
	ssize_t r;

	while (have < n) {
		r = pread(g->safety_fd, p + have, n - have, (off_t)have);
		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0)
			break;
		have += (size_t)r;
	}
	crypto_hash_sha256(digest, p, have);
	if (have == n && memcmp(digest, j->header.safety, sizeof(digest)) == 0)
		return 0;
	return err_set(e, ERR_REFUSED, "safety-damaged",
	    "the backup that was made before the first erase is not what it was, so "
	    "this job cannot go on from it. Nothing was sent to the camera. Give this "
	    "job up and start it anew: that makes a fresh backup first");
}

int
resume_open(struct engine *g, struct journal *j, uint8_t **ret_safety, struct err *e)
{
	uint8_t *p;

	if (journal_reopen(&g->journal, j, e) < 0)
		return -1;
	find_open(g, j);
	if (j->header.job_id != g->order->job || j->header.sector != ENGINE_SECTOR)
		return err_set(e, ERR_REFUSED, "journal-damaged",
		    "the journal is that of job %lld, not of this one. Give this job "
		    "up "
		    "and start it anew: that makes a fresh backup first",
		    (long long)j->header.job_id);
	if ((p = malloc(j->header.flash_size)) == NULL)
		return err_sys(e, "memory for the safety backup");
	if (load_safety(g, j, p, e) < 0) {
		free(p);
		return -1;
	}
	*ret_safety = p;
	return 0;
}

/* Enough of an id to tell two cameras apart on a bench. */
static const char *
end_of(const char *id)
{
	size_t n = strlen(id);

	return n > 4 ? id + n - 4 : id;
}

int
resume_identity(struct engine *g, const struct journal *j, struct err *e)
{
	const struct journal_header *h = &j->header;

	if (strcmp(h->chip, g->id.chip) != 0 || h->flash_size != g->id.flash_size ||
	    memcmp(h->jedec, g->id.jedec, sizeof(h->jedec)) != 0) {
		g->other = true;
		return err_set(e, ERR_REFUSED, "other-camera",
		    "this is not the camera that the job began with: it has a %s with "
		    "flash %02x%02x%02x, that one a %s with flash %02x%02x%02x. "
		    "Nothing "
		    "was written to it. Plug the first one in again",
		    g->id.chip, g->id.jedec[0], g->id.jedec[1], g->id.jedec[2], h->chip,
		    h->jedec[0], h->jedec[1], h->jedec[2]);
	}
	/* Where the ROM does not tell an id, the contents must. */
	if (h->chip_id[0] == '\0' || g->id.chip_id[0] == '\0' ||
	    strcmp(h->chip_id, g->id.chip_id) == 0)
		return 0;
	g->other = true;
	return err_set(e, ERR_REFUSED, "other-camera",
	    "this is not the camera that the job began with: its chip id ends in %s, "
	    "that one's in %s. Nothing was written to it. Plug the first one in again",
	    end_of(g->id.chip_id), end_of(h->chip_id));
}

static int
not_the_same(struct engine *g, const struct journal *j, uint32_t at, struct err *e)
{
	g->other = true;
	if (j->header.chip_id[0] != '\0' &&
	    strcmp(j->header.chip_id, g->id.chip_id) == 0)
		return err_set(e, ERR_REFUSED, "contents-changed",
		    "this is the camera that the job began with, but its flash at 0x%x "
		    "is not as the job left it: likely its firmware ran in between. "
		    "Nothing was written now. Give this job up and start it anew: that "
		    "makes a fresh backup first, and the first one is kept",
		    at);
	return err_set(e, ERR_REFUSED, "other-camera",
	    "this is not the camera that the job began with, or its firmware ran in "
	    "between: its flash at 0x%x is not as the job left it. Nothing was written "
	    "to it. Plug the first one in again; if this is that one, give the job up "
	    "and start it anew: that makes a fresh backup first",
	    at);
}

/* One sector that was read into now: what must it hold? */
static int
check_sector(struct engine *g, const struct journal *j, uint32_t at,
    const uint8_t *safety, const uint8_t *want, uint8_t *now, struct err *e)
{
	const uint8_t state = j->state[at / ENGINE_SECTOR];
	const uint8_t *must = state == JOURNAL_VERIFIED ? want : safety;
	int r;

	if (state == JOURNAL_ERASING || state == JOURNAL_WRITTEN ||
	    memcmp(now + at, must + at, ENGINE_SECTOR) == 0)
		return 0;
	if ((r = transfer_differs(g, at, must + at, now + at, e)) < 0)
		return -1;
	if (r > 0)
		return not_the_same(g, j, at, e);
	memcpy(now + at, must + at, ENGINE_SECTOR);
	return 0;
}

static int
check_image(const struct journal *j, const uint8_t *want, size_t n, struct err *e)
{
	uint8_t digest[crypto_hash_sha256_BYTES];

	crypto_hash_sha256(digest, want, n);
	if (memcmp(digest, j->header.image, sizeof(digest)) == 0)
		return 0;
	return err_set(e, ERR_REFUSED, "image-changed",
	    "what this job would write now is not what it began to write. Nothing was "
	    "written. Give it up and start it anew: that makes a fresh backup first");
}

int
resume_look(struct engine *g, const struct journal *j, const uint8_t *safety,
    const uint8_t *want, uint8_t *now, struct err *e)
{
	size_t n = j->header.flash_size, at, take, i;

	if (check_image(j, want, n, e) < 0)
		return -1;
	for (at = g->to_write = 0; at < n; at += ENGINE_SECTOR)
		g->to_write += memcmp(safety + at, want + at, ENGINE_SECTOR) != 0;
	report_step(g->report, "compare", n);
	transfer_pass(g, UNIT);
	for (at = 0; at < n; at += take) {
		take = n - at < UNIT ? n - at : UNIT;
		if (transfer_read(g, (uint32_t)at, now + at, take, e) < 0)
			return -1;
		for (i = at; i < at + take; i += ENGINE_SECTOR) {
			if (check_sector(g, j, (uint32_t)i, safety, want, now, e) < 0)
				return -1;
		}
		report_blocks(g->report, (uint32_t)at, take, 'r');
	}
	report_log(g->report, "%u of %u sectors are done, %u may hold anything",
	    g->done, g->to_write, g->open_n / ENGINE_SECTOR);
	return 0;
}
