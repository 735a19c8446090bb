/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A world that ends after a chosen call of the store, and what a disk may then hold:
 * what was synced for certain, what was not perhaps. Tests only.
 */
#ifndef TESTS_CRASHWORLD_H
#define TESTS_CRASHWORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "flashd/store.h"

#define WORLD_FILES 32

struct world_file {
	ino_t ino;
	unsigned char *p;	/* as it was synced last */
	size_t n;
};
struct world_name {
	char name[256];
	ino_t ino;
};
enum world_when { WORLD_BEFORE, WORLD_TORN, WORLD_AFTER };

struct world {
	unsigned calls;		/* so far */
	unsigned end_at;	/* the world ends at this call; 0 = never */
	enum world_when when;
	int fail_errno;		/* not 0: that call only fails, and life goes on */
	bool ended;
	char folder[200];	/* the store's dumps/ */
	struct world_file files[WORLD_FILES];
	struct world_name names[WORLD_FILES];	/* the folder as it was synced last */
	unsigned n_files, n_names;
};

extern const struct store_ops world_ops;	/* arg: struct world * */

/* folder is as it is now, and all of it on the disk. */
void world_init(struct world *w, const char *folder);
void world_fini(struct world *w);

/* What may be found after the power came back: the four corners of what may have
 * reached the disk. */
enum world_disk { WORLD_ALL, WORLD_NAMES_ONLY, WORLD_SYNCED_ONLY, WORLD_DATA_ONLY, N_WORLD_DISKS };
/* Make the (empty) folder `to` hold it. */
void world_disk(const struct world *w, enum world_disk disk, const char *to);

#endif
