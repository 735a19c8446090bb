/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Giving jobs to flashd and watching them. One thread. */
#ifndef CLI_FOLLOW_H
#define CLI_FOLLOW_H

#include <stdbool.h>
#include <stdint.h>

struct cli;
struct cli_args;
struct err;
struct job;

/* Options that every command which gives jobs has (put them into its list). */
#define FOLLOW_OPTIONS                                                                     \
	{ "queue", 0, NULL, "only queue the job, also when flashd is not running" },       \
	{ "no-wait", 0, NULL, "fail at once where a person's hand would be needed" },       \
	{ "follow", 0, NULL, "with --json: progress as one JSON line each on standard error" }

/* Fill what all jobs have alike, --baud included; port is what the user typed ("" =
 * none). */
int follow_prepare(struct cli *cli, const struct cli_args *args, const char *port,
    struct job *j, struct err *e);
/* Submit n jobs, ring, and unless --queue was given watch them until the last has
 * ended (jobs[] hold their rows then). Refused when flashd is down. 0 or -1. */
int follow_submit(struct cli *cli, const struct cli_args *args, struct job *jobs, int n,
    struct err *e);
/* Watch jobs that are there already. */
int follow_watch(struct cli *cli, struct job *jobs, int n, bool lines, struct err *e);

/* The exit code that a job's end stands for (0 while it has not ended). */
int follow_code(const struct job *j);
/* Fill e from a job that did not end well; returns -1. */
int follow_err(const struct job *j, struct err *e);

#endif
