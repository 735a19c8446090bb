/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One RTSP connection: a socket around a session. Main thread. */
#ifndef STREAMD_OUTPUTS_RTSP_CONN_H
#define STREAMD_OUTPUTS_RTSP_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/socket.h>

struct err;
struct event;
struct loop;
struct rtsp_session;
struct rtsp_shared;

struct rtsp_conn {
	LIST_ENTRY(rtsp_conn) entry;
	int fd;
	struct event *read, *write, *later;
	struct rtsp_session *session;
	struct sockaddr_storage addr;
	bool reading, writing;		/* the events are on */
	bool broken;			/* the socket is of no use any more */
	void (*closed)(void *arg, struct rtsp_conn *c);	/* it is over: free it */
	/* NULL: to the session. Else what comes goes here; it may end the session, or set
	 * broken, but not free the connection. */
	void (*input)(void *arg, const uint8_t *p, size_t n);
	void *arg;
};

/* Takes fd (closes it on failure as well). closed is called once, from the loop's own
 * turn, with the connection still in the caller's list. */
struct rtsp_conn *rtsp_conn_new(struct loop *l, struct rtsp_shared *sh, int fd,
    const struct sockaddr_storage *addr, void (*closed)(void *arg, struct rtsp_conn *c),
    void *arg, struct err *e);
/* Writes what the socket takes at once (a last BYE), then closes. */
void rtsp_conn_free(struct rtsp_conn *c);
/* Something was queued, or the connection is to be closed: act on it soon. */
void rtsp_conn_wake(struct rtsp_conn *c);
/* A few times a second. */
void rtsp_conn_tick(struct rtsp_conn *c);
bool rtsp_conn_same_address(const struct rtsp_conn *c, const struct sockaddr_storage *a);

#endif
