/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A copy of an image that can be posted: every secret found is blanked wherever it
 * stands and in every way it may be written, the checksums of touched sections are
 * made right, the rest stays. Afterwards it is proved that none is left. Pure.
 */
#ifndef IMAGE_REDACT_H
#define IMAGE_REDACT_H

#include "image/found.h"

#define REDACT_PLACES_MAX 2048

struct redact_options {
	bool keep_mac;		/* leave MAC addresses */
	bool keep_unknown;	/* leave areas that look encrypted or like keys */
};

struct redact_place {
	uint32_t at, n;
	enum found_kind kind;	/* meaningless when unknown */
	bool unknown;		/* an area that could not be read, blanked or kept */
	const char *form;	/* "as it is", "as text", "as bytes", "as hex",
				 * "UTF-16", "base64", "reversed", "in a URL",
				 * "in quotes", "area", "packed" */
};

struct redact_report {
	struct redact_place places[REDACT_PLACES_MAX];
	unsigned n_places;
	bool more;		/* more places than fit the list (all were blanked) */
	unsigned secrets;	/* different secrets */
	unsigned too_short;	/* of them, too short to look for elsewhere */
	unsigned sections_mended;
	unsigned packed_sections;	/* compressed: kept, and not searched inside */
	uint32_t unknown_bytes;	/* in areas that could not be checked */
};

/* Blank in place; p is the caller's copy. ERR_FAILED "redact-left" when the proof
 * finds something left: the bytes must not be shared then. ret is large. */
int image_redact(uint8_t *p, size_t n, const struct redact_options *options,
    struct redact_report *ret, struct err *e);

#endif
