/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bounded wire trace (see wire_trace.h). Worker process, its one thread. */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/err.h"
#include "common/file.h"
#include "common/loop.h"
#include "common/text.h"
#include "flashd/wire_trace.h"

#define LINE_DATA 1024 /* bytes of the wire in one line of text */
#define LINE_CHARS (LINE_DATA * 5 + 64) /* worst: every other byte blanked */
#define HELD_MAX (64u * 1024) /* per direction; more is counted, not kept */
#define HELD_EVENTS 4096
#define MERGE_US 20000 /* pieces closer than this become one line */
#define RUN_MIN 8 /* equal bytes from here on are written as HH*N */

struct held_event {
	int64_t at_us;
	enum wire_dir dir;
	size_t n;
};

struct held_bytes {
	uint8_t *p;
	bool *blank;
	size_t n;
};

struct wire_trace {
	int64_t start_us;
	size_t half; /* bound of each of the two texts */
	char *head, *tail;
	size_t head_n, tail_n;
	bool head_full;
	uint64_t left_out; /* lines dropped between head and tail */
	bool holding;
	struct held_event *events;
	size_t n_events;
	struct held_bytes held[2];
};

struct wire_trace *
wire_trace_new(size_t max_bytes)
{
	struct wire_trace *t;
	int i;

	if (max_bytes < 4096 || (t = calloc(1, sizeof(*t))) == NULL)
		return NULL;
	t->half = max_bytes / 2;
	t->start_us = loop_now_us();
	t->head = malloc(t->half);
	t->tail = malloc(t->half);
	t->events = calloc(HELD_EVENTS, sizeof(*t->events));
	for (i = 0; i < 2; i++) {
		t->held[i].p = malloc(HELD_MAX);
		t->held[i].blank = calloc(HELD_MAX, sizeof(bool));
	}
	if (t->head == NULL || t->tail == NULL || t->events == NULL ||
	    t->held[0].p == NULL || t->held[0].blank == NULL || t->held[1].p == NULL ||
	    t->held[1].blank == NULL) {
		wire_trace_free(t);
		return NULL;
	}
	wire_trace_note(t, "camherd wire trace 1");
	return t;
}

void
wire_trace_free(struct wire_trace *t)
{
	int i;

	if (t == NULL)
		return;
	for (i = 0; i < 2; i++) {
		free(t->held[i].p);
		free(t->held[i].blank);
	}
	free(t->events);
	free(t->head);
	free(t->tail);
	free(t);
}

/* Drop the oldest lines of the tail until n more characters fit; a quarter at once, so
 * that many small lines do not move the whole text each. */
static void
tail_make_room(struct wire_trace *t, size_t n)
{
	size_t cut = 0, want;

	if (t->tail_n + n <= t->half)
		return;
	want = t->tail_n + n - t->half;
	if (want < t->half / 4)
		want = t->half / 4;
	while (cut < t->tail_n && cut < want) {
		const char *end = memchr(t->tail + cut, '\n', t->tail_n - cut);

		cut = end == NULL ? t->tail_n : (size_t)(end - t->tail) + 1;
		t->left_out++;
	}
	memmove(t->tail, t->tail + cut, t->tail_n - cut);
	t->tail_n -= cut;
}

/* A whole line with its newline. */
static void
line_add(struct wire_trace *t, const char *line, size_t n)
{
	if (n > t->half) {
		t->left_out++;
		return;
	}
	if (!t->head_full && t->head_n + n <= t->half) {
		memcpy(t->head + t->head_n, line, n);
		t->head_n += n;
		return;
	}
	t->head_full = true;
	tail_make_room(t, n);
	memcpy(t->tail + t->tail_n, line, n);
	t->tail_n += n;
}

static size_t
run_length(const uint8_t *p, const bool *blank, size_t n)
{
	size_t i;

	for (i = 1; i < n; i++) {
		if (blank != NULL && blank[i] != blank[0])
			break;
		if ((blank == NULL || !blank[0]) && p[i] != p[0])
			break;
	}
	return i;
}

/* One line of at most LINE_DATA bytes. */
static void
line_bytes(struct wire_trace *t, int64_t at_us, enum wire_dir dir, const uint8_t *p,
    const bool *blank, size_t n)
{
	char line[LINE_CHARS], hex[3];
	size_t i, run, k;
	bool open = false; /* the last group may be continued */
	int w;

	w = snprintf(line, sizeof(line), "%lld %c", (long long)(at_us - t->start_us),
	    dir == WIRE_TO_DEVICE ? '>' : '<');
	k = (size_t)w;
	for (i = 0; i < n; i += run) {
		bool hidden = blank != NULL && blank[i];

		run = run_length(p + i, blank == NULL ? NULL : blank + i, n - i);
		text_hex(p + i, 1, hex);
		if (hidden || run >= RUN_MIN) {
			w = snprintf(line + k, sizeof(line) - k, " %s*%zu",
			    hidden ? "??" : hex, run);
			open = false;
		} else {
			run = 1;
			w = snprintf(
			    line + k, sizeof(line) - k, "%s%s", open ? "" : " ", hex);
			open = true;
		}
		k += (size_t)w;
		if (k + 32 > sizeof(line))
			break;
	}
	line[k++] = '\n';
	line_add(t, line, k);
}

