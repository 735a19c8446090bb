/* SPDX-License-Identifier: GPL-3.0-or-later */
/* camherd db-upgrade: the only command that changes the schema. One thread. */
#include "config.h"

#include <stdio.h>

#include "cli/cli.h"
#include "cli/out.h"
#include "db/db.h"
#include "db/setting.h"

static int
make_stream_password(const struct cli *cli, struct err *e)
{
	char user[33], password[65];
	struct db *db;
	int r;

	if ((db = db_open(cli->conf.state, DB_READ_WRITE, e)) == NULL)
		return -1;
	r = stream_password_get(db, user, password, e);
	db_close(db);
	return r;
}

static int
run_db_upgrade(struct cli *cli, const struct cli_args *args, struct err *e)
{
	bool moved = false;
	int from, to;

	(void)args;
	if (db_upgrade(cli->conf.state, &from, &to, &moved, e) < 0)
		return -1;
	/* streamd reads the database only: its credentials must be there before it. */
	if (make_stream_password(cli, e) < 0)
		return -1;
	if (moved)
		say(stderr,
		    "camherd: the old inventory was damaged; it is kept beside the new "
		    "one as "
		    "%s.corrupt-*. flashd takes the dumps in again when it starts.",
		    DB_NAME);
	if (cli->json)
		return out_json(
		    json_pack("{s:i,s:i,s:b}", "from", from, "to", to, "moved", moved));
	if (!cli->quiet && from == to)
		say(stdout, "inventory is up to date (schema %d)", to);
	else if (!cli->quiet)
		say(stdout, "inventory now has schema %d", to);
	return 0;
}

const struct cli_command cmds_db[] = {
	{ .verb = "db-upgrade",
	    .usage = "",
	    .help = "create or upgrade the inventory",
	    .more =
		"The daemons refuse to start with an inventory of another schema. Run "
		"this once\n"
		"after an upgrade, before them; the systemd units do so by themselves. "
		"A copy of\n"
		"the old file is made first; a damaged file is moved aside and kept.",
	    .needs = CLI_CONF,
	    .run = run_db_upgrade },
	{ .verb = NULL }
};
