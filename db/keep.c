/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long things are kept (see keep.h). Any process; thread of the struct db. */
#include "config.h"

#include <stdint.h>
#include <stdio.h>

#include "common/err.h"
#include "common/text.h"
#include "db/db.h"
#include "db/keep.h"
#include "db/setting.h"

const struct keep_item keep_items[KEEP_ITEMS] = {
	{ "logs", "keep_logs_days", offsetof(struct keep, logs), 90, 1, 3650 },
	{ "history", "keep_history_days", offsetof(struct keep, history), 90, 1, 3650 },
	/* A day is too short to notice a mistake in. */
	{ "bin", "keep_bin_days", offsetof(struct keep, bin), 30, 2, 3650 },
};

int
keep_get(struct db *db, struct keep *ret, struct err *e)
{
	const struct keep_item *item;
	char text[24];
	uint64_t n;

	for (item = keep_items; item < keep_items + KEEP_ITEMS; item++) {
		if (setting_get(db, item->key, "", text, sizeof(text), e) < 0)
			return -1;
		*KEEP_OF(ret, item) = item->fallback;
		if (text_number(text, (uint64_t)item->min, (uint64_t)item->max, false,
			&n) == 0)
			*KEEP_OF(ret, item) = (int)n;
	}
	return 0;
}

static int
set_all(struct db *db, const struct keep *keep, struct err *e)
{
	const struct keep_item *item;
	char text[24];

	for (item = keep_items; item < keep_items + KEEP_ITEMS; item++) {
		snprintf(text, sizeof(text), "%d",
		    *(const int *)((const char *)keep + item->at));
		if (setting_set(db, item->key, text, e) < 0)
			return -1;
	}
	return 0;
}

int
keep_set(struct db *db, const struct keep *keep, struct err *e)
{
	const struct keep_item *item;
	int days;

	for (item = keep_items; item < keep_items + KEEP_ITEMS; item++) {
		days = *(const int *)((const char *)keep + item->at);
		if (days < item->min || days > item->max)
			return err_set(e, ERR_USAGE, "keep-days",
			    "%s: %d days; it must be %d to %d", item->name, days,
			    item->min, item->max);
	}
	if (db_begin(db, e) < 0)
		return -1;
	if (set_all(db, keep, e) < 0) {
		db_rollback(db);
		return -1;
	}
	return db_commit(db, e);
}
