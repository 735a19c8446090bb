/* SPDX-License-Identifier: GPL-3.0-or-later */
/* /jobs: asking for work and looking at it. The work is flashd's. webd's one thread. */
#include "config.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/bell.h"
#include "common/conf.h"
#include "common/log.h"
#include "common/private.h"
#include "common/text.h"
#include "db/camera.h"
#include "db/dump.h"
#include "db/job.h"
#include "db/keep.h"
#include "db/live.h"
#include "db/socket.h"
#include "webd/api.h"
#include "webd/field.h"
#include "common/sentence.h"
#include "webd/web.h"

static const struct field job_fields[] = {
	{ "kind", FIELD_TEXT, FIELD_NEEDED, 1, 16 },
	{ "port", FIELD_TEXT, FIELD_OPTIONAL, 1, 255 },
	{ "camera", FIELD_TEXT, FIELD_OPTIONAL, 1, 32 },
	{ "dump", FIELD_ID, FIELD_OPTIONAL, 1, 64 },
	{ "incoming", FIELD_TEXT, FIELD_OPTIONAL, 32, 32 },
	{ "file", FIELD_TEXT, FIELD_OPTIONAL, 1, 256 },
	{ "identity", FIELD_TEXT, FIELD_OPTIONAL, 1, 7 },
	{ "baud", FIELD_NUMBER, FIELD_OPTIONAL, 0, 3000000 },
	{ "at", FIELD_NUMBER, FIELD_OPTIONAL, 0, 0xffffffff },
	{ "size", FIELD_NUMBER, FIELD_OPTIONAL, 0, 0xffffffff },
	{ "experimental", FIELD_TEXT, FIELD_OPTIONAL, 0, 32 },
	{ "confirm", FIELD_TEXT, FIELD_OPTIONAL, 0, 255 },
	{ "wait", FIELD_BOOL, FIELD_OPTIONAL, 0, 0 },
	{ "force", FIELD_BOOL, FIELD_OPTIONAL, 0, 0 },
};

#define N_JOB_FIELDS (sizeof(job_fields) / sizeof(job_fields[0]))

static const char *const kind_words[] = { "identify", "backup", "verify", "restore",
	"flash", "erase", "import", "remove", "rebuild", "scrub", "recover", NULL };

/* ---- out ---- */

static json_t *
progress_json(struct web *w, int64_t job_id)
{
	struct live_progress p;
	json_t *doc;

	if (live_get_progress(w->live, job_id, &p, NULL) <= 0)
		return json_null();
	doc = json_pack("{s:o,s:I,s:I,s:i,s:o,s:i,s:o,s:o,s:o}", "step",
	    json_text(p.step), "done", (json_int_t)p.done, "total", (json_int_t)p.total,
	    "rate", (int)p.rate, "eta_s",
	    p.eta_s < 0 ? json_null() : json_integer(p.eta_s), "retries",
	    (int)p.retries, "ask", json_text(p.ask), "text", json_text(p.text), "map",
	    json_text(p.map));
	sentence_put_row(doc, p.text, p.text_params);
	return doc;
}

/* "notes_said" beside "notes", in place of "note_params" (flashd/notes.h). */
static void
unpack_notes(json_t *result)
{
	const json_t *notes = json_object_get(result, "notes"),
		     *params = json_object_get(result, "note_params");
	const char *text, *packed;
	json_t *list;
	size_t i;

	if (!json_is_array(notes))
		return;
	list = json_array();
	for (i = 0; i < json_array_size(notes); i++) {
		text = json_string_value(json_array_get(notes, i));
		packed = json_string_value(json_array_get(params, i));
		(void)json_array_append_new(list,
		    sentence_json_row(
			text != NULL ? text : "", packed != NULL ? packed : ""));
	}
	(void)json_object_set_new(result, "notes_said", list);
	(void)json_object_del(result, "note_params");
}

static json_t *
result_json(const struct job *j, bool show_private)
{
	json_t *result = json_loads(j->result, JSON_REJECT_DUPLICATES, NULL);

	if (!json_is_object(result)) {
		json_decref(result);
		result = json_object();
	}
	unpack_notes(result);
	return show_private ? result : private_mask(result);
}

