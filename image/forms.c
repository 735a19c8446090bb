/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ways of writing secrets, found in one pass over the bytes (see forms.h). Pure. */
#include "config.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image/device_id.h"
#include "image/forms.h"

#define SEARCH_MIN 4u /* shorter secrets would match by chance all over */
/* Ways kept: one for each byte of the image, within what a small board has. */
#define FORMS_MIN (128u * 1024)
#define FORMS_MAX (1024u * 1024)
#define FORMS_FIRST 1024u
#define BEGINNINGS 65536u

/* All ways of all secrets, to be looked for at once. */
struct forms {
	struct form *all;
	size_t n, room, max;
	uint8_t *bytes; /* of all forms, one behind the other */
	size_t n_bytes, room_bytes;
	bool full;
	/* For the search, made by put_in_order(): each form once, as memcmp() orders them;
	 * and which beginnings of four bytes there are, hashed. */
	uint32_t *order;
	size_t n_order;
	bool in_order;
	bool begins[BEGINNINGS];
};

/* One byte over and over is found wherever there is padding. */
bool
forms_searchable(const struct found *f)
{
	size_t i;

	if (f->n < SEARCH_MIN || (f->kind == FOUND_SETTING && f->n < 2 * SEARCH_MIN))
		return false;
	for (i = 1; i < f->n; i++) {
		if (f->bytes[i] != f->bytes[0])
			return true;
	}
	return false;
}

static unsigned
beginning(const uint8_t *p)
{
	uint32_t v = (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	    (uint32_t)p[3] << 24;

	return (v * 2654435761u) >> 16;
}

static const uint8_t *
bytes_of(const struct forms *forms, const struct form *f)
{
	return forms->bytes + f->at;
}

/* Room for one more of n bytes. */
static bool
grow(struct forms *forms, size_t n)
{
	size_t room = forms->room > 0 ? 2 * forms->room : FORMS_FIRST;
	void *p;

	if (forms->n == forms->room) {
		if ((p = reallocarray(forms->all, room, sizeof(*forms->all))) == NULL)
			return false;
		forms->all = p;
		if ((p = reallocarray(forms->order, room, sizeof(*forms->order))) == NULL)
			return false;
		forms->order = p;
		forms->room = room;
	}
	if (n > forms->room_bytes - forms->n_bytes) {
		room = 2 * forms->room_bytes + FORMS_FIRST * FOUND_BYTES_MAX;
		if ((p = realloc(forms->bytes, room)) == NULL)
			return false;
		forms->bytes = p;
		forms->room_bytes = room;
	}
	return true;
}

static void
add_form(struct forms *forms, enum found_kind kind, const char *name, const uint8_t *p,
    size_t n)
{
	struct form *f;

	if (n < SEARCH_MIN || n > FORM_MAX)
		return;
	if (forms->n == forms->max || !grow(forms, n)) {
		forms->full = true;
		return;
	}
	f = &forms->all[forms->n++];
	memcpy(forms->bytes + forms->n_bytes, p, n);
	f->at = (uint32_t)forms->n_bytes;
	f->n = (uint16_t)n;
	f->name = name;
	f->kind = (uint8_t)kind;
	forms->n_bytes += n;
	forms->begins[beginning(p)] = true;
	forms->in_order = false;
}

/* base64 of the secret when `lead` bytes stand before it in its group of three; the
 * characters that depend on the neighbours are left off. */
static size_t
base64_inside(
    const uint8_t *p, size_t n, size_t lead, const char *last_two, uint8_t *ret)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
	size_t bits = 8 * (lead + n), first = (8 * lead + 5) / 6, last = bits / 6, i, k,
	       bit;
	unsigned value;

	for (i = first; i < last; i++) {
		value = 0;
		for (k = 0; k < 6; k++) {
			bit = 6 * i + k - 8 * lead;
			value = value << 1 | (p[bit / 8] >> (7 - bit % 8) & 1);
		}
		ret[i - first] =
		    (uint8_t)(value < 62 ? digits[value] : last_two[value - 62]);
	}
	return last > first ? last - first : 0;
}

static void
base64_forms(struct forms *forms, enum found_kind kind, const uint8_t *p, size_t n)
{
	uint8_t usual[FORM_MAX], url[FORM_MAX];
	size_t lead, k;

	for (lead = 0; lead < 3; lead++) {
		k = base64_inside(p, n, lead, "+/", usual);
		(void)base64_inside(p, n, lead, "-_", url);
		add_form(forms, kind, "base64", usual, k);
		if (memcmp(usual, url, k) != 0)
			add_form(forms, kind, "base64", url, k);
	}
}

static void
hex_forms(struct forms *forms, enum found_kind kind, const uint8_t *p, size_t n)
{
	static const char *const digits[] = { "0123456789abcdef", "0123456789ABCDEF" };
	uint8_t b[FORM_MAX];
	size_t i, k;

	for (k = 0; k < 2; k++) {
		for (i = 0; i < n; i++) {
			b[2 * i] = (uint8_t)digits[k][p[i] >> 4];
			b[2 * i + 1] = (uint8_t)digits[k][p[i] & 15];
		}
		add_form(forms, kind, "as hex", b, 2 * n);
	}
}

