/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The RTSP listener (see rtsp_server.h). streamd, main thread. Who may connect is
 * decided here, before a byte is read: so many in all, so many of one address, and few
 * of one address that have not signed in. When descriptors run out, one kept in
 * reserve turns the next client away and listening pauses, so that the loop does not
 * spin.
 */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/err.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/text.h"
#include "streamd/outputs/rtsp_conn.h"
#include "streamd/outputs/rtsp_server.h"
#include "streamd/outputs/rtsp_session.h"
#include "streamd/outputs/rtsp_udp.h"

#define STRANGERS_MAX 16 /* of one address, not signed in */
#define BACKLOG 64
#define TICK_MS 250
#define PAUSE_MS 1000
#define LOG_EVERY_US 60000000

struct rtsp_server {
	struct loop *loop;
	struct rtsp_shared shared;
	unsigned max_clients, clients;
	LIST_HEAD(, rtsp_conn) conns;
	int fd, reserve_fd;
	struct event *accept, *tick, *pause;
	int64_t refused_log_us;
	char address[80];
};

static void
on_tick(int fd, short what, void *arg)
{
	struct rtsp_server *s = arg;
	struct rtsp_conn *c;

	(void)fd;
	(void)what;
	/* A tick never frees: what ends goes from its own timer. */
	LIST_FOREACH (c, &s->conns, entry)
		rtsp_conn_tick(c);
	if (s->clients > 0)
		loop_timer_set(s->tick, TICK_MS);
}

static void
on_closed(void *arg, struct rtsp_conn *c)
{
	struct rtsp_server *s = arg;

	LIST_REMOVE(c, entry);
	s->clients--;
	rtsp_conn_free(c);
}

/* Why this address may not connect now, or NULL. */
static const char *
refusal(struct rtsp_server *s, const struct sockaddr_storage *a)
{
	struct rtsp_conn *c;
	unsigned strangers = 0, of_address = 0;
	unsigned most =
	    s->max_clients / 2 > STRANGERS_MAX ? s->max_clients / 2 : STRANGERS_MAX;

	if (s->clients >= s->max_clients)
		return "as many clients as [streamd] max_clients allows";
	LIST_FOREACH (c, &s->conns, entry) {
		if (c->session->signed_in)
			continue;
		strangers++;
		of_address += rtsp_conn_same_address(c, a);
	}
	if (of_address >= STRANGERS_MAX)
		return "too many connections of one address that have not signed in";
	/* Strangers of many addresses must leave room for those with a password. */
	if (strangers >= most)
		return "too many connections that have not signed in";
	return NULL;
}

static void
take(struct rtsp_server *s, int fd, const struct sockaddr_storage *a)
{
	const char *why = refusal(s, a);
	struct rtsp_conn *c;
	struct err e;
	int64_t now = loop_now_us();

	if (why != NULL) {
		close(fd);
		if (s->refused_log_us != 0 && now - s->refused_log_us < LOG_EVERY_US)
			return;
		s->refused_log_us = now;
		log_warnx("rtsp", "client turned away: %s", why);
		return;
	}
	c = rtsp_conn_new(s->loop, &s->shared, fd, a, on_closed, s, &e);
	if (c == NULL) {
		log_warnx("rtsp", "%s", e.msg);
		return;
	}
	LIST_INSERT_HEAD(&s->conns, c, entry);
	if (s->clients++ == 0)
		loop_timer_set(s->tick, TICK_MS);
}

/* No descriptors: turn one client away with the reserve, then let others rest. */
static void
out_of_descriptors(struct rtsp_server *s)
{
	int fd;

	if (s->reserve_fd >= 0) {
		close(s->reserve_fd);
		if ((fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC)) >= 0)
			close(fd);
		s->reserve_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	}
	log_warnx("rtsp", "no descriptors left: taking no clients for a second");
	event_del(s->accept);
	loop_timer_set(s->pause, PAUSE_MS);
}

static void
on_pause_over(int fd, short what, void *arg)
{
	struct rtsp_server *s = arg;

	(void)fd;
	(void)what;
	if (s->reserve_fd < 0)
		s->reserve_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	event_add(s->accept, NULL);
}

static void
on_accept(int fd, short what, void *arg)
{
	struct rtsp_server *s = arg;
	struct sockaddr_storage a;
	socklen_t n = sizeof(a);
	int client;

	(void)what;
	memset(&a, 0, sizeof(a));
	client = accept4(fd, (struct sockaddr *)&a, &n, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (client >= 0)
		take(s, client, &a);
	else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
	    errno == ENOMEM)
		out_of_descriptors(s);
}

static void
name_address(struct rtsp_server *s, const char *listen)
{
	struct sockaddr_storage a;
	socklen_t n = sizeof(a);
	const char *colon = strrchr(listen, ':');
	unsigned port = 0;

	memset(&a, 0, sizeof(a));
	if (getsockname(s->fd, (struct sockaddr *)&a, &n) == 0)
		port = ntohs(a.ss_family == AF_INET6
			? ((struct sockaddr_in6 *)&a)->sin6_port
			: ((struct sockaddr_in *)&a)->sin_port);
	snprintf(s->address, sizeof(s->address), "%.*s:%u",
	    (int)(colon != NULL ? colon - listen : 0), listen, port);
}

