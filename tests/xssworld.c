/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A world whose every text is an attack: xssworld STATE RUN PAYLOADS fills each text
 * column of each table of the inventory and of live.db with the lines of PAYLOADS, past
 * all that the programs check, and writes logs and a dump that hold them. The tables
 * and columns are read from the schema, and a table that is not known here is an error,
 * so that a new one cannot be forgotten. Tests only; one thread.
 */
#include "config.h"

#include <err.h>
#include <fcntl.h>
#include <sodium.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tests/sim/mkimage.h"

#define PAYLOADS_MAX 128
#define FLASH_SIZE (512 * 1024)

static char *payloads[PAYLOADS_MAX];
static int n_payloads;

/* How a row of a table is made: ?1 is its number, ?2 that as 64 hex digits; columns
 * that are not named here and must not be null get 0 or nothing. `key` finds the row
 * again; `safe` are columns that name it to a page: they are attacked in every second
 * row only; those with ! find it and are attacked in none. */
static const struct table {
	const char *name, *columns, *values, *key, *safe;
	int rows; /* 0 = as many as there are payloads */
} tables[] = {
	{ "camera", "id, name, source", "?1, 'cam-' || ?1, 'test:'", "id = ?1",
	    " name source ", 0 },
	{ "socket", "id, path, enabled", "?1, 'usb-' || ?1, 1", "id = ?1", " !path ",
	    0 },
	{ "dump", "id, sha256, size, kind, verified, camera_id, sidecar",
	    "1000 + ?1, ?2, 524288, 'backup', 1, ?1, ?2", "id = 1000 + ?1",
	    " !sha256 !sidecar ", 0 },
	{ "job", "id, kind, state, port, camera_id",
	    "?1, 'backup', CASE ?1 % 4 WHEN 0 THEN 'running' WHEN 1 THEN 'failed' WHEN "
	    "2 THEN 'interrupted' ELSE 'waiting' END, 'usb-' || ?1, ?1",
	    "id = ?1", " !result ", 0 },
	{ "event", "id, camera_id, job_id", "?1, ?1, ?1", "id = ?1", "", 0 },
	{ "user", "id, name, role", "1000 + ?1, 'u' || ?1, 'viewer'", "id = 1000 + ?1",
	    "", 0 },
	{ "session", "hash, user_id, created_s, seen_s",
	    "?2, 1, strftime('%s'), strftime('%s')", "hash = ?2", " !hash csrf ", 0 },
	{ "token", "id, name, hash, role", "?1, 't' || ?1, ?2, 'viewer'", "id = ?1", "",
	    0 },
	{ "photo", "id, camera_id, file, width, height, size",
	    "?1, ?1, substr(?2, 33), 1, 1, 1", "id = ?1", " !file ", 0 },
	{ "rescue", "id, step, camera_id", "?1, 'start', ?1", "id = ?1", " step ", 0 },
	{ "rescue_answer", "rescue_id, question", "?1, 'q'", "rescue_id = ?1", "", 0 },
	{ "rescue_job", "rescue_id, task, job_id", "?1, 'backup', ?1", "rescue_id = ?1",
	    "", 0 },
	{ "rescue_seen", "rescue_id, place, verdict", "?1, 'target', 'readable'",
	    "rescue_id = ?1", " !place ", 0 },
	{ "setting", NULL, NULL, NULL, NULL, 0 }, /* the programs' own */
	{ "meta", NULL, NULL, NULL, NULL, 0 }, /* live.db: the boot */
	{ "daemon", "name, at_us",
	    "CASE ?1 WHEN 1 THEN 'flashd' ELSE 'streamd' END, 9000000000000000000",
	    "name = CASE ?1 WHEN 1 THEN 'flashd' ELSE 'streamd' END", " !name !listen ",
	    2 },
	{ "progress", "job_id, step, total", "?1, 'read1', 9", "job_id = ?1", "", 0 },
	{ "port", "path, state",
	    "'usb-' || ?1, CASE ?1 % 3 WHEN 0 THEN 'free' WHEN 1 THEN 'busy' ELSE "
	    "'console' END",
	    "path = 'usb-' || ?1", " !path state ", 0 },
	{ "stream", "camera_id, state, width, height, last_frame_us",
	    "?1, CASE ?1 % 3 WHEN 0 THEN 'live' WHEN 1 THEN 'unreachable' ELSE "
	    "'unsupported' END, 640, 480, 1",
	    "camera_id = ?1", " state ", 0 },
};

