/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The whole appliance as one stream of bytes: a ustar archive whose first file says what
 * it is and whose last is a manifest that sha256sum(1) reads. It holds every secret
 * there is: passwords of cameras and streams, tokens' and users' hashes, Wi-Fi
 * passwords in dumps, TLS keys. One thread; the struct belongs to its caller.
 */
#ifndef APPLIANCE_SAVE_H
#define APPLIANCE_SAVE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct conf;
struct db;
struct err;
struct save;

#define ARCHIVE_FORMAT 1
#define ARCHIVE_HEAD "camherd-archive.json"	/* first file */
#define ARCHIVE_MANIFEST "manifest.sha256"	/* last file */
#define ARCHIVE_HEAD_MAX 4096
#define ARCHIVE_FILES_MAX 200000u

/* Take a picture of the inventory and of what files there are. conf_file: the
 * configuration in use (conf_file_used()); passphrase NULL = not sealed. NULL and e
 * when a file cannot be read: an archive is whole or there is none. */
struct save *save_start(struct db *db, const struct conf *conf, const char *conf_file,
    const char *passphrase, struct err *e);
/* The next bytes: > 0 their count, 0 = that was all, -1. */
ssize_t save_read(struct save *s, void *p, size_t max, struct err *e);
/* All that will come, in bytes. */
uint64_t save_total(const struct save *s);
unsigned save_files(const struct save *s);
void save_free(struct save *s);	/* NULL is fine */

/* Is this file or folder of STATE (a path from there) left out by rule: what is made
 * anew, unfinished, or the copy of an earlier state? */
int save_leaves_out(const char *path);

#endif
