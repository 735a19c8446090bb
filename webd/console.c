/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Live consoles for browsers (see console.h). webd's one thread. */
#include "config.h"

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/conf.h"
#include "common/err.h"
#include "common/loop.h"
#include "common/text.h"
#include "db/socket.h"
#include "webd/api.h"
#include "webd/auth.h"
#include "webd/console.h"
#include "webd/field.h"
#include "webd/http.h"
#include "webd/web.h"

#define PANES_MAX 32
#define ANSWER_MS 5000 /* for flashd to say ok */
#define COMMENT_MS 15000
#define IN_MAX 8192 /* longer than any line of flashd */

/* One page that shows a console. */
struct pane {
	LIST_ENTRY(pane) entry;
	struct consoles *all;
	struct identity who;
	char path[256];
	struct waker *waker;
	struct reply *rep; /* not answered yet: waits for flashd's "ok" */
	int fd;
	struct event *readable, *timer;
	char in[IN_MAX];
	size_t n;
	bool comment, ended;
};

struct consoles {
	struct web *w;
	LIST_HEAD(, pane) panes;
	unsigned n;
};

static void
pane_gone(void *arg)
{
	struct pane *p = arg;

	LIST_REMOVE(p, entry);
	p->all->n--;
	loop_drop(p->readable);
	loop_drop(p->timer);
	if (p->fd >= 0)
		close(p->fd);
	free(p);
}

/* ---- what flashd says ---- */

/* One line as an event. 0: it does not fit into max now. */
static size_t
put_event(const char *line, size_t n, char *ret, size_t max)
{
	static const char head[] = "data: ", tail[] = "\n\n";

	if (n + sizeof(head) + sizeof(tail) > max)
		return 0;
	memcpy(ret, head, sizeof(head) - 1);
	memcpy(ret + sizeof(head) - 1, line, n);
	memcpy(ret + sizeof(head) - 1 + n, tail, sizeof(tail) - 1);
	return n + sizeof(head) + sizeof(tail) - 2;
}

/* Whole lines from the buffer, as many as fit. */
static size_t
take_lines(struct pane *p, char *ret, size_t max)
{
	size_t done = 0, at = 0, n, put;
	char *end;

	while ((end = memchr(p->in + at, '\n', p->n - at)) != NULL) {
		n = (size_t)(end - (p->in + at));
		if (!text_is_clean(p->in + at, n)) {
			p->ended = true;
			break;
		}
		if ((put = put_event(p->in + at, n, ret + done, max - done)) == 0)
			break;
		done += put;
		at += n + 1;
	}
	p->n -= at;
	memmove(p->in, p->in + at, p->n);
	return done;
}

/* Fill the buffer. false: nothing came. */
static bool
fill(struct pane *p)
{
	ssize_t n;

	if (p->n == sizeof(p->in))
		return false;
	n = recv(p->fd, p->in + p->n, sizeof(p->in) - p->n, MSG_DONTWAIT);
	if (n > 0)
		p->n += (size_t)n;
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		p->ended = true;
	return n > 0;
}

static ssize_t
pane_read(void *arg, char *ret, size_t max)
{
	struct pane *p = arg;
	size_t done = 0;

	if (p->comment && max > 3) {
		p->comment = false;
		memcpy(ret, ":\n\n", 3);
		return 3;
	}
	do
		done += take_lines(p, ret + done, max - done);
	while (!p->ended && done < max / 2 && fill(p));
	if (done > 0)
		return (ssize_t)done;
	if (p->ended || p->n == sizeof(p->in))
		return -1;
	(void)event_add(p->readable, NULL);
	return 0;
}

static const struct stream_ops pane_ops = {
	pane_read, pane_gone, 4 * 1024
};

