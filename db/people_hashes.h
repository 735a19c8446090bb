/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What must not leave in diagnostics: the hashes of passwords, tokens and sessions, and
 * what their anti-forgery words are. Thread of the struct db. */
#ifndef DB_PEOPLE_HASHES_H
#define DB_PEOPLE_HASHES_H

struct db;
struct err;

int people_hashes(struct db *db, void (*fn)(const char *hash, void *arg), void *arg,
    struct err *e);

#endif
