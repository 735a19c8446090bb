/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What was removed from the dump library and can be taken back: STATE/dumps/bin. There
 * are no rows of it; its files say all. Reading only; flashd moves them (flashd/store.h).
 * Any process.
 */
#ifndef DB_BIN_H
#define DB_BIN_H

#include <stdbool.h>
#include <stdint.h>

#include "db/dump.h"

#define BIN_NAME_MAX 140

struct bin_entry {
	char name[BIN_NAME_MAX];	/* of its description in the bin */
	char handle[24];		/* "1a2b3c4d-1": what a person types */
	struct dump d;			/* as it was; id is 0 */
	int64_t removed_s;
	int64_t gone_s;			/* when it is deleted for good */
	bool has_bytes;			/* they are in the bin or still in the library */
};

/* "<sha256>-<n>.json.<time>-<n>": a description in the bin. */
bool bin_is_description(const char *name);
/* By SHA-256; days: how long they are kept (db/keep.h), for gone_s. Stops when fn
 * returns false. No bin is no error. */
int bin_each(const char *state, int days, bool (*fn)(const struct bin_entry *b, void *arg),
    void *arg, struct err *e);
/* By what the user typed: a handle, a SHA-256 or its first 8 or more digits. When it was
 * removed twice, the last time; without gone_s. ERR_NOT_FOUND "bin-unknown", ERR_USAGE "bin-ambiguous". */
int bin_resolve(const char *state, const char *typed, struct bin_entry *ret, struct err *e);

#endif
