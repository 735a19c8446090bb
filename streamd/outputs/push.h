/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One camera published to a media server elsewhere (MediaMTX, go2rtc, …) by RTSP: the
 * same packets that viewers here get, within one TCP connection that streamd opens. It
 * counts as a viewer. Comes back by itself after an outage of the server, and waits,
 * without a connection, for a camera that gives nothing. Main thread.
 */
#ifndef STREAMD_OUTPUTS_PUSH_H
#define STREAMD_OUTPUTS_PUSH_H

#include <stdint.h>

#include "common/said.h"
#include "streamd/frame.h"

struct err;
struct loop;
struct push;
struct rtsp_shared;

/* Strings are borrowed until push_new() returns. url: "rtsp://HOST[:PORT]/PATH", without
 * user and password; when the path is "/" it becomes the camera's name. */
struct push_config {
	const char *camera, *url, *user, *password;
	enum codec codec;	/* CODEC_H264 or CODEC_JPEG */
};

enum push_state {
	PUSH_CONNECTING,
	PUSH_WAITING,		/* for a picture of the camera */
	PUSH_LIVE,
	PUSH_FAILED		/* it is tried again by itself */
};

struct push_report {
	enum push_state state;
	char reason[601];	/* one sentence, or "" */
	char reason_params[SAID_MAX];	/* where its parameters stand (common/said.h) */
	uint64_t dropped;	/* pictures that the server was too slow for */
	uint64_t reconnects;	/* times that the server was tried again */
};

/* changed: state or reason may be another now. shared is the RTSP server's and must
 * outlive it. */
struct push *push_new(struct loop *l, struct rtsp_shared *shared,
    const struct push_config *c, void (*changed)(void *arg), void *arg, struct err *e);
/* Says TEARDOWN if it can. Before the camera leaves the hub; not inside a publish. NULL
 * is fine. */
void push_free(struct push *p);
void push_report(const struct push *p, struct push_report *ret);
const char *push_state_name(enum push_state state);

#endif
