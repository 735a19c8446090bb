/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sentences in JSON (see sentence.h). Pure; any process, any thread. */
#include "config.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/err.h"
#include "common/said.h"
#include "common/sentence.h"
#include "common/text.h"

json_t *
json_text(const char *s)
{
	char safe[2048];
	json_t *v = json_string(s);

	if (v != NULL)
		return v;
	text_escape(s, strlen(s), safe, sizeof(safe));
	return json_string(safe);
}

static unsigned
end_of(const struct err *e, unsigned i)
{
	unsigned end = i + 1;

	while (end < e->n_params && e->params[end].depth > e->params[i].depth)
		end++;
	return end;
}

/* What was put in, and what is within it, as a sentence of its own. */
static void
take_out(const struct err *e, unsigned i, struct err *ret)
{
	const struct err_param *p = &e->params[i];
	unsigned k;

	err_clear(ret);
	snprintf(ret->msg, sizeof(ret->msg), "%.*s", (int)p->n, e->msg + p->at);
	for (k = i + 1; k < end_of(e, i); k++) {
		ret->params[ret->n_params] = e->params[k];
		ret->params[ret->n_params].at =
		    (uint16_t)(e->params[k].at - p->at);
		ret->params[ret->n_params].depth =
		    (uint8_t)(e->params[k].depth - p->depth - 1);
		ret->n_params++;
	}
}

/* No deeper than SAID_DEPTH. */
static void
put_params(json_t *doc, const struct err *e)
{
	json_t *params = json_array(), *inner = json_array(), *within;
	struct err part;
	unsigned i, n = 0;

	for (i = 0; i < e->n_params; i = end_of(e, i), n++) {
		take_out(e, i, &part);
		(void)json_array_append_new(params, json_text(part.msg));
		if (part.n_params == 0)
			continue;
		within = json_pack("{s:i}", "param", (int)n);
		sentence_put(within, &part);
		(void)json_array_append_new(inner, within);
	}
	(void)json_object_set_new(doc, "params", params);
	if (json_array_size(inner) > 0)
		(void)json_object_set(doc, "inner", inner);
	json_decref(inner);
}

void
sentence_put(json_t *doc, const struct err *said)
{
	char template[sizeof(said->msg) + 4 * ERR_PARAMS_MAX];

	if (said == NULL) {
		(void)json_object_set_new(doc, "template", json_string(""));
		(void)json_object_set_new(doc, "params", json_array());
		return;
	}
	(void)json_object_set_new(doc, "template",
	    json_text(err_template(said, template, sizeof(template))));
	put_params(doc, said);
}

void
sentence_put_row(json_t *doc, const char *text, const char *params)
{
	struct err said;

	sentence_put(doc, said_unpack(&said, text, params) == 0 ? &said : NULL);
}

json_t *
sentence_json(const struct err *said)
{
	json_t *doc;

	if (said->msg[0] == '\0')
		return json_null();
	doc = json_object();
	sentence_put(doc, said);
	return doc;
}

json_t *
sentence_json_row(const char *text, const char *params)
{
	json_t *doc;

	if (text[0] == '\0')
		return json_null();
	doc = json_object();
	sentence_put_row(doc, text, params);
	return doc;
}

/* ---- the way back ---- */

static bool
append(struct err *e, const char *p, size_t n)
{
	size_t at = strlen(e->msg);

	if (at + n >= sizeof(e->msg))
		return false;
	memcpy(e->msg + at, p, n);
	e->msg[at + n] = '\0';
	return true;
}

/* The parameter that is taken apart; NULL: none. */
static const json_t *
inner_of(const json_t *doc, size_t i)
{
	const json_t *list = json_object_get(doc, "inner"), *part;
	size_t k;

	json_array_foreach(list, k, part)
	{
		if (json_integer_value(json_object_get(part, "param")) == (json_int_t)i)
			return part;
	}
	return NULL;
}

static bool fill(struct err *e, const json_t *doc, unsigned depth);

static bool
fill_param(struct err *e, const json_t *doc, size_t i, unsigned depth)
{
	const char *param =
	    json_string_value(json_array_get(json_object_get(doc, "params"), i));
	const json_t *inner = inner_of(doc, i);
	size_t at = strlen(e->msg);
	struct err_param *p;

	if (param == NULL || e->n_params == ERR_PARAMS_MAX)
		return false;
	p = &e->params[e->n_params++];
	*p = (struct err_param) { (uint16_t)at, (uint16_t)strlen(param),
		(uint8_t)depth };
	if (inner == NULL || depth + 1 == SAID_DEPTH)
		return append(e, param, strlen(param));
	return fill(e, inner, depth + 1) && strcmp(e->msg + at, param) == 0;
}

/* The template behind what is there, with its parameters. */
static bool
fill(struct err *e, const json_t *doc, unsigned depth)
{
	const char *at = json_string_value(json_object_get(doc, "template")), *open;
	char slot[12];
	size_t i = 0, n;

	if (at == NULL)
		return false;
	for (;; at = open + n, i++) {
		n = (size_t)snprintf(slot, sizeof(slot), "{%zu}", i);
		if ((open = strstr(at, slot)) == NULL)
			return append(e, at, strlen(at));
		if (!append(e, at, (size_t)(open - at)) ||
		    !fill_param(e, doc, i, depth))
			return false;
	}
}

int
sentence_read(struct err *ret, const char *text, const json_t *doc)
{
	err_clear(ret);
	if (fill(ret, doc, 0) && strcmp(ret->msg, text) == 0)
		return 0;
	err_clear(ret);
	snprintf(ret->msg, sizeof(ret->msg), "%s", text);
	return -1;
}

json_t *
sentence_with(json_t *doc, const char *name, const struct err *said)
{
	char key[40];

	(void)json_object_set_new(doc, name, json_text(said->msg));
	snprintf(key, sizeof(key), "%s_said", name);
	(void)json_object_set_new(doc, key, sentence_json(said));
	return doc;
}
