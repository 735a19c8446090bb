/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One GET to a camera: address policy, sign-in, limits and the sentences for all that
 * can go wrong. Redirects are not followed, compressed answers not read. What the bytes
 * mean is the driver's. Main thread.
 */
#ifndef STREAMD_SOURCES_HTTP_GET_H
#define STREAMD_SOURCES_HTTP_GET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;
struct http_get;
struct source;

struct http_get_ops {
	/* The answer is a 200 of this Content-Type (NULL: none was sent). 0, or -1 and
	 * e: it is not wanted. Called once, before the first byte of the body. */
	int (*type)(void *arg, const char *type, struct err *e);
	/* 0, or -1 and e: no more of it. */
	int (*body)(void *arg, const uint8_t *p, size_t n, struct err *e);
	/* It is over: e NULL when the answer came whole. The request may be started
	 * again or freed from here. */
	void (*done)(void *arg, const struct err *e);
};

/* url is borrowed until the request is freed. NULL and e. */
struct http_get *http_get_new(struct source *s, const char *url,
    const struct http_get_ops *ops, void *arg, struct err *e);
/* Begin, or begin again after done. */
int http_get_start(struct http_get *g, struct err *e);
/* No call-back comes after this. NULL is fine. Not from type() or body(). */
void http_get_free(struct http_get *g);
/* Is it this Content-Type ("image/jpeg", or "multipart/" for all of a kind)? */
bool http_type_is(const char *type, const char *want);
/* Why a page, a playlist or something else is no picture. Returns -1. */
int http_type_refuse(const char *type, struct err *e);

#endif
