/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Listening to the XRadio boot ROM, sync, and bringing it back to listening (see
 * xr_brom.h). Worker process, its one thread. The ROM has no time-outs of its own: it
 * waits inside a frame for ever, so it is we who must fill the frame up.
 */
#include "config.h"

#include <ctype.h>
#include <string.h>

#include "common/err.h"
#include "common/loop.h"
#include "common/text.h"
#include "flashd/chips/xr_brom.h"
#include "flashd/wire.h"
#include "flashd/wire_trace.h"

#define MS 1000ll
#define SYNC_SLOT_US (40 * MS) /* between two 0x55 */
#define QUIET_US (30 * MS) /* more than an adapter's latency timer */
#define LISTEN_MAX (256u * 1024)
#define PATIENCE_US (3000 * MS) /* a block erase: it hears nothing */
#define SYNC_BYTE 0x55

struct err *
xr_brom_err(struct chip *c, struct err *e)
{
	struct xr_brom *x = c->state;

	return e != NULL ? e : &x->spare;
}

bool
xr_brom_over(const struct err *e)
{
	return e->code == ERR_LOST || strcmp(e->name, "cancelled") == 0;
}

int64_t
xr_brom_line_us(const struct wire *w, size_t n)
{
	return (int64_t)n * 10 * 1000000 / (w->baud > 0 ? w->baud : 9600) + 1;
}

static bool
ends_with(const char *line, size_t n, const char *what)
{
	size_t len = strlen(what);

	return n >= len && memcmp(line + n - len, what, len) == 0;
}

/* How much of the line is not the ROM's: its OKs to our 0x55 and the head of a reply
 * may stand behind what a console said, which ends with one OK at most. */
static size_t
console_part(const char *line, size_t n)
{
	if (ends_with(line, n, "OKBROM") || (n == 4 && ends_with(line, n, "BROM")))
		n -= 4;
	if (ends_with(line, n, "OKO"))
		n--;
	while (ends_with(line, n, "OKOK"))
		n -= 2;
	return n == 3 && ends_with(line, n, "OK") ? 0 : n;
}

static void
see_line(struct chip *c, struct xr_brom *x)
{
	bool answer = strncmp(x->line, "<ACK>", 5) == 0;
	size_t n = console_part(x->line, x->line_n);

	if (n < 3) /* a lone prompt tells nothing */
		return;
	text_escape(x->line, n, c->seen.text, sizeof(c->seen.text));
	/* Noise between the ROM's replies is no firmware's text. */
	if (!x->in_rom && (!answer || x->console[0] == '\0'))
		memcpy(x->console, c->seen.text, sizeof(x->console));
}

void
xr_brom_see(struct chip *c, const uint8_t *p, size_t n)
{
	struct xr_brom *x = c->state;
	size_t i;

	c->seen.bytes += n;
	for (i = 0; i < n; i++) {
		if (isprint(p[i]) || p[i] == '\t') {
			c->seen.printable++;
			if (x->line_n < sizeof(x->line) - 1)
				x->line[x->line_n++] = (char)p[i];
			x->line[x->line_n] = '\0';
		} else {
			c->seen.printable += p[i] == '\r' || p[i] == '\n';
			see_line(c, x);
			x->line[x->line_n = 0] = '\0';
		}
	}
}

/* The ROM said OK: what stood in the line was no console's. */
static void
see_rom(struct chip *c)
{
	struct xr_brom *x = c->state;

	c->seen.rom = true;
	x->line[x->line_n = 0] = '\0';
}

ssize_t
xr_brom_listen(
    struct chip *c, int64_t quiet_us, int64_t total_us, uint8_t tail[2], struct err *e)
{
	struct xr_brom *x = c->state;
	int64_t end = loop_now_us() + total_us, until;
	uint8_t buf[2048];
	size_t sum = 0;
	ssize_t n;

	wire_trace_hold(c->wire->trace);
	do {
		until = loop_now_us() + quiet_us;
		n = wire_read(c->wire, buf, sizeof(buf), until < end ? until : end, e);
		if (n <= 0)
			break;
		tail[0] = n >= 2 ? buf[n - 2] : tail[1];
		tail[1] = buf[n - 1];
		xr_brom_see(c, buf, (size_t)n);
		sum += (size_t)n;
	} while (sum < LISTEN_MAX && loop_now_us() < end);
	if (x->in_rom) {
		xr_trace_strangers(c->wire->trace);
	} else {
		xr_trace_console(c->wire->trace);
		see_line(c, x); /* a prompt has no end */
	}
	wire_trace_release(c->wire->trace);
	return n < 0 ? -1 : (ssize_t)sum;
}

