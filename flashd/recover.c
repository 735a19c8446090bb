/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Taking a removed dump back out of the bin (see library_recover() in library.h).
 * flashd's parent, main thread. */
#include "config.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/err.h"
#include "common/file.h"
#include "db/bin.h"
#include "db/dump.h"
#include "db/sidecar.h"
#include "flashd/library.h"
#include "flashd/store.h"

static int
read_description(struct store *s, const char *name, struct dump *ret, struct err *e)
{
	uint8_t *text;
	size_t n;
	int r;

	if (!bin_is_description(name))
		return err_set(e, ERR_USAGE, "bin-name",
		    "'%.80s' is no description of a removed dump", name);
	if (file_get(store_bin_dir(s), name, SIDECAR_MAX, &text, &n, e) < 0)
		return err_set(e, ERR_NOT_FOUND, "bin-gone",
		    "the removed dump %.8s is not in the bin any more; 'camherd "
		    "settings show' says how long they are kept", name);
	r = sidecar_parse((const char *)text, n, ret, e);
	free(text);
	if (r == 0 && strncmp(name, ret->sha256, 64) != 0)
		r = err_set(e, ERR_FAILED, "sidecar-damaged",
		    "dumps/bin/%s describes other bytes", name);
	return r;
}

/* The file in the bin whose bytes are these: there may be a rotten one, too. */
static int
find_bytes(struct store *s, const struct dump *d, char *ret, size_t size, struct err *e)
{
	int fd = openat(store_bin_dir(s), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	char start[80];
	int r = 0;

	if (dir == NULL) {
		err_sys(e, "read the folder dumps/bin");
		if (fd >= 0)
			close(fd);
		return -1;
	}
	snprintf(start, sizeof(start), "%.64s.bin.", d->sha256);
	while (r == 0 && (entry = readdir(dir)) != NULL) {
		if (strncmp(entry->d_name, start, strlen(start)) != 0 ||
		    store_check_binned(s, entry->d_name, d->sha256, d->size, e) < 0)
			continue;
		snprintf(ret, size, "%s", entry->d_name);
		r = 1;
	}
	closedir(dir);
	return r;
}

/* The bytes first: a description without them would be a dump that is missing. */
static int
take_bytes(struct store *s, const struct dump *d, struct err *e)
{
	char from[256], to[STORE_NAME_MAX];
	int found;

	if (store_check(s, d->sha256, d->size, e) == 0)
		return 0;
	if ((found = find_bytes(s, d, from, sizeof(from), e)) < 0)
		return -1;
	if (found == 0)
		return err_set(e, ERR_MISMATCH, "bin-bytes",
		    "the bytes of the removed dump %.8s are in the bin no more, or are "
		    "damaged", d->sha256);
	snprintf(to, sizeof(to), "%.64s.bin", d->sha256);
	/* What has that name is damaged, or store_check() had been content. */
	if (faccessat(store_dir(s), to, F_OK, AT_SYMLINK_NOFOLLOW) == 0 &&
	    store_to_bin(s, to, e) < 0)
		return -1;
	return store_from_bin(s, from, to, e);
}

int
library_recover(
    struct db *db, struct store *s, const char *name, struct dump *ret, struct err *e)
{
	struct dump d;

	if (read_description(s, name, &d, e) < 0 || take_bytes(s, &d, e) < 0)
		return -1;
	err_clear(e);
	/* A copy of the description under its old name or the next free one; what is in
	 * the bin goes last. */
	if (store_put_sidecar(s, &d, e) < 0)
		return -1;
	if (library_take(db, s, d.sidecar, ret, e) < 0)
		return -1;
	store_drop_binned(s, name);
	return 0;
}
