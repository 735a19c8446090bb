/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JPEG to H.264: parameter sets, key frames, sizes, colours, workers and their budget.
 */
#include "config.h"

#include <event2/event.h>
#include <libavcodec/avcodec.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "common/err.h"
#include "common/loop.h"
#include "streamd/h264.h"
#include "streamd/h264_coder.h"
#include "streamd/h264_planes.h"
#include "streamd/h264_timing.h"
#include "streamd/jpeg.h"
#include "streamd/outputs/rtp_h264.h"
#include "tests/sim/picture.h"
#include "tests/sim/stamp.h"
#include "tests/unit.h"

static struct frame *
jpeg(const struct picture_kind *kind, unsigned counter)
{
	size_t n;
	uint8_t *p = picture_make(kind, 7, counter, &n);
	struct frame *f = frame_take(CODEC_JPEG, p, n);

	assert_non_null(f);
	f->arrived_us = 1000000 + (int64_t)counter * 66667;
	return f;
}

static struct frame *
put(struct h264_coder *c, const struct picture_kind *kind, unsigned counter, bool key)
{
	struct frame *in = jpeg(kind, counter), *out;
	struct err e;

	assert_int_equal(h264_coder_put(c, in, key, &out, &e), 0);
	frame_unref(in);
	return out;
}

/* The kinds of the units in it, "7 8 5 "; delimiters and SEI left out. */
static const char *
kinds(const struct frame *f, char ret[64])
{
	size_t at = 0, n, len = 0;
	const uint8_t *nal;

	ret[0] = '\0';
	while ((nal = h264_next_nal(f->data, f->n, &at, &n)) != NULL && len < 50)
		if ((nal[0] & 31) != 6 && (nal[0] & 31) != 9)
			len +=
			    (size_t)snprintf(ret + len, 64 - len, "%u ", nal[0] & 31u);
	return ret;
}

/* T-NET-BOMB (N4): what would never come this far, because its header is judged before,
 * is not decoded here either. First of all tests, so that the peak is its own. */
static void
a_bomb_is_not_decoded(void **state)
{
	static const struct picture_kind vga = { .width = 640, .height = 480 };
	struct frame *in, *out;
	struct jpeg_info info;
	struct rusage before, after;
	struct h264_coder *c;
	struct err e;
	uint8_t *p;
	size_t n;

	(void)state;
	p = picture_make(&vga, 7, 1, &n);
	assert_int_equal(jpeg_parse(p, n, &info, &e), 0);
	memcpy(p + info.sof_at + 5, "\x3e\x80\x3e\x80", 4); /* 16000 x 16000 */
	assert_non_null(p = realloc(p, n + 2000000));
	memset(p + n, 0, 2000000); /* enough for libavcodec's own test of the ratio */
	assert_non_null(in = frame_take(CODEC_JPEG, p, n + 2000000));
	assert_non_null(c = h264_coder_new("libx264", &e));
	getrusage(RUSAGE_SELF, &before);
	assert_int_equal(h264_coder_put(c, in, true, &out, &e), 0);
	getrusage(RUSAGE_SELF, &after);
	assert_null(out);
	assert_true(after.ru_maxrss - before.ru_maxrss < 24 * 1024);
	frame_unref(in);
	h264_coder_free(c);
}

static void
key_frames_come_when_asked_and_every_two_seconds(void **state)
{
	static const struct picture_kind vga = { .width = 640, .height = 480 };
	struct h264_coder *c;
	struct frame *f;
	struct err e;
	char text[64];
	const uint8_t *sets;
	size_t sets_n;
	unsigned i, keys = 0;
	bool changed;

	(void)state;
	assert_non_null(c = h264_coder_new("libx264", &e));
	for (i = 0; i < 70; i++) {
		assert_non_null(f = put(c, &vga, i, i == 10));
		assert_int_equal(f->arrived_us, 1000000 + (int64_t)i * 66667);
		sets = h264_coder_sets(c, &sets_n, &changed);
		assert_int_equal(changed, i == 0);
		if (f->keyframe) {
			keys++;
			assert_string_equal(kinds(f, text), "7 8 5 ");
			assert_memory_equal(f->data, sets, sets_n);
		} else {
			assert_string_equal(kinds(f, text), "1 ");
		}
		/* first, asked for, then each 2 s after the last */
		assert_int_equal(f->keyframe, i == 0 || i == 10 || i == 40);
		frame_unref(f);
	}
	assert_int_equal(keys, 3);
	/* constrained baseline */
	assert_int_equal(sets[4] & 31, 7);
	assert_int_equal(sets[5], 66);
	assert_true(sets[6] & 0x40);
	h264_coder_free(c);
}

