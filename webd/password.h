/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Passwords are compared and hashed (argon2id, up to a second on a Pi) by a worker of
 * their own, one at a time; who asks waits, suspended. A try is used up before its turn
 * comes and given back when it was right. webd's main thread.
 */
#ifndef WEBD_PASSWORD_H
#define WEBD_PASSWORD_H

#include <jansson.h>
#include <stdbool.h>

#include "db/user.h"

struct reply;
struct request;
struct web;

/* What came of it. */
struct password {
	bool right;		/* given is the password of user */
	struct user user;	/* valid when right */
	const char *hash;	/* of fresh; valid when right, or when none was compared */
	const json_t *doc;	/* the body */
};

typedef void password_fn(struct web *w, const struct request *r,
    const struct password *p, struct reply *rep);

struct password_order {
	const char *name, *given;	/* compare; NULL: nothing is */
	const char *fresh;	/* hash this, if that was right; NULL: nothing is. It was
				 * judged (user_judge()). */
	password_fn *then;	/* fills in the reply */
};

/* Takes doc. The reply comes later, unless there were too many wrong passwords. */
void password_give(struct web *w, const struct request *r,
    const struct password_order *order, json_t *doc, struct reply *rep);

/* The same for a change of users or tokens: the asking person's own password stands in
 * the body as my_password. then() is called only if it is right and the person still
 * signed in. A bearer token has no password: it is refused. */
void password_own(struct web *w, const struct request *r, const char *fresh,
    password_fn *then, json_t *doc, struct reply *rep);

#endif
