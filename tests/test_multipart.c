/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cutting pictures out of what cameras send, in every dialect, split everywhere. */
#include "config.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/err.h"
#include "streamd/frame.h"
#include "streamd/multipart.h"
#include "tests/sim/picture.h"
#include "tests/unit.h"

#define PICTURES_MAX 64

struct got {
	uint8_t *p[PICTURES_MAX];
	size_t len[PICTURES_MAX];
	int64_t arrived[PICTURES_MAX];
	unsigned n, drops[MULTIPART_DROPS];
};

struct text {
	uint8_t *p;
	size_t n;
};

static uint8_t *pic[3];
static size_t pic_n[3];

static void
on_frame(void *arg, uint8_t *owned, size_t n, int64_t arrived_us)
{
	struct got *g = arg;

	assert_true(g->n < PICTURES_MAX);
	g->p[g->n] = owned;
	g->len[g->n] = n;
	g->arrived[g->n++] = arrived_us;
}

static void
on_drop(void *arg, enum multipart_drop why)
{
	struct got *g = arg;

	g->drops[why]++;
}

static const struct multipart_ops ops = { .frame = on_frame, .drop = on_drop };

static void
got_free(struct got *g)
{
	unsigned i;

	for (i = 0; i < g->n; i++)
		free(g->p[i]);
	memset(g, 0, sizeof(*g));
}

static void
add(struct text *t, const void *p, size_t n)
{
	t->p = realloc(t->p, t->n + n + 1);
	assert_non_null(t->p);
	memcpy(t->p + t->n, p, n);
	t->n += n;
}

static void
adds(struct text *t, const char *s)
{
	add(t, s, strlen(s));
}

/* Feed in steps of `step` bytes; each step has its own time. */
static int
feed(const char *boundary, const struct text *t, size_t step, struct got *g,
    struct err *e)
{
	struct multipart *m = multipart_new(boundary, &ops, g);
	size_t at, n;
	uint8_t *exact;
	int r = 0;

	assert_non_null(m);
	for (at = 0; at < t->n && r == 0; at += n) {
		n = t->n - at < step ? t->n - at : step;
		exact = malloc(n); /* a sanitizer sees a read beyond the step */
		assert_non_null(exact);
		memcpy(exact, t->p + at, n);
		r = multipart_feed(m, exact, n, (int64_t)at, e);
		free(exact);
	}
	multipart_free(m);
	return r;
}

static void
assert_same(const struct got *a, const struct got *b)
{
	unsigned i;

	assert_int_equal(a->n, b->n);
	for (i = 0; i < a->n; i++) {
		assert_int_equal(a->len[i], b->len[i]);
		assert_memory_equal(a->p[i], b->p[i], a->len[i]);
	}
	for (i = 0; i < MULTIPART_DROPS; i++)
		assert_int_equal(a->drops[i], b->drops[i]);
}

static void
assert_picture(const struct got *g, unsigned at, unsigned which)
{
	assert_true(at < g->n);
	assert_int_equal(g->len[at], pic_n[which]);
	assert_memory_equal(g->p[at], pic[which], pic_n[which]);
}

/* The same bytes in one go, byte by byte, and split in two at every place. */
static void
check_splits(const char *boundary, const struct text *t, struct got *whole)
{
	struct got other = { .n = 0 };
	struct multipart *m;
	struct err e;
	size_t at;

	memset(whole, 0, sizeof(*whole));
	assert_int_equal(feed(boundary, t, t->n, whole, &e), 0);
	assert_int_equal(feed(boundary, t, 1, &other, &e), 0);
	assert_same(whole, &other);
	got_free(&other);
	for (at = 1; at < t->n; at++) {
		m = multipart_new(boundary, &ops, &other);
		assert_int_equal(multipart_feed(m, t->p, at, 1, &e), 0);
		assert_int_equal(multipart_feed(m, t->p + at, t->n - at, 2, &e), 0);
		multipart_free(m);
		assert_same(whole, &other);
		got_free(&other);
	}
}

/* A part: boundary line, headers, blank line, the picture, end. */
static void
add_part(struct text *t, const char *line, const char *eol, const char *extra,
    unsigned which, const char *end)
{
	adds(t, line);
	adds(t, eol);
	adds(t, "Content-Type: image/jpeg");
	adds(t, eol);
	adds(t, extra);
	adds(t, eol);
	add(t, pic[which], pic_n[which]);
	adds(t, end);
}

static void
three_pictures(const char *boundary, const char *line, const char *eol,
    const char *extra, const char *end, const char *preamble)
{
	struct text t = { NULL, 0 };
	struct got g;
	unsigned i;

	adds(&t, preamble);
	for (i = 0; i < 3; i++)
		add_part(&t, line, eol, extra, i, end);
	check_splits(boundary, &t, &g);
	assert_int_equal(g.n, 3);
	for (i = 0; i < 3; i++)
		assert_picture(&g, i, i);
	for (i = 0; i < MULTIPART_DROPS; i++)
		assert_int_equal(g.drops[i], 0);
	got_free(&g);
	free(t.p);
}

