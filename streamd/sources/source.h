/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One camera's source: kept open while the hub wants it, opened again with growing
 * pauses when it fails. source.c owns demand, back-off, time-outs, limits and the
 * verdict on each JPEG; a driver only speaks its protocol. Main thread.
 */
#ifndef STREAMD_SOURCES_SOURCE_H
#define STREAMD_SOURCES_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/said.h"
#include "streamd/hub.h"

struct darkroom;
struct frame;
struct http_pool;
struct hub;
struct hub_camera;
struct jpeg_info;
struct loop;
struct netpolicy;
struct pull_pool;
struct source;

/* What all sources share. */
struct source_env {
	struct loop *loop;
	struct hub *hub;
	struct http_pool *http;
	struct pull_pool *pulls;	/* rtsp: cameras */
	struct darkroom *darkroom;	/* NULL: no picture is worked on */
	struct netpolicy *policy;
	const char *discovery;	/* [streamd] discovery, borrowed; NULL: nothing */
};

/* Borrowed during source_new(). The password never leaves the driver. */
struct source_config {
	const char *name, *url, *user, *password;
	bool battery;		/* asleep while nobody watches */
};

enum source_state {
	SOURCE_IDLE,		/* nobody watches */
	SOURCE_CONNECTING,	/* asked for, no picture yet */
	SOURCE_LIVE,
	SOURCE_STALE,		/* was live; the last picture is old */
	SOURCE_UNREACHABLE,	/* tried and failed; tried again by itself */
	SOURCE_HELD,		/* it answers that it serves another program */
	SOURCE_ASLEEP,		/* idle, and on a battery */
	SOURCE_UNSUPPORTED	/* it answers, but with something that cannot be shown */
};

#define SOURCE_STALE_US 10000000
#define SOURCE_CONNECT_MS 3000		/* to a connection, name look-up included */
#define SOURCE_FIRST_MS 3000		/* from there to the answer's first byte */
#define SOURCE_GAP_MS 5000		/* between two good pictures */
#define SOURCE_FPS_MAX 60

/* A camera in the hub with its source. changed is called when state or reason may have
 * changed. NULL and e: no driver knows this address ("source-scheme"). */
struct source *source_new(const struct source_env *env, const struct source_config *c,
    void (*changed)(void *arg), void *arg, struct err *e);
/* Takes the camera out of the hub. Not inside a publish. NULL is fine. */
void source_free(struct source *s);

struct source_report {
	enum source_state state;
	char reason[601];	/* one sentence, or "" */
	char reason_params[SAID_MAX];	/* where its parameters stand (common/said.h) */
	char jpeg[96];		/* "ok" or why RTP cannot carry it; "" = not seen yet */
	char jpeg_params[SAID_MAX];
	char drops[256];	/* "no-eoi 3, too-big 1", or "" */
	uint64_t dropped;
	uint64_t reconnects;	/* times it was opened again after a failure */
	char identity[49];	/* source_identity(), or "" */
};
void source_report(const struct source *s, struct source_report *ret);
/* The newest JPEG as the camera sent it; NULL: none yet. Borrowed until the loop turns. */
const struct jpeg_info *source_jpeg_info(const struct source *s);
const char *source_state_name(enum source_state state);
struct hub_camera *source_camera(const struct source *s);
/* Pictures come, or came until just now: requests can be taken. */
bool source_is_open(const struct source *s);
/* Ask a camera that is being watched for something (pppp_session_control()). -1 and e,
 * or done is called once, later or at once: with e, or with a JSON object. */
int source_control(struct source *s, const char *verb, const char *arg,
    void (*done)(void *arg, const struct err *e, const char *json), void *done_arg,
    struct err *e);

/* ---- for drivers ---- */

struct source_driver {
	const char *scheme;	/* "http": what stands before the colon */
	bool native;		/* such cameras may send H.264 of their own */
	unsigned connect_ms;	/* to an answer; 0: SOURCE_CONNECT_MS */
	/* Begin; -1 and e: it cannot even be tried. */
	int (*start)(struct source *s, struct err *e);
	/* Let go of everything. Not called after source_down(). */
	void (*stop)(struct source *s);
	/* NULL: such cameras take no requests. See source_control(). */
	int (*control)(struct source *s, const char *verb, const char *arg,
	    void (*done)(void *arg, const struct err *e, const char *json), void *done_arg,
	    struct err *e);
};

const struct source_env *source_env(const struct source *s);
const char *source_name(const struct source *s);
const char *source_url(const struct source *s);
const char *source_user(const struct source *s);
const char *source_password(const struct source *s);
/* The driver's own data of one start … stop. */
void source_set_data(struct source *s, void *data);
void *source_data(const struct source *s);

/* The connection stands; the answer is awaited. */
void source_connected(struct source *s);
/* The answer has begun; pictures are awaited. */
void source_answered(struct source *s);
/* A driver that waits between two pictures by itself says how long, in start(). */
void source_set_gap(struct source *s, int64_t ms);
/* A whole JPEG of malloc()ed bytes, taken. arrived_us: of its first byte. */
void source_jpeg(struct source *s, uint8_t *owned, size_t n, int64_t arrived_us);
/* One H.264 access unit of the camera's own. Borrowed. */
void source_unit(struct source *s, struct frame *f);
/* A JPEG made from such a unit, taken: for who wants pictures, not counted. */
void source_still_of_unit(struct source *s, uint8_t *owned, size_t n,
    int64_t arrived_us);
/* Sound, if it comes beside the pictures: A-law, 8 kHz, mono. Borrowed. arrived_us: of
 * its last byte. A driver that does not know yet says HUB_SOUND_UNDECIDED before the
 * first picture; the first sound or a while without it decides. */
void source_sound(struct source *s, const uint8_t *p, size_t n, int64_t arrived_us);
void source_set_sound(struct source *s, enum hub_sound sound);
/* What the camera says it is, where the source does not say. For the life of the source
 * the driver believes no other one. "" = not known yet. */
void source_set_identity(struct source *s, const char *id);
const char *source_identity(const struct source *s);
/* A picture that could not be used; why is a constant word such as "no-eoi". */
void source_drop(struct source *s, const char *why);
/* It ended or failed; the driver has let go of everything already. A name in e that
 * begins with "source-" says that trying again will hardly help. */
void source_down(struct source *s, const struct err *e);

extern const struct source_driver source_http, source_pppp, source_rtsp, source_still,
    source_test;

#endif
