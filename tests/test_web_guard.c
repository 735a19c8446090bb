/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The guard in front of every route: who may, from where, in which form. The cases are
 * made from the route table, so that a new route cannot escape them. */
#include "config.h"

#include "tests/webtest.h"

#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "common/file.h"
#include "common/loop.h"
#include "webd/auth.h"
#include "webd/console.h"
#include "webd/work.h"

/* Only the guard: no handler runs. 0 = let through. */
static int
admit(struct webtest *w, struct request *r)
{
	struct reply rep;
	int status = 0;

	reply_init(&rep);
	if (route_admit(&w->web, r, &rep) == NULL)
		status = rep.status;
	reply_fini(&rep);
	return status;
}

static void
as_a_page_would(
    struct webtest *w, const struct route *route, struct request *r, enum as as)
{
	char path[200];

	webtest_path(route->pattern, path, sizeof(path));
	webtest_request(w, r, route->method, path, as);
	if (route->body == BODY_RAW || route->body == BODY_JPEG) {
		r->content_type =
		    route->body == BODY_RAW ? "application/octet-stream" : "image/jpeg";
		r->has_body = r->has_length = true;
		r->content_length = 4096;
	}
}

/* What the table promises for this pair. */
static int
wanted(enum access access, enum as as)
{
	switch (access) {
	case ACCESS_PUBLIC:
		return 0;
	case ACCESS_STREAM:
		return as == AS_NOBODY ? 401 : 0;
	case ACCESS_VIEWER:
		return as == AS_NOBODY || as == AS_STREAM ? 401 : 0;
	case ACCESS_ADMIN:
		if (as == AS_NOBODY || as == AS_STREAM)
			return 401;
		return as == AS_ADMIN || as == AS_ADMIN_TOKEN ? 0 : 403;
	}
	return -1;
}

static void
every_route_keeps_its_role(void **state)
{
	const struct route *routes;
	struct request r;
	size_t i, n;
	int as, got;

	routes = route_table(&n);
	assert_true(n > 40);
	for (i = 0; i < n; i++) {
		assert_in_range(routes[i].access, ACCESS_PUBLIC, ACCESS_ADMIN);
		for (as = AS_NOBODY; as < N_AS; as++) {
			as_a_page_would(*state, &routes[i], &r, (enum as)as);
			got = admit(*state, &r);
			if (got != wanted(routes[i].access, (enum as)as))
				fail_msg("%s %s as %d: %d",
				    method_name(routes[i].method), routes[i].pattern,
				    as, got);
		}
	}
}

static void
a_wrong_method_is_refused_with_those_allowed(void **state)
{
	const struct route *routes;
	struct request r;
	char path[200];
	size_t i, n;

	routes = route_table(&n);
	for (i = 0; i < n; i++) {
		webtest_path(routes[i].pattern, path, sizeof(path));
		webtest_request(*state, &r, METHOD_OTHER, path, AS_ADMIN);
		assert_int_equal(admit(*state, &r), 405);
	}
}

/* ---- changes asked for by another site ---- */

struct forgery {
	const char *what;
	void (*apply)(struct request *r);
	int status;
};

static void
foreign_origin(struct request *r)
{
	r->origin = "http://attacker.example";
}
static void
null_origin(struct request *r)
{
	r->origin = "null";
}
static void
other_port(struct request *r)
{
	r->origin = "http://pi.local:8361";
}
static void
like_our_origin(struct request *r)
{
	r->origin = "http://pi.local:8360.attacker.example";
}
static void
cross_site(struct request *r)
{
	r->origin = NULL;
	r->fetch_site = "cross-site";
}
static void
same_site(struct request *r)
{
	r->origin = NULL;
	r->fetch_site = "same-site";
}
static void
form(struct request *r)
{
	r->content_type = "application/x-www-form-urlencoded";
	r->has_body = true;
}
static void
plain(struct request *r)
{
	r->content_type = "text/plain";
	r->has_body = true;
}
static void
multipart(struct request *r)
{
	r->content_type = "multipart/form-data; boundary=x";
	r->has_body = true;
}
static void
almost_json(struct request *r)
{
	r->content_type = "application/jsonp";
	r->has_body = true;
}
static void
body_without_type(struct request *r)
{
	r->content_type = NULL;
	r->has_body = true;
}

