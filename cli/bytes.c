/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading and writing whole images (see bytes.h). One thread. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cli/bytes.h"
#include "cli/cli.h"
#include "cli/library.h"
#include "cli/stage.h"
#include "common/file.h"
#include "db/dump.h"

int
bytes_find(struct cli *cli, const char *typed, struct dump *ret_row, uint8_t **ret,
    size_t *ret_n, struct err *e)
{
	memset(ret_row, 0, sizeof(*ret_row));
	if (strchr(typed, '/') != NULL)
		return stage_read(typed, ret, ret_n, e);
	if (dump_resolve(cli->db, typed, ret_row, e) < 0)
		return -1;
	return library_read(cli, ret_row, ret, ret_n, e);
}

int
bytes_read(
    struct cli *cli, const char *typed, uint8_t **ret, size_t *ret_n, struct err *e)
{
	struct dump d;

	return bytes_find(cli, typed, &d, ret, ret_n, e);
}

static int
write_stdout(const uint8_t *p, size_t n, struct err *e)
{
	if (isatty(STDOUT_FILENO))
		return err_set(e, ERR_USAGE, "usage",
		    "raw bytes do not belong on a terminal; give -o FILE");
	return file_write_all(STDOUT_FILENO, p, n, e);
}

/* A new file, complete and synced, or none. */
static int
write_new(const char *file, const uint8_t *p, size_t n, struct err *e)
{
	int fd, r;

	fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 && errno == EEXIST)
		return err_set(e, ERR_REFUSED, "file-exists",
		    "'%s' is there already; --force replaces it", file);
	if (fd < 0)
		return err_sys(e, "create '%s'", file);
	r = file_write_all(fd, p, n, e);
	if (r == 0 && fsync(fd) < 0)
		r = err_sys(e, "sync '%s'", file);
	if (close(fd) < 0 && r == 0)
		r = err_sys(e, "close '%s'", file);
	if (r < 0)
		(void)unlink(file);
	return r;
}

int
bytes_write(const char *file, const uint8_t *p, size_t n, bool force, struct err *e)
{
	if (strcmp(file, "-") == 0)
		return write_stdout(p, n, e);
	if (force)
		return file_put(AT_FDCWD, file, p, n, 0600, e);
	return write_new(file, p, n, e);
}
