/* SPDX-License-Identifier: GPL-3.0-or-later */
/* POST /plan: what a write would keep, change and take, before anybody is asked; of a
 * restore also the image for this camera, its map, and how it differs from the dump and
 * from the camera as it was read last. The handler is the main thread's, what makes the
 * answer is the worker's (look.h). */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf.h"
#include "common/sentence.h"
#include "db/camera.h"
#include "db/dump.h"
#include "db/job.h"
#include "db/socket.h"
#include "image/diff.h"
#include "image/plan.h"
#include "webd/api.h"
#include "webd/field.h"
#include "webd/look.h"
#include "webd/web.h"

#define RUNS_MAX 256u /* runs of differing sectors that are listed */

struct plan_opt {
	enum job_kind kind;
	unsigned baud;
	char chip[33]; /* the camera's; "" = not known */
	uint64_t flash_size; /* 0 = not known */
	enum graft_identity identity;
	struct graft_who who;
	char target[80]; /* "dump 12 of porch" */
};

/* What the worker makes. */
struct draft {
	struct image_map source, image;
	struct graft_report report;
	struct diff from_dump, from_camera;
	bool made;
	struct err gone;
	struct err warning;
	struct plan plan;
};

/* ---- main thread: what is known ---- */

/* The rate to expect: asked for, else what the socket did last, else the limit. */
static unsigned
expected_baud(struct web *w, const struct job *j)
{
	struct socket_row row;

	if (j->baud != 0)
		return j->baud;
	if (j->port[0] != '\0' && socket_by_path(w->db, j->port, &row, NULL) == 0 &&
	    row.good_baud != 0)
		return row.good_baud;
	return w->conf->max_baud;
}

static bool
newest_read(const struct dump *d, void *arg)
{
	struct dump *ret = arg;

	if (strcmp(d->kind, "import") == 0 || d->missing)
		return true;
	*ret = *d;
	return false;
}

static void
fill_who(const struct job *j, const struct dump *source, const struct dump *target,
    struct graft_who *who)
{
	snprintf(who->donor_chip_id, sizeof(who->donor_chip_id), "%s", source->chip_id);
	snprintf(who->donor_mac, sizeof(who->donor_mac), "%s",
	    dump_chip_mac(source));
	snprintf(
	    who->target_chip_id, sizeof(who->target_chip_id), "%s", target->chip_id);
	snprintf(who->target_mac, sizeof(who->target_mac), "%s",
	    dump_chip_mac(target));
	who->same_camera = source->camera_id != 0 &&
	    source->camera_id == j->camera_id && strcmp(source->kind, "import") != 0;
}

static void
fill(struct web *w, const struct job *j, const struct dump *source,
    const struct dump *target, struct plan_opt *opt)
{
	struct camera c;

	opt->kind = j->kind;
	opt->baud = expected_baud(w, j);
	opt->flash_size = target->size;
	if (j->camera_id != 0 && camera_by_id(w->db, j->camera_id, &c, NULL) == 0)
		snprintf(opt->chip, sizeof(opt->chip), "%s", c.chip);
	opt->identity = GRAFT_KEEP;
	(void)graft_identity_parse(j->identity, &opt->identity);
	fill_who(j, source, target, &opt->who);
	if (target->id != 0)
		snprintf(opt->target, sizeof(opt->target), "dump %lld of %s",
		    (long long)target->id, target->camera);
}

/* ---- worker ---- */

/* What is known of the camera is judged now; what is not, flashd asks the chip. */
static void
judge(const struct look *l, struct draft *d)
{
	const struct plan_opt *opt = l->opt;
	struct image_target target = { .flash_size = opt->flash_size };
	struct err e = { .code = ERR_NONE };

	if (opt->chip[0] == '\0' || opt->flash_size == 0)
		return;
	snprintf(target.chip, sizeof(target.chip), "%s", opt->chip);
	if (image_judge(l->a.p, l->a.n, &d->source,
		opt->kind == JOB_RESTORE ? IMAGE_WHOLE : IMAGE_SECTIONS, &target,
		&d->warning, &e) < 0)
		d->warning = e;
}

