/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sound beside the pictures: described, set up as a second track, heard in time. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/err.h"
#include "tests/rtsp_bed.h"
#include "tests/sim/picture.h"
#include "tests/unit.h"

#define AUTH "Authorization: " BED_BASIC "\r\n"
#define URL "rtsp://h:8654/cam1/mjpeg"
#define PACKET_N (4 + 12 + FRAME_SOUND_MAX)

static const struct picture_kind small = { .width = 320, .height = 240 };

static void
publish(struct hub_camera *cam, enum codec codec, uint8_t fill)
{
	struct frame *f;
	uint8_t sound[FRAME_SOUND_MAX];

	if (codec == CODEC_JPEG) {
		bed_publish_jpeg(cam, &small);
		return;
	}
	memset(sound, fill, sizeof(sound));
	assert_non_null(f = frame_new(codec, sound, sizeof(sound)));
	f->arrived_us = bed_now();
	hub_publish(hub_camera_stream(cam, codec), f);
	frame_unref(f);
}

static int
set_up(struct client *c, const char *url, unsigned track, const char *channels)
{
	char full[100], headers[300], session[80] = "";

	if (c->id[0] != '\0')
		snprintf(session, sizeof(session), "Session: %s\r\n", c->id);
	snprintf(full, sizeof(full), "%s/track%u", url, track);
	snprintf(headers, sizeof(headers), AUTH "%sTransport: RTP/AVP/TCP%s\r\n",
	    session, channels);
	return client_ask(c, "SETUP", full, headers);
}

static int
play(struct client *c, const char *url)
{
	char headers[200];

	snprintf(headers, sizeof(headers), AUTH "Session: %s\r\n", c->id);
	return client_ask(c, "PLAY", url, headers);
}

/* What came on a channel: packets; the last one's start in *ret_last. */
static unsigned
count(struct client *c, unsigned channel, const uint8_t **ret_last)
{
	const uint8_t *p = (const uint8_t *)c->out;
	size_t at = 0, n;
	unsigned found = 0;

	client_pull(c);
	while (at + 4 <= c->n && p[at] == '$') {
		n = (size_t)p[at + 2] << 8 | p[at + 3];
		if (p[at + 1] == channel) {
			found++;
			*ret_last = p + at;
		}
		at += 4 + n;
	}
	assert_int_equal(at, c->n);
	return found;
}

static uint32_t
time_of(const uint8_t *p)
{
	return (uint32_t)p[8] << 24 | (uint32_t)p[9] << 16 | (uint32_t)p[10] << 8 |
	    p[11];
}

static void
sound_is_described_once_it_is_known(void **state)
{
	struct bed b;
	struct client c;

	(void)state;
	bed_open(&b, 1);
	client_open(&b, &c, "192.0.2.1:1000");
	publish(b.cam1, CODEC_JPEG, 0);
	assert_int_equal(client_ask(&c, "DESCRIBE", URL, AUTH), 200);
	assert_null(strstr(c.out, "m=audio"));
	assert_int_equal(set_up(&c, URL, 2, ""), 404);
	hub_set_sound(b.cam1, HUB_SOUND);
	assert_int_equal(client_ask(&c, "DESCRIBE", URL, AUTH), 200);
	assert_non_null(strstr(c.out,
	    "a=control:track1\r\nm=audio 0 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n"
	    "a=control:track2\r\n"));
	client_close(&c);
	bed_close(&b);
}

static void
what_is_not_decided_is_waited_for_a_little(void **state)
{
	struct bed b;
	struct client c;

	(void)state;
	bed_open(&b, 1);
	client_open(&b, &c, "192.0.2.1:1000");
	hub_set_sound(b.cam1, HUB_SOUND_UNDECIDED);
	assert_int_equal(client_ask(&c, "DESCRIBE", URL, AUTH), 0);
	publish(b.cam1, CODEC_JPEG, 0);
	client_pull(&c);
	assert_int_equal(c.n, 0);
	hub_set_sound(b.cam1, HUB_SOUND);
	publish(b.cam1, CODEC_JPEG, 0);
	client_pull(&c);
	assert_non_null(strstr(c.out, "m=audio"));
	/* One that never decides has its pictures described all the same. */
	hub_set_sound(b.cam1, HUB_SOUND_UNDECIDED);
	rtsp_session_run(c.s);
	assert_int_equal(client_ask(&c, "DESCRIBE", URL, AUTH), 0);
	publish(b.cam1, CODEC_JPEG, 0);
	bed_pass(&b, RTSP_DESCRIBE_US + 1000);
	rtsp_session_tick(c.s);
	client_pull(&c);
	assert_non_null(strstr(c.out, "RTSP/1.0 200"));
	assert_null(strstr(c.out, "m=audio"));
	client_close(&c);
	bed_close(&b);
}

