/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The whole appliance as one stream (see save.h). One thread. */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "appliance/save.h"
#include "appliance/seal.h"
#include "appliance/tar.h"
#include "common/conf.h"
#include "common/err.h"
#include "common/text.h"
#include "db/copy.h"
#include "db/db.h"

struct save_file {
	char *from;	/* on this machine; NULL: fd or text holds it */
	char path[TAR_PATH_MAX];
	uint64_t size;
	unsigned mode;
	int64_t mtime_s;
};

struct text {
	char *p;
	size_t n, size;
};

enum part { PART_HEAD, PART_BODY, PART_PAD, PART_MANIFEST, PART_END, PART_DONE };

struct save {
	struct save_file *files;
	unsigned n, room;
	unsigned at;		/* the file on its way */
	enum part part;
	uint8_t block[TAR_BLOCK];	/* of PART_HEAD and PART_PAD */
	size_t left_block;	/* of it, not yet read */
	size_t end_left;	/* zeroes behind the manifest */
	int fd;
	uint64_t left;		/* of the file */
	crypto_hash_sha256_state sha;
	struct text head, manifest;
	size_t manifest_at;
	int db_fd;		/* the inventory's picture; nobody else sees the file */
	uint64_t total;
	/* sealed: */
	struct seal *seal;
	uint8_t *cipher;
	size_t cipher_at, cipher_n;
};

/* ---- what goes in ---- */

int
save_leaves_out(const char *path)
{
	const char *name = strrchr(path, '/');
	size_t n;

	name = name != NULL ? name + 1 : path;
	n = strlen(name);
	/* Locks, unfinished files. */
	if (name[0] == '.' || strstr(name, ".part") != NULL ||
	    (n > 4 && strcmp(name + n - 4, ".new") == 0))
		return 1;
	/* The inventory comes as a picture of its own. */
	return strncmp(path, DB_NAME, strlen(DB_NAME)) == 0 ||
	    strncmp(path, "loading", 7) == 0 || strncmp(path, "before-", 7) == 0 ||
	    strncmp(path, "from-archive", 12) == 0;
}

static int
text_add(struct text *t, const char *p, struct err *e)
{
	size_t n = strlen(p), size = t->size > 0 ? t->size : 4096;
	char *more;

	while (size < t->n + n + 1)
		size *= 2;
	if (size != t->size) {
		if ((more = realloc(t->p, size)) == NULL)
			return err_sys(e, "memory for the archive");
		t->p = more;
		t->size = size;
	}
	memcpy(t->p + t->n, p, n + 1);
	t->n += n;
	return 0;
}

static struct save_file *
add_file(struct save *s, const char *from, const char *path, const struct stat *st,
    struct err *e)
{
	struct save_file *more, *f;
	unsigned room = s->room > 0 ? s->room * 2 : 64;

	if (s->n >= ARCHIVE_FILES_MAX || strlen(path) >= TAR_PATH_MAX) {
		err_set(e, ERR_REFUSED, "archive-too-large",
		    s->n >= ARCHIVE_FILES_MAX
			? "there are more than 200,000 files to save"
			: "'%s' has too long a name for an archive",
		    path);
		return NULL;
	}
	if (s->n == s->room) {
		if ((more = realloc(s->files, room * sizeof(*more))) == NULL) {
			err_sys(e, "memory for the archive");
			return NULL;
		}
		s->files = more;
		s->room = room;
	}
	f = &s->files[s->n];
	memset(f, 0, sizeof(*f));
	if (from != NULL && (f->from = strdup(from)) == NULL) {
		err_sys(e, "memory for the archive");
		return NULL;
	}
	snprintf(f->path, sizeof(f->path), "%s", path);
	f->size = (uint64_t)st->st_size;
	f->mode = st->st_mode & 0777;
	f->mtime_s = (int64_t)st->st_mtime;
	s->n++;
	s->total += TAR_BLOCK + f->size + tar_padding(f->size);
	return f;
}

