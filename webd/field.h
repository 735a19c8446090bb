/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JSON bodies judged against a table before a handler looks at them, and small JSON
 * helpers. webd's one thread; pure. */
#ifndef WEBD_FIELD_H
#define WEBD_FIELD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/sentence.h"	/* json_text() */

struct err;
struct request;

enum field_type {
	FIELD_TEXT = 1,	/* one line: valid UTF-8 without control characters */
	FIELD_LINES,	/* the same, with line breaks and tabs */
	FIELD_SECRET,	/* any UTF-8 without NUL; never shown in a message */
	FIELD_NUMBER,	/* whole, within [min, max] */
	FIELD_BOOL,
	FIELD_ID	/* a number, or text that means one: a dump as the user typed it */
};

#define FIELD_NEEDED true
#define FIELD_OPTIONAL false

struct field {
	const char *name;
	enum field_type type;
	bool needed;
	uint64_t min, max;	/* of a number, or of a text's length in bytes */
};

/* Parse the request's body as one JSON object that holds only these fields (n of
 * them). An unknown field is an error that names the nearest. An empty body counts as
 * {}. NULL and e on failure; free with json_decref(). */
json_t *field_body(const struct request *r, const struct field *fields, size_t n,
    struct err *e);
/* The same for a document. 0, or -1. */
int field_check(const json_t *doc, const struct field *fields, size_t n, struct err *e);

/* The text of a field that was checked, or fallback when absent. Borrowed. */
const char *field_text(const json_t *doc, const char *name, const char *fallback);
uint64_t field_number(const json_t *doc, const char *name, uint64_t fallback);
bool field_bool(const json_t *doc, const char *name, bool fallback);
bool field_has(const json_t *doc, const char *name);
/* A FIELD_ID as text: 7 and "7" become "7". */
void field_id(const json_t *doc, const char *name, char *ret, size_t ret_size);

/* An id, or null for 0. */
json_t *json_id(int64_t id);

#endif
