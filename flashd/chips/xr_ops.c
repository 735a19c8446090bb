/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the drivers of the XRadio family have in common: rates, read, erase, write,
 * leaving (see xr_brom.h). Worker process, its one thread.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/err.h"
#include "common/loop.h"
#include "flashd/chips/xr_brom.h"
#include "flashd/wire.h"

#define MS 1000ll
#define ROM_BAUD 115200u
#define UPDATE_FLAG 0x40040100u /* PRCM register: how to start next time */
#define UPDATE_FLAG_CLEAR 0x429b0000u /* the upper half is its key */

const unsigned xr_brom_bauds[] = { 3000000, 1500000, 1000000, 921600, 115200, 9600, 0 };

static void
sort_down(unsigned *v, size_t n)
{
	size_t i, k;

	for (i = 1; i < n; i++) {
		unsigned x = v[i];

		for (k = i; k > 0 && v[k - 1] < x; k--)
			v[k] = v[k - 1];
		v[k] = x;
	}
}

/* The ROM's own list, asked for once, or ours. */
static int
learn_bauds(struct chip *c, struct err *e)
{
	struct xr_call call = {
		.timeout_us = 500 * MS, .want = 24, .what = "list of rates"
	};
	struct xr_brom *x = c->state;
	uint8_t b[24], code;
	size_t i, n = 0;

	if (x->bauds[0] != 0)
		return 0;
	xr_request_start(&call.request, XR_GET_BAUDS);
	xr_request_end(&call.request);
	if (xr_brom_call(c, &call, b, &code, e) < 0) {
		/* No such command, or a list of another length: neither is a fault. */
		if (xr_brom_over(e))
			return -1;
		err_clear(e);
		memcpy(x->bauds, xr_brom_bauds, 7 * sizeof(unsigned));
		return 0;
	}
	for (i = 0; i < sizeof(b); i += 4) {
		uint32_t v = (uint32_t)b[i] | (uint32_t)b[i + 1] << 8 |
		    (uint32_t)b[i + 2] << 16 | (uint32_t)b[i + 3] << 24;

		if (v >= 9600 && v <= 6000000)
			x->bauds[n++] = v;
	}
	sort_down(x->bauds, n);
	x->bauds[n] = 0;
	if (n == 0)
		memcpy(x->bauds, xr_brom_bauds, 7 * sizeof(unsigned));
	return 0;
}

static int
ask_baud(struct chip *c, unsigned baud, uint8_t *ret_code, struct err *e)
{
	struct xr_call call = { .timeout_us = 500 * MS, .what = "change of the rate" };

	xr_request_start(&call.request, XR_SET_BAUD);
	xr_request_u32(&call.request, 0x03000000u | baud); /* 03: 8N1 */
	xr_request_end(&call.request);
	return xr_brom_call(c, &call, NULL, ret_code, e);
}

/* Change the wire's rate and see whether the ROM is there. 1, 0 or -1. */
static int
meet_at(struct chip *c, unsigned baud, int64_t total_us, struct err *e)
{
	struct xr_brom *x = c->state;
	int r;

	if (c->wire->baud != baud && wire_set_baud(c->wire, baud, e) < 0)
		return -1;
	if ((r = xr_brom_sync(c, total_us, e)) != 1)
		return r;
	x->dirty = false;
	if (xr_brom_hello(c, e) == 0)
		return 1;
	return xr_brom_over(e) ? -1 : 0;
}

/* A rate that the adapter cannot make must be known before the ROM is told. */
static bool
wire_makes(struct chip *c, unsigned baud)
{
	unsigned old = c->wire->baud;
	struct err e = { 0 };
	bool yes = wire_set_baud(c->wire, baud, &e) == 0;

	return wire_set_baud(c->wire, old, &e) == 0 && yes;
}

/* The ROM is at a rate at which it says OK but takes no request: ask it back. */
static void
call_back(struct chip *c, unsigned old, struct err *e)
{
	uint8_t code;
	int i;

	for (i = 0; i < 3; i++)
		if (ask_baud(c, old, &code, e) == 0 || xr_brom_over(e))
			return;
}

/* 1 = both at this rate, 0 = both at the old one, -1 lost. ret_no: the ROM refused. */
static int
try_baud(struct chip *c, unsigned baud, bool *ret_no, struct err *e)
{
	unsigned old = c->wire->baud;
	uint8_t code = 0;
	int i, r;

	if (ask_baud(c, baud, &code, e) < 0 && (code != 0 || xr_brom_over(e))) {
		*ret_no = xr_error_is_no(code);
		return code != 0 ? 0 : -1;
	}
	/* Without an ACK nobody knows which rate the ROM is at: look at both, twice. */
	for (i = 0; i < 2; i++) {
		if ((r = meet_at(c, baud, (i == 0 ? 400 : 800) * MS, e)) != 0)
			return r;
		call_back(c, old, e);
		if ((r = meet_at(c, old, (i == 0 ? 200 : 400) * MS, e)) != 0)
			return r < 0 ? -1 : 0;
	}
	return err_set(e, ERR_LOST, "rom-mute",
	    "The boot ROM was lost when the rate was changed to %u. Switch the camera "
	    "off "
	    "and on, then start again with a lower rate.",
	    baud);
}

/* The same, twice where the line and not the ROM was against it. */
static int
try_baud_again(struct chip *c, unsigned baud, struct err *e)
{
	bool no = false;
	int r;

	if (!wire_makes(c, baud))
		return 0;
	if ((r = try_baud(c, baud, &no, e)) == 0 && !no)
		r = try_baud(c, baud, &no, e);
	return r;
}

