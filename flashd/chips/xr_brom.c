/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Requests to the XRadio boot ROM and their replies (see xr_brom.h). Worker process,
 * its one thread. A reply counts only while it is awaited; any doubt makes the line
 * dirty, and a dirty line is brought in order before the next request.
 */
#include "config.h"

#include <string.h>

#include "common/err.h"
#include "common/loop.h"
#include "flashd/chips/xr_brom.h"
#include "flashd/wire.h"
#include "flashd/wire_trace.h"

#define MS 1000ll
#define GAP_US (500 * MS) /* silence inside a reply */
#define STILL_US (30 * MS) /* more than an adapter's latency timer */

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
	int64_t begin = loop_now_us() + call->timeout_us +
	    xr_brom_line_us(c->wire, call->request.n);
	int64_t total = begin + 2 * xr_brom_line_us(c->wire, call->want + XR_NOISE_MAX),
		until;
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
		if (used < (size_t)n || state == XR_BAD)
			xr_brom_see(c, buf, (size_t)n);
		if (used < (size_t)n || (state == XR_BAD && p->bad != XR_BAD_SUM))
			x->dirty = true;
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
	return err_set(e, ERR_FAILED,
	    xr_error_is_no(code) ? "rom-refuses" : "rom-error",
	    "The boot ROM answered the %s with error %u (%s).", call->what, code,
	    xr_error_text(code));
}

/* A reply of the right length that nothing follows leaves the ROM listening, whatever
 * its bytes are: no more is needed than to ask again. */
static bool
is_still(struct chip *c)
{
	uint8_t tail[2] = { 0, 0 };
	struct err ignored = { 0 };

	return xr_brom_listen(c, STILL_US, STILL_US, tail, &ignored) == 0;
}

/* Wait for a reply; x->buf has its payload. The trace is held by the caller. */
static int
reply(struct chip *c, const struct xr_call *call, uint8_t *ret_code, struct err *e)
{
	struct xr_brom *x = c->state;
	struct xr_parser p;

	xr_parser_init(&p, x->buf, call->want, x->sums);
	if (await(c, call, &p, e) < 0) {
		if (p.bad != XR_BAD_SUM || !is_still(c))
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

static int
call_once(struct chip *c, const struct xr_call *call, uint8_t *ret_code, struct err *e)
{
	struct xr_brom *x = c->state;
	int r;

	*ret_code = 0;
	if (prepare(c, e) < 0)
		return -1;
	wire_trace_hold(c->wire->trace);
	r = wire_write(
	    c->wire, call->request.wire, call->request.n,
	    loop_now_us() + XR_WRITE_SLACK_US, e);
	if (r < 0)
		x->dirty = true;
	else
		r = reply(c, call, ret_code, e);
	wire_trace_release(c->wire->trace);
	return r;
}

int
xr_brom_call(struct chip *c, const struct xr_call *call, uint8_t *ret,
    uint8_t *ret_code, struct err *e)
{
	struct xr_brom *x = c->state;
	uint8_t code;
	int r;

	e = xr_brom_err(c, e);
	if (ret_code != NULL)
		*ret_code = 0;
	if (call->want > sizeof(x->buf))
		return err_set(e, ERR_USAGE, "", "The %s is too long.", call->what);
	r = call_once(c, call, &code, e);
	/* A request that lost a byte on its way can look like one that it does not
	 * know. */
	if (r < 0 && xr_error_is_no(code))
		r = call_once(c, call, &code, e);
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
	r = wire_write(c->wire, p, n,
	    loop_now_us() + 2 * xr_brom_line_us(c->wire, n) + XR_WRITE_SLACK_US, e);
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
	    xr_brom_line_us(c->wire, n) + (int64_t)(n / 256 + 1) * 10 * MS + 1400 * MS;
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

int
xr_brom_sums_on(struct chip *c, struct err *e)
{
	struct xr_brom *x = c->state;
	struct xr_call call = { .timeout_us = 500 * MS, .what = "switch to checksums" };
	uint8_t code;

	x->sums = false;
	xr_request_start(&call.request, XR_REPLY_SUMS);
	xr_request_u8(&call.request, 1);
	xr_request_end(&call.request);
	if (xr_brom_call(c, &call, NULL, &code, e) < 0) {
		if (!xr_error_is_no(code))
			return -1;
		err_clear(e); /* this ROM does not offer them */
		return 0;
	}
	x->sums = (x->flags & XR_FLAG_SUM) != 0;
	return 0;
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
	if (xr_brom_sums_on(c, e) < 0)
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
