/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a restore would write, before anything is asked: the image made for the camera as
 * it was read last, its map, and its differences from both parents. One thread.
 */
#ifndef CLI_PREVIEW_H
#define CLI_PREVIEW_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "common/err.h"
#include "db/dump.h"
#include "image/diff.h"
#include "image/graft.h"

struct cli;
struct job;

struct preview {
	enum graft_identity identity;
	bool have_target;	/* the camera was read some time, in the same size */
	struct dump target;
	bool made;		/* map, report and differences are filled */
	struct err gone;	/* why there is no identity to keep; code 0 = there is */
	char title[80];		/* of the target: "dump 12 of porch" */
	struct graft_report report;
	struct image_map map;
	struct diff from_donor, from_target;
};

/* The newest dump that was read from the job's camera; have_target says whether. */
int preview_find(struct cli *cli, const struct job *j, size_t n, struct preview *ret,
    struct err *e);
/* Make the image of n dump bytes (d = their row, or NULL for a file). Without a target
 * nothing is made and 0 returned. Where the identity is gone, ret->gone says so and 0 is
 * returned; other refusals are -1. */
int preview_make(struct cli *cli, const struct job *j, const uint8_t *dump, size_t n,
    const struct dump *d, struct preview *ret, struct err *e);

/* Fill map and differences of an image that was made otherwise. */
int preview_look(struct preview *v, const uint8_t *image, const uint8_t *dump,
    const uint8_t *target, size_t n, struct err *e);

/* Map and differences, for people. */
void preview_say(const struct preview *v, FILE *to);
json_t *preview_json(const struct preview *v);

#endif
