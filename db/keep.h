/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How long things are kept, in days: a person's choice, in the inventory. Backups have no
 * end; what was removed has one. Whoever sweeps asks again each time. Thread of the struct
 * db.
 */
#ifndef DB_KEEP_H
#define DB_KEEP_H

#include <stddef.h>

struct db;
struct err;

struct keep {
	int logs;	/* logs and traces of jobs that are over */
	int history;	/* lines of history (and never more than 50,000) */
	int bin;	/* removed backups */
};

/* What history says of a change. */
#define KEEP_TOLD                                                                       \
	"logs are kept for %d days, history for %d, removed backups for %d"

/* The three of them, for whoever lists, reads or sets them. */
struct keep_item {
	const char *name;	/* "logs": keep-logs, logs_days */
	const char *key;	/* of table setting */
	size_t at;		/* offset in struct keep */
	int fallback, min, max;
};

#define KEEP_ITEMS 3
extern const struct keep_item keep_items[KEEP_ITEMS];

#define KEEP_OF(keep, item) ((int *)((char *)(keep) + (item)->at))

/* What is not set, or is no number within its bounds, is its fallback. */
int keep_get(struct db *db, struct keep *ret, struct err *e);
/* All three, in one transaction. ERR_USAGE "keep-days" when one is out of its bounds. */
int keep_set(struct db *db, const struct keep *keep, struct err *e);

#endif
