/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * RUN/console.sock: one request line "console PORT", answered "ok" or "error CODE
 * SENTENCE", then one JSON object a line in both directions (flashd(8) lists them).
 * flashd's parent, main thread.
 */
#ifndef FLASHD_WATCH_SOCK_H
#define FLASHD_WATCH_SOCK_H

struct err;
struct watch;
struct watch_sock;
struct watches;

struct watch_sock *watch_sock_start(struct watches *all, struct err *e);
void watch_sock_stop(struct watch_sock *s);	/* NULL is fine */

/* To all who watch it: there are new lines; the state changed; it is over. */
void watch_tell_lines(struct watch *w);
void watch_tell_state(struct watch *w);
void watch_tell_end(struct watch *w, const struct err *why);
/* To who sends: what he asked for was not done. */
void watch_tell_sender(struct watch *w, const struct err *text);
/* Free the watchers that left. */
void watch_reap(struct watch *w);

#endif
