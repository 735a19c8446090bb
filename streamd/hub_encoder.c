/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Encoders of the switchboard: begun for the first viewer, within a budget (see hub.h).
 * streamd, main thread. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "common/said.h"
#include "streamd/hub_private.h"

void
hub_stop_encoder(struct hub_camera *c)
{
	void *encoder = c->encoder;

	if (encoder == NULL)
		return;
	c->encoder = NULL;
	c->encoder_failed = false;
	c->figures.encoder_load = 0;
	c->figures.encoder[0] = '\0';
	c->streams[CODEC_H264].stop_at_us = HUB_NEVER;
	c->hub->encoders--;
	c->hub->o.encoder->stop(encoder);
	frame_unref(c->streams[CODEC_H264].latest);
	c->streams[CODEC_H264].latest = NULL;
}

void
hub_set_encoder(struct stream *h264, const char *name, double load, uint64_t skipped)
{
	struct hub_figures *g = &h264->camera->figures;

	snprintf(g->encoder, sizeof(g->encoder), "%s", name);
	g->encoder_load = load;
	g->encoder_skipped += skipped;
	g->h264_note[0] = g->h264_note_params[0] = '\0';
}

void
hub_note_h264(struct hub_camera *c, const struct err *why)
{
	said_put(why, c->figures.h264_note, sizeof(c->figures.h264_note),
	    c->figures.h264_note_params);
	c->h264_note_us = hub_now_us(c->hub);
}

/* Who has the encoders: "cam1 (2 viewers), cam2 (1 viewer)", as far as it fits. */
static void
name_users(const struct hub *h, char *ret, size_t ret_size)
{
	const struct hub_camera *c;
	size_t at = 0;
	unsigned n;
	int r;

	ret[0] = '\0';
	LIST_FOREACH (c, &h->cameras, entry) {
		if (c->encoder == NULL)
			continue;
		n = c->streams[CODEC_H264].n_viewers;
		r = snprintf(ret + at, ret_size - at, "%s%s (%u %s)",
		    at > 0 ? ", " : "", c->name, n, n == 1 ? "viewer" : "viewers");
		if (r < 0 || (size_t)r >= ret_size - at) {
			ret[at] = '\0';
			return;
		}
		at += (size_t)r;
	}
}

static void
say_budget(const struct hub *h, const struct hub_camera *c, struct err *why)
{
	char users[128];
	struct err was = *why;

	name_users(h, users, sizeof(users));
	err_set(why, ERR_REFUSED, "encoder-budget",
	    "%.100s: %s. Watch %s by /%s/mjpeg or MJPEG meanwhile, or raise "
	    "max_encoders",
	    was.msg, users, c->name, c->name);
	said_nest(why, 0, &was);
}

/* An encoder that only lingers gives its place to somebody who watches: the one that
 * has lingered longest. False: all are watched. */
static bool
evict_encoder(struct hub *h)
{
	struct hub_camera *c, *oldest = NULL;

	LIST_FOREACH (c, &h->cameras, entry) {
		if (c->encoder == NULL || c->streams[CODEC_H264].n_subs > 0 ||
		    c->streams[CODEC_H264].rounds > 0)
			continue;
		if (oldest == NULL ||
		    c->streams[CODEC_H264].stop_at_us <
			oldest->streams[CODEC_H264].stop_at_us)
			oldest = c;
	}
	if (oldest != NULL)
		hub_stop_encoder(oldest);
	return oldest != NULL;
}

static int
start_encoder(struct hub *h, struct hub_camera *c, struct err *e)
{
	if (h->o.max_encoders > 0 && h->encoders >= h->o.max_encoders)
		return err_set(e, ERR_REFUSED, "encoder-budget",
		    "all %u H.264 encoders ([streamd] max_encoders) are in use",
		    h->o.max_encoders);
	c->encoder = h->o.encoder->start(
	    h->o.encoder_arg, h, &c->streams[CODEC_JPEG], &c->streams[CODEC_H264], e);
	if (c->encoder == NULL)
		return -1;
	h->encoders++;
	return 0;
}

int
hub_need_encoder(struct hub *h, struct hub_camera *c, struct err *e)
{
	struct err why = { .code = ERR_NONE };

	if (c->encoder != NULL && c->encoder_failed)
		return err_set(e, ERR_REFUSED, "encoder-failed",
		    "the H.264 encoder of '%s' is being restarted; try again in a "
		    "moment",
		    c->name);
	if (c->encoder != NULL)
		return 0;
	if (h->o.encoder == NULL)
		return err_set(e, ERR_REFUSED, "encoder-none",
		    "this appliance has no H.264 encoder; use /%s/mjpeg", c->name);
	while (start_encoder(h, c, &why) < 0) {
		if (strcmp(why.name, "encoder-budget") == 0 && evict_encoder(h))
			continue;
		if (strcmp(why.name, "encoder-budget") == 0)
			say_budget(h, c, &why);
		hub_note_h264(c, &why);
		if (e != NULL)
			*e = why;
		return -1;
	}
	return 0;
}
