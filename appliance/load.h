/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An archive taken apart as it comes: its files go into a folder of their own below
 * STATE, each checked against the manifest; nothing else is touched. Only when all of it
 * was sound, and a person has read what would change, is that folder named
 * STATE/loading; from there on it is flashd's (flashd/takein.h). Bytes are a stranger's
 * until then. One thread; the struct belongs to its caller.
 */
#ifndef APPLIANCE_LOAD_H
#define APPLIANCE_LOAD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct conf;
struct db;
struct err;
struct load;

#define LOAD_READY "loading"	/* below STATE: taken in by flashd */
#define LOAD_ORDER "order.json"	/* in it: {"id","who","at_s"} */
#define LOAD_SPARE_BYTES (64ull * 1024 * 1024)	/* left free on the disk */
#define LOAD_RESULT_KEY "archive_result"	/* table setting: what became of the last one */
#define LOAD_RESULT_MAX 8192	/* bytes of that setting, the most */

/* Make the folder STATE/loading-<id>; an older one that nobody committed goes.
 * passphrase NULL = none was given. ERR_REFUSED "archive-under-way" while flashd takes
 * another one in. */
struct load *load_start(const char *state, const char *passphrase, struct err *e);
/* The next bytes of the archive, as many as there are. After a failure every further
 * call fails alike. */
int load_put(struct load *l, const void *p, size_t n, struct err *e);
/* That was all: is it whole and sound, and made for this or an older camherd? The files
 * are on the disk then. */
int load_finish(struct load *l, struct err *e);
/* What would change: docs/openapi.json's ArchivePlan. NULL and e. Caller owns it. */
json_t *load_plan(struct load *l, struct db *db, const struct conf *conf,
    const char *conf_file, struct err *e);
/* Refuses while jobs are open here. The folder is flashd's now; ret_id[33] names it in
 * the result. Ring flashd. */
int load_commit(struct load *l, struct db *db, const char *who, char *ret_id,
    struct err *e);
/* Removes the folder unless it was committed. NULL is fine. */
void load_free(struct load *l);

/* A staged folder that outlived its process: by its id. */
struct load *load_again(const char *state, const char *id, struct err *e);
const char *load_id(const struct load *l);	/* 32 hex digits */
/* Let the folder stay when the struct goes. */
void load_keep(struct load *l);
/* Remove a folder and all that is in it; below dir. */
int load_remove_tree(int dir, const char *name, struct err *e);

#endif
