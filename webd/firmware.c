/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Firmware of cameras and of their siblings (see firmware.h). look_run() is the worker's,
 * all else the main thread's. */
#include "config.h"

#include <fcntl.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf.h"
#include "common/err.h"
#include "common/file.h"
#include "common/text.h"
#include "db/camera.h"
#include "db/db.h"
#include "db/dump.h"
#include "image/found.h"
#include "image/image.h"
#include "webd/events.h"
#include "webd/field.h"
#include "webd/firmware.h"
#include "webd/web.h"
#include "webd/work.h"

#define KEPT_MAX 1024 /* dumps; the oldest goes */
#define PARTS_MAX 12
#define CAMERAS_MAX 1000

struct part {
	char name[16];
	uint32_t size;
	uint64_t print; /* of its bytes */
};

struct firmware {
	char sha256[65];
	bool looked; /* else it is still to be done */
	char label[48]; /* a version that stands in it, or "" */
	unsigned n; /* sections; 0 = no firmware is known */
	struct part parts[PARTS_MAX];
	uint64_t print; /* of them all */
};

struct firmwares {
	struct web *w;
	struct firmware kept[KEPT_MAX];
	unsigned n, oldest;
	bool busy; /* the worker has one */
	int64_t count;
	struct herd *herd; /* as it was … */
	int64_t herd_of[2]; /* … at this state of the inventory, and this count */
};

struct firmwares *
firmwares_new(struct web *w)
{
	struct firmwares *f = calloc(1, sizeof(*f));

	if (f != NULL)
		f->w = w;
	return f;
}

void
firmwares_free(struct firmwares *f)
{
	if (f == NULL)
		return;
	free(f->herd);
	free(f);
}

int64_t
firmwares_count(const struct firmwares *f)
{
	return f != NULL ? f->count : 0;
}

/* ---- on the worker: one dump ---- */

struct fw_look {
	struct firmwares *f;
	char path[CONF_PATH_MAX + 80];
	bool ran;
	struct firmware found;
};

static uint64_t
print_of(const void *p, size_t n)
{
	uint8_t hash[crypto_generichash_BYTES_MIN];
	uint64_t ret;

	(void)crypto_generichash(hash, sizeof(hash), p, n, NULL, 0);
	memcpy(&ret, hash, sizeof(ret));
	return ret;
}

static void
take_sections(struct firmware *fw, const uint8_t *p, size_t n, const struct image_map *m)
{
	const struct image_section *s;
	struct part *to;
	unsigned i;

	for (i = 0; m->has_boot && i < m->n_sections && fw->n < PARTS_MAX; i++) {
		s = &m->sections[i];
		if (s->offset >= n)
			continue;
		to = &fw->parts[fw->n++];
		snprintf(to->name, sizeof(to->name), "%s", s->name);
		to->size = s->size;
		to->print = print_of(p + s->offset,
		    s->size < n - s->offset ? s->size : n - s->offset);
	}
	fw->print = print_of(fw->parts, sizeof(fw->parts));
}

/* The first version that stands in a section says what people call it. */
static void
take_label(struct firmware *fw, const uint8_t *p, size_t n, const struct image_map *m)
{
	struct found_list *list = malloc(sizeof(*list));
	unsigned i;

	if (list == NULL)
		return;
	found_scan(p, n, m, list);
	for (i = 0; i < list->n && fw->label[0] == '\0'; i++) {
		if (list->items[i].kind == FOUND_VERSION && list->items[i].at < m->end)
			(void)found_text(
			    &list->items[i], true, fw->label, sizeof(fw->label));
	}
	free(list);
}

static void
look_run(void *arg)
{
	struct fw_look *l = arg;
	struct image_map *m = malloc(sizeof(*m));
	uint8_t *p = NULL;
	size_t n = 0;

	l->ran = true;
	if (m != NULL &&
	    file_get(AT_FDCWD, l->path, IMAGE_BYTES_MAX, &p, &n, NULL) == 0 &&
	    image_map(p, n, m, NULL) == 0) {
		take_sections(&l->found, p, n, m);
		if (l->found.n > 0)
			take_label(&l->found, p, n, m);
	}
	free(p);
	free(m);
}

/* ---- main thread ---- */

static bool look_next(struct firmwares *f);

static void
look_drop(void *arg)
{
	struct fw_look *l = arg;
	struct firmwares *f = l->f;
	unsigned i;

	bool ran = l->ran;

	f->busy = false;
	for (i = 0; ran && i < f->n; i++) {
		if (strcmp(f->kept[i].sha256, l->found.sha256) == 0) {
			f->kept[i] = l->found;
			f->kept[i].looked = true;
		}
	}
	free(l);
	f->count++;
	/* Too much else waits: the next who asks for cameras begins again. */
	if (!ran || !look_next(f))
		events_changed(f->w->events);
}

