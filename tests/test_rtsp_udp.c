/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RTP over UDP through a real server on loopback: where datagrams go, and when they
 * stop. */
#include "config.h"

#include <arpa/inet.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/err.h"
#include "common/loop.h"
#include "common/text.h"
#include "streamd/hub_feed.h"
#include "streamd/jpeg.h"
#include "streamd/outputs/rtcp.h"
#include "streamd/outputs/rtsp_server.h"
#include "streamd/outputs/rtsp_udp.h"
#include "tests/rtsp_bed.h"
#include "tests/sim/picture.h"
#include "tests/unit.h"

#define AUTH "Authorization: " BED_BASIC "\r\n"
#define DEADLINE_MS 60000
#define VARIANTS 200

struct world {
	struct loop *loop;
	struct hub *hub;
	struct hub_camera *cam;
	struct rtsp_server *server;
	int fd; /* the client's connection */
	unsigned cseq;
	char session[64], reply[4096];
	int rtp, rtcp; /* the client's datagrams */
	unsigned port;
	int canary; /* whom a liar would like to flood */
	unsigned canary_port;
};

static void
nothing(void *arg)
{
	(void)arg;
}

static const struct hub_source_ops source_ops = { nothing, nothing };

static int
bind_udp(const char *host, unsigned want, unsigned *ret_port)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	socklen_t n = sizeof(in);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	assert_true(fd >= 0);
	in.sin_port = htons((uint16_t)want);
	assert_int_equal(inet_pton(AF_INET, host, &in.sin_addr), 1);
	if (bind(fd, (struct sockaddr *)&in, sizeof(in)) < 0) {
		close(fd);
		return -1;
	}
	assert_int_equal(getsockname(fd, (struct sockaddr *)&in, &n), 0);
	*ret_port = ntohs(in.sin_port);
	return fd;
}

/* An even port and the next one, as players take them. */
static void
bind_client(struct world *w)
{
	unsigned other;

	for (;;) {
		assert_true((w->rtp = bind_udp("127.0.0.1", 0, &w->port)) >= 0);
		if (w->port % 2 == 0 &&
		    (w->rtcp = bind_udp("127.0.0.1", w->port + 1, &other)) >= 0)
			return;
		close(w->rtp);
	}
}

static void
dial(struct world *w)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	const char *at = strrchr(rtsp_server_address(w->server), ':');

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	in.sin_port = htons((uint16_t)atoi(at + 1));
	w->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(w->fd >= 0);
	assert_int_equal(connect(w->fd, (struct sockaddr *)&in, sizeof(in)), 0);
}

static void
open_world(struct world *w)
{
	struct hub_options ho = { .linger_s = 1 };
	struct rtsp_options ro = { .listen = "127.0.0.1:0",
		.max_clients = 8,
		.udp = true };
	struct err e = { .code = ERR_NONE };

	memset(w, 0, sizeof(*w));
	assert_non_null(w->loop = loop_new(&e));
	assert_non_null(w->hub = hub_new(w->loop, &ho, &e));
	assert_non_null(
	    w->cam = hub_add_camera(w->hub, "cam1", &source_ops, NULL, &e));
	assert_non_null(
	    w->server = rtsp_server_new(w->loop, w->hub, NULL, &ro, &e));
	rtsp_server_credentials(w->server, "camherd", "kq3v9x0b7m2z4n8c1p6d");
	bind_client(w);
	assert_true(
	    (w->canary = bind_udp("127.0.0.2", 0, &w->canary_port)) >= 0);
	dial(w);
}

static void
close_world(struct world *w)
{
	close(w->fd);
	close(w->rtp);
	close(w->rtcp);
	close(w->canary);
	rtsp_server_free(w->server);
	hub_free(w->hub);
	loop_free(w->loop);
}

static void
turn(struct world *w)
{
	event_base_loop(loop_base(w->loop), EVLOOP_ONCE | EVLOOP_NONBLOCK);
}

/* Ask and wait for the head of the reply; its status, 0 when the server closed. */
static int
ask(struct world *w, const char *method, const char *url, const char *headers)
{
	char request[2048];
	int64_t end = loop_now_us() + DEADLINE_MS * INT64_C(1000);
	const char *id;
	size_t got = 0;
	ssize_t n;

	snprintf(request, sizeof(request), "%s %s RTSP/1.0\r\nCSeq: %u\r\n" AUTH "%s\r\n",
	    method, url, ++w->cseq, headers);
	assert_true(send(w->fd, request, strlen(request), MSG_NOSIGNAL) > 0);
	do {
		turn(w);
		n = recv(w->fd, w->reply + got, sizeof(w->reply) - 1 - got,
		    MSG_DONTWAIT);
		if (n == 0)
			return 0;
		got += n > 0 ? (size_t)n : 0;
		w->reply[got] = '\0';
		assert_true(loop_now_us() < end);
	} while (strstr(w->reply, "\r\n\r\n") == NULL);
	if ((id = strstr(w->reply, "Session: ")) != NULL)
		snprintf(w->session, sizeof(w->session), "Session: %.32s\r\n", id + 9);
	return atoi(w->reply + 9);
}

