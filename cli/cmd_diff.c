/* SPDX-License-Identifier: GPL-3.0-or-later */
/* camherd dump diff: two dumps, files, or a dump and the camera at a port. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/bytes.h"
#include "cli/cli.h"
#include "cli/follow.h"
#include "cli/hexline.h"
#include "cli/library.h"
#include "cli/out.h"
#include "common/text.h"
#include "db/db.h"
#include "db/dump.h"
#include "db/job.h"
#include "db/live.h"
#include "image/diff.h"
#include "image/strings.h"

#define TEXTS_MAX 2000
#define TEXT_SHOWN_MAX 400u	/* characters of one text on a line */
#define LEARN_MAX 8u		/* newest dumps of one camera that are learned from */
#define JOIN 8u			/* equal bytes that do not end a run of differing ones */

struct side {
	struct dump d; /* id 0: a file of the user's */
	uint8_t *p;
	size_t n;
};

struct show {
	bool bytes, texts;
	size_t min;
};

/* ---- what changes by itself ---- */

struct others {
	const struct dump *a, *b;
	size_t size;
	struct dump list[LEARN_MAX];
	unsigned n;
};

static bool
take_other(const struct dump *d, void *arg)
{
	struct others *o = arg;

	if (d->size != o->size || d->missing || d->damaged || d->id == o->b->id)
		return true;
	/* Two dumps of one camera teach nothing about the difference between them. */
	if (d->id == o->a->id && o->a->camera_id == o->b->camera_id)
		return true;
	o->list[o->n++] = *d;
	return o->n < LEARN_MAX;
}

/* Neighbours in time, newest first. */
static int
learn_pairs(
    struct cli *cli, const struct others *o, struct diff_learned *l, struct err *e)
{
	uint8_t *older = NULL, *newer = NULL;
	size_t na, nb;
	unsigned i;
	int r = 0;

	for (i = 0; r == 0 && i + 1 < o->n; i++) {
		if (strcmp(o->list[i].sha256, o->list[i + 1].sha256) == 0)
			continue;
		r = library_read(cli, &o->list[i], &newer, &na, e);
		if (r == 0)
			r = library_read(cli, &o->list[i + 1], &older, &nb, e);
		if (r == 0)
			r = diff_learn(l, older, newer, na, e);
		free(older);
		free(newer);
		older = newer = NULL;
	}
	return r;
}

static int
learn_camera(struct cli *cli, const struct side *a, const struct side *b,
    struct diff_learned *l, struct err *e)
{
	struct others *o;
	int r;

	if (a->d.id == 0 || a->d.camera_id == 0)
		return 0;
	o = out_memory(calloc(1, sizeof(*o)));
	o->a = &a->d;
	o->b = &b->d;
	o->size = a->n;
	r = dump_each(cli->db, a->d.camera_id, take_other, o, e);
	if (r == 0)
		r = learn_pairs(cli, o, l, e);
	free(o);
	return r;
}

/* A dump that cannot be read teaches nothing; that is no reason not to compare. */
static void
learn(struct cli *cli, const struct side *a, const struct side *b, struct diff_learned *l)
{
	struct err e = { .code = ERR_NONE };

	if (learn_camera(cli, a, b, l, &e) < 0)
		say(stderr, "camherd: not learned from: %s", e.msg);
	if (a->d.camera_id != b->d.camera_id && learn_camera(cli, b, a, l, &e) < 0)
		say(stderr, "camherd: not learned from: %s", e.msg);
}

/* ---- as JSON ---- */

static json_t *
json_runs(const struct diff *d)
{
	json_t *runs = json_array();
	unsigned at = 0, end;
	uint64_t bytes;

	for (; diff_run(d, &at, &end, &bytes); at = end)
		json_array_append_new(runs,
		    json_pack("{s:I,s:I,s:I,s:s}", "offset",
			(json_int_t)at * IMAGE_SECTOR, "size",
			(json_int_t)(end - at) * IMAGE_SECTOR, "bytes",
			(json_int_t)bytes, "class",
			diff_class_name(d->sectors[at].class)));
	return runs;
}

