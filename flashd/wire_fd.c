/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The common half of both wire backends (see wire_fd.h). Worker process, its one
 * thread. libserialport's blocking calls are never used: after an unplug they look
 * like silence, and they spin while they wait.
 */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

/* termios2 lives in the kernel's header, which does not go with <termios.h>. */
#include <asm/termbits.h>
#include <linux/serial.h>
#include <sys/file.h>
#include <sys/ioctl.h>

#include "common/err.h"
#include "common/holder.h"
#include "common/loop.h"
#include "flashd/wire_fd.h"

#define SLICE_US 100000 /* how often a wait looks whether it shall stop */

int
wire_fd_busy(const struct wire_fd *f, struct err *e)
{
	struct holder h = { .node = f->real };

	holder_find(&h, 1);
	return err_set(e, ERR_REFUSED, "port-busy",
	    "Port %s is in use by %s. End that program, then try again.", f->node,
	    h.who[0] != '\0' ? h.who : "another program");
}

int
wire_fd_claim(struct wire_fd *f, struct err *e)
{
	struct holder h = { .node = f->real };

	if (flock(f->fd, LOCK_EX | LOCK_NB) < 0)
		return wire_fd_busy(f, e);
	/* Programs that know neither flock nor TIOCEXCL are seen in /proc only. */
	holder_find(&h, 1);
	if (h.who[0] != '\0')
		return wire_fd_busy(f, e);
	if (ioctl(f->fd, TIOCEXCL) < 0)
		return err_sys(e, "take port %s for ourselves", f->node);
	return 0;
}

void
wire_fd_unclaim(struct wire_fd *f)
{
	/* On a pty the mark outlives the last close. */
	(void)ioctl(f->fd, TIOCNXCL);
	(void)flock(f->fd, LOCK_UN);
}

int
wire_fd_raw(struct wire_fd *f, struct err *e)
{
	struct termios2 t;

	if (ioctl(f->fd, TCGETS2, &t) < 0)
		return err_sys(e, "'%s' is no serial port", f->node);
	t.c_iflag = IGNBRK | IGNPAR;
	t.c_oflag = 0;
	t.c_lflag = 0;
	t.c_cflag &=
	    ~(unsigned)(CSIZE | CSTOPB | PARENB | PARODD | CMSPAR | CRTSCTS | HUPCL);
	t.c_cflag |= CS8 | CREAD | CLOCAL;
	t.c_cc[VMIN] = 1;
	t.c_cc[VTIME] = 0;
	if (ioctl(f->fd, TCSETS2, &t) < 0)
		return err_sys(e, "set up port %s", f->node);
	return 0;
}

int
wire_fd_rate(struct wire_fd *f, unsigned baud, struct err *e)
{
	struct termios2 t;

	if (ioctl(f->fd, TCGETS2, &t) < 0)
		return err_set(e, errno == EIO ? ERR_LOST : ERR_FAILED, "port-gone",
		    "Port %s went away while its rate was set. Plug it in again.",
		    f->node);
	t.c_cflag &= ~(unsigned)(CBAUD | (CBAUD << IBSHIFT));
	t.c_cflag |= BOTHER | (BOTHER << IBSHIFT);
	t.c_ispeed = t.c_ospeed = baud;
	if (ioctl(f->fd, TCSETS2, &t) < 0 || ioctl(f->fd, TCGETS2, &t) < 0)
		return err_set(e, ERR_FAILED, "baud-refused",
		    "The adapter of port %s does not take %u baud. Choose a lower "
		    "rate.",
		    f->node, baud);
	/* Some drivers take any number and keep what they can. */
	if (t.c_ospeed < baud - baud / 32 || t.c_ospeed > baud + baud / 32)
		return err_set(e, ERR_FAILED, "baud-refused",
		    "The adapter of port %s made %u baud of %u. Choose a lower rate.",
		    f->node, t.c_ospeed, baud);
	return 0;
}

void
wire_fd_drain(struct wire_fd *f, int64_t timeout_us)
{
	int64_t end = loop_now_us() + timeout_us;
	int left;

	/* tcdrain(3) has no time limit, and a hung adapter would hold us for ever. */
	while (ioctl(f->fd, TIOCOUTQ, &left) == 0 && left > 0 && loop_now_us() < end)
		(void)poll(NULL, 0, 1);
}

static int
gone(const struct wire_fd *f, struct err *e)
{
	return err_set(e, ERR_LOST, "port-gone",
	    "Port %s went away: the adapter was unplugged or lost its power. Plug it "
	    "into "
	    "the same socket again.",
	    f->node);
}

