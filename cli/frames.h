/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One question to streamd over RUN/frames.sock: a picture, or an answer in JSON. */
#ifndef CLI_FRAMES_H
#define CLI_FRAMES_H

#include <stddef.h>
#include <stdint.h>

struct cli;
struct err;

/* request: a line with its newline. Waits wait_s, or --timeout when given. The bytes of
 * the answer's one frame; free() them. */
int frames_ask(struct cli *cli, const char *request, int wait_s, uint8_t **ret,
    size_t *ret_n, struct err *e);

#endif
