/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Options of camherd(1): the global ones anywhere, a command's own behind its verb.
 * One thread. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "common/text.h"

enum { G_CONFIG, G_JSON, G_QUIET, G_NO_COLOR, G_TIMEOUT, G_HELP, G_VERSION };

const struct cli_option cli_global_options[] = { [G_CONFIG] = { "config", 'c', "FILE",
						     "read this configuration" },
	[G_JSON] = { "json", 0, NULL, "print one JSON document on standard output" },
	[G_QUIET] = { "quiet", 'q', NULL, "say nothing but results and errors" },
	[G_NO_COLOR] = { "no-color", 0, NULL, "no colours (so does NO_COLOR)" },
	[G_TIMEOUT] = { "timeout", 0, "SECONDS",
	    "wait at most so long; a job goes on" },
	[G_HELP] = { "help", 'h', NULL, "show help" },
	[G_VERSION] = { "version", 'V', NULL, "show the version" },
	{ NULL, 0, NULL, NULL } };

struct parse {
	struct cli *cli;
	const struct cli_command *command;
	struct cli_args *args;
	bool *help, *version;
	int argc, at;
	char **argv;
};

const char *
cli_opt(const struct cli_args *args, const char *name)
{
	int i;

	for (i = 0; args->options != NULL && args->options[i].name != NULL; i++) {
		if (strcmp(args->options[i].name, name) == 0)
			return args->opt[i];
	}
	return NULL;
}

int
cli_opt_number(const struct cli_args *args, const char *name, uint64_t min,
    uint64_t max, uint64_t *ret, struct err *e)
{
	const char *s = cli_opt(args, name);

	if (s == NULL)
		return 0;
	if (text_number(s, min, max, true, ret) < 0)
		return err_set(e, ERR_USAGE, "usage",
		    "--%s %s: must be a whole number from %llu to %llu", name, s,
		    (unsigned long long)min, (unsigned long long)max);
	return 1;
}

static int
find_option(const struct cli_option *list, const char *name, size_t n, char letter)
{
	int i;

	for (i = 0; list != NULL && list[i].name != NULL; i++) {
		if (letter != 0 ? list[i].letter == letter
				: strlen(list[i].name) == n &&
			    memcmp(list[i].name, name, n) == 0)
			return i;
	}
	return -1;
}

static int
unknown_option(const struct parse *p, const char *word, struct err *e)
{
	const char *names[CLI_OPTIONS_MAX + 8], *near;
	const struct cli_option *own = p->command != NULL ? p->command->options : NULL;
	char asked[64];
	int i, n = 0;

	for (i = 0; own != NULL && own[i].name != NULL; i++)
		names[n++] = own[i].name;
	for (i = 0; cli_global_options[i].name != NULL; i++)
		names[n++] = cli_global_options[i].name;
	names[n] = NULL;
	snprintf(asked, sizeof(asked), "%.*s", (int)strcspn(word, "="), word);
	near = strncmp(word, "--", 2) == 0 ? text_nearest(asked + 2, names) : NULL;
	return err_set(e, ERR_USAGE, "unknown-option",
	    "there is no option %s%s%s%s 'camherd help%s%s' lists them", asked,
	    near != NULL ? "; did you mean --" : "", near != NULL ? near : "",
	    near != NULL ? "?" : ";", p->command != NULL ? " " : "",
	    p->command != NULL ? p->command->verb : "");
}

static int
set_global(struct parse *p, int which, const char *value, struct err *e)
{
	uint64_t number;

	switch (which) {
	case G_CONFIG:
		p->cli->conf_file = value;
		break;
	case G_JSON:
		p->cli->json = true;
		break;
	case G_QUIET:
		p->cli->quiet = true;
		break;
	case G_NO_COLOR:
		p->cli->color = false;
		break;
	case G_TIMEOUT:
		if (text_number(value, 1, 1000000, false, &number) < 0)
			return err_set(e, ERR_USAGE, "usage",
			    "--timeout %s: must be a whole number of seconds", value);
		p->cli->timeout_s = (int)number;
		break;
	case G_HELP:
		*p->help = true;
		break;
	default:
		*p->version = true;
		break;
	}
	return 0;
}

/* The option's value: what hangs on the word, or the next word. */
static const char *
take_value(
    struct parse *p, const struct cli_option *o, const char *attached, struct err *e)
{
	if (o->value == NULL) {
		if (attached == NULL)
			return "";
		err_set(e, ERR_USAGE, "usage",
		    "--%s takes no value; leave away what stands behind the '='",
		    o->name);
		return NULL;
	}
	if (attached != NULL)
		return attached;
	if (p->at + 1 < p->argc)
		return p->argv[++p->at];
	err_set(e, ERR_USAGE, "usage", "--%s needs a value: %s", o->name, o->value);
	return NULL;
}

static int
one_option(struct parse *p, const char *word, struct err *e)
{
	const struct cli_option *own = p->command != NULL ? p->command->options : NULL;
	const char *attached = NULL, *value;
	bool is_own;
	int i;

	if (word[1] == '-') {
		const char *equals = strchr(word, '=');
		size_t n =
		    equals != NULL ? (size_t)(equals - word - 2) : strlen(word + 2);

		attached = equals != NULL ? equals + 1 : NULL;
		is_own = (i = find_option(own, word + 2, n, 0)) >= 0;
		if (!is_own)
			i = find_option(cli_global_options, word + 2, n, 0);
	} else {
		attached = word[2] != '\0' ? word + 2 : NULL;
		is_own = (i = find_option(own, "", 0, word[1])) >= 0;
		if (!is_own)
			i = find_option(cli_global_options, "", 0, word[1]);
	}
	if (i < 0)
		return unknown_option(p, word, e);
	value = take_value(p, is_own ? &own[i] : &cli_global_options[i], attached, e);
	if (value == NULL)
		return -1;
	if (!is_own)
		return set_global(p, i, value, e);
	p->args->opt[i] = value;
	return 0;
}

static int
one_word(struct parse *p, const char *word, struct err *e)
{
	int max = p->command->max < 0 ? CLI_ARGS_MAX : p->command->max;

	if (p->args->n >= max)
		return err_set(e, ERR_USAGE, "usage",
		    "'%s' is one word too many; usage: camherd %s %s", word,
		    p->command->verb, p->command->usage);
	p->args->arg[p->args->n++] = word;
	return 0;
}

int
cli_parse(struct cli *cli, const struct cli_command *command, int argc, char **argv,
    struct cli_args *ret, bool *ret_help, bool *ret_version, struct err *e)
{
	struct parse p = { cli, command, ret, ret_help, ret_version, argc, 0, argv };
	bool only_words = false;
	const char *word;

	for (; p.at < argc; p.at++) {
		word = argv[p.at];
		if (!only_words && strcmp(word, "--") == 0) {
			only_words = true;
		} else if (!only_words && word[0] == '-' && word[1] != '\0') {
			if (one_option(&p, word, e) < 0)
				return -1;
		} else if (command == NULL) {
			break;
		} else if (one_word(&p, word, e) < 0) {
			return -1;
		}
	}
	return p.at;
}
