/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One connection to streamd's RUN/frames.sock: sends the one request line, reads "ok"
 * or "error", then whole pictures. Non-blocking, on webd's loop.
 */
#ifndef WEBD_UPSTREAM_H
#define WEBD_UPSTREAM_H

#include <stddef.h>
#include <stdint.h>

struct err;
struct loop;
struct upstream;

#define UPSTREAM_PICTURE_MAX (1024 * 1024)

struct upstream_picture {
	const uint8_t *p;	/* borrowed until the call returns */
	size_t n;
	unsigned width, height;
	int64_t arrived_us;
};

struct upstream_ops {
	void (*picture)(void *arg, const struct upstream_picture *picture);
	/* The end, for a reason; the upstream is freed afterwards by its owner, not from
	 * inside this call. */
	void (*ended)(void *arg, const struct err *why);
};

/* verb: "mjpeg" or "snapshot". ended() comes at the latest after wait_ms without a
 * picture. NULL and e (ERR_DOWN) when streamd is not there. */
struct upstream *upstream_open(struct loop *l, const char *run, const char *verb,
    const char *camera, int64_t wait_ms, const struct upstream_ops *ops, void *arg,
    struct err *e);
void upstream_free(struct upstream *u);	/* NULL is fine */

#endif
