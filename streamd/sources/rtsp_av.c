/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * libavformat's RTSP client, held on a short lead (see rtsp_av.h). The thread of a
 * pull. It may open one TCP connection to this one address and nothing else: once that
 * is begun its list of protocols is empty, so that an answer that sends it elsewhere
 * leads nowhere, and every call that blocks ends when the pull is no longer wanted.
 */
#include "config.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/log.h>
#include <libavutil/mem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/err.h"
#include "common/loop.h"
#include "common/text.h"
#include "streamd/h264_sets.h"
#include "streamd/sources/rtsp_av.h"
#include "streamd/sources/rtsp_still.h"

/* libav's largest single allocation in this process: a picture of JPEG_PIXELS_MAX and
 * more, but not the body of any length that a camera announces. */
#define ALLOC_MAX (64 << 20)
#define PROTOCOLS "rtsp,rtp,tcp"
#define NO_PROTOCOL "none" /* there is no protocol of that name */
#define BLOCK_US "5000000" /* a read that gets nothing for so long ends */
#define URL_MAX 1200
#define ALAW_RATE 8000
#define SOUND_MAX 16000 /* bytes of one packet of sound */

struct rtsp_av {
	const struct rtsp_av_ops *ops;
	void *arg;
	char url[URL_MAX];
	AVFormatContext *ctx;
	AVPacket *packet;
	int video, sound; /* index of the stream */
	struct h264_sets sets;
	struct key_still *still;
	bool still_failed;
	bool shut; /* no other connection can be opened any more */
};

/* The list is looked at whenever a connection is to be opened. */
static void
shut_door(struct rtsp_av *a)
{
	char *none;

	if (a->shut || a->ctx == NULL || (none = av_strdup(NO_PROTOCOL)) == NULL)
		return;
	av_free(a->ctx->protocol_whitelist);
	a->ctx->protocol_whitelist = none;
	a->shut = true;
}

/* Called by libavformat, on this thread, before each wait: first when the one
 * connection is being made, and before each read of an answer. */
static int
interrupt(void *arg)
{
	struct rtsp_av *a = arg;

	shut_door(a);
	if (a->ctx != NULL && !a->shut)
		return 1; /* no memory */
	return a->ops->quits(a->arg);
}

/* Everything but letters and digits as %XX. */
static size_t
put_escaped(char *to, size_t room, const char *text)
{
	size_t at = 0;

	for (; *text != '\0' && at + 4 < room; text++) {
		if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456"
			   "789",
			*text) != NULL)
			to[at++] = *text;
		else
			at += (size_t)snprintf(
			    to + at, room - at, "%%%02X", (unsigned char)*text);
	}
	to[at] = '\0';
	return at;
}

static void
make_url(struct rtsp_av *a, const char *url, const char *user, const char *password)
{
	size_t at = 0;

	if (user[0] == '\0' && password[0] == '\0') {
		snprintf(a->url, sizeof(a->url), "%s", url);
		return;
	}
	at += (size_t)snprintf(a->url, sizeof(a->url), "rtsp://");
	at += put_escaped(a->url + at, sizeof(a->url) - at - 1, user);
	at += (size_t)snprintf(a->url + at, sizeof(a->url) - at, ":");
	at += put_escaped(a->url + at, sizeof(a->url) - at, password);
	snprintf(a->url + at, sizeof(a->url) - at, "@%s", url + strlen("rtsp://"));
}

static int
explain_open(const struct rtsp_av *a, int r, bool signed_in, struct err *e)
{
	char why[AV_ERROR_MAX_STRING_SIZE];

	/* The empty list refused a second connection. */
	if (a->shut && r == AVERROR(EINVAL))
		return err_set(e, ERR_REFUSED, "source-redirect",
		    "it sends to another address, which is not followed; enter that "
		    "address itself if it is the camera's");
	if (r == AVERROR_HTTP_UNAUTHORIZED || r == AVERROR_HTTP_FORBIDDEN)
		return err_set(e, ERR_REFUSED, "camera-password",
		    signed_in ? "it does not accept the user name or password"
			      : "it asks for a user name and password");
	if (r == AVERROR_HTTP_NOT_FOUND)
		return err_set(e, ERR_FAILED, "camera-path",
		    "it knows no such path; check the part behind the host name");
	if (r == AVERROR(ECONNREFUSED) || r == AVERROR(EHOSTUNREACH))
		return err_set(e, ERR_FAILED, "camera-refused",
		    "it refuses the connection or is not there: check address and "
		    "port");
	if (r == AVERROR(ETIMEDOUT) || r == AVERROR_EXIT)
		return err_set(e, ERR_FAILED, "camera-silent",
		    "it did not answer in time: is it switched on, and the address "
		    "right?");
	if (r == AVERROR_HTTP_SERVER_ERROR)
		return err_set(e, ERR_FAILED, "camera-status",
		    "it answers that it cannot serve just now (5xx)");
	av_strerror(r, why, sizeof(why));
	return err_set(
	    e, ERR_FAILED, "camera-rtsp", "its RTSP answer cannot be used: %s", why);
}

