/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bringing a user's file to flashd by STATE/incoming. One thread. */
#ifndef CLI_STAGE_H
#define CLI_STAGE_H

#include <stddef.h>
#include <stdint.h>

struct cli;
struct err;
struct job;

/* A file of the user's as bytes, at most 32 MiB. Caller frees. */
int stage_read(const char *file, uint8_t **ret, size_t *ret_n, struct err *e);
/* Put n bytes into STATE/incoming under a new name: fills j->incoming and j->file. */
int stage_bytes(struct cli *cli, const char *file, const uint8_t *p, size_t n, struct job *j,
    struct err *e);
/* Take it away again when the job could not be given. */
void stage_drop(struct cli *cli, const struct job *j);

#endif
