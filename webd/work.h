/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Work that takes longer than the event loop may stand still (whole images, photos; argon2id):
 * one worker thread of each kind does one thing at a time, so that memory is bounded;
 * who asks waits in a short queue, suspended. webd's main thread calls; only run() is
 * called on the worker.
 */
#ifndef WEBD_WORK_H
#define WEBD_WORK_H

struct err;
struct loop;
struct reply;
struct worker;

#define WORK_QUEUE_MAX 16	/* waiting; who comes then is told to try again */

struct work_ops {
	/* Worker thread: nothing of webd's, no reply, no log; what comes of it stays in
	 * arg. (The doctor opens an inventory of its own.) */
	void (*run)(void *arg);
	/* Main thread, unless the client is gone by then. */
	void (*answer)(void *arg, struct reply *rep);
	/* Main thread, exactly once, last. */
	void (*drop)(void *arg);
};

/* busy: what who comes too many is told; static. */
struct worker *worker_start(struct loop *l, const char *busy, struct err *e);
/* After http_stop(): what waits is dropped; what runs is given a moment to end, and is
 * left behind when it does not. NULL is fine. */
void worker_stop(struct worker *w);

/* Takes arg. The reply comes later; without a worker (NULL, in tests) at once. */
void work_give(
    struct worker *w, const struct work_ops *ops, void *arg, struct reply *rep);
/* Takes arg: work that nobody waits for; only run() and drop() are called. When the
 * queue is full, drop() comes at once. */
void work_quietly(struct worker *w, const struct work_ops *ops, void *arg);

#endif
