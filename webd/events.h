/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Server-sent events: what changed, told to every open page. Looks when webd's bell
 * rings and every few seconds by itself; at most four times a second; not at all when
 * nobody listens. webd's one thread.
 */
#ifndef WEBD_EVENTS_H
#define WEBD_EVENTS_H

struct err;
struct events;
struct web;

/* Hangs up the doorbell RUN/webd.bell. */
struct events *events_start(struct web *w, struct err *e);
void events_stop(struct events *ev);	/* after http_stop(); NULL is fine */
/* We wrote to the database ourselves, which a data_version does not show: look soon.
 * NULL is fine. */
void events_changed(struct events *ev);
/* Somebody's sign-in may have ended: ask again for each open stream. NULL is fine. */
void events_recheck(struct events *ev);

#endif
