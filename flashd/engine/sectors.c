/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing sector by sector (see sectors.h). Worker process. */
#include "config.h"

#include <stdbool.h>
#include <string.h>

#include "common/err.h"
#include "common/said.h"
#include "flashd/engine/engine.h"
#include "flashd/engine/link.h"
#include "flashd/engine/sectors.h"
#include "flashd/engine/transfer.h"

#define CHUNK_MAX                                                                      \
	(64u * 1024) /* the largest erase: a cut leaves no more than this blank */
#define TRIES 4 /* of one sector */
#define SECTOR ENGINE_SECTOR

static bool
differs(const struct sectors *s, size_t at)
{
	return memcmp(s->have + at, s->want + at, SECTOR) != 0;
}

size_t
sectors_differ(const struct sectors *s)
{
	size_t at, n = 0;

	for (at = 0; at < s->n; at += SECTOR)
		n += differs(s, at);
	return n;
}

static bool
all_blank(const uint8_t *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (p[i] != 0xff)
			return false;
	}
	return true;
}

/* The parent writes down that the chip will differ from its backup before it does. */
static int
first_touch(struct engine *g, struct err *e)
{
	if (g->allowed)
		return 0;
	report_flush(g->report);
	report_line(g->report, "touched");
	if (report_wait_go(g->report, e) < 0)
		return -1;
	g->allowed = g->touched = true;
	return 0;
}

static int
erase(struct sectors *s, size_t at, size_t n, struct err *e)
{
	report_blocks(s->g->report, (uint32_t)at, n, 'e');
	report_flush(s->g->report);
	if (s->g->chip->driver->erase(s->g->chip, (uint32_t)at, n, e) < 0)
		return -1;
	memset(s->have + at, 0xff, n);
	return 0;
}

/* Program [at, at + n), which is erased; blank units need no bytes. */
static int
program(struct sectors *s, size_t at, size_t n, struct err *e)
{
	size_t unit = s->g->chip->driver->caps.write_unit, take;

	if (unit > CHUNK_MAX)
		unit = CHUNK_MAX;
	for (; n > 0; at += take, n -= take) {
		take = n < unit ? n : unit;
		if (!all_blank(s->want + at, take) &&
		    s->g->chip->driver->write(
			s->g->chip, (uint32_t)at, s->want + at, take, e) < 0)
			return -1;
		report_done(s->g->report, take);
	}
	return 0;
}

/* Bytes of [at, at + n) that read back otherwise than wanted, or -1. have gets what
 * was read. */
static long
read_back(struct sectors *s, size_t at, size_t n, struct err *e)
{
	long wrong = 0;
	size_t i;

	if (transfer_read(s->g, (uint32_t)at, s->have + at, n, e) < 0)
		return -1;
	for (i = at; i < at + n; i++)
		wrong += s->have[i] != s->want[i];
	return wrong;
}

/* What happened to these sectors, for whoever has to go on. It need not reach the disk
 * before the next erase does, and where it cannot be said the chip itself is asked. */
static void
note(struct sectors *s, size_t at, size_t n, enum journal_state state)
{
	struct err e;

	if (journal_note(&s->g->journal, (uint32_t)(at / SECTOR),
		(uint32_t)(n / SECTOR), state, false, &e) < 0)
		report_log(s->g->report, "%s", e.msg);
}

static void
count(struct sectors *s, size_t at, size_t n)
{
	size_t i;

	for (i = at; i < at + n; i += SECTOR)
		s->written += !all_blank(s->want + i, SECTOR);
	s->erased += (unsigned)(n / SECTOR);
	s->verified += (unsigned)(n / SECTOR);
	s->g->done = s->verified;
}

static void
count_done(struct sectors *s, size_t at, size_t n)
{
	count(s, at, n);
	note(s, at, n, JOURNAL_VERIFIED);
	report_blocks(s->g->report, (uint32_t)at, n, 'w');
	report_line(s->g->report, "counts %u %u %u %u", s->erased, s->written,
	    s->verified, s->skipped);
}

static int
recover(struct sectors *s, unsigned tries, struct err *e)
{
	if (transfer_resync(s->g, e) < 0)
		return -1;
	if (tries < 2)
		return 0;
	return link_slower(s->g, e) < 0 ? -1 : 0;
}

/* One try of a chunk. 1 = right, 0 = not (e says why), -1 = the line is lost. */
static int
try_chunk(struct sectors *s, size_t at, size_t n, struct err *e)
{
	long wrong;

	if (erase(s, at, n, e) < 0 || program(s, at, n, e) < 0)
		return e->code == ERR_LOST ? -1 : 0;
	note(s, at, n, JOURNAL_WRITTEN);
	if ((wrong = read_back(s, at, n, e)) < 0)
		return -1;
	if (wrong == 0)
		return 1;
	err_set(e, ERR_FAILED, "sector-bad",
	    "%ld bytes at 0x%zx read back otherwise than they were written", wrong, at);
	return 0;
}

