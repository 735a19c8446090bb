/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What takein.c and takein_move.c share: an archive that is being taken in. */
#ifndef FLASHD_TAKEIN_PARTS_H
#define FLASHD_TAKEIN_PARTS_H

#include <jansson.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdint.h>

struct err;
struct event;
struct flashd;

struct takein {
	struct flashd *f;
	char id[33], who[65];
	char before[40];	/* below STATE: what was here */
	int64_t at_s;
	int dir, state, dumps;	/* STATE/loading, state/ in it, dumps/ in that or -1 */
	char **names;		/* of dumps/ */
	unsigned n_names, at;	/* the one being read */
	unsigned *rotten, n_rotten;	/* of names: ours of that name is damaged */
	int fd;
	uint64_t read;
	crypto_hash_sha256_state sum;
	struct event *timer;
	unsigned added;		/* dumps that were not here */
	json_t *left;		/* names that could not be put in place: STATE/from-archive */
	bool broken;		/* an error half-way; goes on at the next start */
};

/* "<64 hex digits>.bin" */
bool takein_is_bytes(const char *name);
/* Before anything changes: may we do all of it? */
int takein_check(struct takein *t, struct err *e);
/* Do it. Each step may have been done before. */
int takein_move(struct takein *t, struct err *e);

#endif
