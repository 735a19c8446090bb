/* SPDX-License-Identifier: GPL-3.0-or-later */
/* camherd dump list|show|set: the index of the dump library. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/doc.h"
#include "cli/out.h"
#include "common/bell.h"
#include "common/text.h"
#include "db/camera.h"
#include "db/dump.h"
#include "db/socket.h"

struct walk {
	struct table *table;
	json_t *list;
	bool show_private;
};

static bool
list_json(const struct dump *d, void *arg)
{
	struct walk *w = arg;

	json_array_append_new(w->list, doc_dump(d, w->show_private));
	return true;
}

static const char *
quality(const struct dump *d)
{
	if (d->missing)
		return "missing";
	if (d->damaged)
		return "damaged";
	if (d->verified)
		return "verified";
	return "unverified";
}

/* "6 cameras", or "2 entries" where they are of one or of none. */
static const char *
same_text(const struct dump *d, char *ret, size_t ret_size)
{
	if (d->same_cameras > 1)
		snprintf(ret, ret_size, "%u cameras", d->same_cameras);
	else
		snprintf(ret, ret_size, "%u entries", d->same_bytes);
	return ret;
}

static bool
list_row(const struct dump *d, void *arg)
{
	struct walk *w = arg;
	char size[24], when[24], same[32];

	table_cell(w->table, "%lld", (long long)d->id);
	table_cell(w->table, "%.8s", d->sha256);
	table_cell(w->table, "%s", text_bytes(d->size, size, sizeof(size)));
	table_cell(w->table, "%s", d->camera);
	table_cell(w->table, "%s", d->kind);
	table_cell(w->table, "%s", quality(d));
	table_cell(w->table, "%s", d->chip);
	table_cell(w->table, "%s", text_time(d->created_s, when, sizeof(when)));
	if (d->same_bytes > 1)
		table_cell(w->table, "same bytes: %s%s%s",
		    same_text(d, same, sizeof(same)), d->note[0] != '\0' ? "  " : "",
		    d->note);
	else
		table_cell(w->table, "%s", d->note);
	return true;
}

static int
run_list(struct cli *cli, const struct cli_args *args, struct err *e)
{
	struct walk w = { .show_private = cli_opt(args, "show-private") != NULL };
	struct camera c = { .id = 0 };
	const char *name = cli_opt(args, "camera");

	if (name != NULL && camera_by_name(cli->db, name, &c, e) < 0)
		return -1;
	if (cli->json) {
		w.list = json_array();
		if (dump_each(cli->db, c.id, list_json, &w, e) < 0) {
			json_decref(w.list);
			return -1;
		}
		return out_json(json_pack("{s:o}", "dumps", w.list));
	}
	w.table = table_new(9, "DUMP", "SHA-256", "SIZE", "CAMERA", "KIND", "STATE",
	    "CHIP", "TAKEN", "NOTE");
	if (dump_each(cli->db, c.id, list_row, &w, e) < 0)
		return -1;
	table_end(w.table, cli);
	return 0;
}

/* Who else has these bytes, each camera once. */
struct same {
	const struct dump *d;
	json_t *names;
};

static bool
take_same(const struct dump *d, void *arg)
{
	struct same *s = arg;
	char name[48];

	if (strcmp(d->sha256, s->d->sha256) != 0)
		return true;
	if (d->camera[0] != '\0')
		snprintf(name, sizeof(name), "%s", d->camera);
	else
		snprintf(name, sizeof(name), "dump %lld", (long long)d->id);
	json_object_set_new(s->names, name, json_true());
	return true;
}

static int
show_same(struct cli *cli, const struct dump *d, struct err *e)
{
	struct same s = { .d = d, .names = out_memory(json_object()) };
	char text[1000] = "", same[32];
	const char *name;
	size_t len = 0;
	json_t *v;
	int r = dump_each(cli->db, 0, take_same, &s, e);

	json_object_foreach(s.names, name, v)
	{
		if (len < sizeof(text))
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s",
			    len > 0 ? ", " : "", name);
	}
	if (r == 0)
		say_fact(
		    "same bytes", "%s: %s", same_text(d, same, sizeof(same)), text);
	json_decref(s.names);
	return r;
}

