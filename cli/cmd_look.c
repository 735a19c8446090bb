/* SPDX-License-Identifier: GPL-3.0-or-later */
/* camherd dump strings|search|hex: a dump as text and as bytes. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/bytes.h"
#include "cli/cli.h"
#include "cli/hexline.h"
#include "cli/out.h"
#include "common/text.h"
#include "image/strings.h"

#define SHOWN_MAX 400u		/* characters of one string on a line */
#define CONTEXT 32u		/* bytes around a place that was found */
#define NEEDLE_MAX 256u
#define HITS 1000u		/* unless told otherwise */

/* ---- strings ---- */

static void
print_string(const uint8_t *p, const struct image_string *s, bool wide, json_t *list)
{
	char text[SHOWN_MAX + 1];
	size_t i, step = wide ? 2 : 1;

	for (i = 0; i < s->n && i < SHOWN_MAX; i++)
		text[i] = (char)p[s->at + i * step];
	text[i] = '\0';
	if (list != NULL)
		json_array_append_new(list,
		    json_pack("{s:I,s:o,s:s}", "offset", (json_int_t)s->at, "text",
			out_text(text), "coding", wide ? "utf-16" : "ascii"));
	else
		printf("%06zx %c %s\n", s->at, wide ? 'w' : ' ', text);
}

static bool
is_wanted(const uint8_t *p, const struct image_string *s, bool wide, const char *word)
{
	size_t n = wide ? 2 * s->n : s->n;

	return word == NULL ||
	    strings_find(p + s->at, n, 0, (const uint8_t *)word, strlen(word),
		wide ? STRINGS_WIDE : STRINGS_TEXT) < n;
}

/* Both codings, in the order in which they stand. */
static void
print_strings(
    const uint8_t *p, size_t n, size_t min, const char *word, json_t *list)
{
	struct image_string plain, wide;
	bool has_plain = strings_next(p, n, 0, min, &plain),
	     has_wide = strings_next_wide(p, n, 0, min, &wide), is_wide;
	const struct image_string *s;

	while (has_plain || has_wide) {
		is_wide = has_wide && (!has_plain || wide.at < plain.at);
		s = is_wide ? &wide : &plain;
		if (is_wanted(p, s, is_wide, word))
			print_string(p, s, is_wide, list);
		if (is_wide)
			has_wide =
			    strings_next_wide(p, n, wide.at + 2 * wide.n, min, &wide);
		else
			has_plain = strings_next(p, n, plain.at + plain.n, min, &plain);
	}
}

static int
run_strings(struct cli *cli, const struct cli_args *args, struct err *e)
{
	json_t *list;
	uint64_t min = 6;
	uint8_t *p = NULL;
	size_t n;

	if (cli_opt_number(args, "min", STRINGS_MIN, 1000, &min, e) < 0 ||
	    bytes_read(cli, args->arg[0], &p, &n, e) < 0)
		return -1;
	list = cli->json ? json_array() : NULL;
	print_strings(p, n, (size_t)min, cli_opt(args, "search"), list);
	free(p);
	return list != NULL ? out_json(json_pack("{s:o}", "strings", list)) : 0;
}

/* ---- search ---- */

struct needle {
	uint8_t bytes[NEEDLE_MAX];
	size_t n;
	bool hex;
};

static int
read_hex(const char *s, struct needle *k, struct err *e)
{
	int high, low;

	for (k->n = 0; *s != '\0'; s += 2) {
		while (*s == ' ' || *s == ':')
			s++;
		if (*s == '\0')
			break;
		high = text_hex_digit(s[0]);
		low = high < 0 ? -1 : text_hex_digit(s[1]);
		if (low < 0 || k->n == sizeof(k->bytes))
			return err_set(e, ERR_USAGE, "usage",
			    "bytes to search for are pairs of hex digits, at most %u "
			    "of them, as in 'a5 5a 5a a5'; '%.20s' is none",
			    NEEDLE_MAX, s);
		k->bytes[k->n++] = (uint8_t)(high << 4 | low);
	}
	return k->n > 0
	    ? 0
	    : err_set(e, ERR_USAGE, "usage", "there are no bytes to search for");
}

static int
read_needle(const struct cli_args *args, struct needle *k, struct err *e)
{
	const char *s = args->arg[1];

	k->hex = cli_opt(args, "hex") != NULL;
	if (k->hex)
		return read_hex(s, k, e);
	k->n = strlen(s);
	if (k->n == 0 || k->n > sizeof(k->bytes))
		return err_set(e, ERR_USAGE, "usage",
		    "a text to search for has 1 to %u bytes; this one has %zu",
		    NEEDLE_MAX, k->n);
	memcpy(k->bytes, s, k->n);
	return 0;
}

static void
print_hit(const uint8_t *p, size_t n, size_t at, size_t len, bool wide, json_t *list)
{
	size_t from = at > CONTEXT ? at - CONTEXT : 0, end = at + len + CONTEXT, i, k = 0;
	char context[2 * CONTEXT + 2 * NEEDLE_MAX + 1];

	for (i = from; i < end && i < n; i++) {
		if (p[i] != 0 || !wide)
			context[k++] =
			    p[i] >= 0x20 && p[i] < 0x7f ? (char)p[i] : '.';
	}
	context[k] = '\0';
	if (list != NULL)
		json_array_append_new(list,
		    json_pack("{s:I,s:I,s:s,s:o}", "offset", (json_int_t)at, "size",
			(json_int_t)len, "coding", wide ? "utf-16" : "plain",
			"context", out_text(context)));
	else
		printf("%06zx %c %s\n", at, wide ? 'w' : ' ', context);
}

