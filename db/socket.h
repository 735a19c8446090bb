/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Serial ports by physical place: the USB socket's ID_PATH, or a tty path that the
 * configuration lists. Thread of the struct db.
 */
#ifndef DB_SOCKET_H
#define DB_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;
struct err;
struct live;

struct socket_row {
	int64_t id;
	char path[256];		/* the key */
	char name[33];		/* slug given by the user, or "" */
	bool enabled;
	unsigned good_baud;	/* 0 = none yet */
};

/* The row of a path; ERR_NOT_FOUND when there is none. */
int socket_by_path(struct db *db, const char *path, struct socket_row *ret, struct err *e);
int socket_each(struct db *db, bool (*fn)(const struct socket_row *s, void *arg), void *arg,
    struct err *e);
/* Make the row if needed and set the field. Name: a slug, or "" to take it away. */
int socket_set_enabled(struct db *db, const char *path, bool enabled, struct err *e);
int socket_set_name(struct db *db, const char *path, const char *name, struct err *e);
/* flashd only. */
int socket_set_good_baud(struct db *db, const char *path, unsigned baud, struct err *e);

/* What begins by itself on an enabled port that is plugged in: "off", "identify" or
 * "backup". set: ERR_USAGE for any other word. */
int socket_watch_get(struct db *db, char ret[12], struct err *e);
int socket_watch_set(struct db *db, const char *what, struct err *e);

/* What the user typed as PORT → the socket's path: a name, a path, a tty node, or a
 * /dev/serial/by-path name, looked up in the rows and in the ports that flashd sees
 * now (live may be NULL). ERR_NOT_FOUND names the nearest. */
int socket_resolve(struct db *db, struct live *live, const char *typed, char *ret_path,
    size_t ret_size, struct err *e);

#endif
