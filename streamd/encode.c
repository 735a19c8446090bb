/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Between hub and H.264 worker (see encode.h). streamd, main thread. */
#include "config.h"

#include <stdbool.h>
#include <stdlib.h>

#include "common/err.h"
#include "common/loop.h"
#include "streamd/encode.h"
#include "streamd/h264.h"
#include "streamd/hub_feed.h"

#define FIGURES_EVERY_US 5000000

struct encode {
	struct stream *jpeg, *out;
	struct subscriber *sub;
	struct h264 *worker;
	int64_t figures_us; /* when they were asked for last */
	bool works; /* a unit came */
};

static void
tell_figures(struct encode *en)
{
	struct h264_figures f;

	h264_figures(en->worker, &f);
	hub_set_encoder(en->out, f.encoder, f.load, f.skipped);
	en->figures_us = loop_now_us();
}

static void
on_jpeg(void *arg, struct frame *f)
{
	struct encode *en = arg;

	h264_push(en->worker, f);
	if (en->works && loop_now_us() - en->figures_us >= FIGURES_EVERY_US)
		tell_figures(en);
}

/* Outages are told to the viewers by the hub itself. */
static void
on_note(void *arg, enum hub_note note, const struct err *e)
{
	(void)arg;
	(void)note;
	(void)e;
}

static const struct subscriber_ops sub_ops = { .frame = on_jpeg, .note = on_note };

static void
on_unit(void *arg, struct frame *f)
{
	struct encode *en = arg;

	if (!en->works) {
		en->works = true;
		tell_figures(en);
	}
	hub_publish(en->out, f);
}

static void
on_sets(void *arg, const uint8_t *p, size_t n)
{
	struct encode *en = arg;

	(void)hub_set_parameter_sets(en->out, p, n);
}

static void
on_failed(void *arg, const struct err *e)
{
	struct encode *en = arg;

	hub_encoder_failed(en->out, e);
}

static const struct h264_ops worker_ops = {
	.unit = on_unit, .sets = on_sets, .failed = on_failed
};

static void
encode_stop(void *arg)
{
	struct encode *en = arg;

	hub_unsubscribe(en->sub);
	h264_stop(en->worker);
	free(en);
}

static void *
encode_start(
    void *arg, struct hub *h, struct stream *jpeg, struct stream *h264, struct err *e)
{
	struct encode *en = calloc(1, sizeof(*en));

	if (en == NULL) {
		err_sys(e, "start an encoder");
		return NULL;
	}
	en->jpeg = jpeg;
	en->out = h264;
	en->worker = h264_start(arg, stream_camera(jpeg), &worker_ops, en, e);
	if (en->worker == NULL) {
		free(en);
		return NULL;
	}
	if ((en->sub = hub_subscribe_encoder(h, jpeg, &sub_ops, en, e)) == NULL) {
		encode_stop(en);
		return NULL;
	}
	/* The camera is open already: do not wait for its next picture. */
	if (stream_latest(jpeg) != NULL)
		h264_push(en->worker, stream_latest(jpeg));
	return en;
}

static void
encode_keyframe(void *arg)
{
	struct encode *en = arg;

	h264_want_keyframe(en->worker);
}

const struct hub_encoder_ops encode_ops = {
	.start = encode_start, .stop = encode_stop, .keyframe = encode_keyframe
};
