/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The UDP sockets of RTSP (see rtsp_udp.h). streamd, main thread. */
#include "config.h"

#include <errno.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/err.h"
#include "common/loop.h"
#include "streamd/outputs/rtcp.h"
#include "streamd/outputs/rtp_pack.h"
#include "streamd/outputs/rtsp_udp.h"

#define BATCH 64
#define SEND_BUFFER (1024 * 1024)
#define DATAGRAM_MAX 1500
#define READS_MAX 32 /* a turn of the loop */
#define PAIR_TRIES 50
#define REPORTS_MAX 8

struct rtsp_udp {
	int rtp, rtcp;
	unsigned port;
	struct event *rtp_event, *rtcp_event;
	rtsp_udp_heard *heard;
	void *arg;
};

static void
set_port(struct sockaddr_storage *a, unsigned port)
{
	if (a->ss_family == AF_INET6)
		((struct sockaddr_in6 *)(void *)a)->sin6_port = htons((uint16_t)port);
	else
		((struct sockaddr_in *)(void *)a)->sin_port = htons((uint16_t)port);
}

static unsigned
port_of(const struct sockaddr_storage *a)
{
	return ntohs(a->ss_family == AF_INET6
		? ((const struct sockaddr_in6 *)(const void *)a)->sin6_port
		: ((const struct sockaddr_in *)(const void *)a)->sin_port);
}

static socklen_t
size_of(const struct sockaddr_storage *a)
{
	return a->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6)
					: sizeof(struct sockaddr_in);
}

/* What players send to the RTP port only opens their own doors. */
static void
on_rtp(int fd, short what, void *arg)
{
	uint8_t buf[DATAGRAM_MAX];
	int i;

	(void)what;
	(void)arg;
	for (i = 0; i < READS_MAX; i++) {
		if (recv(fd, buf, sizeof(buf), MSG_DONTWAIT) < 0)
			break;
	}
}

static void
on_rtcp(int fd, short what, void *arg)
{
	struct rtsp_udp *u = arg;
	struct rtsp_loss reports[REPORTS_MAX];
	struct sockaddr_storage from;
	uint8_t buf[DATAGRAM_MAX];
	socklen_t from_n;
	ssize_t n;
	int i;

	(void)what;
	for (i = 0; i < READS_MAX; i++) {
		from_n = sizeof(from);
		memset(&from, 0, sizeof(from));
		n = recvfrom(fd, buf, sizeof(buf), MSG_DONTWAIT,
		    (struct sockaddr *)&from, &from_n);
		if (n < 0)
			break;
		u->heard(u->arg, &from, reports,
		    rtcp_read(buf, (size_t)n, reports, REPORTS_MAX));
	}
}

static int
bind_at(const struct sockaddr_storage *near, unsigned port)
{
	struct sockaddr_storage a = *near;
	int fd = socket(a.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int size = SEND_BUFFER;

	if (fd < 0)
		return -1;
	set_port(&a, port);
	if (bind(fd, (struct sockaddr *)&a, size_of(&a)) < 0) {
		close(fd);
		return -1;
	}
	/* One frame goes out at once; the kernel takes what it allows. */
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	return fd;
}

/* An even port and the next one. */
static int
bind_pair(struct rtsp_udp *u, const struct sockaddr_storage *near, unsigned port)
{
	struct sockaddr_storage a;
	socklen_t n = sizeof(a);
	int tries;

	for (tries = 0; tries < (port == 0 ? PAIR_TRIES : 1); tries++) {
		if ((u->rtp = bind_at(near, port)) < 0)
			return -1;
		n = sizeof(a);
		if (getsockname(u->rtp, (struct sockaddr *)&a, &n) == 0 &&
		    port_of(&a) % 2 == 0 &&
		    (u->rtcp = bind_at(near, port_of(&a) + 1)) >= 0) {
			u->port = port_of(&a);
			return 0;
		}
		close(u->rtp);
		u->rtp = -1;
	}
	return -1;
}

struct rtsp_udp *
rtsp_udp_new(struct loop *l, const struct sockaddr_storage *near, unsigned port,
    rtsp_udp_heard *heard, void *arg, struct err *e)
{
	struct rtsp_udp *u = calloc(1, sizeof(*u));

	if (u == NULL) {
		err_sys(e, "open the UDP ports");
		return NULL;
	}
	u->rtp = u->rtcp = -1;
	u->heard = heard;
	u->arg = arg;
	if (port % 2 != 0)
		err_set(e, ERR_USAGE, "rtp-port",
		    "[streamd] rtp_port = %u: must be even; RTCP takes the next one",
		    port);
	else if (bind_pair(u, near, port) < 0)
		err_sys(e, "open UDP ports %u and %u ([streamd] rtp_port)", port,
		    port + 1);
	else if ((u->rtp_event = loop_watch(l, u->rtp, EV_READ, on_rtp, u, e)) !=
		NULL &&
	    (u->rtcp_event = loop_watch(l, u->rtcp, EV_READ, on_rtcp, u, e)) != NULL)
		return u;
	rtsp_udp_free(u);
	return NULL;
}

void
rtsp_udp_free(struct rtsp_udp *u)
{
	if (u == NULL)
		return;
	loop_drop(u->rtp_event);
	loop_drop(u->rtcp_event);
	if (u->rtp >= 0)
		close(u->rtp);
	if (u->rtcp >= 0)
		close(u->rtcp);
	free(u);
}

unsigned
rtsp_udp_port(const struct rtsp_udp *u)
{
	return u->port;
}

/* The next packets of a run, each without its interleaving bytes. */
static unsigned
fill(struct mmsghdr *m, struct iovec *iov, struct sockaddr_storage *to,
    const struct rtp_run *run, size_t *at)
{
	unsigned n;
	size_t length;

	memset(m, 0, BATCH * sizeof(*m));
	for (n = 0; n < BATCH && *at + RTP_FRAMING_N <= run->n; n++) {
		length = (size_t)run->data[*at + 2] << 8 | run->data[*at + 3];
		/* iov_base is for reading here, whatever its type says. */
		iov[n].iov_base = (void *)(uintptr_t)(run->data + *at + RTP_FRAMING_N);
		iov[n].iov_len = length;
		m[n].msg_hdr.msg_iov = &iov[n];
		m[n].msg_hdr.msg_iovlen = 1;
		m[n].msg_hdr.msg_name = to;
		m[n].msg_hdr.msg_namelen = size_of(to);
		*at += RTP_FRAMING_N + length;
	}
	return n;
}

int
rtsp_udp_send(struct rtsp_udp *u, const struct sockaddr_storage *to, unsigned port,
    const struct rtp_run *run)
{
	struct sockaddr_storage a = *to;
	struct mmsghdr m[BATCH];
	struct iovec iov[BATCH];
	unsigned n, sent;
	size_t at = 0;
	int r;

	set_port(&a, port);
	while ((n = fill(m, iov, &a, run, &at)) > 0) {
		for (sent = 0; sent < n; sent += (unsigned)r) {
			r = sendmmsg(
			    u->rtp, m + sent, n - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
			/* An old ICMP error comes back once; the packet is not gone. */
			if (r < 0 && (errno == EINTR || errno == ECONNREFUSED))
				r = 0;
			else if (r <= 0)
				return -1;
		}
	}
	return 0;
}

void
rtsp_udp_send_rtcp(struct rtsp_udp *u, const struct sockaddr_storage *to, unsigned port,
    const void *p, size_t n)
{
	struct sockaddr_storage a = *to;

	set_port(&a, port);
	(void)sendto(u->rtcp, p, n, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&a,
	    size_of(&a));
}
