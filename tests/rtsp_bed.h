/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A bed for RTSP sessions without sockets: a real hub with two cameras, a clock that
 * the test moves, an encoder that does nothing by itself. For tests and fuzzing.
 */
#ifndef TESTS_RTSP_BED_H
#define TESTS_RTSP_BED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "streamd/hub_feed.h"
#include "streamd/outputs/rtsp_session.h"
#include "tests/sim/picture.h"

struct bed {
	struct hub *hub;
	struct hub_camera *cam1, *cam2;
	struct rtsp_shared shared;
	unsigned keyframes;	/* asked of the encoder */
	unsigned encoders;	/* running */
	unsigned sources;	/* running */
};

/* Credentials: camherd / kq3v9x0b7m2z4n8c1p6d. */
void bed_open(struct bed *b, unsigned max_encoders);
void bed_close(struct bed *b);
void bed_pass(struct bed *b, int64_t us);	/* move the clock, tick the hub */
int64_t bed_now(void);
/* A picture of its own arrives at the camera. */
void bed_publish_jpeg(struct hub_camera *cam, const struct picture_kind *kind);

#define BED_BASIC "Basic Y2FtaGVyZDprcTN2OXgwYjdtMno0bjhjMXA2ZA=="

/* One client. */
struct client {
	struct rtsp_session *s;
	char out[65536];	/* what it was sent and did not look at yet */
	size_t n;
	bool full;		/* its socket takes nothing */
	char id[RTSP_SESSION_ID_LEN + 1];	/* of the last Session header */
	uint64_t cseq;
};

void client_open(struct bed *b, struct client *c, const char *peer);
void client_close(struct client *c);
void client_bytes(struct client *c, const void *p, size_t n);
/* Take what waits into out. Call it after whatever may have written. */
void client_pull(struct client *c);
/* Send a request; headers are whole lines. Its reply's status; 0 = none came. What was
 * in out before is forgotten. */
int client_ask(struct client *c, const char *method, const char *url, const char *headers);

#endif