static void
two_tracks_come_on_channels_of_their_own(void **state)
{
	struct bed b;
	struct client c;
	const uint8_t *last = NULL;
	uint32_t first;

	(void)state;
	bed_open(&b, 1);
	hub_set_sound(b.cam1, HUB_SOUND);
	client_open(&b, &c, "192.0.2.1:1000");
	assert_int_equal(set_up(&c, URL, 1, ""), 200);
	assert_int_equal(set_up(&c, URL, 2, ";interleaved=1-2"), 400);
	assert_int_equal(set_up(&c, "rtsp://h/cam2/mjpeg", 2, ""), 455);
	assert_int_equal(set_up(&c, "rtsp://h/cam1", 2, ""), 455);
	assert_int_equal(set_up(&c, URL, 2, ""), 200);
	assert_non_null(strstr(c.out, "interleaved=2-3"));
	assert_int_equal(set_up(&c, URL, 2, ";interleaved=6-7"), 455);
	assert_int_equal(play(&c, URL), 200);
	assert_non_null(strstr(c.out, "/track1"));
	assert_non_null(strstr(c.out, ",url=" URL "/track2;seq="));
	c.n = 0;
	publish(b.cam1, CODEC_ALAW, 0x55);
	assert_int_equal(count(&c, 2, &last), 1);
	assert_int_equal(last[5] & 0x7f, RTP_TYPE_ALAW);
	assert_int_equal(last[5] & 0x80, 0x80);
	assert_int_equal(last[PACKET_N - 1], 0x55);
	first = time_of(last);
	/* Reports of both tracks, each on its own channel. */
	publish(b.cam1, CODEC_JPEG, 0);
	assert_true(count(&c, 0, &last) > 2);
	assert_int_equal(count(&c, 1, &last), 1);
	assert_int_equal(count(&c, 3, &last), 1);
	/* Late by 30 ms and early by 30: the samples go on without a gap. */
	c.n = 0;
	bed_pass(&b, 150000);
	publish(b.cam1, CODEC_ALAW, 0x56);
	bed_pass(&b, 90000);
	publish(b.cam1, CODEC_ALAW, 0x57);
	assert_int_equal(count(&c, 2, &last), 2);
	assert_int_equal(time_of(last) - first, 2 * FRAME_SOUND_MAX);
	assert_int_equal(last[5] & 0x80, 0);
	client_close(&c);
	bed_close(&b);
}

static void
time_jumps_behind_a_silence_and_never_runs_ahead(void **state)
{
	struct bed b;
	struct client c;
	const uint8_t *last = NULL;
	uint32_t first;
	unsigned i;

	(void)state;
	bed_open(&b, 1);
	hub_set_sound(b.cam1, HUB_SOUND);
	client_open(&b, &c, "192.0.2.1:1000");
	assert_int_equal(set_up(&c, URL, 2, ""), 200); /* the sound alone */
	assert_int_equal(play(&c, URL), 200);
	assert_int_equal(b.encoders, 0);
	bed_pass(&b, 1000);
	assert_int_equal(b.sources, 1);
	c.n = 0;
	publish(b.cam1, CODEC_ALAW, 1);
	publish(b.cam1, CODEC_JPEG, 0); /* not set up */
	assert_int_equal(count(&c, 0, &last), 0);
	assert_int_equal(count(&c, 2, &last), 1);
	first = time_of(last);
	bed_pass(&b, 2000000);
	publish(b.cam1, CODEC_ALAW, 2);
	assert_int_equal(count(&c, 2, &last), 2);
	assert_int_equal(time_of(last) - first, 16000);
	assert_int_equal(last[5] & 0x80, 0x80);
	/* A burst: no more than 300 ms and the packet on top are taken. */
	c.n = 0;
	for (i = 0; i < 50; i++)
		publish(b.cam1, CODEC_ALAW, 3);
	assert_int_equal(count(&c, 2, &last), 2);
	client_close(&c);
	bed_close(&b);
}

static void
a_slow_listener_costs_bounded_memory(void **state)
{
	struct bed b;
	struct client c;
	unsigned i;

	(void)state;
	bed_open(&b, 1);
	hub_set_sound(b.cam1, HUB_SOUND);
	client_open(&b, &c, "192.0.2.1:1000");
	assert_int_equal(set_up(&c, URL, 1, ""), 200);
	assert_int_equal(set_up(&c, URL, 2, ""), 200);
	assert_int_equal(play(&c, URL), 200);
	c.full = true;
	for (i = 0; i < 75; i++) { /* 9 s */
		publish(b.cam1, CODEC_ALAW, 1);
		publish(b.cam1, CODEC_JPEG, 0);
		bed_pass(&b, 120000);
		assert_true(c.s->queue.sounds <= RTSP_QUEUE_SOUNDS);
		assert_true(c.s->queue.frames <= RTSP_QUEUE_JPEGS);
	}
	assert_int_equal(c.s->queue.sounds, RTSP_QUEUE_SOUNDS);
	assert_int_equal(c.s->queue.dropped, 75 - RTSP_QUEUE_JPEGS);
	client_close(&c);
	bed_close(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sound_is_described_once_it_is_known),
		cmocka_unit_test(what_is_not_decided_is_waited_for_a_little),
		cmocka_unit_test(two_tracks_come_on_channels_of_their_own),
		cmocka_unit_test(time_jumps_behind_a_silence_and_never_runs_ahead),
		cmocka_unit_test(a_slow_listener_costs_bounded_memory),
	};

	return cmocka_run_group_tests_name("rtsp_sound", tests, NULL, NULL);
}
