/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Cameras that speak RTSP, read by libavformat: one thread per open camera, because it
 * blocks. The pool carries what the threads have to the loop. All calls and call-backs
 * on the main thread.
 */
#ifndef STREAMD_SOURCES_RTSP_PULL_H
#define STREAMD_SOURCES_RTSP_PULL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "streamd/frame.h"

struct err;
struct loop;
struct pull;
struct pull_pool;
struct sockaddr;

struct pull_ops {
	/* May this address, which the name led to, be connected to? 0, or -1 and e. */
	int (*address)(void *arg, const struct sockaddr *to, struct err *e);
	/* It answers and plays; frames of this codec are to come. */
	/* sound: A-law comes beside them. */
	void (*opened)(void *arg, enum codec codec, bool sound);
	/* SPS and PPS, Annex B; before the first unit and when they change. */
	void (*sets)(void *arg, const uint8_t *p, size_t n);
	/* One access unit (SPS and PPS in front of each IDR). Borrowed. */
	void (*unit)(void *arg, struct frame *f);
	/* A whole JPEG, the callee's to free. still: made here from a key frame. */
	void (*jpeg)(void *arg, uint8_t *owned, size_t n, int64_t arrived_us, bool still);
	/* A-law, 8 kHz, mono. Borrowed. */
	void (*sound)(void *arg, const uint8_t *p, size_t n, int64_t arrived_us);
	/* Nothing more comes; the callee calls pull_stop(). */
	void (*ended)(void *arg, const struct err *e);
};

/* Strings are borrowed until pull_start() returns. */
struct pull_config {
	const char *url, *user, *password;
};

struct pull_pool *pull_pool_new(struct loop *l, struct err *e);
/* Ends all threads and waits for them; one that waits for a name server is left to
 * itself. NULL is fine. */
void pull_pool_free(struct pull_pool *pool);

struct pull *pull_start(struct pull_pool *pool, const struct pull_config *c,
    const struct pull_ops *ops, void *arg, struct err *e);
/* Make JPEGs of an H.264 camera's key frames, or stop making them. */
void pull_want_stills(struct pull *p, bool want);
/* No call-back comes after this; the thread ends by itself. NULL is fine. Allowed from
 * inside a call-back. */
void pull_stop(struct pull *p);

#endif