static const struct forgery forgeries[] = {
	{ "foreign origin", foreign_origin, 403 },
	{ "null origin", null_origin, 403 },
	{ "other port", other_port, 403 },
	{ "origin that begins like ours", like_our_origin, 403 },
	{ "cross-site fetch", cross_site, 403 },
	{ "same-site fetch", same_site, 403 },
	{ "form", form, 415 },
	{ "text", plain, 415 },
	{ "multipart", multipart, 415 },
	{ "almost JSON", almost_json, 415 },
	{ "a body without a type", body_without_type, 415 },
};

static void
a_forged_change_is_refused_on_every_route(void **state)
{
	const struct route *routes;
	struct request r;
	size_t i, k, n;
	int got;

	routes = route_table(&n);
	for (i = 0; i < n; i++) {
		if (routes[i].method == METHOD_GET)
			continue;
		for (k = 0; k < sizeof(forgeries) / sizeof(forgeries[0]); k++) {
			as_a_page_would(*state, &routes[i], &r, AS_ADMIN);
			forgeries[k].apply(&r);
			got = admit(*state, &r);
			if (got != forgeries[k].status)
				fail_msg("%s %s, %s: %d", method_name(routes[i].method),
				    routes[i].pattern, forgeries[k].what, got);
		}
	}
}

static void
a_change_needs_the_token_of_its_own_session(void **state)
{
	struct webtest *w = *state;
	const char *const wrong[] = { NULL, "", w->csrf[AS_VIEWER],
		"0000000000000000000000000000000000000000000000000000000000000000" };
	const struct route *routes;
	struct request r;
	size_t i, k, n;

	routes = route_table(&n);
	for (i = 0; i < n; i++) {
		if (routes[i].method == METHOD_GET || routes[i].access == ACCESS_PUBLIC)
			continue;
		for (k = 0; k < sizeof(wrong) / sizeof(wrong[0]); k++) {
			as_a_page_would(w, &routes[i], &r, AS_ADMIN);
			r.csrf = wrong[k];
			assert_int_equal(admit(w, &r), 403);
		}
		/* A script's token is not sent by a browser on its own. */
		as_a_page_would(w, &routes[i], &r, AS_ADMIN_TOKEN);
		r.origin = r.fetch_site = r.csrf = NULL;
		assert_int_equal(admit(w, &r), 0);
	}
}

static void
a_change_is_never_a_get(void **state)
{
	const struct route *routes;
	struct request r;
	size_t i, n;
	int got;

	routes = route_table(&n);
	for (i = 0; i < n; i++) {
		if (routes[i].method == METHOD_GET)
			continue;
		as_a_page_would(*state, &routes[i], &r, AS_ADMIN);
		r.method = METHOD_GET;
		got = admit(*state, &r);
		/* Either the path has a GET of its own, which only looks, or 405. */
		assert_true(got == 0 || got == 405 || got == 400);
	}
}

static void
an_odd_cookie_or_token_is_nobody(void **state)
{
	struct webtest *w = *state;
	const char *const cookies[] = { AUTH_COOKIE, AUTH_COOKIE "=", AUTH_COOKIE "=x",
		AUTH_COOKIE
		"=0000000000000000000000000000000000000000000000000000000000000000",
		"x" AUTH_COOKIE
		"=0000000000000000000000000000000000000000000000000000000000000000",
		";;;;", "" };
	const char *const tokens[] = { "Bearer", "Bearer ", "Bearer x", "Bearer  ",
		"Bearer aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "Basic", "Basic !",
		"Digest x" };
	struct request r;
	size_t i;

	for (i = 0; i < sizeof(cookies) / sizeof(cookies[0]); i++) {
		webtest_request(w, &r, METHOD_GET, "/api/v1/cameras", AS_NOBODY);
		r.cookie = cookies[i];
		assert_int_equal(admit(w, &r), 401);
	}
	for (i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++) {
		webtest_request(w, &r, METHOD_GET, "/api/v1/cameras", AS_NOBODY);
		r.authorization = tokens[i];
		assert_int_equal(admit(w, &r), 401);
	}
}