/* Decode one access unit; the luma's stamp and what the stream says of itself. */
static void
decode(struct frame *f, struct stamp *ret, AVFrame *pic)
{
	AVCodecContext *d =
	    avcodec_alloc_context3(avcodec_find_decoder(AV_CODEC_ID_H264));
	AVPacket *pkt = av_packet_alloc();

	assert_non_null(d);
	assert_non_null(pkt);
	d->thread_count = 1;
	assert_int_equal(avcodec_open2(d, NULL, NULL), 0);
	assert_int_equal(av_new_packet(pkt, (int)f->n), 0);
	memcpy(pkt->data, f->data, f->n);
	assert_int_equal(avcodec_send_packet(d, pkt), 0);
	assert_int_equal(avcodec_send_packet(d, NULL), 0);
	assert_int_equal(avcodec_receive_frame(d, pic), 0);
	assert_int_equal(
	    stamp_block_read(pic->data[0], (size_t)pic->linesize[0], ret), 0);
	/* How many pictures come is the camera's own business: no rate is promised. */
	assert_int_equal(d->framerate.num, 0);
	av_packet_free(&pkt);
	avcodec_free_context(&d);
}

/* Pictures that came at once, or with a clock that stood: players drop a unit whose
 * time is not later than the last one's. */
static void
timestamps_grow_whatever_the_pictures_say(void **state)
{
	static const struct picture_kind vga = { .width = 640, .height = 480 };
	static const int64_t came[] = { 5000, 5000, 4000, 5002, 9000 };
	static const int64_t wanted[] = { 5000, 5001, 5002, 5003, 9000 };
	struct frame *in, *out;
	struct h264_coder *c;
	struct err e;
	unsigned i;

	(void)state;
	assert_non_null(c = h264_coder_new("libx264", &e));
	for (i = 0; i < 5; i++) {
		in = jpeg(&vga, i);
		in->arrived_us = came[i];
		assert_int_equal(h264_coder_put(c, in, false, &out, &e), 0);
		assert_non_null(out);
		assert_int_equal(out->arrived_us, wanted[i]);
		frame_unref(in);
		frame_unref(out);
	}
	h264_coder_free(c);
}

/* The same bits a second however many pictures that are: the encoder goes by their
 * times, not by a rate that somebody guessed. */
static void
the_bit_rate_is_kept_at_any_frame_rate(void **state)
{
	static const struct picture_kind vga = { .width = 640, .height = 480 };
	static const unsigned rates[] = { 5, 30 };
	struct h264_coder *c;
	struct frame *in, *out;
	size_t r, bytes;
	struct err e;
	unsigned i;

	(void)state;
	for (r = 0; r < 2; r++) {
		assert_non_null(c = h264_coder_new("libx264", &e));
		for (i = 0, bytes = 0; i < 4 * rates[r]; i++) {
			in = jpeg(&vga, i % 40);
			in->arrived_us = 1000000 + (int64_t)i * 1000000 / rates[r];
			assert_int_equal(h264_coder_put(c, in, false, &out, &e), 0);
			assert_non_null(out);
			bytes += out->n;
			frame_unref(in);
			frame_unref(out);
		}
		/* 1 Mbit/s, and half a second of it to begin with */
		assert_in_range(bytes * 8 / 4, 800000, 1350000);
		h264_coder_free(c);
	}
}

