/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A write that begins, and one that goes on after it was cut off: the journal, the
 * sealed safety dump of its first session, and the proof that the camera on the line is
 * the one they are about. Worker process only.
 */
#ifndef FLASHD_ENGINE_RESUME_H
#define FLASHD_ENGINE_RESUME_H

#include <stdint.h>

struct engine;
struct err;
struct journal;

/* The journal of a write that has erased nothing yet. have: what the chip holds, as
 * the safety dump has it; want: what it shall hold; g->id.flash_size bytes each. */
int resume_begin(struct engine *g, const uint8_t *have, const uint8_t *want,
    struct err *e);

/* Journal and safety dump of a write that was cut off, before the chip is spoken to.
 * *ret_safety (caller frees) holds j->header.flash_size bytes. */
int resume_open(struct engine *g, struct journal *j, uint8_t **ret_safety, struct err *e);
/* The chip that was identified is the journal's, as far as ids tell. ERR_REFUSED
 * "other-camera", and g->other is set. */
int resume_identity(struct engine *g, const struct journal *j, struct err *e);
/* Read the whole chip into now: what the journal does not know to be changed holds
 * what the safety dump says, what it knows to be done holds what is wanted. Anything
 * else is another camera, or a firmware that ran in between: ERR_REFUSED. */
int resume_look(struct engine *g, const struct journal *j, const uint8_t *safety,
    const uint8_t *want, uint8_t *now, struct err *e);

#endif
