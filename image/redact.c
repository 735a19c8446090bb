/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Blanks what must not be posted, and proves it (see redact.h). Pure; any process. */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/err.h"
#include "image/awih.h"
#include "image/forms.h"
#include "image/redact.h"

/* A round takes away as many secrets as the list holds; what its zeroes leave may look
 * like others. More than one secret for so many bytes of the image is no firmware. */
#define ROUNDS 4u
#define BYTES_A_SECRET 16u
#define SSID_FIELD 33u /* name and its length byte */
#define PSK_FIELD 65u
/* A stretch of the flash whose bytes are spread as evenly as this looks encrypted or
 * compressed; as a part of the most that so many bytes can have. */
#define ENTROPY_PART 0.875
#define ENTROPY_WINDOW 256u
#define ENTROPY_MIN 48u /* fewer bytes tell nothing */

struct work {
	uint8_t *in; /* as it was before this round */
	uint8_t *p;
	size_t n;
	const struct redact_options *options;
	struct image_map *map; /* of the image as it came */
	struct image_map *now;
	bool too_much;
	struct found_list *found;
	struct forms *forms; /* of all rounds, for the proof */
	struct forms *fresh; /* of this round */
	struct redact_report *report;
	bool touched[IMAGE_SECTIONS_MAX];
};

static bool
wanted(const struct work *w, const struct found *f)
{
	return found_is_secret(f->kind) &&
	    !(w->options->keep_mac && f->kind == FOUND_MAC);
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

/* Firmware that is whole is the same in every camera: what looks like a setting there
 * is a word of the program. */
static bool
in_firmware(const struct work *w, size_t at)
{
	const struct image_section *s;
	unsigned i;

	for (i = 0; i < w->map->n_sections; i++) {
		s = &w->map->sections[i];
		if (s->header_ok && s->data_ok && at >= s->offset &&
		    at < (size_t)s->offset + AWIH_HEADER + s->size)
			return true;
	}
	return false;
}

static bool
is_base64(uint8_t c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	    (c >= '0' && c <= '9') || c == '+' || c == '/' || c == '-' || c == '_';
}

static void
blank_hit(struct work *w, const struct form *f, size_t at)
{
	size_t n = f->n, i;

	/* The letters at both ends share bits with what stands beside the secret. */
	if (strcmp(f->name, "base64") == 0) {
		if (at + n < w->n && is_base64(w->in[at + n]))
			n++;
		if (at > 0 && is_base64(w->in[at - 1])) {
			at--;
			n++;
		}
	}
	for (i = 0; i < n && (w->p[at + i] == 0 || w->p[at + i] == 0xff); i++)
		;
	blank(w, at, n, 0);
	if (i < n)
		note_place(w, (uint32_t)at, (uint32_t)n, f->kind, false, f->name);
}

struct search {
	struct work *w;
	bool count_only;
};

static bool
on_hit(void *arg, const struct form *f, size_t at)
{
	struct search *s = arg;

	if (f->kind == FOUND_SETTING && in_firmware(s->w, at))
		return false;
	if (!s->count_only)
		blank_hit(s->w, f, at);
	return true;
}

/* Shannon's entropy of the bytes that are not FF, against the most they could have. */
static bool
looks_random(const uint8_t *p, size_t n)
{
	size_t count[256] = { 0 }, used, i;
	double sum = 0, share;

	for (i = 0; i < n; i++)
		count[p[i]]++;
	used = n - count[0xff];
	if (used < ENTROPY_MIN)
		return false;
	for (i = 0; i < 255; i++) {
		if (count[i] > 0) {
			share = (double)count[i] / (double)used;
			sum -= share * log2(share);
		}
	}
	return sum >= ENTROPY_PART * log2(used < 256 ? (double)used : 256.0);
}

static bool
any_random(const uint8_t *p, size_t n)
{
	size_t at, step;

	for (at = 0; at < n; at += step) {
		step = n - at < ENTROPY_WINDOW ? n - at : ENTROPY_WINDOW;
		if (looks_random(p + at, step))
			return true;
	}
	return false;
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
			    !any_random(w->p + at, step))
				continue;
			w->report->unknown_bytes += step;
			note_place(w, at, step, FOUND_SETTING, true, "area");
			if (!w->options->keep_unknown)
				blank(w, at, step, 0xff);
		}
	}
}