static void
lines_bytes(struct wire_trace *t, int64_t at_us, enum wire_dir dir, const uint8_t *p,
    const bool *blank, size_t n)
{
	size_t i, part;

	for (i = 0; i < n; i += part) {
		part = n - i < LINE_DATA ? n - i : LINE_DATA;
		line_bytes(
		    t, at_us, dir, p + i, blank == NULL ? NULL : blank + i, part);
	}
}

static void
held_add(struct wire_trace *t, enum wire_dir dir, const uint8_t *p, size_t n)
{
	struct held_bytes *h = &t->held[dir];
	struct held_event *last = t->n_events > 0 ? &t->events[t->n_events - 1] : NULL;
	int64_t now = loop_now_us();

	if (n > HELD_MAX - h->n)
		n = HELD_MAX - h->n;
	if (n == 0)
		return;
	if (last != NULL && last->dir == dir &&
	    (now - last->at_us < MERGE_US || t->n_events == HELD_EVENTS)) {
		last->n += n;
	} else if (t->n_events < HELD_EVENTS) {
		t->events[t->n_events].at_us = now;
		t->events[t->n_events].dir = dir;
		t->events[t->n_events++].n = n;
	} else {
		return;
	}
	memcpy(h->p + h->n, p, n);
	memset(h->blank + h->n, 0, n * sizeof(bool));
	h->n += n;
}

void
wire_trace_bytes(struct wire_trace *t, enum wire_dir dir, const void *p, size_t n)
{
	if (t == NULL || n == 0)
		return;
	if (t->holding)
		held_add(t, dir, p, n);
	else
		lines_bytes(t, loop_now_us(), dir, p, NULL, n);
}

void
wire_trace_baud(struct wire_trace *t, unsigned baud)
{
	char line[64];
	int n;

	if (t == NULL)
		return;
	n = snprintf(line, sizeof(line), "%lld = baud %u\n",
	    (long long)(loop_now_us() - t->start_us), baud);
	line_add(t, line, (size_t)n);
}

void
wire_trace_note(struct wire_trace *t, const char *fmt, ...)
{
	char text[256], line[1100];
	va_list ap;
	size_t n;

	if (t == NULL)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	memcpy(line, "# ", 2);
	n = 2 + text_escape(text, strlen(text), line + 2, sizeof(line) - 3);
	line[n++] = '\n';
	line_add(t, line, n);
}

void
wire_trace_hold(struct wire_trace *t)
{
	if (t == NULL)
		return;
	wire_trace_release(t);
	t->holding = true;
}

size_t
wire_trace_held(const struct wire_trace *t, enum wire_dir dir, const uint8_t **ret)
{
	if (t == NULL || !t->holding) {
		*ret = NULL;
		return 0;
	}
	*ret = t->held[dir].p;
	return t->held[dir].n;
}

void
wire_trace_blank(struct wire_trace *t, enum wire_dir dir, size_t at, size_t n)
{
	struct held_bytes *h;
	size_t i;

	if (t == NULL || !t->holding)
		return;
	h = &t->held[dir];
	for (i = at; i < h->n && i - at < n; i++)
		h->blank[i] = true;
}

void
wire_trace_patch(
    struct wire_trace *t, enum wire_dir dir, size_t at, const void *p, size_t n)
{
	struct held_bytes *h;

	if (t == NULL || !t->holding)
		return;
	h = &t->held[dir];
	if (at <= h->n && n <= h->n - at)
		memcpy(h->p + at, p, n);
}

void
wire_trace_release(struct wire_trace *t)
{
	size_t i, at[2] = { 0, 0 };

	if (t == NULL || !t->holding)
		return;
	t->holding = false;
	for (i = 0; i < t->n_events; i++) {
		const struct held_event *ev = &t->events[i];
		const struct held_bytes *h = &t->held[ev->dir];

		lines_bytes(t, ev->at_us, ev->dir, h->p + at[ev->dir],
		    h->blank + at[ev->dir], ev->n);
		at[ev->dir] += ev->n;
	}
	t->n_events = 0;
	t->held[0].n = t->held[1].n = 0;
}

int
wire_trace_write(struct wire_trace *t, int fd, struct err *e)
{
	char line[80];
	int n;

	wire_trace_blank(t, WIRE_TO_DEVICE, 0, SIZE_MAX);
	wire_trace_blank(t, WIRE_TO_HOST, 0, SIZE_MAX);
	wire_trace_release(t);
	if (file_write_all(fd, t->head, t->head_n, e) < 0)
		return -1;
	if (t->left_out > 0) {
		n = snprintf(line, sizeof(line), "# %llu lines left out here\n",
		    (unsigned long long)t->left_out);
		if (file_write_all(fd, line, (size_t)n, e) < 0)
			return -1;
	}
	return file_write_all(fd, t->tail, t->tail_n, e);
}