static json_t *
json_bytes(const struct side *a, const struct side *b)
{
	json_t *list = json_array();
	uint32_t at, n;
	size_t from = 0;

	for (; diff_bytes_run(a->p, b->p, a->n, from, JOIN, &at, &n); from = at + n)
		json_array_append_new(list,
		    json_pack("{s:I,s:I}", "offset", (json_int_t)at, "size",
			(json_int_t)n));
	return list;
}

/* Texts that stand in one side and nowhere in the other. */
struct texts {
	struct image_string list[TEXTS_MAX];
	int n;
	bool more;
};

static const char *
text_of(const struct side *side, const struct image_string *t, char *ret)
{
	size_t n = t->n < TEXT_SHOWN_MAX ? t->n : TEXT_SHOWN_MAX;

	memcpy(ret, side->p + t->at, n);
	ret[n] = '\0';
	return ret;
}

static json_t *
json_texts(const struct side *side, const struct texts *texts)
{
	char text[TEXT_SHOWN_MAX + 1];
	json_t *list = json_array();
	int i;

	for (i = 0; i < texts->n; i++)
		json_array_append_new(list,
		    json_pack("{s:I,s:o}", "offset", (json_int_t)texts->list[i].at,
			"text", out_text(text_of(side, &texts->list[i], text))));
	return list;
}

static void
diff_json(const struct side *a, const struct side *b, const struct diff *d,
    const struct diff_learned *l, const struct show *show, const struct texts *texts)
{
	json_t *classes = json_object(), *doc;
	unsigned i;

	for (i = 0; i < N_DIFF_CLASSES; i++)
		json_object_set_new(classes, diff_class_name((enum diff_class)i),
		    json_integer(d->by_class[i]));
	doc = json_pack("{s:i,s:i,s:I,s:o,s:o,s:{s:i,s:i},s:o,s:o}", "sectors",
	    (int)d->n_sectors, "differing", (int)d->differing, "bytes",
	    (json_int_t)d->bytes, "by_class", classes, "runs", json_runs(d), "learned",
	    "pairs", (int)l->pairs, "volatile", (int)l->n_volatile, "a",
	    a->d.id != 0 ? json_integer(a->d.id) : json_null(), "b",
	    b->d.id != 0 ? json_integer(b->d.id) : json_null());
	if (show->bytes)
		json_object_set_new(doc, "ranges", json_bytes(a, b));
	if (show->texts) {
		json_object_set_new(doc, "only_a", json_texts(a, &texts[0]));
		json_object_set_new(doc, "only_b", json_texts(b, &texts[1]));
		json_object_set_new(
		    doc, "more_strings", json_boolean(texts[0].more || texts[1].more));
	}
	out_json(doc);
}

/* ---- for people ---- */

static void
say_runs(struct cli *cli, const struct diff *d)
{
	struct table *t = table_new(5, "FROM", "TO", "SECTORS", "BYTES", "WHAT");
	unsigned at = 0, end;
	uint64_t bytes;

	for (; diff_run(d, &at, &end, &bytes); at = end) {
		table_cell(t, "0x%06x", at * IMAGE_SECTOR);
		table_cell(t, "0x%06x", end * IMAGE_SECTOR - 1);
		table_cell(t, "%u", end - at);
		table_cell(t, "%llu", (unsigned long long)bytes);
		table_cell(t, "%s", diff_class_name(d->sectors[at].class));
	}
	table_end(t, cli);
}

/* The rows of hex that differ, as diff(1) would mark them. */
static void
say_bytes(const struct side *a, const struct side *b)
{
	char line[HEXLINE_MAX];
	size_t from = 0, row, end;
	uint32_t at, n;

	while (diff_bytes_run(a->p, b->p, a->n, from, JOIN, &at, &n)) {
		row = at / HEXLINE_ROW * HEXLINE_ROW;
		end = (at + n + HEXLINE_ROW - 1) / HEXLINE_ROW * HEXLINE_ROW;
		printf("@@ 0x%06x, %u bytes\n", at, n);
		for (from = row; from < end && from < a->n; from += HEXLINE_ROW)
			printf("-%s\n", hexline(a->p, a->n, from, line));
		for (from = row; from < end && from < b->n; from += HEXLINE_ROW)
			printf("+%s\n", hexline(b->p, b->n, from, line));
		from = end;
	}
}

