/* SPDX-License-Identifier: GPL-3.0-or-later */
/* /dumps/{id}/diff: one dump beside another one. The handler is the main thread's, what
 * makes the answer is the worker's (look.h). */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/file.h"
#include "image/diff.h"
#include "image/image.h"
#include "image/strings.h"
#include "webd/api.h"
#include "webd/field.h"
#include "webd/look.h"
#include "webd/web.h"

#define RANGES_MAX 500u
#define RANGE_GAP 8u /* equal bytes between two ranges that are told as one */
#define STRINGS_LISTED 200u
#define STRING_SHORTEST 6u
#define STRING_SHOWN_MAX 200u

#define LEARN_MAX 8u /* newest dumps of one camera that are learned from */

/* Newest dumps of one camera, to learn from what changes by itself. */
struct learn {
	const struct dump *a, *b; /* main thread's: what is compared */
	unsigned n;
	struct dump list[LEARN_MAX];
};

struct diff_opt {
	bool strings;
	char state[CONF_PATH_MAX];
	struct learn of_a, of_b;
};

/* ---- what changes by itself ---- */

static bool
take_other(const struct dump *d, void *arg)
{
	struct learn *o = arg;

	if (d->size != o->a->size || d->missing || d->id == o->b->id)
		return true;
	/* Two dumps of one camera teach nothing about the difference between them. */
	if (d->id == o->a->id && o->a->camera_id == o->b->camera_id)
		return true;
	o->list[o->n++] = *d;
	return o->n < LEARN_MAX;
}

static int
collect(struct web *w, struct learn *o, const struct dump *a, const struct dump *b,
    struct err *e)
{
	o->a = a;
	o->b = b;
	return a->camera_id == 0 ? 0 : dump_each(w->db, a->camera_id, take_other, o, e);
}

static int
load(const char *state, const struct dump *d, uint8_t **ret, size_t *ret_n)
{
	char path[CONF_PATH_MAX + 110], file[100];

	dump_file_name(d, file, sizeof(file));
	snprintf(path, sizeof(path), "%s/%s", state, file);
	return file_get(AT_FDCWD, path, IMAGE_BYTES_MAX, ret, ret_n, NULL);
}

/* Neighbours in time. A dump that cannot be read teaches nothing; that is no reason not
 * to compare. */
static void
learn_pairs(const char *state, const struct learn *o, struct diff_learned *l)
{
	uint8_t *older = NULL, *newer = NULL;
	size_t na = 0, nb = 0;
	unsigned i;

	for (i = 0; i + 1 < o->n; i++) {
		if (strcmp(o->list[i].sha256, o->list[i + 1].sha256) == 0)
			continue;
		if (load(state, &o->list[i], &newer, &na) == 0 &&
		    load(state, &o->list[i + 1], &older, &nb) == 0 && na == nb)
			(void)diff_learn(l, older, newer, na, NULL);
		free(older);
		free(newer);
		older = newer = NULL;
	}
}

/* Another answer when other dumps were learned from: part of the tag. */
static unsigned
learned_from(const struct diff_opt *opt)
{
	const struct learn *const both[] = { &opt->of_a, &opt->of_b };
	unsigned h = 5381, i, k;
	const char *p;

	for (k = 0; k < 2; k++) {
		for (i = 0; i < both[k]->n; i++) {
			for (p = both[k]->list[i].sha256; *p != '\0'; p++)
				h = h * 33 + (unsigned char)*p;
		}
	}
	return h;
}

/* ---- sectors and bytes ---- */

/* Runs of differing sectors of one class. */
static json_t *
runs_json(const struct diff *d)
{
	json_t *runs = json_array();
	unsigned at = 0, end;
	uint64_t bytes;

	for (; diff_run(d, &at, &end, &bytes); at = end)
		(void)json_array_append_new(runs,
		    json_pack("{s:I,s:I,s:I,s:s}", "offset",
			(json_int_t)at * IMAGE_SECTOR, "size",
			(json_int_t)(end - at) * IMAGE_SECTOR, "bytes",
			(json_int_t)bytes, "class",
			diff_class_name((enum diff_class)d->sectors[at].class)));
	return runs;
}

static json_t *
ranges_json(const struct look *l, bool *ret_more)
{
	json_t *ranges = json_array();
	size_t from = 0;
	uint32_t at, n;

	*ret_more = false;
	while (diff_bytes_run(l->a.p, l->b.p, l->a.n, from, RANGE_GAP, &at, &n)) {
		if (json_array_size(ranges) == RANGES_MAX) {
			*ret_more = true;
			break;
		}
		(void)json_array_append_new(ranges,
		    json_pack(
			"{s:I,s:I}", "offset", (json_int_t)at, "size", (json_int_t)n));
		from = (size_t)at + n;
	}
	return ranges;
}

