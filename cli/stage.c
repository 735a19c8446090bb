/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bringing a user's file to flashd (see stage.h). One thread. */
#include "config.h"

#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/stage.h"
#include "common/file.h"
#include "common/text.h"
#include "db/job.h"
#include "image/image.h"

int
stage_read(const char *file, uint8_t **ret, size_t *ret_n, struct err *e)
{
	char *real = realpath(file, NULL);
	uint8_t *p;
	size_t n;
	int r;

	if (real == NULL)
		return err_sys(e, "open '%s'", file);
	r = file_get(AT_FDCWD, real, IMAGE_BYTES_MAX, &p, &n, e);
	free(real);
	if (r < 0)
		return -1;
	if (n == 0) {
		free(p);
		return err_set(e, ERR_USAGE, "empty-file", "'%s' is empty", file);
	}
	*ret = p;
	*ret_n = n;
	return 0;
}

static int
open_incoming(struct cli *cli, struct err *e)
{
	char path[CONF_PATH_MAX + 20];
	int fd;

	snprintf(path, sizeof(path), "%s/incoming", cli->conf.state);
	if (file_mkdir(path, 02770, e) < 0)
		return -1;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? err_sys(e, "open '%s'", path) : fd;
}

int
stage_bytes(struct cli *cli, const char *file, const uint8_t *p, size_t n,
    struct job *j, struct err *e)
{
	const char *base = strrchr(file, '/');
	uint8_t random[16];
	char part[sizeof(j->incoming) + 8];
	int dir, r;

	randombytes_buf(random, sizeof(random));
	text_hex(random, sizeof(random), j->incoming);
	text_escape(base != NULL ? base + 1 : file,
	    strlen(base != NULL ? base + 1 : file), j->file, sizeof(j->file));
	if ((dir = open_incoming(cli, e)) < 0)
		return -1;
	snprintf(part, sizeof(part), "%s.part", j->incoming);
	r = file_put(dir, part, p, n, 0660, e);
	if (r == 0 && renameat(dir, part, dir, j->incoming) < 0) {
		r = err_sys(e, "rename '%s'", part);
		(void)unlinkat(dir, part, 0);
	}
	if (r == 0)
		r = file_sync_dir(dir, e);
	close(dir);
	return r;
}

void
stage_drop(struct cli *cli, const struct job *j)
{
	char path[CONF_PATH_MAX + 60];

	if (j->incoming[0] == '\0')
		return;
	snprintf(path, sizeof(path), "%s/incoming/%s", cli->conf.state, j->incoming);
	(void)unlink(path);
}
