/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Foreign files for the dump library (see import.h). flashd's parent, main thread. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/err.h"
#include "common/file.h"
#include "common/text.h"
#include "db/dump.h"
#include "db/job.h"
#include "flashd/chore.h"
#include "flashd/flashd.h"
#include "flashd/image_load.h"
#include "flashd/import.h"
#include "flashd/library.h"
#include "flashd/notes.h"
#include "flashd/store.h"
#include "image/image.h"

#define FAULTS_NOTED 6u /* a job's result is short */

struct import {
	struct flashd *f;
	struct job *job;
	struct image_load load;
	const uint8_t *p;	/* the file */
	size_t n;
	struct image_map *map;
	struct dump dump;
	struct notes notes;
};

static void note(struct import *im, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
note(struct import *im, const char *fmt, ...)
{
	struct err said;
	va_list ap;

	va_start(ap, fmt);
	(void)err_vset(&said, ERR_NONE, "", fmt, ap);
	va_end(ap);
	notes_add(&im->notes, &said);
}

static void
hash(const uint8_t *p, size_t n, char *ret)
{
	unsigned char digest[crypto_hash_sha256_BYTES];

	crypto_hash_sha256(digest, p, n);
	text_hex(digest, sizeof(digest), ret);
}

/* The address wrapped while it was read: the copies are reads that agree, and one of
 * them is the flash. */
static void
trim(struct import *im)
{
	char whole[24], kept[24];

	if (im->map->reads < 2)
		return;
	text_bytes(im->n, whole, sizeof(whole));
	text_bytes(im->map->unique, kept, sizeof(kept));
	if ((im->job->flags & JOB_FLAG_AS_IS) != 0) {
		note(im,
		    "both halves are equal: it was read past the end of its chip, and "
		    "its first %s are the whole flash; it is kept as it is because you "
		    "asked for it",
		    kept);
		return;
	}
	im->dump.size = im->map->unique;
	im->dump.passes = im->map->reads;
	hash(im->p, im->map->unique, im->dump.sha256);
	snprintf(im->dump.note, sizeof(im->dump.note),
	    "%u agreeing reads in a file of %s (SHA-256 %.64s), trimmed to one",
	    im->map->reads, whole, im->load.sha256);
	note(im,
	    "both halves are equal: it was read past the end of its chip. It counts as "
	    "%u agreeing reads and is kept once, %s",
	    im->map->reads, kept);
}

/* What the bytes say about themselves. */
static void
look_inside(struct import *im)
{
	const struct image_map *map = im->map;
	unsigned i;

	if (map->family != IMAGE_FAMILY_UNKNOWN)
		snprintf(im->dump.chip, sizeof(im->dump.chip), "%s",
		    image_family_name(map->family));
	if (map->has_mac)
		snprintf(im->dump.mac, sizeof(im->dump.mac),
		    "%02x:%02x:%02x:%02x:%02x:%02x", map->mac[0], map->mac[1],
		    map->mac[2], map->mac[3], map->mac[4], map->mac[5]);
	if (map->all_blank)
		note(im, "all bytes are FF: it holds no firmware");
	else if (!map->has_boot)
		note(im, "it has no AWIH header at its start");
	for (i = 0; i < map->n_faults && i < FAULTS_NOTED; i++)
		notes_add(&im->notes, &map->faults[i].said);
	if (i < map->n_faults)
		note(im, "and %u more; see its map", map->n_faults - i);
}

/* The part file gets the dump's bytes. */
static int
fill_part(const struct import *im, int fd, struct err *e)
{
	if ((errno = posix_fallocate(fd, 0, (off_t)im->dump.size)) != 0)
		return err_sys(
		    e, "no room for %llu bytes", (unsigned long long)im->dump.size);
	return file_write_all(fd, im->p, (size_t)im->dump.size, e);
}

static int
put_away(struct import *im, int64_t *ret_same, struct err *e)
{
	struct flashd *f = im->f;
	char part[STORE_NAME_MAX];
	int fd = store_part(f->store, im->job->id, part, e), r;

	if (fd < 0)
		return -1;
	r = fill_part(im, fd, e);
	if (r == 0)
		r = library_seal(f->db, f->store, fd, part, &im->dump, ret_same, e);
	if (r < 0)
		store_drop_part(f->store, part);
	close(fd);
	return r < 0 ? -1 : library_index(f->db, &im->dump, e);
}

static int
take(struct import *im, json_t *result, struct err *e)
{
	struct dump *d = &im->dump;
	struct job *j = im->job;
	int64_t same = 0;

	if (image_map(im->p, im->n, im->map, e) < 0)
		return -1;
	*d = (struct dump) { .size = im->load.size,
		.camera_id = j->camera_id,
		.job_id = j->id };
	memcpy(d->sha256, im->load.sha256, sizeof(d->sha256));
	snprintf(d->kind, sizeof(d->kind), "import");
	snprintf(d->camera, sizeof(d->camera), "%s", j->camera);
	snprintf(d->file, sizeof(d->file), "%s", j->file);
	snprintf(d->tool, sizeof(d->tool), "camherd %s", PACKAGE_VERSION);
	trim(im);
	look_inside(im);
	if (put_away(im, &same, e) < 0)
		return -1;
	j->result_dump_id = d->id;
	(void)json_object_update_new(result,
	    json_pack("{s:s,s:I,s:s,s:I,s:i,s:o}", "sha256", d->sha256, "size",
		(json_int_t)d->size, "file_sha256", im->load.sha256, "file_size",
		(json_int_t)im->load.size, "reads", (int)im->map->reads, "same_as",
		same != 0 ? json_integer((json_int_t)same) : json_null()));
	return 0;
}

static int
import_bytes(struct flashd *f, struct job *j, struct image_load *l, json_t *result,
    struct err *e)
{
	struct import im = { .f = f, .job = j, .load = *l };
	void *p = mmap(NULL, (size_t)l->size, PROT_READ, MAP_PRIVATE, l->fd, 0);
	int r;

	im.map = malloc(sizeof(*im.map));
	im.p = p;
	im.n = (size_t)l->size;
	if (im.map == NULL || p == MAP_FAILED)
		r = err_sys(e, "memory for the file");
	else
		r = take(&im, result, e);
	notes_put(&im.notes, result, sizeof(j->result));
	if (p != MAP_FAILED)
		munmap(p, (size_t)l->size);
	free(im.map);
	return r;
}

void
import_do(struct flashd *f, struct job *j)
{
	struct image_load l = { .fd = -1 };
	struct err e = { .code = ERR_NONE };
	json_t *result = json_object();
	char path[64];
	int fd;

	if ((fd = image_load_incoming(f->state_dir, j->incoming, &e)) >= 0) {
		if (image_load(fd, &l, &e) == 0 &&
		    import_bytes(f, j, &l, result, &e) == 0)
			err_clear(&e);
		close(fd);
	}
	image_load_close(&l);
	if (e.code == ERR_NONE || e.code == ERR_REFUSED) {
		snprintf(path, sizeof(path), "incoming/%.32s", j->incoming);
		if (strchr(j->incoming, '/') == NULL)
			(void)unlinkat(f->state_dir, path, 0);
	}
	chore_finish(f, j, result, &e);
}