static int
rows_of(const struct table *t)
{
	return t->rows > 0 && t->rows < n_payloads ? t->rows : n_payloads;
}

static void
number_to_hash(int i, char ret[65])
{
	snprintf(ret, 65, "%064x", 0xabc000 + i);
}

static sqlite3_stmt *
prepare(sqlite3 *h, const char *sql, int i)
{
	sqlite3_stmt *stmt;
	char hash[65];

	number_to_hash(i + 1, hash);
	if (sqlite3_prepare_v2(h, sql, -1, &stmt, NULL) != SQLITE_OK)
		errx(1, "%s: %s", sql, sqlite3_errmsg(h));
	(void)sqlite3_bind_int(stmt, 1, i + 1);
	(void)sqlite3_bind_text(stmt, 2, hash, -1, SQLITE_TRANSIENT);
	return stmt;
}

/* The column gets a payload; a column that takes only certain words keeps its own. */
static bool
attack(sqlite3 *h, const struct table *t, const char *column, int i, const char *text)
{
	char sql[400];
	sqlite3_stmt *stmt;
	bool done;

	snprintf(sql, sizeof(sql), "UPDATE \"%s\" SET \"%s\" = ?3 WHERE %s", t->name,
	    column, t->key);
	stmt = prepare(h, sql, i);
	(void)sqlite3_bind_text(stmt, 3, text, -1, SQLITE_STATIC);
	done = sqlite3_step(stmt) == SQLITE_DONE;
	sqlite3_finalize(stmt);
	return done;
}

static bool
is_safe(const struct table *t, const char *mark, const char *column)
{
	char word[80];

	snprintf(word, sizeof(word), " %s%s ", mark, column);
	return strstr(t->safe, word) != NULL;
}

static void
attack_columns(sqlite3 *h, const struct table *t)
{
	sqlite3_stmt *columns;
	char sql[200];
	const char *name;
	int i, k = 0, done;

	snprintf(sql, sizeof(sql),
	    "SELECT name FROM pragma_table_info('%s') WHERE type = 'TEXT'", t->name);
	columns = prepare(h, sql, 0);
	while (sqlite3_step(columns) == SQLITE_ROW) {
		name = (const char *)sqlite3_column_text(columns, 0);
		for (i = 0, done = 0; i < rows_of(t); i++) {
			if (is_safe(t, "!", name) ||
			    (is_safe(t, "", name) && i % 2 == 1))
				continue;
			done +=
			    attack(h, t, name, i, payloads[(i + 7 * k) % n_payloads]);
		}
		printf("%s.%s %d\n", t->name, name, done);
		k++;
	}
	sqlite3_finalize(columns);
}

/* "INSERT …" with all that must not be null. */
static void
make_insert(sqlite3 *h, const struct table *t, char *ret, size_t size)
{
	char sql[400], columns[1000], values[1000];
	size_t n, m;
	sqlite3_stmt *more;

	n = (size_t)snprintf(columns, sizeof(columns), "%s", t->columns);
	m = (size_t)snprintf(values, sizeof(values), "%s", t->values);
	snprintf(sql, sizeof(sql),
	    "SELECT name, CASE type WHEN 'TEXT' THEN quote('') ELSE '0' END FROM "
	    "pragma_table_info('%s') WHERE \"notnull\" AND dflt_value IS NULL AND "
	    "instr(', %s,', ', ' || name || ',') = 0 AND NOT (pk AND type = 'INTEGER')",
	    t->name, t->columns);
	more = prepare(h, sql, 0);
	while (sqlite3_step(more) == SQLITE_ROW) {
		n += (size_t)snprintf(columns + n, sizeof(columns) - n, ", \"%s\"",
		    (const char *)sqlite3_column_text(more, 0));
		m += (size_t)snprintf(values + m, sizeof(values) - m, ", %s",
		    (const char *)sqlite3_column_text(more, 1));
		if (n >= sizeof(columns) || m >= sizeof(values))
			errx(1, "%s has too many columns", t->name);
	}
	sqlite3_finalize(more);
	snprintf(ret, size, "INSERT OR REPLACE INTO \"%s\" (%s) VALUES (%s)", t->name,
	    columns, values);
}

static void
fill(sqlite3 *h, const struct table *t)
{
	sqlite3_stmt *stmt;
	char sql[2200];
	int i;

	if (t->columns == NULL)
		return;
	make_insert(h, t, sql, sizeof(sql));
	for (i = 0; i < rows_of(t); i++) {
		stmt = prepare(h, sql, i);
		if (sqlite3_step(stmt) != SQLITE_DONE)
			errx(1, "%s: %s", sql, sqlite3_errmsg(h));
		sqlite3_finalize(stmt);
	}
	attack_columns(h, t);
}