/* A file that we may not read would be missing from the archive: better none. */
static int
add_readable(struct save *s, const char *from, const char *path, struct err *e)
{
	struct stat st;

	if (lstat(from, &st) < 0)
		return err_sys(e, "look at '%s'", from);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_REFUSED, "archive-odd-file",
		    "'%s' is no plain file; an archive cannot hold it. Move it out of "
		    "the state folder",
		    from);
	if (access(from, R_OK) < 0) {
		err_sys(e, "read '%s'", from);
		return err_add(e,
		    "the archive would not be whole; run it as root or as a member of "
		    "the group camherd");
	}
	return add_file(s, from, path, &st, e) != NULL ? 0 : -1;
}

static int add_folder(struct save *s, const char *state, const char *folder,
    unsigned depth, struct err *e);

static int
add_entry(struct save *s, const char *state, const char *path, unsigned depth,
    struct err *e)
{
	char from[CONF_PATH_MAX + TAR_PATH_MAX + 8], to[TAR_PATH_MAX + 8];
	struct stat st;

	snprintf(from, sizeof(from), "%s/%s", state, path);
	snprintf(to, sizeof(to), "state/%s", path);
	if (lstat(from, &st) < 0)
		return errno == ENOENT ? 0 : err_sys(e, "look at '%s'", from);
	if (S_ISDIR(st.st_mode))
		return add_folder(s, state, path, depth + 1, e);
	/* Doors between programs hold nothing. */
	if (S_ISSOCK(st.st_mode) || S_ISFIFO(st.st_mode))
		return 0;
	return add_readable(s, from, to, e);
}

static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* folder "" = STATE itself. */
static int
add_folder(struct save *s, const char *state, const char *folder, unsigned depth,
    struct err *e)
{
	char path[CONF_PATH_MAX + TAR_PATH_MAX + 2], inner[TAR_PATH_MAX];
	struct dirent **list;
	int i, n, r = 0;

	snprintf(path, sizeof(path), "%s/%s", state, folder);
	if (depth > 6)
		return err_set(e, ERR_REFUSED, "archive-too-deep",
		    "'%s' lies too deep for an archive", path);
	if ((n = scandir(path, &list, NULL, by_name)) < 0) {
		err_sys(e, "list the folder '%s'", path);
		return err_add(e, "the archive would not be whole; run it as root or as "
				  "a member of the group camherd");
	}
	for (i = 0; i < n; i++) {
		if (r == 0 &&
		    snprintf(inner, sizeof(inner), "%s%s%s", folder,
			folder[0] != '\0' ? "/" : "", list[i]->d_name) >=
			(int)sizeof(inner))
			r = err_set(e, ERR_REFUSED, "archive-path",
			    "'%s/%s' has too long a name for an archive", path,
			    list[i]->d_name);
		if (r == 0 && !save_leaves_out(inner))
			r = add_entry(s, state, inner, depth, e);
		free(list[i]);
	}
	free(list);
	return r;
}

/* The configuration, and conf.d beside it. None is as good as the defaults. */
static int
add_config(struct save *s, const char *conf_file, struct err *e)
{
	char folder[CONF_PATH_MAX * 2], from[CONF_PATH_MAX * 2 + 260], to[300];
	const char *slash = strrchr(conf_file, '/');
	struct dirent **list;
	int i, n, r = 0;

	if (access(conf_file, F_OK) == 0 &&
	    add_readable(s, conf_file, "config/camherd.conf", e) < 0)
		return -1;
	snprintf(folder, sizeof(folder), "%.*s/conf.d",
	    slash != NULL ? (int)(slash - conf_file) : 1,
	    slash != NULL ? conf_file : ".");
	if ((n = scandir(folder, &list, NULL, by_name)) < 0)
		return errno == ENOENT ? 0 : err_sys(e, "list '%s'", folder);
	for (i = 0; i < n; i++) {
		size_t length = strlen(list[i]->d_name);

		snprintf(from, sizeof(from), "%s/%s", folder, list[i]->d_name);
		snprintf(to, sizeof(to), "config/conf.d/%s", list[i]->d_name);
		if (r == 0 && list[i]->d_name[0] != '.' && length > 5 &&
		    strcmp(list[i]->d_name + length - 5, ".conf") == 0)
			r = add_readable(s, from, to, e);
		free(list[i]);
	}
	free(list);
	return r;
}