static int
open_input(struct rtsp_av *a, bool signed_in, struct err *e)
{
	AVDictionary *o = NULL;
	AVFormatContext *ctx = avformat_alloc_context();
	const AVInputFormat *rtsp = av_find_input_format("rtsp");
	int r = AVERROR(ENOMEM);

	(void)av_dict_set(&o, "rtsp_transport", "tcp", 0);
	(void)av_dict_set(&o, "timeout", BLOCK_US, 0);
	(void)av_dict_set(&o, "protocol_whitelist", PROTOCOLS, 0);
	(void)av_dict_set(&o, "allowed_media_types", "video+audio", 0);
	if (ctx != NULL) {
		ctx->interrupt_callback.callback = interrupt;
		ctx->interrupt_callback.opaque = a;
		ctx->flags |= AVFMT_FLAG_NOBUFFER;
		a->ctx = ctx;
		r = avformat_open_input(&ctx, a->url, rtsp, &o);
		a->ctx = r < 0 ? NULL : ctx;
	}
	av_dict_free(&o);
	if (r < 0 && a->ops->quits(a->arg))
		return err_set(e, ERR_FAILED, "quit", "no longer wanted");
	return r < 0 ? explain_open(a, r, signed_in, e) : 0;
}

/* The first video stream of a kind that is passed on. */
static int
choose_stream(struct rtsp_av *a, enum codec *ret, struct err *e)
{
	const AVCodecParameters *c;
	unsigned i;

	for (i = 0; i < a->ctx->nb_streams; i++) {
		c = a->ctx->streams[i]->codecpar;
		if (c->codec_type != AVMEDIA_TYPE_VIDEO)
			continue;
		if (c->codec_id != AV_CODEC_ID_H264 && c->codec_id != AV_CODEC_ID_MJPEG)
			return err_set(e, ERR_REFUSED, "source-codec",
			    "it sends %s, which is not passed on; set the camera, or "
			    "the path, to H.264 or JPEG",
			    avcodec_get_name(c->codec_id));
		a->video = (int)i;
		*ret = c->codec_id == AV_CODEC_ID_H264 ? CODEC_H264 : CODEC_JPEG;
		if (*ret == CODEC_H264 && c->extradata_size > 0)
			(void)h264_sets_keep(
			    &a->sets, c->extradata, (size_t)c->extradata_size);
		return 0;
	}
	return err_set(
	    e, ERR_REFUSED, "source-no-video", "its RTSP stream has no video");
}

/* The first A-law stream that a telephone could play; -1 = none. Other sound is read
 * and left out. */
static int
choose_sound(struct rtsp_av *a)
{
	const AVCodecParameters *c;
	int found = -1;
	unsigned i;

	for (i = 0; i < a->ctx->nb_streams; i++) {
		c = a->ctx->streams[i]->codecpar;
		if (found < 0 && c->codec_type == AVMEDIA_TYPE_AUDIO &&
		    c->codec_id == AV_CODEC_ID_PCM_ALAW &&
		    c->sample_rate == ALAW_RATE && c->ch_layout.nb_channels == 1)
			found = (int)i;
		else if ((int)i != a->video)
			a->ctx->streams[i]->discard = AVDISCARD_ALL;
	}
	return found;
}

