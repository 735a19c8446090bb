/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Donor's firmware, target's identity (see graft.h). Pure; any process. */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/err.h"
#include "image/fdcm.h"
#include "image/graft.h"

struct work {
	const uint8_t *donor, *target;
	size_t n;
	struct image_map *dm, *tm;
	uint8_t *out;
	struct graft_report *report;
};

static void say(struct work *, const char *, const char *, uint32_t, uint32_t,
    const char *, ...) __attribute__((format(printf, 6, 7)));

static void
say(struct work *w, const char *what, const char *from, uint32_t at, uint32_t n,
    const char *fmt, ...)
{
	struct graft_line *line;
	va_list ap;

	if (w->report->n_lines == GRAFT_LINES_MAX)
		return;
	line = &w->report->lines[w->report->n_lines++];
	line->at = at;
	line->n = n;
	snprintf(line->what, sizeof(line->what), "%s", what);
	snprintf(line->from, sizeof(line->from), "%s", from);
	va_start(ap, fmt);
	vsnprintf(line->text, sizeof(line->text), fmt, ap);
	va_end(ap);
}

static const struct image_fdcm *
sysinfo_of(const struct image_map *map)
{
	return map->sysinfo < 0 ? NULL : &map->fdcm[map->sysinfo];
}

/* A fresh area in the donor's layout with one record: the target's common fields, the
 * donor's vendor tail emptied, because nobody knows what it says about whom. */
static void
make_area(struct work *w, const struct image_fdcm *d, const struct image_fdcm *t)
{
	uint8_t *area = w->out + d->at;
	struct writer out;

	memset(area, 0xff, d->area);
	writer_init(&out, area, d->area);
	writer_le32(&out, 0xa55a5aa5);
	writer_le16(&out, d->bitmap);
	writer_le16(&out, d->record);
	writer_u8(&out, 0xfe);
	area = w->out + fdcm_record(d, 0);
	memset(area, 0, d->record);
	memcpy(area, w->target + t->current, SYSINFO_BYTES);
	say(w, "settings", "made", d->at, d->area,
	    "The target's settings record, rewritten in the donor firmware's layout; "
	    "the vendor's "
	    "own fields start empty.");
}

static void
keep_settings(struct work *w)
{
	const struct image_fdcm *d = sysinfo_of(w->dm), *t = sysinfo_of(w->tm);

	if (t == NULL)
		return;
	if (d != NULL &&
	    (d->at != t->at || d->record != t->record || d->area != t->area)) {
		make_area(w, d, t);
		return;
	}
	memcpy(w->out + t->at, w->target + t->at, t->area);
	say(w, "settings", "target", t->at, t->area,
	    "The target's own settings: name, Wi-Fi, stored MAC address.");
}

static void
blank_settings(struct work *w)
{
	const struct image_fdcm *d = sysinfo_of(w->dm);

	if (d == NULL)
		return;
	memset(w->out + d->at, 0xff, d->area);
	say(w, "settings", "blank", d->at, d->area,
	    "Empty: the firmware writes factory defaults at its first start.");
}

/* Other record areas of the donor say things about the donor. */
static void
other_areas(struct work *w, enum graft_identity identity)
{
	const struct image_fdcm *d, *t;
	unsigned i, k;
	bool kept;

	for (i = 0; i < w->dm->n_fdcm; i++) {
		d = &w->dm->fdcm[i];
		if ((int)i == w->dm->sysinfo ||
		    (w->dm->ota_n != 0 && d->at == w->dm->ota_at))
			continue;
		kept = false;
		for (k = 0; k < w->tm->n_fdcm && identity == GRAFT_KEEP; k++) {
			t = &w->tm->fdcm[k];
			if (t->at == d->at && t->record == d->record &&
			    t->area == d->area) {
				memcpy(w->out + d->at, w->target + d->at, d->area);
				kept = true;
			}
		}
		if (!kept)
			memset(w->out + d->at, 0xff, d->area);
		say(w, "area", kept ? "target" : "blank", d->at, d->area,
		    kept ? "The target's own records."
			 : "Emptied: the donor's records are the donor's.");
	}
}

/* The kind of region that covers `at`. */
static enum image_region_kind
kind_at(const struct image_map *map, uint32_t at)
{
	unsigned i;

	for (i = 0; i < map->n_regions; i++) {
		if (at >= map->regions[i].at &&
		    at - map->regions[i].at < map->regions[i].n)
			return map->regions[i].kind;
	}
	return IMAGE_REGION_DATA;
}

