/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One question to streamd over RUN/frames.sock (see frames.h). One thread. */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/frames.h"
#include "cli/out.h"
#include "cli/state.h"
#include "common/loop.h"

#define PICTURE_MAX (1024 * 1024)

struct pipe_reader {
	int fd;
	int64_t deadline_us;
};

static int
connect_frames(struct cli *cli, struct err *e)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd, n;

	n = snprintf(a.sun_path, sizeof(a.sun_path), "%s/frames.sock", cli->conf.run);
	if (n < 0 || (size_t)n >= sizeof(a.sun_path))
		return err_set(e, ERR_FAILED, "run-too-long",
		    "[paths] run is too long for a socket; give a shorter folder in "
		    "camherd.conf");
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_sys(e, "make a socket");
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0)
		return fd;
	if (errno == ENOENT || errno == ECONNREFUSED)
		state_down("streamd", e);
	else
		err_sys(e, "connect to '%s'", a.sun_path);
	close(fd);
	return -1;
}

/* Up to n bytes before the deadline; 0 at the end, -1. */
static ssize_t
read_some(struct pipe_reader *r, void *p, size_t n, struct err *e)
{
	struct pollfd pfd = { .fd = r->fd, .events = POLLIN };
	int64_t left_ms = (r->deadline_us - loop_now_us()) / 1000;
	ssize_t got;

	if (left_ms <= 0 || poll(&pfd, 1, (int)left_ms) <= 0)
		return err_set(e, ERR_FAILED, "timeout",
		    "streamd sent no answer in time; it may be busy, try again");
	got = recv(r->fd, p, n, 0);
	return got < 0 ? err_sys(e, "read from streamd") : got;
}

static int
read_line(struct pipe_reader *r, char *ret, size_t ret_size, struct err *e)
{
	size_t n = 0;
	ssize_t got;

	while (n + 1 < ret_size) {
		if ((got = read_some(r, ret + n, 1, e)) < 0)
			return -1;
		if (got == 0)
			break;
		if (ret[n] == '\n') {
			ret[n] = '\0';
			return 0;
		}
		n++;
	}
	return err_set(e, ERR_FAILED, "streamd-hung-up",
	    "streamd closed the line without an answer; 'camherd status' tells whether "
	    "it runs");
}

/* "error CODE SENTENCE" as our error. */
static int
refused(const char *line, struct err *e)
{
	const char *code = line + strlen("error "), *text;
	char name[40];

	if (strncmp(line, "error ", 6) != 0)
		return err_set(e, ERR_FAILED, "streamd-answer",
		    "streamd gave an answer that makes no sense; are camherd and "
		    "streamd of one version? 'camherd status' tells");
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(code, " "), code);
	text = code + strcspn(code, " ");
	return err_set(e, strcmp(name, "not-found") == 0 ? ERR_NOT_FOUND : ERR_FAILED,
	    name, "%s", *text == ' ' ? text + 1 : text);
}

static int
read_answer(struct pipe_reader *r, const char *request, uint8_t **ret, size_t *ret_n,
    struct err *e)
{
	char line[700];
	unsigned long n;
	size_t at = 0;
	ssize_t got;

	if (send(r->fd, request, strlen(request), MSG_NOSIGNAL) !=
	    (ssize_t)strlen(request))
		return err_sys(e, "ask streamd");
	if (read_line(r, line, sizeof(line), e) < 0)
		return -1;
	if (strcmp(line, "ok") != 0)
		return refused(line, e);
	if (read_line(r, line, sizeof(line), e) < 0)
		return -1;
	if (sscanf(line, "frame %lu ", &n) != 1 || n == 0 || n > PICTURE_MAX)
		return refused(line, e);
	*ret = out_memory(malloc(n));
	while (at < n && (got = read_some(r, *ret + at, n - at, e)) > 0)
		at += (size_t)got;
	if (at == n) {
		*ret_n = n;
		return 0;
	}
	free(*ret);
	*ret = NULL;
	return e->code != ERR_NONE
	    ? -1
	    : err_set(e, ERR_FAILED, "streamd-hung-up",
		  "streamd closed the line in the middle of an answer; try again, and "
		  "if it stays so, 'camherd status' tells whether it runs");
}

int
frames_ask(struct cli *cli, const char *request, int wait_s, uint8_t **ret,
    size_t *ret_n, struct err *e)
{
	struct pipe_reader r;
	int result;

	if ((r.fd = connect_frames(cli, e)) < 0)
		return -1;
	r.deadline_us = loop_now_us() +
	    (int64_t)(cli->timeout_s > 0 ? cli->timeout_s : wait_s) * 1000000;
	result = read_answer(&r, request, ret, ret_n, e);
	close(r.fd);
	return result;
}
