/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Proxies in front of webd (see proxy.h). webd's one thread. */
#include "config.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/err.h"
#include "common/nets.h"
#include "common/text.h"
#include "webd/proxy.h"
#include "webd/request.h"

struct proxies {
	struct nets nets;
};

struct proxies *
proxies_new(const char *list, struct err *e)
{
	struct proxies *p = calloc(1, sizeof(*p));

	if (p == NULL) {
		err_sys(e, "read trusted_proxy");
		return NULL;
	}
	if (nets_parse(list, "[webd] trusted_proxy", "trusted-proxy", &p->nets, e) <
	    0) {
		free(p);
		return NULL;
	}
	return p;
}

void
proxies_free(struct proxies *p)
{
	free(p);
}

/* An IPv4 address in IPv6 form, as a socket on [::] shows it, is that IPv4 address. */
static void
unmap(struct nets_address *a)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	uint8_t v4[4];

	if (a->family != AF_INET6 || memcmp(a->b, mapped, 12) != 0)
		return;
	memcpy(v4, a->b + 12, 4);
	memset(a->b, 0, sizeof(a->b));
	memcpy(a->b, v4, 4);
	a->family = AF_INET;
}

static bool
trusts(const struct proxies *p, const struct nets_address *a)
{
	return nets_has(&p->nets, a);
}

bool
proxies_trust(const struct proxies *p, const struct sockaddr *peer)
{
	struct nets_address a;

	if (p == NULL || p->nets.n == 0 || nets_address(peer, &a) < 0)
		return false;
	unmap(&a);
	return trusts(p, &a);
}

void
proxy_add_hops(struct proxy_words *words, const char *value)
{
	size_t n = strlen(words->hops);
	int m = snprintf(
	    words->hops + n, sizeof(words->hops) - n, "%s%s", n > 0 ? "," : "", value);

	if (m < 0 || (size_t)m >= sizeof(words->hops) - n)
		words->overflow = true;
}

/* "192.0.2.1", "192.0.2.1:4711", "2001:db8::1", "[2001:db8::1]:4711". */
static int
parse_hop(const char *s, size_t n, struct nets_address *ret)
{
	char text[64];
	const char *end;
	uint64_t port;

	while (n > 0 && (s[0] == ' ' || s[0] == '\t')) {
		s++;
		n--;
	}
	while (n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\t'))
		n--;
	if (n == 0 || n >= sizeof(text))
		return -1;
	snprintf(text, sizeof(text), "%.*s", (int)n, s);
	if (nets_parse_address(text, ret) == 0)
		return 0;
	end = text[0] == '[' ? strchr(text, ']') : strchr(text, ':');
	if (end == NULL)
		return -1;
	if (text[0] == '[' && end[1] == '\0')
		port = 1;
	else if (text_number(strchr(end, ':') != NULL ? strchr(end, ':') + 1 : "", 1,
		     65535, false, &port) < 0)
		return -1;
	n = (size_t)(end - text);
	text[n] = '\0';
	return nets_parse_address(text[0] == '[' ? text + 1 : text, ret);
}

static void
set_peer(struct request *r, const struct nets_address *a)
{
	struct sockaddr_in *v4 = (void *)&r->peer;
	struct sockaddr_in6 *v6 = (void *)&r->peer;

	memset(&r->peer, 0, sizeof(r->peer));
	if (a->family == AF_INET) {
		v4->sin_family = AF_INET;
		memcpy(&v4->sin_addr, a->b, 4);
	} else {
		v6->sin6_family = AF_INET6;
		memcpy(&v6->sin6_addr, a->b, 16);
	}
}

/* From the right: each hop was written by the one behind it, so the first that is not
 * trusted is the client, whatever stands before it. */
static int
find_client(const struct proxies *p, const char *hops, struct request *r, struct err *e)
{
	struct nets_address a;
	size_t end = strlen(hops), at;

	while (end > 0) {
		for (at = end; at > 0 && hops[at - 1] != ','; at--)
			;
		if (parse_hop(hops + at, end - at, &a) < 0)
			return err_set(e, ERR_USAGE, "bad-forwarded",
			    "The proxy's X-Forwarded-For header holds something that "
			    "is no address.");
		unmap(&a);
		set_peer(r, &a);
		if (!trusts(p, &a))
			return 0;
		end = at > 0 ? at - 1 : 0;
	}
	return 0;
}

int
proxies_apply(const struct proxies *p, const struct proxy_words *words,
    struct request *r, struct err *e)
{
	if (!proxies_trust(p, (const struct sockaddr *)&r->peer))
		return 0;
	if (words->overflow || words->doubled)
		return err_set(e, ERR_USAGE, "bad-forwarded",
		    "The proxy's X-Forwarded headers are too long or doubled.");
	if (words->proto != NULL)
		r->is_secure = strcasecmp(words->proto, "https") == 0;
	r->behind = words->host;
	return find_client(p, words->hops, r, e);
}
