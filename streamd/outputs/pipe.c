/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Frames for other programs of this machine (see pipe.h). streamd, main thread.
 *
 * A client holds at most the frame being sent and one more; a newer one takes the
 * place of that second one, so a slow reader loses whole pictures and nothing grows.
 */
#include "config.h"

#include <errno.h>
#include <event2/event.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/err.h"
#include "common/loop.h"
#include "common/said.h"
#include "common/text.h"
#include "streamd/hub.h"
#include "streamd/outputs/pipe.h"
#include "streamd/outputs/thumbs.h"

#define REQUEST_MAX 1000 /* a trial with a user and a password, escaped */
#define REQUEST_MS 5000 /* to say what is wanted */
#define SNAPSHOT_MS 5000 /* until a picture must have come */
#define SNAPSHOT_YOUNG_US 2000000
#define ASK_MS 30000 /* until it must be answered */
#define STUCK_MS 10000 /* a reader that takes nothing for so long is closed */
#define BACKLOG 64
#define ACCEPT_PAUSE_MS 1000 /* when there are no descriptors left */

struct client {
	LIST_ENTRY(client) entry;
	struct pipe_server *server;
	int fd;
	struct event *readable, *writable, *timer;
	char request[REQUEST_MAX];
	size_t request_n;
	bool asked, snapshot, thumb, closing;
	struct thumb_job *job;
	bool waiting; /* for pipe_answer() */
	struct subscriber *sub;
	char camera[TEXT_SLUG_MAX];
	/* what is being sent: text, then the frame's bytes */
	char head[720 + SAID_MAX];
	size_t head_n, sent;
	struct frame *now, *next;
	bool sending;
};

struct pipe_server {
	struct loop *loop;
	struct hub *hub;
	int fd;
	struct event *listener, *accept_timer;
	LIST_HEAD(, client) clients;
	unsigned n_clients;
	struct thumbs *thumbs;
	int64_t battery_us; /* age of a battery camera's picture that is still good */
	const struct pipe_ask_ops *asks; /* NULL: none */
	void *asks_arg;
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
};

static void
client_free(struct client *c)
{
	if (c->waiting && c->server->asks != NULL)
		c->server->asks->gone(c->server->asks_arg, (struct pipe_ask *)c);
	hub_unsubscribe(c->sub);
	thumb_job_free(c->job);
	LIST_REMOVE(c, entry);
	c->server->n_clients--;
	loop_drop(c->readable);
	loop_drop(c->writable);
	loop_drop(c->timer);
	frame_unref(c->now);
	frame_unref(c->next);
	close(c->fd);
	free(c);
}

static void
start_sending(struct client *c, struct frame *f)
{
	c->now = f;
	c->sent = 0;
	c->sending = true;
	if (f != NULL)
		c->head_n =
		    (size_t)snprintf(c->head, sizeof(c->head), "frame %zu %u %u %lld\n",
			f->n, f->width, f->height, (long long)f->arrived_us);
}

/* One write of what is left of text and picture. 1 = all gone, 0 = later, -1 = the
 * reader left. */
