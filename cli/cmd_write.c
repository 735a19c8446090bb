/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * camherd restore, flash, erase: jobs that change a camera's flash. The plan is shown
 * first, then the name of camera or port is asked for; flashd refuses by itself what
 * must not be written.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/ask.h"
#include "cli/cli.h"
#include "cli/doc.h"
#include "cli/follow.h"
#include "cli/library.h"
#include "cli/out.h"
#include "cli/stage.h"
#include "common/bell.h"
#include "common/text.h"
#include "db/camera.h"
#include "db/db.h"
#include "db/dump.h"
#include "db/job.h"
#include "db/live.h"
#include "db/socket.h"
#include "image/plan.h"

/* What is to be written, from wherever it comes. */
struct source {
	uint8_t *bytes;
	size_t n;
	char title[320]; /* "dump 3 (7f3a91c2)" or the file's name */
	bool is_file;
	int64_t dump_id;
};

static int
from_file(const char *typed, struct source *ret, struct err *e)
{
	if (stage_read(typed, &ret->bytes, &ret->n, e) < 0)
		return -1;
	ret->is_file = true;
	snprintf(ret->title, sizeof(ret->title), "%.300s", typed);
	return 0;
}

/* A dump of the library first; a path, or a name that is no dump's, is a file. */
static int
find_source(struct cli *cli, const char *typed, struct source *ret, struct err *e)
{
	struct dump d;

	if (strchr(typed, '/') != NULL)
		return from_file(typed, ret, e);
	if (dump_resolve(cli->db, typed, &d, e) < 0) {
		if (e->code == ERR_NOT_FOUND && access(typed, R_OK) == 0)
			return from_file(typed, ret, e);
		return -1;
	}
	ret->dump_id = d.id;
	snprintf(ret->title, sizeof(ret->title), "dump %lld (%.8s)%s%s",
	    (long long)d.id, d.sha256, d.camera[0] != '\0' ? " of " : "", d.camera);
	return library_read(cli, &d, &ret->bytes, &ret->n, e);
}

static unsigned
expected_baud(struct cli *cli, const struct job *j)
{
	struct socket_row row;

	if (j->baud != 0)
		return j->baud;
	if (socket_by_path(cli->db, j->port, &row, NULL) == 0 && row.good_baud != 0)
		return row.good_baud;
	return cli->conf.max_baud;
}

static json_t *
plan_json(const struct plan *plan)
{
	json_t *lines = json_array();
	unsigned i;

	for (i = 0; i < plan->n_lines; i++)
		json_array_append_new(lines,
		    json_pack("{s:o,s:o}", "what", out_text(plan->lines[i].what),
			"text", out_text(plan->lines[i].text)));
	return json_pack("{s:o,s:i}", "lines", lines, "seconds", (int)plan->seconds);
}

/* To stderr: stdout holds the result only. */
static void
show_plan(const struct cli *cli, const struct job *j, const char *title,
    const struct plan *plan)
{
	unsigned i;

	if (cli->quiet)
		return;
	say(stderr, "%-10s %s onto %s%s%s", job_kind_name(j->kind), title, j->port,
	    j->camera[0] != '\0' ? ", camera " : "", j->camera);
	for (i = 0; i < plan->n_lines; i++)
		say(stderr, "%-10s %s", plan->lines[i].what, plan->lines[i].text);
}

static int
set_options(struct cli *cli, const struct cli_args *args, struct job *j, struct err *e)
{
	const char *camera = cli_opt(args, "camera");
	struct camera c;

	if (camera != NULL) {
		if (camera_by_name(cli->db, camera, &c, e) < 0)
			return err_add(e, "--camera");
		j->camera_id = c.id;
		snprintf(j->camera, sizeof(j->camera), "%s", c.name);
	}
	if (cli_opt(args, "experimental") != NULL)
		j->flags |= JOB_FLAG_EXPERIMENTAL;
	if (cli_opt(args, "force") != NULL)
		j->flags |= JOB_FLAG_FORCE;
	return 0;
}

static int
confirm(
    const struct cli_args *args, const struct job *j, const char *typed, struct err *e)
{
	const char *word = j->camera[0] != '\0' ? j->camera : typed;
	char question[400];

	if (cli_opt(args, "yes") != NULL)
		return 0;
	snprintf(question, sizeof(question), "Type the name of the %s (%s) to go on.",
	    j->camera[0] != '\0' ? "camera" : "port", word);
	return ask_word(question, word, "--yes", e);
}

/* flashd refuses a chip that nobody has reported yet; at a terminal the word can be
 * typed now. 1 = go again with the flag, 0 = no, -1. */
