/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Frames of the XRadio boot ROM (see xr_frame.h). Pure; any thread. */
#include "config.h"

#include <string.h>

#include "common/buf.h"
#include "flashd/chips/xr_frame.h"

static const uint8_t magic[4] = { 'B', 'R', 'O', 'M' };

/* Sums may be put together from pieces only where each but the last is even. */
static uint32_t
add_words(const uint8_t *p, size_t n)
{
	uint32_t sum = 0;
	size_t i;

	for (i = 0; i + 1 < n; i += 2)
		sum += (uint32_t)(p[i] | p[i + 1] << 8);
	if (n % 2 == 1)
		sum += p[n - 1];
	return sum;
}

uint16_t
xr_sum16(const uint8_t *p, size_t n)
{
	return (uint16_t)add_words(p, n);
}

uint16_t
xr_data_sum(const uint8_t *p, size_t n)
{
	return (uint16_t)~xr_sum16(p, n);
}

void
xr_request_start(struct xr_request *r, enum xr_op op)
{
	memset(r, 0, sizeof(*r));
	memcpy(r->wire, magic, sizeof(magic));
	r->wire[4] = XR_FLAG_SUM;
	r->wire[XR_HEAD] = (uint8_t)op;
	memcpy(r->sum, r->wire, XR_HEAD + 1);
	r->n = XR_HEAD + 1;
}

static void
put(struct xr_request *r, const uint8_t *wire, const uint8_t *sum, size_t n)
{
	if (n > sizeof(r->wire) - r->n)
		return;
	memcpy(r->wire + r->n, wire, n);
	memcpy(r->sum + r->n, sum, n);
	r->n += n;
}

void
xr_request_u8(struct xr_request *r, uint8_t v)
{
	put(r, &v, &v, 1);
}

void
xr_request_u16(struct xr_request *r, uint16_t v)
{
	const uint8_t be[2] = { (uint8_t)(v >> 8), (uint8_t)v };
	const uint8_t le[2] = { (uint8_t)v, (uint8_t)(v >> 8) };

	put(r, be, le, 2);
}

static void
both_orders(uint32_t v, uint8_t be[4], uint8_t le[4])
{
	size_t i;

	for (i = 0; i < 4; i++)
		be[3 - i] = le[i] = (uint8_t)(v >> (8 * i));
}

void
xr_request_u32(struct xr_request *r, uint32_t v)
{
	uint8_t be[4], le[4];

	both_orders(v, be, le);
	put(r, be, le, 4);
}

void
xr_request_value32(struct xr_request *r, uint32_t v)
{
	uint8_t be[4], le[4];

	both_orders(v, be, le);
	put(r, le, le, 4);
}

void
xr_request_end(struct xr_request *r)
{
	uint16_t sum;

	both_orders((uint32_t)(r->n - XR_HEAD), r->wire + 8, r->sum + 8);
	sum = (uint16_t)~xr_sum16(r->sum, r->n);
	r->wire[6] = (uint8_t)(sum >> 8);
	r->wire[7] = (uint8_t)sum;
}

/* The head's words with its numbers in little-endian order, and its checksum field as
 * it stands or as 0. */
static uint32_t
head_words(const uint8_t head[XR_HEAD], bool with_sum)
{
	uint8_t le[XR_HEAD];
	size_t i;

	memcpy(le, head, XR_HEAD);
	le[6] = with_sum ? head[7] : 0;
	le[7] = with_sum ? head[6] : 0;
	for (i = 0; i < 4; i++)
		le[8 + i] = head[11 - i];
	return add_words(le, XR_HEAD);
}

uint16_t
xr_reply_sum(const uint8_t head[XR_HEAD], const uint8_t *payload, size_t n)
{
	return (uint16_t) ~(head_words(head, false) + add_words(payload, n));
}

void
xr_parser_init(struct xr_parser *p, uint8_t *payload, size_t want, bool need_sum)
{
	memset(p, 0, sizeof(*p));
	p->payload = payload;
	p->want = want;
	p->need_sum = need_sum;
}

bool
xr_parser_in_frame(const struct xr_parser *p)
{
	return p->n >= sizeof(magic);
}

