/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading dumps out of the library; nothing here writes into it. One thread. */
#ifndef CLI_LIBRARY_H
#define CLI_LIBRARY_H

#include <stddef.h>
#include <stdint.h>

struct cli;
struct dump;
struct err;

/* The bytes of a dump, checked against their SHA-256. Caller frees. ERR_MISMATCH when
 * the file rotted, ERR_NOT_FOUND when it is gone. */
int library_read(struct cli *cli, const struct dump *d, uint8_t **ret, size_t *ret_n,
    struct err *e);

#endif
