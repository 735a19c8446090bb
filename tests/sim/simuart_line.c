/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * simuart's line, apart from what carries it: bytes take as long as their baud rate
 * says, and turn to garbage when the two ends do not agree on it. The pty is in
 * simuart_pty.c. Tests only, one thread.
 */
#include "config.h"

#include <stdlib.h>

#include "tests/sim/simuart.h"

#define CHUNK_NS (3 * MS / 2) /* hand-over of bytes to the host, at most so late */

int
line_init(struct line *l)
{
	if (l->to_host.v == NULL)
		l->to_host.v = calloc(QUEUE_BYTES, sizeof(struct timed));
	if (l->to_device.v == NULL)
		l->to_device.v = calloc(QUEUE_BYTES, sizeof(struct timed));
	return l->to_host.v == NULL || l->to_device.v == NULL ? -1 : 0;
}

void
line_fini(struct line *l)
{
	free(l->to_host.v);
	free(l->to_device.v);
	l->to_host.v = l->to_device.v = NULL;
}

static bool
queue_push(struct queue *q, int64_t at, uint8_t b)
{
	struct timed *t;

	if (q->n == QUEUE_BYTES)
		return false;
	t = &q->v[(q->head + q->n++) & (QUEUE_BYTES - 1)];
	t->at = at;
	t->byte = b;
	return true;
}

static const struct timed *
queue_at(const struct queue *q, size_t i)
{
	return &q->v[(q->head + i) & (QUEUE_BYTES - 1)];
}

static void
queue_pop(struct queue *q, size_t n)
{
	q->head = (q->head + n) & (QUEUE_BYTES - 1);
	q->n -= n;
}

void
line_clear(struct sim *s)
{
	s->line.to_host.n = s->line.to_device.n = 0;
	s->line.to_host_free = s->line.to_device_free = 0;
	s->line.blocked_since = 0;
}

static int64_t
byte_ns(const struct sim *s, unsigned baud)
{
	return s->line.paced && baud > 0 ? 10 * 1000000000ll / baud : 0;
}

static bool
same_rate(unsigned a, unsigned b)
{
	return a > b ? a - b <= b / 32 : b - a <= a / 32;
}

/* What a receiver at rate `to` makes of one byte at rate `from`: about to/from bytes,
 * none of them meant. */
static size_t
garble(struct sim *s, double *part, unsigned from, unsigned to, uint8_t ret[8])
{
	size_t n = 0;

	*part += from > 0 ? (double)to / from : 1;
	while (*part >= 1 && n < 8) {
		ret[n++] = (uint8_t)sim_random(s);
		*part -= 1;
	}
	if (*part > 1)
		*part = 1;
	s->stats.garbled++;
	return n;
}

static void
receive_byte(struct sim *s, uint8_t b, unsigned host_baud)
{
	struct line *l = &s->line;
	uint8_t heard[8], out[8];
	size_t n, m, i, k;

	l->to_device_free += byte_ns(s, host_baud);
	if (same_rate(host_baud, l->device_baud)) {
		heard[0] = b;
		n = 1;
	} else {
		n = garble(s, &l->to_device_part, host_baud, l->device_baud, heard);
	}
	for (i = 0; i < n; i++) {
		m = fault_bytes(s, 1, heard[i], out);
		for (k = 0; k < m; k++)
			(void)queue_push(&l->to_device, l->to_device_free, out[k]);
	}
}

bool
line_takes(const struct sim *s, size_t n)
{
	return s->line.to_device.n + 8 * n <= QUEUE_BYTES;
}

void
line_take(struct sim *s, const uint8_t *p, size_t n, unsigned host_baud)
{
	struct line *l = &s->line;
	size_t i;

	if (l->to_device_free < s->now)
		l->to_device_free = s->now;
	for (i = 0; i < n; i++)
		receive_byte(s, p[i], host_baud);
	s->stats.bytes_in += (uint64_t)n;
	s->stats_dirty = true;
}

bool
line_next(struct sim *s, struct timed *ret)
{
	struct queue *q = &s->line.to_device;

	if (q->n == 0 || queue_at(q, 0)->at > s->now)
		return false;
	*ret = *queue_at(q, 0);
	queue_pop(q, 1);
	return true;
}

int64_t
line_send(struct sim *s, int64_t at, const void *p, size_t n)
{
	struct line *l = &s->line;
	const uint8_t *b = p;
	uint8_t out[8];
	size_t i, k, m;

	if (l->to_host_free < at)
		l->to_host_free = at;
	for (i = 0; i < n; i++) {
		s->stats.bytes_out++;
		if (fault_mute(s, s->stats.bytes_out))
			continue;
		l->to_host_free += fault_stall(s, s->stats.bytes_out);
		m = fault_bytes(s, 2, b[i], out);
		l->to_host_free += byte_ns(s, l->device_baud);
		for (k = 0; k < m; k++)
			if (!queue_push(&l->to_host, l->to_host_free, out[k]))
				s->stats.dropped++;
	}
	s->stats_dirty = true;
	return l->to_host_free;
}

bool
line_has_due(const struct sim *s)
{
	return s->line.to_host.n > 0 && queue_at(&s->line.to_host, 0)->at <= s->now;
}

size_t
line_due(
    struct sim *s, unsigned host_baud, uint8_t ret[LINE_DUE_MAX], size_t *ret_taken)
{
	struct line *l = &s->line;
	bool garbled = !same_rate(host_baud, l->device_baud);
	size_t due, n = 0;

	for (due = 0; due < l->to_host.n && due < LINE_PART; due++) {
		const struct timed *t = queue_at(&l->to_host, due);

		if (t->at > s->now)
			break;
		if (garbled)
			n += garble(
			    s, &l->to_host_part, l->device_baud, host_baud, ret + n);
		else
			ret[n++] = t->byte;
	}
	*ret_taken = due;
	return n;
}

void
line_handed(struct sim *s, size_t n)
{
	queue_pop(&s->line.to_host, n);
}

bool
line_sent(const struct sim *s)
{
	return s->line.to_host.n == 0 && s->line.to_host_free <= s->now;
}

int64_t
line_wake(const struct sim *s)
{
	const struct queue *in = &s->line.to_device, *out = &s->line.to_host;
	int64_t at = NEVER, last;

	/* A device handles bytes in the lump, too: what is due within one chunk. */
	if (in->n > 0) {
		last = queue_at(in, in->n - 1)->at;
		at = s->now + CHUNK_NS;
		if (last < at)
			at = last;
		if (queue_at(in, 0)->at > at)
			at = queue_at(in, 0)->at;
	}
	if (out->n > 0 && s->line.blocked_since == 0) {
		int64_t t = s->now + CHUNK_NS;

		last = queue_at(out, out->n - 1)->at;
		if (last < t)
			t = last;
		if (queue_at(out, 0)->at > t)
			t = queue_at(out, 0)->at;
		if (t < at)
			at = t;
	}
	if (out->n == 0 && s->line.to_host_free > s->now && s->line.to_host_free < at)
		at = s->line.to_host_free;
	return at;
}
