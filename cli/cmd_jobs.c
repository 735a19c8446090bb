/* SPDX-License-Identifier: GPL-3.0-or-later */
/* camherd jobs, job show|cancel|resume|give-up|log|trace. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/doc.h"
#include "cli/follow.h"
#include "cli/out.h"
#include "cli/progress.h"
#include "cli/state.h"
#include "common/bell.h"
#include "common/text.h"
#include "db/db.h"
#include "db/job.h"
#include "db/live.h"

struct walk {
	struct cli *cli;
	struct table *table;
	json_t *list;
};

static bool
progress_of(struct cli *cli, int64_t id, struct live_progress *ret)
{
	return cli->live != NULL && live_get_progress(cli->live, id, ret, NULL) == 1;
}

static bool
list_json(const struct job *j, void *arg)
{
	struct walk *w = arg;
	struct live_progress p;
	bool has = progress_of(w->cli, j->id, &p);

	json_array_append_new(w->list, doc_job(j, has ? &p : NULL));
	return true;
}

static bool
list_row(const struct job *j, void *arg)
{
	struct walk *w = arg;
	struct live_progress p;
	char when[24], line[400];

	table_cell(w->table, "%lld", (long long)j->id);
	table_cell(w->table, "%s", job_kind_name(j->kind));
	table_cell(w->table, "%s", job_state_name(j->state));
	table_cell(w->table, "%s", job_port(j));
	table_cell(w->table, "%s", j->camera);
	table_cell(w->table, "%s", text_time(j->created_s, when, sizeof(when)));
	if (progress_of(w->cli, j->id, &p)) {
		progress_sentence("", &p, line, sizeof(line));
		table_cell(w->table, "%s", line + 2);
	} else if (j->result_dump_id != 0 && j->state == JOB_DONE) {
		table_cell(w->table, "dump %lld", (long long)j->result_dump_id);
	} else {
		table_cell(w->table, "%.70s%s", j->message,
		    strlen(j->message) > 70 ? "..." : "");
	}
	return true;
}

static int
run_jobs(struct cli *cli, const struct cli_args *args, struct err *e)
{
	struct walk w = { .cli = cli };
	bool open_only = cli_opt(args, "open") != NULL;
	uint64_t limit = 50;

	if (cli_opt_number(args, "limit", 1, 10000, &limit, e) < 0)
		return -1;
	if (cli->json) {
		w.list = json_array();
		if (job_each(cli->db, open_only, (unsigned)limit, list_json, &w, e) <
		    0) {
			json_decref(w.list);
			return -1;
		}
		return out_json(json_pack("{s:o}", "jobs", w.list));
	}
	w.table = table_new(
	    7, "JOB", "KIND", "STATE", "PORT", "CAMERA", "ASKED FOR", "RESULT");
	if (job_each(cli->db, open_only, (unsigned)limit, list_row, &w, e) < 0)
		return -1;
	table_end(w.table, cli);
	return 0;
}

static int
typed_id(const struct cli_args *args, int i, int64_t *ret, struct err *e)
{
	uint64_t id;

	if (text_number(args->arg[i], 1, INT64_MAX, false, &id) < 0)
		return err_set(e, ERR_USAGE, "usage",
		    "'%s' is no job's number; 'camherd jobs' lists them", args->arg[i]);
	*ret = (int64_t)id;
	return 0;
}

static int
find_job(
    struct cli *cli, const struct cli_args *args, int i, struct job *ret, struct err *e)
{
	int64_t id;

	return typed_id(args, i, &id, e) < 0 ? -1 : job_by_id(cli->db, id, ret, e);
}

static void
show_value(const char *key, const json_t *value)
{
	size_t i;
	char *s;

	if (json_is_string(value)) {
		say_fact(key, "%s", json_string_value(value));
	} else if (json_is_array(value)) {
		for (i = 0; i < json_array_size(value); i++)
			show_value(key, json_array_get(value, i));
	} else if (!json_is_null(value)) {
		s = out_memory(json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY));
		say_fact(key, "%s", s);
		free(s);
	}
}

/* All but what is shown on demand only. */
static void
show_result(const struct job *j)
{
	json_t *r = job_result(j), *value;
	const char *key;

	json_object_foreach(r, key, value)
	{
		if (strcmp(key, "mac") != 0 && strcmp(key, "chip_id") != 0)
			show_value(key, value);
	}
	json_decref(r);
}

