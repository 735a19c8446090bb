/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Transport header, session descriptions, and RTCP. */
#include "config.h"

#include <string.h>

#include "streamd/outputs/rtcp.h"
#include "streamd/outputs/rtsp_sdp.h"
#include "streamd/outputs/rtsp_transport.h"
#include "tests/unit.h"

static void
the_first_tcp_entry_wins(void **state)
{
	static const struct {
		const char *header;
		int r, rtp, rtcp; /* rtp -1: the server chooses */
	} table[] = {
		{ "RTP/AVP/TCP;unicast;interleaved=0-1", 0, 0, 1 },
		{ "RTP/AVP/TCP;unicast;interleaved=4-5;mode=\"PLAY\"", 0, 4, 5 },
		{ "rtp/avp/tcp; interleaved=254-255 ", 0, 254, 255 },
		{ "RTP/AVP/TCP;interleaved=7", 0, 7, 8 },
		{ "RTP/AVP/TCP", 0, -1, 0 },
		{ "RTP/AVP;unicast;client_port=5000-5001", -1, 0, 0 },
		{ "RTP/AVP/UDP;unicast;client_port=5000-5001,RTP/AVP/"
		  "TCP;interleaved=2-3",
		    0, 2, 3 },
		{ "RTP/AVP/TCP;multicast,RTP/AVP/TCP;interleaved=2-3", 0, 2, 3 },
		{ "RTP/AVP/TCP;mode=record", -1, 0, 0 },
		{ "RTP/SAVP/TCP;interleaved=0-1", -1, 0, 0 },
		{ "RTP/AVP/TCP;interleaved=0-0", -2, 0, 0 },
		{ "RTP/AVP/TCP;interleaved=255", -2, 0, 0 },
		{ "RTP/AVP/TCP;interleaved=256-257", -2, 0, 0 },
		{ "RTP/AVP/TCP;interleaved=-1", -2, 0, 0 },
		{ "RTP/AVP/TCP;interleaved=1-", -2, 0, 0 },
		{ "RTP/AVP/TCP;interleaved=0001-2", -2, 0, 0 },
		{ "RTP/AVP/TCP;interleaved=1-2-3", -2, 0, 0 },
		{ "", -2, 0, 0 },
		{ ",", -2, 0, 0 },
	};
	struct rtsp_transport t;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		memset(&t, 0, sizeof(t));
		assert_int_equal(
		    rtsp_transport_choose(table[i].header, false, &t), table[i].r);
		if (table[i].r < 0)
			continue;
		assert_int_equal(t.channels_given, table[i].rtp >= 0);
		if (t.channels_given) {
			assert_int_equal(t.rtp, table[i].rtp);
			assert_int_equal(t.rtcp, table[i].rtcp);
		}
	}
}

/* With UDP on: the first entry that can be served, whatever it says of addresses. */
static void
udp_is_chosen_when_it_is_offered(void **state)
{
	static const struct {
		const char *header;
		int r;
		bool udp;
		unsigned port;
	} table[] = {
		{ "RTP/AVP;unicast;client_port=5000-5001", 0, true, 5000 },
		{ "RTP/AVP/UDP;unicast;client_port=5000", 0, true, 5000 },
		{ "RTP/AVP;client_port=5000-5001;destination=192.0.2.9;ttl=9", 0, true,
		    5000 },
		{ "RTP/AVP/TCP;interleaved=0-1,RTP/AVP;client_port=5000-5001", 0, false,
		    0 },
		{ "RTP/AVP;multicast,RTP/AVP/TCP;interleaved=0-1", 0, false, 0 },
		{ "RTP/AVP;unicast", -2, false, 0 },
		{ "RTP/AVP;client_port=0-1", -2, false, 0 },
		{ "RTP/AVP;client_port=80-81", -2, false, 0 },
		{ "RTP/AVP;client_port=1023-1024", -2, false, 0 },
		{ "RTP/AVP;client_port=5001-5002", -2, false, 0 },
		{ "RTP/AVP;client_port=5000-5003", -2, false, 0 },
		{ "RTP/AVP;client_port=5000-5000", -2, false, 0 },
		{ "RTP/AVP;client_port=65536-65537", -2, false, 0 },
		{ "RTP/AVP;client_port=-2", -2, false, 0 },
		{ "RTP/AVP;client_port=5000-5001-5002", -2, false, 0 },
		{ "RTP/AVP;client_port=999999999999999999999-1", -2, false, 0 },
	};
	struct rtsp_transport t;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		assert_int_equal(
		    rtsp_transport_choose(table[i].header, true, &t), table[i].r);
		if (table[i].r < 0)
			continue;
		assert_int_equal(t.udp, table[i].udp);
		assert_int_equal(t.udp ? t.rtp_port : 0, table[i].port);
		assert_int_equal(t.udp ? t.rtcp_port : 0,
		    table[i].udp ? table[i].port + 1 : 0);
	}
}

