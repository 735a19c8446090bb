/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Building the index again from the files of the store (see library_rebuild() in
 * library.h). flashd's parent, at start and when asked. */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/err.h"
#include "common/file.h"
#include "common/log.h"
#include "common/text.h"
#include "db/camera.h"
#include "db/db.h"
#include "db/dump.h"
#include "db/sidecar.h"
#include "flashd/library.h"
#include "flashd/store.h"

struct rebuild {
	struct db *db;
	struct store *store;
	bool sweep_parts;
	struct library_counts *counts;
};

static bool
ends_with(const char *name, const char *tail)
{
	size_t n = strlen(name), t = strlen(tail);

	return n > t && strcmp(name + n - t, tail) == 0;
}

/* Size of a regular file in dumps/, or -1. */
static int64_t
file_size(struct store *s, const char *name)
{
	struct stat st;

	if (fstatat(store_dir(s), name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    !S_ISREG(st.st_mode))
		return -1;
	return (int64_t)st.st_size;
}

/* A camera that is only known from its dumps any more: the inventory was lost. */
static int
make_camera(struct rebuild *r, const struct dump *d, struct camera *ret, struct err *e)
{
	*ret = (struct camera) { .enabled = true };
	snprintf(ret->name, sizeof(ret->name), "%s", d->camera);
	if (camera_add(r->db, ret, e) < 0)
		return -1;
	/* Of an imported file nobody asked the hardware. */
	if (strcmp(d->kind, "import") != 0 &&
	    camera_set_hardware(
		r->db, ret->id, d->chip, d->chip_id, d->jedec, d->mac, e) < 0)
		return -1;
	log_info("store", "made the camera '%s' again: a dump is its own", d->camera);
	return 0;
}

/* The camera of this chip has another name than the description says. Who renames a
 * camera makes its rows stale, so a row that is not, and a name that nobody can give,
 * tell of damage. row: NULL = there is none. */
static int
name_again(struct rebuild *r, const struct dump *d, const struct dump *row,
    struct camera *c, struct err *e)
{
	bool settled = row != NULL && !row->stale && row->camera_id == c->id;

	if (c->id == 0 || strcmp(c->name, d->camera) == 0 || !text_is_slug(d->camera) ||
	    (text_is_slug(c->name) && !settled))
		return 0;
	snprintf(c->name, sizeof(c->name), "%s", d->camera);
	log_warnx("store", "camera %lld is named '%s' again, as its dumps say",
	    (long long)c->id, c->name);
	r->counts->mended++;
	return camera_update(r->db, c, e);
}

/* Whose dump it is, into d. row: what the inventory has of it, or NULL. */
static int
set_camera(struct rebuild *r, struct dump *d, const struct dump *row, struct err *e)
{
	struct camera c = { .id = 0 };
	struct err none;

	d->camera_id = 0;
	if ((d->camera[0] == '\0' ||
		camera_by_name(r->db, d->camera, &c, &none) < 0) &&
	    (d->chip_id[0] == '\0' ||
		camera_by_chip_id(r->db, d->chip_id, &c, &none) < 0) &&
	    text_is_slug(d->camera) && make_camera(r, d, &c, e) < 0)
		return -1;
	if (name_again(r, d, row, &c, e) < 0)
		return -1;
	d->camera_id = c.id;
	return 0;
}

/* Read and check one description. 1 = d is filled, 0 = it makes no sense. */
static int
read_sidecar(struct rebuild *r, const char *name, struct dump *d)
{
	uint8_t *text;
	struct err e;
	size_t n;
	int bad;

	if (file_get(store_dir(r->store), name, SIDECAR_MAX, &text, &n, &e) < 0)
		bad = -1;
	else {
		bad = sidecar_parse((const char *)text, n, d, &e);
		free(text);
	}
	if (bad == 0 && strncmp(name, d->sha256, 64) == 0 && name[64] == '-') {
		snprintf(d->sidecar, sizeof(d->sidecar), "%s", name);
		return 1;
	}
	log_warnx("store", "dumps/%s cannot be read: %s", name,
	    bad < 0 ? e.msg : "it describes other bytes");
	r->counts->unreadable++;
	return 0;
}

/* What was read from the hardware never changes; what a person says of it may be newer
 * in the row. */
static bool
says_the_same(const struct dump *row, const struct dump *d)
{
	return strcmp(row->sha256, d->sha256) == 0 && row->size == d->size &&
	    strcmp(row->kind, d->kind) == 0 && row->verified == d->verified &&
	    strcmp(row->chip, d->chip) == 0 && strcmp(row->chip_id, d->chip_id) == 0 &&
	    strcmp(row->jedec, d->jedec) == 0 && strcmp(row->mac, d->mac) == 0 &&
	    strcmp(row->port, d->port) == 0 && row->baud == d->baud &&
	    row->passes == d->passes && row->retries == d->retries &&
	    strcmp(row->tool, d->tool) == 0 && strcmp(row->file, d->file) == 0 &&
	    row->job_id == d->job_id && row->created_s == d->created_s &&
	    (row->stale ||
		(row->camera_id == d->camera_id && strcmp(row->note, d->note) == 0));
}

static int
mend_from_sidecar(
    struct rebuild *r, const struct dump *row, struct dump *d, struct err *e)
{
	if (row->stale)
		d->camera_id = row->camera_id;
	else if (set_camera(r, d, row, e) < 0)
		return -1;
	if (says_the_same(row, d))
		return 0;
	if (row->stale)
		memcpy(d->note, row->note, sizeof(d->note));
	d->id = row->id;
	if (dump_rewrite(r->db, d, e) < 0)
		return -1;
	log_warnx("store", "the row of dump %lld was not what its files say; mended",
	    (long long)d->id);
	r->counts->mended++;
	return 0;
}

/* A description: its row says the same, or is made. */
static int
take_sidecar(struct rebuild *r, const char *name, struct err *e)
{
	char bin[STORE_NAME_MAX];
	struct dump d, row;
	int found;

	found = dump_by_sidecar(r->db, name, &row, e) == 0;
	if (!found && e->code != ERR_NOT_FOUND)
		return -1;
	err_clear(e);
	if (read_sidecar(r, name, &d) == 0)
		return 0;
	snprintf(bin, sizeof(bin), "%.64s.bin", d.sha256);
	d.missing = file_size(r->store, bin) != (int64_t)d.size;
	if (found)
		return mend_from_sidecar(r, &row, &d, e);
	if (set_camera(r, &d, NULL, e) < 0 || dump_add(r->db, &d, e) < 0)
		return -1;
	log_info("store", "took dump %.8s back into the index", d.sha256);
	r->counts->added++;
	return 0;
}

/* Bytes that nothing describes: kept as an unverified import, if they are what their
 * name says. */
static int
take_orphan(struct rebuild *r, const char *name, struct err *e)
{
	struct dump d, row;
	int64_t size;

	if (strlen(name) != 68 || strspn(name, "0123456789abcdef") != 64)
		return 0;
	memset(&d, 0, sizeof(d));
	memcpy(d.sha256, name, 64);
	if (dump_resolve(r->db, d.sha256, &row, e) == 0)
		return 0;
	if (e->code != ERR_NOT_FOUND)
		return -1;
	if ((size = file_size(r->store, name)) <= 0 ||
	    store_check(r->store, d.sha256, (uint64_t)size, e) < 0) {
		log_warnx("store",
		    "dumps/%s is not what its name says; it goes to the bin", name);
		return store_to_bin(r->store, name, e);
	}
	d.size = (uint64_t)size;
	snprintf(d.kind, sizeof(d.kind), "import");
	snprintf(d.note, sizeof(d.note), "%s", LIBRARY_ORPHAN);
	snprintf(d.tool, sizeof(d.tool), "camherd %s", PACKAGE_VERSION);
	d.created_s = db_now_s(r->db);
	if (store_put_sidecar(r->store, &d, e) < 0 || dump_add(r->db, &d, e) < 0)
		return -1;
	r->counts->adopted++;
	return 0;
}

static int
take_part(struct rebuild *r, const char *name, struct err *e)
{
	if (!r->sweep_parts)
		return 0;
	/* What a child had read before it was cut off may be all there is of a dying
	 * flash: it stays in the bin for a week. */
	if (strncmp(name, "job-", 4) == 0 && file_size(r->store, name) > 0)
		return store_to_bin(r->store, name, e);
	store_drop_part(r->store, name);
	return 0;
}

/* Call fn for each file of dumps/ with this ending. */
static int
each_file(struct rebuild *r, const char *ending,
    int (*fn)(struct rebuild *, const char *, struct err *), struct err *e)
{
	int fd = openat(store_dir(r->store), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	int result = 0;

	if (dir == NULL) {
		err_sys(e, "read the folder dumps/");
		if (fd >= 0)
			close(fd);
		return -1;
	}
	while (result == 0 && (entry = readdir(dir)) != NULL) {
		err_clear(e);
		if (ends_with(entry->d_name, ending))
			result = fn(r, entry->d_name, e);
	}
	closedir(dir);
	return result;
}

struct rows {
	struct rebuild *r;
	struct dump *list; /* rows to look at again, outside the reading */
	size_t n, size;
	bool failed;
};

static bool
needs_work(struct rebuild *r, const struct dump *d)
{
	char bin[STORE_NAME_MAX];
	bool there;

	snprintf(bin, sizeof(bin), "%.64s.bin", d->sha256);
	there = file_size(r->store, bin) == (int64_t)d->size;
	return there == d->missing || file_size(r->store, d->sidecar) < 0;
}

static bool
collect(const struct dump *d, void *arg)
{
	struct rows *rows = arg;
	struct dump *more;

	if (!needs_work(rows->r, d))
		return true;
	if (rows->n == rows->size) {
		more = realloc(rows->list, (rows->size + 64) * sizeof(*more));
		if (more == NULL) {
			rows->failed = true;
			return false;
		}
		rows->list = more;
		rows->size += 64;
	}
	rows->list[rows->n++] = *d;
	return true;
}

/* Does another row, one with a description, stand for the same reading? */
struct twin {
	struct rebuild *r;
	const struct dump *d;
	bool found;
};

static bool
find_twin(const struct dump *other, void *arg)
{
	struct twin *t = arg;

	t->found = other->id != t->d->id &&
	    strcmp(other->sha256, t->d->sha256) == 0 &&
	    other->created_s == t->d->created_s && other->job_id == t->d->job_id &&
	    strcmp(other->chip_id, t->d->chip_id) == 0 &&
	    file_size(t->r->store, other->sidecar) >= 0;
	return !t->found;
}

/* A row without a description is damage, not a dump, when its description's name is
 * none of its own or when another row has that reading. 1 = it is gone. */
static int
drop_phantom(struct rebuild *r, const struct dump *d, struct err *e)
{
	struct twin t = { .r = r, .d = d };

	if (file_size(r->store, d->sidecar) >= 0)
		return 0;
	if (strncmp(d->sidecar, d->sha256, 64) == 0 &&
	    dump_each(r->db, 0, find_twin, &t, e) < 0)
		return -1;
	if (strncmp(d->sidecar, d->sha256, 64) == 0 && !t.found)
		return 0;
	log_warnx("store", "row %lld belongs to no dump; it is gone", (long long)d->id);
	r->counts->mended++;
	return dump_remove(r->db, d->id, e) < 0 ? -1 : 1;
}

/* A row whose file went away or came back, or whose description is gone. */
static int
mend_row(struct rebuild *r, struct dump *d, struct err *e)
{
	char bin[STORE_NAME_MAX];
	bool there;
	int phantom = drop_phantom(r, d, e);

	if (phantom != 0)
		return phantom < 0 ? -1 : 0;

	snprintf(bin, sizeof(bin), "%.64s.bin", d->sha256);
	there = file_size(r->store, bin) == (int64_t)d->size;
	if (there == d->missing) {
		if (dump_set_missing(r->db, d->id, !there, e) < 0)
			return -1;
		if (there)
			r->counts->found++;
		else {
			log_warnx("store", "the file of dump %lld (%.8s) is gone",
			    (long long)d->id, d->sha256);
			r->counts->missing++;
		}
	}
	if (there && file_size(r->store, d->sidecar) < 0) {
		if (store_put_sidecar(r->store, d, e) < 0)
			return -1;
		r->counts->described++;
	}
	return 0;
}

static int
mend_rows(struct rebuild *r, struct err *e)
{
	struct rows rows = { .r = r };
	size_t i;
	int result = dump_each(r->db, 0, collect, &rows, e);

	if (rows.failed)
		result = err_set(
		    e, ERR_FAILED, "no-memory", "memory to look through the dumps");
	for (i = 0; result == 0 && i < rows.n; i++)
		result = mend_row(r, &rows.list[i], e);
	free(rows.list);
	return result;
}

/* All descriptions in one transaction: a thousand rows take a second, not minutes. */
static int
take_sidecars(struct rebuild *r, struct err *e)
{
	if (db_begin(r->db, e) < 0)
		return -1;
	if (each_file(r, ".json", take_sidecar, e) == 0 && db_commit(r->db, e) == 0)
		return 0;
	db_rollback(r->db);
	return -1;
}

int
library_rebuild(struct db *db, struct store *s, bool sweep_parts,
    struct library_counts *ret, struct err *e)
{
	struct rebuild r = { db, s, sweep_parts, ret };

	memset(ret, 0, sizeof(*ret));
	if (each_file(&r, ".part", take_part, e) < 0 || take_sidecars(&r, e) < 0 ||
	    each_file(&r, ".bin", take_orphan, e) < 0)
		return -1;
	return mend_rows(&r, e);
}

int
library_take(struct db *db, struct store *s, const char *sidecar, struct dump *ret,
    struct err *e)
{
	struct library_counts counts = { .added = 0 };
	struct rebuild r = { .db = db, .store = s, .counts = &counts };

	return take_sidecar(&r, sidecar, e) < 0 ? -1
						: dump_by_sidecar(db, sidecar, ret, e);
}