static void
a_foreign_host_is_refused_on_every_route(void **state)
{
	const struct route *routes;
	struct request r;
	size_t i, n;

	routes = route_table(&n);
	for (i = 0; i < n; i++) {
		as_a_page_would(*state, &routes[i], &r, AS_ADMIN);
		r.host = "attacker.example";
		assert_int_equal(admit(*state, &r), 421);
		r.host = NULL;
		assert_int_equal(admit(*state, &r), 400);
	}
}

/* ---- paths ---- */

/* What climbs, and what nobody may have: each with each. */
static const char *const climbs[] = { "..%2f", "%2e%2e%2f", "%2e%2e/", "..%5c", "..\\",
	"....//", "..;/", "..%00/", "%252e%252e%252f", "..%252f", "..%c0%af",
	"%c0%ae%c0%ae/", "..%e0%80%af", "/", "//", "%2f", "%2f%2f", "./", "%2e%2f",
	"~%2f", "%00", "x%00", "%0a", "file%3a%2f%2f", "x%2f..%2f", "%5c%5c", ".%2e%2f",
	"%u002e%u002e%u002f" };
static const char *const places[] = { "canary", "..%2fcanary",
	"..%2f..%2f..%2fetc%2fpasswd", "canary%00.log" };

#define N_CLIMBS (sizeof(climbs) / sizeof(climbs[0]))
#define N_WAYS (N_CLIMBS * (sizeof(places) / sizeof(places[0])))

static void
way(size_t i, char *ret, size_t ret_size)
{
	snprintf(ret, ret_size, "%s%s", climbs[i % N_CLIMBS], places[i / N_CLIMBS]);
}

/* As an admin, who may do most; handlers run when they only look. */
static void
ask_for(struct webtest *w, enum method method, const char *path)
{
	struct err e = { .code = ERR_NONE };
	const struct route *route;
	struct request r;
	struct reply rep;

	webtest_request(w, &r, method, "/", AS_ADMIN);
	if (request_target(&r, path, &e) < 0)
		return;
	reply_init(&rep);
	if ((route = route_admit(&w->web, &r, &rep)) != NULL) {
		assert_null(strpbrk(r.param, "/\\\n"));
		assert_string_not_equal(r.param, "..");
		if (method == METHOD_GET)
			route_handle(&w->web, route, &r, &rep);
	}
	if (rep.status >= 500 && rep.status != 503)
		fail_msg("%s: %d", path, rep.status);
	assert_true(rep.kind != REPLY_FILE);
	if (rep.kind == REPLY_BYTES && rep.n > 0)
		assert_null(memmem(rep.bytes, rep.n, "secret canary", 13));
	reply_fini(&rep);
}

static void
no_part_of_a_path_climbs(void **state)
{
	const struct route *routes;
	char path[400], name[100];
	const char *open, *close;
	size_t i, k, n;

	routes = route_table(&n);
	for (i = 0; i < n; i++) {
		if ((open = strchr(routes[i].pattern, '{')) == NULL)
			continue;
		close = strchr(open, '}');
		for (k = 0; k < N_WAYS; k++) {
			way(k, name, sizeof(name));
			snprintf(path, sizeof(path), "%.*s%s%s",
			    (int)(open - routes[i].pattern), routes[i].pattern, name,
			    close + 1);
			ask_for(*state, routes[i].method, path);
		}
	}
}

static void
no_query_climbs(void **state)
{
	const struct route *routes;
	char path[400], pattern[200], name[100], key[32];
	const char *at;
	size_t i, k, n;

	routes = route_table(&n);
	for (i = 0; i < n; i++) {
		at = routes[i].query;
		webtest_path(routes[i].pattern, pattern, sizeof(pattern));
		while (at != NULL && conf_word(&at, key, sizeof(key))) {
			for (k = 0; k < N_WAYS; k++) {
				way(k, name, sizeof(name));
				snprintf(
				    path, sizeof(path), "%s?%s=%s", pattern, key, name);
				ask_for(*state, routes[i].method, path);
			}
		}
	}
}

/* ---- guessing ---- */

