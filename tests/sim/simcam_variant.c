/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of camera kinds (see simcam_variant.h). Tests only. */
#include "config.h"

#include <string.h>

#include "tests/sim/simcam_variant.h"

#define MULTIPART "multipart/x-mixed-replace"

static const struct variant variants[] = {
	{ .name = "plain" },
	/* dialects of multipart */
	{ .name = "no-length", .flags = V_NO_LENGTH },
	{ .name = "short-length", .flags = V_SHORT_LENGTH },
	{ .name = "long-length", .flags = V_LONG_LENGTH },
	{ .name = "quoted", .type = MULTIPART "; boundary=\"frame\"" },
	{ .name = "dashes", .type = MULTIPART ";boundary=--frame" },
	{ .name = "no-boundary", .type = MULTIPART },
	{ .name = "other-boundary", .flags = V_OTHER_BOUNDARY },
	{ .name = "no-crlf", .flags = V_NO_CRLF },
	{ .name = "no-crlf-no-length", .flags = V_NO_CRLF | V_NO_LENGTH },
	{ .name = "lf", .flags = V_LF },
	{ .name = "preamble", .flags = V_PREAMBLE },
	{ .name = "chunked", .flags = V_CHUNKED },
	{ .name = "junk", .flags = V_JUNK },
	{ .name = "text-parts", .flags = V_TEXT_PARTS },
	{ .name = "raw", .flags = V_RAW, .type = "video/x-motion-jpeg" },
	{ .name = "no-type", .type = "" },
	/* faults */
	{ .name = "truncated", .flags = V_TRUNCATED },
	{ .name = "truncated-no-length", .flags = V_TRUNCATED | V_NO_LENGTH },
	{ .name = "cut-header", .flags = V_CUT_HEADER },
	{ .name = "glued", .flags = V_GLUED },
	{ .name = "stall", .flags = V_STALL },
	{ .name = "drop", .flags = V_DROP },
	{ .name = "drip", .flags = V_DRIP },
	{ .name = "silent", .flags = V_SILENT },
	{ .name = "huge", .flags = V_HUGE },
	{ .name = "endless-header", .flags = V_ENDLESS_HEAD },
	{ .name = "long-part", .flags = V_LONG_PART },
	{ .name = "bomb", .flags = V_BOMB },
	/* other answers */
	{ .name = "redirect",
	    .flags = V_ONE_PAGE,
	    .status = "302 Found",
	    .header = "Location: http://127.0.0.1:1/elsewhere" },
	{ .name = "gzip", .header = "Content-Encoding: gzip" },
	{ .name = "html", .flags = V_ONE_PAGE, .type = "text/html" },
	{ .name = "playlist",
	    .flags = V_ONE_PAGE,
	    .type = "application/vnd.apple.mpegurl" },
	{ .name = "still", .flags = V_RAW, .type = "image/jpeg" },
	{ .name = "type", .flags = V_ONE_PAGE, .type = "application/x-other" },
	{ .name = "404", .flags = V_ONE_PAGE, .status = "404 Not Found" },
	{ .name = "503", .flags = V_ONE_PAGE, .status = "503 Service Unavailable" },
	/* sign-in */
	{ .name = "basic", .auth = "basic" },
	{ .name = "digest", .auth = "digest" },
	/* pictures */
	{ .name = "no-dht", .kind = { .no_dht = true } },
	{ .name = "optimised", .kind = { .optimised = true } },
	{ .name = "422", .kind = { .h = 2, .v = 1 } },
	{ .name = "444", .kind = { .h = 1, .v = 1 } },
	{ .name = "440", .kind = { .h = 1, .v = 2 } },
	{ .name = "411", .kind = { .h = 4, .v = 1 } },
	{ .name = "odd-sampling", .kind = { .h = 3, .v = 2 } },
	{ .name = "grey", .kind = { .grey = true } },
	{ .name = "restart", .kind = { .restart = 40 } },
	{ .name = "422-restart", .kind = { .h = 2, .v = 1, .restart = 40 } },
	{ .name = "odd-size", .kind = { .width = 642, .height = 362 } },
	{ .name = "wide", .kind = { .width = 2304, .height = 1296 } },
	{ .name = "progressive", .kind = { .progressive = true } },
	{ .name = "thumbnail", .kind = { .thumbnail = true } },
	{ .name = "dnl", .kind = { .dnl = true } },
	{ .name = "arithmetic", .kind = { .arithmetic = true } },
	{ .name = "12-bit", .kind = { .deep = true } },
	{ .name = "lossless", .kind = { .lossless = true } },
	{ .name = NULL },
};

const struct variant *
variant_all(void)
{
	return variants;
}

const struct variant *
variant_find(const char *name)
{
	const struct variant *v;

	for (v = variants; v->name != NULL; v++) {
		if (strcmp(v->name, name) == 0)
			return v;
	}
	return NULL;
}
