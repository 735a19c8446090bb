/* SPDX-License-Identifier: GPL-3.0-or-later */
/* camherd identify, backup, verify: jobs that read a camera's flash and change nothing.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/doc.h"
#include "cli/follow.h"
#include "cli/out.h"
#include "cli/state.h"
#include "common/conf.h"
#include "common/text.h"
#include "db/camera.h"
#include "db/dump.h"
#include "db/job.h"
#include "db/live.h"
#include "db/socket.h"

static int
set_camera(struct cli *cli, const struct cli_args *args, struct job *j, struct err *e)
{
	const char *name = cli_opt(args, "camera");
	struct camera c;

	if (name == NULL)
		return 0;
	if (camera_by_name(cli->db, name, &c, e) < 0)
		return err_add(e, "--camera (make one with 'camherd cam add NAME')");
	j->camera_id = c.id;
	return 0;
}

/* {"id","port","state"}: how every job's answer begins. */
static json_t *
job_head(const struct job *j)
{
	return json_pack("{s:I,s:o,s:o,s:s,s:o,s:o}", "id", (json_int_t)j->id, "port",
	    out_text(job_port(j)), "path", out_text(j->port), "state",
	    job_state_name(j->state), "reason", out_text_or_null(j->reason), "message",
	    out_text_or_null(j->message));
}

static int
queued(const struct cli *cli, const struct job *j)
{
	if (!cli->quiet)
		say(stdout, "job %lld is queued: %s %s", (long long)j->id,
		    job_kind_name(j->kind), job_port(j));
	return 0;
}

/* identify */

static int
identify_json(const struct job *j, bool show)
{
	json_t *r = job_result_of(j, show),
	       *o = json_pack("{s:o}", "port", out_text(job_port(j)));

	json_object_update(o, r);
	json_object_set_new(o, "mac", out_text_or_null(result_text(r, "mac")));
	json_object_set_new(o, "chip_id", out_text_or_null(result_text(r, "chip_id")));
	json_object_set_new(o, "job", json_integer(j->id));
	json_decref(r);
	return out_json(o);
}

static int
identify_text(const struct job *j, bool show)
{
	json_t *r = job_result_of(j, show);
	char size[24];

	say_fact("port", "%s", job_port(j));
	say_fact("console", "%s", result_text(r, "console"));
	say_fact("entered by", "%s", result_text(r, "entry"));
	say_fact("chip", "%s, boot ROM %lld", result_text(r, "chip"),
	    (long long)result_number(r, "brom_version"));
	say_fact("flash", "%s, %s", result_text(r, "jedec"),
	    text_bytes((uint64_t)result_number(r, "flash_size"), size, sizeof(size)));
	say_fact("chip id", "%s", result_text(r, "chip_id"));
	say_fact("MAC", "%s", result_text(r, "mac"));
	if (!show)
		say_fact("", "(--show-private shows all of chip id and MAC)");
	say_fact("next", "camherd backup %s", job_port(j));
	json_decref(r);
	return 0;
}

static int
run_identify(struct cli *cli, const struct cli_args *args, struct err *e)
{
	bool show = cli_opt(args, "show-private") != NULL;
	struct job j;

	if (follow_prepare(cli, args, args->arg[0], &j, e) < 0)
		return -1;
	j.kind = JOB_IDENTIFY;
	if (set_camera(cli, args, &j, e) < 0 || follow_submit(cli, args, &j, 1, e) < 0)
		return -1;
	if (cli_opt(args, "queue") != NULL && !cli->json)
		return queued(cli, &j);
	if (cli_opt(args, "queue") != NULL)
		return out_json(job_head(&j));
	if (j.state != JOB_DONE)
		return follow_err(&j, e);
	return cli->json ? identify_json(&j, show) : identify_text(&j, show);
}

/* backup */

static json_t *
backup_json(struct cli *cli, const struct job *j)
{
	json_t *o = job_head(j), *r = job_result(j), *dump = json_null();
	struct dump d;

	if (j->result_dump_id != 0 &&
	    dump_by_id(cli->db, j->result_dump_id, &d, NULL) == 0)
		dump = json_pack("{s:I,s:o,s:I,s:I,s:o,s:o,s:b,s:o}", "id",
		    (json_int_t)d.id, "sha256", out_text(d.sha256), "size",
		    (json_int_t)d.size, "passes", (json_int_t)d.passes, "chip",
		    out_text(d.chip), "jedec", out_text(d.jedec), "verified",
		    d.verified, "camera", out_text_or_null(d.camera));
	json_object_set_new(o, "dump", dump);
	json_object_set_new(o, "retries", json_integer(result_number(r, "retries")));
	json_object_set_new(o, "seconds", json_integer(result_number(r, "seconds")));
	json_object_set_new(o, "same_as",
	    json_incref(json_object_get(r, "same_as") != NULL
		    ? json_object_get(r, "same_as")
		    : json_null()));
	json_object_set_new(o, "notes",
	    json_incref(json_object_get(r, "notes") != NULL
		    ? json_object_get(r, "notes")
		    : json_null()));
	json_decref(r);
	return o;
}

