/* SPDX-License-Identifier: GPL-3.0-or-later */
/* camherd token add|list|rm, stream-password show|new: credentials of programs. */
#include "config.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/out.h"
#include "cli/people.h"
#include "common/bell.h"
#include "common/text.h"
#include "db/setting.h"
#include "db/token.h"

static int
run_add(struct cli *cli, const struct cli_args *args, struct err *e)
{
	const char *typed = cli_opt(args, "role"), *days = cli_opt(args, "days");
	uint64_t n_days = 0;
	char token[TOKEN_LEN + 1];
	enum role role = ROLE_VIEWER;
	int r;

	if (typed != NULL && role_parse(typed, &role) < 0)
		return err_set(
		    e, ERR_USAGE, "usage", "role '%s': must be admin or viewer", typed);
	if (days != NULL &&
	    text_number(days, 1, TOKEN_DAYS_MAX, false, &n_days) < 0)
		return err_set(e, ERR_USAGE, "usage",
		    "--days %s: must be a whole number from 1 to %d", days,
		    TOKEN_DAYS_MAX);
	if (token_add(cli->db, args->arg[0], role, (unsigned)n_days, token, e) < 0)
		return -1;
	bell_ring(cli->conf.run, "webd");
	if (cli->json) {
		r = out_json(json_pack("{s:o,s:s,s:s}", "name", out_text(args->arg[0]),
		    "role", role_name(role), "token", token));
	} else {
		r = 0;
		puts(token);
		if (!cli->quiet)
			say(stderr,
			    "It is shown this once. Use it as: Authorization: Bearer "
			    "TOKEN");
	}
	sodium_memzero(token, sizeof(token));
	return r;
}

static int
run_rm(struct cli *cli, const struct cli_args *args, struct err *e)
{
	if (token_remove(cli->db, args->arg[0], e) < 0)
		return -1;
	return people_removed(cli, "token", args->arg[0]);
}

/* A time, or a word where there is none. */
static void
when_cell(struct table *table, int64_t at_s, const char *none)
{
	char when[24];

	table_cell(table, "%s", at_s == 0 ? none : text_time(at_s, when, sizeof(when)));
}

static bool
list_one(const struct token *t, void *arg)
{
	struct people *p = arg;
	json_t *doc;

	if (p->list != NULL) {
		doc = people_json(t->name, t->role, t->created_s);
		json_object_set_new(doc, "expires_s",
		    t->expires_s == 0 ? json_null() : json_integer(t->expires_s));
		json_object_set_new(doc, "used_s",
		    t->used_s == 0 ? json_null() : json_integer(t->used_s));
		json_array_append_new(p->list, doc);
		return true;
	}
	table_cell(p->table, "%s", t->name);
	table_cell(p->table, "%s", role_name(t->role));
	when_cell(p->table, t->created_s, "");
	when_cell(p->table, t->used_s, "never");
	when_cell(p->table, t->expires_s, "never");
	return true;
}

static int
run_list(struct cli *cli, const struct cli_args *args, struct err *e)
{
	struct people p = { .list = cli->json ? json_array() : NULL };

	(void)args;
	if (p.list == NULL)
		p.table = table_new(5, "TOKEN", "ROLE", "SINCE", "LAST USED", "ENDS");
	if (token_each(cli->db, list_one, &p, e) < 0) {
		people_drop(&p);
		return -1;
	}
	return people_end(&p, cli, "tokens");
}

static int
say_stream(struct cli *cli, const char *user, const char *password)
{
	if (cli->json)
		return out_json(json_pack("{s:o,s:o}", "user", out_text(user),
		    "password", out_text(password)));
	say_fact("user", "%s", user);
	say_fact("password", "%s", password);
	return 0;
}

static int
run_stream_show(struct cli *cli, const struct cli_args *args, struct err *e)
{
	char user[33], password[65];

	(void)args;
	if (stream_password_get(cli->db, user, password, e) < 0)
		return -1;
	return say_stream(cli, user, password);
}

static int
run_stream_new(struct cli *cli, const struct cli_args *args, struct err *e)
{
	char user[33], password[65];

	(void)args;
	if (stream_password_new(cli->db, user, password, e) < 0)
		return -1;
	bell_ring(cli->conf.run, "streamd");
	bell_ring(cli->conf.run, "webd");
	return say_stream(cli, user, password);
}

static const struct cli_option add_options[] = {
	{ "role", 0, "ROLE", "viewer (default) or admin" },
	{ "days", 0, "N", "it ends by itself after N days (default: never)" },
	{ NULL, 0, NULL, NULL }
};

const struct cli_command cmds_token[] = { { .verb = "token add",
					      .usage = "NAME",
					      .help = "a key to the API for a script",
					      .options = add_options,
					      .min = 1,
					      .max = 1,
					      .needs = CLI_CONF | CLI_WRITE,
					      .run = run_add },
	{ .verb = "token list",
	    .usage = "",
	    .help = "the keys that exist",
	    .needs = CLI_CONF | CLI_READ,
	    .run = run_list },
	{ .verb = "token rm",
	    .usage = "NAME",
	    .help = "remove one",
	    .min = 1,
	    .max = 1,
	    .needs = CLI_CONF | CLI_WRITE,
	    .run = run_rm },
	{ .verb = "stream-password show",
	    .usage = "",
	    .help = "user and password of all streams and stills",
	    .needs = CLI_CONF | CLI_READ,
	    .run = run_stream_show },
	{ .verb = "stream-password new",
	    .usage = "",
	    .help = "make a new one; every player needs it then",
	    .needs = CLI_CONF | CLI_WRITE,
	    .run = run_stream_new },
	{ .verb = NULL } };