/* The first line: "ok", or "error CODE SENTENCE". */
static void
answer(struct pane *p)
{
	char *end = memchr(p->in, '\n', p->n), *sentence, name[41];
	struct reply *rep = p->rep;
	struct err e = { .code = ERR_NONE };
	size_t n;

	if (end == NULL && !p->ended)
		return;
	p->rep = NULL;
	if (end != NULL && end - p->in == 2 && memcmp(p->in, "ok", 2) == 0) {
		n = (size_t)(end + 1 - p->in);
		p->n -= n;
		memmove(p->in, p->in + n, p->n);
		loop_timer_set(p->timer, COMMENT_MS);
		reply_stream(rep, "text/event-stream", &pane_ops, p);
		reply_header(rep, "X-Accel-Buffering", "no");
		http_wake(p->waker);
		return;
	}
	err_set(&e, ERR_DOWN, "flashd-gone", "flashd did not open the console.");
	if (end != NULL && strncmp(p->in, "error ", 6) == 0) {
		*end = '\0';
		sentence = strchr(p->in + 6, ' ');
		if (sentence != NULL && text_is_clean(p->in, strlen(p->in))) {
			*sentence++ = '\0';
			snprintf(name, sizeof(name), "%.40s", p->in + 6);
			err_set(&e, ERR_REFUSED, name, "%s", sentence);
		}
	}
	(void)reply_error(rep, &e);
	http_wake(p->waker);
	pane_gone(p);
}

static void
on_readable(int fd, short what, void *arg)
{
	struct pane *p = arg;

	(void)fd;
	(void)what;
	if (p->rep != NULL) {
		(void)fill(p);
		answer(p);
		return;
	}
	(void)event_del(p->readable);
	http_wake(p->waker);
}

static void
on_timer(int fd, short what, void *arg)
{
	struct pane *p = arg;

	(void)fd;
	(void)what;
	if (p->rep != NULL) {
		p->ended = true;
		p->n = 0;
		answer(p);
		return;
	}
	p->comment = true;
	if (!auth_still_valid(p->all->w, &p->who))
		p->ended = true;
	loop_timer_set(p->timer, COMMENT_MS);
	http_wake(p->waker);
}

/* ---- GET ---- */

static int
connect_flashd(struct web *w, const char *path, struct err *e)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	char line[300];
	int fd, n;

	snprintf(a.sun_path, sizeof(a.sun_path), "%s/console.sock", w->conf->run);
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) < 0)
		return err_sys(e, "make a socket");
	n = snprintf(line, sizeof(line), "console %s\n", path);
	/* So short a line always fits into the empty buffer of a new connection. */
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0 ||
	    send(fd, line, (size_t)n, MSG_NOSIGNAL) != n) {
		close(fd);
		return err_set(e, ERR_DOWN, "flashd-down",
		    "flashd is not running, so there is no console. 'systemctl status "
		    "camherd-flashd' says why.");
	}
	return fd;
}

static struct pane *
pane_new(struct web *w, const struct request *r, const char *path, struct err *e)
{
	struct consoles *all = w->consoles;
	struct pane *p;

	if (all->n >= PANES_MAX || (p = calloc(1, sizeof(*p))) == NULL) {
		err_set(e, ERR_FAILED, "too-many-clients",
		    "Too many consoles are open; close some and try again.");
		return NULL;
	}
	p->all = all;
	p->who = r->who;
	snprintf(p->path, sizeof(p->path), "%s", path);
	LIST_INSERT_HEAD(&all->panes, p, entry);
	all->n++;
	p->fd = connect_flashd(w, path, e);
	if (p->fd < 0 ||
	    (p->readable = loop_watch(w->loop, p->fd, EV_READ, on_readable, p, e)) ==
		NULL ||
	    (p->timer = loop_timer(w->loop, on_timer, p, e)) == NULL) {
		pane_gone(p);
		return NULL;
	}
	return p;
}

void
api_console(struct web *w, const struct request *r, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	char typed[256], path[256];
	struct pane *p;

	if (request_query(r, "path", typed, sizeof(typed)) <= 0)
		err_set(&e, ERR_USAGE, "path-missing", "Say which port: ?path=…");
	else if (socket_resolve(w->db, w->live, typed, path, sizeof(path), &e) == 0 &&
	    r->method == METHOD_HEAD) {
		reply_empty(rep, 200);
		rep->type = "text/event-stream";
		return;
	}
	if (e.code != ERR_NONE || (p = pane_new(w, r, path, &e)) == NULL) {
		(void)reply_error(rep, &e);
		return;
	}
	p->waker = rep->waker;
	reply_later(rep, pane_gone, p);
	p->rep = rep;
	loop_timer_set(p->timer, ANSWER_MS);
}

/* ---- POST ---- */

