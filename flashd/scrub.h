/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading dumps again to see whether they are still what their names say: one an hour
 * while nothing else is to do, and all of them by a job. A file is read piece by piece,
 * one at each turn of the loop. What is well costs no write. flashd's parent, main
 * thread.
 */
#ifndef FLASHD_SCRUB_H
#define FLASHD_SCRUB_H

#include <stdint.h>

struct flashd;
struct job;

/* All dumps, or the one of the job; ends the claimed job. */
void scrub_start(struct flashd *f, const struct job *job);
/* The next one, if flashd is idle and no other is being read. Where it begins is left to
 * chance at each start, so that nothing needs to be remembered on the disk. */
void scrub_next(struct flashd *f);
/* The loop has ended. */
void scrub_stop(struct flashd *f);

#endif
