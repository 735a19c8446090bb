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

#include "cli/ask.h"
#include "cli/cli.h"
#include "cli/doc.h"
#include "cli/follow.h"
#include "cli/out.h"
#include "cli/writing.h"
#include "common/err.h"

/* What the restore would write, as far as it is known; w->plan says it. */
static int
plan_restore(struct writing *w, struct err *e)
{
	struct preview *v = &w->preview;
	struct plan_identity who = { .identity = v->identity, .target = v->title };

	snprintf(w->j.identity, sizeof(w->j.identity), "%s",
	    graft_identity_name(v->identity));
	if (preview_make(w->cli, &w->j, w->source.bytes, w->source.n,
		w->source.is_file ? NULL : &w->source.dump, v, e) < 0)
		return -1;
	if (v->gone.code != ERR_NONE)
		who.gone = &v->gone;
	if (v->made)
		who.graft = &v->report;
	image_plan(PLAN_RESTORE, v->made ? &v->map : &w->map, 0, 0, 0, writing_baud(w),
	    &who, &w->plan);
	return 0;
}

/* The camera as it is now, so that its image can be shown before it is written. */
static int
read_camera(struct writing *w, struct err *e)
{
	struct preview *v = &w->preview;
	struct job b;

	say(stderr, "The camera is read first, so that the image for it can be shown.");
	if (follow_prepare(w->cli, w->args, w->args->arg[0], &b, e) < 0)
		return -1;
	b.kind = JOB_BACKUP;
	b.camera_id = w->j.camera_id;
	if (follow_submit(w->cli, w->args, &b, 1, e) < 0)
		return -1;
	if (b.state != JOB_DONE || b.result_dump_id == 0)
		return follow_err(&b, e);
	if (dump_by_id(w->cli->db, b.result_dump_id, &v->target, e) < 0)
		return -1;
	snprintf(v->title, sizeof(v->title), "dump %lld, read just now",
	    (long long)v->target.id);
	v->have_target = v->target.size == w->source.n;
	/* Its chip id may have told whose it is. */
	if (w->j.camera_id == 0 && b.camera_id != 0) {
		w->j.camera_id = b.camera_id;
		memcpy(w->j.camera, b.camera, sizeof(w->j.camera));
	}
	return 0;
}

/* There is no identity to keep: say so, and let the person choose. */
static int
choose_identity(struct writing *w, const char *why, struct err *e)
{
	static const char *const words[] = { "donor", "blank", NULL };
	int choice;

	say(stderr, "%s.", why);
	choice =
	    ask_choice("Type donor or blank to choose; anything else stops.", words, e);
	if (choice < 0)
		return -1;
	(void)graft_identity_parse(words[choice], &w->preview.identity);
	return 0;
}

/* The camera was read for the job that was refused: what it holds is known now. */
static int
take_safety(struct writing *w, struct err *e)
{
	struct preview *v = &w->preview;
	json_t *result = job_result(&w->j);
	int64_t id = result_number(result, "safety_dump");

	json_decref(result);
	if (id == 0)
		return 0;
	if (dump_by_id(w->cli->db, id, &v->target, e) < 0)
		return -1;
	snprintf(v->title, sizeof(v->title), "dump %lld, read just now", (long long)id);
	v->have_target = v->target.size == w->source.n;
	return 0;
}

/* flashd found the camera's identity gone after all. 1 = a choice was made, 0, -1. */
static int
refused_gone(struct writing *w, struct err *e)
{
	if (w->j.state != JOB_REFUSED || strcmp(w->j.reason, "identity-gone") != 0 ||
	    w->cli->json)
		return 0;
	if (!ask_can()) {
		say(stderr,
		    "Choose with --identity donor or --identity blank, or restore a "
		    "dump of this same camera.");
		return 0;
	}
	if (choose_identity(w, w->j.message, e) < 0 || take_safety(w, e) < 0 ||
	    plan_restore(w, e) < 0)
		return -1;
	return 1;
}

static int
show_plan_only(struct writing *w, struct err *e)
{
	if (w->cli->json)
		out_json(json_pack("{s:o}", "plan", writing_plan_json(w)));
	else
		writing_show(w, stdout);
	if (!w->preview.made && w->preview.gone.code == ERR_NONE &&
	    w->preview.identity != GRAFT_DONOR && !w->cli->quiet)
		say(stderr,
		    "The image can be shown once this camera was read: camherd backup "
		    "%s --camera NAME, then this with the same --camera.",
		    w->args->arg[0]);
	if (w->preview.gone.code == ERR_NONE)
		return 0;
	if (w->cli->json)
		return ERR_REFUSED;
	*e = w->preview.gone;
	return -1;
}

