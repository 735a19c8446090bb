/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The live console: one struct watch for each port that was looked at, with its last
 * lines, the child that has the tty open while somebody watches, and the watchers that
 * came over RUN/console.sock. A job has precedence: it takes over the console's child
 * with the port open as it is, and the console comes back to it behind the job. flashd's
 * parent, main thread.
 */
#ifndef FLASHD_WATCH_H
#define FLASHD_WATCH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "common/err.h"
#include "flashd/engine/console.h"
#include "flashd/watch_lines.h"

struct event;
struct flashd;
struct watcher;
struct watch_sock;
struct worker;

#define WATCHERS_MAX 32

/* w: a child that has the port open, to be given its order by worker_again(); NULL when
 * there is none, and the port is closed. */
typedef void watch_ready_fn(void *arg, struct worker *w);

struct watch {
	LIST_ENTRY(watch) entry;
	struct flashd *f;
	char path[256];
	struct watch_lines lines;
	struct worker *w;	/* the child that has the tty; NULL = none */
	bool stopping, told_end;
	int64_t job;		/* that has the port, or is to get it; 0 = none */
	watch_ready_fn *ready;	/* told once the console has given up the port */
	void *ready_arg;
	unsigned baud;		/* now */
	bool fixed;		/* it was chosen by a person */
	enum console_verdict verdict;
	unsigned heard_baud;
	uint64_t heard, heard_text;
	struct console_print print;
	struct err trouble;	/* why it is not open; "" = no reason known */
	int64_t retry_us;
	LIST_HEAD(, watcher) watchers;
	struct watcher *sender;
};

struct watches {
	struct flashd *f;
	LIST_HEAD(, watch) list;
	unsigned n_watchers;
	struct watch_sock *sock;
	struct event *soon;
};

struct watches *watches_start(struct flashd *f, struct err *e);
void watches_stop(struct watches *all);	/* NULL is fine */
/* No child of a console is left. */
bool watches_idle(const struct watches *all);
/* Ports came or went, were enabled or not; flashd ends. */
void watches_look(struct watches *all);

/* A job is to have this port. false: no console has it. true: one gives it up, and fn is
 * called then. */
bool watch_yield(struct flashd *f, const char *path, int64_t job, watch_ready_fn *fn,
    void *arg);
/* Somebody watches this port and would have its console back from a job. */
bool watch_wants(struct flashd *f, const char *path);
/* The job has ended: its idle child is the console's, with the port open as it is. */
void watch_take_back(struct flashd *f, const char *path, struct worker *w);
/* The job of this port has ended, or changed its state. */
void watch_job(struct flashd *f, const char *path, int64_t job);
/* This port was just plugged in: what stood in the way of its console is over. */
void watch_came(struct flashd *f, const char *path);
bool watch_has_port(const struct flashd *f, const char *path);

/* For watch_sock.c. */
struct watch *watch_find(struct watches *all, const char *path, bool make);
/* Look at this one soon: does it need its child, or not any more? */
void watch_soon(struct watch *w);
void watch_set_baud(struct watch *w, unsigned baud);
/* Raise or lower DTR, else RTS; -1 when the port is not open. */
int watch_set_line(struct watch *w, bool dtr, bool on, struct err *e);
/* Send a line of clean text; -1 when the port is not open. */
int watch_send(struct watch *w, const char *text, struct err *e);

/* watch_words.c: what is true of it now, in words. */
const char *watch_state(const struct watch *w);
void watch_evidence(const struct watch *w, struct err *ret);

#endif
