/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Table socket (see socket.h). Any process; thread of the struct db. */
#include "config.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/err.h"
#include "common/text.h"
#include "db/db.h"
#include "db/live.h"
#include "db/setting.h"
#include "db/socket.h"
#include "db/stmt.h"

#define SOCKET_MAX 512
#define SELECT "SELECT id, path, name, enabled, good_baud FROM socket "
#define BY_PATH "/dev/serial/by-path/"
#define NEAR_MAX 128

static void
socket_row(sqlite3_stmt *stmt, struct socket_row *s)
{
	memset(s, 0, sizeof(*s));
	s->id = sqlite3_column_int64(stmt, 0);
	stmt_text(stmt, 1, s->path, sizeof(s->path));
	stmt_text(stmt, 2, s->name, sizeof(s->name));
	s->enabled = sqlite3_column_int(stmt, 3) != 0;
	s->good_baud = (unsigned)sqlite3_column_int(stmt, 4);
}

int
socket_by_path(struct db *db, const char *path, struct socket_row *ret, struct err *e)
{
	sqlite3_stmt *stmt;
	int r;

	if ((stmt = stmt_prepare(db, e, SELECT "WHERE path = ?", "s", path)) == NULL)
		return -1;
	if ((r = stmt_step(db, stmt, e)) == 1)
		socket_row(stmt, ret);
	sqlite3_finalize(stmt);
	if (r == 0)
		return err_set(e, ERR_NOT_FOUND, "port-unknown",
		    "there is no port '%s'; 'camherd ports' shows them", path);
	return r < 0 ? -1 : 0;
}

int
socket_each(struct db *db, bool (*fn)(const struct socket_row *s, void *arg), void *arg,
    struct err *e)
{
	sqlite3_stmt *stmt;
	struct socket_row s;
	int r;

	stmt = stmt_prepare(db, e, SELECT "ORDER BY name IS NULL, name, path", "");
	if (stmt == NULL)
		return -1;
	while ((r = stmt_step(db, stmt, e)) == 1) {
		socket_row(stmt, &s);
		if (!fn(&s, arg)) {
			r = 0;
			break;
		}
	}
	sqlite3_finalize(stmt);
	return r < 0 ? -1 : 0;
}

static int
check_path(const char *path, struct err *e)
{
	size_t n = strlen(path);

	if (n > 0 && n < sizeof(((struct socket_row *)0)->path) &&
	    text_is_clean(path, n))
		return 0;
	return err_set(
	    e, ERR_USAGE, "port-path", "a port's path is 1 to 255 clean characters");
}

/* The row of this path is there. */
static int
make_row(struct db *db, const char *path, struct err *e)
{
	int64_t n;

	if (check_path(path, e) < 0 ||
	    stmt_number(db, e, &n, "SELECT count(*) FROM socket WHERE path <> ?", "s",
		path) < 0)
		return -1;
	if (n >= SOCKET_MAX)
		return err_set(e, ERR_REFUSED, "too-many-ports",
		    "%d ports are known already, the most that one appliance keeps",
		    SOCKET_MAX);
	return stmt_run(db, e,
		   "INSERT INTO socket (path) VALUES (?) ON CONFLICT DO NOTHING", "s",
		   path) < 0
	    ? -1
	    : 0;
}

int
socket_set_enabled(struct db *db, const char *path, bool enabled, struct err *e)
{
	bool own;
	int r;

	if (stmt_enter(db, &own, e) < 0)
		return -1;
	if ((r = make_row(db, path, e)) == 0)
		r = stmt_run(db, e, "UPDATE socket SET enabled = ? WHERE path = ?",
		    "Is", (int)enabled, path);
	return stmt_leave(db, own, r < 0 ? -1 : 0, e);
}

static int
set_name(struct db *db, const char *path, const char *name, struct err *e)
{
	int64_t other;
	int r;

	r = stmt_number(db, e, &other,
	    "SELECT id FROM socket WHERE name = ? AND path <> ?", "ss", name, path);
	if (r == 1)
		return err_set(e, ERR_USAGE, "port-exists",
		    "another port has the name '%s' already; choose another", name);
	if (r < 0 || make_row(db, path, e) < 0)
		return -1;
	return stmt_run(db, e, "UPDATE socket SET name = nullif(?, '') WHERE path = ?",
	    "ss", name, path);
}

int
socket_set_name(struct db *db, const char *path, const char *name, struct err *e)
{
	bool own;

	if (name[0] != '\0' && !text_is_slug(name))
		return err_set(e, ERR_USAGE, "port-name",
		    "a port's name is 1 to 32 characters of a-z, 0-9 and -, not "
		    "starting with -");
	if (stmt_enter(db, &own, e) < 0)
		return -1;
	return stmt_leave(db, own, set_name(db, path, name, e) < 0 ? -1 : 0, e);
}

