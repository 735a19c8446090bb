/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One child process (see worker.h). flashd's parent, main thread. */
#include "config.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/err.h"
#include "common/file.h"
#include "common/loop.h"
#include "common/text.h"
#include "flashd/childline.h"
#include "flashd/order.h"
#include "flashd/worker.h"

#define HIGH_FD 64 /* descriptors are first moved above what the child expects */

struct worker {
	struct worker_start start; /* program and order are not kept */
	struct loop *loop;
	pid_t pid;
	int fd;
	struct event *readable, *quiet;
	bool term_sent, bad;
	bool yielding; /* what it says now gives it no more time */
	char buf[CHILDLINE_MAX + 1];
	size_t n;
	struct err trouble;
};

static void set_trouble(struct worker *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

/* The first trouble stays. */
static void
set_trouble(struct worker *w, const char *fmt, ...)
{
	va_list ap;

	if (w->trouble.msg[0] != '\0')
		return;
	va_start(ap, fmt);
	(void)err_vset(&w->trouble, ERR_FAILED, "worker-lost", fmt, ap);
	va_end(ap);
}

static void
kill_bad(struct worker *w, const char *line, size_t n)
{
	char shown[80];

	text_escape(line, n < 60 ? n : 60, shown, sizeof(shown));
	set_trouble(w, "its worker said what no worker says (\"%s\") and was ended",
	    shown);
	w->n = 0;
	w->bad = true; /* nothing more of it counts */
	kill(w->pid, SIGKILL);
}

/* It has done its order: another one, or its end. */
static void
on_free(struct worker *w)
{
	if (w->start.idle != NULL && !w->term_sent && w->start.idle(w->start.arg, w))
		return;
	/* It reads the end of its socket, closes the port and ends. */
	(void)shutdown(w->fd, SHUT_WR);
	loop_timer_set(w->quiet, w->start.kill_ms);
}

/* All whole lines in the buffer. */
static void
take_lines(struct worker *w)
{
	struct child_line line;
	char *end;
	size_t n, at = 0;

	while (!w->bad && (end = memchr(w->buf + at, '\n', w->n - at)) != NULL) {
		n = (size_t)(end - (w->buf + at));
		if (childline_parse(w->buf + at, n, &line) < 0) {
			kill_bad(w, w->buf + at, n);
			return;
		}
		at += n + 1;
		if (!w->term_sent && !w->yielding)
			loop_timer_set(w->quiet, w->start.quiet_ms);
		if (line.verb == CHILD_FREE) {
			on_free(w);
			continue;
		}
		if (w->start.line != NULL && !w->start.line(w->start.arg, &line)) {
			kill_bad(w, w->buf + at - n - 1, n);
			return;
		}
	}
	w->n -= at;
	memmove(w->buf, w->buf + at, w->n);
	if (w->n == sizeof(w->buf))
		kill_bad(w, w->buf, w->n);
}

/* Read what is there. false at its end. */
static bool
drain(struct worker *w)
{
	ssize_t n;

	while (!w->bad) {
		n = read(w->fd, w->buf + w->n, sizeof(w->buf) - w->n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return true;
		if (n <= 0)
			return false;
		w->n += (size_t)n;
		take_lines(w);
	}
	return false;
}

static void
on_readable(int fd, short what, void *arg)
{
	struct worker *w = arg;

	(void)fd;
	(void)what;
	if (!drain(w))
		event_del(w->readable);
}

static void
on_quiet(int fd, short what, void *arg)
{
	struct worker *w = arg;

	(void)fd;
	(void)what;
	if (w->term_sent) {
		set_trouble(w, "its worker did not stop when asked, and was killed");
		kill(w->pid, SIGKILL);
		return;
	}
	set_trouble(w, "its worker hung (no word for too long) and was ended");
	worker_stop(w);
}

void
worker_stop(struct worker *w)
{
	if (w->term_sent)
		return;
	w->term_sent = true;
	kill(w->pid, SIGTERM);
	loop_timer_set(w->quiet, w->start.kill_ms);
}

static void
release(struct worker *w)
{
	loop_drop(w->readable);
	loop_drop(w->quiet);
	if (w->fd >= 0)
		close(w->fd);
	free(w);
}

static void
on_exit_status(void *arg, pid_t pid, int status)
{
	struct worker *w = arg;

	(void)pid;
	(void)drain(w);
	if (WIFSIGNALED(status))
		set_trouble(w, "its worker was ended by signal %d (%s)",
		    WTERMSIG(status), strsignal(WTERMSIG(status)));
	else if (WEXITSTATUS(status) != 0)
		set_trouble(w, "its worker could not start or failed (status %d)",
		    WEXITSTATUS(status));
	if (w->start.end != NULL)
		w->start.end(w->start.arg,
		    w->trouble.msg[0] != '\0' ? &w->trouble : NULL, w->bad);
	release(w);
}

/* In the new process: put the descriptors in their places and become the worker. Only
 * calls that are safe after fork. */
static void
become_child(const struct worker_start *start, int talk, pid_t parent)
{
	const int given[] = { start->out_fd, talk, start->image_fd, start->log_fd,
		start->trace_fd, start->lock_fd, start->journal_fd, start->safety_fd };
	int moved[ORDER_FD_END - ORDER_FD_OUT], i, null;

	/* It is asked to stop when its parent dies, however that dies. */
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) < 0 || getppid() != parent)
		_exit(126);
	if ((null = open("/dev/null", O_RDONLY)) < 0 || dup2(null, STDIN_FILENO) < 0)
		_exit(126);
	for (i = 0; i < ORDER_FD_END - ORDER_FD_OUT; i++)
		moved[i] =
		    given[i] < 0 ? -1 : fcntl(given[i], F_DUPFD_CLOEXEC, HIGH_FD);
	for (i = 0; i < ORDER_FD_END - ORDER_FD_OUT; i++) {
		if (moved[i] < 0)
			close(ORDER_FD_OUT + i);
		else if (dup2(moved[i], ORDER_FD_OUT + i) < 0)
			_exit(126);
	}
	(void)close_range(ORDER_FD_END, ~0U, 0);
	execl(start->program, start->program, "-W", (char *)NULL);
	_exit(127);
}

