/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * SPI NOR parts by their JEDEC id: name and size. Data, no code that talks to
 * anything. Any process, any thread.
 */
#ifndef FLASHD_PARTS_H
#define FLASHD_PARTS_H

#include <stdbool.h>
#include <stdint.h>

struct part {
	uint8_t jedec[3];
	const char *name;
	uint32_t size;		/* bytes */
};

/* The part with this id, or NULL. Ids are shared between makers' revisions, so the
 * name is a hint for people. */
const struct part *part_find(const uint8_t jedec[3]);
/* Bytes: by the table, else by the usual rule (2 to the third byte); 0 = cannot be
 * told. */
uint32_t part_size(const uint8_t jedec[3]);
/* True for the answers of an empty socket or a broken joint: all 00 or all FF. */
bool part_absent(const uint8_t jedec[3]);

#endif
