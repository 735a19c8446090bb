/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Runs of RTP packets (see rtp_pack.h). Main thread. A run is one block of memory whose
 * size is known before it is filled, so a frame costs one allocation and one write per
 * client.
 */
#include "config.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "common/err.h"
#include "streamd/outputs/rtp_h264.h"
#include "streamd/outputs/rtp_jpeg.h"
#include "streamd/outputs/rtp_pack.h"

#define SOUND_SLACK (RTP_ALAW_CLOCK * 3 / 10) /* samples */

void
rtp_stream_init(struct rtp_stream *s, uint8_t type)
{
	s->type = type;
	s->ssrc = randombytes_random();
	s->seq = (uint16_t)randombytes_random();
	s->offset = randombytes_random();
	s->ticks = -1;
}

uint32_t
rtp_stream_time(struct rtp_stream *s, int64_t at_us)
{
	/* 90 ticks a millisecond; players drop a frame whose time does not grow. */
	int64_t ticks = at_us / 100 * 9 + at_us % 100 * 9 / 100;

	s->ticks = ticks > s->ticks ? ticks : s->ticks + 1;
	return (uint32_t)s->ticks + s->offset;
}

static struct rtp_run *
run_new(struct rtp_stream *s, size_t packets, size_t payload_n, int64_t arrived_us)
{
	size_t size = packets * (RTP_FRAMING_N + RTP_HEAD_N) + payload_n;
	struct rtp_run *r = malloc(sizeof(*r) + size);

	if (r == NULL)
		return NULL;
	memset(r, 0, sizeof(*r));
	r->size = size;
	r->seq = s->seq;
	r->arrived_us = arrived_us;
	return r;
}

struct rtp_run *
rtp_run_new(struct rtp_stream *s, size_t packets, size_t payload_n, int64_t arrived_us)
{
	struct rtp_run *r = run_new(s, packets, payload_n, arrived_us);

	if (r != NULL)
		r->timestamp = rtp_stream_time(s, arrived_us);
	return r;
}

void
rtp_run_free(struct rtp_run *r)
{
	free(r);
}

static void
put32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

uint8_t *
rtp_run_packet(struct rtp_run *r, struct rtp_stream *s, size_t n, bool marker)
{
	uint8_t *p = r->data + r->n;
	size_t length = RTP_HEAD_N + n;

	p[0] = '$';
	p[1] = 0;
	p[2] = (uint8_t)(length >> 8);
	p[3] = (uint8_t)length;
	p[4] = 0x80; /* version 2 */
	p[5] = (uint8_t)((marker ? 0x80 : 0) | s->type);
	p[6] = (uint8_t)(s->seq >> 8);
	p[7] = (uint8_t)s->seq;
	put32(p + 8, r->timestamp);
	put32(p + 12, s->ssrc);
	s->seq++;
	r->n += RTP_FRAMING_N + length;
	r->packets++;
	r->payload_n += (uint32_t)n;
	return p + RTP_FRAMING_N + RTP_HEAD_N;
}

/* One packet. Its samples follow those before without a gap as long as the camera's
 * clock and ours differ by less than SOUND_SLACK; behind a longer silence the time
 * jumps, and the marker says so. */
static struct rtp_run *
alaw_pack(struct rtp_stream *s, const struct frame *f, struct err *e)
{
	int64_t at = f->arrived_us / 1000 * 8 + f->arrived_us % 1000 * 8 / 1000;
	bool jump = s->ticks < 0 || at - s->ticks > SOUND_SLACK;
	struct rtp_run *r;

	if (s->ticks - at > SOUND_SLACK) {
		err_clear(e);
		return NULL;
	}
	if ((r = run_new(s, 1, f->n, f->arrived_us)) == NULL) {
		err_sys(e, "pack sound");
		return NULL;
	}
	if (jump)
		s->ticks = at;
	r->timestamp = (uint32_t)s->ticks + s->offset;
	s->ticks += (int64_t)f->n;
	memcpy(rtp_run_packet(r, s, f->n, jump), f->data, f->n);
	return r;
}

const struct rtp_run *
rtp_pack(struct rtp_stream *s, struct frame *f, struct err *e)
{
	if (f->rtp != NULL)
		return f->rtp;
	f->rtp_free = rtp_run_free;
	if (f->codec == CODEC_JPEG)
		f->rtp = rtp_jpeg_pack(s, f->data, f->n, f->arrived_us, e);
	else if (f->codec == CODEC_H264)
		f->rtp = rtp_h264_pack(s, f->data, f->n, f->arrived_us, e);
	else
		f->rtp = alaw_pack(s, f, e);
	return f->rtp;
}

void
rtp_set_channel(uint8_t *data, size_t n, uint8_t channel)
{
	size_t at = 0;

	while (at + RTP_FRAMING_N <= n) {
		data[at + 1] = channel;
		at += RTP_FRAMING_N + ((size_t)data[at + 2] << 8 | data[at + 3]);
	}
}
