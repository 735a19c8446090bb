/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The schema's steps, built in from db/migrations/NNNN-name.sql. Only db/ uses this. */
#ifndef DB_MIGRATE_H
#define DB_MIGRATE_H

struct migration {
	int version;		/* user_version after it */
	const char *name;	/* file name */
	const char *sql;
};

extern const struct migration migrations[];
extern const unsigned n_migrations;

#endif