json_t *
api_job_json(struct web *w, const struct job *j, bool show_private)
{
	json_t *doc;

	doc = json_pack(
	    "{s:I,s:s,s:s,s:o,s:o,s:o,s:o,s:o,s:s,s:o,s:i,s:o,s:o,s:o,s:o,s:b,s:b}",
	    "id", (json_int_t)j->id, "kind", job_kind_name(j->kind), "state",
	    job_state_name(j->state), "port", json_text(j->port), "port_name",
	    json_text(j->port_name), "camera", json_text(j->camera), "dump",
	    json_id(j->dump_id), "file", json_text(j->file), "identity", j->identity,
	    "asked_by", json_text(j->asked_by), "code", j->code, "reason",
	    json_text(j->reason), "message", json_text(j->message), "result", result_json(j, show_private),
	    "result_dump", json_id(j->result_dump_id), "touched", j->touched,
	    "cancel_asked", j->cancel_asked);
	if (doc == NULL)
		return NULL;
	sentence_put_row(doc, j->message, j->message_params);
	(void)json_object_set_new(doc, "created_s", json_integer(j->created_s));
	(void)json_object_set_new(doc, "started_s", json_id(j->started_s));
	(void)json_object_set_new(doc, "ended_s", json_id(j->ended_s));
	(void)json_object_set_new(doc, "progress",
	    job_state_is_final(j->state) ? json_null() : progress_json(w, j->id));
	return doc;
}

struct job_walk {
	struct web *w;
	json_t *list;
	bool show_private;
	bool more;		/* there are older ones */
	size_t limit;
};

static bool
add_job(const struct job *j, void *arg)
{
	struct job_walk *walk = arg;

	if (json_array_size(walk->list) == walk->limit) {
		walk->more = true;
		return false;
	}
	(void)json_array_append_new(
	    walk->list, api_job_json(walk->w, j, walk->show_private));
	return true;
}

void
api_jobs(struct web *w, const struct request *r, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	struct job_walk walk = { .w = w };
	uint64_t open_only, limit, before;

	if (api_private(r, &walk.show_private, rep) < 0)
		return;
	if (request_query_number(r, "open", 0, 1, 0, &open_only, &e) < 0 ||
	    request_query_number(r, "limit", 1, API_LIMIT_MAX, 100, &limit, &e) < 0 ||
	    request_query_number(r, "before", 1, INT64_MAX, 0, &before, &e) < 0) {
		(void)reply_error(rep, &e);
		return;
	}
	walk.list = json_array();
	walk.limit = (size_t)limit;
	if (job_each_before(w->db, open_only == 1, (int64_t)before, UINT_MAX, add_job,
		&walk, &e) < 0) {
		json_decref(walk.list);
		(void)reply_error(rep, &e);
		return;
	}
	reply_json(rep, 200, json_pack("{s:o,s:b}", "jobs", walk.list, "more", walk.more));
}

static void
answer_job(struct web *w, int64_t id, int status, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	struct job j;
	json_t *doc;

	if (job_by_id(w->db, id, &j, &e) < 0) {
		(void)reply_error(rep, &e);
		return;
	}
	doc = api_job_json(w, &j, false);
	reply_json(rep, status, json_pack("{s:o}", "job", doc));
}

void
api_job(struct web *w, const struct request *r, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	bool show_private;
	struct job j;
	int64_t id;

	if (api_param_id(r, "job", &id, rep) < 0 ||
	    api_private(r, &show_private, rep) < 0)
		return;
	if (job_by_id(w->db, id, &j, &e) < 0)
		(void)reply_error(rep, &e);
	else
		reply_json(rep, 200, api_job_json(w, &j, show_private));
}

/* ---- in ---- */

static int
read_kind(const json_t *doc, struct job *ret, struct err *e)
{
	const char *word = field_text(doc, "kind", ""), *near;

	if (job_kind_parse(word, &ret->kind) == 0)
		return 0;
	near = text_nearest(word, kind_words);
	return err_set(e, ERR_USAGE, "job-kind",
	    "There is no job '%s'; did you mean '%s'?", word,
	    near != NULL ? near : "backup");
}

static int
read_identity(const json_t *doc, struct job *ret, struct err *e)
{
	const char *word = field_text(doc, "identity", "");

	if (word[0] != '\0' && strcmp(word, "keep") != 0 &&
	    strcmp(word, "donor") != 0 && strcmp(word, "blank") != 0)
		return err_set(e, ERR_USAGE, "identity",
		    "'identity' must be keep, donor or blank.");
	snprintf(ret->identity, sizeof(ret->identity), "%s", word);
	return 0;
}

