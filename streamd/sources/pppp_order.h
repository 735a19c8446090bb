/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Puts the data packets of one PPPP channel in order. Indices are 16 bits and wrap. A
 * packet ahead of its turn is held; a hole is waited for PPPP_HOLE_US, which gives the
 * camera two tries to send it again, then given up. Pure: time comes in. Any thread.
 */
#ifndef STREAMD_SOURCES_PPPP_ORDER_H
#define STREAMD_SOURCES_PPPP_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PPPP_WINDOW 1024	/* indices around the next one that are believed */
#define PPPP_HELD_MAX 512	/* packets held at one time */
#define PPPP_HOLE_US 450000
#define PPPP_JUMP 8		/* neighbours that make a far jump believable; first
				 * packets that may be late */

struct pppp_held;

struct pppp_order {
	/* In order; gap: packets before this one are missing. The bytes are borrowed. */
	void (*packet)(void *arg, const uint8_t *p, size_t n, bool gap,
	    int64_t arrived_us);
	void *arg;
	bool started, gap;
	uint16_t next, top;	/* the index awaited; one behind the highest seen */
	struct pppp_held *held[PPPP_WINDOW];
	int64_t missing_us[PPPP_WINDOW];	/* since when it is known to be late */
	unsigned n_held;
	uint16_t far;		/* the last index outside the window */
	unsigned far_n;
	uint64_t duplicates, lost, foreign;
};

void pppp_order_init(struct pppp_order *o,
    void (*packet)(void *, const uint8_t *, size_t, bool, int64_t), void *arg);
void pppp_order_fini(struct pppp_order *o);
void pppp_order_put(struct pppp_order *o, uint16_t index, const uint8_t *p, size_t n,
    int64_t now_us);
/* Give up what is overdue. Returns when to call again, INT64_MAX for never. */
int64_t pppp_order_tick(struct pppp_order *o, int64_t now_us);

#endif
