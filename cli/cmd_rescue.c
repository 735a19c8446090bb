/* SPDX-License-Identifier: GPL-3.0-or-later */
/* camherd rescue list|show|add|set|start|report|rm: what the page's rescue keeps, without
 * the page. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/bytes.h"
#include "cli/cli.h"
#include "cli/follow.h"
#include "cli/out.h"
#include "cli/stage.h"
#include "cli/state.h"
#include "common/bell.h"
#include "common/text.h"
#include "common/words.h"
#include "db/db.h"
#include "db/job.h"
#include "db/rescue.h"
#include "image/secrets.h"

static const char *
who(void)
{
	const char *name = getenv("USER");

	return name != NULL && name[0] != '\0' ? name : "camherd";
}

static json_t *
doc_rescue(struct cli *cli, const struct rescue *r)
{
	json_t *answers = json_object(), *jobs = json_object();
	int64_t image = 0;
	int i;

	for (i = 0; i < N_RESCUE_QUESTIONS; i++)
		json_object_set_new(answers, rescue_question_name((enum rescue_question)i),
		    out_text_or_null(r->answers[i]));
	for (i = 0; i < N_RESCUE_TASKS; i++)
		json_object_set_new(jobs, rescue_task_name((enum rescue_task)i),
		    r->jobs[i] == 0 ? json_null() : json_integer(r->jobs[i]));
	(void)rescue_image(cli->db, r, &image, NULL);
	return json_pack("{s:I,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "id",
	    (json_int_t)r->id, "state", out_text(r->state), "step", out_text(r->step),
	    "camera", out_text_or_null(r->camera), "donor", out_text_or_null(r->donor),
	    "port", out_text_or_null(r->port), "donor_port",
	    out_text_or_null(r->donor_port), "image",
	    image == 0 ? json_null() : json_integer(image), "identity",
	    out_text(r->identity), "answers", answers, "jobs", jobs);
}

struct walk {
	struct cli *cli;
	struct table *table;
	json_t *list;
};

static bool
list_one(const struct rescue *r, void *arg)
{
	struct walk *w = arg;
	char when[24];

	if (w->list != NULL) {
		json_array_append_new(w->list, doc_rescue(w->cli, r));
		return true;
	}
	table_cell(w->table, "%lld", (long long)r->id);
	table_cell(w->table, "%s", r->camera);
	table_cell(w->table, "%s", r->state);
	table_cell(w->table, "%s", r->step);
	table_cell(w->table, "%s", r->port_name[0] != '\0' ? r->port_name : r->port);
	table_cell(w->table, "%s", r->changed_by);
	table_cell(w->table, "%s", text_time(r->changed_s, when, sizeof(when)));
	return true;
}

static int
run_list(struct cli *cli, const struct cli_args *args, struct err *e)
{
	struct walk w = { .cli = cli };

	(void)args;
	if (cli->json)
		w.list = json_array();
	else
		w.table = table_new(7, "RESCUE", "CAMERA", "STATE", "STEP", "PORT",
		    "CHANGED BY", "CHANGED");
	if (rescue_each(cli->db, list_one, &w, e) < 0)
		return -1;
	if (cli->json)
		return out_json(json_pack("{s:o}", "rescues", w.list));
	table_end(w.table, cli);
	return 0;
}

static int
typed_id(const struct cli_args *args, int64_t *ret, struct err *e)
{
	uint64_t id;

	if (text_number(args->arg[0], 1, INT64_MAX, false, &id) < 0)
		return err_set(e, ERR_USAGE, "usage",
		    "'%s' is no rescue's number; 'camherd rescue list' shows them",
		    args->arg[0]);
	*ret = (int64_t)id;
	return 0;
}

/* How it stands now. */
static int
show(struct cli *cli, int64_t id, struct err *e)
{
	struct rescue r;
	int64_t image = 0;
	int i;

	if (rescue_by_id(cli->db, id, &r, e) < 0)
		return -1;
	if (cli->json)
		return out_json(json_pack("{s:o}", "rescue", doc_rescue(cli, &r)));
	say_fact("rescue", "%lld, %s, at step %s", (long long)r.id, r.state, r.step);
	say_fact("camera", "%s", r.camera);
	say_fact("donor", "%s", r.donor);
	say_fact("port", "%s", r.port_name[0] != '\0' ? r.port_name : r.port);
	say_fact("donor port", "%s", r.donor_port);
	for (i = 0; i < N_RESCUE_QUESTIONS; i++)
		say_fact(rescue_question_name((enum rescue_question)i), "%s",
		    r.answers[i]);
	for (i = 0; i < N_RESCUE_PLACES; i++) {
		if (r.seen[i].at_s != 0)
			say_fact(rescue_place_name((enum rescue_place)i),
			    "%s, %llu bytes at %u baud, %llu like text %s",
			    r.seen[i].verdict, (unsigned long long)r.seen[i].bytes,
			    r.seen[i].baud, (unsigned long long)r.seen[i].text,
			    r.seen[i].firmware);
	}
	for (i = 0; i < N_RESCUE_TASKS; i++) {
		if (r.jobs[i] != 0)
			say_fact(rescue_task_name((enum rescue_task)i), "job %lld",
			    (long long)r.jobs[i]);
	}
	(void)rescue_image(cli->db, &r, &image, NULL);
	if (image != 0)
		say_fact("to write", "dump %lld, identity %s", (long long)image,
		    r.identity);
	return 0;
}