static void
wide_forms(struct forms *forms, enum found_kind kind, const uint8_t *p, size_t n)
{
	uint8_t wide[2 * FOUND_BYTES_MAX + 1], *big = wide, *little = wide + 1;
	size_t i;

	memset(wide, 0, sizeof(wide));
	for (i = 0; i < n; i++)
		little[2 * i] = p[i];
	/* Little-endian without its last zero is big-endian's inside, too. */
	add_form(forms, kind, "UTF-16", little, 2 * n - 1);
	base64_forms(forms, kind, little, 2 * n);
	base64_forms(forms, kind, big, 2 * n);
}

/* In a URL: who escapes what, and a space as %20 or +, differs from program to program. */
static void
url_form(struct forms *forms, enum found_kind kind, const uint8_t *p, size_t n,
    const char *bare, char space)
{
	static const char *const digits[] = { "0123456789abcdef", "0123456789ABCDEF" };
	uint8_t b[FORM_MAX] = { 0 };
	size_t i, k, len;

	for (k = 0; k < 2; k++) {
		for (i = len = 0; i < n; i++) {
			if (p[i] == ' ' && space != '\0')
				b[len++] = (uint8_t)space;
			else if (bare != NULL &&
			    (isalnum(p[i]) || (p[i] != 0 && strchr(bare, p[i]) != NULL)))
				b[len++] = p[i];
			else {
				b[len++] = '%';
				b[len++] = (uint8_t)digits[k][p[i] >> 4];
				b[len++] = (uint8_t)digits[k][p[i] & 15];
			}
		}
		if (len != n || memcmp(b, p, n) != 0)
			add_form(forms, kind, "in a URL", b, len);
	}
}

static void
escaped_forms(struct forms *forms, enum found_kind kind, const uint8_t *p, size_t n)
{
	static const char *const bare[] = { "-._~", "-._~!*'()", "-._*", NULL };
	static const char *const meant[] = { "\"\\", "\"\\/", "'\\" };
	uint8_t b[FORM_MAX];
	size_t i, k, len;

	for (k = 0; k < 4; k++) {
		url_form(forms, kind, p, n, bare[k], '\0');
		url_form(forms, kind, p, n, bare[k], '+');
	}
	for (k = 0; k < 3; k++) {
		for (i = len = 0; i < n; i++) {
			if (p[i] != 0 && strchr(meant[k], p[i]) != NULL)
				b[len++] = '\\';
			b[len++] = p[i];
		}
		if (len != n)
			add_form(forms, kind, "in quotes", b, len);
	}
}

/* A text, or bytes, in all ways that we know. */
static void
all_forms(struct forms *forms, enum found_kind kind, const char *plain,
    const uint8_t *p, size_t n)
{
	uint8_t back[FOUND_BYTES_MAX];
	size_t i;

	if (n == 0 || n > sizeof(back))
		return;
	for (i = 0; i < n; i++)
		back[i] = p[n - 1 - i];
	add_form(forms, kind, plain, p, n);
	add_form(forms, kind, "reversed", back, n);
	base64_forms(forms, kind, p, n);
	base64_forms(forms, kind, back, n);
	wide_forms(forms, kind, p, n);
	wide_forms(forms, kind, back, n);
	hex_forms(forms, kind, p, n);
	escaped_forms(forms, kind, p, n);
}

static bool
mac_bytes(const struct found *f, uint8_t ret[6])
{
	unsigned v[6], i;
	char text[18];

	if (f->n == 6) {
		memcpy(ret, f->bytes, 6);
		return true;
	}
	if (f->n != 17)
		return false;
	memcpy(text, f->bytes, 17);
	text[17] = '\0';
	if (sscanf(text, "%2x%*c%2x%*c%2x%*c%2x%*c%2x%*c%2x", &v[0], &v[1], &v[2],
		&v[3], &v[4], &v[5]) != 6)
		return false;
	for (i = 0; i < 6; i++)
		ret[i] = (uint8_t)v[i];
	return true;
}

/* A MAC as bytes, and as people and programs write it. */
static void
mac_forms(struct forms *forms, const uint8_t *mac)
{
	static const char *const digits[] = { "0123456789abcdef", "0123456789ABCDEF" };
	static const char between[] = ":-";
	uint8_t text[17];
	size_t d, k, i;

	all_forms(forms, FOUND_MAC, "as it is", mac, 6);
	for (d = 0; d < 2; d++) {
		for (k = 0; k < 2; k++) {
			for (i = 0; i < 6; i++) {
				text[3 * i] = (uint8_t)digits[d][mac[i] >> 4];
				text[3 * i + 1] = (uint8_t)digits[d][mac[i] & 15];
				if (i < 5)
					text[3 * i + 2] = (uint8_t)between[k];
			}
			all_forms(forms, FOUND_MAC, "as text", text, sizeof(text));
		}
	}
}

