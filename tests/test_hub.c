/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The switchboard with a clock of its own: who starts and stops when, who gets what. */
#include "config.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/err.h"
#include "streamd/hub_feed.h"
#include "tests/unit.h"

#define S 1000000

static int64_t clock_us;

struct camera {
	struct hub_camera *c;
	unsigned started, stopped;
};

struct viewer {
	struct hub *hub;
	struct subscriber *sub;
	unsigned frames, notes[HUB_LOST + 1];
	uint64_t last_number;
	struct viewer *leaves; /* who leaves when a frame comes */
	struct viewer *joins; /* who joins when a frame comes */
	struct stream *joins_to;
};

struct encoder {
	struct subscriber *sub;
	struct stream *h264;
	unsigned started, stopped, keyframes, jpegs;
	bool fail_start;
};

struct world {
	struct hub *hub;
	struct camera cam;
	struct encoder enc;
};

static int64_t
fake_now(void)
{
	return clock_us;
}

static void
on_start(void *arg)
{
	((struct camera *)arg)->started++;
}

static void
on_stop(void *arg)
{
	((struct camera *)arg)->stopped++;
}

static const struct hub_source_ops source_ops = { .start = on_start, .stop = on_stop };

static void on_frame(void *arg, struct frame *f);

static void
on_note(void *arg, enum hub_note note, const struct err *e)
{
	struct viewer *v = arg;

	assert_non_null(e);
	v->notes[note]++;
}

static const struct subscriber_ops viewer_ops = { .frame = on_frame, .note = on_note };

static void
join(struct viewer *v, struct hub *h, struct stream *s)
{
	struct err e;

	v->hub = h;
	v->sub = hub_subscribe(h, s, &viewer_ops, v, &e);
	assert_non_null(v->sub);
}

static void
leave(struct viewer *v)
{
	hub_unsubscribe(v->sub);
	v->sub = NULL;
}

static void
on_frame(void *arg, struct frame *f)
{
	struct viewer *v = arg;

	v->frames++;
	v->last_number = f->number;
	if (v->leaves != NULL && v->leaves->sub != NULL)
		leave(v->leaves);
	if (v->joins != NULL && v->joins->sub == NULL)
		join(v->joins, v->hub, v->joins_to);
}

static void
enc_jpeg(void *arg, struct frame *f)
{
	struct encoder *en = arg;

	(void)f;
	en->jpegs++;
}

static void
enc_note(void *arg, enum hub_note note, const struct err *e)
{
	(void)arg;
	(void)note;
	(void)e;
}

static const struct subscriber_ops enc_sub = { .frame = enc_jpeg, .note = enc_note };

static void *
enc_start(
    void *arg, struct hub *h, struct stream *jpeg, struct stream *h264, struct err *e)
{
	struct encoder *en = arg;

	if (en->fail_start) {
		err_set(e, ERR_REFUSED, "encoder-budget", "none left");
		return NULL;
	}
	en->started++;
	en->h264 = h264;
	en->sub = hub_subscribe_encoder(h, jpeg, &enc_sub, en, e);
	return en;
}

static void
enc_stop(void *arg)
{
	struct encoder *en = arg;

	en->stopped++;
	hub_unsubscribe(en->sub);
}

static void
enc_keyframe(void *arg)
{
	((struct encoder *)arg)->keyframes++;
}

static const struct hub_encoder_ops enc_ops = {
	.start = enc_start, .stop = enc_stop, .keyframe = enc_keyframe
};

static void
open_world(struct world *w)
{
	struct hub_options o = { .linger_s = 10,
		.encoder_linger_s = 30,
		.max_encoders = 1,
		.encoder = &enc_ops,
		.encoder_arg = &w->enc,
		.now_us = fake_now };
	struct err e;

	memset(w, 0, sizeof(*w));
	clock_us = 1000 * (int64_t)S;
	w->hub = hub_new(NULL, &o, &e);
	assert_non_null(w->hub);
	w->cam.c = hub_add_camera(w->hub, "cam1", &source_ops, &w->cam, &e);
	assert_non_null(w->cam.c);
}

