/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * RTP packets of one frame as one run of bytes, each packet behind its four bytes of
 * RTSP interleaving ('$', channel, length), ready for one write. Made once per frame
 * and shared by all clients. Main thread (or pure, in tests).
 */
#ifndef STREAMD_OUTPUTS_RTP_PACK_H
#define STREAMD_OUTPUTS_RTP_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "streamd/frame.h"

struct err;

#define RTP_CLOCK 90000
#define RTP_HEAD_N 12
#define RTP_FRAMING_N 4		/* '$', channel, 16-bit length */
#define RTP_PAYLOAD_MAX 1400
#define RTP_TYPE_ALAW 8
#define RTP_ALAW_CLOCK 8000
#define RTP_TYPE_JPEG 26
#define RTP_TYPE_H264 96

/* The numbering of one stream, shared by all its viewers, for the process's life. */
struct rtp_stream {
	uint8_t type;		/* payload type */
	uint32_t ssrc;
	uint16_t seq;		/* of the next packet */
	uint32_t offset;	/* random start of the timestamps */
	/* Not wrapped, in the stream's clock; pictures: the last timestamp; sound: the
	 * one that goes on without a gap. -1 = none yet. */
	int64_t ticks;
};

struct rtp_run {
	size_t n, size;
	unsigned packets;
	uint32_t payload_n;	/* RTP payload bytes, for sender reports */
	uint32_t timestamp;
	uint16_t seq;		/* of the first packet */
	int64_t arrived_us;	/* the moment of that timestamp */
	uint8_t data[];		/* on channel 0 */
};

/* Random ssrc, seq and offset. */
void rtp_stream_init(struct rtp_stream *s, uint8_t type);
/* The timestamp of a moment; strictly grows from call to call. */
uint32_t rtp_stream_time(struct rtp_stream *s, int64_t at_us);

/* The frame's run, made at the first call and kept in f->rtp. Borrowed from the frame.
 * NULL and e: it cannot be carried, or (sound, ERR_NONE) it comes faster than it is
 * heard and is left out. */
const struct rtp_run *rtp_pack(struct rtp_stream *s, struct frame *f, struct err *e);

/* For packers: room for the given packets with so many bytes of payload in all. */
struct rtp_run *rtp_run_new(struct rtp_stream *s, size_t packets, size_t payload_n,
    int64_t arrived_us);
/* Start a packet of n payload bytes; where they go. The room must be there. */
uint8_t *rtp_run_packet(struct rtp_run *r, struct rtp_stream *s, size_t n, bool marker);
void rtp_run_free(struct rtp_run *r);	/* NULL is fine */

/* Write the channel into each packet of a copy of a run's bytes. */
void rtp_set_channel(uint8_t *data, size_t n, uint8_t channel);

#endif
