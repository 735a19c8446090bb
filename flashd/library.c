/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files and rows of the dump library in step (see library.h). flashd's parent. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "common/err.h"
#include "db/db.h"
#include "db/dump.h"
#include "flashd/library.h"
#include "flashd/store.h"

struct search {
	const struct dump *d; /* what was read now */
	struct dump own, other, orphan; /* id 0 = none */
};

/* The same camera for certain: the user said so, or its chip id says so. */
static bool
same_camera(const struct dump *a, const struct dump *b)
{
	if (a->camera_id != 0 && a->camera_id == b->camera_id)
		return true;
	return a->camera_id == b->camera_id && a->chip_id[0] != '\0' &&
	    strcmp(a->chip_id, b->chip_id) == 0;
}

/* A file that is imported twice is one dump. A safety dump needs no row beside a backup of the same bytes; a backup that was
 * asked for is listed as such, also beside a safety dump. */
static bool
row_will_do(const struct dump *row, const struct dump *d)
{
	bool twice = strcmp(row->kind, "import") == 0 &&
	    strcmp(d->kind, "import") == 0 && row->camera_id == d->camera_id;

	return (same_camera(row, d) || twice) && row->verified >= d->verified &&
	    (strcmp(row->kind, d->kind) == 0 ||
		(strcmp(row->kind, "backup") == 0 && strcmp(d->kind, "safety") == 0));
}

static bool
is_orphan(const struct dump *row)
{
	return strcmp(row->kind, "import") == 0 && row->file[0] == '\0' &&
	    row->camera_id == 0 && strcmp(row->note, LIBRARY_ORPHAN) == 0;
}

static bool
look(const struct dump *row, void *arg)
{
	struct search *s = arg;

	if (strcmp(row->sha256, s->d->sha256) != 0)
		return true;
	if (row_will_do(row, s->d)) {
		s->own = *row;
		return false;
	}
	if (is_orphan(row))
		s->orphan = *row;
	else if (s->other.id == 0)
		s->other = *row;
	return true;
}

/* The same bytes again: a file in which they stood more often is a better witness. */
static int
count_readings(struct db *db, struct store *store, struct dump *row, unsigned passes,
    struct err *e)
{
	if (passes <= row->passes)
		return 0;
	row->passes = passes;
	if (store_put_sidecar(store, row, e) < 0)
		return -1;
	return dump_rewrite(db, row, e);
}

int
library_seal(struct db *db, struct store *store, int fd, const char *part,
    struct dump *d, int64_t *ret_same, struct err *e)
{
	struct search s = { .d = d };

	if (d->created_s == 0)
		d->created_s = db_now_s(db);
	if (dump_each(db, 0, look, &s, e) < 0)
		return -1;
	if (s.own.id == 0) {
		if (store_seal(store, fd, part, d, e) < 0 ||
		    dump_set_damaged(db, d->sha256, false, e) < 0)
			return -1;
		if (s.orphan.id != 0 && dump_remove(db, s.orphan.id, e) == 0)
			store_drop_part(store, s.orphan.sidecar);
		*ret_same = s.other.id;
		return 0;
	}
	if (store_seal_file(store, fd, part, d->sha256, d->size, e) < 0)
		return -1;
	if (dump_set_damaged(db, d->sha256, false, e) < 0)
		return -1;
	if (count_readings(db, store, &s.own, d->passes, e) < 0)
		return -1;
	*d = s.own;
	d->damaged = false;
	if (d->missing && dump_set_missing(db, d->id, false, e) < 0)
		return -1;
	d->missing = false;
	*ret_same = d->id;
	return 0;
}

/* Read and written in one transaction: nobody changes the row in between. */
static int
describe_one(struct db *db, struct store *s, int64_t id, struct err *e)
{
	struct dump d;

	if (db_begin(db, e) < 0)
		return -1;
	if (dump_by_id(db, id, &d, e) == 0 && store_put_sidecar(s, &d, e) == 0 &&
	    dump_set_described(db, id, e) == 0 && db_commit(db, e) == 0)
		return 0;
	db_rollback(db);
	return -1;
}

int
library_describe(struct db *db, struct store *s, struct err *e)
{
	int64_t after = 0;
	struct dump d;
	int found;

	while ((found = dump_next_stale(db, after, &d, e)) == 1) {
		after = d.id;
		if (describe_one(db, s, d.id, e) < 0)
			return err_add(e, "dump %lld", (long long)d.id);
	}
	return found;
}

int
library_index(struct db *db, struct dump *d, struct err *e)
{
	struct dump row;

	if (d->id != 0)
		return 0;
	if (dump_by_sidecar(db, d->sidecar, &row, e) == 0) {
		d->id = row.id;
		return 0;
	}
	if (e->code != ERR_NOT_FOUND)
		return -1;
	return dump_add(db, d, e);
}

int
library_remove(struct db *db, struct store *s, const struct dump *d, struct err *e)
{
	char name[STORE_NAME_MAX];

	/* The description first: without it, and with its row still there, a start
	 * after a cut finds the row and puts it back. */
	if (store_to_bin(s, d->sidecar, e) < 0 && e->code != ERR_NOT_FOUND)
		return -1;
	if (d->same_bytes <= 1) {
		snprintf(name, sizeof(name), "%.64s.bin", d->sha256);
		if (store_to_bin(s, name, e) < 0 && e->code != ERR_NOT_FOUND)
			return -1;
	}
	return dump_remove(db, d->id, e);
}
