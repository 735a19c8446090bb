/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What changed since the last look, as text of server-sent events. Asks the two
 * databases whether anybody committed at all before it reads anything, and compares
 * fingerprints of what a page shows. What streamd tells of cameras goes into the history
 * from here. webd's one thread.
 */
#ifndef WEBD_CHANGES_H
#define WEBD_CHANGES_H

#include <stddef.h>

struct changes;
struct err;
struct web;

#define CHANGES_ALL_EVENT                                                                  \
	"event: change\ndata: {\"what\":[\"jobs\",\"cameras\",\"ports\",\"dumps\","          \
	"\"photos\",\"rescues\"]}\n\n"

struct changes *changes_new(struct web *w, struct err *e);
void changes_free(struct changes *c);	/* NULL is fine */

/* Remember the state as it is, telling nobody. */
void changes_start(struct changes *c);
/* Read everything at the next look, whatever the databases say. */
void changes_forget(struct changes *c);
/* Call tell with the text of each event since the last look. */
void changes_look(struct changes *c, void (*tell)(void *arg, const char *text, size_t n),
    void *arg);

#endif
