/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The least that serving a camera can cost: bytes as they come from the camera go to
 * every viewer with one write, unread. No parsing, no sign-in, no packets, no reports;
 * a viewer that is slow is lost. What a server takes beyond this is its own. Not
 * installed.
 *
 *	floor CAMERA-PORT PORT-FILE
 *
 * Serves the camera's /stream of 127.0.0.1:CAMERA-PORT as HTTP on a free port, which it
 * writes to PORT-FILE; ends by a signal.
 */
#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define VIEWERS_MAX 256
#define BUF_MAX (256 * 1024)

static int viewers[VIEWERS_MAX];
static unsigned n_viewers;

static int
die(const char *what)
{
	perror(what);
	exit(1);
}

static int
dial(unsigned port)
{
	static const char request[] = "GET /stream HTTP/1.1\r\nHost: camera\r\n\r\n";
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&in, sizeof(in)) < 0 ||
	    send(fd, request, sizeof(request) - 1, 0) < 0)
		return die("camera");
	return fd;
}

static int
listen_here(const char *port_file)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(in);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	FILE *f;

	if (fd < 0 || bind(fd, (struct sockaddr *)&in, sizeof(in)) < 0 ||
	    listen(fd, VIEWERS_MAX) < 0 ||
	    getsockname(fd, (struct sockaddr *)&in, &n) < 0 ||
	    (f = fopen(port_file, "w")) == NULL)
		return die("listen");
	fprintf(f, "%u\n", ntohs(in.sin_port));
	fclose(f);
	return fd;
}

static void
take(int listener, const char *head, size_t n)
{
	int fd = accept(listener, NULL, NULL), on = 1;

	if (fd < 0 || n_viewers == VIEWERS_MAX)
		return;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	(void)send(fd, head, n, MSG_NOSIGNAL);
	viewers[n_viewers++] = fd;
}

static void
hand_on(const char *p, size_t n)
{
	unsigned i;

	for (i = 0; i < n_viewers; i++) {
		if (send(viewers[i], p, n, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)n)
			continue;
		close(viewers[i]);
		viewers[i--] = viewers[--n_viewers];
	}
}

int
main(int argc, char **argv)
{
	static char buf[BUF_MAX], head[1024];
	struct pollfd p[2] = { { .events = POLLIN }, { .events = POLLIN } };
	char *end;
	ssize_t n;

	if (argc != 3)
		return 2;
	p[0].fd = dial((unsigned)atoi(argv[1]));
	/* The camera's own answer is the one that viewers get. */
	if ((n = recv(p[0].fd, head, sizeof(head) - 1, 0)) <= 0 ||
	    (end = strstr(head, "\r\n\r\n")) == NULL)
		return die("the camera's answer");
	p[1].fd = listen_here(argv[2]);
	while (poll(p, 2, -1) > 0) {
		if (p[1].revents != 0)
			take(p[1].fd, head, (size_t)(end + 4 - head));
		if (p[0].revents == 0)
			continue;
		if ((n = recv(p[0].fd, buf, sizeof(buf), 0)) <= 0)
			break;
		hand_on(buf, (size_t)n);
	}
	return 0;
}
