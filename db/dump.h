/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The index of the dump library. A dump is an immutable image of a whole flash; one
 * row per camera it was read from, one file per content. The files are flashd's
 * (flashd/store.h); this index can be rebuilt from them. Thread of the struct db.
 */
#ifndef DB_DUMP_H
#define DB_DUMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;
struct err;

struct dump {
	int64_t id;
	char sha256[65];
	uint64_t size;
	int64_t camera_id;	/* 0 = none */
	char camera[33];	/* its name, read-only here */
	char kind[8];		/* backup, safety, import */
	bool verified;		/* read at least twice by us, all bytes equal */
	char chip[33], chip_id[65], jedec[17], mac[18];
	char port[256];
	unsigned baud, passes, retries;
	char tool[33];
	char file[257];		/* an imported file's own name */
	char note[1025];
	int64_t job_id;		/* 0 = none */
	bool missing;		/* the file is gone */
	bool damaged;		/* the file was read and is not what its name says */
	bool stale;		/* its description says less than this row; read-only */
	int64_t created_s;
	char sidecar[100];	/* file name in dumps/ */
	unsigned same_bytes;	/* rows with these bytes, this one included; read-only */
	unsigned same_cameras;	/* known cameras or chips among those rows; read-only */
};

/* flashd only. Fills id. Within the caller's transaction if one is open. */
int dump_add(struct db *db, struct dump *d, struct err *e);
/* flashd only: make row d->id say what d says; it is described as such. */
int dump_rewrite(struct db *db, const struct dump *d, struct err *e);
/* flashd only: its files are in the bin. */
int dump_remove(struct db *db, int64_t id, struct err *e);
int dump_set_missing(struct db *db, int64_t id, bool missing, struct err *e);
/* flashd only: the bytes of all rows with this digest. Writes only what changes; the
 * count of rows, or -1. */
int dump_set_damaged(struct db *db, const char *sha256, bool damaged, struct err *e);
/* flashd only: the description was written. Within the transaction that read the row. */
int dump_set_described(struct db *db, int64_t id, struct err *e);
/* flashd only: the next row whose description is stale, behind this id. 1 = found, 0 =
 * none, -1. */
int dump_next_stale(struct db *db, int64_t after, struct dump *ret, struct err *e);

int dump_set_note(struct db *db, int64_t id, const char *note, struct err *e);
/* Say whose dump it is (an imported or unassigned one). 0 takes it away. */
int dump_set_camera(struct db *db, int64_t id, int64_t camera_id, struct err *e);

/* The MAC address that the camera's chip told when this was read, or "": what an
 * imported file's row has was found in its own settings and says nothing of the chip. */
const char *dump_chip_mac(const struct dump *d);
int dump_by_id(struct db *db, int64_t id, struct dump *ret, struct err *e);
int dump_by_sidecar(struct db *db, const char *sidecar, struct dump *ret, struct err *e);
/* What the user typed: an id, a SHA-256, or its first 8 or more digits. */
int dump_resolve(struct db *db, const char *typed, struct dump *ret, struct err *e);
/* Newest first; camera_id 0 = of all. Stops when fn returns false. */
int dump_each(struct db *db, int64_t camera_id, bool (*fn)(const struct dump *d, void *arg),
    void *arg, struct err *e);
/* Those whose file is gone or damaged, newest first. */
int dump_each_bad(struct db *db, void (*fn)(int64_t id, void *arg), void *arg,
    struct err *e);
/* What a list of cameras says of their dumps, and what a person can change of one. */
struct dump_brief {
	int64_t id, camera_id, created_s;	/* camera_id 0 = none */
	char sha256[65];
	uint64_t size;
	bool verified, damaged, import;
	bool missing;
	char chip[33], jedec[17];
	char note[1025];
};
/* All dumps, newest first. */
int dump_each_brief(struct db *db,
    void (*fn)(const struct dump_brief *d, void *arg), void *arg, struct err *e);
/* What the camera's newest dump that was read here says of the size of its flash. 1 =
 * known, 0 = not, -1. */
int dump_flash_size(struct db *db, int64_t camera_id, uint64_t *ret, struct err *e);
#define DUMP_WORD_MAX 80	/* of a filter */
/* A page of the same: those that hold the word ("" = any; letters in either case) in
 * camera, file name, note, chip, JEDEC id, kind or SHA-256. */
int dump_find(struct db *db, int64_t camera_id, const char *word, unsigned skip,
    unsigned limit, bool (*fn)(const struct dump *d, void *arg), void *arg,
    struct err *e);
/* Path of its bytes below the state folder: "dumps/<sha256>.bin". */
void dump_file_name(const struct dump *d, char *ret, size_t ret_size);

#endif