static void
jpeg_is_described(void **state)
{
	const struct rtsp_sdp d = { .codec = CODEC_JPEG,
		.camera = "cam1",
		.session = 7,
		.width = 640,
		.height = 480 };
	char text[RTSP_SDP_MAX];

	(void)state;
	assert_true(rtsp_sdp(&d, text) > 0);
	assert_string_equal(text,
	    "v=0\r\no=- 7 1 IN IP4 0.0.0.0\r\ns=cam1\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\n"
	    "a=control:*\r\na=range:npt=now-\r\nm=video 0 RTP/AVP 26\r\n"
	    "a=rtpmap:26 JPEG/90000\r\na=x-dimensions:640,480\r\na=control:track1\r\n");
}

static void
h264_is_described_with_its_parameter_sets(void **state)
{
	static const uint8_t sets[] = { 0, 0, 0, 1, 0x67, 0x42, 0xc0, 0x1e, 0xaa, 0, 0,
		0, 1, 0x68, 0xce, 0x3c, 0x80 };
	struct rtsp_sdp d = { .codec = CODEC_H264,
		.camera = "cam1",
		.sets = sets,
		.sets_n = sizeof(sets) };
	char text[RTSP_SDP_MAX];

	(void)state;
	assert_true(rtsp_sdp(&d, text) > 0);
	assert_non_null(strstr(text,
	    "a=fmtp:96 packetization-mode=1;profile-level-id=42C01E;"
	    "sprop-parameter-sets=Z0LAHqo=,aM48gA==\r\n"));
	d.sets_n = 9; /* no PPS */
	assert_int_equal(rtsp_sdp(&d, text), 0);
	d.sets = NULL;
	assert_int_equal(rtsp_sdp(&d, text), 0);
}

static void
reports_are_whole_words_and_name_the_sender(void **state)
{
	struct rtcp_report r = { .ssrc = 0x01020304,
		.wall_us = 1500000,
		.rtp_time = 90,
		.packets = 5,
		.payload_n = 6000 };
	static const char *const names[] = { "", "a", "ab", "abc", "camherd" };
	uint8_t p[RTCP_MAX];
	size_t i, n, words;

	(void)state;
	for (i = 0; i < 5; i++) {
		r.cname = names[i];
		n = rtcp_report(&r, 3, p);
		assert_int_equal(p[0], '$');
		assert_int_equal(p[1], 3);
		assert_int_equal((size_t)p[2] << 8 | p[3], n - 4);
		assert_int_equal((n - 4) % 4, 0);
		assert_memory_equal(p + 4, "\x80\xc8\0\6\1\2\3\4", 8);
		/* 1.5 s after 1970, in NTP's count */
		assert_memory_equal(p + 12, "\x83\xaa\x7e\x81\x80\0\0\0", 8);
		assert_memory_equal(p + 20, "\0\0\0\x5a\0\0\0\5\0\0\x17\x70", 12);
		assert_memory_equal(p + 32, "\x81\xca", 2);
		words = (size_t)p[34] << 8 | p[35];
		assert_int_equal(32 + 4 + words * 4, n);
		assert_int_equal(p[40], 1);
		assert_int_equal(p[41], strlen(names[i]));
		assert_memory_equal(p + 42, names[i], strlen(names[i]));
		assert_int_equal(p[n - 1], 0);
		assert_int_equal(rtcp_bye(&r, 3, p), n + 8);
		assert_memory_equal(p + n, "\x81\xcb\0\1\1\2\3\4", 8);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(udp_is_chosen_when_it_is_offered),
		cmocka_unit_test(the_first_tcp_entry_wins),
		cmocka_unit_test(jpeg_is_described),
		cmocka_unit_test(h264_is_described_with_its_parameter_sets),
		cmocka_unit_test(reports_are_whole_words_and_name_the_sender),
	};

	return cmocka_run_group_tests_name("rtsp_text", tests, NULL, NULL);
}
