/* SPDX-License-Identifier: GPL-3.0-or-later */
/* /dumps/{id}/strings and /search: the text inside a dump and where something stands.
 * They show what is there, passphrases included, so they are an admin's. The handlers
 * are the main thread's, what makes the answers is the worker's (look.h). */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "image/strings.h"
#include "webd/api.h"
#include "webd/field.h"
#include "webd/look.h"

#define STRING_SHOWN_MAX 400u
#define WORD_MAX 200u

struct text_opt {
	uint64_t min, from, to, limit;
	char word[WORD_MAX + 1];
	uint8_t needle[WORD_MAX];
	size_t n_needle;
	bool hex;
};

static json_t *
string_json(const uint8_t *p, const struct image_string *s)
{
	char text[STRING_SHOWN_MAX + 1];
	size_t n = s->n < STRING_SHOWN_MAX ? s->n : STRING_SHOWN_MAX;

	memcpy(text, p + s->at, n);
	text[n] = '\0';
	return json_pack("{s:I,s:I,s:s}", "offset", (json_int_t)s->at, "size",
	    (json_int_t)s->n, "text", text);
}

static json_t *
make_strings(struct look *l, struct err *e)
{
	const struct text_opt *opt = l->opt;
	json_t *list = json_array(), *next = NULL;
	struct image_string s;
	size_t at, n = opt->to < l->a.n ? (size_t)opt->to : l->a.n;

	(void)e;
	for (at = (size_t)opt->from; strings_next(l->a.p, n, at, (size_t)opt->min, &s);
	     at = s.at + s.n + 1) {
		if (opt->word[0] != '\0' &&
		    strings_find(l->a.p, s.at + s.n, s.at, (const uint8_t *)opt->word,
			strlen(opt->word), STRINGS_TEXT) == s.at + s.n)
			continue;
		if (json_array_size(list) == opt->limit) {
			next = json_integer((json_int_t)s.at);
			break;
		}
		(void)json_array_append_new(list, string_json(l->a.p, &s));
	}
	return json_pack(
	    "{s:o,s:o}", "strings", list, "next", next != NULL ? next : json_null());
}

static int
read_word(const struct request *r, const char *key, struct text_opt *ret, struct err *e)
{
	if (request_query(r, key, ret->word, sizeof(ret->word)) >= 0)
		return 0;
	return err_set(e, ERR_USAGE, "bad-query",
	    "'%s' must be text of at most %u bytes.", key, WORD_MAX);
}

static int
read_strings(const struct request *r, struct text_opt *ret, struct err *e)
{
	if (request_query_number(r, "min", STRINGS_MIN, 1000, 6, &ret->min, e) < 0 ||
	    request_query_number(r, "from", 0, UINT32_MAX, 0, &ret->from, e) < 0 ||
	    request_query_number(r, "to", 0, UINT32_MAX, UINT32_MAX, &ret->to, e) < 0 ||
	    request_query_number(r, "limit", 1, API_LIMIT_MAX, 200, &ret->limit, e) < 0)
		return -1;
	return read_word(r, "search", ret, e);
}

/* ---- search ---- */

static int
read_hex(struct text_opt *ret, struct err *e)
{
	const char *p = ret->word;
	int high, low;

	while (*p != '\0') {
		if (*p == ' ' || *p == ':') {
			p++;
			continue;
		}
		high = text_hex_digit(p[0]);
		low = high < 0 ? -1 : text_hex_digit(p[1]);
		if (low < 0)
			return err_set(e, ERR_USAGE, "bad-hex",
			    "'hex' must be pairs of hex digits, as in \"a5 ff 5a "
			    "00\".");
		ret->needle[ret->n_needle++] = (uint8_t)(high << 4 | low);
		p += 2;
	}
	return 0;
}

