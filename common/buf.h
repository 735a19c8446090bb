/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading and writing foreign bytes within bounds. A reader or writer that ran over
 * its end is "bad" for good and gives zeroes, so a parser can read a whole header and
 * ask once at the end. Pure; any thread.
 */
#ifndef COMMON_BUF_H
#define COMMON_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct reader {
	const uint8_t *p;	/* borrowed */
	size_t n;		/* bytes in all */
	size_t at;		/* next byte to read, <= n */
	bool bad;		/* something was asked for beyond the end */
};

void reader_init(struct reader *r, const void *p, size_t n);
size_t reader_left(const struct reader *r);
uint8_t reader_u8(struct reader *r);
uint16_t reader_le16(struct reader *r);
uint16_t reader_be16(struct reader *r);
uint32_t reader_be24(struct reader *r);
uint32_t reader_le32(struct reader *r);
uint32_t reader_be32(struct reader *r);
uint64_t reader_be64(struct reader *r);
/* n bytes inside the buffer (borrowed), or NULL and bad. */
const uint8_t *reader_bytes(struct reader *r, size_t n);
void reader_skip(struct reader *r, size_t n);

struct writer {
	uint8_t *p;		/* borrowed, the caller's */
	size_t size;
	size_t n;		/* bytes written, <= size */
	bool bad;		/* something did not fit; n stays as it was */
};

void writer_init(struct writer *w, void *p, size_t size);
void writer_u8(struct writer *w, uint8_t v);
void writer_le16(struct writer *w, uint16_t v);
void writer_be16(struct writer *w, uint16_t v);
void writer_be24(struct writer *w, uint32_t v);
void writer_le32(struct writer *w, uint32_t v);
void writer_be32(struct writer *w, uint32_t v);
void writer_be64(struct writer *w, uint64_t v);
void writer_bytes(struct writer *w, const void *p, size_t n);

#endif
