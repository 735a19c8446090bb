/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The two addresses over HTTP tried out (see trial_run.h). The thread of one trial. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/loop.h"
#include "common/said.h"
#include "streamd/frame.h"
#include "streamd/jpeg.h"
#include "streamd/multipart.h"
#include "streamd/trial_run.h"

struct still {
	uint8_t *p;
	size_t n;
};

static bool
take_still(struct trial_answer *a, const uint8_t *p, size_t n)
{
	struct still *s = a->arg;

	if (s->n + n > FRAME_BYTES_MAX)
		return false;
	memcpy(s->p + s->n, p, n);
	s->n += n;
	return true;
}

static int
no_picture(struct trial_run *r, const char *type, const struct err *why)
{
	struct err said = { .code = ERR_NONE };

	err_set(&said, ERR_NONE, "", "%s: %s", type[0] != '\0' ? type : "no type",
	    why->msg);
	said_nest(&said, 1, why);
	trial_step_said(r, "picture", false, &said);
	(void)trial_fail(r, "not-a-picture",
	    "Look whether a proxy in front of camherd changes what it sends.",
	    "What came is no picture: %s (%s).", why->msg,
	    type[0] != '\0' ? type : "no Content-Type");
	return said_nest(&r->e, 0, why);
}

static void
judge_still(struct trial_answer *a)
{
	const struct still *s = a->arg;
	struct err e = { .code = ERR_NONE };
	struct jpeg_info i;

	if (strncasecmp(a->type, "image/jpeg", 10) != 0) {
		err_set(&e, ERR_FAILED, "type", "not declared as image/jpeg");
		(void)no_picture(a->r, a->type, &e);
		return;
	}
	if (jpeg_parse(s->p, s->n, &i, &e) < 0) {
		(void)no_picture(a->r, a->type, &e);
		return;
	}
	(void)trial_picture(a->r, s->n, i.width, i.height);
	trial_step(a->r, "picture", true, "JPEG %ux%u, %zu bytes, after %lld ms",
	    i.width, i.height, s->n, (long long)a->r->first_ms);
}

/* ---- a stream ---- */

struct flow {
	struct trial_run *r;
	struct multipart *parts;
	struct err e;
	bool enough;
};

static void
on_frame(void *arg, uint8_t *owned, size_t n, int64_t arrived_us)
{
	struct flow *f = arg;
	struct jpeg_info i;

	(void)arrived_us;
	if (!f->enough && jpeg_parse(owned, n, &i, &f->e) == 0)
		f->enough = trial_picture(f->r, n, i.width, i.height);
	free(owned);
}

static void
on_drop(void *arg, enum multipart_drop why)
{
	struct flow *f = arg;

	err_set(&f->e, ERR_FAILED, "broken", "a picture was %s",
	    multipart_drop_name(why));
}

static const struct multipart_ops flow_ops = { on_frame, on_drop };

static bool
take_flow(struct trial_answer *a, const uint8_t *p, size_t n)
{
	struct flow *f = a->arg;
	char boundary[MULTIPART_BOUNDARY_MAX + 1];

	if (f->parts == NULL) {
		multipart_boundary(a->type, boundary);
		if ((f->parts = multipart_new(boundary, &flow_ops, f)) == NULL)
			return false;
	}
	return multipart_feed(f->parts, p, n, loop_now_us(), &f->e) == 0 && !f->enough;
}

static void
judge_flow(struct trial_answer *a)
{
	struct flow *f = a->arg;
	struct trial_run *r = a->r;

	if (strncasecmp(a->type, "multipart/x-mixed-replace", 25) != 0) {
		err_set(&f->e, ERR_FAILED, "type",
		    "not declared as multipart/x-mixed-replace");
		(void)no_picture(r, a->type, &f->e);
		return;
	}
	if (r->pictures == 0) {
		if (f->e.code == ERR_NONE)
			err_set(&f->e, ERR_FAILED, "ended", "the stream ended at once");
		(void)no_picture(r, a->type, &f->e);
		return;
	}
	trial_step(r, "picture", true, "JPEG %ux%u, the first after %lld ms", r->width,
	    r->height, (long long)r->first_ms);
	trial_step(r, "flow", true, "%llu pictures in %.1f s",
	    (unsigned long long)r->pictures,
	    (double)(r->last_us - r->first_us) / 1000000);
}

/* ---- both ---- */

/* The password goes only to who asks for it as camherd does. */
static int
challenge(struct trial_answer *a)
{
	a->take = NULL;
	if (trial_ask(a, false) < 0)
		return -1;
	if (trial_judge(a, false) < 0)
		return -1;
	trial_step(a->r, "connect", true, "connected to %s", a->r->address);
	trial_step(a->r, "challenge", true, "401, asks for %s",
	    strncasecmp(a->challenge, "Basic", 5) == 0 ? "Basic" : a->challenge);
	return 0;
}

static void
fetch(struct trial_answer *a, bool (*take)(struct trial_answer *, const uint8_t *, size_t),
    void (*judge)(struct trial_answer *))
{
	a->take = take;
	if (trial_ask(a, true) < 0)
		return;
	if (a->status != 200) {
		(void)trial_judge(a, true);
		return;
	}
	snprintf(a->r->login, sizeof(a->r->login), "Basic");
	judge(a);
}

void
trial_http(struct trial_run *r)
{
	struct trial_answer a = { .r = r };
	struct flow f = { .r = r };
	struct still s = { .p = NULL };

	snprintf(r->codec, sizeof(r->codec), "JPEG");
	if (challenge(&a) < 0)
		return;
	if (r->o.output == TRIAL_MJPEG) {
		a.arg = &f;
		fetch(&a, take_flow, judge_flow);
		multipart_free(f.parts);
	} else if ((s.p = malloc(FRAME_BYTES_MAX)) != NULL) {
		a.arg = &s;
		fetch(&a, take_still, judge_still);
		free(s.p);
	}
}
