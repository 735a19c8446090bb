/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The route table and docs/openapi.json say the same. */
#include "config.h"

#include "tests/webtest.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static void
lower(const char *s, char *ret, size_t ret_size)
{
	size_t i;

	for (i = 0; s[i] != '\0' && i + 1 < ret_size; i++)
		ret[i] = (char)tolower((unsigned char)s[i]);
	ret[i] = '\0';
}

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
	char method[16];
	size_t i, n;

	(void)state;
	assert_non_null(api);
	routes = route_table(&n);
	for (i = 0; i < n; i++) {
		lower(method_name(routes[i].method), method, sizeof(method));
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
	char own[16];
	size_t i, n;

	routes = route_table(&n);
	for (i = 0; i < n; i++) {
		lower(method_name(routes[i].method), own, sizeof(own));
		if (strcmp(routes[i].pattern, pattern) == 0 && strcmp(own, method) == 0)
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_route_is_described),
		cmocka_unit_test(every_description_has_a_route),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
