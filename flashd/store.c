/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files of the dump library (see store.h). flashd's parent, main thread. */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/err.h"
#include "common/file.h"
#include "common/text.h"
#include "db/bin.h"
#include "db/dump.h"
#include "db/sidecar.h"
#include "flashd/store.h"
#include "flashd/store_io.h"

#define SIDECARS_MAX 10000u /* of one content */

struct store {
	const struct store_ops *ops;
	void *arg;
	int dir, bin;
};

/* Dumps hold Wi-Fi passwords and are what a camera is saved with: whoever could write
 * here could put a false one in its place. */
static int
open_folder(int at, const char *path, mode_t mode, struct err *e)
{
	struct stat st;
	int fd;

	if (mkdirat(at, path, mode & 0777) < 0 && errno != EEXIST)
		return err_sys(e, "make folder '%s'", path);
	if ((fd = openat(at, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) <
	    0)
		return err_sys(e, "open folder '%s'", path);
	if (fstat(fd, &st) < 0) {
		err_sys(e, "look at folder '%s'", path);
	} else if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
		err_set(e, ERR_REFUSED, "store-open-to-others",
		    "the folder %s can be written by others than its owner, so its "
		    "dumps cannot be "
		    "trusted; run: chmod g-w,o-w %s",
		    path, path);
	} else {
		if (st.st_uid == geteuid() && (st.st_mode & 07777) != mode)
			(void)fchmod(fd, mode);
		return fd;
	}
	close(fd);
	return -1;
}

