/* SPDX-License-Identifier: GPL-3.0-or-later */
/* camherd archive save, archive load: the whole appliance in one file. One thread. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "appliance/load.h"
#include "appliance/save.h"
#include "cli/ask.h"
#include "cli/cli.h"
#include "cli/out.h"
#include "cli/state.h"
#include "common/bell.h"
#include "common/file.h"
#include "common/text.h"
#include "db/setting.h"

#define PIECE 65536
#define LOOK_MS 250

/* The first line of the file; NULL in ret when there is no option. Caller frees. */
static int
read_passphrase(const struct cli_args *args, char **ret, struct err *e)
{
	const char *file = cli_opt(args, "passphrase-file");
	uint8_t *text;

	*ret = NULL;
	if (file == NULL)
		return 0;
	if (file_get(AT_FDCWD, file, 65536, &text, NULL, e) < 0)
		return err_add(e, "--passphrase-file");
	text[strcspn((char *)text, "\r\n")] = '\0';
	if (text[0] == '\0') {
		free(text);
		return err_set(e, ERR_USAGE, "passphrase-short",
		    "--passphrase-file %s: its first line is empty", file);
	}
	*ret = (char *)text;
	return 0;
}

static void
forget(char *passphrase)
{
	if (passphrase != NULL)
		sodium_memzero(passphrase, strlen(passphrase));
	free(passphrase);
}

/* ---- save ---- */

static int
copy_out(struct save *s, int fd, struct err *e)
{
	uint8_t *piece = out_memory(malloc(PIECE));
	ssize_t n;
	int r = 0;

	while (r == 0 && (n = save_read(s, piece, PIECE, e)) != 0)
		r = n < 0 ? -1 : file_write_all(fd, piece, (size_t)n, e);
	sodium_memzero(piece, PIECE);
	free(piece);
	return r;
}

/* Under its name once it is whole; readable for its owner only. */
static int
write_file(struct save *s, const char *file, struct err *e)
{
	char *part;
	int fd, r;

	if (access(file, F_OK) == 0)
		return err_set(e, ERR_REFUSED, "file-exists",
		    "'%s' is there already; an older archive is not overwritten", file);
	if (asprintf(&part, "%s.part", file) < 0)
		return err_sys(e, "memory for the archive");
	(void)unlink(part);
	fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0) {
		r = err_sys(e, "make '%s'", part);
		free(part);
		return r;
	}
	r = copy_out(s, fd, e);
	if (r == 0 && fsync(fd) < 0)
		r = err_sys(e, "sync '%s'", part);
	close(fd);
	if (r == 0 && renameat2(AT_FDCWD, part, AT_FDCWD, file, RENAME_NOREPLACE) < 0)
		r = err_sys(e, "rename '%s' to '%s'", part, file);
	if (r < 0)
		(void)unlink(part);
	free(part);
	return r;
}

static void
say_saved(const struct cli *cli, const char *file, const struct save *s, bool sealed)
{
	char size[32];

	say(stdout, "saved %u files, %s, in %s", save_files(s),
	    text_bytes(save_total(s), size, sizeof(size)), file);
	if (cli->quiet)
		return;
	say(stdout, "%s",
	    sealed ? "It is sealed: without the passphrase nobody opens it, you neither."
		   : "It holds every secret of this appliance: passwords of cameras and "
		     "streams, Wi-Fi passwords in backups, keys. Keep it like a key, or "
		     "seal it with --passphrase-file.");
}

static int
run_save(struct cli *cli, const struct cli_args *args, struct err *e)
{
	const char *file = args->arg[0];
	bool out = strcmp(file, "-") == 0, sealed;
	char *passphrase;
	struct save *s;
	int r;

	if (out && isatty(STDOUT_FILENO))
		return err_set(e, ERR_USAGE, "usage",
		    "an archive is no text for a terminal; name a file, or pipe it on");
	if (out && cli->json)
		return err_set(e, ERR_USAGE, "usage",
		    "the archive or the JSON document can go to standard output, not "
		    "both; name a file");
	if (read_passphrase(args, &passphrase, e) < 0)
		return -1;
	sealed = passphrase != NULL;
	s = save_start(cli->db, &cli->conf, conf_file_used(cli->conf_file), passphrase, e);
	forget(passphrase);
	if (s == NULL)
		return -1;
	r = out ? copy_out(s, STDOUT_FILENO, e) : write_file(s, file, e);
	if (r == 0 && cli->json)
		out_json(json_pack("{s:{s:o,s:i,s:I,s:b}}", "archive", "file",
		    out_text(file), "files", (int)save_files(s), "bytes",
		    (json_int_t)save_total(s), "sealed", sealed));
	else if (r == 0 && !out)
		say_saved(cli, file, s, sealed);
	save_free(s);
	return r;
}

/* ---- load ---- */

