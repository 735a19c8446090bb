/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * flashd -W (see child.h): blocking code on one tty, with deadlines kept by the wire.
 * It has no database, no network and no path but the tty's. Worker process, one thread.
 */
#include "config.h"

#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "common/err.h"
#include "common/loop.h"
#include "flashd/engine/child.h"
#include "flashd/engine/engine.h"
#include "flashd/engine/listen.h"
#include "flashd/engine/orders.h"
#include "flashd/order.h"
#include "flashd/wire.h"
#include "flashd/wire_trace.h"

/* SIGTERM comes from the parent, or from the kernel when the parent died. */
struct stop {
	int fd;
	bool asked;
	const struct engine *g;
};

static bool
stop_asked(void *arg)
{
	struct signalfd_siginfo info;
	struct stop *s = arg;

	if (!s->asked && read(s->fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
		s->asked = true;
	return s->asked;
}

/* What the wire polls while it waits: never while a sector is half done. */
static bool
wire_stop_asked(void *arg)
{
	struct stop *s = arg;

	return engine_stop(s->g);
}

static int
stop_init(struct stop *s)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -1;
	s->fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	return s->fd < 0 ? -1 : 0;
}

/* Try the drivers in the order of their table. Only the first that gets in works on. */
static int
run_drivers(struct engine *g, struct wire *wire, struct err *e)
{
	const struct chip_driver *const *d = chip_drivers();
	int r;

	if (*d == NULL)
		return err_set(e, ERR_FAILED, "no-driver", "this flashd knows no chip");
	for (;; d++) {
		if ((g->chip = chip_new(*d, wire, e)) == NULL)
			return -1;
		r = engine_run(g, e);
		chip_free(g->chip);
		g->chip = NULL;
		if (r == 0 || g->entered || g->id.chip[0] != '\0' || d[1] == NULL ||
		    e->code == ERR_LOST || engine_stop(g))
			return r;
	}
}

/* The port as a job or a console expects it, whatever the order before made of it. */
static int
ready_wire(struct wire **wire, struct engine *g, struct stop *stop, struct err *e)
{
	if (*wire == NULL)
		*wire = wire_open_named(g->order->node, g->order->name, e);
	else if (wire_set_baud(*wire, 115200, e) == 0)
		wire_flush_input(*wire);
	else
		return -1;
	if (*wire == NULL)
		return -1;
	(*wire)->bytes_in = (*wire)->bytes_out = 0;
	(*wire)->stop_asked = wire_stop_asked;
	(*wire)->stop_arg = stop;
	return 0;
}

static int
work(struct engine *g, struct wire **wire, struct stop *stop, struct err *e)
{
	struct wire_trace *trace = NULL;
	struct err ignored;
	int r, fd = orders_fd(ORDER_FD_TRACE);

	if (ready_wire(wire, g, stop, e) < 0)
		return -1;
	if (fd >= 0)
		trace = wire_trace_new(WIRE_TRACE_BYTES);
	(*wire)->trace = trace;
	r = strcmp(g->order->kind, "console") == 0
	    ? listen_run(g, *wire, ORDER_FD_TALK, e)
	    : run_drivers(g, *wire, e);
	(*wire)->trace = NULL;
	report_errors(g->report, *wire);
	if (trace != NULL)
		(void)wire_trace_write(trace, fd, &ignored);
	wire_trace_free(trace);
	return r;
}

/* One order. True when the port is fit for another one. */
static bool
obey(const struct order *order, struct wire **wire, struct stop *stop)
{
	struct report report;
	struct engine g = { .order = order,
		.report = &report,
		.out_fd = orders_fd(ORDER_FD_OUT),
		.image_fd = orders_fd(ORDER_FD_IMAGE),
		.safety_fd = orders_fd(ORDER_FD_SAFETY),
		.journal = { .fd = orders_fd(ORDER_FD_JOURNAL) },
		.stop_asked = stop_asked,
		.stop_arg = stop };
	struct err e = { .code = ERR_NONE };

	stop->g = &g;
	report_init(&report, ORDER_FD_TALK, orders_fd(ORDER_FD_LOG));
	if (work(&g, wire, stop, &e) < 0) {
		report_fail(&report, &e);
	} else {
		report_flush(&report);
		report_line(&report, "ok");
	}
	stop->g = NULL;
	if (*wire == NULL || e.code == ERR_LOST || stop->asked || report.gone)
		return false;
	report_line(&report, "free");
	return true;
}

int
child_main(void)
{
	struct rlimit none = { 0, 0 };
	struct order order = { .job = 0 };
	struct stop stop = { .fd = -1 };
	struct wire *wire = NULL;
	struct report report;
	struct err e = { .code = ERR_NONE };

	/* A core file would hold Wi-Fi passwords. */
	(void)setrlimit(RLIMIT_CORE, &none);
	signal(SIGPIPE, SIG_IGN);
	if (orders_keep_places() < 0 || sodium_init() < 0 || stop_init(&stop) < 0)
		return 1;
	if (orders_first(ORDER_FD_TALK, &order, &e) < 0) {
		report_init(&report, ORDER_FD_TALK, orders_fd(ORDER_FD_LOG));
		report_fail(&report, &e);
		return 0;
	}
	while (obey(&order, &wire, &stop) && orders_next(ORDER_FD_TALK, &order, &e) > 0)
		;
	wire_close(wire);
	return 0;
}