static void
reads_every_dialect_split_anywhere(void **state)
{
	(void)state;
	three_pictures(
	    "frame", "--frame", "\r\n", "Content-Length: 5000\r\n", "\r\n", "");
	three_pictures("frame", "--frame", "\r\n", "", "\r\n", "");
	three_pictures("frame", "--frame", "\r\n", "Content-Length: 3\r\n", "\r\n", "");
	three_pictures("frame", "----frame", "\r\n", "", "\r\n", "");
	three_pictures("frame", "--frame", "\r\n", "", "", "");
	three_pictures("frame", "--frame", "\n", "", "\n", "");
	three_pictures("frame", "--frame", "\n", "", "", "");
	three_pictures(
	    "frame", "--frame", "\r\n", "", "\r\n", "Hello,\r\nnot a part.\r\n");
	three_pictures("", "--frame", "\r\n", "", "\r\n", "");
	three_pictures("", "--frame", "\r\n", "", "\r\n", "a preamble\r\n");
	three_pictures("announced", "--other", "\r\n", "", "\r\n", "");
	three_pictures("f", "--f", "\r\n", "", "\r\n", "");
	three_pictures(
	    "frame", "--frame", "\r\n", "X-Timestamp: 1.5\r\nx: y\r\n", "\r\n", "");
}

static void
reads_pictures_without_any_parts(void **state)
{
	struct text t = { NULL, 0 };
	struct got g;
	unsigned i;

	(void)state;
	for (i = 0; i < 3; i++)
		add(&t, pic[i], pic_n[i]);
	check_splits("", &t, &g);
	assert_int_equal(g.n, 3);
	assert_picture(&g, 2, 2);
	got_free(&g);
	free(t.p);
}

/* A picture leaves at its last byte: nothing behind it is waited for. */
static void
gives_a_picture_at_its_last_byte(void **state)
{
	struct multipart *m;
	struct got g = { .n = 0 };
	struct err e;
	const char *head = "--frame\r\nContent-Type: image/jpeg\r\n\r\n";

	(void)state;
	m = multipart_new("frame", &ops, &g);
	assert_int_equal(
	    multipart_feed(m, (const uint8_t *)head, strlen(head), 5, &e), 0);
	assert_int_equal(multipart_feed(m, pic[0], 1, 7, &e), 0);
	assert_int_equal(multipart_feed(m, pic[0] + 1, pic_n[0] - 2, 9, &e), 0);
	assert_int_equal(g.n, 0);
	assert_int_equal(multipart_feed(m, pic[0] + pic_n[0] - 1, 1, 11, &e), 0);
	assert_int_equal(g.n, 1);
	assert_picture(&g, 0, 0);
	/* and it is stamped with the time of its first byte */
	assert_int_equal(g.arrived[0], 7);
	multipart_free(m);
	got_free(&g);
}

static void
skips_junk_behind_a_picture(void **state)
{
	static const char nuls[700];
	struct text t = { NULL, 0 };
	struct got g;

	(void)state;
	add_part(&t, "--frame", "\r\n", "", 0, "");
	add(&t, nuls, sizeof(nuls));
	add_part(&t, "\r\n--frame", "\r\n", "", 1, "\xff\xff\xd8garbage");
	add_part(&t, "\r\n--frame", "\r\n", "", 2, "\r\n");
	check_splits("frame", &t, &g);
	assert_int_equal(g.n, 3);
	assert_picture(&g, 1, 1);
	assert_picture(&g, 2, 2);
	got_free(&g);
	free(t.p);
}

static void
skips_parts_that_are_no_pictures(void **state)
{
	struct text t = { NULL, 0 };
	struct got g;

	(void)state;
	add_part(&t, "--frame", "\r\n", "", 0, "\r\n");
	adds(&t,
	    "--frame\r\nContent-Type: text/plain\r\n\r\nmotion=1 \xff\xd8\xff\xe0\r\n");
	adds(&t,
	    "--frame\r\ncontent-type:audio/basic\r\n\r\n\xff\xd8\xff\xff\xd8\xff\r\n");
	add_part(&t, "--frame", "\r\n", "", 1, "\r\n");
	check_splits("frame", &t, &g);
	assert_int_equal(g.n, 2);
	assert_picture(&g, 1, 1);
	assert_int_equal(g.drops[MULTIPART_BROKEN], 0);
	got_free(&g);
	free(t.p);
}

