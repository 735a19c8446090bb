/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Secrets that are known by heart, to be blanked wherever they stand in a text. Pure; any
 * thread, one at a time. */
#ifndef COMMON_WORDS_H
#define COMMON_WORDS_H

#include <stddef.h>

#define WORDS_MAX 8192u		/* more are not taken */
#define WORDS_LEN_MIN 4u	/* a shorter one would blank half of a text */

/* Zeroed = none. */
struct words {
	char **v;
	size_t n, room;
};

/* Takes a copy of a word that is long enough, and of how it looks inside JSON. 0, or -1
 * without memory. */
int words_add(struct words *w, const char *word);
/* Every word in the text becomes ***, in place; a word that holds another one goes
 * first. */
void words_blank(struct words *w, char *text);
void words_fini(struct words *w);

#endif
