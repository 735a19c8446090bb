/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Key frames to JPEG (see rtsp_still.h). The thread of one rtsp: camera. */
#include "config.h"

#include <libavcodec/avcodec.h>
#include <libavutil/opt.h>
#include <libswscale/swscale.h>
#include <stdlib.h>
#include <string.h>

#include "streamd/jpeg.h"
#include "streamd/sources/rtsp_still.h"

#define QUALITY 4 /* of 2 (best) to 31 */

struct key_still {
	AVCodecContext *dec, *enc;
	AVPacket *packet;
	AVFrame *picture, *full; /* as decoded; full range */
	struct SwsContext *sws;
};

void
key_still_free(struct key_still *k)
{
	if (k == NULL)
		return;
	avcodec_free_context(&k->dec);
	avcodec_free_context(&k->enc);
	av_packet_free(&k->packet);
	av_frame_free(&k->picture);
	av_frame_free(&k->full);
	sws_freeContext(k->sws);
	free(k);
}

struct key_still *
key_still_new(void)
{
	const AVCodec *codec = avcodec_find_decoder(AV_CODEC_ID_H264);
	struct key_still *k = calloc(1, sizeof(*k));

	if (k == NULL)
		return NULL;
	k->packet = av_packet_alloc();
	k->picture = av_frame_alloc();
	k->dec = codec != NULL ? avcodec_alloc_context3(codec) : NULL;
	if (k->packet != NULL && k->picture != NULL && k->dec != NULL) {
		k->dec->thread_count = 1;
		k->dec->max_pixels = JPEG_PIXELS_MAX;
		if (avcodec_open2(k->dec, codec, NULL) == 0)
			return k;
	}
	key_still_free(k);
	return NULL;
}

/* 0 = k->picture holds it. */
static int
decode(struct key_still *k, const uint8_t *unit, size_t n)
{
	int r;

	if (av_new_packet(k->packet, (int)n) < 0)
		return -1;
	memcpy(k->packet->data, unit, n);
	r = avcodec_send_packet(k->dec, k->packet);
	av_packet_unref(k->packet);
	/* One picture is all there is: it need not be waited for. */
	if (r == 0)
		r = avcodec_send_packet(k->dec, NULL);
	if (r == 0)
		r = avcodec_receive_frame(k->dec, k->picture);
	avcodec_flush_buffers(k->dec);
	return r == 0 ? 0 : -1;
}

static int
open_encoder(struct key_still *k)
{
	const AVCodec *codec = avcodec_find_encoder(AV_CODEC_ID_MJPEG);

	if (k->enc != NULL && k->enc->width == k->picture->width &&
	    k->enc->height == k->picture->height)
		return 0;
	avcodec_free_context(&k->enc);
	av_frame_free(&k->full);
	if (codec == NULL || (k->enc = avcodec_alloc_context3(codec)) == NULL ||
	    (k->full = av_frame_alloc()) == NULL)
		return -1;
	k->enc->width = k->full->width = k->picture->width;
	k->enc->height = k->full->height = k->picture->height;
	k->enc->pix_fmt = AV_PIX_FMT_YUVJ420P;
	k->full->format = AV_PIX_FMT_YUVJ420P;
	k->enc->time_base = (AVRational) { 1, 25 };
	k->enc->thread_count = 1;
	k->enc->flags |= AV_CODEC_FLAG_QSCALE;
	k->enc->global_quality = QUALITY * FF_QP2LAMBDA;
	/* Standard tables, so that RTP carries it as it is. */
	(void)av_opt_set(k->enc->priv_data, "huffman", "default", 0);
	if (avcodec_open2(k->enc, codec, NULL) == 0 &&
	    av_frame_get_buffer(k->full, 0) == 0)
		return 0;
	avcodec_free_context(&k->enc);
	return -1;
}

/* Into k->full, full range. */
static int
convert(struct key_still *k)
{
	const int *matrix = sws_getCoefficients(SWS_CS_ITU601);
	const AVFrame *p = k->picture;
	bool is_full =
	    p->color_range == AVCOL_RANGE_JPEG || p->format == AV_PIX_FMT_YUVJ420P;

	k->sws = sws_getCachedContext(k->sws, p->width, p->height,
	    (enum AVPixelFormat)p->format, p->width, p->height, AV_PIX_FMT_YUVJ420P,
	    SWS_FAST_BILINEAR, NULL, NULL, NULL);
	if (k->sws == NULL || av_frame_make_writable(k->full) < 0)
		return -1;
	(void)sws_setColorspaceDetails(
	    k->sws, matrix, is_full, matrix, 1, 0, 1 << 16, 1 << 16);
	return sws_scale(k->sws, (const uint8_t *const *)p->data, p->linesize, 0,
		   p->height, k->full->data, k->full->linesize) > 0
	    ? 0
	    : -1;
}

static uint8_t *
encode(struct key_still *k, size_t *ret_n)
{
	uint8_t *ret = NULL;

	k->full->quality = k->enc->global_quality;
	k->full->pict_type = AV_PICTURE_TYPE_NONE;
	k->full->pts++;
	if (avcodec_send_frame(k->enc, k->full) < 0 ||
	    avcodec_receive_packet(k->enc, k->packet) < 0)
		return NULL;
	if ((ret = malloc((size_t)k->packet->size)) != NULL) {
		memcpy(ret, k->packet->data, (size_t)k->packet->size);
		*ret_n = (size_t)k->packet->size;
	}
	av_packet_unref(k->packet);
	return ret;
}

uint8_t *
key_still_make(struct key_still *k, const uint8_t *unit, size_t n, size_t *ret_n)
{
	uint8_t *ret = NULL;

	if (decode(k, unit, n) < 0)
		return NULL;
	if (k->picture->width >= 16 && k->picture->height >= 16 &&
	    open_encoder(k) == 0 && convert(k) == 0)
		ret = encode(k, ret_n);
	av_frame_unref(k->picture);
	return ret;
}