static void
backup_notes(const struct job *j, const json_t *r)
{
	const json_t *notes = json_object_get(r, "notes");
	const char *s;
	size_t i;

	for (i = 0; i < json_array_size(notes); i++) {
		if ((s = json_string_value(json_array_get(notes, i))) != NULL)
			say(stdout, "%s  note: %s", job_port(j), s);
	}
}

static void
backup_text(struct cli *cli, const struct job *j)
{
	json_t *r = job_result(j);
	struct dump d;
	struct err e = { .code = ERR_NONE };
	char size[24], time[24];

	if (j->state != JOB_DONE) {
		(void)follow_err(j, &e);
		say(stderr, "camherd: %s: %s", job_port(j), e.msg);
	} else if (dump_by_id(cli->db, j->result_dump_id, &d, NULL) == 0) {
		say(stdout, "%s  stored as dump %lld (%.8s)  %s  %s  %s  %lld %s%s%s",
		    job_port(j), (long long)d.id, d.sha256,
		    text_bytes(d.size, size, sizeof(size)),
		    d.verified ? "verified (read twice, equal)" : "NOT verified",
		    text_duration(result_number(r, "seconds"), time, sizeof(time)),
		    (long long)result_number(r, "retries"),
		    result_number(r, "retries") == 1 ? "retry" : "retries",
		    d.camera[0] != '\0' ? "  of " : "", d.camera);
		if (d.same_bytes > 1)
			say(stdout,
			    "%s  the same bytes are in the library already; stored "
			    "once",
			    job_port(j));
		backup_notes(j, r);
	} else {
		say(stdout, "%s  done", job_port(j));
	}
	json_decref(r);
}

static int
backup_answer(
    struct cli *cli, const struct cli_args *args, const struct job *jobs, int n)
{
	json_t *list = json_array();
	int i, code = ERR_NONE;

	for (i = 0; i < n; i++) {
		if (code == ERR_NONE)
			code = follow_code(&jobs[i]);
		if (cli->json)
			json_array_append_new(list, backup_json(cli, &jobs[i]));
		else if (cli_opt(args, "queue") != NULL)
			queued(cli, &jobs[i]);
		else
			backup_text(cli, &jobs[i]);
	}
	if (cli->json)
		out_json(json_pack("{s:O}", "jobs", list));
	json_decref(list);
	return code;
}

#define BACKUPS_MAX 64

/* Whose backups are made. */
struct targets {
	struct cli *cli;
	char port[BACKUPS_MAX][256];
	int n, left_out;
};

/* Every port that is enabled, plugged in, and free. */
static bool
take_free(const struct socket_row *row, void *arg)
{
	struct targets *t = arg;
	struct live_port p;

	if (!row->enabled || live_get_port(t->cli->live, row->path, &p, NULL) != 1)
		return true;
	if (strcmp(p.state, "free") == 0 || strcmp(p.state, "console") == 0)
		snprintf(t->port[t->n++], sizeof(t->port[0]), "%s", row->path);
	else if (!t->cli->quiet)
		say(stderr, "camherd: %s is left out: %s%s%s",
		    row->name[0] != '\0' ? row->name : row->path, p.state,
		    p.holder[0] != '\0' ? " by " : "", p.holder);
	t->left_out += strcmp(p.state, "free") != 0 && strcmp(p.state, "console") != 0;
	return t->n < BACKUPS_MAX;
}

static int
find_targets(struct targets *t, const struct cli_args *args, struct err *e)
{
	int i;

	if ((cli_opt(args, "all") != NULL) == (args->n > 0))
		return err_set(e, ERR_USAGE, "usage",
		    "name the ports, or say --all for every enabled port that is free");
	if (args->n > BACKUPS_MAX)
		return err_set(
		    e, ERR_USAGE, "usage", "at most %d ports at a time", BACKUPS_MAX);
	for (i = 0; i < args->n; i++)
		snprintf(t->port[t->n++], sizeof(t->port[0]), "%.255s", args->arg[i]);
	if (args->n > 0)
		return 0;
	if (!state_is_up(t->cli, "flashd"))
		return state_down("flashd", e);
	if (socket_each(t->cli->db, take_free, t, e) < 0)
		return -1;
	if (t->n > 0)
		return 0;
	return err_set(e, ERR_NOT_FOUND, "no-port",
	    t->left_out > 0
		? "no enabled port is free now; 'camherd ports' says who has them"
		: "no port is enabled and plugged in; 'camherd ports' shows what is "
		  "there, 'camherd port enable PORT' lets camherd use one");
}

