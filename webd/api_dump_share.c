/* SPDX-License-Identifier: GPL-3.0-or-later */
/* /dumps/{id}/share and /graft: copies made of dumps, with a preview each: one that can
 * be posted, and an image for one camera. The library keeps the originals; a copy is
 * made for each download, in a file that has no name. The handlers are the main
 * thread's, what makes the answers is the worker's (look.h). */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/file.h"
#include "common/sentence.h"
#include "image/graft.h"
#include "image/redact.h"
#include "webd/api.h"
#include "webd/field.h"
#include "webd/look.h"
#include "webd/nameless.h"
#include "webd/web.h"

struct share_opt {
	char state[CONF_PATH_MAX];
	bool to_file;
	struct redact_options redact;
	enum graft_identity identity;
	struct graft_choices choices;
};

static int
send_bytes(
    struct look *l, const char *state, const uint8_t *p, size_t n, struct err *e)
{
	int fd = nameless_open(state, n, e);

	if (fd < 0)
		return -1;
	if (file_write_all(fd, p, n, e) < 0) {
		close(fd);
		return -1;
	}
	l->fd = fd;
	l->n_fd = n;
	return 0;
}

/* ---- a copy that can be posted ---- */

static json_t *
place_json(const struct redact_place *place)
{
	return json_pack("{s:s,s:I,s:I,s:s,s:b}", "kind",
	    place->unknown ? "unknown" : found_kind_name(place->kind), "offset",
	    (json_int_t)place->at, "size", (json_int_t)place->n, "form", place->form,
	    "unknown", place->unknown);
}

static json_t *
report_json(const struct redact_report *r, const struct redact_options *options)
{
	json_t *places = json_array();
	unsigned i;

	for (i = 0; i < r->n_places; i++)
		(void)json_array_append_new(places, place_json(&r->places[i]));
	return json_pack("{s:o,s:b,s:i,s:i,s:i,s:i,s:I,s:b}", "places", places, "more",
	    r->more, "secrets", (int)r->secrets, "too_short", (int)r->too_short,
	    "sections_mended", (int)r->sections_mended, "packed_sections",
	    (int)r->packed_sections, "unknown_bytes", (json_int_t)r->unknown_bytes,
	    "unknown_kept", options->keep_unknown);
}

static json_t *
make_share(struct look *l, struct err *e)
{
	const struct share_opt *opt = l->opt;
	struct redact_report *report = malloc(sizeof(*report));
	json_t *doc = NULL;

	if (report != NULL &&
	    image_redact(l->a.p, l->a.n, &opt->redact, report, e) == 0) {
		if (opt->to_file)
			(void)send_bytes(l, opt->state, l->a.p, l->a.n, e);
		else
			doc = report_json(report, &opt->redact);
	}
	free(report);
	return doc;
}

static int
read_flag(const struct request *r, const char *key, bool *ret, struct err *e)
{
	uint64_t v;

	if (request_query_number(r, key, 0, 1, 0, &v, e) < 0)
		return -1;
	*ret = v == 1;
	return 0;
}

static void
share(struct web *w, const struct request *r, bool to_file, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	struct share_opt *opt;
	struct look *l;
	struct dump d;
	char words[16];

	if (look_row(w, r, &d, rep) < 0 ||
	    (l = look_new(w, &d, NULL, make_share, sizeof(*opt), rep)) == NULL)
		return;
	opt = l->opt;
	opt->to_file = to_file;
	snprintf(opt->state, sizeof(opt->state), "%s", w->conf->state);
	snprintf(
	    l->file, sizeof(l->file), "camherd-dump-%lld-share.bin", (long long)d.id);
	if (read_flag(r, "keep_mac", &opt->redact.keep_mac, &e) < 0 ||
	    read_flag(r, "keep_unknown", &opt->redact.keep_unknown, &e) < 0) {
		look_refuse(l, &e, rep);
		return;
	}
	snprintf(words, sizeof(words), "share%d%d", opt->redact.keep_mac,
	    opt->redact.keep_unknown);
	if (!to_file)
		look_keep(l, words);
	look_give(w, r, l, rep);
}

void
api_dump_share(struct web *w, const struct request *r, struct reply *rep)
{
	share(w, r, false, rep);
}

void
api_dump_share_file(struct web *w, const struct request *r, struct reply *rep)
{
	share(w, r, true, rep);
}

/* ---- an image for one camera ---- */