int
socket_set_good_baud(struct db *db, const char *path, unsigned baud, struct err *e)
{
	bool own;
	int r;

	if (stmt_enter(db, &own, e) < 0)
		return -1;
	if ((r = make_row(db, path, e)) == 0)
		r = stmt_run(db, e, "UPDATE socket SET good_baud = ? WHERE path = ?",
		    "Is", (int)baud, path);
	return stmt_leave(db, own, r < 0 ? -1 : 0, e);
}

/* What was typed, in its possible forms, and what was found for it. */
struct search {
	const char *typed;
	char node[PATH_MAX]; /* a link followed to its end, or "" */
	char place[256]; /* a by-path name without its -portN, or "" */
	char found[256];
	char names[NEAR_MAX][256];
	size_t n_names;
};

static void
remember(struct search *s, const char *name)
{
	if (name[0] != '\0' && s->n_names < NEAR_MAX)
		snprintf(s->names[s->n_names++], sizeof(s->names[0]), "%s", name);
}

static bool
take(struct search *s, const char *path)
{
	snprintf(s->found, sizeof(s->found), "%s", path);
	return false;
}

static bool
try_row(const struct socket_row *row, void *arg)
{
	struct search *s = arg;

	if (strcmp(row->name, s->typed) == 0 || strcmp(row->path, s->typed) == 0 ||
	    strcmp(row->path, s->place) == 0)
		return take(s, row->path);
	remember(s, row->name[0] != '\0' ? row->name : row->path);
	return true;
}

static bool
try_port(const struct live_port *port, void *arg)
{
	struct search *s = arg;

	if (strcmp(port->path, s->typed) == 0 || strcmp(port->node, s->typed) == 0 ||
	    strcmp(port->path, s->place) == 0 ||
	    (s->node[0] != '\0' && strcmp(port->node, s->node) == 0))
		return take(s, port->path);
	remember(s, port->node);
	return true;
}

/* udev names the links ID_PATH-portN, or just ID_PATH for what is no USB adapter. */
/* Newer systems have a second by-path link with "-usbv2-" for "-usb-". */
static void
drop_usb_revision(char *place)
{
	char *v = strstr(place, "-usbv"), *rest;

	if (v == NULL)
		return;
	rest = v + 5 + strspn(v + 5, "0123456789");
	if (*rest == '-')
		memmove(v + 4, rest, strlen(rest) + 1);
}

static void
search_init(struct search *s, const char *typed)
{
	const char *name = typed;
	char *tail;

	memset(s, 0, sizeof(*s));
	s->typed = typed;
	if (strncmp(name, BY_PATH, strlen(BY_PATH)) == 0)
		name += strlen(BY_PATH);
	if (strchr(name, '/') == NULL) {
		snprintf(s->place, sizeof(s->place), "%s", name);
		tail = strstr(s->place, "-port");
		if (tail != NULL && strspn(tail + 5, "0123456789") == strlen(tail + 5))
			*tail = '\0';
	}
	drop_usb_revision(s->place);
	if (typed[0] == '/' && realpath(typed, s->node) == NULL)
		s->node[0] = '\0';
}

static int
search_failed(const struct search *s, struct err *e)
{
	const char *list[NEAR_MAX + 1], *near;
	size_t i;

	for (i = 0; i < s->n_names; i++)
		list[i] = s->names[i];
	list[i] = NULL;
	if ((near = text_nearest(s->typed, list)) == NULL)
		return err_set(e, ERR_NOT_FOUND, "port-unknown",
		    "there is no port '%s'; 'camherd ports' shows them", s->typed);
	return err_set(e, ERR_NOT_FOUND, "port-unknown",
	    "there is no port '%s'; did you mean '%s'? 'camherd ports' shows them all",
	    s->typed, near);
}

static int
search_run(struct search *s, struct db *db, struct live *live, struct err *e)
{
	if (socket_each(db, try_row, s, e) < 0)
		return -1;
	if (s->found[0] == '\0' && live != NULL &&
	    live_each_port(live, try_port, s, e) < 0)
		return -1;
	return s->found[0] == '\0' ? search_failed(s, e) : 0;
}

int
socket_resolve(struct db *db, struct live *live, const char *typed, char *ret_path,
    size_t ret_size, struct err *e)
{
	struct search *s;
	int r;

	if (check_path(typed, e) < 0)
		return -1;
	if ((s = malloc(sizeof(*s))) == NULL)
		return err_sys(e, "memory");
	search_init(s, typed);
	if ((r = search_run(s, db, live, e)) == 0)
		snprintf(ret_path, ret_size, "%s", s->found);
	free(s);
	return r;
}

#define WATCH_KEY "bench.watch"

int
socket_watch_get(struct db *db, char ret[12], struct err *e)
{
	return setting_get(db, WATCH_KEY, "off", ret, 12, e);
}

int
socket_watch_set(struct db *db, const char *what, struct err *e)
{
	if (strcmp(what, "off") != 0 && strcmp(what, "identify") != 0 &&
	    strcmp(what, "backup") != 0)
		return err_set(e, ERR_USAGE, "bad-watch",
		    "'%.40s' is nothing that can begin by itself; say identify, backup "
		    "or off",
		    what);
	return setting_set(db, WATCH_KEY, what, e);
}