static const struct work_ops fw_ops = { look_run, NULL, look_drop };

/* One at a time, so that people's own questions wait for one look at most. False: there
 * is nothing to do. */
static bool
look_next(struct firmwares *f)
{
	struct fw_look *l;
	unsigned i;

	for (i = 0; i < f->n && f->kept[i].looked; i++)
		continue;
	if (i == f->n)
		return false;
	if (f->busy || (l = calloc(1, sizeof(*l))) == NULL)
		return true;
	f->busy = true;
	l->f = f;
	memcpy(l->found.sha256, f->kept[i].sha256, sizeof(l->found.sha256));
	snprintf(l->path, sizeof(l->path), "%s/dumps/%s.bin", f->w->conf->state,
	    f->kept[i].sha256);
	work_quietly(f->w->worker, &fw_ops, l);
	return true;
}

/* What is known of these bytes; NULL = nothing yet, and they will be looked into. */
static const struct firmware *
known(struct firmwares *f, const char *sha256)
{
	uint8_t hash[32];
	struct firmware *fw;
	unsigned i;

	for (i = 0; i < f->n; i++) {
		if (strcmp(f->kept[i].sha256, sha256) == 0)
			return f->kept[i].looked ? &f->kept[i] : NULL;
	}
	/* A row is foreign input: its hash must be one before it becomes a path. */
	if (text_unhex(sha256, hash, sizeof(hash)) < 0)
		return NULL;
	fw = &f->kept[f->n < KEPT_MAX ? f->n++ : f->oldest++ % KEPT_MAX];
	memset(fw, 0, sizeof(*fw));
	snprintf(fw->sha256, sizeof(fw->sha256), "%s", sha256);
	return NULL;
}

/* ---- the herd ---- */

struct row {
	int64_t id;
	char name[33];
	char chip[33], jedec[17];	/* of its newest dump, else as it is known */
	char newest_sha256[65];
	uint64_t size;
	int64_t backup_id, backup_s;	/* the newest that was read here; 0 = none */
	bool backup_verified;
	uint64_t kind;			/* the same for siblings; 0 = unknown */
	struct firmware fw;
	unsigned same;			/* siblings with the same firmware */
	const struct row *other;	/* a sibling that has what most have */
};

struct herd {
	struct firmwares *f;
	unsigned n;
	struct row rows[CAMERAS_MAX];
};

static bool
add_row(const struct camera *c, void *arg)
{
	struct herd *h = arg;
	struct row *to;

	if (h->n == CAMERAS_MAX)
		return false;
	to = &h->rows[h->n++];
	to->id = c->id;
	snprintf(to->name, sizeof(to->name), "%s", c->name);
	snprintf(to->chip, sizeof(to->chip), "%s", c->chip);
	snprintf(to->jedec, sizeof(to->jedec), "%s", c->jedec);
	return true;
}

static const struct row *
row_of(const struct herd *h, int64_t camera_id)
{
	unsigned i;

	for (i = 0; h != NULL && i < h->n; i++) {
		if (h->rows[i].id == camera_id)
			return &h->rows[i];
	}
	return NULL;
}

/* Newest first: the first of each camera counts. */
static void
add_dump(const struct dump_brief *d, void *arg)
{
	struct herd *h = arg;
	const struct row *found;
	struct row *to;

	if (d->missing || d->camera_id == 0 ||
	    (found = row_of(h, d->camera_id)) == NULL)
		return;
	to = &h->rows[found - h->rows];
	if (to->backup_id == 0 && !d->import) {
		to->backup_id = d->id;
		to->backup_s = d->created_s;
		to->backup_verified = d->verified;
	}
	if (to->newest_sha256[0] != '\0' || d->damaged)
		return;
	memcpy(to->newest_sha256, d->sha256, sizeof(to->newest_sha256));
	to->size = d->size;
	if (d->chip[0] != '\0')
		memcpy(to->chip, d->chip, sizeof(to->chip));
	if (d->jedec[0] != '\0')
		memcpy(to->jedec, d->jedec, sizeof(to->jedec));
}

static void
take_firmware(struct herd *h, struct row *r)
{
	const struct firmware *fw;
	char kind[80];
	int n;

	if (r->newest_sha256[0] == '\0' ||
	    (fw = known(h->f, r->newest_sha256)) == NULL || fw->n == 0)
		return;
	r->fw = *fw;
	n = snprintf(kind, sizeof(kind), "%s %s %llu", r->chip, r->jedec,
	    (unsigned long long)r->size);
	r->kind = print_of(kind, (size_t)n) | 1;
}