static int
open_folders(struct store *s, const char *state, struct err *e)
{
	char path[300];

	snprintf(path, sizeof(path), "%s/dumps", state);
	if ((s->dir = open_folder(AT_FDCWD, path, 02750, e)) < 0)
		return -1;
	if (flock(s->dir, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? err_set(e, ERR_REFUSED, "store-taken",
						  "another flashd works with %s; only "
						  "one can. Stop that one first",
						  path)
					    : err_sys(e, "lock '%s'", path);
	return (s->bin = open_folder(s->dir, "bin", 02750, e)) < 0 ? -1 : 0;
}

struct store *
store_open(const char *state, const struct store_ops *ops, void *ops_arg, struct err *e)
{
	struct store *s = calloc(1, sizeof(*s));

	if (s == NULL) {
		err_sys(e, "memory for the store");
		return NULL;
	}
	s->ops = ops != NULL ? ops : &store_io;
	s->arg = ops_arg;
	s->dir = s->bin = -1;
	if (open_folders(s, state, e) < 0) {
		store_close(s);
		return NULL;
	}
	return s;
}

void
store_close(struct store *s)
{
	if (s == NULL)
		return;
	if (s->bin >= 0)
		close(s->bin);
	if (s->dir >= 0)
		close(s->dir);
	free(s);
}

int
store_dir(const struct store *s)
{
	return s->dir;
}

int
store_bin_dir(const struct store *s)
{
	return s->bin;
}

int
store_part(struct store *s, int64_t job, char *ret_part, struct err *e)
{
	char name[STORE_NAME_MAX];
	int fd;

	snprintf(name, sizeof(name), "job-%lld.part", (long long)job);
	if (s->ops->unlink(s->arg, s->dir, name) < 0 && errno != ENOENT)
		return err_sys(e, "remove the old '%s'", name);
	fd = s->ops->open(s->arg, s->dir, name,
	    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_sys(e, "make 'dumps/%s'", name);
	memcpy(ret_part, name, sizeof(name));
	return fd;
}

void
store_drop_part(struct store *s, const char *part)
{
	(void)s->ops->unlink(s->arg, s->dir, part);
}

int
store_hash(int fd, char *ret_sha256, uint64_t *ret_size, struct err *e)
{
	unsigned char digest[crypto_hash_sha256_BYTES];
	crypto_hash_sha256_state state;
	uint8_t block[65536];
	uint64_t size = 0;
	ssize_t n;

	crypto_hash_sha256_init(&state);
	for (;;) {
		n = pread(fd, block, sizeof(block), (off_t)size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, "read the dump back");
		if (n == 0)
			break;
		crypto_hash_sha256_update(&state, block, (size_t)n);
		size += (uint64_t)n;
	}
	crypto_hash_sha256_final(&state, digest);
	text_hex(digest, sizeof(digest), ret_sha256);
	*ret_size = size;
	return 0;
}

static void
bin_name(const char *sha256, char *ret)
{
	snprintf(ret, STORE_NAME_MAX, "%.64s.bin", sha256);
}

int
store_get(struct store *s, const char *sha256, struct err *e)
{
	char name[STORE_NAME_MAX];
	struct stat st;
	int fd;

	bin_name(sha256, name);
	fd = openat(s->dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return err_set(e, ERR_NOT_FOUND, "dump-missing",
		    "the file dumps/%s is gone from the store", name);
	if (fd < 0)
		return err_sys(e, "open 'dumps/%s'", name);
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return err_set(
		    e, ERR_FAILED, "dump-missing", "dumps/%s is no file", name);
	}
	return fd;
}

static int
check_fd(int fd, const char *sha256, uint64_t size, struct err *e)
{
	char got[65];
	uint64_t n;

	if (store_hash(fd, got, &n, e) < 0)
		return -1;
	if (n == size && strcmp(got, sha256) == 0)
		return 0;
	return err_set(e, ERR_MISMATCH, "dump-damaged",
	    "the dump %.8s holds %llu bytes with the SHA-256 %.8s…, not its own %llu: "
	    "the file was "
	    "damaged after it was stored. Make a new backup, and check the disk",
	    sha256, (unsigned long long)n, got, (unsigned long long)size);
}

int
store_check(struct store *s, const char *sha256, uint64_t size, struct err *e)
{
	int fd = store_get(s, sha256, e), r;

	if (fd < 0)
		return -1;
	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	r = check_fd(fd, sha256, size, e);
	close(fd);
	return r;
}

static int
sync_dir(struct store *s, struct err *e)
{
	if (s->ops->fsync(s->arg, s->dir) < 0)
		return err_sys(e, "sync the folder dumps/");
	return 0;
}

/* The name is taken: by the same bytes, or by a file that rotted. A rotten one makes
 * room for the good. */
static int
replace_or_keep(
    struct store *s, const char *part, const char *sha256, uint64_t size, struct err *e)
{
	char name[STORE_NAME_MAX];

	bin_name(sha256, name);
	if (store_check(s, sha256, size, e) == 0) {
		if (s->ops->unlink(s->arg, s->dir, part) < 0)
			return err_sys(e, "remove 'dumps/%s'", part);
		return 0;
	}
	if (store_to_bin(s, name, e) < 0)
		return -1;
	if (s->ops->rename(s->arg, s->dir, part, s->dir, name) < 0)
		return err_sys(e, "rename 'dumps/%s' to '%s'", part, name);
	return 0;
}

int
store_seal_file(struct store *s, int fd, const char *part, const char *sha256,
    uint64_t size, struct err *e)
{
	char name[STORE_NAME_MAX];

	/* 1. The bytes reach the disk, 2. and are read back from it as far as the
	 * kernel lets us, before the file gets a name that is trusted. */
	if (s->ops->chmod(s->arg, fd, 0440) < 0)
		return err_sys(e, "chmod 'dumps/%s'", part);
	if (s->ops->fsync(s->arg, fd) < 0)
		return err_sys(e, "sync 'dumps/%s'", part);
	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	if (check_fd(fd, sha256, size, e) < 0)
		return -1;
	bin_name(sha256, name);
	/* 3. The name, 4. and the folder that holds it. */
	if (s->ops->rename(s->arg, s->dir, part, s->dir, name) < 0) {
		if (errno != EEXIST)
			return err_sys(e, "rename 'dumps/%s' to '%s'", part, name);
		if (replace_or_keep(s, part, sha256, size, e) < 0)
			return -1;
	}
	return sync_dir(s, e);
}

/* Write text to a new file and sync it. */
static int
put_new(struct store *s, const char *name, const char *text, struct err *e)
{
	size_t n = strlen(text), done = 0;
	ssize_t w = 0;
	int fd, r = 0;

	if (s->ops->unlink(s->arg, s->dir, name) < 0 && errno != ENOENT)
		return err_sys(e, "remove the old 'dumps/%s'", name);
	fd = s->ops->open(s->arg, s->dir, name,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_sys(e, "make 'dumps/%s'", name);
	while (done < n && (w = s->ops->write(s->arg, fd, text + done, n - done)) > 0)
		done += (size_t)w;
	if (done < n)
		r = err_sys(e, "write 'dumps/%s'", name);
	else if (s->ops->chmod(s->arg, fd, 0440) < 0 || s->ops->fsync(s->arg, fd) < 0)
		r = err_sys(e, "sync 'dumps/%s'", name);
	close(fd);
	return r;
}

/* Give the sidecar its name: d->sidecar, or the next free one. */
static int
name_sidecar(struct store *s, const char *part, struct dump *d, struct err *e)
{
	char name[STORE_NAME_MAX];
	unsigned n;

	if (d->sidecar[0] != '\0') {
		if (s->ops->replace(s->arg, s->dir, part, d->sidecar) < 0)
			return err_sys(
			    e, "rename 'dumps/%s' to '%s'", part, d->sidecar);
		return 0;
	}
	for (n = 1; n < SIDECARS_MAX; n++) {
		snprintf(name, sizeof(name), "%.64s-%u.json", d->sha256, n);
		if (s->ops->rename(s->arg, s->dir, part, s->dir, name) == 0) {
			memcpy(d->sidecar, name, sizeof(name));
			return 0;
		}
		if (errno != EEXIST)
			return err_sys(e, "rename 'dumps/%s' to '%s'", part, name);
	}
	return err_set(e, ERR_FAILED, "store-full",
	    "these bytes are described %u times already", SIDECARS_MAX);
}

int
store_put_sidecar(struct store *s, struct dump *d, struct err *e)
{
	char part[STORE_NAME_MAX], *text;
	int r;

	if ((text = sidecar_format(d)) == NULL)
		return err_set(
		    e, ERR_FAILED, "no-memory", "memory for a dump's description");
	snprintf(part, sizeof(part), "%.64s.json.part", d->sha256);
	r = put_new(s, part, text, e);
	free(text);
	if (r < 0 || name_sidecar(s, part, d, e) < 0) {
		(void)s->ops->unlink(s->arg, s->dir, part);
		return -1;
	}
	return sync_dir(s, e);
}

int
store_seal(struct store *s, int fd, const char *part, struct dump *d, struct err *e)
{
	if (store_seal_file(s, fd, part, d->sha256, d->size, e) < 0)
		return -1;
	/* The folder was synced in between: a description without its bytes means that
	 * they were lost later, never that they were never there. */
	return store_put_sidecar(s, d, e);
}

int
store_to_bin(struct store *s, const char *name, struct err *e)
{
	char to[STORE_NAME_MAX + 40];
	unsigned n;

	for (n = 0; n < 1000; n++) {
		snprintf(to, sizeof(to), "%s.%lld-%u", name, (long long)time(NULL), n);
		if (s->ops->rename(s->arg, s->dir, name, s->bin, to) == 0) {
			/* Its age in the bin counts from now. */
			(void)utimensat(s->bin, to, NULL, AT_SYMLINK_NOFOLLOW);
			return 0;
		}
		if (errno != EEXIST)
			break;
	}
	return err_sys(e, "move 'dumps/%s' to the bin", name);
}

int
store_check_binned(struct store *s, const char *name, const char *sha256, uint64_t size,
    struct err *e)
{
	int fd, r;

	fd = openat(s->bin, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "open 'dumps/bin/%s'", name);
	r = check_fd(fd, sha256, size, e);
	close(fd);
	return r;
}

int
store_from_bin(struct store *s, const char *name, const char *to, struct err *e)
{
	if (s->ops->rename(s->arg, s->bin, name, s->dir, to) < 0)
		return err_sys(e, "move 'dumps/bin/%s' back", name);
	return sync_dir(s, e);
}

void
store_drop_binned(struct store *s, const char *name)
{
	(void)s->ops->unlink(s->arg, s->bin, name);
}

void
store_sweep_bin(struct store *s, int64_t wall_s, int keep_days)
{
	int fd = openat(s->bin, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	struct stat st;
	int64_t days;

	if (dir == NULL) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.' ||
		    fstatat(s->bin, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
		    !S_ISREG(st.st_mode))
			continue;
		days = strstr(entry->d_name, ".part.") != NULL ? STORE_PART_DAYS
							       : keep_days;
		if (wall_s - (int64_t)st.st_mtime > days * 86400)
			(void)s->ops->unlink(s->arg, s->bin, entry->d_name);
	}
	closedir(dir);
}
