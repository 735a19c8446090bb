/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Jobs that need no port: import, remove, rebuild, scrub. They are work on files and
 * rows, done by the parent itself; only a scrub takes long, and goes on dump by dump
 * between the loop's other work. flashd's parent, main thread.
 */
#ifndef FLASHD_CHORE_H
#define FLASHD_CHORE_H

#include <jansson.h>

struct err;
struct flashd;
struct job;

/* Begin a claimed job; it ends by itself. */
void chore_start(struct flashd *f, const struct job *job);
/* Its end: done, refused or failed by e. Takes result over (NULL = none). For scrub.c. */
void chore_finish(struct flashd *f, struct job *j, json_t *result, const struct err *e);
/* Throw away uploads of more than a day and logs of more than 90. */
void chore_sweep(struct flashd *f);

#endif
