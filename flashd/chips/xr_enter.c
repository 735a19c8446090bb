/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The ways into the XRadio boot ROM: already there, the firmware's console, a
 * power-cycle with a short console window, straps. Worker process, its one thread.
 */
#include "config.h"

#include <string.h>

#include "common/err.h"
#include "common/loop.h"
#include "flashd/chips/xr_brom.h"
#include "flashd/engine/console.h"
#include "flashd/wire.h"
#include "flashd/wire_trace.h"

#define MS 1000ll
#define ROM_BAUD 115200u
#define SHORT_TEXT 8u /* "Password: " and the like tell a rate, too */
#define BOUT_US (2000 * MS) /* one call of the ways that go on until somebody acts */
/* So much is no spike of the power coming up; eight times as much was sent, at 921600. */
#define START_BYTES 12u
#define RATES_A_START 4u	/* that are tried for certain in a window of 0.3 s */

/* A leading LF ends whatever stands in the console's line; no NUL behind it, which
 * would stay there and make the next command an empty string. */
static const char command[] = "\nupgrade\n";

static int
say_upgrade(struct chip *c, struct err *e)
{
	return wire_write(
	    c->wire, command, sizeof(command) - 1, loop_now_us() + XR_WRITE_SLACK_US, e);
}

/* Found something that says OK: it is the ROM when it takes a request. */
static int
greet(struct chip *c, struct err *e)
{
	struct xr_brom *x = c->state;

	x->dirty = false;
	x->sums = false;
	if (xr_brom_hello(c, e) == 0)
		return 1;
	x->in_rom = false;
	return xr_brom_over(e) ? -1 : 0;
}

/* Sync at the wire's rate and greet. */
static int
try_here(struct chip *c, int64_t total_us, struct err *e)
{
	int r = xr_brom_sync(c, total_us, e);

	return r == 1 ? greet(c, e) : r;
}

static int
try_rate(struct chip *c, unsigned baud, int64_t total_us, struct err *e)
{
	struct chip_seen before = c->seen;
	int r;

	if (c->max_baud > 0 && baud > c->max_baud)
		return 0;
	if (c->wire->baud != baud && wire_set_baud(c->wire, baud, e) < 0)
		return xr_brom_over(e) ? -1 : 0;
	r = try_here(c, total_us, e);
	/* What a rate tried at random shows says nothing about the line. */
	if (r == 0 && baud != ROM_BAUD)
		c->seen = before;
	return r;
}

static int
back_to_rom_rate(struct chip *c, struct err *e)
{
	return c->wire->baud == ROM_BAUD ? 0 : wire_set_baud(c->wire, ROM_BAUD, e);
}

/* The ROM keeps its rate when a session ends without a word. */
static int
enter_already(struct chip *c, struct err *e)
{
	static const unsigned likely[] = { ROM_BAUD, 921600, 3000000 };
	size_t i;
	int r;

	for (i = 0; i < sizeof(likely) / sizeof(likely[0]); i++)
		if ((r = try_rate(c, likely[i], (i == 0 ? 100 : 60) * MS, e)) != 0)
			return r;
	return back_to_rom_rate(c, e) < 0 ? -1 : 0;
}

static int
dig_at(struct chip *c, unsigned baud, struct err *e)
{
	struct xr_brom *x = c->state;

	if ((c->max_baud > 0 && baud > c->max_baud) ||
	    wire_set_baud(c->wire, baud, e) < 0)
		return xr_brom_over(e) ? -1 : 0;
	x->sums = false;
	if (xr_brom_dig(c, e) == 0)
		return greet(c, e);
	return xr_brom_over(e) ? -1 : 0;
}

/* A ROM that was left in the middle of a frame, at whatever rate: fill it up. */
static int
dig_out(struct chip *c, struct err *e)
{
	static const unsigned likely[] = { 921600, 3000000, ROM_BAUD, 1500000,
		1000000 };
	struct chip_seen before = c->seen;
	size_t i;
	int r;

	for (i = 0; i < sizeof(likely) / sizeof(likely[0]); i++) {
		err_clear(e);
		if ((r = dig_at(c, likely[i], e)) != 0)
			return r;
	}
	c->seen = before;
	return back_to_rom_rate(c, e) < 0 ? -1 : 0;
}

/* Read until the console has said "200 OK" (1), or for total_us (0). */
static int
await_ack(struct chip *c, int64_t total_us, struct err *e)
{
	struct xr_brom *x = c->state;
	int64_t end = loop_now_us() + total_us;
	uint8_t tail[2] = { 0, 0 };

	while (loop_now_us() < end) {
		if (xr_brom_listen(c, 20 * MS, end - loop_now_us(), tail, e) < 0)
			return -1;
		if (strstr(c->seen.text, "200 OK") != NULL ||
		    strstr(x->line, "200 OK") != NULL)
			return 1;
	}
	return 0;
}

static bool
is_text(uint64_t bytes, uint64_t printable)
{
	return bytes >= SHORT_TEXT && printable * 10 >= bytes * 9;
}

/* Ask for the command at one more rate, counting anew what is seen. 1 = it took it, 0 =
 * not, -1. */
static int
ask_at(struct chip *c, unsigned baud, int64_t wait_us, struct err *e)
{
	struct xr_brom *x = c->state;

	if ((c->max_baud > 0 && baud > c->max_baud) ||
	    wire_set_baud(c->wire, baud, e) < 0)
		return xr_brom_over(e) ? -1 : 0;
	memset(&c->seen, 0, sizeof(c->seen));
	x->line[x->line_n = 0] = '\0';
	return say_upgrade(c, e) < 0 ? -1 : await_ack(c, wait_us, e);
}

