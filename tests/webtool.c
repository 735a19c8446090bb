/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What shell tests of webd cannot do themselves:
 *
 *	webtool frames SOCKET COUNTS [SIZE]   streamd's frames.sock: answers "mjpeg
 *NAME" with 50 pictures a second of SIZE bytes, "snapshot NAME" with one; the camera
 *"none" is unknown, "dark" never sends a picture, "short" ends after three. COUNTS
 *holds "OPEN MJPEG SNAPSHOT" counts. webtool raw HOST:PORT            stdin goes out as
 *it is (half-closed behind it unless WEBTOOL_KEEP is set); what comes back until the
 *end or five seconds goes to stdout webtool sip HOST:PORT PATH AUTH N   N clients that
 *ask for PATH, read one byte and then nothing, until stdin ends webtool drip HOST:PORT
 *N FROM    N clients at the address FROM that send a request head one byte a second,
 *until all are cut off; prints how many were, and after how many seconds webtool deaf
 *HOST:PORT           a port that answers nobody, as behind a firewall; prints "ready"
 *
 * A picture's bytes are FF D8, its number as text, filling, FF D9. Tests only.
 */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define CLIENTS_MAX 600

/* ---- frames ---- */

struct frames {
	struct event_base *base;
	const char *counts_file;
	size_t size;
	unsigned open, mjpeg, snapshot;
};

struct client {
	struct frames *f;
	struct bufferevent *be;
	struct event *timer;
	unsigned number, left; /* left 0 = endless */
};

static void
write_counts(const struct frames *f)
{
	char temp[300];
	FILE *out;

	snprintf(temp, sizeof(temp), "%s.new", f->counts_file);
	if ((out = fopen(temp, "w")) == NULL)
		return;
	fprintf(out, "%u %u %u\n", f->open, f->mjpeg, f->snapshot);
	fclose(out);
	(void)rename(temp, f->counts_file);
}

static void
drop(struct client *c)
{
	c->f->open--;
	write_counts(c->f);
	if (c->timer != NULL)
		event_free(c->timer);
	bufferevent_free(c->be);
	free(c);
}

static void
send_picture(struct client *c)
{
	size_t n = c->f->size;
	char *p = malloc(n);

	if (p == NULL)
		return;
	memset(p, 'x', n);
	snprintf(p + 2, n - 2, "%u", c->number++);
	p[0] = p[n - 2] = (char)0xff;
	p[1] = (char)0xd8;
	p[n - 1] = (char)0xd9;
	evbuffer_add_printf(
	    bufferevent_get_output(c->be), "frame %zu 640 480 %u\n", n, c->number);
	bufferevent_write(c->be, p, n);
	free(p);
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct client *c = arg;

	(void)fd;
	(void)what;
	/* As streamd does: at most two pictures wait for a slow reader. */
	if (evbuffer_get_length(bufferevent_get_output(c->be)) < 2 * c->f->size)
		send_picture(c);
	if (c->left > 0 && --c->left == 0)
		drop(c);
}

static void
start(struct client *c, const char *camera)
{
	struct timeval tv = { .tv_usec = 20000 };

	c->left = strcmp(camera, "short") == 0 ? 4 : 0;
	c->timer = event_new(c->f->base, -1, EV_PERSIST, on_tick, c);
	event_add(c->timer, &tv);
}

static void
on_line(struct bufferevent *be, void *arg)
{
	struct client *c = arg;
	char *line = evbuffer_readln(bufferevent_get_input(be), NULL, EVBUFFER_EOL_LF),
	     *name;

	if (line == NULL)
		return;
	name = strchr(line, ' ');
	name = name != NULL ? name + 1 : line;
	if (strcmp(name, "none") == 0) {
		evbuffer_add_printf(bufferevent_get_output(be),
		    "error camera-unknown there is no camera 'none'\n"
		    "said 25:20+4\n");
	} else {
		bufferevent_write(be, "ok\n", 3);
		if (strncmp(line, "snapshot", 8) == 0) {
			c->f->snapshot++;
			if (strcmp(name, "dark") != 0)
				send_picture(c);
		} else {
			c->f->mjpeg++;
			if (strcmp(name, "dark") != 0)
				start(c, name);
		}
	}
	write_counts(c->f);
	free(line);
}

