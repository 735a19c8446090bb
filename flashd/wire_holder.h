/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who else has a tty open, as far as /proc and lock files show it. Any process. */
#ifndef FLASHD_WIRE_HOLDER_H
#define FLASHD_WIRE_HOLDER_H

#include <stddef.h>

/* "minicom (process 812)" of the first other process that has this node open; "" when
 * none can be seen, which is no proof that there is none. node must be the real path,
 * not a link. */
void wire_holder(const char *node, char *ret, size_t ret_size);

#endif