static void
device_sectors(struct work *w, enum graft_identity identity)
{
	enum image_region_kind d, t;
	uint32_t at, end = (uint32_t)w->n, step;

	for (at = 0; at < end; at += step) {
		step = end - at < IMAGE_SECTOR ? end - at : IMAGE_SECTOR;
		d = kind_at(w->dm, at);
		t = kind_at(w->tm, at);
		if (identity == GRAFT_KEEP && t == IMAGE_REGION_DEVICE &&
		    (d == IMAGE_REGION_DEVICE || d == IMAGE_REGION_BLANK)) {
			memcpy(w->out + at, w->target + at, step);
			say(w, "device", "target", at, step,
			    "A small piece that looks like a key of "
			    "this one device: the target's own.");
		} else if (d == IMAGE_REGION_DEVICE) {
			memset(w->out + at, 0xff, step);
			say(w, "device", "blank", at, step,
			    "The donor's key-like piece is left out; the target has "
			    "none here.");
		} else if (identity == GRAFT_KEEP && t == IMAGE_REGION_DEVICE) {
			say(w, "device", "donor", at, step,
			    "The target's key-like piece lies where the donor has "
			    "firmware, and is "
			    "not kept.");
		}
	}
}

static void
say_mac(struct work *w, enum graft_identity identity, const char *efuse_mac)
{
	if (efuse_mac[0] != '\0')
		say(w, "mac", "target", 0, 0,
		    "The chip itself holds a MAC address; the firmware uses that one, "
		    "whatever the "
		    "flash says.");
	else if (identity == GRAFT_KEEP && w->tm->has_mac)
		say(w, "mac", "target", 0, 0,
		    "The MAC address comes from the target's settings, unless the "
		    "firmware takes it "
		    "from the chip.");
	else
		say(w, "mac", "blank", 0, 0,
		    "No MAC address is stored: the firmware makes one from the chip id "
		    "or its "
		    "defaults.");
}

static unsigned
count_differing(const uint8_t *a, const uint8_t *b, size_t n)
{
	unsigned differ = 0;
	size_t at, step;

	for (at = 0; at < n; at += step) {
		step = n - at < IMAGE_SECTOR ? n - at : IMAGE_SECTOR;
		differ += memcmp(a + at, b + at, step) != 0;
	}
	return differ;
}

static int
check_parents(struct work *w, enum graft_identity identity, struct err *e)
{
	if (!w->dm->has_boot || !w->dm->chain_ok)
		return err_set(e, ERR_REFUSED, "donor-broken",
		    "The donor's dump holds no whole firmware: %s. Read the donor once "
		    "more.",
		    w->dm->has_boot ? w->dm->chain_error : "it has no boot section");
	if (identity == GRAFT_KEEP && w->tm->sysinfo < 0)
		return err_set(e, ERR_REFUSED, "identity-gone",
		    "The target's settings are gone, so there is no identity to keep. "
		    "With "
		    "--identity donor it becomes its donor's twin: both then share the "
		    "device id "
		    "and the name of the access point, and the MAC address if it comes "
		    "from the "
		    "flash. With --identity blank it starts with factory defaults.");
	if (identity == GRAFT_KEEP && w->dm->sysinfo < 0 &&
	    w->dm->end > w->tm->fdcm[w->tm->sysinfo].at)
		return err_set(e, ERR_REFUSED, "settings-covered",
		    "The donor's firmware reaches to 0x%x, over the place of the "
		    "target's settings "
		    "at 0x%x, and has no settings area of its own: there is no room to "
		    "keep the "
		    "target's identity. Use a donor of the same model, or --identity "
		    "blank.",
		    w->dm->end, w->tm->fdcm[w->tm->sysinfo].at);
	return 0;
}

static int
graft(
    struct work *w, enum graft_identity identity, const char *efuse_mac, struct err *e)
{
	if (image_map(w->donor, w->n, w->dm, e) < 0 ||
	    image_map(w->target, w->n, w->tm, e) < 0 ||
	    check_parents(w, identity, e) < 0)
		return -1;
	memcpy(w->out, w->donor, w->n);
	say(w, "firmware", "donor", 0, w->dm->end, "All sections, for %s.",
	    image_family_title(w->dm->family));
	device_sectors(w, identity);
	other_areas(w, identity);
	if (identity == GRAFT_KEEP)
		keep_settings(w);
	else
		blank_settings(w);
	say_mac(w, identity, efuse_mac);
	w->report->differs_from_donor = count_differing(w->out, w->donor, w->n);
	w->report->differs_from_target = count_differing(w->out, w->target, w->n);
	return 0;
}

int
image_graft(const uint8_t *donor, const uint8_t *target, size_t n,
    enum graft_identity identity, const char *efuse_mac, uint8_t *ret,
    struct graft_report *ret_report, struct err *e)
{
	struct work w = { .donor = donor,
		.target = target,
		.n = n,
		.out = ret,
		.report = ret_report };
	int r = -1;

	memset(ret_report, 0, sizeof(*ret_report));
	w.dm = malloc(sizeof(*w.dm));
	w.tm = malloc(sizeof(*w.tm));
	if (w.dm == NULL || w.tm == NULL)
		err_sys(e, "memory for two maps");
	else
		r = graft(&w, identity, efuse_mac, e);
	free(w.dm);
	free(w.tm);
	return r;
}
