/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * RTP and RTCP over UDP: one pair of sockets for all clients. A datagram goes only to
 * the address that a client's TCP connection came from. Main thread.
 */
#ifndef STREAMD_OUTPUTS_RTSP_UDP_H
#define STREAMD_OUTPUTS_RTSP_UDP_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct err;
struct loop;
struct rtp_run;
struct rtsp_udp;

/* Receiver reports of a client about one stream. */
struct rtsp_loss {
	uint32_t ssrc;
	uint32_t lost;	/* packets in all */
};

/* Something came to the RTCP port from this address: n reports, 0 too. */
typedef void rtsp_udp_heard(void *arg, const struct sockaddr_storage *from,
    const struct rtsp_loss *reports, unsigned n);

/* Listen at the same host as near, at port and the next; 0: any free pair. */
struct rtsp_udp *rtsp_udp_new(struct loop *l, const struct sockaddr_storage *near,
    unsigned port, rtsp_udp_heard *heard, void *arg, struct err *e);
void rtsp_udp_free(struct rtsp_udp *u);	/* NULL is fine */
/* The even port; RTCP is the next. */
unsigned rtsp_udp_port(const struct rtsp_udp *u);

/* All packets of a run. 0, or -1: the network takes no more, and the rest was left
 * out. */
int rtsp_udp_send(struct rtsp_udp *u, const struct sockaddr_storage *to, unsigned port,
    const struct rtp_run *run);
/* One datagram of RTCP; lost when the network is full. */
void rtsp_udp_send_rtcp(struct rtsp_udp *u, const struct sockaddr_storage *to,
    unsigned port, const void *p, size_t n);

#endif
