/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * JPEG to H.264 by libavcodec (see h264_coder.h). streamd, worker threads. Settings are
 * for live pictures on every player: constrained baseline, no B frames, no look-ahead,
 * one thread, an IDR every two seconds with its parameter sets in front, limited range.
 */
#include "config.h"

#include <libavcodec/avcodec.h>
#include <libavutil/error.h>
#include <libavutil/log.h>
#include <libavutil/opt.h>
#include <libswscale/swscale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/err.h"
#include "streamd/avcompat.h"
#include "streamd/h264_coder.h"
#include "streamd/h264_planes.h"
#include "streamd/h264_sets.h"
#include "streamd/h264_timing.h"
#include "streamd/jpeg.h"
#include "streamd/outputs/rtp_h264.h"

#define NAL_SPS 7
#define X264 "libx264"
#define M2M "h264_v4l2m2m"
/* A driver keeps a picture or two. One that keeps more does not work. */
#define SILENT_MAX 30
/* Pictures in a row that do not decode: it is not the line that spoils them. */
#define UNDECODED_MAX 15
#define IDR_EVERY_US 2000000
/* Three and a third bits a pixel and second: 1 Mbit/s for 640x480. */
#define RATE_MIN 300000
#define RATE_MAX 6000000
/* An encoder without delay counts pictures, not time: it takes this for their rate, and
 * its bit rate is moved when they come at another one (follow_rate()). */
#define FPS_GUESS 15
#define INTERVAL_MIN_US 8000
#define INTERVAL_MAX_US (7500000 / FPS_GUESS) /* half a second's bits a picture */

struct h264_coder {
	char wish[32]; /* "auto" or an encoder's name */
	AVCodecContext *dec, *enc;
	AVPacket *in, *out;
	AVFrame *picture; /* as decoded */
	AVFrame *image; /* as encoded: yuv420p, limited range */
	struct SwsContext *sws;
	uint8_t *padded; /* libavcodec reads beyond the end */
	size_t padded_size;
	int64_t last_pts, idr_us;
	int64_t interval_us; /* between pictures, smoothed; 0: not known */
	int64_t rate; /* bits a second */
	struct h264_sets sets;
	unsigned silent; /* pictures in a row that gave nothing */
	unsigned undecoded; /* pictures in a row */
	struct err passed_over; /* auto: what stands against M2M */
};

static int
open_decoder(struct h264_coder *c, struct err *e)
{
	const AVCodec *codec = avcodec_find_decoder(AV_CODEC_ID_MJPEG);

	if (codec == NULL || (c->dec = avcodec_alloc_context3(codec)) == NULL)
		return err_set(
		    e, ERR_FAILED, "decoder-none", "libavcodec has no MJPEG decoder");
	c->dec->thread_count = 1;
	c->dec->max_pixels = JPEG_PIXELS_MAX;
	c->dec->flags |= AV_CODEC_FLAG_LOW_DELAY;
	if (avcodec_open2(c->dec, codec, NULL) < 0)
		return err_set(e, ERR_FAILED, "decoder-none",
		    "libavcodec's MJPEG decoder does not open");
	return 0;
}

struct h264_coder *
h264_coder_new(const char *encoder, struct err *e)
{
	struct h264_coder *c = calloc(1, sizeof(*c));

	if (c == NULL) {
		err_sys(e, "start an encoder");
		return NULL;
	}
	av_log_set_level(AV_LOG_QUIET);
	snprintf(c->wish, sizeof(c->wish), "%s", encoder);
	c->last_pts = INT64_MIN;
	c->in = av_packet_alloc();
	c->out = av_packet_alloc();
	c->picture = av_frame_alloc();
	if (c->in == NULL || c->out == NULL || c->picture == NULL)
		err_sys(e, "start an encoder");
	else if (open_decoder(c, e) == 0)
		return c;
	h264_coder_free(c);
	return NULL;
}

static void
close_encoder(struct h264_coder *c)
{
	avcodec_free_context(&c->enc);
	av_frame_free(&c->image);
	sws_freeContext(c->sws);
	c->sws = NULL;
}

void
h264_coder_free(struct h264_coder *c)
{
	if (c == NULL)
		return;
	close_encoder(c);
	avcodec_free_context(&c->dec);
	av_packet_free(&c->in);
	av_packet_free(&c->out);
	av_frame_free(&c->picture);
	free(c->padded);
	free(c);
}

const char *
h264_coder_name(const struct h264_coder *c)
{
	return c->enc != NULL ? c->enc->codec->name : "";
}

const struct err *
h264_coder_passed_over(const struct h264_coder *c)
{
	return &c->passed_over;
}

const uint8_t *
h264_coder_sets(struct h264_coder *c, size_t *ret_n, bool *ret_changed)
{
	*ret_n = c->sets.n;
	*ret_changed = c->sets.changed;
	c->sets.changed = false;
	return c->sets.p;
}

