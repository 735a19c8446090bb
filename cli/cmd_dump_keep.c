/* SPDX-License-Identifier: GPL-3.0-or-later */
/* camherd dump verify|rm|bin|recover|rebuild: is the library whole, what may go and come
 * back, start anew. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/ask.h"
#include "cli/cli.h"
#include "cli/doc.h"
#include "cli/follow.h"
#include "cli/library.h"
#include "cli/out.h"
#include "common/bell.h"
#include "common/text.h"
#include "db/bin.h"
#include "db/db.h"
#include "db/dump.h"
#include "db/job.h"
#include "db/keep.h"

struct check {
	struct cli *cli;
	const struct cli_args *args;
	json_t *list; /* with --json */
	struct db *db; /* for writing, once a row has to be marked */
	bool shut; /* it cannot be opened: that was said */
	unsigned whole;
	int code; /* of the worst dump */
};

/* The row should say what was found: flashd reads the file once more and marks it. The
 * job's number, or 0 when there is nothing to mark or nobody may ask. */
static int64_t
ask_to_mark(struct check *c, const struct dump *d, bool whole)
{
	struct err e = { .code = ERR_NONE };
	struct job j;
	int r;

	if (c->shut || whole == (!d->damaged && !d->missing))
		return 0;
	if (c->db == NULL)
		c->db = db_open(c->cli->conf.state, DB_READ_WRITE, &e);
	r = c->db == NULL ? -1 : follow_prepare(c->cli, c->args, "", &j, &e);
	if (r == 0)
		r = job_submit_scrub(c->db, d, whole, &j, &e);
	if (r < 0) {
		c->shut = true;
		say(stderr, "what was found is not marked in the inventory: %s", e.msg);
	}
	if (r <= 0)
		return 0;
	bell_ring(c->cli->conf.run, "flashd");
	return j.id;
}

static void
check_dump(struct check *c, const struct dump *d)
{
	struct err why = { .code = ERR_NONE };
	uint8_t *p;
	int64_t job;
	size_t n;

	if (library_read(c->cli, d, &p, &n, &why) == 0) {
		free(p);
		c->whole++;
	} else {
		c->code = ERR_MISMATCH;
	}
	job = ask_to_mark(c, d, why.code == ERR_NONE);
	if (c->list != NULL)
		json_array_append_new(c->list,
		    json_pack("{s:I,s:o,s:b,s:o,s:o}", "id", (json_int_t)d->id, "sha256",
			out_text(d->sha256), "whole", why.code == ERR_NONE, "reason",
			out_text_or_null(why.msg), "job",
			job != 0 ? json_integer(job) : json_null()));
	else if (why.code != ERR_NONE)
		say(stdout, "dump %lld (%.8s): %s", (long long)d->id, d->sha256,
		    why.msg);
	if (c->list == NULL && job != 0 && !c->cli->quiet)
		say(stdout, "dump %lld: job %lld marks it as %s", (long long)d->id,
		    (long long)job, why.code == ERR_NONE ? "whole again" : "damaged");
}

static bool
check_each(const struct dump *d, void *arg)
{
	check_dump(arg, d);
	return true;
}

static int
check_dumps(struct check *c, const struct cli_args *args, struct err *e)
{
	struct dump d;
	int i;

	for (i = 0; i < args->n; i++) {
		if (dump_resolve(c->cli->db, args->arg[i], &d, e) < 0)
			return -1;
		check_dump(c, &d);
	}
	return args->n > 0 ? 0 : dump_each(c->cli->db, 0, check_each, c, e);
}

static int
run_verify(struct cli *cli, const struct cli_args *args, struct err *e)
{
	struct check c = { .cli = cli,
		.args = args,
		.list = cli->json ? json_array() : NULL };
	int r = check_dumps(&c, args, e);

	db_close(c.db);
	if (r < 0) {
		json_decref(c.list);
		return -1;
	}
	if (c.list != NULL)
		out_json(json_pack("{s:o}", "dumps", c.list));
	else if (!cli->quiet && c.whole > 0)
		say(stdout, "%u %s whole: %s the SHA-256 %s named by", c.whole,
		    c.whole == 1 ? "dump is" : "dumps are",
		    c.whole == 1 ? "its bytes have" : "their bytes have",
		    c.whole == 1 ? "it is" : "they are");
	else if (!cli->quiet && c.code == 0)
		say(stdout, "the library is empty");
	return c.code;
}