static void
say_texts(const struct side *side, char mark, const struct texts *texts)
{
	char text[TEXT_SHOWN_MAX + 1];
	int i;

	for (i = 0; i < texts->n; i++)
		say(stdout, "%c%06zx  %s", mark, texts->list[i].at,
		    text_of(side, &texts->list[i], text));
	if (texts->more)
		say(stdout, "... and more texts than these %d", texts->n);
}

static void
say_sum(const struct diff *d, const struct diff_learned *l)
{
	if (d->differing == 0) {
		say(stdout, "all %u sectors are equal", d->n_sectors);
		return;
	}
	say(stdout,
	    "%u of %u sectors differ, %llu bytes: %u code, %u config, %u volatile, "
	    "%u other, %u blank in one of them",
	    d->differing, d->n_sectors, (unsigned long long)d->bytes,
	    d->by_class[DIFF_CODE], d->by_class[DIFF_CONFIG],
	    d->by_class[DIFF_VOLATILE], d->by_class[DIFF_OTHER],
	    d->by_class[DIFF_BLANK]);
	if (l->pairs > 0)
		say(stdout,
		    "volatile: what changed between %u pairs of other dumps of the "
		    "same camera while its firmware stayed",
		    l->pairs);
}

/* ---- the comparison ---- */

static int
find_texts(const struct side *a, const struct side *b, const struct show *show,
    struct texts *ret, struct err *e)
{
	if (!show->texts)
		return 0;
	ret[0].n = strings_only(
	    a->p, a->n, b->p, b->n, show->min, ret[0].list, TEXTS_MAX, &ret[0].more);
	ret[1].n = strings_only(
	    b->p, b->n, a->p, a->n, show->min, ret[1].list, TEXTS_MAX, &ret[1].more);
	return ret[0].n < 0 || ret[1].n < 0 ? err_sys(e, "memory for the texts") : 0;
}

static void
answer(struct cli *cli, const struct side *a, const struct side *b,
    const struct diff *d, const struct diff_learned *l, const struct show *show,
    const struct texts *texts)
{
	if (cli->json) {
		diff_json(a, b, d, l, show, texts);
		return;
	}
	if (cli->quiet)
		return;
	say_runs(cli, d);
	if (show->bytes)
		say_bytes(a, b);
	say_texts(a, '-', &texts[0]);
	say_texts(b, '+', &texts[1]);
	say_sum(d, l);
}

/* Exit 7 when they differ, as cmp and diff tell it to scripts. */
static int
compare(struct cli *cli, const struct side *a, const struct side *b,
    const struct show *show, struct err *e)
{
	struct diff_learned *l = out_memory(calloc(1, sizeof(*l)));
	struct texts *texts = out_memory(calloc(2, sizeof(*texts)));
	struct diff *d = out_memory(malloc(sizeof(*d)));
	int r = -1;

	learn(cli, a, b, l);
	if (image_diff(a->p, b->p, a->n, l, d, e) == 0 &&
	    find_texts(a, b, show, texts, e) == 0) {
		answer(cli, a, b, d, l, show, texts);
		r = d->differing > 0 ? ERR_MISMATCH : 0;
	}
	free(texts);
	free(d);
	free(l);
	return r;
}

/* A word: a file of the user's, or a dump. */
static int
side_read(struct cli *cli, const char *typed, struct side *ret, struct err *e)
{
	if (strchr(typed, '/') != NULL)
		return bytes_read(cli, typed, &ret->p, &ret->n, e);
	if (dump_resolve(cli->db, typed, &ret->d, e) < 0)
		return -1;
	return library_read(cli, &ret->d, &ret->p, &ret->n, e);
}

