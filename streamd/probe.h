/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One look at a camera: what it sends, how fast, and what becomes of it at each output.
 * The camera is opened for it. Main thread.
 */
#ifndef STREAMD_PROBE_H
#define STREAMD_PROBE_H

struct err;
struct hub;
struct loop;
struct probe;
struct source;

/* done is called once, from the loop, with a JSON object: also of a camera that shows
 * nothing, with its state and the reason. The probe is gone then. source is borrowed
 * until this call returns. */
struct probe *probe_start(struct loop *l, struct hub *hub, struct source *source,
    void (*done)(void *arg, const struct err *e, const char *json), void *arg,
    struct err *e);
/* done is not called any more. NULL is fine. */
void probe_free(struct probe *p);

#endif
