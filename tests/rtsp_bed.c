/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RTSP sessions without sockets (see rtsp_bed.h). Tests only. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include "common/err.h"
#include "streamd/jpeg.h"
#include "tests/rtsp_bed.h"

static int64_t now_us;

static void
must(bool fine, const char *what)
{
	if (fine)
		return;
	fprintf(stderr, "rtsp_bed: %s\n", what);
	abort();
}

int64_t
bed_now(void)
{
	return now_us;
}

static void *
encoder_start(
    void *arg, struct hub *h, struct stream *jpeg, struct stream *h264, struct err *e)
{
	struct bed *b = arg;

	(void)h;
	(void)jpeg;
	(void)h264;
	(void)e;
	b->encoders++;
	return b;
}

static void
encoder_stop(void *encoder)
{
	struct bed *b = encoder;

	b->encoders--;
}

static void
encoder_keyframe(void *encoder)
{
	struct bed *b = encoder;

	b->keyframes++;
}

static const struct hub_encoder_ops encoder_ops = { encoder_start, encoder_stop,
	encoder_keyframe };

static void
source_start(void *arg)
{
	struct bed *b = arg;

	b->sources++;
}

static void
source_stop(void *arg)
{
	struct bed *b = arg;

	b->sources--;
}

static const struct hub_source_ops source_ops = { source_start, source_stop };

void
bed_open(struct bed *b, unsigned max_encoders)
{
	struct hub_options o = { .linger_s = 10,
		.encoder_linger_s = 30,
		.max_encoders = max_encoders,
		.encoder = &encoder_ops,
		.encoder_arg = b,
		.now_us = bed_now };
	struct err e;

	memset(b, 0, sizeof(*b));
	now_us = 1000000000;
	must((b->hub = hub_new(NULL, &o, &e)) != NULL, "hub");
	b->cam1 = hub_add_camera(b->hub, "cam1", &source_ops, b, &e);
	b->cam2 = hub_add_camera(b->hub, "cam2", &source_ops, b, &e);
	must(b->cam1 != NULL && b->cam2 != NULL, "cameras");
	must(rtsp_auth_init(&b->shared.auth) == 0, "libsodium");
	rtsp_shared_init(&b->shared, b->hub);
	b->shared.now_us = bed_now;
	rtsp_auth_set(&b->shared.auth, "camherd", "kq3v9x0b7m2z4n8c1p6d");
}

void
bed_close(struct bed *b)
{
	hub_free(b->hub);
	rtsp_shared_fini(&b->shared);
	must(b->encoders == 0 && b->sources == 0, "something still runs");
}

void
bed_pass(struct bed *b, int64_t us)
{
	int i;

	now_us += us;
	for (i = 0; i < 4 && hub_tick(b->hub) == 0; i++)
		continue;
}

void
bed_publish_jpeg(struct hub_camera *cam, const struct picture_kind *kind)
{
	struct jpeg_info info;
	struct err e;
	struct frame *f;
	size_t n;
	uint8_t *p = picture_make(kind, 1, 1, &n);

	must(p != NULL && jpeg_parse(p, n, &info, &e) == 0, "a picture");
	must((f = frame_take(CODEC_JPEG, p, n)) != NULL, "a frame");
	f->rtp_ok = info.rtp_ok;
	f->arrived_us = now_us;
	hub_publish(hub_camera_stream(cam, CODEC_JPEG), f);
	frame_unref(f);
}

static void
woken(void *arg)
{
	(void)arg;
}

static const struct rtsp_session_ops session_ops = { woken };

void
client_open(struct bed *b, struct client *c, const char *peer)
{
	memset(c, 0, sizeof(*c));
	must((c->s = rtsp_session_new(&b->shared, peer, &session_ops, c)) != NULL,
	    "session");
}

void
client_close(struct client *c)
{
	rtsp_session_free(c->s);
	c->s = NULL;
}

void
client_pull(struct client *c)
{
	struct iovec iov[8];
	size_t sum;
	int i, n;

	rtsp_session_run(c->s);
	while (!c->full && (n = rtsp_queue_iov(&c->s->queue, iov, 8)) > 0) {
		for (sum = 0, i = 0; i < n; i++) {
			/* Who sends much is only looked at for its newest bytes. */
			if (iov[i].iov_len > sizeof(c->out) - 1 - c->n)
				c->n = 0;
			if (iov[i].iov_len <= sizeof(c->out) - 1) {
				memcpy(c->out + c->n, iov[i].iov_base, iov[i].iov_len);
				c->n += iov[i].iov_len;
			}
			sum += iov[i].iov_len;
		}
		rtsp_session_written(c->s, sum);
	}
	c->out[c->n] = '\0';
}

void
client_bytes(struct client *c, const void *p, size_t n)
{
	const uint8_t *at = p;
	size_t part;

	while (n > 0 && rtsp_session_reads(c->s)) {
		part = n < RTSP_INPUT_MAX ? n : RTSP_INPUT_MAX;
		rtsp_session_input(c->s, at, part);
		at += part;
		n -= part;
		client_pull(c);
	}
}

/* The reply's status and session; frames in front of it are passed over. */
static int
read_reply(struct client *c)
{
	const char *at = memmem(c->out, c->n, "RTSP/1.0 ", 9), *id;

	if (at == NULL)
		return 0;
	if ((id = strstr(at, "\r\nSession: ")) != NULL)
		snprintf(c->id, sizeof(c->id), "%.*s", RTSP_SESSION_ID_LEN, id + 11);
	return atoi(at + 9);
}

int
client_ask(struct client *c, const char *method, const char *url, const char *headers)
{
	char text[4096];
	int n;

	c->n = 0;
	n = snprintf(text, sizeof(text),
	    "%s %s RTSP/1.0\r\nCSeq: %" PRIu64 "\r\n%s\r\n", method, url, ++c->cseq,
	    headers);
	must(n > 0 && (size_t)n < sizeof(text), "request");
	client_bytes(c, text, (size_t)n);
	client_pull(c);
	return read_reply(c);
}