static int
run_show(struct cli *cli, const struct cli_args *args, struct err *e)
{
	bool show = cli_opt(args, "show-private") != NULL;
	char size[24], when[24], mac[40], chip_id[80];
	struct socket_row port;
	struct dump d;

	if (dump_resolve(cli->db, args->arg[0], &d, e) < 0)
		return -1;
	if (cli->json)
		return out_json(json_pack("{s:o}", "dump", doc_dump(&d, show)));
	say_fact("dump", "%lld, %s, %s", (long long)d.id, d.kind, quality(&d));
	say_fact("sha256", "%s", d.sha256);
	say_fact("size", "%s (%llu bytes)", text_bytes(d.size, size, sizeof(size)),
	    (unsigned long long)d.size);
	say_fact("camera", "%s", d.camera);
	say_fact(
	    "chip", "%s%s%s", d.chip, d.jedec[0] != '\0' ? ", flash " : "", d.jedec);
	say_fact("chip id", "%s", out_mask(d.chip_id, show, chip_id, sizeof(chip_id)));
	say_fact("MAC", "%s", out_mask(d.mac, show, mac, sizeof(mac)));
	if (d.port[0] != '\0' && socket_by_path(cli->db, d.port, &port, NULL) == 0 &&
	    port.name[0] != '\0')
		say_fact("port", "%s, %s", port.name, d.port);
	else
		say_fact("port", "%s", d.port);
	if (d.passes != 0 && strcmp(d.kind, "import") == 0)
		say_fact("read", "elsewhere; %u agreeing reads in the file", d.passes);
	else if (d.passes != 0)
		say_fact("read", "%u times at %u baud, %u %s", d.passes, d.baud,
		    d.retries, d.retries == 1 ? "retry" : "retries");
	if (d.same_bytes > 1 && show_same(cli, &d, e) < 0)
		return -1;
	say_fact("file", "%s", d.file);
	say_fact("made by", "%s", d.tool);
	say_fact("taken", "%s", text_time(d.created_s, when, sizeof(when)));
	say_fact("note", "%s", d.note);
	return 0;
}

/* One key=value word. */
static int
set_one(struct cli *cli, const struct dump *d, const char *word, struct err *e)
{
	struct camera c = { .id = 0 };

	if (strncmp(word, "note=", 5) == 0)
		return dump_set_note(cli->db, d->id, word + 5, e);
	if (strncmp(word, "camera=", 7) == 0) {
		if (word[7] != '\0' && camera_by_name(cli->db, word + 7, &c, e) < 0)
			return -1;
		return dump_set_camera(cli->db, d->id, c.id, e);
	}
	return err_set(e, ERR_USAGE, "usage",
	    "'%s': a dump has note=TEXT and camera=NAME to set (camera= takes it away)",
	    word);
}

static int
run_set(struct cli *cli, const struct cli_args *args, struct err *e)
{
	struct dump d;
	int i;

	if (dump_resolve(cli->db, args->arg[0], &d, e) < 0)
		return -1;
	for (i = 1; i < args->n; i++) {
		if (set_one(cli, &d, args->arg[i], e) < 0)
			return -1;
	}
	bell_ring(cli->conf.run, "flashd");
	bell_ring(cli->conf.run, "webd");
	if (dump_by_id(cli->db, d.id, &d, e) < 0)
		return -1;
	if (cli->json)
		return out_json(json_pack("{s:o}", "dump", doc_dump(&d, false)));
	if (!cli->quiet)
		say(stdout, "dump %lld is changed", (long long)d.id);
	return 0;
}

static const struct cli_option list_options[] = { { "camera", 0, "NAME",
						      "only this camera's" },
	{ "show-private", 0, NULL, "with --json: show all of chip ids and MACs" },
	{ NULL, 0, NULL, NULL } };
static const struct cli_option show_options[] = { { "show-private", 0, NULL,
						      "show all of chip id and MAC" },
	{ NULL, 0, NULL, NULL } };

const struct cli_command cmds_dump[] = { { .verb = "dump list",
					     .usage = "",
					     .help = "the library, newest first",
					     .options = list_options,
					     .needs = CLI_CONF | CLI_READ,
					     .run = run_list },
	{ .verb = "dump show",
	    .usage = "DUMP",
	    .help = "all about a dump",
	    .options = show_options,
	    .min = 1,
	    .max = 1,
	    .needs = CLI_CONF | CLI_READ,
	    .run = run_show },
	{ .verb = "dump set",
	    .usage = "DUMP note=TEXT|camera=NAME ...",
	    .help = "write a note on it, say whose it is",
	    .min = 2,
	    .max = -1,
	    .needs = CLI_CONF | CLI_WRITE,
	    .run = run_set },
	{ .verb = NULL } };