static int
restore(struct writing *w, struct err *e)
{
	bool only = cli_opt(w->args, "plan") != NULL,
	     ask = cli_opt(w->args, "yes") == NULL && !w->cli->json && ask_can();

	if (writing_take(w, w->args->arg[1], e) < 0 ||
	    preview_find(w->cli, &w->j, w->source.n, &w->preview, e) < 0)
		return -1;
	if (!w->preview.have_target && w->preview.identity != GRAFT_DONOR && ask &&
	    !only && cli_opt(w->args, "queue") == NULL && read_camera(w, e) < 0)
		return -1;
	if (plan_restore(w, e) < 0)
		return -1;
	if (only)
		return show_plan_only(w, e);
	if (w->preview.gone.code != ERR_NONE && ask &&
	    (choose_identity(w, w->preview.gone.msg, e) < 0 || plan_restore(w, e) < 0))
		return -1;
	return writing_run(w, refused_gone, e);
}

static int
run_restore(struct cli *cli, const struct cli_args *args, struct err *e)
{
	const char *word = cli_opt(args, "identity");
	enum graft_identity identity = GRAFT_KEEP;
	struct writing *w;
	int r;

	if (word != NULL && graft_identity_parse(word, &identity) < 0)
		return err_set(e, ERR_USAGE, "usage",
		    "--identity %s: must be keep (the camera's own, the default), "
		    "donor "
		    "(the dump as it is) or blank (factory defaults)",
		    word);
	if ((w = writing_new(cli, args, JOB_RESTORE, e)) == NULL)
		return -1;
	w->preview.identity = identity;
	r = restore(w, e);
	writing_free(w);
	return r;
}

static int
run_flash(struct cli *cli, const struct cli_args *args, struct err *e)
{
	struct writing *w = writing_new(cli, args, JOB_FLASH, e);
	int r = -1;

	if (w != NULL && writing_take(w, args->arg[1], e) == 0) {
		image_plan(
		    PLAN_FLASH, &w->map, 0, 0, 0, writing_baud(w), NULL, &w->plan);
		r = writing_run(w, NULL, e);
	}
	writing_free(w);
	return r;
}

static int
erase_range(const struct cli_args *args, struct job *j, struct err *e)
{
	int at, size;

	at = cli_opt_number(args, "at", 0, IMAGE_BYTES_MAX, &j->at, e);
	size = at < 0
	    ? -1
	    : cli_opt_number(args, "size", IMAGE_SECTOR, IMAGE_BYTES_MAX, &j->size, e);
	if (at < 0 || size < 0)
		return -1;
	if (at == 0 || size == 0)
		return err_set(e, ERR_USAGE, "usage",
		    "erase needs --at A and --size N, for example --at 0xff000 --size "
		    "4K");
	if (j->at % IMAGE_SECTOR != 0 || j->size % IMAGE_SECTOR != 0)
		return err_set(e, ERR_USAGE, "usage",
		    "--at and --size must be multiples of %u (0x%x), the flash's "
		    "smallest erase",
		    IMAGE_SECTOR, IMAGE_SECTOR);
	return 0;
}

static int
run_erase(struct cli *cli, const struct cli_args *args, struct err *e)
{
	struct writing *w = writing_new(cli, args, JOB_ERASE, e);
	int r = -1;

	if (w != NULL && erase_range(args, &w->j, e) == 0) {
		image_plan(PLAN_ERASE, NULL, 0, w->j.at, w->j.size, writing_baud(w),
		    NULL, &w->plan);
		r = writing_run(w, NULL, e);
	}
	writing_free(w);
	return r;
}

static const struct cli_option restore_options[] = {
	{ "identity", 0, "WHOSE",
	    "keep: the camera's own (default); donor: the dump as it is; blank: "
	    "factory "
	    "defaults" },
	{ "plan", 0, NULL, "show what would be written, and write nothing" },
	{ "force", 0, NULL, "take an XR808 image for an XR872 chip" }, WRITING_OPTIONS,
	{ NULL, 0, NULL, NULL }
};
static const struct cli_option flash_options[] = {
	{ "force", 0, NULL, "take an XR808 image for an XR872 chip" }, WRITING_OPTIONS,
	{ NULL, 0, NULL, NULL }
};
static const struct cli_option erase_options[] = { { "at", 0, "A",
						       "first byte, a multiple of 4K" },
	{ "size", 0, "N", "bytes, a multiple of 4K" }, WRITING_OPTIONS,
	{ NULL, 0, NULL, NULL } };

#define FLASH_NEEDS (CLI_CONF | CLI_WRITE | CLI_LIVE)
#define SAFETY                                                                         \
	"The plan is shown and a name asked for first. Then flashd reads the whole "   \
	"flash\n"                                                                      \
	"twice and keeps that copy before it erases anything. Exit code 3: refused, "  \
	"and\n"                                                                        \
	"nothing was changed."

#define IDENTITY                                                                       \
	"\nThe camera keeps its own settings, MAC address and keys: the image is "     \
	"made "                                                                        \
	"of the\n"                                                                     \
	"dump and of what the camera holds. Its own dump goes back as it is. Where "   \
	"its "                                                                         \
	"identity\n"                                                                   \
	"is gone already, that is said and asked first."

const struct cli_command cmds_write[] = { { .verb = "restore",
					      .usage = "PORT DUMP|FILE",
					      .help = "write a dump of a whole flash",
					      .more = SAFETY IDENTITY,
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