int
xr_brom_set_baud(struct chip *c, unsigned baud, struct err *e)
{
	const unsigned slowest = baud < ROM_BAUD ? baud : ROM_BAUD;
	struct xr_brom *x = c->state;
	size_t i;
	int r;

	e = xr_brom_err(c, e);
	if (c->max_baud > 0 && baud > c->max_baud)
		baud = c->max_baud;
	if (c->wire->baud == baud)
		return 0;
	if (learn_bauds(c, e) < 0)
		return -1;
	/* A line on which the rate of entry does not work is not saved by a lower one.
	 */
	for (i = 0; x->bauds[i] >= slowest && x->bauds[i] != 0; i++) {
		if (x->bauds[i] > baud)
			continue;
		if (x->bauds[i] == c->wire->baud)
			return 0; /* nothing faster works: stay */
		if ((r = try_baud_again(c, x->bauds[i], e)) != 0)
			return r < 0 ? -1 : 0;
	}
	return 0;
}

int
xr_brom_read(struct chip *c, uint32_t at, uint8_t *ret, size_t n, struct err *e)
{
	struct xr_call call = {
		.timeout_us = 1000 * MS, .want = n, .flash = true, .at = at
	};
	char what[64];

	if (at % XR_SECTOR != 0 || n % XR_SECTOR != 0 || n == 0 || n > XR_UNIT_MAX)
		return err_set(e, ERR_USAGE, "",
		    "A read must be of 1 to %u whole sectors.", XR_SECTORS_MAX);
	snprintf(what, sizeof(what), "read of %zu bytes at 0x%" PRIx32, n, at);
	call.what = what;
	xr_request_start(&call.request, XR_READ_SECTORS);
	xr_request_u32(&call.request, at / XR_SECTOR);
	xr_request_u32(&call.request, (uint32_t)(n / XR_SECTOR));
	xr_request_end(&call.request);
	return xr_brom_call(c, &call, ret, NULL, e);
}

/* The ROM's own limit for each size, and time for the status register. */
static const struct erase_mode {
	uint32_t n;
	uint8_t mode;
	int64_t timeout_us;
} erase_modes[] = {
	{ 65536, 3, 12000 * MS },
	{ 32768, 2, 5500 * MS },
	{ 4096, 1, 2500 * MS },
};

static int
erase_one(struct chip *c, uint32_t at, const struct erase_mode *m, struct err *e)
{
	struct xr_call call = { .timeout_us = m->timeout_us };
	struct xr_brom *x = c->state;
	char what[64];

	snprintf(
	    what, sizeof(what), "erase of %" PRIu32 " bytes at 0x%" PRIx32, m->n, at);
	call.what = what;
	xr_request_start(&call.request, XR_ERASE);
	xr_request_u8(&call.request, m->mode);
	xr_request_u32(&call.request, at);
	xr_request_end(&call.request);
	x->trace.written = true;
	return xr_brom_call(c, &call, NULL, NULL, e);
}

int
xr_brom_erase(struct chip *c, uint32_t at, size_t n, struct err *e)
{
	const struct erase_mode *m;

	if (at % 4096 != 0 || n % 4096 != 0 || n == 0 || n > UINT32_MAX - at)
		return err_set(
		    e, ERR_USAGE, "", "An erase must be of whole 4 KiB sectors.");
	/* Never one byte more than asked for: the neighbours may be settings or keys.
	 */
	for (; n > 0; at += m->n, n -= m->n) {
		for (m = erase_modes; at % m->n != 0 || n < m->n; m++)
			;
		if (erase_one(c, at, m, e) < 0)
			return -1;
	}
	return 0;
}

int
xr_brom_write(struct chip *c, uint32_t at, const uint8_t *p, size_t n, struct err *e)
{
	int r;

	if (at % XR_SECTOR != 0 || n % XR_SECTOR != 0 || n == 0 || n > XR_UNIT_MAX)
		return err_set(e, ERR_USAGE, "",
		    "A write must be of 1 to %u whole sectors.", XR_SECTORS_MAX);
	if ((r = xr_brom_write_sectors(c, at, p, n, e)) < 0)
		(void)err_add(e, "at 0x%" PRIx32, at);
	return r;
}

/* Without clearing the flag a reboot comes straight back into download mode. */
static int
reboot(struct chip *c, struct err *e)
{
	struct xr_call call = { .timeout_us = 500 * MS, .what = "reboot" };
	uint32_t flag;

	if (xr_brom_write32(c, UPDATE_FLAG, UPDATE_FLAG_CLEAR, e) < 0 ||
	    xr_brom_read32(c, UPDATE_FLAG, &flag, e) < 0)
		return -1;
	if ((flag & 0xff) != 0)
		return err_set(e, ERR_FAILED, "", "The update flag does not clear.");
	xr_request_start(&call.request, XR_REBOOT);
	xr_request_end(&call.request);
	return xr_brom_call(c, &call, NULL, NULL, e);
}

void
xr_brom_leave(struct chip *c)
{
	bool (*stop_asked)(void *arg) = c->wire->stop_asked;
	struct xr_brom *x = c->state;
	struct err e = { 0 };
	int i;

	if (!x->in_rom)
		return;
	/* A cancelled job, too, must leave the camera running. */
	c->wire->stop_asked = NULL;
	for (i = 0; i < 3; i++)
		if (reboot(c, &e) == 0 || e.code == ERR_LOST ||
		    strcmp(e.name, "rom-mute") == 0)
			break;
	x->in_rom = false;
	x->dirty = x->sums = false;
	(void)wire_set_baud(c->wire, 115200, &e);
	c->wire->stop_asked = stop_asked;
}