/* Cut after `keep` bytes; the next picture must come whole. */
static void
cut_at(size_t keep, bool length)
{
	struct text t = { NULL, 0 };
	struct got g = { .n = 0 };
	struct got slow = { .n = 0 };
	struct err e;

	adds(&t, "--frame\r\nContent-Type: image/jpeg\r\n");
	if (length)
		adds(&t, "Content-Length: 100\r\n");
	adds(&t, "\r\n");
	add(&t, pic[0], keep);
	adds(&t, "\r\n");
	add_part(&t, "--frame", "\r\n", "", 1, "\r\n");
	add_part(&t, "--frame", "\r\n", "", 2, "\r\n");
	assert_int_equal(feed("frame", &t, t.n, &g, &e), 0);
	assert_int_equal(feed("frame", &t, 1, &slow, &e), 0);
	assert_same(&g, &slow);
	assert_int_equal(g.n, 2);
	assert_picture(&g, 0, 1);
	assert_picture(&g, 1, 2);
	if (keep > 2)
		assert_int_equal(
		    g.drops[MULTIPART_NO_EOI] + g.drops[MULTIPART_BROKEN], 1);
	got_free(&g);
	got_free(&slow);
	free(t.p);
}

static void
drops_a_cut_picture_and_keeps_the_next(void **state)
{
	size_t keep;

	(void)state;
	for (keep = 0; keep < pic_n[0]; keep++)
		cut_at(keep, keep % 2 == 0);
}

static void
parts_two_glued_pictures(void **state)
{
	struct text t = { NULL, 0 };
	struct got g;

	(void)state;
	adds(&t, "--frame\r\nContent-Type: image/jpeg\r\n\r\n");
	add(&t, pic[0], pic_n[0] - 60);
	add(&t, pic[1], pic_n[1]);
	add_part(&t, "\r\n--frame", "\r\n", "", 2, "\r\n");
	check_splits("frame", &t, &g);
	assert_int_equal(g.n, 2);
	assert_picture(&g, 0, 1);
	assert_int_equal(g.drops[MULTIPART_NO_EOI], 1);
	got_free(&g);
	free(t.p);
}

/* A picture as its field: APP0 "AVI1" with its polarity. */
static void
add_field(struct text *t, unsigned which, uint8_t polarity)
{
	uint8_t avi1[] = { 0xff, 0xd8, 0xff, 0xe0, 0, 14, 'A', 'V', 'I', '1', polarity,
		0, 0, 0, 0, 0, 0, 0 };

	add(t, avi1, sizeof(avi1));
	add(t, pic[which] + 2, pic_n[which] - 2);
}

/* Interlaced cameras put two images into one part: the first is taken. */
static void
takes_the_first_field_of_two(void **state)
{
	struct text t = { NULL, 0 };
	struct got g;
	unsigned i;

	(void)state;
	for (i = 0; i < 2; i++) {
		adds(&t, "--frame\r\nContent-Type: image/jpeg\r\n\r\n");
		add_field(&t, i, 1);
		add_field(&t, 2, 2);
		adds(&t, "\r\n");
	}
	/* one alone, and one whose polarity says that it is whole, twice */
	adds(&t, "--frame\r\nContent-Type: image/jpeg\r\n\r\n");
	add_field(&t, 0, 1);
	adds(&t, "\r\n--frame\r\nContent-Type: image/jpeg\r\n\r\n");
	add_field(&t, 1, 0);
	add_field(&t, 2, 0);
	check_splits("frame", &t, &g);
	assert_int_equal(g.n, 5);
	for (i = 0; i < 5; i++)
		assert_int_equal(g.len[i], pic_n[i < 4 ? i % 2 : 2] + 16);
	assert_int_equal(g.drops[MULTIPART_BROKEN] + g.drops[MULTIPART_NO_EOI], 0);
	got_free(&g);
	free(t.p);
}

/* Every kind of picture goes through unchanged. */
static void
walks_every_kind_of_picture(void **state)
{
	static const struct picture_kind kinds[] = {
		{ .width = 64, .height = 48, .thumbnail = true },
		{ .width = 64, .height = 48, .restart = 1 },
		{ .width = 64, .height = 48, .dnl = true },
		{ .width = 64, .height = 48, .no_dht = true },
		{ .width = 64, .height = 48, .progressive = true },
		{ .width = 64, .height = 48, .optimised = true, .h = 4, .v = 1 },
		{ .width = 61, .height = 47, .grey = true },
	};
	struct text t;
	struct got g;
	uint8_t *p;
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		t = (struct text) { NULL, 0 };
		p = picture_make(&kinds[i], 1, 2, &n);
		adds(&t, "--frame\r\n\r\n");
		add(&t, p, n);
		adds(&t, "\r\n--frame\r\n\r\n");
		add(&t, p, n);
		check_splits("frame", &t, &g);
		assert_int_equal(g.n, 2);
		assert_int_equal(g.len[1], n);
		assert_memory_equal(g.p[1], p, n);
		got_free(&g);
		free(t.p);
		free(p);
	}
}

