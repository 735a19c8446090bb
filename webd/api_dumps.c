/* SPDX-License-Identifier: GPL-3.0-or-later */
/* /dumps: the library's index, what is inside a dump, and its bytes. A file is found
 * by the hash in its row only. webd's one thread. */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/conf.h"
#include "common/file.h"
#include "common/log.h"
#include "common/private.h"
#include "common/text.h"
#include "db/camera.h"
#include "db/dump.h"
#include "image/image.h"
#include "webd/api.h"
#include "webd/field.h"
#include "webd/web.h"

static const struct field dump_fields[] = {
	{ "note", FIELD_LINES, FIELD_OPTIONAL, 0, 1024 },
	{ "camera", FIELD_TEXT, FIELD_OPTIONAL, 0, 32 },
};

json_t *
api_dump_json(const struct dump *d, bool show_private)
{
	json_t *doc = json_pack(
	    "{s:I,s:s,s:I,s:o,s:o,s:b,s:o,s:o,s:o,s:o,s:i,s:i,s:i,s:o,s:o,s:o,s:b,"
	    "s:I,s:i}",
	    "id", (json_int_t)d->id, "sha256", d->sha256, "size", (json_int_t)d->size,
	    "camera", d->camera[0] != '\0' ? json_text(d->camera) : json_null(), "kind",
	    json_text(d->kind), "verified", d->verified, "chip", json_text(d->chip),
	    "jedec", json_text(d->jedec), "mac", json_text(d->mac), "port",
	    json_text(d->port), "baud", (int)d->baud, "passes", (int)d->passes,
	    "retries", (int)d->retries, "file", json_text(d->file), "note",
	    json_text(d->note), "job", json_id(d->job_id), "missing", d->missing,
	    "created_s", (json_int_t)d->created_s, "same_bytes", (int)d->same_bytes);

	return show_private ? doc : private_mask(doc);
}

struct dump_walk {
	json_t *list;
	uint64_t skip, limit;
	bool more, show_private;
};

static bool
add_dump(const struct dump *d, void *arg)
{
	struct dump_walk *walk = arg;

	if (walk->skip > 0) {
		walk->skip--;
		return true;
	}
	if (json_array_size(walk->list) == walk->limit) {
		walk->more = true;
		return false;
	}
	(void)json_array_append_new(walk->list, api_dump_json(d, walk->show_private));
	return true;
}

static int
which_camera(struct web *w, const struct request *r, int64_t *ret, struct err *e)
{
	struct camera c;
	char name[40];
	int found = request_query(r, "camera", name, sizeof(name));

	*ret = 0;
	if (found < 0)
		return err_set(
		    e, ERR_USAGE, "bad-query", "'camera' must be a camera's name.");
	if (found == 0)
		return 0;
	if (camera_by_name(w->db, name, &c, e) < 0)
		return -1;
	*ret = c.id;
	return 0;
}

void
api_dumps(struct web *w, const struct request *r, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	struct dump_walk walk = { .list = NULL };
	int64_t camera;

	if (api_private(r, &walk.show_private, rep) < 0)
		return;
	if (which_camera(w, r, &camera, &e) < 0 ||
	    request_query_number(
		r, "limit", 1, API_LIMIT_MAX, API_LIMIT_MAX, &walk.limit, &e) < 0 ||
	    request_query_number(r, "skip", 0, 1000000, 0, &walk.skip, &e) < 0) {
		(void)reply_error(rep, &e);
		return;
	}
	walk.list = json_array();
	if (dump_each(w->db, camera, add_dump, &walk, &e) < 0) {
		json_decref(walk.list);
		(void)reply_error(rep, &e);
		return;
	}
	reply_json(
	    rep, 200, json_pack("{s:o,s:b}", "dumps", walk.list, "more", walk.more));
}

static int
by_param(struct web *w, const struct request *r, struct dump *ret, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	int64_t id;

	if (api_param_id(r, "dump", &id, rep) < 0)
		return -1;
	return dump_by_id(w->db, id, ret, &e) < 0 ? reply_error(rep, &e) : 0;
}

void
api_dump(struct web *w, const struct request *r, struct reply *rep)
{
	bool show_private;
	struct dump d;

	if (by_param(w, r, &d, rep) == 0 && api_private(r, &show_private, rep) == 0)
		reply_json(rep, 200, api_dump_json(&d, show_private));
}

void
api_dump_file(struct web *w, const struct request *r, struct reply *rep)
{
	char name[80], etag[70];
	uint8_t hash[32];
	struct dump d;

	if (by_param(w, r, &d, rep) < 0)
		return;
	/* The row is foreign input, too: only a hash makes a file name. */
	if (text_unhex(d.sha256, hash, sizeof(hash)) < 0) {
		reply_fail(
		    rep, 500, ERR_FAILED, "bad-row", "The dump's row holds no hash.");
		return;
	}
	snprintf(name, sizeof(name), "%s.bin", d.sha256);
	snprintf(etag, sizeof(etag), "\"%s\"", d.sha256);
	api_send_file(w, r, "dumps", name, "application/octet-stream", etag, rep);
	if (rep->kind != REPLY_FILE)
		return;
	reply_header(rep, "Content-Disposition",
	    "attachment; filename=\"camherd-dump-%lld.bin\"", (long long)d.id);
	if (rep->status == 200)
		log_info("api", "%s downloads dump %lld", r->who.name, (long long)d.id);
}

