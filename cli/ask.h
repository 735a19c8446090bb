/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions to the person at the terminal. One thread. */
#ifndef CLI_ASK_H
#define CLI_ASK_H

#include <stdbool.h>
#include <stddef.h>

struct err;

bool ask_can(void);	/* a terminal at stdin and stderr */

/* A password: twice without echo at a terminal, else the first line of stdin.
 * ret_size - 1 characters at most. */
int ask_password(const char *what, char *ret, size_t ret_size, struct err *e);
/* Go on only when the person types exactly this word. Without a terminal ERR_REFUSED
 * "confirmation-needed" that names the option to give instead. */
int ask_word(const char *question, const char *word, const char *option, struct err *e);
/* Which of the words (NULL at the end) the person types: its index. ERR_REFUSED
 * "not-confirmed" for anything else. At a terminal only. */
int ask_choice(const char *question, const char *const *words, struct err *e);
/* One letter's answer: true for y. */
bool ask_yes(const char *question);

#endif
