/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists of networks (see nets.h). Pure; any thread. */
#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "common/conf.h"
#include "common/err.h"
#include "common/nets.h"
#include "common/text.h"

unsigned
nets_bits(int family)
{
	return family == AF_INET ? 32 : 128;
}

int
nets_address(const struct sockaddr *sa, struct nets_address *ret)
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	memset(ret, 0, sizeof(*ret));
	ret->family = sa->sa_family;
	if (sa->sa_family == AF_INET) {
		memcpy(&in, sa, sizeof(in));
		memcpy(ret->b, &in.sin_addr, 4);
		return 0;
	}
	if (sa->sa_family == AF_INET6) {
		memcpy(&in6, sa, sizeof(in6));
		memcpy(ret->b, &in6.sin6_addr, 16);
		return 0;
	}
	return -1;
}

int
nets_parse_address(const char *s, struct nets_address *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (inet_pton(AF_INET, s, ret->b) == 1)
		ret->family = AF_INET;
	else if (inet_pton(AF_INET6, s, ret->b) == 1)
		ret->family = AF_INET6;
	else
		return -1;
	return 0;
}

bool
nets_inside(const struct nets_address *a, const struct nets_one *net)
{
	unsigned whole = net->prefix / 8, rest = net->prefix % 8;
	uint8_t mask = (uint8_t)(0xff00 >> rest);

	if (a->family != net->at.family || memcmp(a->b, net->at.b, whole) != 0)
		return false;
	return rest == 0 || (a->b[whole] & mask) == (net->at.b[whole] & mask);
}

bool
nets_has(const struct nets *nets, const struct nets_address *a)
{
	unsigned i;

	for (i = 0; i < nets->n; i++) {
		if (nets_inside(a, &nets->each[i]))
			return true;
	}
	return false;
}

static int
parse_one(const char *word, struct nets_one *ret)
{
	char text[64];
	char *slash;
	uint64_t prefix;

	snprintf(text, sizeof(text), "%s", word);
	if ((slash = strchr(text, '/')) != NULL)
		*slash = '\0';
	if (nets_parse_address(text, &ret->at) < 0)
		return -1;
	prefix = nets_bits(ret->at.family);
	if (slash != NULL && text_number(slash + 1, 0, prefix, false, &prefix) < 0)
		return -1;
	ret->prefix = (unsigned)prefix;
	return 0;
}

int
nets_parse(const char *list, const char *key, const char *name, struct nets *ret,
    struct err *e)
{
	struct nets all = { .n = 0 };
	char word[64];

	while (conf_word(&list, word, sizeof(word))) {
		if (all.n == NETS_MAX)
			return err_set(e, ERR_USAGE, name,
			    "%s names more than %d networks", key, NETS_MAX);
		if (parse_one(word, &all.each[all.n]) < 0)
			return err_set(e, ERR_USAGE, name,
			    "%s: '%s' is no network; write it as 192.168.1.0/24 or "
			    "fd00::/8",
			    key, word);
		all.n++;
	}
	*ret = all;
	return 0;
}
