/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RTSP sessions: states, refusals, times, frames. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/err.h"
#include "streamd/jpeg.h"
#include "tests/rtsp_bed.h"
#include "tests/sim/picture.h"
#include "tests/unit.h"

#define AUTH "Authorization: " BED_BASIC "\r\n"
#define TCP "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n"
#define JPEG_URL "rtsp://h:8654/cam1/mjpeg"
#define H264_URL "rtsp://h:8654/cam1"

static const uint8_t sets[] = { 0, 0, 0, 1, 0x67, 0x42, 0xc0, 0x1e, 0xaa, 0, 0, 0, 1,
	0x68, 0xce, 0x3c, 0x80 };

static const struct picture_kind vga = { .width = 640, .height = 480 };

static void
publish_h264(struct hub_camera *cam, bool key, size_t n)
{
	uint8_t *p = malloc(n + 5);
	struct frame *f;

	assert_non_null(p);
	memcpy(p, "\0\0\0\1", 4);
	memset(p + 4, key ? 0x65 : 0x41, n);
	assert_non_null(f = frame_take(CODEC_H264, p, n + 4));
	f->arrived_us = bed_now();
	f->keyframe = key;
	hub_publish(hub_camera_stream(cam, CODEC_H264), f);
	frame_unref(f);
}

/* Sign in, set up and (play) play one client. */
static void
watch(struct bed *b, struct client *c, const char *base, bool play)
{
	char url[128], headers[256];

	client_open(b, c, "192.0.2.1:1000");
	snprintf(url, sizeof(url), "%s/track1", base);
	assert_int_equal(client_ask(c, "SETUP", url, AUTH TCP), 200);
	snprintf(headers, sizeof(headers), AUTH "Session: %s\r\n", c->id);
	if (play)
		assert_int_equal(client_ask(c, "PLAY", base, headers), 200);
	bed_pass(b, 1000);
}

/* T-RTSP-ENUM (R10). */
static void
only_who_signed_in_learns_what_exists(void **state)
{
	static const char *const methods[] = { "DESCRIBE", "SETUP", "PLAY", "PAUSE",
		"TEARDOWN" };
	struct bed b;
	struct client c;
	char known[65536];
	size_t i;

	(void)state;
	bed_open(&b, 1);
	for (i = 0; i < 5; i++) {
		client_open(&b, &c, "192.0.2.1:1000");
		assert_int_equal(client_ask(&c, methods[i], H264_URL, TCP), 401);
		snprintf(known, sizeof(known), "%s", c.out);
		c.cseq = 0;
		assert_int_equal(
		    client_ask(&c, methods[i], "rtsp://h:8654/cam9", TCP), 401);
		assert_string_equal(c.out, known);
		assert_non_null(strstr(c.out, "WWW-Authenticate: Digest "));
		client_close(&c);
	}
	client_open(&b, &c, "192.0.2.1:1000");
	assert_int_equal(client_ask(&c, "DESCRIBE", "rtsp://h:8654/cam9", AUTH), 404);
	assert_int_equal(
	    client_ask(&c, "DESCRIBE", "rtsp://h:8654/../cam1", AUTH), 404);
	assert_int_equal(
	    client_ask(&c, "DESCRIBE", "rtsp://h:8654/cam1/track1", AUTH), 404);
	assert_int_equal(client_ask(&c, "DESCRIBE", "http://h/cam1", AUTH), 404);
	assert_int_equal(
	    client_ask(&c, "SETUP", "rtsp://h/cam9/track1", AUTH TCP), 404);
	client_close(&c);
	bed_close(&b);
}

static void
five_wrong_passwords_end_a_connection(void **state)
{
	struct bed b;
	struct client c;
	int i;

	(void)state;
	bed_open(&b, 1);
	client_open(&b, &c, "192.0.2.1:1000");
	for (i = 0; i < 5; i++) {
		assert_false(c.s->closing);
		assert_int_equal(client_ask(&c, "DESCRIBE", H264_URL,
				     "Authorization: Basic YTpi\r\n"),
		    401);
	}
	assert_true(c.s->closing);
	client_close(&c);
	bed_close(&b);
}

