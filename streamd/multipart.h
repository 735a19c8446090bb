/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Cuts JPEGs out of what a camera calls multipart/x-mixed-replace. A picture ends at
 * its EOI, found by walking its markers: no length is believed and no boundary waited
 * for. The same bytes give the same pictures however they were split. Pure; one
 * thread.
 */
#ifndef STREAMD_MULTIPART_H
#define STREAMD_MULTIPART_H

#include <stddef.h>
#include <stdint.h>

struct err;
struct multipart;

#define MULTIPART_BOUNDARY_MAX 70	/* RFC 2046 */
#define MULTIPART_HEADER_MAX 4096	/* header lines of one part, bytes */
#define MULTIPART_BETWEEN_MAX (1024 * 1024) /* bytes without a picture in them */

enum multipart_drop {
	MULTIPART_NO_EOI,	/* cut short: its end never came */
	MULTIPART_TOO_BIG,	/* more than FRAME_BYTES_MAX */
	MULTIPART_BROKEN,	/* impossible markers */
	MULTIPART_DROPS
};

struct multipart_ops {
	/* A whole JPEG, SOI to EOI; malloc()ed, the callee's to free. arrived_us: when its
	 * first byte came. Must not free the parser. */
	void (*frame)(void *arg, uint8_t *owned, size_t n, int64_t arrived_us);
	void (*drop)(void *arg, enum multipart_drop why);
};

/* boundary as multipart_boundary() gave it; "" = not known. NULL when out of memory. */
struct multipart *multipart_new(const char *boundary, const struct multipart_ops *ops,
    void *arg);
void multipart_free(struct multipart *m);	/* NULL is fine */

/* 0, or -1 when this is no stream of pictures (names "camera-no-pictures",
 * "camera-header"); feed nothing more then. */
int multipart_feed(struct multipart *m, const uint8_t *p, size_t n, int64_t now_us,
    struct err *e);

/* The boundary of a Content-Type, quoted or not, without its leading dashes; "" when
 * there is none or it is too long. ret holds MULTIPART_BOUNDARY_MAX + 1 bytes. */
void multipart_boundary(const char *content_type, char *ret);
/* "no-eoi", "too-big", "broken". */
const char *multipart_drop_name(enum multipart_drop why);

#endif
