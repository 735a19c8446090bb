/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A scrub reads every dump and compares it with its name, one at each turn of the
 * loop. flashd's parent, main thread. */
#ifndef FLASHD_SCRUB_H
#define FLASHD_SCRUB_H

struct flashd;
struct job;

void scrub_start(struct flashd *f, const struct job *job);

#endif
