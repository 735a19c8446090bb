/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * libcurl's multi interface on our loop: one for all cameras, so that none waits for
 * another. Main thread.
 */
#ifndef STREAMD_SOURCES_HTTP_POOL_H
#define STREAMD_SOURCES_HTTP_POOL_H

#include <curl/curl.h>

struct err;
struct http_pool;
struct loop;

struct http_pool *http_pool_new(struct loop *l, struct err *e);
/* No transfer may be left. NULL is fine. */
void http_pool_free(struct http_pool *p);

/* Start a transfer; done is called once from the loop when it ends by itself, after it
 * was taken out of the pool. */
int http_pool_add(struct http_pool *p, CURL *easy,
    void (*done)(void *arg, CURLcode result), void *arg, struct err *e);
/* Take a running transfer out; done is not called. Not inside a call-back of libcurl. */
void http_pool_remove(struct http_pool *p, CURL *easy);

#endif
