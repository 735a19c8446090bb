/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JSON forms of rows, with the API's field names. Caller owns what is returned. */
#ifndef CLI_DOC_H
#define CLI_DOC_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct camera;
struct cli;
struct dump;
struct job;
struct live_progress;

/* p may be NULL. */
json_t *doc_job(const struct job *j, const struct live_progress *p);
json_t *doc_progress(const struct live_progress *p);
json_t *doc_dump(const struct dump *d, bool show_private);
/* With what streamd says of it now. */
json_t *doc_camera(struct cli *cli, const struct camera *c, bool show_private);

/* The job's port as a person calls it: its name, else its path; "" without a port. */
const char *job_port(const struct job *j);
/* job->result as an object, {} when it is none; MAC and chip id are masked in it. */
json_t *job_result(const struct job *j);
/* The same with all of MAC and chip id when show_private. */
json_t *job_result_of(const struct job *j, bool show_private);
/* A number or a text of it; 0 or "" when it is not there. Text is borrowed. */
int64_t result_number(const json_t *result, const char *key);
const char *result_text(const json_t *result, const char *key);

#endif
