/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ZIP as in PKWARE's APPNOTE 6.3 (see zip.h): a local header before each file, the central
 * directory behind all. webd, worker thread. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "common/buf.h"
#include "common/err.h"
#include "common/file.h"
#include "webd/zip.h"

#define LOCAL_N 30
#define CENTRAL_N 46
#define END_N 22
#define BYTES_MAX 0x7fffffffu
#define NEEDED 10	/* 1.0: stored files */
#define DATE 0x0021	/* 1980-01-01: when it was made is nobody's business */

uint32_t
zip_crc(const void *p, size_t n)
{
	const uint8_t *b = p;
	uint32_t table[256], c, i, k;
	size_t at;

	for (i = 0; i < 256; i++) {
		for (c = i, k = 0; k < 8; k++)
			c = (c & 1) != 0 ? 0xedb88320u ^ (c >> 1) : c >> 1;
		table[i] = c;
	}
	for (c = 0xffffffffu, at = 0; at < n; at++)
		c = table[(c ^ b[at]) & 0xff] ^ (c >> 8);
	return c ^ 0xffffffffu;
}

void
zip_start(struct zip *z, int fd)
{
	memset(z, 0, sizeof(*z));
	z->fd = fd;
}

static int
put(struct zip *z, const void *p, size_t n, struct err *e)
{
	if (n > BYTES_MAX - z->at)
		return err_set(e, ERR_FAILED, "too-large",
		    "The archive would be larger than 2 GiB.");
	if (file_write_all(z->fd, p, n, e) < 0)
		return -1;
	z->at += (uint32_t)n;
	return 0;
}

/* What local header and directory say alike: from "version needed" to "extra length". */
static void
put_facts(struct writer *w, const struct zip *z, unsigned i)
{
	writer_le16(w, NEEDED);
	writer_le16(w, 0);
	writer_le16(w, 0); /* stored */
	writer_le16(w, 0);
	writer_le16(w, DATE);
	writer_le32(w, z->files[i].crc);
	writer_le32(w, z->files[i].size);
	writer_le32(w, z->files[i].size);
	writer_le16(w, (uint16_t)strlen(z->files[i].name));
	writer_le16(w, 0);
}

int
zip_add(struct zip *z, const char *name, const void *p, size_t n, struct err *e)
{
	uint8_t head[LOCAL_N];
	struct writer w;
	unsigned i = z->n;

	if (i == ZIP_FILES_MAX || n > BYTES_MAX)
		return err_set(e, ERR_FAILED, "too-large",
		    "The archive would hold more than %d files or 2 GiB.", ZIP_FILES_MAX);
	snprintf(z->files[i].name, sizeof(z->files[i].name), "%s", name);
	z->files[i].at = z->at;
	z->files[i].size = (uint32_t)n;
	z->files[i].crc = zip_crc(p, n);
	z->n++;
	writer_init(&w, head, sizeof(head));
	writer_le32(&w, 0x04034b50);
	put_facts(&w, z, i);
	if (put(z, head, sizeof(head), e) < 0 ||
	    put(z, z->files[i].name, strlen(z->files[i].name), e) < 0)
		return -1;
	return put(z, p, n, e);
}

static int
put_entry(struct zip *z, unsigned i, struct err *e)
{
	uint8_t head[CENTRAL_N];
	struct writer w;

	writer_init(&w, head, sizeof(head));
	writer_le32(&w, 0x02014b50);
	writer_le16(&w, NEEDED);
	put_facts(&w, z, i);
	writer_le16(&w, 0); /* comment */
	writer_le16(&w, 0); /* disk */
	writer_le16(&w, 0);
	writer_le32(&w, 0);
	writer_le32(&w, z->files[i].at);
	if (put(z, head, sizeof(head), e) < 0)
		return -1;
	return put(z, z->files[i].name, strlen(z->files[i].name), e);
}

int
zip_end(struct zip *z, uint64_t *ret, struct err *e)
{
	const uint32_t from = z->at;
	uint8_t end[END_N];
	struct writer w;
	unsigned i;

	for (i = 0; i < z->n; i++)
		if (put_entry(z, i, e) < 0)
			return -1;
	writer_init(&w, end, sizeof(end));
	writer_le32(&w, 0x06054b50);
	writer_le32(&w, 0); /* disks */
	writer_le16(&w, (uint16_t)z->n);
	writer_le16(&w, (uint16_t)z->n);
	writer_le32(&w, z->at - from);
	writer_le32(&w, from);
	writer_le16(&w, 0);
	if (put(z, end, sizeof(end), e) < 0)
		return -1;
	*ret = z->at;
	return 0;
}
