/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The switchboard between cameras and viewers. A stream is one camera's JPEGs, the
 * H.264 made from them, or its sound; a viewer subscribes to a stream. The first subscriber of a
 * camera starts its source, the last one leaving stops it after linger_s. Frames are
 * handed over at once, in order; a subscriber must not block. Main thread only.
 */
#ifndef STREAMD_HUB_H
#define STREAMD_HUB_H

#include <stdbool.h>
#include <stdint.h>

#include "streamd/frame.h"

struct err;
struct hub;
struct stream;		/* one camera in one codec */
struct subscriber;

/* What a subscriber is told besides frames. */
enum hub_note {
	HUB_GONE,	/* the camera was removed or disabled: end the session */
	HUB_TROUBLE,	/* an attempt to get frames failed; it is tried again. e: why */
	HUB_OUTAGE,	/* no frame for HUB_OUTAGE_US; stay attached. e: why, if known */
	HUB_REFUSED,	/* an encoder could not be had; the sentence is in e */
	HUB_LOST	/* no frame for HUB_LOST_US: end the session. e: why, if known */
};

/* Counted for each subscriber from its last frame (or from its beginning). */
#define HUB_OUTAGE_US 5000000
#define HUB_LOST_US 30000000
/* Subscribers of one camera, encoder included. */
#define HUB_SUBSCRIBERS_MAX 1024

struct subscriber_ops {
	void (*frame)(void *arg, struct frame *f);	/* borrowed; frame_ref() to keep */
	void (*note)(void *arg, enum hub_note note, const struct err *e);
};

/* The stream of a camera's name, or NULL with ERR_NOT_FOUND, or with ERR_REFUSED and why
 * when it is known but cannot be played. Borrowed; valid until the
 * subscribers got HUB_GONE. */
struct stream *hub_find(struct hub *h, const char *camera, enum codec codec,
    struct err *e);
const char *stream_camera(const struct stream *s);
enum codec stream_codec(const struct stream *s);
/* The newest frame, or NULL. Borrowed. */
struct frame *stream_latest(const struct stream *s);

/* The newest JPEG, also of a battery camera that sleeps by now, or NULL. Borrowed. */
struct frame *stream_last_picture(const struct stream *s);
/* A battery camera that nobody watches: it is not to be woken for nothing. */
bool stream_is_asleep(const struct stream *s);
bool stream_on_battery(const struct stream *s);

/* Watching it costs an encoder: H.264 that is made here. */
bool stream_needs_encoder(const struct stream *s);

/* Why no frames come just now (err code ERR_NONE: nothing is known to be wrong). */
const struct err *stream_trouble(const struct stream *s);

/* Such a trouble does not pass by itself: what a camera sends, its path or password. */
bool hub_is_lasting(const struct err *trouble);

/* Does the stream's camera send sound? It is the stream of CODEC_ALAW then; listening
 * to it does not keep the camera open, watching does. */
enum hub_sound {
	HUB_MUTE,
	HUB_SOUND_UNDECIDED,	/* its pictures just began: wait for a few */
	HUB_SOUND
};
enum hub_sound stream_sound(const struct stream *s);

/* Start getting frames, from the next one on. ERR_REFUSED when the encoder budget is
 * spent ("encoder-budget") or there is no encoder ("encoder-none"). The source is
 * started on the next turn of the loop. */
struct subscriber *hub_subscribe(struct hub *h, struct stream *s,
    const struct subscriber_ops *ops, void *arg, struct err *e);
/* Allowed from inside its own call-backs. */
void hub_unsubscribe(struct subscriber *sub);
/* For the figures: this subscriber could not take n frames that were handed to it. */
void hub_skipped(struct subscriber *sub, unsigned n);
/* H.264: ask for an IDR soon (a viewer joined or lost its place). At most one a
 * second is made. JPEG: nothing. */
void hub_want_keyframe(struct stream *s);
/* H.264: SPS and PPS, Annex B, of the running or last encoder; NULL when none ran yet.
 * Borrowed until the loop turns. */
const uint8_t *stream_parameter_sets(const struct stream *s, size_t *ret_n);

#endif
