/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * flashd -W (see child.h): blocking code on one tty, with deadlines kept by the wire.
 * It has no database, no network and no path but the tty's. Worker process, one thread.
 */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/err.h"
#include "common/loop.h"
#include "flashd/engine/child.h"
#include "flashd/engine/engine.h"
#include "flashd/engine/listen.h"
#include "flashd/order.h"
#include "flashd/wire.h"
#include "flashd/wire_trace.h"

#define ORDER_WAIT_MS 10000

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

/* The order, up to its empty line. */
static int
read_order(int fd, struct order *ret, struct err *e)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	char text[ORDER_TEXT_MAX];
	size_t have = 0;
	ssize_t n;

	while (have < sizeof(text) && poll(&pfd, 1, ORDER_WAIT_MS) == 1) {
		n = read(fd, text + have, 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		have++;
		if (have >= 2 && text[have - 1] == '\n' && text[have - 2] == '\n')
			return order_parse(text, have, ret, e);
	}
	return err_set(e, ERR_USAGE, "bad-order", "no order came from flashd");
}

static int
fd_or_none(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 ? fd : -1;
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

static int
work(struct engine *g, struct stop *stop, struct err *e)
{
	struct wire_trace *trace = wire_trace_new(WIRE_TRACE_BYTES);
	struct wire *wire = wire_open(g->order->node, e);
	struct err ignored;
	int r = -1, fd;

	if (wire != NULL) {
		wire->trace = trace;
		wire->stop_asked = wire_stop_asked;
		wire->stop_arg = stop;
		r = strcmp(g->order->kind, "console") == 0
		    ? listen_run(g, wire, ORDER_FD_TALK, e)
		    : run_drivers(g, wire, e);
	}
	wire_close(wire);
	if ((fd = fd_or_none(ORDER_FD_TRACE)) >= 0 && trace != NULL)
		(void)wire_trace_write(trace, fd, &ignored);
	wire_trace_free(trace);
	return r;
}

int
child_main(void)
{
	struct rlimit none = { 0, 0 };
	struct order order = { .job = 0 };
	struct report report;
	struct engine g = { .order = &order,
		.report = &report,
		.out_fd = fd_or_none(ORDER_FD_OUT),
		.image_fd = fd_or_none(ORDER_FD_IMAGE),
		.safety_fd = fd_or_none(ORDER_FD_SAFETY),
		.journal = { .fd = fd_or_none(ORDER_FD_JOURNAL) } };
	struct stop stop = { .fd = -1, .g = &g };
	struct err e = { .code = ERR_NONE };

	/* A core file would hold Wi-Fi passwords. */
	(void)setrlimit(RLIMIT_CORE, &none);
	signal(SIGPIPE, SIG_IGN);
	report_init(&report, ORDER_FD_TALK, fd_or_none(ORDER_FD_LOG));
	if (sodium_init() < 0 || stop_init(&stop) < 0)
		return 1;
	g.stop_asked = stop_asked;
	g.stop_arg = &stop;
	if (read_order(ORDER_FD_TALK, &order, &e) < 0 || work(&g, &stop, &e) < 0) {
		report_fail(&report, &e);
		return 0;
	}
	report_flush(&report);
	report_line(&report, "ok");
	return 0;
}
