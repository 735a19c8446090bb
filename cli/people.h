/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists of users and of tokens, and the word that one of them is gone. One thread. */
#ifndef CLI_PEOPLE_H
#define CLI_PEOPLE_H

#include <jansson.h>
#include <stdint.h>

#include "db/user.h"

struct cli;

struct people {
	json_t *list;		/* with --json */
	struct table *table;	/* without */
};

/* title: the first column's. */
void people_begin(struct people *p, const struct cli *cli, const char *title);
void people_add(struct people *p, const char *name, enum role role, int64_t created_s);
/* Print it; key names the array in the document. Returns 0. */
int people_end(struct people *p, const struct cli *cli, const char *key);
/* Instead of people_end(), after a failure. */
void people_drop(struct people *p);
/* Say that NAME, a user or a token (what), is gone, and ring webd, whose sign-ins change. */
int people_removed(struct cli *cli, const char *what, const char *name);
json_t *people_json(const char *name, enum role role, int64_t created_s);

#endif
