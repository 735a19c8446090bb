/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Packets in order (see pppp_order.h). Pure; any thread. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "streamd/sources/pppp_order.h"

struct pppp_held {
	int64_t arrived_us;
	size_t n;
	uint8_t p[];
};

/* How far a is ahead of b, around the wrap. */
static int
ahead(uint16_t a, uint16_t b)
{
	return (int16_t)(uint16_t)(a - b);
}

void
pppp_order_init(struct pppp_order *o,
    void (*packet)(void *, const uint8_t *, size_t, bool, int64_t), void *arg)
{
	memset(o, 0, sizeof(*o));
	o->packet = packet;
	o->arg = arg;
}

static void
drop_held(struct pppp_order *o)
{
	unsigned i;

	for (i = 0; i < PPPP_WINDOW && o->n_held > 0; i++) {
		if (o->held[i] == NULL)
			continue;
		free(o->held[i]);
		o->held[i] = NULL;
		o->n_held--;
	}
}

void
pppp_order_fini(struct pppp_order *o)
{
	drop_held(o);
}

static void
hand_out(struct pppp_order *o, const uint8_t *p, size_t n, int64_t arrived_us)
{
	bool gap = o->gap;

	o->gap = false;
	o->next++;
	if (ahead(o->next, o->top) > 0)
		o->top = o->next;
	o->packet(o->arg, p, n, gap, arrived_us);
}

/* Whatever has its turn now. */
static void
release(struct pppp_order *o)
{
	struct pppp_held *h;

	while (o->n_held > 0 && (h = o->held[o->next % PPPP_WINDOW]) != NULL) {
		o->held[o->next % PPPP_WINDOW] = NULL;
		o->n_held--;
		hand_out(o, h->p, h->n, h->arrived_us);
		free(h);
	}
}

/* The awaited packet will not come. */
static void
give_up(struct pppp_order *o)
{
	o->gap = true;
	o->lost++;
	o->next++;
	release(o);
}

static void
hold(struct pppp_order *o, uint16_t index, const uint8_t *p, size_t n, int64_t now_us)
{
	struct pppp_held *h;

	while (o->n_held >= PPPP_HELD_MAX)
		give_up(o);
	/* What was held may have been let go up to here or beyond. */
	if (ahead(index, o->next) < 0 || (h = malloc(sizeof(*h) + n)) == NULL)
		return;
	h->arrived_us = now_us;
	h->n = n;
	if (n > 0)
		memcpy(h->p, p, n);
	o->held[index % PPPP_WINDOW] = h;
	o->n_held++;
	for (; ahead(index, o->top) >= 0; o->top++)
		o->missing_us[o->top % PPPP_WINDOW] = now_us;
	release(o);
}

static void
begin(struct pppp_order *o, uint16_t index)
{
	drop_held(o);
	o->started = true;
	o->next = o->top = index;
	o->far_n = 0;
}

/* An index outside the window: one bogus packet must not move it, a camera that counts
 * anew must. True when it is believed. */
static bool
believe_far(struct pppp_order *o, uint16_t index)
{
	int step = ahead(index, o->far);

	o->foreign++;
	o->far_n = o->far_n > 0 && step > 0 && step < 64 ? o->far_n + 1 : 1;
	o->far = index;
	if (o->far_n < PPPP_JUMP)
		return false;
	begin(o, index);
	o->gap = true;
	return true;
}

void
pppp_order_put(
    struct pppp_order *o, uint16_t index, const uint8_t *p, size_t n, int64_t now_us)
{
	int step;

	/* Cameras count from 0: a little more means that the first ones are late. */
	if (!o->started)
		begin(o, index < PPPP_JUMP ? 0 : index);
	step = ahead(index, o->next);
	if ((step <= -PPPP_WINDOW || step >= PPPP_WINDOW) && believe_far(o, index))
		step = 0;
	if (step <= -PPPP_WINDOW || step >= PPPP_WINDOW)
		return;
	if (step < 0 || (step > 0 && o->held[index % PPPP_WINDOW] != NULL)) {
		o->duplicates++;
	} else if (step > 0) {
		hold(o, index, p, n, now_us);
	} else {
		hand_out(o, p, n, now_us);
		release(o);
	}
}

int64_t
pppp_order_tick(struct pppp_order *o, int64_t now_us)
{
	int64_t due;

	while (o->n_held > 0) {
		due = o->missing_us[o->next % PPPP_WINDOW] + PPPP_HOLE_US;
		if (due > now_us)
			return due;
		give_up(o);
	}
	return INT64_MAX;
}
