/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading from a chip over a bad line: retry, resynchronise, smaller units, lower
 * rate, in that order; a diagnosis where none of it helps. Worker process only.
 */
#ifndef FLASHD_ENGINE_TRANSFER_H
#define FLASHD_ENGINE_TRANSFER_H

#include <stddef.h>
#include <stdint.h>

struct engine;
struct err;

/* A new pass reads in units of `unit` bytes, a multiple of 512, at most what the chip
 * can. A noisy line keeps its smaller unit. */
void transfer_pass(struct engine *g, size_t unit);
/* [at, at + n), multiples of 512, in units of the pass. Counts for the step's
 * progress. One read of the chip: what it says is not yet proved. */
int transfer_read(struct engine *g, uint32_t at, uint8_t *ret, size_t n, struct err *e);
/* A sector of 4 KiB that was read into chip and is not as wanted: it differs once two
 * readings of it agree, because a bad line is not a bad chip. 1 = it does, 0 = it does
 * not, -1. chip gets what was read last. */
int transfer_differs(struct engine *g, uint32_t at, const uint8_t *want, uint8_t *chip,
    struct err *e);
/* Make the chip listen again, or say what was seen on the line. */
int transfer_resync(struct engine *g, struct err *e);

#endif