static void
set_up_encoder(struct h264_coder *c, AVCodecContext *enc, int width, int height)
{
	int64_t rate = (int64_t)width * height * 10 / 3;

	c->rate = rate < RATE_MIN ? RATE_MIN : rate > RATE_MAX ? RATE_MAX : rate;
	enc->width = width;
	enc->height = height;
	enc->pix_fmt = AV_PIX_FMT_YUV420P;
	enc->color_range = AVCOL_RANGE_MPEG;
	enc->colorspace = AVCOL_SPC_SMPTE170M; /* JPEG's matrix */
	enc->time_base = (AVRational) { 1, 1000000 };
	enc->framerate = (AVRational) { FPS_GUESS, 1 };
	enc->gop_size = 10 * FPS_GUESS; /* ours come sooner */
	enc->max_b_frames = 0;
	enc->thread_count = 1;
	enc->bit_rate = enc->rc_max_rate = c->rate;
	enc->rc_buffer_size = (int)(c->rate / 2);
	enc->flags |= AV_CODEC_FLAG_GLOBAL_HEADER | AV_CODEC_FLAG_LOW_DELAY;
}

/* One encoder by name. 0, or libavcodec's error. */
static int
try_encoder(struct h264_coder *c, const char *name, int width, int height)
{
	const AVCodec *codec = avcodec_find_encoder_by_name(name);
	int r;

	if (codec == NULL)
		return AVERROR_ENCODER_NOT_FOUND;
	if ((c->enc = avcodec_alloc_context3(codec)) == NULL)
		return AVERROR(ENOMEM);
	set_up_encoder(c, c->enc, width, height);
	if (strcmp(name, X264) == 0) {
		(void)av_opt_set(c->enc->priv_data, "profile", "baseline", 0);
		(void)av_opt_set(c->enc->priv_data, "preset", "superfast", 0);
		(void)av_opt_set(c->enc->priv_data, "tune", "zerolatency", 0);
		(void)av_opt_set(c->enc->priv_data, "forced-idr", "1", 0);
		/* A cut in the scene is no reason for a key frame nobody asked for. */
		(void)av_opt_set(c->enc->priv_data, "sc_threshold", "0", 0);
	} else {
		c->enc->profile = AVC_PROFILE_CONSTRAINED_BASELINE;
	}
	if ((r = avcodec_open2(c->enc, codec, NULL)) == 0)
		return 0;
	avcodec_free_context(&c->enc);
	return r;
}

/* From now on auto means libx264. */
static void
pass_over(struct h264_coder *c, const char *what, int r)
{
	char why[AV_ERROR_MAX_STRING_SIZE] = "";

	(void)av_strerror(r, why, sizeof(why));
	err_set(&c->passed_over, ERR_FAILED, "encoder-hardware",
	    "the hardware encoder " M2M " %s (%s); " X264 " is used instead", what,
	    why);
}

/* The wish, or what auto means. 0, or libavcodec's error. */
static int
choose_encoder(struct h264_coder *c, int width, int height)
{
	int r;

	if (strcmp(c->wish, "auto") != 0)
		return try_encoder(c, c->wish, width, height);
	if (c->passed_over.code == ERR_NONE) {
		if ((r = try_encoder(c, M2M, width, height)) == 0)
			return 0;
		pass_over(c, "does not open", r);
	}
	return try_encoder(c, X264, width, height);
}

static int
make_image(struct h264_coder *c, struct err *e)
{
	if ((c->image = av_frame_alloc()) == NULL)
		return err_sys(e, "start an encoder");
	c->image->format = AV_PIX_FMT_YUV420P;
	c->image->width = c->enc->width;
	c->image->height = c->enc->height;
	c->image->color_range = AVCOL_RANGE_MPEG;
	if (av_frame_get_buffer(c->image, 0) < 0)
		return err_sys(e, "start an encoder");
	return 0;
}

/* The parameter sets that the encoder wrote when it was opened. */
static void
keep_sets(struct h264_coder *c)
{
	static const uint8_t code[] = { 0, 0, 0, 1 };
	const uint8_t *p = c->enc->extradata, *nal;
	uint8_t sets[H264_SETS_MAX];
	size_t n = (size_t)c->enc->extradata_size, at = 0, nal_n, sets_n = 0, less;

	while ((nal = h264_next_nal(p, n, &at, &nal_n)) != NULL &&
	    sets_n + 4 + nal_n <= sizeof(sets)) {
		memcpy(sets + sets_n, code, 4);
		sets_n += 4;
		less = 0;
		if ((nal[0] & 31) == NAL_SPS)
			less = h264_drop_timing(
			    nal, nal_n, sets + sets_n, sizeof(sets) - sets_n);
		if (less == 0)
			memcpy(sets + sets_n, nal, nal_n);
		sets_n += less > 0 ? less : nal_n;
	}
	(void)h264_sets_keep(&c->sets, sets, sets_n);
}

