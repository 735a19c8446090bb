/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Small pictures of cameras: scaled once in the darkroom and kept for a moment, so that
 * many open pages cost as much as one. Main thread.
 */
#ifndef STREAMD_OUTPUTS_THUMBS_H
#define STREAMD_OUTPUTS_THUMBS_H

#include "streamd/frame.h"

struct darkroom;
struct err;
struct thumb_job;
struct thumbs;

#define THUMB_WIDTH 320
#define THUMB_FRESH_US 3000000

/* NULL: no memory. The darkroom must outlive it. */
struct thumbs *thumbs_new(struct darkroom *d);
void thumbs_free(struct thumbs *t);	/* no job may be left; NULL is fine */

/* The camera's last one when it is young, or made of that very picture; else NULL.
 * picture may be NULL. Borrowed. */
struct frame *thumbs_cached(struct thumbs *t, const char *camera,
    const struct frame *picture);
/* Make one. done is called once, later: f borrowed, or NULL and e. */
struct thumb_job *thumbs_make(struct thumbs *t, const char *camera, struct frame *picture,
    void (*done)(void *arg, struct frame *f, const struct err *e), void *arg,
    struct err *e);
/* done is not called any more. Not after it was. NULL is fine. */
void thumb_job_free(struct thumb_job *j);

#endif
