/* SPDX-License-Identifier: GPL-3.0-or-later */
/* /cameras: what a person named, what the hardware said, what is live now. A camera's
 * password goes in and never comes out. webd's one thread. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "common/bell.h"
#include "common/conf.h"
#include "common/loop.h"
#include "common/private.h"
#include "common/sentence.h"
#include "common/source.h"
#include "common/text.h"
#include "db/camera.h"
#include "db/dump.h"
#include "db/job.h"
#include "db/live.h"
#include "db/photo.h"
#include "webd/api.h"
#include "webd/field.h"
#include "webd/firmware.h"
#include "webd/streams.h"
#include "webd/web.h"

static const struct field camera_fields[] = {
	{ "name", FIELD_TEXT, FIELD_OPTIONAL, 1, 32 },
	{ "source", FIELD_TEXT, FIELD_OPTIONAL, 0, 512 },
	{ "user", FIELD_TEXT, FIELD_OPTIONAL, 0, 64 },
	{ "password", FIELD_SECRET, FIELD_OPTIONAL, 0, 128 },
	{ "notes", FIELD_LINES, FIELD_OPTIONAL, 0, 4096 },
	{ "notes_were", FIELD_LINES, FIELD_OPTIONAL, 0, 4096 },
	{ "tags", FIELD_TEXT, FIELD_OPTIONAL, 0, 256 },
	{ "enabled", FIELD_BOOL, FIELD_OPTIONAL, 0, 0 },
	{ "push", FIELD_TEXT, FIELD_OPTIONAL, 0, 512 },
	{ "push_user", FIELD_TEXT, FIELD_OPTIONAL, 0, 64 },
	{ "push_password", FIELD_SECRET, FIELD_OPTIONAL, 0, 128 },
	{ "push_codec", FIELD_TEXT, FIELD_OPTIONAL, 0, 7 },
};

static const struct field remove_fields[] = {
	{ "confirm", FIELD_TEXT, FIELD_OPTIONAL, 1, 32 },
};

#define N_CAMERA_FIELDS (sizeof(camera_fields) / sizeof(camera_fields[0]))

/* ---- out ---- */

const char *
api_camera_state(const struct camera *c, const struct live_stream *s)
{
	if (!c->enabled)
		return "disabled";
	if (c->source[0] == '\0')
		return "no-source";
	return s->state[0] != '\0' ? s->state : "idle";
}

static void
put_live(json_t *doc, const struct camera *c, const struct live_stream *s)
{
	json_t *live = json_pack("{s:s,s:o,s:f,s:f,s:i,s:i,s:I,s:i,s:o,s:o,s:I,s:I,s:o,"
				 "s:I,s:o,s:f,s:I,s:o}",
	    "state", api_camera_state(c, s), "reason", json_text(s->reason), "fps",
	    s->fps_in, "fps_out", s->fps_out, "width", (int)s->width, "height",
	    (int)s->height, "bits_per_s", (json_int_t)s->bits_per_s, "clients",
	    (int)s->clients, "last_frame_ms",
	    s->last_frame_us > 0
		? json_integer((loop_now_us() - s->last_frame_us) / 1000)
		: json_null(),
	    "jpeg", json_text(s->jpeg), "dropped", (json_int_t)s->dropped, "reconnects",
	    (json_int_t)s->reconnects, "drops", json_text(s->drops), "skipped",
	    (json_int_t)s->skipped, "encoder", json_text(s->encoder), "encoder_load",
	    s->encoder_load, "encoder_skipped", (json_int_t)s->encoder_skipped,
	    "h264_note", json_text(s->h264_note));

	(void)json_object_set_new(
	    live, "reason_said", sentence_json_row(s->reason, s->reason_params));
	(void)json_object_set_new(
	    live, "jpeg_said", sentence_json_row(s->jpeg, s->jpeg_params));
	(void)json_object_set_new(
	    live, "h264_note_said", sentence_json_row(s->h264_note, s->h264_note_params));
	(void)json_object_update(doc, live);
	json_decref(live);
}

static void
put_push(json_t *doc, const struct camera *c, const struct live_stream *s)
{
	json_t *push = json_pack("{s:o,s:o,s:b,s:o,s:o,s:o,s:I,s:I}", "push",
	    json_text(c->push), "push_user", json_text(c->push_user),
	    "push_has_password", c->push_password[0] != '\0', "push_codec",
	    json_text(c->push_codec), "push_state", json_text(s->push_state),
	    "push_reason", json_text(s->push_reason), "push_dropped",
	    (json_int_t)s->push_dropped, "push_reconnects",
	    (json_int_t)s->push_reconnects);

	(void)json_object_set_new(push, "push_reason_said",
	    sentence_json_row(s->push_reason, s->push_reason_params));
	(void)json_object_update(doc, push);
	json_decref(push);
}