static int
make_image(const struct look *l, struct draft *d, uint8_t *out, struct err *e)
{
	const struct plan_opt *opt = l->opt;
	size_t n = l->a.n;

	if (image_restore(
		l->a.p, l->b.p, n, opt->identity, &opt->who, out, &d->report, e) < 0) {
		if (strcmp(e->name, "identity-gone") == 0)
			d->gone = *e;
		else
			d->warning = *e;
		err_clear(e);
		return 0;
	}
	if (image_map(out, n, &d->image, e) < 0 ||
	    image_diff(out, l->a.p, n, NULL, &d->from_dump, e) < 0 ||
	    image_diff(out, l->b.p, n, NULL, &d->from_camera, e) < 0)
		return -1;
	d->made = true;
	return 0;
}

/* The camera as it was read last, in the size of the dump. */
static int
make_draft(const struct look *l, struct draft *d, struct err *e)
{
	const struct plan_opt *opt = l->opt;
	struct plan_identity who = { .identity = opt->identity, .target = opt->target };
	uint8_t *out;
	int r = 0;

	if (image_map(l->a.p, l->a.n, &d->source, e) < 0)
		return -1;
	judge(l, d);
	if (opt->kind == JOB_RESTORE && l->b.p != NULL && l->b.n == l->a.n) {
		if ((out = malloc(l->a.n)) == NULL)
			return err_sys(e, "memory for the image");
		r = make_image(l, d, out, e);
		free(out);
	}
	if (r < 0)
		return -1;
	who.graft = d->made ? &d->report : NULL;
	who.gone = d->gone.code != ERR_NONE ? &d->gone : NULL;
	image_plan(opt->kind == JOB_RESTORE ? PLAN_RESTORE : PLAN_FLASH,
	    d->made ? &d->image : &d->source, opt->flash_size, 0, 0, opt->baud,
	    opt->kind == JOB_RESTORE ? &who : NULL, &d->plan);
	return 0;
}

static json_t *
regions_json(const struct draft *d)
{
	const struct image_region *r;
	json_t *list = json_array();
	unsigned i;

	for (i = 0; i < d->image.n_regions; i++) {
		r = &d->image.regions[i];
		(void)json_array_append_new(list,
		    json_pack("{s:s,s:I,s:I,s:o,s:s}", "kind",
			image_region_name(r->kind), "offset", (json_int_t)r->at, "size",
			(json_int_t)r->n, "section",
			r->section < 0 ? json_null()
				       : json_text(d->image.sections[r->section].name),
			"from", graft_from(&d->report, r->at)));
	}
	return list;
}

static json_t *
diff_json(const struct diff *d)
{
	json_t *classes = json_object(), *runs = json_array();
	unsigned i, at = 0, end;
	uint64_t bytes;

	for (i = 0; i < N_DIFF_CLASSES; i++)
		(void)json_object_set_new(classes, diff_class_name((enum diff_class)i),
		    json_integer(d->by_class[i]));
	for (i = 0; i < RUNS_MAX && diff_run(d, &at, &end, &bytes); i++, at = end)
		(void)json_array_append_new(runs,
		    json_pack("{s:I,s:I,s:I,s:s}", "offset",
			(json_int_t)at * IMAGE_SECTOR, "size",
			(json_int_t)(end - at) * IMAGE_SECTOR, "bytes",
			(json_int_t)bytes, "class",
			diff_class_name(d->sectors[at].class)));
	return json_pack("{s:i,s:i,s:I,s:o,s:o}", "sectors", (int)d->n_sectors,
	    "differing", (int)d->differing, "bytes", (json_int_t)d->bytes, "by_class",
	    classes, "runs", runs);
}

