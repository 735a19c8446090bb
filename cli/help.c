/* SPDX-License-Identifier: GPL-3.0-or-later */
/* camherd help: written from the same rows that the commands are run by. One thread. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "common/text.h"

#define VERBS_MAX 120

static void
print_option(const struct cli_option *o)
{
	char left[60];

	snprintf(left, sizeof(left), "%s%c%s--%s%s%s", o->letter ? "-" : "",
	    o->letter ? o->letter : ' ', o->letter ? ", " : "   ", o->name,
	    o->value != NULL ? " " : "", o->value != NULL ? o->value : "");
	printf("  %-26s %s\n", left, o->help);
}

static void
print_options(const struct cli_option *list)
{
	for (; list != NULL && list->name != NULL; list++)
		print_option(list);
}

static void
print_line(const struct cli_command *c)
{
	char left[120];

	snprintf(left, sizeof(left), "%s%s%s", c->verb, c->usage[0] != '\0' ? " " : "",
	    c->usage);
	if (strlen(left) > 36)
		printf("  %s\n  %-36s %s\n", left, "", c->help);
	else
		printf("  %-36s %s\n", left, c->help);
}

void
help_overview(void)
{
	const struct cli_group *g;
	const struct cli_command *c;
	const char *title = "";

	puts("camherd " PACKAGE_VERSION
	     ": back up, restore and watch a herd of cheap cameras\n"
	     "\n"
	     "usage: camherd [-c FILE] [--json] [-q] [--no-color] [--timeout S] VERB "
	     "...");
	for (g = cli_groups; g->title != NULL; g++) {
		if (strcmp(title, g->title) != 0)
			printf("\n%s\n", g->title);
		title = g->title;
		for (c = g->commands; c->verb != NULL; c++)
			print_line(c);
	}
	puts("\noptions of every command");
	print_options(cli_global_options);
	puts("\nPORT is a name given by 'camherd port name', a tty path or a name "
	     "below\n"
	     "/dev/serial/by-path; DUMP is a number, a SHA-256 or its first 8 digits.\n"
	     "'camherd help VERB' says more; the manual is camherd(1).");
}

void
help_command(const struct cli_command *c)
{
	printf("usage: camherd %s%s%s%s\n\n%s\n", c->verb,
	    c->usage[0] != '\0' ? " " : "", c->usage,
	    c->options != NULL ? " [option ...]" : "", c->help);
	if (c->more != NULL)
		printf("\n%s\n", c->more);
	if (c->options != NULL) {
		puts("\noptions");
		print_options(c->options);
	}
	puts("\noptions of every command");
	print_options(cli_global_options);
}

/* Does the verb begin with this whole word? */
static bool
has_first_word(const char *verb, const char *word)
{
	size_t n = strlen(word);

	return strncmp(verb, word, n) == 0 && verb[n] == ' ';
}

int
help_family(const char *word)
{
	const struct cli_group *g;
	const struct cli_command *c;
	int n = 0;

	for (g = cli_groups; g->title != NULL; g++) {
		for (c = g->commands; c->verb != NULL; c++) {
			if (!has_first_word(c->verb, word))
				continue;
			if (n++ == 0)
				printf("usage: camherd %s ...\n\n", word);
			print_line(c);
		}
	}
	return n;
}

static const struct cli_command *
find_verb(const char *verb)
{
	const struct cli_group *g;
	const struct cli_command *c;

	for (g = cli_groups; g->title != NULL; g++) {
		for (c = g->commands; c->verb != NULL; c++) {
			if (strcmp(c->verb, verb) == 0)
				return c;
		}
	}
	return NULL;
}

/* All verbs; with family only the second words of that family. */
static int
list_verbs(const char *family, const char **ret)
{
	const struct cli_group *g;
	const struct cli_command *c;
	int n = 0;

	for (g = cli_groups; g->title != NULL; g++) {
		for (c = g->commands; c->verb != NULL && n < VERBS_MAX; c++) {
			if (family == NULL)
				ret[n++] = c->verb;
			else if (has_first_word(c->verb, family))
				ret[n++] = c->verb + strlen(family) + 1;
		}
	}
	ret[n] = NULL;
	return n;
}

static void
list_words(const char *const *words, char *ret, size_t ret_size)
{
	size_t used = 0;

	ret[0] = '\0';
	for (; *words != NULL && used < ret_size; words++)
		used += (size_t)snprintf(
		    ret + used, ret_size - used, "%s%s", used > 0 ? ", " : "", *words);
}

static void
unknown_verb(int argc, char *const *argv, struct err *e)
{
	const char *verbs[VERBS_MAX + 1], *near;
	char list[300];

	if (list_verbs(argv[0], verbs) > 0) {
		list_words(verbs, list, sizeof(list));
		if (argc < 2) {
			err_set(e, ERR_USAGE, "unknown-verb",
			    "'camherd %s' needs one of these words next: %s", argv[0],
			    list);
			return;
		}
		near = text_nearest(argv[1], verbs);
		err_set(e, ERR_USAGE, "unknown-verb",
		    "there is no verb '%s %s'; %s%s%s", argv[0], argv[1],
		    near != NULL ? "did you mean '" : "one of: ",
		    near != NULL ? near : list, near != NULL ? "'?" : "");
		return;
	}
	list_verbs(NULL, verbs);
	near = text_nearest(argv[0], verbs);
	err_set(e, ERR_USAGE, "unknown-verb",
	    "there is no verb '%s'%s%s%s 'camherd help' lists all", argv[0],
	    near != NULL ? "; did you mean '" : "", near != NULL ? near : "",
	    near != NULL ? "'?" : ";");
}

const struct cli_command *
help_find(int argc, char *const *argv, int *ret_words, struct err *e)
{
	const struct cli_command *c;
	char two[80];

	if (argc >= 2) {
		snprintf(two, sizeof(two), "%s %s", argv[0], argv[1]);
		if ((c = find_verb(two)) != NULL) {
			*ret_words = 2;
			return c;
		}
	}
	if ((c = find_verb(argv[0])) != NULL) {
		*ret_words = 1;
		return c;
	}
	unknown_verb(argc, argv, e);
	return NULL;
}
