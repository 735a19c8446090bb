/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What flashd's parent is made of: one struct, passed to its parts. Main thread. */
#ifndef FLASHD_FLASHD_H
#define FLASHD_FLASHD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "common/conf.h"

struct chores;
struct db;
struct live;
struct loop;
struct ports;
struct run;
struct scrub;
struct store;
struct takein;
struct watches;

struct flashd {
	struct conf conf;
	const char *conf_file;		/* -c, or NULL; for a reload */
	char program[256];		/* ourselves, for flashd -W */
	struct loop *loop;
	struct db *db;
	struct live *live;
	struct store *store;
	struct ports *ports;
	struct chores *chores;
	struct watches *watches;	/* live consoles */
	LIST_HEAD(, run) runs;		/* jobs with a child */
	unsigned n_runs;
	int state_dir;			/* of conf.paths, for jobs/ and incoming/ */
	bool may_claim;			/* children of a flashd that died are gone */
	bool stopping;
	struct takein *takein;		/* an archive under way, or NULL */
	struct scrub *scrub;		/* the hourly one at work (scrub.h), or NULL */
	int64_t scrubbed;		/* the dump it read last */
	bool scrub_began, scrub_wrapped;
	bool describe_failed;		/* until the next hour */
};

/* Something that a page shows has changed. */
void flashd_changed(struct flashd *f);

#endif
