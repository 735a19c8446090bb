/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Blanks what must not be posted, and proves it (see redact.h). Pure; any process. */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/err.h"
#include "image/awih.h"
#include "image/redact.h"

#define SEARCH_MIN 4u /* shorter secrets would match by chance all over */
#define FORM_MAX (4 * FOUND_BYTES_MAX)
#define FORMS_MAX 10
#define SSID_FIELD 33u /* name and its length byte */
#define PSK_FIELD 65u
/* Bits per byte above which an area of the flash looks encrypted or compressed. */
#define ENTROPY_LIMIT 7.0

/* One way in which a secret may be written. */
struct form {
	uint8_t bytes[FORM_MAX];
	size_t n;
	const char *name;
};

struct work {
	uint8_t *p;
	size_t n;
	const struct redact_options *options;
	struct image_map *map;
	struct found_list *found;
	struct redact_report *report;
	bool touched[IMAGE_SECTIONS_MAX];
};

static bool
wanted(const struct work *w, const struct found *f)
{
	return found_is_secret(f->kind) &&
	    !(w->options->keep_mac && f->kind == FOUND_MAC);
}

/* A settings text is only blanked where it stands: it may be an everyday word. */
static bool
searchable(const struct found *f)
{
	size_t i;

	if (f->kind == FOUND_SETTING || f->n < SEARCH_MIN)
		return false;
	for (i = 1; i < f->n; i++) {
		if (f->bytes[i] != f->bytes[0])
			return true;
	}
	return false;
}

static void
add_form(
    struct form *forms, size_t *count, const char *name, const uint8_t *p, size_t n)
{
	if (*count == FORMS_MAX || n == 0 || n > FORM_MAX)
		return;
	memcpy(forms[*count].bytes, p, n);
	forms[*count].n = n;
	forms[*count].name = name;
	(*count)++;
}

/* base64 of the secret when `lead` bytes stand before it in its group of three; the
 * characters that depend on the neighbours are left off. */
static size_t
base64_inside(const uint8_t *p, size_t n, size_t lead, uint8_t *ret)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t bits = 8 * (lead + n), first = (8 * lead + 5) / 6, last = bits / 6, i, k,
	       bit;
	unsigned value;

	for (i = first; i < last; i++) {
		value = 0;
		for (k = 0; k < 6; k++) {
			bit = 6 * i + k - 8 * lead;
			value = value << 1 | (p[bit / 8] >> (7 - bit % 8) & 1);
		}
		ret[i - first] = (uint8_t)digits[value];
	}
	return last > first ? last - first : 0;
}

/* A binary MAC as people and programs write it. */
static void
mac_forms(const uint8_t *mac, struct form *forms, size_t *count)
{
	static const char *const styles[] = { "%02x:%02x:%02x:%02x:%02x:%02x",
		"%02X:%02X:%02X:%02X:%02X:%02X", "%02x-%02x-%02x-%02x-%02x-%02x",
		"%02X-%02X-%02X-%02X-%02X-%02X", "%02x%02x%02x%02x%02x%02x",
		"%02X%02X%02X%02X%02X%02X" };
	char text[20];
	size_t i;

	for (i = 0; i < sizeof(styles) / sizeof(styles[0]); i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(text, sizeof(text), styles[i], mac[0], mac[1], mac[2], mac[3],
		    mac[4], mac[5]);
#pragma GCC diagnostic pop
		add_form(forms, count, "as text", (const uint8_t *)text, strlen(text));
	}
}

static size_t
make_forms(const struct found *f, struct form *forms)
{
	uint8_t b[FORM_MAX];
	size_t count = 0, i, lead;

	add_form(forms, &count, "as it is", f->bytes, f->n);
	for (i = 0; i < f->n; i++)
		b[i] = f->bytes[f->n - 1 - i];
	add_form(forms, &count, "reversed", b, f->n);
	if (f->kind == FOUND_MAC && f->n == 6) {
		mac_forms(f->bytes, forms, &count);
		return count;
	}
	/* Little-endian UTF-16 without its last zero is big-endian's inside, too. */
	memset(b, 0, sizeof(b));
	for (i = 0; i < f->n; i++)
		b[2 * i] = f->bytes[i];
	add_form(forms, &count, "UTF-16", b, 2u * f->n - 1);
	for (lead = 0; lead < 3; lead++) {
		i = base64_inside(f->bytes, f->n, lead, b);
		if (i >= SEARCH_MIN)
			add_form(forms, &count, "base64", b, i);
	}
	return count;
}

static void
note_place(struct work *w, uint32_t at, uint32_t n, enum found_kind kind, bool unknown,
    const char *form)
{
	struct redact_report *r = w->report;

	if (r->n_places == REDACT_PLACES_MAX) {
		r->more = true;
		return;
	}
	r->places[r->n_places++] = (struct redact_place) { at, n, kind, unknown, form };
}

static void
blank(struct work *w, size_t at, size_t n, uint8_t fill)
{
	const struct image_section *s;
	unsigned i;

	memset(w->p + at, fill, n);
	for (i = 0; i < w->map->n_sections; i++) {
		s = &w->map->sections[i];
		if (at + n > s->offset &&
		    at < (size_t)s->offset + AWIH_HEADER + s->size)
			w->touched[i] = true;
	}
}

/* A field of a settings record: with the name goes its length, a passphrase goes with
 * all that stands behind its end. */
static void
blank_found(struct work *w, const struct found *f)
{
	size_t n = f->n, room = w->n - f->at;

	if (strncmp(f->where, "record", 6) == 0) {
		if (f->kind == FOUND_SSID)
			n = SSID_FIELD;
		else if (f->kind == FOUND_PASSPHRASE)
			n = PSK_FIELD;
	}
	blank(w, f->at, n < room ? n : room, 0);
	note_place(w, f->at, f->n, f->kind, false, "as it is");
}

