/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a child may say (see childline.h). Pure; parent process and tests. */
#include "config.h"

#include <stdbool.h>
#include <string.h>

#include "common/text.h"
#include "flashd/childline.h"

/* Fields: w word, h SHA-256, n number, i number or -1, m mark, p params,
 * t the rest. */
static const struct {
	const char *name;
	enum child_verb verb;
	const char *fields;
} table[] = {
	{ "step", CHILD_STEP, "wn" },
	{ "progress", CHILD_PROGRESS, "nnin" },
	{ "blocks", CHILD_BLOCKS, "nnm" },
	{ "identity", CHILD_IDENTITY, "wt" },
	{ "baud", CHILD_BAUD, "n" },
	{ "note", CHILD_NOTE, "pt" },
	{ "ask", CHILD_ASK, "wpt" },
	{ "kept", CHILD_KEPT, "n" },
	{ "saved", CHILD_SAVED, "hnnn" },
	{ "touched", CHILD_TOUCHED, "" },
	{ "counts", CHILD_COUNTS, "nnnn" },
	{ "image", CHILD_IMAGE, "wt" },
	{ "differs", CHILD_DIFFERS, "nn" },
	{ "fail", CHILD_FAIL, "nwpt" },
	{ "ok", CHILD_OK, "" },
	{ "text", CHILD_TEXT, "wt" },
	{ "heard", CHILD_HEARD, "wnnn" },
	{ "free", CHILD_FREE, "" },
	{ "errors", CHILD_ERRORS, "nnnn" },
};

#define N_VERBS (sizeof(table) / sizeof(table[0]))

static bool
is_word(const char *p, size_t n)
{
	size_t i;

	if (n == 0 || n > 39)
		return false;
	for (i = 0; i < n; i++) {
		if (!((p[i] >= 'a' && p[i] <= 'z') || (p[i] >= '0' && p[i] <= '9') ||
			p[i] == '-' || p[i] == '_'))
			return false;
	}
	return true;
}

static bool
is_sha256(const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (!((p[i] >= '0' && p[i] <= '9') || (p[i] >= 'a' && p[i] <= 'f')))
			return false;
	}
	return n == 64;
}

/* Digits only: no sign, no 0x, no suffix. */
static int
take_number(const char *p, size_t n, uint64_t *ret)
{
	uint64_t v = 0;
	size_t i;

	if (n == 0 || n > 18)
		return -1;
	for (i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return -1;
		v = v * 10 + (uint64_t)(p[i] - '0');
	}
	*ret = v;
	return 0;
}

static int
take_mark(const char *p, size_t n, char *ret)
{
	if (n != 1 || strchr(".rv=ew!", p[0]) == NULL)
		return -1;
	*ret = p[0];
	return 0;
}

static int
take_eta(const char *p, size_t n, int64_t *ret)
{
	uint64_t v;

	if (n == 2 && memcmp(p, "-1", 2) == 0) {
		*ret = -1;
		return 0;
	}
	if (take_number(p, n, &v) < 0)
		return -1;
	*ret = (int64_t)v;
	return 0;
}

/* Whether they are params of the text, is seen when they are put to use. */
static int
take_params(const char *p, size_t n, char ret[SAID_MAX])
{
	size_t i;

	if (n == 1 && p[0] == '-')
		return 0;
	if (n == 0 || n >= SAID_MAX)
		return -1;
	for (i = 0; i < n; i++) {
		if (p[i] == '\0' || strchr("0123456789:+,()", p[i]) == NULL)
			return -1;
	}
	memcpy(ret, p, n);
	return 0;
}

/* One field of n bytes; number is the place in ret->n that comes next. */
static int
take_field(char kind, const char *p, size_t n, unsigned *number, struct child_line *ret)
{
	switch (kind) {
	case 'w':
	case 'h':
		if (kind == 'w' ? !is_word(p, n) : !is_sha256(p, n))
			return -1;
		memcpy(ret->word, p, n);
		return 0;
	case 'n':
		return take_number(p, n, &ret->n[(*number)++]);
	case 'i':
		return take_eta(p, n, &ret->eta);
	case 'm':
		return take_mark(p, n, &ret->mark);
	case 'p':
		return take_params(p, n, ret->params);
	default:
		if (n >= sizeof(ret->text) || !text_is_clean(p, n))
			return -1;
		memcpy(ret->text, p, n);
		return 0;
	}
}

/* Fields behind the verb; p is at the space in front of the first, or at the end. */
static int
take_fields(const char *fields, const char *p, size_t n, struct child_line *ret)
{
	const char *space;
	unsigned number = 0;
	size_t len;

	for (; *fields != '\0'; fields++) {
		if (n == 0 || p[0] != ' ')
			return -1;
		p++;
		n--;
		space = *fields == 't' ? NULL : memchr(p, ' ', n);
		len = space == NULL ? n : (size_t)(space - p);
		if (take_field(*fields, p, len, &number, ret) < 0)
			return -1;
		p += len;
		n -= len;
	}
	return n == 0 ? 0 : -1;
}

int
childline_parse(const char *line, size_t n, struct child_line *ret)
{
	struct child_line l;
	const char *space = memchr(line, ' ', n);
	size_t len = space == NULL ? n : (size_t)(space - line), i;

	if (n > CHILDLINE_MAX)
		return -1;
	memset(&l, 0, sizeof(l));
	for (i = 0; i < N_VERBS; i++) {
		if (strlen(table[i].name) != len ||
		    memcmp(table[i].name, line, len) != 0)
			continue;
		l.verb = table[i].verb;
		if (take_fields(table[i].fields, line + len, n - len, &l) < 0)
			return -1;
		*ret = l;
		return 0;
	}
	return -1;
}
