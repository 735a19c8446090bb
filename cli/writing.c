/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Jobs that change a flash (see writing.h). One thread. */
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
#include "cli/writing.h"
#include "common/bell.h"
#include "common/text.h"
#include "db/camera.h"
#include "db/db.h"
#include "db/live.h"
#include "db/socket.h"

static int
from_file(const char *typed, struct source *ret, struct err *e)
{
	if (stage_read(typed, &ret->bytes, &ret->n, e) < 0)
		return -1;
	ret->is_file = true;
	snprintf(ret->title, sizeof(ret->title), "%.300s", typed);
	return 0;
}

static int
find_source(struct cli *cli, const char *typed, struct source *ret, struct err *e)
{
	struct dump *d = &ret->dump;

	if (strchr(typed, '/') != NULL)
		return from_file(typed, ret, e);
	if (dump_resolve(cli->db, typed, d, e) < 0) {
		if (e->code == ERR_NOT_FOUND && access(typed, R_OK) == 0)
			return from_file(typed, ret, e);
		return -1;
	}
	snprintf(ret->title, sizeof(ret->title), "dump %lld (%.8s)%s%s",
	    (long long)d->id, d->sha256, d->camera[0] != '\0' ? " of " : "", d->camera);
	return library_read(cli, d, &ret->bytes, &ret->n, e);
}

unsigned
writing_baud(const struct writing *w)
{
	struct socket_row row;

	if (w->j.baud != 0)
		return w->j.baud;
	if (socket_by_path(w->cli->db, w->j.port, &row, NULL) == 0 &&
	    row.good_baud != 0)
		return row.good_baud;
	return w->cli->conf.max_baud;
}

json_t *
writing_plan_json(const struct writing *w)
{
	json_t *lines = json_array();
	unsigned i;

	for (i = 0; i < w->plan.n_lines; i++)
		json_array_append_new(lines,
		    json_pack("{s:o,s:o}", "what", out_text(w->plan.lines[i].what),
			"text", out_text(w->plan.lines[i].said.msg)));
	return json_pack("{s:o,s:i,s:o,s:o}", "lines", lines, "seconds",
	    (int)w->plan.seconds, "identity", out_text_or_null(w->j.identity), "image",
	    preview_json(&w->preview));
}

void
writing_show(const struct writing *w, FILE *to)
{
	unsigned i;

	say(to, "%-10s %s onto %s%s%s", job_kind_name(w->j.kind),
	    w->source.bytes != NULL ? w->source.title : "a range", w->j.port,
	    w->j.camera[0] != '\0' ? ", camera " : "", w->j.camera);
	for (i = 0; i < w->plan.n_lines; i++)
		say(to, "%-10s %s", w->plan.lines[i].what, w->plan.lines[i].said.msg);
	preview_say(&w->preview, to);
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
submit(struct writing *w, struct err *e)
{
	struct job *j = &w->j;

	if (w->source.is_file &&
	    stage_bytes(w->cli, w->source.title, w->source.bytes, w->source.n, j, e) <
		0)
		return -1;
	j->id = 0;
	if (follow_submit(w->cli, w->args, j, 1, e) < 0) {
		if (j->id == 0)
			stage_drop(w->cli, j);
		return -1;
	}
	return 0;
}

static json_t *
counts_json(const struct writing *w)
{
	const struct job *j = &w->j;
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
	if (j->kind == JOB_RESTORE) {
		json_object_set_new(
		    o, "identity", out_text_or_null(result_text(r, "identity")));
		json_object_set_new(o, "image_sha256",
		    out_text_or_null(result_text(r, "image_sha256")));
	}
	json_object_set_new(o, "plan", writing_plan_json(w));
	json_decref(r);
	return o;
}

/* Whose identity the camera has now. */
static void
say_identity(const struct job *j, const json_t *r)
{
	static const char *const hows[][2] = {
		{ "own", "the dump is this camera's own: it went back as it is" },
		{ "keep", "the camera kept its own settings, address and keys" },
		{ "blank", "the camera starts with factory defaults" },
		{ "donor", "the camera is its donor's twin now" },
	};
	size_t i;

	for (i = 0; i < sizeof(hows) / sizeof(hows[0]); i++) {
		if (strcmp(result_text(r, "identity"), hows[i][0]) == 0)
			say(stdout, "%s  %s", job_port(j), hows[i][1]);
	}
}

static int
answer(const struct writing *w, struct err *e)
{
	const struct job *j = &w->j;
	json_t *r;
	char time[24];

	if (w->cli->json) {
		out_json(json_pack("{s:[o]}", "jobs", counts_json(w)));
		return follow_code(j);
	}
	if (cli_opt(w->args, "queue") != NULL) {
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
	say_identity(j, r);
	json_decref(r);
	return 0;
}

/* Show the plan and ask for the name. */
static int
show_and_ask(struct writing *w, struct err *e)
{
	if (!w->cli->quiet)
		writing_show(w, stderr);
	return confirm(w->args, &w->j, w->args->arg[0], e);
}

int
writing_run(
    struct writing *w, int (*again)(struct writing *, struct err *), struct err *e)
{
	int r = 0;

	if (show_and_ask(w, e) < 0)
		return -1;
	do {
		if (submit(w, e) < 0)
			return -1;
		r = ask_experimental(w->cli, &w->j, e);
		if (r == 0 && again != NULL && (r = again(w, e)) == 1 &&
		    show_and_ask(w, e) < 0)
			return -1;
	} while (r == 1);
	return r < 0 ? -1 : answer(w, e);
}

struct writing *
writing_new(
    struct cli *cli, const struct cli_args *args, enum job_kind kind, struct err *e)
{
	struct writing *w = out_memory(calloc(1, sizeof(*w)));

	w->cli = cli;
	w->args = args;
	if (follow_prepare(cli, args, args->arg[0], &w->j, e) < 0 ||
	    set_options(cli, args, &w->j, e) < 0) {
		writing_free(w);
		return NULL;
	}
	w->j.kind = kind;
	return w;
}

void
writing_free(struct writing *w)
{
	if (w == NULL)
		return;
	free(w->source.bytes);
	free(w);
}

int
writing_take(struct writing *w, const char *typed, struct err *e)
{
	if (find_source(w->cli, typed, &w->source, e) < 0 ||
	    image_map(w->source.bytes, w->source.n, &w->map, e) < 0)
		return -1;
	w->j.dump_id = w->source.is_file ? 0 : w->source.dump.id;
	return 0;
}
