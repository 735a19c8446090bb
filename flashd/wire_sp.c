/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The wire on libserialport: real adapters. It opens and sets up the port; reading and
 * writing is poll(2) on its descriptor (wire_fd.c). Worker process, its one thread.
 */
#include "config.h"

#include <errno.h>
#include <libserialport.h>
#include <string.h>

#include "common/err.h"
#include "flashd/wire_fd.h"

bool
wire_sp_knows(const char *real)
{
	struct sp_port *port;

	/* It looks the node up in /sys/class/tty, where ptys do not stand. */
	if (sp_get_port_by_name(real, &port) != SP_OK)
		return false;
	sp_free_port(port);
	return true;
}

static int
sp_err(const struct wire_fd *f, const char *what, struct err *e)
{
	int saved = errno;

	if (saved == EBUSY)
		return wire_fd_busy(f, e);
	if (saved == ENOENT || saved == ENXIO || saved == ENODEV)
		return err_set(e, ERR_NOT_FOUND, "no-port",
		    "There is no adapter at %s. Plug it in.", f->node);
	if (saved == EACCES)
		return err_set(e, ERR_FAILED, "port-denied",
		    "No right to open port %s. The user of flashd must be in the group "
		    "that owns it (dialout).",
		    f->node);
	errno = saved;
	return err_sys(e, "%s port %s", what, f->node);
}

static int
sp_wire_set_baud(struct wire *w, unsigned baud, struct err *e)
{
	struct wire_fd *f = (struct wire_fd *)w;

	wire_fd_drain(f, 2000000);
	return wire_fd_rate(f, baud, e);
}

static void
sp_wire_close(struct wire *w)
{
	struct wire_fd *f = (struct wire_fd *)w;

	wire_fd_unclaim(f);
	(void)sp_close(f->port);
	sp_free_port(f->port);
	f->port = NULL;
}

static const struct wire_ops sp_ops = {
	.read = wire_fd_read,
	.write = wire_fd_write,
	.set_baud = sp_wire_set_baud,
	.set_lines = wire_fd_set_lines,
	.flush_input = wire_fd_flush_input,
	.close = sp_wire_close,
	.errors = wire_fd_errors,
};

/* 8N1 without flow control at the boot ROM's rate. libserialport's names for the lines
 * are not used: DTR and RTS stay as the kernel left them. */
static int
sp_setup(struct wire_fd *f, struct err *e)
{
	if (sp_set_baudrate(f->port, 115200) != SP_OK ||
	    sp_set_bits(f->port, 8) != SP_OK ||
	    sp_set_parity(f->port, SP_PARITY_NONE) != SP_OK ||
	    sp_set_stopbits(f->port, 1) != SP_OK)
		return sp_err(f, "set up", e);
	return wire_fd_raw(f, e);
}

int
wire_sp_open(struct wire_fd *f, struct err *e)
{
	if (sp_get_port_by_name(f->real, &f->port) != SP_OK)
		return err_set(e, ERR_NOT_FOUND, "no-port",
		    "There is no adapter at %s. Plug it in.", f->node);
	if (sp_open(f->port, SP_MODE_READ_WRITE) != SP_OK) {
		sp_err(f, "open", e);
		sp_free_port(f->port);
		f->port = NULL;
		return -1;
	}
	if (sp_get_port_handle(f->port, &f->fd) != SP_OK)
		err_set(e, ERR_FAILED, "", "Port %s has no descriptor.", f->node);
	else if (wire_fd_claim(f, e) == 0) {
		if (sp_setup(f, e) == 0) {
			f->w.ops = &sp_ops;
			return 0;
		}
		wire_fd_unclaim(f);
	}
	(void)sp_close(f->port);
	sp_free_port(f->port);
	f->port = NULL;
	return -1;
}
