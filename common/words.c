/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Known secrets taken out of a text (see words.h). Any process; one thread at a time. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "common/words.h"

#define BLANK "***"

static int
keep(struct words *w, const char *word)
{
	size_t room = w->room == 0 ? 64 : w->room * 2;
	char **v;

	if (w->n == WORDS_MAX || strlen(word) < WORDS_LEN_MIN)
		return 0;
	if (w->n == w->room) {
		if ((v = realloc(w->v, room * sizeof(*v))) == NULL)
			return -1;
		w->v = v;
		w->room = room;
	}
	if ((w->v[w->n] = strdup(word)) == NULL)
		return -1;
	w->n++;
	return 0;
}

int
words_add(struct words *w, const char *word)
{
	char json[1024];

	if (keep(w, word) < 0)
		return -1;
	(void)text_escape_json(word, strlen(word), json, sizeof(json));
	return strcmp(json, word) == 0 ? 0 : keep(w, json);
}

/* Longest first, equal ones beside each other. */
static int
by_length(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;
	size_t n = strlen(*x), m = strlen(*y);

	return n != m ? (n < m ? 1 : -1) : strcmp(*x, *y);
}

/* In one pass; what is behind a word moves up. */
static void
blank_one(char *text, const char *word)
{
	size_t n = strlen(word), part;
	char *from = text, *to = text, *at;

	while ((at = strstr(from, word)) != NULL) {
		part = (size_t)(at - from);
		memmove(to, from, part);
		memcpy(to + part, BLANK, sizeof(BLANK) - 1);
		to += part + sizeof(BLANK) - 1;
		from = at + n;
	}
	memmove(to, from, strlen(from) + 1);
}

void
words_blank(struct words *w, char *text)
{
	size_t i;

	if (w->n == 0)
		return;
	qsort(w->v, w->n, sizeof(*w->v), by_length);
	for (i = 0; i < w->n; i++)
		if (i == 0 || strcmp(w->v[i], w->v[i - 1]) != 0)
			blank_one(text, w->v[i]);
}

void
words_fini(struct words *w)
{
	while (w->n > 0)
		free(w->v[--w->n]);
	free(w->v);
	*w = (struct words) { .v = NULL };
}
