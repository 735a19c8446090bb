/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a sentence's parameters stand, as a row or a child may say it: up to the first
 * line end the packed text, behind it the sentence. Fuzz target; its corpus runs in
 * `make check`. */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/err.h"
#include "common/said.h"
#include "common/sentence.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was taken is within the sentence, and is written as it was read. */
static void
judge(const struct err *e, const char *packed)
{
	char again[SAID_MAX], template[sizeof(e->msg) + 4 * ERR_PARAMS_MAX];
	struct err escaped;
	unsigned i;

	for (i = 0; i < e->n_params; i++) {
		if ((size_t)e->params[i].at + e->params[i].n > strlen(e->msg) ||
		    e->params[i].depth > (i > 0 ? e->params[i - 1].depth + 1 : 0))
			abort();
	}
	if (strcmp(said_pack(e, again), packed) != 0)
		abort();
	(void)err_template(e, template, sizeof(template));
	said_escape(e, 100, &escaped);
	if (said_unpack(&escaped, escaped.msg, said_pack(&escaped, again)) < 0 &&
	    escaped.msg[0] != '\0')
		abort();
}

/* By way of JSON, too: the same parameters, unless its words look like a slot. */
static void
judge_json(const struct err *e)
{
	json_t *doc = sentence_json(e);
	struct err back;
	unsigned i;

	if (doc == NULL)
		abort();
	if (sentence_read(&back, e->msg, doc) == 0 && strchr(e->msg, '{') == NULL) {
		if (back.n_params != e->n_params)
			abort();
		for (i = 0; i < e->n_params; i++) {
			if (back.params[i].at != e->params[i].at ||
			    back.params[i].n != e->params[i].n ||
			    back.params[i].depth != e->params[i].depth)
				abort();
		}
	} else if (strcmp(back.msg, e->msg) != 0)
		abort();
	json_decref(doc);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = memchr(data, '\n', size);
	char packed[400], sentence[700];
	size_t n = end == NULL ? size : (size_t)(end - data), left = size - n;
	struct err e;

	if (n >= sizeof(packed) || left >= sizeof(sentence))
		return 0;
	memcpy(packed, data, n);
	packed[n] = '\0';
	memcpy(sentence, data + n + (left > 0), left > 0 ? left - 1 : 0);
	sentence[left > 0 ? left - 1 : 0] = '\0';
	if (said_unpack(&e, sentence, packed) == 0) {
		judge(&e, packed);
		judge_json(&e);
	} else if (e.n_params != 0)
		abort();
	return 0;
}
