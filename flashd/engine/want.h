/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a restore writes: the dump as it is, or an image made of it for this camera. It
 * follows from the dump, from what the chip held before the first erase and from the
 * chip's own ids alone, so that a job that is taken up again makes the same image.
 * Worker process only.
 */
#ifndef FLASHD_ENGINE_WANT_H
#define FLASHD_ENGINE_WANT_H

#include <stdint.h>

struct engine;
struct err;

/* dump, have and ret hold flash_size bytes each. The result is judged by the same rules
 * as any image before anything is erased. */
int want_restore(const struct engine *g, const uint8_t *dump, const uint8_t *have,
    uint8_t *ret, struct err *e);

#endif
