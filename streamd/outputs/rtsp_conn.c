/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The socket of an RTSP client (see rtsp_conn.h). streamd, main thread. A frame is
 * written the moment it comes, with one call; the write event is on only while the
 * socket is full. Nothing is freed from inside a session's call-back.
 */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "common/err.h"
#include "common/loop.h"
#include "streamd/outputs/rtsp_conn.h"
#include "streamd/outputs/rtsp_session.h"

#define IOV_MAX_N 16
/* Room in the kernel: some frames; stale video must not pile up there. The kernel
 * doubles it for its own book-keeping. */
#define SEND_BUFFER (96 * 1024)
#define UNSENT_LOW (16 * 1024)
#define KEEPALIVE_S 15

/* Hooks for the wake-up from inside the hub: act from the loop's own turn. */
static void
soon(struct rtsp_conn *c)
{
	if (!evtimer_pending(c->later, NULL))
		loop_timer_set(c->later, 0);
}

static void
set_event(struct event *ev, bool *on, bool want)
{
	if (*on == want)
		return;
	if (want)
		event_add(ev, NULL);
	else
		event_del(ev);
	*on = want;
}

/* The kernel gave the connection up. By TCP_USER_TIMEOUT it does so after the seconds
 * that the session's own clock allows: whoever is first, the reason is the same. */
static void
broke(struct rtsp_conn *c, int error)
{
	c->broken = true;
	if (error == ETIMEDOUT)
		rtsp_session_stuck(c->session);
}

/* Write what the socket takes. */
static void
flush(struct rtsp_conn *c)
{
	struct iovec iov[IOV_MAX_N];
	struct msghdr m = { .msg_iov = iov };
	ssize_t n;

	while (!c->broken && c->session->queue.bytes > 0) {
		m.msg_iovlen =
		    (size_t)rtsp_queue_iov(&c->session->queue, iov, IOV_MAX_N);
		n = sendmsg(c->fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN))
			break;
		if (n < 0)
			broke(c, errno);
		else
			rtsp_session_written(c->session, (size_t)n);
	}
	set_event(c->write, &c->writing, !c->broken && c->session->queue.bytes > 0);
}

static bool
is_over(const struct rtsp_conn *c)
{
	return c->broken || (c->session->closing && c->session->queue.bytes == 0);
}

static void
wake(void *arg)
{
	struct rtsp_conn *c = arg;

	flush(c);
	if (is_over(c) || c->session->resume_due || c->session->closing)
		soon(c);
}

static const struct rtsp_session_ops session_ops = { wake };

/* What may free the connection: only called last in a turn of the loop. */
static void
settle(struct rtsp_conn *c)
{
	rtsp_session_run(c->session);
	flush(c);
	if (is_over(c))
		c->closed(c->arg, c);
	else
		set_event(c->read, &c->reading, rtsp_session_reads(c->session));
}

static void
on_later(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	settle(arg);
}

static void
on_write(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	settle(arg);
}

static void
on_read(int fd, short what, void *arg)
{
	struct rtsp_conn *c = arg;
	uint8_t buf[RTSP_INPUT_MAX];
	ssize_t n;

	(void)what;
	n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);
	if (n > 0 && c->input != NULL)
		c->input(c->arg, buf, (size_t)n);
	else if (n > 0)
		rtsp_session_input(c->session, buf, (size_t)n);
	else if (n == 0)
		c->broken = true;
	else if (errno != EAGAIN && errno != EINTR)
		broke(c, errno);
	settle(c);
}

