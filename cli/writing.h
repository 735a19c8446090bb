/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A job that changes a flash, on its way from the command line to flashd: image, plan,
 * question, job, answer. One thread.
 */
#ifndef CLI_WRITING_H
#define CLI_WRITING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/preview.h"
#include "db/dump.h"
#include "db/job.h"
#include "image/plan.h"

struct cli;
struct cli_args;
struct err;

/* What is to be written, from wherever it comes. */
struct source {
	uint8_t *bytes;
	size_t n;
	char title[320];	/* "dump 3 (7f3a91c2)" or the file's name */
	bool is_file;
	struct dump dump;	/* unless is_file */
};

struct writing {
	struct cli *cli;
	const struct cli_args *args;
	struct job j;
	struct source source;	/* bytes are NULL for erase */
	struct image_map map;
	struct plan plan;
	struct preview preview;	/* restore */
};

/* Options that all of them have. */
#define WRITING_OPTIONS                                                                    \
	{ "camera", 0, "NAME", "whose flash it is; its name is asked for" },               \
	    { "yes", 0, NULL, "do not ask" },                                              \
	    { "experimental", 0, NULL, "I know that nobody has tried this chip yet" },     \
	    { "baud", 0, "N", "try no faster line rate than this" }, FOLLOW_OPTIONS

/* The job's port and options; NULL with e. */
struct writing *writing_new(struct cli *cli, const struct cli_args *args,
    enum job_kind kind, struct err *e);
void writing_free(struct writing *w);
/* The image: a dump of the library first; a path, or a name that is no dump's, is a
 * file. */
int writing_take(struct writing *w, const char *typed, struct err *e);
/* The rate to expect. */
unsigned writing_baud(const struct writing *w);

/* The plan, and the preview where there is one. */
void writing_show(const struct writing *w, FILE *to);
json_t *writing_plan_json(const struct writing *w);
/* Show the plan, ask for the name unless --yes, give the job to flashd, answer. again
 * (or NULL): the job was refused; 1 = it was changed, show it and ask once more, 0 = no,
 * -1. */
int writing_run(struct writing *w, int (*again)(struct writing *, struct err *),
    struct err *e);

#endif
