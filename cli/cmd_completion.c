/* SPDX-License-Identifier: GPL-3.0-or-later */
/* camherd completion bash: written from the table of commands. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/out.h"

/* Verbs as the first word, second words behind a family's first. */
static void
print_verbs(void)
{
	const struct cli_group *g;
	const struct cli_command *c;

	puts("\tlocal verbs='help");
	for (g = cli_groups; g->title != NULL; g++) {
		for (c = g->commands; c->verb != NULL; c++)
			printf("\t\t%s\n", c->verb);
	}
	puts("\t'");
}

static void
print_options(void)
{
	const struct cli_group *g;
	const struct cli_command *c;
	int i;

	puts("\tcase \"$verb\" in");
	for (g = cli_groups; g->title != NULL; g++) {
		for (c = g->commands; c->verb != NULL; c++) {
			if (c->options == NULL)
				continue;
			printf("\t'%s') options='", c->verb);
			for (i = 0; c->options[i].name != NULL; i++)
				printf("%s--%s", i > 0 ? " " : "", c->options[i].name);
			puts("' ;;");
		}
	}
	puts("\tesac");
}

static void
print_globals(void)
{
	int i;

	printf("\tlocal globals='");
	for (i = 0; cli_global_options[i].name != NULL; i++)
		printf("%s--%s", i > 0 ? " " : "", cli_global_options[i].name);
	puts("'");
}

static int
run_completion(struct cli *cli, const struct cli_args *args, struct err *e)
{
	(void)cli;
	if (strcmp(args->arg[0], "bash") != 0)
		return err_set(
		    e, ERR_USAGE, "usage", "completion is there for bash only");
	puts("# bash completion of camherd: eval \"$(camherd completion bash)\"\n"
	     "_camherd() {\n"
	     "\tlocal cur=${COMP_WORDS[COMP_CWORD]} verb='' words='' options='' line w "
	     "i");
	print_verbs();
	print_globals();
	puts("\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	     "\t\tw=${COMP_WORDS[i]}\n"
	     "\t\tcase $w in\n"
	     "\t\t-c | --config | --timeout) i=$((i + 1)) ;;\n"
	     "\t\t-*) ;;\n"
	     "\t\t*) verb=\"$verb${verb:+ }$w\" ;;\n"
	     "\t\tesac\n"
	     "\t\t[[ $verb == *' '* ]] && break\n"
	     "\tdone\n"
	     "\twhile read -r line; do\n"
	     "\t\tif [[ -z $verb ]]; then\n"
	     "\t\t\twords=\"$words ${line%% *}\"\n"
	     "\t\telif [[ $line == \"$verb \"* ]]; then\n"
	     "\t\t\twords=\"$words ${line#\"$verb \"}\"\n"
	     "\t\tfi\n"
	     "\tdone <<<\"$verbs\"");
	print_options();
	puts("\tif [[ $cur == -* ]]; then\n"
	     "\t\tmapfile -t COMPREPLY < <(compgen -W \"$options $globals\" -- "
	     "\"$cur\")\n"
	     "\telif [[ -n $words ]]; then\n"
	     "\t\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
	     "\telse\n"
	     "\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
	     "\tfi\n"
	     "}\n"
	     "complete -o filenames -F _camherd camherd");
	return 0;
}

const struct cli_command cmds_completion[] = {
	{ .verb = "completion",
	    .usage = "bash",
	    .help = "print a completion script for the shell",
	    .more = "eval \"$(camherd completion bash)\"",
	    .min = 1,
	    .max = 1,
	    .run = run_completion },
	{ .verb = NULL }
};
