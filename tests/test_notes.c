/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Notes of a job's result: kept with their parameters, and never at the result's cost. */
#include "config.h"

#include "tests/unit.h"

#include <jansson.h>
#include <string.h>

#include "common/err.h"
#include "common/said.h"
#include "flashd/notes.h"

static struct notes notes;

static void
add(const char *fmt, const char *param)
{
	struct err said;

	err_set(&said, ERR_NONE, "", "%s bytes were %s", fmt, param);
	notes_add(&notes, &said);
}

static json_t *
result(size_t max)
{
	json_t *doc = json_pack("{s:i}", "seconds", 7);

	notes_put(&notes, doc, max);
	return doc;
}

static size_t
count(const json_t *doc, const char *name)
{
	return json_array_size(json_object_get(doc, name));
}

static const char *
text(const json_t *doc, const char *name, size_t i)
{
	return json_string_value(json_array_get(json_object_get(doc, name), i));
}

static void
notes_keep_where_their_parameters_stand(void **state)
{
	struct err said;
	json_t *doc;

	(void)state;
	memset(&notes, 0, sizeof(notes));
	add("7", "lost\x1b[2J");
	doc = result(4096);
	assert_string_equal(text(doc, "notes", 0), "7 bytes were lost\\x1b[2J");
	assert_int_equal(
	    said_unpack(&said, text(doc, "notes", 0), text(doc, "note_params", 0)), 0);
	assert_int_equal(said.n_params, 2);
	assert_string_equal(said.msg + said.params[1].at, "lost\\x1b[2J");
	json_decref(doc);
}

static void
many_notes_never_cost_the_result(void **state)
{
	char param[300];
	json_t *doc;
	size_t n;
	int i;

	(void)state;
	memset(&notes, 0, sizeof(notes));
	memset(param, 'x', sizeof(param) - 1);
	param[sizeof(param) - 1] = '\0';
	for (i = 0; i < NOTES_MAX + 5; i++)
		add("9", param);
	doc = result(3000);
	assert_in_range(json_dumpb(doc, NULL, 0, JSON_COMPACT), 2600, 2999);
	n = count(doc, "notes");
	assert_in_range(n, 10, NOTES_MAX - 1);
	assert_int_equal(count(doc, "note_params"), n);
	assert_int_equal(strlen(text(doc, "notes", 0)), NOTE_BYTES - 1);
	assert_int_equal(json_integer_value(json_object_get(doc, "seconds")), 7);
	json_decref(doc);
	doc = result(1 << 20);
	assert_int_equal(count(doc, "notes"), NOTES_MAX);
	json_decref(doc);
	doc = result(20);
	assert_int_equal(count(doc, "notes"), 0);
	json_decref(doc);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(notes_keep_where_their_parameters_stand),
		cmocka_unit_test(many_notes_never_cost_the_result),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
