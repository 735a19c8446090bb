/* SPDX-License-Identifier: GPL-3.0-or-later */
/* /rescues/{id}/report and /bundle: what of a rescue can be shown to other people. The
 * handlers take the rows and the draft of the report, the worker looks into the dumps for
 * what must not stand in it, and puts the archive together. webd's main thread and its
 * worker. */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/conf.h"
#include "common/file.h"
#include "common/log.h"
#include "common/text.h"
#include "common/words.h"
#include "db/photo.h"
#include "db/rescue.h"
#include "image/photo_jpeg.h"
#include "image/redact.h"
#include "image/secrets.h"
#include "webd/api.h"
#include "webd/nameless.h"
#include "webd/web.h"
#include "webd/work.h"
#include "webd/zip.h"

#define SPARE_BYTES (1024u * 1024) /* the report, maps, the directory */

struct pack_photo {
	char file[PHOTO_FILE_LEN + 1];
	char name[48]; /* in the archive */
	uint64_t size;
};

struct pack {
	int64_t id;
	char state[CONF_PATH_MAX];
	char *draft, *report;
	struct rescue_dump dumps[RESCUE_DUMPS];
	unsigned n_dumps;
	bool whole; /* the archive, not the report alone */
	struct pack_photo photos[PHOTO_EACH_MAX];
	unsigned n_photos;
	int fd;
	uint64_t n_fd;
	struct err e, why; /* why: for the log */
};

/* ---- on the worker ---- */

static int
read_dump(struct pack *k, unsigned i, uint8_t **ret, size_t *ret_n)
{
	const struct dump *d = &k->dumps[i].row;
	char path[CONF_PATH_MAX + 80];
	uint8_t hash[32];

	/* A row is foreign input: its hash must be one before it becomes a path. */
	if (text_unhex(d->sha256, hash, sizeof(hash)) < 0)
		return err_set(
		    &k->e, ERR_FAILED, "bad-row", "The dump's row holds no hash.");
	snprintf(path, sizeof(path), "%s/dumps/%s.bin", k->state, d->sha256);
	if (file_get(AT_FDCWD, path, IMAGE_BYTES_MAX, ret, ret_n, &k->why) == 0)
		return 0;
	return err_set(&k->e, ERR_NOT_FOUND, "file-missing",
	    "The file of dump %lld cannot be read, so it is not known what must be "
	    "blanked. 'camherd dump rebuild' looks for it.",
	    (long long)d->id);
}

static int
make_report(struct pack *k)
{
	struct words secrets = { .v = NULL };
	uint8_t *p;
	size_t n;
	unsigned i;
	int r = 0;

	for (i = 0; i < k->n_dumps && r == 0; i++) {
		if ((r = read_dump(k, i, &p, &n)) < 0)
			break;
		r = image_secrets(p, n, &secrets, &k->e);
		free(p);
	}
	if (r == 0)
		r = rescue_report_clean(k->draft, &secrets, &k->report, &k->e);
	words_fini(&secrets);
	return r;
}

/* The sections as a table for people. */
static char *
map_text(const uint8_t *p, size_t n, struct err *e)
{
	struct image_map *map = malloc(sizeof(*map));
	const struct image_section *s;
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	unsigned i;

	if (map != NULL && f != NULL && image_map(p, n, map, e) == 0) {
		fprintf(f, "%-12s %10s %10s %10s  %s\n", "section", "offset", "size",
		    "load", "checksums");
		for (i = 0; i < map->n_sections; i++) {
			s = &map->sections[i];
			fprintf(f, "%-12s %#10x %10u %#10x  %s\n", s->name, s->offset,
			    s->size, s->load,
			    !s->header_ok	? "header wrong"
				: !s->data_ok	? "data wrong"
						: "right");
		}
		fprintf(f, "%s%s%zu bytes in all\n", map->chain_error.msg,
		    map->chain_error.msg[0] != '\0' ? "\n" : "", n);
	}
	free(map);
	if (f != NULL && fclose(f) == 0)
		return text;
	free(text);
	return NULL;
}

static int
add_text(struct zip *z, const char *name, const char *text, struct err *e)
{
	return zip_add(z, name, text, strlen(text), e);
}

/* A redacted copy and its map. */
static int
add_dump(struct pack *k, unsigned i, struct zip *z)
{
	const struct redact_options options = { .keep_mac = false };
	struct redact_report *report = malloc(sizeof(*report));
	const char *what = k->dumps[i].what;
	char name[ZIP_NAME_MAX], *map = NULL;
	uint8_t *p = NULL;
	size_t n;
	int r = -1;

	if (report == NULL)
		err_sys(&k->e, "memory for the copy");
	else if (read_dump(k, i, &p, &n) == 0 &&
	    image_redact(p, n, &options, report, &k->e) == 0) {
		snprintf(name, sizeof(name), "%s-redacted.bin", what);
		r = zip_add(z, name, p, n, &k->e);
		snprintf(name, sizeof(name), "%s-map.txt", what);
		if (r == 0 && (map = map_text(p, n, &k->e)) != NULL)
			r = add_text(z, name, map, &k->e);
	}
	free(map);
	free(p);
	free(report);
	return r;
}