/* A firmware whose console has another rate than the ROM, which it starts at the ROM's:
 * 1 = in download mode, 0 = not, -1. The rates are tried from number first on, around.
 * Text at any rate is what was seen on the line, whether or not the command was taken. */
static int
find_console(struct chip *c, unsigned first, int64_t wait_us, struct err *e)
{
	const struct chip_seen before = c->seen;
	unsigned i, n = 0, baud;
	bool found = false;
	int r = 0;

	while (console_rates[n] != 0)
		n++;
	for (i = 0; i < n && !found && r == 0; i++) {
		err_clear(e);
		if ((baud = console_rates[(first + i) % n]) == ROM_BAUD)
			continue;
		r = ask_at(c, baud, wait_us, e);
		found = is_text(c->seen.bytes, c->seen.printable);
		if (r == 0 && !found)
			c->seen = before;
	}
	/* What a person types next shall not stand behind what is left in the line. */
	if (r == 0 && found)
		r = wire_write(c->wire, "\n", 1, loop_now_us() + XR_WRITE_SLACK_US, e);
	if (r < 0 || back_to_rom_rate(c, e) < 0)
		return -1;
	return r > 0 ? try_here(c, 3000 * MS, e) : 0;
}

static int
enter_console(struct chip *c, struct err *e)
{
	const struct chip_seen before = c->seen;
	uint64_t bytes, printable;
	struct xr_brom *x = c->state;
	bool acked;
	int i, r = 0;

	x->in_rom = false;
	c->seen.text[0] = '\0';
	if (back_to_rom_rate(c, e) < 0)
		return -1;
	/* More than once: a firmware that is just starting does not listen yet. */
	for (i = 0; i < 3 && r == 0; i++)
		if (say_upgrade(c, e) < 0 || (r = await_ack(c, 300 * MS, e)) < 0)
			return -1;
	/* After the ACK it takes the watchdog's time; without one, it may still have
	 * been understood by a console that does not speak. */
	acked = r > 0;
	if ((r = try_here(c, (acked ? 3000 : 500) * MS, e)) != 0) {
		/* No ACK and no word of a firmware: it is the ROM that answered late. */
		if (!acked && c->seen.text[0] == '\0')
			c->entered = CHIP_ENTRY_ALREADY;
		return r;
	}
	bytes = c->seen.bytes - before.bytes;
	printable = c->seen.printable - before.printable;
	if (bytes < SHORT_TEXT)
		memcpy(c->seen.text, before.text, sizeof(before.text));
	if (bytes == 0 && (r = dig_out(c, e)) != 0) {
		c->entered = CHIP_ENTRY_ALREADY;
		return r;
	}
	if (!is_text(bytes, printable) && !c->seen.rom)
		return find_console(c, 0, 200 * MS, e);
	/* What a person types next shall not stand behind our 0x55. */
	return wire_write(c->wire, "\n", 1, loop_now_us() + XR_WRITE_SLACK_US, e);
}

/* What comes when the camera starts is garbage: its console has another rate. All are
 * tried while the window is open, from another one on at each start, because the window
 * may be too short for all. At every second start we stay: it may have been noise of the
 * power, or of a ROM, in front of a console at this rate. */
static int
start_elsewhere(struct chip *c, struct err *e)
{
	struct xr_brom *x = c->state;
	unsigned start = x->starts++;

	x->start_bytes = x->start_printable = 0;
	if (start % 2 != 0)
		return 0;
	return find_console(c, 1 + start / 2 * RATES_A_START, 60 * MS, e);
}

/* For consoles that listen only shortly after power-on. */
static int
enter_power(struct chip *c, struct err *e)
{
	int64_t end = loop_now_us() + BOUT_US;
	struct xr_brom *x = c->state;
	struct chip_seen before;
	int r;

	x->in_rom = false;
	if (back_to_rom_rate(c, e) < 0)
		return -1;
	while (loop_now_us() < end) {
		c->seen.text[0] = '\0';
		before = c->seen;
		if (say_upgrade(c, e) < 0 || (r = await_ack(c, 60 * MS, e)) < 0)
			return -1;
		if ((r = try_here(c, r > 0 ? 3000 * MS : 0, e)) != 0)
			return r;
		x->start_bytes += c->seen.bytes - before.bytes;
		x->start_printable += c->seen.printable - before.printable;
		if (x->start_bytes >= START_BYTES && !c->seen.rom &&
		    x->start_printable * 2 < x->start_bytes &&
		    (r = start_elsewhere(c, e)) != 0)
			return r;
	}
	return 0;
}

static int
enter_straps(struct chip *c, struct err *e)
{
	return back_to_rom_rate(c, e) < 0 ? -1 : try_here(c, BOUT_US, e);
}

int
xr_brom_enter(struct chip *c, enum chip_entry way, struct err *e)
{
	e = xr_brom_err(c, e);
	c->entered = way;
	switch (way) {
	case CHIP_ENTRY_ALREADY:
		return enter_already(c, e);
	case CHIP_ENTRY_CONSOLE:
		return enter_console(c, e);
	case CHIP_ENTRY_POWER:
		return enter_power(c, e);
	case CHIP_ENTRY_STRAPS:
		return enter_straps(c, e);
	}
	return err_set(e, ERR_USAGE, "", "There is no such way into download mode.");
}
