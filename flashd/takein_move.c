/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The turn in which an archive takes its place (see takein.h). Every step looks whether
 * it was done before. flashd's parent, main thread. */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "appliance/load.h"
#include "appliance/save.h"
#include "common/err.h"
#include "common/file.h"
#include "db/copy.h"
#include "db/db.h"
#include "db/dump.h"
#include "db/sidecar.h"
#include "flashd/flashd.h"
#include "flashd/store.h"
#include "flashd/takein_parts.h"

#define FROM_ARCHIVE "from-archive"

static bool
exists(int dir, const char *name)
{
	return faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static int
make_dir(int at, const char *name, struct err *e)
{
	if (mkdirat(at, name, 0770) < 0 && errno != EEXIST)
		return err_sys(e, "make the folder '%s'", name);
	return 0;
}

/* Names of a folder, sorted; caller frees. -1. */
static int
list_names(int dir, struct dirent ***ret, struct err *e)
{
	int n = scandirat(dir, ".", ret, NULL, alphasort);

	return n < 0 ? err_sys(e, "list a folder of the archive") : n;
}

static void
free_names(struct dirent **list, int n)
{
	while (n-- > 0)
		free(list[n]);
	free(list);
}

/* ---- dumps ---- */

static bool
is_rotten(const struct takein *t, const char *name)
{
	unsigned i;

	for (i = 0; i < t->n_rotten; i++) {
		if (strcmp(t->names[t->rotten[i]], name) == 0)
			return true;
	}
	return false;
}

/* Bytes that are here already stay, unless they rotted: then these are the good ones. */
static int
place_bytes(struct takein *t, const char *name, struct err *e)
{
	struct store *s = t->f->store;

	if (exists(store_dir(s), name)) {
		if (!is_rotten(t, name))
			return 0;
		if (store_to_bin(s, name, e) < 0)
			return -1;
	}
	if (renameat2(t->dumps, name, store_dir(s), name, RENAME_NOREPLACE) < 0)
		return err_sys(e, "put the dump %.8s into the library", name);
	t->added++;
	return 0;
}

static int
read_sidecar(int dir, const char *name, struct dump *ret)
{
	struct err ignored;
	uint8_t *text;
	size_t n;
	int r;

	if (file_get(dir, name, SIDECAR_MAX, &text, &n, &ignored) < 0)
		return -1;
	r = sidecar_parse((const char *)text, n, ret, &ignored);
	free(text);
	return r;
}

/* The same reading of the same chip, whatever a person wrote beside it since. */
static bool
same_reading(const struct dump *a, const struct dump *b)
{
	return strcmp(a->sha256, b->sha256) == 0 && strcmp(a->kind, b->kind) == 0 &&
	    strcmp(a->chip_id, b->chip_id) == 0 && a->created_s == b->created_s;
}

/* Another reading has this name here: it moves to the next free number. */
static int
make_room(struct store *s, const char *name, struct err *e)
{
	char to[STORE_NAME_MAX];
	unsigned n;

	for (n = 1; n < 10000; n++) {
		snprintf(to, sizeof(to), "%.64s-%u.json", name, n);
		if (renameat2(store_dir(s), name, store_dir(s), to, RENAME_NOREPLACE) == 0)
			return 0;
		if (errno != EEXIST)
			break;
	}
	return err_sys(e, "make room for the description '%s'", name);
}

static int
place_sidecar(struct takein *t, int before, const char *name, struct err *e)
{
	struct store *s = t->f->store;
	struct dump theirs, ours;

	if (strlen(name) >= STORE_NAME_MAX || read_sidecar(t->dumps, name, &theirs) < 0 ||
	    strncmp(theirs.sha256, name, 64) != 0)
		return 0; /* no description; the row says all that it could */
	if (exists(store_dir(s), name)) {
		if (read_sidecar(store_dir(s), name, &ours) == 0 &&
		    !same_reading(&theirs, &ours)) {
			if (make_room(s, name, e) < 0)
				return -1;
		} else if (renameat(store_dir(s), name, before, name) < 0) {
			return err_sys(e, "keep the description '%s'", name);
		}
	}
	if (renameat(t->dumps, name, store_dir(s), name) < 0)
		return err_sys(e, "put the description '%s' into the library", name);
	return 0;
}

static int
place_binned(struct takein *t, struct err *e)
{
	int bin = openat(
	    t->dumps, "bin", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct dirent **list;
	int i, n, r = 0;

	if (bin < 0)
		return errno == ENOENT ? 0 : err_sys(e, "open the archive's bin");
	if ((n = list_names(bin, &list, e)) < 0) {
		close(bin);
		return -1;
	}
	for (i = 0; i < n && r == 0; i++) {
		if (list[i]->d_name[0] != '.' &&
		    renameat2(bin, list[i]->d_name, store_bin_dir(t->f->store),
			list[i]->d_name, RENAME_NOREPLACE) < 0 &&
		    errno != EEXIST)
			r = err_sys(e, "put '%s' into the bin", list[i]->d_name);
	}
	free_names(list, n);
	close(bin);
	return r;
}

static int
place_dumps(struct takein *t, int before, struct err *e)
{
	struct dirent **list;
	int i, n, r = 0, kept;

	if (t->dumps < 0)
		return 0;
	if (make_dir(before, "dumps", e) < 0 || (n = list_names(t->dumps, &list, e)) < 0)
		return -1;
	kept = openat(before, "dumps", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* Bytes first: a description without them would say that they were lost. */
	for (i = 0; i < n && r == 0; i++) {
		if (takein_is_bytes(list[i]->d_name))
			r = place_bytes(t, list[i]->d_name, e);
	}
	for (i = 0; i < n && r == 0; i++) {
		size_t length = strlen(list[i]->d_name);

		if (length > 5 && strcmp(list[i]->d_name + length - 5, ".json") == 0)
			r = place_sidecar(t, kept, list[i]->d_name, e);
	}
	free_names(list, n);
	if (kept >= 0)
		close(kept);
	if (r == 0)
		r = place_binned(t, e);
	return r == 0 && fsync(store_dir(t->f->store)) < 0
	    ? err_sys(e, "sync the dump library")
	    : r;
}

/* ---- everything else ---- */

/* What another daemon keeps to itself cannot be moved by us. */
static bool
is_ours_to_move(struct takein *t, const char *name)
{
	struct stat st;

	if (fstatat(t->f->state_dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    !S_ISDIR(st.st_mode))
		return true;
	return faccessat(t->f->state_dir, name, W_OK | X_OK, AT_EACCESS) == 0;
}

static int
leave_beside(struct takein *t, int from, const char *name, struct err *e)
{
	int to, r = 0;

	if (make_dir(t->f->state_dir, FROM_ARCHIVE, e) < 0)
		return -1;
	to = openat(t->f->state_dir, FROM_ARCHIVE,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (to < 0)
		return err_sys(e, "open '" FROM_ARCHIVE "'");
	if (exists(to, name) && load_remove_tree(to, name, e) < 0)
		r = -1;
	else if (renameat(from, name, to, name) < 0)
		r = err_sys(e, "keep the archive's '%s'", name);
	close(to);
	if (t->left == NULL)
		t->left = json_array();
	(void)json_array_append_new(t->left, json_string(name));
	return r;
}

static int
place_other(struct takein *t, int before, const char *name, struct err *e)
{
	int state = t->f->state_dir;

	if (!is_ours_to_move(t, name))
		return leave_beside(t, t->state, name, e);
	if (exists(state, name) && !exists(before, name) &&
	    renameat(state, name, before, name) < 0)
		return err_sys(e, "move '%s' to '%s'", name, t->before);
	if (renameat2(t->state, name, state, name, RENAME_NOREPLACE) < 0)
		return err_sys(e, "put the archive's '%s' into its place", name);
	return 0;
}

static int
place_others(struct takein *t, int before, struct err *e)
{
	struct dirent **list;
	int i, n, r = 0;

	if ((n = list_names(t->state, &list, e)) < 0)
		return -1;
	for (i = 0; i < n && r == 0; i++) {
		const char *name = list[i]->d_name;

		if (name[0] != '.' && strcmp(name, "dumps") != 0 &&
		    !save_leaves_out(name))
			r = place_other(t, before, name, e);
	}
	free_names(list, n);
	if (r == 0 && exists(t->dir, "config"))
		r = leave_beside(t, t->dir, "config", e);
	return r;
}

/* ---- the inventory ---- */

static int
keep_inventory(struct takein *t, int before, struct err *e)
{
	char part[400];

	if (exists(before, DB_NAME))
		return 0;
	snprintf(part, sizeof(part), "%s/%s/%s.part", t->f->conf.state, t->before,
	    DB_NAME);
	(void)unlinkat(before, DB_NAME ".part", 0);
	if (db_copy_to(t->f->db, part, e) < 0)
		return err_add(e, "keep the inventory of before");
	if (renameat(before, DB_NAME ".part", before, DB_NAME) < 0)
		return err_sys(e, "keep the inventory of before");
	return file_sync_dir(before, e);
}

static int
change_inventory(struct takein *t, struct err *e)
{
	char folder[400];

	if (!exists(t->state, DB_NAME))
		return 0;
	snprintf(folder, sizeof(folder), "%s/" LOAD_READY "/state", t->f->conf.state);
	if (db_adopt(t->f->db, folder, e) < 0)
		return -1;
	/* Done: a start after a power cut must not do it again over newer rows. */
	if (unlinkat(t->state, DB_NAME, 0) < 0)
		return err_sys(e, "remove the archive's inventory");
	return file_sync_dir(t->state, e);
}

int
takein_check(struct takein *t, struct err *e)
{
	const int state = t->f->state_dir;
	char folder[400];
	struct db *db;

	if (faccessat(state, ".", W_OK | X_OK, AT_EACCESS) < 0)
		return err_sys(e, "write to the state folder");
	if (faccessat(t->state, ".", W_OK | X_OK, AT_EACCESS) < 0 ||
	    (t->dumps >= 0 && faccessat(t->dumps, ".", W_OK | X_OK, AT_EACCESS) < 0))
		return err_sys(e, "move files out of the archive's folder");
	snprintf(folder, sizeof(folder), "%s/" LOAD_READY "/state", t->f->conf.state);
	if ((db = db_open(folder, DB_READ_ONLY, e)) == NULL)
		return err_add(e, "the archive's inventory");
	db_close(db);
	return 0;
}

int
takein_move(struct takein *t, struct err *e)
{
	int before, r;

	if (make_dir(t->f->state_dir, t->before, e) < 0)
		return -1;
	before = openat(t->f->state_dir, t->before,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (before < 0)
		return err_sys(e, "open '%s'", t->before);
	r = keep_inventory(t, before, e) < 0 || place_dumps(t, before, e) < 0 ||
		place_others(t, before, e) < 0 || file_sync_dir(t->f->state_dir, e) < 0 ||
		change_inventory(t, e) < 0
	    ? -1
	    : 0;
	close(before);
	return r;
}