static int
send_some(struct client *c)
{
	struct iovec iov[2] = { { .iov_base = c->head, .iov_len = c->head_n },
		{ .iov_base = c->head, .iov_len = 0 } };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };
	size_t skip = c->sent, total = c->head_n;
	ssize_t n;
	unsigned i;

	if (c->now != NULL) {
		iov[1].iov_base = c->now->owned;
		iov[1].iov_len = c->now->n;
		total += c->now->n;
	}
	for (i = 0; i < 2; i++) {
		size_t step = skip < iov[i].iov_len ? skip : iov[i].iov_len;

		iov[i].iov_base = (char *)iov[i].iov_base + step;
		iov[i].iov_len -= step;
		skip -= step;
	}
	do {
		n = sendmsg(c->fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN ? 0 : -1;
	c->sent += (size_t)n;
	return c->sent == total;
}

/* Send until the reader is full or nothing is left. False: the client is gone. */
static bool
pump(struct client *c)
{
	struct frame *f;
	int r = 1;

	while (c->sending && (r = send_some(c)) == 1) {
		frame_unref(c->now);
		c->now = NULL;
		c->sending = false;
		f = c->next;
		c->next = NULL;
		if (f != NULL)
			start_sending(c, f);
	}
	if (r < 0 || (r == 1 && c->closing)) {
		client_free(c);
		return false;
	}
	if (r == 0) {
		event_add(c->writable, NULL);
		loop_timer_set(c->timer, STUCK_MS);
	} else if (!c->snapshot) {
		event_del(c->writable);
		loop_timer_set(c->timer, -1);
	}
	return true;
}

static void
on_writable(int fd, short what, void *arg)
{
	struct client *c = arg;

	(void)fd;
	(void)what;
	event_del(c->writable);
	(void)pump(c);
}

/* Queue a picture: sent at once when the line is free, else as the one to come. */
static void
give(struct client *c, struct frame *f)
{
	if (!c->sending) {
		start_sending(c, frame_ref(f));
		(void)pump(c);
		return;
	}
	if (c->next != NULL) {
		frame_unref(c->next);
		if (c->sub != NULL)
			hub_skipped(c->sub, 1);
	}
	c->next = frame_ref(f);
}

/* The one answer before a close. Nothing was sent yet or only `ok`. */
static void
refuse(struct client *c, const struct err *e)
{
	const char *name = e->name[0] != '\0' ? e->name : "failed";
	char params[SAID_MAX];
	struct err said;
	size_t n;

	hub_unsubscribe(c->sub);
	c->sub = NULL;
	said_escape(e, sizeof(said.msg), &said);
	n = (size_t)snprintf(c->head, sizeof(c->head), "error %s %s\n", name, said.msg);
	c->head_n = n +
	    (size_t)snprintf(c->head + n, sizeof(c->head) - n, "said %s\n",
		said_pack(&said, params));
	c->closing = true;
	start_sending(c, NULL);
	(void)pump(c);
}

static void
say_ok(struct client *c)
{
	c->head_n = (size_t)snprintf(c->head, sizeof(c->head), "ok\n");
	start_sending(c, NULL);
}

/* `ok` comes with the picture, so that until then a failure can still be told. */
static void
give_snapshot(struct client *c, struct frame *f)
{
	hub_unsubscribe(c->sub);
	c->sub = NULL;
	c->closing = true;
	say_ok(c);
	c->next = frame_ref(f);
	(void)pump(c);
}

static void
on_thumb(void *arg, struct frame *f, const struct err *e)
{
	struct client *c = arg;

	c->job = NULL;
	if (f != NULL)
		give_snapshot(c, f);
	else
		refuse(c, e);
}

/* The picture, or a small one of it that is made first. */
static void
give_picture(struct client *c, struct frame *f)
{
	struct err e = { .code = ERR_NONE };
	struct frame *small;

	if (!c->thumb) {
		give_snapshot(c, f);
		return;
	}
	if ((small = thumbs_cached(c->server->thumbs, c->camera, f)) != NULL) {
		give_snapshot(c, small);
		return;
	}
	hub_unsubscribe(c->sub);
	c->sub = NULL;
	c->job = thumbs_make(c->server->thumbs, c->camera, f, on_thumb, c, &e);
	if (c->job == NULL)
		refuse(c, &e);
	else
		loop_timer_set(c->timer, SNAPSHOT_MS);
}

static void
on_frame(void *arg, struct frame *f)
{
	struct client *c = arg;

	if (c->snapshot)
		give_picture(c, f);
	else
		give(c, f);
}

/* A stream that has begun cannot be told anything: it is closed. */
static void
on_note(void *arg, enum hub_note note, const struct err *e)
{
	struct client *c = arg;
	struct err gone = { .code = ERR_NONE };

	if (note == HUB_OUTAGE)
		return;
	if (note == HUB_TROUBLE) {
		if (c->snapshot && c->sub != NULL && hub_is_lasting(e))
			refuse(c, e);
		return;
	}
	if (!c->snapshot || c->sub == NULL) {
		client_free(c);
		return;
	}
	err_set(&gone, ERR_NOT_FOUND, "camera-unknown",
	    "the camera was removed or disabled");
	refuse(c, &gone);
}

static const struct subscriber_ops sub_ops = { .frame = on_frame, .note = on_note };

static void
late_snapshot(struct client *c)
{
	struct err e = { .code = ERR_NONE };
	struct stream *s = hub_find(c->server->hub, c->camera, CODEC_JPEG, NULL);
	const struct err *why = s != NULL ? stream_trouble(s) : NULL;

	if (why != NULL && why->code != ERR_NONE) {
		err_set(&e, why->code, why->name, "no picture within %d s: %s",
		    SNAPSHOT_MS / 1000, why->msg);
		said_nest(&e, 1, why);
	} else
		err_set(&e, ERR_FAILED, "camera-silent", "no picture within %d s",
		    SNAPSHOT_MS / 1000);
	refuse(c, &e);
}

static void
on_timer(int fd, short what, void *arg)
{
	struct client *c = arg;

	(void)fd;
	(void)what;
	if (c->snapshot && c->sub != NULL)
		late_snapshot(c);
	else
		client_free(c);
}

/* A picture that is there already and young enough. A battery camera that sleeps is
 * not woken for a small picture at all, and for a whole one only when the last is old. */
static struct frame *
picture_at_hand(const struct client *c, const struct stream *s)
{
	struct frame *f = stream_last_picture(s);
	int64_t most = SNAPSHOT_YOUNG_US;

	if (stream_is_asleep(s) && c->server->battery_us > most)
		most = c->server->battery_us;
	if (f == NULL || (stream_is_asleep(s) && c->thumb))
		return f;
	return loop_now_us() - f->arrived_us < most ? f : NULL;
}

/* True when it was answered without a subscription, which would open the camera. */
static bool
answer_at_hand(struct client *c, const struct stream *s)
{
	struct frame *f = c->thumb ? thumbs_cached(c->server->thumbs, c->camera, NULL)
				   : NULL;
	struct err e = { .code = ERR_NONE };

	if (f != NULL) {
		give_snapshot(c, f);
		return true;
	}
	if ((f = picture_at_hand(c, s)) != NULL) {
		give_picture(c, f);
		return true;
	}
	if (!c->thumb || !stream_is_asleep(s))
		return false;
	err_set(&e, ERR_REFUSED, "camera-asleep",
	    "the camera runs on a battery and is not woken for a small picture; open "
	    "its page, or ask for a snapshot");
	refuse(c, &e);
	return true;
}

static void
answer(struct client *c, bool snapshot)
{
	struct err e = { .code = ERR_NONE };
	struct hub *hub = c->server->hub;
	struct stream *s = hub_find(hub, c->camera, CODEC_JPEG, &e);

	c->snapshot = snapshot;
	if (s != NULL && snapshot && answer_at_hand(c, s))
		return;
	if (s == NULL || (c->sub = hub_subscribe(hub, s, &sub_ops, c, &e)) == NULL) {
		refuse(c, &e);
		return;
	}
	loop_timer_set(c->timer, -1);
	if (snapshot) {
		loop_timer_set(c->timer, SNAPSHOT_MS);
		return;
	}
	say_ok(c);
	(void)pump(c);
}

void
pipe_server_battery(struct pipe_server *s, unsigned snapshot_s)
{
	s->battery_us = (int64_t)snapshot_s * 1000000;
}

void
pipe_server_asks(struct pipe_server *s, const struct pipe_ask_ops *ops, void *arg)
{
	s->asks = ops;
	s->asks_arg = arg;
}

void
pipe_answer(struct pipe_ask *who, const struct err *e, const char *json)
{
	struct client *c = (struct client *)who;
	struct err broken = { .code = ERR_NONE };
	struct frame *f = NULL;

	c->waiting = false;
	loop_timer_set(c->timer, STUCK_MS);
	if (e == NULL && (f = frame_new(CODEC_JPEG, json, strlen(json))) == NULL)
		err_set(&broken, ERR_FAILED, "memory", "no memory for the answer");
	if (f == NULL) {
		refuse(c, e != NULL ? e : &broken);
		return;
	}
	give_snapshot(c, f);
	frame_unref(f);
}

/* Something else than pictures. */
static void
ask(struct client *c)
{
	struct err e = { .code = ERR_NONE };

	c->waiting = true;
	loop_timer_set(c->timer, ASK_MS);
	if (c->server->asks->ask(
		c->server->asks_arg, (struct pipe_ask *)c, c->request, &e) == 0)
		return;
	c->waiting = false;
	refuse(c, &e);
}

static void
bad_request(struct client *c)
{
	struct err e;

	err_clear(&e);
	err_set(&e, ERR_USAGE, "request",
	    "ask with one line: mjpeg NAME, snapshot NAME or thumb NAME");
	refuse(c, &e);
}

static void
read_request(struct client *c)
{
	char *end = memchr(c->request, '\n', c->request_n), *name;
	size_t n;

	if (end == NULL && c->request_n < sizeof(c->request))
		return;
	c->asked = true;
	name = memchr(c->request, ' ', c->request_n);
	if (end != NULL && c->server->asks != NULL &&
	    (strncmp(c->request, "ctl ", 4) == 0 ||
		strncmp(c->request, "probe ", 6) == 0 ||
		strncmp(c->request, "trial ", 6) == 0 ||
		strncmp(c->request, "discover", 8) == 0)) {
		*end = '\0';
		ask(c);
		return;
	}
	if (end == NULL || name == NULL || name > end) {
		bad_request(c);
		return;
	}
	*end = '\0';
	*name++ = '\0';
	n = strlen(name);
	if (n >= sizeof(c->camera) || !text_is_slug(name)) {
		bad_request(c);
		return;
	}
	memcpy(c->camera, name, n + 1);
	if (strcmp(c->request, "mjpeg") == 0)
		answer(c, false);
	else if (strcmp(c->request, "snapshot") == 0 ||
	    strcmp(c->request, "thumb") == 0) {
		c->thumb = c->request[0] == 't';
		answer(c, true);
	}
	else
		bad_request(c);
}

/* The peer closed both directions: it reads no more, either. */
static bool
is_gone(int fd)
{
	struct pollfd p = { .fd = fd };

	return poll(&p, 1, 0) > 0 && (p.revents & (POLLHUP | POLLERR)) != 0;
}

static void
on_readable(int fd, short what, void *arg)
{
	struct client *c = arg;
	char junk[256];
	ssize_t n;

	(void)what;
	if (c->asked)
		n = read(fd, junk, sizeof(junk)); /* nothing more is expected */
	else
		n = read(
		    fd, c->request + c->request_n, sizeof(c->request) - c->request_n);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n == 0 && c->asked && !is_gone(fd) &&
	    (c->sub != NULL || c->job != NULL || c->waiting)) {
		/* It closed its own side only; a write will tell when it goes. */
		loop_drop(c->readable);
		c->readable = NULL;
		return;
	}
	if (n <= 0) {
		client_free(c);
		return;
	}
	if (c->asked)
		return;
	c->request_n += (size_t)n;
	read_request(c);
}

