/* SPDX-License-Identifier: GPL-3.0-or-later */
/* /dumps/{id}/map, /found, /check: what is inside a dump, and is it whole. The handlers
 * are the main thread's, what makes the answers is the worker's (look.h). */
#include "config.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/bell.h"
#include "common/conf.h"
#include "common/log.h"
#include "common/private.h"
#include "common/sentence.h"
#include "common/text.h"
#include "db/job.h"
#include "image/found.h"
#include "image/image.h"
#include "webd/api.h"
#include "webd/field.h"
#include "webd/look.h"
#include "webd/web.h"

struct map_opt {
	bool show_private;
};

/* A header's address field; all ones stands for none. */
static json_t *
address(uint32_t v)
{
	return v == IMAGE_NONE ? json_null() : json_integer(v);
}

static json_t *
section_json(const struct image_section *s)
{
	return json_pack("{s:o,s:o,s:I,s:I,s:o,s:o,s:I,s:i,s:b,s:b}", "name",
	    json_text(s->name), "id", json_sprintf("%08x", (unsigned)s->id), "offset",
	    (json_int_t)s->offset, "size", (json_int_t)s->size, "load",
	    address(s->load), "entry", address(s->entry), "version",
	    (json_int_t)s->version, "data_sum", (int)s->data_sum, "header_ok",
	    s->header_ok, "data_ok", s->data_ok);
}

static json_t *
sysinfo_json(const struct image_map *map)
{
	const struct image_fdcm *f;
	char mac[18];

	if (map->sysinfo < 0)
		return json_null();
	f = &map->fdcm[map->sysinfo];
	snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", map->mac[0],
	    map->mac[1], map->mac[2], map->mac[3], map->mac[4], map->mac[5]);
	return json_pack("{s:I,s:i,s:o}", "offset", (json_int_t)f->at, "records",
	    (int)f->used, "mac", map->has_mac ? json_string(mac) : json_null());
}

static json_t *
region_json(const struct image_region *r)
{
	return json_pack("{s:s,s:I,s:I,s:o}", "kind", image_region_name(r->kind),
	    "offset", (json_int_t)r->at, "size", (json_int_t)r->n, "section",
	    r->section < 0 ? json_null() : json_integer(r->section));
}

/* Areas of records: where, how full. */
static json_t *
area_json(const struct image_map *map, unsigned i)
{
	const struct image_fdcm *f = &map->fdcm[i];

	return json_pack("{s:I,s:I,s:i,s:i,s:i,s:b}", "offset", (json_int_t)f->at,
	    "size", (json_int_t)f->area, "records", (int)f->used, "capacity",
	    (int)f->capacity, "record_size", (int)f->record, "sysinfo",
	    map->sysinfo == (int)i);
}

/* Whatever the image says of itself and that is not so. */
static json_t *
faults_json(const struct image_map *map)
{
	json_t *faults = json_array(), *fault;
	unsigned i;

	for (i = 0; i < map->n_faults; i++) {
		fault = json_pack("{s:I,s:o}", "offset", (json_int_t)map->faults[i].at,
		    "text", json_text(map->faults[i].said.msg));
		sentence_put(fault, &map->faults[i].said);
		(void)json_array_append_new(faults, fault);
	}
	return faults;
}

static uint64_t
blank_bytes(const struct image_map *map)
{
	uint64_t n = 0;
	unsigned i;

	for (i = 0; i < map->n_regions; i++) {
		if (map->regions[i].kind == IMAGE_REGION_BLANK)
			n += map->regions[i].n;
	}
	return n;
}

static json_t *
map_json(const struct image_map *map)
{
	json_t *sections = json_array(), *regions = json_array(), *areas = json_array();
	json_t *ota = json_null(), *doc;
	unsigned i;

	for (i = 0; i < map->n_sections; i++)
		(void)json_array_append_new(sections, section_json(&map->sections[i]));
	for (i = 0; i < map->n_regions; i++)
		(void)json_array_append_new(regions, region_json(&map->regions[i]));
	for (i = 0; i < map->n_fdcm; i++)
		(void)json_array_append_new(areas, area_json(map, i));
	if (map->ota_n != 0)
		ota = json_pack("{s:I,s:I}", "offset", (json_int_t)map->ota_at, "size",
		    (json_int_t)map->ota_n);
	doc = json_pack("{s:I,s:i,s:o,s:o,s:o,s:o,s:o,s:s,s:s,s:o,s:I,s:b,s:b,s:b}",
	    "size", (json_int_t)map->n, "reads", (int)map->reads, "faults",
	    faults_json(map), "sections", sections, "sysinfo", sysinfo_json(map),
	    "areas", areas, "ota", ota, "chip", image_family_name(map->family),
	    "chip_title", image_family_title(map->family), "regions", regions,
	    "blank_bytes", (json_int_t)blank_bytes(map), "chain_ok", map->chain_ok,
	    "equal_halves", map->equal_halves, "all_blank", map->all_blank);
	(void)sentence_with(doc, "chip_reason", &map->family_reason);
	return sentence_with(doc, "chain_error", &map->chain_error);
}

