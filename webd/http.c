/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The HTTP server (see http.h). webd's one thread. */
#include "config.h"

#include <event2/event.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/conf.h"
#include "common/err.h"
#include "common/log.h"
#include "common/loop.h"
#include "webd/conns.h"
#include "webd/exchange.h"
#include "webd/http.h"
#include "webd/listen.h"
#include "webd/proxy.h"
#include "webd/tls.h"
#include "webd/web.h"

/* For the head of a request and one block of an answer. The library clears it between two
 * requests, so all of it stays in memory with each open page; a little more than it would
 * take from the heap, so that it goes back to the system. */
#define CONNECTION_BYTES (36 * 1024)
#define SILENCE_S 10

/* TLS 1.2 and 1.3 whatever the system's policy still allows. */
static const char priorities[] = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2";

TAILQ_HEAD(wakers, waker);

/* A listening address. */
struct port {
	struct http *h;
	bool is_tls;
	struct MHD_Daemon *mhd;
	struct event *watch; /* MHD's epoll descriptor */
	struct event *timer; /* MHD's time-outs */
};

struct http {
	struct web *w;
	struct port ports[2]; /* without and with TLS */
	struct event *kick; /* wakers are waiting */
	struct conns *conns;
	struct wakers sleeping, waking;
	char csp[CONF_LIST_MAX + 256];
	bool stopping;
};

struct web *
http_web(const struct http *h)
{
	return h->w;
}

const char *
http_policy(const struct http *h)
{
	return h->csp;
}

bool
http_is_stopping(const struct http *h)
{
	return h->stopping;
}

static void
set_timer(struct port *p)
{
	MHD_UNSIGNED_LONG_LONG ms;

	if (MHD_get_timeout(p->mhd, &ms) == MHD_YES)
		loop_timer_set(p->timer, (int64_t)ms);
	else
		loop_timer_set(p->timer, -1);
}

static void
run(struct port *p)
{
	if (p->mhd == NULL)
		return;
	(void)MHD_run(p->mhd);
	set_timer(p);
}

static void
on_ready(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	run(arg);
}

/* The only function that resumes. */
static void
on_kick(int fd, short what, void *arg)
{
	struct http *h = arg;
	struct waker *k;

	(void)fd;
	(void)what;
	while ((k = TAILQ_FIRST(&h->waking)) != NULL) {
		TAILQ_REMOVE(&h->waking, k, entry);
		k->state = AWAKE;
		MHD_resume_connection(k->mhd);
	}
	run(&h->ports[0]);
	run(&h->ports[1]);
}

void
http_wake(struct waker *k)
{
	if (k == NULL || k->state != SLEEPING)
		return;
	TAILQ_REMOVE(&k->h->sleeping, k, entry);
	TAILQ_INSERT_TAIL(&k->h->waking, k, entry);
	k->state = WAKING;
	loop_timer_set(k->h->kick, 0);
}

void
http_sleep(struct waker *k)
{
	if (k->state != AWAKE)
		return;
	k->state = SLEEPING;
	TAILQ_INSERT_TAIL(&k->h->sleeping, k, entry);
	MHD_suspend_connection(k->mhd);
}

void
http_forget(struct waker *k)
{
	if (k->state == SLEEPING)
		TAILQ_REMOVE(&k->h->sleeping, k, entry);
	else if (k->state == WAKING)
		TAILQ_REMOVE(&k->h->waking, k, entry);
	k->state = AWAKE;
}

/* ---- connections ---- */

static enum MHD_Result
on_accept(void *arg, const struct sockaddr *peer, socklen_t n)
{
	struct port *p = arg;

	(void)n;
	return conns_admit(p->h->conns, peer, proxies_trust(p->h->w->proxies, peer))
	    ? MHD_YES
	    : MHD_NO;
}

static void
on_connection(void *arg, struct MHD_Connection *mhd, void **context,
    enum MHD_ConnectionNotificationCode what)
{
	struct port *p = arg;
	struct conns *conns = p->h->conns;
	const union MHD_ConnectionInfo *fd, *peer;
	struct conn *conn;

	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
		peer = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
		if (fd == NULL ||
		    (conn = conns_add(conns, fd->connect_fd,
			 peer != NULL ? peer->client_addr : NULL)) == NULL)
			return;
		conn->is_tls = p->is_tls;
		*context = conn;
	} else if (*context != NULL) {
		conns_remove(conns, *context);
		*context = NULL;
	}
}

/* The path was taken apart by request_target(); the library must not change it. */
static size_t
no_unescape(void *arg, struct MHD_Connection *mhd, char *s)
{
	(void)arg;
	(void)mhd;
	return strlen(s);
}

static void on_library_log(void *, const char *, va_list)
    __attribute__((format(printf, 2, 0)));

static void
on_library_log(void *arg, const char *fmt, va_list ap)
{
	char line[300];

	(void)arg;
	vsnprintf(line, sizeof(line), fmt, ap);
	line[strcspn(line, "\n")] = '\0';
	log_debug("http", "%s", line);
}

