/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a host name means, and why nothing answers there (see trial_run.h). The thread of
 * one trial. */
#include "config.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "streamd/trial_run.h"

#define ADDRESSES_MAX 8

/* HOST without brackets, and PORT. */
static void
split(const char *at, char *host, size_t host_size, char *port, size_t port_size)
{
	const char *colon = strrchr(at, ':');
	size_t n = colon != NULL ? (size_t)(colon - at) : strlen(at);

	if (at[0] == '[' && n > 2)
		snprintf(host, host_size, "%.*s", (int)n - 2, at + 1);
	else
		snprintf(host, host_size, "%.*s", (int)n, at);
	snprintf(port, port_size, "%s", colon != NULL ? colon + 1 : "");
}

static bool
same_host(const struct sockaddr *a, const struct sockaddr *b)
{
	if (a == NULL || a->sa_family != b->sa_family)
		return false;
	if (a->sa_family == AF_INET)
		return ((const struct sockaddr_in *)(const void *)a)->sin_addr.s_addr ==
		    ((const struct sockaddr_in *)(const void *)b)->sin_addr.s_addr;
	return a->sa_family == AF_INET6 &&
	    memcmp(&((const struct sockaddr_in6 *)(const void *)a)->sin6_addr,
		&((const struct sockaddr_in6 *)(const void *)b)->sin6_addr, 16) == 0;
}

static bool
is_loopback(const struct sockaddr *a)
{
	const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)(const void *)a;
	const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)a;

	if (a->sa_family == AF_INET)
		return ntohl(in->sin_addr.s_addr) >> 24 == 127;
	return a->sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&six->sin6_addr);
}

/* Is it ours; and which one of ours could others use? */
static void
look_at_own(struct trial_run *r, const struct sockaddr *a)
{
	struct ifaddrs *all, *i;

	r->own_address = is_loopback(a);
	if (getifaddrs(&all) < 0)
		return;
	for (i = all; i != NULL; i = i->ifa_next) {
		if (same_host(i->ifa_addr, a))
			r->own_address = true;
		if (r->own[0] == '\0' && i->ifa_addr != NULL &&
		    i->ifa_addr->sa_family == AF_INET &&
		    (i->ifa_flags & IFF_LOOPBACK) == 0 && (i->ifa_flags & IFF_UP) != 0)
			(void)getnameinfo(i->ifa_addr, sizeof(struct sockaddr_in),
			    r->own, sizeof(r->own), NULL, 0, NI_NUMERICHOST);
	}
	freeifaddrs(all);
}

/* "HOST:PORT:ADDRESS,ADDRESS" for libcurl, which then asks no name server itself. */
static void
put_resolve(struct trial_run *r, const char *host, const char *port,
    const struct addrinfo *list)
{
	char address[64];
	const struct addrinfo *a;
	size_t n;
	int i = 0;

	n = (size_t)snprintf(r->resolve, sizeof(r->resolve), "%s:%s:", host, port);
	for (a = list; a != NULL && i < ADDRESSES_MAX; a = a->ai_next, i++) {
		if (getnameinfo(a->ai_addr, a->ai_addrlen, address, sizeof(address),
			NULL, 0, NI_NUMERICHOST) != 0 ||
		    n + strlen(address) + 2 >= sizeof(r->resolve))
			continue;
		n += (size_t)snprintf(r->resolve + n, sizeof(r->resolve) - n,
		    "%s%s", r->resolve[n - 1] == ':' ? "" : ",", address);
	}
}

static int
unknown(struct trial_run *r, const char *host, int why)
{
	trial_step(r, "name", false, "%s: %s", host, gai_strerror(why));
	(void)trial_fail(r, "host-unknown", "",
	    "No name server that this machine asks knows the name %s (%s).", host,
	    gai_strerror(why));
	if (r->own[0] != '\0')
		trial_todo(r,
		    "Type the address %s instead of the name, or enter the name in "
		    "your router.",
		    r->own);
	else
		trial_todo(r,
		    "Type an address instead of the name, or enter the name in your "
		    "router.");
	return -1;
}

static void
say_address(struct trial_run *r, const char *host, const struct sockaddr *a)
{
	bool literal = strcmp(host, r->address) == 0;
	const char *own = r->own, *address = r->address;

	if (r->own_address && literal)
		trial_step(r, "name", true, "%s, this machine", host);
	else if (r->own_address)
		trial_step(r, "name", true, "%s is %s, this machine", host, address);
	else if (literal && own[0] == '\0')
		trial_step(
		    r, "name", true, "%s, not an address of this machine", host);
	else if (literal)
		trial_step(r, "name", true, "%s, not an address of this machine (%s)",
		    host, own);
	else if (own[0] == '\0')
		trial_step(r, "name", true, "%s is %s, not an address of this machine",
		    host, address);
	else
		trial_step(r, "name", true,
		    "%s is %s, not an address of this machine (%s)", host, address,
		    own);
	if (is_loopback(a))
		err_set(&r->note, ERR_NONE, "",
		    "%.190s means \"this very machine\" to whoever uses it: it works for a "
		    "Home Assistant on this machine only.",
		    host);
}

