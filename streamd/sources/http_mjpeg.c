/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cameras that send MJPEG over HTTP: http_get.c asks, multipart.c cuts the pictures.
 * streamd, main thread. */
#include "config.h"

#include <stdlib.h>

#include "common/err.h"
#include "common/loop.h"
#include "streamd/multipart.h"
#include "streamd/sources/http_get.h"
#include "streamd/sources/source.h"

struct http {
	struct source *source;
	struct http_get *get;
	struct multipart *parser;
};

static void
on_frame(void *arg, uint8_t *owned, size_t n, int64_t arrived_us)
{
	struct http *h = arg;

	source_jpeg(h->source, owned, n, arrived_us);
}

static void
on_drop(void *arg, enum multipart_drop why)
{
	struct http *h = arg;

	source_drop(h->source, multipart_drop_name(why));
}

static const struct multipart_ops parser_ops = { .frame = on_frame, .drop = on_drop };

static int
on_type(void *arg, const char *type, struct err *e)
{
	static const char *const good[] = { "multipart/", "video/x-motion-jpeg",
		"video/mjpeg", "video/x-mjpeg", "video/x-jpeg" };
	char boundary[MULTIPART_BOUNDARY_MAX + 1];
	struct http *h = arg;
	size_t i;

	for (i = 0; type != NULL && i < sizeof(good) / sizeof(good[0]); i++) {
		if (http_type_is(type, good[i]))
			break;
	}
	if (type != NULL && i == sizeof(good) / sizeof(good[0])) {
		if (http_type_is(type, "image/jpeg") || http_type_is(type, "image/jpg"))
			return err_set(e, ERR_REFUSED, "source-still",
			    "this address gives single pictures, not a stream; write it "
			    "as http+still://..., and they are asked for one by one");
		return http_type_refuse(type, e);
	}
	multipart_boundary(type != NULL ? type : "", boundary);
	if ((h->parser = multipart_new(boundary, &parser_ops, h)) == NULL)
		return err_sys(e, "read the camera's answer");
	return 0;
}

static int
on_body(void *arg, const uint8_t *p, size_t n, struct err *e)
{
	struct http *h = arg;

	return multipart_feed(h->parser, p, n, loop_now_us(), e);
}

static void
http_free(struct http *h)
{
	http_get_free(h->get);
	multipart_free(h->parser);
	free(h);
}

static void
on_done(void *arg, const struct err *why)
{
	struct http *h = arg;
	struct source *s = h->source;
	struct err e;

	if (why != NULL)
		e = *why;
	else
		err_set(&e, ERR_LOST, "camera-ended", "the camera ended the stream");
	source_set_data(s, NULL);
	http_free(h);
	source_down(s, &e);
}

static const struct http_get_ops get_ops = { .type = on_type,
	.body = on_body,
	.done = on_done };

static int
http_start(struct source *s, struct err *e)
{
	struct http *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return err_sys(e, "open the camera");
	h->source = s;
	h->get = http_get_new(s, source_url(s), &get_ops, h, e);
	if (h->get != NULL && http_get_start(h->get, e) == 0) {
		source_set_data(s, h);
		return 0;
	}
	http_free(h);
	return -1;
}

static void
http_stop(struct source *s)
{
	struct http *h = source_data(s);

	if (h == NULL)
		return;
	source_set_data(s, NULL);
	http_free(h);
}

const struct source_driver source_http = {
	.scheme = "http",
	.start = http_start,
	.stop = http_stop,
};
