/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Every secret that the appliance knows, and a text without any of them in any of the
 * ways a program may have written it. Pure but for secrets_gather(). Any thread.
 */
#ifndef APPLIANCE_SECRETS_H
#define APPLIANCE_SECRETS_H

#include <stddef.h>

struct conf;
struct db;
struct err;
struct secrets;

#define SECRET_MIN 4	/* shorter ones would blank half of any text */

struct secrets *secrets_new(void);	/* NULL = no memory */
void secrets_free(struct secrets *s);	/* overwritten; NULL is fine */
/* One more, in all its forms. Too short or known: nothing. -1 = no memory. */
int secrets_add(struct secrets *s, const char *secret);
/* Passwords and users of cameras and streams, ids and MACs of devices, hashes of users
 * and tokens, what files of the configuration hold. db may be NULL. */
int secrets_gather(struct secrets *s, struct db *db, const struct conf *conf,
    struct err *e);
/* In place: what is found becomes "***". The new length. */
size_t secrets_blank(const struct secrets *s, char *text, size_t n);
/* The first that still stands in it, as the index of a form; -1 = none. */
int secrets_find(const struct secrets *s, const char *text, size_t n);

#endif
