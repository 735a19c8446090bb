/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The addresses of a host name, asked for in a thread of its own: getaddrinfo() blocks,
 * and knows .local names where the machine does. Main thread.
 */
#ifndef STREAMD_LOOKUP_H
#define STREAMD_LOOKUP_H

#include <stddef.h>
#include <sys/socket.h>

struct err;
struct lookup;
struct loop;

#define LOOKUP_MAX 8	/* addresses kept */

struct lookup_address {
	struct sockaddr_storage a;
	socklen_t n;
};

/* done is called once, from the loop: n addresses, borrowed; n = 0: the name is not
 * known. host without brackets. NULL and e. */
struct lookup *lookup_start(struct loop *l, const char *host, const char *port,
    void (*done)(void *arg, const struct lookup_address *list, unsigned n), void *arg,
    struct err *e);
/* Before the answer: done is not called any more. Also inside and after done. NULL is
 * fine. */
void lookup_free(struct lookup *u);

/* "rtsp://HOST[:PORT]/..." → the host without brackets, and the port or fallback. What
 * does not fit is cut. The rest of the URL from its path on, borrowed. */
const char *lookup_split(const char *url, const char *fallback, char *host,
    size_t host_size, char *port, size_t port_size);

#endif