/* The word is typed by a person who knows that this chip is untried; anything else in
 * its place is a mistake. */
int
api_job_read_experimental(const json_t *doc, struct job *ret, struct err *e)
{
	const char *word = field_text(doc, "experimental", "");

	if (word[0] == '\0')
		return 0;
	if (strcmp(word, "experimental") != 0)
		return err_set(e, ERR_USAGE, "experimental-word",
		    "Type the word experimental, exactly so, to write to a chip that "
		    "nobody has "
		    "reported as working yet.");
	ret->flags |= JOB_FLAG_EXPERIMENTAL;
	return 0;
}

int
api_job_read_incoming(
    struct web *w, const json_t *doc, struct job *ret, struct err *e)
{
	char path[CONF_PATH_MAX + 48];
	const char *name = field_text(doc, "incoming", "");
	uint8_t hex[16];

	if (name[0] == '\0')
		return 0;
	if (text_unhex(name, hex, sizeof(hex)) < 0)
		return err_set(e, ERR_USAGE, "incoming",
		    "'incoming' must be the 32 hex digits that POST /incoming gave.");
	text_hex(hex, sizeof(hex), ret->incoming);
	snprintf(path, sizeof(path), "%s/incoming/%s", w->conf->state, ret->incoming);
	if (access(path, F_OK) == 0)
		return 0;
	return err_set(e, ERR_NOT_FOUND, "incoming-unknown",
	    "There is no file that was sent under this name (any more). Send it again "
	    "with POST /incoming.");
}

static int
read_references(struct web *w, const json_t *doc, struct job *ret, struct err *e)
{
	struct camera c;
	struct dump d;
	char typed[80];

	if (field_has(doc, "port") &&
	    socket_resolve(w->db, w->live, field_text(doc, "port", ""), ret->port,
		sizeof(ret->port), e) < 0)
		return -1;
	if (field_has(doc, "camera")) {
		if (camera_by_name(w->db, field_text(doc, "camera", ""), &c, e) < 0)
			return -1;
		ret->camera_id = c.id;
		snprintf(ret->camera, sizeof(ret->camera), "%s", c.name);
	}
	if (field_has(doc, "dump")) {
		field_id(doc, "dump", typed, sizeof(typed));
		if (dump_resolve(w->db, typed, &d, e) < 0)
			return -1;
		ret->dump_id = d.id;
	}
	return api_job_read_incoming(w, doc, ret, e);
}

/* What goes to the bin is named once more: by its camera, or by its number. */
static int
check_remove(struct web *w, const json_t *doc, const struct job *j, struct err *e)
{
	const char *typed = field_text(doc, "confirm", "");
	struct keep keep;
	char number[24];
	struct dump d;

	if (j->dump_id == 0)
		return err_set(
		    e, ERR_USAGE, "dump-missing", "Say which dump to remove: 'dump'.");
	if (dump_by_id(w->db, j->dump_id, &d, e) < 0 || keep_get(w->db, &keep, e) < 0)
		return -1;
	snprintf(number, sizeof(number), "%lld", (long long)d.id);
	if (strcmp(typed, d.camera[0] != '\0' ? d.camera : number) == 0)
		return 0;
	return err_set(e, ERR_USAGE, "confirm",
	    "The dump goes to the bin and is deleted after %d days. Type '%s' into "
	    "'confirm' to go on.",
	    keep.bin, d.camera[0] != '\0' ? d.camera : number);
}

/* What must be typed: the camera's name, or the port's when no camera is named. */
static int
check_confirm(struct web *w, const json_t *doc, const struct job *j, struct err *e)
{
	const char *typed = field_text(doc, "confirm", ""), *wanted = j->camera;
	struct socket_row row = { .id = 0 };

	if (j->kind == JOB_REMOVE)
		return check_remove(w, doc, j, e);
	if (!job_kind_writes(j->kind))
		return 0;
	if (wanted[0] == '\0') {
		(void)socket_by_path(w->db, j->port, &row, NULL);
		wanted = row.name[0] != '\0' ? row.name : j->port;
	}
	if (wanted[0] != '\0' && strcmp(typed, wanted) == 0)
		return 0;
	return err_set(e, ERR_USAGE, "confirm",
	    "This changes what is on the camera. Type '%s' into 'confirm' to go on.",
	    wanted);
}

