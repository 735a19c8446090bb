/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * make check-real DUMPS=DIR: map, found things, redacted copy and graft over a folder
 * of real dumps, as a table. What they hold is counted, never printed. Exit 1 when a
 * copy keeps a secret or a dump grafted into itself is not itself. Tests only.
 */
#include "config.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/err.h"
#include "common/file.h"
#include "common/text.h"
#include "image/found.h"
#include "image/graft.h"
#include "image/redact.h"

#define FILES_MAX 10000
#define DEPTH_MAX 8

struct dump_file {
	char *path;
	uint8_t *p;	/* trimmed to one read */
	size_t n;
	struct image_map *map;
	struct found_list *found;
};

struct names {
	char *list[FILES_MAX];
	size_t n;
};

static void *
must(void *p)
{
	if (p == NULL) {
		fprintf(stderr, "check_real: no memory\n");
		exit(1);
	}
	return p;
}

static void
list_folder(const char *folder, unsigned depth, struct names *names)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	struct stat st;
	char *path;

	if (dir == NULL) {
		fprintf(stderr, "check_real: %s cannot be read\n", folder);
		return;
	}
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		if (asprintf(&path, "%s/%s", folder, entry->d_name) < 0)
			exit(1);
		if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && depth < DEPTH_MAX)
			list_folder(path, depth + 1, names);
		if (S_ISREG(st.st_mode) && names->n < FILES_MAX)
			names->list[names->n++] = path;
		else
			free(path);
	}
	closedir(dir);
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Spread the found kinds as "3 ssid, 2 mac". */
static void
say_found(const struct found_list *found, char *ret, size_t size)
{
	unsigned counts[FOUND_SENSOR + 1] = { 0 }, i;
	size_t len = 0;

	for (i = 0; i < found->n; i++)
		counts[found->items[i].kind]++;
	ret[0] = '\0';
	for (i = 0; i <= FOUND_SENSOR; i++) {
		if (counts[i] > 0 && len < size)
			len += (size_t)snprintf(ret + len, size - len, "%s%u %s",
			    len > 0 ? ", " : "", counts[i],
			    found_kind_name((enum found_kind)i));
	}
	if (found->more && len < size)
		snprintf(ret + len, size - len, ", more");
}

/* Redact a copy and look for things in it once more. 0 = nothing is left. */
static int
check_redact(const struct dump_file *d, char *ret, size_t size)
{
	struct redact_options options = { .keep_mac = false };
	struct redact_report *report = must(malloc(sizeof(*report)));
	uint8_t *copy = must(malloc(d->n));
	struct err e = { .code = ERR_NONE };
	int bad;

	memcpy(copy, d->p, d->n);
	bad = image_redact(copy, d->n, &options, report, &e);
	if (bad < 0)
		snprintf(ret, size, "%s", e.name);
	else
		snprintf(ret, size, "%u in %u%s, none left", report->secrets,
		    report->n_places, report->more ? "+" : "");
	free(copy);
	free(report);
	/* Refusing to make a copy gives nothing away. */
	return bad < 0 && strcmp(e.name, "redact-left") == 0;
}

static int
check_graft(const struct dump_file *d, char *ret, size_t size)
{
	struct graft_report *report = must(malloc(sizeof(*report)));
	uint8_t *out = must(malloc(d->n));
	struct err e = { .code = ERR_NONE };
	int bad = 0;

	if (d->map->n_sections == 0) {
		snprintf(ret, size, "-");
	} else if (image_graft(d->p, d->p, d->n, GRAFT_KEEP, NULL, NULL, out, report, &e) < 0) {
		snprintf(ret, size, "%s", e.name);
	} else {
		bad = memcmp(out, d->p, d->n) != 0;
		snprintf(ret, size, bad ? "A into A is NOT A" : "A into A is A");
	}
	free(out);
	free(report);
	return bad;
}

static int
load(struct dump_file *d, struct err *e)
{
	d->map = must(calloc(1, sizeof(*d->map)));
	d->found = must(calloc(1, sizeof(*d->found)));
	if (file_get(AT_FDCWD, d->path, IMAGE_BYTES_MAX, &d->p, &d->n, e) < 0)
		return -1;
	return image_map(d->p, d->n, d->map, e);
}

/* One row; 1 when something is wrong with us. */
static int
check_file(const char *path, const char *name)
{
	char size[24], kept[32] = "", found[200], redact[80], graft[80];
	struct dump_file d = { .path = must(strdup(path)) };
	struct err e = { .code = ERR_NONE };
	int bad = 0;

	if (load(&d, &e) < 0) {
		printf("%-36.36s  %s\n", name, e.msg);
	} else {
		text_bytes(d.n, size, sizeof(size));
		if (d.map->reads > 1) {
			snprintf(kept, sizeof(kept), " x%u", d.map->reads);
			d.n = d.map->unique;
			(void)image_map(d.p, d.n, d.map, &e);
		}
		found_scan(d.p, d.n, d.map, d.found);
		say_found(d.found, found, sizeof(found));
		bad = check_redact(&d, redact, sizeof(redact)) +
		    check_graft(&d, graft, sizeof(graft));
		printf("%-36.36s  %8s%-4s %-8s %3u %-6s %3u %-8s %-26s %-20s %s\n",
		    name, size, kept, image_family_name(d.map->family),
		    d.map->n_sections,
		    d.map->chain_ok		? "whole"
			: d.map->n_sections > 0 ? "broken"
						: "-",
		    d.map->n_faults, d.map->sysinfo >= 0 ? "settings" : "-", redact,
		    graft, found);
	}
	fflush(stdout);
	free(d.path);
	free(d.p);
	free(d.map);
	free(d.found);
	return bad > 0;
}

int
main(int argc, char **argv)
{
	struct names *names = must(calloc(1, sizeof(*names)));
	unsigned bad = 0;
	size_t i, cut;

	if (argc != 2) {
		fprintf(stderr, "usage: check_real DIR\n");
		return 2;
	}
	list_folder(argv[1], 0, names);
	qsort(names->list, names->n, sizeof(names->list[0]), by_name);
	printf("%-36s  %8s%-4s %-8s %3s %-6s %3s %-8s %-26s %-20s %s\n", "FILE", "SIZE",
	    "", "CHIP", "SEC", "CHAIN", "LIE", "SETTINGS", "REDACTED", "GRAFT",
	    "FOUND");
	cut = strlen(argv[1]) + 1;
	for (i = 0; i < names->n; i++) {
		bad += (unsigned)check_file(names->list[i], names->list[i] + cut);
		free(names->list[i]);
	}
	printf("%zu files, %u with trouble\n", names->n, bad);
	i = names->n;
	free(names);
	return bad > 0 || i == 0;
}
