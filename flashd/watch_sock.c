/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Those who watch a console (see watch_sock.h). A watcher is fed from the port's kept
 * lines as fast as it reads, so a slow one costs no memory; what it missed it is told.
 * flashd's parent, main thread.
 */
#include "config.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/err.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/sentence.h"
#include "common/text.h"
#include "db/socket.h"
#include "flashd/flashd.h"
#include "flashd/ports.h"
#include "flashd/watch.h"
#include "flashd/watch_sock.h"

#define REQUEST_MAX 1200 /* bytes of one line from a watcher */
#define REQUEST_S 5 /* to say which port */
#define ENOUGH (32u * 1024u) /* bytes waiting for a watcher: lines wait then */
#define STUCK (1024u * 1024u) /* so many: it does not read at all */

struct watcher {
	LIST_ENTRY(watcher) entry;
	struct watch_sock *sock;
	struct watch *watch; /* NULL: has not said which */
	struct bufferevent *bev;
	uint64_t next; /* line */
	bool gone; /* to be freed */
	bool closing; /* once all is written */
};

struct watch_sock {
	struct watches *all;
	int fd;
	struct event *readable;
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	LIST_HEAD(, watcher) strangers; /* have not said which port */
};

static void
watcher_free(struct watcher *c)
{
	LIST_REMOVE(c, entry);
	c->sock->all->n_watchers--;
	bufferevent_free(c->bev);
	free(c);
}

static void
leave(struct watcher *c)
{
	c->gone = true;
	bufferevent_disable(c->bev, EV_READ | EV_WRITE);
	if (c->watch != NULL && c->watch->sender == c) {
		c->watch->sender = NULL;
		watch_tell_state(c->watch);
	}
	loop_timer_set(c->sock->all->soon, 0);
}

static void
say(struct watcher *c, json_t *doc)
{
	char *text = doc == NULL ? NULL : json_dumps(doc, JSON_COMPACT);

	json_decref(doc);
	if (text != NULL && !c->gone) {
		(void)bufferevent_write(c->bev, text, strlen(text));
		(void)bufferevent_write(c->bev, "\n", 1);
		if (evbuffer_get_length(bufferevent_get_output(c->bev)) > STUCK)
			leave(c);
	}
	free(text);
}

static json_t *
line_json(const struct watch_line *l, uint64_t number)
{
	char safe[CONSOLE_SAFE_MAX], hex[2 * CONSOLE_LINE_MAX + 1];
	size_t n = text_escape(l->p, l->n, safe, sizeof(safe));
	json_t *o = json_pack("{s:s,s:I,s:I,s:i,s:s,s:s}", "event", "line", "n",
	    (json_int_t)number, "at_ms", (json_int_t)l->at_ms, "baud", (int)l->baud,
	    "end", console_end_name(l->end), "text", safe);

	if (l->sent)
		json_object_set_new(o, "sent", json_true());
	if (n != l->n || memcmp(safe, l->p, n) != 0) {
		text_hex(l->p, l->n, hex);
		json_object_set_new(o, "hex", json_string(hex));
	}
	return o;
}

/* Lines, as long as the watcher takes them. */
static void
pump(struct watcher *c)
{
	const struct watch_lines *lines = &c->watch->lines;
	struct evbuffer *out = bufferevent_get_output(c->bev);
	const struct watch_line *l;

	if (c->next < lines->first) {
		say(c,
		    json_pack("{s:s,s:I}", "event", "gap", "lines",
			(json_int_t)(lines->first - c->next)));
		c->next = lines->first;
	}
	while (!c->gone && c->next < lines->next && evbuffer_get_length(out) < ENOUGH) {
		if ((l = watch_lines_get(lines, c->next)) != NULL)
			say(c, line_json(l, c->next));
		c->next++;
	}
}

