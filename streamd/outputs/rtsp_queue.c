/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The output queue of one RTSP client (see rtsp_queue.h). streamd, main thread. A frame
 * that has begun is never cut, because the client could not find the next packet; what
 * has not begun may go at any time.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include "streamd/outputs/rtp_pack.h"
#include "streamd/outputs/rtsp_queue.h"

struct rtsp_item {
	STAILQ_ENTRY(rtsp_item) entry;
	struct frame *frame; /* NULL: text */
	const uint8_t *p; /* the frame's run, or own */
	size_t n, at;
	uint8_t own[];
};

void
rtsp_queue_init(struct rtsp_queue *q)
{
	memset(q, 0, sizeof(*q));
	STAILQ_INIT(&q->items);
}

static bool
is_picture(const struct rtsp_item *i)
{
	return i->frame != NULL && i->frame->codec != CODEC_ALAW;
}

static void
remove_item(struct rtsp_queue *q, struct rtsp_item *i)
{
	STAILQ_REMOVE(&q->items, i, rtsp_item, entry);
	q->bytes -= i->n - i->at;
	if (is_picture(i)) {
		q->frame_bytes -= i->n - i->at;
		q->frames--;
	} else if (i->frame != NULL) {
		q->sounds--;
	} else {
		q->text_bytes -= i->n - i->at;
	}
	frame_unref(i->frame);
	free(i);
}

void
rtsp_queue_fini(struct rtsp_queue *q)
{
	while (!STAILQ_EMPTY(&q->items))
		remove_item(q, STAILQ_FIRST(&q->items));
}

/* An item with a copy of the bytes, or (frame, channel 0) pointing at the run. */
static struct rtsp_item *
add_item(struct rtsp_queue *q, const uint8_t *p, size_t n, bool copy)
{
	struct rtsp_item *i = malloc(sizeof(*i) + (copy ? n : 0));

	if (i == NULL)
		return NULL;
	memset(i, 0, sizeof(*i));
	if (copy) {
		memcpy(i->own, p, n);
		p = i->own;
	}
	i->p = p;
	i->n = n;
	STAILQ_INSERT_TAIL(&q->items, i, entry);
	q->bytes += n;
	return i;
}

int
rtsp_queue_text(struct rtsp_queue *q, const void *p, size_t n)
{
	if (add_item(q, p, n, true) == NULL)
		return -1;
	q->text_bytes += n;
	return 0;
}

/* The newest picture that was not begun, or NULL. */
static struct rtsp_item *
newest_unsent(struct rtsp_queue *q)
{
	struct rtsp_item *i, *found = NULL;

	STAILQ_FOREACH (i, &q->items, entry) {
		if (is_picture(i) && i->at == 0)
			found = i;
	}
	return found;
}

static const struct frame *
oldest(const struct rtsp_queue *q)
{
	struct rtsp_item *i;

	STAILQ_FOREACH (i, &q->items, entry) {
		if (is_picture(i))
			return i->frame;
	}
	return NULL;
}

static bool
too_much(const struct rtsp_queue *q, const struct frame *f, const struct rtp_run *run)
{
	const struct frame *first = oldest(q);

	/* One unit alone may be larger than the bound: it has to go out somehow. */
	if (first == NULL)
		return false;
	return q->frame_bytes + run->n > RTSP_QUEUE_BYTES ||
	    q->frames >= RTSP_QUEUE_UNITS ||
	    f->arrived_us - first->arrived_us > RTSP_QUEUE_US;
}

void
rtsp_queue_drop_frames(struct rtsp_queue *q)
{
	struct rtsp_item *i, *next;

	for (i = STAILQ_FIRST(&q->items); i != NULL; i = next) {
		next = STAILQ_NEXT(i, entry);
		if (i->frame == NULL || i->at > 0)
			continue;
		q->dropped += is_picture(i);
		remove_item(q, i);
	}
	q->want_key = true;
}

/* Make room by the codec's rule. */
static enum rtsp_queued
make_room(struct rtsp_queue *q, struct frame *f, const struct rtp_run *run)
{
	struct rtsp_item *old;

	if (f->codec == CODEC_ALAW)
		return q->sounds < RTSP_QUEUE_SOUNDS ? RTSP_QUEUED : RTSP_QUEUE_PASSED;
	if (f->codec == CODEC_JPEG) {
		if (q->frames >= RTSP_QUEUE_JPEGS && (old = newest_unsent(q)) != NULL) {
			remove_item(q, old);
			q->dropped++;
		}
		return RTSP_QUEUED;
	}
	if (too_much(q, f, run)) {
		rtsp_queue_drop_frames(q);
		/* The frame at hand may be the key frame itself. */
		if (!f->keyframe || q->frames > 0) {
			q->dropped++;
			return RTSP_QUEUE_LOST;
		}
	}
	if (q->want_key && !f->keyframe) {
		q->dropped += q->began;
		return RTSP_QUEUE_PASSED;
	}
	return RTSP_QUEUED;
}

enum rtsp_queued
rtsp_queue_frame(
    struct rtsp_queue *q, struct frame *f, const struct rtp_run *run, uint8_t channel)
{
	enum rtsp_queued r = make_room(q, f, run);
	struct rtsp_item *i;

	if (r != RTSP_QUEUED)
		return r;
	if ((i = add_item(q, run->data, run->n, channel != 0)) == NULL)
		return RTSP_QUEUE_NO_MEMORY;
	if (channel != 0)
		rtp_set_channel(i->own, i->n, channel);
	i->frame = frame_ref(f);
	if (!is_picture(i)) {
		q->sounds++;
		return RTSP_QUEUED;
	}
	q->frame_bytes += i->n;
	q->frames++;
	q->want_key = false;
	q->began = true;
	return RTSP_QUEUED;
}

int
rtsp_queue_iov(const struct rtsp_queue *q, struct iovec *iov, int max)
{
	struct rtsp_item *i;
	int n = 0;

	STAILQ_FOREACH (i, &q->items, entry) {
		if (n == max)
			break;
		/* iov_base is for reading here, whatever its type says. */
		iov[n].iov_base = (void *)(uintptr_t)(i->p + i->at);
		iov[n].iov_len = i->n - i->at;
		n++;
	}
	return n;
}

void
rtsp_queue_written(struct rtsp_queue *q, size_t n)
{
	struct rtsp_item *i;
	size_t part;

	while (n > 0 && (i = STAILQ_FIRST(&q->items)) != NULL) {
		part = i->n - i->at < n ? i->n - i->at : n;
		i->at += part;
		q->bytes -= part;
		if (is_picture(i))
			q->frame_bytes -= part;
		else if (i->frame == NULL)
			q->text_bytes -= part;
		n -= part;
		if (i->at == i->n)
			remove_item(q, i);
	}
}
