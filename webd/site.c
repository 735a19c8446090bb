/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files of the page in memory (see site.h). webd's one thread. */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/err.h"
#include "common/file.h"
#include "common/log.h"
#include "common/text.h"
#include "webd/request.h"
#include "webd/site.h"

#define FILES_MAX 256
#define FILE_MAX (4 * 1024 * 1024)
#define DEPTH_MAX 4

struct entry {
	char path[200]; /* "/app.js" */
	const char *type;
	uint8_t *p;
	size_t n;
	char etag[35]; /* in quotes */
};

struct site {
	char www[200];
	unsigned n;
	struct entry entries[FILES_MAX];
};

static const struct {
	const char *suffix, *type;
} types[] = {
	{ ".html", "text/html; charset=utf-8" },
	{ ".js", "text/javascript; charset=utf-8" },
	{ ".css", "text/css; charset=utf-8" },
	{ ".json", "application/json" },
	{ ".map", "application/json" },
	{ ".webmanifest", "application/manifest+json" },
	{ ".svg", "image/svg+xml" },
	{ ".png", "image/png" },
	{ ".jpg", "image/jpeg" },
	{ ".ico", "image/x-icon" },
	{ ".woff2", "font/woff2" },
	{ ".txt", "text/plain; charset=utf-8" },
};

/* The type by suffix; NULL: such a file is not served. */
static const char *
type_of(const char *name)
{
	size_t i, n = strlen(name), m;

	if (n > 3 && strcmp(name + n - 3, ".gz") == 0)
		return "application/gzip";
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		m = strlen(types[i].suffix);
		if (n > m && strcmp(name + n - m, types[i].suffix) == 0)
			return types[i].type;
	}
	return NULL;
}

static void
make_etag(struct entry *f)
{
	uint8_t hash[crypto_hash_sha256_BYTES];
	char hex[33];

	crypto_hash_sha256(hash, f->p, f->n);
	text_hex(hash, 16, hex);
	snprintf(f->etag, sizeof(f->etag), "\"%s\"", hex);
}

static void
add_file(struct site *s, int dir, const char *name, const char *prefix)
{
	struct err e = { .code = ERR_NONE };
	struct entry *f = &s->entries[s->n];

	if ((f->type = type_of(name)) == NULL)
		return;
	if (s->n == FILES_MAX ||
	    (size_t)snprintf(f->path, sizeof(f->path), "%s/%s", prefix, name) >=
		sizeof(f->path)) {
		log_warnx("site",
		    "the page has too many files or too long names; '%s' is left out",
		    name);
		return;
	}
	if (file_get(dir, name, FILE_MAX, &f->p, &f->n, &e) < 0) {
		log_warnx("site", "%s", e.msg);
		return;
	}
	make_etag(f);
	s->n++;
}

static void read_folder(struct site *s, int dir, const char *prefix, int depth);

static void
add_name(struct site *s, int dir, const char *name, const char *prefix, int depth)
{
	char deeper[200];
	struct stat st;
	int fd;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	if (S_ISREG(st.st_mode)) {
		add_file(s, dir, name, prefix);
		return;
	}
	if (!S_ISDIR(st.st_mode) || depth == DEPTH_MAX ||
	    (size_t)snprintf(deeper, sizeof(deeper), "%s/%s", prefix, name) >=
		sizeof(deeper))
		return;
	if ((fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) >=
	    0)
		read_folder(s, fd, deeper, depth + 1);
}

/* Takes dir. */
static void
read_folder(struct site *s, int dir, const char *prefix, int depth)
{
	DIR *d = fdopendir(dir);
	struct dirent *entry;

	if (d == NULL) {
		close(dir);
		return;
	}
	while ((entry = readdir(d)) != NULL) {
		if (entry->d_name[0] != '.')
			add_name(s, dirfd(d), entry->d_name, prefix, depth);
	}
	closedir(d);
}

struct site *
site_new(const char *www)
{
	struct site *s = calloc(1, sizeof(*s));
	int fd;

	if (s == NULL)
		return NULL;
	snprintf(s->www, sizeof(s->www), "%s", www);
	if ((fd = open(www, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		log_warn("site", "the page's folder '%s' cannot be read", www);
	else
		read_folder(s, fd, "", 0);
	return s;
}

void
site_free(struct site *s)
{
	unsigned i;

	if (s == NULL)
		return;
	for (i = 0; i < s->n; i++)
		free(s->entries[i].p);
	free(s);
}

unsigned
site_count(const struct site *s)
{
	return s->n;
}

static const struct entry *
find(const struct site *s, const char *path)
{
	unsigned i;

	for (i = 0; i < s->n; i++) {
		if (strcmp(s->entries[i].path, path) == 0)
			return &s->entries[i];
	}
	return NULL;
}

/* "gzip" as a word of Accept-Encoding, not refused by q=0. */
static bool
takes_gzip(const char *header)
{
	const char *at = header != NULL ? strstr(header, "gzip") : NULL;

	if (at == NULL)
		return false;
	at += 4 + strspn(at + 4, " ");
	return *at != ';' || strncmp(at + 1 + strspn(at + 1, " "), "q=0", 3) != 0 ||
	    strpbrk(at, "123456789") != NULL;
}

static void
serve(const struct entry *f, const char *type, bool gzip, bool vary,
    const struct request *r, struct reply *rep)
{
	if (r->if_none_match != NULL && strstr(r->if_none_match, f->etag) != NULL) {
		reply_empty(rep, 304);
	} else {
		reply_empty(rep, 200);
		rep->kind = REPLY_STATIC;
		rep->type = type;
		rep->bytes = (char *)f->p;
		rep->n = f->n;
		if (gzip)
			reply_header(rep, "Content-Encoding", "gzip");
	}
	rep->cacheable = true;
	reply_header(rep, "ETag", "%s", f->etag);
	/* Kept by the browser, asked for by ETag each time: an upgrade shows at once.
	 */
	reply_header(rep, "Cache-Control", "no-cache");
	if (vary)
		reply_header(rep, "Vary", "Accept-Encoding");
}

static bool
no_page(const struct site *s, struct reply *rep)
{
	char text[600];
	int n;

	n = snprintf(text, sizeof(text),
	    "camherd is running, but its page is not installed: %s holds no "
	    "index.html.\n\n"
	    "In a checkout, 'make' builds it when npm is installed; a package puts it "
	    "into its "
	    "place. [paths] www in camherd.conf names the folder. Restart webd "
	    "afterwards. The "
	    "API below /api/v1 works without the page.\n",
	    s->www);
	reply_text(rep, 503, "text/plain; charset=utf-8", text, (size_t)n);
	return true;
}

bool
site_serve(const struct site *s, const struct request *r, struct reply *rep)
{
	const char *path = strcmp(r->path, "/") == 0 ? "/index.html" : r->path;
	const struct entry *f = find(s, path), *zipped;
	char name[REQUEST_PATH_MAX + 4];

	if (f == NULL)
		return strcmp(r->path, "/") == 0 && no_page(s, rep);
	snprintf(name, sizeof(name), "%s.gz", path);
	zipped = find(s, name);
	if (zipped != NULL && takes_gzip(r->accept_encoding))
		serve(zipped, f->type, true, true, r, rep);
	else
		serve(f, f->type, false, zipped != NULL, r, rep);
	return true;
}
