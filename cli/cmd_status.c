/* SPDX-License-Identifier: GPL-3.0-or-later */
/* camherd status, setup-code: the appliance at a glance, and its first sign-in. */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/doc.h"
#include "cli/out.h"
#include "cli/progress.h"
#include "cli/state.h"
#include "common/file.h"
#include "common/loop.h"
#include "common/text.h"
#include "db/camera.h"
#include "db/dump.h"
#include "db/job.h"
#include "db/live.h"
#include "db/setting.h"
#include "db/user.h"

#define JOBS_MAX 200
#define TLS_MAX 8192

struct walk {
	struct cli *cli;
	struct table *table;
	json_t *list;
	int n, interrupted;
};

struct library {
	int n;
	json_t *bad; /* ids of those whose file is damaged or gone */
};

static bool
count_dump(const struct dump *d, void *arg)
{
	struct library *l = arg;

	l->n++;
	if (d->damaged || d->missing)
		json_array_append_new(l->bad, json_integer(d->id));
	return true;
}

static json_t *
json_daemons(struct cli *cli)
{
	struct live_daemon d;
	json_t *all = json_object();
	bool up;
	int i;

	for (i = 0; state_daemons[i] != NULL; i++) {
		up = state_is_up(cli, state_daemons[i]);
		(void)state_daemon(cli, state_daemons[i], &d);
		json_object_set_new(all, state_daemons[i],
		    json_pack("{s:b,s:o,s:o}", "up", up, "version",
			out_text_or_null(d.version), "listen",
			out_text_or_null(up ? d.listen : "")));
	}
	return all;
}

static bool
json_camera(const struct camera *c, void *arg)
{
	struct walk *w = arg;
	struct live_stream s;
	int64_t age;

	state_stream(w->cli, c, &s);
	age = state_frame_age_ms(&s);
	json_array_append_new(w->list,
	    json_pack("{s:o,s:o,s:o,s:f,s:o,s:i}", "name", out_text(c->name), "state",
		out_text(s.state), "reason", out_text(s.reason), "fps", s.fps_in,
		"last_frame_ms", age < 0 ? json_null() : json_integer(age), "clients",
		(int)s.clients));
	return true;
}

static bool
json_job(const struct job *j, void *arg)
{
	struct walk *w = arg;
	struct live_progress p;
	bool has = w->cli->live != NULL &&
	    live_get_progress(w->cli->live, j->id, &p, NULL) == 1;

	json_array_append_new(w->list, doc_job(j, has ? &p : NULL));
	return true;
}

/* What webd says of its certificate (RUN/webd.tls); null when it listens without TLS
 * only, or is down. */
static json_t *
json_tls(struct cli *cli)
{
	char path[CONF_RUN_MAX + 20];
	json_t *doc = NULL;
	uint8_t *text;
	size_t n;

	snprintf(path, sizeof(path), "%s/webd.tls", cli->conf.run);
	if (state_is_up(cli, "webd") &&
	    file_get(AT_FDCWD, path, TLS_MAX, &text, &n, NULL) == 0) {
		doc = json_loadb((char *)text, n, 0, NULL);
		free(text);
	}
	return doc != NULL ? doc : json_null();
}

static void
show_tls(struct cli *cli)
{
	json_t *doc = json_tls(cli);
	const char *listen, *fingerprint;
	json_int_t until_s = 0;
	int own = 0, expired = 0;
	char day[40];

	if (json_unpack(doc, "{s:s,s:s,s:I,s:b,s:b}", "listen", &listen, "fingerprint",
		&fingerprint, "expires_s", &until_s, "own", &own, "expired",
		&expired) == 0)
		printf("\nTLS      %s, %s certificate, %s %s\nSHA-256  %s\n",
		    listen, own ? "webd's own" : "your", expired ? "EXPIRED" : "until",
		    text_time(until_s, day, sizeof(day)), fingerprint);
	json_decref(doc);
}

static int
status_json(struct cli *cli, const struct library *l, struct err *e)
{
	struct walk cameras = { .cli = cli, .list = json_array() };
	struct walk jobs = { .cli = cli, .list = json_array() };

	if (camera_each(cli->db, json_camera, &cameras, e) < 0 ||
	    job_each(cli->db, true, JOBS_MAX, json_job, &jobs, e) < 0) {
		json_decref(cameras.list);
		json_decref(jobs.list);
		return -1;
	}
	return out_json(
	    json_pack("{s:s,s:o,s:o,s:o,s:i,s:O,s:o}", "version", PACKAGE_VERSION,
		"daemons", json_daemons(cli), "cameras", cameras.list, "jobs",
		jobs.list, "dumps", l->n, "bad_dumps", l->bad, "tls", json_tls(cli)));
}

static void
show_daemons(struct cli *cli)
{
	struct table *t = table_new(4, "DAEMON", "STATE", "VERSION", "LISTENS");
	struct live_daemon d;
	bool up;
	int i;

	for (i = 0; state_daemons[i] != NULL; i++) {
		up = state_is_up(cli, state_daemons[i]);
		(void)state_daemon(cli, state_daemons[i], &d);
		table_cell(t, "%s", state_daemons[i]);
		table_cell(t, up ? "up" : "down");
		table_cell(t, "%s", d.version);
		table_cell(t, "%s", up ? d.listen : "");
	}
	table_end(t, cli);
}

