/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The lines that a child may say. Each is one verb and its fields, separated by single
 * spaces, parsed strictly against one table; the parent trusts none of them. Pure.
 *
 *	step NAME TOTAL                 another step begins; TOTAL bytes
 *	progress DONE RATE ETA RETRIES  at most four a second
 *	blocks FIRST COUNT CHAR         4 KiB blocks of the picture of the chip
 *	identity KEY VALUE…             what the chip said, one line a key
 *	baud N                          the rate that works
 *	note PARAMS TEXT…               worth knowing, no failure
 *	ask WHAT PARAMS TEXT…           a person's hand is needed; "ask none" when it is over
 *	kept BYTES                      so much of the dump was read when the port went
 *	saved SHA256 SIZE PASSES RETRIES   the dump is whole: awaits "go"
 *	touched                         the next command erases: awaits "go"
 *	counts ERASED WRITTEN VERIFIED SKIPPED   sectors
 *	image HOW SHA256                restore: own, keep, blank or donor, and the bytes
 *	differs SECTORS FIRST           verify: how many and the first byte's offset
 *	fail CODE NAME PARAMS TEXT…     the end
 *	text END HEX                    console: a line's bytes; END is full, cut or open
 *	heard VERDICT BAUD BYTES TEXT   console: of BYTES at this rate, TEXT look like text
 *	errors FRAME OVERRUN PARITY BREAK   the adapter counted so many more
 *	ok                              the end
 *	free                            behind the end: the port is still open, and another
 *	                                order may come
 *
 * PARAMS: where the parameters of TEXT stand (common/said.h), or "-" where nobody knows.
 */
#ifndef FLASHD_CHILDLINE_H
#define FLASHD_CHILDLINE_H

#include <stddef.h>
#include <stdint.h>

#include "common/said.h"

#define CHILDLINE_MAX 1000	/* bytes of a line without its end */

enum child_verb {
	CHILD_STEP, CHILD_PROGRESS, CHILD_BLOCKS, CHILD_IDENTITY, CHILD_BAUD, CHILD_NOTE,
	CHILD_ASK, CHILD_SAVED, CHILD_TOUCHED, CHILD_COUNTS, CHILD_DIFFERS, CHILD_FAIL,
	CHILD_OK, CHILD_TEXT, CHILD_HEARD, CHILD_KEPT, CHILD_IMAGE, CHILD_FREE,
	CHILD_ERRORS
};

struct child_line {
	enum child_verb verb;
	char word[65];		/* a name, or the SHA-256 */
	uint64_t n[4];		/* the numbers, in their order; ETA is in eta */
	int64_t eta;
	char mark;		/* blocks */
	char text[601];		/* the rest of the line; printable UTF-8 */
	char params[SAID_MAX];	/* of it; "" = not known */
};

/* n bytes without the line end. 0, or -1 when no line of the table looks so. */
int childline_parse(const char *line, size_t n, struct child_line *ret);

#endif
