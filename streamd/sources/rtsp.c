/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * rtsp: cameras. streamd, main thread. What they send is passed on as it is: H.264 into
 * the camera's H.264 stream, JPEGs into the other one. rtsp_pull.c reads.
 */
#include "config.h"

#include <stdlib.h>

#include "common/err.h"
#include "common/netpolicy.h"
#include "streamd/hub_feed.h"
#include "streamd/sources/rtsp_pull.h"
#include "streamd/sources/source.h"

/* Look-up, connection, DESCRIBE, SETUP and PLAY: libavformat says nothing between. */
#define CONNECT_MS 8000

static int
on_address(void *arg, const struct sockaddr *to, struct err *e)
{
	struct source *s = arg;

	(void)netpolicy_refresh(source_env(s)->policy, NULL);
	return netpolicy_check(source_env(s)->policy, to, e);
}

/* Stills are made only for somebody who looks at them. */
static void
update_stills(struct source *s)
{
	struct stream *jpeg = hub_camera_stream(source_camera(s), CODEC_JPEG);

	pull_want_stills(source_data(s), hub_is_watched(jpeg));
}

static void
on_opened(void *arg, enum codec codec, bool sound)
{
	struct source *s = arg;

	hub_set_native(
	    source_camera(s), codec == CODEC_H264 ? HUB_NATIVE : HUB_ENCODES);
	source_set_sound(s, sound ? HUB_SOUND : HUB_MUTE);
	source_answered(s);
	if (codec == CODEC_H264)
		update_stills(s);
}

static void
on_sets(void *arg, const uint8_t *p, size_t n)
{
	struct source *s = arg;

	(void)hub_set_parameter_sets(
	    hub_camera_stream(source_camera(s), CODEC_H264), p, n);
}

static void
on_unit(void *arg, struct frame *f)
{
	source_unit(arg, f);
	update_stills(arg);
}

static void
on_jpeg(void *arg, uint8_t *owned, size_t n, int64_t arrived_us, bool still)
{
	if (still)
		source_still_of_unit(arg, owned, n, arrived_us);
	else
		source_jpeg(arg, owned, n, arrived_us);
}

static void
on_sound(void *arg, const uint8_t *p, size_t n, int64_t arrived_us)
{
	source_sound(arg, p, n, arrived_us);
}

static void
on_ended(void *arg, const struct err *why)
{
	struct source *s = arg;
	struct err e = *why;

	pull_stop(source_data(s));
	source_set_data(s, NULL);
	source_down(s, &e);
}

static const struct pull_ops ops = { .address = on_address,
	.opened = on_opened,
	.sets = on_sets,
	.unit = on_unit,
	.jpeg = on_jpeg,
	.sound = on_sound,
	.ended = on_ended };

static int
rtsp_start(struct source *s, struct err *e)
{
	struct pull_config c = { .url = source_url(s),
		.user = source_user(s),
		.password = source_password(s) };
	struct pull *p = pull_start(source_env(s)->pulls, &c, &ops, s, e);

	source_set_data(s, p);
	return p != NULL ? 0 : -1;
}

static void
rtsp_stop(struct source *s)
{
	pull_stop(source_data(s));
	source_set_data(s, NULL);
}

const struct source_driver source_rtsp = {
	.scheme = "rtsp",
	.connect_ms = CONNECT_MS,
	.native = true,
	.start = rtsp_start,
	.stop = rtsp_stop,
};