/* T-RTSP-HIJACK (R5). */
static void
a_session_is_good_on_its_own_connection_only(void **state)
{
	static const char *const methods[] = { "PLAY", "PAUSE", "TEARDOWN",
		"GET_PARAMETER" };
	struct bed b;
	struct client owner, thief;
	char headers[256];
	size_t i;

	(void)state;
	bed_open(&b, 1);
	watch(&b, &owner, JPEG_URL, true);
	snprintf(headers, sizeof(headers), AUTH "Session: %s\r\n", owner.id);
	for (i = 0; i < 4; i++) {
		client_open(&b, &thief, "192.0.2.66:1000");
		assert_int_equal(
		    client_ask(&thief, methods[i], JPEG_URL, headers), 454);
		client_close(&thief);
	}
	watch(&b, &thief, JPEG_URL, false);
	assert_string_not_equal(thief.id, owner.id);
	for (i = 0; i < 4; i++)
		assert_int_equal(
		    client_ask(&thief, methods[i], JPEG_URL, headers), 454);
	/* and without a session id nothing of a session happens */
	assert_int_equal(client_ask(&thief, "PLAY", JPEG_URL, AUTH), 454);
	assert_int_equal(
	    client_ask(&thief, "PLAY", JPEG_URL, AUTH "Session: x\r\n"), 454);
	assert_int_equal(owner.s->state, RTSP_PLAYING);
	client_close(&thief);
	client_close(&owner);
	bed_close(&b);
}

static void
setup_says_what_is_wrong(void **state)
{
	static const struct {
		int status;
		const char *url, *transport;
	} table[] = {
		{ 461, JPEG_URL "/track1",
		    "Transport: RTP/AVP;unicast;client_port=5000-5001\r\n" },
		{ 400, JPEG_URL "/track1", "Transport: RTP/AVP/TCP;interleaved=x\r\n" },
		{ 400, JPEG_URL "/track1", "" },
		{ 459, JPEG_URL, TCP },
		{ 404, JPEG_URL "/track2", TCP },
		{ 404, "rtsp://h/cam9/track1",
		    "Transport: RTP/AVP;unicast;client_port=1-2\r\n" },
		{ 200, JPEG_URL "//track1", TCP },
		{ 200, "rtsp://h/cam1/track1/",
		    "Transport: RTP/AVP;unicast;client_port=1-2,"
		    "RTP/AVP/TCP;unicast;interleaved=6-7\r\n" },
	};
	struct bed b;
	struct client c;
	char headers[256];
	size_t i;

	(void)state;
	bed_open(&b, 1);
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		client_open(&b, &c, "192.0.2.1:1000");
		snprintf(headers, sizeof(headers), AUTH "%s", table[i].transport);
		assert_int_equal(
		    client_ask(&c, "SETUP", table[i].url, headers), table[i].status);
		if (i == 7)
			assert_non_null(strstr(c.out, "interleaved=6-7;"));
		client_close(&c);
	}
	bed_close(&b);
}

static void
a_cold_camera_is_waited_for(void **state)
{
	static const char ask[] =
	    "DESCRIBE " JPEG_URL "/ RTSP/1.0\r\nCSeq: 1\r\n" AUTH "\r\n"
	    "OPTIONS * RTSP/1.0\r\nCSeq: 2\r\n\r\n";
	struct bed b;
	struct client c;

	(void)state;
	bed_open(&b, 1);
	client_open(&b, &c, "192.0.2.1:1000");
	client_bytes(&c, ask, sizeof(ask) - 1);
	assert_int_equal(c.n, 0);
	assert_false(rtsp_session_reads(c.s));
	bed_pass(&b, 2900000);
	assert_int_equal(b.sources, 1);
	rtsp_session_tick(c.s);
	client_pull(&c);
	assert_int_equal(c.n, 0);
	bed_publish_jpeg(b.cam1, &vga);
	client_pull(&c);
	assert_non_null(strstr(c.out, "RTSP/1.0 200 OK\r\nCSeq: 1\r\n"));
	assert_non_null(strstr(c.out, "Content-Base: " JPEG_URL "/\r\n"));
	assert_non_null(strstr(c.out, "a=control:track1\r\n"));
	/* the request behind it was held, not lost */
	assert_non_null(strstr(c.out, "CSeq: 2\r\n"));
	client_close(&c);
	/* Later, with the camera asleep again, what is known is answered at once. */
	bed_pass(&b, 11000000);
	assert_int_equal(b.sources, 0);
	client_open(&b, &c, "192.0.2.1:1001");
	assert_int_equal(client_ask(&c, "DESCRIBE", JPEG_URL, AUTH), 200);
	assert_non_null(strstr(c.out, "a=x-dimensions:640,480\r\n"));
	client_close(&c);
	bed_close(&b);
}

