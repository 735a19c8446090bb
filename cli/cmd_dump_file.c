/* SPDX-License-Identifier: GPL-3.0-or-later */
/* camherd dump export|import: dumps as files of the user's own. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/bytes.h"
#include "cli/cli.h"
#include "cli/doc.h"
#include "cli/follow.h"
#include "cli/library.h"
#include "cli/out.h"
#include "cli/stage.h"
#include "common/text.h"
#include "db/camera.h"
#include "db/dump.h"
#include "db/job.h"

static int
run_export(struct cli *cli, const struct cli_args *args, struct err *e)
{
	const char *file = cli_opt(args, "output");
	struct dump d;
	uint8_t *p;
	size_t n;
	int r;

	if (file == NULL)
		return err_set(e, ERR_USAGE, "usage",
		    "dump export needs -o FILE ('-' for a pipe)");
	if (strcmp(file, "-") == 0 && cli->json)
		return err_set(
		    e, ERR_USAGE, "usage", "-o - and --json both want standard output");
	if (dump_resolve(cli->db, args->arg[0], &d, e) < 0 ||
	    library_read(cli, &d, &p, &n, e) < 0)
		return -1;
	r = bytes_write(file, p, n, cli_opt(args, "force") != NULL, e);
	free(p);
	if (r < 0 || strcmp(file, "-") == 0)
		return r;
	if (cli->json)
		return out_json(json_pack("{s:{s:I,s:o,s:I},s:o}", "dump", "id",
		    (json_int_t)d.id, "sha256", out_text(d.sha256), "size",
		    (json_int_t)d.size, "file", out_text(file)));
	if (!cli->quiet) {
		say(stdout, "%s  %s", d.sha256, file);
		say(stderr,
		    "This file holds the camera's Wi-Fi names and passwords as they "
		    "are.");
	}
	return 0;
}

static void
import_notes(const json_t *result)
{
	const json_t *notes = json_object_get(result, "notes");
	const char *text;
	size_t i;

	for (i = 0; i < json_array_size(notes); i++) {
		if ((text = json_string_value(json_array_get(notes, i))) != NULL)
			say(stdout, "note: %s", text);
	}
	if (result_number(result, "same_as") != 0)
		say(stdout, "note: dump %lld has the same bytes; they are stored once",
		    (long long)result_number(result, "same_as"));
}

static int
import_answer(struct cli *cli, const struct job *j, struct err *e)
{
	struct dump d;
	char size[24];
	json_t *r;

	if (j->state != JOB_DONE)
		return follow_err(j, e);
	if (dump_by_id(cli->db, j->result_dump_id, &d, e) < 0)
		return -1;
	r = job_result(j);
	if (cli->json) {
		json_object_update_missing_new(r,
		    json_pack("{s:[],s:n}", "notes", "same_as"));
		return out_json(json_pack("{s:{s:I,s:o,s:I,s:b,s:I,s:O,s:O},s:o}",
		    "dump", "id", (json_int_t)d.id, "sha256", out_text(d.sha256),
		    "size", (json_int_t)d.size, "verified", d.verified, "reads",
		    (json_int_t)result_number(r, "reads"), "notes",
		    json_object_get(r, "notes"), "same_as",
		    json_object_get(r, "same_as"), "result", r));
	}
	say(stdout,
	    "stored as dump %lld (%.8s)  %s  unverified: nobody read it twice here",
	    (long long)d.id, d.sha256, text_bytes(d.size, size, sizeof(size)));
	import_notes(r);
	json_decref(r);
	return 0;
}

static int
import_prepare(
    struct cli *cli, const struct cli_args *args, struct job *j, struct err *e)
{
	const char *name = cli_opt(args, "camera");
	struct camera c;
	uint8_t *p;
	size_t n;
	int r;

	if (follow_prepare(cli, args, "", j, e) < 0)
		return -1;
	j->kind = JOB_IMPORT;
	if (cli_opt(args, "as-is") != NULL)
		j->flags |= JOB_FLAG_AS_IS;
	if (name != NULL) {
		if (camera_by_name(cli->db, name, &c, e) < 0)
			return err_add(e, "--camera");
		j->camera_id = c.id;
	}
	if (stage_read(args->arg[0], &p, &n, e) < 0)
		return -1;
	r = stage_bytes(cli, args->arg[0], p, n, j, e);
	free(p);
	return r;
}

static int
run_import(struct cli *cli, const struct cli_args *args, struct err *e)
{
	struct job j;

	if (import_prepare(cli, args, &j, e) < 0)
		return -1;
	if (follow_submit(cli, args, &j, 1, e) < 0) {
		if (j.id == 0)
			stage_drop(cli, &j);
		return -1;
	}
	if (cli_opt(args, "queue") == NULL)
		return import_answer(cli, &j, e);
	if (cli->json)
		return out_json(json_pack("{s:o}", "job", doc_job(&j, NULL)));
	say(stdout, "job %lld is queued: import %s", (long long)j.id, j.file);
	return 0;
}

static const struct cli_option export_options[] = { { "output", 'o', "FILE",
							"where to, '-' for a pipe" },
	{ "force", 0, NULL, "replace a file that is there" }, { NULL, 0, NULL, NULL } };
static const struct cli_option import_options[] = { { "camera", 0, "NAME",
							"whose dump it is" },
	{ "as-is", 0, NULL, "do not trim a file that holds its bytes twice" },
	FOLLOW_OPTIONS, { NULL, 0, NULL, NULL } };

const struct cli_command cmds_dump_file[] = {
	{ .verb = "dump export",
	    .usage = "DUMP -o FILE",
	    .help = "write a dump to a file, raw",
	    .more = "The bytes are checked against their SHA-256 first, so that "
		    "'sha256sum FILE'\n"
		    "proves the copy. The file holds Wi-Fi passwords: do not post it.",
	    .options = export_options,
	    .min = 1,
	    .max = 1,
	    .needs = CLI_CONF | CLI_READ,
	    .run = run_export },
	{ .verb = "dump import",
	    .usage = "FILE",
	    .help = "take a file into the library",
	    .more = "At most 32 MiB. It is marked unverified. A file that holds the same bytes\n"
			"twice was read past the end of its chip: it is kept once.",
	    .options = import_options,
	    .min = 1,
	    .max = 1,
	    .needs = CLI_CONF | CLI_WRITE | CLI_LIVE,
	    .run = run_import },
	{ .verb = NULL }
};
