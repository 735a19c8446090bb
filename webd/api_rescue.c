/* SPDX-License-Identifier: GPL-3.0-or-later */
/* /rescues: the way of a bricked camera back, as far as it is gone. The work is flashd's,
 * the rules are db/rescue_start.c's. webd's one thread. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/bell.h"
#include "common/conf.h"
#include "common/log.h"
#include "db/db.h"
#include "db/job.h"
#include "db/rescue.h"
#include "db/socket.h"
#include "webd/api.h"
#include "webd/field.h"
#include "webd/web.h"

static const struct field new_fields[] = {
	{ "camera", FIELD_TEXT, FIELD_NEEDED, 1, 32 },
	{ "port", FIELD_TEXT, FIELD_OPTIONAL, 1, 255 },
};

static const struct field start_fields[] = {
	{ "task", FIELD_TEXT, FIELD_NEEDED, 1, 16 },
	{ "incoming", FIELD_TEXT, FIELD_OPTIONAL, 32, 32 },
	{ "file", FIELD_TEXT, FIELD_OPTIONAL, 1, 256 },
	{ "baud", FIELD_NUMBER, FIELD_OPTIONAL, 0, 3000000 },
	{ "experimental", FIELD_TEXT, FIELD_OPTIONAL, 0, 32 },
	{ "confirm", FIELD_TEXT, FIELD_OPTIONAL, 0, 255 },
};

static const struct field seen_fields[] = {
	{ "place", FIELD_TEXT, FIELD_NEEDED, 1, 16 },
	{ "verdict", FIELD_TEXT, FIELD_NEEDED, 1, 16 },
	{ "baud", FIELD_NUMBER, FIELD_NEEDED, 0, 10000000 },
	{ "bytes", FIELD_NUMBER, FIELD_NEEDED, 0, INT64_MAX },
	{ "text", FIELD_NUMBER, FIELD_NEEDED, 0, INT64_MAX },
	{ "firmware", FIELD_TEXT, FIELD_OPTIONAL, 0, 96 },
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define KEYS_MAX 32

/* ---- out ---- */

static json_t *
seen_json(const struct rescue_seen *s)
{
	if (s->at_s == 0)
		return json_null();
	return json_pack("{s:I,s:o,s:i,s:I,s:I,s:o}", "at_s", (json_int_t)s->at_s,
	    "verdict", json_text(s->verdict), "baud", (int)s->baud, "bytes",
	    (json_int_t)s->bytes, "text", (json_int_t)s->text, "firmware",
	    json_text(s->firmware));
}

static json_t *
rescue_json(struct web *w, const struct rescue *r)
{
	json_t *answers = json_object(), *jobs = json_object(), *seen = json_object(),
	       *doc;
	enum rescue_family family = RESCUE_FAMILY_UNKNOWN;
	int64_t image = 0;
	char chip[33];
	int i;

	for (i = 0; i < N_RESCUE_QUESTIONS; i++)
		(void)json_object_set_new(answers,
		    rescue_question_name((enum rescue_question)i),
		    json_text(r->answers[i]));
	for (i = 0; i < N_RESCUE_TASKS; i++)
		(void)json_object_set_new(
		    jobs, rescue_task_name((enum rescue_task)i), json_id(r->jobs[i]));
	for (i = 0; i < N_RESCUE_PLACES; i++)
		(void)json_object_set_new(seen, rescue_place_name((enum rescue_place)i),
		    seen_json(&r->seen[i]));
	(void)rescue_image(w->db, r, &image, NULL);
	(void)rescue_family(w->db, r, &family, chip, NULL);
	doc = json_pack("{s:I,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}",
	    "id", (json_int_t)r->id, "state", json_text(r->state), "step",
	    json_text(r->step), "camera", json_text(r->camera), "donor",
	    json_text(r->donor), "port", json_text(r->port), "port_name",
	    json_text(r->port_name), "donor_port", json_text(r->donor_port),
	    "donor_port_name", json_text(r->donor_port_name), "image", json_id(image),
	    "identity", json_text(r->identity), "answers", answers, "jobs", jobs,
	    "seen", seen);
	if (doc == NULL)
		return NULL;
	(void)json_object_set_new(
	    doc, "family", json_string(rescue_family_name(family)));
	(void)json_object_set_new(doc, "asked_by", json_text(r->asked_by));
	(void)json_object_set_new(doc, "changed_by", json_text(r->changed_by));
	(void)json_object_set_new(doc, "created_s", json_integer(r->created_s));
	(void)json_object_set_new(doc, "changed_s", json_integer(r->changed_s));
	return doc;
}