static void
a_silent_camera_gives_503_after_three_seconds(void **state)
{
	struct bed b;
	struct client c;
	struct err e;

	(void)state;
	bed_open(&b, 1);
	client_open(&b, &c, "192.0.2.1:1000");
	assert_int_equal(client_ask(&c, "DESCRIBE", H264_URL, AUTH), 0);
	err_set(&e, ERR_FAILED, "x", "192.0.2.9 does not answer");
	hub_set_trouble(b.cam1, &e);
	bed_pass(&b, 3100000);
	rtsp_session_tick(c.s);
	client_pull(&c);
	assert_non_null(strstr(c.out, "RTSP/1.0 503 "));
	assert_non_null(strstr(c.out, "\r\nRetry-After: 5\r\n"));
	assert_non_null(strstr(c.out, "\r\nReason: 192.0.2.9 does not answer\r\n"));
	assert_true(rtsp_session_reads(c.s));
	assert_int_equal(client_ask(&c, "OPTIONS", "*", ""), 200);
	client_close(&c);
	bed_close(&b);
}

static void
a_camera_removed_meanwhile_gives_404(void **state)
{
	struct bed b;
	struct client c;

	(void)state;
	bed_open(&b, 1);
	client_open(&b, &c, "192.0.2.1:1000");
	assert_int_equal(client_ask(&c, "DESCRIBE", H264_URL, AUTH), 0);
	hub_remove_camera(b.cam1);
	client_pull(&c);
	assert_non_null(strstr(c.out, "RTSP/1.0 404 "));
	client_close(&c);
	bed_close(&b);
}

static void
h264_is_described_when_its_sets_are_known(void **state)
{
	struct bed b;
	struct client c;

	(void)state;
	bed_open(&b, 1);
	client_open(&b, &c, "192.0.2.1:1000");
	assert_int_equal(client_ask(&c, "DESCRIBE", H264_URL, AUTH), 0);
	assert_int_equal(b.encoders, 1);
	assert_int_equal(hub_set_parameter_sets(
			     hub_camera_stream(b.cam1, CODEC_H264), sets, sizeof(sets)),
	    0);
	publish_h264(b.cam1, true, 100);
	client_pull(&c);
	assert_non_null(strstr(c.out, "RTSP/1.0 200 OK"));
	assert_non_null(strstr(c.out, "profile-level-id=42C01E"));
	client_close(&c);
	bed_close(&b);
}

static void
no_encoder_is_503_with_the_reason(void **state)
{
	struct bed b;
	struct client c, other;

	(void)state;
	bed_open(&b, 1);
	watch(&b, &other, "rtsp://h:8654/cam2", false);
	client_open(&b, &c, "192.0.2.1:1000");
	assert_int_equal(client_ask(&c, "DESCRIBE", H264_URL, AUTH), 503);
	assert_non_null(strstr(c.out, "\r\nRetry-After: 5\r\n"));
	/* who has it, and what to do */
	assert_non_null(strstr(c.out,
	    "\r\nReason: all 1 H.264 encoders ([streamd] max_encoders) are in use: "
	    "cam2 (1 viewer). Watch cam1 by /cam1/mjpeg"));
	assert_int_equal(client_ask(&c, "SETUP", H264_URL "/track1", AUTH TCP), 503);
	assert_int_equal(c.s->state, RTSP_INIT);
	assert_int_equal(client_ask(&c, "SETUP", JPEG_URL "/track1", AUTH TCP), 200);
	client_close(&c);
	client_close(&other);
	bed_close(&b);
}

static void
what_rtp_cannot_carry_is_415(void **state)
{
	static const struct picture_kind k444 = {
		.width = 640, .height = 480, .h = 1, .v = 1
	};
	struct bed b;
	struct client c;

	(void)state;
	bed_open(&b, 1);
	bed_publish_jpeg(b.cam1, &k444);
	client_open(&b, &c, "192.0.2.1:1000");
	assert_int_equal(client_ask(&c, "DESCRIBE", JPEG_URL, AUTH), 415);
	assert_non_null(strstr(c.out, "use the H.264 address rtsp://HOST/cam1"));
	client_close(&c);
	/* A camera that changes while somebody watches ends the session properly. */
	watch(&b, &c, JPEG_URL, true);
	bed_publish_jpeg(b.cam1, &vga);
	client_pull(&c);
	assert_false(c.s->closing);
	c.n = 0;
	bed_publish_jpeg(b.cam1, &k444);
	client_pull(&c);
	assert_true(c.s->closing);
	assert_non_null(memmem(c.out, c.n, "\x81\xcb\0\1", 4)); /* BYE */
	client_close(&c);
	bed_close(&b);
}

