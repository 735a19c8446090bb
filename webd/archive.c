/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Saving and loading the whole appliance (see archive.h). webd's one thread, but for the
 * functions that are called on_worker_…. */
#include "config.h"

#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "appliance/load.h"
#include "appliance/save.h"
#include "appliance/seal.h"
#include "common/bell.h"
#include "common/conf.h"
#include "common/file.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/sentence.h"
#include "common/text.h"
#include "db/setting.h"
#include "webd/api.h"
#include "webd/archive.h"
#include "webd/field.h"
#include "webd/password.h"
#include "webd/upload.h"
#include "webd/web.h"
#include "webd/work.h"

#define TICKET_LIFE_US (120ll * 1000000)

struct archives {
	/* A download that waits to be fetched. */
	struct save *save;
	char ticket[65];
	int64_t made_us;
	/* An upload. */
	struct load *load;
	uint64_t got;
	bool busy; /* the worker has it */
	bool planned; /* whole and sound */
};

struct archives *
archives_new(void)
{
	return calloc(1, sizeof(struct archives));
}

void
archives_free(struct archives *a)
{
	if (a == NULL)
		return;
	save_free(a->save);
	/* A worker that did not end in time still has it. */
	if (!a->busy)
		load_free(a->load);
	free(a);
}

static json_t *
body_of(
    const struct request *r, const struct field *fields, size_t n, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	json_t *doc = field_body(r, fields, n, &e);

	if (doc == NULL)
		(void)reply_error(rep, &e);
	return doc;
}

/* ---- saving ---- */

static const struct field save_fields[] = {
	{ "passphrase", FIELD_SECRET, FIELD_OPTIONAL, SEAL_PASSPHRASE_MIN,
	    SEAL_PASSPHRASE_MAX },
	{ "my_password", FIELD_SECRET, FIELD_NEEDED, 1, USER_PASSWORD_MAX },
};

static void
archive_name(char *ret, size_t size, bool sealed)
{
	time_t now = time(NULL);
	struct tm tm;
	char day[32] = "today";

	if (gmtime_r(&now, &tm) != NULL)
		(void)strftime(day, sizeof(day), "%Y%m%d-%H%M", &tm);
	snprintf(ret, size, "camherd-%s.%s", day, sealed ? "sealed" : "tar");
}

static void
save_now(
    struct web *w, const struct request *r, const struct password *p, struct reply *rep)
{
	struct archives *a = w->archives;
	const char *passphrase = field_has(p->doc, "passphrase")
	    ? field_text(p->doc, "passphrase", "")
	    : NULL;
	struct err e = { .code = ERR_NONE };
	uint8_t random[32];
	char name[64];

	save_free(a->save);
	a->save = save_start(w->db, w->conf, conf_file_used(w->conf_file), passphrase, &e);
	if (a->save == NULL) {
		(void)reply_error(rep, &e);
		return;
	}
	randombytes_buf(random, sizeof(random));
	text_hex(random, sizeof(random), a->ticket);
	a->made_us = loop_now_us();
	archive_name(name, sizeof(name), passphrase != NULL);
	api_note(w, r, "archive", 0, "an archive of the appliance was saved%s",
	    passphrase != NULL ? ", sealed" : "");
	reply_json(rep, 201,
	    json_pack("{s:s,s:s,s:I,s:i}", "ticket", a->ticket, "file", name, "bytes",
		(json_int_t)save_total(a->save), "files", (int)save_files(a->save)));
}

void
api_archive_save(struct web *w, const struct request *r, struct reply *rep)
{
	json_t *doc = body_of(r, save_fields, 2, rep);

	if (doc != NULL)
		password_own(w, r, NULL, save_now, doc, rep);
}

/* An end that is none: whoever fetches it sees that it broke off. */
#define BROKEN -2

static ssize_t
on_save_read(void *arg, char *p, size_t max)
{
	struct err e;
	ssize_t n = save_read(arg, p, max, &e);

	if (n < 0)
		log_warnx("archive", "a download broke off: %s", e.msg);
	return n > 0 ? n : n == 0 ? -1 : BROKEN;
}

static void
on_save_gone(void *arg)
{
	save_free(arg);
}

static const struct stream_ops save_ops = {
	on_save_read, on_save_gone, 32 * 1024
};

void
api_archive_fetch(struct web *w, const struct request *r, struct reply *rep)
{
	struct archives *a = w->archives;
	char name[64];

	if (a->save == NULL || strlen(r->param) != strlen(a->ticket) ||
	    sodium_memcmp(r->param, a->ticket, strlen(a->ticket)) != 0 ||
	    loop_now_us() - a->made_us > TICKET_LIFE_US) {
		reply_fail(rep, 404, ERR_NOT_FOUND, "ticket-gone",
		    "This download was fetched already, or is older than two minutes. "
		    "Save the archive once more.");
		return;
	}
	if (r->method == METHOD_HEAD) {
		reply_text(rep, 200, "application/octet-stream", "", 0);
		return;
	}
	reply_stream(rep, "application/octet-stream", &save_ops, a->save);
	a->save = NULL;
	archive_name(name, sizeof(name), false);
	reply_header(rep, "Content-Disposition", "attachment; filename=\"%s\"", name);
}