/* "HOST:PORT" or "[HOST]:PORT", addresses only. The length, or 0. */
static socklen_t
parse_address(const char *text, struct sockaddr_storage *ret)
{
	struct sockaddr_in *v4 = (void *)ret;
	struct sockaddr_in6 *v6 = (void *)ret;
	const char *colon = strrchr(text, ':');
	char host[INET6_ADDRSTRLEN + 2];
	uint64_t port;
	size_t n;

	memset(ret, 0, sizeof(*ret));
	if (colon == NULL || (n = (size_t)(colon - text)) >= sizeof(host) ||
	    text_number(colon + 1, 0, 65535, false, &port) < 0)
		return 0;
	memcpy(host, text, n);
	host[n] = '\0';
	if (host[0] == '[' && host[n - 1] == ']') {
		host[n - 1] = '\0';
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons((uint16_t)port);
		return inet_pton(AF_INET6, host + 1, &v6->sin6_addr) == 1 ? sizeof(*v6)
									  : 0;
	}
	v4->sin_family = AF_INET;
	v4->sin_port = htons((uint16_t)port);
	return inet_pton(AF_INET, host, &v4->sin_addr) == 1 ? sizeof(*v4) : 0;
}

static int
open_socket(struct rtsp_server *s, const char *listen_at, struct err *e)
{
	struct sockaddr_storage a;
	socklen_t n = parse_address(listen_at, &a);
	int on = 1;

	if (n == 0)
		return err_set(e, ERR_USAGE, "listen-address",
		    "[streamd] rtsp_listen: '%s' is no address; write HOST:PORT such "
		    "as "
		    "0.0.0.0:8654 or [::]:8654",
		    listen_at);
	s->fd = socket(a.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->fd < 0)
		return err_sys(e, "open a socket for RTSP");
	(void)setsockopt(s->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(s->fd, (struct sockaddr *)&a, n) < 0 || listen(s->fd, BACKLOG) < 0)
		return err_sys(e,
		    "listen on %s ([streamd] rtsp_listen); is another RTSP server "
		    "running?",
		    listen_at);
	name_address(s, listen_at);
	return 0;
}

static void
on_heard(void *arg, const struct sockaddr_storage *from,
    const struct rtsp_loss *reports, unsigned n)
{
	struct rtsp_server *s = arg;
	struct rtsp_conn *c;

	LIST_FOREACH (c, &s->conns, entry) {
		if (rtsp_session_heard(c->session, from, reports, n))
			return;
	}
}

static int
open_udp(struct rtsp_server *s, const struct rtsp_options *o, struct err *e)
{
	struct sockaddr_storage a;
	socklen_t n = sizeof(a);

	if (!o->udp)
		return 0;
	memset(&a, 0, sizeof(a));
	if (getsockname(s->fd, (struct sockaddr *)&a, &n) < 0)
		return err_sys(e, "open the UDP ports");
	s->shared.udp = rtsp_udp_new(s->loop, &a, o->rtp_port, on_heard, s, e);
	return s->shared.udp != NULL ? 0 : -1;
}

struct rtsp_server *
rtsp_server_new(struct loop *l, struct hub *hub, struct darkroom *darkroom,
    const struct rtsp_options *o, struct err *e)
{
	struct rtsp_server *s = calloc(1, sizeof(*s));

	if (s == NULL) {
		err_sys(e, "start the RTSP server");
		return NULL;
	}
	s->loop = l;
	s->fd = s->reserve_fd = -1;
	s->max_clients = o->max_clients;
	LIST_INIT(&s->conns);
	if (rtsp_auth_init(&s->shared.auth) < 0) {
		err_set(e, ERR_FAILED, "sodium", "libsodium does not start");
		free(s);
		return NULL;
	}
	rtsp_shared_init(&s->shared, hub);
	s->shared.darkroom = darkroom;
	s->reserve_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (open_socket(s, o->listen, e) < 0 || open_udp(s, o, e) < 0 ||
	    (s->tick = loop_timer(l, on_tick, s, e)) == NULL ||
	    (s->pause = loop_timer(l, on_pause_over, s, e)) == NULL ||
	    (s->accept = loop_watch(l, s->fd, EV_READ, on_accept, s, e)) == NULL) {
		rtsp_server_free(s);
		return NULL;
	}
	return s;
}

void
rtsp_server_free(struct rtsp_server *s)
{
	struct rtsp_conn *c;

	if (s == NULL)
		return;
	while ((c = LIST_FIRST(&s->conns)) != NULL) {
		LIST_REMOVE(c, entry);
		rtsp_session_end(c->session, "streamd ends");
		rtsp_conn_free(c);
	}
	loop_drop(s->accept);
	loop_drop(s->tick);
	loop_drop(s->pause);
	if (s->fd >= 0)
		close(s->fd);
	if (s->reserve_fd >= 0)
		close(s->reserve_fd);
	rtsp_udp_free(s->shared.udp);
	rtsp_shared_fini(&s->shared);
	free(s);
}

void
rtsp_server_credentials(struct rtsp_server *s, const char *user, const char *password)
{
	struct rtsp_conn *c;
	bool changed = strcmp(s->shared.auth.user, user) != 0 ||
	    strcmp(s->shared.auth.password, password) != 0;

	if (!changed)
		return;
	rtsp_auth_set(&s->shared.auth, user, password);
	LIST_FOREACH (c, &s->conns, entry)
		rtsp_session_end(c->session, "the stream password was changed");
}

struct rtsp_shared *
rtsp_server_shared(struct rtsp_server *s)
{
	return &s->shared;
}

const char *
rtsp_server_address(const struct rtsp_server *s)
{
	return s->address;
}

unsigned
rtsp_server_clients(const struct rtsp_server *s)
{
	return s->clients;
}