/* One that was removed meanwhile is left out. */
static int
add_photo(struct pack *k, const struct pack_photo *photo, struct zip *z)
{
	char path[CONF_PATH_MAX + PHOTO_PATH_MAX + 16], tail[PHOTO_PATH_MAX];
	uint8_t *p = NULL;
	size_t n;
	int r;

	snprintf(path, sizeof(path), "%s/%s/%s", k->state, PHOTO_FOLDER,
	    photo_file_path(photo->file, false, tail));
	if (file_get(AT_FDCWD, path, PHOTO_JPEG_BYTES_MAX, &p, &n, NULL) < 0)
		return 0;
	r = zip_add(z, photo->name, p, n, &k->e);
	free(p);
	return r;
}

static int
fill(struct pack *k, struct zip *z)
{
	unsigned i;

	if (add_text(z, "report.txt", k->report, &k->e) < 0)
		return -1;
	for (i = 0; i < k->n_dumps; i++)
		if (add_dump(k, i, z) < 0)
			return -1;
	for (i = 0; i < k->n_photos; i++)
		if (add_photo(k, &k->photos[i], z) < 0)
			return -1;
	return zip_end(z, &k->n_fd, &k->e);
}

static void
make_archive(struct pack *k)
{
	struct zip *z = malloc(sizeof(*z));
	uint64_t n = SPARE_BYTES;
	unsigned i;
	int fd = -1;

	for (i = 0; i < k->n_dumps; i++)
		n += k->dumps[i].row.size;
	for (i = 0; i < k->n_photos; i++)
		n += k->photos[i].size;
	if (z == NULL)
		err_sys(&k->e, "memory for the archive");
	else if ((fd = nameless_open(k->state, n, &k->e)) >= 0) {
		zip_start(z, fd);
		if (fill(k, z) == 0)
			k->fd = fd;
		else
			close(fd);
	}
	free(z);
}

static void
pack_run(void *arg)
{
	struct pack *k = arg;

	if (make_report(k) == 0 && k->whole)
		make_archive(k);
}

/* ---- the answer ---- */

static void
pack_answer(void *arg, struct reply *rep)
{
	struct pack *k = arg;

	if (k->why.code != ERR_NONE)
		log_warnx("api", "%s", k->why.msg);
	if (k->e.code != ERR_NONE) {
		(void)reply_error(rep, &k->e);
		return;
	}
	if (!k->whole) {
		reply_text(rep, 200, "text/plain; charset=utf-8", k->report,
		    strlen(k->report));
		return;
	}
	reply_file(rep, 200, "application/zip", k->fd, 0, k->n_fd);
	reply_header(rep, "Content-Disposition",
	    "attachment; filename=\"camherd-rescue-%lld.zip\"", (long long)k->id);
	k->fd = -1;
}

static void
pack_drop(void *arg)
{
	struct pack *k = arg;

	if (k->fd >= 0)
		close(k->fd);
	free(k->draft);
	free(k->report);
	free(k);
}

static const struct work_ops pack_ops = { pack_run, pack_answer, pack_drop };

static bool
take_photo(const struct photo *p, void *arg)
{
	struct pack *k = arg;
	struct pack_photo *to = &k->photos[k->n_photos];

	if (k->n_photos == PHOTO_EACH_MAX)
		return false;
	memcpy(to->file, p->file, sizeof(to->file));
	to->size = p->size;
	snprintf(to->name, sizeof(to->name), "photo-%02u-%s.jpg", k->n_photos + 1,
	    p->about[0] != '\0' ? p->about : "other");
	k->n_photos++;
	return true;
}

static int
take_rows(struct web *w, struct pack *k, struct err *e)
{
	struct photo_filter filter = { .limit = PHOTO_EACH_MAX };
	struct rescue r;

	if (rescue_by_id(w->db, k->id, &r, e) < 0 ||
	    rescue_report_draft(w->db, k->state, k->id, &k->draft, e) < 0)
		return -1;
	k->n_dumps = rescue_dumps(w->db, &r, k->dumps);
	if (!k->whole || (filter.camera_id = r.camera_id) == 0)
		return 0;
	return photo_each(w->db, &filter, take_photo, k, e);
}

static void
give(struct web *w, const struct request *r, bool whole, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	struct pack *k;
	int64_t id;

	if (api_param_id(r, "rescue", &id, rep) < 0)
		return;
	if ((k = calloc(1, sizeof(*k))) == NULL) {
		reply_fail(
		    rep, 503, ERR_FAILED, "no-memory", "There is no memory left.");
		return;
	}
	k->id = id;
	k->whole = whole;
	k->fd = -1;
	snprintf(k->state, sizeof(k->state), "%s", w->conf->state);
	if (take_rows(w, k, &e) < 0) {
		(void)reply_error(rep, &e);
		pack_drop(k);
		return;
	}
	work_give(w->worker, &pack_ops, k, rep);
}

void
api_rescue_report(struct web *w, const struct request *r, struct reply *rep)
{
	give(w, r, false, rep);
}

void
api_rescue_bundle(struct web *w, const struct request *r, struct reply *rep)
{
	give(w, r, true, rep);
}
