/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Headers of a ustar archive (see tar.h). Pure; any thread. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "appliance/tar.h"
#include "common/err.h"
#include "common/text.h"

/* Where the fields of the header lie. */
enum {
	AT_NAME = 0, N_NAME = 100,
	AT_MODE = 100, AT_UID = 108, AT_GID = 116,
	AT_SIZE = 124, N_SIZE = 12,
	AT_MTIME = 136,
	AT_SUM = 148, N_SUM = 8,
	AT_TYPE = 156,
	AT_MAGIC = 257,
	AT_PREFIX = 345, N_PREFIX = 155
};

#define DEPTH_MAX 8
#define PART_MAX 200

size_t
tar_padding(uint64_t size)
{
	return (size_t)((TAR_BLOCK - size % TAR_BLOCK) % TAR_BLOCK);
}

static unsigned
sum_of(const uint8_t *block)
{
	unsigned sum = 0;
	int i;

	for (i = 0; i < TAR_BLOCK; i++)
		sum += i >= AT_SUM && i < AT_SUM + N_SUM ? ' ' : block[i];
	return sum;
}

static void
put_octal(uint8_t *at, size_t n, uint64_t value)
{
	size_t i = n - 1;

	at[i] = '\0';
	while (i-- > 0) {
		at[i] = (uint8_t)('0' + (value & 7));
		value >>= 3;
	}
}

/* Octal digits, ended by NUL, blank or the field. 0, or -1. */
static int
get_octal(const uint8_t *at, size_t n, uint64_t *ret)
{
	uint64_t value = 0;
	size_t i = 0, digits = 0;

	while (i < n && at[i] == ' ')
		i++;
	for (; i < n && at[i] >= '0' && at[i] <= '7'; i++, digits++) {
		if (value >> 60 != 0)
			return -1;
		value = value << 3 | (uint64_t)(at[i] - '0');
	}
	if (digits == 0 || (i < n && at[i] != '\0' && at[i] != ' '))
		return -1;
	*ret = value;
	return 0;
}

static bool
part_is_safe(const char *part, size_t n)
{
	return n > 0 && n <= PART_MAX && part[0] != '.' && text_is_clean(part, n) &&
	    memchr(part, '\\', n) == NULL;
}

bool
tar_path_is_safe(const char *path)
{
	unsigned depth = 0;
	size_t n;

	for (;;) {
		n = strcspn(path, "/");
		if (!part_is_safe(path, n) || ++depth > DEPTH_MAX)
			return false;
		if (path[n] == '\0')
			return true;
		path += n + 1;
	}
}

/* The '/' at which a long path is cut in two. */
static const char *
split_at(const char *path)
{
	size_t n = strlen(path);
	const char *p;

	for (p = path + (n > N_NAME ? n - N_NAME - 1 : 0); *p != '\0'; p++) {
		if (*p == '/' && p - path <= N_PREFIX && p != path)
			return p;
	}
	return NULL;
}

int
tar_format(const struct tar_entry *t, uint8_t ret[TAR_BLOCK], struct err *e)
{
	size_t n = strlen(t->path);
	const char *cut = NULL;

	if (!tar_path_is_safe(t->path) ||
	    (n > N_NAME && (cut = split_at(t->path)) == NULL))
		return err_set(e, ERR_USAGE, "archive-path",
		    "'%s' has a name that an archive cannot hold; rename that file",
		    t->path);
	memset(ret, 0, TAR_BLOCK);
	if (cut != NULL)
		memcpy(ret + AT_PREFIX, t->path, (size_t)(cut - t->path));
	memcpy(ret + AT_NAME, cut != NULL ? cut + 1 : t->path,
	    cut != NULL ? strlen(cut + 1) : n);
	put_octal(ret + AT_MODE, 8, t->mode & 0777);
	put_octal(ret + AT_UID, 8, 0);
	put_octal(ret + AT_GID, 8, 0);
	put_octal(ret + AT_SIZE, N_SIZE, t->size);
	put_octal(ret + AT_MTIME, N_SIZE, t->mtime_s > 0 ? (uint64_t)t->mtime_s : 0);
	ret[AT_TYPE] = '0';
	memcpy(ret + AT_MAGIC, "ustar\0" "00", 8);
	put_octal(ret + AT_SUM, 7, sum_of(ret));
	ret[AT_SUM + 7] = ' ';
	return 0;
}

static bool
is_zero(const uint8_t *block)
{
	int i;

	for (i = 0; i < TAR_BLOCK; i++) {
		if (block[i] != 0)
			return false;
	}
	return true;
}

static void
join_path(const uint8_t *block, char *ret)
{
	int prefix = (int)strnlen((const char *)block + AT_PREFIX, N_PREFIX);

	snprintf(ret, TAR_PATH_MAX, "%.*s%s%.*s", prefix,
	    (const char *)block + AT_PREFIX, prefix > 0 ? "/" : "", N_NAME,
	    (const char *)block + AT_NAME);
}

int
tar_parse(const uint8_t block[TAR_BLOCK], struct tar_entry *ret, struct err *e)
{
	struct tar_entry t = { .size = 0 };
	uint64_t sum, mode, mtime;
	char shown[TAR_PATH_MAX];

	if (is_zero(block))
		return 0;
	if (memcmp(block + AT_MAGIC, "ustar", 5) != 0 ||
	    get_octal(block + AT_SUM, N_SUM, &sum) < 0 || sum != sum_of(block) ||
	    get_octal(block + AT_SIZE, N_SIZE, &t.size) < 0 ||
	    get_octal(block + AT_MODE, 8, &mode) < 0 ||
	    get_octal(block + AT_MTIME, N_SIZE, &mtime) < 0)
		return err_set(e, ERR_REFUSED, "archive-damaged",
		    "a header in the archive is damaged. Take another copy of the "
		    "archive; nothing was changed");
	join_path(block, t.path);
	text_escape(t.path, strlen(t.path), shown, sizeof(shown));
	if (block[AT_TYPE] != '0' && block[AT_TYPE] != '\0')
		return err_set(e, ERR_REFUSED, "archive-foreign",
		    "the archive holds '%s', which is no plain file (a link, a folder or "
		    "a device): camherd makes no such archive. Nothing was changed",
		    shown);
	if (!tar_path_is_safe(t.path))
		return err_set(e, ERR_REFUSED, "archive-path",
		    "the archive holds a file named '%s', which would lead out of its "
		    "place: camherd makes no such archive. Nothing was changed",
		    shown);
	if (t.size > TAR_FILE_MAX)
		return err_set(e, ERR_REFUSED, "archive-size",
		    "the archive says that '%s' has %llu bytes; no file of camherd's is "
		    "so large. Nothing was changed",
		    shown, (unsigned long long)t.size);
	t.mode = (unsigned)(mode & 0777);
	t.mtime_s = (int64_t)mtime;
	*ret = t;
	return 1;
}