/* Verified dumps of its camera beside this one. */
struct others {
	const struct dump *d;
	unsigned verified;
};

static bool
count_verified(const struct dump *d, void *arg)
{
	struct others *o = arg;

	o->verified += d->id != o->d->id && d->verified && !d->missing && !d->damaged;
	return true;
}

/* 1 = the last verified dump of its camera, 0 = not, -1. */
static int
is_last(struct cli *cli, const struct dump *d, struct err *e)
{
	struct others o = { .d = d };

	if (!d->verified || d->missing || d->damaged || d->camera_id == 0)
		return 0;
	if (dump_each(cli->db, d->camera_id, count_verified, &o, e) < 0)
		return -1;
	return o.verified == 0;
}

/* The camera would be without a backup: its name has to be typed, --yes is not enough. */
static int
confirm_last(const struct cli_args *args, const struct dump *d, int days, struct err *e)
{
	const char *typed = cli_opt(args, "confirm");
	char question[300];

	if (typed != NULL && strcmp(typed, d->camera) == 0)
		return 0;
	if (typed != NULL)
		return err_set(e, ERR_REFUSED, "confirmation-wrong",
		    "--confirm says '%s', but the dump is the last verified one of "
		    "'%s'; nothing was changed", typed, d->camera);
	snprintf(question, sizeof(question),
	    "Dump %lld (%.8s) is the last verified backup of '%s'; without it nobody "
	    "can bring that camera back. It goes to the bin and is deleted after %d "
	    "days. Type the camera's name to go on:",
	    (long long)d->id, d->sha256, d->camera, days);
	return ask_word(question, d->camera, "--confirm NAME", e);
}

static int
confirm(const struct cli_args *args, const struct dump *d, int days, struct err *e)
{
	char question[200], word[24];

	if (cli_opt(args, "yes") != NULL)
		return 0;
	snprintf(word, sizeof(word), "%lld", (long long)d->id);
	snprintf(question, sizeof(question),
	    "Dump %lld (%.8s) goes to the bin and is deleted after %d days. Type '%s' "
	    "to go on:",
	    (long long)d->id, d->sha256, days, word);
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
	struct keep keep;
	struct dump d;
	char done[160];
	struct job j;
	int last;

	if (keep_get(cli->db, &keep, e) < 0 ||
	    dump_resolve(cli->db, args->arg[0], &d, e) < 0 ||
	    (last = is_last(cli, &d, e)) < 0 ||
	    (last ? confirm_last(args, &d, keep.bin, e) : confirm(args, &d, keep.bin, e)) < 0 ||
	    follow_prepare(cli, args, "", &j, e) < 0)
		return -1;
	j.kind = JOB_REMOVE;
	j.dump_id = d.id;
	if (last)
		j.flags |= JOB_FLAG_FORCE;
	snprintf(done, sizeof(done),
	    "it is in the bin for %d days; 'camherd dump bin' shows it, 'camherd dump "
	    "recover' takes it back",
	    keep.bin);
	return do_job(cli, args, &j, done, e);
}

/* ---- the bin ---- */

struct bin_walk {
	struct table *table;
	json_t *list;
	bool show_private;
};

static bool
bin_json(const struct bin_entry *b, void *arg)
{
	struct bin_walk *w = arg;
	json_t *o = doc_dump(&b->d, w->show_private);

	json_object_del(o, "id");
	json_object_set_new(o, "name", out_text(b->handle));
	json_object_set_new(o, "removed_s", json_integer(b->removed_s));
	json_object_set_new(o, "gone_s", json_integer(b->gone_s));
	json_object_set_new(o, "has_bytes", json_boolean(b->has_bytes));
	json_array_append_new(w->list, o);
	return true;
}