static struct stream *
jpeg_of(struct world *w)
{
	return hub_camera_stream(w->cam.c, CODEC_JPEG);
}

static void
publish(struct world *w)
{
	struct frame *f = frame_new(CODEC_JPEG, "\xff\xd8\xff\xd9", 4);

	hub_publish(jpeg_of(w), f);
	frame_unref(f);
}

/* Let time pass as the loop would: no tick is later than it was asked for. */
static void
pass(struct world *w, int64_t us)
{
	int64_t end = clock_us + us, ms;

	for (;;) {
		ms = hub_tick(w->hub);
		if (ms < 0 || clock_us + ms * 1000 > end)
			break;
		clock_us += ms * 1000;
	}
	clock_us = end;
	(void)hub_tick(w->hub);
}

static void
opens_for_the_first_and_closes_after_the_last(void **state)
{
	struct world w;
	struct viewer a = { .frames = 0 }, b = { .frames = 0 };

	(void)state;
	open_world(&w);
	pass(&w, 100 * (int64_t)S);
	assert_int_equal(w.cam.started, 0);
	join(&a, w.hub, jpeg_of(&w));
	assert_int_equal(w.cam.started, 0); /* never inside a subscribe */
	pass(&w, 0);
	assert_int_equal(w.cam.started, 1);
	join(&b, w.hub, jpeg_of(&w));
	pass(&w, S);
	leave(&a);
	pass(&w, 20 * S);
	assert_int_equal(w.cam.stopped, 0);
	leave(&b);
	pass(&w, 9 * S);
	assert_int_equal(w.cam.stopped, 0);
	pass(&w, 1 * S);
	assert_int_equal(w.cam.stopped, 1);
	assert_int_equal(w.cam.started, 1);
	hub_free(w.hub);
	assert_int_equal(w.cam.stopped, 1);
}

static void
a_viewer_who_comes_back_in_time_keeps_it_open(void **state)
{
	struct world w;
	struct viewer a = { .frames = 0 };

	(void)state;
	open_world(&w);
	join(&a, w.hub, jpeg_of(&w));
	pass(&w, 0);
	leave(&a);
	pass(&w, 8 * S);
	join(&a, w.hub, jpeg_of(&w));
	pass(&w, 60 * (int64_t)S);
	assert_int_equal(w.cam.started, 1);
	assert_int_equal(w.cam.stopped, 0);
	leave(&a);
	hub_free(w.hub);
	assert_int_equal(w.cam.stopped, 1);
}

static void
hands_each_frame_to_all_in_order(void **state)
{
	struct world w;
	struct viewer v[5] = { { .frames = 0 } };
	struct hub_figures f;
	unsigned i, k;

	(void)state;
	open_world(&w);
	for (i = 0; i < 5; i++)
		join(&v[i], w.hub, jpeg_of(&w));
	pass(&w, 0);
	for (k = 1; k <= 10; k++) {
		publish(&w);
		for (i = 0; i < 5; i++)
			assert_int_equal(v[i].last_number, k);
	}
	assert_int_equal(stream_latest(jpeg_of(&w))->number, 10);
	hub_skipped(v[0].sub, 3);
	hub_figures(w.cam.c, &f);
	assert_int_equal(f.frames_in, 10);
	assert_int_equal(f.bytes_in, 40);
	assert_int_equal(f.handed, 50);
	assert_int_equal(f.skipped, 3);
	assert_int_equal(f.clients, 5);
	for (i = 0; i < 5; i++)
		leave(&v[i]);
	pass(&w, 11 * S);
	assert_null(stream_latest(jpeg_of(&w)));
	hub_free(w.hub);
}

/* Whoever leaves in a round, itself, before or behind, gets nothing more and the
 * others get everything. */
