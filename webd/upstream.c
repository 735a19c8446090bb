/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A connection to streamd (see upstream.h). webd's one thread. */
#include "config.h"

#include <errno.h>
#include <event2/event.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/err.h"
#include "common/loop.h"
#include "common/said.h"
#include "common/text.h"
#include "webd/upstream.h"

#define LINE_MAX_BYTES 800

struct upstream {
	int fd;
	struct event *watch, *timer;
	const struct upstream_ops *ops;
	void *arg;
	int64_t wait_ms;
	bool ready, ended;
	char line[LINE_MAX_BYTES]; /* a header line as it comes */
	size_t n_line;
	struct err why; /* streamd's error, until its parameters come */
	struct upstream_picture picture;
	uint8_t *p; /* of the picture being read */
	size_t size; /* malloc()ed */
	size_t have;
	bool in_picture;
};

static void
end(struct upstream *u, const struct err *why)
{
	if (u->ended)
		return;
	u->ended = true;
	(void)event_del(u->watch);
	loop_timer_set(u->timer, -1);
	u->ops->ended(u->arg, why);
}

static void
bad(struct upstream *u)
{
	struct err why = { .code = ERR_NONE };

	err_set(&why, ERR_FAILED, "stream-failed",
	    "streamd sent something that makes no sense.");
	end(u, &why);
}

static void
on_timer(int fd, short what, void *arg)
{
	struct err why = { .code = ERR_NONE };

	(void)fd;
	(void)what;
	err_set(&why, ERR_LOST, "no-picture",
	    "The camera sent no picture in time. Is it switched on and on the "
	    "network?");
	end(arg, &why);
}

/* "error CODE SENTENCE"; the next line has its parameters. */
static void
read_error(struct upstream *u)
{
	char name[40], *code = u->line + 6, *sentence = strchr(code, ' ');
	enum err_code kind = ERR_LOST;

	if (sentence == NULL) {
		bad(u);
		return;
	}
	*sentence++ = '\0';
	snprintf(name, sizeof(name), "%s",
	    text_is_clean(code, strlen(code)) ? code : "stream");
	if (strcmp(name, "camera-unknown") == 0)
		kind = ERR_NOT_FOUND;
	else if (strcmp(name, "camera-control") == 0)
		kind = ERR_USAGE;
	else if (strncmp(name, "camera-control-", 15) == 0)
		kind = ERR_REFUSED;
	/* As long as nobody says what was put into it. */
	err_set(&u->why, kind, name, "%s", sentence);
}

/* "said PARAMS" */
static void
read_said(struct upstream *u)
{
	struct err said;

	if (strncmp(u->line, "said ", 5) != 0) {
		bad(u);
		return;
	}
	if (said_unpack(&said, u->why.msg, u->line + 5) == 0) {
		memcpy(u->why.params, said.params, sizeof(said.params));
		u->why.n_params = said.n_params;
	}
	end(u, &u->why);
}

static int
number(const char **at, uint64_t max, uint64_t *ret)
{
	char word[24];
	size_t n = strcspn(*at, " ");

	if (n == 0 || n >= sizeof(word))
		return -1;
	snprintf(word, sizeof(word), "%.*s", (int)n, *at);
	*at += n + ((*at)[n] == ' ');
	return text_number(word, 0, max, false, ret);
}

/* "frame LEN WIDTH HEIGHT ARRIVED_US" */
static int
read_frame_line(struct upstream *u)
{
	const char *at = u->line + 6;
	uint64_t n, width, height, arrived;

	if (strncmp(u->line, "frame ", 6) != 0 ||
	    number(&at, UPSTREAM_PICTURE_MAX, &n) < 0 ||
	    number(&at, 65535, &width) < 0 || number(&at, 65535, &height) < 0 ||
	    number(&at, INT64_MAX, &arrived) < 0 || *at != '\0' || n == 0)
		return -1;
	if (n > u->size) {
		free(u->p);
		u->size = 0;
		if ((u->p = malloc(n)) == NULL)
			return -1;
		u->size = n;
	}
	u->picture = (struct upstream_picture) { u->p, n, (unsigned)width,
		(unsigned)height, (int64_t)arrived };
	u->have = 0;
	u->in_picture = true;
	return 0;
}