static void
make_still(struct rtsp_av *a, const struct frame *f)
{
	uint8_t *p;
	size_t n;

	if (a->still == NULL && !a->still_failed) {
		a->still = key_still_new();
		a->still_failed = a->still == NULL;
	}
	if (a->still != NULL &&
	    (p = key_still_make(a->still, f->data, f->n, &n)) != NULL)
		a->ops->jpeg(a->arg, p, n, f->arrived_us, true);
}

/* The packet as a frame, with the parameter sets in front of an IDR. */
static void
take_unit(struct rtsp_av *a, int64_t now)
{
	const AVPacket *pkt = a->packet;
	const AVStream *st = a->ctx->streams[a->video];
	const AVCodecParserContext *parser = av_stream_get_parser(st);
	bool key = (pkt->flags & AV_PKT_FLAG_KEY) != 0;
	size_t n = (size_t)pkt->size, sets_n = 0;
	struct frame *f;
	uint8_t *p;

	if (!h264_sets_keep(&a->sets, pkt->data, n) && key)
		sets_n = a->sets.n;
	if (n == 0 || n > FRAME_BYTES_MAX || (p = malloc(sets_n + n)) == NULL)
		return;
	memcpy(p, a->sets.p, sets_n);
	memcpy(p + sets_n, pkt->data, n);
	if ((f = frame_take(CODEC_H264, p, sets_n + n)) == NULL) {
		free(p);
		return;
	}
	f->arrived_us = now;
	f->keyframe = key;
	if (parser != NULL && parser->width > 0 && parser->height > 0) {
		f->width = (unsigned)parser->width;
		f->height = (unsigned)parser->height;
	}
	if (key && a->ops->wants_stills(a->arg))
		make_still(a, f);
	a->ops->unit(a->arg, f, &a->sets);
}

static void
take_jpeg(struct rtsp_av *a, int64_t now)
{
	size_t n = (size_t)a->packet->size;
	uint8_t *p;

	if (n == 0 || n > FRAME_BYTES_MAX || (p = malloc(n)) == NULL)
		return;
	memcpy(p, a->packet->data, n);
	a->ops->jpeg(a->arg, p, n, now, false);
}

static void
take_sound(struct rtsp_av *a, int64_t now)
{
	size_t n = (size_t)a->packet->size;
	uint8_t *p;

	if (n == 0 || n > SOUND_MAX || (p = malloc(n)) == NULL)
		return;
	memcpy(p, a->packet->data, n);
	a->ops->sound(a->arg, p, n, now);
}

static int
read_packets(struct rtsp_av *a, enum codec codec, struct err *e)
{
	int r;

	while ((r = av_read_frame(a->ctx, a->packet)) >= 0) {
		if (a->packet->stream_index == a->video && codec == CODEC_H264)
			take_unit(a, loop_now_us());
		else if (a->packet->stream_index == a->video)
			take_jpeg(a, loop_now_us());
		else if (a->packet->stream_index == a->sound)
			take_sound(a, loop_now_us());
		av_packet_unref(a->packet);
	}
	if (r == AVERROR(ETIMEDOUT))
		return err_set(e, ERR_FAILED, "camera-silent", "no picture within 5 s");
	return err_set(e, ERR_LOST, "camera-ended",
	    r == AVERROR_EOF ? "the camera ended the stream"
			     : "the camera dropped the connection");
}

void
rtsp_av_run(const char *url, const char *user, const char *password,
    const struct rtsp_av_ops *ops, void *arg, struct err *e)
{
	struct rtsp_av a = { .ops = ops, .arg = arg };
	enum codec codec = CODEC_JPEG;
	bool signed_in = user[0] != '\0' || password[0] != '\0';

	av_log_set_level(AV_LOG_QUIET);
	av_max_alloc(ALLOC_MAX);
	make_url(&a, url, user, password);
	if ((a.packet = av_packet_alloc()) == NULL) {
		err_sys(e, "open the camera");
	} else if (open_input(&a, signed_in, e) == 0 &&
	    choose_stream(&a, &codec, e) == 0) {
		a.sound = choose_sound(&a);
		ops->opened(arg, codec, a.sound >= 0, &a.sets);
		a.sets.changed = false;
		(void)read_packets(&a, codec, e);
	}
	avformat_close_input(&a.ctx);
	av_packet_free(&a.packet);
	key_still_free(a.still);
	explicit_bzero(a.url, sizeof(a.url));
}
