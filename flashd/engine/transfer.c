/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading over a bad line (see transfer.h). Worker process. */
#include "config.h"

#include <stdbool.h>
#include <string.h>

#include "common/err.h"
#include "common/loop.h"
#include "common/said.h"
#include "flashd/engine/engine.h"
#include "flashd/engine/link.h"
#include "flashd/engine/transfer.h"
#include "flashd/order.h"

#define TRIES_SMALLEST 6 /* of one smallest unit before the rate is lowered */
#define GROW_AFTER 32 /* good reads in a row before the unit grows again */
/* A line that carries less than a fifth of its rate for this long is not worth it; nor
 * is one on which a fourth of even the small reads fail. With five rates to step
 * through, a person has the diagnosis within a minute. */
#define WINDOW_US 8000000
#define WINDOW_BAD_MIN 8
#define CONFIRM_TRIES 6
#define SMALL (2 * ENGINE_UNIT_MIN)

static void
new_window(struct engine *g)
{
	g->window_us = loop_now_us();
	g->window_good = 0;
	g->window_bad = g->window_small_good = g->window_small_bad = 0;
}

void
transfer_pass(struct engine *g, size_t unit)
{
	const size_t most = g->chip->driver->caps.read_unit;
	const bool noisy = g->unit_max != 0 && g->unit < g->unit_max;

	g->unit_max = unit > most ? most : unit;
	if (!noisy || g->unit > g->unit_max)
		g->unit = g->unit_max;
	g->good_run = 0;
	new_window(g);
}

static void
good(struct engine *g, size_t n)
{
	g->window_good += n;
	g->window_small_good += n <= SMALL;
	if (++g->good_run < GROW_AFTER || g->unit >= g->unit_max)
		return;
	g->good_run = 0;
	g->unit = g->unit * 2 > g->unit_max ? g->unit_max : g->unit * 2;
}

/* Lower the rate; where there is none left, say what is wrong with the line. */
static int
slower_or_fail(struct engine *g, uint32_t at, struct err *e)
{
	struct err why = *e;
	int r = link_slower(g, e);

	if (r < 0)
		return -1;
	new_window(g);
	g->good_run = 0;
	if (r > 0)
		return 0;
	*e = why;
	err_set(e, ERR_FAILED, "line-noisy",
	    "the boot ROM on %s answers, but the line is too noisy: at 0x%x, even in "
	    "small pieces and at %u baud, hardly a read comes through whole (the last: "
	    "%.200s). Likely a missing ground, a long wire or a weak supply. Use short "
	    "wires with a ground beside them, then try again",
	    g->order->node, at, g->baud, why.msg);
	return said_nest(e, 3, &why);
}

static bool
is_hopeless(const struct engine *g, int64_t span_us)
{
	double could = (double)g->baud / 10.0 * (double)span_us / 1e6;
	unsigned small = g->window_small_good + g->window_small_bad;

	if (g->window_bad < WINDOW_BAD_MIN)
		return false;
	return (double)g->window_good < could / 5.0 ||
	    (g->window_small_bad >= WINDOW_BAD_MIN && g->window_small_bad * 4 >= small);
}

/* Judge the line once a window is over. */
static int
watch_line(struct engine *g, uint32_t at, struct err *e)
{
	int64_t span_us = loop_now_us() - g->window_us;

	if (span_us < WINDOW_US)
		return 0;
	if (is_hopeless(g, span_us))
		return slower_or_fail(g, at, e);
	new_window(g);
	return 0;
}

static void
bad(struct engine *g, uint32_t at, size_t n, const struct err *e)
{
	g->report->retries++;
	g->window_bad++;
	g->window_small_bad += n <= SMALL;
	g->good_run = 0;
	report_log(g->report, "read %zu at 0x%x: %s", n, at, e->msg);
	report_blocks(g->report, at, n, '!');
	report_flush(g->report);
}

int
transfer_resync(struct engine *g, struct err *e)
{
	if (g->chip->driver->resync(g->chip, e) == 0)
		return 0;
	if (e->code == ERR_LOST || engine_stop(g))
		return -1;
	report_log(g->report, "resync: %s", e->msg);
	if (g->chip->driver->resync(g->chip, e) == 0)
		return 0;
	if (e->code == ERR_LOST)
		return -1;
	g->mute = true;
	return link_diagnose(g, "the chip stopped answering", e);
}

/* One unit: as it is, again, and after a resync. 1 = read, 0 = not, -1. */
static int
read_unit(struct engine *g, uint32_t at, uint8_t *ret, size_t n, unsigned tries,
    struct err *e)
{
	unsigned i;

	for (i = 0; i < tries; i++) {
		if (i > 1 && transfer_resync(g, e) < 0)
			return -1;
		if (engine_check(g, e) < 0)
			return -1;
		if (g->chip->driver->read(g->chip, at, ret, n, e) == 0) {
			good(g, n);
			return 1;
		}
		if (e->code == ERR_LOST || engine_stop(g))
			return -1;
		bad(g, at, n, e);
		if (watch_line(g, at, e) < 0)
			return -1;
	}
	return 0;
}

/* One unit with all the means there are. */
static int
read_somehow(struct engine *g, uint32_t at, uint8_t *ret, size_t n, struct err *e)
{
	size_t half;
	int r;

	if (n > ENGINE_UNIT_MIN) {
		if ((r = read_unit(g, at, ret, n, 3, e)) != 0)
			return r > 0 ? 0 : -1;
		half =
		    (n / 2 + ENGINE_UNIT_MIN - 1) / ENGINE_UNIT_MIN * ENGINE_UNIT_MIN;
		g->unit = half;
		if (transfer_resync(g, e) < 0 || read_somehow(g, at, ret, half, e) < 0)
			return -1;
		return read_somehow(g, at + (uint32_t)half, ret + half, n - half, e);
	}
	for (;;) {
		if ((r = read_unit(g, at, ret, n, TRIES_SMALLEST, e)) != 0)
			return r > 0 ? 0 : -1;
		if (slower_or_fail(g, at, e) < 0)
			return -1;
	}
}

int
transfer_read(struct engine *g, uint32_t at, uint8_t *ret, size_t n, struct err *e)
{
	size_t take;

	while (n > 0) {
		take = n < g->unit ? n : g->unit;
		if (engine_check(g, e) < 0 || read_somehow(g, at, ret, take, e) < 0)
			return -1;
		report_done(g->report, take);
		at += (uint32_t)take;
		ret += take;
		n -= take;
	}
	return 0;
}

int
transfer_differs(
    struct engine *g, uint32_t at, const uint8_t *want, uint8_t *chip, struct err *e)
{
	uint8_t again[ENGINE_SECTOR];
	unsigned i;

	for (i = 0; i < CONFIRM_TRIES; i++) {
		if (transfer_read(g, at, again, sizeof(again), e) < 0)
			return -1;
		if (memcmp(again, want, sizeof(again)) == 0) {
			report_log(g->report, "0x%x differed once and not again", at);
			return 0;
		}
		if (memcmp(again, chip, sizeof(again)) == 0)
			return 1;
		memcpy(chip, again, sizeof(again));
	}
	return err_set(e, ERR_FAILED, "read-unstable",
	    "the 4 KiB at 0x%x read differently each time. Likely a weak supply or a "
	    "missing "
	    "ground. Check them, and try again with a lower --baud",
	    at);
}
