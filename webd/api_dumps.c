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
#include "common/log.h"
#include "common/private.h"
#include "common/text.h"
#include "db/camera.h"
#include "db/dump.h"
#include "webd/api.h"
#include "webd/field.h"
#include "webd/look.h"
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

	(void)json_object_set_new(
	    doc, "same_cameras", json_integer((json_int_t)d->same_cameras));
	(void)json_object_set_new(doc, "tool", json_text(d->tool));
	(void)json_object_set_new(doc, "damaged", json_boolean(d->damaged));
	return show_private ? doc : private_mask(doc);
}

struct dump_walk {
	json_t *list;
	uint64_t limit;
	bool more, show_private;
};

static bool
add_dump(const struct dump *d, void *arg)
{
	struct dump_walk *walk = arg;

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
	struct dump_walk walk = { .more = false };
	char word[DUMP_WORD_MAX];
	int64_t camera;
	uint64_t skip;

	if (api_private(r, &walk.show_private, rep) < 0)
		return;
	word[0] = '\0';
	if (request_query(r, "q", word, sizeof(word)) < 0) {
		reply_fail(rep, 400, ERR_USAGE, "bad-query",
		    "'q' must be a word of at most %zu bytes.", sizeof(word) - 1);
		return;
	}
	if (which_camera(w, r, &camera, &e) < 0 ||
	    request_query_number(
		r, "limit", 1, API_LIMIT_MAX, API_LIMIT_MAX, &walk.limit, &e) < 0 ||
	    request_query_number(r, "skip", 0, 1000000, 0, &skip, &e) < 0) {
		(void)reply_error(rep, &e);
		return;
	}
	walk.list = json_array();
	/* One more than was asked for tells whether there are more. */
	if (dump_find(w->db, camera, word, (unsigned)skip, (unsigned)walk.limit + 1,
		add_dump, &walk, &e) < 0) {
		json_decref(walk.list);
		(void)reply_error(rep, &e);
		return;
	}
	reply_json(
	    rep, 200, json_pack("{s:o,s:b}", "dumps", walk.list, "more", walk.more));
}

void
api_dump(struct web *w, const struct request *r, struct reply *rep)
{
	bool show_private;
	struct dump d;

	if (look_row(w, r, &d, rep) == 0 && api_private(r, &show_private, rep) == 0)
		reply_json(rep, 200, api_dump_json(&d, show_private));
}

void
api_dump_file(struct web *w, const struct request *r, struct reply *rep)
{
	char name[80], etag[70];
	uint8_t hash[32];
	struct dump d;

	if (look_row(w, r, &d, rep) < 0)
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

	if (look_row(w, r, &d, rep) < 0)
		return;
	doc = field_body(r, dump_fields, 2, &e);
	if (doc == NULL || change(w, doc, &d, &e) < 0 ||
	    dump_by_id(w->db, d.id, &d, &e) < 0)
		(void)reply_error(rep, &e);
	else
		reply_json(rep, 200, api_dump_json(&d, false));
	json_decref(doc);
}
