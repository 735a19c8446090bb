/* SPDX-License-Identifier: GPL-3.0-or-later */
/* camherd(1): options that go before the verb, then one file per command. */
#include "config.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

static const struct cli_command *const commands[] = {
	&cmd_db_upgrade,
	NULL
};

int
cli_fail(const struct cli *cli, const struct err *e)
{
	(void)cli;
	fprintf(stderr, "camherd: %s\n", e->msg);
	return e->code;
}

int
main(int argc, char **argv)
{
	struct cli cli = { .conf_file = NULL };
	struct err e = { .code = ERR_NONE };
	int i;

	if (sodium_init() < 0 || argc < 2)
		return 2;
	if (conf_load(cli.conf_file, &cli.conf, &e) < 0)
		return cli_fail(&cli, &e);
	for (i = 0; commands[i] != NULL; i++) {
		if (strcmp(commands[i]->verb, argv[1]) == 0)
			return commands[i]->run(&cli, argc - 1, argv + 1);
	}
	return 2;
}
