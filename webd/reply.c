/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Replies filled in (see request.h). webd's one thread. */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "webd/field.h"
#include "webd/request.h"
#include "common/sentence.h"

static const char type_json[] = "application/json";

void
reply_init(struct reply *r)
{
	memset(r, 0, sizeof(*r));
	r->fd = -1;
}

void
reply_fini(struct reply *r)
{
	if (r->kind == REPLY_BYTES)
		free(r->bytes);
	if (r->fd >= 0)
		close(r->fd);
	if (r->kind == REPLY_STREAM && r->ops != NULL)
		r->ops->gone(r->arg);
	if (r->kind == REPLY_LATER && r->later_gone != NULL)
		r->later_gone(r->later_arg);
	r->kind = REPLY_NONE;
	r->bytes = NULL;
	r->fd = -1;
	r->ops = NULL;
	r->later_gone = NULL;
}

void
reply_header(struct reply *r, const char *name, const char *fmt, ...)
{
	struct reply_header *h;
	va_list ap;

	if (r->n_headers == REPLY_HEADERS_MAX)
		return;
	h = &r->headers[r->n_headers++];
	h->name = name;
	va_start(ap, fmt);
	vsnprintf(h->value, sizeof(h->value), fmt, ap);
	va_end(ap);
}

/* Whatever was decided before is void: an error may replace a half-made reply. */
static void
start(struct reply *r, enum reply_kind kind, int status, const char *type)
{
	/* An answer that comes later replaces only itself. */
	r->later_gone = NULL;
	reply_fini(r);
	r->kind = kind;
	r->status = status;
	r->type = type;
	r->n = 0;
}

void
reply_text(struct reply *r, int status, const char *type, const char *p, size_t n)
{
	start(r, REPLY_BYTES, status, type);
	if ((r->bytes = malloc(n > 0 ? n : 1)) == NULL) {
		r->status = 503;
		return;
	}
	memcpy(r->bytes, p, n);
	r->n = n;
}

void
reply_json(struct reply *r, int status, json_t *doc)
{
	char *text = NULL;

	if (doc != NULL)
		text = json_dumps(doc, JSON_COMPACT | JSON_REAL_PRECISION(9));
	json_decref(doc);
	reply_json_text(r, status, text);
}

void
reply_json_text(struct reply *r, int status, char *text)
{
	start(r, REPLY_BYTES, text != NULL ? status : 503, type_json);
	r->bytes = text;
	r->n = text != NULL ? strlen(text) : 0;
}

void
reply_empty(struct reply *r, int status)
{
	start(r, REPLY_BYTES, status, NULL);
}

void
reply_file(
    struct reply *r, int status, const char *type, int fd, uint64_t at, uint64_t n)
{
	start(r, REPLY_FILE, status, type);
	r->fd = fd;
	r->file_at = at;
	r->file_n = n;
}

void
reply_stream(struct reply *r, const char *type, const struct stream_ops *ops, void *arg)
{
	start(r, REPLY_STREAM, 200, type);
	r->ops = ops;
	r->arg = arg;
}

void
reply_later(struct reply *r, void (*gone)(void *arg), void *arg)
{
	start(r, REPLY_LATER, 0, NULL);
	r->later_gone = gone;
	r->later_arg = arg;
}

static const struct {
	const char *name;
	int status;
} name_status[] = {
	{ "camera-exists", 409 },
	{ "disk-full", 507 },
	{ "setup-done", 404 },
};

static int
status_of(const struct err *e)
{
	size_t i;

	for (i = 0; i < sizeof(name_status) / sizeof(name_status[0]); i++) {
		if (strcmp(name_status[i].name, e->name) == 0)
			return name_status[i].status;
	}
	switch (e->code) {
	case ERR_USAGE:
		return 400;
	case ERR_REFUSED:
	case ERR_MISMATCH:
		return 409;
	case ERR_NOT_FOUND:
		return 404;
	case ERR_LOST:
	case ERR_DOWN:
		return 503;
	case ERR_NONE:
	case ERR_FAILED:
		break;
	}
	return 500;
}

static const char *
name_of(const struct err *e)
{
	if (e->name[0] != '\0')
		return e->name;
	switch (e->code) {
	case ERR_USAGE:
		return "bad-request";
	case ERR_REFUSED:
		return "refused";
	case ERR_NOT_FOUND:
		return "not-found";
	case ERR_LOST:
		return "device-lost";
	case ERR_DOWN:
		return "daemon-down";
	case ERR_MISMATCH:
		return "mismatch";
	case ERR_NONE:
	case ERR_FAILED:
		break;
	}
	return "failed";
}

int
reply_error(struct reply *r, const struct err *e)
{
	json_t *error = json_pack("{s:s,s:o,s:i}", "code", name_of(e), "message",
	    json_text(e->msg), "exit", (int)e->code);

	sentence_put(error, e);
	reply_json(r, status_of(e), json_pack("{s:o}", "error", error));
	return -1;
}

int
reply_fail(struct reply *r, int status, enum err_code code, const char *name,
    const char *fmt, ...)
{
	struct err e = { .code = ERR_NONE };
	va_list ap;

	va_start(ap, fmt);
	(void)err_vset(&e, code, name, fmt, ap);
	va_end(ap);
	(void)reply_error(r, &e);
	if (status != 0)
		r->status = status;
	return -1;
}
