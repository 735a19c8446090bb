/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Live consoles for browsers: GET /ports/console as server-sent events out of flashd's
 * RUN/console.sock, and lines from the page back to it. One connection to flashd for
 * each page; what a slow page does not read waits in flashd. webd's one thread.
 */
#ifndef WEBD_CONSOLE_H
#define WEBD_CONSOLE_H

struct consoles;
struct web;

struct consoles *consoles_new(struct web *w);	/* NULL: no memory */
void consoles_free(struct consoles *all);	/* after http_stop(); NULL is fine */
/* Somebody's sign-in may have ended: ask again for each. */
void consoles_recheck(struct consoles *all);

#endif
