/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counted, immutable bytes that many clients are sent: a picture's part, an event.
 * webd's one thread. */
#ifndef WEBD_BLOB_H
#define WEBD_BLOB_H

#include <stddef.h>

struct blob {
	size_t refs;	/* private to blob.c */
	size_t n;
	char p[];
};

/* Room for n bytes, to be filled by the caller before anyone else sees it. One
 * reference for the caller; NULL when out of memory. */
struct blob *blob_new(size_t n);
struct blob *blob_ref(struct blob *b);
void blob_unref(struct blob *b);	/* NULL is fine */

#endif
