/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * H.264 made from a camera's JPEGs: one worker thread per camera with a mailbox of one
 * frame, so that a slow machine lowers the frame rate and never adds delay. The pool
 * holds the budget of encoders. All calls and call-backs on the main thread.
 */
#ifndef STREAMD_H264_H
#define STREAMD_H264_H

#include <stddef.h>
#include <stdint.h>

#include "streamd/frame.h"

struct err;
struct h264;
struct h264_pool;
struct loop;

struct h264_ops {
	/* One access unit (CODEC_H264, Annex B, SPS and PPS in front of each IDR; arrived_us
	 * and number are those of the JPEG). Borrowed; frame_ref() to keep. */
	void (*unit)(void *arg, struct frame *f);
	/* SPS and PPS, Annex B: called before the first unit and after a change of size.
	 * Borrowed until the call returns. */
	void (*sets)(void *arg, const uint8_t *p, size_t n);
	/* No encoder could be opened; nothing more comes. The callee calls h264_stop(). */
	void (*failed)(void *arg, const struct err *e);
};

/* encoder: "auto", "libx264" or "h264_v4l2m2m". max: encoders at a time; 0 = one per
 * CPU core. */
/* What is not "auto" must open; auto falls back to libx264, and says why once. */
struct h264_pool *h264_pool_new(struct loop *l, const char *encoder, unsigned max,
    struct err *e);
/* Ends all workers and waits for them (one frame's time at most). */
void h264_pool_free(struct h264_pool *pool);

/* Start a worker. ERR_REFUSED "encoder-budget" when the budget is spent. name is the
 * camera's, for the log. */
struct h264 *h264_start(struct h264_pool *pool, const char *name,
    const struct h264_ops *ops, void *arg, struct err *e);
/* Put a JPEG into the mailbox; one that was not fetched yet is replaced. */
void h264_push(struct h264 *h, struct frame *jpeg);
/* The next unit becomes an IDR; at most one a second is made so. */
void h264_want_keyframe(struct h264 *h);
struct h264_figures {
	char encoder[24];	/* "libx264"; "" before the first unit */
	double load;		/* share of one core, since the last call */
	uint64_t skipped;	/* pictures that it had no time for, since the last call */
};
void h264_figures(struct h264 *h, struct h264_figures *ret);
/* No call-back comes after this; the thread ends by itself. NULL is fine. Allowed
 * from inside a call-back. */
void h264_stop(struct h264 *h);

#endif
