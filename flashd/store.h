/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The files of the dump library: STATE/dumps/<sha256>.bin, beside it one sidecar
 * <sha256>-<n>.json for each camera it was read from, and dumps/bin/ for what was
 * removed. A file is either whole and under its name, or a .part that no one trusts;
 * the order of the steps is in store_seal(). flashd's parent, its main thread.
 */
#ifndef FLASHD_STORE_H
#define FLASHD_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct dump;
struct err;
struct store;

#define STORE_NAME_MAX 100	/* a file name in dumps/ */
#define STORE_PART_DAYS 7	/* how long an unfinished one is kept in the bin */

/* Every call that makes something durable goes through these, so that a test can end
 * the world after each of them. They return as the system calls do. */
struct store_ops {
	int (*open)(void *arg, int dir, const char *name, int flags, mode_t mode);
	ssize_t (*write)(void *arg, int fd, const void *p, size_t n);
	int (*fsync)(void *arg, int fd);
	int (*chmod)(void *arg, int fd, mode_t mode);
	/* Within or between folders; never replaces: EEXIST. */
	int (*rename)(void *arg, int from_dir, const char *from, int to_dir, const char *to);
	int (*unlink)(void *arg, int dir, const char *name);
	/* Within one folder; what had the name is gone. */
	int (*replace)(void *arg, int dir, const char *from, const char *to);
};

/* Make dumps/ and dumps/bin/ where they are missing and take the store for this
 * process. ERR_REFUSED "store-taken" when another flashd has it, "store-open-to-others"
 * when group or others may write there. ops NULL: the system's. Free with
 * store_close(). */
struct store *store_open(const char *state, const struct store_ops *ops, void *ops_arg,
    struct err *e);
void store_close(struct store *s);	/* NULL is fine */
int store_dir(const struct store *s);	/* dumps/, borrowed */
int store_bin_dir(const struct store *s);

/* A new file for job's dump, open for reading and writing; its name into
 * ret_part[STORE_NAME_MAX]. An older one of that job goes. */
int store_part(struct store *s, int64_t job, char *ret_part, struct err *e);
void store_drop_part(struct store *s, const char *part);

/* Put the part under its name for good: it holds exactly d->size bytes whose SHA-256
 * is d->sha256, or ERR_MISMATCH. The sidecar is written from d; its name goes to
 * d->sidecar. After this returns 0, nothing short of a broken disk loses the dump. */
int store_seal(struct store *s, int fd, const char *part, struct dump *d, struct err *e);
/* The file alone, without a new sidecar: the camera's row is there already. */
int store_seal_file(struct store *s, int fd, const char *part, const char *sha256,
    uint64_t size, struct err *e);
/* (Re)write one sidecar: under d->sidecar, or under the next free name when that is
 * empty (it is filled). */
int store_put_sidecar(struct store *s, struct dump *d, struct err *e);

/* The bytes of a dump, for reading. The fd, or -1 (ERR_NOT_FOUND "dump-missing"). */
int store_get(struct store *s, const char *sha256, struct err *e);
/* SHA-256 of a file's bytes as hex (65 bytes) and its size. */
int store_hash(int fd, char *ret_sha256, uint64_t *ret_size, struct err *e);
/* Read a dump's file and compare it with its name: ERR_MISMATCH "dump-damaged". */
int store_check(struct store *s, const char *sha256, uint64_t size, struct err *e);
/* Move a file of dumps/ into the bin. */
int store_to_bin(struct store *s, const char *name, struct err *e);
/* The same bytes-and-name check for a file in the bin. */
int store_check_binned(struct store *s, const char *name, const char *sha256, uint64_t size,
    struct err *e);
/* Back from the bin under this name; ERR_FAILED when the name is taken. */
int store_from_bin(struct store *s, const char *name, const char *to, struct err *e);
void store_drop_binned(struct store *s, const char *name);
/* Throw away what has been in the bin for too long. */
void store_sweep_bin(struct store *s, int64_t wall_s, int keep_days);

#endif
