/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Judges addresses of cameras (see netpolicy.h). streamd, main thread. */
#include "config.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/err.h"
#include "common/netpolicy.h"
#include "common/nets.h"

#define OWN_MAX 128

struct netpolicy {
	bool listed; /* by the admin; else the default nets */
	struct nets nets;
	struct nets_one own[OWN_MAX];
	unsigned n_own;
};

static const char default_nets[] = "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 fc00::/7";

struct netpolicy *
netpolicy_new(const char *list, struct err *e)
{
	struct netpolicy *p = calloc(1, sizeof(*p));

	if (p == NULL) {
		err_sys(e, "read camera_networks");
		return NULL;
	}
	if (netpolicy_set(p, list, e) < 0) {
		free(p);
		return NULL;
	}
	return p;
}

int
netpolicy_set(struct netpolicy *p, const char *list, struct err *e)
{
	bool listed = list[strspn(list, " \t")] != '\0';

	if (nets_parse(listed ? list : default_nets, "[streamd] camera_networks",
		"camera-networks", &p->nets, e) < 0)
		return -1;
	p->listed = listed;
	return 0;
}

void
netpolicy_free(struct netpolicy *p)
{
	free(p);
}

void
netpolicy_forget_own(struct netpolicy *p)
{
	p->n_own = 0;
}

int
netpolicy_add_own(struct netpolicy *p, const struct sockaddr *own, unsigned prefix)
{
	struct nets_one *net;

	if (p->n_own == OWN_MAX)
		return -1;
	net = &p->own[p->n_own];
	if (nets_address(own, &net->at) < 0 || prefix > nets_bits(net->at.family))
		return -1;
	net->prefix = prefix;
	p->n_own++;
	return 0;
}

static unsigned
prefix_of(const struct sockaddr *mask, int family)
{
	struct nets_address a;
	unsigned n = 0;

	if (mask == NULL || nets_address(mask, &a) < 0)
		return nets_bits(family);
	while (n < nets_bits(family) && a.b[n / 8] & (0x80 >> n % 8))
		n++;
	return n;
}

int
netpolicy_refresh(struct netpolicy *p, struct err *e)
{
	struct ifaddrs *all, *i;
	int family;

	if (getifaddrs(&all) < 0)
		return err_sys(e, "list this machine's addresses");
	netpolicy_forget_own(p);
	for (i = all; i != NULL; i = i->ifa_next) {
		if (i->ifa_addr == NULL)
			continue;
		family = i->ifa_addr->sa_family;
		if (family == AF_INET || family == AF_INET6)
			(void)netpolicy_add_own(
			    p, i->ifa_addr, prefix_of(i->ifa_netmask, family));
	}
	freeifaddrs(all);
	return 0;
}

static bool
is_loopback(const struct nets_address *a)
{
	static const uint8_t one[16] = { [15] = 1 };

	if (a->family == AF_INET)
		return a->b[0] == 127;
	return memcmp(a->b, one, 16) == 0;
}

static bool
is_link_local(const struct nets_address *a)
{
	if (a->family == AF_INET)
		return a->b[0] == 169 && a->b[1] == 254;
	return a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0x80;
}

/* Addresses that no camera has, whatever is listed. NULL: it may be one. */
static const char *
never_a_camera(const struct nets_address *a)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	static const uint8_t zero[16];

	if (a->family == AF_INET) {
		if (a->b[0] == 0)
			return "no address of a machine";
		if (a->b[0] >= 224)
			return a->b[0] < 240 ? "a multicast address"
					     : "a broadcast or reserved address";
		return NULL;
	}
	if (memcmp(a->b, mapped, 12) == 0)
		return "an IPv4 address in IPv6 form; write it as IPv4";
	if (memcmp(a->b, zero, 12) == 0 && !is_loopback(a))
		return "no address of a machine";
	return a->b[0] == 0xff ? "a multicast address" : NULL;
}

static bool
is_own(const struct netpolicy *p, const struct nets_address *a)
{
	unsigned i;

	for (i = 0; i < p->n_own; i++) {
		if (p->own[i].at.family == a->family &&
		    memcmp(p->own[i].at.b, a->b, sizeof(a->b)) == 0)
			return true;
	}
	return false;
}

/* The broadcast address of an own IPv4 network. */
static bool
is_own_broadcast(const struct netpolicy *p, const struct nets_address *a)
{
	const struct nets_one *net;
	unsigned i, k;

	for (i = 0; a->family == AF_INET && i < p->n_own; i++) {
		net = &p->own[i];
		if (net->prefix > 30 || !nets_inside(a, net))
			continue;
		for (k = net->prefix; k < 32 && a->b[k / 8] & (0x80 >> k % 8); k++)
			;
		if (k == 32)
			return true;
	}
	return false;
}

/* Listed as a single address. */
static bool
in_nets_alone(const struct netpolicy *p, const struct nets_address *a)
{
	unsigned i;

	for (i = 0; i < p->nets.n; i++) {
		if (p->nets.each[i].prefix == nets_bits(a->family) &&
		    nets_inside(a, &p->nets.each[i]))
			return true;
	}
	return false;
}

static bool
in_own_net(const struct netpolicy *p, const struct nets_address *a)
{
	unsigned i;

	for (i = 0; i < p->n_own; i++) {
		if (!is_loopback(&p->own[i].at) && !is_link_local(&p->own[i].at) &&
		    p->own[i].prefix > 0 && nets_inside(a, &p->own[i]))
			return true;
	}
	return false;
}

static int
refuse(const struct nets_address *a, const char *why, struct err *e)
{
	char text[INET6_ADDRSTRLEN] = "?";

	inet_ntop(a->family, a->b, text, sizeof(text));
	return err_set(
	    e, ERR_REFUSED, "address", "not connecting to %s: it is %s", text, why);
}

int
netpolicy_check(const struct netpolicy *p, const struct sockaddr *to, struct err *e)
{
	struct nets_address a;
	const char *never;

	if (nets_address(to, &a) < 0)
		return err_set(e, ERR_REFUSED, "address", "not an internet address");
	if ((never = never_a_camera(&a)) != NULL)
		return refuse(&a, never, e);
	if (is_own_broadcast(p, &a))
		return refuse(&a, "a broadcast address", e);
	if (is_loopback(&a))
		return p->listed && nets_has(&p->nets, &a)
		    ? 0
		    : refuse(&a,
			  "this machine itself; if a camera really is there, add it to "
			  "[streamd] camera_networks",
			  e);
	if (is_own(p, &a))
		return p->listed && in_nets_alone(p, &a)
		    ? 0
		    : refuse(&a,
			  "this machine itself; if a camera really is there, add that "
			  "one address to [streamd] camera_networks",
			  e);
	if (is_link_local(&a) && !p->listed)
		return refuse(&a,
		    "a link-local address; add it to [streamd] camera_networks to "
		    "allow it",
		    e);
	if (nets_has(&p->nets, &a) || (!p->listed && in_own_net(p, &a)))
		return 0;
	return refuse(&a,
	    p->listed ? "outside the networks of [streamd] camera_networks"
		      : "outside your own networks; add its network to [streamd] "
			"camera_networks to allow it",
	    e);
}