/* One byte that says which descriptors come along, and the order's text. */
static int
send_order(struct worker *w, const char *order, size_t n)
{
	const int given[] = { w->start.out_fd, -1, w->start.image_fd, w->start.log_fd,
		w->start.trace_fd, -1, w->start.journal_fd, w->start.safety_fd };
	union {
		char space[CMSG_SPACE(sizeof(given))];
		struct cmsghdr align;
	} control = { .space = { 0 } };
	uint8_t mask = 0;
	struct iovec iov[2] = { { &mask, 1 },
		{ .iov_base = (void *)(uintptr_t)order, .iov_len = n } };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };
	int fds[sizeof(given) / sizeof(given[0])], i, k = 0;

	_Static_assert(
	    sizeof(given) / sizeof(given[0]) == ORDER_FD_END - ORDER_FD_OUT &&
		ORDER_FD_END - ORDER_FD_OUT <= 8,
	    "a bit for each descriptor");
	for (i = 0; i < ORDER_FD_END - ORDER_FD_OUT; i++) {
		if (given[i] < 0)
			continue;
		mask |= (uint8_t)(1u << i);
		fds[k++] = given[i];
	}
	if (k > 0) {
		msg.msg_control = control.space;
		msg.msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)k);
		control.align.cmsg_level = SOL_SOCKET;
		control.align.cmsg_type = SCM_RIGHTS;
		control.align.cmsg_len = CMSG_LEN(sizeof(int) * (size_t)k);
		memcpy(CMSG_DATA(&control.align), fds, sizeof(int) * (size_t)k);
	}
	return sendmsg(w->fd, &msg, MSG_NOSIGNAL) == (ssize_t)(n + 1) ? 0 : -1;
}

void
worker_again(struct worker *w, const struct worker_start *start)
{
	char order[ORDER_TEXT_MAX];
	int n = order_format(start->order, order, sizeof(order));

	w->start = *start;
	if (n < 0 || send_order(w, order, (size_t)n) < 0) {
		set_trouble(w, "its worker took no second order and was ended");
		kill(w->pid, SIGKILL);
	}
	w->start.program = NULL;
	w->start.order = NULL;
	w->yielding = false;
	loop_timer_set(w->quiet, start->quiet_ms);
}

void
worker_drop(struct worker *w)
{
	w->start.line = NULL;
	w->start.end = NULL;
	w->start.idle = NULL;
	(void)shutdown(w->fd, SHUT_WR);
	loop_timer_set(w->quiet, w->start.kill_ms);
}

void
worker_yield(struct worker *w)
{
	worker_answer(w, "yield");
	w->yielding = true;
	loop_timer_set(w->quiet, w->start.kill_ms);
}

static int
start_child(struct worker *w, const char *order, size_t n, struct err *e)
{
	pid_t parent = getpid();
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return err_sys(e, "make a socketpair");
	w->fd = pair[0];
	/* The order waits in the socket, so that a child which dies before it reads it is
	 * told of by its end, not as a write that failed. */
	if (fcntl(w->fd, F_SETFL, O_NONBLOCK) < 0 ||
	    file_write_all(w->fd, order, n, e) < 0) {
		close(pair[1]);
		return err_sys(e, "hand the worker its order");
	}
	w->pid = fork();
	if (w->pid == 0)
		become_child(&w->start, pair[1], parent);
	close(pair[1]);
	return w->pid < 0 ? err_sys(e, "start a worker process") : 0;
}

struct worker *
worker_new(struct loop *loop, const struct worker_start *start, struct err *e)
{
	struct worker *w = calloc(1, sizeof(*w));
	char order[ORDER_TEXT_MAX];
	int n = order_format(start->order, order, sizeof(order));

	if (w == NULL || n < 0) {
		free(w);
		err_set(e, ERR_FAILED, "bad-order",
		    "the order for the worker cannot be written");
		return NULL;
	}
	w->start = *start;
	w->loop = loop;
	w->fd = -1;
	if (start_child(w, order, (size_t)n, e) == 0) {
		w->start.program = NULL;
		w->start.order = NULL;
		w->readable = loop_watch(loop, w->fd, EV_READ, on_readable, w, e);
		w->quiet = loop_timer(loop, on_quiet, w, e);
		if (w->readable != NULL && w->quiet != NULL &&
		    loop_child(loop, w->pid, on_exit_status, w, e) == 0) {
			loop_timer_set(w->quiet, start->quiet_ms);
			return w;
		}
	}
	if (w->pid > 0) {
		kill(w->pid, SIGKILL);
		(void)waitpid(w->pid, NULL, 0);
	}
	release(w);
	return NULL;
}

void
worker_answer(struct worker *w, const char *word)
{
	char line[WORKER_SAY_MAX + 2];
	struct err e;
	int n = snprintf(line, sizeof(line), "%.*s\n", WORKER_SAY_MAX, word);

	/* A child that is gone is noticed by its end. */
	(void)file_write_all(w->fd, line, (size_t)n, &e);
}

void
worker_kill(struct worker *w)
{
	kill(w->pid, SIGKILL);
}
