/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * simuart's line: a pty whose bytes take as long as their baud rate says, and turn to
 * garbage when the two ends do not agree on it. Test program, one thread.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* termios2 lives in the kernel's header, which does not go with <termios.h>. */
#include <asm/termbits.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>

#include "tests/sim/simuart.h"

#define CHUNK_NS (3 * MS / 2) /* hand-over of bytes to the host, at most so late */
#define BLOCKED_NS                                                                     \
	(2000 * MS) /* a host that does not read for so long is not there              \
		     */
#define PART 2048 /* bytes handled at once */

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

/* Raw, and at the rate a host finds when it looks before it sets one. */
static int
set_raw(int fd)
{
	struct termios2 t;

	if (ioctl(fd, TCGETS2, &t) < 0)
		return -1;
	t.c_iflag = t.c_oflag = t.c_lflag = 0;
	t.c_cflag = CS8 | CREAD | CLOCAL | BOTHER | (BOTHER << IBSHIFT);
	t.c_ispeed = t.c_ospeed = 115200;
	t.c_cc[VMIN] = 1;
	t.c_cc[VTIME] = 0;
	return ioctl(fd, TCSETS2, &t);
}

static int
open_pty(struct line *l)
{
	int unlock = 0, number;

	if ((l->master =
		    open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)) < 0)
		return -1;
	if (ioctl(l->master, TIOCSPTLCK, &unlock) < 0 ||
	    ioctl(l->master, TIOCGPTN, &number) < 0)
		return -1;
	snprintf(l->pts, sizeof(l->pts), "/dev/pts/%d", number);
	/* Our own descriptor keeps the pty alive between two hosts, and takes back the
	 * exclusive mark of a host that was killed. */
	if ((l->slave = open(l->pts, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)) < 0)
		return -1;
	if (set_raw(l->slave) < 0)
		return -1;
	if ((l->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) < 0)
		return -1;
	return inotify_add_watch(l->inotify, l->pts, IN_OPEN | IN_CLOSE) < 0 ? -1 : 0;
}

int
line_open(struct sim *s)
{
	struct line *l = &s->line;
	char temporary[280];

	if (l->to_host.v == NULL) {
		l->to_host.v = calloc(QUEUE_BYTES, sizeof(struct timed));
		l->to_device.v = calloc(QUEUE_BYTES, sizeof(struct timed));
		if (l->to_host.v == NULL || l->to_device.v == NULL)
			return -1;
	}
	if (open_pty(l) < 0) {
		perror("simuart: pty");
		return -1;
	}
	snprintf(temporary, sizeof(temporary), "%s.new", l->link);
	(void)unlink(temporary);
	if (symlink(l->pts, temporary) < 0 || rename(temporary, l->link) < 0) {
		perror(l->link);
		return -1;
	}
	return 0;
}

void
line_close(struct sim *s)
{
	struct line *l = &s->line;

	if (l->master < 0)
		return;
	(void)unlink(l->link);
	close(l->inotify);
	close(l->slave);
	close(l->master);
	l->inotify = l->slave = l->master = -1;
	line_clear(s);
}

void
line_clear(struct sim *s)
{
	s->line.to_host.n = s->line.to_device.n = 0;
	s->line.to_host_free = s->line.to_device_free = 0;
	s->line.blocked_since = 0;
}

/* A master's termios is the slave's: what the host has set. */
unsigned
line_host_baud(const struct sim *s)
{
	struct termios2 t;

	if (ioctl(s->line.master, TCGETS2, &t) < 0)
		return 0;
	return t.c_ospeed;
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

static void
watch_opens(struct sim *s)
{
	_Alignas(struct inotify_event) char buf[4096];
	ssize_t n, at;

	while ((n = read(s->line.inotify, buf, sizeof(buf))) > 0) {
		for (at = 0; at < n;) {
			const struct inotify_event *ev = (const void *)(buf + at);

			/* Old bytes wait for nobody on a real line. */
			if (ev->mask & IN_OPEN)
				(void)ioctl(s->line.slave, TCFLSH, TCIFLUSH);
			else
				(void)ioctl(s->line.slave, TIOCNXCL);
			at += (ssize_t)sizeof(*ev) + ev->len;
		}
	}
}

void
line_receive(struct sim *s)
{
	struct line *l = &s->line;
	uint8_t buf[PART];
	unsigned baud;
	ssize_t n, i;

	if (l->master < 0)
		return;
	watch_opens(s);
	while (l->to_device.n + (size_t)8 * sizeof(buf) <= QUEUE_BYTES) {
		if ((n = read(l->master, buf, sizeof(buf))) <= 0)
			return;
		baud = line_host_baud(s);
		if (s->replay != NULL) /* a trace goes along with any rate */
			l->device_baud = baud;
		if (l->to_device_free < s->now)
			l->to_device_free = s->now;
		for (i = 0; i < n; i++)
			receive_byte(s, buf[i], baud);
		s->stats.bytes_in += (uint64_t)n;
		s->stats_dirty = true;
	}
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

/* The host does not read. Queue for a while, then throw away: it is not there. */
static void
blocked(struct sim *s)
{
	struct line *l = &s->line;

	if (l->blocked_since == 0)
		l->blocked_since = s->now;
	if (s->now - l->blocked_since < BLOCKED_NS)
		return;
	l->to_host.n = 0;
	l->blocked_since = 0;
	(void)ioctl(l->slave, TCFLSH, TCIFLUSH);
}

/* At most PART bytes that are due. false when nothing (more) can be handed over. */
static bool
flush_part(struct sim *s, bool garbled, unsigned host_baud)
{
	struct line *l = &s->line;
	uint8_t out[PART * 8];
	size_t due, n = 0;
	ssize_t put;

	for (due = 0; due < l->to_host.n && due < PART; due++) {
		const struct timed *t = queue_at(&l->to_host, due);

		if (t->at > s->now)
			break;
		if (garbled)
			n += garble(
			    s, &l->to_host_part, l->device_baud, host_baud, out + n);
		else
			out[n++] = t->byte;
	}
	if (due == 0)
		return false;
	put = n > 0 ? write(l->master, out, n) : 0;
	if (put < 0 || (put == 0 && n > 0)) {
		blocked(s);
		return false;
	}
	l->blocked_since = 0;
	queue_pop(&l->to_host, garbled ? due : (size_t)put);
	return true;
}

void
line_flush(struct sim *s)
{
	unsigned host_baud;

	if (s->line.master < 0) {
		s->line.to_host.n = 0;
		return;
	}
	if (s->line.to_host.n == 0 || queue_at(&s->line.to_host, 0)->at > s->now)
		return;
	host_baud = line_host_baud(s);
	if (s->replay != NULL)
		s->line.device_baud = host_baud;
	while (flush_part(s, !same_rate(host_baud, s->line.device_baud), host_baud))
		;
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
