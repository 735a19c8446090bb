/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Pictures for browsers: /cam/NAME/stream.mjpeg and snapshot.jpg out of streamd's
 * RUN/frames.sock. One connection to streamd per camera, however many watch; their
 * pictures are shared by reference, and who reads slowly loses whole pictures. webd's
 * one thread; nothing here blocks.
 */
#ifndef WEBD_RELAY_H
#define WEBD_RELAY_H

struct err;
struct relay;
struct reply;
struct web;

struct relay *relay_new(struct web *w);	/* NULL: no memory */
void relay_free(struct relay *r);	/* after http_stop(); NULL is fine */
/* Ask streamd something that it answers with JSON ("discover", "ctl NAME …"); the reply
 * comes later. words must have been checked. */
void relay_ask(struct web *w, const char *verb, const char *words, struct reply *rep);
/* Somebody's sign-in may have ended: ask again for each viewer. */
void relay_recheck(struct relay *r);

#endif
