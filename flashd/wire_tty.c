/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The wire on a tty by its path: ptys, socat, ser2net, which libserialport refuses.
 * Worker process, its one thread.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "common/err.h"
#include "flashd/wire_fd.h"

static int
tty_set_baud(struct wire *w, unsigned baud, struct err *e)
{
	struct wire_fd *f = (struct wire_fd *)w;

	wire_fd_drain(f, 2000000);
	return wire_fd_rate(f, baud, e);
}

static void
tty_close(struct wire *w)
{
	struct wire_fd *f = (struct wire_fd *)w;

	wire_fd_unclaim(f);
	close(f->fd);
	f->fd = -1;
}

static const struct wire_ops tty_ops = {
	.read = wire_fd_read,
	.write = wire_fd_write,
	.set_baud = tty_set_baud,
	.set_lines = wire_fd_set_lines,
	.flush_input = wire_fd_flush_input,
	.close = tty_close,
	.errors = wire_fd_errors,
};

int
wire_tty_open(struct wire_fd *f, struct err *e)
{
	f->fd = open(f->real, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (f->fd < 0 && errno == EBUSY)
		return wire_fd_busy(f, e);
	if (f->fd < 0 && errno == EACCES)
		return err_set(e, ERR_FAILED, "port-denied",
		    "No right to open port %s. The user of flashd must be in the group "
		    "that owns it (dialout).",
		    f->node);
	if (f->fd < 0)
		return err_sys(e, "open port %s", f->node);
	if (!isatty(f->fd)) {
		err_set(e, ERR_USAGE, "no-tty", "'%s' is no serial port.", f->node);
	} else if (wire_fd_claim(f, e) == 0) {
		if (wire_fd_raw(f, e) == 0 && wire_fd_rate(f, 115200, e) == 0) {
			f->w.ops = &tty_ops;
			return 0;
		}
		wire_fd_unclaim(f);
	}
	close(f->fd);
	f->fd = -1;
	return -1;
}