static json_t *
state_json(const struct watch *w, const struct watcher *c)
{
	struct err evidence;
	const char *sender = w->sender == NULL ? "none"
	    : w->sender == c		       ? "you"
					       : "other";
	json_t *o;

	watch_evidence(w, &evidence);
	o = json_pack("{s:s,s:s,s:i,s:b,s:s,s:s,s:s,s:o}", "event", "state",
	    "state", watch_state(w), "baud", (int)w->baud, "auto", !w->fixed, "verdict",
	    console_verdict_name(w->verdict), "message", w->trouble.msg, "sender",
	    sender, "job",
	    w->job != 0 ? json_integer((json_int_t)w->job) : json_null());
	if (o == NULL)
		return NULL;
	json_object_set_new(o, "code", json_string(w->trouble.name));
	sentence_put(o, &w->trouble);
	(void)sentence_with(o, "evidence", &evidence);
	json_object_set_new(o, "heard",
	    json_pack("{s:i,s:I,s:I}", "baud", (int)w->heard_baud, "bytes",
		(json_int_t)w->heard, "text", (json_int_t)w->heard_text));
	json_object_set_new(o, "print",
	    json_pack("{s:s,s:s,s:s,s:s,s:s,s:b,s:b}", "sdk", w->print.sdk, "clock",
		w->print.clock, "flash", w->print.flash, "sensor", w->print.sensor,
		"family", w->print.family, "login", w->print.login, "prompt",
		w->print.prompt));
	return o;
}

static void
say_why(struct watcher *c, const char *event, const struct err *e)
{
	json_t *o = json_pack("{s:s,s:s,s:s}", "event", event, "code",
	    e->name[0] != '\0' ? e->name : "failed", "message", e->msg);

	if (o != NULL)
		sentence_put(o, e);
	say(c, o);
}

static void
say_error(struct watcher *c, const struct err *e)
{
	say_why(c, "error", e);
}

/* ---- what watchers say ---- */

static int
take(struct watcher *c, struct err *e)
{
	struct watch *w = c->watch;

	if (w->sender != NULL && w->sender != c)
		return err_set(e, ERR_REFUSED, "sender-taken",
		    "somebody else is typing into this console now; it is free once "
		    "they let go or leave");
	if (w->sender == NULL) {
		w->sender = c;
		watch_tell_state(w);
	}
	return 0;
}

static int
obey(struct watcher *c, const json_t *doc, struct err *e)
{
	const bool dtr = json_is_boolean(json_object_get(doc, "dtr"));
	const json_t *v;

	if (dtr || json_is_boolean(json_object_get(doc, "rts"))) {
		if (take(c, e) < 0)
			return -1;
		return watch_set_line(c->watch, dtr,
		    json_is_true(json_object_get(doc, dtr ? "dtr" : "rts")), e);
	}
	if ((v = json_object_get(doc, "send")) != NULL && json_is_string(v)) {
		if (strlen(json_string_value(v)) != json_string_length(v))
			return err_set(e, ERR_USAGE, "bad-line", "a NUL in the line");
		if (take(c, e) < 0)
			return -1;
		return watch_send(c->watch, json_string_value(v), e);
	}
	if ((v = json_object_get(doc, "baud")) != NULL && json_is_integer(v)) {
		if (json_integer_value(v) != 0 &&
		    (json_integer_value(v) < 300 || json_integer_value(v) > 4000000))
			return err_set(e, ERR_USAGE, "bad-baud",
			    "a rate is 300 to 4000000 baud, or 0 to find it");
		if (take(c, e) < 0)
			return -1;
		watch_set_baud(c->watch, (unsigned)json_integer_value(v));
		return 0;
	}
	if (json_is_true(json_object_get(doc, "take")))
		return take(c, e);
	if (json_is_true(json_object_get(doc, "release"))) {
		if (c->watch->sender == c)
			c->watch->sender = NULL;
		watch_tell_state(c->watch);
		return 0;
	}
	return err_set(e, ERR_USAGE, "bad-request",
	    "one of send, baud, dtr, rts, take, release is understood here");
}

