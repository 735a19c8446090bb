/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sentences with their parameters, packed (see said.h). Pure; any process, any thread. */
#include "config.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "common/err.h"
#include "common/said.h"
#include "common/text.h"

const char *
said_pack(const struct err *e, char ret[SAID_MAX])
{
	unsigned i, depth = 0;
	size_t n;

	ret[0] = '\0';
	if (e->msg[0] == '\0')
		return ret;
	n = (size_t)snprintf(ret, SAID_MAX, "%zu:", strlen(e->msg));
	for (i = 0; i < e->n_params && n + 16 < SAID_MAX; i++) {
		const struct err_param *p = &e->params[i];

		for (; depth > p->depth; depth--)
			ret[n++] = ')';
		if (p->depth > depth)
			ret[n++] = '(';
		else if (i > 0)
			ret[n++] = ',';
		depth = p->depth;
		n += (size_t)snprintf(
		    ret + n, SAID_MAX - n, "%u+%u", (unsigned)p->at, (unsigned)p->n);
	}
	for (; depth > 0 && n + 1 < SAID_MAX; depth--)
		ret[n++] = ')';
	ret[n] = '\0';
	return ret;
}

void
said_put(const struct err *e, char *ret, size_t ret_size, char ret_params[SAID_MAX])
{
	(void)said_pack(e, ret_params);
	snprintf(ret, ret_size, "%s", e->msg);
}

/* As it is written by said_pack() and no other way. */
static int
take_number(const char **p, uint16_t *ret)
{
	unsigned value = 0;
	const char *s = *p;

	if (*s < '0' || *s > '9' || (s[0] == '0' && s[1] >= '0' && s[1] <= '9'))
		return -1;
	for (; *s >= '0' && *s <= '9'; s++) {
		if ((value = value * 10 + (unsigned)(*s - '0')) > UINT16_MAX)
			return -1;
	}
	*p = s;
	*ret = (uint16_t)value;
	return 0;
}

/* Not inside of a character. */
static bool
is_border(const char *sentence, size_t at)
{
	return ((unsigned char)sentence[at] & 0xc0) != 0x80;
}

/* "4+3", which stands behind begin and within end. */
static int
take_param(struct err *e, const char **p, unsigned depth, size_t begin, size_t end)
{
	struct err_param param = { .depth = (uint8_t)depth };

	if (e->n_params == ERR_PARAMS_MAX || take_number(p, &param.at) < 0 ||
	    *(*p)++ != '+' || take_number(p, &param.n) < 0)
		return -1;
	if (param.at < begin || (size_t)param.at + param.n > end ||
	    !is_border(e->msg, param.at) || !is_border(e->msg, param.at + param.n))
		return -1;
	e->params[e->n_params++] = param;
	return 0;
}

/* All of them. In an open parameter, ends[] is where it ends; at is where the last one
 * beside the next one ended. */
static int
take_params(struct err *e, const char *p)
{
	size_t ends[SAID_DEPTH] = { strlen(e->msg) }, at = 0;
	const struct err_param *last;
	unsigned depth = 0;

	for (;;) {
		if (take_param(e, &p, depth, at, ends[depth]) < 0)
			return -1;
		last = &e->params[e->n_params - 1];
		at = (size_t)last->at + last->n;
		if (*p == '(') {
			if (++depth == SAID_DEPTH)
				return -1;
			ends[depth] = at;
			at = last->at;
			p++;
			continue;
		}
		for (; *p == ')' && depth > 0; p++)
			at = ends[depth--];
		if (*p == '\0' && depth == 0)
			return 0;
		if (*p++ != ',')
			return -1;
	}
}

int
said_unpack(struct err *ret, const char *sentence, const char *packed)
{
	uint16_t n;

	err_clear(ret);
	snprintf(ret->msg, sizeof(ret->msg), "%s", sentence);
	if (take_number(&packed, &n) < 0 || *packed++ != ':' || n == 0 ||
	    n != strlen(sentence) || n >= sizeof(ret->msg))
		return -1;
	if (*packed == '\0')
		return 0;
	if (take_params(ret, packed) == 0)
		return 0;
	ret->n_params = 0;
	return -1;
}

/* Which of the parameters is the i-th of the sentence's own; n_params: none. */
static unsigned
find(const struct err *e, unsigned i)
{
	unsigned k;

	for (k = 0; k < e->n_params; k++) {
		if (e->params[k].depth == 0 && i-- == 0)
			break;
	}
	return k;
}

int
said_nest(struct err *e, unsigned i, const struct err *inner)
{
	unsigned k, n = 0, free_slots;
	struct err_param outer, *to;

	if (e == NULL || (k = find(e, i)) == e->n_params)
		return -1;
	free_slots = ERR_PARAMS_MAX - e->n_params;
	outer = e->params[k];
	if (strlen(inner->msg) < outer.n || memcmp(e->msg + outer.at, inner->msg, outer.n) != 0)
		return -1;
	while (n < inner->n_params && n < free_slots &&
	    inner->params[n].depth + 2 <= SAID_DEPTH &&
	    (unsigned)inner->params[n].at + inner->params[n].n <= outer.n)
		n++;
	to = &e->params[k + 1];
	memmove(to + n, to, (e->n_params - k - 1) * sizeof(*to));
	memcpy(to, inner->params, n * sizeof(*to));
	e->n_params = (uint8_t)(e->n_params + n);
	for (; n > 0; n--, to++) {
		to->at = (uint16_t)(to->at + outer.at);
		to->depth++;
	}
	return -1;
}

/* Where byte at of the sentence is in its escaped form; -1: not there (any more). */
static int
moved(const struct err *e, size_t at, const char *escaped)
{
	char begin[4 * sizeof(e->msg)];
	size_t n = text_escape(e->msg, at, begin, sizeof(begin));

	return n <= strlen(escaped) && memcmp(begin, escaped, n) == 0 ? (int)n : -1;
}

void
said_escape(const struct err *e, size_t size, struct err *ret)
{
	struct err from = *e;
	unsigned i;

	if (size > sizeof(ret->msg))
		size = sizeof(ret->msg);
	*ret = from;
	(void)text_escape(from.msg, strlen(from.msg), ret->msg, size);
	for (i = 0; i < from.n_params; i++) {
		size_t at = from.params[i].at, n = from.params[i].n;
		int begin = moved(&from, at, ret->msg),
		    end = moved(&from, at + n, ret->msg);

		if (begin < 0 || end < 0)
			break;
		ret->params[i].at = (uint16_t)begin;
		ret->params[i].n = (uint16_t)(end - begin);
	}
	ret->n_params = (uint8_t)i;
}