static void
on_end(struct bufferevent *be, short what, void *arg)
{
	(void)be;
	if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
		drop(arg);
}

static void
on_client(
    struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *a, int n, void *arg)
{
	struct frames *f = arg;
	struct client *c = calloc(1, sizeof(*c));

	(void)l;
	(void)a;
	(void)n;
	c->f = f;
	c->be = bufferevent_socket_new(f->base, fd, BEV_OPT_CLOSE_ON_FREE);
	bufferevent_setcb(c->be, on_line, NULL, on_end, c);
	bufferevent_enable(c->be, EV_READ | EV_WRITE);
	f->open++;
	write_counts(f);
}

static int
frames(const char *path, const char *counts, size_t size)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct frames f = { .counts_file = counts, .size = size };
	struct evconnlistener *l;

	if (strlen(path) >= sizeof(a.sun_path))
		return 1;
	snprintf(a.sun_path, sizeof(a.sun_path), "%.100s", path);
	(void)unlink(path);
	f.base = event_base_new();
	l = evconnlistener_new_bind(f.base, on_client, &f, LEV_OPT_CLOSE_ON_FREE, 128,
	    (struct sockaddr *)&a, sizeof(a));
	if (l == NULL)
		return 1;
	write_counts(&f);
	event_base_dispatch(f.base);
	return 0;
}

/* ---- clients ---- */