static enum xr_parse
bad(struct xr_parser *p, enum xr_bad why)
{
	p->bad = why;
	return XR_BAD;
}

/* One byte while the magic is not complete. */
static enum xr_parse
hunt(struct xr_parser *p, uint8_t b)
{
	if (b == magic[p->n]) {
		p->head[p->n++] = b;
		return XR_MORE;
	}
	/* No proper end of "BROM" begins it again, so only this byte can be a start. */
	p->skipped += p->n;
	p->n = 0;
	if (b == magic[0])
		p->head[p->n++] = b;
	else
		p->skipped++;
	return p->skipped > XR_NOISE_MAX ? bad(p, XR_BAD_NOISE) : XR_MORE;
}

static enum xr_parse
finish(struct xr_parser *p)
{
	if ((p->head[4] & XR_FLAG_SUM) != 0 && (uint16_t)p->sum != 0xffff)
		return bad(p, XR_BAD_SUM);
	p->failed = (p->head[4] & XR_FLAG_ERROR) != 0;
	return XR_REPLY;
}

/* The head is complete: nothing of it is believed that was not asked for. */
static enum xr_parse
take_head(struct xr_parser *p)
{
	struct reader r;
	uint8_t flags = p->head[4];
	uint32_t length;

	reader_init(&r, p->head + 8, 4);
	length = reader_be32(&r);
	if ((flags & XR_FLAG_ACK) == 0 || (flags & ~7) != 0 ||
	    (p->need_sum && (flags & XR_FLAG_SUM) == 0))
		return bad(p, XR_BAD_FLAGS);
	if (length != ((flags & XR_FLAG_ERROR) != 0 ? 1 : p->want))
		return bad(p, XR_BAD_LENGTH);
	/* The high nibble is left over from the request or from data. */
	p->version = p->head[5] & 0x0f;
	p->length = length;
	p->sum = head_words(p->head, true);
	return length == 0 ? finish(p) : XR_MORE;
}

/* As much of the payload as there is. */
static enum xr_parse
take_payload(struct xr_parser *p, const uint8_t *b, size_t n, size_t *ret_used)
{
	size_t at = p->n - XR_HEAD, left = p->length - at, i;

	if (n > left)
		n = left;
	for (i = 0; i < n; i++)
		p->sum += (at + i) % 2 == 0 ? b[i] : (uint32_t)b[i] << 8;
	if ((p->head[4] & XR_FLAG_ERROR) != 0)
		p->error = b[0];
	else
		memcpy(p->payload + at, b, n);
	p->n += n;
	*ret_used += n;
	return n == left ? finish(p) : XR_MORE;
}

enum xr_parse
xr_parser_feed(struct xr_parser *p, const uint8_t *b, size_t n, size_t *ret_used)
{
	enum xr_parse state = XR_MORE;

	*ret_used = 0;
	while (state == XR_MORE && *ret_used < n) {
		if (p->n < sizeof(magic)) {
			state = hunt(p, b[(*ret_used)++]);
		} else if (p->n < XR_HEAD) {
			p->head[p->n++] = b[(*ret_used)++];
			if (p->n == XR_HEAD)
				state = take_head(p);
		} else {
			state = take_payload(p, b + *ret_used, n - *ret_used, ret_used);
		}
	}
	return state;
}

bool
xr_error_is_no(uint8_t code)
{
	return code == 1 || code == 4;
}

const char *
xr_error_text(uint8_t code)
{
	switch (code) {
	case 1:
		return "unknown command";
	case 2:
		return "time-out";
	case 3:
		return "wrong checksum";
	case 4:
		return "invalid argument";
	case 5:
		return "request too long";
	case 6:
		return "the flash failed";
	default:
		return "an unknown error";
	}
}

const char *
xr_bad_text(enum xr_bad why)
{
	switch (why) {
	case XR_BAD_NOISE:
		return "bytes that are no reply";
	case XR_BAD_FLAGS:
		return "a reply with impossible flags";
	case XR_BAD_LENGTH:
		return "a reply of another length than asked for";
	case XR_BAD_SUM:
		return "a reply with a wrong checksum";
	case XR_BAD_NONE:
		break;
	}
	return "nothing wrong";
}
