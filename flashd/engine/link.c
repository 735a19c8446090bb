/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Into download mode, identity, speed, out again (see link.h). Worker process. */
#include "config.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/err.h"
#include "common/text.h"
#include "flashd/engine/engine.h"
#include "flashd/engine/hands.h"
#include "flashd/engine/link.h"
#include "flashd/order.h"
#include "flashd/wire.h"

#define ENTER_ROUNDS 3
#define IDENTIFY_TRIES 4
/* The slowest rate that a job steps down to: below it a pass takes a quarter of an hour
 * a megabyte, and a line that bad is to be mended, not waited for. */
#define SLOWEST_BAUD 115200u

static const struct {
	enum chip_entry way;
	const char *name;
} ways[] = {
	{ CHIP_ENTRY_ALREADY, "already" },
	{ CHIP_ENTRY_CONSOLE, "console" },
};

#define N_WAYS (sizeof(ways) / sizeof(ways[0]))

int
link_diagnose(const struct engine *g, const char *what, struct err *e)
{
	const struct chip_seen *seen = &g->chip->seen;
	const char *node = g->order->node;

	if (seen->rom)
		return err_set(e, ERR_FAILED, "rom-unsteady",
		    "%s: the boot ROM on %s answers, but not reliably at %u baud. "
		    "Likely a weak "
		    "supply, a long or loose wire, or a missing ground. Check the "
		    "ground wire and "
		    "the supply, then try again with a lower --baud",
		    what, node, g->baud);
	if (seen->bytes == 0)
		return err_set(e, ERR_FAILED, "line-silent",
		    "%s: nothing came back on %s. Likely TX and RX are swapped, the "
		    "ground wire "
		    "is missing, or the camera has no power. Swap TX and RX, then "
		    "switch the "
		    "camera off and on and try again",
		    what, node);
	if (seen->printable * 10 >= seen->bytes * 8 && hands_login(g))
		return err_set(e, ERR_FAILED, "console-login",
		    "%s: the firmware's console on %s is readable and asks for a login "
		    "(\"%.120s\"). Likely it takes commands only after that. Sign in "
		    "on the live console of this port, then try again from there: the "
		    "job takes over the open port",
		    what, node, seen->text);
	if (seen->printable * 10 >= seen->bytes * 8)
		return err_set(e, ERR_FAILED, "console-no-upgrade",
		    "%s: the firmware's console on %s is readable (\"%.120s\"), but "
		    "the camera did not go into download mode. Likely it has no "
		    "upgrade command. Hold the pads %s to ground while switching the "
		    "camera on, then try again",
		    what, node, seen->text, hands_pads(g));
	return err_set(e, ERR_FAILED, "line-garbage",
	    "%s: %llu bytes came on %s, but at %u baud they are garbage. Likely the "
	    "firmware talks at another rate, the ground wire is missing, or the supply "
	    "is weak. Check the ground wire, then switch the camera off and on and try "
	    "again",
	    what, (unsigned long long)seen->bytes, node, g->baud);
}

/* How it came in, as the driver proved it. */
static void
say_entry(struct engine *g)
{
	size_t i = 0;

	while (i + 1 < N_WAYS && ways[i].way != g->chip->entered)
		i++;
	g->entered = true;
	g->entry = ways[i].way;
	report_line(g->report, "identity entry %s", ways[i].name);
	report_log(g->report, "in download mode (%s)", ways[i].name);
}

/* All ways in, once. 1 = in download mode, 0 = not, -1. */
static int
try_ways(struct engine *g, struct err *e)
{
	const struct chip_caps *caps = &g->chip->driver->caps;
	size_t i;
	int r;

	for (i = 0; i < N_WAYS; i++) {
		if ((caps->entries & ways[i].way) == 0)
			continue;
		if (engine_check(g, e) < 0)
			return -1;
		if ((r = g->chip->driver->enter(g->chip, ways[i].way, e)) < 0)
			return -1;
		if (r == 0)
			continue;
		say_entry(g);
		return 1;
	}
	return 0;
}

int
link_enter(struct engine *g, struct err *e)
{
	unsigned round;
	int r;

	report_step(g->report, "enter", 0);
	g->baud = g->chip->driver->caps.rom_baud;
	/* A camera that was heard may have been in the middle of its start. */
	for (round = 0; round < ENTER_ROUNDS; round++) {
		if ((r = try_ways(g, e)) != 0)
			return r < 0 ? -1 : 0;
		if (g->chip->seen.bytes == 0)
			break;
		report_log(g->report, "something was heard, but no way in was found");
		g->report->retries++;
	}
	/* A ROM that answers at times is not helped by a hand. */
	if (g->order->wait_s > 0 && !g->chip->seen.rom && (r = hands_enter(g, e)) != 0)
		return r < 0 ? -1 : 0;
	return link_diagnose(g, "no way into download mode was found", e);
}

