/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The live console's end at the tty: hears what the camera says, finds its rate, sends
 * lines that a person typed. Worker process only.
 */
#ifndef FLASHD_ENGINE_LISTEN_H
#define FLASHD_ENGINE_LISTEN_H

struct engine;
struct err;
struct wire;

/* Until it is asked to stop (0) or the line is lost (-1). Lines for it come over talk:
 * "send TEXT", "baud N" (0 = find it). Nothing is ever sent unasked. */
int listen_run(struct engine *g, struct wire *w, int talk, struct err *e);

#endif
