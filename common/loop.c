/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Glue over libevent (see loop.h). Each daemon's main thread. */
#include "config.h"

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <sys/wait.h>
#include <time.h>

#include "common/err.h"
#include "common/loop.h"

struct child {
	LIST_ENTRY(child) entry;
	pid_t pid;
	void (*fn)(void *, pid_t, int);
	void *arg;
};

struct loop {
	struct event_base *base;
	struct event *term, *interrupt, *hup, *chld;
	LIST_HEAD(, child) children;
	void (*stop_fn)(void *);
	void *stop_arg;
	void (*reload_fn)(void *);
	void *reload_arg;
	int status;
};

static void
on_term(int signo, short what, void *arg)
{
	struct loop *l = arg;

	(void)signo;
	(void)what;
	if (l->stop_fn != NULL)
		l->stop_fn(l->stop_arg);
	else
		loop_stop(l, 0);
}

static void
on_hup(int signo, short what, void *arg)
{
	struct loop *l = arg;

	(void)signo;
	(void)what;
	if (l->reload_fn != NULL)
		l->reload_fn(l->reload_arg);
}

/* Reap only the children we were told of: waitpid(-1) would steal a library's. */
static void
on_chld(int signo, short what, void *arg)
{
	struct loop *l = arg;
	struct child *c, *next;
	int status;

	(void)signo;
	(void)what;
	for (c = LIST_FIRST(&l->children); c != NULL; c = next) {
		next = LIST_NEXT(c, entry);
		if (waitpid(c->pid, &status, WNOHANG) != c->pid)
			continue;
		LIST_REMOVE(c, entry);
		c->fn(c->arg, c->pid, status);
		free(c);
		/* The call-back may have changed the list. */
		next = LIST_FIRST(&l->children);
	}
}

static struct event *
add_signal(struct loop *l, int signo, void (*fn)(int, short, void *))
{
	struct event *ev = evsignal_new(l->base, signo, fn, l);

	if (ev != NULL)
		evsignal_add(ev, NULL);
	return ev;
}

struct loop *
loop_new(struct err *e)
{
	struct loop *l = calloc(1, sizeof(*l));

	if (l == NULL || (l->base = event_base_new()) == NULL) {
		err_sys(e, "start the event loop");
		free(l);
		return NULL;
	}
	LIST_INIT(&l->children);
	signal(SIGPIPE, SIG_IGN);
	/* A file that may not grow is an error to be told, not a reason to die. */
	signal(SIGXFSZ, SIG_IGN);
	l->term = add_signal(l, SIGTERM, on_term);
	l->interrupt = add_signal(l, SIGINT, on_term);
	l->hup = add_signal(l, SIGHUP, on_hup);
	l->chld = add_signal(l, SIGCHLD, on_chld);
	if (l->term == NULL || l->interrupt == NULL || l->hup == NULL || l->chld == NULL) {
		err_sys(e, "watch signals");
		loop_free(l);
		return NULL;
	}
	return l;
}

void
loop_free(struct loop *l)
{
	struct child *c;

	if (l == NULL)
		return;
	while ((c = LIST_FIRST(&l->children)) != NULL) {
		LIST_REMOVE(c, entry);
		free(c);
	}
	loop_drop(l->term);
	loop_drop(l->interrupt);
	loop_drop(l->hup);
	loop_drop(l->chld);
	event_base_free(l->base);
	free(l);
}

struct event_base *
loop_base(struct loop *l)
{
	return l->base;
}

int
loop_run(struct loop *l)
{
	event_base_dispatch(l->base);
	return l->status;
}

void
loop_stop(struct loop *l, int status)
{
	l->status = status;
	event_base_loopbreak(l->base);
}

void
loop_on_stop(struct loop *l, void (*fn)(void *arg), void *arg)
{
	l->stop_fn = fn;
	l->stop_arg = arg;
}

void
loop_on_reload(struct loop *l, void (*fn)(void *arg), void *arg)
{
	l->reload_fn = fn;
	l->reload_arg = arg;
}

int
loop_child(struct loop *l, pid_t pid, void (*fn)(void *arg, pid_t pid, int status),
    void *arg, struct err *e)
{
	struct child *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return err_sys(e, "watch child %ld", (long)pid);
	c->pid = pid;
	c->fn = fn;
	c->arg = arg;
	LIST_INSERT_HEAD(&l->children, c, entry);
	return 0;
}

struct event *
loop_watch(struct loop *l, int fd, short what, void (*fn)(int fd, short what, void *arg),
    void *arg, struct err *e)
{
	struct event *ev = event_new(l->base, fd, (short)(what | EV_PERSIST), fn, arg);

	if (ev == NULL || event_add(ev, NULL) < 0) {
		err_sys(e, "watch descriptor %d", fd);
		loop_drop(ev);
		return NULL;
	}
	return ev;
}

struct event *
loop_timer(struct loop *l, void (*fn)(int fd, short what, void *arg), void *arg,
    struct err *e)
{
	struct event *ev = evtimer_new(l->base, fn, arg);

	if (ev == NULL)
		err_sys(e, "make a timer");
	return ev;
}

void
loop_timer_set(struct event *timer, int64_t ms)
{
	struct timeval tv = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	if (ms < 0)
		evtimer_del(timer);
	else
		evtimer_add(timer, &tv);
}

void
loop_drop(struct event *ev)
{
	if (ev != NULL)
		event_free(ev);
}

int64_t
loop_now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}
