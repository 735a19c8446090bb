/* SPDX-License-Identifier: GPL-3.0-or-later */
/* camherd settings show|set: what a person chose for the whole appliance. What belongs to
 * the machine stands in camherd.conf. One thread. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/history.h"
#include "cli/out.h"
#include "common/bell.h"
#include "common/text.h"
#include "db/keep.h"
#include "db/setting.h"

struct settings {
	char name[SETTING_NAME_MAX + 1];
	struct keep keep;
};

static int
read_all(struct cli *cli, struct settings *s, struct err *e)
{
	if (setting_get(
		cli->db, SETTING_NAME, "", s->name, sizeof(s->name), e) < 0)
		return -1;
	return keep_get(cli->db, &s->keep, e);
}

static int
show(const struct cli *cli, struct settings *s)
{
	const struct keep_item *item;

	if (cli->json)
		return out_json(json_pack("{s:{s:o,s:{s:i,s:i,s:i}}}", "settings", "name",
		    out_text(s->name), "keep", "logs_days", s->keep.logs,
		    "history_days", s->keep.history, "bin_days", s->keep.bin));
	say(stdout, "name=%s", s->name);
	for (item = keep_items; item < keep_items + KEEP_ITEMS; item++)
		say(stdout, "keep-%s=%d", item->name, *KEEP_OF(&s->keep, item));
	return 0;
}

static int
run_show(struct cli *cli, const struct cli_args *args, struct err *e)
{
	struct settings s;

	(void)args;
	return read_all(cli, &s, e) < 0 ? -1 : show(cli, &s);
}

static int
take_name(struct settings *s, const char *value, struct err *e)
{
	const char *p;

	for (p = value; *p != '\0' && (unsigned char)*p >= ' ' && *p != 127; p++)
		continue;
	if (*p != '\0' || strlen(value) > SETTING_NAME_MAX)
		return err_set(e, ERR_USAGE, "usage",
		    "name: one line of at most %d bytes", SETTING_NAME_MAX);
	snprintf(s->name, sizeof(s->name), "%s", value);
	return 0;
}

static int
take_days(struct settings *s, const struct keep_item *item, const char *value,
    struct err *e)
{
	uint64_t n;

	if (text_number(value, (uint64_t)item->min, (uint64_t)item->max, false, &n) < 0)
		return err_set(e, ERR_USAGE, "usage",
		    "keep-%s=%s: a number of days, %d to %d", item->name, value,
		    item->min, item->max);
	*KEEP_OF(&s->keep, item) = (int)n;
	return 0;
}

static int
take(struct settings *s, const char *word, struct err *e)
{
	static const char *const known[] = { "name", "keep-logs", "keep-history",
		"keep-bin", NULL };
	const char *equals = strchr(word, '='), *near;
	const struct keep_item *item;
	char key[24];

	if (equals == NULL)
		return err_set(e, ERR_USAGE, "usage", "'%s': write KEY=VALUE", word);
	snprintf(key, sizeof(key), "%.*s", (int)(equals - word), word);
	if (strcmp(key, "name") == 0)
		return take_name(s, equals + 1, e);
	for (item = keep_items; item < keep_items + KEEP_ITEMS; item++) {
		if (strncmp(key, "keep-", 5) == 0 && strcmp(key + 5, item->name) == 0)
			return take_days(s, item, equals + 1, e);
	}
	near = text_nearest(key, known);
	return err_set(e, ERR_USAGE, "usage",
	    "there is no setting '%s'%s%s%s; 'camherd settings show' lists them", key,
	    near != NULL ? ", did you mean '" : "", near != NULL ? near : "",
	    near != NULL ? "'" : "");
}

static int
run_set(struct cli *cli, const struct cli_args *args, struct err *e)
{
	struct settings s, before;
	int i;

	if (read_all(cli, &s, e) < 0)
		return -1;
	before = s;
	for (i = 0; i < args->n; i++) {
		if (take(&s, args->arg[i], e) < 0)
			return -1;
	}
	if (setting_set(cli->db, SETTING_NAME, s.name, e) < 0 ||
	    keep_set(cli->db, &s.keep, e) < 0)
		return -1;
	if (strcmp(s.name, before.name) != 0)
		history_note(cli, "setting", 0, "the appliance is called '%s' now", s.name);
	if (memcmp(&s.keep, &before.keep, sizeof(s.keep)) != 0)
		history_note(cli, "setting", 0, KEEP_TOLD, s.keep.logs, s.keep.history,
		    s.keep.bin);
	bell_ring(cli->conf.run, "webd");
	return cli->quiet && !cli->json ? 0 : show(cli, &s);
}

const struct cli_command cmds_settings[] = { { .verb = "settings show",
						 .usage = "",
						 .help = "what was chosen for the "
							 "whole appliance",
						 .needs = CLI_CONF | CLI_READ,
						 .run = run_show },
	{ .verb = "settings set",
	    .usage = "KEY=VALUE...",
	    .help = "choose: its name, how many days things are kept",
	    .more = "name=TEXT        what the appliance is called\n"
		    "keep-logs=DAYS   logs and traces of jobs that are over (90)\n"
		    "keep-history=DAYS  lines of history (90)\n"
		    "keep-bin=DAYS    removed backups (30)\n\n"
		    "Backups in the library are kept until somebody removes them.\n",
	    .min = 1,
	    .max = -1,
	    .needs = CLI_CONF | CLI_WRITE,
	    .run = run_set },
	{ .verb = NULL } };
