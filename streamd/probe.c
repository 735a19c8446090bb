/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Probes (see probe.h). streamd, main thread. */
#include "config.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>

#include "common/err.h"
#include "common/loop.h"
#include "common/sentence.h"
#include "streamd/hub_feed.h"
#include "streamd/jpeg.h"
#include "streamd/probe.h"
#include "streamd/sources/source.h"

#define WAIT_MS 10000 /* for a first picture */
#define LOOK_MS 2000 /* from it on: time enough to count */

struct probe {
	struct source *source; /* NULL: removed meanwhile */
	struct subscriber *sub;
	struct event *timer;
	void (*done)(void *arg, const struct err *e, const char *json);
	void *arg;
	struct hub_figures first; /* when the first picture came */
	int64_t first_us; /* 0: none yet */
	struct frame *picture; /* the newest JPEG */
};

void
probe_free(struct probe *p)
{
	if (p == NULL)
		return;
	hub_unsubscribe(p->sub);
	loop_drop(p->timer);
	frame_unref(p->picture);
	free(p);
}

static void
put(json_t *o, const char *key, json_t *value)
{
	(void)json_object_set_new(o, key, value);
}

/* A constant one; null where there is none. */
static void
put_sentence(json_t *o, const char *key, const char *text)
{
	struct err said = { .code = ERR_NONE };

	err_text(&said, text);
	(void)sentence_with(o, key, &said);
	if (text[0] == '\0')
		put(o, key, json_null());
}

static const char *
sampling_name(enum jpeg_sampling s)
{
	static const char *const names[] = { [JPEG_GREY] = "grey",
		[JPEG_420] = "4:2:0",
		[JPEG_422] = "4:2:2",
		[JPEG_440] = "4:4:0",
		[JPEG_444] = "4:4:4",
		[JPEG_411] = "4:1:1",
		[JPEG_OTHER] = "other" };

	return names[s];
}

/* What the camera's JPEG is, and what RTP/JPEG makes of it. own: it sent that itself. */
static void
put_jpeg(json_t *o, const struct jpeg_info *i, bool own)
{
	static const char *const ways[] = { "as it is", "re-coded without loss",
		"re-encoded", "not possible" };
	unsigned w, h;
	json_t *rtp;

	if (own) {
		put(o, "sampling", json_string(sampling_name(i->sampling)));
		put(o, "progressive", json_boolean(i->progressive));
		put(o, "bits", json_integer(i->bits));
		put(o, "huffman",
		    json_string(i->arithmetic	    ? "no"
			    : i->standard_huffman ? "standard"
						 : "own"));
		put(o, "restart_interval", json_integer(i->restart_interval));
		put(o, "bytes", json_integer((json_int_t)i->n));
	}
	jpeg_fit_size(i, &w, &h);
	if (i->fit == JPEG_FIT_AS_IS || i->fit == JPEG_FIT_NEVER) {
		w = i->width;
		h = i->height;
	}
	rtp = json_object();
	put_sentence(rtp, "how", own ? ways[i->fit] : "key frames only, re-encoded");
	put(rtp, "width", json_integer((json_int_t)w));
	put(rtp, "height", json_integer((json_int_t)h));
	put_sentence(rtp, "why",
	    !own	    ? "it sends H.264"
		: i->rtp_ok ? ""
			    : i->rtp_why);
	put(o, "rtp_jpeg", rtp);
}

static void
put_figures(const struct probe *p, json_t *o)
{
	struct hub_figures f;
	int64_t us = loop_now_us() - p->first_us;
	uint64_t n;

	hub_figures(source_camera(p->source), &f);
	n = f.frames_in - p->first.frames_in;
	put(o, "width", json_integer(f.width));
	put(o, "height", json_integer(f.height));
	/* One digit is all that two seconds can tell. */
	put(o, "fps", json_real((double)(n * 10000000 / (uint64_t)us) / 10));
	put(o, "bits_per_s",
	    json_integer((json_int_t)((f.bytes_in - p->first.bytes_in) * 8000000 /
		(uint64_t)us)));
}

