/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The insides of the switchboard: for hub.c and hub_subscribe.c only. Main thread. */
#ifndef STREAMD_HUB_PRIVATE_H
#define STREAMD_HUB_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "common/err.h"
#include "common/text.h"
#include "streamd/hub_feed.h"

#define HUB_NEVER INT64_MAX

struct subscriber {
	LIST_ENTRY(subscriber) entry;
	struct stream *stream; /* NULL: its camera is gone */
	struct hub *hub;
	const struct subscriber_ops *ops;
	void *arg;
	int64_t since_us; /* its last frame, or its beginning */
	bool outage_told, lost_told;
	bool is_encoder;
	bool dead; /* left during a round; freed at the round's end */
};

LIST_HEAD(subscribers, subscriber);

struct stream {
	struct hub_camera *camera;
	enum codec codec;
	struct subscribers subs;
	unsigned n_subs, n_viewers;
	unsigned rounds; /* going through subs just now */
	bool has_dead;
	struct frame *latest;
	uint64_t number;
	int64_t stop_at_us; /* source or encoder lingers until then */
	uint8_t *parameter_sets;
	size_t parameter_sets_n;
	int64_t keyframe_us; /* when one was asked for last */
	bool keyframe_due;
};

struct hub_camera {
	LIST_ENTRY(hub_camera) entry;
	struct hub *hub;
	char name[TEXT_SLUG_MAX];
	struct stream streams[CODECS];
	const struct hub_source_ops *ops;
	void *arg;
	enum hub_native native;
	enum hub_sound sound;
	bool battery;
	struct frame *kept; /* battery: the last picture */
	bool running; /* the source was started */
	void *encoder;
	bool encoder_failed;
	int64_t h264_note_us; /* when it was made */
	struct err trouble;
	struct hub_figures figures;
};

struct hub {
	struct loop *loop;
	struct event *timer;
	struct hub_options o;
	LIST_HEAD(, hub_camera) cameras;
	struct subscribers orphans; /* their camera was removed */
	unsigned encoders;
	bool (*absent)(void *arg, const char *name, struct err *e); /* or NULL */
	void *absent_arg;
	bool ticking, again; /* inside hub_tick(); something changed meanwhile */
};

int64_t hub_now_us(const struct hub *h);
/* Let hub_tick() run on the next turn of the loop. */
void hub_wake(struct hub *h);

/* A round keeps the list of subscribers safe: who leaves meanwhile is only marked. */
void hub_round_begin(struct stream *s);
void hub_round_end(struct stream *s);
void hub_tell_all(struct stream *s, enum hub_note note, const struct err *e);

/* Somebody needs the camera's source. */
bool hub_source_wanted(const struct hub_camera *c);

/* See to it that an encoder of this camera runs. */
int hub_need_encoder(struct hub *h, struct hub_camera *c, struct err *e);
/* Somebody did not get H.264 of this camera: tell people why. */
void hub_note_h264(struct hub_camera *c, const struct err *why);
/* Nothing when none runs. Not inside a publish of its own. */
void hub_stop_encoder(struct hub_camera *c);

#endif
