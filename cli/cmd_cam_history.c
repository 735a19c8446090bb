/* SPDX-License-Identifier: GPL-3.0-or-later */
/* camherd cam history: what happened to a camera. */
#include "config.h"

#include <stdio.h>

#include "cli/cli.h"
#include "cli/out.h"
#include "common/text.h"
#include "db/camera.h"
#include "db/event.h"

#define LIMIT 50
#define LIMIT_MAX 50000

struct walk {
	struct table *table;
	json_t *list;
	unsigned n;
};

static bool
list_one(const struct event_row *ev, void *arg)
{
	struct walk *w = arg;
	char when[24];

	w->n++;
	if (w->list != NULL) {
		json_array_append_new(w->list,
		    json_pack("{s:I,s:I,s:o,s:o,s:o,s:o}", "id", (json_int_t)ev->id,
			"at_s", (json_int_t)ev->at_s, "kind", out_text(ev->kind), "job",
			ev->job_id != 0 ? json_integer(ev->job_id) : json_null(), "who",
			out_text(ev->who), "text", out_text(ev->text)));
		return true;
	}
	table_cell(w->table, "%s", text_time(ev->at_s, when, sizeof(when)));
	table_cell(w->table, "%s", ev->kind);
	if (ev->job_id != 0)
		table_cell(w->table, "%lld", (long long)ev->job_id);
	else
		table_cell(w->table, "-");
	table_cell(w->table, "%s", ev->who);
	table_cell(w->table, "%s", ev->text);
	return true;
}

static int
run_history(struct cli *cli, const struct cli_args *args, struct err *e)
{
	struct walk w = { .list = NULL };
	uint64_t limit = LIMIT;
	struct camera c;

	if (cli_opt_number(args, "limit", 1, LIMIT_MAX, &limit, e) < 0 ||
	    camera_by_name(cli->db, args->arg[0], &c, e) < 0)
		return -1;
	if (cli->json)
		w.list = json_array();
	else
		w.table = table_new(5, "WHEN", "KIND", "JOB", "WHO", "WHAT");
	if (event_row_each(cli->db, c.id, 0, (unsigned)limit, list_one, &w, e) < 0) {
		json_decref(w.list);
		return -1;
	}
	if (cli->json)
		return out_json(json_pack("{s:o}", "events", w.list));
	table_end(w.table, cli);
	if (w.n == 0 && !cli->quiet)
		puts("Nothing happened to it in the last 90 days.");
	return 0;
}

static const struct cli_option history_options[] = { { "limit", 0, "N",
							 "at most so many (50)" },
	{ NULL, 0, NULL, NULL } };

const struct cli_command cmds_cam_history[] = {
	{ .verb = "cam history",
	    .usage = "NAME",
	    .help = "what happened to it, newest first",
	    .more = "Jobs, changes, photos, another camera at its address; kept for 90 days.",
	    .options = history_options,
	    .min = 1,
	    .max = 1,
	    .needs = CLI_CONF | CLI_READ,
	    .run = run_history },
	{ .verb = NULL }
};