static json_t *
make_map(struct look *l, struct err *e)
{
	const struct map_opt *opt = l->opt;
	struct image_map *map = malloc(sizeof(*map));
	json_t *doc = NULL;

	if (map != NULL && image_map(l->a.p, l->a.n, map, e) == 0)
		doc = map_json(map);
	free(map);
	return doc == NULL || opt->show_private ? doc : private_mask(doc);
}

/* A look that shows private things to an admin who asks. NULL with the reply filled
 * in. */
static struct look *
private_look(struct web *w, const struct request *r, look_fn *fn, const char *words,
    struct reply *rep)
{
	struct map_opt *opt;
	bool show_private;
	struct look *l;
	struct dump d;

	if (look_row(w, r, &d, rep) < 0 || api_private(r, &show_private, rep) < 0 ||
	    (l = look_new(w, &d, NULL, fn, sizeof(*opt), rep)) == NULL)
		return NULL;
	opt = l->opt;
	opt->show_private = show_private;
	/* What is private is never kept by a browser. */
	if (!show_private)
		look_keep(l, words);
	return l;
}

void
api_dump_map(struct web *w, const struct request *r, struct reply *rep)
{
	struct look *l = private_look(w, r, make_map, "map", rep);

	if (l != NULL)
		look_give(w, r, l, rep);
}

/* ---- things found ---- */

static json_t *
found_json(const struct found *f, bool show)
{
	char text[4 * FOUND_BYTES_MAX + 40];

	return json_pack("{s:s,s:I,s:i,s:b,s:o,s:o}", "kind", found_kind_name(f->kind),
	    "offset", (json_int_t)f->at, "size", (int)f->n, "secret",
	    found_is_secret(f->kind), "text",
	    json_text(found_text(f, show, text, sizeof(text))), "where",
	    json_text(f->where));
}

static json_t *
make_found(struct look *l, struct err *e)
{
	const struct map_opt *opt = l->opt;
	struct image_map *map = malloc(sizeof(*map));
	struct found_list *list = malloc(sizeof(*list));
	json_t *items = NULL;
	bool more = false;
	unsigned i;

	if (map != NULL && list != NULL && image_map(l->a.p, l->a.n, map, e) == 0) {
		found_scan(l->a.p, l->a.n, map, list);
		items = json_array();
		for (i = 0; i < list->n; i++)
			(void)json_array_append_new(
			    items, found_json(&list->items[i], opt->show_private));
		more = list->more;
	}
	free(list);
	free(map);
	return items == NULL ? NULL
			     : json_pack("{s:o,s:b}", "found", items, "more", more);
}

void
api_dump_found(struct web *w, const struct request *r, struct reply *rep)
{
	struct look *l = private_look(w, r, make_found, "found", rep);
	const struct map_opt *opt;

	if (l == NULL)
		return;
	opt = l->opt;
	if (opt->show_private)
		api_note(w, r, "dump", l->a.row.camera_id,
		    "what is private in dump %lld was shown", (long long)l->a.row.id);
	look_give(w, r, l, rep);
}

/* ---- is it whole ---- */

struct check_opt {
	bool whole;
	char who[65];
};

static json_t *
make_check(struct look *l, struct err *e)
{
	struct check_opt *opt = l->opt;
	uint8_t hash[crypto_hash_sha256_BYTES];
	char hex[2 * sizeof(hash) + 1];

	(void)e;
	crypto_hash_sha256(hash, l->a.p, l->a.n);
	text_hex(hash, sizeof(hash), hex);
	opt->whole = strcmp(hex, l->a.row.sha256) == 0 && l->a.n == l->a.row.size;
	return json_pack("{s:b,s:s,s:I}", "whole", opt->whole, "sha256", hex, "size",
	    (json_int_t)l->a.n);
}

/* The rows are flashd's: it reads the file as well and marks them. */
static void
mark_check(struct web *w, const struct look *l)
{
	const struct check_opt *opt = l->opt;
	struct err e = { .code = ERR_NONE };
	struct job j = { .id = 0 };
	int r;

	snprintf(j.asked_by, sizeof(j.asked_by), "%s", opt->who);
	r = job_submit_scrub(w->db, &l->a.row, opt->whole, &j, &e);
	if (r < 0)
		log_warnx("api", "dump %lld is not marked: %s",
		    (long long)l->a.row.id, e.msg);
	if (r <= 0)
		return;
	bell_ring(w->conf->run, "flashd");
	log_info("api", "dump %lld is %s: job %lld marks it", (long long)l->a.row.id,
	    opt->whole ? "whole again" : "damaged or gone", (long long)j.id);
}

void
api_dump_check(struct web *w, const struct request *r, struct reply *rep)
{
	struct check_opt *opt;
	struct dump d;
	struct look *l;

	if (look_row(w, r, &d, rep) != 0 ||
	    (l = look_new(w, &d, NULL, make_check, sizeof(*opt), rep)) == NULL)
		return;
	opt = l->opt;
	snprintf(opt->who, sizeof(opt->who), "%.64s", r->who.name);
	l->done = mark_check;
	look_give(w, r, l, rep);
}
