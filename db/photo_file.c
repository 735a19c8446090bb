/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The files of photos (see photo.h). They are written before their row and removed behind
 * it: what a crash leaves is a file without a row, which photo_sweep() removes.
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/conf.h"
#include "common/err.h"
#include "common/file.h"
#include "common/text.h"
#include "db/photo.h"
#include "db/stmt.h"

#define MODE 0440 /* written once */
#define SPARE_BYTES (64u * 1024 * 1024) /* left free on the disk, whatever comes */
#define YOUNG_S 3600 /* it may be somebody's who has not written the row yet */

void
photo_file_name(char ret[PHOTO_FILE_LEN + 1])
{
	uint8_t random[PHOTO_FILE_LEN / 2];

	randombytes_buf(random, sizeof(random));
	text_hex(random, sizeof(random), ret);
}

const char *
photo_file_path(const char *file, bool thumb, char ret[PHOTO_PATH_MAX])
{
	snprintf(ret, PHOTO_PATH_MAX, "%.32s%s", file, thumb ? ".thumb.jpg" : ".jpg");
	return ret;
}

/* The folder's descriptor; made when missing. */
static int
open_folder(const char *state, struct err *e)
{
	char path[CONF_PATH_MAX + 16];
	int dir;

	snprintf(path, sizeof(path), "%s/" PHOTO_FOLDER, state);
	if (file_mkdir(path, 02770, e) < 0)
		return -1;
	dir = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return dir < 0 ? err_sys(e, "open '%s'", path) : dir;
}

static int
check_free(int dir, size_t n, struct err *e)
{
	uint64_t bytes;

	if (file_free_bytes(dir, &bytes, e) < 0)
		return -1;
	if (bytes >= n + SPARE_BYTES)
		return 0;
	return err_set(e, ERR_FAILED, "disk-full",
	    "There is too little room on the disk for this photo; free some and try "
	    "again.");
}

static void
drop_both(int dir, const char *file)
{
	char name[PHOTO_PATH_MAX];

	(void)unlinkat(dir, photo_file_path(file, true, name), 0);
	(void)unlinkat(dir, photo_file_path(file, false, name), 0);
}

int
photo_file_put(const char *state, const char *file, const void *p, size_t n,
    const void *thumb, size_t n_thumb, struct err *e)
{
	char name[PHOTO_PATH_MAX];
	int dir = open_folder(state, e), r = -1;

	if (dir < 0)
		return -1;
	if (check_free(dir, n + n_thumb, e) == 0 &&
	    file_put(dir, photo_file_path(file, true, name), thumb, n_thumb, MODE, e) ==
		0 &&
	    file_put(dir, photo_file_path(file, false, name), p, n, MODE, e) == 0)
		r = 0;
	else
		drop_both(dir, file);
	close(dir);
	return r;
}

void
photo_file_drop(const char *state, const char *file)
{
	int dir = open_folder(state, NULL);

	if (dir < 0)
		return;
	drop_both(dir, file);
	close(dir);
}

static bool
add_file(const struct photo *p, void *arg)
{
	struct photo_files *files = arg;

	snprintf(files->file[files->n++], sizeof(files->file[0]), "%s", p->file);
	return files->n < PHOTO_EACH_MAX;
}

int
photo_files_of(struct db *db, int64_t camera_id, struct photo_files *ret, struct err *e)
{
	struct photo_filter filter = { .camera_id = camera_id, .limit = PHOTO_EACH_MAX };

	ret->n = 0;
	return photo_each(db, &filter, add_file, ret, e);
}

void
photo_files_drop(const char *state, const struct photo_files *files)
{
	unsigned i;

	for (i = 0; i < files->n; i++)
		photo_file_drop(state, files->file[i]);
}

/* 1 = a row names it, 0 = none does, -1. */
static int
is_known(struct db *db, const char *name, struct err *e)
{
	char file[PHOTO_FILE_LEN + 1];
	int64_t id;

	snprintf(file, sizeof(file), "%.32s", name);
	return stmt_number(
	    db, e, &id, "SELECT id FROM photo WHERE file = ?", "s", file);
}

/* 1 = it is to go, 0 = it stays, -1. */
static int
is_left_over(struct db *db, int dir, const char *name, struct err *e)
{
	struct stat st;
	int r;

	if (strspn(name, "0123456789abcdef") < PHOTO_FILE_LEN ||
	    fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode) ||
	    time(NULL) - st.st_mtime < YOUNG_S)
		return 0;
	if ((r = is_known(db, name, e)) < 0)
		return -1;
	return r == 0;
}

int
photo_sweep(struct db *db, const char *state, unsigned *ret, struct err *e)
{
	int dir = open_folder(state, e), r = 0;
	struct dirent *entry;
	unsigned n = 0;
	DIR *d;

	if (dir < 0)
		return -1;
	if ((d = fdopendir(dir)) == NULL) {
		close(dir);
		return err_sys(e, "read the folder of photos");
	}
	while (r >= 0 && (entry = readdir(d)) != NULL) {
		if ((r = is_left_over(db, dir, entry->d_name, e)) == 1 &&
		    unlinkat(dir, entry->d_name, 0) == 0)
			n++;
	}
	closedir(d);
	*ret = n;
	return r < 0 ? -1 : 0;
}