static void
show_text(struct cli *cli, const struct job *j)
{
	struct live_progress p;
	char when[24], line[400];

	say_fact("job", "%lld, %s, %s%s", (long long)j->id, job_kind_name(j->kind),
	    job_state_name(j->state),
	    j->cancel_asked && !job_state_is_final(j->state) ? " (asked to stop)" : "");
	say_fact("port", "%s%s%s", job_port(j), j->port_name[0] != '\0' ? ", " : "",
	    j->port_name[0] != '\0' ? j->port : "");
	say_fact("camera", "%s", j->camera);
	if (j->dump_id != 0)
		say_fact("dump", "%lld", (long long)j->dump_id);
	say_fact("file", "%s", j->file);
	say_fact("asked by", "%s", j->asked_by);
	say_fact("asked for", "%s", text_time(j->created_s, when, sizeof(when)));
	if (j->started_s != 0)
		say_fact("started", "%s", text_time(j->started_s, when, sizeof(when)));
	if (j->ended_s != 0)
		say_fact("ended", "%s", text_time(j->ended_s, when, sizeof(when)));
	if (progress_of(cli, j->id, &p)) {
		progress_sentence("", &p, line, sizeof(line));
		say_fact("progress", "%s", line + 2);
	}
	say_fact("reason", "%s", j->reason);
	say_fact("message", "%s", j->message);
	show_result(j);
	if (j->result_dump_id != 0)
		say_fact("made dump", "%lld", (long long)j->result_dump_id);
	if (j->state == JOB_INTERRUPTED)
		say_fact("next", "camherd job resume %lld", (long long)j->id);
}

/* Several when followed: `job show --follow 3 4`. */
static int
run_show(struct cli *cli, const struct cli_args *args, struct err *e)
{
	struct job jobs[CLI_ARGS_MAX];
	struct live_progress p;
	json_t *list;
	int i, code = 0;

	for (i = 0; i < args->n; i++) {
		if (find_job(cli, args, i, &jobs[i], e) < 0)
			return -1;
	}
	if (cli_opt(args, "follow") != NULL &&
	    follow_watch(cli, jobs, args->n, cli->json, e) < 0)
		return -1;
	list = json_array();
	for (i = 0; i < args->n; i++) {
		if (cli->json)
			json_array_append_new(list,
			    doc_job(&jobs[i],
				progress_of(cli, jobs[i].id, &p) ? &p : NULL));
		else
			show_text(cli, &jobs[i]);
		if (code == 0 && cli_opt(args, "follow") != NULL)
			code = follow_code(&jobs[i]);
	}
	if (cli->json)
		out_json(args->n == 1
			? json_pack("{s:O}", "job", json_array_get(list, 0))
			: json_pack("{s:O}", "jobs", list));
	json_decref(list);
	return code;
}

/* Ring, and say how the job stands now. */
static int
answer(struct cli *cli, int64_t id, const char *text, struct err *e)
{
	struct job j;

	bell_ring(cli->conf.run, "flashd");
	bell_ring(cli->conf.run, "webd");
	if (job_by_id(cli->db, id, &j, e) < 0)
		return -1;
	if (cli->json)
		return out_json(json_pack("{s:o}", "job", doc_job(&j, NULL)));
	if (!cli->quiet)
		say(stdout, "job %lld: %s", (long long)id,
		    j.state == JOB_CANCELLED ? "cancelled" : text);
	return 0;
}

static int
run_cancel(struct cli *cli, const struct cli_args *args, struct err *e)
{
	int64_t id;

	if (typed_id(args, 0, &id, e) < 0 || job_cancel(cli->db, id, e) < 0)
		return -1;
	return answer(cli, id, "asked to stop; flashd ends it at a sector's border", e);
}

static int
run_resume(struct cli *cli, const struct cli_args *args, struct err *e)
{
	struct job j;
	int code;

	if (find_job(cli, args, 0, &j, e) < 0 || job_resume(cli->db, j.id, e) < 0)
		return -1;
	if (cli_opt(args, "queue") != NULL || !state_is_up(cli, "flashd"))
		return answer(cli, j.id, "queued again; flashd goes on with it", e);
	bell_ring(cli->conf.run, "flashd");
	if (job_by_id(cli->db, j.id, &j, e) < 0 ||
	    follow_watch(cli, &j, 1, cli->json && cli_opt(args, "follow") != NULL, e) <
		0)
		return -1;
	code = follow_code(&j);
	if (cli->json) {
		out_json(json_pack("{s:o}", "job", doc_job(&j, NULL)));
		return code;
	}
	if (code != 0)
		return follow_err(&j, e);
	show_text(cli, &j);
	return 0;
}

static int
run_give_up(struct cli *cli, const struct cli_args *args, struct err *e)
{
	int64_t id;

	if (typed_id(args, 0, &id, e) < 0 || job_give_up(cli->db, id, e) < 0)
		return -1;
	return answer(cli, id, "given up", e);
}