struct rescue_walk {
	struct web *w;
	struct api_page page;
	json_t *list;
};

static bool
add_rescue(const struct rescue *r, void *arg)
{
	struct rescue_walk *walk = arg;

	if (api_page_takes(&walk->page))
		(void)json_array_append_new(walk->list, rescue_json(walk->w, r));
	return !walk->page.more;
}

void
api_rescues(struct web *w, const struct request *r, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	struct rescue_walk walk = { .w = w };

	if (api_page_read(r, &walk.page, rep) < 0)
		return;
	walk.list = json_array();
	if (rescue_each(w->db, add_rescue, &walk, &e) < 0) {
		json_decref(walk.list);
		(void)reply_error(rep, &e);
		return;
	}
	api_page_reply(&walk.page, "rescues", walk.list, rep);
}

static void
answer(struct web *w, int64_t id, int status, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	struct rescue row;

	if (rescue_by_id(w->db, id, &row, &e) < 0)
		(void)reply_error(rep, &e);
	else
		reply_json(rep, status, rescue_json(w, &row));
}

void
api_rescue(struct web *w, const struct request *r, struct reply *rep)
{
	int64_t id;

	if (api_param_id(r, "rescue", &id, rep) == 0)
		answer(w, id, 200, rep);
}

/* ---- in ---- */

static int
resolve_port(struct web *w, const char *typed, char ret[256], struct err *e)
{
	ret[0] = '\0';
	return typed[0] == '\0' ? 0
				: socket_resolve(w->db, w->live, typed, ret, 256, e);
}

static int
set_one(struct web *w, const struct request *r, int64_t id, const char *key,
    const char *value, struct err *e)
{
	const bool port = strcmp(key, "port") == 0 || strcmp(key, "donor_port") == 0;
	char path[256];

	if (port && resolve_port(w, value, path, e) < 0)
		return -1;
	return rescue_set(w->db, id, key, port ? path : value, r->who.name, e);
}

void
api_rescue_add(struct web *w, const struct request *r, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	json_t *doc = field_body(r, new_fields, COUNT(new_fields), &e);
	struct rescue row = { .id = 0 };
	int ok = -1;

	if (doc != NULL)
		ok = rescue_add(w->db, field_text(doc, "camera", ""), r->who.name, &row, &e);
	if (ok == 0 && field_has(doc, "port"))
		ok = set_one(w, r, row.id, "port", field_text(doc, "port", ""), &e);
	json_decref(doc);
	if (ok < 0) {
		(void)reply_error(rep, &e);
		return;
	}
	api_note(w, r, "rescue", row.camera_id, "rescue %lld of %s was begun",
	    (long long)row.id, row.camera);
	answer(w, row.id, 201, rep);
}

/* Every key is a text. */
static json_t *
change_body(const struct request *r, struct err *e)
{
	struct field fields[KEYS_MAX];
	size_t n;

	for (n = 0; n < KEYS_MAX && rescue_keys[n] != NULL; n++)
		fields[n] = (struct field) { rescue_keys[n], FIELD_TEXT, FIELD_OPTIONAL,
			0, 255 };
	return field_body(r, fields, n, e);
}

void
api_rescue_change(struct web *w, const struct request *r, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	json_t *doc, *value;
	const char *key;
	int64_t id;
	int ok;

	if (api_param_id(r, "rescue", &id, rep) < 0)
		return;
	if ((doc = change_body(r, &e)) == NULL) {
		(void)reply_error(rep, &e);
		return;
	}
	/* All of it, or nothing. */
	ok = db_begin(w->db, &e);
	json_object_foreach(doc, key, value)
	{
		if (ok == 0)
			ok = set_one(w, r, id, key, json_string_value(value), &e);
	}
	json_decref(doc);
	if (ok < 0 || (ok = db_commit(w->db, &e)) < 0)
		db_rollback(w->db);
	if (ok < 0)
		(void)reply_error(rep, &e);
	else
		answer(w, id, 200, rep);
}

