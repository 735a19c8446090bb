/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The desk: which jobs begin and which are to stop. flashd's parent, main thread. */
#ifndef FLASHD_QUEUE_H
#define FLASHD_QUEUE_H

struct flashd;

/* Claim what can begin, stop what is to be cancelled. */
void queue_look(struct flashd *f);
/* The same at the next turn of the loop. */
void queue_look_soon(struct flashd *f);

#endif