/* What is packed cannot be searched, and the camera needs it. */
static void
note_packed(struct work *w)
{
	const struct image_section *s;
	unsigned i;

	for (i = 0; i < w->map->n_sections; i++) {
		s = &w->map->sections[i];
		if ((s->attribute & AWIH_COMPRESSED) == 0)
			continue;
		w->report->packed_sections++;
		note_place(w, s->offset, s->size, FOUND_SETTING, true, "packed");
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

/* Blank what was found in `in`, there and elsewhere; how many of them were secrets. */
static unsigned
blank_all(struct work *w)
{
	struct search s = { w, false };
	const struct found *f;
	unsigned i, n = 0;

	for (i = 0; i < w->found->n; i++) {
		f = &w->found->items[i];
		if (!wanted(w, f))
			continue;
		n++;
		blank_found(w, f);
		if (seen_before(w->found, i))
			continue;
		w->report->secrets++;
		if (forms_searchable(f)) {
			forms_add(w->forms, f);
			forms_add(w->fresh, f);
		} else if (f->kind != FOUND_SETTING)
			w->report->too_short++;
	}
	/* What overlaps is found all the same, because `in` stays as it was. */
	if (n > 0)
		(void)forms_search(w->fresh, w->in, w->n, on_hit, &s);
	return n;
}

static void
scan(struct work *w, const uint8_t *p, const struct image_map *map)
{
	found_scan_kinds(p, w->n, map, !w->options->keep_mac, w->found);
}

/* Until nothing is found, or there is too much. */
static int
blank_rounds(struct work *w, struct err *e)
{
	size_t left = ROUNDS + w->n / (BYTES_A_SECRET * FOUND_MAX);
	struct image_map *map = w->map;

	for (; left > 0 && !forms_full(w->forms); left--) {
		if (image_map(w->in, w->n, map, e) < 0)
			return -1;
		scan(w, w->in, map);
		forms_clear(w->fresh);
		if (blank_all(w) == 0)
			return 0;
		memcpy(w->in, w->p, w->n);
		map = w->now;
	}
	w->too_much = w->found->more_secrets;
	return 0;
}

static int
say_left(const char *what, struct err *e)
{
	return err_set(e, ERR_FAILED, "redact-left",
	    "%s is still in the copy. Do not share it, and please report this.", what);
}

/* Search the result once more for every secret in every form, and look through it as if
 * it had never been seen. */
static int
prove(struct work *w, struct err *e)
{
	struct search s = { w, true };
	char what[80];
	unsigned i;

	if (w->too_much || forms_full(w->forms))
		return err_set(e, ERR_FAILED, "redact-too-much",
		    "This image holds more than %u different things that may be "
		    "secrets, more than can be kept in mind for its size, so it cannot "
		    "be shown that none is left. Do not share it.",
		    w->report->secrets);
	if (forms_search(w->forms, w->p, w->n, on_hit, &s) > 0)
		return say_left("A secret", e);
	if (image_map(w->p, w->n, w->now, e) < 0)
		return -1;
	scan(w, w->p, w->now);
	for (i = 0; i < w->found->n; i++) {
		if (!wanted(w, &w->found->items[i]))
			continue;
		snprintf(what, sizeof(what), "Something of the kind '%s' at 0x%x",
		    found_kind_name(w->found->items[i].kind), w->found->items[i].at);
		return say_left(what, e);
	}
	return 0;
}

static int
redact(struct work *w, struct err *e)
{
	if (blank_rounds(w, e) < 0)
		return -1;
	blank_unknown(w);
	note_packed(w);
	mend_sections(w);
	return prove(w, e);
}

int
image_redact(uint8_t *p, size_t n, const struct redact_options *options,
    struct redact_report *ret, struct err *e)
{
	struct work w = { .p = p, .n = n, .options = options, .report = ret };
	uint8_t *in = malloc(n > 0 ? n : 1);
	int r = -1;

	memset(ret, 0, sizeof(*ret));
	w.map = malloc(sizeof(*w.map));
	w.now = malloc(sizeof(*w.now));
	w.found = malloc(sizeof(*w.found));
	w.forms = forms_new(n);
	w.fresh = forms_new(n);
	if (in == NULL || w.map == NULL || w.now == NULL || w.found == NULL ||
	    w.forms == NULL || w.fresh == NULL) {
		err_sys(e, "memory for the search");
	} else {
		memcpy(in, p, n);
		w.in = in;
		r = redact(&w, e);
	}
	forms_free(w.forms);
	forms_free(w.fresh);
	free(w.map);
	free(w.now);
	free(w.found);
	free(in);
	return r;
}