/* ---- loading: the pieces ---- */

static const struct field load_fields[] = {
	{ "passphrase", FIELD_SECRET, FIELD_OPTIONAL, 1, SEAL_PASSPHRASE_MAX },
};

static int
busy(struct reply *rep)
{
	return reply_fail(rep, 503, ERR_FAILED, "busy",
	    "The last piece of an archive is still being looked at; try again in a "
	    "moment.");
}

void
api_archive_load(struct web *w, const struct request *r, struct reply *rep)
{
	json_t *doc = body_of(r, load_fields, 1, rep);
	struct archives *a = w->archives;
	struct err e = { .code = ERR_NONE };

	if (doc == NULL)
		return;
	if (a->busy) {
		busy(rep);
	} else {
		load_free(a->load);
		a->got = 0;
		a->planned = false;
		a->load = load_start(w->conf->state,
		    field_has(doc, "passphrase") ? field_text(doc, "passphrase", "") : NULL,
		    &e);
		if (a->load == NULL)
			(void)reply_error(rep, &e);
		else
			reply_json(rep, 201, json_pack("{s:s}", "id", load_id(a->load)));
	}
	json_decref(doc);
}

/* The one that is being loaded, and idle. */
static int
find_load(struct web *w, const char *id, struct reply *rep)
{
	struct archives *a = w->archives;

	if (a->load == NULL || strcmp(id, load_id(a->load)) != 0)
		return reply_fail(rep, 404, ERR_NOT_FOUND, "archive-gone",
		    "This archive is not here any more; send it again.");
	return a->busy ? busy(rep) : 0;
}

struct piece {
	struct web *w;
	char path[CONF_PATH_MAX + 60]; /* "" = that was all */
	uint64_t n;
	struct err e;
};

static int
feed(struct load *l, const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC), r = 0;
	uint8_t *block = malloc(SEAL_BLOCK);
	ssize_t n = 0;

	if (fd < 0 || block == NULL) {
		r = err_sys(e, "read the piece of the archive");
	} else {
		while (r == 0 && (n = file_read_full(fd, block, SEAL_BLOCK, e)) > 0)
			r = load_put(l, block, (size_t)n, e);
	}
	if (fd >= 0)
		close(fd);
	free(block);
	return n < 0 ? -1 : r;
}

static void
on_worker_piece(void *arg)
{
	struct piece *p = arg;
	struct load *l = p->w->archives->load;

	if (p->path[0] != '\0')
		(void)feed(l, p->path, &p->e);
	else
		(void)load_finish(l, &p->e);
}

/* After a failure nothing of it is worth keeping. */
static void
answer_piece(void *arg, struct reply *rep)
{
	struct piece *p = arg;
	struct web *w = p->w;
	struct archives *a = w->archives;
	struct err e = { .code = ERR_NONE };
	json_t *plan;

	if (p->e.code != ERR_NONE) {
		(void)reply_error(rep, &p->e);
		if (strcmp(p->e.name, "disk-full") == 0)
			rep->status = 507;
		return;
	}
	if (p->path[0] != '\0') {
		reply_json(rep, 200,
		    json_pack("{s:s,s:I}", "id", load_id(a->load), "got",
			(json_int_t)(a->got + p->n)));
		return;
	}
	plan = load_plan(a->load, w->db, w->conf, conf_file_used(w->conf_file), &e);
	if (plan == NULL)
		(void)reply_error(rep, &e);
	else
		reply_json(rep, 200, plan);
}

static void
drop_piece(void *arg)
{
	struct piece *p = arg;
	struct archives *a = p->w->archives;

	if (p->path[0] != '\0')
		(void)unlink(p->path);
	a->busy = false;
	a->got += p->n;
	a->planned = p->path[0] == '\0' && p->e.code == ERR_NONE;
	if (p->e.code != ERR_NONE) {
		load_free(a->load);
		a->load = NULL;
	}
	free(p);
}

static const struct work_ops piece_ops = { on_worker_piece, answer_piece, drop_piece };

static struct piece *
new_piece(struct web *w, struct reply *rep)
{
	struct piece *p = calloc(1, sizeof(*p));

	if (p == NULL) {
		reply_fail(rep, 503, ERR_FAILED, "no-memory", "There is no memory left.");
		return NULL;
	}
	p->w = w;
	return p;
}