static unsigned
count_same(const struct herd *h, const struct row *r)
{
	unsigned i, n = 0;

	for (i = 0; i < h->n; i++)
		n += h->rows[i].kind == r->kind &&
		    h->rows[i].fw.print == r->fw.print;
	return n;
}

/* The sibling with another firmware that most have; where none has a majority, any. */
static void
compare(struct herd *h, struct row *r)
{
	unsigned best = 0, i;

	for (i = 0; i < h->n; i++) {
		if (h->rows[i].kind != r->kind || h->rows[i].fw.print == r->fw.print ||
		    h->rows[i].same < r->same || h->rows[i].same <= best)
			continue;
		best = h->rows[i].same;
		r->other = &h->rows[i];
	}
}

static struct herd *
herd_new(struct firmwares *f, struct err *e)
{
	struct herd *h = calloc(1, sizeof(*h));
	unsigned i;

	if (h == NULL) {
		err_sys(e, "memory for the cameras");
		return NULL;
	}
	h->f = f;
	if (camera_each(f->w->db, add_row, h, e) < 0 ||
	    dump_each_brief(f->w->db, add_dump, h, e) < 0) {
		free(h);
		return NULL;
	}
	for (i = 0; i < h->n; i++)
		take_firmware(h, &h->rows[i]);
	for (i = 0; i < h->n; i++)
		h->rows[i].same = count_same(h, &h->rows[i]);
	for (i = 0; i < h->n; i++) {
		if (h->rows[i].kind != 0)
			compare(h, &h->rows[i]);
	}
	return h;
}

const struct herd *
herd_now(struct web *w, struct err *e)
{
	struct firmwares *f = w->firmwares;
	struct herd *h;
	int64_t of[2];

	if (db_version(w->db, &of[0], e) < 0)
		return NULL;
	of[1] = f->count;
	if (f->herd == NULL || memcmp(of, f->herd_of, sizeof(of)) != 0) {
		if ((h = herd_new(f, e)) == NULL)
			return NULL;
		free(f->herd);
		f->herd = h;
		memcpy(f->herd_of, of, sizeof(of));
	}
	(void)look_next(f);
	return f->herd;
}

static const struct part *
part_of(const struct firmware *fw, const char *name)
{
	unsigned i;

	for (i = 0; i < fw->n; i++) {
		if (strcmp(fw->parts[i].name, name) == 0)
			return &fw->parts[i];
	}
	return NULL;
}

/* Sections that are not the same in both, each once. */
static json_t *
differences(const struct firmware *a, const struct firmware *b)
{
	json_t *list = json_array();
	const struct part *other;
	unsigned i;

	for (i = 0; i < a->n; i++) {
		other = part_of(b, a->parts[i].name);
		if (other == NULL || other->print != a->parts[i].print)
			(void)json_array_append_new(list,
			    json_pack("{s:o,s:I,s:o}", "section",
				json_text(a->parts[i].name), "size",
				(json_int_t)a->parts[i].size, "their_size",
				other != NULL ? json_integer(other->size) : json_null()));
	}
	for (i = 0; i < b->n; i++) {
		if (part_of(a, b->parts[i].name) == NULL)
			(void)json_array_append_new(list,
			    json_pack("{s:o,s:n,s:I}", "section",
				json_text(b->parts[i].name), "size", "their_size",
				(json_int_t)b->parts[i].size));
	}
	return list;
}

void
herd_put(const struct herd *h, int64_t camera_id, json_t *doc)
{
	const struct row *r = row_of(h, camera_id);

	(void)json_object_set_new(doc, "backup",
	    r != NULL && r->backup_id != 0
		? json_pack("{s:I,s:I,s:b}", "id", (json_int_t)r->backup_id,
		      "created_s", (json_int_t)r->backup_s, "verified",
		      (int)r->backup_verified)
		: json_null());
	(void)json_object_set_new(doc, "firmware",
	    r != NULL && r->fw.n > 0 ? json_pack("{s:o,s:i}", "label",
					   json_text(r->fw.label), "sections",
					   (int)r->fw.n)
				     : json_null());
	(void)json_object_set_new(doc, "differs",
	    r != NULL && r->other != NULL
		? json_pack("{s:o,s:o,s:o}", "from", json_text(r->other->name),
		      "from_label", json_text(r->other->fw.label), "sections",
		      differences(&r->fw, &r->other->fw))
		: json_null());
}
