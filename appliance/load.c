/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An archive taken apart as it comes (see load.h). One thread. */
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
#include <unistd.h>

#include "appliance/load.h"
#include "appliance/load_parts.h"
#include "appliance/save.h"
#include "common/err.h"
#include "common/file.h"
#include "common/text.h"
#include "db/copy.h"
#include "db/db.h"

#define MANIFEST_MAX (64u * 1024 * 1024)
#define STALE_NAME "loading-"

static int
damaged(struct err *e, const char *why)
{
	return err_set(e, ERR_REFUSED, "archive-damaged",
	    "%s. Take another copy of the archive; nothing was changed", why);
}

static int
foreign(struct err *e)
{
	return err_set(e, ERR_REFUSED, "archive-foreign",
	    "this is no archive of camherd's: it does not begin with %s. 'camherd "
	    "archive save' makes one. Nothing was changed",
	    ARCHIVE_HEAD);
}

/* ---- the folder ---- */

int
load_remove_tree(int dir, const char *name, struct err *e)
{
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), r = 0;
	DIR *list = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (list == NULL) {
		if (fd >= 0)
			close(fd);
		return errno == ENOENT ? 0 : err_sys(e, "open '%s'", name);
	}
	while (r == 0 && (entry = readdir(list)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (unlinkat(fd, entry->d_name, 0) == 0)
			continue;
		r = errno == EISDIR || errno == EPERM
		    ? load_remove_tree(fd, entry->d_name, e)
		    : err_sys(e, "remove '%s'", entry->d_name);
	}
	closedir(list);
	if (r == 0 && unlinkat(dir, name, AT_REMOVEDIR) < 0)
		r = err_sys(e, "remove '%s'", name);
	return r;
}