static int
ask_experimental(const struct cli *cli, struct job *j, struct err *e)
{
	if (j->state != JOB_REFUSED || strcmp(j->reason, "experimental-needed") != 0 ||
	    cli->json || !ask_can())
		return 0;
	say(stderr, "%s", j->message);
	if (ask_word("Type the word 'experimental' to go on.", "experimental",
		"--experimental", e) < 0)
		return -1;
	j->flags |= JOB_FLAG_EXPERIMENTAL;
	return 1;
}

static int
submit(struct cli *cli, const struct cli_args *args, struct job *j,
    const struct source *source, struct err *e)
{
	if (source != NULL && source->is_file &&
	    stage_bytes(cli, source->title, source->bytes, source->n, j, e) < 0)
		return -1;
	j->id = 0;
	if (follow_submit(cli, args, j, 1, e) < 0) {
		if (j->id == 0)
			stage_drop(cli, j);
		return -1;
	}
	return 0;
}

static json_t *
counts_json(const struct job *j, const struct plan *plan)
{
	static const char *const keys[] = { "erased", "written", "verified", "skipped",
		"seconds" };
	json_t *r = job_result(j);
	json_t *o = json_pack("{s:I,s:o,s:o,s:s,s:o,s:o,s:b}", "id", (json_int_t)j->id,
	    "port", out_text(job_port(j)), "path", out_text(j->port), "state",
	    job_state_name(j->state), "reason", out_text_or_null(j->reason), "message",
	    out_text_or_null(j->message), "touched", j->touched);
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		json_object_set_new(
		    o, keys[i], json_integer(result_number(r, keys[i])));
	json_object_set_new(o, "safety_dump",
	    result_number(r, "safety_dump") != 0
		? json_integer(result_number(r, "safety_dump"))
		: json_null());
	json_object_set_new(o, "plan", plan_json(plan));
	json_decref(r);
	return o;
}

static int
answer(struct cli *cli, const struct cli_args *args, const struct job *j,
    const struct plan *plan, struct err *e)
{
	json_t *r;
	char time[24];

	if (cli->json) {
		out_json(json_pack("{s:[o]}", "jobs", counts_json(j, plan)));
		return follow_code(j);
	}
	if (cli_opt(args, "queue") != NULL) {
		say(stdout, "job %lld is queued: %s %s", (long long)j->id,
		    job_kind_name(j->kind), job_port(j));
		return 0;
	}
	if (j->state != JOB_DONE)
		return follow_err(j, e);
	r = job_result(j);
	say(stdout,
	    "%s  %s done in %s: %lld sectors erased, %lld written, %lld verified, %lld "
	    "equal",
	    job_port(j), job_kind_name(j->kind),
	    text_duration(result_number(r, "seconds"), time, sizeof(time)),
	    (long long)result_number(r, "erased"),
	    (long long)result_number(r, "written"),
	    (long long)result_number(r, "verified"),
	    (long long)result_number(r, "skipped"));
	if (result_number(r, "safety_dump") != 0)
		say(stdout, "%s  what was there before is kept as dump %lld",
		    job_port(j), (long long)result_number(r, "safety_dump"));
	json_decref(r);
	return 0;
}

/* Plan, question, job, answer. */
static int
write_job(struct cli *cli, const struct cli_args *args, struct job *j,
    const struct source *source, const struct plan *plan, struct err *e)
{
	int r;

	show_plan(cli, j, source != NULL ? source->title : "a range", plan);
	if (confirm(args, j, args->arg[0], e) < 0)
		return -1;
	do {
		if (submit(cli, args, j, source, e) < 0)
			return -1;
	} while ((r = ask_experimental(cli, j, e)) == 1);
	return r < 0 ? -1 : answer(cli, args, j, plan, e);
}

static int
write_image(
    struct cli *cli, const struct cli_args *args, enum job_kind kind, struct err *e)
{
	struct source source = { .bytes = NULL };
	struct image_map *map = out_memory(calloc(1, sizeof(*map)));
	struct plan *plan = out_memory(calloc(1, sizeof(*plan)));
	struct job j;
	int r = -1;

	if (follow_prepare(cli, args, args->arg[0], &j, e) < 0)
		goto out;
	j.kind = kind;
	if (kind == JOB_RESTORE)
		snprintf(j.identity, sizeof(j.identity), "%s", "donor");
	if (set_options(cli, args, &j, e) < 0 ||
	    find_source(cli, args->arg[1], &source, e) < 0 ||
	    image_map(source.bytes, source.n, map, e) < 0)
		goto out;
	j.dump_id = source.dump_id;
	image_plan(kind == JOB_FLASH ? PLAN_FLASH : PLAN_RESTORE, map, 0, 0, 0,
	    expected_baud(cli, &j), plan);
	r = write_job(cli, args, &j, &source, plan, e);
out:
	free(source.bytes);
	free(plan);
	free(map);
	return r;
}