static void
leaving_inside_a_callback_is_safe(void **state)
{
	struct world w;
	struct viewer v[4];
	unsigned who, whom, i;

	(void)state;
	for (who = 0; who < 4; who++) {
		for (whom = 0; whom < 4; whom++) {
			open_world(&w);
			memset(v, 0, sizeof(v));
			for (i = 0; i < 4; i++)
				join(&v[i], w.hub, jpeg_of(&w));
			v[who].leaves = &v[whom];
			publish(&w);
			publish(&w);
			for (i = 0; i < 4; i++) {
				if (i != whom)
					assert_int_equal(v[i].frames, 2);
				else
					assert_in_range(v[i].frames, 0, 1);
				if (v[i].sub != NULL)
					leave(&v[i]);
			}
			pass(&w, 11 * S);
			hub_free(w.hub);
		}
	}
}

static void
joining_inside_a_callback_starts_with_the_next_frame(void **state)
{
	struct world w;
	struct viewer a = { .frames = 0 }, late = { .frames = 0 };

	(void)state;
	open_world(&w);
	a.joins = &late;
	a.joins_to = jpeg_of(&w);
	join(&a, w.hub, jpeg_of(&w));
	publish(&w);
	assert_int_equal(late.frames, 0);
	publish(&w);
	assert_int_equal(late.frames, 1);
	leave(&a);
	leave(&late);
	hub_free(w.hub);
}

static void
tells_of_an_outage_once_and_of_a_loss_once(void **state)
{
	struct world w;
	struct viewer a = { .frames = 0 };

	(void)state;
	open_world(&w);
	join(&a, w.hub, jpeg_of(&w));
	pass(&w, 4 * S);
	assert_int_equal(a.notes[HUB_OUTAGE], 0);
	pass(&w, S);
	assert_int_equal(a.notes[HUB_OUTAGE], 1);
	pass(&w, 20 * S);
	publish(&w); /* it is back */
	pass(&w, 6 * S);
	assert_int_equal(a.notes[HUB_OUTAGE], 2);
	assert_int_equal(a.notes[HUB_LOST], 0);
	pass(&w, 24 * S);
	assert_int_equal(a.notes[HUB_LOST], 1);
	pass(&w, 100 * (int64_t)S);
	assert_int_equal(a.notes[HUB_OUTAGE], 2);
	assert_int_equal(a.notes[HUB_LOST], 1);
	assert_int_equal(w.cam.stopped, 0); /* it is still wanted */
	leave(&a);
	hub_free(w.hub);
}

static bool
knows_cam1(void *arg, const char *name, struct err *e)
{
	assert_non_null(arg);
	if (strcmp(name, "cam1") != 0)
		return false;
	err_set(e, ERR_REFUSED, "camera-disabled", "it is disabled");
	return true;
}

static void
a_removed_camera_says_so_and_may_be_left_later(void **state)
{
	struct world w;
	struct viewer a = { .frames = 0 }, b = { .frames = 0 };
	struct err e;

	(void)state;
	open_world(&w);
	join(&a, w.hub, jpeg_of(&w));
	join(&b, w.hub, hub_camera_stream(w.cam.c, CODEC_H264));
	pass(&w, 0);
	hub_remove_camera(w.cam.c);
	assert_int_equal(a.notes[HUB_GONE], 1);
	assert_int_equal(b.notes[HUB_GONE], 1);
	assert_int_equal(w.cam.stopped, 1);
	assert_int_equal(w.enc.stopped, 1);
	assert_null(hub_find(w.hub, "cam1", CODEC_JPEG, &e));
	assert_int_equal(e.code, ERR_NOT_FOUND);
	/* Somebody may know more about it. */
	hub_set_absent(w.hub, knows_cam1, &w);
	assert_null(hub_find(w.hub, "cam1", CODEC_JPEG, &e));
	assert_string_equal(e.name, "camera-disabled");
	assert_null(hub_find(w.hub, "cam2", CODEC_JPEG, &e));
	assert_string_equal(e.name, "camera-unknown");
	leave(&a);
	leave(&b);
	assert_int_equal(hub_tick(w.hub), -1);
	hub_free(w.hub);
}

