/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fuzz target: a stream of bytes through the parser of boot ROM replies. Whatever comes
 * and however it is cut into pieces, the result must be the same, within the length
 * that was asked for, and a checksum that was accepted must be right.
 *
 * Input: 2 bytes length asked for, 1 byte flags (1: checksum due), 1 byte size of the
 * pieces, then the stream.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "flashd/chips/xr_frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

struct result {
	enum xr_parse state;
	struct xr_parser parser;
	uint8_t *payload;
	size_t used;
};

static void
run(struct result *r, const uint8_t *p, size_t n, size_t want, bool need_sum,
    size_t piece)
{
	size_t at = 0, used, part;

	if ((r->payload = calloc(1, want > 0 ? want : 1)) == NULL)
		abort();
	xr_parser_init(&r->parser, r->payload, want, need_sum);
	r->state = XR_MORE;
	while (r->state == XR_MORE && at < n) {
		part = n - at < piece ? n - at : piece;
		r->state = xr_parser_feed(&r->parser, p + at, part, &used);
		if (used > part || (r->state == XR_MORE && used != part))
			abort();
		at += used;
	}
	r->used = at;
}

static void
check(const struct result *r, size_t want, bool need_sum)
{
	const struct xr_parser *p = &r->parser;
	bool summed = (p->head[4] & XR_FLAG_SUM) != 0;
	const uint8_t *payload = p->failed ? &p->error : r->payload;
	size_t n = p->failed ? 1 : want;

	if (r->state == XR_BAD && p->bad == XR_BAD_NONE)
		abort();
	if (r->state != XR_REPLY)
		return;
	if (memcmp(p->head, "BROM", 4) != 0 || p->version > 15 || (need_sum && !summed))
		abort();
	if (p->skipped + XR_HEAD + n != r->used)
		abort();
	if (summed &&
	    xr_reply_sum(p->head, payload, n) !=
		(uint16_t)(p->head[6] << 8 | p->head[7]))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct result whole, cut;
	size_t want, piece;
	bool need_sum;

	if (n < 4)
		return 0;
	want = (size_t)(data[0] << 8 | data[1]) % (XR_UNIT_MAX + 1);
	need_sum = (data[2] & 1) != 0;
	piece = data[3] > 0 ? data[3] : 1;
	run(&whole, data + 4, n - 4, want, need_sum, SIZE_MAX);
	run(&cut, data + 4, n - 4, want, need_sum, piece);
	if (whole.state != cut.state || whole.used != cut.used ||
	    whole.parser.skipped != cut.parser.skipped ||
	    whole.parser.bad != cut.parser.bad ||
	    whole.parser.failed != cut.parser.failed ||
	    whole.parser.error != cut.parser.error ||
	    memcmp(whole.parser.head, cut.parser.head, XR_HEAD) != 0 ||
	    memcmp(whole.payload, cut.payload, want) != 0)
		abort();
	check(&whole, want, need_sum);
	free(whole.payload);
	free(cut.payload);
	return 0;
}
