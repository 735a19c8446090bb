/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An image for one camera: a donor's firmware with the target's own settings, MAC
 * address and per-device sectors, or with factory defaults. Pure and without chance:
 * the same bytes give the same image.
 */
#ifndef IMAGE_GRAFT_H
#define IMAGE_GRAFT_H

#include "image/image.h"

#define GRAFT_LINES_MAX 32

enum graft_identity {
	GRAFT_KEEP,		/* the target's own */
	GRAFT_BLANK,		/* factory defaults; keys of the device stay its own */
	GRAFT_DONOR		/* the dump as it is */
};

/* What is known of the two cameras beside their bytes; "" = not known. */
struct graft_who {
	char donor_chip_id[65], target_chip_id[65];
	char donor_mac[18];	/* what the donor's chip says, not its flash */
	char target_mac[18];	/* what the target's chip says */
	char mac_source[17];	/* where the target's chip has it from: efuse, chip-id */
	bool same_camera;	/* the library read the dump from the target, as it says */
};

struct graft_line {
	uint32_t at, n;
	char what[16];		/* gone, identity, firmware, settings, device, area, mac, left */
	char from[8];		/* donor, target, blank, made, chip */
	char usual[8];		/* from, had nobody chosen: target, donor, blank; "" = the
				 * line is no part that can be chosen */
	struct err said;
};

/* Whose bytes a part of the image gets that belongs to one device. */
enum graft_choice { GRAFT_FROM_TARGET, GRAFT_FROM_DONOR, GRAFT_FROM_BLANK };

/* What somebody chose, part by part; parts that are not named stay as usual. */
struct graft_choices {
	unsigned n;
	struct {
		uint32_t at;		/* where a line with `usual` begins */
		enum graft_choice from;
	} part[GRAFT_LINES_MAX];
};

/* Where the firmware that will run takes its MAC address from. */
enum graft_mac { GRAFT_MAC_UNKNOWN, GRAFT_MAC_CHIP, GRAFT_MAC_FLASH };

struct graft_report {
	struct graft_line lines[GRAFT_LINES_MAX];
	unsigned n_lines;
	bool as_it_is;		/* the image is the dump, byte for byte */
	bool own;		/* because the dump is the target's own */
	bool gone;		/* the target's identity is gone; said in lines[0] */
	enum graft_mac mac;
	unsigned differs_from_donor, differs_from_target;	/* sectors of 4 KiB */
};

const char *graft_identity_name(enum graft_identity identity);	/* "keep" */
int graft_identity_parse(const char *s, enum graft_identity *ret);	/* 0 or -1 */

/* Whose the byte at `at` of the image is: "donor", "target", "blank", "made", or "own"
 * when the dump is the target's own. */
const char *graft_from(const struct graft_report *r, uint32_t at);

/* "0xfe000=blank,0xff000=donor"; ERR_USAGE "graft-part" says which words there are. */
int graft_choices_parse(const char *s, struct graft_choices *ret, struct err *e);
/* The choice for the part at `at`, or `usual`. choices may be NULL. */
enum graft_choice graft_choice_at(
    const struct graft_choices *choices, uint32_t at, enum graft_choice usual);
/* graft.c's: fill the chosen parts of out, a graft made as usual but for its settings.
 * ERR_USAGE "graft-part" when a choice names no part; it lists them. */
int graft_choose(const struct graft_choices *choices, const uint8_t *donor,
    const uint8_t *target, uint8_t *out, struct graft_report *r, struct err *e);

/* Both images have n bytes, and so has ret. ERR_REFUSED "identity-gone" when the
 * target has no settings left to keep; the sentence says what twins would share.
 * who and choices may be NULL. identity is GRAFT_KEEP or GRAFT_BLANK, and says what is
 * usual; sections of firmware are always the donor's. */
int image_graft(const uint8_t *donor, const uint8_t *target, size_t n,
    enum graft_identity identity, const struct graft_choices *choices,
    const struct graft_who *who, uint8_t *ret, struct graft_report *ret_report,
    struct err *e);

/* What a restore of the dump writes to a camera that holds `target` now: a graft, or
 * the dump as it is: with GRAFT_DONOR, and with GRAFT_KEEP where the dump is this
 * camera's own (its chip ids, else its stored MAC address, else the library tell; an
 * imported file the library does not know). */
int image_restore(const uint8_t *dump, const uint8_t *target, size_t n,
    enum graft_identity identity, const struct graft_who *who, uint8_t *ret,
    struct graft_report *ret_report, struct err *e);

#endif