static json_t *
classes_json(const struct diff *d)
{
	json_t *classes = json_object();
	unsigned i;

	for (i = 0; i < N_DIFF_CLASSES; i++)
		(void)json_object_set_new(classes, diff_class_name((enum diff_class)i),
		    json_integer((json_int_t)d->by_class[i]));
	return classes;
}

/* ---- strings ---- */

static json_t *
only_json(const struct look_file *a, const struct look_file *b)
{
	struct image_string found[STRINGS_LISTED];
	json_t *list = json_array();
	char text[STRING_SHOWN_MAX + 1];
	bool more = true;
	size_t n;
	int i, count;

	count = strings_only(
	    a->p, a->n, b->p, b->n, STRING_SHORTEST, found, STRINGS_LISTED, &more);
	for (i = 0; i < count; i++) {
		n = found[i].n < STRING_SHOWN_MAX ? found[i].n : STRING_SHOWN_MAX;
		memcpy(text, a->p + found[i].at, n);
		text[n] = '\0';
		(void)json_array_append_new(list,
		    json_pack("{s:I,s:I,s:s}", "offset", (json_int_t)found[i].at,
			"size", (json_int_t)found[i].n, "text", text));
	}
	return json_pack("{s:o,s:b}", "strings", list, "more", more);
}

static json_t *
diff_json(
    const struct look *l, const struct diff *d, const struct diff_learned *learned)
{
	const struct diff_opt *opt = l->opt;
	json_t *doc;
	bool more;

	doc = json_pack("{s:I,s:i,s:i,s:I,s:o,s:o,s:o}", "size", (json_int_t)l->a.n,
	    "sectors", (int)d->n_sectors, "differing", (int)d->differing, "bytes",
	    (json_int_t)d->bytes, "by_class", classes_json(d), "runs", runs_json(d),
	    "ranges", ranges_json(l, &more));
	(void)json_object_set_new(doc, "more_ranges", json_boolean(more));
	(void)json_object_set_new(doc, "learned",
	    json_pack("{s:i,s:i}", "pairs", (int)learned->pairs, "volatile",
		(int)learned->n_volatile));
	(void)json_object_set_new(
	    doc, "only_a", opt->strings ? only_json(&l->a, &l->b) : json_null());
	(void)json_object_set_new(
	    doc, "only_b", opt->strings ? only_json(&l->b, &l->a) : json_null());
	return doc;
}

static json_t *
make_diff(struct look *l, struct err *e)
{
	const struct diff_opt *opt = l->opt;
	struct diff_learned *learned;
	json_t *doc = NULL;
	struct diff *d;

	if (l->a.n != l->b.n) {
		err_set(e, ERR_USAGE, "size-differs",
		    "Dump %lld has %zu bytes, dump %lld has %zu; only dumps of one "
		    "size "
		    "of flash can be compared sector by sector.",
		    (long long)l->a.row.id, l->a.n, (long long)l->b.row.id, l->b.n);
		return NULL;
	}
	d = malloc(sizeof(*d));
	learned = calloc(1, sizeof(*learned));
	if (d != NULL && learned != NULL) {
		learn_pairs(opt->state, &opt->of_a, learned);
		learn_pairs(opt->state, &opt->of_b, learned);
		if (image_diff(l->a.p, l->b.p, l->a.n, learned, d, e) == 0)
			doc = diff_json(l, d, learned);
	}
	free(learned);
	free(d);
	return doc;
}

void
api_dump_diff(struct web *w, const struct request *r, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	struct diff_opt *opt;
	struct dump a, b;
	struct look *l;
	uint64_t strings;
	char words[16];

	if (look_row(w, r, &a, rep) < 0 || look_row_of(w, r, "with", &b, rep) < 0)
		return;
	if (request_query_number(r, "strings", 0, 1, 0, &strings, &e) < 0) {
		(void)reply_error(rep, &e);
		return;
	}
	if (strings == 1 && r->who.role != ROLE_ADMIN) {
		reply_fail(rep, 403, ERR_REFUSED, "admin-only",
		    "Only an admin may see the text inside dumps. Ask without "
		    "'strings'.");
		return;
	}
	if ((l = look_new(w, &a, &b, make_diff, sizeof(*opt), rep)) == NULL)
		return;
	opt = l->opt;
	opt->strings = strings == 1;
	snprintf(opt->state, sizeof(opt->state), "%s", w->conf->state);
	if (collect(w, &opt->of_a, &a, &b, &e) < 0 ||
	    (a.camera_id != b.camera_id && collect(w, &opt->of_b, &b, &a, &e) < 0)) {
		look_refuse(l, &e, rep);
		return;
	}
	snprintf(words, sizeof(words), "diff%08x", learned_from(opt));
	if (!opt->strings)
		look_keep(l, words);
	look_give(w, r, l, rep);
}