static int
run_show(struct cli *cli, const struct cli_args *args, struct err *e)
{
	int64_t id;

	return typed_id(args, &id, e) < 0 ? -1 : show(cli, id, e);
}

static int
run_add(struct cli *cli, const struct cli_args *args, struct err *e)
{
	struct rescue r;

	if (rescue_add(cli->db, args->arg[0], who(), &r, e) < 0)
		return -1;
	bell_ring(cli->conf.run, "webd");
	return show(cli, r.id, e);
}

static int
run_set(struct cli *cli, const struct cli_args *args, struct err *e)
{
	const char *key = args->arg[1], *value = args->arg[2];
	char path[256];
	int64_t id;

	if (typed_id(args, &id, e) < 0)
		return -1;
	if (value[0] != '\0' &&
	    (strcmp(key, "port") == 0 || strcmp(key, "donor_port") == 0)) {
		if (state_find_port(cli, value, path, sizeof(path), e) < 0)
			return -1;
		value = path;
	}
	if (rescue_set(cli->db, id, key, value, who(), e) < 0)
		return -1;
	bell_ring(cli->conf.run, "webd");
	return show(cli, id, e);
}

/* What a write asks for, as 'camherd restore' does. */
static int
check_write(const struct cli_args *args, struct job *j, struct err *e)
{
	if (cli_opt(args, "yes") == NULL)
		return err_set(e, ERR_REFUSED, "confirm",
		    "this changes what is on the camera; say --yes to go on");
	if (cli_opt(args, "experimental") != NULL)
		j->flags |= JOB_FLAG_EXPERIMENTAL;
	return 0;
}

static int
stage(struct cli *cli, const struct cli_args *args, struct job *j, struct err *e)
{
	const char *file = cli_opt(args, "file");
	uint8_t *p;
	size_t n;
	int r;

	if (file == NULL)
		return err_set(
		    e, ERR_USAGE, "usage", "say which file to take in: --file FILE");
	if (stage_read(file, &p, &n, e) < 0)
		return -1;
	r = stage_bytes(cli, file, p, n, j, e);
	free(p);
	return r;
}

static int
run_start(struct cli *cli, const struct cli_args *args, struct err *e)
{
	struct job j = { .id = 0 };
	enum rescue_task task;
	int64_t id;

	if (typed_id(args, &id, e) < 0)
		return -1;
	if (rescue_task_parse(args->arg[1], &task) < 0)
		return err_set(e, ERR_USAGE, "usage",
		    "a task is identify, save, donor, import, parts or write; '%s' is none",
		    args->arg[1]);
	if ((task == RESCUE_WRITE && check_write(args, &j, e) < 0) ||
	    ((task == RESCUE_IMPORT || task == RESCUE_PARTS) &&
		stage(cli, args, &j, e) < 0))
		return -1;
	snprintf(j.asked_by, sizeof(j.asked_by), "%.64s", who());
	if (rescue_start(cli->db, id, task, &j, e) < 0) {
		stage_drop(cli, &j);
		return -1;
	}
	bell_ring(cli->conf.run, "flashd");
	bell_ring(cli->conf.run, "webd");
	if (follow_watch(cli, &j, 1, cli->json, e) < 0)
		return -1;
	if (j.state != JOB_DONE && follow_code(&j) != 0)
		return follow_err(&j, e);
	return show(cli, id, e);
}