static int
connect_from(const char *host_port, const char *from)
{
	struct sockaddr_in to = { .sin_family = AF_INET },
			   own = { .sin_family = AF_INET };
	const char *colon = strrchr(host_port, ':');
	char host[64];
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (colon == NULL || fd < 0)
		return -1;
	snprintf(host, sizeof(host), "%.*s", (int)(colon - host_port), host_port);
	to.sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
	if (inet_pton(AF_INET, host, &to.sin_addr) != 1 ||
	    (from != NULL &&
		(inet_pton(AF_INET, from, &own.sin_addr) != 1 ||
		    bind(fd, (struct sockaddr *)&own, sizeof(own)) < 0)) ||
	    connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static double
now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int
raw(const char *host_port)
{
	char b[65536];
	int fd = connect_from(host_port, NULL);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	double end = now_s() + 5;
	ssize_t n;

	if (fd < 0)
		return 1;
	while ((n = read(STDIN_FILENO, b, sizeof(b))) > 0) {
		if (send(fd, b, (size_t)n, MSG_NOSIGNAL) < 0)
			break;
	}
	if (getenv("WEBTOOL_KEEP") == NULL)
		(void)shutdown(fd, SHUT_WR);
	while (now_s() < end && poll(&p, 1, 200) >= 0) {
		if ((p.revents & (POLLIN | POLLHUP)) == 0)
			continue;
		if ((n = recv(fd, b, sizeof(b), 0)) <= 0)
			break;
		(void)!write(STDOUT_FILENO, b, (size_t)n);
	}
	return 0;
}

static int
sip(const char *host_port, const char *path, const char *authorization, unsigned n)
{
	char line[600], b[64];
	int fds[CLIENTS_MAX], small = 4096;
	unsigned i;

	for (i = 0; i < n && i < CLIENTS_MAX; i++) {
		if ((fds[i] = connect_from(host_port, NULL)) < 0)
			return 1;
		(void)setsockopt(fds[i], SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
		snprintf(line, sizeof(line),
		    "GET %s HTTP/1.1\r\nHost: %s\r\nAuthorization: %s\r\n\r\n", path,
		    host_port, authorization);
		if (send(fds[i], line, strlen(line), MSG_NOSIGNAL) < 0 ||
		    recv(fds[i], b, 1, 0) != 1)
			return 1;
	}
	printf("%u\n", i);
	fflush(stdout);
	while (read(STDIN_FILENO, b, sizeof(b)) > 0)
		;
	return 0;
}

static int
drip(const char *host_port, unsigned n, const char *from, bool body)
{
	static const char whole[] =
	    "POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\n"
	    "Content-Type: application/json\r\nContent-Length: 400\r\n\r\n";
	static const char head[] =
	    "GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: aaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
	struct pollfd p[CLIENTS_MAX];
	unsigned i, at = 0, open = 0, refused = 0;
	double start = now_s();
	char b[64];

	for (i = 0; i < n && i < CLIENTS_MAX; i++) {
		p[i].events = POLLIN;
		if ((p[i].fd = connect_from(host_port, from)) < 0)
			continue;
		open++;
		if (body)
			(void)send(p[i].fd, whole, sizeof(whole) - 1, MSG_NOSIGNAL);
	}
	n = i;
	while (open > 0 && now_s() < start + 60 && at < sizeof(head) - 1) {
		for (i = 0; i < n; i++) {
			if (p[i].fd >= 0)
				(void)send(p[i].fd, head + at, 1, MSG_NOSIGNAL);
		}
		at++;
		/* One second, or less while connections are being cut. */
		while (poll(p, n, 1000) > 0) {
			for (i = 0; i < n; i++) {
				if (p[i].fd < 0 || p[i].revents == 0 ||
				    recv(p[i].fd, b, sizeof(b), 0) > 0)
					continue;
				close(p[i].fd);
				p[i].fd = -1;
				open--;
				refused += at <= 2;
			}
		}
	}
	printf(
	    "%u open, %u cut at once, after %.0f s\n", open, refused, now_s() - start);
	return 0;
}

/* ---- deaf ---- */

/* The kernel drops what knocks at a full backlog. */
static int
deaf(const char *host_port)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	char host[64];
	const char *colon = strrchr(host_port, ':');
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1, i;

	if (colon == NULL || fd < 0)
		return 2;
	snprintf(host, sizeof(host), "%.*s", (int)(colon - host_port), host_port);
	a.sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (inet_pton(AF_INET, host, &a.sin_addr) != 1 ||
	    bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 || listen(fd, 0) < 0)
		return 1;
	for (i = 0; i < 4; i++) {
		int to = socket(
		    AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

		if (to < 0 || (connect(to, (struct sockaddr *)&a, sizeof(a)) < 0 &&
			errno != EINPROGRESS))
			return 1;
	}
	printf("ready\n");
	(void)fflush(stdout);
	for (;;)
		(void)pause();
}

int
main(int argc, char **argv)
{
	/* A peer that goes while it is written to is no reason to end. */
	signal(SIGPIPE, SIG_IGN);
	if (argc >= 4 && strcmp(argv[1], "frames") == 0)
		return frames(argv[2], argv[3],
		    argc > 4 ? (size_t)strtoul(argv[4], NULL, 10) : 20000);
	if (argc == 3 && strcmp(argv[1], "raw") == 0)
		return raw(argv[2]);
	if (argc == 6 && strcmp(argv[1], "sip") == 0)
		return sip(
		    argv[2], argv[3], argv[4], (unsigned)strtoul(argv[5], NULL, 10));
	if (argc >= 5 && strcmp(argv[1], "drip") == 0)
		return drip(
		    argv[2], (unsigned)strtoul(argv[3], NULL, 10), argv[4], argc > 5);
	if (argc == 3 && strcmp(argv[1], "deaf") == 0)
		return deaf(argv[2]);
	fprintf(stderr, "usage: webtool frames|raw|sip|drip|deaf …\n");
	return 2;
}
