/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Images as bytes: from the library or a file of the user's, and back to a file. */
#ifndef CLI_BYTES_H
#define CLI_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cli;
struct dump;
struct err;

/* A dump of the library, or a file of the user's (a word with a slash). Caller frees. */
int bytes_read(struct cli *cli, const char *typed, uint8_t **ret, size_t *ret_n,
    struct err *e);
/* The same with its row; the row's id is 0 for a file. */
int bytes_find(struct cli *cli, const char *typed, struct dump *ret_row, uint8_t **ret,
    size_t *ret_n, struct err *e);
/* "-" is standard output, but no terminal. A file that is there is only replaced by
 * force; a new one is complete and synced, or not there at all. */
int bytes_write(const char *file, const uint8_t *p, size_t n, bool force, struct err *e);

#endif
