/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * simuart's pty: what carries the simulated line (simuart_line.c) to a host. Test
 * program, one thread.
 */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* termios2 lives in the kernel's header, which does not go with <termios.h>. */
#include <asm/termbits.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>

#include "tests/sim/simuart.h"

#define BLOCKED_NS (2000 * MS) /* a host that does not read for so long is not there   \
				*/

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

	if (line_init(l) < 0)
		return -1;
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

/* A master's termios is the slave's: what the host has set. */
unsigned
line_host_baud(const struct sim *s)
{
	struct termios2 t;

	if (ioctl(s->line.master, TCGETS2, &t) < 0)
		return 0;
	return t.c_ospeed;
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
	uint8_t buf[LINE_PART];
	unsigned baud;
	ssize_t n;

	if (l->master < 0)
		return;
	watch_opens(s);
	while (line_takes(s, sizeof(buf))) {
		if ((n = read(l->master, buf, sizeof(buf))) <= 0)
			return;
		baud = line_host_baud(s);
		if (s->replay != NULL) /* a trace goes along with any rate */
			l->device_baud = baud;
		line_take(s, buf, (size_t)n, baud);
	}
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

/* Some of the bytes that are due. false when nothing (more) can be handed over. */
static bool
flush_part(struct sim *s, unsigned host_baud)
{
	uint8_t out[LINE_DUE_MAX];
	size_t due, n = line_due(s, host_baud, out, &due);
	ssize_t put;

	if (due == 0)
		return false;
	put = n > 0 ? write(s->line.master, out, n) : 0;
	if (put < 0 || (put == 0 && n > 0)) {
		blocked(s);
		return false;
	}
	s->line.blocked_since = 0;
	/* Garbage that did not fit is as good as garbage that did. */
	line_handed(s, n == due ? (size_t)put : due);
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
	if (!line_has_due(s))
		return;
	host_baud = line_host_baud(s);
	if (s->replay != NULL)
		s->line.device_baud = host_baud;
	while (flush_part(s, host_baud))
		;
}
