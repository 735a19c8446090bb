/* SPDX-License-Identifier: GPL-3.0-or-later */
/* photofile WIDTH HEIGHT ORIENTATION >FILE: a photograph full of secrets, for shell
 * tests and the browser's. Tests only. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/photofile.h"

int
main(int argc, char **argv)
{
	struct photofile f = { .secrets = true };
	uint8_t *p;
	size_t n;
	int r;

	if (argc != 4) {
		fprintf(stderr, "usage: photofile WIDTH HEIGHT ORIENTATION\n");
		return 2;
	}
	f.width = (unsigned)strtoul(argv[1], NULL, 10);
	f.height = (unsigned)strtoul(argv[2], NULL, 10);
	f.orientation = (unsigned)strtoul(argv[3], NULL, 10);
	p = photofile_make(&f, &n);
	r = fwrite(p, 1, n, stdout) == n && fflush(stdout) == 0 ? 0 : 1;
	free(p);
	return r;
}