/* A value that the chip said, escaped and bounded; none when it is empty. What tells
 * one camera from all others stands in the log by its last digits only: logs are shown
 * to other people. */
static void
say_identity(struct engine *g, const char *key, const char *value, bool mask)
{
	char text[300];
	size_t n;

	if (value[0] == '\0')
		return;
	n = text_escape(value, strlen(value), text, sizeof(text));
	report_line(g->report, "identity %s %s", key, text);
	if (mask && n > 4)
		report_log(g->report, "%s: …%s", key, text + n - 4);
	else
		report_log(g->report, "%s: %s", key, text);
}

static void
say_identities(struct engine *g)
{
	const struct chip_id *id = &g->id;
	char text[32];

	say_identity(g, "chip", id->chip, false);
	snprintf(text, sizeof(text), "%u", id->brom_version);
	say_identity(g, "brom_version", text, false);
	text_hex(id->jedec, sizeof(id->jedec), text);
	say_identity(g, "jedec", text, false);
	snprintf(text, sizeof(text), "%llu", (unsigned long long)id->flash_size);
	say_identity(g, "flash_size", text, false);
	say_identity(g, "chip_id", id->chip_id, true);
	say_identity(g, "mac", id->mac, true);
	say_identity(g, "mac_source", id->mac_source, false);
	say_identity(g, "console", id->console, false);
}

static int
try_baud(struct engine *g, unsigned baud, struct err *e)
{
	report_log(g->report, "rate %u", baud);
	if (g->chip->driver->set_baud(g->chip, baud, e) < 0) {
		report_log(g->report, "rate %u does not work: %s", baud, e->msg);
		return -1;
	}
	/* A driver may have fallen back to a lower rate by itself. */
	g->baud = g->chip->wire->baud;
	report_line(g->report, "baud %u", g->baud);
	return 0;
}

int
link_speed(struct engine *g, struct err *e)
{
	const struct chip_caps *caps = &g->chip->driver->caps;
	const unsigned *b;

	for (b = caps->bauds; *b != 0; b++) {
		if (*b > g->order->baud)
			continue;
		if (engine_check(g, e) < 0)
			return -1;
		if (*b == g->baud) {
			report_line(g->report, "baud %u", g->baud);
			return 0;
		}
		if (*b < g->baud && g->order->baud >= g->baud)
			return 0; /* the rate of entry is the fastest that is left */
		if (try_baud(g, *b, e) == 0)
			return 0;
		if (e->code == ERR_LOST || e->code == ERR_REFUSED)
			return -1;
		g->report->retries++;
	}
	return 0; /* the rate of entry works: it is what we have */
}

int
link_slower(struct engine *g, struct err *e)
{
	const unsigned old = g->baud, *b;

	for (b = g->chip->driver->caps.bauds; *b != 0; b++) {
		if (*b >= g->baud || *b < SLOWEST_BAUD)
			continue;
		if (try_baud(g, *b, e) == 0 && g->baud < old) {
			report_note(g->report,
			    "the line was too noisy; the rate was lowered to %u baud",
			    g->baud);
			return 1;
		}
		if (e->code == ERR_LOST)
			return -1;
	}
	return 0;
}

/* 1 = identified, 0 = not in so many tries (e says why), -1. */
static int
identify_here(struct engine *g, struct err *e)
{
	int i;

	for (i = 0; i < IDENTIFY_TRIES; i++) {
		if (engine_check(g, e) < 0)
			return -1;
		if (g->chip->driver->identify(g->chip, &g->id, e) == 0)
			return 1;
		if (e->code != ERR_FAILED || engine_stop(g))
			return -1;
		report_log(g->report, "identify: %s", e->msg);
		g->report->retries++;
		if (i + 1 < IDENTIFY_TRIES && g->chip->driver->resync(g->chip, e) < 0 &&
		    e->code == ERR_LOST)
			return -1;
	}
	return 0;
}

int
link_identify(struct engine *g, struct err *e)
{
	char what[400];
	int r;

	report_step(g->report, "identify", 0);
	while ((r = identify_here(g, e)) == 0) {
		snprintf(what, sizeof(what),
		    "the camera could not be identified (%.300s)", e->msg);
		if ((r = link_slower(g, e)) < 0)
			return -1;
		if (r == 0)
			return link_diagnose(g, what, e);
	}
	if (r < 0)
		return -1;
	g->id.chip[sizeof(g->id.chip) - 1] = '\0';
	say_identities(g);
	return 0;
}

void
link_leave(struct engine *g)
{
	if (!g->entered)
		return;
	report_step(g->report, "leave", 0);
	g->chip->driver->leave(g->chip);
	g->entered = false;
	report_log(g->report, "back in the firmware");
}
