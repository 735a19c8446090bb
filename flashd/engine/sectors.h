/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Writing, sector by sector: skip what is equal, else erase, write, read back; the boot
 * section last and its header last of all, so that a cut leaves either the old boot
 * section or none (the ROM then stays in download mode). Worker process only.
 */
#ifndef FLASHD_ENGINE_SECTORS_H
#define FLASHD_ENGINE_SECTORS_H

#include <stddef.h>
#include <stdint.h>

struct engine;
struct err;

struct sectors {
	struct engine *g;
	uint8_t *have;		/* what the chip holds; follows what is written */
	const uint8_t *want;
	size_t n;		/* bytes, a multiple of 4 KiB */
	size_t boot;		/* [0, boot) holds the boot section; 0 = none */
	const uint8_t *before;	/* enum journal_state of each; NULL = all pending */
	unsigned erased, written, verified, skipped;	/* sectors */
};

/* Make the chip hold `want`. The parent is told before the first erase, the journal
 * before each. Counts are of the whole job, what was done before a resume included,
 * and right also after a failure. */
int sectors_write(struct sectors *s, struct err *e);
/* Sectors that differ. */
size_t sectors_differ(const struct sectors *s);

#endif
