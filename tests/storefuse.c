/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Store calls with a last one (see storefuse.h). Tests only. */
#include "config.h"

#include <errno.h>

#include "flashd/store_io.h"
#include "tests/storefuse.h"

static bool
burns(void *arg)
{
	struct fuse *fuse = arg;

	if (fuse->left > 0)
		fuse->left--;
	errno = EIO;
	return fuse->left == 0;
}

static int
fuse_open(void *arg, int dir, const char *name, int flags, mode_t mode)
{
	return burns(arg) ? -1 : store_io.open(NULL, dir, name, flags, mode);
}

static ssize_t
fuse_write(void *arg, int fd, const void *p, size_t n)
{
	return burns(arg) ? -1 : store_io.write(NULL, fd, p, n);
}

static int
fuse_fsync(void *arg, int fd)
{
	return burns(arg) ? -1 : store_io.fsync(NULL, fd);
}

static int
fuse_chmod(void *arg, int fd, mode_t mode)
{
	return burns(arg) ? -1 : store_io.chmod(NULL, fd, mode);
}

static int
fuse_rename(void *arg, int from_dir, const char *from, int to_dir, const char *to)
{
	return burns(arg) ? -1 : store_io.rename(NULL, from_dir, from, to_dir, to);
}

static int
fuse_unlink(void *arg, int dir, const char *name)
{
	return burns(arg) ? -1 : store_io.unlink(NULL, dir, name);
}

static int
fuse_replace(void *arg, int dir, const char *from, const char *to)
{
	return burns(arg) ? -1 : store_io.replace(NULL, dir, from, to);
}

const struct store_ops fuse_ops = { fuse_open, fuse_write, fuse_fsync, fuse_chmod,
	fuse_rename, fuse_unlink, fuse_replace };