/* 1 ready, 0 deadline, -1 e. */
static int
wait_for(struct wire_fd *f, short what, int64_t deadline_us, struct err *e)
{
	struct pollfd p = { f->fd, what, 0 };
	struct timespec ts;
	int64_t left;
	int n;

	for (;;) {
		if (f->w.stop_asked != NULL && f->w.stop_asked(f->w.stop_arg))
			return err_set(e, ERR_FAILED, "cancelled", "Stopped as asked.");
		left = deadline_us - loop_now_us();
		if (left < 0)
			left = 0;
		else if (left > SLICE_US)
			left = SLICE_US;
		ts.tv_sec = left / 1000000;
		ts.tv_nsec = left % 1000000 * 1000;
		if ((n = ppoll(&p, 1, &ts, NULL)) < 0 && errno != EINTR)
			return err_sys(e, "wait for port %s", f->node);
		if (n > 0 && (p.revents & what) != 0)
			return 1;
		if (n > 0)
			return gone(f, e);
		if (loop_now_us() >= deadline_us)
			return 0;
	}
}

ssize_t
wire_fd_read(struct wire *w, void *ret, size_t n, int64_t deadline_us, struct err *e)
{
	struct wire_fd *f = (struct wire_fd *)w;
	ssize_t got;
	int r;

	for (;;) {
		if ((r = wait_for(f, POLLIN, deadline_us, e)) <= 0)
			return r;
		got = read(f->fd, ret, n);
		if (got > 0)
			return got;
		/* Readable without a byte is how a tty that hung up looks. */
		if (got == 0 || errno == EIO || errno == ENXIO || errno == ENODEV)
			return gone(f, e);
		if (errno != EAGAIN && errno != EINTR)
			return err_sys(e, "read from port %s", f->node);
	}
}

int
wire_fd_write(
    struct wire *w, const void *p, size_t n, int64_t deadline_us, struct err *e)
{
	struct wire_fd *f = (struct wire_fd *)w;
	const uint8_t *at = p;
	ssize_t put;
	int r;

	while (n > 0) {
		put = write(f->fd, at, n);
		if (put > 0) {
			at += put;
			n -= (size_t)put;
			continue;
		}
		if (put < 0 && (errno == EIO || errno == ENXIO || errno == ENODEV))
			return gone(f, e);
		if (put < 0 && errno != EAGAIN && errno != EINTR)
			return err_sys(e, "write to port %s", f->node);
		if ((r = wait_for(f, POLLOUT, deadline_us, e)) < 0)
			return -1;
		if (r == 0)
			return err_set(e, ERR_LOST, "port-stuck",
			    "Port %s takes no more bytes. Unplug the adapter and plug "
			    "it in again.",
			    f->node);
	}
	return 0;
}

int
wire_fd_set_lines(struct wire *w, int dtr, int rts, struct err *e)
{
	struct wire_fd *f = (struct wire_fd *)w;
	int set = 0, clear = 0;

	if (dtr >= 0)
		*(dtr > 0 ? &set : &clear) |= TIOCM_DTR;
	if (rts >= 0)
		*(rts > 0 ? &set : &clear) |= TIOCM_RTS;
	if ((set != 0 && ioctl(f->fd, TIOCMBIS, &set) < 0) ||
	    (clear != 0 && ioctl(f->fd, TIOCMBIC, &clear) < 0))
		return err_set(e, errno == EIO ? ERR_LOST : ERR_FAILED, "no-lines",
		    "DTR or RTS of port %s could not be set (%s); not every adapter "
		    "has "
		    "these lines",
		    f->node, strerror(errno));
	return 0;
}

void
wire_fd_flush_input(struct wire *w)
{
	struct wire_fd *f = (struct wire_fd *)w;

	(void)ioctl(f->fd, TCFLSH, TCIFLUSH);
}

int
wire_fd_errors(struct wire *w, struct wire_errors *ret)
{
	struct wire_fd *f = (struct wire_fd *)w;
	struct serial_icounter_struct c;

	memset(&c, 0, sizeof(c));
	if (ioctl(f->fd, TIOCGICOUNT, &c) < 0)
		return -1;
	ret->frame = (uint32_t)c.frame;
	ret->overrun = (uint64_t)(uint32_t)c.overrun + (uint32_t)c.buf_overrun;
	ret->parity = (uint32_t)c.parity;
	ret->breaks = (uint32_t)c.brk;
	return 0;
}