/* ---- what says that it is there, each with its age ---- */

/* What all cameras of an answer are looked at with: read once. */
struct view {
	const struct herd *herd;
	struct streams *streams;
	json_t *jobs;		/* by camera id: what has it on a USB port now */
	int64_t streamd_us;	/* its heartbeat; 0 = none */
	bool show_private;
};

static bool
take_job(const struct job *j, void *arg)
{
	json_t *jobs = arg;
	char key[24];

	if (j->camera_id == 0 || !job_kind_needs_port(j->kind))
		return true;
	snprintf(key, sizeof(key), "%lld", (long long)j->camera_id);
	(void)json_object_set_new(jobs, key,
	    json_pack("{s:I,s:s,s:s,s:o,s:o}", "id", (json_int_t)j->id, "kind",
		job_kind_name(j->kind), "state", job_state_name(j->state), "port",
		json_text(j->port), "port_name", json_text(j->port_name)));
	return true;
}

static int
view_open(struct web *w, struct view *ret, struct err *e)
{
	struct live_daemon d;

	*ret = (struct view) { .herd = herd_now(w, e) };
	if (ret->herd == NULL)
		return -1;
	if (live_get_daemon(w->live, "streamd", &d, NULL) > 0)
		ret->streamd_us = d.at_us;
	ret->jobs = json_object();
	(void)job_each(w->db, true, 200, take_job, ret->jobs, NULL);
	ret->streams = streams_read(w->live);
	return 0;
}

static void
view_close(struct view *v)
{
	json_decref(v->jobs);
	streams_free(v->streams);
}

static json_t *
job_json(const struct view *v, int64_t camera_id)
{
	json_t *found;
	char key[24];

	snprintf(key, sizeof(key), "%lld", (long long)camera_id);
	found = json_object_get(v->jobs, key);
	return found != NULL ? json_incref(found) : json_null();
}

static json_t *
age_json(int64_t at_us)
{
	return at_us > 0 ? json_integer((loop_now_us() - at_us) / 1000) : json_null();
}

/* text: a sentence whose parameters stand as params tells; params NULL: a figure. */
static void
add_probe(json_t *list, const char *what, bool ok, int64_t at_us, const char *text,
    const char *params)
{
	(void)json_array_append_new(list,
	    json_pack("{s:s,s:b,s:o,s:o,s:o}", "what", what, "ok", (int)ok, "age_ms",
		age_json(at_us), "text", json_text(text), "text_said",
		params != NULL ? sentence_json_row(text, params) : json_null()));
}

/* No single one decides: each says what it saw and when. */
static json_t *
probes_json(
    const struct view *v, const struct camera *c, const struct live_stream *s)
{
	static const int64_t fresh_us = 10000000;
	bool streams = c->enabled && c->source[0] != '\0';
	json_t *list = json_array();
	char text[80] = "";

	if (!streams)
		return list;
	add_probe(list, "streamd",
	    v->streamd_us > 0 && loop_now_us() - v->streamd_us < LIVE_DOWN_US,
	    v->streamd_us, "", NULL);
	if (s->camera_id == 0)
		return list;
	add_probe(list, "contact",
	    s->reason[0] == '\0' && strcmp(s->state, "unreachable") != 0, s->at_us,
	    s->reason, s->reason_params);
	if (s->width > 0)
		snprintf(text, sizeof(text), "%u × %u", s->width, s->height);
	add_probe(list, "picture",
	    s->last_frame_us > 0 && loop_now_us() - s->last_frame_us < fresh_us,
	    s->last_frame_us, text, NULL);
	snprintf(text, sizeof(text), "%u", s->clients);
	add_probe(list, "viewers", s->clients > 0, s->at_us, text, NULL);
	return list;
}

