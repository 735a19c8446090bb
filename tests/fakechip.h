/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A chip in memory behind the driver interface: NOR flash where a write can only clear
 * bits, and faults by number. For tests of the engine without a line. Tests only.
 */
#ifndef TESTS_FAKECHIP_H
#define TESTS_FAKECHIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flashd/chips/chip.h"
#include "flashd/engine/engine.h"
#include "flashd/order.h"
#include "flashd/wire.h"

#define FAKE_OPS_MAX 200000

/* A worker that is killed, or whose machine or chip loses its power, at an event. */
enum fake_when { FAKE_BEFORE, FAKE_TORN, FAKE_AFTER };
struct fake_world {
	unsigned events;	/* so far: erases, writes, calls of the journal */
	unsigned end_at;	/* 0 = never */
	enum fake_when when;
	bool armed;		/* from the journal's first call on */
	bool ended;
	uint8_t *synced;	/* the journal as it was synced last */
	size_t n_synced;
};

struct fake {
	uint8_t *flash;
	size_t n;
	/* What was asked of it, one letter each: R read, E erase, W write, S resync,
	 * B baud, L leave. */
	char *ops;
	size_t n_ops;
	unsigned erases, writes, reads;	/* commands; erases: sectors of 4 KiB */
	uint32_t last_write;		/* address of the last write command */
	uint32_t erased_at[4096];	/* sectors in the order of their erase */
	size_t n_erased;
	/* Faults; 0 = none. */
	unsigned seed;
	unsigned flip_per_million;	/* a byte that is read is wrong and nobody notices */
	unsigned fail_read;		/* so many reads in a row fail */
	size_t most_read;		/* reads larger than this fail */
	unsigned fail_per_cent;		/* of all reads */
	unsigned lie_writes;		/* so many writes are confirmed and not done */
	unsigned short_writes;		/* so many stop half-way and are confirmed */
	unsigned fail_erases;		/* so many erases report a failure */
	bool stuck;			/* the bits of stuck_mask at stuck_at stay clear */
	size_t stuck_at;
	uint8_t stuck_mask;
	unsigned best_baud;		/* rates above fail; 0 = all work */
	size_t lost_at_op, stop_at_op;
	bool mute;			/* no way in */
	bool unproved;			/* the size is not proved */
	const char *chip_id;		/* NULL = the ROM tells none */
	uint8_t maker;			/* of the JEDEC id; 0 = 5e */
	struct fake_world *world;	/* NULL = it does not end */
};

extern const struct chip_driver fake_driver;

/* A session: engine, order, report and the parent's end of the pair. */
struct fake_session {
	struct fake chip_state;
	struct wire wire;		/* only its rate counts */
	struct chip chip;
	struct order order;
	struct report report;
	struct engine engine;
	int pair[2];
	char *said;			/* all lines, after fake_run() */
	struct err e;
};

extern const struct journal_ops fake_journal_ops;	/* arg: struct fake_world * */
/* May this event be? false: no. *ret_last: the world ends with it, half done (FAKE_TORN)
 * or done and not heard of (FAKE_AFTER). */
bool fake_world_event(struct fake_world *w, bool *ret_last);

/* kind of work over a copy of flash[0, n). image may be NULL. */
void fake_init(struct fake_session *s, const char *kind, const uint8_t *flash, size_t n,
    const uint8_t *image, size_t image_n);
void fake_fini(struct fake_session *s);
/* engine_run(), the parent answering "go" to all. Lines into said; fails the test when
 * one of them is not of the table. */
int fake_run(struct fake_session *s);
/* The dump that the engine wrote equals these bytes. */
bool fake_dumped(const struct fake_session *s, const uint8_t *p, size_t n);

#endif
