/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Text inside an image: runs of printable ASCII, and words or bytes that somebody looks
 * for. One pass over the bytes each, so that 32 MiB take no noticeable time. Pure.
 */
#ifndef IMAGE_STRINGS_H
#define IMAGE_STRINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STRINGS_MIN 2u		/* shortest run that can be asked for */
#define STRINGS_KNOWN_MAX 262144u	/* strings that strings_only() tells apart */

struct image_string {
	size_t at, n;
};

/* The next run of at least min printable characters that begins at `from` or later.
 * False when there is none. */
bool strings_next(const uint8_t *p, size_t n, size_t from, size_t min,
    struct image_string *ret);
/* The same in UTF-16, little-endian: n counts characters of two bytes. */
bool strings_next_wide(const uint8_t *p, size_t n, size_t from, size_t min,
    struct image_string *ret);
/* Is the word (letters as they are) inside it? */
bool strings_holds(const uint8_t *p, const struct image_string *s, const char *word);

enum strings_how {
	STRINGS_BYTES,	/* exactly these */
	STRINGS_TEXT,	/* ASCII letters in either case */
	STRINGS_WIDE	/* the same in UTF-16, little-endian */
};

/* Where the needle stands next, or n. */
size_t strings_find(const uint8_t *p, size_t n, size_t from, const uint8_t *needle,
    size_t n_needle, enum strings_how how);

/* Strings of a that stand nowhere in b, at most max of them; ret_more: there are more,
 * or too many in b to tell. The count, or -1 without memory. */
int strings_only(const uint8_t *a, size_t na, const uint8_t *b, size_t nb, size_t min,
    struct image_string *ret, unsigned max, bool *ret_more);

#endif
