/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ways in that need a hand (see hands.h). Worker process, its only thread. */
#include "config.h"

#include "common/err.h"
#include "common/loop.h"
#include "flashd/engine/engine.h"
#include "flashd/engine/hands.h"
#include "flashd/order.h"

#define S 1000000ll
/* How long switching off and on is asked for, before the pads: half of all, at most. */
#define POWER_US (90 * S)

static const struct {
	enum chip_entry way;
	const char *name;
} hands[] = {
	{ CHIP_ENTRY_POWER, "power-cycle" },
	{ CHIP_ENTRY_STRAPS, "straps" },
};

/* Each fits into one line of the progress. What was heard decides which it is. */
static const char *
instruction(const struct engine *g, enum chip_entry way)
{
	if (way == CHIP_ENTRY_STRAPS)
		return "Switch the camera off, hold the pads PB02 and PB03 to ground, "
		       "switch it on, then let go. With a battery inside use its "
		       "switch. 3.3 V adapters only: 5 V destroys the chip.";
	if (g->chip->seen.bytes == 0)
		return "Switch the camera off for two seconds and on again. With a "
		       "battery inside use its switch. Does its light stay on? Pull "
		       "the adapter's TX wire, too. Some boards have RX and TX on "
		       "the micro-USB socket.";
	return "Switch the camera off for two seconds and on again. With a battery "
	       "inside use its switch. If its light stays on, the adapter's TX wire "
	       "keeps it alive: pull it, too, and put it back.";
}

/* The bouts of the driver are short; the parent hears from us between them. */
static void
say_alive(struct engine *g, int64_t end_us)
{
	int64_t left_s = (end_us - loop_now_us() + S - 1) / S;

	report_line(g->report, "progress 0 0 %lld %u",
	    (long long)(left_s > 0 ? left_s : 0), g->report->retries);
}

static int
try_way(struct engine *g, enum chip_entry way, const char *name, struct err *e)
{
	int r;

	if ((g->chip->driver->caps.entries & way) == 0)
		return 0;
	if (engine_check(g, e) < 0)
		return -1;
	r = g->chip->driver->enter(g->chip, way, e);
	if (r < 0)
		return engine_check(g, e) < 0 ? -1 : r;
	if (r == 0)
		return 0;
	g->entered = true;
	g->entry = way;
	report_line(g->report, "identity entry %s", name);
	report_log(g->report, "in download mode (%s)", name);
	return 1;
}

/* One instruction, until end_us. All that a hand may do is tried, whatever is asked. */
static int
ask(struct engine *g, size_t which, int64_t end_us, int64_t deadline_us, struct err *e)
{
	int64_t said_us = 0;
	size_t i;
	int r;

	report_line(g->report, "ask %s %s", hands[which].name,
	    instruction(g, hands[which].way));
	report_log(g->report, "%s", instruction(g, hands[which].way));
	while (loop_now_us() < end_us) {
		if (loop_now_us() - said_us >= S) {
			said_us = loop_now_us();
			say_alive(g, deadline_us);
		}
		for (i = 0; i < sizeof(hands) / sizeof(hands[0]); i++) {
			if (hands[i].way == CHIP_ENTRY_STRAPS && i > which)
				continue;
			if ((r = try_way(g, hands[i].way, hands[i].name, e)) != 0)
				return r;
		}
	}
	return 0;
}

int
hands_enter(struct engine *g, struct err *e)
{
	unsigned entries = g->chip->driver->caps.entries;
	int64_t now = loop_now_us(), wait = g->order->wait_s * S,
		power = wait / 2 < POWER_US ? wait / 2 : POWER_US;
	int r = 0;

	if ((entries & CHIP_ENTRY_STRAPS) == 0)
		power = wait;
	if ((entries & CHIP_ENTRY_POWER) != 0)
		r = ask(g, 0, now + power, now + wait, e);
	if (r == 0 && (entries & CHIP_ENTRY_STRAPS) != 0)
		r = ask(g, 1, now + wait, now + wait, e);
	if (r > 0)
		report_line(g->report, "ask none ");
	return r;
}
