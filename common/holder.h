/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which other program has a tty open, as far as /proc and lock files show it. Opens
 * none of them. Any process, any thread. */
#ifndef COMMON_HOLDER_H
#define COMMON_HOLDER_H

#include <stddef.h>

#define HOLDER_MAX 96

struct holder {
	const char *node;	/* the real path, not a link; borrowed */
	char who[HOLDER_MAX];	/* "minicom (process 812)"; "" = none can be seen, which
				 * is no proof that there is none */
};

/* Fill who of all n by one look at /proc. */
void holder_find(struct holder *list, size_t n);

#endif
