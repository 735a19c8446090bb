/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file without a name, for an answer that is made for one download: a slow client holds
 * a file on the disk, not the memory. Any thread. */
#ifndef WEBD_NAMELESS_H
#define WEBD_NAMELESS_H

#include <stdint.h>

struct err;

/* A new one, to be read and written, where n bytes fit the disk and leave its spare. Its
 * descriptor, or -1; closed, it is gone. state: the appliance's folder. */
int nameless_open(const char *state, uint64_t n, struct err *e);

#endif