static json_t *
camera_json(const struct view *v, const struct camera *c)
{
	const struct live_stream *s = streams_of(v->streams, c->id);
	bool show_private = v->show_private;
	char source[sizeof(c->source)];
	json_t *doc;

	doc = json_pack("{s:I,s:o,s:o,s:o,s:b,s:b,s:o,s:o,s:o,s:o,s:o,s:I,s:I}", "id",
	    (json_int_t)c->id, "name", json_text(c->name), "source",
	    json_text(show_private ? c->source : camera_source_show(c, source)), "user",
	    json_text(c->user), "has_password", c->password[0] != '\0', "enabled",
	    c->enabled, "tags", json_text(c->tags), "notes", json_text(c->notes),
	    "chip", json_text(c->chip), "jedec", json_text(c->jedec), "mac",
	    json_text(c->mac), "created_s", (json_int_t)c->created_s, "changed_s",
	    (json_int_t)c->changed_s);
	if (doc == NULL)
		return NULL;
	put_live(doc, c, s);
	put_push(doc, c, s);
	(void)json_object_set_new(doc, "job", job_json(v, c->id));
	(void)json_object_set_new(doc, "probes", probes_json(v, c, s));
	herd_put(v->herd, c->id, doc);
	return show_private ? doc : private_mask(doc);
}

struct camera_walk {
	struct view view;
	json_t *list;
	char after[TEXT_SLUG_MAX];	/* names behind this one only */
	size_t limit;
	bool more;
};

static bool
add_camera(const struct camera *c, void *arg)
{
	struct camera_walk *walk = arg;

	if (strcmp(c->name, walk->after) <= 0)
		return true;
	if (json_array_size(walk->list) == walk->limit) {
		walk->more = true;
		return false;
	}
	(void)json_array_append_new(walk->list, camera_json(&walk->view, c));
	return true;
}

void
api_cameras(struct web *w, const struct request *r, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	struct camera_walk walk = { .list = NULL };
	bool show_private;
	uint64_t limit;
	int r_each;

	if (api_private(r, &show_private, rep) < 0)
		return;
	/* Without a limit all of them: one page shows the whole herd. */
	if (request_query_number(r, "limit", 1, API_LIMIT_MAX, UINT32_MAX, &limit, &e) < 0) {
		(void)reply_error(rep, &e);
		return;
	}
	walk.limit = (size_t)limit;
	if (request_query(r, "after", walk.after, sizeof(walk.after)) < 0 ||
	    (walk.after[0] != '\0' && !text_is_slug(walk.after))) {
		reply_fail(rep, 400, ERR_USAGE, "bad-request",
		    "'after' must be the name of a camera.");
		return;
	}
	if (view_open(w, &walk.view, &e) < 0) {
		(void)reply_error(rep, &e);
		return;
	}
	walk.view.show_private = show_private;
	walk.list = json_array();
	r_each = camera_each(w->db, add_camera, &walk, &e);
	view_close(&walk.view);
	if (r_each < 0) {
		json_decref(walk.list);
		(void)reply_error(rep, &e);
		return;
	}
	reply_json(rep, 200, json_pack("{s:o,s:b}", "cameras", walk.list, "more", walk.more));
}

/* One camera, looked at like all. NULL and e. */
static json_t *
one_json(struct web *w, const struct camera *c, bool show_private, struct err *e)
{
	struct view v;
	json_t *doc;

	if (view_open(w, &v, e) < 0)
		return NULL;
	v.show_private = show_private;
	doc = camera_json(&v, c);
	view_close(&v);
	return doc;
}

void
api_camera(struct web *w, const struct request *r, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	bool show_private;
	struct camera c;
	json_t *doc;

	if (api_private(r, &show_private, rep) < 0)
		return;
	if (camera_by_name(w->db, r->param, &c, &e) < 0 ||
	    (doc = one_json(w, &c, show_private, &e)) == NULL)
		(void)reply_error(rep, &e);
	else
		reply_json(rep, 200, doc);
}

/* ---- in ---- */

static void
put_text(char *field, size_t size, const json_t *doc, const char *name)
{
	if (field_has(doc, name))
		snprintf(field, size, "%s", field_text(doc, name, ""));
}

/* Where it is published to. Another server gets no user and password of the old one. */
static int
apply_push(struct camera *c, const json_t *doc, struct err *e)
{
	bool changed =
	    field_has(doc, "push") && strcmp(field_text(doc, "push", ""), c->push) != 0;

	if (changed)
		c->push_user[0] = c->push_password[0] = '\0';
	put_text(c->push_user, sizeof(c->push_user), doc, "push_user");
	put_text(c->push_password, sizeof(c->push_password), doc, "push_password");
	put_text(c->push_codec, sizeof(c->push_codec), doc, "push_codec");
	return changed ? camera_push_parse(field_text(doc, "push", ""), c, e) : 0;
}

/* The fields that the body has go into c. A new source brings its own user and
 * password, or none: those of another device are not sent to it. */