/* An encoder for pictures of the decoded one's size (even, as 4:2:0 wants it). */
static int
open_encoder(struct h264_coder *c, struct err *e)
{
	int width = c->picture->width & ~1, height = c->picture->height & ~1;
	char why[AV_ERROR_MAX_STRING_SIZE] = "";
	int r;

	if (c->enc != NULL && c->enc->width == width && c->enc->height == height)
		return 0;
	close_encoder(c);
	if ((r = choose_encoder(c, width, height)) < 0) {
		(void)av_strerror(r, why, sizeof(why));
		return err_set(e, ERR_FAILED, "encoder-none",
		    "the H.264 encoder %s does not open for %dx%d (%s); [streamd] "
		    "h264_encoder chooses another one",
		    strcmp(c->wish, "auto") == 0 ? X264 : c->wish, width, height, why);
	}
	c->last_pts = INT64_MIN;
	c->silent = 0;
	if (c->enc->extradata_size > 0)
		keep_sets(c);
	return make_image(c, e);
}

static int
undecoded(struct h264_coder *c, struct err *e)
{
	if (++c->undecoded < UNDECODED_MAX)
		return 0;
	return err_set(e, ERR_FAILED, "decoder-failed",
	    "libavcodec does not decode this camera's pictures (%d in a row), so no H.264 "
	    "is made of them; watch it as MJPEG by the address that ends with /mjpeg",
	    UNDECODED_MAX);
}

/* 0 = decoded, 1 = broken or no memory: skip it. */
static int
decode(struct h264_coder *c, const struct frame *jpeg)
{
	if (c->padded_size < jpeg->n + AV_INPUT_BUFFER_PADDING_SIZE) {
		free(c->padded);
		c->padded_size = jpeg->n * 5 / 4 + AV_INPUT_BUFFER_PADDING_SIZE;
		if ((c->padded = malloc(c->padded_size)) == NULL) {
			c->padded_size = 0;
			return 1;
		}
	}
	memcpy(c->padded, jpeg->data, jpeg->n);
	memset(c->padded + jpeg->n, 0, AV_INPUT_BUFFER_PADDING_SIZE);
	c->in->data = c->padded;
	c->in->size = (int)jpeg->n;
	if (avcodec_send_packet(c->dec, c->in) < 0)
		return 1;
	return avcodec_receive_frame(c->dec, c->picture) < 0;
}

static size_t
up16(int n)
{
	return ((size_t)n + 15) & ~(size_t)15;
}

/* The decoder's lines and ours have room up to the next multiple of 16. */
static bool
has_room(const struct h264_coder *c)
{
	const AVFrame *p = c->picture, *i = c->image;
	size_t luma = up16(i->width), chroma = up16((i->width + 1) / 2);

	return p->linesize[0] >= (int)luma && i->linesize[0] >= (int)luma &&
	    p->linesize[1] >= (int)chroma && i->linesize[1] >= (int)chroma &&
	    p->linesize[2] >= (int)chroma && i->linesize[2] >= (int)chroma;
}

static void
convert_planes(struct h264_coder *c, bool is_422)
{
	const AVFrame *p = c->picture;
	AVFrame *i = c->image;
	int y, k;

	for (y = 0; y < i->height; y++)
		h264_limit_luma(i->data[0] + (ptrdiff_t)y * i->linesize[0],
		    p->data[0] + (ptrdiff_t)y * p->linesize[0], (size_t)i->width);
	for (k = 1; k <= 2; k++)
		for (y = 0; y < i->height / 2; y++) {
			uint8_t *to = i->data[k] + (ptrdiff_t)y * i->linesize[k];
			const uint8_t *from = p->data[k] +
			    (ptrdiff_t)(is_422 ? 2 * y : y) * p->linesize[k];

			if (is_422)
				h264_limit_chroma_2(to, from, from + p->linesize[k],
				    (size_t)i->width / 2);
			else
				h264_limit_chroma(to, from, (size_t)i->width / 2);
		}
}

/* Whatever else a JPEG can be: grey, 4:4:4, 4:1:1. */
static int
convert_other(struct h264_coder *c)
{
	const int *matrix = sws_getCoefficients(SWS_CS_ITU601);

	c->sws = sws_getCachedContext(c->sws, c->picture->width, c->picture->height,
	    (enum AVPixelFormat)c->picture->format, c->image->width, c->image->height,
	    AV_PIX_FMT_YUV420P, SWS_FAST_BILINEAR, NULL, NULL, NULL);
	if (c->sws == NULL)
		return -1;
	(void)sws_setColorspaceDetails(
	    c->sws, matrix, 1, matrix, 0, 0, 1 << 16, 1 << 16);
	return sws_scale(c->sws, (const uint8_t *const *)c->picture->data,
		   c->picture->linesize, 0, c->picture->height, c->image->data,
		   c->image->linesize) > 0
	    ? 0
	    : -1;
}

