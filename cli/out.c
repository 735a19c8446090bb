/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines, tables and JSON of camherd(1) (see out.h). One thread. */
#include "config.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/out.h"
#include "common/private.h"
#include "common/text.h"

#define COLUMNS_MAX 12

struct table {
	int columns;
	bool space; /* an empty line goes before it */
	size_t n, room; /* cells */
	char **cells; /* the headers first */
};

void *
out_memory(void *p)
{
	if (p == NULL) {
		fputs("camherd: out of memory\n", stderr);
		exit(1);
	}
	return p;
}

static char *
escaped(const char *s)
{
	size_t n = strlen(s);
	char *ret = out_memory(malloc(4 * n + 1));

	text_escape(s, n, ret, 4 * n + 1);
	return ret;
}

static char *vescaped(const char *, va_list) __attribute__((format(printf, 1, 0)));

static char *
vescaped(const char *fmt, va_list ap)
{
	char *raw = NULL, *ret;

	if (vasprintf(&raw, fmt, ap) < 0)
		raw = NULL;
	ret = escaped(out_memory(raw));
	free(raw);
	return ret;
}

void
say(FILE *f, const char *fmt, ...)
{
	va_list ap;
	char *line;

	va_start(ap, fmt);
	line = vescaped(fmt, ap);
	va_end(ap);
	fprintf(f, "%s\n", line);
	free(line);
}

void
say_fact(const char *label, const char *fmt, ...)
{
	va_list ap;
	char *line;

	va_start(ap, fmt);
	line = vescaped(fmt, ap);
	va_end(ap);
	if (line[0] != '\0')
		printf("%-12s %s\n", label, line);
	free(line);
}

int
out_width(const char *s)
{
	int n = 0;

	for (; *s != '\0'; s++) {
		if (((unsigned char)*s & 0xc0) != 0x80)
			n++;
	}
	return n;
}

static void
add_cell(struct table *t, char *cell)
{
	if (t->n == t->room) {
		t->room = t->room == 0 ? 64 : 2 * t->room;
		t->cells = out_memory(reallocarray(t->cells, t->room, sizeof(char *)));
	}
	t->cells[t->n++] = cell;
}

struct table *
table_new(int columns, ...)
{
	struct table *t = out_memory(calloc(1, sizeof(*t)));
	const char *header;
	va_list ap;
	int i;

	t->columns = columns < COLUMNS_MAX ? columns : COLUMNS_MAX;
	va_start(ap, columns);
	for (i = 0; i < t->columns; i++) {
		header = va_arg(ap, const char *);
		t->space = t->space || header[0] == '\n';
		add_cell(t, out_memory(strdup(header + strspn(header, "\n"))));
	}
	va_end(ap);
	return t;
}

void
table_cell(struct table *t, const char *fmt, ...)
{
	va_list ap;
	char *cell;

	va_start(ap, fmt);
	cell = vescaped(fmt, ap);
	va_end(ap);
	if (cell[0] == '\0') {
		free(cell);
		cell = out_memory(strdup("-"));
	}
	add_cell(t, cell);
}

/* The terminal's colour for a state word, or NULL. */
static const char *
word_color(const char *cell)
{
	static const char *const green[] = { "up", "live", "done", "ok", "yes", NULL };
	static const char *const yellow[] = { "running", "waiting", "stale",
		"connecting", "interrupted", "working", "queued", "busy", "held", NULL };
	static const char *const red[] = { "down", "failed", "refused", "unreachable",
		"unsupported", "lost", "missing", "WRONG", NULL };
	static const struct {
		const char *const *words;
		const char *color;
	} all[] = { { green, "\033[32m" }, { yellow, "\033[33m" },
		{ red, "\033[31m" } };
	char word[20];
	size_t i, k;

	snprintf(word, sizeof(word), "%.*s", (int)strcspn(cell, " "), cell);
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		for (k = 0; all[i].words[k] != NULL; k++) {
			if (strcmp(all[i].words[k], word) == 0)
				return all[i].color;
		}
	}
	return NULL;
}

static void
print_cell(const char *cell, const char *color, int width, bool last)
{
	int pad = last ? 0 : width - out_width(cell) + 2;

	printf("%s%s%s%*s", color != NULL ? color : "", cell,
	    color != NULL ? "\033[0m" : "", pad, "");
}

static void
print_table(const struct table *t, const struct cli *cli)
{
	int width[COLUMNS_MAX] = { 0 }, w;
	const char *color;
	size_t i, c, columns = (size_t)t->columns;

	for (i = 0; i < t->n; i++) {
		w = out_width(t->cells[i]);
		if (w > width[i % columns])
			width[i % columns] = w;
	}
	for (i = 0; i < t->n; i++) {
		c = i % columns;
		color = NULL;
		if (cli->color)
			color = i < columns ? "\033[1m" : word_color(t->cells[i]);
		print_cell(t->cells[i], color, width[c], c + 1 == columns);
		if (c + 1 == columns)
			putchar('\n');
	}
}

void
table_end(struct table *t, const struct cli *cli)
{
	size_t i;

	if (t->n > (size_t)t->columns) {
		if (t->space)
			putchar('\n');
		print_table(t, cli);
	}
	for (i = 0; i < t->n; i++)
		free(t->cells[i]);
	free(t->cells);
	free(t);
}

int
out_json(json_t *doc)
{
	char *s = out_memory(json_dumps(out_memory(doc), JSON_COMPACT));

	puts(s);
	free(s);
	json_decref(doc);
	return 0;
}

json_t *
out_text(const char *s)
{
	json_t *ret = json_string(s);
	char *clean;

	if (ret == NULL) {
		clean = escaped(s);
		ret = json_string(clean);
		free(clean);
	}
	return out_memory(ret);
}

json_t *
out_text_or_null(const char *s)
{
	return s[0] != '\0' ? out_text(s) : json_null();
}

const char *
out_mask(const char *secret, bool show, char *ret, size_t ret_size)
{
	if (!show)
		return private_text(secret, ret, ret_size);
	snprintf(ret, ret_size, "%s", secret);
	return ret;
}

const char *
out_age(int64_t seconds, char *ret, size_t ret_size)
{
	long long s = seconds < 0 ? 0 : seconds;

	if (s < 120)
		snprintf(ret, ret_size, "%lld s", s);
	else if (s < 2 * 3600)
		snprintf(ret, ret_size, "%lld min", s / 60);
	else if (s < 2 * 86400)
		snprintf(ret, ret_size, "%lld h", s / 3600);
	else
		snprintf(ret, ret_size, "%lld d", s / 86400);
	return ret;
}