/* In all its ways, whichever was found. */
static bool
id_forms(struct forms *forms, const struct found *f)
{
	char text[DEVICE_ID_TEXTS][DEVICE_ID_TEXT_MAX];
	uint8_t wire[DEVICE_ID_WIRE];
	struct device_id id;
	unsigned i;

	if (device_id_match(f->bytes, f->n, &id) != f->n &&
	    device_id_read(f->bytes, f->n, &id) != f->n)
		return false;
	device_id_texts(&id, text);
	for (i = 0; i < DEVICE_ID_TEXTS; i++)
		all_forms(forms, FOUND_DEVICE_ID, "as text", (const uint8_t *)text[i],
		    strlen(text[i]));
	device_id_wire(&id, wire);
	all_forms(forms, FOUND_DEVICE_ID, "as bytes", wire, sizeof(wire));
	return true;
}

void
forms_add(struct forms *forms, const struct found *f)
{
	uint8_t mac[6];

	if (f->kind == FOUND_DEVICE_ID && id_forms(forms, f))
		return;
	if (f->kind == FOUND_MAC && mac_bytes(f, mac))
		mac_forms(forms, mac);
	else
		all_forms(forms, f->kind, "as it is", f->bytes, f->n);
}

/* ---- the search ---- */

static int
by_bytes(const void *x, const void *y, void *arg)
{
	const struct forms *forms = arg;
	const struct form *a = &forms->all[*(const uint32_t *)x],
			  *b = &forms->all[*(const uint32_t *)y];
	int d = memcmp(
	    bytes_of(forms, a), bytes_of(forms, b), a->n < b->n ? a->n : b->n);

	if (d == 0 && a->n != b->n)
		d = a->n < b->n ? -1 : 1;
	return d != 0 ? d : a < b ? -1 : a > b;
}

static bool
begins_with(const struct forms *forms, int index, const uint8_t *p, size_t n)
{
	const struct form *f = &forms->all[index];

	return f->n <= n && memcmp(bytes_of(forms, f), p, f->n) == 0;
}

/* Each form once, and of each the longest other one that it begins with. */
static void
put_in_order(struct forms *forms)
{
	struct form *all = forms->all, *f;
	const uint8_t *p;
	int last = -1;
	size_t i;

	for (i = 0; i < forms->n; i++)
		forms->order[i] = (uint32_t)i;
	if (forms->n > 0)
		qsort_r(forms->order, forms->n, sizeof(forms->order[0]), by_bytes, forms);
	forms->n_order = 0;
	for (i = 0; i < forms->n; i++) {
		f = &all[forms->order[i]];
		p = bytes_of(forms, f);
		if (last >= 0 && all[last].n == f->n && begins_with(forms, last, p, f->n))
			continue;
		while (last >= 0 && !begins_with(forms, last, p, f->n))
			last = all[last].inside;
		f->inside = last;
		last = (int)forms->order[i];
		forms->order[forms->n_order++] = forms->order[i];
	}
	forms->in_order = true;
}

/* The last form that is not behind the text, or -1: every form that the text begins with
 * is that one or inside it. */
static int
last_before(const struct forms *forms, const uint8_t *p, size_t n)
{
	size_t low = 0, high = forms->n_order, middle;
	const struct form *f;
	int d;

	while (low < high) {
		middle = low + (high - low) / 2;
		f = &forms->all[forms->order[middle]];
		d = memcmp(bytes_of(forms, f), p, f->n < n ? f->n : n);
		if (d < 0 || (d == 0 && f->n <= n))
			low = middle + 1;
		else
			high = middle;
	}
	return low > 0 ? (int)forms->order[low - 1] : -1;
}

unsigned
forms_search(struct forms *forms, const uint8_t *p, size_t n,
    bool (*fn)(void *arg, const struct form *f, size_t at), void *arg)
{
	const struct form *f;
	unsigned hits = 0;
	size_t at;
	int i;

	if (!forms->in_order)
		put_in_order(forms);
	for (at = 0; at + SEARCH_MIN <= n; at++) {
		if (!forms->begins[beginning(p + at)])
			continue;
		for (i = last_before(forms, p + at, n - at); i >= 0; i = f->inside) {
			f = &forms->all[i];
			if (begins_with(forms, i, p + at, n - at))
				hits += fn(arg, f, at);
		}
	}
	return hits;
}

bool
forms_full(const struct forms *forms)
{
	return forms->full;
}

struct forms *
forms_new(size_t n)
{
	struct forms *forms = calloc(1, sizeof(*forms));

	if (forms == NULL)
		return NULL;
	forms->max = n < FORMS_MIN ? FORMS_MIN : n > FORMS_MAX ? FORMS_MAX : n;
	return forms;
}

void
forms_clear(struct forms *forms)
{
	forms->n = forms->n_bytes = forms->n_order = 0;
	forms->full = forms->in_order = false;
	memset(forms->begins, 0, sizeof(forms->begins));
}

void
forms_free(struct forms *forms)
{
	if (forms == NULL)
		return;
	if (forms->bytes != NULL)
		explicit_bzero(forms->bytes, forms->n_bytes);
	free(forms->bytes);
	free(forms->all);
	free(forms->order);
	free(forms);
}
