/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bin of the dump library (see bin.h). Any process. */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/err.h"
#include "common/file.h"
#include "db/bin.h"
#include "db/sidecar.h"

#define PREFIX_MIN 8
#define HEX "0123456789abcdef"
#define DIGITS "0123456789"

/* Behind the digest: "-<n>.json.<time>-<n>". */
bool
bin_is_description(const char *name)
{
	static const char *const between[] = { "-", ".json.", "-" };
	size_t i, n;

	if (strlen(name) >= BIN_NAME_MAX || strspn(name, HEX) != 64)
		return false;
	name += 64;
	for (i = 0; i < 3; i++) {
		n = strlen(between[i]);
		if (strncmp(name, between[i], n) != 0 ||
		    strspn(name + n, DIGITS) == 0)
			return false;
		name += n + strspn(name + n, DIGITS);
	}
	return *name == '\0';
}

static bool
any_starts_with(int dir, const char *start)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	bool found = false;

	if (d == NULL) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	while (!found && (entry = readdir(d)) != NULL)
		found = strncmp(entry->d_name, start, strlen(start)) == 0;
	closedir(d);
	return found;
}

static bool
has_bytes(int bin, const char *sha256)
{
	char name[80];

	snprintf(name, sizeof(name), "../%.64s.bin", sha256);
	return faccessat(bin, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0 ||
	    any_starts_with(bin, name + 3);
}

static int
read_entry(int bin, const char *name, int days, struct bin_entry *b)
{
	uint8_t *text;
	struct stat st;
	struct err e;
	size_t n;
	int r;

	memset(b, 0, sizeof(*b));
	if (fstatat(bin, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    file_get(bin, name, SIDECAR_MAX, &text, &n, &e) < 0)
		return -1;
	r = sidecar_parse((const char *)text, n, &b->d, &e);
	free(text);
	if (r < 0 || strncmp(name, b->d.sha256, 64) != 0)
		return -1;
	snprintf(b->name, sizeof(b->name), "%.*s", BIN_NAME_MAX - 1, name);
	snprintf(b->handle, sizeof(b->handle), "%.8s-%.10s", name, name + 65);
	b->handle[9 + strspn(b->handle + 9, DIGITS)] = '\0';
	snprintf(b->d.sidecar, sizeof(b->d.sidecar), "%.*s",
	    (int)(strstr(name, ".json.") + 5 - name), name);
	b->removed_s = (int64_t)strtoll(strstr(name, ".json.") + 6, NULL, 10);
	b->gone_s = (int64_t)st.st_mtime + (int64_t)days * 86400;
	b->has_bytes = has_bytes(bin, b->d.sha256);
	return 0;
}

static int
is_entry(const struct dirent *entry)
{
	return bin_is_description(entry->d_name);
}

/* In the order of their names, so that a list can be read page by page. */
int
bin_each(const char *state, int days, bool (*fn)(const struct bin_entry *b, void *arg),
    void *arg, struct err *e)
{
	struct dirent **list = NULL;
	struct bin_entry b;
	bool more = true;
	char path[400];
	int dir, n, i;

	snprintf(path, sizeof(path), "%s/dumps/bin", state);
	if ((dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return errno == ENOENT ? 0 : err_sys(e, "read the folder '%s'", path);
	if ((n = scandirat(dir, ".", &list, is_entry, alphasort)) < 0)
		err_sys(e, "read the folder '%s'", path);
	for (i = 0; i < n; i++) {
		if (more && read_entry(dir, list[i]->d_name, days, &b) == 0)
			more = fn(&b, arg);
		free(list[i]);
	}
	free(list);
	close(dir);
	return n < 0 ? -1 : 0;
}

struct search {
	const char *typed;
	struct bin_entry *best;
	unsigned n;		/* different descriptions */
};

static bool
match(const struct bin_entry *b, void *arg)
{
	struct search *s = arg;
	size_t n = strlen(s->typed);

	if (strcmp(s->typed, b->handle) != 0 &&
	    (n < PREFIX_MIN || strncmp(s->typed, b->d.sha256, n) != 0))
		return true;
	if (s->n > 0 && strcmp(b->d.sidecar, s->best->d.sidecar) == 0) {
		if (b->removed_s > s->best->removed_s)
			*s->best = *b;
		return true;
	}
	*s->best = *b;
	s->n++;
	return true;
}

int
bin_resolve(const char *state, const char *typed, struct bin_entry *ret, struct err *e)
{
	struct bin_entry best = { .removed_s = 0 };
	struct search s = { .typed = typed, .best = &best };

	if (bin_each(state, 0, match, &s, e) < 0)
		return -1;
	if (s.n == 0)
		return err_set(e, ERR_NOT_FOUND, "bin-unknown",
		    "there is no removed dump '%s'; 'camherd dump bin' shows them",
		    typed);
	if (s.n > 1)
		return err_set(e, ERR_USAGE, "bin-ambiguous",
		    "%u removed dumps are '%s'; 'camherd dump bin' shows their names",
		    s.n, typed);
	*ret = best;
	return 0;
}
