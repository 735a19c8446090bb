/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Transport header of a SETUP: choose the first entry that can be served. Pure. */
#ifndef STREAMD_OUTPUTS_RTSP_TRANSPORT_H
#define STREAMD_OUTPUTS_RTSP_TRANSPORT_H

#include <stdbool.h>
#include <stdint.h>

struct rtsp_transport {
	bool channels_given;		/* else the server chooses a free pair */
	uint8_t rtp, rtcp;		/* interleaved channels */
	bool udp;
	uint16_t rtp_port, rtcp_port;	/* the client's, at its TCP address */
};

/* udp: whether entries for UDP can be served. Where datagrams shall go is not the
 * client's to say: destination= and source= are passed over. 0; -1 = no entry that can be served (461); -2 = a malformed header (400). */
int rtsp_transport_choose(const char *header, bool udp, struct rtsp_transport *ret);
/* A server's answer to a SETUP that asked for TCP. 0, or -1: it is about something
 * else. */
int rtsp_transport_taken(const char *header, struct rtsp_transport *ret);

#endif
