/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The way to a chip that works: into download mode, who it is, the fastest rate that
 * holds, and out again. Worker process only.
 */
#ifndef FLASHD_ENGINE_LINK_H
#define FLASHD_ENGINE_LINK_H

struct engine;
struct err;

/* Try the ways in, in their order. Without success the sentence says what was seen on
 * the line, what that means and what to do. */
int link_enter(struct engine *g, struct err *e);
/* Ask the chip who it is and tell the parent. */
int link_identify(struct engine *g, struct err *e);
/* Raise the rate to what order and chip allow, stepping down where it fails. */
int link_speed(struct engine *g, struct err *e);
/* The next lower rate. 1 = it runs at that now, 0 = there is none, -1 = line lost. */
int link_slower(struct engine *g, struct err *e);
/* Back into the firmware. Nothing when it never was in download mode. */
void link_leave(struct engine *g);

/* What was seen on the line, as an error: nothing, garbage, a readable console, or the
 * boot ROM; cause and next step. */
int link_diagnose(const struct engine *g, const char *what, struct err *e);

#endif
