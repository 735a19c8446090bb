/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The live console: one struct watch for each port that was looked at, with its last
 * lines, the child that has the tty open while somebody watches, and the watchers that
 * came over RUN/console.sock. A job has precedence: the console's child ends before
 * the job's opens the port, and comes back behind it. flashd's parent, main thread.
 */
#ifndef FLASHD_WATCH_H
#define FLASHD_WATCH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "flashd/engine/console.h"
#include "flashd/watch_lines.h"

struct err;
struct event;
struct flashd;
struct watcher;
struct watch_sock;
struct worker;

#define WATCHERS_MAX 32

struct watch {
	LIST_ENTRY(watch) entry;
	struct flashd *f;
	char path[256];
	struct watch_lines lines;
	struct worker *w;	/* the child that has the tty; NULL = none */
	bool stopping, told_end;
	int64_t job;		/* that has the port, or is to get it; 0 = none */
	void (*ready)(void *arg);	/* told once the port is closed */
	void *ready_arg;
	unsigned baud;		/* now */
	bool fixed;		/* it was chosen by a person */
	enum console_verdict verdict;
	unsigned heard_baud;
	uint64_t heard, heard_text;
	struct console_print print;
	char trouble[400];	/* why it is not open; "" = no reason known */
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

/* A job is to have this port. false: it is free. true: a console gives it up and fn is
 * called once it is closed. */
bool watch_yield(struct flashd *f, const char *path, int64_t job,
    void (*fn)(void *arg), void *arg);
/* The job of this port has ended, or changed its state. */
void watch_job(struct flashd *f, const char *path, int64_t job);
bool watch_has_port(const struct flashd *f, const char *path);

/* For watch_sock.c. */
struct watch *watch_find(struct watches *all, const char *path, bool make);
/* Look at this one soon: does it need its child, or not any more? */
void watch_soon(struct watch *w);
void watch_set_baud(struct watch *w, unsigned baud);
/* Send a line of clean text; -1 when the port is not open. */
int watch_send(struct watch *w, const char *text, struct err *e);

/* watch_words.c: what is true of it now, in words. */
const char *watch_state(const struct watch *w);
void watch_evidence(const struct watch *w, char *ret, size_t ret_size);

#endif
