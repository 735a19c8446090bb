/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The listening socket (see listen.h). webd's one thread, at start. */
#include "config.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/err.h"
#include "webd/listen.h"

#define BACKLOG 128

static int
resolve(const char *key, const char *host_port, struct addrinfo **ret, struct err *e)
{
	struct addrinfo hints = { .ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV };
	const char *colon = strrchr(host_port, ':');
	char host[100];
	size_t n;
	int r;

	n = colon != NULL ? (size_t)(colon - host_port) : 0;
	if (n == 0 || n >= sizeof(host))
		return err_set(e, ERR_USAGE, "conf-listen",
		    "[webd] %s = %s: must be HOST:PORT", key, host_port);
	/* "[::]" is written with brackets, resolved without. */
	if (host_port[0] == '[' && host_port[n - 1] == ']')
		snprintf(host, sizeof(host), "%.*s", (int)(n - 2), host_port + 1);
	else
		snprintf(host, sizeof(host), "%.*s", (int)n, host_port);
	if ((r = getaddrinfo(host, colon + 1, &hints, ret)) != 0)
		return err_set(e, ERR_USAGE, "conf-listen",
		    "[webd] %s = %s: %s; write an address of this machine, such as "
		    "0.0.0.0:8360 "
		    "or [::]:8360",
		    key, host_port, gai_strerror(r));
	return 0;
}

static int
bind_and_listen(int fd, const struct addrinfo *a, const char *key,
    const char *host_port, struct err *e)
{
	int one = 1;

	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, a->ai_addr, a->ai_addrlen) < 0) {
		if (errno == EADDRINUSE)
			return err_set(e, ERR_FAILED, "port-taken",
			    "another program already listens on %s; end it, or give "
			    "[webd] %s another port",
			    host_port, key);
		return err_sys(e, "listen on %s", host_port);
	}
	if (listen(fd, BACKLOG) < 0)
		return err_sys(e, "listen on %s", host_port);
	return 0;
}

static int
say_bound(int fd, char *ret, size_t ret_size, struct err *e)
{
	struct sockaddr_storage a;
	socklen_t n = sizeof(a);
	char host[100], port[8];

	if (getsockname(fd, (struct sockaddr *)&a, &n) < 0)
		return err_sys(e, "ask for the bound address");
	if (getnameinfo((struct sockaddr *)&a, n, host, sizeof(host), port,
		sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return err_set(e, ERR_FAILED, "http", "the bound address has no name");
	snprintf(
	    ret, ret_size, a.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
	return 0;
}

int
listen_open(const char *key, const char *host_port, char *ret_bound, size_t ret_size,
    struct err *e)
{
	struct addrinfo *a;
	int fd;

	if (resolve(key, host_port, &a, e) < 0)
		return -1;
	fd = socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		err_sys(e, "make a socket");
	} else if (bind_and_listen(fd, a, key, host_port, e) < 0 ||
	    say_bound(fd, ret_bound, ret_size, e) < 0) {
		close(fd);
		fd = -1;
	}
	freeaddrinfo(a);
	return fd;
}
