/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The live console at the tty (see listen.h). Worker process, its only thread. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "common/err.h"
#include "common/loop.h"
#include "common/text.h"
#include "flashd/engine/console.h"
#include "flashd/engine/engine.h"
#include "flashd/engine/listen.h"
#include "flashd/order.h"
#include "flashd/wire.h"

#define TICK_US 20000 /* how soon a typed line is noticed */
#define QUIET_US 150000 /* an unfinished line is shown after so long */
#define SEND_US 2000000
#define SAY_US 1000000 /* figures that changed */
#define ALIVE_US 10000000 /* figures that did not */
#define PROBE_ENOUGH 48u /* bytes that tell a rate at once */
#define DRIFT_BYTES 128u /* how many bytes of garbage make a found rate doubtful */

struct listen {
	struct engine *g;
	struct wire *w;
	int talk;
	struct console console;
	bool find, found; /* the rate */
	size_t rate; /* of console_rates, while looking */
	uint8_t probe[256]; /* not yet shown: the rate is not known */
	size_t n_probe;
	uint64_t bytes, printable; /* at this rate */
	uint64_t win_bytes, win_printable;
	int64_t heard_us, said_us;
	uint64_t said_bytes;
	enum console_verdict said;
	bool yield; /* a job is to have the port */
	char line[ORDER_TEXT_MAX / 2]; /* from the parent */
	size_t n_line;
};

static void
say_line(void *arg, const uint8_t *p, size_t n, enum console_end end)
{
	char hex[2 * CONSOLE_LINE_MAX + 1];
	struct listen *l = arg;

	text_hex(p, n, hex);
	report_line(l->g->report, "text %s %s", console_end_name(end), hex);
}

static void
say_heard(struct listen *l, enum console_verdict v)
{
	l->said = v;
	l->said_us = loop_now_us();
	l->said_bytes = l->bytes;
	report_errors(l->g->report, l->w);
	report_line(l->g->report, "heard %s %u %llu %llu", console_verdict_name(v),
	    l->w->baud, (unsigned long long)l->bytes, (unsigned long long)l->printable);
}

static int
set_rate(struct listen *l, unsigned baud, struct err *e)
{
	console_flush(&l->console, say_line, l);
	l->n_probe = 0;
	l->bytes = l->printable = 0;
	l->win_bytes = l->win_printable = 0;
	if (wire_set_baud(l->w, baud, e) < 0)
		return -1;
	/* What waited unread came at the old rate and tells nothing of this one. */
	wire_flush_input(l->w);
	report_line(l->g->report, "baud %u", baud);
	return 0;
}

/* Garbage: the next rate. What an adapter cannot do is left out. */
static int
next_rate(struct listen *l, struct err *e)
{
	unsigned tries;

	say_heard(l, CONSOLE_GARBAGE);
	l->found = false;
	for (tries = 0; console_rates[tries] != 0; tries++) {
		l->rate++;
		if (console_rates[l->rate] == 0)
			l->rate = 0;
		if (set_rate(l, console_rates[l->rate], e) == 0)
			return 0;
		if (e->code == ERR_LOST)
			return -1;
	}
	return -1;
}

static void
show_probe(struct listen *l)
{
	console_feed(&l->console, l->probe, l->n_probe, say_line, l);
	l->n_probe = 0;
}

/* Enough has come, or it became quiet: is it text? */
static int
judge(struct listen *l, struct err *e)
{
	switch (console_judge(l->bytes, l->printable)) {
	case CONSOLE_READABLE:
		l->found = true;
		show_probe(l);
		say_heard(l, CONSOLE_READABLE);
		return 0;
	case CONSOLE_GARBAGE:
		return next_rate(l, e);
	case CONSOLE_SILENT:
		/* A prompt is too short to tell, but worth showing. */
		if (console_printable(l->probe, l->n_probe) == l->n_probe)
			show_probe(l);
		l->n_probe = 0;
		return 0;
	}
	return 0;
}

/* A camera may change its rate when it starts its application. */
static int
watch_drift(struct listen *l, struct err *e)
{
	bool garbage = l->win_printable * 2 < l->win_bytes;

	if (l->win_bytes < DRIFT_BYTES)
		return 0;
	l->win_bytes = l->win_printable = 0;
	return garbage && l->find ? next_rate(l, e) : 0;
}

static int
hear(struct listen *l, const uint8_t *p, size_t n, struct err *e)
{
	size_t text = console_printable(p, n);

	l->heard_us = loop_now_us();
	l->bytes += n;
	l->printable += text;
	if (!l->find || l->found) {
		l->win_bytes += n;
		l->win_printable += text;
		console_feed(&l->console, p, n, say_line, l);
		return watch_drift(l, e);
	}
	memcpy(l->probe + l->n_probe, p, n);
	l->n_probe += n;
	return l->n_probe >= PROBE_ENOUGH ? judge(l, e) : 0;
}

