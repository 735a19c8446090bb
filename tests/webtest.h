/* SPDX-License-Identifier: GPL-3.0-or-later */
/* webd without a socket: a private inventory, an admin and a viewer who are signed in,
 * and requests put together by hand. Tests only. */
#ifndef TESTS_WEBTEST_H
#define TESTS_WEBTEST_H

#include "tests/dbtest.h"

#include <jansson.h>

#include "common/conf.h"
#include "webd/request.h"
#include "webd/route.h"
#include "webd/web.h"

enum as { AS_NOBODY, AS_VIEWER, AS_ADMIN, AS_VIEWER_TOKEN, AS_ADMIN_TOKEN, AS_STREAM, N_AS };

#define WEBTEST_PASSWORD "correct horse"

struct webtest {
	struct dbtest *t;
	struct conf conf;
	char conf_file[200];
	struct web web;
	char cookie[N_AS][128];		/* Cookie header, or "" */
	char csrf[N_AS][65];
	char authorization[N_AS][128];	/* Authorization header, or "" */
};

int webtest_setup(void **state);
int webtest_teardown(void **state);

/* A new session for this user, who keeps those that there are. */
void webtest_sign_in(struct webtest *w, const char *name, enum as as);

/* A request of this kind, as our own page would send it: CSRF token, content type and
 * origin in place. path may hold a query. */
void webtest_request(struct webtest *w, struct request *r, enum method method,
    const char *path, enum as as);
/* Guard and handler. Free the reply with reply_fini(). */
void webtest_ask(struct webtest *w, struct request *r, const char *body,
    struct reply *ret);
/* All in one: the status; ret (may be NULL) gets the JSON answer or NULL. */
int webtest_json(struct webtest *w, enum method method, const char *path, enum as as,
    const char *body, json_t **ret);
/* The code of an error answer, or "". Borrowed from doc. */
const char *webtest_code(const json_t *doc);
/* pattern with its {part} filled in. */
void webtest_path(const char *pattern, char *ret, size_t ret_size);

/* docs/openapi.json; NULL when it cannot be read. */
json_t *webschema_load(void);
/* A route's method as openapi.json writes it: "patch"; HEAD is described as "get". */
const char *webschema_method(enum method method);
/* Does doc fit what openapi.json says of this answer? Fails the test if not. */
void webschema_check(const json_t *api, const char *pattern, const char *method, int status,
    const json_t *doc);
/* Is a body of this type, NULL = no body, what openapi.json says? The same. */
/* Is the sentence its template with its params put in, and those that are sentences too? */
void webschema_said(const json_t *said, const char *sentence);
void webschema_check_type(const json_t *api, const char *pattern, const char *method,
    int status, const char *type);

#endif
