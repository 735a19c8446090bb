/* SPDX-License-Identifier: GPL-3.0-or-later */
/* camherd dump diff|strings: two dumps side by side, and the text inside one. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "cli/bytes.h"
#include "cli/cli.h"
#include "cli/out.h"
#include "common/text.h"
#include "image/diff.h"
#include "image/strings.h"

#define STRING_SHOWN_MAX 400u /* characters of one string on a line */

/* The next run of differing sectors of one class from *at; false at the end. */
static bool
next_run(const struct diff *d, unsigned *at, unsigned *ret_end, uint64_t *ret_bytes)
{
	unsigned i = *at;

	while (i < d->n_sectors && d->sectors[i].bytes == 0)
		i++;
	*at = i;
	*ret_bytes = 0;
	for (; i < d->n_sectors && d->sectors[i].bytes > 0 &&
	     d->sectors[i].class == d->sectors[*at].class;
	     i++)
		*ret_bytes += d->sectors[i].bytes;
	*ret_end = i;
	return *at < d->n_sectors;
}

static int
diff_json(const struct diff *d)
{
	json_t *runs = json_array(), *classes = json_object();
	unsigned at = 0, end, i;
	uint64_t bytes;

	for (; next_run(d, &at, &end, &bytes); at = end)
		json_array_append_new(runs,
		    json_pack("{s:I,s:I,s:I,s:s}", "offset",
			(json_int_t)at * IMAGE_SECTOR, "size",
			(json_int_t)(end - at) * IMAGE_SECTOR, "bytes",
			(json_int_t)bytes, "class",
			diff_class_name(d->sectors[at].class)));
	for (i = 0; i < N_DIFF_CLASSES; i++)
		json_object_set_new(classes, diff_class_name((enum diff_class)i),
		    json_integer(d->by_class[i]));
	return out_json(json_pack("{s:i,s:i,s:I,s:o,s:o}", "sectors", (int)d->n_sectors,
	    "differing", (int)d->differing, "bytes", (json_int_t)d->bytes, "by_class",
	    classes, "runs", runs));
}

static int
diff_text(struct cli *cli, const struct diff *d)
{
	struct table *t = table_new(5, "FROM", "TO", "SECTORS", "BYTES", "WHAT");
	unsigned at = 0, end;
	uint64_t bytes;

	for (; next_run(d, &at, &end, &bytes); at = end) {
		table_cell(t, "0x%06x", at * IMAGE_SECTOR);
		table_cell(t, "0x%06x", end * IMAGE_SECTOR - 1);
		table_cell(t, "%u", end - at);
		table_cell(t, "%llu", (unsigned long long)bytes);
		table_cell(t, "%s", diff_class_name(d->sectors[at].class));
	}
	table_end(t, cli);
	if (d->differing == 0)
		say(stdout, "all %u sectors are equal", d->n_sectors);
	else
		say(stdout,
		    "%u of %u sectors differ, %llu bytes: %u code, %u config, %u "
		    "other, %u blank "
		    "in one of them",
		    d->differing, d->n_sectors, (unsigned long long)d->bytes,
		    d->by_class[DIFF_CODE], d->by_class[DIFF_CONFIG],
		    d->by_class[DIFF_OTHER], d->by_class[DIFF_BLANK]);
	return 0;
}

/* Exit 7 when they differ, as cmp and diff tell it to scripts. */
static int
diff_bytes(struct cli *cli, const uint8_t *a, size_t na, const uint8_t *b, size_t nb,
    struct err *e)
{
	struct diff *d = out_memory(malloc(sizeof(*d)));
	int r = -1;

	if (na != nb)
		err_set(e, ERR_USAGE, "size-differs",
		    "One has %zu bytes, the other %zu; only dumps of one size of flash "
		    "can be "
		    "compared sector by sector.",
		    na, nb);
	else if (image_diff(a, b, na, d, e) == 0) {
		(void)(cli->json ? diff_json(d) : diff_text(cli, d));
		r = d->differing > 0 ? ERR_MISMATCH : 0;
	}
	free(d);
	return r;
}

static int
run_diff(struct cli *cli, const struct cli_args *args, struct err *e)
{
	uint8_t *a = NULL, *b = NULL;
	size_t na, nb;
	int r = -1;

	if (bytes_read(cli, args->arg[0], &a, &na, e) == 0 &&
	    bytes_read(cli, args->arg[1], &b, &nb, e) == 0)
		r = diff_bytes(cli, a, na, b, nb, e);
	free(a);
	free(b);
	return r;
}

static void
print_string(struct cli *cli, const uint8_t *p, size_t at, size_t n, json_t *list)
{
	char text[STRING_SHOWN_MAX + 1];

	text_escape(
	    p + at, n < STRING_SHOWN_MAX ? n : STRING_SHOWN_MAX, text, sizeof(text));
	if (cli->json)
		json_array_append_new(list,
		    json_pack(
			"{s:I,s:o}", "offset", (json_int_t)at, "text", out_text(text)));
	else
		say(stdout, "%06zx  %s", at, text);
}

static void
print_strings(struct cli *cli, const uint8_t *p, size_t n, size_t min, const char *word,
    json_t *list)
{
	struct image_string one;
	size_t at;

	for (at = 0; strings_next(p, n, at, min, &one); at = one.at + one.n + 1) {
		if (word == NULL || strings_holds(p, &one, word))
			print_string(cli, p, one.at, one.n, list);
	}
}

static int
run_strings(struct cli *cli, const struct cli_args *args, struct err *e)
{
	json_t *list = cli->json ? json_array() : NULL;
	uint64_t min = 6;
	uint8_t *p;
	size_t n;

	if (cli_opt_number(args, "min", 2, 1000, &min, e) < 0 ||
	    bytes_read(cli, args->arg[0], &p, &n, e) < 0)
		return -1;
	print_strings(cli, p, n, (size_t)min, cli_opt(args, "search"), list);
	free(p);
	return cli->json ? out_json(json_pack("{s:o}", "strings", list)) : 0;
}

static const struct cli_option strings_options[] = {
	{ "min", 0, "N", "shortest string, 6 characters if not given" },
	{ "search", 0, "TEXT", "only strings that hold this text" },
	{ NULL, 0, NULL, NULL }
};

const struct cli_command cmds_compare[] = {
	{ .verb = "dump diff",
	    .usage = "DUMP|./FILE DUMP|./FILE",
	    .help = "which sectors differ, and what they are for",
	    .more = "Exit status 7 when anything differs.",
	    .min = 2,
	    .max = 2,
	    .needs = CLI_CONF | CLI_READ,
	    .run = run_diff },
	{ .verb = "dump strings",
	    .usage = "DUMP|./FILE",
	    .help = "the text inside, with offsets",
	    .more = "It shows what stands there, passphrases included.",
	    .options = strings_options,
	    .min = 1,
	    .max = 1,
	    .needs = CLI_CONF | CLI_READ,
	    .run = run_strings },
	{ .verb = NULL }
};