static void
every_kind_of_jpeg_becomes_limited_range_420(void **state)
{
	static const struct picture_kind table[] = {
		/* Missing tables mean the standard ones before others were seen. */
		{ .width = 640, .height = 480, .no_dht = true },
		{ .width = 640, .height = 480 },
		{ .width = 640, .height = 480, .h = 2, .v = 1 },
		{ .width = 640, .height = 480, .h = 1, .v = 1 },
		{ .width = 640, .height = 480, .h = 4, .v = 1 },
		{ .width = 640, .height = 480, .h = 1, .v = 2 },
		{ .width = 640, .height = 480, .h = 3, .v = 1 },
		{ .width = 640, .height = 480, .h = 4, .v = 2 },
		{ .width = 640, .height = 480, .grey = true },
		{ .width = 640, .height = 480, .progressive = true },
		{ .width = 640, .height = 480, .restart = 7 },
		{ .width = 642, .height = 362 },
		{ .width = 641, .height = 363 },
		{ .width = 1280, .height = 720, .h = 2, .v = 1 },
	};
	struct h264_coder *c;
	struct frame *f;
	struct stamp s;
	AVFrame *pic = av_frame_alloc();
	struct err e;
	const uint8_t *sets;
	size_t i, n;
	bool changed;
	int x, y, low = 255, high = 0;

	(void)state;
	assert_non_null(c = h264_coder_new("libx264", &e));
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		/* a change of size starts a new encoder, with a key frame */
		f = put(c, &table[i], (unsigned)i + 100, true);
		if (f == NULL)
			print_error("kind %zu gives nothing\n", i);
		assert_non_null(f);
		assert_true(f->keyframe);
		sets = h264_coder_sets(c, &n, &changed);
		assert_memory_equal(f->data, sets, n);
		decode(f, &s, pic);
		assert_int_equal(s.camera, 7);
		assert_int_equal(s.counter, i + 100);
		assert_int_equal(pic->width, table[i].width & ~1u);
		assert_int_equal(pic->height, table[i].height & ~1u);
		assert_int_equal(pic->format, AV_PIX_FMT_YUV420P);
		assert_int_equal(pic->color_range, AVCOL_RANGE_MPEG);
		/* the stamp is 16 and 235 of 0..255: 30 and 218 of 16..235
		 * (looked at in the middle of each block) */
		for (y = STAMP_CELL / 2, low = 255, high = 0; y < STAMP_HEIGHT;
		     y += STAMP_CELL)
			for (x = STAMP_CELL / 2; x < STAMP_WIDTH; x += STAMP_CELL) {
				int v = pic->data[0][y * pic->linesize[0] + x];

				low = v < low ? v : low;
				high = v > high ? v : high;
			}
		assert_in_range(low, 24, 36);
		assert_in_range(high, 211, 224);
		av_frame_unref(pic);
		frame_unref(f);
	}
	av_frame_free(&pic);
	h264_coder_free(c);
}

/* One of libx264, 640x480, with a promise of 15 pictures a second; cut anywhere, and
 * with any bit wrong, it is left alone or becomes one that is no longer. */
static void
timing_is_taken_out_of_any_sps(void **state)
{
	static const uint8_t sps[] = { 0x67, 0x42, 0xc0, 0x16, 0xda, 0x02, 0x80, 0xf6,
		0x9a, 0x81, 0x01, 0x03, 0x20, 0x00, 0x00, 0x03, 0x00, 0x20, 0x00, 0x00,
		0x03, 0x03, 0xd1, 0xe2, 0xc5, 0xd4 };
	uint8_t in[sizeof(sps)], out[sizeof(sps)], *tight;
	size_t n, i;

	(void)state;
	n = h264_drop_timing(sps, sizeof(sps), out, sizeof(out));
	assert_in_range(n, 12, sizeof(sps) - 8);
	assert_memory_equal(out, sps, 12);
	assert_int_equal(h264_drop_timing(out, n, in, sizeof(in)), 0);
	assert_int_equal(h264_drop_timing(sps, sizeof(sps), out, 11), 0);
	for (n = 0; n < sizeof(sps); n++) {
		assert_non_null(tight = malloc(n + 1));
		memcpy(tight, sps, n);
		assert_true(h264_drop_timing(tight, n, out, sizeof(out)) <= n);
		free(tight);
	}
	for (i = 0; i < 8 * sizeof(sps); i++) {
		memcpy(in, sps, sizeof(sps));
		in[i / 8] ^= (uint8_t)(1 << i % 8);
		n = h264_drop_timing(in, sizeof(in), out, sizeof(out));
		assert_true(n <= sizeof(out));
	}
}

