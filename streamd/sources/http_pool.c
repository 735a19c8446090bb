/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libcurl on libevent (see http_pool.h). streamd, main thread. */
#include "config.h"

#include <event2/event.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "common/err.h"
#include "common/loop.h"
#include "streamd/sources/http_pool.h"

struct transfer {
	LIST_ENTRY(transfer) entry;
	CURL *easy;
	void (*done)(void *, CURLcode);
	void *arg;
};

struct http_pool {
	struct loop *loop;
	CURLM *multi;
	struct event *timer;
	LIST_HEAD(, transfer) transfers;
};

static struct transfer *
find(struct http_pool *p, const CURL *easy)
{
	struct transfer *t;

	LIST_FOREACH (t, &p->transfers, entry) {
		if (t->easy == easy)
			return t;
	}
	return NULL;
}

static void
collect(struct http_pool *p)
{
	struct transfer *t;
	CURLMsg *msg;
	CURLcode result;
	int left;

	while ((msg = curl_multi_info_read(p->multi, &left)) != NULL) {
		if (msg->msg != CURLMSG_DONE || (t = find(p, msg->easy_handle)) == NULL)
			continue;
		result = msg->data.result;
		curl_multi_remove_handle(p->multi, t->easy);
		LIST_REMOVE(t, entry);
		t->done(t->arg, result);
		free(t);
	}
}

static void
on_socket(int fd, short what, void *arg)
{
	struct http_pool *p = arg;
	int running, bits = 0;

	bits |= what & EV_READ ? CURL_CSELECT_IN : 0;
	bits |= what & EV_WRITE ? CURL_CSELECT_OUT : 0;
	curl_multi_socket_action(p->multi, fd, bits, &running);
	collect(p);
}

static void
on_timer(int fd, short what, void *arg)
{
	struct http_pool *p = arg;
	int running;

	(void)fd;
	(void)what;
	curl_multi_socket_action(p->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	collect(p);
}

/* libcurl says which socket it waits for. */
static int
watch_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *of_socket)
{
	struct http_pool *p = arg;
	struct event *old = of_socket, *ev = NULL;
	short bits = 0;

	(void)easy;
	loop_drop(old);
	bits |= what & CURL_POLL_IN ? EV_READ : 0;
	bits |= what & CURL_POLL_OUT ? EV_WRITE : 0;
	if (what != CURL_POLL_REMOVE)
		ev = loop_watch(p->loop, fd, bits, on_socket, p, NULL);
	curl_multi_assign(p->multi, fd, ev);
	return what == CURL_POLL_REMOVE || ev != NULL ? 0 : -1;
}

static int
set_timer(CURLM *multi, long ms, void *arg)
{
	struct http_pool *p = arg;

	(void)multi;
	loop_timer_set(p->timer, ms);
	return 0;
}

struct http_pool *
http_pool_new(struct loop *l, struct err *e)
{
	struct http_pool *p = calloc(1, sizeof(*p));

	if (p == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		free(p);
		err_set(e, ERR_FAILED, "http", "the HTTP library does not start");
		return NULL;
	}
	p->loop = l;
	LIST_INIT(&p->transfers);
	p->multi = curl_multi_init();
	p->timer = loop_timer(l, on_timer, p, e);
	if (p->multi == NULL || p->timer == NULL) {
		http_pool_free(p);
		err_set(e, ERR_FAILED, "http", "the HTTP library does not start");
		return NULL;
	}
	curl_multi_setopt(p->multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
	curl_multi_setopt(p->multi, CURLMOPT_SOCKETDATA, p);
	curl_multi_setopt(p->multi, CURLMOPT_TIMERFUNCTION, set_timer);
	curl_multi_setopt(p->multi, CURLMOPT_TIMERDATA, p);
	return p;
}

void
http_pool_free(struct http_pool *p)
{
	if (p == NULL)
		return;
	if (p->multi != NULL)
		curl_multi_cleanup(p->multi);
	loop_drop(p->timer);
	free(p);
	curl_global_cleanup();
}

int
http_pool_add(struct http_pool *p, CURL *easy, void (*done)(void *arg, CURLcode result),
    void *arg, struct err *e)
{
	struct transfer *t = calloc(1, sizeof(*t));
	CURLMcode r;

	if (t == NULL)
		return err_sys(e, "start a transfer");
	t->easy = easy;
	t->done = done;
	t->arg = arg;
	if ((r = curl_multi_add_handle(p->multi, easy)) != CURLM_OK) {
		free(t);
		return err_set(e, ERR_FAILED, "http", "start a transfer: %s",
		    curl_multi_strerror(r));
	}
	LIST_INSERT_HEAD(&p->transfers, t, entry);
	return 0;
}

void
http_pool_remove(struct http_pool *p, CURL *easy)
{
	struct transfer *t = find(p, easy);

	curl_multi_remove_handle(p->multi, easy);
	if (t != NULL) {
		LIST_REMOVE(t, entry);
		free(t);
	}
}
