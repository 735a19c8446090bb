/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Looking into one dump or two: the handler finds their rows and reads the question,
 * the worker reads the files and makes the answer (see work.h), the answer carries its
 * ETag. What a look makes of bytes that never change needs to be made once only.
 */
#ifndef WEBD_LOOK_H
#define WEBD_LOOK_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "common/conf.h"
#include "common/err.h"
#include "db/dump.h"

struct look;
struct reply;
struct request;
struct web;

struct look_file {
	struct dump row;	/* id 0 = none is wanted, -1 = a file of no dump */
	char path[CONF_PATH_MAX + 80];
	uint8_t *p;		/* worker's, while fn runs */
	size_t n;
};

/* On the worker: the answer, or NULL and e. Instead of a document it may set l->fd. */
typedef json_t *look_fn(struct look *l, struct err *e);

struct look {
	struct look_file a, b;
	look_fn *fn;
	/* Main thread, once the worker is done, whether or not it went well; or NULL. */
	void (*done)(struct web *w, const struct look *l);
	struct web *web;	/* for done() */
	void *opt;		/* what was asked; freed with it, one block */
	char etag[96];		/* "" = none */
	/* What came of it: */
	json_t *doc;
	char *text;		/* doc as it is sent */
	int fd;			/* a file to send instead, or -1 */
	uint64_t n_fd;
	char file[80];		/* its name for the user */
	struct err e, why;	/* why: for the log */
};

/* The row at {id}; -1 with the reply filled in. */
int look_row(
    struct web *w, const struct request *r, struct dump *ret, struct reply *rep);
/* The row of what a query's key names (an id or the first digits of a SHA-256). */
int look_row_of(struct web *w, const struct request *r, const char *key,
    struct dump *ret, struct reply *rep);

/* A look at a, and at b unless that is NULL; opt gets opt_size zeroed bytes. NULL with
 * the reply filled in. */
struct look *look_new(const struct web *w, const struct dump *a, const struct dump *b,
    look_fn *fn, size_t opt_size, struct reply *rep);
/* The same with a file that is no dump of the library (an upload) as a. */
struct look *look_new_file(const struct web *w, const char *path, const struct dump *b,
    look_fn *fn, size_t opt_size, struct reply *rep);
/* The answer is the same as long as bytes, words and version are: it may be kept. */
void look_keep(struct look *l, const char *words);
/* Takes l: what was asked makes no sense. */
void look_refuse(struct look *l, const struct err *e, struct reply *rep);
/* Takes l. Answers at once with 304 when the client has it already. */
void look_give(
    struct web *w, const struct request *r, struct look *l, struct reply *rep);

#endif
