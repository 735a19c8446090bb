/* SPDX-License-Identifier: GPL-3.0-or-later */
/* camherd user add|passwd|role|list|rm: who may sign in at the page. */
#include "config.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "cli/ask.h"
#include "cli/cli.h"
#include "cli/out.h"
#include "cli/people.h"
#include "common/bell.h"
#include "common/text.h"
#include "db/session.h"
#include "db/user.h"

static int
parse_role(const char *s, enum role fallback, enum role *ret, struct err *e)
{
	*ret = fallback;
	if (s == NULL)
		return 0;
	if (role_parse(s, ret) < 0)
		return err_set(
		    e, ERR_USAGE, "usage", "role '%s': must be admin or viewer", s);
	return 0;
}

static int
answer(struct cli *cli, const char *name, const char *what, struct err *e)
{
	struct user u;

	bell_ring(cli->conf.run, "webd");
	if (user_by_name(cli->db, name, &u, e) < 0)
		return -1;
	if (cli->json)
		return out_json(json_pack(
		    "{s:o}", "user", people_json(u.name, u.role, u.created_s)));
	if (!cli->quiet)
		say(stdout, "user %s (%s): %s", u.name, role_name(u.role), what);
	return 0;
}

static int
run_add(struct cli *cli, const struct cli_args *args, struct err *e)
{
	char password[USER_PASSWORD_MAX + 2];
	enum role role;
	int r;

	if (parse_role(cli_opt(args, "role"), ROLE_ADMIN, &role, e) < 0 ||
	    ask_password("Password", password, sizeof(password), e) < 0)
		return -1;
	r = user_add(cli->db, args->arg[0], password, role, e);
	sodium_memzero(password, sizeof(password));
	return r < 0 ? -1 : answer(cli, args->arg[0], "added", e);
}

static int
run_passwd(struct cli *cli, const struct cli_args *args, struct err *e)
{
	char password[USER_PASSWORD_MAX + 2];
	struct user u;
	int r;

	if (user_by_name(cli->db, args->arg[0], &u, e) < 0 ||
	    ask_password("New password", password, sizeof(password), e) < 0)
		return -1;
	r = user_set_password(cli->db, u.name, password, e);
	sodium_memzero(password, sizeof(password));
	return r < 0 ? -1
		     : answer(cli, u.name, "new password; signed out everywhere", e);
}

static int
run_role(struct cli *cli, const struct cli_args *args, struct err *e)
{
	enum role role;

	if (parse_role(args->arg[1], ROLE_NONE, &role, e) < 0 ||
	    user_set_role(cli->db, args->arg[0], role, e) < 0)
		return -1;
	return answer(cli, args->arg[0], "new role; signed out everywhere", e);
}

static int
run_rm(struct cli *cli, const struct cli_args *args, struct err *e)
{
	if (user_remove(cli->db, args->arg[0], e) < 0)
		return -1;
	return people_removed(cli, "user", args->arg[0]);
}

static bool
list_one(const struct user *u, void *arg)
{
	people_add(arg, u->name, u->role, u->created_s);
	return true;
}

static int
run_list(struct cli *cli, const struct cli_args *args, struct err *e)
{
	struct people p;

	(void)args;
	people_begin(&p, cli, "USER");
	if (user_each(cli->db, list_one, &p, e) < 0) {
		people_drop(&p);
		return -1;
	}
	return people_end(&p, cli, "users");
}

struct sessions {
	json_t *list;
	struct table *table;
};

static bool
list_session(const struct session *s, void *arg)
{
	struct sessions *all = arg;
	char since[24], seen[24];

	if (all->list != NULL) {
		json_array_append_new(all->list,
		    json_pack("{s:s%,s:o,s:o,s:o,s:I,s:I}", "id", s->hash,
			(size_t)SESSION_ID_LEN, "user", out_text(s->user.name),
			"address", out_text(s->address), "agent", out_text(s->agent),
			"created_s", (json_int_t)s->created_s, "seen_s",
			(json_int_t)s->seen_s));
		return true;
	}
	table_cell(all->table, "%s", s->user.name);
	table_cell(all->table, "%s", s->address);
	table_cell(all->table, "%s", text_time(s->created_s, since, sizeof(since)));
	table_cell(all->table, "%s", text_time(s->seen_s, seen, sizeof(seen)));
	table_cell(all->table, "%s", s->agent);
	return true;
}

static int
run_sessions(struct cli *cli, const struct cli_args *args, struct err *e)
{
	struct sessions all = { .list = NULL };
	struct user u = { .id = 0 };

	if (args->n > 0 && user_by_name(cli->db, args->arg[0], &u, e) < 0)
		return -1;
	if (cli->json)
		all.list = out_memory(json_array());
	else
		all.table =
		    table_new(5, "USER", "ADDRESS", "SINCE", "LAST SEEN", "BROWSER");
	if (session_each(cli->db, u.id, list_session, &all, e) < 0) {
		json_decref(all.list);
		return -1;
	}
	if (cli->json)
		return out_json(json_pack("{s:o}", "sessions", all.list));
	table_end(all.table, cli);
	return 0;
}

static int
run_sign_out(struct cli *cli, const struct cli_args *args, struct err *e)
{
	struct user u;

	if (user_by_name(cli->db, args->arg[0], &u, e) < 0 ||
	    session_end_user(cli->db, u.id, e) < 0)
		return -1;
	return answer(cli, u.name, "signed out everywhere", e);
}

static const struct cli_option add_options[] = {
	{ "role", 0, "ROLE", "admin (default) or viewer" }, { NULL, 0, NULL, NULL }
};

const struct cli_command cmds_user[] = {
	{ .verb = "user add",
	    .usage = "NAME",
	    .help = "a person who may sign in",
	    .more =
		"The password is asked for, or read as one line from standard input; "
		"at least\n"
		"8 characters. A viewer sees pictures and states and changes nothing.",
	    .options = add_options,
	    .min = 1,
	    .max = 1,
	    .needs = CLI_CONF | CLI_WRITE,
	    .run = run_add },
	{ .verb = "user passwd",
	    .usage = "NAME",
	    .help = "give a new password",
	    .min = 1,
	    .max = 1,
	    .needs = CLI_CONF | CLI_WRITE,
	    .run = run_passwd },
	{ .verb = "user role",
	    .usage = "NAME ROLE",
	    .help = "make admin or viewer",
	    .min = 2,
	    .max = 2,
	    .needs = CLI_CONF | CLI_WRITE,
	    .run = run_role },
	{ .verb = "user list",
	    .usage = "",
	    .help = "who may sign in",
	    .needs = CLI_CONF | CLI_READ,
	    .run = run_list },
	{ .verb = "user sessions",
	    .usage = "[NAME]",
	    .help = "who is signed in, and from where",
	    .max = 1,
	    .needs = CLI_CONF | CLI_READ,
	    .run = run_sessions },
	{ .verb = "user sign-out",
	    .usage = "NAME",
	    .help = "end every sign-in of a user at the page",
	    .min = 1,
	    .max = 1,
	    .needs = CLI_CONF | CLI_WRITE,
	    .run = run_sign_out },
	{ .verb = "user rm",
	    .usage = "NAME",
	    .help = "remove one",
	    .min = 1,
	    .max = 1,
	    .needs = CLI_CONF | CLI_WRITE,
	    .run = run_rm },
	{ .verb = NULL }
};