static bool
bin_row(const struct bin_entry *b, void *arg)
{
	struct bin_walk *w = arg;
	char size[24], removed[24], gone[24];

	table_cell(w->table, "%s", b->handle);
	table_cell(w->table, "%s", text_bytes(b->d.size, size, sizeof(size)));
	table_cell(w->table, "%s", b->d.camera);
	table_cell(w->table, "%s", b->d.kind);
	table_cell(w->table, "%s",
	    !b->has_bytes ? "bytes are gone" : b->d.verified ? "verified" : "unverified");
	table_cell(w->table, "%s", text_time(b->removed_s, removed, sizeof(removed)));
	table_cell(w->table, "%s", text_time(b->gone_s, gone, sizeof(gone)));
	table_cell(w->table, "%s", b->d.note);
	return true;
}

static int
run_bin(struct cli *cli, const struct cli_args *args, struct err *e)
{
	struct bin_walk w = { .show_private = cli_opt(args, "show-private") != NULL };
	struct keep keep;

	if (keep_get(cli->db, &keep, e) < 0)
		return -1;
	if (cli->json) {
		w.list = out_memory(json_array());
		if (bin_each(cli->conf.state, keep.bin, bin_json, &w, e) < 0) {
			json_decref(w.list);
			return -1;
		}
		return out_json(json_pack("{s:o}", "bin", w.list));
	}
	w.table = table_new(8, "NAME", "SIZE", "CAMERA", "KIND", "STATE", "REMOVED",
	    "DELETED", "NOTE");
	if (bin_each(cli->conf.state, keep.bin, bin_row, &w, e) < 0)
		return -1;
	table_end(w.table, cli);
	return 0;
}

static int
run_recover(struct cli *cli, const struct cli_args *args, struct err *e)
{
	struct bin_entry b;
	char done[80];
	struct job j;

	if (bin_resolve(cli->conf.state, args->arg[0], &b, e) < 0 ||
	    follow_prepare(cli, args, "", &j, e) < 0)
		return -1;
	j.kind = JOB_RECOVER;
	snprintf(j.file, sizeof(j.file), "%s", b.name);
	snprintf(done, sizeof(done), "%.8s is in the library again", b.d.sha256);
	return do_job(cli, args, &j, done, e);
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
	{ "confirm", 0, "NAME", "its camera, for the last verified dump of one" },
	FOLLOW_OPTIONS,
	{ NULL, 0, NULL, NULL } };
static const struct cli_option bin_options[] = {
	{ "show-private", 0, NULL, "with --json: show all of chip ids and MACs" },
	{ NULL, 0, NULL, NULL }
};
static const struct cli_option rebuild_options[] = { FOLLOW_OPTIONS,
	{ NULL, 0, NULL, NULL } };

const struct cli_command cmds_dump_keep[] = {
	{ .verb = "dump verify",
	    .usage = "[DUMP...]",
	    .help = "are the files whole? all of them, or these",
	    .more = "Reads every byte and compares its SHA-256. Exit status 7 when a "
		    "file is\n"
		    "damaged or gone; flashd then marks it in the inventory, and takes "
		    "the mark\naway once the file is whole again.",
	    .min = 0,
	    .max = CLI_ARGS_MAX,
	    .needs = CLI_CONF | CLI_READ,
	    .run = run_verify },
	{ .verb = "dump rm",
	    .usage = "DUMP",
	    .help = "put a dump into the bin",
	    .more = "It stays there for 30 days, or as 'camherd settings show' says; "
		    "'dump recover'\n"
		    "takes it back. For the last verified dump of a camera that camera's "
		    "name has to\nbe typed.",
	    .options = rm_options,
	    .min = 1,
	    .max = 1,
	    .needs = CLI_CONF | CLI_WRITE | CLI_LIVE,
	    .run = run_rm },
	{ .verb = "dump bin",
	    .usage = "",
	    .help = "what was removed and can be taken back",
	    .options = bin_options,
	    .min = 0,
	    .max = 0,
	    .needs = CLI_CONF | CLI_READ,
	    .run = run_bin },
	{ .verb = "dump recover",
	    .usage = "NAME",
	    .help = "take a removed dump back",
	    .more = "NAME is that of 'dump bin', or the first eight or more digits of "
		    "the SHA-256.",
	    .options = rebuild_options,
	    .min = 1,
	    .max = 1,
	    .needs = CLI_CONF | CLI_WRITE | CLI_LIVE,
	    .run = run_recover },
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
