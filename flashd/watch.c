/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The live console of the ports (see watch.h). flashd's parent, main thread. */
#include "config.h"

#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "common/err.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/said.h"
#include "common/text.h"
#include "db/db.h"
#include "db/socket.h"
#include "flashd/childline.h"
#include "flashd/flashd.h"
#include "flashd/order.h"
#include "flashd/ports.h"
#include "flashd/watch.h"
#include "flashd/watch_sock.h"
#include "flashd/worker.h"

#define QUIET_MS 30000 /* the child speaks at least every 10 s */
#define KILL_MS 3000
#define RETRY_US 3000000 /* a port that another program has */
#define TEXT_MAX 512 /* bytes of a line that is sent */

struct watch *
watch_find(struct watches *all, const char *path, bool make)
{
	struct watch *w;

	LIST_FOREACH (w, &all->list, entry) {
		if (strcmp(w->path, path) == 0)
			return w;
	}
	if (!make || (w = calloc(1, sizeof(*w))) == NULL)
		return NULL;
	w->f = all->f;
	snprintf(w->path, sizeof(w->path), "%s", path);
	LIST_INIT(&w->watchers);
	LIST_INSERT_HEAD(&all->list, w, entry);
	return w;
}

void
watch_soon(struct watch *w)
{
	loop_timer_set(w->f->watches->soon, 0);
}

static int64_t
wall_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- what the child says ---- */

static bool
on_text(struct watch *w, const struct child_line *l)
{
	struct watch_line head = { .at_ms = wall_ms(), .baud = w->baud };
	struct console_print before = w->print;
	char safe[CONSOLE_SAFE_MAX];
	uint8_t raw[CONSOLE_LINE_MAX];
	size_t n = strlen(l->text) / 2;

	if (n > sizeof(raw) || strlen(l->text) % 2 != 0 ||
	    text_unhex(l->text, raw, n) < 0)
		return false;
	for (head.end = CONSOLE_FULL; strcmp(console_end_name(head.end), l->word) != 0;
	     head.end++) {
		if (head.end == CONSOLE_OPEN)
			return false;
	}
	watch_lines_add(&w->lines, &head, raw, n);
	text_escape(raw, n, safe, sizeof(safe));
	console_learn(&w->print, safe);
	watch_tell_lines(w);
	if (memcmp(&before, &w->print, sizeof(before)) != 0)
		watch_tell_state(w);
	return true;
}

static bool
on_heard(struct watch *w, const struct child_line *l)
{
	if (console_verdict_parse(l->word, &w->verdict) < 0 || l->n[0] > 4000000)
		return false;
	w->heard_baud = (unsigned)l->n[0];
	w->heard = l->n[1];
	w->heard_text = l->n[2];
	watch_tell_state(w);
	return true;
}

static bool
on_line(void *arg, const struct child_line *l)
{
	struct watch *w = arg;
	struct err said;

	switch (l->verb) {
	case CHILD_TEXT:
		return on_text(w, l);
	case CHILD_HEARD:
		return on_heard(w, l);
	case CHILD_BAUD:
		if (l->n[0] == 0 || l->n[0] > 4000000)
			return false;
		w->baud = (unsigned)l->n[0];
		watch_tell_state(w);
		return true;
	case CHILD_ERRORS:
		ports_count_errors(w->f, w->path, l->n);
		return true;
	case CHILD_NOTE:
		log_info("watch", "%s: %s", w->path, l->text);
		(void)said_unpack(&said, l->text, l->params);
		watch_tell_sender(w, &said);
		return true;
	case CHILD_FAIL:
		(void)said_unpack(&w->trouble, l->text, l->params);
		snprintf(w->trouble.name, sizeof(w->trouble.name), "%.39s", l->word);
		return true;
	case CHILD_PROGRESS: /* comes in front of a failure */
	case CHILD_OK:
		return true;
	default:
		return false;
	}
}

static void
publish(struct watch *w)
{
	ports_publish(w->f, ports_find(w->f, w->path));
	flashd_changed(w->f);
}

static void
on_end(void *arg, const struct err *trouble, bool bad)
{
	struct watch *w = arg;

	(void)bad;
	w->w = NULL;
	w->stopping = false;
	if (trouble != NULL && w->trouble.msg[0] == '\0')
		w->trouble = *trouble;
	/* Who comes back may be another camera. */
	if (w->trouble.msg[0] != '\0')
		memset(&w->print, 0, sizeof(w->print));
	w->retry_us = w->trouble.msg[0] != '\0' ? loop_now_us() + RETRY_US : 0;
	publish(w);
	watch_tell_state(w);
	watch_soon(w);
}

/* ---- the child's life ---- */