static int
read_search(const struct request *r, struct text_opt *ret, struct err *e)
{
	char other[WORD_MAX + 1];
	int text = request_query(r, "text", other, sizeof(other));

	ret->hex = text == 0;
	if (request_query_number(r, "from", 0, UINT32_MAX, 0, &ret->from, e) < 0 ||
	    request_query_number(r, "limit", 1, API_LIMIT_MAX, 100, &ret->limit, e) <
		0 ||
	    read_word(r, ret->hex ? "hex" : "text", ret, e) < 0)
		return -1;
	if (ret->word[0] == '\0' ||
	    (text > 0 && request_query(r, "hex", other, sizeof(other)) != 0))
		return err_set(e, ERR_USAGE, "bad-query",
		    "Say what to look for: 'text' or 'hex', one of them.");
	if (ret->hex)
		return read_hex(ret, e);
	ret->n_needle = strlen(ret->word);
	memcpy(ret->needle, ret->word, ret->n_needle);
	return 0;
}

/* Where it stands next in each form; n = nowhere. */
struct cursor {
	size_t plain, wide;
};

static size_t
find(const struct look *l, size_t from, enum strings_how how)
{
	const struct text_opt *opt = l->opt;

	return strings_find(l->a.p, l->a.n, from, opt->needle, opt->n_needle, how);
}

/* Go on to what stands at `from` or later; only what was passed is looked for anew. */
static void
advance(const struct look *l, struct cursor *c, size_t from)
{
	const struct text_opt *opt = l->opt;

	if (c->plain < from)
		c->plain = find(l, from, opt->hex ? STRINGS_BYTES : STRINGS_TEXT);
	if (opt->hex || opt->n_needle < 2)
		c->wide = l->a.n;
	else if (c->wide < from)
		c->wide = find(l, from, STRINGS_WIDE);
}

static json_t *
hit_json(const struct look *l, const struct cursor *c)
{
	const struct text_opt *opt = l->opt;
	bool wide = c->wide < c->plain;

	return json_pack("{s:I,s:I,s:s}", "offset",
	    (json_int_t)(wide ? c->wide : c->plain), "size",
	    (json_int_t)(wide ? 2 * opt->n_needle : opt->n_needle), "form",
	    wide	   ? "utf-16"
		: opt->hex ? "bytes"
			   : "text");
}

static json_t *
make_search(struct look *l, struct err *e)
{
	const struct text_opt *opt = l->opt;
	json_t *hits = json_array(), *next = NULL;
	size_t from = (size_t)opt->from, at;
	struct cursor c = { 0, 0 };

	(void)e;
	c.plain = find(l, from, opt->hex ? STRINGS_BYTES : STRINGS_TEXT);
	c.wide = opt->hex ? l->a.n : find(l, from, STRINGS_WIDE);
	for (;; from = at + 1) {
		advance(l, &c, from);
		at = c.wide < c.plain ? c.wide : c.plain;
		if (at >= l->a.n)
			break;
		if (json_array_size(hits) == opt->limit) {
			next = json_integer((json_int_t)at);
			break;
		}
		(void)json_array_append_new(hits, hit_json(l, &c));
	}
	return json_pack(
	    "{s:o,s:o}", "hits", hits, "next", next != NULL ? next : json_null());
}

static void
text_look(struct web *w, const struct request *r, look_fn *fn,
    int (*read)(const struct request *, struct text_opt *, struct err *),
    struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	struct text_opt *opt;
	struct look *l;
	struct dump d;

	if (look_row(w, r, &d, rep) < 0 ||
	    (l = look_new(w, &d, NULL, fn, sizeof(*opt), rep)) == NULL)
		return;
	opt = l->opt;
	if (read(r, opt, &e) < 0)
		look_refuse(l, &e, rep);
	else
		look_give(w, r, l, rep);
}

void
api_dump_strings(struct web *w, const struct request *r, struct reply *rep)
{
	text_look(w, r, make_strings, read_strings, rep);
}

void
api_dump_search(struct web *w, const struct request *r, struct reply *rep)
{
	text_look(w, r, make_search, read_search, rep);
}
