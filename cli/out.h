/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Everything that camherd(1) prints for people goes through here: what came from a
 * device or a database is escaped before it meets the terminal. Running out of memory
 * ends the program; it holds nothing that could be lost. One thread.
 */
#ifndef CLI_OUT_H
#define CLI_OUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct cli;

/* One line: formatted, escaped, newline behind it. */
void say(FILE *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* "label      text": one line of a list of facts; nothing when text is "". */
void say_fact(const char *label, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* A table with aligned columns; state words get colours when cli->color. */
struct table;
/* Headers, const char * each; a newline before the first sets the table off. */
struct table *table_new(int columns, ...);
/* One cell after the other, row by row; "" is shown as "-". */
void table_cell(struct table *t, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Print to stdout (nothing when there is no row) and free. */
void table_end(struct table *t, const struct cli *cli);

/* Print the document with a newline and release it. Returns 0. */
int out_json(json_t *doc);
/* A string whatever the bytes are: what JSON cannot carry is escaped. */
json_t *out_text(const char *s);
/* The same, null for "". */
json_t *out_text_or_null(const char *s);

/* "d0:**:**:**:7a:1c", unless show; "" stays "". Returns ret. */
const char *out_mask(const char *secret, bool show, char *ret, size_t ret_size);
/* "12 s", "5 min", "3 h", "2 d" since then. Returns ret. */
const char *out_age(int64_t seconds, char *ret, size_t ret_size);
/* Columns that a UTF-8 text takes. */
int out_width(const char *s);

void *out_memory(void *p);	/* p, or the end of the program when it is NULL */

#endif
