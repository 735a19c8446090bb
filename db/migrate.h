/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The schema's steps, built in from db/migrations/NNNN-name.sql, and what db.c and
 * migrate.c share. Only db/ uses this. */
#ifndef DB_MIGRATE_H
#define DB_MIGRATE_H

#include <stddef.h>

#include "db/db.h"

#define DB_PATH_MAX 300

struct migration {
	int version;		/* user_version after it */
	const char *name;	/* file name */
	const char *sql;
};

extern const struct migration migrations[];
extern const unsigned n_migrations;

/* Open a file that exists, with all settings but no judgement on its schema. */
struct db *migrate_open(const char *path, enum db_mode mode, struct err *e);
/* 0 when this program works with a file of schema `have`, else -1 and the sentence. */
int migrate_judge(struct db *db, int have, struct err *e);
int migrate_path(const char *state, const char *name, char *ret, size_t ret_size,
    struct err *e);

#endif
