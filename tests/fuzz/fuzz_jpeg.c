/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A JPEG's headers: whatever is read lies inside the picture, and what was repaired
 * parses again to the same verdict.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/err.h"
#include "streamd/jpeg.h"
#include "streamd/jpeg_fit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
check_inside(const struct jpeg_info *i, size_t n)
{
	if (i->n > n || i->sof_at + 9 > i->n || i->sos_at + 2 > i->n ||
	    i->scan_at + i->scan_n > i->n || i->width == 0 || i->height == 0 ||
	    i->width > JPEG_SIDE_MAX || i->height > JPEG_SIDE_MAX ||
	    (uint64_t)i->width * i->height > JPEG_PIXELS_MAX)
		abort();
	if (i->rtp_ok != (strcmp(i->rtp_why, "ok") == 0))
		abort();
	if (i->rtp_ok && (!i->baseline || !i->quant_ok || i->width > JPEG_RTP_SIDE_MAX))
		abort();
}

/* Small ones are also worked on: what comes out is what players read. */
static void
check_plain(const uint8_t *p, const struct jpeg_info *i)
{
	struct jpeg_info plain;
	struct err e;
	uint8_t *out;
	size_t n;

	if (i->shown || i->width > 256 || i->height > 256 ||
	    jpeg_plain(p, i, &out, &n, &e) < 0)
		return;
	if (jpeg_parse(out, n, &plain, &e) < 0 || !plain.shown ||
	    plain.width != i->width || plain.height != i->height)
		abort();
	free(out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct jpeg_info info, again;
	struct err e;
	uint8_t *repaired;
	size_t repaired_n;

	if (jpeg_parse(data, n, &info, &e) < 0)
		return 0;
	check_inside(&info, n);
	check_plain(data, &info);
	if (!jpeg_needs_repair(&info, n))
		return 0;
	if (jpeg_repair(data, &info, &repaired, &repaired_n, &e) < 0)
		return 0;
	if (jpeg_parse(repaired, repaired_n, &again, &e) < 0)
		abort();
	check_inside(&again, repaired_n);
	if (again.width != info.width || again.height != info.height ||
	    again.sampling != info.sampling || !again.has_huffman)
		abort();
	free(repaired);
	return 0;
}
