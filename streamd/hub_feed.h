/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The other side of the switchboard (see hub.h): who makes the hub, puts cameras into
 * it, starts sources and encoders, and publishes frames. Used by desk.c, sources,
 * h264.c and main.c. Main thread only.
 */
#ifndef STREAMD_HUB_FEED_H
#define STREAMD_HUB_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/said.h"
#include "streamd/hub.h"

struct loop;
struct hub_camera;

/* One running encoder: subscribes to the JPEG stream with hub_subscribe_encoder() and
 * publishes into the H.264 stream. */
struct hub_encoder_ops {
	/* NULL and e: it cannot be had. Called inside hub_subscribe(). */
	void *(*start)(void *arg, struct hub *h, struct stream *jpeg, struct stream *h264,
	    struct err *e);
	/* Called from the loop, never inside a publish. It unsubscribes and frees. */
	void (*stop)(void *encoder);
	void (*keyframe)(void *encoder);
};

struct hub_options {
	unsigned linger_s;		/* source: after its last subscriber */
	unsigned encoder_linger_s;	/* encoder: after its last viewer */
	unsigned max_encoders;		/* running at one time; 0: the encoder counts itself */
	const struct hub_encoder_ops *encoder;	/* NULL: no H.264 */
	void *encoder_arg;
	int64_t (*now_us)(void);	/* NULL: loop_now_us() */
};

/* Both are called from the loop's own turn (hub_tick()), never inside a publish or a
 * subscribe. */
struct hub_source_ops {
	void (*start)(void *arg);
	void (*stop)(void *arg);
};

/* loop NULL: nothing happens by itself; the caller (a test) calls hub_tick(). */
struct hub *hub_new(struct loop *l, const struct hub_options *o, struct err *e);
/* All cameras must have been removed, all subscribers gone. NULL is fine. */
void hub_free(struct hub *h);
/* From the next viewer that leaves on. */
void hub_set_linger(struct hub *h, unsigned linger_s);
/* Do what is due: start and stop sources and encoders, tell of outages. Returns the
 * milliseconds until the next thing may be due, -1 for nothing. */
int64_t hub_tick(struct hub *h);

/* Borrowed; ends with hub_remove_camera(). ERR_USAGE when the name is taken. */
struct hub_camera *hub_add_camera(struct hub *h, const char *name,
    const struct hub_source_ops *ops, void *arg, struct err *e);
/* Tells all subscribers HUB_GONE, stops encoder and source. Subscribers may still call
 * hub_unsubscribe() later; their stream pointers are void. Not inside a publish. */
void hub_remove_camera(struct hub_camera *c);
/* Who knows why a camera of this name is not in the hub: fills in e and returns true.
 * fn NULL: nobody. */
void hub_set_absent(struct hub *h, bool (*fn)(void *arg, const char *name, struct err *e),
    void *arg);
/* Where a camera's H.264 comes from. */
enum hub_native {
	HUB_ENCODES,	/* made here from its JPEGs (the default) */
	HUB_UNDECIDED,	/* its source will say when it has looked */
	HUB_NATIVE	/* its source publishes it; JPEGs are made from key frames */
};
/* Not inside a publish. */
void hub_set_native(struct hub_camera *c, enum hub_native native);
enum hub_native hub_native(const struct hub_camera *c);
/* Does anybody watch this stream just now? */
bool hub_is_watched(const struct stream *s);

/* It runs on a battery: its last picture is kept while it sleeps. */
void hub_set_battery(struct hub_camera *c);
struct stream *hub_camera_stream(struct hub_camera *c, enum codec codec);

/* What its source found out; HUB_MUTE at first. */
void hub_set_sound(struct hub_camera *c, enum hub_sound sound);

/* Hand a frame to all subscribers; the hub takes its own reference and numbers it. */
void hub_publish(struct stream *s, struct frame *f);
/* Say why no frames come (e NULL or code ERR_NONE: all is well again). Subscribers are
 * told at each failure. Not inside a publish, but for a NULL. */
void hub_set_trouble(struct hub_camera *c, const struct err *e);

/* As hub_subscribe() of JPEGs, but not counted as a viewer. */
struct subscriber *hub_subscribe_encoder(struct hub *h, struct stream *jpeg,
    const struct subscriber_ops *ops, void *arg, struct err *e);
/* The encoder gave up: its viewers get HUB_REFUSED with e; it is stopped on the next
 * turn of the loop. */
void hub_encoder_failed(struct stream *h264, const struct err *e);
/* SPS and PPS, Annex B; copied. */
int hub_set_parameter_sets(struct stream *h264, const uint8_t *p, size_t n);
/* For people: which encoder runs (it works, then), its share of one core, and how many
 * pictures it had no time for. */
void hub_set_encoder(struct stream *h264, const char *name, double load, uint64_t skipped);

/* So long a note stands behind the last who did not get H.264. */
#define HUB_NOTE_US 120000000

/* Figures since the beginning, for desk.c. */
struct hub_figures {
	bool wanted;			/* somebody watches, or the source lingers */
	unsigned clients;		/* viewers of both codecs */
	uint64_t frames_in, bytes_in;	/* JPEGs of the camera */
	uint64_t handed, skipped;	/* frames to viewers; not taken by them */
	int64_t last_frame_us;		/* 0 = never */
	unsigned width, height;
	char encoder[24];		/* that runs; "" = none */
	double encoder_load;		/* share of one core */
	uint64_t encoder_skipped;	/* pictures that it had no time for */
	char h264_note[601];		/* why somebody did not get H.264 lately, or "" */
	char h264_note_params[SAID_MAX];	/* where its parameters stand */
};
void hub_figures(const struct hub_camera *c, struct hub_figures *ret);

#endif