void
http_set_frame_origins(struct http *h, const char *origins)
{
	snprintf(h->csp, sizeof(h->csp),
	    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' "
	    "blob: data:; "
	    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors "
	    "'self'%s%s",
	    origins[0] != '\0' ? " " : "", origins);
}

static struct MHD_Daemon *
start_library(struct port *p, int fd)
{
	struct http *h = p->h;

	return MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME |
		MHD_USE_ERROR_LOG | (p->is_tls ? MHD_USE_TLS : 0),
	    0, on_accept, p, exchange_on_request, h, MHD_OPTION_EXTERNAL_LOGGER,
	    on_library_log, NULL, MHD_OPTION_LISTEN_SOCKET, fd,
	    MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNS_MAX,
	    MHD_OPTION_PER_IP_CONNECTION_LIMIT, (unsigned)CONNS_PER_ADDRESS,
	    MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)SILENCE_S,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES,
	    MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_URI_LOG_CALLBACK,
	    exchange_on_target, h, MHD_OPTION_UNESCAPE_CALLBACK, no_unescape, NULL,
	    MHD_OPTION_NOTIFY_COMPLETED, exchange_on_completed, h,
	    MHD_OPTION_NOTIFY_CONNECTION, on_connection, p,
	    p->is_tls ? MHD_OPTION_HTTPS_CERT_CALLBACK : MHD_OPTION_END, tls_retrieve,
	    MHD_OPTION_HTTPS_PRIORITIES, priorities, MHD_OPTION_END);
}

static int
watch_library(struct port *p, struct err *e)
{
	const union MHD_DaemonInfo *info =
	    MHD_get_daemon_info(p->mhd, MHD_DAEMON_INFO_EPOLL_FD);
	struct loop *loop = p->h->w->loop;

	if (info == NULL || info->epoll_fd < 0)
		return err_set(
		    e, ERR_FAILED, "http", "libmicrohttpd gives no epoll descriptor");
	p->watch = loop_watch(loop, info->epoll_fd, EV_READ, on_ready, p, e);
	if (p->watch == NULL || (p->timer = loop_timer(loop, on_ready, p, e)) == NULL)
		return -1;
	set_timer(p);
	return 0;
}

static int
port_open(struct http *h, bool is_tls, const char *key, const char *listen_at,
    char *ret_bound, size_t ret_size, struct err *e)
{
	struct port *p = &h->ports[is_tls];
	int fd = listen_open(key, listen_at, ret_bound, ret_size, e);

	if (fd < 0)
		return -1;
	p->h = h;
	p->is_tls = is_tls;
	if ((p->mhd = start_library(p, fd)) == NULL) {
		close(fd);
		return err_set(e, ERR_FAILED, "http", "libmicrohttpd does not start");
	}
	return watch_library(p, e);
}

struct http *
http_start(struct web *w, const char *listen_at, struct err *e)
{
	struct http *h = calloc(1, sizeof(*h));

	if (h == NULL) {
		err_sys(e, "memory for the HTTP server");
		return NULL;
	}
	h->w = w;
	TAILQ_INIT(&h->sleeping);
	TAILQ_INIT(&h->waking);
	http_set_frame_origins(h, w->conf->frame_origins);
	if ((h->conns = conns_new(w->loop, e)) != NULL &&
	    (h->kick = loop_timer(w->loop, on_kick, h, e)) != NULL &&
	    port_open(h, false, "listen", listen_at, w->listen, sizeof(w->listen), e) ==
		0)
		return h;
	http_stop(h);
	return NULL;
}

int
http_start_tls(struct http *h, const char *listen_at, struct err *e)
{
	struct web *w = h->w;

	if (MHD_is_feature_supported(MHD_FEATURE_TLS) != MHD_YES)
		return err_set(e, ERR_USAGE, "no-tls",
		    "[webd] tls_listen: this machine's libmicrohttpd was built without "
		    "TLS; install Debian's, or take the line out and put a proxy with "
		    "TLS in front");
	return port_open(
	    h, true, "tls_listen", listen_at, w->tls_listen, sizeof(w->tls_listen), e);
}

static void
port_close(struct port *p)
{
	loop_drop(p->watch);
	loop_drop(p->timer);
	if (p->mhd != NULL)
		MHD_stop_daemon(p->mhd);
}

/* The library refuses to stop while a connection is suspended: streams end first. */
void
http_stop(struct http *h)
{
	struct waker *k;

	if (h == NULL)
		return;
	h->stopping = true;
	while ((k = TAILQ_FIRST(&h->sleeping)) != NULL)
		http_wake(k);
	if (!TAILQ_EMPTY(&h->waking))
		on_kick(-1, 0, h);
	port_close(&h->ports[0]);
	port_close(&h->ports[1]);
	loop_drop(h->kick);
	conns_free(h->conns);
	free(h);
}
