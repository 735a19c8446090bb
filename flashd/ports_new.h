/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * "Watch for new": what begins by itself on an enabled port that was just plugged in,
 * once a person switched that on. flashd's parent, main thread.
 */
#ifndef FLASHD_PORTS_NEW_H
#define FLASHD_PORTS_NEW_H

struct flashd;
struct port;

/* This port has just come. Submits a job, or does nothing. */
void ports_new_came(struct flashd *f, const struct port *p);

#endif
