/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A person's photograph made fit to be kept: decoded, turned upright, scaled down and
 * encoded anew from its pixels alone, so that nothing of the file that was sent is in
 * it: no place, time, owner, comment or thumbnail. By libjpeg-turbo, within
 * PHOTO_JPEG_MEMORY. Pure; any thread, but no event loop's: it takes up to a second.
 */
#ifndef IMAGE_PHOTO_JPEG_H
#define IMAGE_PHOTO_JPEG_H

#include <stddef.h>
#include <stdint.h>

struct err;

#define PHOTO_JPEG_BYTES_MAX (12u * 1024 * 1024)	/* of the file that comes in */
#define PHOTO_JPEG_SIDE_MAX 16384	/* of what comes in; phones have up to 16,320 */
#define PHOTO_JPEG_PIXELS_MAX (120u * 1000 * 1000)
#define PHOTO_JPEG_LONG 1600	/* the longer side of what is kept; never scaled up */
#define PHOTO_JPEG_THUMB 320	/* the same of the small one */
#define PHOTO_JPEG_MEMORY (48L * 1024 * 1024)	/* what libjpeg may take */

struct photo_jpeg {
	uint8_t *p;		/* the picture */
	size_t n;
	unsigned width, height;
	uint8_t *thumb;		/* the same, small */
	size_t n_thumb;
};

/* Size is asked for before a pixel is decoded. Refused with the reason: "photo-heic",
 * "photo-png", "photo-not-jpeg", "photo-size", "photo-colours", "photo-broken". Release
 * with photo_jpeg_fini(). */
int photo_jpeg_make(const uint8_t *p, size_t n, struct photo_jpeg *ret, struct err *e);
void photo_jpeg_fini(struct photo_jpeg *j);

#endif
