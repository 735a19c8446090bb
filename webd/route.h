/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The one table of routes, and the guard in front of it: every request passes
 * route_admit() before a handler sees it. A route cannot be written down without its
 * access. webd's one thread.
 */
#ifndef WEBD_ROUTE_H
#define WEBD_ROUTE_H

#include <stdbool.h>
#include <stddef.h>

#include "webd/request.h"

struct web;

enum access {
	ACCESS_PUBLIC = 1,	/* anyone; handlers judge credentials in the body */
	ACCESS_STREAM,		/* stream credentials, or any sign-in */
	ACCESS_VIEWER,		/* signed in */
	ACCESS_ADMIN
};

enum body {
	BODY_NONE = 1,
	BODY_JSON,	/* collected, at most REQUEST_BODY_MAX */
	BODY_RAW,	/* an upload, straight to a file */
	BODY_JPEG	/* the same, of a photograph */
};

struct route {
	enum method method;	/* GET stands for HEAD too */
	const char *pattern;	/* "/api/v1/jobs/{id}/log"; at most one {part} */
	enum access access;
	enum body body;
	const char *query;	/* keys that it takes: "open limit"; NULL = any at all */
	void (*handler)(struct web *w, const struct request *r, struct reply *rep);
};

const struct route *route_table(size_t *ret_n);	/* borrowed, static */
const char *access_name(enum access access);	/* public, stream, viewer, admin */

/* Everything that is checked before the body is read: host, path, method, origin,
 * content type, who asks, role, CSRF token. Fills r->param and r->who. The route, or
 * NULL with the refusal in rep. */
const struct route *route_admit(struct web *w, struct request *r, struct reply *rep);

/* Call the handler of an admitted request whose body is whole. */
void route_handle(struct web *w, const struct route *route, const struct request *r,
    struct reply *rep);

/* Does path fit the pattern? ret_param gets the decoded {part}. */
bool route_match(const char *pattern, const char *path, char *ret_param, size_t ret_size);

#endif