struct extra {
	struct save *s;
	const char *state;
	struct err *e;
	int r;
};

/* A certificate, a key or a password file that the configuration names. Those within
 * STATE come with it. */
static void
add_extra(const char *key, const char *path, void *arg)
{
	struct extra *x = arg;
	size_t n = strlen(x->state);
	char to[TAR_PATH_MAX];
	const char *slash = strrchr(path, '/');

	if (x->r < 0 || (strncmp(path, x->state, n) == 0 && path[n] == '/'))
		return;
	snprintf(to, sizeof(to), "config/files/%s/%.180s", key,
	    slash != NULL ? slash + 1 : path);
	x->r = add_readable(x->s, path, to, x->e);
}

static int
add_inventory(struct save *s, struct db *db, const struct conf *conf, struct err *e)
{
	struct save_file *f;
	struct stat st;

	if ((s->db_fd = db_copy_open(db, conf->state, e)) < 0)
		return -1;
	if (fstat(s->db_fd, &st) < 0)
		return err_sys(e, "look at the inventory's copy");
	st.st_mode = S_IFREG | 0660;
	st.st_mtime = time(NULL);
	f = add_file(s, NULL, "state/" DB_NAME, &st, e);
	return f != NULL ? 0 : -1;
}

/* The first file is made last, when the others are known. */
static int
make_head(struct save *s, struct db *db, struct err *e)
{
	uint64_t bytes = 0;
	char host[65] = "";
	char *text;
	unsigned i;
	json_t *doc;
	int schema = db_schema(db);

	for (i = 1; i < s->n; i++)
		bytes += s->files[i].size;
	(void)gethostname(host, sizeof(host) - 1);
	doc = json_pack("{s:i,s:s,s:i,s:I,s:s,s:i,s:I}", "format", ARCHIVE_FORMAT,
	    "camherd", PACKAGE_VERSION, "schema", schema, "created_s",
	    (json_int_t)time(NULL), "host", text_is_slug(host) ? host : "", "files",
	    (int)s->n - 1, "bytes", (json_int_t)bytes);
	text = doc != NULL ? json_dumps(doc, JSON_INDENT(1)) : NULL;
	json_decref(doc);
	if (text == NULL)
		return err_set(e, ERR_FAILED, "no-memory", "memory for the archive");
	if (text_add(&s->head, text, e) < 0 || text_add(&s->head, "\n", e) < 0) {
		free(text);
		return -1;
	}
	free(text);
	s->files[0].size = s->head.n;
	s->total += s->head.n + tar_padding(s->head.n);
	return 0;
}

static int
add_all(struct save *s, struct db *db, const struct conf *conf, const char *conf_file,
    struct err *e)
{
	struct stat head = { .st_mode = S_IFREG | 0644, .st_mtime = time(NULL) };
	struct extra x = { s, conf->state, e, 0 };
	unsigned i;

	if (add_file(s, NULL, ARCHIVE_HEAD, &head, e) == NULL ||
	    add_inventory(s, db, conf, e) < 0 || add_folder(s, conf->state, "", 0, e) < 0 ||
	    add_config(s, conf_file, e) < 0)
		return -1;
	conf_files(conf, add_extra, &x);
	if (x.r < 0 || make_head(s, db, e) < 0)
		return -1;
	/* The manifest: 64 digits, two blanks, the path, a newline. */
	for (i = 0; i < s->n; i++)
		s->end_left += 67 + strlen(s->files[i].path);
	s->total += TAR_BLOCK + s->end_left + tar_padding(s->end_left) + 2 * TAR_BLOCK;
	s->end_left = 2 * TAR_BLOCK;
	return 0;
}

/* ---- the bytes ---- */

