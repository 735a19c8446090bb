/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One child process: started with its descriptors and its order, heard line by line,
 * ended when it is silent for too long or says what no child says. What the lines mean
 * is not its business. flashd's parent, main thread.
 */
#ifndef FLASHD_WORKER_H
#define FLASHD_WORKER_H

#include <stdbool.h>
#include <stdint.h>

struct child_line;
struct err;
struct loop;
struct order;
struct worker;

struct worker_start {
	const char *program;		/* path; run as: program -W */
	const struct order *order;
	/* Borrowed; -1 = none. They become the descriptors of flashd/order.h. */
	int out_fd, image_fd, log_fd, trace_fd, lock_fd, journal_fd, safety_fd;
	int64_t quiet_ms;		/* no word for so long: SIGTERM */
	int64_t kill_ms;		/* so long after SIGTERM: SIGKILL */
	/* false: no worker says that at this point; it is ended. */
	bool (*line)(void *arg, const struct child_line *line);
	/* Called once, after the last line; w is freed then. trouble is NULL when it
	 * ended by itself with status 0, else a sentence; bad: it said what no worker
	 * says. */
	void (*end)(void *arg, const struct err *trouble, bool bad);
	/* NULL, or called when it has done its order and has the port open still. true:
	 * worker_again() gave it another one, and nothing more is told to this arg.
	 * false: it closes the port and ends. */
	bool (*idle)(void *arg, struct worker *w);
	void *arg;
};

/* NULL on failure. */
struct worker *worker_new(struct loop *loop, const struct worker_start *start,
    struct err *e);
#define WORKER_SAY_MAX 600

/* Another order for a child that is idle: the same process, the same open port. How that
 * goes is told to start's functions, as by a new child. lock_fd stays the first one's. */
void worker_again(struct worker *w, const struct worker_start *start);
/* Nobody has an order for an idle child: it closes the port and ends, and nothing more is
 * told. */
void worker_drop(struct worker *w);
/* Ask a console to give up its port without closing it; idle() or end() follows within
 * kill_ms. */
void worker_yield(struct worker *w);

/* Answer "go" or "stop" to what awaits one; to a console, "send TEXT" or "baud N". */
void worker_answer(struct worker *w, const char *word);
/* Ask it to stop (SIGTERM); it ends by itself at the next border, or is killed. */
void worker_stop(struct worker *w);
/* End it at once (SIGKILL); end() is called as ever. */
void worker_kill(struct worker *w);

#endif
