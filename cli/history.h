/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was done in a terminal, for the history that the page shows. One thread. */
#ifndef CLI_HISTORY_H
#define CLI_HISTORY_H

#include <stdint.h>

struct cli;

/* Write a line of history; a failure is told and spoils nothing. */
void history_note(struct cli *cli, const char *kind, int64_t camera_id, const char *fmt,
    ...) __attribute__((format(printf, 4, 5)));

#endif
