/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Files written whole or not at all. Every call syncs what it must, so that a power
 * cut leaves either the old file or the new one. Any thread.
 */
#ifndef COMMON_FILE_H
#define COMMON_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct err;

/* Write all n bytes to fd, going on after short writes and EINTR. */
int file_write_all(int fd, const void *p, size_t n, struct err *e);
/* Read until n bytes or the end of file; the count read, or -1. */
ssize_t file_read_full(int fd, void *p, size_t n, struct err *e);

/* Make `name` in folder `dir` (an fd or AT_FDCWD) hold exactly these bytes: a new
 * file beside it, fsync, rename, fsync of the folder. Replaces an older file. */
int file_put(int dir, const char *name, const void *p, size_t n, mode_t mode, struct err *e);

/* The whole regular file (no symlink) of at most max bytes, with a NUL behind it.
 * Caller frees *ret. ret_n may be NULL. */
int file_get(int dir, const char *name, size_t max, uint8_t **ret, size_t *ret_n,
    struct err *e);

int file_sync_dir(int dir, struct err *e);
/* Make the folder, with exactly this mode, unless it is there. */
int file_mkdir(const char *path, mode_t mode, struct err *e);
/* Bytes free for an unprivileged user in the file system of fd. */
int file_free_bytes(int fd, uint64_t *ret, struct err *e);

#endif