static int
read_job(struct web *w, const json_t *doc, bool confirm, struct job *ret, struct err *e)
{
	if (read_kind(doc, ret, e) < 0 || read_identity(doc, ret, e) < 0 ||
	    api_job_read_experimental(doc, ret, e) < 0 ||
	    read_references(w, doc, ret, e) < 0)
		return -1;
	if (confirm && check_confirm(w, doc, ret, e) < 0)
		return -1;
	snprintf(ret->file, sizeof(ret->file), "%s", field_text(doc, "file", ""));
	if (!field_bool(doc, "wait", true))
		ret->flags |= JOB_FLAG_NO_WAIT;
	if (field_bool(doc, "force", false)) {
		if (ret->kind != JOB_REMOVE)
			return err_set(e, ERR_USAGE, "force",
			    "'force' is for removing the last verified dump of a "
			    "camera only.");
		ret->flags |= JOB_FLAG_FORCE;
	}
	ret->baud = (unsigned)field_number(doc, "baud", 0);
	ret->at = field_number(doc, "at", 0);
	ret->size = field_number(doc, "size", 0);
	return 0;
}

int
api_job_read(struct web *w, const struct request *r, bool confirm, struct job *ret,
    struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	json_t *doc = field_body(r, job_fields, N_JOB_FIELDS, &e);
	int ok = -1;

	memset(ret, 0, sizeof(*ret));
	if (doc != NULL)
		ok = read_job(w, doc, confirm, ret, &e);
	json_decref(doc);
	if (ok < 0)
		return reply_error(rep, &e);
	snprintf(ret->asked_by, sizeof(ret->asked_by), "%.64s", r->who.name);
	return 0;
}

void
api_job_add(struct web *w, const struct request *r, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	struct job j;

	if (api_job_read(w, r, true, &j, rep) < 0)
		return;
	if (job_submit(w->db, &j, &e) < 0) {
		(void)reply_error(rep, &e);
		return;
	}
	bell_ring(w->conf->run, "flashd");
	log_info("api", "%s asked for job %lld, %s", r->who.name, (long long)j.id,
	    job_kind_name(j.kind));
	answer_job(w, j.id, 202, rep);
}

/* cancel, resume, give-up: no fields, one call. */
static void
steer(struct web *w, const struct request *r, struct reply *rep,
    int (*fn)(struct db *, int64_t, struct err *))
{
	struct err e = { .code = ERR_NONE };
	json_t *doc = field_body(r, NULL, 0, &e);
	int64_t id;

	if (doc == NULL) {
		(void)reply_error(rep, &e);
		return;
	}
	json_decref(doc);
	if (api_param_id(r, "job", &id, rep) < 0)
		return;
	if (fn(w->db, id, &e) < 0) {
		(void)reply_error(rep, &e);
		/* It made sense, only not in the state that the job is in. */
		if (e.code == ERR_USAGE)
			rep->status = 409;
		return;
	}
	bell_ring(w->conf->run, "flashd");
	answer_job(w, id, 200, rep);
}

void
api_job_cancel(struct web *w, const struct request *r, struct reply *rep)
{
	steer(w, r, rep, job_cancel);
}

void
api_job_resume(struct web *w, const struct request *r, struct reply *rep)
{
	steer(w, r, rep, job_resume);
}

void
api_job_give_up(struct web *w, const struct request *r, struct reply *rep)
{
	steer(w, r, rep, job_give_up);
}

/* ---- its files ---- */

static void
job_file(struct web *w, const struct request *r, const char *suffix, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	char name[40];
	struct job j;
	int64_t id;

	if (api_param_id(r, "job", &id, rep) < 0)
		return;
	if (job_by_id(w->db, id, &j, &e) < 0) {
		(void)reply_error(rep, &e);
		return;
	}
	snprintf(name, sizeof(name), "%lld.%s", (long long)id, suffix);
	api_send_file(w, r, "jobs", name, "text/plain; charset=utf-8", NULL, rep);
}

void
api_job_log(struct web *w, const struct request *r, struct reply *rep)
{
	job_file(w, r, "log", rep);
}

void
api_job_trace(struct web *w, const struct request *r, struct reply *rep)
{
	job_file(w, r, "trace", rep);
}
