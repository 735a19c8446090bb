/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Ways into download mode that need a person's hand: one instruction at a time, while
 * the line is watched and the work goes on by itself. Worker process only.
 */
#ifndef FLASHD_ENGINE_HANDS_H
#define FLASHD_ENGINE_HANDS_H

#include <stdbool.h>

struct engine;
struct err;

/* Ask and try for at most order->wait_s. 1 = in download mode (entered, entry are
 * set), 0 = not in time, -1 = cancelled, or the line failed. */
int hands_enter(struct engine *g, struct err *e);
/* The chip's pads for a sentence: "the pads PB02 and PB03". */
const char *hands_pads(const struct engine *g);
/* The firmware's console was heard, and asks for a name or a password. */
bool hands_login(const struct engine *g);

#endif
