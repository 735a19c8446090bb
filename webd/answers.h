/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Long answers that many ask for at once: each open page asks anew after every change. One
 * that was made a moment ago is given again while nothing was written to either database
 * since. Only answers that are the same for all who may ask. webd's one thread.
 */
#ifndef WEBD_ANSWERS_H
#define WEBD_ANSWERS_H

#include <stdbool.h>

struct answers;
struct reply;
struct request;
struct web;

struct answers *answers_new(void);	/* NULL: no memory */
void answers_free(struct answers *a);	/* NULL is fine */
/* True with the reply filled in, when this very answer is there. w->answers may be NULL. */
bool answers_find(struct web *w, const struct request *r, struct reply *rep);
/* This is the answer now. */
void answers_keep(struct web *w, const struct request *r, const struct reply *rep);

#endif
