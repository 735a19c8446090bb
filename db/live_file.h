/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The file below live.c: made, found again, made anew. Only db/ uses this. */
#ifndef DB_LIVE_FILE_H
#define DB_LIVE_FILE_H

#include <sys/types.h>

#include "db/migrate.h"
#include "db/stmt.h"

struct live {
	struct db db;
	char run[DB_PATH_MAX], path[DB_PATH_MAX];
	dev_t dev;	/* of the open file */
	ino_t ino;
};

/* The file is open, sound, and still the one at its path; else it is opened or made.
 * Call it before each use. */
int live_file_ready(struct live *live, struct err *e);
/* After a failed use: close a damaged file, so that the next use makes it anew.
 * Returns -1. */
int live_file_failed(struct live *live);
void live_file_close(struct live *live);

#endif