static void
client_new(struct pipe_server *s, int fd)
{
	struct client *c = calloc(1, sizeof(*c));

	if (c == NULL) {
		close(fd);
		return;
	}
	c->server = s;
	c->fd = fd;
	LIST_INSERT_HEAD(&s->clients, c, entry);
	s->n_clients++;
	c->timer = loop_timer(s->loop, on_timer, c, NULL);
	c->readable = loop_watch(s->loop, fd, EV_READ, on_readable, c, NULL);
	c->writable = event_new(loop_base(s->loop), fd, EV_WRITE, on_writable, c);
	if (c->timer == NULL || c->readable == NULL || c->writable == NULL) {
		client_free(c);
		return;
	}
	loop_timer_set(c->timer, REQUEST_MS);
}

static void
on_accept_timer(int fd, short what, void *arg)
{
	struct pipe_server *s = arg;

	(void)fd;
	(void)what;
	event_add(s->listener, NULL);
}

static void
on_connection(int fd, short what, void *arg)
{
	struct pipe_server *s = arg;
	int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)what;
	if (client < 0) {
		/* Whoever waits stays in the backlog; asking again at once would spin.
		 */
		if (errno == EMFILE || errno == ENFILE) {
			event_del(s->listener);
			loop_timer_set(s->accept_timer, ACCEPT_PAUSE_MS);
		}
		return;
	}
	if (s->n_clients >= PIPE_CLIENTS_MAX)
		close(client);
	else
		client_new(s, client);
}

