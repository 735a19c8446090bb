/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The RTSP server: listens, limits who may connect, and keeps what all connections
 * share (credentials, the RTP numbering of each stream). Main thread only.
 */
#ifndef STREAMD_OUTPUTS_RTSP_SERVER_H
#define STREAMD_OUTPUTS_RTSP_SERVER_H

#include <stdbool.h>
#include <stddef.h>

struct darkroom;
struct err;
struct hub;
struct loop;
struct rtsp_server;
struct rtsp_shared;

struct rtsp_options {
	const char *listen;
	unsigned max_clients;
	bool udp;		/* offered beside TCP */
	unsigned rtp_port;	/* even; RTCP is the next; 0: any free pair */
};

/* Listen on HOST:PORT ("[::]:8654"; port 0 takes a free one). max_clients counts all
 * connections, and those of one address. Hub and darkroom must outlive the
 * server; darkroom NULL: pictures are never made fit for RTP. */
struct rtsp_server *rtsp_server_new(struct loop *l, struct hub *hub,
    struct darkroom *darkroom, const struct rtsp_options *o, struct err *e);
/* Says BYE to those who watch and closes. NULL is fine. */
void rtsp_server_free(struct rtsp_server *s);

/* The stream credentials. Nobody can sign in before the first call. Other ones than
 * before end all sessions. */
void rtsp_server_credentials(struct rtsp_server *s, const char *user,
    const char *password);
/* What its sessions share; for those that go the other way (push.h). Borrowed. */
struct rtsp_shared *rtsp_server_shared(struct rtsp_server *s);
/* Where it listens, "127.0.0.1:8654". Borrowed. */
const char *rtsp_server_address(const struct rtsp_server *s);
/* Connections now open. */
unsigned rtsp_server_clients(const struct rtsp_server *s);

#endif