static int
backup_prepare(struct cli *cli, const struct cli_args *args, const struct targets *t,
    struct job *jobs, struct err *e)
{
	int i, k;

	for (i = 0; i < t->n; i++) {
		if (follow_prepare(cli, args, t->port[i], &jobs[i], e) < 0)
			return -1;
		for (k = 0; k < i; k++) {
			if (strcmp(jobs[k].port, jobs[i].port) == 0)
				return err_set(e, ERR_USAGE, "usage",
				    "%s and %s are the same port", t->port[k],
				    t->port[i]);
		}
		jobs[i].kind = JOB_BACKUP;
		if (set_camera(cli, args, &jobs[i], e) < 0)
			return -1;
	}
	return 0;
}

static int
run_backup(struct cli *cli, const struct cli_args *args, struct err *e)
{
	struct targets *t = out_memory(calloc(1, sizeof(*t)));
	struct job *jobs = NULL;
	int r;

	t->cli = cli;
	r = find_targets(t, args, e);
	if (r == 0 && cli_opt(args, "camera") != NULL && t->n > 1)
		r = err_set(e, ERR_USAGE, "usage",
		    "--camera names one camera, so give one port");
	if (r == 0) {
		jobs = out_memory(calloc((size_t)t->n, sizeof(*jobs)));
		r = backup_prepare(cli, args, t, jobs, e);
	}
	if (r == 0)
		r = follow_submit(cli, args, jobs, t->n, e);
	if (r == 0)
		r = backup_answer(cli, args, jobs, t->n);
	free(jobs);
	free(t);
	return r;
}

/* verify */

static int
verify_answer(struct cli *cli, const struct job *j, struct err *e)
{
	json_t *o, *r = job_result(j);

	if (cli->json) {
		o = job_head(j);
		json_object_update(o, r);
		json_decref(r);
		out_json(json_pack("{s:[o]}", "jobs", o));
		return follow_code(j);
	}
	json_decref(r);
	if (j->state != JOB_DONE)
		return follow_err(j, e);
	if (!cli->quiet)
		say(stdout, "%s  holds exactly the bytes of dump %lld", job_port(j),
		    (long long)j->dump_id);
	return 0;
}

static int
run_verify(struct cli *cli, const struct cli_args *args, struct err *e)
{
	struct dump d;
	struct job j;

	if (follow_prepare(cli, args, args->arg[0], &j, e) < 0 ||
	    dump_resolve(cli->db, args->arg[1], &d, e) < 0)
		return -1;
	j.kind = JOB_VERIFY;
	j.dump_id = d.id;
	if (follow_submit(cli, args, &j, 1, e) < 0)
		return -1;
	if (cli_opt(args, "queue") != NULL && !cli->json)
		return queued(cli, &j);
	return verify_answer(cli, &j, e);
}

static const struct cli_option identify_options[] = {
	{ "camera", 0, "NAME", "note what it says in this camera's row" },
	{ "show-private", 0, NULL, "show all of chip id and MAC" }, FOLLOW_OPTIONS,
	{ NULL, 0, NULL, NULL }
};
static const struct cli_option backup_options[] = { { "camera", 0, "NAME",
							"whose backup it is" },
	{ "all", 0, NULL, "every port that is enabled, plugged in and free" },
	{ "baud", 0, "N", "try no faster line rate than this" }, FOLLOW_OPTIONS,
	{ NULL, 0, NULL, NULL } };
static const struct cli_option verify_options[] = {
	{ "baud", 0, "N", "try no faster line rate than this" }, FOLLOW_OPTIONS,
	{ NULL, 0, NULL, NULL }
};

#define FLASH_NEEDS (CLI_CONF | CLI_WRITE | CLI_LIVE)

const struct cli_command cmds_read[] = {
	{ .verb = "identify",
	    .usage = "PORT",
	    .help = "which chip, boot ROM and flash is there",
	    .options = identify_options,
	    .min = 1,
	    .max = 1,
	    .needs = FLASH_NEEDS,
	    .run = run_identify },
	{ .verb = "backup",
	    .usage = "PORT...|--all",
	    .help = "read the whole flash twice and keep it",
	    .more =
		"The second reading uses another unit size; what differs is read "
		"again. Several\n"
		"ports are read at the same time. Nothing on the camera is changed.",
	    .options = backup_options,
	    .min = 0,
	    .max = -1,
	    .needs = FLASH_NEEDS,
	    .run = run_backup },
	{ .verb = "verify",
	    .usage = "PORT DUMP",
	    .help = "compare a camera's flash with a dump",
	    .more = "Exit code 7 when they differ; where, is said.",
	    .options = verify_options,
	    .min = 2,
	    .max = 2,
	    .needs = FLASH_NEEDS,
	    .run = run_verify },
	{ .verb = NULL }
};