static int
listen_at(struct pipe_server *s, struct err *e)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };

	memcpy(sun.sun_path, s->path, sizeof(sun.sun_path));
	s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->fd < 0)
		return err_sys(e, "make '%s'", s->path);
	if (unlink(s->path) < 0 && errno != ENOENT)
		return err_sys(e, "replace '%s'", s->path);
	if (bind(s->fd, (struct sockaddr *)&sun, sizeof(sun)) < 0 ||
	    chmod(s->path, 0660) < 0 || listen(s->fd, BACKLOG) < 0)
		return err_sys(e, "listen on '%s'", s->path);
	return 0;
}

struct pipe_server *
pipe_server_new(struct loop *l, struct hub *hub, struct darkroom *darkroom,
    const char *run, struct err *e)
{
	struct pipe_server *s = calloc(1, sizeof(*s));
	int n;

	if (s == NULL) {
		err_sys(e, "listen for viewers");
		return NULL;
	}
	s->loop = l;
	s->hub = hub;
	s->fd = -1;
	LIST_INIT(&s->clients);
	n = snprintf(s->path, sizeof(s->path), "%s/%s", run, PIPE_NAME);
	if ((s->thumbs = thumbs_new(darkroom)) == NULL)
		err_sys(e, "listen for viewers");
	else if (n < 0 || (size_t)n >= sizeof(s->path))
		err_set(e, ERR_USAGE, "run-path", "the path '%s' is too long", run);
	else if (listen_at(s, e) == 0 &&
	    (s->accept_timer = loop_timer(l, on_accept_timer, s, e)) != NULL &&
	    (s->listener = loop_watch(l, s->fd, EV_READ, on_connection, s, e)) != NULL)
		return s;
	loop_drop(s->accept_timer);
	if (s->fd >= 0)
		close(s->fd);
	thumbs_free(s->thumbs);
	free(s);
	return NULL;
}

void
pipe_server_free(struct pipe_server *s)
{
	struct client *c;

	if (s == NULL)
		return;
	while ((c = LIST_FIRST(&s->clients)) != NULL)
		client_free(c);
	loop_drop(s->listener);
	loop_drop(s->accept_timer);
	close(s->fd);
	unlink(s->path);
	thumbs_free(s->thumbs);
	free(s);
}

unsigned
pipe_server_clients(const struct pipe_server *s)
{
	return s->n_clients;
}
