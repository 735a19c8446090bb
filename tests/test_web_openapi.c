/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The route table and docs/openapi.json say the same, and every route answers so. */
#include "config.h"

#include "tests/webtest.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/file.h"
#include "db/camera.h"
#include "db/job.h"
#include "db/setting.h"

/* Both know the same keys of a query. */
static void
check_query(const struct route *route, const json_t *op)
{
	struct err e = { .code = ERR_NONE };
	json_t *parameters = json_object_get(op, "parameters"), *p;
	struct request r = { .query = "" };
	size_t i, n = 0, words = 0;
	const char *at;

	if (route->query == NULL)
		return;
	json_array_foreach(parameters, i, p) {
		if (strcmp(json_string_value(json_object_get(p, "in")), "query") != 0)
			continue;
		n++;
		snprintf(r.query, sizeof(r.query), "%s=1",
		    json_string_value(json_object_get(p, "name")));
		assert_ok(request_query_keys(&r, route->query, &e), e);
	}
	for (at = route->query; *at != '\0'; at++)
		words += at == route->query || at[-1] == ' ';
	assert_int_equal(n, words);
}

static void
every_route_is_described(void **state)
{
	json_t *api = webschema_load();
	const struct route *routes;
	const json_t *op;
	const char *role;
	const char *method;
	size_t i, n;

	(void)state;
	assert_non_null(api);
	routes = route_table(&n);
	for (i = 0; i < n; i++) {
		method = webschema_method(routes[i].method);
		op = json_object_get(
		    json_object_get(json_object_get(api, "paths"), routes[i].pattern),
		    method);
		if (op == NULL)
			fail_msg(
			    "%s %s is not in openapi.json", method, routes[i].pattern);
		role = json_string_value(json_object_get(op, "x-camherd-role"));
		assert_non_null(role);
		assert_string_equal(role, access_name(routes[i].access));
		check_query(&routes[i], op);
		/* What takes a body says which. */
		if (json_object_get(op, "requestBody") != NULL)
			assert_int_not_equal(routes[i].body, BODY_NONE);
	}
	json_decref(api);
}

static bool
has_route(const char *pattern, const char *method)
{
	const struct route *routes;
	size_t i, n;

	routes = route_table(&n);
	for (i = 0; i < n; i++) {
		if (strcmp(routes[i].pattern, pattern) == 0 &&
		    strcmp(webschema_method(routes[i].method), method) == 0)
			return true;
	}
	return false;
}

static void
every_description_has_a_route(void **state)
{
	json_t *api = webschema_load(), *path, *op;
	const char *pattern, *method;
	size_t described = 0, n;

	(void)state;
	assert_non_null(api);
	json_object_foreach(json_object_get(api, "paths"), pattern, path) {
		json_object_foreach(path, method, op) { described++;
	if (!has_route(pattern, method))
		fail_msg("%s %s is only in openapi.json", method, pattern);
}
}
(void)route_table(&n);
assert_int_equal(described, n);
json_decref(api);
}

/* ---- answers ---- */

static json_t *description;

/* An error is one machine code and one sentence. */
static void
check_error(const json_t *doc, const char *where)
{
	const json_t *error = json_object_get(doc, "error");
	const char *code = json_string_value(json_object_get(error, "code")),
		   *message = json_string_value(json_object_get(error, "message"));

	if (code == NULL || code[0] == '\0' ||
	    code[strspn(code, "abcdefghijklmnopqrstuvwxyz0123456789-")] != '\0')
		fail_msg("%s: '%s' is no machine code", where, code);
	if (message == NULL || strlen(message) < 10 || strchr(message, '\n') != NULL)
		fail_msg("%s: '%s' is no sentence", where, message);
}

/* Ask the route; whatever it answers is described. The status. */
static int
answers(struct webtest *w, const struct route *route, const char *path, enum as as,
    const char *body)
{
	json_t *doc = NULL;
	const char *method = webschema_method(route->method);
	struct request r;
	struct reply rep;
	int status;

	webtest_request(w, &r, route->method, path, as);
	if (route->body == BODY_RAW)
		r.content_type = "application/octet-stream";
	else if (route->body == BODY_JPEG)
		r.content_type = "image/jpeg";
	webtest_ask(w, &r, body, &rep);
	status = rep.status;
	if (rep.kind == REPLY_BYTES && rep.type != NULL &&
	    strcmp(rep.type, "application/json") == 0)
		doc = json_loadb(rep.bytes, rep.n, JSON_REJECT_DUPLICATES, NULL);
	if (rep.kind != REPLY_LATER)
		webschema_check(description, route->pattern, method, status, doc);
	if (status >= 400 && rep.kind != REPLY_LATER)
		check_error(doc, path);
	json_decref(doc);
	reply_fini(&rep);
	return status;
}

static const struct route *
route_of(const char *method, const char *pattern)
{
	const struct route *routes;
	size_t i, n;

	routes = route_table(&n);
	for (i = 0; i < n; i++) {
		if (strcmp(routes[i].pattern, pattern) == 0 &&
		    strcmp(method_name(routes[i].method), method) == 0)
			return &routes[i];
	}
	fail_msg("no route %s %s", method, pattern);
	return NULL;
}

/* Those that go on to another program, or wait for one. */
static bool
leads_elsewhere(const struct route *route)
{
	return strncmp(route->pattern, "/cam/", 5) == 0 ||
	    strstr(route->pattern, "/console") != NULL ||
	    strstr(route->pattern, "/probe") != NULL || route->body == BODY_RAW ||
	    route->body == BODY_JPEG;
}

