/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opens and closes of the ports (see ports_hold.h). flashd's parent, main thread. */
#include "config.h"

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "common/err.h"
#include "common/log.h"
#include "common/loop.h"
#include "flashd/ports.h"
#include "flashd/ports_hold.h"

#define SETTLE_MS 100 /* a program that starts opens and closes more than once */

struct held {
	char node[128];
	int wd;
	unsigned opens;
	bool wanted;
};

struct ports_hold {
	struct held list[PORTS_MAX];
	size_t n;
	int fd;
	struct event *readable, *settle;
	void (*fn)(void *);
	void *arg;
};

static void
on_settled(int fd, short what, void *arg)
{
	struct ports_hold *h = arg;

	(void)fd;
	(void)what;
	h->fn(h->arg);
}

static void
count(struct ports_hold *h, const struct inotify_event *ev)
{
	size_t i;

	for (i = 0; i < h->n; i++) {
		if ((ev->mask & IN_Q_OVERFLOW) != 0)
			h->list[i].opens = 0; /* not known any more */
		if (h->list[i].wd != ev->wd)
			continue;
		if ((ev->mask & IN_OPEN) != 0)
			h->list[i].opens++;
		else if ((ev->mask & IN_CLOSE) != 0 && h->list[i].opens > 0)
			h->list[i].opens--;
		if ((ev->mask & IN_IGNORED) != 0)
			h->list[i].wd = -1;
	}
}

static void
on_readable(int fd, short what, void *arg)
{
	char buf[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	const struct inotify_event *ev;
	struct ports_hold *h = arg;
	ssize_t n, at;

	(void)what;
	while ((n = read(fd, buf, sizeof(buf))) > 0) {
		for (at = 0; at + (ssize_t)sizeof(*ev) <= n;
		     at += (ssize_t)(sizeof(*ev) + ev->len)) {
			ev = (const struct inotify_event *)(const void *)(buf + at);
			count(h, ev);
		}
	}
	loop_timer_set(h->settle, SETTLE_MS);
}

struct ports_hold *
ports_hold_new(struct loop *loop, void (*fn)(void *arg), void *arg)
{
	struct ports_hold *h = calloc(1, sizeof(*h));
	struct err e;

	if (h == NULL)
		return NULL;
	h->fn = fn;
	h->arg = arg;
	h->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (h->fd < 0)
		err_sys(&e, "watch the ports for other programs");
	else if ((h->settle = loop_timer(loop, on_settled, h, &e)) != NULL &&
	    (h->readable = loop_watch(loop, h->fd, EV_READ, on_readable, h, &e)) !=
		NULL)
		return h;
	log_warnx("ports", "%s", e.msg);
	ports_hold_free(h);
	return NULL;
}

void
ports_hold_free(struct ports_hold *h)
{
	if (h == NULL)
		return;
	loop_drop(h->readable);
	loop_drop(h->settle);
	if (h->fd >= 0)
		close(h->fd);
	free(h);
}

void
ports_hold_begin(struct ports_hold *h)
{
	size_t i;

	for (i = 0; h != NULL && i < h->n; i++)
		h->list[i].wanted = false;
}

/* Its place in the list; h->n = none. */
static size_t
place_of(const struct ports_hold *h, const char *node)
{
	size_t i;

	for (i = 0; i < h->n && strcmp(h->list[i].node, node) != 0; i++)
		;
	return i;
}

void
ports_hold_add(struct ports_hold *h, const char *node)
{
	struct held *held;
	size_t at;

	if (h == NULL || strlen(node) >= sizeof(held->node) ||
	    (at = place_of(h, node)) == PORTS_MAX)
		return;
	held = &h->list[at];
	if (at == h->n) {
		h->n++;
		memset(held, 0, sizeof(*held));
		memcpy(held->node, node, strlen(node) + 1);
		held->wd = -1;
	}
	held->wanted = true;
	if (held->wd >= 0)
		return;
	held->opens = 0;
	held->wd = inotify_add_watch(h->fd, node, IN_OPEN | IN_CLOSE);
	if (held->wd < 0 && errno != ENOENT)
		log_warn("ports", "watch %s for other programs", node);
}

void
ports_hold_end(struct ports_hold *h)
{
	size_t i, kept = 0;

	for (i = 0; h != NULL && i < h->n; i++) {
		if (h->list[i].wanted) {
			h->list[kept++] = h->list[i];
			continue;
		}
		if (h->list[i].wd >= 0)
			(void)inotify_rm_watch(h->fd, h->list[i].wd);
	}
	if (h != NULL)
		h->n = kept;
}

bool
ports_hold_is_open(const struct ports_hold *h, const char *node)
{
	size_t at = h == NULL ? 0 : place_of(h, node);

	return h != NULL && at < h->n && h->list[at].opens > 0;
}