/* What the cameras' dumps hold that is no helper's business. */
static int
learn_secrets(struct cli *cli, int64_t id, struct words *ret, struct err *e)
{
	struct rescue_dump dumps[RESCUE_DUMPS];
	struct rescue r;
	unsigned i, n;
	uint8_t *p;
	size_t len;
	char typed[24];
	int ok;

	if (rescue_by_id(cli->db, id, &r, e) < 0)
		return -1;
	n = rescue_dumps(cli->db, &r, dumps);
	for (i = 0; i < n; i++) {
		snprintf(typed, sizeof(typed), "%lld", (long long)dumps[i].row.id);
		if (bytes_read(cli, typed, &p, &len, e) < 0)
			return err_add(e, "what to blank in the report is not known");
		ok = image_secrets(p, len, ret, e);
		free(p);
		if (ok < 0)
			return -1;
	}
	return 0;
}

static int
run_report(struct cli *cli, const struct cli_args *args, struct err *e)
{
	struct words secrets = { .v = NULL };
	char *draft = NULL, *text = NULL;
	int64_t id;

	if (typed_id(args, &id, e) == 0 && learn_secrets(cli, id, &secrets, e) == 0 &&
	    rescue_report_draft(cli->db, cli->conf.state, id, &draft, e) == 0)
		(void)rescue_report_clean(draft, &secrets, &text, e);
	words_fini(&secrets);
	free(draft);
	if (text == NULL)
		return -1;
	if (cli->json)
		out_json(json_pack("{s:o}", "report", out_text(text)));
	else
		fputs(text, stdout);
	free(text);
	return 0;
}

static int
run_rm(struct cli *cli, const struct cli_args *args, struct err *e)
{
	int64_t id;

	if (typed_id(args, &id, e) < 0 || rescue_remove(cli->db, id, e) < 0)
		return -1;
	bell_ring(cli->conf.run, "webd");
	if (cli->json)
		return out_json(json_pack("{s:I}", "removed", (json_int_t)id));
	if (!cli->quiet)
		printf("rescue %lld is forgotten; cameras, jobs and dumps stay\n",
		    (long long)id);
	return 0;
}

#define READ_NEEDS (CLI_CONF | CLI_READ)
#define WRITE_NEEDS (CLI_CONF | CLI_WRITE | CLI_LIVE)

static const struct cli_option start_options[] = {
	{ "file", 0, "FILE", "import: the file to take in" },
	{ "yes", 0, NULL, "write: go on without asking" },
	{ "experimental", 0, NULL, "write to a chip that is untried on hardware" },
	{ NULL, 0, NULL, NULL }
};

const struct cli_command cmds_rescue[] = {
	{ .verb = "rescue list",
	    .usage = "",
	    .help = "rescues of bricked cameras",
	    .needs = READ_NEEDS,
	    .run = run_list },
	{ .verb = "rescue show",
	    .usage = "RESCUE",
	    .help = "how far one is",
	    .min = 1,
	    .max = 1,
	    .needs = READ_NEEDS,
	    .run = run_show },
	{ .verb = "rescue add",
	    .usage = "CAMERA",
	    .help = "begin one; a camera of a new name is made",
	    .min = 1,
	    .max = 1,
	    .needs = WRITE_NEEDS,
	    .run = run_add },
	{ .verb = "rescue set",
	    .usage = "RESCUE KEY VALUE",
	    .help = "say what was done or decided",
	    .more = "KEY is state, step, camera, donor, port, donor_port, image, identity "
		    "or a question:\n"
		    "happened, have, chip, jumper, wired, sending, paired, supply, joined, "
		    "blocked.\n"
		    "A wrong VALUE names those that there are; '' takes an answer back.",
	    .min = 3,
	    .max = 3,
	    .needs = WRITE_NEEDS,
	    .run = run_set },
	{ .verb = "rescue start",
	    .usage = "RESCUE identify|save|donor|import|parts|write",
	    .help = "begin a task and watch it",
	    .options = start_options,
	    .min = 2,
	    .max = 2,
	    .needs = WRITE_NEEDS,
	    .run = run_start },
	{ .verb = "rescue report",
	    .usage = "RESCUE",
	    .help = "a text that can be posted: facts, what was heard, logs",
	    .more = "Names, keys, addresses and ids are blanked.",
	    .min = 1,
	    .max = 1,
	    .needs = READ_NEEDS,
	    .run = run_report },
	{ .verb = "rescue rm",
	    .usage = "RESCUE",
	    .help = "forget it; cameras, jobs and dumps stay",
	    .min = 1,
	    .max = 1,
	    .needs = WRITE_NEEDS,
	    .run = run_rm },
	{ .verb = NULL }
};
