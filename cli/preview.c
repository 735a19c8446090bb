/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The image of a restore, before it is written (see preview.h). One thread. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/library.h"
#include "cli/out.h"
#include "cli/preview.h"
#include "common/text.h"
#include "db/job.h"

/* Runs of differing sectors that are listed one by one. */
#define RUNS_SHOWN 12

struct search {
	struct preview *v;
	size_t n;
};

static bool
newest_read(const struct dump *d, void *arg)
{
	struct search *s = arg;

	if (strcmp(d->kind, "import") == 0 || d->missing || d->size != s->n)
		return true;
	s->v->target = *d;
	s->v->have_target = true;
	return false;
}

int
preview_find(
    struct cli *cli, const struct job *j, size_t n, struct preview *ret, struct err *e)
{
	struct search s = { ret, n };

	ret->have_target = false;
	if (j->camera_id != 0 &&
	    dump_each(cli->db, j->camera_id, newest_read, &s, e) < 0)
		return -1;
	if (ret->have_target)
		snprintf(ret->title, sizeof(ret->title), "dump %lld of %s",
		    (long long)ret->target.id,
		    ret->target.camera[0] != '\0' ? ret->target.camera : "this port");
	return 0;
}

static void
fill_who(const struct job *j, const struct dump *d, const struct dump *target,
    struct graft_who *who)
{
	memset(who, 0, sizeof(*who));
	snprintf(
	    who->target_chip_id, sizeof(who->target_chip_id), "%s", target->chip_id);
	snprintf(who->target_mac, sizeof(who->target_mac), "%s",
	    dump_chip_mac(target));
	if (d == NULL)
		return;
	snprintf(who->donor_chip_id, sizeof(who->donor_chip_id), "%s", d->chip_id);
	snprintf(who->donor_mac, sizeof(who->donor_mac), "%s", dump_chip_mac(d));
	who->same_camera = d->camera_id != 0 && d->camera_id == j->camera_id &&
	    strcmp(d->kind, "import") != 0;
}

int
preview_look(struct preview *v, const uint8_t *image, const uint8_t *dump,
    const uint8_t *target, size_t n, struct err *e)
{
	if (image_map(image, n, &v->map, e) < 0 ||
	    image_diff(image, dump, n, NULL, &v->from_donor, e) < 0 ||
	    image_diff(image, target, n, NULL, &v->from_target, e) < 0)
		return -1;
	v->made = true;
	return 0;
}

int
preview_make(struct cli *cli, const struct job *j, const uint8_t *dump, size_t n,
    const struct dump *d, struct preview *ret, struct err *e)
{
	struct graft_who who;
	uint8_t *target = NULL, *image;
	size_t target_n;
	int r;

	ret->made = false;
	err_clear(&ret->gone);
	if (!ret->have_target)
		return 0;
	fill_who(j, d, &ret->target, &who);
	if (library_read(cli, &ret->target, &target, &target_n, e) < 0)
		return err_add(e, "%s", ret->title);
	image = out_memory(malloc(n));
	r = image_restore(dump, target, n, ret->identity, &who, image, &ret->report, e);
	if (r == 0)
		r = preview_look(ret, image, dump, target, n, e);
	else if (strcmp(e->name, "identity-gone") == 0) {
		ret->gone = *e;
		r = 0;
	}
	free(image);
	free(target);
	return r;
}

static void
say_map(const struct preview *v, FILE *to)
{
	const struct image_region *r;
	char size[24];
	unsigned i;

	for (i = 0; i < v->map.n_regions; i++) {
		r = &v->map.regions[i];
		if (r->kind == IMAGE_REGION_BLANK)
			continue;
		say(to, "%-10s 0x%06" PRIx32 "-0x%06" PRIx32 "  %9s  %-18s %s",
		    i == 0 ? "map" : "", r->at, r->at + r->n - 1,
		    text_bytes(r->n, size, sizeof(size)),
		    r->section >= 0 ? v->map.sections[r->section].name
				    : image_region_name(r->kind),
		    graft_from(&v->report, r->at));
	}
}

/* "0x07e000-0x07ffff config, …" */
static void
say_diff(const char *parent, const struct diff *d, FILE *to)
{
	unsigned at = 0, end, shown = 0;
	uint64_t bytes;

	say(to,
	    "%-10s from the %s in %u of %u sectors: %u code, %u config, %u other, %u "
	    "blank in one of them",
	    "differs", parent, d->differing, d->n_sectors, d->by_class[DIFF_CODE],
	    d->by_class[DIFF_CONFIG], d->by_class[DIFF_OTHER], d->by_class[DIFF_BLANK]);
	for (; diff_run(d, &at, &end, &bytes); at = end) {
		if (shown++ == RUNS_SHOWN) {
			say(to, "%-10s …", "");
			break;
		}
		say(to, "%-10s 0x%06x-0x%06x  %s", "", at * IMAGE_SECTOR,
		    end * IMAGE_SECTOR - 1, diff_class_name(d->sectors[at].class));
	}
}

void
preview_say(const struct preview *v, FILE *to)
{
	if (!v->made)
		return;
	say_map(v, to);
	say_diff("dump", &v->from_donor, to);
	say_diff("camera", &v->from_target, to);
}

static json_t *
diff_json(const struct diff *d)
{
	json_t *classes = json_object();
	unsigned i;

	for (i = 0; i < N_DIFF_CLASSES; i++)
		json_object_set_new(classes, diff_class_name((enum diff_class)i),
		    json_integer(d->by_class[i]));
	return json_pack("{s:i,s:i,s:I,s:o}", "sectors", (int)d->n_sectors, "differing",
	    (int)d->differing, "bytes", (json_int_t)d->bytes, "by_class", classes);
}

static json_t *
map_json(const struct preview *v)
{
	const struct image_region *r;
	json_t *list = json_array();
	unsigned i;

	for (i = 0; i < v->map.n_regions; i++) {
		r = &v->map.regions[i];
		json_array_append_new(list,
		    json_pack("{s:s,s:I,s:I,s:o,s:s}", "kind",
			image_region_name(r->kind), "offset", (json_int_t)r->at, "size",
			(json_int_t)r->n, "section",
			r->section < 0 ? json_null()
				       : out_text(v->map.sections[r->section].name),
			"from", graft_from(&v->report, r->at)));
	}
	return list;
}

json_t *
preview_json(const struct preview *v)
{
	if (!v->made)
		return json_null();
	return json_pack("{s:I,s:b,s:b,s:o,s:o,s:o}", "target",
	    (json_int_t)v->target.id, "own", v->report.own, "as_it_is",
	    v->report.as_it_is, "regions", map_json(v), "from_dump",
	    diff_json(&v->from_donor), "from_camera", diff_json(&v->from_target));
}