/* One sector until it holds, after its chunk did not. */
static int
write_sector(struct sectors *s, size_t at, struct err *e)
{
	struct err why;
	unsigned i;
	int r;

	for (i = 0; i < TRIES; i++) {
		if (i > 0 && recover(s, i, e) < 0)
			return -1;
		if ((r = try_chunk(s, at, SECTOR, e)) < 0)
			return -1;
		if (r > 0) {
			count_done(s, at, SECTOR);
			return 0;
		}
		s->g->report->retries++;
		report_blocks(s->g->report, (uint32_t)at, SECTOR, '!');
		report_log(s->g->report, "%s", e->msg);
	}
	why = *e;
	err_set(e, ERR_FAILED, "sector-bad",
	    "the 4 KiB at 0x%zx could not be written in %u tries: %.300s. The flash "
	    "may be worn "
	    "or protected, or the supply too weak",
	    at, TRIES, why.msg);
	return said_nest(e, 2, &why);
}

/* A run of at most 64 KiB whose sectors all differ: at once, and where that fails
 * sector by sector. No stop from its erase until it reads back right. */
static int
write_chunk(struct sectors *s, size_t at, size_t n, struct err *e)
{
	size_t i;
	int r;

	if ((r = try_chunk(s, at, n, e)) < 0)
		return -1;
	if (r > 0) {
		count_done(s, at, n);
		return 0;
	}
	s->g->report->retries++;
	report_log(s->g->report, "%s; once more, sector by sector", e->msg);
	if (recover(s, 0, e) < 0)
		return -1;
	for (i = at; i < at + n; i += SECTOR) {
		if (write_sector(s, i, e) < 0)
			return -1;
	}
	return 0;
}

/* The largest aligned erase at `at` that covers only sectors that differ. */
static size_t
chunk_at(const struct sectors *s, size_t at, size_t end)
{
	size_t n, i;

	for (n = CHUNK_MAX; n > SECTOR; n /= 2) {
		/* 64 and 32 KiB are what the flash can erase at once. */
		if (n < CHUNK_MAX / 2 || at % n != 0 || at + n > end)
			continue;
		for (i = at; i < at + n && differs(s, i); i += SECTOR)
			;
		if (i == at + n)
			return n;
	}
	return SECTOR;
}

/* A sector that is as it shall be: it always was, or an earlier session wrote it. */
static void
pass_over(struct sectors *s, size_t at)
{
	const unsigned state =
	    s->before == NULL ? JOURNAL_PENDING : s->before[at / SECTOR];

	if (state == JOURNAL_PENDING) {
		s->skipped++;
		report_blocks(s->g->report, (uint32_t)at, SECTOR, '=');
		return;
	}
	/* It was read back just now, if not before. */
	if (state != JOURNAL_VERIFIED)
		note(s, at, SECTOR, JOURNAL_VERIFIED);
	count(s, at, SECTOR);
	report_blocks(s->g->report, (uint32_t)at, SECTOR, 'w');
}

/* One chunk, from one border to the next. */
static int
change(struct sectors *s, size_t at, size_t n, struct err *e)
{
	struct engine *g = s->g;
	int r;

	if (journal_note(&g->journal, (uint32_t)(at / SECTOR), (uint32_t)(n / SECTOR),
		JOURNAL_ERASING, true, e) < 0)
		return -1;
	g->open_at = (uint32_t)at;
	g->open_n = (uint32_t)n;
	g->hold = true;
	r = write_chunk(s, at, n, e);
	g->hold = false;
	if (r == 0)
		g->open_n = 0;
	return r;
}

static int
write_range(struct sectors *s, size_t at, size_t end, struct err *e)
{
	struct engine *g = s->g;
	size_t n;

	for (; at < end; at += n) {
		n = SECTOR;
		if (!differs(s, at)) {
			pass_over(s, at);
			continue;
		}
		if (engine_check(g, e) < 0 || first_touch(g, e) < 0)
			return -1;
		n = chunk_at(s, at, end);
		if (change(s, at, n, e) < 0)
			return -1;
	}
	return 0;
}

int
sectors_write(struct sectors *s, struct err *e)
{
	size_t differ = sectors_differ(s);
	size_t boot = (s->boot + SECTOR - 1) / SECTOR * SECTOR;
	int r = -1;

	if (boot > s->n)
		boot = s->n;
	report_step(s->g->report, "write", (uint64_t)differ * SECTOR * 2);
	s->g->report->work_total =
	    s->g->report->work_done + (uint64_t)differ * SECTOR * 2;
	transfer_pass(s->g, CHUNK_MAX);
	if (write_range(s, boot, s->n, e) == 0 &&
	    write_range(s, boot > SECTOR ? SECTOR : boot, boot, e) == 0 &&
	    write_range(s, 0, boot > SECTOR ? SECTOR : boot, e) == 0)
		r = 0;
	report_line(s->g->report, "counts %u %u %u %u", s->erased, s->written,
	    s->verified, s->skipped);
	report_flush(s->g->report);
	return r;
}
