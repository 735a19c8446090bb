/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Runs a fuzz target over its corpus with any compiler, as a TAP test: every file of
 * tests/fuzz/corpus/<target> in a buffer of exactly its size, so that a sanitizer sees
 * one byte too many. The target's name is this program's, without "replay_".
 */
#include "config.h"

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static int
replay(const char *path)
{
	uint8_t *p;
	FILE *f;
	struct stat st;
	size_t n;

	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode) || (f = fopen(path, "rb")) == NULL)
		return -1;
	n = (size_t)st.st_size;
	if ((p = malloc(n > 0 ? n : 1)) == NULL || fread(p, 1, n, f) != n) {
		free(p);
		fclose(f);
		return -1;
	}
	fclose(f);
	(void)LLVMFuzzerTestOneInput(p, n);
	free(p);
	return 0;
}

static int
visible(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

int
main(int argc, char **argv)
{
	const char *name = strstr(argv[0], "replay_"), *top = getenv("top_srcdir");
	struct dirent **list;
	char dir[2048], path[4096];
	int n, i, bad = 0;

	if (argc > 1) {
		for (i = 1; i < argc; i++)
			bad |= replay(argv[i]) < 0;
		return bad;
	}
	if (name == NULL || top == NULL) {
		printf("Bail out! run from make check, or name files\n");
		return 1;
	}
	snprintf(dir, sizeof(dir), "%s/tests/fuzz/corpus/%s", top, name + strlen("replay_"));
	if ((n = scandir(dir, &list, visible, alphasort)) <= 0) {
		printf("Bail out! no corpus in %s\n", dir);
		return 1;
	}
	printf("1..%d\n", n);
	for (i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, list[i]->d_name);
		printf("%s %d - %s\n", replay(path) == 0 ? "ok" : "not ok", i + 1,
		    list[i]->d_name);
		free(list[i]);
	}
	free(list);
	return 0;
}
