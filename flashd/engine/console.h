/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A camera's console as text: foreign bytes become safe lines, and the lines tell what
 * kind of camera it is. Pure state machines, no I/O, no clock.
 */
#ifndef FLASHD_ENGINE_CONSOLE_H
#define FLASHD_ENGINE_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONSOLE_LINE_MAX 256u	/* raw bytes of a line; a longer one is cut */
#define CONSOLE_SAFE_MAX (4 * CONSOLE_LINE_MAX + 1)	/* escaped, with its NUL */

/* How a line ended. */
enum console_end {
	CONSOLE_FULL,	/* by its line end */
	CONSOLE_CUT,	/* longer than CONSOLE_LINE_MAX; goes on in the next one */
	CONSOLE_OPEN	/* not yet: a prompt, say */
};

/* Cuts bytes into lines: CR, LF and CRLF end one, a tab becomes a blank. Lines are raw:
 * whoever shows one escapes it. */
struct console {
	uint8_t line[CONSOLE_LINE_MAX];
	size_t n;
	bool after_cr;
};

/* p is borrowed until the call returns. */
typedef void console_fn(void *arg, const uint8_t *p, size_t n, enum console_end end);

void console_init(struct console *c);
void console_feed(struct console *c, const uint8_t *p, size_t n, console_fn *fn, void *arg);
/* Hand out an unfinished line. */
void console_flush(struct console *c, console_fn *fn, void *arg);
const char *console_end_name(enum console_end end);	/* full, cut, open */

/* How many of the bytes a text would have. */
size_t console_printable(const uint8_t *p, size_t n);

/* What was heard at one rate. */
enum console_verdict {
	CONSOLE_SILENT,		/* too few bytes to tell */
	CONSOLE_GARBAGE,	/* bytes, but no text: another rate, noise, a bad ground */
	CONSOLE_READABLE
};
enum console_verdict console_judge(uint64_t bytes, uint64_t printable);
const char *console_verdict_name(enum console_verdict v);
int console_verdict_parse(const char *s, enum console_verdict *ret);	/* 0 or -1 */

/* Rates to try, the likeliest first; 0 at the end. */
extern const unsigned console_rates[];

/* What the boot log says about the camera; empty strings where it did not. */
struct console_print {
	char sdk[49];		/* "XRADIO Skylark SDK 1.2.0" */
	char clock[17];		/* "240 MHz" */
	char flash[33];		/* what it says of its flash */
	char sensor[25];
	char family[17];	/* "xr872", "xr809", "bk7231", … guessed from the texts */
	bool login;		/* it asks for a name or a password now */
	bool prompt;		/* it waits for a command */
};
/* Look at one safe line; fills what it finds and keeps what was found before. */
void console_learn(struct console_print *print, const char *line);

#endif