static void
read_line(struct upstream *u)
{
	if (u->why.code != ERR_NONE) {
		read_said(u);
	} else if (u->ready) {
		if (read_frame_line(u) < 0)
			bad(u);
	} else if (strcmp(u->line, "ok") == 0) {
		u->ready = true;
	} else if (strncmp(u->line, "error ", 6) == 0) {
		read_error(u);
	} else {
		bad(u);
	}
}

/* Take what belongs to the present line or picture; the count taken. */
static size_t
take(struct upstream *u, const uint8_t *p, size_t n)
{
	const uint8_t *end_of_line;
	size_t k;

	if (u->in_picture) {
		k = u->picture.n - u->have < n ? u->picture.n - u->have : n;
		memcpy(u->p + u->have, p, k);
		u->have += k;
		if (u->have == u->picture.n) {
			u->in_picture = false;
			loop_timer_set(u->timer, u->wait_ms);
			u->ops->picture(u->arg, &u->picture);
		}
		return k;
	}
	end_of_line = memchr(p, '\n', n);
	k = end_of_line != NULL ? (size_t)(end_of_line - p) : n;
	if (k >= sizeof(u->line) - u->n_line) {
		bad(u);
		return n;
	}
	memcpy(u->line + u->n_line, p, k);
	u->n_line += k;
	if (end_of_line == NULL)
		return k;
	u->line[u->n_line] = '\0';
	u->n_line = 0;
	read_line(u);
	return k + 1;
}

static void
on_readable(int fd, short what, void *arg)
{
	struct upstream *u = arg;
	struct err why = { .code = ERR_NONE };
	uint8_t b[64 * 1024];
	ssize_t n;
	size_t at = 0;

	(void)what;
	n = recv(fd, b, sizeof(b), 0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		err_set(&why, ERR_DOWN, "streamd-gone", "streamd ended the stream.");
		end(u, u->why.code != ERR_NONE ? &u->why : &why);
		return;
	}
	while (at < (size_t)n && !u->ended)
		at += take(u, b + at, (size_t)n - at);
}

static int
connect_to(const char *run, const char *verb, const char *camera, struct err *e)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	char line[1000];
	int fd, n;

	n = snprintf(a.sun_path, sizeof(a.sun_path), "%s/frames.sock", run);
	if (n < 0 || (size_t)n >= sizeof(a.sun_path))
		return err_set(e, ERR_USAGE, "path-too-long",
		    "The run folder's path is too long.");
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) < 0)
		return err_sys(e, "make a socket");
	n = snprintf(line, sizeof(line), "%s %s\n", verb, camera);
	/* So short a line always fits into the empty buffer of a new connection. */
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0 ||
	    send(fd, line, (size_t)n, MSG_NOSIGNAL) != n) {
		close(fd);
		return err_set(e, ERR_DOWN, "streamd-down",
		    "streamd is not running, so there is no picture. 'systemctl status "
		    "camherd-streamd' says why.");
	}
	return fd;
}

struct upstream *
upstream_open(struct loop *l, const char *run, const char *verb, const char *camera,
    int64_t wait_ms, const struct upstream_ops *ops, void *arg, struct err *e)
{
	struct upstream *u = calloc(1, sizeof(*u));

	if (u == NULL) {
		err_sys(e, "memory for a stream");
		return NULL;
	}
	u->ops = ops;
	u->arg = arg;
	u->wait_ms = wait_ms;
	u->fd = connect_to(run, verb, camera, e);
	if (u->fd < 0 ||
	    (u->watch = loop_watch(l, u->fd, EV_READ, on_readable, u, e)) == NULL ||
	    (u->timer = loop_timer(l, on_timer, u, e)) == NULL) {
		upstream_free(u);
		return NULL;
	}
	loop_timer_set(u->timer, wait_ms);
	return u;
}

void
upstream_free(struct upstream *u)
{
	if (u == NULL)
		return;
	loop_drop(u->watch);
	loop_drop(u->timer);
	if (u->fd >= 0)
		close(u->fd);
	free(u->p);
	free(u);
}
