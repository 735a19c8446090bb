/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What streamd says of all cameras, read at once. webd's one thread. */
#ifndef WEBD_STREAMS_H
#define WEBD_STREAMS_H

#include <stdint.h>

struct live;
struct live_stream;
struct streams;

/* NULL: no memory, or live.db cannot be read now: then streamd has said nothing. */
struct streams *streams_read(struct live *live);
void streams_free(struct streams *s);	/* NULL is fine */
/* Never NULL: all zero where nothing is known. Borrowed from s. */
const struct live_stream *streams_of(const struct streams *s, int64_t camera_id);
/* By camera id; NULL behind the last one. Borrowed from s. */
const struct live_stream *streams_at(const struct streams *s, unsigned i);

#endif
