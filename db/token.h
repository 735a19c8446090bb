/* SPDX-License-Identifier: GPL-3.0-or-later */
/* API tokens for scripts. Only the SHA-256 is stored. Thread of the struct db. */
#ifndef DB_TOKEN_H
#define DB_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#include "db/user.h"

struct token {
	int64_t id;
	char name[65];
	enum role role;
	int64_t created_s;
	int64_t expires_s;	/* 0 = never */
	int64_t used_s;		/* 0 = never; an hour exact */
};

#define TOKEN_LEN 40	/* [a-z0-9] */

#define TOKEN_DAYS_MAX 3650

/* ret_token[TOKEN_LEN + 1] is shown once and never again. days: it ends after so many;
 * 0 = never. */
int token_add(struct db *db, const char *name, enum role role, unsigned days,
    char *ret_token, struct err *e);
int token_remove(struct db *db, const char *name, struct err *e);
int token_each(struct db *db, bool (*fn)(const struct token *t, void *arg), void *arg,
    struct err *e);
/* 1 = valid, 0 = not (any more), -1. */
int token_check(struct db *db, const char *token, struct token *ret, struct err *e);

#endif
