/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How often something may go wrong: a bucket of tries per address (an IPv4 address or
 * an IPv6 /64) and one for all together. Nobody is locked out for good: tries come
 * back with time. webd's one thread.
 */
#ifndef WEBD_BUCKET_H
#define WEBD_BUCKET_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

struct buckets;

struct bucket_limits {
	unsigned burst;		/* tries of one address at first */
	int64_t refill_us;	/* one more after this */
	unsigned all_burst;	/* the same for all addresses together */
	int64_t all_refill_us;
};

struct buckets *buckets_new(const struct bucket_limits *limits);	/* NULL: no memory */
void buckets_free(struct buckets *b);
/* Seconds until this address may try again; 0 = now. Takes nothing. */
unsigned buckets_wait_s(struct buckets *b, const struct sockaddr_storage *peer,
    int64_t now_us);
/* One try of this address is used up. */
void buckets_take(struct buckets *b, const struct sockaddr_storage *peer, int64_t now_us);
/* It was none after all. known: somebody signed in from there, so that strangers
 * elsewhere, who use up the tries of all together, do not keep this address out. */
void buckets_give_back(struct buckets *b, const struct sockaddr_storage *peer,
    bool known);

#endif
