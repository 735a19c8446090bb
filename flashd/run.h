/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One job with a child, from its claim to its end: what the child needs, what its lines
 * mean for the rows, when its dump is sealed, and how the job ends. flashd's parent,
 * main thread.
 */
#ifndef FLASHD_RUN_H
#define FLASHD_RUN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "common/err.h"
#include "db/dump.h"
#include "db/job.h"
#include "db/live.h"
#include "flashd/image_load.h"
#include "flashd/store.h"

struct child_line;
struct flashd;
struct json_t;
struct worker;

#define RUN_NOTES_MAX 20

struct run_identity {
	char chip[33], jedec[17], chip_id[65], mac[18], mac_source[17], console[161], entry[17];
	unsigned brom_version;
	uint64_t flash_size;
	bool told;		/* taken over into the camera's row */
};

struct run {
	LIST_ENTRY(run) entry;
	struct flashd *f;
	struct job job;
	struct worker *w;
	struct image_load image;
	int out_fd, log_fd, trace_fd, lock_fd;
	char part[STORE_NAME_MAX];	/* "" = none */
	struct run_identity id;
	struct live_progress progress;
	unsigned block_scale;		/* blocks of 4 KiB behind one character of the map */
	unsigned baud;
	struct dump dump;		/* sealed when have_dump */
	bool have_dump;
	int64_t same_as;
	uint64_t counts[4], differs[2];
	bool have_counts, have_differs;
	bool asking;			/* the row is in state waiting */
	bool touching;			/* this child was told that it may erase */
	char notes[RUN_NOTES_MAX][200];
	unsigned n_notes;
	bool cancelled, ended_well, ended_badly;
	struct err verdict;		/* our own reason to stop it; code 0 = none */
	struct err said;		/* the child's */
	int64_t start_us;
};

/* Begin a claimed job. It ends by itself, at once where something is missing. */
void run_start(struct flashd *f, const struct job *job);
/* A person asked to stop it. */
void run_cancel(struct run *r);
/* flashd ends: stop at the next border. */
void run_shut(struct run *r);
void run_kill(struct run *r);

/* For run_line.c, run_end.c only. */
bool run_line(void *arg, const struct child_line *line);
void run_end(void *arg, const char *trouble, bool bad);
void run_free(struct run *r);
/* Stop the child because we say so: the job ends with this reason. */
void run_veto(struct run *r, const struct err *e);
/* A line in the job's log. */
void run_log(struct run *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Restore, flash, erase. */
bool run_writes(const struct run *r);

#endif
