/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the child says: lines to the parent (flashd/childline.h) and the job's log for
 * people. Progress goes out at most four times a second. Worker process only.
 */
#ifndef FLASHD_ENGINE_REPORT_H
#define FLASHD_ENGINE_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;
struct wire;

#define REPORT_EVERY_US 250000
#define REPORT_LOG_MAX (256 * 1024)
#define REPORT_GO_US 180000000	/* how long the parent may take to seal a dump */

struct report {
	int fd;			/* lines; -1 = nobody listens */
	int log_fd;		/* -1 = no log */
	bool gone;		/* the parent went away: stop */
	int64_t start_us, step_us, said_us;
	uint64_t step_done, step_total;
	uint64_t work_done, work_total;	/* bytes over the line, of the whole job */
	uint64_t said_done;
	double rate;		/* bytes a second, smoothed; 0 = unknown */
	unsigned retries;
	size_t log_bytes;
	uint64_t first, count;	/* blocks not said yet */
	char mark;
};

void report_init(struct report *r, int fd, int log_fd);

/* A step begins: name of live.h's list, bytes in all. */
void report_step(struct report *r, const char *name, uint64_t total);
/* n more bytes of this step went over the line. */
void report_done(struct report *r, uint64_t n);
/* Blocks of 4 KiB that hold [at, at + n) are now `mark`. */
void report_blocks(struct report *r, uint32_t at, size_t n, char mark);
/* Say now what is waiting to be said. */
void report_flush(struct report *r);

/* One line of the table. The text is escaped and cut by the caller's format. */
void report_line(struct report *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* A line for people, with the seconds since the start in front. Bounded. */
void report_log(struct report *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* A person's hand is needed: "straps" and so on, and the sentence about it. NULL: no
 * longer. */
void report_ask(struct report *r, const char *what, const struct err *text);
/* A note: to the parent and to the log. */
void report_note(struct report *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void report_note_said(struct report *r, const struct err *said);
/* What the adapter counted since the last time, if anything. */
void report_errors(struct report *r, struct wire *w);
/* fail CODE NAME PARAMS TEXT, from e. */
void report_fail(struct report *r, const struct err *e);

/* Wait for the parent's answer. 0 = go, -1 = it said stop, went away, or was silent. */
int report_wait_go(struct report *r, struct err *e);

#endif