static void
range_is_converted_exactly(void **state)
{
	uint8_t from[256], to[256], a[16], b[16];
	int i;

	(void)state;
	for (i = 0; i < 256; i++)
		from[i] = (uint8_t)i;
	h264_limit_luma(to, from, 256);
	for (i = 0; i < 256; i++)
		assert_int_equal(to[i], (int)(16.5 + i * 219 / 255.0));
	h264_limit_chroma(to, from, 256);
	for (i = 0; i < 256; i++)
		assert_int_equal(to[i], (int)(128.5 + (i - 128) * 224 / 255.0));
	assert_int_equal(to[128], 128);
	memset(a, 100, 16);
	memset(b, 156, 16);
	h264_limit_chroma_2(to, a, b, 16);
	assert_int_equal(to[15], 128);
}

static void
broken_pictures_are_passed_over(void **state)
{
	static const struct picture_kind vga = { .width = 640, .height = 480 };
	struct h264_coder *c;
	struct frame *in, *out;
	struct err e;

	(void)state;
	assert_non_null(c = h264_coder_new("auto", &e));
	assert_non_null(in = frame_new(CODEC_JPEG, "nothing", 7));
	assert_int_equal(h264_coder_put(c, in, true, &out, &e), 0);
	assert_null(out);
	frame_unref(in);
	assert_non_null(out = put(c, &vga, 1, false));
	assert_true(out->keyframe);
	assert_string_not_equal(h264_coder_name(c), "");
	frame_unref(out);
	h264_coder_free(c);
}

/* JPEG allows samplings that libavcodec does not: nobody waits for a picture that will
 * not come. */
static void
what_is_never_decoded_is_said(void **state)
{
	static const struct picture_kind odd = {
		.width = 640, .height = 480, .h = 3, .v = 2
	};
	struct h264_coder *c;
	struct frame *in, *out;
	struct err e = { .code = ERR_NONE };
	unsigned i;

	(void)state;
	assert_non_null(c = h264_coder_new("libx264", &e));
	assert_non_null(in = jpeg(&odd, 1));
	for (i = 1; i < 15; i++)
		assert_int_equal(h264_coder_put(c, in, true, &out, &e), 0);
	assert_int_equal(h264_coder_put(c, in, true, &out, &e), -1);
	assert_string_equal(e.name, "decoder-failed");
	assert_non_null(strstr(e.msg, "/mjpeg"));
	frame_unref(in);
	h264_coder_free(c);
}

static void
an_encoder_that_is_not_there_is_an_error(void **state)
{
	static const struct picture_kind vga = { .width = 640, .height = 480 };
	struct h264_coder *c;
	struct frame *in = jpeg(&vga, 1), *out;
	struct err e;

	(void)state;
	assert_non_null(c = h264_coder_new("no_such_encoder", &e));
	assert_int_equal(h264_coder_put(c, in, true, &out, &e), -1);
	assert_string_equal(e.name, "encoder-none");
	frame_unref(in);
	h264_coder_free(c);
}

/* What libavcodec itself says of the hardware decides. */
static bool
hardware_opens(int *ret_error)
{
	const AVCodec *codec = avcodec_find_encoder_by_name("h264_v4l2m2m");
	AVCodecContext *enc;

	*ret_error = AVERROR_ENCODER_NOT_FOUND;
	if (codec == NULL)
		return false;
	assert_non_null(enc = avcodec_alloc_context3(codec));
	enc->width = 640;
	enc->height = 480;
	enc->pix_fmt = AV_PIX_FMT_YUV420P;
	enc->time_base = (AVRational) { 1, 1000000 };
	*ret_error = avcodec_open2(enc, codec, NULL);
	avcodec_free_context(&enc);
	return *ret_error == 0;
}

