/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists of networks and addresses, as a configuration names them. Pure; any thread. */
#ifndef COMMON_NETS_H
#define COMMON_NETS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct err;

#define NETS_MAX 64

/* IPv4 in the first four bytes. */
struct nets_address {
	int family;
	uint8_t b[16];
};

struct nets_one {
	struct nets_address at;
	unsigned prefix;
};

struct nets {
	unsigned n;
	struct nets_one each[NETS_MAX];
};

/* 0, or -1: neither IPv4 nor IPv6. */
int nets_address(const struct sockaddr *sa, struct nets_address *ret);
/* "10.0.0.1", "fd00::1". 0, or -1. */
int nets_parse_address(const char *s, struct nets_address *ret);
unsigned nets_bits(int family);	/* 32 or 128 */

/* CIDRs or single addresses separated by spaces. key ("[webd] trusted_proxy") stands in
 * the sentence of e, name is its machine name. 0, or -1 with ret untouched. */
int nets_parse(const char *list, const char *key, const char *name, struct nets *ret,
    struct err *e);
bool nets_inside(const struct nets_address *a, const struct nets_one *net);
bool nets_has(const struct nets *nets, const struct nets_address *a);

#endif
