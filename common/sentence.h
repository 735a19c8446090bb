/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sentences in JSON: beside each stand its pattern ("template", with {0}, {1}, …) and
 * what was put in ("params"), so that a program can tell them apart and a page can show
 * the sentence in another language. A parameter that is a sentence itself is taken apart
 * as well, in "inner". template is "" where nobody knows (rows of older versions). Pure;
 * any thread.
 */
#ifndef COMMON_SENTENCE_H
#define COMMON_SENTENCE_H

#include <jansson.h>

struct err;

/* A JSON string of text that may hold foreign bytes: what is no UTF-8 becomes \xNN. */
json_t *json_text(const char *s);

/* Put template, params and, if there are such, inner into doc. NULL: nobody knows. */
void sentence_put(json_t *doc, const struct err *said);
/* The same, of a row's two columns (common/said.h). */
void sentence_put_row(json_t *doc, const char *text, const char *params);
/* An object of their own, where doc has several sentences; null for none. */
json_t *sentence_json(const struct err *said);
json_t *sentence_json_row(const char *text, const char *params);
/* The way back: the sentence text with its parameters, as doc has them; code and name
 * are cleared. -1: doc has none, or not those of text; then it has none. */
int sentence_read(struct err *ret, const char *text, const json_t *doc);
/* Put the sentence into doc as name, and what sentence_json() gives as name_said.
 * Returns doc. */
json_t *sentence_with(json_t *doc, const char *name, const struct err *said);

#endif
