/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pictures from packets (see pppp_video.h). Pure; any thread. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "streamd/sources/pppp_video.h"

#define HEADER 32
#define FIRST_ROOM 32768
#define REST_MAX_US 10000
#define PADDING 3 /* NULs behind EOI: pictures are padded to four bytes */

enum frame_type { TYPE_JPEG = 3, TYPE_ALAW = 6 };

void
pppp_video_init(struct pppp_video *v, const struct pppp_video_ops *ops, void *arg)
{
	memset(v, 0, sizeof(*v));
	v->ops = ops;
	v->arg = arg;
}

void
pppp_video_fini(struct pppp_video *v)
{
	free(v->p);
	v->p = NULL;
}

static void
leave_out(struct pppp_video *v, const char *why)
{
	if (v->inside)
		v->ops->drop(v->arg, why);
	v->inside = false;
	v->n = 0;
}

static void
begin(struct pppp_video *v, size_t length, int64_t arrived_us)
{
	leave_out(v, "incomplete");
	v->inside = true;
	v->length = length;
	v->first_us = arrived_us;
}

int64_t
pppp_video_rest(const struct pppp_video *v, int64_t now_us)
{
	int64_t half = v->quick_us / 2 < REST_MAX_US ? v->quick_us / 2 : REST_MAX_US;

	return v->inside && v->first_us + half > now_us ? v->first_us + half - now_us
							: 0;
}

static void
finish(struct pppp_video *v, size_t n, int64_t arrived_us)
{
	uint8_t *owned = v->p;
	int64_t took = arrived_us - v->first_us;

	/* Down at once, up slowly: a picture that waited for a lost packet says
	 * nothing. */
	v->quick_us = v->quick_us == 0 || took < v->quick_us
	    ? took
	    : v->quick_us + (took - v->quick_us) / 16;

	v->p = NULL;
	v->size = v->n = 0;
	v->inside = false;
	v->ops->jpeg(v->arg, owned, n, v->first_us);
}

/* Where the picture ends when its last bytes are EOI and padding; 0 = not yet. */
static size_t
end_by_eoi(const struct pppp_video *v)
{
	size_t n = v->n, nuls = 0;

	while (nuls < PADDING && n > 4 && v->p[n - 1] == 0) {
		nuls++;
		n--;
	}
	return n >= 4 && v->p[n - 2] == 0xff && v->p[n - 1] == 0xd9 ? n : 0;
}

static int
make_room(struct pppp_video *v, size_t n)
{
	size_t size = v->size > 0 ? v->size : FIRST_ROOM;
	uint8_t *p;

	if (v->n + n > PPPP_FRAME_MAX)
		return -1;
	while (size < v->n + n)
		size *= 2;
	if (size == v->size)
		return 0;
	if ((p = realloc(v->p, size)) == NULL)
		return -1;
	v->p = p;
	v->size = size;
	return 0;
}

static void
append(struct pppp_video *v, const uint8_t *p, size_t n, int64_t arrived_us)
{
	size_t end;

	if (n == 0)
		return;
	if (make_room(v, n) < 0) {
		leave_out(v, "too-large");
		return;
	}
	memcpy(v->p + v->n, p, n);
	v->n += n;
	if ((end = end_by_eoi(v)) > 0) {
		finish(v, end, arrived_us);
	} else if (v->length > 0 && v->n >= v->length) {
		/* Behind the length only padding may stand. */
		finish(v, v->length, arrived_us);
	}
}

static void
put_framed(struct pppp_video *v, const uint8_t *p, size_t n, int64_t arrived_us)
{
	struct reader r;
	uint32_t length;
	uint8_t type;

	reader_init(&r, p, n);
	reader_skip(&r, 4);
	type = reader_u8(&r);
	reader_skip(&r, 11);
	length = reader_le32(&r);
	reader_skip(&r, HEADER - 20);
	if (r.bad)
		return;
	if (type == TYPE_JPEG) {
		begin(v, length <= PPPP_FRAME_MAX ? length : 0, arrived_us);
		append(v, p + HEADER, n - HEADER, arrived_us);
	} else if (type == TYPE_ALAW) {
		length &= 0xffff;
		n -= HEADER;
		v->ops->audio(v->arg, p + HEADER, n < length ? n : length, arrived_us);
	}
}

void
pppp_video_put(
    struct pppp_video *v, const uint8_t *p, size_t n, bool gap, int64_t arrived_us)
{
	if (gap)
		leave_out(v, "lost-packet");
	if (n >= 4 && memcmp(p, "\x55\xaa\x15\xa8", 4) == 0) {
		put_framed(v, p, n, arrived_us);
		return;
	}
	/* SOI cannot stand inside a scan, so this is a new picture. */
	if (n >= 3 && memcmp(p, "\xff\xd8\xff", 3) == 0 && (!v->inside || v->n > 0))
		begin(v, 0, arrived_us);
	if (v->inside)
		append(v, p, n, arrived_us);
}