static json_t *
image_json(const struct look *l, const struct draft *d)
{
	if (!d->made)
		return json_null();
	return json_pack("{s:I,s:I,s:b,s:b,s:o,s:o,s:o}", "size", (json_int_t)l->a.n,
	    "target", (json_int_t)l->b.row.id, "own", d->report.own, "as_it_is",
	    d->report.as_it_is, "regions", regions_json(d), "from_dump",
	    diff_json(&d->from_dump), "from_camera", diff_json(&d->from_camera));
}

static json_t *
plan_json(const struct plan *plan, const struct err *warning)
{
	json_t *lines = json_array(), *line;
	unsigned i;

	for (i = 0; i < plan->n_lines; i++) {
		line = json_pack("{s:s,s:o}", "what", plan->lines[i].what, "text",
		    json_text(plan->lines[i].said.msg));
		sentence_put(line, &plan->lines[i].said);
		(void)json_array_append_new(lines, line);
	}
	return sentence_with(
	    json_pack("{s:o,s:i}", "lines", lines, "seconds", (int)plan->seconds),
	    "warning", warning);
}

static json_t *
make_plan(struct look *l, struct err *e)
{
	const struct plan_opt *opt = l->opt;
	struct draft *d = calloc(1, sizeof(*d));
	json_t *doc = NULL;

	if (d != NULL && make_draft(l, d, e) == 0) {
		doc = plan_json(&d->plan, &d->warning);
		if (opt->kind == JOB_RESTORE) {
			(void)json_object_set_new(doc, "identity",
			    json_string(graft_identity_name(opt->identity)));
			(void)json_object_set_new(doc, "identity_gone",
			    json_boolean(d->gone.code != ERR_NONE || d->report.gone));
			(void)json_object_set_new(doc, "image", image_json(l, d));
		}
	}
	free(d);
	return doc;
}

/* ---- main thread ---- */

static void
plan_image(
    struct web *w, const struct request *r, const struct job *j, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	struct dump source = { .id = 0 }, target = { .id = 0 };
	const struct dump *b;
	char path[CONF_PATH_MAX + 48];
	struct look *l;

	if (j->incoming[0] == '\0' && j->dump_id == 0) {
		reply_fail(rep, 400, ERR_USAGE, "image-missing",
		    "Say what to write: 'dump', or 'incoming' with a file that was "
		    "sent.");
		return;
	}
	if (j->camera_id != 0)
		(void)dump_each(w->db, j->camera_id, newest_read, &target, NULL);
	b = target.id != 0 && j->kind == JOB_RESTORE ? &target : NULL;
	if (j->incoming[0] != '\0') {
		snprintf(
		    path, sizeof(path), "%s/incoming/%s", w->conf->state, j->incoming);
		l = look_new_file(w, path, b, make_plan, sizeof(struct plan_opt), rep);
	} else if (dump_by_id(w->db, j->dump_id, &source, &e) < 0) {
		(void)reply_error(rep, &e);
		return;
	} else {
		l = look_new(w, &source, b, make_plan, sizeof(struct plan_opt), rep);
	}
	if (l == NULL)
		return;
	fill(w, j, &source, &target, l->opt);
	look_give(w, r, l, rep);
}

void
api_plan(struct web *w, const struct request *r, struct reply *rep)
{
	static const struct err none;
	struct plan *plan;
	struct job j;

	if (api_job_read(w, r, false, &j, rep) < 0)
		return;
	if (j.kind == JOB_RESTORE || j.kind == JOB_FLASH) {
		plan_image(w, r, &j, rep);
	} else if (j.kind != JOB_ERASE) {
		reply_fail(rep, 400, ERR_USAGE, "no-plan",
		    "Only restore, flash and erase change anything, so only they have "
		    "a plan.");
	} else if ((plan = calloc(1, sizeof(*plan))) == NULL) {
		reply_fail(
		    rep, 503, ERR_FAILED, "no-memory", "There is no memory left.");
	} else {
		image_plan(PLAN_ERASE, NULL, 0, j.at, j.size, expected_baud(w, &j),
		    NULL, plan);
		reply_json(rep, 200, plan_json(plan, &none));
		free(plan);
	}
}
