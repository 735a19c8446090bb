/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The files of the page: read into memory at start, found by name in that list. No
 * path of a client ever reaches the file system. webd's one thread.
 */
#ifndef WEBD_SITE_H
#define WEBD_SITE_H

#include <stdbool.h>

struct err;
struct reply;
struct request;
struct site;

/* Read the folder and what is below it. A missing folder is no error: then "/" says
 * in a sentence what to do. NULL when out of memory. */
struct site *site_new(const char *www);
void site_free(struct site *s);
unsigned site_count(const struct site *s);

/* Fill in the reply when the path is one of the files ("/" is index.html). */
bool site_serve(const struct site *s, const struct request *r, struct reply *rep);

#endif
