/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The open connections and how long each may take: the HTTP library's time-out counts
 * silence only, so a client that sends one byte now and then would stay for ever. A
 * request's head and body have deadlines here; who misses one is cut off. webd's one
 * thread.
 */
#ifndef WEBD_CONNS_H
#define WEBD_CONNS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

struct conns;
struct err;
struct loop;

#define CONNS_MAX 512		/* connections at once */
#define CONNS_PER_ADDRESS 256
#define CONNS_UNSIGNED 32	/* of one address, before anyone signed in on them */

struct conn {
	LIST_ENTRY(conn) entry;
	int fd;			/* the HTTP library's; valid while the conn is listed */
	struct sockaddr_storage peer;
	bool is_signed;		/* a request on it carried valid credentials */
	bool is_tls;
	int64_t deadline_us;	/* head or body must be there by then; 0 = none */
};

struct conns *conns_new(struct loop *l, struct err *e);
void conns_free(struct conns *c);

/* May this address open one more? is_proxy: many stand behind it. */
bool conns_admit(const struct conns *c, const struct sockaddr *peer, bool is_proxy);
/* NULL when out of memory. Owned by the table until conns_remove(). */
struct conn *conns_add(struct conns *c, int fd, const struct sockaddr *peer);
void conns_remove(struct conns *c, struct conn *conn);

/* The head is complete: n bytes of body may follow (0: no deadline any more). */
void conns_body(struct conn *conn, uint64_t n);
/* The request is read; from now on only silence counts. */
void conns_read(struct conn *conn);
/* The request is over; the next one's head may come. */
void conns_next(struct conn *conn);
unsigned conns_count(const struct conns *c);

#endif
