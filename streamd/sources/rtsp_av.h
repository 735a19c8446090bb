/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libavformat reading one rtsp: camera, blocking. The thread of a pull. */
#ifndef STREAMD_SOURCES_RTSP_AV_H
#define STREAMD_SOURCES_RTSP_AV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "streamd/frame.h"

struct err;
struct h264_sets;

/* All are called on the same thread. */
struct rtsp_av_ops {
	bool (*quits)(void *arg);	/* asked ten times a second while it blocks */
	/* sound: A-law comes beside the pictures. */
	void (*opened)(void *arg, enum codec codec, bool sound, const struct h264_sets *sets);
	/* Takes the frame; clears sets->changed when it has told of them. */
	void (*unit)(void *arg, struct frame *f, struct h264_sets *sets);
	/* Takes the bytes. */
	void (*jpeg)(void *arg, uint8_t *owned, size_t n, int64_t arrived_us, bool still);
	void (*sound)(void *arg, uint8_t *owned, size_t n, int64_t arrived_us);
	bool (*wants_stills)(void *arg);
};

/* Read until it ends; e says why (always filled). url has an address instead of a name
 * and neither user nor password. */
void rtsp_av_run(const char *url, const char *user, const char *password,
    const struct rtsp_av_ops *ops, void *arg, struct err *e);

#endif