static const struct table *
find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		if (strcmp(tables[i].name, name) == 0)
			return &tables[i];
	}
	errx(1, "the table '%s' is not attacked: add it to tests/xssworld.c", name);
}

static void
fill_database(const char *folder, const char *file)
{
	char path[400];
	sqlite3_stmt *names;
	sqlite3 *h;

	snprintf(path, sizeof(path), "%s/%s", folder, file);
	if (sqlite3_open(path, &h) != SQLITE_OK)
		errx(1, "%s: %s", path, sqlite3_errmsg(h));
	(void)sqlite3_busy_timeout(h, 60000);
	if (sqlite3_exec(h, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK)
		errx(1, "%s: %s", path, sqlite3_errmsg(h));
	/* In the order in which they were made: a row's parents come first. */
	names = prepare(h,
	    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE "
	    "'sqlite_%' ORDER BY rowid",
	    0);
	while (sqlite3_step(names) == SQLITE_ROW)
		fill(h, find((const char *)sqlite3_column_text(names, 0)));
	sqlite3_finalize(names);
	if (sqlite3_exec(h, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
		errx(1, "%s: %s", path, sqlite3_errmsg(h));
	sqlite3_close(h);
}

static void
write_file(const char *folder, const char *name, const void *p, size_t n)
{
	char path[400];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, p, n) != (ssize_t)n)
		err(1, "%s", path);
	close(fd);
}

static void
write_logs(const char *state, const char *all, size_t n)
{
	char path[300], name[40];
	int i;

	snprintf(path, sizeof(path), "%s/jobs", state);
	(void)mkdir(path, 0700);
	for (i = 1; i <= n_payloads; i++) {
		snprintf(name, sizeof(name), "jobs/%d.log", i);
		write_file(state, name, all, n);
		snprintf(name, sizeof(name), "jobs/%d.trace", i);
		write_file(state, name, all, n);
	}
}

/* A flash whose network, key and strings are payloads, under the names that the first
 * two rows have. */
static void
write_dumps(const char *state, const char *all, size_t n)
{
	struct mkimage m = { .family = IMAGE_FAMILY_XR872,
		.flash_size = FLASH_SIZE,
		.seed = 3,
		.mac = { 2, 0, 0, 9, 9, 9 },
		.ssid = "<img src=x onerror=x()>",
		.psk = "<svg onload=__xss(0)>" };
	uint8_t *p = malloc(FLASH_SIZE);
	char path[300], name[90], hash[65];
	int i;

	if (p == NULL || mkimage_dump(&m, p) < 0)
		errx(1, "no image");
	memcpy(p + FLASH_SIZE - 64 * 1024, all, n);
	snprintf(path, sizeof(path), "%s/dumps", state);
	(void)mkdir(path, 0700);
	for (i = 1; i <= 2; i++) {
		number_to_hash(i, hash);
		snprintf(name, sizeof(name), "dumps/%s.bin", hash);
		write_file(state, name, p, FLASH_SIZE);
	}
	free(p);
}

/* The lines of the file, each alone and all together. */
static void
read_payloads(const char *path, char *ret, size_t size, size_t *ret_n)
{
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t room = 0;
	ssize_t n;

	if (f == NULL)
		err(1, "%s", path);
	*ret_n = 0;
	while ((n = getline(&line, &room, f)) > 1 && n_payloads < PAYLOADS_MAX) {
		line[n - 1] = '\0';
		*ret_n += (size_t)snprintf(ret + *ret_n, size - *ret_n, "%s\n", line);
		if ((payloads[n_payloads++] = strdup(line)) == NULL || *ret_n >= size)
			errx(1, "too many payloads");
	}
	free(line);
	fclose(f);
}

int
main(int argc, char **argv)
{
	static char all[32768];
	size_t n;

	if (argc != 4)
		errx(2, "usage: xssworld STATE RUN PAYLOADS");
	read_payloads(argv[3], all, sizeof(all), &n);
	fill_database(argv[1], "inventory.db");
	fill_database(argv[2], "live.db");
	write_logs(argv[1], all, n);
	write_dumps(argv[1], all, n);
	while (n_payloads > 0)
		free(payloads[--n_payloads]);
	return 0;
}
