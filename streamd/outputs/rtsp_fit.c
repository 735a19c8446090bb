/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Pictures that RTP cannot carry as they are (see rtsp_session.h). streamd, main
 * thread. One bench per camera makes them fit while somebody watches; all its viewers
 * get the same result.
 */
#include "config.h"

#include <stdlib.h>

#include "common/err.h"
#include "common/log.h"
#include "streamd/darkroom.h"
#include "streamd/outputs/rtsp_session.h"

#define FAILED_MAX 50 /* pictures in a row */

void
rtsp_fit_join(struct rtsp_session *s)
{
	if (s->joined)
		return;
	s->joined = true;
	LIST_INSERT_HEAD(&s->source->watchers, s, watching);
}

void
rtsp_fit_leave(struct rtsp_session *s)
{
	struct rtsp_source *src = s->source;

	if (!s->joined)
		return;
	s->joined = false;
	LIST_REMOVE(s, watching);
	if (!LIST_EMPTY(&src->watchers))
		return;
	bench_free(src->bench);
	src->bench = NULL;
}

static void
on_done(void *arg, struct frame *f, const struct err *e)
{
	struct rtsp_source *src = arg;
	struct rtsp_session *s, *next;

	if (f != NULL)
		src->failed = 0;
	else if (++src->failed == 1)
		log_warnx("rtsp", "%s: %s", src->camera, e->msg);
	for (s = LIST_FIRST(&src->watchers); s != NULL; s = next) {
		next = LIST_NEXT(s, watching);
		if (f != NULL)
			rtsp_play_frame(s, f);
		else if (src->failed >= FAILED_MAX)
			rtsp_session_fail(s, e);
	}
}

int
rtsp_fit_push(struct rtsp_session *s, struct frame *f, struct err *e)
{
	struct rtsp_source *src = s->source;

	if (s->shared->darkroom == NULL)
		return err_set(e, ERR_REFUSED, "jpeg-not-rtp",
		    "RTP cannot carry this camera's pictures as they are");
	if (src->bench == NULL) {
		src->bench = bench_new(
		    s->shared->darkroom, DARK_FIT, 0, on_done, src, e);
		if (src->bench == NULL)
			return -1;
		src->pushed = 0;
		src->failed = 0;
	}
	/* Every viewer is handed the same picture. */
	if (src->pushed != f->number)
		bench_push(src->bench, f);
	src->pushed = f->number;
	return 0;
}
