/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A line of a console or a log without what should not be shown to other people. Pure;
 * any thread. */
#ifndef COMMON_REDACT_H
#define COMMON_REDACT_H

#include <stddef.h>

/* Copy text (printable) with values of passwords, keys, names of Wi-Fi networks and
 * ids, MAC addresses and long hex numbers replaced by ***. Rather too much than too
 * little: a value goes on until a comma, semicolon, quote or the line's end. */
void redact_line(const char *text, char *ret, size_t ret_size);

#endif