static int
apply(struct camera *c, const json_t *doc, struct err *e)
{
	char shown[sizeof(c->source)];

	put_text(c->name, sizeof(c->name), doc, "name");
	/* What was shown comes back from a form that nobody changed. */
	if (field_has(doc, "source") &&
	    strcmp(field_text(doc, "source", ""), c->source) != 0 &&
	    strcmp(field_text(doc, "source", ""), camera_source_show(c, shown)) != 0) {
		c->source[0] = c->user[0] = c->password[0] = '\0';
		if (field_text(doc, "source", "")[0] != '\0' &&
		    camera_source_parse(field_text(doc, "source", ""), c, e) < 0)
			return -1;
	}
	if (apply_push(c, doc, e) < 0)
		return -1;
	put_text(c->user, sizeof(c->user), doc, "user");
	put_text(c->password, sizeof(c->password), doc, "password");
	/* Two who write at once: the second is told, and loses nothing. */
	if (field_has(doc, "notes_were") &&
	    strcmp(field_text(doc, "notes_were", ""), c->notes) != 0 &&
	    strcmp(field_text(doc, "notes", c->notes), c->notes) != 0)
		return err_set(e, ERR_REFUSED, "notes-changed",
		    "Somebody else changed the notes meanwhile. Nothing was saved; look "
		    "at them and save yours again.");
	put_text(c->notes, sizeof(c->notes), doc, "notes");
	put_text(c->tags, sizeof(c->tags), doc, "tags");
	c->enabled = field_bool(doc, "enabled", c->enabled);
	return 0;
}

/* The camera, and what streamd will say of its source. */
static void
answer_changed(struct web *w, const struct camera *c, int status, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	json_t *doc = one_json(w, c, false, &e);
	struct err warning;

	if (doc == NULL) {
		(void)reply_error(rep, &e);
		return;
	}
	(void)source_warning(c->source, w->conf->camera_networks, &warning);
	reply_json(rep, status, sentence_with(doc, "warning", &warning));
}

void
api_camera_add(struct web *w, const struct request *r, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	struct camera c = { .enabled = true };
	json_t *doc = field_body(r, camera_fields, N_CAMERA_FIELDS, &e);
	int ok = -1;

	if (doc != NULL && !field_has(doc, "name"))
		err_set(&e, ERR_USAGE, "field-missing", "'name' is missing.");
	else if (doc != NULL && apply(&c, doc, &e) == 0)
		ok = camera_add(w->db, &c, &e);
	json_decref(doc);
	if (ok < 0 || camera_by_id(w->db, c.id, &c, &e) < 0) {
		(void)reply_error(rep, &e);
		return;
	}
	api_note(w, r, "camera", c.id, "%s was added", c.name);
	bell_ring(w->conf->run, "streamd");
	answer_changed(w, &c, 201, rep);
}

void
api_camera_change(struct web *w, const struct request *r, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	struct camera c, old;
	char what[CAMERA_CHANGES_MAX];
	json_t *doc;
	int ok = -1;

	if (camera_by_name(w->db, r->param, &c, &e) == 0 &&
	    (doc = field_body(r, camera_fields, N_CAMERA_FIELDS, &e)) != NULL) {
		old = c;
		if (apply(&c, doc, &e) == 0)
			ok = camera_update(w->db, &c, &e);
		json_decref(doc);
	}
	if (ok < 0 || camera_by_id(w->db, c.id, &c, &e) < 0) {
		(void)reply_error(rep, &e);
		return;
	}
	if (camera_changes(&old, &c, what)[0] != '\0')
		api_note(w, r, "camera", c.id, "%s was changed: %s", old.name, what);
	bell_ring(w->conf->run, "streamd");
	answer_changed(w, &c, 200, rep);
}

void
api_camera_remove(struct web *w, const struct request *r, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	struct photo_files photos;
	struct camera c;
	json_t *doc = NULL;

	if (camera_by_name(w->db, r->param, &c, &e) < 0 ||
	    (doc = field_body(r, remove_fields, 1, &e)) == NULL) {
		(void)reply_error(rep, &e);
	} else if (strcmp(field_text(doc, "confirm", ""), c.name) != 0) {
		reply_fail(rep, 400, ERR_USAGE, "confirm",
		    "Type the camera's name (%s) into 'confirm' to forget it. Its "
		    "backups are kept, its photos and notes are not.",
		    c.name);
	} else if (photo_files_of(w->db, c.id, &photos, &e) < 0 ||
	    camera_remove(w->db, c.id, &e) < 0) {
		(void)reply_error(rep, &e);
	} else {
		photo_files_drop(w->conf->state, &photos);
		api_note(w, r, "camera", 0, "%s was removed", c.name);
		bell_ring(w->conf->run, "streamd");
		reply_empty(rep, 204);
	}
	json_decref(doc);
}
