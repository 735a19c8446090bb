/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A world that ends (see crashworld.h). Tests only. */
#include "config.h"

#include "tests/unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flashd/store_io.h"
#include "tests/crashworld.h"

static unsigned char *
slurp(int fd, size_t *ret_n)
{
	struct stat st;
	unsigned char *p;
	char path[40];
	int own;

	assert_int_equal(fstat(fd, &st), 0);
	p = malloc((size_t)st.st_size + 1);
	assert_non_null(p);
	/* fd may be for writing only. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	own = open(path, O_RDONLY);
	assert_true(own >= 0);
	assert_int_equal(read(own, p, (size_t)st.st_size), st.st_size);
	close(own);
	*ret_n = (size_t)st.st_size;
	return p;
}

static ino_t
ino_of(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	return st.st_ino;
}

static void
data_synced(struct world *w, int fd)
{
	ino_t ino = ino_of(fd);
	unsigned i;

	for (i = 0; i < w->n_files && w->files[i].ino != ino; i++)
		;
	if (i == w->n_files) {
		assert_true(++w->n_files <= WORLD_FILES);
		w->files[i].ino = ino;
	} else
		free(w->files[i].p);
	w->files[i].p = slurp(fd, &w->files[i].n);
}

static void
names_synced(struct world *w)
{
	DIR *dir = opendir(w->folder);
	struct dirent *entry;

	assert_non_null(dir);
	w->n_names = 0;
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.' || entry->d_type != DT_REG)
			continue;
		assert_true(w->n_names < WORLD_FILES);
		snprintf(w->names[w->n_names].name, sizeof(w->names[0].name), "%s",
		    entry->d_name);
		w->names[w->n_names++].ino = entry->d_ino;
	}
	closedir(dir);
}

void
world_init(struct world *w, const char *folder)
{
	char path[400];
	unsigned i;
	int fd;

	memset(w, 0, sizeof(*w));
	snprintf(w->folder, sizeof(w->folder), "%s", folder);
	names_synced(w);
	for (i = 0; i < w->n_names; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, w->names[i].name);
		fd = open(path, O_RDONLY);
		assert_true(fd >= 0);
		data_synced(w, fd);
		close(fd);
	}
}

void
world_fini(struct world *w)
{
	unsigned i;

	for (i = 0; i < w->n_files; i++)
		free(w->files[i].p);
}

/* true: the call may be made. */
static bool
enter(struct world *w, bool *ret_last)
{
	*ret_last = false;
	if (w->ended) {
		errno = EIO;
		return false;
	}
	if (++w->calls != w->end_at)
		return true;
	if (w->fail_errno != 0) {
		errno = w->fail_errno;
		return false;
	}
	*ret_last = true;
	if (w->when != WORLD_BEFORE)
		return true;
	w->ended = true;
	errno = EIO;
	return false;
}

/* The result of a call that was made. */
static int
leave(struct world *w, bool last, int r)
{
	if (!last)
		return r;
	w->ended = true;
	if (r >= 0)
		errno = EIO;
	return -1;
}

static int
w_open(void *arg, int dir, const char *name, int flags, mode_t mode)
{
	struct world *w = arg;
	bool last;
	int fd;

	if (!enter(w, &last))
		return -1;
	fd = store_io.open(NULL, dir, name, flags, mode);
	if (last && fd >= 0)
		close(fd);
	return leave(w, last, fd);
}

static ssize_t
w_write(void *arg, int fd, const void *p, size_t n)
{
	struct world *w = arg;
	bool last;
	ssize_t r;

	if (!enter(w, &last))
		return -1;
	r = store_io.write(NULL, fd, p, last && w->when == WORLD_TORN ? n / 2 : n);
	return last ? leave(w, last, (int)r) : r;
}

static int
w_fsync(void *arg, int fd)
{
	struct world *w = arg;
	struct stat st;
	bool last;
	int r;

	if (!enter(w, &last))
		return -1;
	/* Torn: the sync did not happen, and we never learnt. */
	if (last && w->when == WORLD_TORN)
		return leave(w, last, 0);
	r = store_io.fsync(NULL, fd);
	assert_int_equal(fstat(fd, &st), 0);
	if (S_ISDIR(st.st_mode))
		names_synced(w);
	else
		data_synced(w, fd);
	return leave(w, last, r);
}

static int
w_chmod(void *arg, int fd, mode_t mode)
{
	bool last;

	if (!enter(arg, &last))
		return -1;
	return leave(arg, last, store_io.chmod(NULL, fd, mode));
}

static int
w_rename(void *arg, int from_dir, const char *from, int to_dir, const char *to)
{
	bool last;

	if (!enter(arg, &last))
		return -1;
	return leave(arg, last, store_io.rename(NULL, from_dir, from, to_dir, to));
}

static int
w_replace(void *arg, int dir, const char *from, const char *to)
{
	bool last;

	if (!enter(arg, &last))
		return -1;
	return leave(arg, last, store_io.replace(NULL, dir, from, to));
}

static int
w_unlink(void *arg, int dir, const char *name)
{
	bool last;

	if (!enter(arg, &last))
		return -1;
	return leave(arg, last, store_io.unlink(NULL, dir, name));
}

const struct store_ops world_ops = { w_open, w_write, w_fsync, w_chmod, w_rename,
	w_unlink, w_replace };

static void
put(const char *folder, const char *name, const void *p, size_t n)
{
	char path[400];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0640);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, p, n), (ssize_t)n);
	close(fd);
}

static const struct world_file *
synced(const struct world *w, ino_t ino)
{
	unsigned i;

	for (i = 0; i < w->n_files; i++) {
		if (w->files[i].ino == ino)
			return &w->files[i];
	}
	return NULL;
}

/* The file's bytes as they are now, wherever it is named now; NULL = nowhere. */
static unsigned char *
current(const struct world *w, ino_t ino, size_t *ret_n)
{
	DIR *dir = opendir(w->folder);
	struct dirent *entry;
	unsigned char *p = NULL;
	int fd;

	assert_non_null(dir);
	while (p == NULL && (entry = readdir(dir)) != NULL) {
		if (entry->d_ino != ino || entry->d_type != DT_REG)
			continue;
		fd = openat(dirfd(dir), entry->d_name, O_RDONLY);
		assert_true(fd >= 0);
		p = slurp(fd, ret_n);
		close(fd);
	}
	closedir(dir);
	return p;
}

void
world_disk(const struct world *w, enum world_disk disk, const char *to)
{
	const bool all_names = disk == WORLD_ALL || disk == WORLD_NAMES_ONLY;
	const bool all_data = disk == WORLD_ALL || disk == WORLD_DATA_ONLY;
	const struct world_file *f;
	struct world now = { .calls = 0 };
	const struct world *names = w;
	unsigned char *p;
	unsigned i;
	size_t n = 0;

	if (all_names) {
		memcpy(now.folder, w->folder, sizeof(now.folder));
		names_synced(&now);
		names = &now;
	}
	for (i = 0; i < names->n_names; i++) {
		f = synced(w, names->names[i].ino);
		p = all_data ? current(w, names->names[i].ino, &n) : NULL;
		if (p != NULL)
			put(to, names->names[i].name, p, n);
		else if (f != NULL)
			put(to, names->names[i].name, f->p, f->n);
		else
			put(to, names->names[i].name, "", 0);
		free(p);
	}
}
