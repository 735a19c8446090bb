/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An RTSP viewer for tests: libavformat reads, each picture is decoded, and the number in
 * its blocks (stamp.h) must be the camera's.
 *
 *   rtspcat [-n COUNT] [-t SECONDS] [-c CAMERA] [-u] URL
 *
 * Prints "picture N" for each and a summary. -u: over UDP. -c: fail when a picture shows
 * another camera's number. Exit: 0 COUNT pictures came; 1 not within SECONDS, or the
 * server ended it; 4 a picture was another camera's.
 */
#include "config.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/loop.h"
#include "tests/sim/stamp.h"

struct cat {
	int64_t end_us;
	int camera; /* -1: any */
	unsigned count, got, unread;
	AVFormatContext *in;
	AVCodecContext *dec;
	AVPacket *packet;
	AVFrame *picture;
	int video;
};

static void
die(int status, const char *what)
{
	printf("%s\n", what);
	exit(status);
}

static int
is_late(void *arg)
{
	const struct cat *c = arg;

	return loop_now_us() > c->end_us;
}

static void
open_url(struct cat *c, const char *url, bool udp)
{
	const AVCodecParameters *par;
	const AVCodec *codec;
	AVDictionary *o = NULL;

	if ((c->in = avformat_alloc_context()) == NULL)
		die(1, "no memory");
	c->in->interrupt_callback.callback = is_late;
	c->in->interrupt_callback.opaque = c;
	(void)av_dict_set(&o, "rtsp_transport", udp ? "udp" : "tcp", 0);
	(void)av_dict_set(&o, "allowed_media_types", "video", 0);
	if (avformat_open_input(&c->in, url, NULL, &o) < 0)
		die(1, "it does not open");
	av_dict_free(&o);
	c->video = av_find_best_stream(c->in, AVMEDIA_TYPE_VIDEO, -1, -1, NULL, 0);
	if (c->video < 0)
		die(1, "no video");
	par = c->in->streams[c->video]->codecpar;
	codec = avcodec_find_decoder(par->codec_id);
	c->dec = codec != NULL ? avcodec_alloc_context3(codec) : NULL;
	c->packet = av_packet_alloc();
	c->picture = av_frame_alloc();
	if (c->dec == NULL || c->packet == NULL || c->picture == NULL)
		die(1, "no decoder");
	c->dec->thread_count = 1;
	if (avcodec_parameters_to_context(c->dec, par) < 0 ||
	    avcodec_open2(c->dec, codec, NULL) < 0)
		die(1, "the decoder does not open");
}

/* A datagram may be lost: what cannot be read is counted, what can be must be right. */
static void
judge(struct cat *c)
{
	struct stamp s;

	if (c->picture->width < STAMP_WIDTH || c->picture->height < STAMP_HEIGHT ||
	    (c->picture->flags & AV_FRAME_FLAG_CORRUPT) != 0 ||
	    stamp_block_read(
		c->picture->data[0], (size_t)c->picture->linesize[0], &s) < 0) {
		c->unread++;
		return;
	}
	if (c->camera >= 0 && s.camera != (unsigned)c->camera) {
		printf("a picture is of camera %u, counter %u\n", s.camera, s.counter);
		exit(4);
	}
	c->got++;
	printf("picture %u\n", s.counter);
}

static void
read_one(struct cat *c)
{
	if (av_read_frame(c->in, c->packet) < 0)
		die(1, is_late(c) ? "too late" : "the server ended it");
	if (c->packet->stream_index == c->video &&
	    avcodec_send_packet(c->dec, c->packet) == 0) {
		while (avcodec_receive_frame(c->dec, c->picture) == 0)
			judge(c);
	}
	av_packet_unref(c->packet);
}

int
main(int argc, char **argv)
{
	struct cat c = { .camera = -1, .count = 1 };
	bool udp = false;
	int opt, seconds = 30;

	while ((opt = getopt(argc, argv, "n:t:c:u")) != -1) {
		if (opt == 'n')
			c.count = (unsigned)atoi(optarg);
		else if (opt == 't')
			seconds = atoi(optarg);
		else if (opt == 'c')
			c.camera = atoi(optarg);
		else if (opt == 'u')
			udp = true;
		else
			return 2;
	}
	if (argc - optind != 1)
		return 2;
	av_log_set_level(AV_LOG_QUIET);
	setvbuf(stdout, NULL, _IOLBF, 0);
	c.end_us = loop_now_us() + (int64_t)seconds * 1000000;
	open_url(&c, argv[optind], udp);
	while (c.got < c.count)
		read_one(&c);
	printf("summary pictures=%u unread=%u\n", c.got, c.unread);
	avcodec_free_context(&c.dec);
	avformat_close_input(&c.in);
	av_packet_free(&c.packet);
	av_frame_free(&c.picture);
	return 0;
}
