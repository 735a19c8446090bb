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
	const char *typed = cli_opt(args, "role");
	char token[TOKEN_LEN + 1];
	enum role role = ROLE_VIEWER;
	int r;

	if (typed != NULL && role_parse(typed, &role) < 0)
		return err_set(
		    e, ERR_USAGE, "usage", "role '%s': must be admin or viewer", typed);
	if (token_add(cli->db, args->arg[0], role, token, e) < 0)
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

static bool
list_one(const struct token *t, void *arg)
{
	people_add(arg, t->name, t->role, t->created_s);
	return true;
}

static int
run_list(struct cli *cli, const struct cli_args *args, struct err *e)
{
	struct people p;

	(void)args;
	people_begin(&p, cli, "TOKEN");
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
	{ "role", 0, "ROLE", "viewer (default) or admin" }, { NULL, 0, NULL, NULL }
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
