/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Looking into dumps (see look.h). look_run() is the worker's, all else the main
 * thread's. */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/file.h"
#include "common/log.h"
#include "common/text.h"
#include "image/image.h"
#include "webd/api.h"
#include "webd/look.h"
#include "webd/web.h"
#include "webd/work.h"

int
look_row(struct web *w, const struct request *r, struct dump *ret, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	int64_t id;

	if (api_param_id(r, "dump", &id, rep) < 0)
		return -1;
	return dump_by_id(w->db, id, ret, &e) < 0 ? reply_error(rep, &e) : 0;
}

int
look_row_of(struct web *w, const struct request *r, const char *key, struct dump *ret,
    struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	char typed[80];

	if (request_query(r, key, typed, sizeof(typed)) <= 0)
		return reply_fail(rep, 400, ERR_USAGE, "bad-query",
		    "Say which other dump is meant: '%s' is its number.", key);
	return dump_resolve(w->db, typed, ret, &e) < 0 ? reply_error(rep, &e) : 0;
}

/* A row is foreign input: its hash must be one before it becomes a path. */
static int
name_file(
    const struct web *w, const struct dump *d, struct look_file *ret, struct err *e)
{
	uint8_t hash[32];

	if (text_unhex(d->sha256, hash, sizeof(hash)) < 0)
		return err_set(
		    e, ERR_FAILED, "bad-row", "The dump's row holds no hash.");
	ret->row = *d;
	snprintf(
	    ret->path, sizeof(ret->path), "%s/dumps/%s.bin", w->conf->state, d->sha256);
	return 0;
}

static void
look_drop(void *arg)
{
	struct look *l = arg;

	free(l->a.p);
	free(l->b.p);
	free(l->opt);
	json_decref(l->doc);
	free(l->text);
	if (l->fd >= 0)
		close(l->fd);
	free(l);
}

static struct look *
make(look_fn *fn, size_t opt_size, struct reply *rep)
{
	struct look *l = calloc(1, sizeof(*l));

	if (l != NULL) {
		l->fd = -1;
		l->fn = fn;
		l->opt = calloc(1, opt_size > 0 ? opt_size : 1);
	}
	if (l == NULL || l->opt == NULL) {
		if (l != NULL)
			look_drop(l);
		reply_fail(
		    rep, 503, ERR_FAILED, "no-memory", "There is no memory left.");
		return NULL;
	}
	return l;
}

struct look *
look_new(const struct web *w, const struct dump *a, const struct dump *b, look_fn *fn,
    size_t opt_size, struct reply *rep)
{
	struct look *l = make(fn, opt_size, rep);
	struct err e = { .code = ERR_NONE };

	if (l == NULL)
		return NULL;
	if (name_file(w, a, &l->a, &e) == 0 &&
	    (b == NULL || name_file(w, b, &l->b, &e) == 0))
		return l;
	look_refuse(l, &e, rep);
	return NULL;
}

struct look *
look_new_file(const struct web *w, const char *path, const struct dump *b, look_fn *fn,
    size_t opt_size, struct reply *rep)
{
	struct look *l = make(fn, opt_size, rep);
	struct err e = { .code = ERR_NONE };

	if (l == NULL)
		return NULL;
	l->a.row.id = -1;
	snprintf(l->a.path, sizeof(l->a.path), "%s", path);
	if (b == NULL || name_file(w, b, &l->b, &e) == 0)
		return l;
	look_refuse(l, &e, rep);
	return NULL;
}

void
look_refuse(struct look *l, const struct err *e, struct reply *rep)
{
	(void)reply_error(rep, e);
	look_drop(l);
}

/* The tag needs no secret and no length limit on what it stands for: two hashes cut
 * short, what was asked, and who made the answer. */
void
look_keep(struct look *l, const char *words)
{
	snprintf(l->etag, sizeof(l->etag), "\"%.16s%s%.16s-%s-%s\"", l->a.row.sha256,
	    l->b.row.id != 0 ? "-" : "", l->b.row.id != 0 ? l->b.row.sha256 : "", words,
	    PACKAGE_VERSION);
}

/* ---- on the worker ---- */

static int
read_file(struct look *l, struct look_file *f)
{
	if (f->row.id == 0)
		return 0;
	if (file_get(AT_FDCWD, f->path, IMAGE_BYTES_MAX, &f->p, &f->n, &l->why) == 0)
		return 0;
	if (f->row.id < 0)
		return err_set(&l->e, ERR_NOT_FOUND, "file-missing",
		    "The file to write cannot be read. Send it again, or choose a "
		    "dump.");
	return err_set(&l->e, ERR_NOT_FOUND, "file-missing",
	    "The file of dump %lld cannot be read. 'camherd dump rebuild' looks for "
	    "it.",
	    (long long)f->row.id);
}

static void
look_run(void *arg)
{
	struct look *l = arg;

	if (read_file(l, &l->a) == 0 && read_file(l, &l->b) == 0) {
		l->doc = l->fn(l, &l->e);
		if (l->doc != NULL)
			l->text = json_dumps(l->doc, JSON_COMPACT);
		else if (l->fd < 0 && l->e.code == ERR_NONE)
			err_set(&l->e, ERR_FAILED, "no-memory",
			    "There is no memory left for this.");
	}
	/* The bytes go at once: the answer may wait for its client. */
	free(l->a.p);
	free(l->b.p);
	json_decref(l->doc);
	l->a.p = l->b.p = NULL;
	l->doc = NULL;
}

/* ---- the answer ---- */

static void
answer_headers(const struct look *l, struct reply *rep)
{
	if (l->etag[0] != '\0') {
		/* Kept by this browser alone, asked for by its tag each time. */
		rep->cacheable = true;
		reply_header(rep, "ETag", "%s", l->etag);
		reply_header(rep, "Cache-Control", "private, no-cache");
	}
	if (rep->kind == REPLY_FILE)
		reply_header(
		    rep, "Content-Disposition", "attachment; filename=\"%s\"", l->file);
}

static void
look_answer(void *arg, struct reply *rep)
{
	struct look *l = arg;

	if (l->why.code != ERR_NONE)
		log_warnx("api", "%s", l->why.msg);
	if (l->done != NULL)
		l->done(l->web, l);
	if (l->e.code != ERR_NONE) {
		(void)reply_error(rep, &l->e);
		return;
	}
	if (l->fd >= 0) {
		reply_file(rep, 200, "application/octet-stream", l->fd, 0, l->n_fd);
		l->fd = -1;
	} else {
		reply_json_text(rep, 200, l->text);
		l->text = NULL;
	}
	answer_headers(l, rep);
}

static const struct work_ops look_ops = { look_run, look_answer, look_drop };

void
look_give(struct web *w, const struct request *r, struct look *l, struct reply *rep)
{
	if (l->etag[0] != '\0' && r->if_none_match != NULL &&
	    strstr(r->if_none_match, l->etag) != NULL) {
		reply_empty(rep, 304);
		answer_headers(l, rep);
		look_drop(l);
		return;
	}
	l->web = w;
	work_give(w->worker, &look_ops, l, rep);
}
