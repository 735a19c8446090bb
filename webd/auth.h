/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who is asking: login cookie, bearer token, stream credentials; and the limits on
 * wrong passwords. A request without credentials is no failure. webd's one thread.
 */
#ifndef WEBD_AUTH_H
#define WEBD_AUTH_H

#include <stdbool.h>

struct auth;
struct err;
struct identity;
struct reply;
struct request;
struct web;

#define AUTH_COOKIE "camherd_session"

struct auth *auth_new(void);	/* NULL: no memory */
void auth_free(struct auth *a);

/* Fill r->who from cookie or bearer token. 0, or -1 when the database failed. */
int auth_identify(struct web *w, struct request *r, struct err *e);
/* The stream credentials (HTTP Basic) as well. When they are wrong or tried too often
 * the reply is filled in and -1 returned. */
int auth_identify_stream(struct web *w, struct request *r, struct reply *rep);
/* Does this identity still hold? Asked again while a stream is open. */
bool auth_still_valid(struct web *w, const struct identity *who);

/* Sign-ins may have ended: open streams of those who are out end, too. */
void auth_recheck(struct web *w);

/* Before a password is hashed: 0, or -1 with the 429 reply filled in. */
int auth_may_try(struct web *w, const struct request *r, struct reply *rep);
/* A password or setup code was wrong. */
void auth_failed(struct web *w, const struct request *r, const char *what);

/* Start a session for this user and put cookie and document into the reply. */
int auth_sign_in(struct web *w, const struct request *r, int64_t user_id,
    struct reply *rep, struct err *e);
/* Take the cookie away. */
void auth_clear_cookie(struct reply *rep);
/* Compare in time that depends on the lengths only. */
bool auth_same(const char *a, const char *b);
/* A change of users or tokens asks for the asking person's own password: 0, or -1 with
 * the reply filled in. A bearer token of an admin has none: it is refused. */
int auth_own_password(struct web *w, const struct request *r, const char *password,
    struct reply *rep);

#endif