static int
copy_in(struct load *l, int fd, struct err *e)
{
	uint8_t *piece = out_memory(malloc(PIECE));
	ssize_t n = 0;
	int r = 0;

	while (r == 0 && (n = file_read_full(fd, piece, PIECE, e)) > 0)
		r = load_put(l, piece, (size_t)n, e);
	free(piece);
	return n < 0 || r < 0 ? -1 : load_finish(l, e);
}

static struct load *
stage(struct cli *cli, const struct cli_args *args, struct err *e)
{
	const char *file = args->arg[0];
	bool in = strcmp(file, "-") == 0;
	struct load *l = NULL;
	char *passphrase;
	int fd;

	if (read_passphrase(args, &passphrase, e) < 0)
		return NULL;
	fd = in ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		err_sys(e, "open '%s'", file);
	else
		l = load_start(cli->conf.state, passphrase, e);
	forget(passphrase);
	if (l != NULL && copy_in(l, fd, e) < 0) {
		load_free(l);
		l = NULL;
	}
	if (!in && fd >= 0)
		close(fd);
	return l;
}

static void
say_names(const char *what, const json_t *names)
{
	char line[400];
	size_t i, n = 0;

	for (i = 0; i < json_array_size(names) && n < sizeof(line); i++)
		n += (size_t)snprintf(line + n, sizeof(line) - n, "%s%s",
		    i > 0 ? ", " : "", json_string_value(json_array_get(names, i)));
	if (i > 0)
		say(stdout, "  %s: %s", what, line);
}

static void
say_list(const char *what, const json_t *list)
{
	say(stdout, "%-10s %lld in the archive, %lld here", what,
	    (long long)json_integer_value(json_object_get(list, "archive")),
	    (long long)json_integer_value(json_object_get(list, "here")));
	say_names("only here, will be in the copy alone", json_object_get(list, "only_here"));
	say_names("different here", json_object_get(list, "changed"));
}

static void
say_config(const json_t *list)
{
	const json_t *one;
	size_t i;

	json_array_foreach (list, i, one) {
		if (!json_is_true(json_object_get(one, "same")))
			say(stdout,
			    "  %s differs and stays as it is; the archive's will be in "
			    "from-archive/%s",
			    json_string_value(json_object_get(one, "place")),
			    json_string_value(json_object_get(one, "file")));
	}
}

static void
say_plan(const json_t *plan)
{
	const json_t *head = json_object_get(plan, "archive"),
		     *dumps = json_object_get(plan, "dumps");
	char when[32];

	say(stdout, "archive of %s, camherd %s, %lld files",
	    text_time(json_integer_value(json_object_get(head, "created_s")), when,
		sizeof(when)),
	    json_string_value(json_object_get(head, "camherd")),
	    (long long)json_integer_value(json_object_get(head, "files")));
	say_list("cameras", json_object_get(plan, "cameras"));
	say_list("users", json_object_get(plan, "users"));
	say_list("tokens", json_object_get(plan, "tokens"));
	say(stdout,
	    "%-10s %lld in the archive, %lld of them new here; %lld that are only here "
	    "stay",
	    "dumps", (long long)json_integer_value(json_object_get(dumps, "archive")),
	    (long long)json_integer_value(json_object_get(dumps, "new")),
	    (long long)json_integer_value(json_object_get(dumps, "only_here")));
	say_names("replaced, kept in the copy", json_object_get(plan, "replaced"));
	say_config(json_object_get(plan, "config"));
	if (json_is_string(json_object_get(plan, "blocked")))
		say(stdout, "not now: %s",
		    json_string_value(json_object_get(plan, "blocked")));
}

/* The result of this archive, once flashd told it. 1 = there, 0 = not yet, -1. */
static int
look_result(struct cli *cli, const char *id, json_t **ret, struct err *e)
{
	char text[LOAD_RESULT_MAX];
	json_t *doc;
	const char *its;

	if (setting_get(cli->db, LOAD_RESULT_KEY, "{}", text, sizeof(text), e) < 0)
		return strcmp(e->name, "database-recovering") == 0 ? 0 : -1;
	doc = json_loads(text, 0, NULL);
	its = json_string_value(json_object_get(doc, "id"));
	if (its != NULL && strcmp(its, id) == 0) {
		*ret = doc;
		return 1;
	}
	json_decref(doc);
	return 0;
}

static int
wait_result(struct cli *cli, const char *id, json_t **ret, struct err *e)
{
	const struct timespec pause = { 0, LOOK_MS * 1000000L };
	struct timespec now, start;
	int r;

	(void)clock_gettime(CLOCK_MONOTONIC, &start);
	while ((r = look_result(cli, id, ret, e)) == 0) {
		(void)clock_gettime(CLOCK_MONOTONIC, &now);
		if (cli->timeout_s > 0 && now.tv_sec - start.tv_sec >= cli->timeout_s)
			return err_set(e, ERR_FAILED, "timeout",
			    "flashd still takes the archive in; it goes on by itself");
		if (!state_is_up(cli, "flashd"))
			return err_set(e, ERR_DOWN, "daemon-down",
			    "flashd ended while it took the archive in; it goes on when "
			    "flashd starts");
		(void)nanosleep(&pause, NULL);
	}
	return r < 0 ? -1 : 0;
}

