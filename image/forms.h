/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The ways in which a secret may be written: as it is, reversed, in UTF-16, base64, hex,
 * with the escapes of URLs and of quoted text; a MAC address and a device id also in
 * their other ways; and the search for all of them at once. Pure.
 */
#ifndef IMAGE_FORMS_H
#define IMAGE_FORMS_H

#include "image/found.h"

#define FORM_MAX (4 * FOUND_BYTES_MAX)	/* base64 of UTF-16, %XX for each byte */

struct form {
	const char *name;	/* "base64" */
	uint32_t at;		/* of its bytes, forms.c's own */
	int inside;		/* forms.c's own */
	uint16_t n;		/* bytes of it, <= FORM_MAX */
	uint8_t kind;		/* an enum found_kind */
};

struct forms;

/* For secrets of an image of n bytes, which bounds how many ways are kept; the memory
 * grows with them. NULL without memory. */
struct forms *forms_new(size_t n);
void forms_free(struct forms *forms);	/* NULL is fine */
/* There were more than could be kept, or no memory for them. */
bool forms_full(const struct forms *forms);
/* Forget what was added. */
void forms_clear(struct forms *forms);

/* Is it long and odd enough to be looked for elsewhere? */
bool forms_searchable(const struct found *f);
void forms_add(struct forms *forms, const struct found *f);

/* Call fn for each place where a form stands in p[0, n), overlapping ones, too, of those
 * that begin in one place the longest first. How many of the calls were answered with
 * true. */
unsigned forms_search(struct forms *forms, const uint8_t *p, size_t n,
    bool (*fn)(void *arg, const struct form *f, size_t at), void *arg);

#endif