static void
tune(int fd)
{
	int on = 1, buffer = SEND_BUFFER, low = UNSENT_LOW, idle = KEEPALIVE_S;
	unsigned stuck_ms = RTSP_STUCK_US / 1000;

	/* None of these is worth losing a client for. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof(buffer));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &low, sizeof(low));
	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	(void)setsockopt(
	    fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &stuck_ms, sizeof(stuck_ms));
}

/* "192.0.2.7:50000" or "[2001:db8::1]:50000". */
static void
peer_name(const struct sockaddr_storage *a, char *ret, size_t ret_size)
{
	const struct sockaddr_in *v4 = (const void *)a;
	const struct sockaddr_in6 *v6 = (const void *)a;
	char text[INET6_ADDRSTRLEN] = "?";

	if (a->ss_family == AF_INET6) {
		inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof(text));
		snprintf(ret, ret_size, "[%s]:%u", text, ntohs(v6->sin6_port));
	} else {
		inet_ntop(AF_INET, &v4->sin_addr, text, sizeof(text));
		snprintf(ret, ret_size, "%s:%u", text, ntohs(v4->sin_port));
	}
}

bool
rtsp_conn_same_address(const struct rtsp_conn *c, const struct sockaddr_storage *a)
{
	const struct sockaddr_in *v4a = (const void *)&c->addr, *v4b = (const void *)a;
	const struct sockaddr_in6 *v6a = (const void *)&c->addr, *v6b = (const void *)a;

	if (c->addr.ss_family != a->ss_family)
		return false;
	/* An IPv6 host owns its whole /64. */
	if (a->ss_family == AF_INET6 && !IN6_IS_ADDR_V4MAPPED(&v6b->sin6_addr))
		return memcmp(&v6a->sin6_addr, &v6b->sin6_addr, 8) == 0;
	if (a->ss_family == AF_INET6)
		return memcmp(&v6a->sin6_addr, &v6b->sin6_addr, 16) == 0;
	return v4a->sin_addr.s_addr == v4b->sin_addr.s_addr;
}

struct rtsp_conn *
rtsp_conn_new(struct loop *l, struct rtsp_shared *sh, int fd,
    const struct sockaddr_storage *addr, void (*closed)(void *arg, struct rtsp_conn *c),
    void *arg, struct err *e)
{
	struct rtsp_conn *c = calloc(1, sizeof(*c));
	char peer[RTSP_PEER_MAX];

	if (c == NULL) {
		err_sys(e, "take a client");
		close(fd);
		return NULL;
	}
	c->fd = fd;
	c->addr = *addr;
	c->closed = closed;
	c->arg = arg;
	peer_name(addr, peer, sizeof(peer));
	tune(fd);
	if ((c->session = rtsp_session_new(sh, peer, &session_ops, c)) == NULL)
		err_sys(e, "take client %s", peer);
	else if ((c->later = loop_timer(l, on_later, c, e)) != NULL &&
	    (c->write = loop_watch(l, fd, EV_WRITE, on_write, c, e)) != NULL)
		c->read = loop_watch(l, fd, EV_READ, on_read, c, e);
	if (c->read == NULL) {
		rtsp_conn_free(c);
		return NULL;
	}
	c->session->addr = *addr;
	c->reading = c->writing = true;
	set_event(c->write, &c->writing, false);
	return c;
}

/* Bytes that nobody read would turn the close into a reset, and the client might
 * never see the last reply. */
static void
swallow(struct rtsp_conn *c)
{
	uint8_t buf[RTSP_INPUT_MAX];
	int i;

	for (i = 0; i < 16 && !c->broken; i++)
		if (recv(c->fd, buf, sizeof(buf), MSG_DONTWAIT) <= 0)
			break;
}

void
rtsp_conn_free(struct rtsp_conn *c)
{
	swallow(c);
	if (c->session != NULL && c->write != NULL)
		flush(c);
	loop_drop(c->read);
	loop_drop(c->write);
	loop_drop(c->later);
	rtsp_session_free(c->session);
	close(c->fd);
	free(c);
}

void
rtsp_conn_tick(struct rtsp_conn *c)
{
	rtsp_session_tick(c->session);
}

void
rtsp_conn_wake(struct rtsp_conn *c)
{
	flush(c);
	soon(c);
}
