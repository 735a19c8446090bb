/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One picture or access unit, immutable once published and counted. Derived forms
 * (an RTP run, an HTTP part) hang on it and are made once for all clients. The count
 * is atomic: frames cross to encoder threads.
 */
#ifndef STREAMD_FRAME_H
#define STREAMD_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum codec {
	CODEC_JPEG,
	CODEC_H264,
	CODEC_ALAW,	/* sound: G.711 A-law, 8 kHz, mono */
	CODECS
};

/* Sound of one frame, bytes (a tenth of a second and a bit). */
#define FRAME_SOUND_MAX 960

/* Largest picture taken from a camera, bytes. */
#define FRAME_BYTES_MAX (1024 * 1024)

struct rtp_run;

struct frame {
	enum codec codec;
	const uint8_t *data;	/* JPEG from SOI to EOI, H.264 in Annex B form, samples */
	size_t n;
	unsigned width, height;
	int64_t arrived_us;	/* monotonic, of the frame's first byte */
	uint64_t number;	/* grows by one per frame of its stream */
	bool keyframe;		/* H.264: an IDR; else always true */
	bool rtp_ok;		/* JPEG: RFC 2435 can carry it as it is */
	struct rtp_run *rtp;	/* made by outputs/rtp_pack.c on first use; main thread */
	void (*rtp_free)(struct rtp_run *run);	/* set together with rtp; any thread */
	/* private to frame.c */
	int refs;
	uint8_t *owned;
};

/* Copies the bytes. One reference for the caller. NULL when out of memory. */
struct frame *frame_new(enum codec codec, const void *data, size_t n);
/* Takes malloc()ed bytes; they stay the caller's when NULL comes back. */
struct frame *frame_take(enum codec codec, uint8_t *owned, size_t n);
struct frame *frame_ref(struct frame *f);
void frame_unref(struct frame *f);	/* NULL is fine */

#endif
