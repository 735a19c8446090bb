/* SPDX-License-Identifier: GPL-3.0-or-later */
/* camherd db-upgrade: the only program that changes the schema. */
#include "config.h"

#include <stdio.h>

#include "cli/cli.h"
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
run(struct cli *cli, int argc, char **argv)
{
	struct err e = { .code = ERR_NONE };
	bool moved = false;
	int from, to;

	(void)argv;
	if (argc > 1) {
		err_set(&e, ERR_USAGE, "usage", "db-upgrade takes no arguments");
		return cli_fail(cli, &e);
	}
	if (db_upgrade(cli->conf.state, &from, &to, &moved, &e) < 0)
		return cli_fail(cli, &e);
	/* streamd reads the database only: its credentials must be there before it. */
	if (make_stream_password(cli, &e) < 0)
		return cli_fail(cli, &e);
	if (moved)
		fprintf(stderr,
		    "camherd: the old inventory was damaged; it is kept beside the new one as "
		    "%s.corrupt-*. flashd takes the dumps in again when it starts.\n",
		    DB_NAME);
	if (!cli->quiet && !cli->json)
		printf(from == to ? "inventory is up to date (schema %d)\n"
				  : "inventory now has schema %d\n",
		    to);
	if (cli->json)
		printf("{\"from\":%d,\"to\":%d,\"moved\":%s}\n", from, to, moved ? "true" : "false");
	return 0;
}

const struct cli_command cmd_db_upgrade = { "db-upgrade", "",
	"create or upgrade the inventory", run };