static void
publish(struct hub_camera *cam, int64_t now)
{
	static const struct picture_kind kind = { .width = 320, .height = 240 };
	size_t n;
	uint8_t *p = picture_make(&kind, 1, 1, &n);
	struct frame *f = frame_take(CODEC_JPEG, p, n);

	assert_non_null(f);
	f->rtp_ok = true;
	f->arrived_us = now;
	hub_publish(hub_camera_stream(cam, CODEC_JPEG), f);
	frame_unref(f);
}

/* Datagrams that wait on a socket; the first one in ret. */
static unsigned
drain(int fd, uint8_t ret[1500], size_t *ret_n)
{
	uint8_t buf[1500];
	unsigned count = 0;
	ssize_t n;

	while ((n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT)) > 0) {
		if (count++ > 0)
			continue;
		memcpy(ret, buf, (size_t)n);
		*ret_n = (size_t)n;
	}
	return count;
}

/* Loopback delivers inside the send: nothing needs to be waited for. */
static void
a_viewer_gets_pictures_and_reports(void **state)
{
	struct world w;
	char headers[200], want[80];
	uint8_t p[1500];
	size_t n = 0;

	(void)state;
	open_world(&w);
	snprintf(headers, sizeof(headers),
	    "Transport: RTP/AVP;unicast;client_port=%u-%u\r\n", w.port, w.port + 1);
	assert_int_equal(
	    ask(&w, "SETUP", "rtsp://h/cam1/mjpeg/track1", headers), 200);
	snprintf(want, sizeof(want), "client_port=%u-%u;server_port=", w.port,
	    w.port + 1);
	assert_non_null(strstr(w.reply, want));
	publish(w.cam, loop_now_us());
	assert_int_equal(drain(w.rtp, p, &n), 0);
	assert_int_equal(ask(&w, "PLAY", "rtsp://h/cam1/mjpeg", w.session), 200);
	publish(w.cam, loop_now_us());
	assert_true(drain(w.rtp, p, &n) > 3);
	assert_int_equal(p[0], 0x80);
	assert_int_equal(p[1] & 0x7f, 26);
	assert_int_equal(drain(w.rtcp, p, &n), 1);
	assert_int_equal(p[1], 200); /* a sender report */
	assert_int_equal(ask(&w, "TEARDOWN", "rtsp://h/cam1/mjpeg", w.session), 200);
	publish(w.cam, loop_now_us());
	assert_int_equal(drain(w.rtp, p, &n), 0);
	close_world(&w);
}

/* T-RTSP-REFL (R6). Whatever a client says of addresses, ports of others or ttl: what it
 * gets goes to its own address or nowhere. */
static void
nothing_goes_to_any_other_address(void **state)
{
	static const char *const lies[] = { "destination=127.0.0.2",
		"destination=127.0.0.2;source=127.0.0.2", "source=127.0.0.2",
		"destination=\"127.0.0.2\"", "dest_addr=\"127.0.0.2:%u\"", "ttl=255",
		"destination=127.0.0.2:%u", "client_addr=127.0.0.2",
		"server_port=%u", "port=%u", "layers=2;append;destination=127.0.0.2" };
	char headers[400], lie[120];
	unsigned i, played = 0, port;
	struct world w;
	uint8_t p[1500];
	size_t n;

	(void)state;
	open_world(&w);
	for (i = 0; i < VARIANTS; i++) {
		const char *form = lies[i % (sizeof(lies) / sizeof(lies[0]))];
		const char *mark = strstr(form, "%u");

		/* Every second one names the canary's port, which is its own as well. */
		port = i % 2 != 0 ? w.canary_port & ~1u : w.port;
		if (mark != NULL)
			snprintf(lie, sizeof(lie), "%.*s%u%s", (int)(mark - form), form,
			    w.canary_port, mark + 2);
		else
			snprintf(lie, sizeof(lie), "%s", form);
		if (i / 11 % 3 == 0)
			snprintf(headers, sizeof(headers),
			    "Transport: RTP/AVP;unicast;%s;client_port=%u-%u\r\n", lie,
			    port, port + 1);
		else if (i / 11 % 3 == 1)
			snprintf(headers, sizeof(headers),
			    "Transport: RTP/AVP/UDP;client_port=%u-%u;%s\r\n", port,
			    port + 1, lie);
		else
			snprintf(headers, sizeof(headers),
			    "Transport: RTP/AVP;multicast;%s,RTP/AVP;client_port=%u;%s\r\n",
			    lie, port, lie);
		if (ask(&w, "SETUP", "rtsp://h/cam1/mjpeg/track1", headers) == 200 &&
		    ask(&w, "PLAY", "rtsp://h/cam1/mjpeg", w.session) == 200)
			played++;
		publish(w.cam, loop_now_us());
		turn(&w);
		close(w.fd);
		turn(&w);
		turn(&w);
		dial(&w);
	}
	assert_true(played > VARIANTS / 2);
	assert_true(drain(w.rtp, p, &n) > 0);
	assert_int_equal(drain(w.canary, p, &n), 0);
	close_world(&w);
}

