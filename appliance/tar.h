/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Headers of a ustar archive (POSIX.1-1988), regular files only. Pure; any thread.
 */
#ifndef APPLIANCE_TAR_H
#define APPLIANCE_TAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;

#define TAR_BLOCK 512
#define TAR_PATH_MAX 256	/* with its NUL; 100 + '/' + 155 are what fits */
#define TAR_FILE_MAX (1ull << 32)	/* of one file, in bytes */

struct tar_entry {
	char path[TAR_PATH_MAX];
	uint64_t size;
	unsigned mode;		/* permission bits */
	int64_t mtime_s;
};

/* ERR_USAGE when the path cannot be split to fit. */
int tar_format(const struct tar_entry *t, uint8_t ret[TAR_BLOCK], struct err *e);
/* 1 = an entry, 0 = a block of zeroes (the end), -1 = no header of ours: a bad sum, a
 * link, a device, a path that leads elsewhere. */
int tar_parse(const uint8_t block[TAR_BLOCK], struct tar_entry *ret, struct err *e);
/* Bytes behind a file of this size up to the next block. */
size_t tar_padding(uint64_t size);
/* Relative, without empty, "." or ".." parts, hidden names, backslashes or control
 * characters, and at most 8 folders deep. */
bool tar_path_is_safe(const char *path);

#endif
