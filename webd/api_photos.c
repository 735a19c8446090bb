/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * /photos: what people photographed of their cameras. A photo comes in like any upload,
 * is decoded and encoded anew by the worker (image/photo_jpeg.h), and gets its row here;
 * the bytes that were sent are kept nowhere. webd's one thread, but for make_run().
 */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/conf.h"
#include "common/err.h"
#include "common/file.h"
#include "common/log.h"
#include "db/camera.h"
#include "db/event.h"
#include "db/photo.h"
#include "image/photo_jpeg.h"
#include "webd/api.h"
#include "webd/events.h"
#include "webd/field.h"
#include "webd/upload.h"
#include "webd/web.h"
#include "webd/work.h"

/* ---- out ---- */

static json_t *
photo_json(const struct photo *p)
{
	return json_pack("{s:I,s:o,s:o,s:s,s:o,s:i,s:i,s:I,s:o,s:I}", "id",
	    (json_int_t)p->id, "camera",
	    p->camera_id != 0 ? json_text(p->camera) : json_null(), "owner",
	    json_text(p->owner), "about", p->about, "caption", json_text(p->caption),
	    "width", (int)p->width, "height", (int)p->height, "size",
	    (json_int_t)p->size, "who", json_text(p->who), "created_s",
	    (json_int_t)p->created_s);
}

/* Whose photos are meant: "camera" or "owner" of the query, or of nothing. */
static int
read_owner(struct web *w, const struct request *r, struct photo *ret, bool *ret_said,
    struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	struct camera c;
	char name[64];
	int camera, owner;

	camera = request_query(r, "camera", name, sizeof(name));
	owner = request_query(r, "owner", ret->owner, sizeof(ret->owner));
	if (camera < 0 || owner < 0)
		return reply_fail(rep, 400, ERR_USAGE, "bad-query",
		    "'camera' is a camera's name, 'owner' a word of at most 64 of a-z, "
		    "0-9 and '-'.");
	if (camera > 0 && camera_by_name(w->db, name, &c, &e) < 0)
		return reply_error(rep, &e);
	if (camera > 0)
		ret->camera_id = c.id;
	*ret_said = camera > 0 || owner > 0;
	return 0;
}

struct photo_walk {
	json_t *list;
	uint64_t limit;
	bool more;
};

static bool
add_photo(const struct photo *p, void *arg)
{
	struct photo_walk *walk = arg;

	if (json_array_size(walk->list) == walk->limit) {
		walk->more = true;
		return false;
	}
	(void)json_array_append_new(walk->list, photo_json(p));
	return true;
}

void
api_photos(struct web *w, const struct request *r, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	struct photo_walk walk = { .list = NULL };
	struct photo_filter filter;
	struct photo of = { .id = 0 };
	uint64_t skip;
	bool said;

	if (read_owner(w, r, &of, &said, rep) < 0)
		return;
	if (request_query_number(
		r, "limit", 1, API_LIMIT_MAX, 100, &walk.limit, &e) < 0 ||
	    request_query_number(r, "skip", 0, PHOTO_ALL_MAX, 0, &skip, &e) < 0) {
		(void)reply_error(rep, &e);
		return;
	}
	filter = (struct photo_filter) { .camera_id = of.camera_id,
		.owner = said ? of.owner : NULL,
		.skip = (unsigned)skip,
		.limit = (unsigned)walk.limit + 1 };
	walk.list = json_array();
	if (photo_each(w->db, &filter, add_photo, &walk, &e) < 0) {
		json_decref(walk.list);
		(void)reply_error(rep, &e);
		return;
	}
	reply_json(
	    rep, 200, json_pack("{s:o,s:b}", "photos", walk.list, "more", walk.more));
}

/* The row of {id}. */
static int
find(struct web *w, const struct request *r, struct photo *ret, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	int64_t id;

	if (api_param_id(r, "photo", &id, rep) < 0)
		return -1;
	return photo_by_id(w->db, id, ret, &e) < 0 ? reply_error(rep, &e) : 0;
}

void
api_photo(struct web *w, const struct request *r, struct reply *rep)
{
	struct photo p;

	if (find(w, r, &p, rep) == 0)
		reply_json(rep, 200, photo_json(&p));
}

