/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The dialogues of players that cannot be run here: go2rtc and what is built on live555
 * (VLC, openRTSP, many recorders). Each asks as it does: which challenge it takes,
 * which address it signs, how it joins addresses, how it says that it is still there.
 * All five kinds of streams: RTP/JPEG 4:2:0 and 4:2:2, with and without restart
 * markers, H.264.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/err.h"
#include "streamd/outputs/rtp_pack.h"
#include "tests/rtsp_bed.h"
#include "tests/unit.h"

#define USER "camherd"
#define PASSWORD "kq3v9x0b7m2z4n8c1p6d"

static const struct stream_kind {
	const char *url; /* as a person typed it */
	const char *rtpmap;
	unsigned payload; /* RTP payload type */
	unsigned jpeg; /* type of RFC 2435 */
	struct picture_kind picture;
} kinds[] = {
	{ "rtsp://h:8654/cam1/mjpeg", "a=rtpmap:26 JPEG/90000", 26, 1,
	    { .width = 320, .height = 240 } },
	{ "rtsp://h:8654/cam1/mjpeg", "a=rtpmap:26 JPEG/90000", 26, 65,
	    { .width = 320, .height = 240, .restart = 4 } },
	{ "rtsp://h:8654/cam1/mjpeg", "a=rtpmap:26 JPEG/90000", 26, 0,
	    { .width = 320, .height = 240, .h = 2, .v = 1 } },
	{ "rtsp://h:8654/cam1/mjpeg", "a=rtpmap:26 JPEG/90000", 26, 64,
	    { .width = 320, .height = 240, .h = 2, .v = 1, .restart = 4 } },
	{ .url = "rtsp://h:8654/cam1",
	    .rtpmap = "a=rtpmap:96 H264/90000",
	    .payload = 96 },
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static void
publish(struct bed *b, const struct stream_kind *k)
{
	static const uint8_t sets[] = { 0, 0, 0, 1, 0x67, 0x42, 0xc0, 0x1e, 0xaa, 0, 0,
		0, 1, 0x68, 0xce, 0x3c, 0x80 };
	uint8_t unit[sizeof(sets) + 2000];
	struct frame *f;

	if (k->payload == 26) {
		bed_publish_jpeg(b->cam1, &k->picture);
		return;
	}
	memset(unit, 0x55, sizeof(unit));
	memcpy(unit, sets, sizeof(sets));
	memcpy(unit + sizeof(sets), "\0\0\0\1\x65", 5);
	(void)hub_set_parameter_sets(
	    hub_camera_stream(b->cam1, CODEC_H264), sets, sizeof(sets));
	assert_non_null(f = frame_new(CODEC_H264, unit, sizeof(unit)));
	f->arrived_us = bed_now();
	f->keyframe = true;
	hub_publish(hub_camera_stream(b->cam1, CODEC_H264), f);
	frame_unref(f);
}

/* One picture as the client got it: packets on its RTP channel, the last one marked. */
static void
sees_a_picture(struct bed *b, struct client *c, const struct stream_kind *k)
{
	const uint8_t *p = (const uint8_t *)c->out;
	unsigned packets = 0, marks = 0;
	size_t at = 0, n;

	c->n = 0;
	bed_pass(b, 66000);
	publish(b, k);
	client_pull(c);
	assert_true(c->n > 0);
	for (; at + 4 <= c->n; at += 4 + n) {
		assert_int_equal(p[at], '$');
		n = (size_t)p[at + 2] << 8 | p[at + 3];
		if (p[at + 1] == 1) /* a sender report */
			continue;
		assert_int_equal(p[at + 1], 0);
		assert_int_equal(p[at + 5] & 0x7f, k->payload);
		if (k->payload == 26) {
			assert_int_equal(p[at + 4 + 12 + 4], k->jpeg);
			assert_int_equal(p[at + 4 + 12 + 5], 255);
		}
		packets++;
		marks += p[at + 5] >> 7;
	}
	assert_int_equal(at, c->n);
	assert_true(packets >= 1);
	assert_int_equal(marks, 1);
}

/* The nonce of the n-th WWW-Authenticate line that begins with Digest. */
static void
take_nonce(const struct client *c, unsigned which, char ret[64])
{
	const char *at = c->out;

	for (; which > 0; which--)
		assert_non_null(
		    at = strstr(at + 1, "\r\nWWW-Authenticate: Digest realm=\""));
	assert_non_null(at = strstr(at, "nonce=\""));
	snprintf(ret, 64, "%.*s", (int)strcspn(at + 7, "\""), at + 7);
}

/* MD5 without qop, as both write it. */
static void
sign(const char *nonce, const char *method, const char *uri, char *ret, size_t ret_size)
{
	struct rtsp_digest d = { false, USER, RTSP_REALM, PASSWORD, method, uri, nonce,
		"", "", "" };
	char response[RTSP_DIGEST_MAX];

	rtsp_auth_digest(&d, response);
	snprintf(ret, ret_size,
	    "Authorization: Digest username=\"" USER "\", realm=\"" RTSP_REALM
	    "\", nonce=\"%s\", uri=\"%s\", response=\"%s\"\r\n",
	    nonce, uri, response);
}

/* A receiver report, interleaved. */
static void
report(struct client *c, uint8_t channel)
{
	uint8_t rr[4 + 8] = { '$', channel, 0, 8, 0x80, 201, 0, 1, 1, 2, 3, 4 };

	client_bytes(c, rr, sizeof(rr));
}

/* A minute and a half of pictures; who only takes them is asked for nothing. */
static void
stays(struct bed *b, struct client *c, const struct stream_kind *k)
{
	int i;

	for (i = 0; i < 18; i++) {
		bed_pass(b, 4900000);
		rtsp_session_tick(c->s);
		assert_false(c->s->closing);
		sees_a_picture(b, c, k);
	}
}

/* go2rtc: takes the first challenge, which it answers with MD5 when it does not know
 * the algorithm; signs the very address it asks for; adds "/track1" to Content-Base;
 * keeps alive by OPTIONS with its session; hangs up behind TEARDOWN. */
static void
go2rtc_plays(struct bed *b, const struct stream_kind *k)
{
	char nonce[64], auth[400], headers[700], base[128], track[160];
	struct client c;

	client_open(b, &c, "192.0.2.1:1000");
	assert_int_equal(client_ask(&c, "OPTIONS", k->url, ""), 200);
	assert_int_equal(client_ask(&c, "DESCRIBE", k->url,
			     "Accept: application/sdp\r\nUser-Agent: go2rtc/1.9\r\n"),
	    401);
	take_nonce(&c, 1, nonce);
	sign(nonce, "DESCRIBE", k->url, auth, sizeof(auth));
	snprintf(headers, sizeof(headers),
	    "Accept: application/sdp\r\nUser-Agent: go2rtc/1.9\r\n%s", auth);
	assert_int_equal(client_ask(&c, "DESCRIBE", k->url, headers), 200);
	snprintf(base, sizeof(base), "%s/", k->url);
	snprintf(headers, sizeof(headers), "\r\nContent-Base: %s\r\n", base);
	assert_non_null(strstr(c.out, headers));
	assert_non_null(strstr(c.out, k->rtpmap));
	snprintf(track, sizeof(track), "%strack1", base);
	sign(nonce, "SETUP", track, auth, sizeof(auth));
	snprintf(headers, sizeof(headers),
	    "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n%s", auth);
	assert_int_equal(client_ask(&c, "SETUP", track, headers), 200);
	assert_non_null(
	    strstr(c.out, "\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1;"));
	sign(nonce, "PLAY", base, auth, sizeof(auth));
	snprintf(headers, sizeof(headers), "%sSession: %s\r\n", auth, c.id);
	assert_int_equal(client_ask(&c, "PLAY", base, headers), 200);
	sees_a_picture(b, &c, k);
	stays(b, &c, k);
	sign(nonce, "OPTIONS", base, auth, sizeof(auth));
	snprintf(headers, sizeof(headers), "%sSession: %s\r\n", auth, c.id);
	assert_int_equal(client_ask(&c, "OPTIONS", base, headers), 200);
	sees_a_picture(b, &c, k);
	sign(nonce, "TEARDOWN", base, auth, sizeof(auth));
	snprintf(headers, sizeof(headers), "%sSession: %s\r\n", auth, c.id);
	assert_int_equal(client_ask(&c, "TEARDOWN", base, headers), 200);
	assert_true(c.s->closing);
	client_close(&c);
}

/* live555: takes the last Digest challenge; signs Content-Base, whatever it asks for;
 * sends receiver reports and GET_PARAMETER with a body; others send SET_PARAMETER and
 * give up when it is refused; waits for the answer to TEARDOWN. */
static void
live555_plays(struct bed *b, const struct stream_kind *k)
{
	static const char agent[] =
	    "User-Agent: openRTSP (LIVE555 Streaming Media)\r\n";
	char nonce[64], auth[400], headers[900], base[128], track[160];
	struct client c;
	int i;

	client_open(b, &c, "192.0.2.1:1001");
	assert_int_equal(client_ask(&c, "OPTIONS", k->url, agent), 200);
	assert_non_null(strstr(c.out, "GET_PARAMETER"));
	snprintf(headers, sizeof(headers), "%sAccept: application/sdp\r\n", agent);
	assert_int_equal(client_ask(&c, "DESCRIBE", k->url, headers), 401);
	take_nonce(&c, 2, nonce);
	sign(nonce, "DESCRIBE", k->url, auth, sizeof(auth));
	snprintf(
	    headers, sizeof(headers), "%s%sAccept: application/sdp\r\n", auth, agent);
	assert_int_equal(client_ask(&c, "DESCRIBE", k->url, headers), 200);
	assert_non_null(strstr(c.out, k->rtpmap));
	snprintf(base, sizeof(base), "%s/", k->url);
	snprintf(track, sizeof(track), "%strack1", base);
	sign(nonce, "SETUP", base, auth, sizeof(auth));
	snprintf(headers, sizeof(headers),
	    "%s%sTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n", auth, agent);
	assert_int_equal(client_ask(&c, "SETUP", track, headers), 200);
	sign(nonce, "PLAY", base, auth, sizeof(auth));
	snprintf(headers, sizeof(headers), "%s%sSession: %s\r\nRange: npt=0.000-\r\n",
	    auth, agent, c.id);
	assert_int_equal(client_ask(&c, "PLAY", base, headers), 200);
	assert_non_null(strstr(c.out, "\r\nRTP-Info: url="));
	for (i = 0; i < 3; i++) {
		report(&c, 1);
		sees_a_picture(b, &c, k);
	}
	stays(b, &c, k);
	sign(nonce, "GET_PARAMETER", base, auth, sizeof(auth));
	snprintf(headers, sizeof(headers), "%s%sSession: %s\r\n", auth, agent, c.id);
	assert_int_equal(client_ask(&c, "GET_PARAMETER", base, headers), 200);
	snprintf(
	    headers, sizeof(headers), "Session: %s\r\nContent-Length: 0\r\n", c.id);
	assert_int_equal(client_ask(&c, "SET_PARAMETER", base, headers), 200);
	sees_a_picture(b, &c, k);
	sign(nonce, "TEARDOWN", base, auth, sizeof(auth));
	snprintf(headers, sizeof(headers), "%s%sSession: %s\r\n", auth, agent, c.id);
	assert_int_equal(client_ask(&c, "TEARDOWN", base, headers), 200);
	client_close(&c);
}

static void
run(void (*plays)(struct bed *, const struct stream_kind *), size_t kind)
{
	struct bed b;

	bed_open(&b, 1);
	publish(&b, &kinds[kind]);
	plays(&b, &kinds[kind]);
	bed_pass(&b, 60000000);
	bed_close(&b);
}

#define DIALOGUE(name, plays, kind)                                                    \
	static void name(void **state)                                                 \
	{                                                                              \
		(void)state;                                                           \
		run(plays, kind);                                                      \
	}
DIALOGUE(go2rtc_plays_jpeg_420, go2rtc_plays, 0)
DIALOGUE(go2rtc_plays_jpeg_420_with_restart_markers, go2rtc_plays, 1)
DIALOGUE(go2rtc_plays_jpeg_422, go2rtc_plays, 2)
DIALOGUE(go2rtc_plays_jpeg_422_with_restart_markers, go2rtc_plays, 3)
DIALOGUE(go2rtc_plays_h264, go2rtc_plays, 4)
DIALOGUE(live555_plays_jpeg_420, live555_plays, 0)
DIALOGUE(live555_plays_jpeg_420_with_restart_markers, live555_plays, 1)
DIALOGUE(live555_plays_jpeg_422, live555_plays, 2)
DIALOGUE(live555_plays_jpeg_422_with_restart_markers, live555_plays, 3)
DIALOGUE(live555_plays_h264, live555_plays, 4)

/* live555 looks for stale right behind the nonce, and gives up without it. */
static void
an_old_nonce_is_called_stale_where_live555_looks(void **state)
{
	char nonce[64], auth[400];
	struct client c, later;
	struct bed b;

	(void)state;
	bed_open(&b, 1);
	publish(&b, &kinds[0]);
	client_open(&b, &c, "192.0.2.1:1000");
	assert_int_equal(client_ask(&c, "DESCRIBE", kinds[0].url, ""), 401);
	assert_null(strstr(c.out, "stale"));
	take_nonce(&c, 2, nonce);
	client_close(&c);
	bed_pass(&b, 61000000);
	client_open(&b, &later, "192.0.2.1:1000");
	sign(nonce, "DESCRIBE", kinds[0].url, auth, sizeof(auth));
	assert_int_equal(client_ask(&later, "DESCRIBE", kinds[0].url, auth), 401);
	assert_non_null(strstr(later.out, "\", stale=true, algorithm=MD5\r\n"));
	client_close(&later);
	bed_close(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(go2rtc_plays_jpeg_420),
		cmocka_unit_test(go2rtc_plays_jpeg_420_with_restart_markers),
		cmocka_unit_test(go2rtc_plays_jpeg_422),
		cmocka_unit_test(go2rtc_plays_jpeg_422_with_restart_markers),
		cmocka_unit_test(go2rtc_plays_h264),
		cmocka_unit_test(live555_plays_jpeg_420),
		cmocka_unit_test(live555_plays_jpeg_420_with_restart_markers),
		cmocka_unit_test(live555_plays_jpeg_422),
		cmocka_unit_test(live555_plays_jpeg_422_with_restart_markers),
		cmocka_unit_test(live555_plays_h264),
		cmocka_unit_test(an_old_nonce_is_called_stale_where_live555_looks),
	};

	return cmocka_run_group_tests_name("rtsp_clients", tests, NULL, NULL);
}
