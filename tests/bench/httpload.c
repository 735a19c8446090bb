/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Many viewers of one MJPEG stream over HTTP in one process, for measuring webd:
 * pictures a second of each, and how old a picture is when its last byte is here, by
 * the simulated camera's own stamp.
 *
 *	httpload [-c CLIENTS] [-s SECONDS] [-w WARM_UP] HOST:PORT PATH USER:PASSWORD
 *
 * Prints one line of key=value. Not installed.
 */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/loop.h"
#include "tests/sim/stamp.h"

#define BUF_MAX (512 * 1024)
#define CLIENTS_MAX 1000
#define SAMPLES_MAX 1000000

struct viewer {
	int fd;
	uint8_t *buf;
	size_t n;
	unsigned frames;
};

static struct {
	unsigned clients;
	double seconds, warm_up;
	struct viewer v[CLIENTS_MAX];
	float *age_ms;
	size_t n_age;
	bool measuring;
} load = { .clients = 50, .seconds = 10, .warm_up = 3 };

static void
die(const char *what)
{
	fprintf(stderr, "httpload: %s\n", what);
	exit(1);
}

static int
open_viewer(const char *to, const char *path, const char *basic)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	const char *colon = strrchr(to, ':');
	char host[64], request[1024];
	int fd, n;

	if (colon == NULL)
		die("the address is HOST:PORT");
	snprintf(host, sizeof(host), "%.*s", (int)(colon - to), to);
	a.sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
	if (inet_pton(AF_INET, host, &a.sin_addr) != 1)
		die("HOST must be an IPv4 address");
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	n = snprintf(request, sizeof(request),
	    "GET %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Basic %s\r\n\r\n", path, to,
	    basic);
	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0 ||
	    write(fd, request, (size_t)n) != n)
		die("cannot connect");
	return fd;
}

/* One picture at p, whole. */
static void
take_picture(struct viewer *v, const uint8_t *p, size_t n)
{
	struct stamp stamp;

	if (!load.measuring)
		return;
	v->frames++;
	if (load.n_age < SAMPLES_MAX && stamp_com_read(p, n, &stamp) == 0)
		load.age_ms[load.n_age++] =
		    (float)(loop_now_us() - stamp.made_us) / 1000;
}

/* Cut the pictures out of what came: each stands behind a Content-Length. */
static void
cut(struct viewer *v)
{
	uint8_t *head, *body;
	size_t length, used;

	for (;;) {
		head = memmem(v->buf, v->n, "Content-Length: ", 16);
		if (head == NULL)
			return;
		body = memmem(head, v->n - (size_t)(head - v->buf), "\r\n\r\n", 4);
		if (body == NULL)
			return;
		body += 4;
		length = strtoul((const char *)head + 16, NULL, 10);
		used = (size_t)(body - v->buf) + length;
		if (length > BUF_MAX / 2)
			die("a part is too large");
		if (used > v->n)
			return;
		take_picture(v, body, length);
		memmove(v->buf, v->buf + used, v->n - used);
		v->n -= used;
	}
}

static void
on_bytes(struct viewer *v)
{
	ssize_t r = read(v->fd, v->buf + v->n, BUF_MAX - 1 - v->n);

	if (r <= 0)
		die("a viewer's stream ended");
	v->n += (size_t)r;
	v->buf[v->n] = '\0';
	cut(v);
}

static void
run_for(int epoll, double seconds)
{
	struct epoll_event events[64];
	int64_t end = loop_now_us() + (int64_t)(seconds * 1e6);
	int n, i;

	while (loop_now_us() < end) {
		n = epoll_wait(epoll, events, 64, 100);
		for (i = 0; i < n; i++)
			on_bytes(events[i].data.ptr);
	}
}

static int
by_size(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return (x > y) - (x < y);
}

static void
print_result(void)
{
	unsigned least = UINT32_MAX, i;
	size_t n = load.n_age;

	for (i = 0; i < load.clients; i++) {
		if (load.v[i].frames < least)
			least = load.v[i].frames;
	}
	qsort(load.age_ms, n, sizeof(*load.age_ms), by_size);
	printf("fps_min=%.2f p50_ms=%.1f p99_ms=%.1f max_ms=%.1f\n",
	    least / load.seconds, n > 0 ? (double)load.age_ms[n / 2] : 0.0,
	    n > 0 ? (double)load.age_ms[n * 99 / 100] : 0.0,
	    n > 0 ? (double)load.age_ms[n - 1] : 0.0);
}

int
main(int argc, char **argv)
{
	struct epoll_event event = { .events = EPOLLIN };
	char basic[256];
	unsigned i;
	int opt, epoll;

	while ((opt = getopt(argc, argv, "c:s:w:")) != -1) {
		if (opt == 'c')
			load.clients = (unsigned)strtoul(optarg, NULL, 10);
		else if (opt == 's')
			load.seconds = strtod(optarg, NULL);
		else if (opt == 'w')
			load.warm_up = strtod(optarg, NULL);
		else
			return 2;
	}
	if (argc - optind != 3 || load.clients == 0 || load.clients > CLIENTS_MAX ||
	    strlen(argv[optind + 2]) > 150)
		die("usage: httpload [-c N] [-s S] [-w S] HOST:PORT PATH "
		    "USER:PASSWORD");
	sodium_bin2base64(basic, sizeof(basic), (const unsigned char *)argv[optind + 2],
	    strlen(argv[optind + 2]), sodium_base64_VARIANT_ORIGINAL);
	load.age_ms = malloc(SAMPLES_MAX * sizeof(*load.age_ms));
	epoll = epoll_create1(EPOLL_CLOEXEC);
	if (load.age_ms == NULL || epoll < 0)
		die("out of memory");
	for (i = 0; i < load.clients; i++) {
		load.v[i].fd = open_viewer(argv[optind], argv[optind + 1], basic);
		load.v[i].buf = malloc(BUF_MAX);
		event.data.ptr = &load.v[i];
		if (load.v[i].buf == NULL ||
		    epoll_ctl(epoll, EPOLL_CTL_ADD, load.v[i].fd, &event) < 0)
			die("out of memory");
	}
	run_for(epoll, load.warm_up);
	load.measuring = true;
	run_for(epoll, load.seconds);
	print_result();
	return 0;
}
