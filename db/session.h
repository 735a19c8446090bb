/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Browser sessions: 7 days idle, 30 days in all. Only the SHA-256 of the cookie is
 * stored. Thread of the struct db. */
#ifndef DB_SESSION_H
#define DB_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "db/user.h"

struct session {
	char hash[65];		/* of the cookie, for session_end() */
	char csrf[65];
	struct user user;
	char agent[129], address[65];
	int64_t created_s, seen_s;
};

#define SESSION_COOKIE_LEN 64	/* hex digits of 32 random bytes */

/* A new session; ret_cookie[SESSION_COOKIE_LEN + 1] goes to the browser, ret_csrf[65]
 * too. At most 20 a user: the oldest goes. */
int session_start(struct db *db, int64_t user_id, const char *agent, const char *address,
    char *ret_cookie, char *ret_csrf, struct err *e);
/* 1 = valid (seen_s is renewed at most every six hours), 0 = not, -1. */
int session_check(struct db *db, const char *cookie, struct session *ret, struct err *e);
int session_end(struct db *db, const char *hash, struct err *e);
int session_end_user(struct db *db, int64_t user_id, struct err *e);
/* What a session is called towards people: the beginning of its hash. */
#define SESSION_ID_LEN 16
/* By that; user_id 0: whosever. ERR_NOT_FOUND when there is none. */
int session_end_id(struct db *db, const char *id, int64_t user_id, struct err *e);
/* All of a user but this one. The count, or -1. */
int session_end_others(struct db *db, int64_t user_id, const char *hash, struct err *e);
/* user_id 0: everybody's. The newest first. */
int session_each(struct db *db, int64_t user_id,
    bool (*fn)(const struct session *s, void *arg), void *arg, struct err *e);

#endif