/* "no-eoi 3, too-big 1" is for people; a program gets the same words. */
static json_t *
report(const struct probe *p)
{
	bool own_h264 = hub_native(source_camera(p->source)) == HUB_NATIVE;
	const struct jpeg_info *sent = source_jpeg_info(p->source);
	struct jpeg_info made; /* here, of its H.264 */
	struct source_report r;
	json_t *o = json_object();

	source_report(p->source, &r);
	put(o, "camera", json_string(source_name(p->source)));
	put(o, "state", json_string(source_state_name(r.state)));
	put(o, "reason", r.reason[0] != '\0' ? json_text(r.reason) : json_null());
	put(o, "reason_said", sentence_json_row(r.reason, r.reason_params));
	put(o, "dropped", json_integer((json_int_t)r.dropped));
	put(o, "drops", json_string(r.drops));
	if (p->first_us == 0)
		return o;
	put(o, "codec", json_string(own_h264 ? "H.264" : "JPEG"));
	put_figures(p, o);
	if (own_h264 && p->picture != NULL &&
	    jpeg_parse(p->picture->data, p->picture->n, &made, NULL) == 0)
		sent = &made;
	if (sent != NULL)
		put_jpeg(o, sent, !own_h264);
	put_sentence(o, "h264", own_h264 ? "the camera's own" : "encoded while watched");
	return o;
}

/* From the timer only: nothing is torn down inside a publish. */
static void
finish(struct probe *p)
{
	void (*done)(void *, const struct err *, const char *) = p->done;
	void *arg = p->arg;
	struct err e = { .code = ERR_NONE };
	json_t *o = p->source != NULL ? report(p) : NULL;
	char *text = o != NULL ? json_dumps(o, JSON_COMPACT) : NULL;

	if (p->source == NULL)
		err_set(&e, ERR_NOT_FOUND, "camera-unknown",
		    "the camera was removed or disabled");
	else if (text == NULL)
		err_set(&e, ERR_FAILED, "memory", "no memory for the answer");
	json_decref(o);
	probe_free(p);
	done(arg, text == NULL ? &e : NULL, text);
	free(text);
}

static void
on_timer(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	finish(arg);
}

static void
on_frame(void *arg, struct frame *f)
{
	struct probe *p = arg;

	if (p->first_us == 0) {
		hub_figures(source_camera(p->source), &p->first);
		p->first_us = loop_now_us();
		loop_timer_set(p->timer, LOOK_MS);
	}
	frame_unref(p->picture);
	p->picture = frame_ref(f);
}

static void
on_note(void *arg, enum hub_note note, const struct err *e)
{
	struct probe *p = arg;

	if (note == HUB_GONE) {
		p->source = NULL;
		loop_timer_set(p->timer, 0);
	}
	/* Nothing better will come of waiting. */
	if (note == HUB_TROUBLE && p->first_us == 0 && hub_is_lasting(e))
		loop_timer_set(p->timer, 0);
}

static const struct subscriber_ops ops = { .frame = on_frame, .note = on_note };

struct probe *
probe_start(struct loop *l, struct hub *hub, struct source *source,
    void (*done)(void *arg, const struct err *e, const char *json), void *arg,
    struct err *e)
{
	struct probe *p = calloc(1, sizeof(*p));

	if (p == NULL) {
		err_sys(e, "probe a camera");
		return NULL;
	}
	p->source = source;
	p->done = done;
	p->arg = arg;
	if ((p->timer = loop_timer(l, on_timer, p, e)) == NULL ||
	    (p->sub = hub_subscribe(hub,
		 hub_camera_stream(source_camera(source), CODEC_JPEG), &ops, p, e)) ==
		NULL) {
		probe_free(p);
		return NULL;
	}
	loop_timer_set(p->timer, WAIT_MS);
	return p;
}
