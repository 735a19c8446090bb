/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every command of camherd(1) gets, and the table of commands. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>

#include "common/conf.h"
#include "common/err.h"

struct cli {
	const char *conf_file;	/* -c, or NULL */
	struct conf conf;	/* loaded before the command runs */
	bool json, quiet, color;
	int timeout_s;		/* 0 = none */
};

/* Runs with argv[0] = the verb; returns the exit code (enum err_code). */
struct cli_command {
	const char *verb;
	const char *usage;	/* what follows the verb */
	const char *help;	/* one line */
	int (*run)(struct cli *cli, int argc, char **argv);
};

extern const struct cli_command cmd_db_upgrade;

/* Print "camherd: sentence" (or the JSON error document) and return e->code. */
int cli_fail(const struct cli *cli, const struct err *e);

#endif