void
api_archive_piece(struct web *w, const struct request *r, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	struct archives *a = w->archives;
	char name[UPLOAD_NAME_LEN + 1];
	struct piece *p;
	uint64_t at;

	if (r->upload == NULL) {
		reply_fail(rep, 411, ERR_USAGE, "length-needed",
		    "An upload must say how long it is (Content-Length).");
		return;
	}
	if (find_load(w, r->param, rep) < 0)
		return;
	if (request_query_number(r, "at", 0, INT64_MAX, 0, &at, &e) < 0) {
		(void)reply_error(rep, &e);
		return;
	}
	if (at != a->got) {
		reply_fail(rep, 409, ERR_REFUSED, "piece-order",
		    "The next piece must begin at byte %llu.", (unsigned long long)a->got);
		return;
	}
	if ((p = new_piece(w, rep)) == NULL)
		return;
	if (upload_finish(r->upload, name, &p->n, &e) < 0) {
		free(p);
		(void)reply_error(rep, &e);
		return;
	}
	snprintf(p->path, sizeof(p->path), "%s/incoming/%s", w->conf->state, name);
	a->busy = true;
	work_give(w->worker, &piece_ops, p, rep);
}

/* ---- loading: the decision ---- */

static const struct field plan_fields[] = {
	{ "id", FIELD_TEXT, FIELD_NEEDED, 32, 32 },
};

void
api_archive_plan(struct web *w, const struct request *r, struct reply *rep)
{
	json_t *doc = body_of(r, plan_fields, 1, rep);
	struct piece *p;

	if (doc == NULL)
		return;
	if (find_load(w, field_text(doc, "id", ""), rep) == 0 &&
	    (p = new_piece(w, rep)) != NULL) {
		w->archives->busy = true;
		work_give(w->worker, &piece_ops, p, rep);
	}
	json_decref(doc);
}

static const struct field commit_fields[] = {
	{ "id", FIELD_TEXT, FIELD_NEEDED, 32, 32 },
	{ "confirm", FIELD_TEXT, FIELD_NEEDED, 1, 64 },
	{ "my_password", FIELD_SECRET, FIELD_NEEDED, 1, USER_PASSWORD_MAX },
};

static void
commit_now(
    struct web *w, const struct request *r, const struct password *p, struct reply *rep)
{
	struct archives *a = w->archives;
	struct err e = { .code = ERR_NONE };
	char id[33];

	if (find_load(w, field_text(p->doc, "id", ""), rep) < 0)
		return;
	if (!a->planned) {
		reply_fail(rep, 409, ERR_REFUSED, "archive-unread",
		    "First ask what this archive would change (POST /archive/plan).");
		return;
	}
	if (load_commit(a->load, w->db, r->who.name, id, &e) < 0) {
		(void)reply_error(rep, &e);
		return;
	}
	load_free(a->load);
	a->load = NULL;
	bell_ring(w->conf->run, "flashd");
	reply_json(rep, 202, json_pack("{s:s}", "id", id));
}

void
api_archive_commit(struct web *w, const struct request *r, struct reply *rep)
{
	json_t *doc = body_of(r, commit_fields, 3, rep);

	if (doc == NULL)
		return;
	if (strcmp(field_text(doc, "confirm", ""), "load") != 0) {
		json_decref(doc);
		reply_fail(rep, 400, ERR_USAGE, "confirm",
		    "Type 'load' to have the archive loaded. Nothing was changed.");
		return;
	}
	password_own(w, r, NULL, commit_now, doc, rep);
}

void
api_archive_forget(struct web *w, const struct request *r, struct reply *rep)
{
	struct archives *a = w->archives;

	if (find_load(w, r->param, rep) < 0)
		return;
	load_free(a->load);
	a->load = NULL;
	reply_empty(rep, 204);
}

/* What became of the last one, and whether one is under way. */
void
api_archive(struct web *w, const struct request *r, struct reply *rep)
{
	char path[CONF_PATH_MAX + 20], text[LOAD_RESULT_MAX];
	struct err e = { .code = ERR_NONE };
	const char *message, *packed;
	json_t *result;

	(void)r;
	if (setting_get(w->db, LOAD_RESULT_KEY, "", text, sizeof(text), &e) < 0) {
		(void)reply_error(rep, &e);
		return;
	}
	snprintf(path, sizeof(path), "%s/" LOAD_READY, w->conf->state);
	result = json_loads(text, 0, NULL);
	if (json_is_object(result)) {
		message = json_string_value(json_object_get(result, "message"));
		packed = json_string_value(json_object_get(result, "message_params"));
		sentence_put_row(result, message != NULL ? message : "",
		    packed != NULL ? packed : "");
		(void)json_object_del(result, "message_params");
	}
	reply_json(rep, 200,
	    json_pack("{s:b,s:o}", "under_way", access(path, F_OK) == 0, "result",
		result != NULL ? result : json_null()));
}
