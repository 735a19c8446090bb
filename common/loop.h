/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One event loop per daemon: thin glue over libevent for what every daemon needs.
 * Rooms may use libevent itself through loop_base(). Main thread only.
 */
#ifndef COMMON_LOOP_H
#define COMMON_LOOP_H

#include <stdint.h>
#include <sys/types.h>

struct err;
struct event;
struct event_base;
struct loop;

/* Ends cleanly on SIGTERM and SIGINT; ignores SIGPIPE and SIGXFSZ. Free with loop_free(). */
struct loop *loop_new(struct err *e);
void loop_free(struct loop *l);
struct event_base *loop_base(struct loop *l);	/* borrowed */

/* Run until loop_stop(); returns the status given to it (0 after SIGTERM). */
int loop_run(struct loop *l);
void loop_stop(struct loop *l, int status);

/* Called at SIGTERM instead of stopping at once (flashd finishes its sector); the
 * callee calls loop_stop() when it is ready. */
void loop_on_stop(struct loop *l, void (*fn)(void *arg), void *arg);
/* Called at SIGHUP. */
void loop_on_reload(struct loop *l, void (*fn)(void *arg), void *arg);

/* Call fn once when the child ends, with waitpid()'s status. */
int loop_child(struct loop *l, pid_t pid, void (*fn)(void *arg, pid_t pid, int status),
    void *arg, struct err *e);

/* Watch fd for EV_READ, EV_WRITE (libevent's), persistently. Caller frees with
 * loop_drop(). NULL and e on failure. */
struct event *loop_watch(struct loop *l, int fd, short what,
    void (*fn)(int fd, short what, void *arg), void *arg, struct err *e);
/* A timer that is not yet running. Caller frees with loop_drop(). */
struct event *loop_timer(struct loop *l, void (*fn)(int fd, short what, void *arg),
    void *arg, struct err *e);
/* Fire once after ms (again: sets it anew). Negative: not at all. */
void loop_timer_set(struct event *timer, int64_t ms);
void loop_drop(struct event *ev);	/* NULL is fine */

/* Monotonic microseconds, also through suspend. Any thread. */
int64_t loop_now_us(void);

#endif