static void
auto_takes_hardware_where_it_opens_and_says_why_not(void **state)
{
	static const struct picture_kind vga = { .width = 640, .height = 480 };
	char why[AV_ERROR_MAX_STRING_SIZE];
	struct frame *in = jpeg(&vga, 1), *out;
	struct h264_coder *c;
	struct err e;
	int error;

	(void)state;
	assert_non_null(c = h264_coder_new("auto", &e));
	assert_string_equal(h264_coder_name(c), "");
	assert_int_equal(h264_coder_put(c, in, true, &out, &e), 0);
	frame_unref(out);
	if (hardware_opens(&error)) {
		assert_string_equal(h264_coder_name(c), "h264_v4l2m2m");
		assert_int_equal(h264_coder_passed_over(c)->code, ERR_NONE);
	} else {
		assert_non_null(out);
		assert_string_equal(h264_coder_name(c), "libx264");
		(void)av_strerror(error, why, sizeof(why));
		assert_non_null(strstr(h264_coder_passed_over(c)->msg, why));
	}
	h264_coder_free(c);
	/* Asked for by name there is no other. */
	assert_non_null(c = h264_coder_new("h264_v4l2m2m", &e));
	if (!hardware_opens(&error)) {
		assert_int_equal(h264_coder_put(c, in, true, &out, &e), -1);
		assert_string_equal(e.name, "encoder-none");
		(void)av_strerror(error, why, sizeof(why));
		assert_non_null(strstr(e.msg, why));
		assert_non_null(strstr(e.msg, "h264_encoder"));
	}
	frame_unref(in);
	h264_coder_free(c);
}

/* Workers on a loop. */
struct bench {
	struct loop *loop;
	struct h264 *worker;
	unsigned units, keys, sets, failed;
	unsigned stop_at; /* stop the worker from inside its call-back */
	unsigned end_at; /* leave the loop */
	int64_t last_us; /* of the last unit */
};

static void
on_unit(void *arg, struct frame *f)
{
	struct bench *b = arg;

	assert_true(b->sets > 0);
	b->units++;
	b->keys += f->keyframe;
	assert_true(f->arrived_us > b->last_us);
	b->last_us = f->arrived_us;
	if (b->units == b->stop_at)
		h264_stop(b->worker);
	if (b->units == b->end_at)
		loop_stop(b->loop, 0);
}

static void
on_sets(void *arg, const uint8_t *p, size_t n)
{
	struct bench *b = arg;

	assert_memory_equal(p, "\0\0\0\1", 4);
	assert_true(n > 10);
	b->sets++;
}

static void
on_failed(void *arg, const struct err *e)
{
	struct bench *b = arg;

	assert_string_equal(e->name, "encoder-none");
	b->failed++;
	h264_stop(b->worker);
	loop_stop(b->loop, 0);
}

static const struct h264_ops ops = { on_unit, on_sets, on_failed };

static void
on_deadline(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	loop_stop(arg, 99);
}

/* A loop that gives up after a while. */
static struct loop *
new_loop(struct event **ret_deadline)
{
	struct err e;
	struct loop *l = loop_new(&e);

	assert_non_null(l);
	assert_non_null(*ret_deadline = loop_timer(l, on_deadline, l, &e));
	loop_timer_set(*ret_deadline, 30000);
	return l;
}

static void
a_worker_gives_units_to_the_loop(void **state)
{
	static const struct picture_kind vga = { .width = 640, .height = 480 };
	struct bench b = { .end_at = 0 };
	struct h264_figures figures;
	struct h264_pool *pool;
	struct event *deadline;
	struct frame *f;
	struct err e;
	unsigned i;

	(void)state;
	b.loop = new_loop(&deadline);
	assert_non_null(pool = h264_pool_new(b.loop, "libx264", 1, &e));
	assert_non_null(b.worker = h264_start(pool, "cam1", &ops, &b, &e));
	assert_null(h264_start(pool, "cam2", &ops, &b, &e));
	assert_string_equal(e.name, "encoder-budget");
	for (i = 0; i < 5; i++) {
		b.end_at = b.units + 1;
		if (i == 3)
			h264_want_keyframe(b.worker);
		f = jpeg(&vga, i);
		h264_push(b.worker, f);
		frame_unref(f);
		assert_int_equal(loop_run(b.loop), 0);
	}
	assert_int_equal(b.units, 5);
	assert_int_equal(b.keys, 2);
	assert_int_equal(b.sets, 1);
	h264_figures(b.worker, &figures);
	assert_true(figures.load > 0);
	assert_string_equal(figures.encoder, "libx264");
	assert_int_equal(figures.skipped, 0);
	h264_stop(b.worker);
	/* the place is free at once */
	assert_non_null(b.worker = h264_start(pool, "cam2", &ops, &b, &e));
	h264_stop(b.worker);
	h264_pool_free(pool);
	loop_drop(deadline);
	loop_free(b.loop);
}

