/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Requests, replies and resynchronising with the XRadio boot ROM (see xr_brom.h).
 * Worker process, its one thread. The ROM has no time-outs of its own: it waits inside
 * a frame for ever, so it is we who must know when to give up and to fill it up.
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
#define GAP_US (500 * MS) /* silence inside a reply */
#define LISTEN_MAX (256u * 1024)
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

/* Time that n bytes need on the line. */
static int64_t
line_us(const struct wire *w, size_t n)
{
	return (int64_t)n * 10 * 1000000 / (w->baud > 0 ? w->baud : 9600) + 1;
}

static void
see_line(struct chip *c, struct xr_brom *x)
{
	bool answer = strncmp(x->line, "<ACK>", 5) == 0;

	if (x->line_n < 3) /* a lone prompt tells nothing */
		return;
	text_escape(x->line, x->line_n, c->seen.text, sizeof(c->seen.text));
	if (!answer || x->console[0] == '\0')
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
	return wire_write(
	    c->wire, fill, n, loop_now_us() + 2 * line_us(c->wire, n) + 1000 * MS, e);
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
	int64_t slot = SYNC_SLOT_US + line_us(c->wire, n);
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

static int
sums_on(struct chip *c, struct err *e)
{
	struct xr_brom *x = c->state;
	struct xr_call call = { .timeout_us = 500 * MS, .what = "switch to checksums" };
	uint8_t code;

	x->sums = false;
	xr_request_start(&call.request, XR_REPLY_SUMS);
	xr_request_u8(&call.request, 1);
	xr_request_end(&call.request);
	if (xr_brom_call(c, &call, NULL, &code, e) < 0) {
		if (code == 0)
			return -1;
		err_clear(e); /* this ROM does not offer them */
		return 0;
	}
	x->sums = (x->flags & XR_FLAG_SUM) != 0;
	return 0;
}

/* Send 0x55 in these portions until the ROM says OK twice: the first OK may still
 * belong to what was filled up. */
static int
fill_up(struct chip *c, const uint16_t *fill, size_t n, struct err *e)
{
	struct xr_brom *x = c->state;
	bool sums = x->sums;
	size_t i;
	int r;

	for (i = 0; i < n; i++) {
		if ((r = try_sync(c, fill[i], e)) < 0)
			return -1;
		if (r > 0 && (r = try_sync(c, 1, e)) < 0)
			return -1;
		if (r == 0)
			continue;
		x->dirty = false;
		if (!sums || sums_on(c, e) == 0)
			return 0;
		x->sums = sums; /* that failed as well: go on filling */
		if (xr_brom_over(e))
			return -1;
	}
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
	return fill_up(c, fill, sizeof(fill) / sizeof(fill[0]), e);
}

int
xr_brom_dig(struct chip *c, struct err *e)
{
	static const uint16_t fill[] = { 4096, 4096, 4096, 4096, 64, 1 };

	wire_trace_note(c->wire->trace, "dig");
	return fill_up(c, fill, sizeof(fill) / sizeof(fill[0]), xr_brom_err(c, e));
}

/* The line must be silent before a request, or an old reply could pass for its own. */
static int
prepare(struct chip *c, struct err *e)
{
	struct xr_brom *x = c->state;
	uint8_t tail[2] = { 0, 0 };
	ssize_t n;

	if (!x->dirty) {
		if ((n = xr_brom_listen(c, 0, 0, tail, e)) < 0)
			return -1;
		if (n == 0)
			return 0;
		wire_trace_note(c->wire->trace, "%zd bytes that nobody asked for", n);
	}
	return xr_brom_resync(c, e);
}

static int
silent(struct chip *c, const struct xr_call *call, const struct xr_parser *p,
    struct err *e)
{
	if (xr_parser_in_frame(p))
		return err_set(e, ERR_FAILED, "rom-silent",
		    "The reply to the %s stopped after %zu of %zu bytes.", call->what,
		    p->n, call->want + XR_HEAD);
	(void)c;
	return err_set(e, ERR_FAILED, "rom-silent", "No reply to the %s.", call->what);
}

/* Until the parser is done. What is left over behind a reply makes the line dirty. */
static int
await(struct chip *c, const struct xr_call *call, struct xr_parser *p, struct err *e)
{
	struct xr_brom *x = c->state;
	int64_t begin =
	    loop_now_us() + call->timeout_us + line_us(c->wire, call->request.n);
	int64_t total = begin + 2 * line_us(c->wire, call->want + XR_NOISE_MAX), until;
	enum xr_parse state;
	uint8_t buf[4096];
	size_t used;
	ssize_t n;

	for (;;) {
		until = begin;
		if (xr_parser_in_frame(p))
			until = loop_now_us() + GAP_US < total ? loop_now_us() + GAP_US
							       : total;
		if ((n = wire_read(c->wire, buf, sizeof(buf), until, e)) < 0)
			return -1;
		if (n == 0)
			return silent(c, call, p, e);
		state = xr_parser_feed(p, buf, (size_t)n, &used);
		if (used < (size_t)n || state == XR_BAD) {
			x->dirty = true;
			xr_brom_see(c, buf, (size_t)n);
		}
		if (state == XR_BAD)
			return err_set(e, ERR_FAILED, "rom-garbled",
			    "Instead of the reply to the %s came %s.", call->what,
			    xr_bad_text(p->bad));
		if (state == XR_REPLY)
			return 0;
	}
}

static int
refused(struct chip *c, const struct xr_call *call, uint8_t code, struct err *e)
{
	struct xr_brom *x = c->state;

	if (code == 5) /* it takes what followed for new requests */
		x->dirty = true;
	return err_set(e, ERR_FAILED, "rom-error",
	    "The boot ROM answered the %s with error %u (%s).", call->what, code,
	    xr_error_text(code));
}

/* Wait for a reply; x->buf has its payload. The trace is held by the caller. */
static int
reply(struct chip *c, const struct xr_call *call, uint8_t *ret_code, struct err *e)
{
	struct xr_brom *x = c->state;
	struct xr_parser p;

	xr_parser_init(&p, x->buf, call->want, x->sums);
	if (await(c, call, &p, e) < 0) {
		x->dirty = true;
		xr_trace_strangers(c->wire->trace);
		return -1;
	}
	c->seen.rom = x->in_rom = true;
	x->version_seen = p.version;
	x->flags = p.head[4];
	if (p.failed) {
		*ret_code = p.error;
		return refused(c, call, p.error, e);
	}
	if (call->flash) {
		xr_trace_learn(&x->trace, call->at, x->buf, call->want);
		xr_trace_reply(
		    c->wire->trace, &x->trace, p.skipped, call->at, call->want);
	}
	return 0;
}

int
xr_brom_call(struct chip *c, const struct xr_call *call, uint8_t *ret,
    uint8_t *ret_code, struct err *e)
{
	struct xr_brom *x = c->state;
	uint8_t code = 0;
	int r;

	e = xr_brom_err(c, e);
	if (ret_code != NULL)
		*ret_code = 0;
	if (call->want > sizeof(x->buf))
		return err_set(e, ERR_USAGE, "", "The %s is too long.", call->what);
	if (prepare(c, e) < 0)
		return -1;
	wire_trace_hold(c->wire->trace);
	r = wire_write(
	    c->wire, call->request.wire, call->request.n, loop_now_us() + 1000 * MS, e);
	if (r < 0)
		x->dirty = true;
	else
		r = reply(c, call, &code, e);
	wire_trace_release(c->wire->trace);
	if (ret_code != NULL)
		*ret_code = code;
	if (r == 0 && ret != NULL)
		memcpy(ret, x->buf, call->want);
	return r;
}

/* Second stage: the data, then the ACK that says that they are in the flash. */
static int
send_data(struct chip *c, const struct xr_call *call, const uint8_t *p, size_t n,
    struct err *e)
{
	struct xr_brom *x = c->state;
	uint8_t code;
	int r;

	wire_trace_hold(c->wire->trace);
	r = wire_write(
	    c->wire, p, n, loop_now_us() + 2 * line_us(c->wire, n) + 1000 * MS, e);
	xr_trace_data(c->wire->trace, n);
	if (r < 0)
		x->dirty = true;
	else
		r = reply(c, call, &code, e);
	wire_trace_release(c->wire->trace);
	return r;
}

int
xr_brom_write_sectors(
    struct chip *c, uint32_t at, const uint8_t *p, size_t n, struct err *e)
{
	struct xr_call call = { .timeout_us = 1000 * MS, .what = "write" };
	struct xr_brom *x = c->state;
	uint8_t tail[2] = { 0, 0 };
	ssize_t stray;

	xr_request_start(&call.request, XR_WRITE_SECTORS);
	xr_request_u32(&call.request, at / XR_SECTOR);
	xr_request_u32(&call.request, (uint32_t)(n / XR_SECTOR));
	xr_request_u16(&call.request, xr_data_sum(p, n));
	xr_request_end(&call.request);
	x->trace.written = true;
	if (xr_brom_call(c, &call, NULL, NULL, e) < 0)
		return -1;
	/* A second ACK that is there before the data is not theirs. The data go out in
	 * any case: the ROM would take anything else in their place. */
	if ((stray = xr_brom_listen(c, 0, 0, tail, e)) < 0)
		return -1;
	if (stray > 0)
		x->dirty = true;
	call.what = "data of the write";
	/* Page program takes 10 ms at worst, the status register 400 ms. */
	call.timeout_us =
	    line_us(c->wire, n) + (int64_t)(n / 256 + 1) * 10 * MS + 1400 * MS;
	if (send_data(c, &call, p, n, e) < 0)
		return -1;
	if (!x->dirty)
		return 0;
	return err_set(e, ERR_FAILED, "rom-garbled",
	    "More answers came to the write than were asked for, so it does not "
	    "count.");
}

int
xr_brom_read32(struct chip *c, uint32_t address, uint32_t *ret, struct err *e)
{
	struct xr_call call = {
		.timeout_us = 500 * MS, .want = 4, .what = "register read"
	};
	uint8_t b[4];

	xr_request_start(&call.request, XR_READ32);
	xr_request_u32(&call.request, address);
	xr_request_end(&call.request);
	if (xr_brom_call(c, &call, b, NULL, e) < 0)
		return -1;
	*ret = (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 |
	    (uint32_t)b[3] << 24;
	return 0;
}

int
xr_brom_write32(struct chip *c, uint32_t address, uint32_t value, struct err *e)
{
	struct xr_call call = { .timeout_us = 500 * MS, .what = "register write" };

	xr_request_start(&call.request, XR_WRITE32);
	xr_request_u32(&call.request, address);
	xr_request_value32(&call.request, value);
	xr_request_end(&call.request);
	return xr_brom_call(c, &call, NULL, NULL, e);
}

static int
ask_id(struct chip *c, struct err *e)
{
	struct xr_call call = { .timeout_us = 500 * MS, .want = 4, .what = "flash id" };

	xr_request_start(&call.request, XR_FLASH_ID);
	xr_request_end(&call.request);
	return xr_brom_call(c, &call, NULL, NULL, e);
}

/* The version comes without a checksum the first time, so two replies must agree. */
static int
hello_once(struct chip *c, struct err *e)
{
	struct xr_brom *x = c->state;
	unsigned version;

	if (ask_id(c, e) < 0)
		return -1;
	version = x->version_seen;
	if (sums_on(c, e) < 0)
		return -1;
	if (x->version_seen != version)
		return err_set(e, ERR_FAILED, "rom-garbled",
		    "The boot ROM told two different versions of itself.");
	x->version = version;
	return 0;
}

int
xr_brom_hello(struct chip *c, struct err *e)
{
	int i;

	e = xr_brom_err(c, e);
	for (i = 0; i < 3; i++)
		if (hello_once(c, e) == 0)
			return 0;
		else if (xr_brom_over(e))
			return -1;
	return -1;
}
