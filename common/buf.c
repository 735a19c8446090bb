/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bounded reading and writing of foreign bytes (see buf.h). Pure; any thread. */
#include "config.h"

#include <string.h>

#include "common/buf.h"

void
reader_init(struct reader *r, const void *p, size_t n)
{
	r->p = p;
	r->n = n;
	r->at = 0;
	r->bad = false;
}

size_t
reader_left(const struct reader *r)
{
	return r->n - r->at;
}

const uint8_t *
reader_bytes(struct reader *r, size_t n)
{
	const uint8_t *p;

	if (r->bad || n > r->n - r->at) {
		r->bad = true;
		return NULL;
	}
	p = r->p + r->at;
	r->at += n;
	return p;
}

void
reader_skip(struct reader *r, size_t n)
{
	(void)reader_bytes(r, n);
}

/* The next n <= 8 bytes as one number, most significant first. */
static uint64_t
read_be(struct reader *r, size_t n)
{
	const uint8_t *p = reader_bytes(r, n);
	uint64_t v = 0;
	size_t i;

	if (p == NULL)
		return 0;
	for (i = 0; i < n; i++)
		v = v << 8 | p[i];
	return v;
}

/* The same, least significant first. */
static uint32_t
read_le(struct reader *r, size_t n)
{
	const uint8_t *p = reader_bytes(r, n);
	uint32_t v = 0;
	size_t i;

	if (p == NULL)
		return 0;
	for (i = n; i > 0; i--)
		v = v << 8 | p[i - 1];
	return v;
}

uint8_t
reader_u8(struct reader *r)
{
	return (uint8_t)read_be(r, 1);
}

uint16_t
reader_le16(struct reader *r)
{
	return (uint16_t)read_le(r, 2);
}

uint16_t
reader_be16(struct reader *r)
{
	return (uint16_t)read_be(r, 2);
}

uint32_t
reader_be24(struct reader *r)
{
	return (uint32_t)read_be(r, 3);
}

uint32_t
reader_le32(struct reader *r)
{
	return read_le(r, 4);
}

uint32_t
reader_be32(struct reader *r)
{
	return (uint32_t)read_be(r, 4);
}

uint64_t
reader_be64(struct reader *r)
{
	return read_be(r, 8);
}

void
writer_init(struct writer *w, void *p, size_t size)
{
	w->p = p;
	w->size = size;
	w->n = 0;
	w->bad = false;
}

void
writer_bytes(struct writer *w, const void *p, size_t n)
{
	if (w->bad || n > w->size - w->n) {
		w->bad = true;
		return;
	}
	if (n > 0)
		memcpy(w->p + w->n, p, n);
	w->n += n;
}

static void
write_be(struct writer *w, uint64_t v, size_t n)
{
	uint8_t b[8];
	size_t i;

	for (i = 0; i < n; i++)
		b[i] = (uint8_t)(v >> (8 * (n - 1 - i)));
	writer_bytes(w, b, n);
}

static void
write_le(struct writer *w, uint32_t v, size_t n)
{
	uint8_t b[4];
	size_t i;

	for (i = 0; i < n; i++)
		b[i] = (uint8_t)(v >> (8 * i));
	writer_bytes(w, b, n);
}

void
writer_u8(struct writer *w, uint8_t v)
{
	writer_bytes(w, &v, 1);
}

void
writer_le16(struct writer *w, uint16_t v)
{
	write_le(w, v, 2);
}

void
writer_be16(struct writer *w, uint16_t v)
{
	write_be(w, v, 2);
}

void
writer_be24(struct writer *w, uint32_t v)
{
	write_be(w, v, 3);
}

void
writer_le32(struct writer *w, uint32_t v)
{
	write_le(w, v, 4);
}

void
writer_be32(struct writer *w, uint32_t v)
{
	write_be(w, v, 4);
}

void
writer_be64(struct writer *w, uint64_t v)
{
	write_be(w, v, 8);
}
