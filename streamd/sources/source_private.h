/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The insides of a source: for source.c and source_picture.c only. Main thread. */
#ifndef STREAMD_SOURCES_SOURCE_PRIVATE_H
#define STREAMD_SOURCES_SOURCE_PRIVATE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/text.h"
#include "streamd/jpeg.h"
#include "streamd/sources/source.h"

#define SOURCE_URL_MAX 520
#define SOURCE_DROP_KINDS 8
/* Pictures of a kind that is not taken, and no other before. */
#define SOURCE_REFUSED_MAX 5

enum phase {
	PHASE_OFF, /* not wanted */
	PHASE_CONNECTING,
	PHASE_ANSWER, /* connected; waiting for the answer */
	PHASE_PICTURES,
	PHASE_PAUSE /* failed; waiting for the next try */
};

struct drop_kind {
	const char *why;
	uint64_t n;
};

struct source {
	struct source_env env;
	const struct source_driver *driver;
	void *data;
	struct hub_camera *camera;
	struct event *timer;
	void (*changed)(void *);
	void *arg;
	char name[TEXT_SLUG_MAX], url[SOURCE_URL_MAX], user[65], password[129];
	enum phase phase;
	int64_t phase_us; /* when it began */
	int64_t first_us; /* the first picture of this connection */
	int64_t last_us; /* the last good picture; 0 = never */
	int64_t gap_ms; /* the driver's own pause between pictures */
	unsigned pictures; /* of this connection */
	unsigned pause_ms; /* of the last pause */
	unsigned tokens; /* pictures that may come at once */
	int64_t tokens_us;
	struct err trouble; /* why the last try ended */
	struct err last_drop; /* why the last picture was refused */
	bool battery;
	bool seen; /* a picture came since it was wanted */
	unsigned refused; /* pictures in a row that will not get better */
	struct jpeg_info own; /* of the newest picture, as the camera sent it */
	struct bench *plain; /* makes what players read of it, or NULL */
	struct drop_kind drops[SOURCE_DROP_KINDS];
	uint64_t dropped, reconnects;
	struct err jpeg;
	char identity[49];
};

#endif
