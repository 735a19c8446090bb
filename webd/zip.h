/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A ZIP archive of a few files, written front to back without compression. Any thread,
 * one at a time. */
#ifndef WEBD_ZIP_H
#define WEBD_ZIP_H

#include <stddef.h>
#include <stdint.h>

struct err;

#define ZIP_FILES_MAX 64
#define ZIP_NAME_MAX 80

struct zip {
	int fd;			/* borrowed */
	uint32_t at;		/* bytes so far; 2 GiB at most */
	unsigned n;
	struct {
		char name[ZIP_NAME_MAX];
		uint32_t at, size, crc;
	} files[ZIP_FILES_MAX];
};

void zip_start(struct zip *z, int fd);
/* name: ASCII, no path that leads out. */
int zip_add(struct zip *z, const char *name, const void *p, size_t n, struct err *e);
/* The directory behind the files. Bytes in all go to ret. */
int zip_end(struct zip *z, uint64_t *ret, struct err *e);

/* CRC-32 as in ISO 3309 ("123456789" gives cbf43926). */
uint32_t zip_crc(const void *p, size_t n);

#endif
