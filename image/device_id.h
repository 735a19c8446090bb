/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Device ids as cameras carry them: three to eight capitals, a number, five capitals.
 * Whoever knows one can ask the maker's cloud for the camera. As text with or without
 * dashes, and as the 20 bytes that travel on the network. Pure.
 */
#ifndef IMAGE_DEVICE_ID_H
#define IMAGE_DEVICE_ID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DEVICE_ID_WIRE 20u
#define DEVICE_ID_TEXTS 4u
#define DEVICE_ID_TEXT_MAX 40u

struct device_id {
	char prefix[9], check[6];
	uint64_t serial;
};

/* The length of the id that begins at p as text and ends with its word; 0 = none does. */
size_t device_id_match(const uint8_t *p, size_t n, struct device_id *ret);
/* The same for the 20 bytes; 0 or DEVICE_ID_WIRE. */
size_t device_id_read(const uint8_t *p, size_t n, struct device_id *ret);

/* With dashes and the serial in six digits: "ABCD-001234-EFGHI". */
void device_id_format(const struct device_id *id, char ret[DEVICE_ID_TEXT_MAX]);
/* The ways of writing it as text, with and without dashes and leading zeroes. */
void device_id_texts(
    const struct device_id *id, char ret[DEVICE_ID_TEXTS][DEVICE_ID_TEXT_MAX]);
void device_id_wire(const struct device_id *id, uint8_t ret[DEVICE_ID_WIRE]);

#endif
