/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading dumps out of the library (see library.h). One thread. */
#include "config.h"

#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/library.h"
#include "common/file.h"
#include "common/text.h"
#include "db/dump.h"
#include "image/image.h"

int
library_read(
    struct cli *cli, const struct dump *d, uint8_t **ret, size_t *ret_n, struct err *e)
{
	char name[120], hex[2 * crypto_hash_sha256_BYTES + 1];
	uint8_t sum[crypto_hash_sha256_BYTES], *p;
	size_t n;
	int dir, r;

	dump_file_name(d, name, sizeof(name));
	dir = open(cli->conf.state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return err_sys(e, "open '%s'", cli->conf.state);
	r = file_get(dir, name, IMAGE_BYTES_MAX, &p, &n, e);
	close(dir);
	if (r < 0)
		return err_add(e, "dump %lld", (long long)d->id);
	crypto_hash_sha256(sum, p, n);
	text_hex(sum, sizeof(sum), hex);
	if (strcmp(hex, d->sha256) != 0) {
		free(p);
		return err_set(e, ERR_MISMATCH, "dump-damaged",
		    "the file of dump %lld no longer has its SHA-256: the disk or "
		    "somebody changed "
		    "it; take another backup of that camera",
		    (long long)d->id);
	}
	*ret = p;
	*ret_n = n;
	return 0;
}