static const struct field console_fields[] = {
	{ "path", FIELD_TEXT, FIELD_NEEDED, 1, 255 },
	{ "line", FIELD_TEXT, FIELD_OPTIONAL, 0, 512 },
	{ "baud", FIELD_NUMBER, FIELD_OPTIONAL, 0, 4000000 },
	{ "release", FIELD_BOOL, FIELD_OPTIONAL, 0, 0 },
	{ "dtr", FIELD_BOOL, FIELD_OPTIONAL, 0, 0 },
	{ "rts", FIELD_BOOL, FIELD_OPTIONAL, 0, 0 },
};

/* The right to send belongs to a page's connection: the newest of this person. */
static struct pane *
find_pane(struct consoles *all, const struct request *r, const char *path)
{
	struct pane *p;

	LIST_FOREACH (p, &all->panes, entry) {
		if (p->rep == NULL && !p->ended && strcmp(p->path, path) == 0 &&
		    p->who.who == r->who.who && strcmp(p->who.name, r->who.name) == 0)
			return p;
	}
	return NULL;
}

static json_t *
wish(const json_t *doc)
{
	if (field_has(doc, "line"))
		return json_pack("{s:s}", "send", field_text(doc, "line", ""));
	if (field_has(doc, "baud"))
		return json_pack(
		    "{s:I}", "baud", (json_int_t)field_number(doc, "baud", 0));
	if (field_has(doc, "dtr"))
		return json_pack("{s:b}", "dtr", field_bool(doc, "dtr", false));
	if (field_has(doc, "rts"))
		return json_pack("{s:b}", "rts", field_bool(doc, "rts", false));
	if (field_bool(doc, "release", false))
		return json_pack("{s:b}", "release", true);
	return NULL;
}

static int
pass_on(struct web *w, const struct request *r, const json_t *doc, struct err *e)
{
	struct pane *p = NULL;
	json_t *up = wish(doc);
	char path[256], *text;
	ssize_t sent;
	size_t n;

	if (up == NULL)
		return err_set(e, ERR_USAGE, "nothing-to-do",
		    "Say what to do: 'line', 'baud', 'dtr', 'rts' or 'release'.");
	if (socket_resolve(w->db, w->live, field_text(doc, "path", ""), path,
		sizeof(path), e) == 0 &&
	    (p = find_pane(w->consoles, r, path)) == NULL)
		err_set(e, ERR_REFUSED, "console-not-open",
		    "Open this port's console first (GET on the same path): what is "
		    "sent belongs to it, and its answer comes there.");
	text = p == NULL ? NULL : json_dumps(up, JSON_COMPACT);
	json_decref(up);
	if (text == NULL)
		return -1;
	n = strlen(text);
	text[n++] = '\n'; /* in the place of its NUL */
	/* Whole or not at all: the buffer is far larger than what one page types. */
	sent = send(p->fd, text, n, MSG_NOSIGNAL | MSG_DONTWAIT);
	free(text);
	if (sent >= 0 && (size_t)sent == n)
		return 0;
	p->ended = true;
	http_wake(p->waker);
	return err_set(
	    e, ERR_DOWN, "flashd-gone", "flashd does not take the line now.");
}

void
api_console_say(struct web *w, const struct request *r, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	json_t *doc = field_body(r, console_fields, 6, &e);
	int ok = doc == NULL ? -1 : pass_on(w, r, doc, &e);

	json_decref(doc);
	if (ok < 0)
		(void)reply_error(rep, &e);
	else
		reply_json(rep, 202, json_pack("{s:b}", "passed_on", true));
}

/* ---- all ---- */

void
consoles_recheck(struct consoles *all)
{
	struct pane *p;

	if (all == NULL)
		return;
	LIST_FOREACH (p, &all->panes, entry) {
		if (p->rep != NULL || p->ended || auth_still_valid(all->w, &p->who))
			continue;
		p->ended = true;
		http_wake(p->waker);
	}
}

struct consoles *
consoles_new(struct web *w)
{
	struct consoles *all = calloc(1, sizeof(*all));

	if (all == NULL)
		return NULL;
	all->w = w;
	LIST_INIT(&all->panes);
	return all;
}

void
consoles_free(struct consoles *all)
{
	free(all);
}