static int
sign_in_from(struct webtest *w, struct request *r, struct reply *rep, unsigned address,
    const char *password)
{
	static char body[100];

	webtest_request(w, r, METHOD_POST, "/api/v1/session", AS_NOBODY);
	((struct sockaddr_in *)(void *)&r->peer)->sin_addr.s_addr = htonl(address);
	snprintf(
	    body, sizeof(body), "{\"user\":\"anna\",\"password\":\"%s\"}", password);
	webtest_ask(w, r, body, rep);
	return rep->kind == REPLY_LATER ? 0 : rep->status;
}

#define GUESSES 40

static bool
all_answered(const struct reply *rep, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (rep[i].kind == REPLY_LATER)
			return false;
	}
	return true;
}

/* Passwords are compared beside the loop: at once, none of these is answered, and only
 * five of one address will be looked at. */
static void
many_guesses_at_once_get_no_more_tries(void **state)
{
	static struct request r[GUESSES];
	static struct reply rep[GUESSES];
	struct webtest *w = *state;
	struct err e = { .code = ERR_NONE };
	size_t i;

	assert_non_null(w->web.hasher = worker_start(w->web.loop, "busy", &e));
	for (i = 0; i < GUESSES; i++)
		assert_int_equal(sign_in_from(w, &r[i], &rep[i], 0x0a000001, "guess"),
		    i < 5 ? 0 : 429);
	while (!all_answered(rep, GUESSES))
		(void)event_base_loop(loop_base(w->web.loop), EVLOOP_ONCE);
	for (i = 0; i < GUESSES; i++) {
		assert_int_equal(rep[i].status, i < 5 ? 401 : 429);
		reply_fini(&rep[i]);
	}
	/* Another address is not held up; a right password costs no try. */
	for (i = 0; i < 10; i++) {
		assert_int_equal(
		    sign_in_from(w, &r[0], &rep[0], 0x0a000002, WEBTEST_PASSWORD), 0);
		while (!all_answered(rep, 1))
			(void)event_base_loop(loop_base(w->web.loop), EVLOOP_ONCE);
		assert_int_equal(rep[0].status, 200);
		reply_fini(&rep[0]);
	}
	worker_stop(w->web.hasher);
	w->web.hasher = NULL;
}

static void
a_client_that_leaves_has_used_its_try(void **state)
{
	struct webtest *w = *state;
	struct err e = { .code = ERR_NONE };
	struct request r;
	struct reply rep;
	int i;

	assert_non_null(w->web.hasher = worker_start(w->web.loop, "busy", &e));
	for (i = 0; i < 5; i++) {
		assert_int_equal(sign_in_from(w, &r, &rep, 0x0a000003, "guess"), 0);
		reply_fini(&rep);
	}
	assert_int_equal(sign_in_from(w, &r, &rep, 0x0a000003, "guess"), 429);
	reply_fini(&rep);
	worker_stop(w->web.hasher);
	w->web.hasher = NULL;
}

static int
with_canary(void **state)
{
	struct webtest *w;
	struct err e = { .code = ERR_NONE };

	if (webtest_setup(state) < 0)
		return -1;
	w = *state;
	w->web.consoles = consoles_new(&w->web);
	return file_put(
	    AT_FDCWD, dbtest_path(w->t, "canary"), "secret canary", 13, 0600, &e);
}

static int
without_canary(void **state)
{
	struct webtest *w = *state;

	consoles_free(w->web.consoles);
	return webtest_teardown(state);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_route_keeps_its_role),
		cmocka_unit_test(a_wrong_method_is_refused_with_those_allowed),
		cmocka_unit_test(a_forged_change_is_refused_on_every_route),
		cmocka_unit_test(a_change_needs_the_token_of_its_own_session),
		cmocka_unit_test(a_change_is_never_a_get),
		cmocka_unit_test(an_odd_cookie_or_token_is_nobody),
		cmocka_unit_test(a_foreign_host_is_refused_on_every_route),
		cmocka_unit_test(no_part_of_a_path_climbs),
		cmocka_unit_test(no_query_climbs),
		cmocka_unit_test(many_guesses_at_once_get_no_more_tries),
		cmocka_unit_test(a_client_that_leaves_has_used_its_try),
	};

	return cmocka_run_group_tests(tests, with_canary, without_canary);
}
