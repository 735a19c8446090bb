/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Host names to addresses (see lookup.h). streamd: main thread, and one thread per
 * question, which nobody waits for: whoever of the two leaves last frees the question.
 */
#include "config.h"

#include <errno.h>
#include <event2/event.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/err.h"
#include "common/loop.h"
#include "streamd/lookup.h"

/* Shared by both. */
struct question {
	pthread_mutex_t lock;
	bool left; /* one of the two has gone */
	int fd; /* written when there is an answer */
	char host[256], port[8];
	struct lookup_address list[LOOKUP_MAX];
	unsigned n;
};

struct lookup {
	struct question *q;
	struct event *event;
	void (*done)(void *arg, const struct lookup_address *list, unsigned n);
	void *arg;
};

static void
leave(struct question *q)
{
	bool last;

	pthread_mutex_lock(&q->lock);
	last = q->left;
	q->left = true;
	pthread_mutex_unlock(&q->lock);
	if (!last)
		return;
	pthread_mutex_destroy(&q->lock);
	close(q->fd);
	free(q);
}

static void *
worker(void *arg)
{
	struct question *q = arg;
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICSERV | AI_ADDRCONFIG },
			*list = NULL, *a;
	uint64_t one = 1;

	if (getaddrinfo(q->host, q->port, &hints, &list) != 0)
		list = NULL;
	for (a = list; a != NULL && q->n < LOOKUP_MAX; a = a->ai_next) {
		if (a->ai_addrlen > sizeof(q->list[0].a))
			continue;
		memcpy(&q->list[q->n].a, a->ai_addr, a->ai_addrlen);
		q->list[q->n++].n = a->ai_addrlen;
	}
	if (list != NULL)
		freeaddrinfo(list);
	(void)!write(q->fd, &one, sizeof(one));
	leave(q);
	return NULL;
}

static void
on_answer(int fd, short what, void *arg)
{
	struct lookup *u = arg;
	uint64_t n;

	(void)what;
	if (read(fd, &n, sizeof(n)) != (ssize_t)sizeof(n))
		return;
	event_del(u->event);
	u->done(u->arg, u->q->list, u->q->n);
}

/* Signals are for the main thread. */
static int
start_thread(struct question *q)
{
	pthread_t thread;
	sigset_t all, old;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	r = pthread_create(&thread, NULL, worker, q);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (r == 0)
		pthread_detach(thread);
	errno = r;
	return r == 0 ? 0 : -1;
}

static struct question *
question_new(const char *host, const char *port)
{
	struct question *q = calloc(1, sizeof(*q));

	if (q == NULL)
		return NULL;
	if ((q->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) < 0) {
		free(q);
		return NULL;
	}
	pthread_mutex_init(&q->lock, NULL);
	snprintf(q->host, sizeof(q->host), "%s", host);
	snprintf(q->port, sizeof(q->port), "%s", port);
	return q;
}

struct lookup *
lookup_start(struct loop *l, const char *host, const char *port,
    void (*done)(void *arg, const struct lookup_address *list, unsigned n), void *arg,
    struct err *e)
{
	struct lookup *u = calloc(1, sizeof(*u));

	if (u == NULL || (u->q = question_new(host, port)) == NULL) {
		err_sys(e, "look up '%s'", host);
		free(u);
		return NULL;
	}
	u->done = done;
	u->arg = arg;
	u->event = loop_watch(l, u->q->fd, EV_READ, on_answer, u, e);
	if (u->event != NULL && start_thread(u->q) == 0)
		return u;
	if (u->event != NULL)
		err_sys(e, "start a thread to look up '%s'", host);
	u->q->left = true; /* no thread has it */
	lookup_free(u);
	return NULL;
}

void
lookup_free(struct lookup *u)
{
	if (u == NULL)
		return;
	loop_drop(u->event);
	leave(u->q);
	free(u);
}

const char *
lookup_split(const char *url, const char *fallback, char *host, size_t host_size,
    char *port, size_t port_size)
{
	const char *at = strstr(url, "://") + 3, *colon, *end;
	size_t n = strcspn(at, "/?#");

	end = at + n;
	snprintf(port, port_size, "%s", fallback);
	if (at[0] == '[') {
		colon = memchr(at, ']', n);
		snprintf(host, host_size, "%.*s", (int)(colon - at - 1), at + 1);
		colon = colon[1] == ':' ? colon + 1 : NULL;
	} else {
		colon = memchr(at, ':', n);
		snprintf(host, host_size, "%.*s",
		    (int)(colon != NULL ? (size_t)(colon - at) : n), at);
	}
	if (colon != NULL)
		snprintf(port, port_size, "%.*s", (int)(end - colon - 1), colon + 1);
	return end;
}