static void
refuses_what_never_holds_a_picture(void **state)
{
	struct text t = { NULL, 0 };
	struct got g = { .n = 0 };
	struct err e;
	char *zero = calloc(1, MULTIPART_BETWEEN_MAX + 10);
	unsigned i;

	(void)state;
	add(&t, zero, MULTIPART_BETWEEN_MAX + 10);
	assert_int_equal(feed("frame", &t, 4000, &g, &e), -1);
	assert_string_equal(e.name, "camera-no-pictures");
	t.n = 0;
	adds(&t, "--frame\r\n");
	for (i = 0; i < 400; i++)
		adds(&t, "X-Header: 1\r\n");
	assert_int_equal(feed("frame", &t, 4000, &g, &e), -1);
	assert_string_equal(e.name, "camera-header");
	free(zero);
	free(t.p);
}

/* A scan without an end is given up at the limit, and memory stays within it. */
static void
gives_up_a_picture_that_is_too_big(void **state)
{
	struct text t = { NULL, 0 };
	struct got g = { .n = 0 };
	struct err e;
	size_t half = pic_n[0] - 20;
	char *fill = malloc(FRAME_BYTES_MAX);

	(void)state;
	memset(fill, 0x55, FRAME_BYTES_MAX);
	add(&t, pic[0], half);
	add(&t, fill, FRAME_BYTES_MAX);
	add_part(&t, "\r\n--frame", "\r\n", "", 1, "\r\n");
	assert_int_equal(feed("frame", &t, 5000, &g, &e), 0);
	assert_int_equal(g.drops[MULTIPART_TOO_BIG], 1);
	assert_int_equal(g.n, 1);
	assert_picture(&g, 0, 1);
	got_free(&g);
	free(fill);
	free(t.p);
}

static void
reads_the_boundary_of_a_content_type(void **state)
{
	static const struct {
		const char *type, *want;
	} rows[] = {
		{ "multipart/x-mixed-replace;boundary=frame", "frame" },
		{ "multipart/x-mixed-replace; boundary=\"frame\"", "frame" },
		{ "multipart/x-mixed-replace; boundary=--frame", "frame" },
		{ "multipart/x-mixed-replace; Boundary = \"--my frame\" ; x=y",
		    "my frame" },
		{ "multipart/x-mixed-replace; charset=utf-8; boundary=a_b.c", "a_b.c" },
		{ "multipart/x-mixed-replace", "" },
		{ "multipart/x-mixed-replace; boundary=", "" },
		{ "multipart/x-mixed-replace; boundary=----", "" },
		{ "multipart/x-mixed-replace; boundary=\"open", "open" },
		{ "x; "
		  "boundary="
		  "01234567890123456789012345678901234567890123456789012345678901234567"
		  "89",
		    "012345678901234567890123456789012345678901234567890123456789012345"
		    "6789" },
		{ "x; "
		  "boundary="
		  "01234567890123456789012345678901234567890123456789012345678901234567"
		  "890",
		    "" },
		{ ";;boundary;boundary=z", "z" },
		{ "", "" },
	};
	char got[MULTIPART_BOUNDARY_MAX + 1];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		multipart_boundary(rows[i].type, got);
		assert_string_equal(got, rows[i].want);
	}
}

static int
make_pictures(void **state)
{
	const struct picture_kind kind = { .width = 64, .height = 48, .quality = 40 };
	unsigned i;

	(void)state;
	for (i = 0; i < 3; i++)
		pic[i] = picture_make(&kind, 3, i, &pic_n[i]);
	return 0;
}

static int
free_pictures(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; i < 3; i++)
		free(pic[i]);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_every_dialect_split_anywhere),
		cmocka_unit_test(reads_pictures_without_any_parts),
		cmocka_unit_test(gives_a_picture_at_its_last_byte),
		cmocka_unit_test(skips_junk_behind_a_picture),
		cmocka_unit_test(skips_parts_that_are_no_pictures),
		cmocka_unit_test(drops_a_cut_picture_and_keeps_the_next),
		cmocka_unit_test(parts_two_glued_pictures),
		cmocka_unit_test(takes_the_first_field_of_two),
		cmocka_unit_test(walks_every_kind_of_picture),
		cmocka_unit_test(refuses_what_never_holds_a_picture),
		cmocka_unit_test(gives_up_a_picture_that_is_too_big),
		cmocka_unit_test(reads_the_boundary_of_a_content_type),
	};

	return cmocka_run_group_tests(tests, make_pictures, free_pictures);
}