static void
on_up(struct watcher *c, const char *line)
{
	struct err e = { .code = ERR_NONE };
	json_t *doc = json_loads(line, JSON_REJECT_DUPLICATES, NULL);

	if (!json_is_object(doc))
		err_set(&e, ERR_USAGE, "bad-request", "this is no JSON object");
	if (e.code != ERR_NONE || obey(c, doc, &e) < 0)
		say_error(c, &e);
	json_decref(doc);
}

static int
find_port(struct watches *all, const char *typed, char *ret, size_t n, struct err *e)
{
	struct socket_row row;

	if (socket_resolve(all->f->db, all->f->live, typed, ret, n, e) < 0)
		return -1;
	if (socket_by_path(all->f->db, ret, &row, e) < 0 || !row.enabled)
		return err_set(e, ERR_REFUSED, "port-not-enabled",
		    "%s is not enabled, and camherd opens no port that is not; if a "
		    "camera is on it: camherd port enable %s",
		    ret, typed);
	return 0;
}

static void
refuse(struct watcher *c, const struct err *e)
{
	char line[800];
	int n = snprintf(line, sizeof(line), "error %s %s\n",
	    e->name[0] != '\0' ? e->name : "failed", e->msg);

	(void)bufferevent_write(c->bev, line, (size_t)n);
	bufferevent_disable(c->bev, EV_READ);
	c->closing = true;
}

static void
on_request(struct watcher *c, const char *line)
{
	struct watches *all = c->sock->all;
	struct watch *w = NULL;
	const struct port *p;
	struct err e = { .code = ERR_NONE };
	char path[256];

	if (strncmp(line, "console ", 8) != 0)
		err_set(&e, ERR_USAGE, "bad-request", "the request is: console PORT");
	else if (find_port(all, line + 8, path, sizeof(path), &e) == 0 &&
	    (w = watch_find(all, path, true)) == NULL)
		err_sys(&e, "memory for a console");
	if (w == NULL) {
		refuse(c, &e);
		return;
	}
	LIST_REMOVE(c, entry);
	c->watch = w;
	c->next = w->lines.first;
	LIST_INSERT_HEAD(&w->watchers, c, entry);
	bufferevent_set_timeouts(c->bev, NULL, NULL);
	if ((p = ports_find(all->f, path)) != NULL && w->job == 0)
		w->job = p->job;
	(void)bufferevent_write(c->bev, "ok\n", 3);
	say(c, state_json(w, c));
	pump(c);
	watch_soon(w);
}

static void
on_read(struct bufferevent *bev, void *arg)
{
	struct evbuffer *in = bufferevent_get_input(bev);
	struct watcher *c = arg;
	char *line;

	while (!c->gone && !c->closing &&
	    (line = evbuffer_readln(in, NULL, EVBUFFER_EOL_LF)) != NULL) {
		if (c->watch == NULL)
			on_request(c, line);
		else
			on_up(c, line);
		free(line);
	}
	if (!c->gone && evbuffer_get_length(in) > REQUEST_MAX)
		leave(c);
}

static void
on_written(struct bufferevent *bev, void *arg)
{
	struct watcher *c = arg;

	(void)bev;
	if (c->gone)
		return;
	if (c->closing)
		leave(c);
	else if (c->watch != NULL)
		pump(c);
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct watcher *c = arg;

	(void)bev;
	(void)what;
	if (!c->gone)
		leave(c);
}

/* ---- to all ---- */

void
watch_tell_lines(struct watch *w)
{
	struct watcher *c;

	LIST_FOREACH (c, &w->watchers, entry) {
		if (!c->gone && !c->closing)
			pump(c);
	}
}

void
watch_tell_state(struct watch *w)
{
	struct watcher *c;

	LIST_FOREACH (c, &w->watchers, entry) {
		if (!c->gone && !c->closing)
			say(c, state_json(w, c));
	}
}

