/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Encoders of the switchboard: begun for the first viewer, within a budget (see hub.h).
 * streamd, main thread. */
#include "config.h"

#include <string.h>

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
	c->streams[CODEC_H264].stop_at_us = HUB_NEVER;
	c->hub->encoders--;
	c->hub->o.encoder->stop(encoder);
	frame_unref(c->streams[CODEC_H264].latest);
	c->streams[CODEC_H264].latest = NULL;
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
		    "all %u H.264 encoders are busy ([streamd] max_encoders); use "
		    "/%s/mjpeg",
		    h->o.max_encoders, c->name);
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
		if (strcmp(why.name, "encoder-budget") != 0 || !evict_encoder(h)) {
			if (e != NULL)
				*e = why;
			return -1;
		}
	}
	return 0;
}