static void
send_photo(struct web *w, const struct request *r, bool thumb, struct reply *rep)
{
	char name[PHOTO_PATH_MAX], etag[PHOTO_FILE_LEN + 4];
	struct photo p;

	if (find(w, r, &p, rep) < 0)
		return;
	snprintf(etag, sizeof(etag), "\"%s%s\"", p.file, thumb ? "t" : "");
	api_send_file(w, r, PHOTO_FOLDER, photo_file_path(p.file, thumb, name),
	    "image/jpeg", etag, rep);
	if (rep->status >= 400)
		return;
	/* Kept by this browser alone, asked for by its tag each time. */
	rep->cacheable = true;
	reply_header(rep, "Cache-Control", "private, no-cache");
}

void
api_photo_file(struct web *w, const struct request *r, struct reply *rep)
{
	send_photo(w, r, false, rep);
}

void
api_photo_thumb(struct web *w, const struct request *r, struct reply *rep)
{
	send_photo(w, r, true, rep);
}

/* ---- in ---- */

/* One photo on its way from STATE/incoming to STATE/photos. */
struct make {
	struct web *w;
	char state[CONF_PATH_MAX];
	char from[CONF_PATH_MAX + UPLOAD_NAME_LEN + 16];
	struct photo row;
	bool kept; /* the row is written */
	struct err e;
};

/* Worker. */
static void
make_run(void *arg)
{
	struct make *m = arg;
	struct photo_jpeg j = { .p = NULL };
	uint8_t *p = NULL;
	size_t n;

	if (file_get(AT_FDCWD, m->from, PHOTO_JPEG_BYTES_MAX, &p, &n, &m->e) == 0 &&
	    photo_jpeg_make(p, n, &j, &m->e) == 0 &&
	    photo_file_put(
		m->state, m->row.file, j.p, j.n, j.thumb, j.n_thumb, &m->e) == 0) {
		m->row.width = j.width;
		m->row.height = j.height;
		m->row.size = j.n;
	}
	photo_jpeg_fini(&j);
	free(p);
}

static void
note(struct web *w, const struct photo *p, bool added)
{
	struct err e = { .code = ERR_NONE };

	if (p->camera_id != 0 && event_row_add(w->db, "photo", p->camera_id, 0, p->who,
				     &e, added ? "a photo was added"
					       : "a photo was removed") < 0)
		log_warnx("api", "history: %s", e.msg);
}

static void
make_answer(void *arg, struct reply *rep)
{
	struct make *m = arg;
	struct err e = { .code = ERR_NONE };

	if (m->e.code == ERR_NONE && photo_add(m->w->db, &m->row, &m->e) == 0) {
		m->kept = true;
		note(m->w, &m->row, true);
	}
	if (!m->kept) {
		(void)reply_error(rep, &m->e);
		if (strcmp(m->e.name, "disk-full") == 0)
			rep->status = 507;
		return;
	}
	events_changed(m->w->events);
	if (photo_by_id(m->w->db, m->row.id, &m->row, &e) < 0)
		(void)reply_error(rep, &e);
	else
		reply_json(rep, 201, photo_json(&m->row));
}

/* What was sent goes in any case; what was made of it, when nobody is there to take it. */
static void
make_drop(void *arg)
{
	struct make *m = arg;

	(void)unlink(m->from);
	if (!m->kept)
		photo_file_drop(m->state, m->row.file);
	free(m);
}

static const struct work_ops make_ops = { make_run, make_answer, make_drop };

/* Whose and what; before anything is decoded. */
static int
read_wishes(struct make *m, const struct request *r, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	struct photo *p = &m->row;
	bool said;

	if (read_owner(m->w, r, p, &said, rep) < 0)
		return -1;
	if (request_query(r, "about", p->about, sizeof(p->about)) < 0)
		return reply_fail(rep, 400, ERR_USAGE, "bad-query",
		    "'about' is front, back, label, lens or other.");
	photo_file_name(p->file);
	snprintf(p->who, sizeof(p->who), "%.64s", r->who.name);
	if (photo_check(p, &e) < 0 ||
	    photo_check_room(m->w->db, p->camera_id, p->owner, &e) < 0)
		return reply_error(rep, &e);
	return 0;
}

