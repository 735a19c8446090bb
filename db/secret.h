/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random words, digests and password hashes for the tables of people. Only db/ uses
 * this; db_open() has started libsodium. Pure; any thread. */
#ifndef DB_SECRET_H
#define DB_SECRET_H

#include <stddef.h>

struct err;

#define SECRET_HASH_SIZE 65	/* SHA-256 in hex with its NUL */
#define SECRET_PASSWORD_SIZE 128	/* libsodium's string form with its NUL */

/* n characters of the alphabet, evenly; ret[n + 1]. */
void secret_word(const char *alphabet, size_t n, char *ret);
/* 32 random bytes in hex; ret[65]. */
void secret_hex(char *ret);
void secret_hash(const char *text, char ret[SECRET_HASH_SIZE]);

/* argon2id within 32 MiB; takes up to a second on a Pi. */
int secret_password_hash(const char *password, char ret[SECRET_PASSWORD_SIZE],
    struct err *e);
/* 1 = right, 0 = wrong; hash NULL: takes the same time and is wrong. */
int secret_password_check(const char *hash, const char *password);

#endif
