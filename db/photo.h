/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Photographs that people take of their cameras: one row each, and two files in
 * STATE/photos, <file>.jpg and <file>.thumb.jpg, which are written once. A photo belongs
 * to a camera, or, before there is one, to whatever its owner word names ("rescue-7"),
 * or to nothing. Thread of the struct db.
 */
#ifndef DB_PHOTO_H
#define DB_PHOTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;
struct err;

#define PHOTO_EACH_MAX 24	/* of one camera, one owner, or of nothing */
#define PHOTO_ALL_MAX 4000
#define PHOTO_FILE_LEN 32	/* hex digits */

struct photo {
	int64_t id;
	int64_t camera_id;	/* 0 = none */
	char camera[33];	/* its name; read-only */
	char owner[65];		/* "" = none; a-z, 0-9, '-' */
	char about[9];		/* one of photo_abouts, or "" */
	char caption[257];
	char file[PHOTO_FILE_LEN + 1];
	unsigned width, height;
	uint64_t size;
	char who[65];
	int64_t created_s;
};

/* front, back, label, lens, other; NULL at the end. */
extern const char *const photo_abouts[];

/* Does each field hold what it may? */
int photo_check(const struct photo *p, struct err *e);
/* All but id and created_s from p, which are filled in. ERR_REFUSED "photo-too-many". */
int photo_add(struct db *db, struct photo *p, struct err *e);
/* Write camera_id, owner, about and caption of row p->id; the same limits. */
int photo_update(struct db *db, const struct photo *p, struct err *e);
int photo_remove(struct db *db, int64_t id, struct err *e);
int photo_by_id(struct db *db, int64_t id, struct photo *ret, struct err *e);

/* Which: those of a camera, of an owner, of neither, or all. */
struct photo_filter {
	int64_t camera_id;
	const char *owner;	/* NULL = any; "" with camera_id 0 = of nothing */
	unsigned skip, limit;
};
/* Oldest first; fn must not write. Stops when fn returns false. */
int photo_each(struct db *db, const struct photo_filter *filter,
    bool (*fn)(const struct photo *p, void *arg), void *arg, struct err *e);
/* Numbers that differ when any photo was added, changed or removed. */
#define PHOTO_PRINT 3
int photo_print(struct db *db, int64_t ret[PHOTO_PRINT], struct err *e);
/* Would one more fit? So that nobody decodes what has no place. */
int photo_check_room(struct db *db, int64_t camera_id, const char *owner, struct err *e);

/* ---- the files (photo_file.c) ---- */

#define PHOTO_FOLDER "photos"

/* A new name: 32 random hex digits. */
void photo_file_name(char ret[PHOTO_FILE_LEN + 1]);
/* "<file>.jpg" or "<file>.thumb.jpg"; ret holds PHOTO_PATH_MAX bytes. */
#define PHOTO_PATH_MAX 64
const char *photo_file_path(const char *file, bool thumb, char ret[PHOTO_PATH_MAX]);
/* Write both, synced, or neither. ERR_FAILED "disk-full". Any thread. */
int photo_file_put(const char *state, const char *file, const void *p, size_t n,
    const void *thumb, size_t n_thumb, struct err *e);
/* Gone is fine. Any thread. */
void photo_file_drop(const char *state, const char *file);
/* The files of a camera's photos, so that they can go when it has gone. */
struct photo_files {
	unsigned n;
	char file[PHOTO_EACH_MAX][PHOTO_FILE_LEN + 1];
};
int photo_files_of(struct db *db, int64_t camera_id, struct photo_files *ret, struct err *e);
void photo_files_drop(const char *state, const struct photo_files *files);
/* Remove files that no row names and that are older than an hour; how many. */
int photo_sweep(struct db *db, const char *state, unsigned *ret, struct err *e);

#endif