/* Ten pictures at once: what was not fetched in time is replaced by the next, counted,
 * and the newest always comes out. */
static void
a_worker_too_slow_skips_pictures_and_never_queues(void **state)
{
	static const struct picture_kind vga = { .width = 640, .height = 480 };
	struct bench b = { .last_us = 0 };
	struct h264_figures figures;
	struct h264_pool *pool;
	struct event *deadline;
	uint64_t skipped = 0;
	struct frame *f;
	struct err e;
	unsigned i;

	(void)state;
	b.loop = new_loop(&deadline);
	assert_non_null(pool = h264_pool_new(b.loop, "libx264", 1, &e));
	assert_non_null(b.worker = h264_start(pool, "cam1", &ops, &b, &e));
	for (i = 0; i < 10; i++) {
		f = jpeg(&vga, i);
		h264_push(b.worker, f);
		frame_unref(f);
	}
	while (b.units + skipped < 10) {
		b.end_at = b.units + 1;
		assert_int_equal(loop_run(b.loop), 0);
		h264_figures(b.worker, &figures);
		skipped += figures.skipped;
	}
	assert_int_equal(b.units + skipped, 10);
	assert_int_equal(b.last_us, 1000000 + 9 * 66667);
	h264_pool_free(pool);
	loop_drop(deadline);
	loop_free(b.loop);
}

static void
a_worker_can_be_stopped_from_its_own_call(void **state)
{
	static const struct picture_kind vga = { .width = 640, .height = 480 };
	struct bench b = { .stop_at = 1, .end_at = 1 };
	struct h264_pool *pool;
	struct event *deadline;
	struct frame *f;
	struct err e;

	(void)state;
	b.loop = new_loop(&deadline);
	assert_non_null(pool = h264_pool_new(b.loop, "auto", 0, &e));
	assert_non_null(b.worker = h264_start(pool, "cam1", &ops, &b, &e));
	f = jpeg(&vga, 1);
	h264_push(b.worker, f);
	assert_int_equal(loop_run(b.loop), 0);
	frame_unref(f);
	assert_int_equal(b.units, 1);
	h264_pool_free(pool);
	loop_drop(deadline);
	loop_free(b.loop);
}

static void
a_worker_without_encoder_says_so_once(void **state)
{
	static const struct picture_kind vga = { .width = 640, .height = 480 };
	struct bench b = { .end_at = 0 };
	struct h264_pool *pool;
	struct event *deadline;
	struct frame *f;
	struct err e;

	(void)state;
	b.loop = new_loop(&deadline);
	assert_non_null(pool = h264_pool_new(b.loop, "no_such_encoder", 1, &e));
	assert_non_null(b.worker = h264_start(pool, "cam1", &ops, &b, &e));
	f = jpeg(&vga, 1);
	h264_push(b.worker, f);
	assert_int_equal(loop_run(b.loop), 0);
	frame_unref(f);
	assert_int_equal(b.failed, 1);
	h264_pool_free(pool);
	loop_drop(deadline);
	loop_free(b.loop);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bomb_is_not_decoded),
		cmocka_unit_test(key_frames_come_when_asked_and_every_two_seconds),
		cmocka_unit_test(timestamps_grow_whatever_the_pictures_say),
		cmocka_unit_test(the_bit_rate_is_kept_at_any_frame_rate),
		cmocka_unit_test(every_kind_of_jpeg_becomes_limited_range_420),
		cmocka_unit_test(timing_is_taken_out_of_any_sps),
		cmocka_unit_test(range_is_converted_exactly),
		cmocka_unit_test(broken_pictures_are_passed_over),
		cmocka_unit_test(what_is_never_decoded_is_said),
		cmocka_unit_test(an_encoder_that_is_not_there_is_an_error),
		cmocka_unit_test(auto_takes_hardware_where_it_opens_and_says_why_not),
		cmocka_unit_test(a_worker_gives_units_to_the_loop),
		cmocka_unit_test(a_worker_too_slow_skips_pictures_and_never_queues),
		cmocka_unit_test(a_worker_can_be_stopped_from_its_own_call),
		cmocka_unit_test(a_worker_without_encoder_says_so_once),
	};

	av_log_set_level(AV_LOG_QUIET);
	return cmocka_run_group_tests_name("h264", tests, NULL, NULL);
}
