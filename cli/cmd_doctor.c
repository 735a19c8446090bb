/* SPDX-License-Identifier: GPL-3.0-or-later */
/* camherd doctor: what is wrong, why, and what to do. One thread. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "appliance/doctor.h"
#include "appliance/report.h"
#include "cli/cli.h"
#include "cli/out.h"
#include "common/file.h"
#include "common/text.h"

static const char *
mark(const struct cli *cli, const char *state)
{
	if (strcmp(state, "bad") == 0)
		return cli->color ? "\033[31mbad    \033[0m" : "bad    ";
	if (strcmp(state, "warning") == 0)
		return cli->color ? "\033[33mwarning\033[0m" : "warning";
	return cli->color ? "\033[32mok     \033[0m" : "ok     ";
}

/* Texts were escaped when they were made. */
static void
say_findings(const struct cli *cli, const json_t *doc)
{
	const json_t *one;
	const char *state, *next;
	size_t i;

	json_array_foreach (json_object_get(doc, "findings"), i, one) {
		state = json_string_value(json_object_get(one, "state"));
		next = json_string_value(json_object_get(one, "do"));
		if (cli->quiet && strcmp(state, "ok") == 0)
			continue;
		printf("%s  %s\n", mark(cli, state),
		    json_string_value(json_object_get(one, "text")));
		if (next[0] != '\0')
			printf("         %s %s\n", cli->utf8 ? "→" : "->", next);
	}
	if (!cli->quiet)
		printf("%lld ok, %lld warnings, %lld bad\n",
		    (long long)json_integer_value(json_object_get(doc, "ok")),
		    (long long)json_integer_value(json_object_get(doc, "warnings")),
		    (long long)json_integer_value(json_object_get(doc, "bad")));
}

static int
write_report(struct cli *cli, const char *file, struct err *e)
{
	char *text, size[32];
	size_t n;
	int r;

	if (strcmp(file, "-") != 0 && access(file, F_OK) == 0)
		return err_set(e, ERR_REFUSED, "file-exists",
		    "'%s' is there already and is not overwritten", file);
	if (report_make(cli->conf_file, DOCTOR_CLI, &text, &n, e) < 0)
		return -1;
	if (strcmp(file, "-") == 0)
		r = file_write_all(STDOUT_FILENO, text, n, e);
	else
		r = file_put(AT_FDCWD, file, text, n, 0600, e);
	free(text);
	if (r < 0 || strcmp(file, "-") == 0)
		return r;
	if (cli->json)
		return out_json(json_pack(
		    "{s:{s:o,s:I}}", "report", "file", out_text(file), "bytes", (json_int_t)n));
	if (!cli->quiet)
		say(stdout, "wrote %s, %s. Secrets are blanked; read it before you post it.",
		    file, text_bytes(n, size, sizeof(size)));
	return 0;
}

static int
run_doctor(struct cli *cli, const struct cli_args *args, struct err *e)
{
	const char *report = cli_opt(args, "report");
	json_t *doc;
	int code;

	if (report != NULL)
		return write_report(cli, report, e);
	if ((doc = doctor_run(cli->conf_file, DOCTOR_CLI)) == NULL)
		return err_set(e, ERR_FAILED, "no-memory", "memory for the doctor");
	code = json_integer_value(json_object_get(doc, "bad")) > 0 ? ERR_FAILED : ERR_NONE;
	if (cli->json) {
		out_json(doc);
		return code;
	}
	say_findings(cli, doc);
	json_decref(doc);
	return code;
}

static const struct cli_option doctor_options[] = {
	{ "report", 0, "FILE", "write diagnostics without secrets, to give to others" },
	{ NULL, 0, NULL, NULL }
};

const struct cli_command cmds_doctor[] = {
	{ .verb = "doctor",
	    .usage = "",
	    .help = "look after everything that may be wrong",
	    .more = "Daemons, configuration, inventory, disk, clock, rights, other "
		    "programs, addresses,\n"
		    "certificate, ports, cameras, backups. Exit code 1 when something is "
		    "bad.",
	    .options = doctor_options,
	    .run = run_doctor },
	{ .verb = NULL }
};
