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
#include "flashd/notes.h"
#include "flashd/order.h"
#include "flashd/store.h"

struct child_line;
struct event;
struct flashd;
struct json_t;
struct worker;


struct run_identity {
	char chip[33], jedec[17], chip_id[65], mac[18], mac_source[17], console[161], entry[17];
	unsigned brom_version;
	uint64_t flash_size;
	bool told;		/* taken over into the camera's row */
};

/* The adapter went away under the job (run_wait.c). */
struct run_wait {
	bool waiting;			/* no child now: it waits to be plugged in again */
	bool again;			/* this child came after such a wait */
	bool over;			/* it waited long enough */
	bool fresh;			/* try only what was plugged in since */
	char ask[24];
	int64_t end_us, next_us;	/* until when; the next try of an unchanged port */
	int64_t pause_us, told_us;
	uint64_t seen[4];		/* what the port's node was when it was tried last */
	struct run_identity first;	/* who it was before */
	struct event *timer;
};

struct run {
	LIST_ENTRY(run) entry;
	struct flashd *f;
	struct job job;
	struct worker *w;
	struct image_load image;
	struct image_load safety;	/* of the first session; resumed writes only */
	int out_fd, log_fd, trace_fd, lock_fd, journal_fd;
	struct order order;
	bool prepared;			/* the order and the image are there */
	bool resume;			/* the next child goes on with the journal */
	char part[STORE_NAME_MAX];	/* "" = none */
	struct run_identity id;
	struct run_wait wait;
	uint64_t kept;			/* bytes of the dump that were read before an unplug */
	struct live_progress progress;
	unsigned block_scale;		/* blocks of 4 KiB behind one character of the map */
	unsigned baud;
	struct dump dump;		/* sealed when have_dump */
	bool have_dump;
	int64_t same_as;
	uint64_t counts[4], differs[2];
	bool have_counts, have_differs;
	char image_how[8], image_sha256[65];	/* restore: what is written; "" = not made */
	bool asking;			/* the row is in state waiting */
	bool touching;			/* this child was told that it may erase */
	struct notes notes;
	bool cancelled, ended_well, ended_badly;
	bool spoke;			/* the child told its own reason and the chip's state */
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

/* For run*.c only. */
/* Start a child: at first, and after each wait. */
void run_go(void *arg, struct worker *again);
bool run_line(void *arg, const struct child_line *line);
void run_end(void *arg, const struct err *trouble, bool bad);
void run_free(struct run *r);
/* Stop the child because we say so: the job ends with this reason. */
void run_veto(struct run *r, const struct err *e);
/* What its user calls the port: its name, or its path. Borrowed from r. */
const char *run_port(const struct run *r);
/* A line in the job's log. */
void run_log(struct run *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Restore, flash, erase. */
bool run_writes(const struct run *r);

/* run_journal.c: the journal of a write. A new one, or that of the session before with
 * its safety dump (r->dump, r->safety). */
int run_journal_open(struct run *r, struct err *e);
/* How far the write came, by the journal: "12 sectors are new, …". "" = not known. */
void run_journal_say(const struct run *r, struct err *ret);
/* How far the writes came that a flashd before us left behind, into their messages; its
 * workers have ended. */
void run_journal_recover(struct flashd *f);
/* Is this the safety dump of that unfinished job? */
bool run_journal_needs(const struct flashd *f, int64_t job, const char *sha256);
/* Its job is over. */
void run_journal_drop(struct run *r);

/* run_wait.c: wait for the adapter when e says that it went away; true: the job goes
 * on, its end is another time. */
bool run_wait_begin(struct run *r, const struct err *e);
/* Jobs that wait: is the adapter there again? */
void run_wait_look(struct flashd *f);
/* End the wait without the adapter: cancelled by a person; flashd ends. */
void run_wait_cancel(struct run *r);
void run_wait_shut(struct run *r);
/* The identity after a wait is that of before. */
int run_wait_identity(const struct run *r, struct err *e);
void run_wait_free(struct run *r);

#endif
