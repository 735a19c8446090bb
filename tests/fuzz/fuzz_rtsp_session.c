/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Two RTSP clients of one hub, driven by a byte string: requests by grammar with right
 * and wrong credentials, sessions and transports, raw bytes, frames, time, sockets that
 * are full, a camera that goes. After each step the sessions' promises are checked;
 * at the end nothing may be left running.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/err.h"
#include "common/log.h"
#include "tests/rtsp_bed.h"
#include "tests/sim/picture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define STEPS_MAX 200

struct input {
	const uint8_t *p;
	size_t n, at;
};

struct play {
	struct bed bed;
	struct client c[2];
	bool right[2]; /* it was given the right password at least once */
	bool removed;
};

static uint8_t
next(struct input *in)
{
	return in->at < in->n ? in->p[in->at++] : 0;
}

static void
must_at(bool fine, const char *promise)
{
	if (fine)
		return;
	fprintf(stderr, "broken promise: %s\n", promise);
	abort();
}
#define must(promise) must_at((promise), #promise)

/* What holds at any moment. */
static void
check(const struct play *pl)
{
	int i;

	for (i = 0; i < 2; i++) {
		const struct rtsp_session *s = pl->c[i].s;

		must(s->state == RTSP_INIT || pl->right[i]);
		must(s->state == RTSP_INIT || s->source != NULL);
		must(s->state != RTSP_PLAYING || s->sub != NULL || s->closing);
		must(!s->closing || s->sub == NULL);
		must(s->describe_sub == NULL || s->describing);
		must(s->queue.frames <= RTSP_QUEUE_UNITS);
		must(s->queue.frames <= RTSP_QUEUE_JPEGS ||
		    s->target.codec == CODEC_H264);
		must(s->queue.text_bytes < 4 * RTSP_TEXT_MAX);
	}
	must(pl->c[0].s->id[0] == '\0' || strcmp(pl->c[0].s->id, pl->c[1].s->id) != 0);
}

static void
request(struct play *pl, struct input *in, unsigned who)
{
	static const char *const methods[] = { "OPTIONS", "DESCRIBE", "SETUP", "PLAY",
		"PAUSE", "GET_PARAMETER", "SET_PARAMETER", "TEARDOWN", "ANNOUNCE" };
	static const char *const urls[] = { "rtsp://h/cam1/mjpeg", "rtsp://h/cam1",
		"rtsp://h/cam1/mjpeg/track1", "rtsp://h/cam1/track1",
		"rtsp://h/cam2/track1", "rtsp://h/cam2", "rtsp://h/none", "*" };
	static const char *const transports[] = { "",
		"Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n",
		"Transport: RTP/AVP/TCP;unicast;interleaved=7-3\r\n",
		"Transport: RTP/AVP;unicast;client_port=1-2\r\n" };
	struct client *c = &pl->c[who];
	char headers[512], session[80] = "";
	uint8_t a = next(in), b = next(in);

	if (b & 4)
		snprintf(session, sizeof(session), "Session: %s\r\n",
		    pl->c[b & 8 ? !who : who].id);
	if ((b & 0x30) != 0x30)
		pl->right[who] = true;
	snprintf(headers, sizeof(headers), "%s%s%s",
	    (b & 0x30) == 0x30 ? "Authorization: Basic YTpi\r\n"
			       : "Authorization: " BED_BASIC "\r\n",
	    transports[b & 3], session);
	(void)client_ask(c, methods[a % 9], urls[a / 9 % 8], headers);
}

static void
raw(struct play *pl, struct input *in, unsigned who)
{
	size_t n = next(in);

	if (n > in->n - in->at)
		n = in->n - in->at;
	client_bytes(&pl->c[who], in->p + in->at, n);
	in->at += n;
	/* Raw bytes may hold the right password, as the corpus does. */
	pl->right[who] = true;
}

static void
publish(struct play *pl, bool jpeg, uint8_t how)
{
	static uint8_t *picture;
	static size_t picture_n;
	static const struct picture_kind kind = { .width = 64, .height = 64 };
	struct frame *f;

	if (pl->removed)
		return;
	if (picture == NULL)
		picture = picture_make(&kind, 1, 1, &picture_n);
	if (jpeg) {
		/* Now and then one that RTP cannot carry. */
		f = frame_new(
		    CODEC_JPEG, picture, how == 255 ? picture_n / 2 : picture_n);
	} else {
		uint8_t unit[3000] = { 0, 0, 0, 1, 0x41 };

		unit[4] = how & 1 ? 0x65 : 0x41;
		memset(unit + 5, 0x55, sizeof(unit) - 5);
		f = frame_new(CODEC_H264, unit, how * 10u + 6);
		if (f != NULL)
			f->keyframe = how & 1;
	}
	must(f != NULL);
	f->rtp_ok = jpeg && how != 254;
	f->arrived_us = bed_now();
	hub_publish(hub_camera_stream(pl->bed.cam1, jpeg ? CODEC_JPEG : CODEC_H264), f);
	frame_unref(f);
}

static void
step(struct play *pl, struct input *in)
{
	static const uint8_t sets[] = { 0, 0, 0, 1, 0x67, 0x42, 0xc0, 0x1e, 0xaa, 0, 0,
		0, 1, 0x68, 0xce };
	uint8_t op = next(in);
	unsigned who = op >> 7;

	switch (op % 12) {
	case 6:
		raw(pl, in, who);
		break;
	case 7:
		publish(pl, true, next(in));
		break;
	case 8:
		publish(pl, false, next(in));
		break;
	case 9:
		bed_pass(&pl->bed, (int64_t)next(in) * next(in) * 1000);
		break;
	case 10:
		pl->c[who].full = !pl->c[who].full;
		break;
	case 11:
		if (pl->removed)
			break;
		if ((pl->removed = next(in) == 77))
			hub_remove_camera(pl->bed.cam1);
		else
			(void)hub_set_parameter_sets(
			    hub_camera_stream(pl->bed.cam1, CODEC_H264), sets,
			    sizeof(sets));
		break;
	default:
		request(pl, in, who);
		break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct input in = { data, n, 0 };
	static struct play pl;
	int i, steps;

	log_init(LOG_LEVEL_ERR, LOG_FORMAT_TEXT);
	memset(&pl, 0, sizeof(pl));
	bed_open(&pl.bed, 1);
	client_open(&pl.bed, &pl.c[0], "192.0.2.1:1000");
	client_open(&pl.bed, &pl.c[1], "192.0.2.2:2000");
	for (steps = 0; in.at < n && steps < STEPS_MAX; steps++) {
		step(&pl, &in);
		for (i = 0; i < 2; i++) {
			rtsp_session_tick(pl.c[i].s);
			client_pull(&pl.c[i]);
		}
		check(&pl);
	}
	client_close(&pl.c[0]);
	client_close(&pl.c[1]);
	/* With nobody left, everything stops by itself. */
	bed_pass(&pl.bed, 31000000);
	bed_pass(&pl.bed, 31000000);
	must(pl.bed.encoders == 0 && pl.bed.sources == 0);
	bed_close(&pl.bed);
	return 0;
}
