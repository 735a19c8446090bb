/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A raw body on its way into STATE/incoming: <32 hex>.part while it comes, <32 hex>
 * once it is whole and synced. Whatever ends before that leaves nothing behind.
 * webd's one thread.
 */
#ifndef WEBD_UPLOAD_H
#define WEBD_UPLOAD_H

#include <stddef.h>
#include <stdint.h>

struct err;
struct reply;
struct request;
struct upload;
struct web;

#define UPLOAD_MAX (32u * 1024 * 1024)
#define UPLOAD_SPARE_BYTES (64u * 1024 * 1024)	/* left free on the disk, whatever comes */
#define UPLOADS_MAX 1	/* at once */
#define UPLOAD_NAME_LEN 32

/* Judge the length, at most max bytes, and open the file; r->upload is set. 0, or -1
 * with the reply filled in. */
int upload_start(struct web *w, struct request *r, uint64_t max, struct reply *rep);
/* Take n bytes; an error is kept until upload_finish(). */
void upload_write(struct upload *u, const void *p, size_t n);
/* Sync and rename; ret_name[UPLOAD_NAME_LEN + 1]. */
int upload_finish(struct upload *u, char *ret_name, uint64_t *ret_size, struct err *e);
/* Forget it; removes the file unless it was finished. NULL is fine. */
void upload_drop(struct upload *u);

#endif
