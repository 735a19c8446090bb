/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The listening socket of "HOST:PORT". webd's one thread, at start. */
#ifndef WEBD_LISTEN_H
#define WEBD_LISTEN_H

#include <stddef.h>

struct err;

/* A bound, listening, non-blocking TCP socket; what was bound goes to ret_bound as
 * HOST:PORT. -1 with a sentence that says what is in the way; key is the one of [webd]
 * that it names. */
int listen_open(const char *key, const char *host_port, char *ret_bound, size_t ret_size,
    struct err *e);

#endif
