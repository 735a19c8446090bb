/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The store's calls into the system (struct store_ops). flashd's parent. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flashd/store_io.h"

static int
io_open(void *arg, int dir, const char *name, int flags, mode_t mode)
{
	(void)arg;
	return openat(dir, name, flags, mode);
}

static ssize_t
io_write(void *arg, int fd, const void *p, size_t n)
{
	(void)arg;
	return write(fd, p, n);
}

static int
io_fsync(void *arg, int fd)
{
	(void)arg;
	return fsync(fd);
}

static int
io_chmod(void *arg, int fd, mode_t mode)
{
	(void)arg;
	return fchmod(fd, mode);
}

static int
io_rename(void *arg, int from_dir, const char *from, int to_dir, const char *to)
{
	(void)arg;
	if (renameat2(from_dir, from, to_dir, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	/* A file system without that flag: a link does not replace either. */
	if (linkat(from_dir, from, to_dir, to, 0) < 0)
		return -1;
	return unlinkat(from_dir, from, 0);
}

static int
io_unlink(void *arg, int dir, const char *name)
{
	(void)arg;
	return unlinkat(dir, name, 0);
}

static int
io_replace(void *arg, int dir, const char *from, const char *to)
{
	(void)arg;
	return renameat(dir, from, dir, to);
}

const struct store_ops store_io = { io_open, io_write, io_fsync, io_chmod, io_rename,
	io_unlink, io_replace };
