/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Holds an answer against docs/openapi.json: types, required and unknown fields,
 * enumerations, references; and sentences against their template and parameters. Just
 * what that document uses. Tests only.
 */
#include "config.h"

#include "tests/webtest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

json_t *
webschema_load(void)
{
	const char *top = getenv("top_srcdir");
	char path[1024];
	json_error_t why;
	json_t *doc;

	snprintf(path, sizeof(path), "%s/docs/openapi.json", top != NULL ? top : ".");
	if ((doc = json_load_file(path, JSON_REJECT_DUPLICATES, &why)) == NULL)
		print_error("%s:%d: %s\n", path, why.line, why.text);
	return doc;
}

const char *
webschema_method(enum method method)
{
	static const char *const names[] = { "", "get", "get", "post", "patch",
		"delete" };

	return names[method];
}

static const json_t *
resolve(const json_t *api, const json_t *schema)
{
	const char *ref = json_string_value(json_object_get(schema, "$ref"));

	if (ref == NULL)
		return schema;
	ref = strrchr(ref, '/') + 1;
	return json_object_get(
	    json_object_get(json_object_get(api, "components"), "schemas"), ref);
}

static bool
type_fits(const char *type, const json_t *v)
{
	if (strcmp(type, "object") == 0)
		return json_is_object(v);
	if (strcmp(type, "array") == 0)
		return json_is_array(v);
	if (strcmp(type, "string") == 0)
		return json_is_string(v);
	if (strcmp(type, "integer") == 0)
		return json_is_integer(v);
	if (strcmp(type, "number") == 0)
		return json_is_number(v);
	if (strcmp(type, "boolean") == 0)
		return json_is_boolean(v);
	return false;
}

static void check(
    const json_t *api, const json_t *schema, const json_t *v, const char *where);

/* The template with its parameters put in, as any program may do it. */
static void
fill(const json_t *said, char *ret, size_t ret_size)
{
	const char *p = json_string_value(json_object_get(said, "template")), *param;
	const json_t *params = json_object_get(said, "params");
	size_t n = 0;
	char *end;

	ret[0] = '\0';
	while (p != NULL && *p != '\0' && n + 1 < ret_size) {
		if (p[0] == '{' && p[1] >= '0' && p[1] <= '9') {
			param = json_string_value(
			    json_array_get(params, strtoul(p + 1, &end, 10)));
			if (*end == '}' && param != NULL) {
				n += (size_t)snprintf(
				    ret + n, ret_size - n, "%s", param);
				p = end + 1;
				continue;
			}
		}
		ret[n++] = *p++;
		ret[n] = '\0';
	}
}

void
webschema_said(const json_t *said, const char *sentence)
{
	const json_t *params = json_object_get(said, "params"), *part;
	char text[2048];
	size_t i;

	fill(said, text, sizeof(text));
	assert_string_equal(text, sentence);
	json_array_foreach(json_object_get(said, "inner"), i, part)
	    webschema_said(part,
		json_string_value(json_array_get(params,
		    (size_t)json_integer_value(json_object_get(part, "param")))));
}

/* Beside a sentence stands what it was made of; "" is left to rows of older versions. */
static void
check_said(const json_t *said, const json_t *sentence)
{
	const char *template = json_string_value(json_object_get(said, "template"));

	if (template != NULL && template[0] != '\0' && json_is_string(sentence))
		webschema_said(said, json_string_value(sentence));
}

static void
check_sentences(json_t *v)
{
	const char *key;
	char name[40];
	json_t *value;

	check_said(v, json_object_get(v, "message"));
	check_said(v, json_object_get(v, "text"));
	json_object_foreach(v, key, value)
	{
		size_t n = strlen(key);

		if (n < 6 || n >= sizeof(name) || strcmp(key + n - 5, "_said") != 0)
			continue;
		snprintf(name, sizeof(name), "%.*s", (int)(n - 5), key);
		check_said(value, json_object_get(v, name));
	}
}