void
watch_tell_sender(struct watch *w, const struct err *text)
{
	struct err e = *text;

	if (w->sender == NULL || w->sender->gone || w->sender->closing)
		return;
	snprintf(e.name, sizeof(e.name), "not-done");
	say_error(w->sender, &e);
}

void
watch_tell_end(struct watch *w, const struct err *why)
{
	struct watcher *c;
	struct err ends;

	err_set(&ends, ERR_DOWN, "flashd-ends", "flashd ends");
	LIST_FOREACH (c, &w->watchers, entry) {
		if (c->gone || c->closing)
			continue;
		say_why(c, "end", why == NULL ? &ends : why);
		c->closing = true;
		if (why == NULL)
			leave(c);
	}
}

void
watch_reap(struct watch *w)
{
	struct watch_sock *s = w->f->watches->sock;
	struct watcher *c, *next;

	for (c = LIST_FIRST(&w->watchers); c != NULL; c = next) {
		next = LIST_NEXT(c, entry);
		if (c->gone)
			watcher_free(c);
	}
	for (c = LIST_FIRST(&s->strangers); c != NULL; c = next) {
		next = LIST_NEXT(c, entry);
		if (c->gone)
			watcher_free(c);
	}
}

/* ---- the socket ---- */

static void
on_accept(int fd, short what, void *arg)
{
	static const struct timeval wait = { REQUEST_S, 0 };
	struct watch_sock *s = arg;
	int conn = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct watcher *c;

	(void)what;
	if (conn < 0)
		return;
	c = s->all->n_watchers < WATCHERS_MAX ? calloc(1, sizeof(*c)) : NULL;
	if (c != NULL)
		c->bev = bufferevent_socket_new(
		    loop_base(s->all->f->loop), conn, BEV_OPT_CLOSE_ON_FREE);
	if (c == NULL || c->bev == NULL) {
		log_warnx("watch", "too many watch a console; one was turned away");
		free(c);
		close(conn);
		return;
	}
	c->sock = s;
	s->all->n_watchers++;
	LIST_INSERT_HEAD(&s->strangers, c, entry);
	bufferevent_setcb(c->bev, on_read, on_written, on_event, c);
	bufferevent_setwatermark(c->bev, EV_READ, 0, 2 * REQUEST_MAX);
	bufferevent_set_timeouts(c->bev, &wait, &wait);
	bufferevent_enable(c->bev, EV_READ | EV_WRITE);
}

struct watch_sock *
watch_sock_start(struct watches *all, struct err *e)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct watch_sock *s = calloc(1, sizeof(*s));

	if (s == NULL) {
		err_sys(e, "memory for the consoles");
		return NULL;
	}
	s->all = all;
	LIST_INIT(&s->strangers);
	snprintf(s->path, sizeof(s->path), "%s/console.sock", all->f->conf.run);
	memcpy(addr.sun_path, s->path, sizeof(addr.sun_path));
	(void)unlink(s->path);
	s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->fd < 0 || bind(s->fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 ||
	    chmod(s->path, 0660) < 0 || listen(s->fd, 16) < 0) {
		err_sys(e, "open %s", s->path);
		watch_sock_stop(s);
		return NULL;
	}
	s->readable = loop_watch(all->f->loop, s->fd, EV_READ, on_accept, s, e);
	if (s->readable == NULL) {
		watch_sock_stop(s);
		return NULL;
	}
	return s;
}

void
watch_sock_stop(struct watch_sock *s)
{
	struct watcher *c;

	if (s == NULL)
		return;
	while ((c = LIST_FIRST(&s->strangers)) != NULL)
		watcher_free(c);
	loop_drop(s->readable);
	if (s->fd >= 0) {
		(void)unlink(s->path);
		close(s->fd);
	}
	free(s);
}
