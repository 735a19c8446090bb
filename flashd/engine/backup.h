/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A verified backup: the whole chip read twice, the second time in units of another
 * size, what differs settled by majority, then handed to the parent to be sealed.
 * Worker process only.
 */
#ifndef FLASHD_ENGINE_BACKUP_H
#define FLASHD_ENGINE_BACKUP_H

#include <stdint.h>

struct engine;
struct err;

/* Read g->id.flash_size bytes into out_fd and wait until the parent has sealed them.
 * *ret (caller frees) holds the same bytes. */
int backup_read(struct engine *g, uint8_t **ret, struct err *e);

#endif