static int
send_sync(struct chip *c, size_t n, struct err *e)
{
	uint8_t fill[4096];

	memset(fill, SYNC_BYTE, sizeof(fill));
	return wire_write(c->wire, fill, n,
	    loop_now_us() + 2 * xr_brom_line_us(c->wire, n) + XR_WRITE_SLACK_US, e);
}

static bool
is_ok(const uint8_t tail[2])
{
	return memcmp(tail, "OK", 2) == 0;
}

/* n times 0x55, then listen until it is quiet. 1 when OK came last. */
static int
try_sync(struct chip *c, size_t n, struct err *e)
{
	uint8_t tail[2] = { 0, 0 };
	int64_t slot = SYNC_SLOT_US + xr_brom_line_us(c->wire, n);
	ssize_t got;

	if (send_sync(c, n, e) < 0)
		return -1;
	if ((got = xr_brom_listen(c, slot, slot, tail, e)) < 0)
		return -1;
	if (got == 0 || !is_ok(tail))
		return 0;
	/* Several answers may be under way. */
	if (xr_brom_listen(c, QUIET_US, 1000 * MS, tail, e) < 0)
		return -1;
	if (!is_ok(tail))
		return 0;
	see_rom(c);
	return 1;
}

/* Like try_sync, but comes back with the OK instead of sitting out the slot. */
static int
quick_sync(struct chip *c, struct err *e)
{
	uint8_t tail[2] = { 0, 0 };
	int64_t end;

	if (send_sync(c, 1, e) < 0)
		return -1;
	end = loop_now_us() + SYNC_SLOT_US;
	while (!is_ok(tail) && loop_now_us() < end)
		if (xr_brom_listen(c, 2 * MS, end - loop_now_us(), tail, e) < 0)
			return -1;
	if (!is_ok(tail))
		return 0;
	if (xr_brom_listen(c, QUIET_US, 1000 * MS, tail, e) < 0)
		return -1;
	if (!is_ok(tail))
		return 0;
	see_rom(c);
	return 1;
}

int
xr_brom_sync(struct chip *c, int64_t total_us, struct err *e)
{
	int64_t end = loop_now_us() + total_us;
	int r;

	do {
		if ((r = quick_sync(c, e)) != 0)
			return r;
	} while (loop_now_us() < end);
	return 0;
}

/* One portion of 0x55. 1 = the ROM listens: it said OK twice, since the first OK may
 * still belong to what was filled up. 0 = not yet, -1. */
static int
fill_once(struct chip *c, size_t n, struct err *e)
{
	struct xr_brom *x = c->state;
	bool sums = x->sums;
	int r;

	if ((r = try_sync(c, n, e)) < 0)
		return -1;
	if (r > 0 && (r = try_sync(c, 1, e)) < 0)
		return -1;
	if (r == 0)
		return 0;
	x->dirty = false;
	if (!sums || xr_brom_sums_on(c, e) == 0)
		return 1;
	x->sums = sums; /* that failed as well: go on filling */
	return xr_brom_over(e) ? -1 : 0;
}

/* Send 0x55 in these portions until the ROM listens, then one at a time for as long as
 * it may be busy or its line late. */
static int
fill_up(
    struct chip *c, const uint16_t *fill, size_t n, int64_t patience_us, struct err *e)
{
	struct xr_brom *x = c->state;
	int64_t end;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < n; i++)
		r = fill_once(c, fill[i], e);
	end = loop_now_us() + patience_us;
	while (r == 0 && loop_now_us() < end)
		r = fill_once(c, 1, e);
	if (r != 0)
		return r < 0 ? -1 : 0;
	x->dirty = true;
	return err_set(e, ERR_FAILED, "rom-mute",
	    "The boot ROM does not answer any more. Switch the camera off and on, then "
	    "start again.");
}

int
xr_brom_resync(struct chip *c, struct err *e)
{
	/* The first 0x55 may be swallowed; no request is longer than 24; a write waits
	 * for 16 KiB at most. */
	static const uint16_t fill[] = { 1, 1, 24, 512, 4096, 4096, 4096, 4096, 64, 1,
		1 };
	uint8_t tail[2] = { 0, 0 };

	e = xr_brom_err(c, e);
	wire_trace_note(c->wire->trace, "resync");
	if (xr_brom_listen(c, 50 * MS, 3000 * MS, tail, e) < 0)
		return -1;
	return fill_up(c, fill, sizeof(fill) / sizeof(fill[0]), PATIENCE_US, e);
}

int
xr_brom_dig(struct chip *c, struct err *e)
{
	static const uint16_t fill[] = { 4096, 4096, 4096, 4096, 64, 1 };

	wire_trace_note(c->wire->trace, "dig");
	return fill_up(c, fill, sizeof(fill) / sizeof(fill[0]), 0, xr_brom_err(c, e));
}