static int
begin_file(struct save *s, struct err *e)
{
	struct save_file *f = &s->files[s->at];
	struct tar_entry t = { .size = f->size, .mode = f->mode, .mtime_s = f->mtime_s };
	struct stat st;

	snprintf(t.path, sizeof(t.path), "%s", f->path);
	if (f->from != NULL) {
		s->fd = open(f->from, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
		if (s->fd < 0 || fstat(s->fd, &st) < 0)
			return err_sys(e, "open '%s'", f->from);
		if ((uint64_t)st.st_size < f->size)
			return err_set(e, ERR_FAILED, "archive-changed",
			    "'%s' became shorter while it was saved; begin again", f->from);
	}
	s->left = f->size;
	crypto_hash_sha256_init(&s->sha);
	if (tar_format(&t, s->block, e) < 0)
		return -1;
	s->left_block = TAR_BLOCK;
	return 0;
}

static int
end_file(struct save *s, struct err *e)
{
	unsigned char digest[crypto_hash_sha256_BYTES];
	char hex[65];

	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	crypto_hash_sha256_final(&s->sha, digest);
	text_hex(digest, sizeof(digest), hex);
	if (text_add(&s->manifest, hex, e) < 0 || text_add(&s->manifest, "  ", e) < 0 ||
	    text_add(&s->manifest, s->files[s->at].path, e) < 0 ||
	    text_add(&s->manifest, "\n", e) < 0)
		return -1;
	memset(s->block, 0, sizeof(s->block));
	s->left_block = tar_padding(s->files[s->at].size);
	return 0;
}

static ssize_t
read_body(struct save *s, uint8_t *p, size_t max, struct err *e)
{
	const struct save_file *f = &s->files[s->at];
	size_t n = s->left < max ? (size_t)s->left : max;
	uint64_t at = f->size - s->left;
	ssize_t r;

	if (f->from == NULL && s->at == 0) {
		memcpy(p, s->head.p + at, n);
		r = (ssize_t)n;
	} else {
		r = pread(f->from == NULL ? s->db_fd : s->fd, p, n, (off_t)at);
	}
	if (r < 0)
		return err_sys(e, "read '%s'", f->from != NULL ? f->from : f->path);
	if (r == 0 && n > 0)
		return err_set(e, ERR_FAILED, "archive-changed",
		    "'%s' became shorter while it was saved; begin again", f->path);
	crypto_hash_sha256_update(&s->sha, p, (size_t)r);
	s->left -= (uint64_t)r;
	return r;
}

static size_t
take_block(struct save *s, uint8_t *p, size_t max)
{
	size_t n = s->left_block < max ? s->left_block : max;

	memcpy(p, s->block + TAR_BLOCK - s->left_block, n);
	s->left_block -= n;
	return n;
}

static int
begin_manifest(struct save *s, struct err *e)
{
	struct tar_entry t = { .path = ARCHIVE_MANIFEST, .size = s->manifest.n,
		.mode = 0644, .mtime_s = (int64_t)time(NULL) };

	if (tar_format(&t, s->block, e) < 0)
		return -1;
	s->left_block = TAR_BLOCK;
	s->end_left += tar_padding(s->manifest.n);
	s->part = PART_MANIFEST;
	return 0;
}

/* What follows the part that is through. */
static int
next_part(struct save *s, struct err *e)
{
	switch (s->part) {
	case PART_HEAD:
		s->part = PART_BODY;
		return 0;
	case PART_BODY:
		s->part = PART_PAD;
		return end_file(s, e);
	case PART_PAD:
		if (++s->at == s->n)
			return begin_manifest(s, e);
		s->part = PART_HEAD;
		return begin_file(s, e);
	case PART_MANIFEST:
		s->part = PART_END;
		return 0;
	default:
		s->part = PART_DONE;
		return 0;
	}
}

/* 0 = the part is through. */
static ssize_t
read_part(struct save *s, uint8_t *p, size_t max, struct err *e)
{
	size_t n;

	if (s->left_block > 0)
		return (ssize_t)take_block(s, p, max);
	switch (s->part) {
	case PART_BODY:
		return s->left > 0 ? read_body(s, p, max, e) : 0;
	case PART_MANIFEST:
		n = s->manifest.n - s->manifest_at;
		n = n < max ? n : max;
		memcpy(p, s->manifest.p + s->manifest_at, n);
		s->manifest_at += n;
		return (ssize_t)n;
	case PART_END:
		n = s->end_left < max ? s->end_left : max;
		memset(p, 0, n);
		s->end_left -= n;
		return (ssize_t)n;
	default:
		return 0;
	}
}

static ssize_t
read_plain(struct save *s, uint8_t *p, size_t max, struct err *e)
{
	size_t have = 0;
	ssize_t n;

	while (have < max && s->part != PART_DONE) {
		if ((n = read_part(s, p + have, max - have, e)) < 0)
			return -1;
		if (n == 0 && next_part(s, e) < 0)
			return -1;
		have += (size_t)n;
	}
	return (ssize_t)have;
}

static int
fill_cipher(struct save *s, struct err *e)
{
	uint8_t plain[SEAL_BLOCK];
	ssize_t n = read_plain(s, plain, sizeof(plain), e);

	if (n < 0)
		return -1;
	s->cipher_n =
	    seal_block(s->seal, plain, (size_t)n, s->part == PART_DONE, s->cipher);
	s->cipher_at = 0;
	sodium_memzero(plain, sizeof(plain));
	return 0;
}

ssize_t
save_read(struct save *s, void *p, size_t max, struct err *e)
{
	size_t n;

	if (s->seal == NULL)
		return read_plain(s, p, max, e);
	if (s->cipher_at == s->cipher_n && !s->seal->ended && fill_cipher(s, e) < 0)
		return -1;
	n = s->cipher_n - s->cipher_at;
	n = n < max ? n : max;
	memcpy(p, s->cipher + s->cipher_at, n);
	s->cipher_at += n;
	return (ssize_t)n;
}

static int
start_seal(struct save *s, const char *passphrase, struct err *e)
{
	uint64_t blocks;

	s->seal = calloc(1, sizeof(*s->seal));
	s->cipher = malloc(SEAL_CIPHER);
	if (s->seal == NULL || s->cipher == NULL)
		return err_sys(e, "memory for the archive");
	if (seal_start(s->seal, passphrase, s->cipher, e) < 0)
		return -1;
	s->cipher_n = SEAL_HEAD;
	/* A last block that is full is followed by an empty one. */
	blocks = s->total / SEAL_BLOCK + 1;
	s->total += SEAL_HEAD + blocks * (SEAL_CIPHER - SEAL_BLOCK);
	return 0;
}

struct save *
save_start(struct db *db, const struct conf *conf, const char *conf_file,
    const char *passphrase, struct err *e)
{
	struct save *s = calloc(1, sizeof(*s));

	if (s == NULL) {
		err_sys(e, "memory for the archive");
		return NULL;
	}
	s->fd = s->db_fd = -1;
	if ((passphrase != NULL && seal_judge(passphrase, e) < 0) ||
	    add_all(s, db, conf, conf_file, e) < 0 ||
	    (passphrase != NULL && start_seal(s, passphrase, e) < 0) ||
	    begin_file(s, e) < 0) {
		save_free(s);
		return NULL;
	}
	return s;
}

uint64_t
save_total(const struct save *s)
{
	return s->total;
}

unsigned
save_files(const struct save *s)
{
	return s->n;
}

void
save_free(struct save *s)
{
	unsigned i;

	if (s == NULL)
		return;
	for (i = 0; i < s->n; i++)
		free(s->files[i].from);
	if (s->fd >= 0)
		close(s->fd);
	if (s->db_fd >= 0)
		close(s->db_fd);
	if (s->seal != NULL)
		sodium_memzero(s->seal, sizeof(*s->seal));
	free(s->seal);
	free(s->cipher);
	free(s->files);
	free(s->head.p);
	free(s->manifest.p);
	free(s);
}
