/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text inside an image (see strings.h). Pure; any process, any thread. */
#include "config.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "image/strings.h"

static bool
printable(uint8_t c)
{
	return c >= 0x20 && c < 0x7f;
}

bool
strings_next(
    const uint8_t *p, size_t n, size_t from, size_t min, struct image_string *ret)
{
	size_t at, end;

	for (at = from; at < n; at = end + 1) {
		for (end = at; end < n && printable(p[end]); end++)
			;
		if (end - at >= min && end > at) {
			*ret = (struct image_string) { at, end - at };
			return true;
		}
	}
	return false;
}

bool
strings_next_wide(
    const uint8_t *p, size_t n, size_t from, size_t min, struct image_string *ret)
{
	size_t at, end;

	for (at = from; at + 1 < n; at = end + 1) {
		for (end = at; end + 1 < n && printable(p[end]) && p[end + 1] == 0;
		     end += 2)
			;
		if (end > at && (end - at) / 2 >= min) {
			*ret = (struct image_string) { at, (end - at) / 2 };
			return true;
		}
	}
	return false;
}

bool
strings_holds(const uint8_t *p, const struct image_string *s, const char *word)
{
	return memmem(p + s->at, s->n, word, strlen(word)) != NULL;
}

static bool
matches(const uint8_t *p, const uint8_t *needle, size_t n, size_t step)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (tolower(p[i * step]) != tolower(needle[i]))
			return false;
		if (step == 2 && i + 1 < n && p[i * step + 1] != 0)
			return false;
	}
	return true;
}

/* The first place at or behind `from` where c or C stands, or end. */
static size_t
first_letter(const uint8_t *p, size_t from, size_t end, uint8_t c)
{
	uint8_t low = (uint8_t)tolower(c), high = (uint8_t)toupper(c);

	while (from < end && p[from] != low && p[from] != high)
		from++;
	return from;
}

size_t
strings_find(const uint8_t *p, size_t n, size_t from, const uint8_t *needle,
    size_t n_needle, enum strings_how how)
{
	size_t step = how == STRINGS_WIDE ? 2 : 1, span, at;
	const uint8_t *hit;

	if (n_needle == 0 || from >= n)
		return n;
	if (how == STRINGS_BYTES) {
		hit = memmem(p + from, n - from, needle, n_needle);
		return hit != NULL ? (size_t)(hit - p) : n;
	}
	span = (n_needle - 1) * step + 1;
	if (span > n - from)
		return n;
	for (at = from;; at++) {
		at = first_letter(p, at, n - span + 1, needle[0]);
		if (at == n - span + 1)
			return n;
		if (matches(p + at, needle, n_needle, step))
			return at;
	}
}

/* ---- what only one of two holds ---- */

/* A set of hashes with open addressing; 0 is an empty place. */
struct set {
	uint64_t *slots;
	size_t mask, used;
};

/* FNV-1a; whoever builds two strings with one hash only hides them from a list. */
static uint64_t
hash(const uint8_t *p, size_t n)
{
	uint64_t h = 14695981039346656037u;

	while (n-- > 0)
		h = (h ^ *p++) * 1099511628211u;
	return h != 0 ? h : 1;
}

/* The place of h, or the free one where it belongs. */
static uint64_t *
set_place(const struct set *s, uint64_t h)
{
	size_t i = (size_t)(h ^ h >> 32) & s->mask;

	while (s->slots[i] != 0 && s->slots[i] != h)
		i = (i + 1) & s->mask;
	return &s->slots[i];
}

/* False when the set is full. */
static bool
set_add(struct set *s, uint64_t h)
{
	uint64_t *place = set_place(s, h);

	if (*place == h)
		return true;
	if (s->used == STRINGS_KNOWN_MAX)
		return false;
	*place = h;
	s->used++;
	return true;
}

int
strings_only(const uint8_t *a, size_t na, const uint8_t *b, size_t nb, size_t min,
    struct image_string *ret, unsigned max, bool *ret_more)
{
	struct set s = { .mask = 2 * STRINGS_KNOWN_MAX - 1 };
	struct image_string one;
	unsigned count = 0;
	uint64_t h;
	size_t at;

	*ret_more = false;
	if ((s.slots = calloc(s.mask + 1, sizeof(*s.slots))) == NULL)
		return -1;
	for (at = 0; strings_next(b, nb, at, min, &one); at = one.at + one.n + 1)
		*ret_more = !set_add(&s, hash(b + one.at, one.n)) || *ret_more;
	for (at = 0; strings_next(a, na, at, min, &one); at = one.at + one.n + 1) {
		h = hash(a + one.at, one.n);
		if (*set_place(&s, h) == h)
			continue;
		if (count == max || !set_add(&s, h)) {
			*ret_more = true;
			break;
		}
		ret[count++] = one;
	}
	free(s.slots);
	return (int)count;
}
