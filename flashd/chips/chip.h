/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a chip driver is: it speaks one boot-ROM protocol over a wire and nothing else.
 * Chunking, retries, hashing, progress, cancel belong to the engine. All calls block,
 * with deadlines kept by the wire. Worker process only. Adding a chip:
 * docs/adding-a-chip.md.
 */
#ifndef FLASHD_CHIPS_CHIP_H
#define FLASHD_CHIPS_CHIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;
struct wire;

/* Ways into download mode, in the order in which they are tried. */
enum chip_entry {
	CHIP_ENTRY_ALREADY = 1,		/* the boot ROM answers the sync */
	CHIP_ENTRY_CONSOLE = 2,		/* the firmware's console takes "upgrade" */
	CHIP_ENTRY_POWER = 4,		/* "upgrade" and sync sent over a power-cycle */
	CHIP_ENTRY_STRAPS = 8		/* two pads to ground at power-on */
};

/* How far something was tried, shown beside every button. */
enum chip_tested { CHIP_UNTRIED, CHIP_SIMULATOR, CHIP_HARDWARE };

struct chip_caps {
	unsigned rom_baud;		/* at entry */
	const unsigned *bauds;		/* fastest first, 0 at the end */
	size_t read_unit;		/* most bytes in one read */
	size_t write_unit;		/* most bytes in one write */
	size_t sector;			/* smallest erase */
	unsigned entries;		/* enum chip_entry, or-ed */
	const char *pads;		/* for CHIP_ENTRY_STRAPS: "PB02 and PB03" */
	enum chip_tested identify, read, write;
	unsigned hardware_reports;	/* how many people told us that it works */
};

struct chip_id {
	char chip[33];			/* "xr872" */
	unsigned brom_version;
	uint8_t jedec[3];
	uint64_t flash_size;		/* bytes; 0 = cannot be told */
	bool size_proved;		/* shown by comparing addresses, not only by the id */
	char chip_id[65];		/* eFuse id as hex, or "" */
	char mac[18];			/* "aa:bb:cc:dd:ee:ff" from eFuse or chip id, or "" */
	char mac_source[16];		/* efuse, chip-id, or "" */
	char console[161];		/* what the firmware's console said, or "" */
};

struct chip;

struct chip_driver {
	const char *name;		/* "xr872" */
	const char *title;		/* "XR872 (board XF16)" */
	struct chip_caps caps;
	size_t state_size;		/* allocated and zeroed by chip_new(): no statics */
	/* 1 = in download mode (see chip->entered), 0 = not by this way, -1 = the line
	 * failed. What was seen on the wire goes to chip->seen. */
	int (*enter)(struct chip *c, enum chip_entry way, struct err *e);
	int (*identify)(struct chip *c, struct chip_id *ret, struct err *e);
	/* Ask the ROM for the rate, change the wire, sync again. 0 when both agree on it
	 * or on the fastest lower one that works, which may be the old one: see
	 * wire->baud. -1 when the ROM was lost on the way (ERR_LOST). */
	int (*set_baud)(struct chip *c, unsigned baud, struct err *e);
	/* One unit; at and n are multiples of 512 and n <= read_unit. One try. */
	int (*read)(struct chip *c, uint32_t at, uint8_t *ret, size_t n, struct err *e);
	/* Exactly [at, at + n), both multiples of the sector. One try. */
	int (*erase)(struct chip *c, uint32_t at, size_t n, struct err *e);
	/* Into erased flash. After a failure all of [at, at + n) may hold anything, so
	 * the sectors must be erased again. */
	int (*write)(struct chip *c, uint32_t at, const uint8_t *p, size_t n, struct err *e);
	/* Make the ROM listen again after a failure. 0, or -1 when it stays mute. The
	 * other calls do this by themselves when the call before them failed. */
	int (*resync)(struct chip *c, struct err *e);
	/* Reboot into the firmware; must work half-way. */
	void (*leave)(struct chip *c);
};

/* What came over the line while nothing that we awaited did. */
struct chip_seen {
	uint64_t bytes;			/* in all */
	uint64_t printable;		/* of them, printable ASCII, CR, LF, TAB */
	bool rom;			/* the boot ROM was heard */
	char text[161];			/* the last printable line, escaped */
};

struct chip {
	const struct chip_driver *driver;
	struct wire *wire;		/* borrowed */
	void *state;			/* the driver's, state_size bytes */
	unsigned max_baud;
	/* Set with enter()'s 1: the way that was proved, which may be another than the one
	 * asked for: a ROM that was there all along may be slow to answer. */
	enum chip_entry entered;
	struct chip_seen seen;
};

/* A driver of chips.def by name, or NULL. */
const struct chip_driver *chip_find(const char *name);
/* All drivers, NULL at the end. */
const struct chip_driver *const *chip_drivers(void);
/* Caller frees with chip_free(), which does not close the wire. */
struct chip *chip_new(const struct chip_driver *driver, struct wire *wire, struct err *e);
void chip_free(struct chip *c);

#endif
