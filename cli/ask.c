/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions at the terminal (see ask.h). One thread. */
#include "config.h"

#include <ctype.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "cli/ask.h"
#include "cli/out.h"
#include "common/err.h"

bool
ask_can(void)
{
	return isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

/* A line of stdin without its newline; false at the end of input or when too long. */
static bool
read_line(char *ret, size_t ret_size)
{
	size_t n;

	if (fgets(ret, (int)ret_size, stdin) == NULL)
		return false;
	n = strlen(ret);
	if (n > 0 && ret[n - 1] == '\n') {
		ret[--n] = '\0';
		if (n > 0 && ret[n - 1] == '\r')
			ret[n - 1] = '\0';
		return true;
	}
	return feof(stdin) && n > 0;
}

/* Only so that the read ends: the terminal must get its echo back. */
static void
on_signal(int sig)
{
	(void)sig;
}

static bool
read_hidden(const char *question, char *ret, size_t ret_size)
{
	struct sigaction catch = { .sa_handler = on_signal }, before;
	struct termios old, quiet;
	bool ok;

	fprintf(stderr, "%s: ", question);
	fflush(stderr);
	if (tcgetattr(STDIN_FILENO, &old) < 0)
		return false;
	quiet = old;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) < 0)
		return false;
	sigemptyset(&catch.sa_mask);
	(void)sigaction(SIGINT, &catch, &before);
	ok = read_line(ret, ret_size);
	(void)sigaction(SIGINT, &before, NULL);
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &old);
	fputc('\n', stderr);
	return ok;
}

static int
no_password(struct err *e)
{
	return err_set(e, ERR_USAGE, "no-password",
	    "no password came; type it, or give it as one line on standard input");
}

int
ask_password(const char *what, char *ret, size_t ret_size, struct err *e)
{
	char again[300], question[120];
	bool same;

	if (!ask_can())
		return read_line(ret, ret_size) ? 0 : no_password(e);
	if (!read_hidden(what, ret, ret_size))
		return no_password(e);
	snprintf(question, sizeof(question), "%s again", what);
	if (!read_hidden(question, again, sizeof(again)))
		return no_password(e);
	same = strcmp(ret, again) == 0;
	sodium_memzero(again, sizeof(again));
	if (!same)
		return err_set(
		    e, ERR_USAGE, "passwords-differ", "the two passwords differ");
	return 0;
}

int
ask_word(const char *question, const char *word, const char *option, struct err *e)
{
	char answer[300];

	if (!ask_can())
		return err_set(e, ERR_REFUSED, "confirmation-needed",
		    "this needs a confirmation and there is no terminal to ask at; "
		    "give %s",
		    option);
	say(stderr, "%s", question);
	fputs("> ", stderr);
	fflush(stderr);
	if (!read_line(answer, sizeof(answer)) || strcmp(answer, word) != 0)
		return err_set(e, ERR_REFUSED, "not-confirmed",
		    "that is not '%s'; nothing was changed", word);
	return 0;
}

int
ask_choice(const char *question, const char *const *words, struct err *e)
{
	char answer[300];
	int i;

	say(stderr, "%s", question);
	fputs("> ", stderr);
	fflush(stderr);
	if (read_line(answer, sizeof(answer))) {
		for (i = 0; words[i] != NULL; i++) {
			if (strcmp(answer, words[i]) == 0)
				return i;
		}
	}
	return err_set(e, ERR_REFUSED, "not-confirmed",
	    "that is none of the choices; nothing was changed. Start it again and type "
	    "one of the words as they are shown");
}

bool
ask_yes(const char *question)
{
	char answer[40];

	fprintf(stderr, "%s [y/N] ", question);
	fflush(stderr);
	return read_line(answer, sizeof(answer)) &&
	    tolower((unsigned char)answer[0]) == 'y';
}