/* ---- what is inside ---- */

/* A header's address field; all ones stands for none. */
static json_t *
address(uint32_t v)
{
	return v == IMAGE_NONE ? json_null() : json_integer(v);
}

static json_t *
section_json(const struct image_section *s)
{
	return json_pack("{s:o,s:o,s:I,s:I,s:o,s:o,s:b,s:b}", "name",
	    json_text(s->name), "id", json_sprintf("%08x", (unsigned)s->id), "offset",
	    (json_int_t)s->offset, "size", (json_int_t)s->size, "load",
	    address(s->load), "entry", address(s->entry), "header_ok", s->header_ok,
	    "data_ok", s->data_ok);
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
map_json(const struct image_map *map, bool show_private)
{
	json_t *sysinfo = sysinfo_json(map);
	json_t *sections = json_array(), *regions = json_array();
	unsigned i;

	for (i = 0; i < map->n_sections; i++)
		(void)json_array_append_new(sections, section_json(&map->sections[i]));
	for (i = 0; i < map->n_regions; i++)
		(void)json_array_append_new(regions,
		    json_pack("{s:s,s:I,s:I,s:o}", "kind",
			image_region_name(map->regions[i].kind), "offset",
			(json_int_t)map->regions[i].at, "size",
			(json_int_t)map->regions[i].n, "section",
			map->regions[i].section < 0
			    ? json_null()
			    : json_integer(map->regions[i].section)));
	return json_pack("{s:I,s:o,s:o,s:s,s:s,s:o,s:o,s:b,s:o,s:b,s:b}", "size",
	    (json_int_t)map->n, "sections", sections, "sysinfo",
	    show_private ? sysinfo : private_mask(sysinfo), "chip",
	    image_family_name(map->family), "chip_title",
	    image_family_title(map->family), "chip_reason",
	    json_text(map->family_reason), "regions", regions, "chain_ok",
	    map->chain_ok, "chain_error", json_text(map->chain_error), "equal_halves",
	    map->equal_halves, "all_blank", map->all_blank);
}

static int
read_dump(
    struct web *w, const struct dump *d, uint8_t **ret, size_t *ret_n, struct err *e)
{
	char file[100], path[CONF_PATH_MAX + 110];
	uint8_t hash[32];

	if (text_unhex(d->sha256, hash, sizeof(hash)) < 0)
		return err_set(
		    e, ERR_FAILED, "bad-row", "The dump's row holds no hash.");
	snprintf(file, sizeof(file), "dumps/%s.bin", d->sha256);
	snprintf(path, sizeof(path), "%s/%s", w->conf->state, file);
	if (file_get(AT_FDCWD, path, IMAGE_BYTES_MAX, ret, ret_n, e) == 0)
		return 0;
	log_warnx("api", "%s", e->msg);
	return err_set(e, ERR_NOT_FOUND, "file-missing",
	    "The file of dump %lld cannot be read. 'camherd dump rebuild' looks for "
	    "it.",
	    (long long)d->id);
}

void
api_dump_map(struct web *w, const struct request *r, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	struct image_map *map;
	struct dump d;
	bool show_private;
	uint8_t *p;
	size_t n;

	if (by_param(w, r, &d, rep) < 0 || api_private(r, &show_private, rep) < 0)
		return;
	if (read_dump(w, &d, &p, &n, &e) < 0) {
		(void)reply_error(rep, &e);
		return;
	}
	if ((map = malloc(sizeof(*map))) == NULL)
		reply_fail(
		    rep, 503, ERR_FAILED, "no-memory", "There is no memory left.");
	else if (image_map(p, n, map, &e) < 0)
		(void)reply_error(rep, &e);
	else
		reply_json(rep, 200, map_json(map, show_private));
	free(map);
	free(p);
}

/* ---- what a person says about it ---- */

static int
change(struct web *w, const json_t *doc, const struct dump *d, struct err *e)
{
	const char *name = field_text(doc, "camera", "");
	struct camera c = { .id = 0 };

	if (field_has(doc, "camera")) {
		if (name[0] != '\0' && camera_by_name(w->db, name, &c, e) < 0)
			return -1;
		if (dump_set_camera(w->db, d->id, c.id, e) < 0)
			return -1;
	}
	if (field_has(doc, "note") &&
	    dump_set_note(w->db, d->id, field_text(doc, "note", ""), e) < 0)
		return -1;
	return 0;
}

void
api_dump_change(struct web *w, const struct request *r, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	struct dump d;
	json_t *doc;

	if (by_param(w, r, &d, rep) < 0)
		return;
	doc = field_body(r, dump_fields, 2, &e);
	if (doc == NULL || change(w, doc, &d, &e) < 0 ||
	    dump_by_id(w->db, d.id, &d, &e) < 0)
		(void)reply_error(rep, &e);
	else
		reply_json(rep, 200, api_dump_json(&d, false));
	json_decref(doc);
}