/* Every place in order; at most max of them. The count. */
static uint64_t
print_hits(const uint8_t *p, size_t n, const struct needle *k, uint64_t max,
    bool *ret_more, json_t *list)
{
	enum strings_how how = k->hex ? STRINGS_BYTES : STRINGS_TEXT;
	size_t plain = strings_find(p, n, 0, k->bytes, k->n, how), wide = n;
	uint64_t count = 0;

	if (!k->hex)
		wide = strings_find(p, n, 0, k->bytes, k->n, STRINGS_WIDE);
	while (plain < n || wide < n) {
		if ((*ret_more = count == max))
			break;
		count++;
		if (plain <= wide) {
			print_hit(p, n, plain, k->n, false, list);
			plain = strings_find(p, n, plain + 1, k->bytes, k->n, how);
		} else {
			print_hit(p, n, wide, 2 * k->n, true, list);
			wide = strings_find(
			    p, n, wide + 1, k->bytes, k->n, STRINGS_WIDE);
		}
	}
	return count;
}

/* Exit 4 where nothing is found, for scripts. */
static int
run_search(struct cli *cli, const struct cli_args *args, struct err *e)
{
	uint64_t max = HITS, count;
	struct needle k;
	uint8_t *p = NULL;
	bool more = false;
	json_t *list;
	size_t n;

	if (cli_opt_number(args, "max", 1, 10000000, &max, e) < 0 ||
	    read_needle(args, &k, e) < 0 ||
	    bytes_read(cli, args->arg[0], &p, &n, e) < 0)
		return -1;
	list = cli->json ? json_array() : NULL;
	count = print_hits(p, n, &k, max, &more, list);
	free(p);
	if (list != NULL)
		out_json(json_pack("{s:o,s:b}", "hits", list, "more", more));
	else if (more)
		say(stderr, "... and more than these %llu places (--max N)",
		    (unsigned long long)max);
	else if (count == 0 && !cli->quiet)
		say(stderr, "nothing was found");
	return count > 0 ? 0 : ERR_NOT_FOUND;
}

/* ---- hex ---- */

static json_t *
hex_doc(const uint8_t *p, size_t n, size_t at, size_t end)
{
	size_t len = end - at;
	char *text = out_memory(malloc(2 * len + 1));
	json_t *doc;

	text_hex(p + at, len, text);
	doc = json_pack("{s:I,s:I,s:I,s:s}", "offset", (json_int_t)at, "size",
	    (json_int_t)len, "of", (json_int_t)n, "hex", text);
	free(text);
	return doc;
}

static int
run_hex(struct cli *cli, const struct cli_args *args, struct err *e)
{
	uint64_t at = 0, size = UINT32_MAX;
	char line[HEXLINE_MAX];
	uint8_t *p = NULL;
	size_t n, end;

	if (cli_opt_number(args, "at", 0, UINT32_MAX, &at, e) < 0 ||
	    cli_opt_number(args, "size", 1, UINT32_MAX, &size, e) < 0 ||
	    bytes_read(cli, args->arg[0], &p, &n, e) < 0)
		return -1;
	if (at >= n) {
		free(p);
		return err_set(e, ERR_USAGE, "usage",
		    "--at 0x%llx is beyond the end: it has 0x%zx bytes",
		    (unsigned long long)at, n);
	}
	end = size > n - at ? n : (size_t)(at + size);
	if (cli->json) {
		out_json(hex_doc(p, n, (size_t)at, end));
	} else {
		for (at = at / HEXLINE_ROW * HEXLINE_ROW; at < end;
		     at += HEXLINE_ROW)
			printf("%s\n", hexline(p, n, (size_t)at, line));
	}
	free(p);
	return 0;
}

static const struct cli_option strings_options[] = {
	{ "min", 0, "N", "shortest string, 6 characters if not given" },
	{ "search", 0, "TEXT", "only strings that hold this text" },
	{ NULL, 0, NULL, NULL }
};
static const struct cli_option search_options[] = {
	{ "hex", 0, NULL, "TEXT is bytes: 'a5 5a 5a a5'" },
	{ "max", 0, "N", "stop after so many places, 1000 if not given" },
	{ NULL, 0, NULL, NULL }
};
static const struct cli_option hex_options[] = {
	{ "at", 0, "A", "first byte, 0 if not given" },
	{ "size", 0, "N", "how many, all to the end if not given" },
	{ NULL, 0, NULL, NULL }
};

const struct cli_command cmds_look[] = {
	{ .verb = "dump strings",
	    .usage = "DUMP|./FILE",
	    .help = "the text inside, with offsets",
	    .more = "ASCII and UTF-16 (marked w). It shows what stands there, "
		    "passphrases included.",
	    .options = strings_options,
	    .min = 1,
	    .max = 1,
	    .needs = CLI_CONF | CLI_READ,
	    .run = run_strings },
	{ .verb = "dump search",
	    .usage = "DUMP|./FILE TEXT",
	    .help = "all places where a text or bytes stand",
	    .more = "A text is looked for in either case, as it is and as UTF-16 "
		    "(marked w).\n"
		    "Exit status 4 when nothing is found.",
	    .options = search_options,
	    .min = 2,
	    .max = 2,
	    .needs = CLI_CONF | CLI_READ,
	    .run = run_search },
	{ .verb = "dump hex",
	    .usage = "DUMP|./FILE",
	    .help = "the bytes, 16 on a line",
	    .options = hex_options,
	    .min = 1,
	    .max = 1,
	    .needs = CLI_CONF | CLI_READ,
	    .run = run_hex },
	{ .verb = NULL }
};
