/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who is asking: login cookie, bearer token, stream credentials; and the limits on
 * wrong passwords. A request without credentials is no failure. webd's one thread.
 */
#ifndef WEBD_AUTH_H
#define WEBD_AUTH_H

#include <stdbool.h>
#include <stdint.h>

struct auth;
struct err;
struct identity;
struct reply;
struct request;
struct sockaddr_storage;
struct web;

#define AUTH_COOKIE "camherd_session"
/* Over TLS: a browser takes a name that begins so over TLS only, from this host only. */
#define AUTH_COOKIE_SECURE "__Host-" AUTH_COOKIE

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

/* Before a password is compared or a setup code tried: one try is used up, whatever
 * becomes of it, so that many at once get no more of them. 0, or -1 with the 429 reply
 * filled in. */
int auth_try(struct web *w, const struct request *r, struct reply *rep);
/* It was right, or never looked at: the try is given back. */
void auth_try_back(struct web *w, const struct sockaddr_storage *peer, bool right);
/* It was wrong: for the log. */
void auth_failed(const struct request *r, const char *what);

/* Start a session for this user and put cookie and document into the reply. */
int auth_sign_in(struct web *w, const struct request *r, int64_t user_id,
    struct reply *rep, struct err *e);
/* Take the cookie away. */
void auth_clear_cookie(const struct request *r, struct reply *rep);
/* Compare in time that depends on the lengths only. */
bool auth_same(const char *a, const char *b);

#endif
