/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Device ids in their ways of writing (see device_id.h). Pure; any process. */
#include "config.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/buf.h"
#include "image/device_id.h"

#define PREFIX_MIN 3u
#define PREFIX_MAX 8u
#define DIGITS_MIN 3u
#define DIGITS_MAX 9u
#define CHECK 5u
#define SERIAL_END 1000000000u

/* Capitals from p on, at most max; how many. */
static size_t
capitals(const uint8_t *p, size_t n, size_t max)
{
	size_t i = 0;

	while (i < n && i < max && p[i] >= 'A' && p[i] <= 'Z')
		i++;
	return i;
}

static bool
all_zero(const uint8_t *p, size_t n)
{
	while (n > 0 && p[n - 1] == 0)
		n--;
	return n == 0;
}

size_t
device_id_match(const uint8_t *p, size_t n, struct device_id *ret)
{
	size_t at = capitals(p, n, PREFIX_MAX + 1), from;
	struct device_id id = { .serial = 0 };
	bool dash;

	if (at < PREFIX_MIN || at > PREFIX_MAX || at == n)
		return 0;
	memcpy(id.prefix, p, at);
	dash = p[at] == '-';
	from = at += dash;
	for (; at < n && at - from <= DIGITS_MAX && isdigit(p[at]); at++)
		id.serial = id.serial * 10 + (uint64_t)(p[at] - '0');
	if (at - from < DIGITS_MIN || at - from > DIGITS_MAX ||
	    (dash && (at == n || p[at++] != '-')) ||
	    capitals(p + at, n - at, CHECK) != CHECK ||
	    (at + CHECK < n && isalnum(p[at + CHECK])))
		return 0;
	memcpy(id.check, p + at, CHECK);
	*ret = id;
	return at + CHECK;
}

size_t
device_id_read(const uint8_t *p, size_t n, struct device_id *ret)
{
	struct device_id id = { .serial = 0 };
	struct reader r;
	size_t letters;

	if (n < DEVICE_ID_WIRE)
		return 0;
	letters = capitals(p, 8, 8);
	reader_init(&r, p + 8, 4);
	id.serial = reader_be32(&r);
	if (letters < PREFIX_MIN || !all_zero(p + letters, 8 - letters) ||
	    id.serial == 0 || id.serial >= SERIAL_END ||
	    capitals(p + 12, 8, 8) != CHECK || !all_zero(p + 12 + CHECK, 8 - CHECK))
		return 0;
	memcpy(id.prefix, p, letters);
	memcpy(id.check, p + 12, CHECK);
	*ret = id;
	return DEVICE_ID_WIRE;
}

void
device_id_format(const struct device_id *id, char ret[DEVICE_ID_TEXT_MAX])
{
	snprintf(ret, DEVICE_ID_TEXT_MAX, "%s-%06" PRIu64 "-%s", id->prefix, id->serial,
	    id->check);
}

void
device_id_texts(
    const struct device_id *id, char ret[DEVICE_ID_TEXTS][DEVICE_ID_TEXT_MAX])
{
	unsigned i;

	for (i = 0; i < DEVICE_ID_TEXTS; i++)
		snprintf(ret[i], DEVICE_ID_TEXT_MAX, "%s%s%0*" PRIu64 "%s%s",
		    id->prefix, i & 1 ? "-" : "", i & 2 ? 6 : 1, id->serial,
		    i & 1 ? "-" : "", id->check);
}

void
device_id_wire(const struct device_id *id, uint8_t ret[DEVICE_ID_WIRE])
{
	struct writer w;

	memset(ret, 0, DEVICE_ID_WIRE);
	memcpy(ret, id->prefix, strlen(id->prefix));
	writer_init(&w, ret + 8, 4);
	writer_be32(&w, (uint32_t)id->serial);
	memcpy(ret + 12, id->check, strlen(id->check));
}
