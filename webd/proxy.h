/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a proxy in front says about its client: X-Forwarded-For, -Proto and -Host, taken
 * from the addresses of [webd] trusted_proxy only; from anybody else they are noise.
 * webd's one thread.
 */
#ifndef WEBD_PROXY_H
#define WEBD_PROXY_H

#include <stdbool.h>
#include <stddef.h>

struct err;
struct proxies;
struct request;
struct sockaddr;

/* The headers of one request as they came. */
struct proxy_words {
	char hops[1024];	/* all X-Forwarded-For, in their order, with commas */
	const char *proto, *host;	/* borrowed; NULL = absent */
	bool overflow;		/* hops did not fit */
	bool doubled;		/* more than one proto or host */
};

/* list: [webd] trusted_proxy. NULL and e. */
struct proxies *proxies_new(const char *list, struct err *e);
void proxies_free(struct proxies *p);	/* NULL is fine */
bool proxies_trust(const struct proxies *p, const struct sockaddr *peer);

void proxy_add_hops(struct proxy_words *words, const char *value);
/* r->peer becomes the client behind the proxy, r->behind the name that it asked for,
 * r->is_secure what it spoke. 0, or -1 and e: a trusted proxy makes no sense. */
int proxies_apply(const struct proxies *p, const struct proxy_words *words,
    struct request *r, struct err *e);

#endif
