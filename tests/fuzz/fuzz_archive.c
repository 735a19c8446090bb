/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An archive of hostile bytes: whatever they are, nothing is written outside of the
 * archive's own folder, and that folder is gone in the end. The first byte says in how
 * large pieces the others come.
 */
#include "config.h"

#include <dirent.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "appliance/load.h"
#include "common/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static char state[200];

static void
end(void)
{
	(void)rmdir(state);
}

static void
begin(void)
{
	const char *tmp = getenv("TMPDIR");

	if (sodium_init() < 0)
		abort();
	snprintf(state, sizeof(state), "%.150s/fuzz-archive.XXXXXX",
	    tmp != NULL ? tmp : "/tmp");
	if (mkdtemp(state) == NULL)
		abort();
	(void)atexit(end);
}

/* Names in the state folder that are not the archive's. */
static unsigned
count_others(void)
{
	DIR *dir = opendir(state);
	struct dirent *entry;
	unsigned n = 0;

	if (dir == NULL)
		abort();
	while ((entry = readdir(dir)) != NULL)
		n += entry->d_name[0] != '.' && strncmp(entry->d_name, "loading-", 8) != 0;
	closedir(dir);
	return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct err e = { .code = ERR_NONE };
	size_t at, piece, step;
	struct load *l;
	int r = 0;

	if (state[0] == '\0')
		begin();
	if (n < 1)
		return 0;
	step = (size_t)data[0] * 16 + 1;
	if ((l = load_start(state, NULL, &e)) == NULL)
		abort();
	for (at = 1; at < n && r == 0; at += piece) {
		piece = n - at < step ? n - at : step;
		r = load_put(l, data + at, piece, &e);
	}
	if (r == 0)
		r = load_finish(l, &e);
	if (r < 0 && (e.msg[0] == '\0' || e.name[0] == '\0'))
		abort();
	if (count_others() != 0)
		abort();
	load_free(l);
	return 0;
}