void
api_rescue_seen(struct web *w, const struct request *r, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	json_t *doc;
	struct rescue_seen s = { .at_s = 0 };
	int64_t id;
	int ok;

	if (api_param_id(r, "rescue", &id, rep) < 0)
		return;
	if ((doc = field_body(r, seen_fields, COUNT(seen_fields), &e)) == NULL) {
		(void)reply_error(rep, &e);
		return;
	}
	snprintf(s.verdict, sizeof(s.verdict), "%s", field_text(doc, "verdict", ""));
	snprintf(s.firmware, sizeof(s.firmware), "%s", field_text(doc, "firmware", ""));
	s.baud = (unsigned)field_number(doc, "baud", 0);
	s.bytes = field_number(doc, "bytes", 0);
	s.text = field_number(doc, "text", 0);
	ok = rescue_note_seen(w->db, id, field_text(doc, "place", ""), &s, &e);
	json_decref(doc);
	if (ok < 0)
		(void)reply_error(rep, &e);
	else
		answer(w, id, 200, rep);
}

/* A write is confirmed by the camera's name, as everywhere. */
static int
check_confirm(
    struct web *w, int64_t id, enum rescue_task task, const json_t *doc, struct err *e)
{
	struct rescue row;

	if (task != RESCUE_WRITE)
		return 0;
	if (rescue_by_id(w->db, id, &row, e) < 0)
		return -1;
	if (row.camera[0] != '\0' &&
	    strcmp(field_text(doc, "confirm", ""), row.camera) == 0)
		return 0;
	return err_set(e, ERR_USAGE, "confirm",
	    "This changes what is on the camera. Type '%s' into 'confirm' to go on.",
	    row.camera);
}

static int
read_start(struct web *w, const json_t *doc, int64_t id, enum rescue_task *ret_task,
    struct job *j, struct err *e)
{
	if (rescue_task_parse(field_text(doc, "task", ""), ret_task) < 0)
		return err_set(e, ERR_USAGE, "rescue-word",
		    "'task' of a rescue is one of: identify, save, donor, import, "
		    "parts, write");
	if (api_job_read_experimental(doc, j, e) < 0 ||
	    api_job_read_incoming(w, doc, j, e) < 0)
		return -1;
	snprintf(j->file, sizeof(j->file), "%s", field_text(doc, "file", ""));
	j->baud = (unsigned)field_number(doc, "baud", 0);
	return check_confirm(w, id, *ret_task, doc, e);
}

void
api_rescue_start(struct web *w, const struct request *r, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	enum rescue_task task = RESCUE_IDENTIFY;
	struct job j = { .id = 0 };
	json_t *doc;
	int64_t id;
	int ok;

	if (api_param_id(r, "rescue", &id, rep) < 0)
		return;
	if ((doc = field_body(r, start_fields, COUNT(start_fields), &e)) == NULL) {
		(void)reply_error(rep, &e);
		return;
	}
	snprintf(j.asked_by, sizeof(j.asked_by), "%.64s", r->who.name);
	ok = read_start(w, doc, id, &task, &j, &e);
	json_decref(doc);
	if (ok < 0 || rescue_start(w->db, id, task, &j, &e) < 0) {
		(void)reply_error(rep, &e);
		return;
	}
	bell_ring(w->conf->run, "flashd");
	log_info("api", "%s asked for job %lld, %s of rescue %lld", r->who.name,
	    (long long)j.id, rescue_task_name(task), (long long)id);
	answer(w, id, 202, rep);
}

void
api_rescue_remove(struct web *w, const struct request *r, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	json_t *doc = field_body(r, NULL, 0, &e);
	struct rescue row;
	int64_t id;

	if (doc == NULL) {
		(void)reply_error(rep, &e);
		return;
	}
	json_decref(doc);
	if (api_param_id(r, "rescue", &id, rep) < 0)
		return;
	if (rescue_by_id(w->db, id, &row, &e) < 0 || rescue_remove(w->db, id, &e) < 0) {
		(void)reply_error(rep, &e);
		return;
	}
	api_note(w, r, "rescue", row.camera_id, "rescue %lld of %s was forgotten",
	    (long long)id, row.camera);
	reply_empty(rep, 204);
}