static int
set_baud(struct listen *l, const char *value, struct err *e)
{
	uint64_t baud;

	if (text_number(value, 0, 4000000, false, &baud) < 0)
		return 0;
	l->find = baud == 0;
	l->found = false;
	l->rate = 0;
	if (set_rate(l, baud == 0 ? console_rates[0] : (unsigned)baud, e) < 0) {
		if (e->code == ERR_LOST)
			return -1;
		report_note_said(l->g->report, e);
	}
	return 0;
}

static int
send_line(struct listen *l, char *text, struct err *e)
{
	size_t n = strlen(text);

	text[n] = '\n';
	if (wire_write(l->w, text, n + 1, loop_now_us() + SEND_US, e) == 0)
		return 0;
	if (e->code == ERR_LOST)
		return -1;
	report_note(l->g->report, "the line could not be sent: %s", e->msg);
	return 0;
}

/* "dtr 1", "rts 0": these two lines move only when a person says so. */
static int
set_line(struct listen *l, bool dtr, const char *value, struct err *e)
{
	int to = strcmp(value, "1") == 0 ? 1 : strcmp(value, "0") == 0 ? 0 : -1;

	if (wire_set_lines(l->w, dtr ? to : -1, dtr ? -1 : to, e) == 0)
		return 0;
	if (e->code == ERR_LOST)
		return -1;
	report_note_said(l->g->report, e);
	return 0;
}

static int
obey(struct listen *l, char *line, struct err *e)
{
	if (strncmp(line, "dtr ", 4) == 0 || strncmp(line, "rts ", 4) == 0)
		return set_line(l, line[0] == 'd', line + 4, e);
	if (strncmp(line, "send ", 5) == 0)
		return send_line(l, line + 5, e);
	if (strncmp(line, "baud ", 5) == 0)
		return set_baud(l, line + 5, e);
	l->yield = l->yield || strcmp(line, "yield") == 0;
	return 0;
}

/* What the parent says. 1 = it went away. */
static int
hear_parent(struct listen *l, struct err *e)
{
	ssize_t n = recv(
	    l->talk, l->line + l->n_line, sizeof(l->line) - l->n_line, MSG_DONTWAIT);
	char *end;
	size_t len;

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		return 1;
	if (n < 0)
		return 0;
	l->n_line += (size_t)n;
	while ((end = memchr(l->line, '\n', l->n_line)) != NULL) {
		*end = '\0';
		len = (size_t)(end + 1 - l->line);
		if (obey(l, l->line, e) < 0)
			return -1;
		l->n_line -= len;
		memmove(l->line, l->line + len, l->n_line);
	}
	if (l->n_line == sizeof(l->line))
		l->n_line = 0;
	return 0;
}

static int
tick(struct listen *l, struct err *e)
{
	int64_t now = loop_now_us();
	enum console_verdict v = console_judge(l->bytes, l->printable);

	if (now - l->heard_us >= QUIET_US) {
		if (l->n_probe > 0 && judge(l, e) < 0)
			return -1;
		console_flush(&l->console, say_line, l);
	}
	if ((v != l->said && l->bytes != l->said_bytes) ||
	    (l->bytes != l->said_bytes && now - l->said_us >= SAY_US) ||
	    now - l->said_us >= ALIVE_US)
		say_heard(l, console_judge(l->bytes, l->printable));
	return 0;
}

/* Where the search goes on from this rate; the one behind "nowhere" is the first. */
static size_t
place_of(unsigned baud)
{
	size_t i;

	for (i = 0; console_rates[i] != 0; i++) {
		if (console_rates[i] == baud)
			return i;
	}
	return SIZE_MAX;
}

int
listen_run(struct engine *g, struct wire *w, int talk, struct err *e)
{
	struct listen l = { .g = g, .w = w, .talk = talk, .find = !g->order->force };
	unsigned baud = g->order->baud == 0 ? console_rates[0] : g->order->baud;
	uint8_t in[128];
	ssize_t n;
	int r;

	console_init(&l.console);
	l.rate = place_of(baud);
	if (set_rate(&l, baud, e) < 0)
		return -1;
	say_heard(&l, CONSOLE_SILENT);
	while (!engine_stop(g) && !l.yield) {
		n = wire_read(w, in, sizeof(in), loop_now_us() + TICK_US, e);
		if (n < 0)
			return engine_stop(g) ? 0 : -1;
		if (n > 0 && hear(&l, in, (size_t)n, e) < 0)
			return -1;
		if ((r = hear_parent(&l, e)) != 0)
			return r < 0 ? -1 : 0;
		if (tick(&l, e) < 0)
			return -1;
	}
	console_flush(&l.console, say_line, &l);
	return 0;
}
