/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Settings that a person or a program made, and what hangs on them: the setup code and
 * the stream credentials. Thread of the struct db. */
#ifndef DB_SETTING_H
#define DB_SETTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;
struct err;

/* The value, or fallback when it was never set (fallback must not be NULL). */
int setting_get(struct db *db, const char *key, const char *fallback, char *ret,
    size_t ret_size, struct err *e);
int setting_set(struct db *db, const char *key, const char *value, struct err *e);

#define SETTING_NAME "appliance_name"	/* what it is called; "" = nothing */
#define SETTING_NAME_MAX 64		/* bytes */

#define SETUP_CODE_LEN 8	/* [a-z0-9] without 0, o, 1, l, i */
#define SETUP_CODE_LIFE_S 900
#define SETUP_CODE_TRIES 5

/* A new setup code (the older one is void). ERR_USAGE "setup-done" once a user
 * exists. ret_code[SETUP_CODE_LEN + 1]. Only its hash is stored. */
int setup_code_make(struct db *db, char *ret_code, struct err *e);
/* Spend the code and make the first admin, in one transaction. 1 = done, 0 = wrong,
 * used up or expired code (a try is counted), -1. ERR_USAGE "setup-done" when there is
 * a user already. */
int setup_code_spend(struct db *db, const char *code, const char *user,
    const char *password, struct err *e);
/* The same in two parts, for who hashes the password on another thread between them.
 * The second asks for everything again. */
int setup_code_try(struct db *db, const char *code, struct err *e);
int setup_code_spend_hashed(struct db *db, const char *code, const char *user,
    const char *hash, struct err *e);

#define STREAM_USER "camherd"
#define STREAM_PASSWORD_LEN 20	/* [a-z0-9]: 103 bits */

/* The appliance's one pair of stream credentials; made at the first call with a
 * writable db. ret_user[33], ret_password[65]. */
int stream_password_get(struct db *db, char *ret_user, char *ret_password, struct err *e);
int stream_password_new(struct db *db, char *ret_user, char *ret_password, struct err *e);

#endif
