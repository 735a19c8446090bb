/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What waits to be written to one client: replies and RTCP, and whole frames. A slow
 * client loses whole frames and never more memory than this. Knows no socket. Main
 * thread.
 */
#ifndef STREAMD_OUTPUTS_RTSP_QUEUE_H
#define STREAMD_OUTPUTS_RTSP_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "streamd/frame.h"

struct iovec;
struct rtp_run;
struct rtsp_item;

/* JPEG: whole pictures waiting, the one being written included. */
#define RTSP_QUEUE_JPEGS 2
/* H.264: when more waits, the client starts again at a key frame. */
#define RTSP_QUEUE_BYTES (512 * 1024)
#define RTSP_QUEUE_US 1000000
#define RTSP_QUEUE_UNITS 64
/* Sound: more than three seconds of it are of no use. */
#define RTSP_QUEUE_SOUNDS 32

struct rtsp_queue {
	STAILQ_HEAD(, rtsp_item) items;
	size_t bytes;		/* waiting in all */
	size_t frame_bytes;	/* of pictures, as far as not yet written */
	size_t text_bytes;	/* of replies and reports */
	unsigned frames;	/* pictures */
	unsigned sounds;
	bool want_key;		/* H.264: nothing until a key frame comes */
	bool began;		/* a frame was queued before */
	uint64_t dropped;	/* pictures that were not sent */
};

enum rtsp_queued {
	RTSP_QUEUED,		/* it will be written */
	RTSP_QUEUE_PASSED,	/* no key frame yet, or too much sound: passed over */
	RTSP_QUEUE_LOST,	/* too much was waiting: ask for a key frame */
	RTSP_QUEUE_NO_MEMORY
};

void rtsp_queue_init(struct rtsp_queue *q);
void rtsp_queue_fini(struct rtsp_queue *q);
/* Copies. 0, or -1 when out of memory. */
int rtsp_queue_text(struct rtsp_queue *q, const void *p, size_t n);
/* run is f's; the queue takes its own reference to f. */
enum rtsp_queued rtsp_queue_frame(struct rtsp_queue *q, struct frame *f,
    const struct rtp_run *run, uint8_t channel);
/* Frames of which nothing was written yet go; the next one must be a key frame. */
void rtsp_queue_drop_frames(struct rtsp_queue *q);

/* The next bytes to write; how many of the iov are filled. */
int rtsp_queue_iov(const struct rtsp_queue *q, struct iovec *iov, int max);
/* n of those bytes were written. */
void rtsp_queue_written(struct rtsp_queue *q, size_t n);

#endif
