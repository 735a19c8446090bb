/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files written whole or not at all (see file.h). Any process, any thread. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "common/err.h"
#include "common/file.h"

int
file_write_all(int fd, const void *p, size_t n, struct err *e)
{
	const uint8_t *at = p;
	ssize_t w;

	while (n > 0) {
		w = write(fd, at, n);
		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0)
			return err_sys(e, "write");
		at += w;
		n -= (size_t)w;
	}
	return 0;
}

ssize_t
file_read_full(int fd, void *p, size_t n, struct err *e)
{
	uint8_t *at = p;
	size_t have = 0;
	ssize_t r;

	while (have < n) {
		r = read(fd, at + have, n - have);
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return err_sys(e, "read");
		if (r == 0)
			break;
		have += (size_t)r;
	}
	return (ssize_t)have;
}

/* Fill the new file and make it durable; closes fd. */
static int
fill_new(int fd, const void *p, size_t n, mode_t mode, struct err *e)
{
	int r = 0;

	if (file_write_all(fd, p, n, e) < 0)
		r = -1;
	else if (fchmod(fd, mode) < 0)
		r = err_sys(e, "chmod");
	else if (fsync(fd) < 0)
		r = err_sys(e, "sync");
	if (close(fd) < 0 && r == 0)
		r = err_sys(e, "close");
	return r;
}

/* Sync the folder that holds `name`: dir itself, or the path's own parent. */
static int
sync_parent(int dir, const char *name, struct err *e)
{
	char copy[300];
	int fd, r;

	if (dir != AT_FDCWD && strchr(name, '/') == NULL)
		return file_sync_dir(dir, e);
	snprintf(copy, sizeof(copy), "%s", name);
	fd = openat(dir, dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "open the folder of '%s'", name);
	r = file_sync_dir(fd, e);
	close(fd);
	return r;
}

int
file_put(int dir, const char *name, const void *p, size_t n, mode_t mode, struct err *e)
{
	char temp[300];
	int fd;

	snprintf(temp, sizeof(temp), "%s.%ld.new", name, (long)getpid());
	fd = openat(dir, temp, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_sys(e, "create '%s'", temp);
	if (fill_new(fd, p, n, mode, e) < 0) {
		(void)unlinkat(dir, temp, 0);
		return err_add(e, "'%s'", temp);
	}
	if (renameat(dir, temp, dir, name) < 0) {
		err_sys(e, "rename '%s' to '%s'", temp, name);
		(void)unlinkat(dir, temp, 0);
		return -1;
	}
	return sync_parent(dir, name, e);
}

static int
get_open(int fd, const char *name, size_t max, uint8_t **ret, size_t *ret_n, struct err *e)
{
	struct stat st;
	uint8_t *p;
	ssize_t n;

	if (fstat(fd, &st) < 0)
		return err_sys(e, "stat '%s'", name);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_USAGE, "not-a-file", "'%s' is not a regular file", name);
	if ((uint64_t)st.st_size > max)
		return err_set(e, ERR_REFUSED, "file-too-large",
		    "'%s' has %lld bytes, more than the %zu that are allowed here", name,
		    (long long)st.st_size, max);
	if ((p = malloc((size_t)st.st_size + 1)) == NULL)
		return err_sys(e, "memory for '%s'", name);
	if ((n = file_read_full(fd, p, (size_t)st.st_size, e)) < 0) {
		free(p);
		return err_add(e, "'%s'", name);
	}
	p[n] = '\0';
	*ret = p;
	if (ret_n != NULL)
		*ret_n = (size_t)n;
	return 0;
}

int
file_get(int dir, const char *name, size_t max, uint8_t **ret, size_t *ret_n, struct err *e)
{
	int fd, r;

	/* O_NONBLOCK: a FIFO put in the file's place must not hang us. */
	fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "open '%s'", name);
	r = get_open(fd, name, max, ret, ret_n, e);
	close(fd);
	return r;
}

int
file_sync_dir(int dir, struct err *e)
{
	return fsync(dir) < 0 ? err_sys(e, "sync folder") : 0;
}

int
file_mkdir(const char *path, mode_t mode, struct err *e)
{
	struct stat st;

	/* A unit with RestrictSUIDSGID= refuses a setgid bit even for a folder that is there;
	 * below a setgid folder the bit comes by itself. */
	if (mkdir(path, mode & 0777) < 0)
		return errno == EEXIST ? 0 : err_sys(e, "make folder '%s'", path);
	if (stat(path, &st) < 0 ||
	    ((st.st_mode & 07777) != mode && chmod(path, mode) < 0))
		return err_sys(e, "chmod folder '%s'", path);
	return 0;
}

int
file_free_bytes(int fd, uint64_t *ret, struct err *e)
{
	struct statvfs v;

	if (fstatvfs(fd, &v) < 0)
		return err_sys(e, "ask for free space");
	*ret = (uint64_t)v.f_bavail * v.f_frsize;
	return 0;
}