static int
run_restore(struct cli *cli, const struct cli_args *args, struct err *e)
{
	const char *identity = cli_opt(args, "identity");

	if (identity == NULL || strcmp(identity, "keep") == 0 ||
	    strcmp(identity, "blank") == 0)
		return err_set(e, ERR_USAGE, "identity-not-built",
		    "this version restores a dump as it is, with the identity (MAC, "
		    "Wi-Fi settings) of "
		    "the camera it came from; say so with --identity donor");
	if (strcmp(identity, "donor") != 0)
		return err_set(e, ERR_USAGE, "usage",
		    "--identity %s: must be keep, donor or blank (this version: donor)",
		    identity);
	return write_image(cli, args, JOB_RESTORE, e);
}

static int
run_flash(struct cli *cli, const struct cli_args *args, struct err *e)
{
	return write_image(cli, args, JOB_FLASH, e);
}

static int
run_erase(struct cli *cli, const struct cli_args *args, struct err *e)
{
	struct plan plan;
	struct job j;
	int at, size;

	if (follow_prepare(cli, args, args->arg[0], &j, e) < 0 ||
	    set_options(cli, args, &j, e) < 0)
		return -1;
	j.kind = JOB_ERASE;
	at = cli_opt_number(args, "at", 0, IMAGE_BYTES_MAX, &j.at, e);
	size = at < 0
	    ? -1
	    : cli_opt_number(args, "size", IMAGE_SECTOR, IMAGE_BYTES_MAX, &j.size, e);
	if (at < 0 || size < 0)
		return -1;
	if (at == 0 || size == 0)
		return err_set(e, ERR_USAGE, "usage",
		    "erase needs --at A and --size N, for example --at 0xff000 --size "
		    "4K");
	if (j.at % IMAGE_SECTOR != 0 || j.size % IMAGE_SECTOR != 0)
		return err_set(e, ERR_USAGE, "usage",
		    "--at and --size must be multiples of %u (0x%x), the flash's "
		    "smallest erase",
		    IMAGE_SECTOR, IMAGE_SECTOR);
	image_plan(PLAN_ERASE, NULL, 0, j.at, j.size, expected_baud(cli, &j), &plan);
	return write_job(cli, args, &j, NULL, &plan, e);
}

#define WRITE_OPTIONS                                                                  \
	{ "camera", 0, "NAME", "whose flash it is; its name is asked for" },           \
	    { "yes", 0, NULL, "do not ask" },                                          \
	    { "experimental", 0, NULL, "I know that nobody has tried this chip yet" }, \
	    { "baud", 0, "N", "try no faster line rate than this" }, FOLLOW_OPTIONS

static const struct cli_option restore_options[] = {
	{ "identity", 0, "WHOSE",
	    "donor: the dump as it is (the only way in this version)" },
	{ "force", 0, NULL, "take an XR808 image for an XR872 chip" }, WRITE_OPTIONS,
	{ NULL, 0, NULL, NULL }
};
static const struct cli_option flash_options[] = {
	{ "force", 0, NULL, "take an XR808 image for an XR872 chip" }, WRITE_OPTIONS,
	{ NULL, 0, NULL, NULL }
};
static const struct cli_option erase_options[] = { { "at", 0, "A",
						       "first byte, a multiple of 4K" },
	{ "size", 0, "N", "bytes, a multiple of 4K" }, WRITE_OPTIONS,
	{ NULL, 0, NULL, NULL } };

#define FLASH_NEEDS (CLI_CONF | CLI_WRITE | CLI_LIVE)
#define SAFETY                                                                         \
	"The plan is shown and a name asked for first. Then flashd reads the whole "   \
	"flash\n"                                                                      \
	"twice and keeps that copy before it erases anything. Exit code 3: refused, "  \
	"and\n"                                                                        \
	"nothing was changed."

const struct cli_command cmds_write[] = { { .verb = "restore",
					      .usage =
						  "PORT DUMP|FILE --identity donor",
					      .help = "write a dump of a whole flash",
					      .more = SAFETY,
					      .options = restore_options,
					      .min = 2,
					      .max = 2,
					      .needs = FLASH_NEEDS,
					      .run = run_restore },
	{ .verb = "flash",
	    .usage = "PORT IMAGE",
	    .help = "write a firmware image; the rest of the flash stays",
	    .more = SAFETY "\nIMAGE is a file of sections (.img) or a dump; only its "
			   "own range is written.",
	    .options = flash_options,
	    .min = 2,
	    .max = 2,
	    .needs = FLASH_NEEDS,
	    .run = run_flash },
	{ .verb = "erase",
	    .usage = "PORT --at A --size N",
	    .help = "make a range of the flash blank",
	    .more = SAFETY,
	    .options = erase_options,
	    .min = 1,
	    .max = 1,
	    .needs = FLASH_NEEDS,
	    .run = run_erase },
	{ .verb = NULL } };