static void
frames_come_on_the_channels_asked_for(void **state)
{
	struct bed b;
	struct client c;
	char headers[256];
	size_t at, n, rtp = 0, reports = 0;

	(void)state;
	bed_open(&b, 1);
	bed_publish_jpeg(b.cam1, &vga);
	client_open(&b, &c, "192.0.2.1:1000");
	assert_int_equal(client_ask(&c, "SETUP", JPEG_URL "/track1",
			     AUTH "Transport: RTP/AVP/TCP;unicast;interleaved=4-9\r\n"),
	    200);
	snprintf(headers, sizeof(headers), AUTH "Session: %s\r\n", c.id);
	bed_pass(&b, 2000000); /* the newest picture is too old to begin with */
	assert_int_equal(client_ask(&c, "PLAY", JPEG_URL, headers), 200);
	assert_non_null(strstr(c.out, "RTP-Info: url=" JPEG_URL "/track1;seq="));
	assert_null(strstr(c.out, "rtptime"));
	c.n = 0;
	bed_publish_jpeg(b.cam1, &vga);
	client_pull(&c);
	for (at = 0; at < c.n; at += 4 + n) {
		n = (size_t)(uint8_t)c.out[at + 2] << 8 | (uint8_t)c.out[at + 3];
		assert_int_equal(c.out[at], '$');
		assert_true(c.out[at + 1] == 4 || c.out[at + 1] == 9);
		rtp += c.out[at + 1] == 4;
		reports += c.out[at + 1] == 9;
	}
	assert_int_equal(at, c.n);
	assert_true(rtp > 5);
	assert_int_equal(reports, 1);
	/* the next report comes five seconds later */
	bed_pass(&b, 4900000);
	c.n = 0;
	bed_publish_jpeg(b.cam1, &vga);
	client_pull(&c);
	assert_null(memmem(c.out, c.n, "\x80\xc8\0\6", 4));
	bed_pass(&b, 200000);
	bed_publish_jpeg(b.cam1, &vga);
	client_pull(&c);
	assert_non_null(memmem(c.out, c.n, "\x80\xc8\0\6", 4));
	client_close(&c);
	bed_close(&b);
}

static void
a_young_picture_is_sent_at_once_and_announced(void **state)
{
	struct bed b;
	struct client c;
	const char *info;
	unsigned seq;
	uint32_t rtptime;

	(void)state;
	bed_open(&b, 1);
	bed_publish_jpeg(b.cam1, &vga);
	watch(&b, &c, JPEG_URL, true);
	assert_non_null(info = strstr(c.out, ";seq="));
	assert_int_equal(sscanf(info, ";seq=%u;rtptime=%u", &seq, &rtptime), 2);
	assert_non_null(info = memmem(c.out, c.n, "\r\n\r\n$", 5));
	assert_int_equal((uint8_t)info[4 + 6] << 8 | (uint8_t)info[4 + 7], seq);
	assert_int_equal((uint32_t)(uint8_t)info[4 + 8] << 24 |
		(uint32_t)(uint8_t)info[4 + 9] << 16 |
		(uint32_t)(uint8_t)info[4 + 10] << 8 | (uint8_t)info[4 + 11],
	    rtptime);
	client_close(&c);
	bed_close(&b);
}

static void
a_slow_jpeg_viewer_gets_the_newest_whole_pictures(void **state)
{
	struct bed b;
	struct client c;
	size_t before;
	int i;

	(void)state;
	bed_open(&b, 1);
	watch(&b, &c, JPEG_URL, true);
	client_pull(&c);
	c.full = true;
	bed_publish_jpeg(b.cam1, &vga);
	rtsp_session_written(c.s, 100); /* the first one has begun */
	before = c.s->queue.bytes;
	for (i = 0; i < 50; i++) {
		bed_pass(&b, 66667);
		bed_publish_jpeg(b.cam1, &vga);
		assert_true(c.s->queue.frames <= RTSP_QUEUE_JPEGS);
	}
	assert_int_equal(c.s->queue.frames, 2);
	assert_int_equal(c.s->queue.dropped, 49);
	assert_true(c.s->queue.bytes < before * 5 / 2);
	/* what has begun is completed: the next bytes continue packet after packet */
	c.full = false;
	c.n = 0;
	client_pull(&c);
	assert_int_equal(c.s->queue.bytes, 0);
	client_close(&c);
	bed_close(&b);
}