/* Copy STATE/jobs/<id>.log to stdout; with escape no byte can drive the terminal. */
static int
print_file(struct cli *cli, int64_t id, const char *kind, struct err *e)
{
	char path[CONF_PATH_MAX + 60], line[2048];
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "%s/jobs/%lld.%s", cli->conf.state, (long long)id,
	    kind);
	if ((f = fopen(path, "re")) == NULL)
		return errno == ENOENT ? err_set(e, ERR_NOT_FOUND, "no-such-file",
					     "job %lld has no %s: it has not begun "
					     "yet, or it is older than logs "
					     "are kept",
					     (long long)id, kind)
				       : err_sys(e, "open '%s'", path);
	while (fgets(line, (int)sizeof(line), f) != NULL) {
		n = strcspn(line, "\n");
		if (!isatty(STDOUT_FILENO)) {
			fputs(line, stdout);
			continue;
		}
		line[n] = '\0';
		say(stdout, "%s", line);
	}
	fclose(f);
	return 0;
}

static int
print_job_file(
    struct cli *cli, const struct cli_args *args, const char *kind, struct err *e)
{
	struct job j;

	if (find_job(cli, args, 0, &j, e) < 0)
		return -1;
	if (cli->json)
		return err_set(e, ERR_USAGE, "usage",
		    "job %s prints text; leave --json away", kind);
	return print_file(cli, j.id, kind, e);
}

static int
run_log(struct cli *cli, const struct cli_args *args, struct err *e)
{
	return print_job_file(cli, args, "log", e);
}

static int
run_trace(struct cli *cli, const struct cli_args *args, struct err *e)
{
	return print_job_file(cli, args, "trace", e);
}

static const struct cli_option jobs_options[] = {
	{ "open", 0, NULL, "only those that have not ended" },
	{ "limit", 0, "N", "at most so many, newest first (50)" },
	{ NULL, 0, NULL, NULL }
};
static const struct cli_option show_options[] = {
	{ "follow", 0, NULL, "watch until it ends; the exit code is the job's" },
	{ NULL, 0, NULL, NULL }
};
static const struct cli_option resume_options[] = { { "queue", 0, NULL,
							"do not wait for its end" },
	{ "follow", 0, NULL,
	    "with --json: progress as one JSON line each on standard error" },
	{ NULL, 0, NULL, NULL } };

#define READ_NEEDS (CLI_CONF | CLI_READ | CLI_LIVE)
#define WRITE_NEEDS (CLI_CONF | CLI_WRITE | CLI_LIVE)

const struct cli_command cmds_jobs[] = { { .verb = "jobs",
					     .usage = "",
					     .help = "the work of flashd, newest first",
					     .options = jobs_options,
					     .needs = READ_NEEDS,
					     .run = run_jobs },
	{ .verb = "job show",
	    .usage = "JOB...",
	    .help = "all about a job",
	    .options = show_options,
	    .min = 1,
	    .max = -1,
	    .needs = READ_NEEDS,
	    .run = run_show },
	{ .verb = "job cancel",
	    .usage = "JOB",
	    .help = "stop it",
	    .more = "A write that has erased something ends as 'interrupted', not "
		    "'cancelled': the\n"
		    "chip holds a half-written image until the job is resumed.",
	    .min = 1,
	    .max = 1,
	    .needs = WRITE_NEEDS,
	    .run = run_cancel },
	{ .verb = "job resume",
	    .usage = "JOB",
	    .help = "go on with an interrupted write",
	    .options = resume_options,
	    .min = 1,
	    .max = 1,
	    .needs = WRITE_NEEDS,
	    .run = run_resume },
	{ .verb = "job give-up",
	    .usage = "JOB",
	    .help = "end an interrupted write for good",
	    .min = 1,
	    .max = 1,
	    .needs = WRITE_NEEDS,
	    .run = run_give_up },
	{ .verb = "job log",
	    .usage = "JOB",
	    .help = "what happened, line by line",
	    .min = 1,
	    .max = 1,
	    .needs = READ_NEEDS,
	    .run = run_log },
	{ .verb = "job trace",
	    .usage = "JOB",
	    .help = "the bytes on the wire, secrets blanked",
	    .more = "The trace is what to send with a report about a chip; the "
		    "simulator replays it. Of a job with more than 8 MiB of it, "
		    "the middle is left out.",
	    .min = 1,
	    .max = 1,
	    .needs = READ_NEEDS,
	    .run = run_trace },
	{ .verb = NULL } };
