/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the child says (see report.h). Worker process, its only thread. */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/err.h"
#include "common/file.h"
#include "common/loop.h"
#include "common/said.h"
#include "common/text.h"
#include "flashd/childline.h"
#include "flashd/engine/report.h"
#include "flashd/wire.h"

#define BLOCK 4096u

void
report_init(struct report *r, int fd, int log_fd)
{
	memset(r, 0, sizeof(*r));
	r->fd = fd;
	r->log_fd = log_fd;
	r->start_us = loop_now_us();
}

static void
say(struct report *r, char *line, size_t n)
{
	struct err e;

	if (r->fd < 0 || r->gone)
		return;
	line[n] = '\n';
	if (file_write_all(r->fd, line, n + 1, &e) < 0)
		r->gone = true;
}

void
report_line(struct report *r, const char *fmt, ...)
{
	char line[CHILDLINE_MAX + 2];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, CHILDLINE_MAX + 1, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	say(r, line, (size_t)n > CHILDLINE_MAX ? CHILDLINE_MAX : (size_t)n);
}

static void
log_text(struct report *r, const char *text)
{
	int64_t ms = (loop_now_us() - r->start_us) / 1000;
	char line[800];
	struct err e;
	int n;

	if (r->log_fd < 0 || r->log_bytes > REPORT_LOG_MAX)
		return;
	n = snprintf(line, sizeof(line), "%6lld.%03lld  %s\n", (long long)(ms / 1000),
	    (long long)(ms % 1000), text);
	if ((size_t)n >= sizeof(line))
		n = sizeof(line) - 1;
	r->log_bytes += (size_t)n;
	if (r->log_bytes > REPORT_LOG_MAX)
		n = snprintf(line, sizeof(line),
		    "the log is full; nothing more is written to it\n");
	if (file_write_all(r->log_fd, line, (size_t)n, &e) < 0)
		r->log_fd = -1;
}

void
report_log(struct report *r, const char *fmt, ...)
{
	char raw[700], text[720];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	text_escape(raw, strlen(raw), text, sizeof(text));
	log_text(r, text);
}

/* A line that ends in a sentence, which goes into the log as well. */
static void
say_text(struct report *r, const char *begin, const struct err *raw)
{
	char packed[SAID_MAX];
	struct err text;

	said_escape(raw, sizeof(text.msg), &text);
	(void)said_pack(&text, packed);
	report_line(r, "%s %s %s", begin, packed[0] != '\0' ? packed : "-", text.msg);
	log_text(r, text.msg);
}

void
report_note(struct report *r, const char *fmt, ...)
{
	struct err raw;
	va_list ap;

	va_start(ap, fmt);
	(void)err_vset(&raw, ERR_NONE, "", fmt, ap);
	va_end(ap);
	report_note_said(r, &raw);
}

void
report_note_said(struct report *r, const struct err *said)
{
	say_text(r, "note", said);
}

void
report_ask(struct report *r, const char *what, const struct err *text)
{
	char begin[48];

	if (text == NULL) {
		report_line(r, "ask none - ");
		return;
	}
	snprintf(begin, sizeof(begin), "ask %s", what);
	say_text(r, begin, text);
}

void
report_errors(struct report *r, struct wire *w)
{
	struct wire_errors n;

	if (wire_new_errors(w, &n))
		report_line(r, "errors %llu %llu %llu %llu",
		    (unsigned long long)n.frame, (unsigned long long)n.overrun,
		    (unsigned long long)n.parity, (unsigned long long)n.breaks);
}

void
report_fail(struct report *r, const struct err *e)
{
	char begin[64];

	report_flush(r);
	snprintf(begin, sizeof(begin), "fail %d %s", e->code,
	    e->name[0] != '\0' ? e->name : "failed");
	say_text(r, begin, e);
}

static void
say_blocks(struct report *r)
{
	if (r->count > 0)
		report_line(r, "blocks %llu %llu %c", (unsigned long long)r->first,
		    (unsigned long long)r->count, r->mark);
	r->count = 0;
}

void
report_blocks(struct report *r, uint32_t at, size_t n, char mark)
{
	uint64_t first = at / BLOCK, end = ((uint64_t)at + n + BLOCK - 1) / BLOCK;

	if (n == 0)
		return;
	if (r->count > 0 && mark == r->mark && first >= r->first &&
	    first <= r->first + r->count) {
		if (end > r->first + r->count)
			r->count = end - r->first;
		return;
	}
	say_blocks(r);
	r->first = first;
	r->count = end - first;
	r->mark = mark;
}

static int64_t
eta_s(const struct report *r)
{
	if (r->rate < 1.0 || r->work_total == 0 || r->work_done > r->work_total)
		return -1;
	return (int64_t)((double)(r->work_total - r->work_done) / r->rate + 0.999);
}

void
report_flush(struct report *r)
{
	int64_t now_us = loop_now_us(), span_us = now_us - r->said_us;
	double rate;

	say_blocks(r);
	if (span_us > 0 && r->step_done > r->said_done) {
		rate = (double)(r->step_done - r->said_done) * 1e6 / (double)span_us;
		r->rate = r->rate < 1.0 ? rate : r->rate * 0.7 + rate * 0.3;
	}
	r->said_us = now_us;
	r->said_done = r->step_done;
	report_line(r, "progress %llu %.0f %lld %u", (unsigned long long)r->step_done,
	    r->rate > 4e9 ? 4e9 : r->rate, (long long)eta_s(r), r->retries);
}

void
report_step(struct report *r, const char *name, uint64_t total)
{
	say_blocks(r);
	r->step_done = 0;
	r->said_done = 0;
	r->step_total = total;
	r->step_us = r->said_us = loop_now_us();
	report_line(r, "step %s %llu", name, (unsigned long long)total);
	report_log(r, "%s", name);
}

void
report_done(struct report *r, uint64_t n)
{
	r->step_done += n;
	r->work_done += n;
	if (loop_now_us() - r->said_us >= REPORT_EVERY_US)
		report_flush(r);
}

/* One line of at most n - 1 bytes until the deadline, byte by byte: nothing behind it
 * may be swallowed. */
static int
read_answer(struct report *r, char *line, size_t n, int64_t deadline_us, struct err *e)
{
	struct pollfd pfd = { .fd = r->fd, .events = POLLIN };
	int64_t left_us;
	size_t have = 0;
	ssize_t got;

	while (have + 1 < n) {
		left_us = deadline_us - loop_now_us();
		if (left_us <= 0 || poll(&pfd, 1, (int)(left_us / 1000) + 1) == 0)
			return err_set(e, ERR_FAILED, "no-answer",
			    "flashd did not answer its worker in time; see its log");
		got = read(r->fd, line + have, 1);
		if (got < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (got <= 0) {
			r->gone = true;
			return err_set(
			    e, ERR_FAILED, "flashd-gone", "flashd went away");
		}
		if (line[have] == '\n') {
			line[have] = '\0';
			return 0;
		}
		have++;
	}
	return err_set(e, ERR_FAILED, "no-answer", "flashd's answer is too long");
}

int
report_wait_go(struct report *r, struct err *e)
{
	char line[16];

	if (r->fd < 0)
		return 0;
	if (r->gone)
		return err_set(e, ERR_FAILED, "flashd-gone", "flashd went away");
	if (read_answer(r, line, sizeof(line), loop_now_us() + REPORT_GO_US, e) < 0)
		return -1;
	if (strcmp(line, "go") == 0)
		return 0;
	return err_set(e, ERR_FAILED, "cancelled", "flashd said stop");
}