static struct make *
make_new(struct web *w, struct reply *rep)
{
	struct make *m = calloc(1, sizeof(*m));

	if (m == NULL) {
		reply_fail(
		    rep, 503, ERR_FAILED, "no-memory", "There is no memory left.");
		return NULL;
	}
	m->w = w;
	snprintf(m->state, sizeof(m->state), "%s", w->conf->state);
	return m;
}

void
api_photo_add(struct web *w, const struct request *r, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	char name[UPLOAD_NAME_LEN + 1];
	struct make *m;
	uint64_t size;

	if (r->upload == NULL) {
		reply_fail(rep, 411, ERR_USAGE, "length-needed",
		    "An upload must say how long it is (Content-Length).");
		return;
	}
	if ((m = make_new(w, rep)) == NULL)
		return;
	/* Unfinished, it goes by itself. */
	if (read_wishes(m, r, rep) < 0) {
		free(m);
		return;
	}
	if (upload_finish(r->upload, name, &size, &e) < 0) {
		free(m);
		(void)reply_error(rep, &e);
		return;
	}
	snprintf(m->from, sizeof(m->from), "%s/incoming/%s", m->state, name);
	work_give(w->worker, &make_ops, m, rep);
}

static const struct field photo_fields[] = {
	{ "camera", FIELD_TEXT, FIELD_OPTIONAL, 0, 32 },
	{ "owner", FIELD_TEXT, FIELD_OPTIONAL, 0, 64 },
	{ "about", FIELD_TEXT, FIELD_OPTIONAL, 0, 8 },
	{ "caption", FIELD_TEXT, FIELD_OPTIONAL, 0, 256 },
};

/* Another owner takes the place of the one before. */
static int
apply(struct web *w, struct photo *p, const json_t *doc, struct err *e)
{
	const char *camera = field_text(doc, "camera", ""),
		   *owner = field_text(doc, "owner", "");
	struct camera c;

	if (camera[0] != '\0' && owner[0] != '\0')
		return err_set(e, ERR_USAGE, "photo-owner",
		    "a photo belongs to a camera or to something else, not to both");
	if (field_has(doc, "camera") || field_has(doc, "owner")) {
		p->camera_id = 0;
		snprintf(p->owner, sizeof(p->owner), "%s", owner);
	}
	if (camera[0] != '\0') {
		if (camera_by_name(w->db, camera, &c, e) < 0)
			return -1;
		p->camera_id = c.id;
	}
	snprintf(p->about, sizeof(p->about), "%s", field_text(doc, "about", p->about));
	snprintf(p->caption, sizeof(p->caption), "%s",
	    field_text(doc, "caption", p->caption));
	return 0;
}

void
api_photo_change(struct web *w, const struct request *r, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	struct photo p;
	json_t *doc;
	int ok = -1;

	if (find(w, r, &p, rep) < 0)
		return;
	doc = field_body(
	    r, photo_fields, sizeof(photo_fields) / sizeof(photo_fields[0]), &e);
	if (doc != NULL && apply(w, &p, doc, &e) == 0 &&
	    photo_update(w->db, &p, &e) == 0)
		ok = photo_by_id(w->db, p.id, &p, &e);
	json_decref(doc);
	if (ok < 0)
		(void)reply_error(rep, &e);
	else
		reply_json(rep, 200, photo_json(&p));
}

void
api_photo_remove(struct web *w, const struct request *r, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	struct photo p;
	json_t *doc;

	if (find(w, r, &p, rep) < 0)
		return;
	doc = field_body(r, NULL, 0, &e);
	if (doc == NULL || photo_remove(w->db, p.id, &e) < 0) {
		(void)reply_error(rep, &e);
	} else {
		photo_file_drop(w->conf->state, p.file);
		snprintf(p.who, sizeof(p.who), "%.64s", r->who.name);
		note(w, &p, false);
		reply_empty(rep, 204);
	}
	json_decref(doc);
}