static bool
show_camera(const struct camera *c, void *arg)
{
	struct walk *w = arg;
	struct live_stream s;
	char age[24];
	int64_t ms;

	state_stream(w->cli, c, &s);
	ms = state_frame_age_ms(&s);
	table_cell(w->table, "%s", c->name);
	table_cell(w->table, "%s", s.state);
	if (strcmp(s.state, "live") == 0)
		table_cell(w->table, "%.1f", s.fps_in);
	else
		table_cell(w->table, "-");
	table_cell(w->table, "%s", ms < 0 ? "" : out_age(ms / 1000, age, sizeof(age)));
	table_cell(w->table, "%u", s.clients);
	table_cell(w->table, "%s", s.reason);
	w->n++;
	return true;
}

static bool
show_job(const struct job *j, void *arg)
{
	struct walk *w = arg;
	struct live_progress p;
	char line[400] = "";

	if (j->state == JOB_INTERRUPTED)
		w->interrupted++;
	if (w->cli->live != NULL &&
	    live_get_progress(w->cli->live, j->id, &p, NULL) == 1)
		progress_sentence(job_kind_name(j->kind), &p, line, sizeof(line));
	table_cell(w->table, "%lld", (long long)j->id);
	table_cell(w->table, "%s", job_kind_name(j->kind));
	table_cell(w->table, "%s", job_state_name(j->state));
	table_cell(w->table, "%s", job_port(j));
	table_cell(
	    w->table, "%s", line[0] != '\0' ? strchr(line, ':') + 2 : j->message);
	w->n++;
	return true;
}

static void
show_bad(const struct library *l)
{
	size_t i, n = json_array_size(l->bad);

	if (n == 0)
		return;
	printf("%zu %s no longer what %s:", n, n == 1 ? "dump is" : "dumps are",
	    n == 1 ? "it was" : "they were");
	for (i = 0; i < n && i < 20; i++)
		printf(
		    " %lld", (long long)json_integer_value(json_array_get(l->bad, i)));
	printf("%s. 'camherd dump verify' says why; make new backups.\n",
	    n > 20 ? " ..." : "");
}

static int
status_text(struct cli *cli, const struct library *l, struct err *e)
{
	struct walk cameras = { .cli = cli }, jobs = { .cli = cli };

	show_daemons(cli);
	show_tls(cli);
	cameras.table =
	    table_new(6, "\nCAMERA", "STATE", "FPS", "LAST FRAME", "VIEWERS", "WHY");
	if (camera_each(cli->db, show_camera, &cameras, e) < 0)
		return -1;
	table_end(cameras.table, cli);
	jobs.table = table_new(5, "\nJOB", "KIND", "STATE", "PORT", "PROGRESS");
	if (job_each(cli->db, true, JOBS_MAX, show_job, &jobs, e) < 0)
		return -1;
	table_end(jobs.table, cli);
	printf("\n%d %s, %d open %s, %d %s\n", cameras.n,
	    cameras.n == 1 ? "camera" : "cameras", jobs.n, jobs.n == 1 ? "job" : "jobs",
	    l->n, l->n == 1 ? "dump" : "dumps");
	show_bad(l);
	if (jobs.interrupted > 0)
		printf(
		    "A write was interrupted: 'camherd job resume ID' goes on with it, "
		    "'camherd job give-up ID' ends it.\n");
	return 0;
}

static int
run_status(struct cli *cli, const struct cli_args *args, struct err *e)
{
	struct library l = { .bad = out_memory(json_array()) };
	int r;

	(void)args;
	r = dump_each(cli->db, 0, count_dump, &l, e);
	if (r == 0)
		r = cli->json ? status_json(cli, &l, e) : status_text(cli, &l, e);
	json_decref(l.bad);
	return r;
}

static int
run_setup_code(struct cli *cli, const struct cli_args *args, struct err *e)
{
	char code[SETUP_CODE_LEN + 1];

	(void)args;
	if (setup_code_make(cli->db, code, e) < 0)
		return -1;
	if (cli->json)
		return out_json(json_pack(
		    "{s:s,s:i}", "code", code, "valid_s", (int)SETUP_CODE_LIFE_S));
	if (cli->quiet)
		puts(code);
	else
		printf("setup code  %s\nOpen the page and make the first user with it, "
		       "within %d "
		       "minutes.\n",
		    code, SETUP_CODE_LIFE_S / 60);
	return 0;
}

const struct cli_command cmds_appliance[] = {
	{ .verb = "status",
	    .usage = "",
	    .help = "daemons, cameras, open jobs and dumps",
	    .needs = CLI_CONF | CLI_READ | CLI_LIVE,
	    .run = run_status },
	{ .verb = "setup-code",
	    .usage = "",
	    .help = "a code to make the first user on the page",
	    .more = "Each call makes a new code and voids the older one. It is good "
		    "for 15 minutes\n"
		    "and five tries, and only while no user exists.",
	    .needs = CLI_CONF | CLI_WRITE,
	    .run = run_setup_code },
	{ .verb = NULL }
};