/* With a clock that can be moved: no RTCP in ten seconds from PLAY on, or neither RTCP
 * nor a request in thirty later, and datagrams stop. */
static void
a_viewer_must_say_that_packets_arrive(void **state)
{
	struct sockaddr_storage near = { .ss_family = AF_INET }, from;
	struct sockaddr_in *in = (void *)&near;
	struct rtsp_loss loss = { .lost = 3 };
	struct client c;
	struct loop *l;
	struct bed b;
	struct err e;
	char headers[200];
	int round;

	(void)state;
	assert_non_null(l = loop_new(&e));
	in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (round = 0; round < 2; round++) {
		bed_open(&b, 1);
		assert_non_null(
		    b.shared.udp = rtsp_udp_new(l, &near, 0, NULL, NULL, &e));
		client_open(&b, &c, "127.0.0.1:1000");
		c.s->addr = near;
		assert_int_equal(client_ask(&c, "SETUP", "rtsp://h/cam1/mjpeg/track1",
				     AUTH "Transport: RTP/AVP;client_port=5000-5001\r\n"),
		    200);
		snprintf(headers, sizeof(headers), AUTH "Session: %s\r\n", c.id);
		assert_int_equal(
		    client_ask(&c, "PLAY", "rtsp://h/cam1/mjpeg", headers), 200);
		bed_pass(&b, 9000000);
		rtsp_session_tick(c.s);
		assert_false(c.s->closing);
		from = near;
		((struct sockaddr_in *)(void *)&from)->sin_port = htons(5003);
		assert_false(rtsp_session_heard(c.s, &from, &loss, 1));
		((struct sockaddr_in *)(void *)&from)->sin_port = htons(5001);
		loss.ssrc = c.s->tracks[0].rtp->ssrc;
		if (round == 1) {
			assert_true(rtsp_session_heard(c.s, &from, &loss, 1));
			assert_int_equal(c.s->tracks[0].lost, 3);
			/* A camera that is silent would end the session as well. */
			publish(b.cam1, bed_now());
			bed_pass(&b, 29000000);
			publish(b.cam1, bed_now());
			rtsp_session_tick(c.s);
			assert_false(c.s->closing);
		}
		bed_pass(&b, 2000000);
		rtsp_session_tick(c.s);
		assert_true(c.s->closing);
		client_close(&c);
		rtsp_udp_free(b.shared.udp);
		b.shared.udp = NULL;
		bed_close(&b);
	}
	loop_free(l);
}

static void
loss_reports_are_read(void **state)
{
	static const uint8_t rr[] = { 0x81, 201, 0, 7, 0, 0, 0, 1, /* one block */
		0xde, 0xad, 0xbe, 0xef, 10, 0, 1, 2, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0,
		0, 0, 0, 0 };
	struct rtsp_loss loss[2];
	uint8_t p[sizeof(rr)];
	size_t n;

	(void)state;
	assert_int_equal(rtcp_read(rr, sizeof(rr), loss, 2), 1);
	assert_int_equal(loss[0].ssrc, 0xdeadbeef);
	assert_int_equal(loss[0].lost, 0x102);
	for (n = 0; n < sizeof(rr); n++)
		assert_int_equal(rtcp_read(rr, n, loss, 2), 0);
	memcpy(p, rr, sizeof(rr));
	p[0] = 0x9f; /* says 31 blocks, has one */
	assert_int_equal(rtcp_read(p, sizeof(p), loss, 2), 1);
	p[3] = 0xff; /* longer than the datagram */
	assert_int_equal(rtcp_read(p, sizeof(p), loss, 2), 0);
	p[0] = 0x01; /* another version */
	p[3] = 7;
	assert_int_equal(rtcp_read(p, sizeof(p), loss, 2), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_viewer_gets_pictures_and_reports),
		cmocka_unit_test(nothing_goes_to_any_other_address),
		cmocka_unit_test(a_viewer_must_say_that_packets_arrive),
		cmocka_unit_test(loss_reports_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
