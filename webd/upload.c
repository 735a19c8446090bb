/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Raw bodies into files (see upload.h). webd's one thread. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/conf.h"
#include "common/err.h"
#include "common/file.h"
#include "common/log.h"
#include "common/text.h"
#include "webd/request.h"
#include "webd/upload.h"
#include "webd/web.h"

struct upload {
	struct web *w;
	int dir, fd;
	char name[UPLOAD_NAME_LEN + 1];
	char part[UPLOAD_NAME_LEN + 6];
	uint64_t expected, got;
	bool finished;
	struct err failed;
};

static int
judge_length(const struct request *r, uint64_t max, struct reply *rep)
{
	if (!r->has_length)
		return reply_fail(rep, 411, ERR_USAGE, "length-needed",
		    "An upload must say how long it is (Content-Length).");
	if (r->content_length == 0)
		return reply_fail(
		    rep, 400, ERR_USAGE, "empty-file", "The file is empty.");
	if (r->content_length > max)
		return reply_fail(rep, 413, ERR_USAGE, "file-too-large",
		    "The file must not be larger than %u MiB; this one has %llu bytes.",
		    (unsigned)(max >> 20), (unsigned long long)r->content_length);
	return 0;
}

static int
open_folder(struct upload *u, struct err *e)
{
	char path[CONF_PATH_MAX + 16];

	snprintf(path, sizeof(path), "%s/incoming", u->w->conf->state);
	if (file_mkdir(path, 02770, e) < 0)
		return -1;
	u->dir = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return u->dir < 0 ? err_sys(e, "open '%s'", path) : 0;
}

static int
open_part(struct upload *u, struct err *e)
{
	uint8_t random[UPLOAD_NAME_LEN / 2];
	uint64_t free_bytes;

	if (open_folder(u, e) < 0 || file_free_bytes(u->dir, &free_bytes, e) < 0)
		return -1;
	if (free_bytes < u->expected * 2 + UPLOAD_SPARE_BYTES)
		return err_set(e, ERR_FAILED, "disk-full",
		    "There is too little room on the disk for this file; free some and "
		    "try again.");
	randombytes_buf(random, sizeof(random));
	text_hex(random, sizeof(random), u->name);
	snprintf(u->part, sizeof(u->part), "%s.part", u->name);
	u->fd = openat(u->dir, u->part,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0660);
	return u->fd < 0 ? err_sys(e, "create '%s'", u->part) : 0;
}

int
upload_start(struct web *w, struct request *r, uint64_t max, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	struct upload *u;

	rep->close = true;
	if (judge_length(r, max, rep) < 0)
		return -1;
	if (w->uploads >= UPLOADS_MAX)
		return reply_fail(rep, 503, ERR_FAILED, "busy",
		    "Another file is being sent just now; try again when it is "
		    "through.");
	if ((u = calloc(1, sizeof(*u))) == NULL)
		return reply_fail(
		    rep, 503, ERR_FAILED, "no-memory", "There is no memory left.");
	u->w = w;
	u->dir = u->fd = -1;
	u->expected = r->content_length;
	w->uploads++;
	r->upload = u;
	if (open_part(u, &e) < 0) {
		(void)reply_error(rep, &e);
		return -1;
	}
	rep->close = false;
	return 0;
}

/* errno is that of a write. */
static void
is_full(struct err *e)
{
	if (errno == ENOSPC || errno == EDQUOT || errno == EFBIG)
		err_set(e, ERR_FAILED, "disk-full",
		    "The file could not be kept: %s. Nothing of it is left; free some "
		    "room and send it again.",
		    strerror(errno));
}

void
upload_write(struct upload *u, const void *p, size_t n)
{
	if (u->failed.code != ERR_NONE)
		return;
	if (n > u->expected - u->got)
		err_set(&u->failed, ERR_USAGE, "length-wrong",
		    "The file is longer than it said.");
	else if (file_write_all(u->fd, p, n, &u->failed) == 0)
		u->got += n;
	else
		is_full(&u->failed);
}

int
upload_finish(struct upload *u, char *ret_name, uint64_t *ret_size, struct err *e)
{
	if (u->failed.code != ERR_NONE) {
		*e = u->failed;
		return -1;
	}
	if (u->got != u->expected)
		return err_set(
		    e, ERR_USAGE, "length-wrong", "The file is shorter than it said.");
	/* flashd has a user of its own and moves it on. */
	if (fchmod(u->fd, 0660) < 0 || fsync(u->fd) < 0) {
		err_sys(e, "sync '%s'", u->part);
		is_full(e);
		return -1;
	}
	if (renameat(u->dir, u->part, u->dir, u->name) < 0)
		return err_sys(e, "rename '%s'", u->part);
	u->finished = true;
	if (file_sync_dir(u->dir, e) < 0)
		return -1;
	snprintf(ret_name, UPLOAD_NAME_LEN + 1, "%s", u->name);
	*ret_size = u->got;
	return 0;
}

void
upload_drop(struct upload *u)
{
	if (u == NULL)
		return;
	if (u->fd >= 0)
		close(u->fd);
	if (u->fd >= 0 && !u->finished)
		(void)unlinkat(u->dir, u->part, 0);
	if (u->dir >= 0)
		close(u->dir);
	u->w->uploads--;
	free(u);
}