static void
say_result(const struct cli *cli, const json_t *doc)
{
	const json_t *left = json_object_get(doc, "left");
	size_t i;

	say(stdout, "loaded; %lld dumps are new. What was here before is in %s/%s",
	    (long long)json_integer_value(json_object_get(doc, "dumps")),
	    cli->conf.state, json_string_value(json_object_get(doc, "before")));
	for (i = 0; i < json_array_size(left); i++)
		say(stdout,
		    "the archive's %s is in %s/from-archive and was not put in place; "
		    "compare it and copy what you want",
		    json_string_value(json_array_get(left, i)), cli->conf.state);
	say(stdout, "Sign in anew: users and their passwords are the archive's now.");
}

static int
commit(struct cli *cli, struct load *l, json_t *plan, struct err *e)
{
	json_t *result = NULL;
	const char *message;
	char id[33];

	if (load_commit(l, cli->db, "camherd", id, e) < 0)
		return -1;
	bell_ring(cli->conf.run, "flashd");
	if (wait_result(cli, id, &result, e) < 0)
		return -1;
	message = json_string_value(json_object_get(result, "message"));
	if (!json_is_true(json_object_get(result, "ok"))) {
		err_set(e, ERR_FAILED, "archive-failed", "%s",
		    message != NULL ? message
				    : "the archive was not loaded; the log of flashd "
				      "says why");
		json_decref(result);
		return -1;
	}
	if (cli->json)
		return out_json(json_pack("{s:O,s:o}", "plan", plan, "result", result));
	say_result(cli, result);
	json_decref(result);
	return 0;
}

static int
confirm(struct cli *cli, const struct cli_args *args, const json_t *plan, struct err *e)
{
	const char *blocked = json_string_value(json_object_get(plan, "blocked"));

	if (blocked != NULL)
		return err_set(e, ERR_REFUSED, "archive-jobs-open", "%s", blocked);
	if (!state_is_up(cli, "flashd"))
		return state_down("flashd", e);
	if (cli_opt(args, "yes") != NULL)
		return 0;
	return ask_word("The inventory here will become the archive's. Type 'load'",
	    "load", "--yes", e);
}

static int
run_load(struct cli *cli, const struct cli_args *args, struct err *e)
{
	bool test = cli_opt(args, "test") != NULL;
	struct load *l = stage(cli, args, e);
	json_t *plan = NULL;
	int r = -1;

	if (l == NULL)
		return -1;
	plan = load_plan(l, cli->db, &cli->conf, conf_file_used(cli->conf_file), e);
	if (plan != NULL) {
		if (!cli->json && !(cli->quiet && !test))
			say_plan(plan);
		if (test)
			r = cli->json ? out_json(json_pack("{s:O}", "plan", plan)) : 0;
		else if (confirm(cli, args, plan, e) == 0)
			r = commit(cli, l, plan, e);
	}
	json_decref(plan);
	load_free(l);
	return r;
}

static const struct cli_option save_options[] = {
	{ "passphrase-file", 0, "FILE", "seal it with the first line of FILE" },
	{ NULL, 0, NULL, NULL }
};

static const struct cli_option load_options[] = {
	{ "passphrase-file", 0, "FILE", "the first line of FILE opens it" },
	{ "test", 0, NULL, "only check it and say what would change" },
	{ "yes", 0, NULL, "do not ask" }, { NULL, 0, NULL, NULL }
};

const struct cli_command cmds_archive[] = {
	{ .verb = "archive save",
	    .usage = "FILE",
	    .help = "save the whole appliance in one file",
	    .more = "Inventory, dumps, photos, logs, configuration, keys and passwords: "
		    "all of it, as a\n"
		    "tar file with a manifest that sha256sum reads. FILE is made for "
		    "its owner only and\n"
		    "is never overwritten; - is standard output.",
	    .options = save_options,
	    .min = 1,
	    .max = 1,
	    .needs = CLI_WRITE,
	    .run = run_save },
	{ .verb = "archive load",
	    .usage = "FILE",
	    .help = "make this appliance what the archive says",
	    .more = "Checks all of the archive, says what would change, and asks. No "
		    "dump is ever lost:\n"
		    "those that are only here stay in the library. What else was here "
		    "is kept in\n"
		    "STATE/before-TIME. The configuration file is not touched.",
	    .options = load_options,
	    .min = 1,
	    .max = 1,
	    .needs = CLI_WRITE | CLI_LIVE,
	    .run = run_load },
	{ .verb = NULL }
};
