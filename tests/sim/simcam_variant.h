/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What kinds of camera simcam can be: one table. Tests only. */
#ifndef TESTS_SIM_SIMCAM_VARIANT_H
#define TESTS_SIM_SIMCAM_VARIANT_H

#include <stddef.h>

#include "tests/sim/picture.h"

enum variant_flag {
	V_NO_LENGTH = 1 << 0,		/* parts without Content-Length */
	V_SHORT_LENGTH = 1 << 1,	/* Content-Length says 300 */
	V_LONG_LENGTH = 1 << 2,		/* Content-Length says 1000 too many */
	V_NO_CRLF = 1 << 3,		/* boundary right behind the picture */
	V_LF = 1 << 4,			/* bare LF in part headers */
	V_PREAMBLE = 1 << 5,		/* text before the first boundary */
	V_CHUNKED = 1 << 6,
	V_JUNK = 1 << 7,		/* NULs behind the picture */
	V_TRUNCATED = 1 << 8,		/* every second picture cut in its scan */
	V_CUT_HEADER = 1 << 9,		/* every second picture cut in its tables */
	V_GLUED = 1 << 10,		/* half a picture, then a whole one, in one part */
	V_STALL = 1 << 11,		/* nothing more after 20 pictures */
	V_DROP = 1 << 12,		/* connection closed after 20 pictures */
	V_DRIP = 1 << 13,		/* a few bytes at a time */
	V_SILENT = 1 << 14,		/* takes the connection, never answers */
	V_RAW = 1 << 15,		/* pictures only, no parts */
	V_HUGE = 1 << 16,		/* a scan without an end */
	V_ENDLESS_HEAD = 1 << 17,	/* header lines without an end */
	V_LONG_PART = 1 << 18,		/* part headers without an end */
	V_TEXT_PARTS = 1 << 19,		/* a text part after each picture */
	V_ONE_PAGE = 1 << 20,		/* a short answer instead of a stream */
	V_BOMB = 1 << 21,		/* pictures that say 16000 x 16000 */
	V_OTHER_BOUNDARY = 1 << 22	/* another boundary than announced */
};

struct variant {
	const char *name;
	unsigned flags;
	const char *type;	/* Content-Type; NULL: the usual one; "": none */
	const char *status;	/* NULL: 200 */
	const char *header;	/* one more header line, or NULL */
	const char *auth;	/* "basic", "digest", or NULL */
	struct picture_kind kind;	/* width 0: from the command line */
};

/* NULL: no such variant. */
const struct variant *variant_find(const char *name);
/* The table, ended by a row without a name. */
const struct variant *variant_all(void);

#endif
