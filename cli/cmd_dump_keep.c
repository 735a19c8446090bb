/* SPDX-License-Identifier: GPL-3.0-or-later */
/* camherd dump verify|rm|rebuild: is the library whole, what may go, start anew. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "cli/ask.h"
#include "cli/cli.h"
#include "cli/doc.h"
#include "cli/follow.h"
#include "cli/library.h"
#include "cli/out.h"
#include "db/dump.h"
#include "db/job.h"

struct check {
	struct cli *cli;
	json_t *list; /* with --json */
	unsigned whole;
	int code; /* of the worst dump */
};

static void
check_dump(struct check *c, const struct dump *d)
{
	struct err why = { .code = ERR_NONE };
	uint8_t *p;
	size_t n;

	if (library_read(c->cli, d, &p, &n, &why) == 0) {
		free(p);
		c->whole++;
	} else {
		c->code = ERR_MISMATCH;
	}
	if (c->list != NULL)
		json_array_append_new(c->list,
		    json_pack("{s:I,s:o,s:b,s:o}", "id", (json_int_t)d->id, "sha256",
			out_text(d->sha256), "whole", why.code == ERR_NONE, "reason",
			out_text_or_null(why.msg)));
	else if (why.code != ERR_NONE)
		say(stdout, "dump %lld (%.8s): %s", (long long)d->id, d->sha256,
		    why.msg);
}

static bool
check_each(const struct dump *d, void *arg)
{
	check_dump(arg, d);
	return true;
}

static int
run_verify(struct cli *cli, const struct cli_args *args, struct err *e)
{
	struct check c = { .cli = cli, .list = cli->json ? json_array() : NULL };
	struct dump d;
	int i;

	for (i = 0; i < args->n; i++) {
		if (dump_resolve(cli->db, args->arg[i], &d, e) < 0) {
			json_decref(c.list);
			return -1;
		}
		check_dump(&c, &d);
	}
	if (args->n == 0 && dump_each(cli->db, 0, check_each, &c, e) < 0) {
		json_decref(c.list);
		return -1;
	}
	if (c.list != NULL)
		out_json(json_pack("{s:o}", "dumps", c.list));
	else if (!cli->quiet)
		say(stdout,
		    "%u dumps are whole: their bytes have the SHA-256 they are named "
		    "by",
		    c.whole);
	return c.code;
}

/* Its camera's name, or its number where it has none, must be typed. */
static int
confirm(const struct cli_args *args, const struct dump *d, struct err *e)
{
	char question[200], word[40];

	if (cli_opt(args, "yes") != NULL)
		return 0;
	if (d->camera[0] != '\0')
		snprintf(word, sizeof(word), "%s", d->camera);
	else
		snprintf(word, sizeof(word), "%lld", (long long)d->id);
	snprintf(question, sizeof(question),
	    "Dump %lld (%.8s) goes to the bin and is deleted after 30 days. Type '%s' "
	    "to go on:",
	    (long long)d->id, d->sha256, word);
	return ask_word(question, word, "--yes", e);
}

/* Give the job, wait for its end, tell what came of it. */
static int
do_job(struct cli *cli, const struct cli_args *args, struct job *j, const char *done,
    struct err *e)
{
	if (follow_submit(cli, args, j, 1, e) < 0)
		return -1;
	if (cli_opt(args, "queue") == NULL && j->state != JOB_DONE)
		return follow_err(j, e);
	if (cli->json)
		return out_json(json_pack("{s:o}", "job", doc_job(j, NULL)));
	if (cli_opt(args, "queue") != NULL)
		say(stdout, "job %lld is queued", (long long)j->id);
	else if (!cli->quiet)
		say(stdout, "%s", done);
	return 0;
}

static int
run_rm(struct cli *cli, const struct cli_args *args, struct err *e)
{
	struct dump d;
	struct job j;

	if (dump_resolve(cli->db, args->arg[0], &d, e) < 0 ||
	    confirm(args, &d, e) < 0 || follow_prepare(cli, args, "", &j, e) < 0)
		return -1;
	j.kind = JOB_REMOVE;
	j.dump_id = d.id;
	if (cli_opt(args, "force") != NULL)
		j.flags |= JOB_FLAG_FORCE;
	return do_job(cli, args, &j, "it is in the bin (dumps/bin) for 30 days", e);
}

static int
run_rebuild(struct cli *cli, const struct cli_args *args, struct err *e)
{
	struct job j;

	if (follow_prepare(cli, args, "", &j, e) < 0)
		return -1;
	j.kind = JOB_REBUILD;
	return do_job(cli, args, &j,
	    "the index of the library says again what its files say; see 'camherd dump "
	    "list'",
	    e);
}

static const struct cli_option rm_options[] = { { "yes", 0, NULL, "do not ask" },
	{ "force", 0, NULL, "also the last verified dump of a camera" }, FOLLOW_OPTIONS,
	{ NULL, 0, NULL, NULL } };
static const struct cli_option rebuild_options[] = { FOLLOW_OPTIONS,
	{ NULL, 0, NULL, NULL } };

const struct cli_command cmds_dump_keep[] = {
	{ .verb = "dump verify",
	    .usage = "[DUMP...]",
	    .help = "are the files whole? all of them, or these",
	    .more = "Reads every byte and compares its SHA-256. Exit status 7 when a "
		    "file is\n"
		    "damaged or gone.",
	    .min = 0,
	    .max = CLI_ARGS_MAX,
	    .needs = CLI_CONF | CLI_READ,
	    .run = run_verify },
	{ .verb = "dump rm",
	    .usage = "DUMP",
	    .help = "put a dump into the bin",
	    .more = "The file stays in dumps/bin for 30 days. The last verified dump "
		    "of a camera\n"
		    "is only taken with --force.",
	    .options = rm_options,
	    .min = 1,
	    .max = 1,
	    .needs = CLI_CONF | CLI_WRITE | CLI_LIVE,
	    .run = run_rm },
	{ .verb = "dump rebuild",
	    .usage = "",
	    .help = "make the index anew from the files",
	    .options = rebuild_options,
	    .min = 0,
	    .max = 0,
	    .needs = CLI_CONF | CLI_WRITE | CLI_LIVE,
	    .run = run_rebuild },
	{ .verb = NULL }
};
