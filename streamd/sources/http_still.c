/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Cameras that give single pictures over HTTP: the address is asked again and again, at
 * a set rate, and never twice at a time. streamd, main thread.
 *
 * "http+still://HOST/PATH#fps=2": what stands behind '#' is ours and never sent.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/err.h"
#include "common/loop.h"
#include "common/source.h"
#include "streamd/frame.h"
#include "streamd/sources/http_get.h"
#include "streamd/sources/source.h"

#define SCHEME "http+still://"

struct still {
	struct source *source;
	struct http_get *get;
	struct event *timer;
	char *url;
	int64_t every_us, next_us; /* between two requests; the next one's date */
	int64_t arrived_us; /* of the first byte of this one */
	uint8_t *p;
	size_t n, size;
};

static int
on_type(void *arg, const char *type, struct err *e)
{
	struct still *st = arg;

	st->n = 0;
	if (type == NULL || http_type_is(type, "image/jpeg") ||
	    http_type_is(type, "image/jpg") ||
	    http_type_is(type, "application/octet-stream"))
		return 0;
	if (http_type_is(type, "multipart/"))
		return err_set(e, ERR_REFUSED, "source-stream",
		    "this address is a stream, not a single picture; write it as "
		    "http://...");
	return http_type_refuse(type, e);
}

static int
on_body(void *arg, const uint8_t *p, size_t n, struct err *e)
{
	struct still *st = arg;
	size_t size = st->size > 0 ? st->size : 65536;
	uint8_t *more;

	if (st->n == 0)
		st->arrived_us = loop_now_us();
	if (n > FRAME_BYTES_MAX - st->n)
		return err_set(e, ERR_REFUSED, "source-too-large",
		    "its picture has more than %d bytes", FRAME_BYTES_MAX);
	while (size < st->n + n)
		size *= 2;
	if (size > st->size) {
		if ((more = realloc(st->p, size)) == NULL)
			return err_sys(e, "read the camera's picture");
		st->p = more;
		st->size = size;
	}
	memcpy(st->p + st->n, p, n);
	st->n += n;
	return 0;
}

static void
still_free(struct still *st)
{
	if (st == NULL)
		return;
	http_get_free(st->get);
	loop_drop(st->timer);
	free(st->url);
	free(st->p);
	free(st);
}

static void
fail(struct still *st, const struct err *why)
{
	struct source *s = st->source;
	struct err e = *why;

	source_set_data(s, NULL);
	still_free(st);
	source_down(s, &e);
}

/* One request; the next one's date counts from this one's, so that a slow answer does
 * not lower the rate. */
static int
ask(struct still *st, struct err *e)
{
	int64_t now = loop_now_us();

	st->next_us += st->every_us;
	if (st->next_us < now)
		st->next_us = now;
	return http_get_start(st->get, e);
}

static void
on_timer(int fd, short what, void *arg)
{
	struct still *st = arg;
	struct err e = { .code = ERR_NONE };

	(void)fd;
	(void)what;
	if (ask(st, &e) < 0)
		fail(st, &e);
}

static void
on_done(void *arg, const struct err *why)
{
	struct still *st = arg;
	int64_t left_us = st->next_us - loop_now_us();
	uint8_t *p = st->p;
	size_t n = st->n;
	struct err e;

	if (why != NULL) {
		fail(st, why);
		return;
	}
	if (n == 0) {
		err_set(&e, ERR_FAILED, "camera-empty", "it answers without a picture");
		fail(st, &e);
		return;
	}
	st->p = NULL;
	st->n = st->size = 0;
	loop_timer_set(st->timer, left_us > 0 ? (left_us + 999) / 1000 : 0);
	source_jpeg(st->source, p, n, st->arrived_us);
}

static const struct http_get_ops get_ops = { .type = on_type,
	.body = on_body,
	.done = on_done };

static int
still_start(struct source *s, struct err *e)
{
	struct still *st = calloc(1, sizeof(*st));
	const char *rest = source_url(s) + strlen(SCHEME);
	size_t n = strlen(rest) + sizeof("http://");
	unsigned fps10;

	if (st == NULL || (st->url = malloc(n)) == NULL) {
		still_free(st);
		return err_sys(e, "open the camera");
	}
	st->source = s;
	/* Judged when it was typed; whatever else stands there is the usual rate. */
	if (source_still_rate(source_url(s), &fps10) < 0)
		fps10 = SOURCE_STILL_FPS10;
	st->every_us = 10000000 / (int64_t)fps10;
	snprintf(st->url, n, "http://%.*s", (int)strcspn(rest, "#"), rest);
	st->next_us = loop_now_us();
	source_set_gap(s, st->every_us / 1000);
	if ((st->timer = loop_timer(source_env(s)->loop, on_timer, st, e)) != NULL &&
	    (st->get = http_get_new(s, st->url, &get_ops, st, e)) != NULL &&
	    ask(st, e) == 0) {
		source_set_data(s, st);
		return 0;
	}
	still_free(st);
	return -1;
}

static void
still_stop(struct source *s)
{
	still_free(source_data(s));
	source_set_data(s, NULL);
}

const struct source_driver source_still = {
	.scheme = "http+still",
	.start = still_start,
	.stop = still_stop,
};
