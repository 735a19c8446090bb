/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the handlers of the API share (see api.h). webd's one thread. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/conf.h"
#include "common/err.h"
#include "common/log.h"
#include "common/text.h"
#include "db/event.h"
#include "webd/api.h"
#include "webd/web.h"

int
api_param_id(const struct request *r, const char *what, int64_t *ret, struct reply *rep)
{
	uint64_t id;

	if (text_number(r->param, 1, INT64_MAX, false, &id) < 0)
		return reply_fail(rep, 404, ERR_NOT_FOUND, "not-found",
		    "There is no such %s: its id is a number.", what);
	*ret = (int64_t)id;
	return 0;
}

int
api_page_read(const struct request *r, struct api_page *ret, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };

	*ret = (struct api_page) { .n = 0 };
	if (request_query_number(
		r, "limit", 1, API_LIMIT_MAX, API_LIMIT_MAX, &ret->limit, &e) == 0 &&
	    request_query_number(r, "skip", 0, 1000000, 0, &ret->skip, &e) == 0)
		return 0;
	return reply_error(rep, &e);
}

bool
api_page_takes(struct api_page *p)
{
	if (p->skip > 0) {
		p->skip--;
		return false;
	}
	p->more = p->n == p->limit;
	p->n += !p->more;
	return !p->more;
}

void
api_page_reply(
    const struct api_page *p, const char *name, json_t *list, struct reply *rep)
{
	reply_json(rep, 200, json_pack("{s:o,s:b}", name, list, "more", (int)p->more));
}

int
api_private(const struct request *r, bool *ret, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	uint64_t asked;

	if (request_query_number(r, "private", 0, 1, 0, &asked, &e) < 0)
		return reply_error(rep, &e);
	*ret = asked == 1;
	if (!*ret || r->who.role == ROLE_ADMIN)
		return 0;
	return reply_fail(rep, 403, ERR_REFUSED, "admin-only",
	    "Only an admin may see whole MACs and chip ids. Ask without 'private'.");
}

void
api_note(struct web *w, const struct request *r, const char *kind, int64_t camera_id,
    const char *fmt, ...)
{
	struct err e = { .code = ERR_NONE }, said;
	va_list ap;

	va_start(ap, fmt);
	(void)err_vset(&said, ERR_NONE, "", fmt, ap);
	va_end(ap);
	if (event_row_say(w->db, kind, camera_id, 0, r->who.name, &said, &e) < 0)
		log_warnx("api", "history: %s", e.msg);
}

/* "bytes=A-B", "bytes=A-" or "bytes=-N" of n bytes. 1 = a range, 0 = none that we
 * serve (then the whole), -1 = outside. */
static int
read_range(const char *header, uint64_t n, uint64_t *ret_at, uint64_t *ret_n)
{
	char first[24], last[24];
	uint64_t a = 0, b = n - 1;
	const char *dash;

	if (header == NULL || strncmp(header, "bytes=", 6) != 0 ||
	    strchr(header, ',') != NULL || (dash = strchr(header, '-')) == NULL)
		return 0;
	if (dash - header - 6 >= (ptrdiff_t)sizeof(first) ||
	    strlen(dash + 1) >= sizeof(last))
		return 0;
	snprintf(first, sizeof(first), "%.*s", (int)(dash - header - 6), header + 6);
	snprintf(last, sizeof(last), "%s", dash + 1);
	if (first[0] == '\0') {
		if (text_number(last, 0, UINT64_MAX, false, &b) < 0)
			return 0;
		if (b == 0 || n == 0)
			return -1;
		*ret_n = b < n ? b : n;
		*ret_at = n - *ret_n;
		return 1;
	}
	if (text_number(first, 0, UINT64_MAX, false, &a) < 0 ||
	    (last[0] != '\0' && text_number(last, a, UINT64_MAX, false, &b) < 0))
		return 0;
	if (a >= n)
		return -1;
	if (b >= n)
		b = n - 1;
	*ret_at = a;
	*ret_n = b - a + 1;
	return 1;
}

static void
send_fd(const struct request *r, int fd, uint64_t n, const char *type, const char *etag,
    struct reply *rep)
{
	uint64_t at = 0, take = n;
	/* A range of another file than the one meant would be garbage. */
	bool same = r->if_none_match != NULL && etag != NULL &&
	    strstr(r->if_none_match, etag) != NULL;
	bool stale =
	    r->if_range != NULL && (etag == NULL || strcmp(r->if_range, etag) != 0);
	int range = stale ? 0 : read_range(r->range, n, &at, &take);

	if (same) {
		close(fd);
		reply_empty(rep, 304);
		reply_header(rep, "ETag", "%s", etag);
		return;
	}
	if (range < 0) {
		close(fd);
		reply_fail(rep, 416, ERR_USAGE, "bad-range", "The file has %llu bytes.",
		    (unsigned long long)n);
		reply_header(
		    rep, "Content-Range", "bytes */%llu", (unsigned long long)n);
		return;
	}
	reply_file(rep, range > 0 ? 206 : 200, type, fd, at, take);
	reply_header(rep, "Accept-Ranges", "bytes");
	if (range > 0)
		reply_header(rep, "Content-Range", "bytes %llu-%llu/%llu",
		    (unsigned long long)at, (unsigned long long)(at + take - 1),
		    (unsigned long long)n);
	if (etag != NULL)
		reply_header(rep, "ETag", "%s", etag);
}

void
api_send_file(struct web *w, const struct request *r, const char *folder,
    const char *name, const char *type, const char *etag, struct reply *rep)
{
	char path[CONF_PATH_MAX + 16];
	struct stat st;
	int dir, fd;

	snprintf(path, sizeof(path), "%s/%s", w->conf->state, folder);
	dir = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	fd = dir < 0
	    ? -1
	    : openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 && errno != ENOENT)
		log_warn("api", "open '%s/%s'", path, name);
	if (dir >= 0)
		close(dir);
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		if (fd >= 0)
			close(fd);
		reply_fail(rep, 404, ERR_NOT_FOUND, "file-missing",
		    "There is no such file (yet).");
		return;
	}
	send_fd(r, fd, (uint64_t)st.st_size, type, etag, rep);
}