static void
the_encoder_runs_for_its_viewers_only(void **state)
{
	struct world w;
	struct viewer a = { .frames = 0 }, b = { .frames = 0 };
	struct hub_figures f;

	(void)state;
	open_world(&w);
	join(&a, w.hub, hub_camera_stream(w.cam.c, CODEC_H264));
	join(&b, w.hub, hub_camera_stream(w.cam.c, CODEC_H264));
	pass(&w, 0);
	assert_int_equal(w.enc.started, 1);
	assert_int_equal(w.cam.started, 1); /* its own wish for JPEGs */
	publish(&w);
	assert_int_equal(w.enc.jpegs, 1);
	hub_figures(w.cam.c, &f);
	assert_int_equal(f.clients, 2); /* the encoder is no viewer */
	leave(&a);
	leave(&b);
	pass(&w, 29 * S);
	assert_int_equal(w.enc.stopped, 0);
	pass(&w, 1 * S);
	assert_int_equal(w.enc.stopped, 1);
	assert_int_equal(w.cam.stopped, 0);
	pass(&w, 10 * S);
	assert_int_equal(w.cam.stopped, 1);
	hub_free(w.hub);
}

static void
the_budget_of_encoders_is_kept(void **state)
{
	struct world w;
	struct camera two = { .c = NULL };
	struct viewer a = { .frames = 0 };
	struct hub_figures f;
	struct err e;

	(void)state;
	open_world(&w);
	two.c = hub_add_camera(w.hub, "cam2", &source_ops, &two, &e);
	assert_non_null(two.c);
	join(&a, w.hub, hub_camera_stream(w.cam.c, CODEC_H264));
	hub_set_encoder(w.enc.h264, "libx264", 0.25, 3);
	assert_null(hub_subscribe(
	    w.hub, hub_camera_stream(two.c, CODEC_H264), &viewer_ops, &a, &e));
	assert_int_equal(e.code, ERR_REFUSED);
	assert_string_equal(e.name, "encoder-budget");
	/* The camera that went without says so for a while, and who has it. */
	hub_figures(two.c, &f);
	assert_non_null(strstr(f.h264_note, "are in use: cam1 (1 viewer)."));
	assert_string_equal(f.encoder, "");
	hub_figures(w.cam.c, &f);
	assert_string_equal(f.h264_note, "");
	assert_string_equal(f.encoder, "libx264");
	assert_true(f.encoder_load == 0.25);
	assert_int_equal(f.encoder_skipped, 3);
	clock_us += HUB_NOTE_US + 1;
	hub_figures(two.c, &f);
	assert_string_equal(f.h264_note, "");
	/* One that only lingers gives way at once. */
	leave(&a);
	pass(&w, S);
	assert_int_equal(w.enc.stopped, 0);
	join(&a, w.hub, hub_camera_stream(two.c, CODEC_H264));
	assert_int_equal(w.enc.stopped, 1);
	assert_int_equal(w.enc.started, 2);
	hub_figures(w.cam.c, &f);
	assert_string_equal(f.encoder, "");
	assert_int_equal(f.encoder_skipped, 3);
	leave(&a);
	pass(&w, 31 * (int64_t)S);
	assert_int_equal(w.enc.stopped, 2);
	hub_free(w.hub);
}

static void
a_lingering_encoder_gives_its_place(void **state)
{
	struct world w;
	struct camera two = { .c = NULL };
	struct viewer a = { .frames = 0 };
	struct err e;

	(void)state;
	open_world(&w);
	two.c = hub_add_camera(w.hub, "cam2", &source_ops, &two, &e);
	join(&a, w.hub, hub_camera_stream(w.cam.c, CODEC_H264));
	leave(&a);
	pass(&w, 5 * S);
	assert_int_equal(w.enc.stopped, 0);
	join(&a, w.hub, hub_camera_stream(two.c, CODEC_H264));
	assert_int_equal(w.enc.stopped, 1);
	assert_int_equal(w.enc.started, 2);
	leave(&a);
	hub_free(w.hub);
}