static void
every_route_says_what_is_wrong(void **state)
{
	struct webtest *w = *state;
	const struct route *routes;
	char path[200], query[220];
	size_t i, n;
	int status;

	routes = route_table(&n);
	for (i = 0; i < n; i++) {
		if (strncmp(routes[i].pattern, "/api/", 5) != 0)
			continue;
		webtest_path(routes[i].pattern, path, sizeof(path));
		if (routes[i].access != ACCESS_PUBLIC)
			assert_int_equal(answers(w, &routes[i], path, AS_NOBODY, NULL), 401);
		if (routes[i].access == ACCESS_ADMIN)
			assert_int_equal(answers(w, &routes[i], path, AS_VIEWER, NULL), 403);
		snprintf(query, sizeof(query), "%s?no-such-key=1", path);
		assert_int_equal(answers(w, &routes[i], query, AS_ADMIN, NULL), 400);
		/* No JSON; some look first for what the path names. */
		if (routes[i].body == BODY_JSON) {
			status = answers(w, &routes[i], path, AS_ADMIN, "{\"half\":");
			assert_true(status == 400 || status == 404);
		}
	}
}

/* With a camera and nothing else: found or not, done or refused, as described. */
static void
every_route_answers_as_described(void **state)
{
	struct camera c = { .name = "garden", .source = "test:", .enabled = true };
	struct webtest *w = *state;
	const struct route *routes;
	struct err e;
	char path[200];
	size_t i, n;
	int pass;

	assert_ok(camera_add(w->t->db, &c, &e), e);
	routes = route_table(&n);
	/* First what looks, then what changes. */
	for (pass = 0; pass < 2; pass++) {
		for (i = 0; i < n; i++) {
			if (leads_elsewhere(&routes[i]) ||
			    (routes[i].method != METHOD_GET) != (pass == 1))
				continue;
			webtest_path(routes[i].pattern, path, sizeof(path));
			(void)answers(w, &routes[i], path, AS_ADMIN,
			    routes[i].body == BODY_JSON ? "{}" : NULL);
		}
	}
}

static void
a_job_is_cancelled_resumed_and_given_up_as_described(void **state)
{
	struct webtest *w = *state;
	struct job j = { .kind = JOB_SCRUB }, claimed;
	struct err e;
	char path[300];

	assert_ok(job_submit(w->t->db, &j, &e), e);
	assert_int_equal(answers(w, route_of("POST", "/api/v1/jobs/{id}/cancel"),
			     "/api/v1/jobs/1/cancel", AS_ADMIN, "{}"), 200);
	assert_ok(job_submit(w->t->db, &j, &e), e);
	assert_int_equal(job_claim(w->t->db, NULL, 0, &claimed, &e), 1);
	assert_ok(job_finish(w->t->db, &claimed, JOB_INTERRUPTED, &e), e);
	assert_int_equal(answers(w, route_of("POST", "/api/v1/jobs/{id}/resume"),
			     "/api/v1/jobs/2/resume", AS_ADMIN, "{}"), 200);
	assert_int_equal(job_claim(w->t->db, NULL, 0, &claimed, &e), 1);
	assert_ok(job_finish(w->t->db, &claimed, JOB_INTERRUPTED, &e), e);
	assert_int_equal(answers(w, route_of("POST", "/api/v1/jobs/{id}/give-up"),
			     "/api/v1/jobs/2/give-up", AS_ADMIN, "{}"), 200);
	(void)mkdir(dbtest_path(w->t, "jobs"), 0700);
	snprintf(path, sizeof(path), "%s/jobs/2.log", w->t->dir);
	assert_ok(file_put(AT_FDCWD, path, "a\n", 2, 0600, &e), e);
	assert_int_equal(answers(w, route_of("GET", "/api/v1/jobs/{id}/log"),
			     "/api/v1/jobs/2/log", AS_ADMIN, NULL), 200);
	snprintf(path, sizeof(path), "%s/jobs/2.trace", w->t->dir);
	assert_ok(file_put(AT_FDCWD, path, "a\n", 2, 0600, &e), e);
	assert_int_equal(answers(w, route_of("GET", "/api/v1/jobs/{id}/trace"),
			     "/api/v1/jobs/2/trace", AS_ADMIN, NULL), 200);
}

static void
a_person_comes_and_goes_as_described(void **state)
{
	struct webtest *w = *state;

	assert_int_equal(answers(w, route_of("POST", "/api/v1/session"), "/api/v1/session",
			     AS_NOBODY,
			     "{\"user\":\"vera\",\"password\":\"" WEBTEST_PASSWORD "\"}"), 200);
	assert_int_equal(answers(w, route_of("POST", "/api/v1/session"), "/api/v1/session",
			     AS_NOBODY, "{\"user\":\"vera\",\"password\":\"wrong one\"}"), 401);
	assert_int_equal(answers(w, route_of("DELETE", "/api/v1/session"),
			     "/api/v1/session", AS_VIEWER, "{}"), 204);
	assert_int_equal(answers(w, route_of("PATCH", "/api/v1/ports/watch"),
			     "/api/v1/ports/watch", AS_ADMIN, "{\"watch\":\"ignore\"}"), 400);
	assert_int_equal(answers(w, route_of("PATCH", "/api/v1/ports/watch"),
			     "/api/v1/ports/watch", AS_ADMIN, "{\"watch\":\"identify\"}"), 200);
}

static int
setup(void **state)
{
	return (description = webschema_load()) != NULL ? webtest_setup(state) : -1;
}

static int
teardown(void **state)
{
	json_decref(description);
	return webtest_teardown(state);
}

#define EACH(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_route_is_described),
		cmocka_unit_test(every_description_has_a_route),
		EACH(every_route_says_what_is_wrong),
		EACH(every_route_answers_as_described),
		EACH(a_job_is_cancelled_resumed_and_given_up_as_described),
		EACH(a_person_comes_and_goes_as_described),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
