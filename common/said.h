/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A sentence on its way to other processes, with its parameters (struct err). The
 * sentence itself is stored and sent as it is; beside it goes a short text that says
 * where its parameters stand, so that whoever shows it can tell its pattern from what
 * was put in, and never has to guess:
 *
 *	57:4+3,9+12(11+2),30+0
 *
 * is a sentence of 57 bytes with three parameters: 3 bytes from byte 4, 12 from 9, and
 * an empty one at 30. The second is a sentence as well, whose only parameter are the 2
 * bytes from 11. "" says that nothing is known. Pure; any thread.
 */
#ifndef COMMON_SAID_H
#define COMMON_SAID_H

#include <stddef.h>

struct err;

#define SAID_MAX 256	/* a packed text with its NUL, the longest */
#define SAID_DEPTH 4	/* sentences within sentences */

/* Where e's parameters stand. Returns ret; "" for no sentence. */
const char *said_pack(const struct err *e, char ret[SAID_MAX]);
/* The sentence, cut to what fits, with its parameters; code and name are cleared. -1:
 * packed is "", or not one of this sentence's; then it has none. */
int said_unpack(struct err *ret, const char *sentence, const char *packed);
/* Both for a row: the sentence, cut to fit, and where its parameters stand. */
void said_put(const struct err *e, char *ret, size_t ret_size, char ret_params[SAID_MAX]);
/* Parameter i of e (which may be NULL) is the sentence of inner, or its beginning: it
 * keeps its own. Returns -1, as err_set() does. */
int said_nest(struct err *e, unsigned i, const struct err *inner);
/* The sentence as text_escape() makes it, cut to fit into size bytes. */
void said_escape(const struct err *e, size_t size, struct err *ret);

#endif
