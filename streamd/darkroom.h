/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Work on pictures away from the loop: one thread per bench, with a mailbox of one
 * frame, so that a slow machine loses pictures and never time. All calls and call-backs
 * on the main thread.
 */
#ifndef STREAMD_DARKROOM_H
#define STREAMD_DARKROOM_H

#include <stdbool.h>

#include "streamd/frame.h"

struct bench;
struct darkroom;
struct err;
struct loop;

/* Benches at a time. */
#define DARKROOM_BENCHES_MAX 64

enum dark_work {
	DARK_PLAIN,	/* a form that players read */
	DARK_FIT,	/* a form that RTP carries */
	DARK_SCALE	/* at most so many pixels wide */
};

/* f NULL and e: it could not be done. Borrowed. */
typedef void darkroom_done(void *arg, struct frame *f, const struct err *e);

struct darkroom *darkroom_new(struct loop *l, struct err *e);
/* Ends all threads and waits for them (one picture's time). NULL is fine. */
void darkroom_free(struct darkroom *d);

/* ERR_REFUSED "darkroom-full" when all benches are taken. width: of DARK_SCALE. */
struct bench *bench_new(struct darkroom *d, enum dark_work work, unsigned width,
    darkroom_done *done, void *arg, struct err *e);
/* One JPEG; one that was not begun yet is replaced: true then. */
bool bench_push(struct bench *b, struct frame *f);
/* No call-back comes after this. Allowed inside it. NULL is fine. */
void bench_free(struct bench *b);

#endif
