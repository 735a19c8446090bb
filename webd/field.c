/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JSON bodies judged by a table (see field.h). webd's one thread; pure. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "common/err.h"
#include "common/text.h"
#include "webd/field.h"
#include "webd/request.h"

#define FIELDS_MAX 24

static const struct field *
find(const struct field *fields, size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (strcmp(fields[i].name, name) == 0)
			return &fields[i];
	}
	return NULL;
}

static int
unknown(const struct field *fields, size_t n, const char *name, struct err *e)
{
	const char *names[FIELDS_MAX + 1], *near;
	char shown[64];
	size_t i;

	for (i = 0; i < n && i < FIELDS_MAX; i++)
		names[i] = fields[i].name;
	names[i] = NULL;
	text_escape(name, strlen(name), shown, sizeof(shown));
	if (n == 0)
		return err_set(e, ERR_USAGE, "unknown-field",
		    "This request takes no fields, so '%s' means nothing here.", shown);
	if ((near = text_nearest(name, names)) != NULL)
		return err_set(e, ERR_USAGE, "unknown-field",
		    "There is no field '%s' here; did you mean '%s'?", shown, near);
	return err_set(e, ERR_USAGE, "unknown-field",
	    "There is no field '%s' here; '%s' is one that there is.", shown, names[0]);
}

/* Line breaks and tabs are fine here, all else as in one line. */
static bool
lines_are_clean(const char *s, size_t n)
{
	size_t at = 0, len;

	while (at < n) {
		for (len = 0; at + len < n && strchr("\n\r\t", s[at + len]) == NULL;
		     len++)
			;
		if (!text_is_clean(s + at, len))
			return false;
		at += len + 1;
	}
	return true;
}

static int
check_text(const struct field *f, const json_t *v, struct err *e)
{
	const char *s = json_string_value(v);
	size_t n = json_string_length(v);

	if (n < f->min || n > f->max)
		return err_set(e, ERR_USAGE, "field-length",
		    "'%s' must have %llu to %llu characters (bytes of UTF-8).", f->name,
		    (unsigned long long)f->min, (unsigned long long)f->max);
	if (f->type == FIELD_SECRET)
		return 0;
	if (f->type == FIELD_LINES ? !lines_are_clean(s, n) : !text_is_clean(s, n))
		return err_set(e, ERR_USAGE, "field-characters",
		    "'%s' holds a control character.", f->name);
	return 0;
}

static int
check_number(const struct field *f, const json_t *v, struct err *e)
{
	json_int_t i = json_integer_value(v);

	if (i < 0 || (uint64_t)i < f->min || (uint64_t)i > f->max)
		return err_set(e, ERR_USAGE, "field-range",
		    "'%s' must be a whole number from %llu to %llu.", f->name,
		    (unsigned long long)f->min, (unsigned long long)f->max);
	return 0;
}

static int
check_value(const struct field *f, const json_t *v, struct err *e)
{
	switch (f->type) {
	case FIELD_TEXT:
	case FIELD_LINES:
	case FIELD_SECRET:
		if (json_is_string(v))
			return check_text(f, v, e);
		return err_set(
		    e, ERR_USAGE, "field-type", "'%s' must be a text.", f->name);
	case FIELD_NUMBER:
		if (json_is_integer(v))
			return check_number(f, v, e);
		return err_set(e, ERR_USAGE, "field-type",
		    "'%s' must be a whole number.", f->name);
	case FIELD_BOOL:
		if (json_is_boolean(v))
			return 0;
		return err_set(
		    e, ERR_USAGE, "field-type", "'%s' must be true or false.", f->name);
	case FIELD_ID:
		if (json_is_integer(v) && json_integer_value(v) > 0)
			return 0;
		if (json_is_string(v))
			return check_text(f, v, e);
		return err_set(e, ERR_USAGE, "field-type",
		    "'%s' must be a number or a text.", f->name);
	}
	return -1;
}

int
field_check(const json_t *doc, const struct field *fields, size_t n, struct err *e)
{
	const struct field *f;
	const char *name;
	const json_t *v;
	void *at;
	size_t i;

	if (!json_is_object(doc))
		return err_set(
		    e, ERR_USAGE, "not-an-object", "The body must be a JSON object.");
	/* jansson iterates without changing anything, but its types know no const. */
	for (at = json_object_iter((json_t *)(uintptr_t)doc); at != NULL;
	     at = json_object_iter_next((json_t *)(uintptr_t)doc, at)) {
		name = json_object_iter_key(at);
		v = json_object_iter_value(at);
		if ((f = find(fields, n, name)) == NULL)
			return unknown(fields, n, name, e);
		/* null means: not given. */
		if (!json_is_null(v) && check_value(f, v, e) < 0)
			return -1;
	}
	for (i = 0; i < n; i++) {
		if (fields[i].needed && !field_has(doc, fields[i].name))
			return err_set(e, ERR_USAGE, "field-missing",
			    "'%s' is missing.", fields[i].name);
	}
	return 0;
}

json_t *
field_body(const struct request *r, const struct field *fields, size_t n, struct err *e)
{
	json_error_t why;
	json_t *doc;

	if (r->n_body == 0)
		doc = json_object();
	else
		doc = json_loadb(
		    (const char *)r->body, r->n_body, JSON_REJECT_DUPLICATES, &why);
	if (doc == NULL) {
		/* jansson quotes the input in its text: say only where. */
		err_set(e, ERR_USAGE, "bad-json",
		    "The body is no JSON (line %d, column %d).",
		    r->n_body == 0 ? 0 : why.line, r->n_body == 0 ? 0 : why.column);
		return NULL;
	}
	if (field_check(doc, fields, n, e) < 0) {
		json_decref(doc);
		return NULL;
	}
	return doc;
}

bool
field_has(const json_t *doc, const char *name)
{
	const json_t *v = json_object_get(doc, name);

	return v != NULL && !json_is_null(v);
}

const char *
field_text(const json_t *doc, const char *name, const char *fallback)
{
	const char *s = json_string_value(json_object_get(doc, name));

	return s != NULL ? s : fallback;
}

uint64_t
field_number(const json_t *doc, const char *name, uint64_t fallback)
{
	const json_t *v = json_object_get(doc, name);

	return json_is_integer(v) ? (uint64_t)json_integer_value(v) : fallback;
}

bool
field_bool(const json_t *doc, const char *name, bool fallback)
{
	const json_t *v = json_object_get(doc, name);

	return json_is_boolean(v) ? json_is_true(v) : fallback;
}

void
field_id(const json_t *doc, const char *name, char *ret, size_t ret_size)
{
	const json_t *v = json_object_get(doc, name);

	if (json_is_integer(v))
		snprintf(ret, ret_size, "%lld", (long long)json_integer_value(v));
	else
		snprintf(
		    ret, ret_size, "%s", json_is_string(v) ? json_string_value(v) : "");
}

json_t *
json_id(int64_t id)
{
	return id == 0 ? json_null() : json_integer(id);
}
