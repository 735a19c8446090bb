/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Notes of a camera and what happened to it, over the API. Every answer is held against
 * docs/openapi.json. */
#include "config.h"

#include "tests/webtest.h"

#include <stdio.h>
#include <string.h>

#include "db/camera.h"
#include "db/event.h"

#define CAMERA "/api/v1/cameras/garden"

static int64_t
add_garden(struct webtest *w)
{
	struct err e = { .code = ERR_NONE };
	struct camera c;

	assert_int_equal(webtest_json(w, METHOD_POST, "/api/v1/cameras", AS_ADMIN,
			     "{\"name\":\"garden\",\"notes\":\"bought in May\"}", NULL),
	    201);
	assert_ok(camera_by_name(w->t->db, "garden", &c, &e), e);
	return c.id;
}

static void
patch(struct webtest *w, const char *body, int status, const char *code)
{
	json_t *doc;

	assert_int_equal(
	    webtest_json(w, METHOD_PATCH, CAMERA, AS_ADMIN, body, &doc), status);
	assert_string_equal(webtest_code(doc), code);
	json_decref(doc);
}

static json_t *
history(struct webtest *w, const char *query, size_t wanted, bool more)
{
	char path[100];
	json_t *doc, *list;

	snprintf(path, sizeof(path), CAMERA "/history%s", query);
	assert_int_equal(
	    webtest_json(w, METHOD_GET, path, AS_VIEWER, NULL, &doc), 200);
	list = json_object_get(doc, "events");
	assert_int_equal(json_array_size(list), wanted);
	assert_int_equal(json_is_true(json_object_get(doc, "more")), more);
	return doc;
}

static const char *
text(const json_t *doc, size_t i, const char *key)
{
	return json_string_value(json_object_get(
	    json_array_get(json_object_get(doc, "events"), i), key));
}

static void
who_writes_second_is_told_and_nothing_is_lost(void **state)
{
	struct webtest *w = *state;
	struct err e = { .code = ERR_NONE };
	struct camera c;

	add_garden(w);
	patch(w, "{\"notes\":\"a\",\"notes_were\":\"bought in May\"}", 200, "");
	patch(w, "{\"notes\":\"b\",\"notes_were\":\"bought in May\"}", 409,
	    "notes-changed");
	assert_ok(camera_by_name(w->t->db, "garden", &c, &e), e);
	assert_string_equal(c.notes, "a");
	/* Both wrote the same; and who has seen the new ones may replace them. */
	patch(w, "{\"notes\":\"a\",\"notes_were\":\"bought in May\"}", 200, "");
	patch(w, "{\"notes\":\"b\",\"notes_were\":\"a\"}", 200, "");
	patch(w, "{\"notes\":\"c\"}", 200, "");
}

static void
what_happened_is_told_newest_first(void **state)
{
	struct webtest *w = *state;
	struct err e = { .code = ERR_NONE };
	int64_t id = add_garden(w);
	json_t *doc;

	patch(w, "{\"notes\":\"a\",\"tags\":\"old\",\"enabled\":false}", 200, "");
	patch(w, "{\"notes\":\"a\"}", 200, "");
	assert_ok(event_row_add(w->t->db, "job", id, 7, "bartek", &e,
		      "backup of garden: %s", "done"),
	    e);
	assert_ok(event_row_add(w->t->db, "job", 0, 8, "", &e, "of %s", "another"), e);
	doc = history(w, "", 3, false);
	assert_string_equal(text(doc, 0, "text"), "backup of garden: done");
	assert_string_equal(text(doc, 0, "who"), "bartek");
	assert_string_equal(
	    text(doc, 1, "text"), "garden was changed: notes, tags, enabled");
	assert_string_equal(text(doc, 1, "who"), "anna");
	assert_string_equal(text(doc, 2, "text"), "garden was added");
	json_decref(doc);
}

static void
pages_of_it_follow_each_other(void **state)
{
	struct webtest *w = *state;
	struct err e = { .code = ERR_NONE };
	int64_t id = add_garden(w);
	json_int_t last;
	char query[60];
	json_t *doc;
	int i;

	for (i = 0; i < 8; i++)
		assert_ok(event_row_add(
			      w->t->db, "camera", id, 0, "streamd", &e, "line %d", i),
		    e);
	doc = history(w, "?limit=5", 5, true);
	last = json_integer_value(json_object_get(
	    json_array_get(json_object_get(doc, "events"), 4), "id"));
	json_decref(doc);
	snprintf(query, sizeof(query), "?limit=5&before=%lld", (long long)last);
	doc = history(w, query, 4, false);
	assert_string_equal(text(doc, 0, "text"), "line 2");
	json_decref(doc);
}

#define test(name) cmocka_unit_test_setup_teardown(name, webtest_setup, webtest_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(who_writes_second_is_told_and_nothing_is_lost),
		test(what_happened_is_told_newest_first),
		test(pages_of_it_follow_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
