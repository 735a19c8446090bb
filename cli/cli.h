/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * camherd(1): what every command gets and how it is described. One cmd_*.c holds one
 * command or a few small related ones and exports their rows; main.c has the table of
 * tables. Help, completion and option parsing all read those rows. One thread.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/conf.h"
#include "common/err.h"

struct db;
struct live;

#define CLI_ARGS_MAX 64		/* words behind the verb */
#define CLI_OPTIONS_MAX 16	/* options of one command */
#define CLI_EXIT_LEFT 130	/* Ctrl-C: the job was left running */

struct cli {
	const char *conf_file;	/* -c, or NULL */
	struct conf conf;	/* with CLI_CONF */
	struct db *db;		/* with CLI_READ or CLI_WRITE */
	struct live *live;	/* with CLI_LIVE; NULL when there is no RUN folder */
	bool json, quiet;
	bool color;		/* stdout takes colours */
	bool utf8;		/* the terminal takes more than ASCII */
	int timeout_s;		/* 0 = none */
	bool left;		/* Ctrl-C left a job running: exit CLI_EXIT_LEFT */
};

struct cli_option {
	const char *name;	/* "camera": --camera; NULL ends the list */
	char letter;		/* 'o': -o; 0 = none */
	const char *value;	/* what its value is called; NULL = takes none */
	const char *help;	/* one line */
};

struct cli_args {
	const char *arg[CLI_ARGS_MAX + 1];	/* NULL at the end */
	int n;
	const struct cli_option *options;
	const char *opt[CLI_OPTIONS_MAX];	/* value, "" for a flag, NULL = not given */
};

/* What main() opens before the command runs. */
enum cli_need { CLI_CONF = 1, CLI_READ = 2, CLI_WRITE = 4, CLI_LIVE = 8 };

struct cli_command {
	const char *verb;	/* one or two words; NULL ends the list */
	const char *usage;	/* what follows the verb */
	const char *help;	/* one line */
	const char *more;	/* the rest of `help VERB`, or NULL */
	const struct cli_option *options;	/* or NULL */
	int min, max;		/* words behind the verb; max -1 = any number */
	unsigned needs;		/* enum cli_need, or-ed */
	/* The exit code, everything said; or -1 with e filled and nothing printed. */
	int (*run)(struct cli *cli, const struct cli_args *args, struct err *e);
};

/* The value of an option of the running command, "" for a flag, NULL = not given. */
const char *cli_opt(const struct cli_args *args, const char *name);
/* An option that is a whole number, K and M allowed: 1 = given, 0 = not, -1. */
int cli_opt_number(const struct cli_args *args, const char *name, uint64_t min,
    uint64_t max, uint64_t *ret, struct err *e);

/* Print "camherd: sentence" (with --json: the error document) and return e->code. */
int cli_fail(const struct cli *cli, const struct err *e);

/* One table of all tables (main.c). */
struct cli_group {
	const char *title;
	const struct cli_command *commands;
};
extern const struct cli_group cli_groups[];
extern const struct cli_option cli_global_options[];

/* args.c: go through argv behind the verb (command != NULL), or up to the verb.
 * Returns the index of the first word not taken, or -1. */
int cli_parse(struct cli *cli, const struct cli_command *command, int argc, char **argv,
    struct cli_args *ret, bool *ret_help, bool *ret_version, struct err *e);

/* help.c */
void help_overview(void);
void help_command(const struct cli_command *c);
/* All commands that begin with this word ("cam"): how many were printed. */
int help_family(const char *word);
/* The command of these words; ret_words (1 or 2) says how many it took. NULL and an
 * error that names the nearest when there is none. */
const struct cli_command *help_find(int argc, char *const *argv, int *ret_words,
    struct err *e);

extern const struct cli_command cmds_appliance[];	/* cmd_status.c */
extern const struct cli_command cmds_config[];		/* cmd_config.c */
extern const struct cli_command cmds_db[];		/* cmd_db.c */
extern const struct cli_command cmds_archive[];	/* cmd_archive.c */
extern const struct cli_command cmds_doctor[];		/* cmd_doctor.c */
extern const struct cli_command cmds_ports[];		/* cmd_ports.c */
extern const struct cli_command cmds_console[];		/* cmd_console.c */
extern const struct cli_command cmds_read[];		/* cmd_read.c */
extern const struct cli_command cmds_write[];		/* cmd_write.c */
extern const struct cli_command cmds_jobs[];		/* cmd_jobs.c */
extern const struct cli_command cmds_dump[];		/* cmd_dump.c */
extern const struct cli_command cmds_dump_file[];	/* cmd_dump_file.c */
extern const struct cli_command cmds_dump_keep[];	/* cmd_dump_keep.c */
extern const struct cli_command cmds_dump_map[];	/* cmd_dump_map.c */
extern const struct cli_command cmds_graft[];		/* cmd_graft.c */
extern const struct cli_command cmds_rescue[];		/* cmd_rescue.c */
extern const struct cli_command cmds_settings[];	/* cmd_settings.c */
extern const struct cli_command cmds_share[];		/* cmd_share.c */
extern const struct cli_command cmds_diff[];		/* cmd_diff.c */
extern const struct cli_command cmds_look[];		/* cmd_look.c */
extern const struct cli_command cmds_cam[];		/* cmd_cam.c */
extern const struct cli_command cmds_cam_connect[];	/* cmd_cam_connect.c */
extern const struct cli_command cmds_cam_out[];		/* cmd_cam_out.c */
extern const struct cli_command cmds_cam_ctl[];	/* cmd_cam_ctl.c */
extern const struct cli_command cmds_photo[];		/* cmd_photo.c */
extern const struct cli_command cmds_cam_history[];	/* cmd_cam_history.c */
extern const struct cli_command cmds_user[];		/* cmd_user.c */
extern const struct cli_command cmds_token[];		/* cmd_token.c */
extern const struct cli_command cmds_completion[];	/* cmd_completion.c */

#endif