static int
convert(struct h264_coder *c)
{
	bool is_422 = c->picture->format == AV_PIX_FMT_YUVJ422P;

	if (av_frame_make_writable(c->image) < 0)
		return -1;
	if ((is_422 || c->picture->format == AV_PIX_FMT_YUVJ420P) && has_room(c)) {
		convert_planes(c, is_422);
		return 0;
	}
	return convert_other(c);
}

/* The packet as a frame, with the parameter sets in front of an IDR. */
static struct frame *
unit_of(struct h264_coder *c)
{
	const AVPacket *pkt = c->out;
	bool key = (pkt->flags & AV_PKT_FLAG_KEY) != 0;
	size_t sets_n = 0, n = (size_t)pkt->size;
	struct frame *f;
	uint8_t *p;

	if (key && !h264_sets_keep(&c->sets, pkt->data, n))
		sets_n = c->sets.n;
	if (n > FRAME_BYTES_MAX || (p = malloc(sets_n + n)) == NULL)
		return NULL;
	memcpy(p, c->sets.p, sets_n);
	memcpy(p + sets_n, pkt->data, n);
	if ((f = frame_take(CODEC_H264, p, sets_n + n)) == NULL) {
		free(p);
		return NULL;
	}
	f->width = (unsigned)c->enc->width;
	f->height = (unsigned)c->enc->height;
	f->arrived_us = pkt->pts;
	f->keyframe = key;
	return f;
}

/* Hardware that does not do what it promised is no reason to show nothing: the next
 * picture goes to libx264. */
static int
failed(struct h264_coder *c, int r, struct err *e)
{
	char why[AV_ERROR_MAX_STRING_SIZE] = "";

	if (strcmp(c->wish, "auto") == 0 && strcmp(h264_coder_name(c), M2M) == 0) {
		pass_over(c, "failed", r);
		close_encoder(c);
		return 0;
	}
	(void)av_strerror(r, why, sizeof(why));
	return err_set(e, ERR_FAILED, "encoder-failed",
	    "the H.264 encoder %s failed (%s)", h264_coder_name(c), why);
}

/* As many bits a second as were meant, at the rate at which pictures come. */
static void
follow_rate(struct h264_coder *c, int64_t passed_us)
{
	int64_t rate;

	passed_us = passed_us < INTERVAL_MIN_US ? INTERVAL_MIN_US
	    : passed_us > INTERVAL_MAX_US	? INTERVAL_MAX_US
						: passed_us;
	c->interval_us =
	    c->interval_us == 0 ? passed_us : (15 * c->interval_us + passed_us) / 16;
	rate = c->rate * FPS_GUESS * c->interval_us / 1000000;
	if (rate * 5 < c->enc->bit_rate * 4 || rate * 4 > c->enc->bit_rate * 5)
		c->enc->bit_rate = c->enc->rc_max_rate = rate;
}

static int
encode(struct h264_coder *c, int64_t at_us, bool key, struct frame **ret, struct err *e)
{
	bool first = c->last_pts == INT64_MIN;
	int r;

	if (!first && at_us <= c->last_pts)
		at_us = c->last_pts + 1;
	if (first || at_us - c->idr_us >= IDR_EVERY_US)
		key = true;
	if (!first)
		follow_rate(c, at_us - c->last_pts);
	if (key)
		c->idr_us = at_us;
	c->last_pts = c->image->pts = at_us;
	c->image->pict_type = key ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
	if ((r = avcodec_send_frame(c->enc, c->image)) == 0)
		r = avcodec_receive_packet(c->enc, c->out);
	if (r == AVERROR(EAGAIN) && ++c->silent <= SILENT_MAX)
		return 0;
	if (r < 0)
		return failed(c, r, e);
	c->silent = 0;
	*ret = unit_of(c);
	av_packet_unref(c->out);
	return 0;
}

int
h264_coder_put(struct h264_coder *c, const struct frame *jpeg, bool key,
    struct frame **ret, struct err *e)
{
	int r = -1;

	*ret = NULL;
	if (decode(c, jpeg) != 0)
		return undecoded(c, e);
	c->undecoded = 0;
	if (c->picture->width >= 16 && c->picture->height >= 16) {
		if (open_encoder(c, e) == 0)
			r = convert(c) < 0 ? 0
					   : encode(c, jpeg->arrived_us, key, ret, e);
	} else {
		r = 0;
	}
	av_frame_unref(c->picture);
	return r;
}
