/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counted pictures (see frame.h). streamd; any thread. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "streamd/frame.h"

struct frame *
frame_take(enum codec codec, uint8_t *owned, size_t n)
{
	struct frame *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return NULL;
	f->codec = codec;
	f->data = owned;
	f->owned = owned;
	f->n = n;
	f->keyframe = codec != CODEC_H264;
	f->refs = 1;
	return f;
}

struct frame *
frame_new(enum codec codec, const void *data, size_t n)
{
	uint8_t *copy = malloc(n > 0 ? n : 1);
	struct frame *f;

	if (copy == NULL)
		return NULL;
	if (n > 0)
		memcpy(copy, data, n);
	if ((f = frame_take(codec, copy, n)) == NULL)
		free(copy);
	return f;
}

struct frame *
frame_ref(struct frame *f)
{
	__atomic_add_fetch(&f->refs, 1, __ATOMIC_RELAXED);
	return f;
}

void
frame_unref(struct frame *f)
{
	if (f == NULL || __atomic_sub_fetch(&f->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	if (f->rtp != NULL)
		f->rtp_free(f->rtp);
	free(f->owned);
	free(f);
}
