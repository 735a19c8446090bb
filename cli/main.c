/* SPDX-License-Identifier: GPL-3.0-or-later */
/* camherd(1): finds the command, opens what it needs, runs it. One thread. */
#include "config.h"

#include <langinfo.h>
#include <locale.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/out.h"
#include "db/db.h"
#include "db/live.h"

const struct cli_group cli_groups[] = { { "the appliance", cmds_appliance },
	{ "the appliance", cmds_config }, { "the appliance", cmds_db },
	{ "the appliance", cmds_doctor }, { "the appliance", cmds_archive }, { "the appliance", cmds_settings }, { "the appliance", cmds_completion }, { "USB ports", cmds_ports }, { "USB ports", cmds_console },
	{ "flash of a camera", cmds_read }, { "flash of a camera", cmds_write },
	{ "jobs", cmds_jobs }, { "rescue", cmds_rescue }, { "dumps (backups)", cmds_dump },
	{ "dumps (backups)", cmds_dump_map }, { "dumps (backups)", cmds_diff },
	{ "dumps (backups)", cmds_look }, { "dumps (backups)", cmds_share },
	{ "dumps (backups)", cmds_graft },
	{ "dumps (backups)", cmds_dump_file },
	{ "dumps (backups)", cmds_dump_keep },
	{ "cameras", cmds_cam }, { "cameras", cmds_cam_out },
	{ "cameras", cmds_cam_connect }, { "cameras", cmds_cam_ctl },
	{ "cameras", cmds_cam_history }, { "cameras", cmds_photo },
	{ "people", cmds_user },
	{ "people", cmds_token }, { NULL, NULL } };

int
cli_fail(const struct cli *cli, const struct err *e)
{
	json_t *doc;

	if (cli->json) {
		doc = json_pack("{s:{s:s,s:o,s:i}}", "error", "code",
		    e->name[0] != '\0' ? e->name : "failed", "message",
		    out_text(e->msg), "exit", (int)e->code);
		out_json(doc);
	} else {
		say(stderr, "camherd: %s", e->msg);
	}
	return e->code;
}

static bool
wants_color(void)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && (no == NULL || no[0] == '\0') && term != NULL &&
	    strcmp(term, "dumb") != 0;
}

/* A wrong option must come as JSON too, wherever --json stands. */
static bool
json_asked(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], "--json") == 0)
			return true;
	}
	return false;
}

static int
show_help(struct cli *cli, int argc, char **argv)
{
	struct err e = { .code = ERR_NONE };
	const struct cli_command *c;
	int words;

	if (argc == 0) {
		help_overview();
		return 0;
	}
	if ((c = help_find(argc, argv, &words, &e)) != NULL) {
		help_command(c);
		return 0;
	}
	if (argc == 1 && help_family(argv[0]) > 0)
		return 0;
	return cli_fail(cli, &e);
}

static int
open_needs(struct cli *cli, unsigned needs, struct err *e)
{
	if (needs != 0 && conf_load(cli->conf_file, &cli->conf, e) < 0)
		return -1;
	if (needs & (CLI_READ | CLI_WRITE)) {
		cli->db = db_open(cli->conf.state,
		    needs & CLI_WRITE ? DB_READ_WRITE : DB_READ_ONLY, e);
		if (cli->db == NULL)
			return -1;
	}
	if (needs & CLI_LIVE && access(cli->conf.run, X_OK) == 0 &&
	    (cli->live = live_open(cli->conf.run, e)) == NULL)
		return -1;
	return 0;
}

static int
run_command(struct cli *cli, const struct cli_command *c, int argc, char **argv)
{
	struct cli_args args = { .options = c->options };
	struct err e = { .code = ERR_NONE };
	bool help = false, version = false;
	int r;

	if (cli_parse(cli, c, argc, argv, &args, &help, &version, &e) < 0)
		return cli_fail(cli, &e);
	if (help) {
		help_command(c);
		return 0;
	}
	if (args.n < c->min) {
		err_set(&e, ERR_USAGE, "usage",
		    "usage: camherd %s %s; 'camherd help %s' says more", c->verb,
		    c->usage, c->verb);
		return cli_fail(cli, &e);
	}
	r = open_needs(cli, c->needs, &e) < 0 ? -1 : c->run(cli, &args, &e);
	if (r < 0)
		r = cli_fail(cli, &e);
	db_close(cli->db);
	if (cli->live != NULL)
		live_close(cli->live);
	return cli->left ? CLI_EXIT_LEFT : r;
}

/* The words up to the verb, then the verb. */
static int
dispatch(struct cli *cli, int argc, char **argv)
{
	struct err e = { .code = ERR_NONE };
	bool help = false, version = false;
	const struct cli_command *c;
	int at, words = 0;

	if ((at = cli_parse(cli, NULL, argc, argv, NULL, &help, &version, &e)) < 0)
		return cli_fail(cli, &e);
	argc -= at;
	argv += at;
	if (version) {
		puts("camherd " PACKAGE_VERSION);
		return 0;
	}
	if (help || argc == 0)
		return show_help(cli, argc, argv);
	if (strcmp(argv[0], "help") == 0)
		return show_help(cli, argc - 1, argv + 1);
	if ((c = help_find(argc, argv, &words, &e)) != NULL)
		return run_command(cli, c, argc - words, argv + words);
	/* `camherd cam --help` */
	if (argc == 2 &&
	    (strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0) &&
	    help_family(argv[0]) > 0)
		return 0;
	return cli_fail(cli, &e);
}

int
main(int argc, char **argv)
{
	struct cli cli = { .conf_file = NULL };
	int status;

	setlocale(LC_CTYPE, "");
	umask(007);
	cli.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	cli.color = wants_color();
	cli.json = json_asked(argc, argv);
	if (sodium_init() < 0) {
		fputs("camherd: libsodium cannot start\n", stderr);
		return ERR_FAILED;
	}
	status = dispatch(&cli, argc - 1, argv + 1);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		fputs("camherd: standard output could not be written\n", stderr);
		return ERR_FAILED;
	}
	return status;
}