/* Its process holds a lock on it. */
static bool
is_in_use(int state_dir, const char *name)
{
	int fd = openat(
	    state_dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	bool in_use;

	if (fd < 0)
		return false;
	in_use = flock(fd, LOCK_EX | LOCK_NB) < 0;
	close(fd);
	return in_use;
}

/* Left by a process that ended in the middle, or by a person who went away. */
static void
remove_stale(int state_dir)
{
	int fd = openat(state_dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	struct err ignored;

	if (list == NULL) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((entry = readdir(list)) != NULL) {
		if (strncmp(entry->d_name, STALE_NAME, strlen(STALE_NAME)) == 0 &&
		    !is_in_use(state_dir, entry->d_name))
			(void)load_remove_tree(state_dir, entry->d_name, &ignored);
	}
	closedir(list);
}

static struct load *
load_new(const char *state, const char *id, struct err *e)
{
	struct load *l = calloc(1, sizeof(*l));

	if (l == NULL) {
		err_sys(e, "memory for the archive");
		return NULL;
	}
	l->dir = l->state_dir = l->out = -1;
	snprintf(l->id, sizeof(l->id), "%s", id);
	snprintf(l->folder, sizeof(l->folder), STALE_NAME "%s", id);
	snprintf(l->state, sizeof(l->state), "%s", state);
	l->keep = true;
	l->state_dir = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (l->state_dir < 0) {
		err_sys(e, "open the state folder '%s'", state);
		load_free(l);
		return NULL;
	}
	return l;
}

static int
open_folder(struct load *l, struct err *e)
{
	l->dir = openat(
	    l->state_dir, l->folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (l->dir < 0)
		return err_sys(e, "open '%s/%s'", l->state, l->folder);
	(void)flock(l->dir, LOCK_EX | LOCK_NB);
	return 0;
}

static int
make_folder(struct load *l, const char *passphrase, struct err *e)
{
	if (faccessat(l->state_dir, LOAD_READY, F_OK, 0) == 0)
		return err_set(e, ERR_REFUSED, "archive-under-way",
		    "flashd is taking in another archive just now; wait for its end "
		    "('camherd status' shows whether flashd is up)");
	remove_stale(l->state_dir);
	if (mkdirat(l->state_dir, l->folder, 0770) < 0)
		return err_sys(e, "make '%s/%s'", l->state, l->folder);
	l->keep = false;
	if (passphrase != NULL && (l->passphrase = strdup(passphrase)) == NULL)
		return err_sys(e, "memory for the archive");
	return open_folder(l, e);
}

struct load *
load_start(const char *state, const char *passphrase, struct err *e)
{
	uint8_t random[16];
	char id[33];
	struct load *l;

	randombytes_buf(random, sizeof(random));
	text_hex(random, sizeof(random), id);
	if ((l = load_new(state, id, e)) == NULL)
		return NULL;
	if (make_folder(l, passphrase, e) < 0) {
		load_free(l);
		return NULL;
	}
	return l;
}

struct load *
load_again(const char *state, const char *id, struct err *e)
{
	uint8_t bytes[16];
	struct load *l;

	if (text_unhex(id, bytes, sizeof(bytes)) < 0) {
		err_set(e, ERR_USAGE, "bad-request", "'id' is no archive's");
		return NULL;
	}
	if ((l = load_new(state, id, e)) == NULL)
		return NULL;
	if (open_folder(l, e) < 0 || faccessat(l->dir, LOAD_CHECKED, F_OK, 0) < 0) {
		err_set(e, ERR_NOT_FOUND, "archive-gone",
		    "this archive is not here any more; send it again");
		load_free(l);
		return NULL;
	}
	l->stage = LOAD_SOUND;
	return l;
}

const char *
load_id(const struct load *l)
{
	return l->id;
}

void
load_keep(struct load *l)
{
	l->keep = true;
}

void
load_free(struct load *l)
{
	struct err ignored;

	if (l == NULL)
		return;
	if (l->out >= 0)
		close(l->out);
	if (l->dir >= 0)
		close(l->dir);
	if (!l->keep)
		(void)load_remove_tree(l->state_dir, l->folder, &ignored);
	if (l->state_dir >= 0)
		close(l->state_dir);
	if (l->passphrase != NULL)
		sodium_memzero(l->passphrase, strlen(l->passphrase));
	free(l->passphrase);
	if (l->cipher != NULL)
		free(l->cipher);
	free(l->manifest.p);
	free(l->wanted.p);
	json_decref(l->head);
	free(l);
}

/* ---- one file ---- */

/* Folders are made as they are named; what exists is ours, this is a new folder. */
static int
make_parents(struct load *l, const char *path, struct err *e)
{
	char part[TAR_PATH_MAX];
	size_t i;

	snprintf(part, sizeof(part), "%s", path);
	for (i = 0; part[i] != '\0'; i++) {
		if (part[i] != '/')
			continue;
		part[i] = '\0';
		if (mkdirat(l->dir, part, 0770) < 0 && errno != EEXIST)
			return err_sys(e, "make the folder '%s' of the archive", part);
		part[i] = '/';
	}
	return 0;
}

static bool
belongs(const char *path)
{
	return strncmp(path, "state/", 6) == 0 ? !save_leaves_out(path + 6) ||
		strcmp(path, "state/" DB_NAME) == 0
					       : strncmp(path, "config/", 7) == 0;
}

/* Dumps are never written again; what else there is belongs to the group, but for what
 * nobody else may read. */
static mode_t
mode_for(const struct tar_entry *t)
{
	if (strncmp(t->path, "state/dumps/", 12) == 0)
		return 0440;
	return (t->mode & 0040) != 0 ? 0660 : 0600;
}

static int
open_out(struct load *l, struct err *e)
{
	if (!belongs(l->entry.path))
		return err_set(e, ERR_REFUSED, "archive-foreign",
		    "the archive holds '%s', which is no part of an appliance. Nothing "
		    "was changed",
		    l->entry.path);
	if (make_parents(l, l->entry.path, e) < 0)
		return -1;
	l->out = openat(l->dir, l->entry.path,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode_for(&l->entry));
	if (l->out >= 0)
		return fchmod(l->out, mode_for(&l->entry)) < 0
		    ? err_sys(e, "chmod '%s'", l->entry.path)
		    : 0;
	if (errno == EEXIST || errno == EISDIR || errno == ENOTDIR)
		return damaged(e, "the archive holds a name twice");
	return err_sys(e, "make '%s' of the archive", l->entry.path);
}

static int
text_put(struct load_text *t, const void *p, size_t n, struct err *e)
{
	size_t size = t->size > 0 ? t->size : 4096;
	char *more;

	while (size < t->n + n + 1)
		size *= 2;
	if (size != t->size) {
		if (size > MANIFEST_MAX || (more = realloc(t->p, size)) == NULL)
			return err_set(e, ERR_FAILED, "no-memory",
			    "the list of the archive's files is too long");
		t->p = more;
		t->size = size;
	}
	memcpy(t->p + t->n, p, n);
	t->n += n;
	t->p[t->n] = '\0';
	return 0;
}

static int
want(const json_t *doc, const char *key, json_int_t max, json_int_t *ret, struct err *e)
{
	const json_t *v = json_object_get(doc, key);

	if (!json_is_integer(v) || json_integer_value(v) < 0 ||
	    json_integer_value(v) > max)
		return damaged(e, "the archive does not say what it holds");
	*ret = json_integer_value(v);
	return 0;
}

static int
check_room(struct load *l, struct err *e)
{
	uint64_t bytes;

	if (file_free_bytes(l->dir, &bytes, e) < 0)
		return -1;
	if (bytes >= l->bytes && bytes - l->bytes >= LOAD_SPARE_BYTES)
		return 0;
	return err_set(e, ERR_FAILED, "disk-full",
	    "the archive holds %llu MiB and there are %llu MiB free on the disk of '%s'; "
	    "64 MiB have to stay free. Make room and try again; nothing was changed",
	    (unsigned long long)(l->bytes >> 20), (unsigned long long)(bytes >> 20),
	    l->state);
}

/* The first file: what the others will be, so that nothing comes unannounced. */
static int
read_head(struct load *l, struct err *e)
{
	json_int_t format, schema, files, bytes;

	l->head = json_loadb(l->wanted.p, l->wanted.n, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(l->head) ||
	    want(l->head, "format", 1000, &format, e) < 0)
		return foreign(e);
	if (format != ARCHIVE_FORMAT)
		return err_set(e, ERR_REFUSED, "archive-newer",
		    "the archive has format %d, made by a newer camherd; this one (%s) "
		    "reads format %d. Install that version, then load it. Nothing was "
		    "changed",
		    (int)format, PACKAGE_VERSION, ARCHIVE_FORMAT);
	if (want(l->head, "schema", 9999, &schema, e) < 0 ||
	    want(l->head, "files", ARCHIVE_FILES_MAX, &files, e) < 0 ||
	    want(l->head, "bytes", (json_int_t)1 << 50, &bytes, e) < 0)
		return -1;
	l->files = (unsigned)files;
	l->bytes = (uint64_t)bytes;
	l->wanted.n = 0;
	return check_room(l, e);
}

static int
begin_entry(struct load *l, struct err *e)
{
	const struct tar_entry *t = &l->entry;

	l->left = t->size;
	l->pad = tar_padding(t->size);
	crypto_hash_sha256_init(&l->sha);
	if (l->head == NULL) {
		if (strcmp(t->path, ARCHIVE_HEAD) != 0 || t->size > ARCHIVE_HEAD_MAX)
			return foreign(e);
		l->into_text = true;
		return 0;
	}
	l->is_manifest = strcmp(t->path, ARCHIVE_MANIFEST) == 0;
	l->into_text = l->is_manifest;
	if (l->is_manifest)
		return t->size <= MANIFEST_MAX ? 0
					       : damaged(e, "its manifest is too long");
	if (l->n_files >= l->files || t->size > l->bytes - l->got)
		return damaged(e, "the archive holds more than it said");
	l->n_files++;
	l->got += t->size;
	return open_out(l, e);
}

static int
check_dump(const struct load *l, const char *hex, struct err *e)
{
	const char *name = l->entry.path + strlen("state/dumps/");

	if (strncmp(l->entry.path, "state/dumps/", 12) != 0 ||
	    strchr(name, '/') != NULL || strlen(name) != 68 ||
	    strcmp(name + 64, ".bin") != 0 || strncmp(name, hex, 64) == 0)
		return 0;
	return err_set(e, ERR_REFUSED, "archive-dump-damaged",
	    "the dump %.8s in the archive is damaged: its bytes have the SHA-256 %.8s…. "
	    "It was so when the archive was made. Nothing was changed",
	    name, hex);
}

static int
end_entry(struct load *l, struct err *e)
{
	unsigned char digest[crypto_hash_sha256_BYTES];
	char hex[67];

	if (l->out >= 0 && close(l->out) < 0) {
		l->out = -1;
		return err_sys(e, "write '%s' of the archive", l->entry.path);
	}
	l->out = -1;
	if (l->is_manifest) {
		if (l->n_files != l->files || l->got != l->bytes)
			return damaged(e, "files of the archive are missing");
		if (l->wanted.n != l->manifest.n ||
		    memcmp(l->wanted.p, l->manifest.p, l->manifest.n) != 0)
			return damaged(e, "a file of the archive is not as its manifest "
					  "says");
		l->stage = LOAD_END;
		return 0;
	}
	crypto_hash_sha256_final(&l->sha, digest);
	text_hex(digest, sizeof(digest), hex);
	if (check_dump(l, hex, e) < 0)
		return -1;
	memcpy(hex + 64, "  ", 3);
	if (text_put(&l->manifest, hex, 66, e) < 0 ||
	    text_put(&l->manifest, l->entry.path, strlen(l->entry.path), e) < 0 ||
	    text_put(&l->manifest, "\n", 1, e) < 0)
		return -1;
	return l->head == NULL ? read_head(l, e) : 0;
}

/* ---- the bytes ---- */

static int
on_block(struct load *l, struct err *e)
{
	int r;

	if (l->stage == LOAD_END) {
		r = tar_parse(l->block, &l->entry, e);
		return r == 0 ? 0
			      : damaged(e, "there is more behind the end of the archive");
	}
	if (l->head == NULL && memcmp(l->block + 257, "ustar", 5) != 0)
		return foreign(e);
	if ((r = tar_parse(l->block, &l->entry, e)) < 0)
		return -1;
	if (r == 0)
		return l->head == NULL ? foreign(e)
				       : damaged(e, "the archive ends too early");
	l->in_entry = true;
	return begin_entry(l, e);
}

static int
put_body(struct load *l, const uint8_t *p, size_t n, struct err *e)
{
	crypto_hash_sha256_update(&l->sha, p, n);
	if (l->into_text)
		return text_put(&l->wanted, p, n, e);
	if (file_write_all(l->out, p, n, e) == 0)
		return 0;
	return errno == ENOSPC || errno == EDQUOT
	    ? err_set(e, ERR_FAILED, "disk-full",
		  "the disk of '%s' is full. Make room and try again; nothing was "
		  "changed",
		  l->state)
	    : err_add(e, "keep '%s' of the archive", l->entry.path);
}

/* Take some of the bytes; how many, or -1. */
static ssize_t
put_some(struct load *l, const uint8_t *p, size_t n, struct err *e)
{
	size_t take;

	if (!l->in_entry) {
		take = TAR_BLOCK - l->n_block < n ? TAR_BLOCK - l->n_block : n;
		memcpy(l->block + l->n_block, p, take);
		l->n_block += take;
		if (l->n_block == TAR_BLOCK) {
			l->n_block = 0;
			if (on_block(l, e) < 0)
				return -1;
		}
		return (ssize_t)take;
	}
	take = l->left < n ? (size_t)l->left : n;
	if (take > 0) {
		l->left -= take;
		return put_body(l, p, take, e) < 0 ? -1 : (ssize_t)take;
	}
	take = l->pad < n ? l->pad : n;
	l->pad -= take;
	return (ssize_t)take;
}

static int
put_plain(struct load *l, const uint8_t *p, size_t n, struct err *e)
{
	ssize_t took;

	while (n > 0 || (l->in_entry && l->left == 0 && l->pad == 0)) {
		if (l->in_entry && l->left == 0 && l->pad == 0) {
			l->in_entry = false;
			if (end_entry(l, e) < 0)
				return -1;
			continue;
		}
		if ((took = put_some(l, p, n, e)) < 0)
			return -1;
		p += took;
		n -= (size_t)took;
	}
	return 0;
}

static int
open_block(struct load *l, struct err *e)
{
	uint8_t plain[SEAL_BLOCK];
	int n = unseal_block(&l->seal, l->cipher, l->n_cipher, !l->opened, plain, e);
	int r;

	l->n_cipher = 0;
	if (n < 0)
		return -1;
	l->opened = true;
	r = put_plain(l, plain, (size_t)n, e);
	sodium_memzero(plain, sizeof(plain));
	return r;
}

static int
start_unseal(struct load *l, struct err *e)
{
	if (l->passphrase == NULL)
		return err_set(e, ERR_REFUSED, "passphrase-needed",
		    "this archive is sealed with a passphrase; give it "
		    "(--passphrase-file). Nothing was changed");
	l->n_cipher = 0;
	return unseal_start(&l->seal, l->passphrase, l->cipher, e);
}

/* A sealed archive: its head, then block after block. */
static int
put_sealed(struct load *l, const uint8_t *p, size_t n, struct err *e)
{
	size_t want_n, take;

	while (n > 0) {
		want_n = l->sealed == SEALED_HEAD ? SEAL_HEAD : SEAL_CIPHER;
		take = want_n - l->n_cipher < n ? want_n - l->n_cipher : n;
		memcpy(l->cipher + l->n_cipher, p, take);
		l->n_cipher += take;
		p += take;
		n -= take;
		if (l->n_cipher < want_n)
			break;
		if (l->sealed == SEALED_HEAD) {
			l->sealed = SEALED_BLOCKS;
			if (start_unseal(l, e) < 0)
				return -1;
		} else if (open_block(l, e) < 0) {
			return -1;
		}
	}
	return 0;
}

/* The first bytes tell whether it is sealed. */
static int
put_first(struct load *l, const uint8_t *p, size_t n, struct err *e)
{
	size_t take = SEAL_MAGIC_LEN - l->n_cipher;

	if (l->cipher == NULL && (l->cipher = malloc(SEAL_CIPHER)) == NULL)
		return err_sys(e, "memory for the archive");
	take = take < n ? take : n;
	memcpy(l->cipher + l->n_cipher, p, take);
	l->n_cipher += take;
	if (l->n_cipher < SEAL_MAGIC_LEN)
		return 0;
	if (memcmp(l->cipher, SEAL_MAGIC, SEAL_MAGIC_LEN) == 0) {
		l->sealed = SEALED_HEAD;
		return put_sealed(l, p + take, n - take, e);
	}
	l->sealed = SEALED_NOT;
	if (put_plain(l, l->cipher, SEAL_MAGIC_LEN, e) < 0)
		return -1;
	return put_plain(l, p + take, n - take, e);
}

int
load_put(struct load *l, const void *p, size_t n, struct err *e)
{
	int r;

	if (l->failed.code != ERR_NONE) {
		*e = l->failed;
		return -1;
	}
	r = l->sealed == SEALED_UNKNOWN ? put_first(l, p, n, e)
	    : l->sealed == SEALED_NOT	? put_plain(l, p, n, e)
					: put_sealed(l, p, n, e);
	if (r < 0)
		l->failed = *e;
	return r;
}

/* The inventory must open with this program, or after an upgrade of the copy. */
static int
check_inventory(struct load *l, struct err *e)
{
	char folder[sizeof(l->state) + 100];

	snprintf(folder, sizeof(folder), "%s/%s/state", l->state, l->folder);
	if (faccessat(l->dir, "state/" DB_NAME, F_OK, 0) < 0)
		return damaged(e, "there is no inventory in the archive");
	if (db_adopt_prepare(folder, e) == 0)
		return 0;
	if (strcmp(e->name, "schema-newer") == 0)
		return err_set(e, ERR_REFUSED, "archive-newer",
		    "the inventory in the archive was made by a newer camherd (%s). "
		    "Install that version, then load it. Nothing was changed",
		    json_is_string(json_object_get(l->head, "camherd"))
			? json_string_value(json_object_get(l->head, "camherd"))
			: "?");
	if (strcmp(e->name, "archive-damaged") == 0)
		return -1;
	return err_add(e, "the inventory of the archive cannot be used");
}

/* All of it reaches the disk before it may be called sound. */
static int
mark_sound(struct load *l, struct err *e)
{
	char *text = json_dumps(l->head, JSON_COMPACT);
	int r;

	if (text == NULL)
		return err_set(e, ERR_FAILED, "no-memory", "memory for the archive");
	if (syncfs(l->dir) < 0)
		r = err_sys(e, "sync '%s/%s'", l->state, l->folder);
	else
		r = file_put(l->dir, LOAD_CHECKED, text, strlen(text), 0660, e);
	free(text);
	if (r == 0)
		l->stage = LOAD_SOUND;
	return r;
}

int
load_finish(struct load *l, struct err *e)
{
	if (l->failed.code != ERR_NONE) {
		*e = l->failed;
		return -1;
	}
	if (l->sealed == SEALED_UNKNOWN)
		return foreign(e);
	if (l->sealed == SEALED_BLOCKS && l->n_cipher > 0 && open_block(l, e) < 0)
		return -1;
	if (l->head == NULL && l->sealed == SEALED_NOT && l->got == 0 && l->n_block > 0)
		return foreign(e);
	if (l->stage != LOAD_END || l->n_block > 0 ||
	    (l->sealed != SEALED_NOT && !l->seal.ended))
		return damaged(e, "the archive is cut off");
	if (check_inventory(l, e) < 0)
		return -1;
	return mark_sound(l, e);
}