static void
check_object(const json_t *api, const json_t *schema, json_t *v, const char *where)
{
	const json_t *properties = json_object_get(schema, "properties"), *part;
	json_t *needed, *value;
	const char *key;
	char deeper[300];
	size_t i;

	json_array_foreach(json_object_get(schema, "required"), i, needed)
	{
		if (json_object_get(v, json_string_value(needed)) == NULL)
			fail_msg(
			    "%s: '%s' is missing", where, json_string_value(needed));
	}
	if (properties == NULL)
		return;
	json_object_foreach(v, key, value)
	{
		part = json_object_get(properties, key);
		if (part == NULL &&
		    json_is_true(json_object_get(schema, "additionalProperties")))
			continue;
		if (part == NULL)
			fail_msg("%s: '%s' is not in openapi.json", where, key);
		snprintf(deeper, sizeof(deeper), "%s.%s", where, key);
		check(api, part, value, deeper);
	}
}

static void
check_enum(const json_t *words, const json_t *v, const char *where)
{
	json_t *word;
	size_t i;

	json_array_foreach(words, i, word)
	{
		if (json_equal(word, v))
			return;
	}
	fail_msg("%s: '%s' is none of its words", where, json_string_value(v));
}

static void
check(const json_t *api, const json_t *schema, const json_t *v, const char *where)
{
	const char *type;
	json_t *item;
	size_t i;

	if (json_is_null(v) && json_is_true(json_object_get(schema, "nullable")))
		return;
	if (json_object_get(schema, "allOf") != NULL)
		schema = json_array_get(json_object_get(schema, "allOf"), 0);
	schema = resolve(api, schema);
	if (schema == NULL)
		fail_msg("%s: a broken $ref", where);
	if (json_is_null(v) && json_is_true(json_object_get(schema, "nullable")))
		return;
	type = json_string_value(json_object_get(schema, "type"));
	if (type == NULL || !type_fits(type, v))
		fail_msg("%s: is not of type %s", where, type != NULL ? type : "?");
	if (json_object_get(schema, "enum") != NULL)
		check_enum(json_object_get(schema, "enum"), v, where);
	if (json_is_object(v)) {
		check_object(api, schema, (json_t *)(uintptr_t)v, where);
		check_sentences((json_t *)(uintptr_t)v);
	}
	json_array_foreach(v, i, item)
	    check(api, json_object_get(schema, "items"), item, where);
}

void
webschema_check(const json_t *api, const char *pattern, const char *method, int status,
    const json_t *doc)
{
	const json_t *responses, *response;
	char code[8], where[200];

	responses = json_object_get(
	    json_object_get(
		json_object_get(json_object_get(api, "paths"), pattern), method),
	    "responses");
	snprintf(code, sizeof(code), "%d", status);
	snprintf(where, sizeof(where), "%s %s %s", method, pattern, code);
	response = json_object_get(responses, status < 400 ? code : "default");
	if (response == NULL)
		fail_msg("%s is not in openapi.json", where);
	response = json_object_get(
	    json_object_get(json_object_get(response, "content"), "application/json"),
	    "schema");
	if (response == NULL && doc == NULL)
		return;
	if (response == NULL || doc == NULL)
		fail_msg("%s: %s", where, doc == NULL ? "no JSON came" : "JSON came");
	check(api, response, doc, where);
}

void
webschema_check_type(const json_t *api, const char *pattern, const char *method,
    int status, const char *type)
{
	json_t *response = json_object_get(
	    json_object_get(
		json_object_get(json_object_get(api, "paths"), pattern), method),
	    "responses");
	const char *described;
	char code[8];
	json_t *schema;
	size_t n;

	snprintf(code, sizeof(code), "%d", status);
	response = json_object_get(response, status < 400 ? code : "default");
	if (response == NULL)
		fail_msg("%s %s %s is not in openapi.json", method, pattern, code);
	json_object_foreach(json_object_get(response, "content"), described, schema)
	{
		/* What follows, as a charset, is for the reader's convenience. */
		n = strcspn(described, ";");
		if (type != NULL && strncmp(type, described, n) == 0 &&
		    (type[n] == '\0' || type[n] == ';'))
			return;
	}
	if (type != NULL || json_object_size(json_object_get(response, "content")) > 0)
		fail_msg("%s %s %s: a body of type '%s' is not in openapi.json", method,
		    pattern, code, type != NULL ? type : "(none)");
}
