/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One request over HTTP, from its first line to its end: libmicrohttpd's call-backs on
 * one side, struct request and struct reply on the other. Only http.c and exchange.c
 * use this. webd's one thread.
 */
#ifndef WEBD_EXCHANGE_H
#define WEBD_EXCHANGE_H

#include <microhttpd.h>
#include <stdbool.h>
#include <sys/queue.h>

struct http;
struct web;

/* How a suspended connection comes back. */
struct waker {
	TAILQ_ENTRY(waker) entry;	/* in http.c's list of this state */
	struct http *h;
	struct MHD_Connection *mhd;
	enum { AWAKE, SLEEPING, WAKING } state;
};

/* libmicrohttpd's call-backs; arg is the struct http. */
void *exchange_on_target(void *arg, const char *target, struct MHD_Connection *mhd);
enum MHD_Result exchange_on_request(void *arg, struct MHD_Connection *mhd, const char *url,
    const char *method, const char *version, const char *upload, size_t *n_upload,
    void **context);
void exchange_on_completed(void *arg, struct MHD_Connection *mhd, void **context,
    enum MHD_RequestTerminationCode why);

/* http.c's side. */
struct web *http_web(const struct http *h);
const char *http_policy(const struct http *h);	/* Content-Security-Policy */
bool http_is_stopping(const struct http *h);
/* Suspend until http_wake(); once, never twice. */
void http_sleep(struct waker *k);
/* The request is over: this waker will not be used again. */
void http_forget(struct waker *k);

#endif