static void
a_slow_h264_viewer_starts_again_at_a_key_frame(void **state)
{
	struct bed b;
	struct client c;
	unsigned asked;
	int i;

	(void)state;
	bed_open(&b, 1);
	watch(&b, &c, H264_URL, true);
	publish_h264(b.cam1, false, 1000); /* before a key frame: not for this one */
	client_pull(&c);
	assert_int_equal(c.s->queue.dropped, 0);
	assert_int_equal(c.s->tracks[RTSP_PICTURES].packets, 0);
	publish_h264(b.cam1, true, 3000);
	client_pull(&c);
	assert_true(c.s->tracks[RTSP_PICTURES].packets > 0);
	bed_pass(&b, 2000000);
	asked = b.keyframes;
	c.full = true;
	for (i = 0; i < 40; i++) {
		publish_h264(b.cam1, false, 60000);
		assert_true(c.s->queue.frame_bytes <= RTSP_QUEUE_BYTES);
		bed_pass(&b, 1000);
	}
	assert_true(c.s->queue.want_key);
	assert_int_equal(b.keyframes, asked + 1);
	/* by time as well: a second's worth of small ones */
	publish_h264(b.cam1, true, 3000);
	assert_false(c.s->queue.want_key);
	for (i = 0; i < 20; i++) {
		bed_pass(&b, 66667);
		publish_h264(b.cam1, false, 500);
		assert_true(c.s->queue.frames <= 17);
	}
	assert_true(c.s->queue.want_key);
	client_close(&c);
	bed_close(&b);
}

static void
pause_stops_and_play_goes_on(void **state)
{
	struct bed b;
	struct client c;
	char headers[256];

	(void)state;
	bed_open(&b, 1);
	watch(&b, &c, JPEG_URL, true);
	snprintf(headers, sizeof(headers), AUTH "Session: %s\r\n", c.id);
	assert_int_equal(client_ask(&c, "PAUSE", JPEG_URL, headers), 200);
	c.n = 0;
	bed_publish_jpeg(b.cam1, &vga);
	client_pull(&c);
	assert_int_equal(c.n, 0);
	bed_pass(&b, 11000000);
	assert_int_equal(b.sources, 0); /* nobody watches */
	assert_int_equal(client_ask(&c, "PLAY", JPEG_URL "/track1", headers), 200);
	bed_pass(&b, 0);
	assert_int_equal(b.sources, 1);
	bed_publish_jpeg(b.cam1, &vga);
	c.n = 0;
	client_pull(&c);
	assert_true(c.n > 5000);
	client_close(&c);
	bed_close(&b);
}

static void
expect_end(struct bed *b, struct client *c, int64_t us, bool ends)
{
	bed_pass(b, us);
	rtsp_session_tick(c->s);
	assert_int_equal(c->s->closing, ends);
}

static void
time_runs_out_for_the_silent(void **state)
{
	struct bed b;
	struct client c;
	int i;

	(void)state;
	bed_open(&b, 1);
	/* no sign-in, whatever else is asked */
	client_open(&b, &c, "192.0.2.1:1000");
	expect_end(&b, &c, 14000000, false);
	assert_int_equal(client_ask(&c, "OPTIONS", "*", ""), 200);
	expect_end(&b, &c, 1100000, true);
	client_close(&c);
	/* half a request, dripping in */
	client_open(&b, &c, "192.0.2.1:1000");
	client_bytes(&c, "OPT", 3);
	expect_end(&b, &c, 6000000, false);
	client_bytes(&c, "IONS", 4);
	expect_end(&b, &c, 4100000, true);
	client_close(&c);
	/* signed in and set up, but never playing */
	watch(&b, &c, JPEG_URL, false);
	for (i = 0; i < 5; i++) {
		expect_end(&b, &c, 10000000, false);
		bed_publish_jpeg(b.cam1, &vga);
	}
	assert_int_equal(client_ask(&c, "GET_PARAMETER", JPEG_URL, ""), 200);
	for (i = 0; i < 6; i++) {
		expect_end(&b, &c, 9900000, false);
		bed_publish_jpeg(b.cam1, &vga);
	}
	expect_end(&b, &c, 2000000, true);
	client_close(&c);
	bed_close(&b);
}