static int
open_lock(struct flashd *f)
{
	int fd =
	    openat(f->state_dir, "jobs/.children", O_RDWR | O_CREAT | O_CLOEXEC, 0640);

	if (fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) < 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static bool
on_idle(void *arg, struct worker *worker)
{
	struct watch *w = arg;
	watch_ready_fn *ready = w->ready;

	if (ready == NULL)
		return false;
	w->w = NULL;
	w->stopping = false;
	w->ready = NULL;
	publish(w);
	watch_tell_state(w);
	ready(w->ready_arg, worker);
	return true;
}

/* again: a child that has the port open already, or NULL. */
static void
start(struct watch *w, const struct port *p, struct worker *again)
{
	struct order order = { .kind = "console", .baud = w->baud, .force = w->fixed };
	struct worker_start how = { .program = w->f->program,
		.order = &order,
		.out_fd = -1,
		.image_fd = -1,
		.log_fd = -1,
		.trace_fd = -1,
		.lock_fd = again == NULL ? open_lock(w->f) : -1,
		.journal_fd = -1,
		.safety_fd = -1,
		.quiet_ms = QUIET_MS,
		.kill_ms = KILL_MS,
		.line = on_line,
		.end = on_end,
		.idle = on_idle,
		.arg = w };
	struct socket_row row;
	struct err e;

	memcpy(order.node, p->node, sizeof(order.node));
	if (socket_by_path(w->f->db, w->path, &row, &e) == 0)
		snprintf(order.name, sizeof(order.name), "%s", row.name);
	err_clear(&w->trouble);
	w->verdict = CONSOLE_SILENT;
	w->heard = w->heard_text = 0;
	if ((w->w = again) != NULL) {
		worker_again(again, &how);
	} else if ((w->w = worker_new(w->f->loop, &how, &e)) == NULL) {
		w->trouble = e;
		w->retry_us = loop_now_us() + RETRY_US;
	}
	if (how.lock_fd >= 0)
		close(how.lock_fd);
	publish(w);
	watch_tell_state(w);
}

/* May it have the port? Where it never will, its watchers are told and let go. */
static bool
may_listen(struct watch *w, const struct port *p)
{
	struct socket_row row = { .name = "" };
	struct err e;

	if (LIST_EMPTY(&w->watchers) || w->job != 0 || w->f->stopping)
		return false;
	if (socket_by_path(w->f->db, w->path, &row, &e) < 0 || !row.enabled) {
		err_set(&e, ERR_REFUSED, "port-not-enabled",
		    "%s is not enabled any more",
		    row.name[0] != '\0' ? row.name : w->path);
		watch_tell_end(w, &e);
		return false;
	}
	return p != NULL && !p->lost && p->job == 0 && w->f->may_claim;
}

/* Another program has it, so nothing is tried until that one lets go. */
static void
wait_for_holder(struct watch *w, const struct port *p)
{
	struct socket_row row = { .name = "" };
	struct err e;

	(void)socket_by_path(w->f->db, w->path, &row, &e);
	err_set(&e, ERR_REFUSED, "port-busy",
	    "Port %.160s is in use by %.95s. End that program; the console then opens "
	    "by "
	    "itself.",
	    row.name[0] != '\0' ? row.name : w->path, p->holder);
	if (strcmp(e.msg, w->trouble.msg) == 0)
		return;
	w->trouble = e;
	w->retry_us = 0;
	watch_tell_state(w);
}

static void
step(struct watch *w)
{
	struct port *p = ports_find(w->f, w->path);
	bool wanted = may_listen(w, p);
	watch_ready_fn *ready = w->ready;

	if (w->w != NULL) {
		if (!wanted && !w->stopping) {
			w->stopping = true;
			if (ready != NULL)
				worker_yield(w->w);
			else
				worker_stop(w->w);
		}
		return;
	}
	if (ready != NULL) {
		w->ready = NULL;
		ready(w->ready_arg, NULL);
		return;
	}
	if (wanted && p->holder[0] != '\0')
		wait_for_holder(w, p);
	else if (wanted && loop_now_us() >= w->retry_us)
		start(w, p, NULL);
}

static void
on_soon(int fd, short what, void *arg)
{
	struct watches *all = arg;
	struct watch *w;

	(void)fd;
	(void)what;
	LIST_FOREACH (w, &all->list, entry) {
		watch_reap(w);
		step(w);
	}
}

void
watches_look(struct watches *all)
{
	struct watch *w;

	if (all == NULL)
		return;
	LIST_FOREACH (w, &all->list, entry)
		watch_tell_state(w);
	loop_timer_set(all->soon, 0);
}

/* ---- jobs ---- */

bool
watch_wants(struct flashd *f, const char *path)
{
	struct watch *w =
	    f->watches == NULL ? NULL : watch_find(f->watches, path, false);
	struct port *p = ports_find(f, path);

	return w != NULL && !LIST_EMPTY(&w->watchers) && !f->stopping && p != NULL &&
	    !p->lost;
}

void
watch_take_back(struct flashd *f, const char *path, struct worker *worker)
{
	struct watch *w = watch_find(f->watches, path, false);

	w->job = 0;
	start(w, ports_find(f, path), worker);
}

bool
watch_yield(
    struct flashd *f, const char *path, int64_t job, watch_ready_fn *fn, void *arg)
{
	struct watch *w =
	    f->watches == NULL ? NULL : watch_find(f->watches, path, false);

	if (w == NULL)
		return false;
	w->job = job;
	watch_tell_state(w);
	if (w->w == NULL)
		return false;
	w->ready = fn;
	w->ready_arg = arg;
	watch_soon(w);
	return true;
}

void
watch_job(struct flashd *f, const char *path, int64_t job)
{
	struct watch *w =
	    f->watches == NULL ? NULL : watch_find(f->watches, path, false);

	if (w == NULL)
		return;
	w->job = job;
	w->retry_us = 0;
	watch_tell_state(w);
	watch_soon(w);
}

void
watch_came(struct flashd *f, const char *path)
{
	struct watch *w =
	    f->watches == NULL ? NULL : watch_find(f->watches, path, false);

	if (w == NULL)
		return;
	w->retry_us = 0;
	watch_soon(w);
}

bool
watch_has_port(const struct flashd *f, const char *path)
{
	const struct watch *w;

	if (f->watches == NULL)
		return false;
	w = watch_find(f->watches, path, false);
	return w != NULL && w->w != NULL;
}

/* ---- what watchers want ---- */

void
watch_set_baud(struct watch *w, unsigned baud)
{
	char text[32];

	w->fixed = baud != 0;
	if (w->w == NULL) {
		w->baud = baud;
		return;
	}
	/* It is true once the child says so. */
	snprintf(text, sizeof(text), "baud %u", baud);
	worker_answer(w->w, text);
}

static int
check_open(const struct watch *w, struct err *e)
{
	if (w->w != NULL && !w->stopping)
		return 0;
	return err_set(e, ERR_REFUSED, "console-closed",
	    "the port is not open now, so nothing was sent; wait until the console "
	    "goes "
	    "on");
}

int
watch_set_line(struct watch *w, bool dtr, bool on, struct err *e)
{
	char text[16];

	if (check_open(w, e) < 0)
		return -1;
	snprintf(text, sizeof(text), "%s %d", dtr ? "dtr" : "rts", on);
	worker_answer(w->w, text);
	return 0;
}

int
watch_send(struct watch *w, const char *text, struct err *e)
{
	struct watch_line head = { .at_ms = wall_ms(), .baud = w->baud, .sent = true };
	char line[WORKER_SAY_MAX];
	size_t n = strlen(text);

	if (check_open(w, e) < 0)
		return -1;
	if (n > TEXT_MAX || !text_is_clean(text, n))
		return err_set(e, ERR_USAGE, "bad-line",
		    "a line is at most %d bytes of text without control characters",
		    TEXT_MAX);
	snprintf(line, sizeof(line), "send %s", text);
	worker_answer(w->w, line);
	watch_lines_add(&w->lines, &head, (const uint8_t *)text,
	    n < CONSOLE_LINE_MAX ? n : CONSOLE_LINE_MAX);
	watch_tell_lines(w);
	return 0;
}

/* ---- all ---- */

bool
watches_idle(const struct watches *all)
{
	const struct watch *w;

	if (all == NULL)
		return true;
	LIST_FOREACH (w, &all->list, entry) {
		if (w->w != NULL)
			return false;
	}
	return true;
}

struct watches *
watches_start(struct flashd *f, struct err *e)
{
	struct watches *all = calloc(1, sizeof(*all));

	if (all == NULL) {
		err_sys(e, "memory for the consoles");
		return NULL;
	}
	all->f = f;
	LIST_INIT(&all->list);
	if ((all->soon = loop_timer(f->loop, on_soon, all, e)) == NULL ||
	    (all->sock = watch_sock_start(all, e)) == NULL) {
		watches_stop(all);
		return NULL;
	}
	return all;
}

void
watches_stop(struct watches *all)
{
	struct watch *w;

	if (all == NULL)
		return;
	while ((w = LIST_FIRST(&all->list)) != NULL) {
		watch_tell_end(w, NULL);
		watch_reap(w);
		LIST_REMOVE(w, entry);
		watch_lines_clear(&w->lines);
		free(w);
	}
	watch_sock_stop(all->sock);
	loop_drop(all->soon);
	free(all);
}
