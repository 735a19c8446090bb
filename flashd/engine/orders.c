/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Orders over the socketpair (see orders.h). Worker process, its only thread. */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/err.h"
#include "flashd/engine/orders.h"
#include "flashd/order.h"

#define ORDER_WAIT_MS 10000
#define N_FDS (ORDER_FD_END - ORDER_FD_OUT)

int
orders_fd(int fd)
{
	struct stat st;

	/* A device, /dev/null, only keeps the place. */
	return fstat(fd, &st) == 0 && !S_ISCHR(st.st_mode) ? fd : -1;
}

int
orders_keep_places(void)
{
	int fd;

	for (fd = ORDER_FD_OUT; fd < ORDER_FD_END; fd++) {
		if (orders_fd(fd) < 0 && dup2(STDIN_FILENO, fd) < 0)
			return -1;
	}
	return 0;
}

/* The order's text, up to its empty line. */
int
orders_first(int talk, struct order *ret, struct err *e)
{
	struct pollfd pfd = { .fd = talk, .events = POLLIN };
	char text[ORDER_TEXT_MAX];
	size_t have = 0;
	ssize_t n;

	while (have < sizeof(text) && poll(&pfd, 1, ORDER_WAIT_MS) == 1) {
		n = read(talk, text + have, 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		have++;
		if (have >= 2 && text[have - 1] == '\n' && text[have - 2] == '\n')
			return order_parse(text, have, ret, e);
	}
	return err_set(e, ERR_USAGE, "bad-order", "no order came from flashd");
}

/* Each bit of mask is one descriptor, in their order. */
static int
place_fds(uint8_t mask, const int *fds, size_t n, struct err *e)
{
	size_t used = 0;
	int i;

	for (i = 0; i < N_FDS; i++) {
		if ((mask & 1u << i) == 0)
			continue;
		if (used == n || dup2(fds[used], ORDER_FD_OUT + i) < 0)
			return err_set(e, ERR_FAILED, "bad-order",
			    "an order came without its files");
		close(fds[used++]);
	}
	return 0;
}

static bool
is_kept(int fd)
{
	return fd == ORDER_FD_TALK || fd == ORDER_FD_LOCK;
}

int
orders_next(int talk, struct order *ret, struct err *e)
{
	union {
		char space[CMSG_SPACE(sizeof(int) * N_FDS)];
		struct cmsghdr align;
	} control;
	uint8_t mask = 0;
	struct iovec iov = { &mask, 1 };
	struct msghdr msg = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.space,
		.msg_controllen = sizeof(control.space) };
	struct pollfd pfd = { .fd = talk, .events = POLLIN };
	struct cmsghdr *c;
	int fds[N_FDS], fd;
	size_t n = 0;

	for (fd = ORDER_FD_OUT; fd < ORDER_FD_END; fd++) {
		if (!is_kept(fd))
			(void)dup2(STDIN_FILENO, fd);
	}
	if (poll(&pfd, 1, ORDER_WAIT_MS) != 1 ||
	    recvmsg(talk, &msg, MSG_CMSG_CLOEXEC) != 1)
		return 0;
	c = CMSG_FIRSTHDR(&msg);
	if (c != NULL && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(fds, CMSG_DATA(c), n * sizeof(int));
	}
	if (place_fds(mask, fds, n, e) < 0 || orders_first(talk, ret, e) < 0)
		return -1;
	return 1;
}
