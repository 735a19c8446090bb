/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The wire's front: chooses a backend, counts, keeps the trace (see wire.h). Worker
 * process, its one thread.
 */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/err.h"
#include "flashd/wire_fd.h"
#include "flashd/wire_trace.h"

static int
name_port(struct wire_fd *f, const char *node, const char *name, struct err *e)
{
	char real[PATH_MAX];

	if (realpath(node, real) == NULL) {
		if (errno == ENOENT)
			return err_set(e, ERR_NOT_FOUND, "no-port",
			    "There is no adapter at %s. Plug it in.",
			    name[0] != '\0' ? name : node);
		return err_sys(e, "open port %s", node);
	}
	if (strlen(node) >= sizeof(f->node) || strlen(real) >= sizeof(f->real))
		return err_set(
		    e, ERR_USAGE, "no-port", "The path of the port is too long.");
	snprintf(f->node, sizeof(f->node), "%s", name[0] != '\0' ? name : node);
	memcpy(f->real, real, strlen(real) + 1);
	return 0;
}

struct wire *
wire_open(const char *node, struct err *e)
{
	return wire_open_named(node, "", e);
}

struct wire *
wire_open_named(const char *node, const char *name, struct err *e)
{
	struct wire_fd *f = calloc(1, sizeof(*f));

	if (f == NULL) {
		err_sys(e, "open port %s", node);
		return NULL;
	}
	f->fd = -1;
	if (name_port(f, node, name, e) < 0 ||
	    (wire_sp_knows(f->real) ? wire_sp_open(f, e) : wire_tty_open(f, e)) < 0) {
		free(f);
		return NULL;
	}
	f->w.baud = 115200;
	/* What came in before we listened belongs to nobody. */
	f->w.ops->flush_input(&f->w);
	(void)f->w.ops->errors(&f->w, &f->w.told);
	return &f->w;
}

void
wire_close(struct wire *w)
{
	if (w == NULL)
		return;
	w->ops->close(w);
	free(w);
}

ssize_t
wire_read(struct wire *w, void *ret, size_t n, int64_t deadline_us, struct err *e)
{
	ssize_t got = w->ops->read(w, ret, n, deadline_us, e);

	if (got > 0) {
		w->bytes_in += (uint64_t)got;
		wire_trace_bytes(w->trace, WIRE_TO_HOST, ret, (size_t)got);
	}
	return got;
}

int
wire_write(struct wire *w, const void *p, size_t n, int64_t deadline_us, struct err *e)
{
	/* Recorded first, so that a trace shows what we tried when the port went away.
	 */
	wire_trace_bytes(w->trace, WIRE_TO_DEVICE, p, n);
	if (w->ops->write(w, p, n, deadline_us, e) < 0)
		return -1;
	w->bytes_out += n;
	return 0;
}

int
wire_set_baud(struct wire *w, unsigned baud, struct err *e)
{
	if (w->ops->set_baud(w, baud, e) < 0)
		return -1;
	w->baud = baud;
	wire_trace_baud(w->trace, baud);
	return 0;
}

int
wire_set_lines(struct wire *w, int dtr, int rts, struct err *e)
{
	return w->ops->set_lines(w, dtr, rts, e);
}

void
wire_flush_input(struct wire *w)
{
	w->ops->flush_input(w);
}

/* Drivers count in 32 bits, and one that was reset begins again. */
static uint64_t
news(uint64_t now, uint64_t before)
{
	return now >= before ? now - before : now;
}

bool
wire_new_errors(struct wire *w, struct wire_errors *ret)
{
	struct wire_errors now;

	memset(ret, 0, sizeof(*ret));
	if (w->ops->errors == NULL || w->ops->errors(w, &now) < 0)
		return false;
	ret->frame = news(now.frame, w->told.frame);
	ret->overrun = news(now.overrun, w->told.overrun);
	ret->parity = news(now.parity, w->told.parity);
	ret->breaks = news(now.breaks, w->told.breaks);
	w->told = now;
	return (ret->frame | ret->overrun | ret->parity | ret->breaks) != 0;
}
