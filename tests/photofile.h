/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Photographs as phones send them, with all that must not be kept. Tests only; pure. */
#ifndef TESTS_PHOTOFILE_H
#define TESTS_PHOTOFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PHOTOFILE_SECRET "N52 13.777 E21 00.733"	/* stands in every marker */

struct photofile {
	unsigned width, height;
	unsigned orientation;	/* 0 = no EXIF at all */
	bool big;		/* EXIF in big endian */
	bool progressive, grey, cmyk;
	bool secrets;		/* EXIF, XMP, IPTC, ICC, a comment, a tail behind the end */
};

/* Four quarters: red, green, blue (left below), white. Caller frees. */
uint8_t *photofile_make(const struct photofile *f, size_t *ret_n);
/* 'r', 'g', 'b', 'w' in the middle of a quarter: 0 = left above, 1 = right above, 2 =
 * left below, 3 = right below. ret_width and ret_height of the picture. */
char photofile_quarter(const uint8_t *p, size_t n, unsigned quarter, unsigned *ret_width,
    unsigned *ret_height);

#endif
