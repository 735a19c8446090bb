/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ways in that need a hand (see hands.h). Worker process, its only thread. */
#include "config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "common/err.h"
#include "common/loop.h"
#include "flashd/engine/console.h"
#include "flashd/engine/engine.h"
#include "flashd/engine/hands.h"
#include "flashd/order.h"

#define S 1000000ll
/* How long signing in is asked for, and switching off and on, before the pads: a
 * quarter and half of what is left, at most. */
#define LOGIN_US (60 * S)
#define POWER_US (90 * S)

enum { LOGIN, POWER, STRAPS };

static const struct {
	enum chip_entry way;
	const char *name;
} hands[] = {
	/* Nothing here gets past a login; the line is watched for all else. */
	[LOGIN] = { CHIP_ENTRY_POWER, "login" },
	[POWER] = { CHIP_ENTRY_POWER, "power-cycle" },
	[STRAPS] = { CHIP_ENTRY_STRAPS, "straps" },
};

const char *
hands_pads(const struct engine *g)
{
	const char *pads = g->chip->driver->caps.pads;

	return pads != NULL ? pads : "that choose the boot ROM";
}

/* Each fits into one line of the progress. What was heard decides which it is. */
static void
instruction(const struct engine *g, size_t which, struct err *ret)
{
	if (which == LOGIN)
		err_set(ret, ERR_NONE, "",
		    "The camera's console asks for a login. Cancel this job, sign "
		    "in on the live console of this port, then start the job "
		    "again there: it takes over the open port.");
	else if (which == STRAPS)
		err_set(ret, ERR_NONE, "",
		    "Switch the camera off, hold the pads %s to ground, switch it on, "
		    "then let go. With a battery inside use its switch. 3.3 V adapters "
		    "only: 5 V destroys the chip.",
		    hands_pads(g));
	else if (g->chip->seen.bytes == 0)
		err_set(ret, ERR_NONE, "",
		    "Switch the camera off for two seconds and on again. With a "
		    "battery inside use its switch. Does its light stay on? Pull "
		    "the adapter's TX wire, too. Some boards have RX and TX on "
		    "the micro-USB socket.");
	else
		err_set(ret, ERR_NONE, "",
		    "Switch the camera off for two seconds and on again. With a "
		    "battery inside use its switch. If its light stays on, the "
		    "adapter's TX wire keeps it alive: pull it, too, and put it back.");
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
	struct err text;
	int64_t said_us = 0;
	size_t i;
	int r;

	instruction(g, which, &text);
	report_ask(g->report, hands[which].name, &text);
	while (loop_now_us() < end_us) {
		if (loop_now_us() - said_us >= S) {
			said_us = loop_now_us();
			say_alive(g, deadline_us);
		}
		for (i = POWER; i <= STRAPS; i++) {
			if (i == STRAPS && which != STRAPS)
				continue;
			if ((r = try_way(g, hands[i].way, hands[i].name, e)) != 0)
				return r;
		}
	}
	return 0;
}

bool
hands_login(const struct engine *g)
{
	struct console_print print = { .login = false };

	console_learn(&print, g->chip->seen.text);
	return print.login;
}

/* Ask for one thing after the other; 1 = in download mode, 0 = all in vain, -1. */
static int
ask_all(struct engine *g, int64_t now, int64_t end, struct err *e)
{
	const unsigned entries = g->chip->driver->caps.entries;
	int64_t part;
	int r = 0;

	if (hands_login(g)) {
		part = (end - now) / 4;
		now += part < LOGIN_US ? part : LOGIN_US;
		r = ask(g, LOGIN, now, end, e);
	}
	if (r == 0 && (entries & CHIP_ENTRY_POWER) != 0) {
		part = (end - now) / 2;
		now += part < POWER_US ? part : POWER_US;
		if ((entries & CHIP_ENTRY_STRAPS) == 0)
			now = end;
		r = ask(g, POWER, now, end, e);
	}
	if (r == 0 && (entries & CHIP_ENTRY_STRAPS) != 0)
		r = ask(g, STRAPS, end, end, e);
	return r;
}

int
hands_enter(struct engine *g, struct err *e)
{
	int64_t now = loop_now_us();
	int r = ask_all(g, now, now + g->order->wait_s * S, e);

	if (r > 0)
		report_ask(g->report, NULL, NULL);
	return r;
}
