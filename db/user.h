/* SPDX-License-Identifier: GPL-3.0-or-later */
/* People who may sign in. Passwords are argon2id (libsodium). Thread of the struct db;
 * the functions that hash take up to a second on a Pi and much memory: one at a time. */
#ifndef DB_USER_H
#define DB_USER_H

#include <stdbool.h>
#include <stdint.h>

struct db;
struct err;

enum role { ROLE_NONE, ROLE_VIEWER, ROLE_ADMIN };

#define USER_PASSWORD_MIN 8	/* characters */
#define USER_PASSWORD_MAX 256

struct user {
	int64_t id;
	char name[65];
	enum role role;
	int64_t created_s, changed_s;
};

const char *role_name(enum role role);
int role_parse(const char *s, enum role *ret);	/* viewer, admin; 0 or -1 */

/* ERR_USAGE: name taken or not clean, password too short. Changing password or role
 * and removing end the user's sessions. The last admin cannot be removed or demoted. */
int user_add(struct db *db, const char *name, const char *password, enum role role,
    struct err *e);
int user_set_password(struct db *db, const char *name, const char *password,
    struct err *e);
int user_set_role(struct db *db, const char *name, enum role role, struct err *e);
int user_remove(struct db *db, const char *name, struct err *e);
int user_by_id(struct db *db, int64_t id, struct user *ret, struct err *e);
int user_by_name(struct db *db, const char *name, struct user *ret, struct err *e);
int user_each(struct db *db, bool (*fn)(const struct user *u, void *arg), void *arg,
    struct err *e);
int user_count(struct db *db, unsigned *ret, struct err *e);
/* 1 = right, 0 = wrong name or password (same time and answer), -1 = failed. */
int user_check(struct db *db, const char *name, const char *password, struct user *ret,
    struct err *e);

/* The same in parts, for who hashes on another thread between them. */
#define USER_HASH_SIZE 128
/* Any thread; up to a second each. */
int user_hash_make(const char *password, char ret[USER_HASH_SIZE], struct err *e);
/* hash NULL: nobody's; takes the same time. */
bool user_hash_fits(const char *hash, const char *password);
/* Name and password as user_add() wants them: 0, or -1. */
int user_judge(const char *name, const char *password, struct err *e);
/* The stored hash of a name, ret[USER_HASH_SIZE]: 1 = found, 0 = not, -1. */
int user_hash(struct db *db, const char *name, char *ret, struct err *e);
int user_add_hashed(struct db *db, const char *name, const char *hash, enum role role,
    struct err *e);
int user_set_hash(struct db *db, const char *name, const char *hash, struct err *e);

/* db/ only: insert the row, within a transaction. */
int user_insert(struct db *db, const char *name, const char *hash, enum role role,
    struct err *e);

#endif