static json_t *
graft_json(const struct graft_report *r, size_t n)
{
	json_t *lines = json_array(), *line;
	unsigned i;

	for (i = 0; i < r->n_lines; i++) {
		line = json_pack("{s:s,s:s,s:o,s:I,s:I,s:o}", "what", r->lines[i].what,
		    "from", r->lines[i].from, "usual",
		    r->lines[i].usual[0] != '\0' ? json_string(r->lines[i].usual)
						 : json_null(),
		    "offset", (json_int_t)r->lines[i].at, "size",
		    (json_int_t)r->lines[i].n, "text", json_text(r->lines[i].said.msg));
		sentence_put(line, &r->lines[i].said);
		(void)json_array_append_new(lines, line);
	}
	return json_pack("{s:o,s:i,s:i,s:i}", "lines", lines, "differs_from_donor",
	    (int)r->differs_from_donor, "differs_from_target",
	    (int)r->differs_from_target, "sectors", (int)(n / IMAGE_SECTOR));
}

static json_t *
graft_bytes(struct look *l, uint8_t *out, struct graft_report *report, struct err *e)
{
	const struct share_opt *opt = l->opt;
	struct graft_who who = { .same_camera = false };
	size_t n = l->a.n;

	snprintf(who.donor_chip_id, sizeof(who.donor_chip_id), "%s", l->a.row.chip_id);
	snprintf(
	    who.target_chip_id, sizeof(who.target_chip_id), "%s", l->b.row.chip_id);
	snprintf(who.donor_mac, sizeof(who.donor_mac), "%s",
	    dump_chip_mac(&l->a.row));
	snprintf(who.target_mac, sizeof(who.target_mac), "%s",
	    dump_chip_mac(&l->b.row));
	if (image_graft(l->a.p, l->b.p, n, opt->identity, &opt->choices, &who, out, report,
		e) < 0)
		return NULL;
	if (!opt->to_file)
		return graft_json(report, n);
	(void)send_bytes(l, opt->state, out, n, e);
	return NULL;
}

static json_t *
make_graft(struct look *l, struct err *e)
{
	struct graft_report *report;
	json_t *doc = NULL;
	uint8_t *out;

	if (l->a.n != l->b.n) {
		err_set(e, ERR_REFUSED, "image-size",
		    "The donor's dump has %zu bytes and the target's %zu: both must be "
		    "of the same size of flash.",
		    l->a.n, l->b.n);
		return NULL;
	}
	report = malloc(sizeof(*report));
	out = malloc(l->a.n);
	if (report != NULL && out != NULL)
		doc = graft_bytes(l, out, report, e);
	free(report);
	free(out);
	return doc;
}

static int
read_identity(const struct request *r, enum graft_identity *ret, struct err *e)
{
	char word[16];
	int found = request_query(r, "identity", word, sizeof(word));

	*ret = GRAFT_KEEP;
	if (found == 0 || (found > 0 && strcmp(word, "keep") == 0))
		return 0;
	*ret = GRAFT_BLANK;
	if (found > 0 && strcmp(word, "blank") == 0)
		return 0;
	return err_set(e, ERR_USAGE, "identity",
	    "'identity' must be keep (the target's) or blank (factory defaults).");
}

static int
read_parts(const struct request *r, struct graft_choices *ret, struct err *e)
{
	char words[GRAFT_LINES_MAX * 20];
	int found = request_query(r, "parts", words, sizeof(words));

	if (found == 0)
		return 0;
	if (found > 0)
		return graft_choices_parse(words, ret, e);
	return err_set(e, ERR_USAGE, "graft-part",
	    "'parts' is too long: at most %d parts can be chosen.", GRAFT_LINES_MAX);
}

static void
graft(struct web *w, const struct request *r, bool to_file, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	struct dump donor, target;
	struct share_opt *opt;
	struct look *l;

	if (look_row(w, r, &donor, rep) < 0 ||
	    look_row_of(w, r, "target", &target, rep) < 0 ||
	    (l = look_new(w, &donor, &target, make_graft, sizeof(*opt), rep)) == NULL)
		return;
	opt = l->opt;
	opt->to_file = to_file;
	snprintf(opt->state, sizeof(opt->state), "%s", w->conf->state);
	snprintf(l->file, sizeof(l->file), "camherd-dump-%lld-for-%lld.bin",
	    (long long)donor.id, (long long)target.id);
	if (read_identity(r, &opt->identity, &e) < 0 ||
	    read_parts(r, &opt->choices, &e) < 0)
		look_refuse(l, &e, rep);
	else
		look_give(w, r, l, rep);
}

void
api_dump_graft(struct web *w, const struct request *r, struct reply *rep)
{
	graft(w, r, false, rep);
}

void
api_dump_graft_file(struct web *w, const struct request *r, struct reply *rep)
{
	graft(w, r, true, rep);
}
