/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The engine: what a job does with a chip, over any driver. It owns chunking, retries,
 * hashing, progress and cancel; drivers only speak their protocol. One struct engine a
 * job. Worker process, its only thread; every call blocks with deadlines.
 */
#ifndef FLASHD_ENGINE_ENGINE_H
#define FLASHD_ENGINE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flashd/chips/chip.h"
#include "flashd/engine/journal.h"
#include "flashd/engine/report.h"

struct err;
struct order;

#define ENGINE_SECTOR 4096u
#define ENGINE_UNIT_MIN 512u

struct engine {
	struct chip *chip;		/* borrowed; in download mode once entered */
	const struct order *order;	/* borrowed */
	struct report *report;		/* borrowed */
	int out_fd;			/* the dump that is made; -1 = none */
	int image_fd;			/* what is written or compared; -1 = none */
	int safety_fd;			/* what the chip held before; -1 = not resumed */
	struct journal_file journal;	/* writes only */
	bool (*stop_asked)(void *arg);	/* NULL = never */
	void *stop_arg;
	bool hold;			/* no stop now: a sector is erased and not yet written */
	bool entered;
	bool touched;			/* something was erased, now or before a resume */
	bool allowed;			/* the parent knows that this session erases */
	bool mute;			/* it stopped answering, for whatever reason */
	bool other;			/* this is not the camera that the job is about */
	unsigned to_write, done;	/* sectors that the job changes; that are proved */
	uint32_t open_at, open_n;	/* the part that may hold anything; bytes */
	enum chip_entry entry;
	struct chip_id id;
	unsigned baud;			/* as it is on the line */
	/* Reading (transfer.c). */
	size_t unit, unit_max;		/* bytes in one read: now, and of this pass */
	unsigned good_run;		/* reads without a fault in a row */
	int64_t window_us;		/* since when the line is watched */
	uint64_t window_good;
	unsigned window_bad, window_small_good, window_small_bad;
};

/* Do order->kind with a chip that nobody has spoken to yet: enter, work, leave. 0, or
 * -1 with the reason; what happened to the chip is part of the sentence. */
int engine_run(struct engine *g, struct err *e);

/* True when the work shall end here; always false while hold is set. */
bool engine_stop(const struct engine *g);
/* The same as an error "cancelled", for `if (engine_check(g, e) < 0) return -1;`. */
int engine_check(const struct engine *g, struct err *e);

/* The job's image, whole, from image_fd: exactly order->image bytes. Caller frees. */
int engine_image(const struct engine *g, uint8_t **ret, struct err *e);

#endif
