/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The two addresses over RTSP tried out (see trial_run.h): asked for by libcurl, which
 * shows the server's own words, then played by libavformat over TCP, as Home Assistant
 * and Frigate do. The thread of one trial.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/loop.h"
#include "common/said.h"
#include "streamd/frame.h"
#include "streamd/jpeg.h"
#include "streamd/sources/rtsp_av.h"
#include "streamd/trial_run.h"

struct play {
	struct trial_run *r;
	bool enough, decoded;
};

static bool
quits(void *arg)
{
	const struct play *p = arg;
	const struct trial_run *r = p->r;

	if (r->pictures == 0 &&
	    loop_now_us() - r->step_us > (int64_t)TRIAL_ANSWER_MS * 1000)
		return true;
	return p->enough || trial_over(r);
}

static void
opened(void *arg, enum codec codec, bool sound, const struct h264_sets *sets)
{
	const struct play *p = arg;

	(void)sound;
	(void)sets;
	snprintf(p->r->codec, sizeof(p->r->codec), "%s",
	    codec == CODEC_H264 ? "H.264" : "JPEG");
}

/* Only a key frame is a picture by itself; the first is decoded, too. */
static void
unit(void *arg, struct frame *f, struct h264_sets *sets)
{
	struct play *p = arg;

	(void)sets;
	if (p->r->pictures > 0 || p->decoded)
		p->enough = trial_picture(p->r, f->n, 0, 0);
	frame_unref(f);
}

static void
jpeg(void *arg, uint8_t *owned, size_t n, int64_t arrived_us, bool still)
{
	struct play *p = arg;
	struct jpeg_info i;

	(void)arrived_us;
	if (jpeg_parse(owned, n, &i, NULL) == 0) {
		p->r->width = i.width;
		p->r->height = i.height;
		p->decoded = true;
		if (!still)
			p->enough = trial_picture(p->r, n, i.width, i.height);
	}
	free(owned);
}

static void
sound(void *arg, uint8_t *owned, size_t n, int64_t arrived_us)
{
	(void)arg;
	(void)n;
	(void)arrived_us;
	free(owned);
}

static bool
wants_stills(void *arg)
{
	const struct play *p = arg;

	return !p->decoded;
}

static const struct rtsp_av_ops play_ops = { .quits = quits,
	.opened = opened,
	.unit = unit,
	.jpeg = jpeg,
	.sound = sound,
	.wants_stills = wants_stills };

static void
challenged(struct trial_run *r, const char *challenge)
{
	bool digest = strstr(challenge, "Digest") != NULL;
	bool basic = strstr(challenge, "Basic") != NULL;

	if (digest && basic)
		trial_step(
		    r, "challenge", true, "401, asks for %s or %s", "Digest", "Basic");
	else
		trial_step(r, "challenge", true, "401, asks for %s",
		    digest	    ? "Digest"
			: basic ? "Basic"
				: challenge);
}

/* DESCRIBE, first without and then with the password. */
static int
ask(struct trial_run *r)
{
	struct trial_answer a = { .r = r };

	if (trial_ask(&a, false) < 0 || trial_judge(&a, false) < 0)
		return -1;
	trial_step(r, "connect", true, "connected to %s", r->address);
	challenged(r, a.challenge);
	if (trial_ask(&a, true) < 0)
		return -1;
	if (a.status != 200)
		return trial_judge(&a, true);
	trial_step(r, "sign-in", true, "the stream is described");
	return 0;
}

/* The name was looked up once: its address stands in the address that is played. */
static void
literal_url(const struct trial_run *r, char *ret, size_t ret_size)
{
	bool v6 = strchr(r->address, ':') != NULL;
	const char *port = strrchr(r->o.host, ':');

	snprintf(ret, ret_size, "rtsp://%s%s%s%s%s", v6 ? "[" : "", r->address,
	    v6 ? "]" : "", port != NULL ? port : "", strchr(r->url + 7, '/'));
}

static void
no_picture(struct trial_run *r, const struct err *e)
{
	const char *todo = "Open the camera's page: does its picture move there?";

	if (strcmp(e->name, "quit") == 0) {
		trial_step(r, "picture", false, "none came");
		(void)trial_fail(r, "no-picture", todo,
		    "The stream was described, but playing it over TCP brought no "
		    "picture within %d s.",
		    TRIAL_ANSWER_MS / 1000);
		return;
	}
	trial_step_said(r, "picture", false, e);
	(void)trial_fail(r, "no-picture", todo,
	    "The stream was described, but playing it over TCP brought no picture "
	    "within %d s: %s.",
	    TRIAL_ANSWER_MS / 1000, e->msg);
	said_nest(&r->e, 1, e);
}

void
trial_rtsp(struct trial_run *r)
{
	struct play p = { .r = r };
	struct err e = { .code = ERR_NONE };
	char url[700];

	if (ask(r) < 0)
		return;
	literal_url(r, url, sizeof(url));
	rtsp_av_run(url, r->o.user, r->o.password, &play_ops, &p, &e);
	if (r->pictures == 0) {
		no_picture(r, &e);
		return;
	}
	snprintf(r->login, sizeof(r->login), "Digest");
	trial_step(r, "picture", true, "%s %ux%u, decoded, the first after %lld ms",
	    r->codec, r->width, r->height, (long long)r->first_ms);
	trial_step(r, "flow", true, "%llu pictures in %.1f s over TCP",
	    (unsigned long long)r->pictures,
	    (double)(r->last_us - r->first_us) / 1000000);
}
