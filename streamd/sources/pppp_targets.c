/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where PPPP cameras are searched (see pppp_targets.h). Main thread. */
#include "config.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "common/conf.h"
#include "common/err.h"
#include "common/netpolicy.h"
#include "common/text.h"
#include "streamd/sources/pppp_targets.h"
#include "streamd/sources/pppp_wire.h"

static void
add(struct pppp_targets *ts, const struct sockaddr_in *to, struct in_addr mask)
{
	unsigned i;

	for (i = 0; i < ts->n; i++) {
		if (ts->t[i].to.sin_addr.s_addr == to->sin_addr.s_addr &&
		    ts->t[i].to.sin_port == to->sin_port)
			return;
	}
	if (ts->n == PPPP_TARGETS_MAX)
		return;
	ts->t[ts->n].to = *to;
	ts->t[ts->n].mask = mask;
	ts->n++;
}

/* An IPv4 interface that is up: its address and mask. */
static bool
usable(const struct ifaddrs *i, struct in_addr *ret, struct in_addr *ret_mask)
{
	struct sockaddr_in sin;

	if (i->ifa_addr == NULL || i->ifa_addr->sa_family != AF_INET ||
	    i->ifa_netmask == NULL || !(i->ifa_flags & IFF_UP))
		return false;
	memcpy(&sin, i->ifa_addr, sizeof(sin));
	*ret = sin.sin_addr;
	memcpy(&sin, i->ifa_netmask, sizeof(sin));
	*ret_mask = sin.sin_addr;
	return true;
}

static void
add_interfaces(struct pppp_targets *ts, const struct ifaddrs *all)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(PPPP_PORT) };
	struct in_addr own, mask;
	const struct ifaddrs *i;

	for (i = all; i != NULL; i = i->ifa_next) {
		if (!usable(i, &own, &mask) || !(i->ifa_flags & IFF_BROADCAST) ||
		    (i->ifa_flags & IFF_LOOPBACK) || mask.s_addr == UINT32_MAX)
			continue;
		to.sin_addr.s_addr = own.s_addr | ~mask.s_addr;
		add(ts, &to, mask);
	}
}

/* A network's broadcast address may be answered by the network, another one only by
 * itself. */
static void
add_listed(
    struct pppp_targets *ts, const struct ifaddrs *all, const struct sockaddr_in *to)
{
	struct in_addr own, mask, only = { .s_addr = UINT32_MAX };
	const struct ifaddrs *i;

	for (i = all; i != NULL; i = i->ifa_next) {
		if (usable(i, &own, &mask) && mask.s_addr != UINT32_MAX &&
		    (own.s_addr | ~mask.s_addr) == to->sin_addr.s_addr)
			only = mask;
	}
	add(ts, to, only);
}

static int
parse_word(const char *word, struct sockaddr_in *ret)
{
	char host[32];
	const char *colon = strchr(word, ':');
	uint64_t port = PPPP_PORT;
	size_t n = colon != NULL ? (size_t)(colon - word) : strlen(word);

	if (n >= sizeof(host) ||
	    (colon != NULL && text_number(colon + 1, 1, 65535, false, &port) < 0))
		return -1;
	memcpy(host, word, n);
	host[n] = '\0';
	memset(ret, 0, sizeof(*ret));
	ret->sin_family = AF_INET;
	ret->sin_port = htons((uint16_t)port);
	return inet_pton(AF_INET, host, &ret->sin_addr) == 1 ? 0 : -1;
}

bool
pppp_source_is(
    const char *source, const struct sockaddr_in *at, const struct pppp_id *id)
{
	struct pppp_id want;
	struct sockaddr_in to;
	bool here, id_fits = true;
	char text[80];
	size_t n;

	if (strncmp(source, "pppp:", 5) != 0)
		return false;
	source += 5;
	n = strcspn(source, "@");
	if (n > 0) {
		snprintf(text, sizeof(text), "%.*s", (int)(n < 79 ? n : 79), source);
		id_fits = pppp_id_parse(text, &want) == 0 && pppp_id_equal(&want, id);
	}
	if (source[n] != '@' || parse_word(source + n + 1, &to) < 0)
		return n > 0 && id_fits;
	here = to.sin_addr.s_addr == at->sin_addr.s_addr && to.sin_port == at->sin_port;
	return here && id_fits;
}

int
pppp_targets_fill(struct pppp_targets *ts, const char *list, struct err *e)
{
	struct sockaddr_in to;
	struct ifaddrs *all;
	char word[64];
	int r = 0;

	ts->n = 0;
	if (getifaddrs(&all) < 0)
		return err_sys(e, "list the network interfaces");
	while (r == 0 && conf_word(&list, word, sizeof(word))) {
		if (strcmp(word, "auto") == 0)
			add_interfaces(ts, all);
		else if (parse_word(word, &to) == 0)
			add_listed(ts, all, &to);
		else
			r = err_set(e, ERR_USAGE, "discovery",
			    "'%s' is neither auto nor an IPv4 ADDRESS or ADDRESS:PORT",
			    word);
	}
	freeifaddrs(all);
	return r;
}

int
pppp_targets_check(
    const struct pppp_targets *ts, const struct netpolicy *policy, struct err *e)
{
	const struct pppp_target *t;
	bool own_network;

	for (t = ts->t; t < ts->t + ts->n; t++) {
		own_network = t->mask.s_addr != UINT32_MAX &&
		    ntohl(t->to.sin_addr.s_addr) >> 24 != IN_LOOPBACKNET;
		if (!own_network &&
		    netpolicy_check(policy, (const struct sockaddr *)&t->to, e) < 0)
			return -1;
	}
	return 0;
}

void
pppp_targets_one(struct pppp_targets *ts, const struct sockaddr_in *to)
{
	struct in_addr only = { .s_addr = UINT32_MAX };

	ts->n = 0;
	add(ts, to, only);
}

bool
pppp_targets_allow(const struct pppp_targets *ts, const struct sockaddr_in *from)
{
	const struct pppp_target *t;

	for (t = ts->t; t < ts->t + ts->n; t++) {
		if (((from->sin_addr.s_addr ^ t->to.sin_addr.s_addr) &
			t->mask.s_addr) == 0)
			return true;
	}
	return false;
}

int
pppp_socket(struct err *e)
{
	struct sockaddr_in any = { .sin_family = AF_INET };
	int yes = 1, fd;

	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return err_sys(e, "open a socket for cameras");
	(void)setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &yes, sizeof(yes));
	/* A name for answers, before the first search. */
	(void)bind(fd, (struct sockaddr *)&any, sizeof(any));
	return fd;
}

/* A network that is just down is no reason not to search the others. */
void
pppp_targets_send(const struct pppp_targets *ts, int fd, const void *p, size_t n)
{
	unsigned i;

	for (i = 0; i < ts->n; i++)
		(void)sendto(fd, p, n, MSG_DONTWAIT,
		    (const struct sockaddr *)&ts->t[i].to, sizeof(ts->t[i].to));
}