static void
a_failed_encoder_is_told_and_may_start_again(void **state)
{
	struct world w;
	struct viewer a = { .frames = 0 };
	struct hub_figures f;
	struct err e;

	(void)state;
	open_world(&w);
	join(&a, w.hub, hub_camera_stream(w.cam.c, CODEC_H264));
	err_set(&e, ERR_FAILED, "encoder", "it broke");
	hub_encoder_failed(w.enc.h264, &e);
	assert_int_equal(a.notes[HUB_REFUSED], 1);
	hub_figures(w.cam.c, &f);
	assert_string_equal(f.h264_note, "it broke");
	assert_int_equal(w.enc.stopped, 0); /* not inside its own call */
	pass(&w, 0);
	assert_int_equal(w.enc.stopped, 1);
	leave(&a);
	join(&a, w.hub, hub_camera_stream(w.cam.c, CODEC_H264));
	assert_int_equal(w.enc.started, 2);
	hub_set_encoder(w.enc.h264, "libx264", 0, 0);
	hub_figures(w.cam.c, &f);
	assert_string_equal(f.h264_note, "");
	leave(&a);
	hub_free(w.hub);
}

static void
keyframes_are_asked_for_once_a_second_at_most(void **state)
{
	struct world w;
	struct viewer a = { .frames = 0 };
	struct stream *s;
	unsigned i;

	(void)state;
	open_world(&w);
	s = hub_camera_stream(w.cam.c, CODEC_H264);
	join(&a, w.hub, s);
	pass(&w, 0);
	for (i = 0; i < 30; i++) {
		hub_want_keyframe(s);
		pass(&w, S / 10);
	}
	assert_in_range(w.enc.keyframes, 3, 4);
	leave(&a);
	hub_free(w.hub);
}

static void
refuses_bad_and_double_names(void **state)
{
	struct world w;
	struct err e;

	(void)state;
	open_world(&w);
	assert_null(hub_add_camera(w.hub, "cam1", &source_ops, NULL, &e));
	assert_string_equal(e.name, "camera-exists");
	assert_null(hub_add_camera(w.hub, "../x", &source_ops, NULL, &e));
	assert_string_equal(e.name, "camera-name");
	hub_free(w.hub);
}

static void
viewers_have_a_limit(void **state)
{
	struct world w;
	static struct viewer v[HUB_SUBSCRIBERS_MAX];
	struct err e;
	unsigned i;

	(void)state;
	open_world(&w);
	for (i = 0; i < HUB_SUBSCRIBERS_MAX; i++)
		join(&v[i], w.hub, jpeg_of(&w));
	assert_null(hub_subscribe(w.hub, jpeg_of(&w), &viewer_ops, &v[0], &e));
	assert_string_equal(e.name, "camera-full");
	for (i = 0; i < HUB_SUBSCRIBERS_MAX; i++)
		leave(&v[i]);
	hub_free(w.hub);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens_for_the_first_and_closes_after_the_last),
		cmocka_unit_test(a_viewer_who_comes_back_in_time_keeps_it_open),
		cmocka_unit_test(hands_each_frame_to_all_in_order),
		cmocka_unit_test(leaving_inside_a_callback_is_safe),
		cmocka_unit_test(joining_inside_a_callback_starts_with_the_next_frame),
		cmocka_unit_test(tells_of_an_outage_once_and_of_a_loss_once),
		cmocka_unit_test(a_removed_camera_says_so_and_may_be_left_later),
		cmocka_unit_test(the_encoder_runs_for_its_viewers_only),
		cmocka_unit_test(the_budget_of_encoders_is_kept),
		cmocka_unit_test(a_lingering_encoder_gives_its_place),
		cmocka_unit_test(a_failed_encoder_is_told_and_may_start_again),
		cmocka_unit_test(keyframes_are_asked_for_once_a_second_at_most),
		cmocka_unit_test(refuses_bad_and_double_names),
		cmocka_unit_test(viewers_have_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
