/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The inventory as a whole: a picture of it while others write, and an inventory of an
 * archive in its place. SQLite's backup interface does both; a file that is in use is
 * never copied byte by byte. Thread of the struct db.
 */
#ifndef DB_COPY_H
#define DB_COPY_H

#include <stddef.h>

struct db;
struct err;

/* user_version of the file. */
int db_schema(struct db *db);
/* PRAGMA quick_check: ret is "" when the file is sound, else what is wrong with it. */
int db_quick_check(struct db *db, char *ret, size_t ret_size, struct err *e);
/* A picture of the inventory in a file below STATE that has no name any more: its
 * descriptor for reading, or -1. */
int db_copy_open(struct db *db, const char *state, struct err *e);
/* The same under a name that must not exist; whole and synced, or not there. */
int db_copy_to(struct db *db, const char *path, struct err *e);

/* An archive's inventory in a folder of its own is made fit for this machine: upgraded
 * to this schema; nobody is signed in, no setup code is valid, jobs that were open are
 * ended (a write that was cut off stays interrupted). ERR_REFUSED, names as in
 * db_open(), when it is newer or damaged. */
int db_adopt_prepare(const char *folder, struct err *e);
/* All of the inventory becomes what is in that folder's, in one transaction: a power cut
 * leaves the one or the other. Other connections see it as one change. */
int db_adopt(struct db *db, const char *folder, struct err *e);

#endif
