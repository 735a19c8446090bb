/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A client of RUN/frames.sock for tests: asks for one camera and judges each picture.
 *
 *   framecat [-n COUNT] [-t SECONDS] [-c CAMERA] [-o FILE] [-d] SOCKET mjpeg|snapshot
 * NAME
 *
 * Prints one line a picture, `picture BYTES WxH camera=N counter=N age_us=N`, and a
 * summary. -c: fail when a picture carries another camera's number. -d: decode each
 * with libjpeg (must go without a warning) and compare the number in the picture
 * itself. -o: write the last picture. Exit: 0 COUNT pictures came; 1 not within
 * SECONDS; 3 the server refused (its line is printed); 4 a picture was wrong.
 */
#include "config.h"

#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/err.h"
#include "common/file.h"
#include "common/loop.h"
#include "streamd/frame.h"
#include "tests/sim/picture.h"
#include "tests/sim/stamp.h"

struct cat {
	int fd;
	int64_t end_us;
	int camera; /* -1: any */
	bool decode;
	const char *out;
	unsigned count, got;
	int64_t age_max_us, age_sum_us;
	long last_counter;
	unsigned out_of_order;
};

static void
die(int status, const char *what)
{
	printf("%s\n", what);
	exit(status);
}

static void
read_all(struct cat *c, void *p, size_t n)
{
	struct pollfd pfd = { .fd = c->fd, .events = POLLIN };
	char *at = p;
	ssize_t r;
	int64_t left;

	while (n > 0) {
		left = c->end_us - loop_now_us();
		if (left <= 0 || poll(&pfd, 1, (int)(left / 1000) + 1) <= 0)
			die(1, "too late");
		r = read(c->fd, at, n);
		if (r <= 0)
			die(1, "the server closed");
		at += r;
		n -= (size_t)r;
	}
}

static void
read_line(struct cat *c, char *ret, size_t ret_size)
{
	size_t n = 0;

	for (;;) {
		if (n + 1 >= ret_size)
			die(4, "a line without an end");
		read_all(c, ret + n, 1);
		if (ret[n] == '\n')
			break;
		n++;
	}
	ret[n] = '\0';
}

static void
judge_decoded(struct cat *c, const uint8_t *p, size_t n, unsigned w, unsigned h)
{
	uint8_t *luma;
	unsigned dw, dh;
	struct stamp s;

	if (picture_luma(p, n, &luma, &dw, &dh) < 0)
		die(4, "a picture does not decode");
	if (dw != w || dh != h)
		die(4, "a picture has another size than announced");
	if (c->camera >= 0 &&
	    (stamp_block_read(luma, dw, &s) < 0 || s.camera != (unsigned)c->camera))
		die(4, "the number in the picture is another camera's");
	free(luma);
}

static void
judge(struct cat *c, const uint8_t *p, size_t n, unsigned w, unsigned h)
{
	struct stamp s = { .camera = 0 };
	int64_t age = 0;

	if (n < 4 || p[0] != 0xff || p[1] != 0xd8 || p[n - 2] != 0xff ||
	    p[n - 1] != 0xd9)
		die(4, "a picture is not whole");
	if (stamp_com_read(p, n, &s) == 0) {
		age = loop_now_us() - s.made_us;
		c->out_of_order += (long)s.counter <= c->last_counter ? 1 : 0;
		c->last_counter = (long)s.counter;
		if (c->camera >= 0 && s.camera != (unsigned)c->camera)
			die(4, "a picture is another camera's");
	} else if (c->camera >= 0 && !c->decode) {
		/* RTP and H.264 take the comment away; the blocks stay. */
		die(4, "a picture carries no number");
	}
	if (c->decode)
		judge_decoded(c, p, n, w, h);
	c->age_sum_us += age;
	c->age_max_us = age > c->age_max_us ? age : c->age_max_us;
	printf("picture %zu %ux%u camera=%u counter=%u age_us=%lld\n", n, w, h,
	    s.camera, s.counter, (long long)age);
}

static void
one_picture(struct cat *c)
{
	char line[200];
	size_t n;
	unsigned w, h;
	long long arrived;
	uint8_t *p;
	struct err e;

	read_line(c, line, sizeof(line));
	if (sscanf(line, "frame %zu %u %u %lld", &n, &w, &h, &arrived) != 4 ||
	    n > FRAME_BYTES_MAX + 4096 || arrived > loop_now_us())
		die(4, "no frame line");
	if ((p = malloc(n)) == NULL)
		die(4, "no memory");
	read_all(c, p, n);
	judge(c, p, n, w, h);
	if (c->out != NULL && file_put(AT_FDCWD, c->out, p, n, 0644, &e) < 0)
		die(4, e.msg);
	free(p);
}

static void
connect_to(struct cat *c, const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };

	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", path);
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&sun, sizeof(sun)) < 0)
		die(1, "cannot connect");
}

int
main(int argc, char **argv)
{
	struct cat c = { .camera = -1, .count = 1, .last_counter = -1 };
	char line[800];
	int opt, seconds = 10;

	while ((opt = getopt(argc, argv, "n:t:c:o:d")) != -1) {
		if (opt == 'n')
			c.count = (unsigned)atoi(optarg);
		else if (opt == 't')
			seconds = atoi(optarg);
		else if (opt == 'c')
			c.camera = atoi(optarg);
		else if (opt == 'o')
			c.out = optarg;
		else if (opt == 'd')
			c.decode = true;
		else
			return 2;
	}
	if (argc - optind != 3)
		return 2;
	/* Who waits for a picture reads these lines as they come. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	c.end_us = loop_now_us() + (int64_t)seconds * 1000000;
	connect_to(&c, argv[optind]);
	if (dprintf(c.fd, "%s %s\n", argv[optind + 1], argv[optind + 2]) < 0)
		die(1, "cannot ask");
	read_line(&c, line, sizeof(line));
	if (strcmp(line, "ok") != 0)
		die(3, line);
	for (; c.got < c.count; c.got++)
		one_picture(&c);
	printf("summary pictures=%u out_of_order=%u age_mean_us=%lld age_max_us=%lld\n",
	    c.got, c.out_of_order, (long long)(c.age_sum_us / (c.got > 0 ? c.got : 1)),
	    (long long)c.age_max_us);
	return 0;
}
