/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Connections and their deadlines (see conns.h). webd's one thread. */
#include "config.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/err.h"
#include "common/log.h"
#include "common/loop.h"
#include "webd/conns.h"

#define HEAD_US 10000000 /* a head, from the first byte that could have come */
#define NEXT_US 20000000 /* the same on a connection kept open: it may idle first */
#define BODY_US 10000000 /* a body: this and a second for each … */
#define BODY_RATE (16 * 1024) /* … bytes of it */
#define SWEEP_MS 1000

struct conns {
	LIST_HEAD(, conn) list;
	unsigned n;
	struct event *sweep;
};

/* Shut, do not close: the descriptor is the HTTP library's, which then sees the end. */
static void
on_sweep(int fd, short what, void *arg)
{
	struct conns *c = arg;
	struct conn *i;
	int64_t now_us = loop_now_us();

	(void)fd;
	(void)what;
	LIST_FOREACH (i, &c->list, entry) {
		if (i->deadline_us != 0 && i->deadline_us < now_us) {
			(void)shutdown(i->fd, SHUT_RDWR);
			i->deadline_us = 0;
			log_debug("http", "a request did not arrive in time; cut off");
		}
	}
	if (c->n > 0)
		loop_timer_set(c->sweep, SWEEP_MS);
}

struct conns *
conns_new(struct loop *l, struct err *e)
{
	struct conns *c = calloc(1, sizeof(*c));

	if (c == NULL) {
		err_sys(e, "memory for connections");
		return NULL;
	}
	LIST_INIT(&c->list);
	if ((c->sweep = loop_timer(l, on_sweep, c, e)) == NULL) {
		free(c);
		return NULL;
	}
	return c;
}

void
conns_free(struct conns *c)
{
	struct conn *i;

	if (c == NULL)
		return;
	while ((i = LIST_FIRST(&c->list)) != NULL)
		conns_remove(c, i);
	loop_drop(c->sweep);
	free(c);
}

static bool
same_peer(const struct sockaddr_storage *a, const struct sockaddr *b)
{
	if (a->ss_family != b->sa_family)
		return false;
	if (b->sa_family == AF_INET)
		return memcmp(&((const struct sockaddr_in *)(const void *)a)->sin_addr,
			   &((const struct sockaddr_in *)(const void *)b)->sin_addr,
			   4) == 0;
	if (b->sa_family == AF_INET6)
		return memcmp(
			   &((const struct sockaddr_in6 *)(const void *)a)->sin6_addr,
			   &((const struct sockaddr_in6 *)(const void *)b)->sin6_addr,
			   16) == 0;
	return false;
}

bool
conns_admit(const struct conns *c, const struct sockaddr *peer, bool is_proxy)
{
	const struct conn *i;
	unsigned n = 0;

	if (c->n >= CONNS_MAX)
		return false;
	if (is_proxy)
		return true;
	LIST_FOREACH (i, &c->list, entry) {
		if (!i->is_signed && same_peer(&i->peer, peer))
			n++;
	}
	return n < CONNS_UNSIGNED;
}

struct conn *
conns_add(struct conns *c, int fd, const struct sockaddr *peer)
{
	struct conn *conn = calloc(1, sizeof(*conn));

	if (conn == NULL)
		return NULL;
	conn->fd = fd;
	if (peer != NULL)
		memcpy(&conn->peer, peer,
		    peer->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6)
						: sizeof(struct sockaddr_in));
	conn->deadline_us = loop_now_us() + HEAD_US;
	LIST_INSERT_HEAD(&c->list, conn, entry);
	if (c->n++ == 0)
		loop_timer_set(c->sweep, SWEEP_MS);
	return conn;
}

void
conns_remove(struct conns *c, struct conn *conn)
{
	LIST_REMOVE(conn, entry);
	c->n--;
	free(conn);
}

void
conns_body(struct conn *conn, uint64_t n)
{
	conn->deadline_us =
	    loop_now_us() + BODY_US + (int64_t)(n / BODY_RATE) * 1000000;
}

void
conns_read(struct conn *conn)
{
	conn->deadline_us = 0;
}

void
conns_next(struct conn *conn)
{
	conn->deadline_us = loop_now_us() + NEXT_US;
}

unsigned
conns_count(const struct conns *c)
{
	return c->n;
}
