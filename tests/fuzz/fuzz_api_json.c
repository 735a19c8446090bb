/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A change of the API with a hostile body: the first byte chooses the route, the rest
 * is its JSON. The database is a private one; whatever the handler answers, it answers
 * with a status, and an error with its document.
 */
#include "config.h"

#include "tests/webtest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/camera.h"
#include "db/socket.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct webtest *world;

static void
at_end(void)
{
	void *state = world;

	(void)webtest_teardown(&state);
}

static void
start(void)
{
	struct camera c = { .name = "garden", .source = "test:", .enabled = true };
	struct err e = { .code = ERR_NONE };
	void *state;

	if (webtest_setup(&state) < 0)
		abort();
	world = state;
	if (camera_add(world->t->db, &c, &e) < 0 ||
	    socket_set_name(world->t->db, "usb-1", "left", &e) < 0)
		abort();
	(void)atexit(at_end);
}

/* The routes that take JSON and hash no password: those would only be slow here. */
static const struct route *
choose(unsigned number)
{
	const struct route *routes;
	size_t i, n, at = 0;

	routes = route_table(&n);
	for (i = 0; i < 2 * n; i++) {
		const struct route *r = &routes[i % n];

		if (r->body == BODY_JSON && r->access != ACCESS_PUBLIC &&
		    strcmp(r->pattern, "/api/v1/session") != 0 && at++ == number)
			return r;
	}
	return NULL;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const struct route *route;
	struct request r;
	struct reply rep;
	json_t *doc;
	char path[200];

	if (world == NULL)
		start();
	if (n < 1 || n > REQUEST_BODY_MAX || (route = choose(data[0] % 24u)) == NULL)
		return 0;
	webtest_path(route->pattern, path, sizeof(path));
	webtest_request(world, &r, route->method, path, AS_ADMIN_TOKEN);
	r.body = data + 1;
	r.n_body = r.content_length = n - 1;
	r.has_body = r.has_length = n > 1;
	reply_init(&rep);
	if (route_admit(&world->web, &r, &rep) != NULL)
		route_handle(&world->web, route, &r, &rep);
	if (rep.status < 200 || rep.status > 599)
		abort();
	if (rep.status >= 400) {
		doc = json_loadb(rep.bytes, rep.n, JSON_REJECT_DUPLICATES, NULL);
		if (webtest_code(doc)[0] == '\0')
			abort();
		json_decref(doc);
	}
	reply_fini(&rep);
	return 0;
}
