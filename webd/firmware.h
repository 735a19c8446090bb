/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which firmware each camera has, as its newest dump says, and who has another one than
 * its siblings: cameras of the same chip, flash chip and flash size. Dumps are looked into
 * once, one after the other, by the worker (work.h); what was found is kept in memory.
 * webd's one thread.
 */
#ifndef WEBD_FIRMWARE_H
#define WEBD_FIRMWARE_H

#include <jansson.h>
#include <stdint.h>

struct err;
struct firmwares;
struct herd;
struct web;

struct firmwares *firmwares_new(struct web *w);	/* NULL: no memory */
void firmwares_free(struct firmwares *f);	/* after worker_stop(); NULL is fine */
/* Grows when a dump was looked into: what is told of cameras may have changed. */
int64_t firmwares_count(const struct firmwares *f);

/* All cameras compared, as far as their dumps are known; asks for the rest. Kept until the
 * inventory changes or more is known: borrowed until the next turn of the loop. NULL and e
 * on failure. */
const struct herd *herd_now(struct web *w, struct err *e);
/* Into doc: "backup" (null, or the newest dump that was read here), "firmware" (null, or "label" and "sections") and "differs" (null, or from whom
 * and in which sections). */
void herd_put(const struct herd *h, int64_t camera_id, json_t *doc);

#endif