int
trial_reach(struct trial_run *r)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICSERV },
			*list = NULL;
	struct sockaddr_in none = { .sin_family = AF_UNSPEC };
	char host[300], port[8];
	int why;

	split(r->o.host, host, sizeof(host), port, sizeof(port));
	if ((why = getaddrinfo(host, port, &hints, &list)) != 0) {
		look_at_own(r, (const struct sockaddr *)&none);
		return unknown(r, host, why);
	}
	(void)getnameinfo(list->ai_addr, list->ai_addrlen, r->address,
	    sizeof(r->address), NULL, 0, NI_NUMERICHOST);
	look_at_own(r, list->ai_addr);
	if (strcmp(host, r->address) != 0)
		put_resolve(r, host, port, list);
	say_address(r, host, list->ai_addr);
	freeaddrinfo(list);
	return 0;
}

/* Our daemon listens at one address only, and it is another one. */
static bool
bound_elsewhere(const struct trial_run *r, char *ret, size_t ret_size)
{
	char host[300], port[8];

	split(r->o.bound, host, sizeof(host), port, sizeof(port));
	snprintf(ret, ret_size, "%s", host);
	return host[0] != '\0' && strcmp(host, "0.0.0.0") != 0 &&
	    strcmp(host, "::") != 0 && strcmp(host, r->address) != 0;
}

static bool
is_rtsp(const struct trial_run *r)
{
	return r->o.output == TRIAL_RTSP || r->o.output == TRIAL_RTSP_MJPEG;
}

/* Another machine stands there. */
static int
refused_elsewhere(struct trial_run *r, const char *host, const char *port)
{
	(void)trial_fail(r, "host-other", "",
	    "%s is %s. That is not this machine, and nothing listens there at port %s.",
	    host, r->address, port);
	if (r->own[0] != '\0')
		trial_todo(r,
		    "Use the name or address of the machine that camherd runs on: %s. "
		    "If that one is in front of it (a proxy), let it pass port %s on.",
		    r->own, port);
	else
		trial_todo(r,
		    "Use the name or address of the machine that camherd runs on. If "
		    "that one is in front of it (a proxy), let it pass port %s on.",
		    port);
	return -1;
}

int
trial_refused(struct trial_run *r)
{
	const char *key = is_rtsp(r) ? "[streamd] rtsp_listen" : "[webd] listen";
	char host[300], port[8], at[300];

	split(r->o.host, host, sizeof(host), port, sizeof(port));
	trial_step(r, "connect", false, "%s refuses connections at port %s", r->address,
	    port);
	if (!r->own_address)
		return refused_elsewhere(r, host, port);
	if (bound_elsewhere(r, at, sizeof(at))) {
		(void)trial_fail(r, "listens-elsewhere", "",
		    "%s listens at %s only, so nobody reaches it at %s.",
		    is_rtsp(r) ? "streamd" : "webd", r->o.bound, r->address);
		trial_todo(r,
		    "Set %s to 0.0.0.0:%s in camherd.conf and restart the daemon.", key,
		    port);
	} else {
		(void)trial_fail(r, "port-refused", "",
		    "This machine refuses connections at port %s: nothing listens "
		    "there.",
		    port);
		trial_todo(r,
		    "%s listens at %s (%s). Use that port, or set it to %s and restart "
		    "the daemon.",
		    is_rtsp(r) ? "streamd" : "webd",
		    r->o.bound[0] != '\0' ? r->o.bound : "no port now", key, port);
	}
	return -1;
}

int
trial_silent(struct trial_run *r)
{
	char host[300], port[8];

	split(r->o.host, host, sizeof(host), port, sizeof(port));
	trial_step(r, "connect", false, "no answer from %s at port %s", r->address,
	    port);
	(void)trial_fail(r, "port-silent", "",
	    "Nothing answered at %s, port %s, within %d s: a firewall swallows it, or "
	    "no machine has that address.",
	    r->address, port, TRIAL_CONNECT_MS / 1000);
	if (r->own_address)
		trial_todo(
		    r, "Open port %s (TCP) in this machine's firewall.", port);
	else if (r->own[0] != '\0')
		trial_todo(r,
		    "%s is not this machine, which is %s. Correct the name or address; "
		    "if a router or proxy stands there, let it pass port %s (TCP) on.",
		    r->address, r->own, port);
	else
		trial_todo(r,
		    "%s is not this machine. Correct the name or address; if a router "
		    "or proxy stands there, let it pass port %s (TCP) on.",
		    r->address, port);
	return -1;
}