/* Every place of one form; with count_only nothing is blanked. */
static unsigned
blank_form(
    struct work *w, const struct form *form, enum found_kind kind, bool count_only)
{
	const uint8_t *hit;
	size_t at = 0;
	unsigned hits = 0;

	while (at < w->n &&
	    (hit = memmem(w->p + at, w->n - at, form->bytes, form->n)) != NULL) {
		at = (size_t)(hit - w->p);
		hits++;
		if (!count_only) {
			blank(w, at, form->n, 0);
			note_place(w, (uint32_t)at, (uint32_t)form->n, kind, false,
			    form->name);
		}
		at++;
	}
	return hits;
}

static unsigned
blank_elsewhere(struct work *w, const struct found *f, bool count_only)
{
	struct form *forms = malloc(FORMS_MAX * sizeof(*forms));
	size_t n, i;
	unsigned hits = 0;

	if (forms == NULL)
		return 1;
	n = make_forms(f, forms);
	for (i = 0; i < n; i++)
		hits += blank_form(w, &forms[i], f->kind, count_only);
	free(forms);
	return hits;
}

/* Shannon's entropy of the bytes that are not FF, bits per byte. */
static double
entropy(const uint8_t *p, size_t n)
{
	size_t count[256] = { 0 }, used = 0, i;
	double sum = 0, share;

	for (i = 0; i < n; i++)
		count[p[i]]++;
	used = n - count[0xff];
	for (i = 0; i < 255; i++) {
		if (count[i] > 0) {
			share = (double)count[i] / (double)used;
			sum -= share * log2(share);
		}
	}
	return sum;
}

/* Keys of one device, and areas that look encrypted: nobody can say what is inside. */
static void
blank_unknown(struct work *w)
{
	const struct image_region *r;
	uint32_t at, end, step;
	unsigned i;

	for (i = 0; i < w->map->n_regions; i++) {
		r = &w->map->regions[i];
		if (r->kind != IMAGE_REGION_DEVICE && r->kind != IMAGE_REGION_DATA)
			continue;
		for (at = r->at, end = r->at + r->n; at < end; at += step) {
			step = end - at < IMAGE_SECTOR ? end - at : IMAGE_SECTOR;
			if (r->kind == IMAGE_REGION_DATA &&
			    entropy(w->p + at, step) < ENTROPY_LIMIT)
				continue;
			w->report->unknown_bytes += step;
			note_place(w, at, step, FOUND_SETTING, true, "area");
			if (!w->options->keep_unknown)
				blank(w, at, step, 0xff);
		}
	}
}

static void
mend_sections(struct work *w)
{
	const struct image_section *s;
	unsigned i;

	for (i = 0; i < w->map->n_sections; i++) {
		s = &w->map->sections[i];
		/* A checksum that was wrong before is not made right: that would hide
		 * it. */
		if (!w->touched[i] || !s->header_ok || !s->data_ok)
			continue;
		awih_mend(w->p, w->n, s->offset);
		w->report->sections_mended++;
	}
}

static bool
seen_before(const struct found_list *list, unsigned index)
{
	const struct found *f = &list->items[index];
	unsigned i;

	for (i = 0; i < index; i++) {
		if (list->items[i].n == f->n &&
		    memcmp(list->items[i].bytes, f->bytes, f->n) == 0 &&
		    list->items[i].kind == f->kind)
			return true;
	}
	return false;
}

static void
blank_all(struct work *w)
{
	const struct found *f;
	unsigned i;

	for (i = 0; i < w->found->n; i++) {
		f = &w->found->items[i];
		if (wanted(w, f))
			blank_found(w, f);
	}
	for (i = 0; i < w->found->n; i++) {
		f = &w->found->items[i];
		if (!wanted(w, f) || seen_before(w->found, i))
			continue;
		w->report->secrets++;
		if (searchable(f))
			(void)blank_elsewhere(w, f, false);
		else if (f->kind != FOUND_SETTING)
			w->report->too_short++;
	}
}

/* Search the result once more for every secret in every form. */
static int
prove(struct work *w, struct err *e)
{
	const struct found *f;
	unsigned i;

	if (w->found->more)
		return err_set(e, ERR_FAILED, "redact-too-much",
		    "This image holds more than %d things that may be secrets, more "
		    "than can be "
		    "tracked, so it cannot be shown that none is left. Do not share "
		    "it.",
		    FOUND_MAX);
	for (i = 0; i < w->found->n; i++) {
		f = &w->found->items[i];
		if (!wanted(w, f) || seen_before(w->found, i) || !searchable(f))
			continue;
		if (blank_elsewhere(w, f, true) > 0)
			return err_set(e, ERR_FAILED, "redact-left",
			    "A secret of the kind '%s' is still in the copy. Do not "
			    "share it, and "
			    "please report this.",
			    found_kind_name(f->kind));
	}
	return 0;
}

int
image_redact(uint8_t *p, size_t n, const struct redact_options *options,
    struct redact_report *ret, struct err *e)
{
	struct work w = { .p = p, .n = n, .options = options, .report = ret };
	int r = -1;

	memset(ret, 0, sizeof(*ret));
	w.map = malloc(sizeof(*w.map));
	w.found = malloc(sizeof(*w.found));
	if (w.map == NULL || w.found == NULL)
		err_sys(e, "memory for the search");
	else if (image_map(p, n, w.map, e) == 0) {
		found_scan(p, n, w.map, w.found);
		blank_all(&w);
		blank_unknown(&w);
		mend_sections(&w);
		r = prove(&w, e);
	}
	free(w.map);
	free(w.found);
	return r;
}
