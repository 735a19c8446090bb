/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Token buckets (see bucket.h). webd's one thread; pure. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "webd/bucket.h"

#define BUCKETS_MAX 1024

/* A bucket is kept as the time at which it would be full again: one number. */
struct bucket {
	uint8_t key[8];
	uint8_t family;
	bool known; /* somebody signed in from there */
	int64_t full_us;
};

struct buckets {
	struct bucket_limits limits;
	int64_t all_full_us;
	unsigned n;
	struct bucket each[BUCKETS_MAX];
};

struct buckets *
buckets_new(const struct bucket_limits *limits)
{
	struct buckets *b = calloc(1, sizeof(*b));

	if (b != NULL)
		b->limits = *limits;
	return b;
}

void
buckets_free(struct buckets *b)
{
	free(b);
}

static void
key_of(const struct sockaddr_storage *peer, uint8_t key[8], uint8_t *family)
{
	const struct sockaddr_in *v4 = (const void *)peer;
	const struct sockaddr_in6 *v6 = (const void *)peer;

	memset(key, 0, 8);
	*family = 0;
	if (peer->ss_family == AF_INET) {
		*family = 4;
		memcpy(key, &v4->sin_addr, 4);
	} else if (peer->ss_family == AF_INET6 &&
	    IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) {
		*family = 4;
		memcpy(key, v6->sin6_addr.s6_addr + 12, 4);
	} else if (peer->ss_family == AF_INET6) {
		*family = 6;
		memcpy(key, v6->sin6_addr.s6_addr, 8);
	}
}

static struct bucket *
find(struct buckets *b, const struct sockaddr_storage *peer)
{
	uint8_t key[8], family;
	unsigned i;

	key_of(peer, key, &family);
	for (i = 0; i < b->n; i++) {
		if (b->each[i].family == family && memcmp(b->each[i].key, key, 8) == 0)
			return &b->each[i];
	}
	return NULL;
}

/* Rather forget a than b? A stranger before somebody known, then the fuller one. */
static bool
forget_before(const struct bucket *a, const struct bucket *b)
{
	return a->known != b->known ? b->known : a->full_us < b->full_us;
}

/* A place for a new address: a free one, else that of whom it costs least to forget. */
static struct bucket *
place(struct buckets *b, const struct sockaddr_storage *peer)
{
	struct bucket *best = &b->each[0];
	unsigned i;

	if (b->n < BUCKETS_MAX) {
		best = &b->each[b->n++];
	} else {
		for (i = 1; i < b->n; i++) {
			if (forget_before(&b->each[i], best))
				best = &b->each[i];
		}
	}
	key_of(peer, best->key, &best->family);
	best->full_us = 0;
	best->known = false;
	return best;
}

/* Microseconds until a bucket that is full at full_us holds one whole try. */
static int64_t
wait_us(int64_t full_us, unsigned burst, int64_t refill_us, int64_t now_us)
{
	int64_t free_us = full_us - (int64_t)(burst - 1) * refill_us;

	return free_us > now_us ? free_us - now_us : 0;
}

unsigned
buckets_wait_s(struct buckets *b, const struct sockaddr_storage *peer, int64_t now_us)
{
	const struct bucket_limits *l = &b->limits;
	const struct bucket *own = find(b, peer);
	int64_t us = wait_us(b->all_full_us, l->all_burst, l->all_refill_us, now_us),
		own_us;

	if (own != NULL && own->known)
		us = 0;
	if (own != NULL) {
		own_us = wait_us(own->full_us, l->burst, l->refill_us, now_us);
		if (own_us > us)
			us = own_us;
	}
	return (unsigned)((us + 999999) / 1000000);
}

static void
take(int64_t *full_us, int64_t refill_us, int64_t now_us)
{
	if (*full_us < now_us)
		*full_us = now_us;
	*full_us += refill_us;
}

void
buckets_take(struct buckets *b, const struct sockaddr_storage *peer, int64_t now_us)
{
	struct bucket *own = find(b, peer);

	if (own == NULL)
		own = place(b, peer);
	take(&own->full_us, b->limits.refill_us, now_us);
	take(&b->all_full_us, b->limits.all_refill_us, now_us);
}

void
buckets_give_back(struct buckets *b, const struct sockaddr_storage *peer, bool known)
{
	struct bucket *own = find(b, peer);

	b->all_full_us -= b->limits.all_refill_us;
	if (own == NULL)
		return;
	own->full_us -= b->limits.refill_us;
	own->known = own->known || known;
}
