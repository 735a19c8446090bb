/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The dump library: files of the store and rows of the index, kept in step. The files
 * are the truth; every row can be built again from them. flashd's parent, main thread.
 */
#ifndef FLASHD_LIBRARY_H
#define FLASHD_LIBRARY_H

#include <stdbool.h>
#include <stdint.h>

struct db;
struct dump;
struct err;
struct store;

/* The note of a dump that was made from bytes without a description. */
#define LIBRARY_ORPHAN "found in the store without a description"

/* Seal the part and describe it. When the same camera has a row with the same bytes
 * already, d becomes that row and no second one is made (*ret_same is its id, else the
 * id of another camera's row with these bytes, or 0). A new row is not yet in the
 * index: d->id is 0 until library_index(). Where a job was cut off before it could
 * describe these very bytes, the nameless row that stands for them goes. */
int library_seal(struct db *db, struct store *s, int fd, const char *part, struct dump *d,
    int64_t *ret_same, struct err *e);
/* Put d into the index unless it is there. Within the caller's transaction. */
int library_index(struct db *db, struct dump *d, struct err *e);

struct library_counts {
	unsigned added;		/* rows made from files */
	unsigned mended;	/* rows that said something else than their files */
	unsigned missing;	/* rows whose file is gone */
	unsigned found;		/* rows whose file is there again */
	unsigned adopted;	/* files without a description */
	unsigned described;	/* descriptions written again */
	unsigned unreadable;	/* descriptions that make no sense */
};

/* At start and for `dump rebuild`: unfinished files go to the bin, rows are made from
 * descriptions, what is missing is flagged. No child may be at work on a part. */
int library_rebuild(struct db *db, struct store *s, bool sweep_parts,
    struct library_counts *ret, struct err *e);

/* Write the descriptions of rows that say more by now (a note, another camera). 0, or
 * -1 when one could not be written; it stays to be done. */
int library_describe(struct db *db, struct store *s, struct err *e);

/* Take a dump out: its files to the bin, its row away (within one transaction with
 * nothing else). Bytes that another row needs stay. */
int library_remove(struct db *db, struct store *s, const struct dump *d, struct err *e);

/* Take a removed dump back: name is its description in the bin. Cut off in the middle,
 * it can be done again. ret is its row. */
int library_recover(struct db *db, struct store *s, const char *name, struct dump *ret,
    struct err *e);
/* The row of one description in dumps/, made if there is none. */
int library_take(struct db *db, struct store *s, const char *sidecar, struct dump *ret,
    struct err *e);

#endif
