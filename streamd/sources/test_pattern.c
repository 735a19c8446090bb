/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The source "test:", a moving pattern without a camera: 640 x 480, 15 pictures a
 * second. streamd, main thread. Two seconds of pictures are made one by one on the
 * first lap and sent round and round, so that it costs nothing afterwards.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include "common/err.h"
#include "common/loop.h"
#include "streamd/sources/source.h"

#define WIDTH 640
#define HEIGHT 480
#define FPS 15
#define LAP 30
#define SQUARE 64

struct picture {
	uint8_t *p;
	size_t n;
};

struct pattern {
	struct source *source;
	struct event *timer;
	struct picture lap[LAP];
	unsigned at;
	int64_t next_us;
};

static const uint8_t bars[8][3] = { { 235, 235, 235 }, { 235, 235, 16 },
	{ 16, 235, 235 }, { 16, 235, 16 }, { 235, 16, 235 }, { 235, 16, 16 },
	{ 16, 16, 235 }, { 16, 16, 16 } };

/* Colour bars, a grey ramp below, a square that goes round. */
static void
draw_row(unsigned y, unsigned at, uint8_t *row)
{
	unsigned x, square_x = at * (WIDTH - SQUARE) / LAP, square_y = 200 + at % 10;

	for (x = 0; x < WIDTH; x++) {
		if (y >= square_y && y < square_y + SQUARE && x >= square_x &&
		    x < square_x + SQUARE)
			memset(row + 3 * x, 255, 3);
		else if (y < HEIGHT * 3 / 4)
			memcpy(row + 3 * x, bars[x * 8 / WIDTH], 3);
		else
			memset(row + 3 * x, (int)(x * 255 / WIDTH), 3);
	}
}

/* libjpeg's own error handler would end the program; nothing here can fail but memory,
 * and its own pool aborts then as it does everywhere. */
static void
encode(struct picture *pic, unsigned at)
{
	struct jpeg_compress_struct c;
	struct jpeg_error_mgr mgr;
	unsigned long n = 0;
	uint8_t row[WIDTH * 3], *rows[1] = { row };

	c.err = jpeg_std_error(&mgr);
	jpeg_create_compress(&c);
	jpeg_mem_dest(&c, &pic->p, &n);
	c.image_width = WIDTH;
	c.image_height = HEIGHT;
	c.input_components = 3;
	c.in_color_space = JCS_RGB;
	jpeg_set_defaults(&c);
	jpeg_set_quality(&c, 80, TRUE);
	jpeg_start_compress(&c, TRUE);
	while (c.next_scanline < HEIGHT) {
		draw_row(c.next_scanline, at, row);
		jpeg_write_scanlines(&c, rows, 1);
	}
	jpeg_finish_compress(&c);
	jpeg_destroy_compress(&c);
	pic->n = n;
}

static void
on_timer(int fd, short what, void *arg)
{
	struct pattern *p = arg;
	struct picture *pic = &p->lap[p->at];
	int64_t now = loop_now_us();
	uint8_t *copy;

	(void)fd;
	(void)what;
	if (pic->p == NULL)
		encode(pic, p->at);
	p->at = (p->at + 1) % LAP;
	p->next_us += 1000000 / FPS;
	if (p->next_us < now)
		p->next_us = now;
	loop_timer_set(p->timer, (p->next_us - now) / 1000);
	if ((copy = malloc(pic->n)) == NULL)
		return;
	memcpy(copy, pic->p, pic->n);
	source_jpeg(p->source, copy, pic->n, now);
}

static int
pattern_start(struct source *s, struct err *e)
{
	struct pattern *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return err_sys(e, "make the test pattern");
	p->source = s;
	p->next_us = loop_now_us();
	if ((p->timer = loop_timer(source_env(s)->loop, on_timer, p, e)) == NULL) {
		free(p);
		return -1;
	}
	source_set_data(s, p);
	source_answered(s);
	loop_timer_set(p->timer, 0);
	return 0;
}

static void
pattern_stop(struct source *s)
{
	struct pattern *p = source_data(s);
	unsigned i;

	source_set_data(s, NULL);
	loop_drop(p->timer);
	for (i = 0; i < LAP; i++)
		free(p->lap[i].p);
	free(p);
}

const struct source_driver source_test = {
	.scheme = "test",
	.start = pattern_start,
	.stop = pattern_stop,
};
