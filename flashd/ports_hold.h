/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Notices that somebody opens or closes one of the ports, without opening it: the kernel
 * tells, so nothing looks by the clock. flashd's parent, main thread.
 */
#ifndef FLASHD_PORTS_HOLD_H
#define FLASHD_PORTS_HOLD_H

#include <stdbool.h>
#include <stddef.h>

struct loop;
struct ports_hold;

/* fn is called a moment after opens and closes. NULL when the kernel cannot tell. */
struct ports_hold *ports_hold_new(struct loop *loop, void (*fn)(void *arg), void *arg);
void ports_hold_free(struct ports_hold *h);	/* NULL is fine */

/* Begin a new list: watch what is named until ports_hold_end(), forget all else. node
 * is the real path. h may be NULL in all three. */
void ports_hold_begin(struct ports_hold *h);
void ports_hold_add(struct ports_hold *h, const char *node);
void ports_hold_end(struct ports_hold *h);

/* True when more opens than closes were seen since it is watched: somebody has it. */
bool ports_hold_is_open(const struct ports_hold *h, const char *node);

#endif
