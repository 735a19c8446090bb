/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Holds an answer that a shell test got against docs/openapi.json.
 *
 *	apicheck METHOD PATH STATUS TYPE FILE	FILE has the body; prints "METHOD PATTERN" of the
 *						route, or TAP that says what does not fit
 *	apicheck				prints "METHOD PATTERN" of each route
 */
#include "config.h"

#include "tests/webtest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct answer {
	const struct route *route;
	const char *type, *file;
	int status;
};

static const struct route *
find(const char *method, const char *path)
{
	const struct route *routes, *found = NULL;
	char param[300];
	size_t i, n;

	routes = route_table(&n);
	for (i = 0; i < n; i++) {
		if (strcmp(method_name(routes[i].method), method) != 0 ||
		    !route_match(routes[i].pattern, path, param, sizeof(param)))
			continue;
		/* A word goes before a {part}. */
		if (found == NULL || strchr(routes[i].pattern, '{') == NULL)
			found = &routes[i];
	}
	return found;
}

static void
the_answer_is_as_described(void **state)
{
	const struct answer *a = *state;
	const char *type = a->type[0] != '\0' ? a->type : NULL;
	const char *method = webschema_method(a->route->method);
	json_t *api = webschema_load(), *doc = NULL;
	json_error_t why;

	assert_non_null(api);
	webschema_check_type(api, a->route->pattern, method, a->status, type);
	if (type != NULL && strcmp(type, "application/json") == 0) {
		doc = json_load_file(a->file, JSON_REJECT_DUPLICATES, &why);
		if (doc == NULL)
			fail_msg("no JSON: %s", why.text);
	}
	webschema_check(api, a->route->pattern, method, a->status, doc);
	json_decref(doc);
	json_decref(api);
}

static int
list(void)
{
	const struct route *routes;
	size_t i, n;

	routes = route_table(&n);
	for (i = 0; i < n; i++)
		printf("%s %s\n", method_name(routes[i].method), routes[i].pattern);
	return 0;
}

int
main(int argc, char **argv)
{
	struct answer a = { .route = NULL };
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(the_answer_is_as_described, &a),
	};

	if (argc == 1)
		return list();
	if (argc != 6) {
		fprintf(stderr, "usage: apicheck [METHOD PATH STATUS TYPE FILE]\n");
		return 2;
	}
	if ((a.route = find(argv[1], argv[2])) == NULL) {
		printf("no route for %s %s\n", argv[1], argv[2]);
		return 1;
	}
	a.status = atoi(argv[3]);
	a.type = argv[4];
	a.file = argv[5];
	if (cmocka_run_group_tests(tests, NULL, NULL) != 0)
		return 1;
	printf("%s %s\n", argv[1], a.route->pattern);
	return 0;
}
