/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The HTTP server: glue between libmicrohttpd, our event loop and the guard. One
 * thread; the library's epoll descriptor is watched by our loop.
 *
 * A connection that has nothing to say is suspended. libmicrohttpd 0.9.75 does not make
 * its epoll descriptor readable when one is resumed, so resuming and running it belong
 * together: http_wake() only notes who is to be woken, and one function does both.
 */
#ifndef WEBD_HTTP_H
#define WEBD_HTTP_H

#include <stddef.h>

struct err;
struct http;
struct waker;
struct web;

/* Listen on HOST:PORT (port 0 takes a free one); what was bound goes to w->listen. */
struct http *http_start(struct web *w, const char *listen, struct err *e);
/* The same with TLS beside it, with the certificate of w->tls; to w->tls_listen. */
int http_start_tls(struct http *h, const char *listen, struct err *e);
void http_stop(struct http *h);	/* NULL is fine */

/* There are bytes for this stream, or the later reply is filled in. Never calls back
 * at once; may be called from inside call-backs; NULL is fine. */
void http_wake(struct waker *waker);

/* Set at every answer: [webd] frame_origins. */
void http_set_frame_origins(struct http *h, const char *origins);

#endif
