/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An image for one camera: a donor's firmware with the target's own settings, MAC
 * address and per-device sectors, or with factory defaults. Pure.
 */
#ifndef IMAGE_GRAFT_H
#define IMAGE_GRAFT_H

#include "image/image.h"

#define GRAFT_LINES_MAX 32

enum graft_identity { GRAFT_KEEP, GRAFT_BLANK };

struct graft_line {
	uint32_t at, n;
	char what[16];		/* firmware, settings, device, area, mac */
	char from[8];		/* donor, target, blank, made */
	char text[240];
};

struct graft_report {
	struct graft_line lines[GRAFT_LINES_MAX];
	unsigned n_lines;
	unsigned differs_from_donor, differs_from_target;	/* sectors of 4 KiB */
};

/* Both images have n bytes, and so has ret. ERR_REFUSED "identity-gone" when the
 * target has no settings left to keep; the sentence says what twins would share.
 * efuse_mac: the target's MAC where the chip itself knows one, or "". */
int image_graft(const uint8_t *donor, const uint8_t *target, size_t n,
    enum graft_identity identity, const char *efuse_mac, uint8_t *ret,
    struct graft_report *ret_report, struct err *e);

#endif