static void
a_playing_session_needs_no_requests_but_must_read(void **state)
{
	struct bed b;
	struct client c;
	int i;

	(void)state;
	bed_open(&b, 1);
	watch(&b, &c, JPEG_URL, true);
	for (i = 0; i < 100; i++) {
		bed_publish_jpeg(b.cam1, &vga);
		client_pull(&c);
		expect_end(&b, &c, 1000000, false);
	}
	c.full = true;
	bed_publish_jpeg(b.cam1, &vga);
	expect_end(&b, &c, 9000000, false);
	bed_publish_jpeg(b.cam1, &vga);
	expect_end(&b, &c, 1100000, true);
	assert_int_equal(c.s->queue.bytes, 0); /* nothing to wait for */
	client_close(&c);
	bed_close(&b);
}

static void
a_removed_camera_says_bye(void **state)
{
	struct bed b;
	struct client c;

	(void)state;
	bed_open(&b, 1);
	watch(&b, &c, JPEG_URL, true);
	bed_publish_jpeg(b.cam1, &vga);
	client_pull(&c);
	c.n = 0;
	hub_remove_camera(b.cam1);
	client_pull(&c);
	assert_true(c.s->closing);
	assert_non_null(memmem(c.out, c.n, "\x81\xcb\0\1", 4));
	client_close(&c);
	bed_close(&b);
}

static void
a_lost_camera_ends_the_session(void **state)
{
	struct bed b;
	struct client c;

	(void)state;
	bed_open(&b, 1);
	watch(&b, &c, JPEG_URL, true);
	expect_end(&b, &c, 29000000, false);
	expect_end(&b, &c, 1100000, true);
	client_close(&c);
	bed_close(&b);
}

/* T-RTSP-IL (R3). */
static void
frames_before_setup_and_on_odd_channels_end_it(void **state)
{
	struct bed b;
	struct client c;
	int i;

	(void)state;
	bed_open(&b, 1);
	client_open(&b, &c, "192.0.2.1:1000");
	client_bytes(&c, "$\0\0\1x", 5);
	assert_true(c.s->closing);
	client_close(&c);
	watch(&b, &c, JPEG_URL, true);
	for (i = 0; i < 1000; i++)
		client_bytes(&c, "$\1\0\4\x80\xc9\0\1", 8);
	assert_false(c.s->closing); /* reports are welcome */
	for (i = 0; i < 101; i++) {
		assert_false(c.s->closing);
		client_bytes(&c, "$\7\0\1x", 5);
	}
	assert_true(c.s->closing);
	client_close(&c);
	bed_close(&b);
}

static void
who_does_not_read_replies_is_not_read(void **state)
{
	struct bed b;
	struct client c;
	int i;

	(void)state;
	bed_open(&b, 1);
	client_open(&b, &c, "192.0.2.1:1000");
	c.full = true;
	for (i = 0; i < 100000 && rtsp_session_reads(c.s); i++)
		client_ask(&c, "OPTIONS", "*", "");
	assert_false(rtsp_session_reads(c.s));
	assert_true(c.s->queue.bytes < 2 * RTSP_TEXT_MAX);
	client_close(&c);
	bed_close(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_who_signed_in_learns_what_exists),
		cmocka_unit_test(five_wrong_passwords_end_a_connection),
		cmocka_unit_test(a_session_is_good_on_its_own_connection_only),
		cmocka_unit_test(setup_says_what_is_wrong),
		cmocka_unit_test(a_cold_camera_is_waited_for),
		cmocka_unit_test(a_silent_camera_gives_503_after_three_seconds),
		cmocka_unit_test(a_camera_removed_meanwhile_gives_404),
		cmocka_unit_test(h264_is_described_when_its_sets_are_known),
		cmocka_unit_test(no_encoder_is_503_with_the_reason),
		cmocka_unit_test(what_rtp_cannot_carry_is_415),
		cmocka_unit_test(frames_come_on_the_channels_asked_for),
		cmocka_unit_test(a_young_picture_is_sent_at_once_and_announced),
		cmocka_unit_test(a_slow_jpeg_viewer_gets_the_newest_whole_pictures),
		cmocka_unit_test(a_slow_h264_viewer_starts_again_at_a_key_frame),
		cmocka_unit_test(pause_stops_and_play_goes_on),
		cmocka_unit_test(time_runs_out_for_the_silent),
		cmocka_unit_test(a_playing_session_needs_no_requests_but_must_read),
		cmocka_unit_test(a_removed_camera_says_bye),
		cmocka_unit_test(a_lost_camera_ends_the_session),
		cmocka_unit_test(frames_before_setup_and_on_odd_channels_end_it),
		cmocka_unit_test(who_does_not_read_replies_is_not_read),
	};

	return cmocka_run_group_tests_name("rtsp_session", tests, NULL, NULL);
}