/* What is on the camera now: a fresh backup, which stays in the library. */
static int
port_read(struct cli *cli, const struct cli_args *args, const char *port,
    struct side *ret, struct err *e)
{
	struct job j;

	db_close(cli->db);
	if ((cli->db = db_open(cli->conf.state, DB_READ_WRITE, e)) == NULL ||
	    (access(cli->conf.run, X_OK) == 0 &&
		(cli->live = live_open(cli->conf.run, e)) == NULL) ||
	    follow_prepare(cli, args, port, &j, e) < 0)
		return -1;
	j.kind = JOB_BACKUP;
	if (follow_submit(cli, args, &j, 1, e) < 0)
		return -1;
	if (j.state != JOB_DONE)
		return follow_err(&j, e);
	if (dump_by_id(cli->db, j.result_dump_id, &ret->d, e) < 0)
		return -1;
	if (!cli->json && !cli->quiet)
		say(stderr, "what is on the camera is kept as dump %lld",
		    (long long)ret->d.id);
	return library_read(cli, &ret->d, &ret->p, &ret->n, e);
}

static int
read_both(struct cli *cli, const struct cli_args *args, struct side *a, struct side *b,
    struct err *e)
{
	const char *port = cli_opt(args, "port");

	if ((port == NULL) != (args->n == 2))
		return err_set(e, ERR_USAGE, "usage",
		    "dump diff takes two dumps or files, or one and --port PORT");
	if (side_read(cli, args->arg[0], a, e) < 0)
		return -1;
	if (port != NULL ? port_read(cli, args, port, b, e) < 0
			 : side_read(cli, args->arg[1], b, e) < 0)
		return -1;
	if (a->n == b->n)
		return 0;
	return err_set(e, ERR_USAGE, "size-differs",
	    "One has %zu bytes, the other %zu; only dumps of one size of flash can be "
	    "compared sector by sector.",
	    a->n, b->n);
}

static int
run_diff(struct cli *cli, const struct cli_args *args, struct err *e)
{
	struct show show = { .bytes = cli_opt(args, "bytes") != NULL,
		.texts = cli_opt(args, "strings") != NULL };
	struct side *side = out_memory(calloc(2, sizeof(*side)));
	uint64_t min = 6;
	int r = -1;

	if (cli_opt_number(args, "min", 2, 1000, &min, e) >= 0 &&
	    read_both(cli, args, &side[0], &side[1], e) == 0) {
		show.min = (size_t)min;
		r = compare(cli, &side[0], &side[1], &show, e);
	}
	free(side[0].p);
	free(side[1].p);
	free(side);
	return r;
}

static const struct cli_option diff_options[] = {
	{ "port", 0, "PORT", "compare with what is on the camera there: makes a backup" },
	{ "bytes", 0, NULL, "the bytes that differ" },
	{ "strings", 0, NULL, "the texts that only one of them has" },
	{ "min", 0, "N", "shortest text, 6 characters if not given" },
	{ "baud", 0, "N", "with --port: try no faster line rate than this" },
	{ "no-wait", 0, NULL, "with --port: fail where a person's hand would be needed" },
	{ "follow", 0, NULL, "with --json: progress as JSON lines on standard error" },
	{ NULL, 0, NULL, NULL }
};

const struct cli_command cmds_diff[] = {
	{ .verb = "dump diff",
	    .usage = "DUMP|./FILE DUMP|./FILE|--port PORT",
	    .help = "which sectors differ, and what they are for",
	    .more =
		"Sectors hold code, config (settings, keys), volatile things, others, or\n"
		"are blank in one of the two. What is volatile is learned from other dumps\n"
		"of the same camera. Exit status 7 when anything differs.",
	    .options = diff_options,
	    .min = 1,
	    .max = 2,
	    .needs = CLI_CONF | CLI_READ,
	    .run = run_diff },
	{ .verb = NULL }
};
