/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Donor's firmware, target's identity (see graft.h). Pure; any process. */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/err.h"
#include "common/said.h"
#include "image/fdcm.h"
#include "image/found.h"
#include "image/graft.h"

#define LEFT_MAX 64 /* things of the donor that are looked for in the image */

struct work {
	const uint8_t *donor, *target;
	size_t n;
	const struct graft_who *who;
	const struct graft_choices *choices;
	struct image_map *dm, *tm;
	const struct image_fdcm *place;	/* of the image's settings, or NULL */
	uint8_t *out;
	struct graft_report *report;
};

static const char *const identity_names[] = { "keep", "blank", "donor" };

const char *
graft_identity_name(enum graft_identity identity)
{
	return identity_names[identity];
}

int
graft_identity_parse(const char *s, enum graft_identity *ret)
{
	size_t i;

	for (i = 0; i < sizeof(identity_names) / sizeof(identity_names[0]); i++) {
		if (strcmp(s, identity_names[i]) == 0) {
			*ret = (enum graft_identity)i;
			return 0;
		}
	}
	return -1;
}

const char *
graft_from(const struct graft_report *r, uint32_t at)
{
	const char *from = r->own ? "own" : "donor";
	unsigned i;

	for (i = 0; i < r->n_lines && !r->as_it_is; i++) {
		if (r->lines[i].n > 0 && at >= r->lines[i].at &&
		    at - r->lines[i].at < r->lines[i].n &&
		    strcmp(r->lines[i].what, "left") != 0)
			from = r->lines[i].from;
	}
	return from;
}

static void say(struct work *, const char *, const char *, uint32_t, uint32_t,
    const char *, ...) __attribute__((format(printf, 6, 7)));

static void
say(struct work *w, const char *what, const char *from, uint32_t at, uint32_t n,
    const char *fmt, ...)
{
	struct graft_report *r = w->report;
	struct graft_line line = { .at = at, .n = n }, *last;
	va_list ap;

	snprintf(line.what, sizeof(line.what), "%s", what);
	snprintf(line.from, sizeof(line.from), "%s", from);
	va_start(ap, fmt);
	(void)err_vset(&line.said, ERR_NONE, "", fmt, ap);
	va_end(ap);
	last = r->n_lines > 0 ? &r->lines[r->n_lines - 1] : NULL;
	/* The same of the next sector is one line. */
	if (last != NULL && n > 0 && last->at + last->n == at &&
	    strcmp(last->what, line.what) == 0 && strcmp(last->said.msg, line.said.msg) == 0)
		last->n += n;
	else if (r->n_lines < GRAFT_LINES_MAX)
		r->lines[r->n_lines++] = line;
}

static const struct image_fdcm *
sysinfo_of(const struct image_map *map)
{
	return map->sysinfo < 0 ? NULL : &map->fdcm[map->sysinfo];
}

/* Where the image has its settings: the donor's place, else the one where the target's
 * are kept, unless the donor's firmware lies there. */
static const struct image_fdcm *
settings_place(const struct work *w, enum graft_identity identity)
{
	const struct image_fdcm *d = sysinfo_of(w->dm), *t = sysinfo_of(w->tm);

	if (d != NULL)
		return d;
	return identity == GRAFT_KEEP && t != NULL && t->at >= w->dm->end ? t : NULL;
}

static enum graft_choice
settings_choice(const struct work *w, enum graft_identity identity)
{
	enum graft_choice usual =
	    identity == GRAFT_KEEP ? GRAFT_FROM_TARGET : GRAFT_FROM_BLANK;

	return w->place == NULL
	    ? usual
	    : graft_choice_at(w->choices, w->place->at, usual);
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
	    d != NULL
		? "The target's own settings: names, Wi-Fi, stored MAC address."
		: "The target's own settings, at the place where it had them: the "
		  "donor's dump has none, so it does not tell where its firmware "
		  "looks for them.");
}

static void
donor_settings(struct work *w)
{
	const struct image_fdcm *d = w->place;

	if (d == NULL)
		return;
	say(w, "settings", "donor", d->at, d->area,
	    sysinfo_of(w->dm) != NULL
		? "The donor's settings, as chosen: names, Wi-Fi and its password, "
		  "device id and stored MAC address. Two cameras with one device id "
		  "disturb each other in the vendor's service."
		: "As the donor's dump has it here, as chosen: it has no settings.");
}

static void
blank_settings(struct work *w)
{
	const struct image_fdcm *d = w->place;

	if (d == NULL)
		return;
	memset(w->out + d->at, 0xff, d->area);
	say(w, "settings", "blank", d->at, d->area,
	    "Empty: the firmware writes factory defaults at its first start.");
}

static bool
is_ota(const struct image_map *map, const struct image_fdcm *f)
{
	return map->ota_n != 0 && f->at == map->ota_at;
}

/* The target's area at the same place in the same layout. */
static bool
same_area(const struct work *w, const struct image_fdcm *d)
{
	const struct image_fdcm *t;
	unsigned k;

	for (k = 0; k < w->tm->n_fdcm; k++) {
		t = &w->tm->fdcm[k];
		if ((int)k != w->tm->sysinfo && t->at == d->at &&
		    t->record == d->record && t->area == d->area)
			return true;
	}
	return false;
}

/* Other record areas of the donor say things about the donor. */
static void
donor_areas(struct work *w, enum graft_identity identity)
{
	const struct image_fdcm *d;
	unsigned i;
	bool kept;

	for (i = 0; i < w->dm->n_fdcm; i++) {
		d = &w->dm->fdcm[i];
		if ((int)i == w->dm->sysinfo || is_ota(w->dm, d))
			continue;
		kept = identity == GRAFT_KEEP && same_area(w, d);
		if (kept)
			memcpy(w->out + d->at, w->target + d->at, d->area);
		else
			memset(w->out + d->at, 0xff, d->area);
		say(w, "area", kept ? "target" : "blank", d->at, d->area,
		    kept ? "The target's own records."
			 : "Emptied: the donor's records are the donor's.");
	}
}

static bool
is_blank(const uint8_t *p, size_t n)
{
	return n == 0 || (p[0] == 0xff && memcmp(p, p + 1, n - 1) == 0);
}

/* Record areas of the target where the donor has nothing: they stay. */
static void
target_areas(struct work *w)
{
	const struct image_fdcm *t;
	unsigned i;

	for (i = 0; i < w->tm->n_fdcm; i++) {
		t = &w->tm->fdcm[i];
		if ((int)i == w->tm->sysinfo || is_ota(w->tm, t) ||
		    !is_blank(w->donor + t->at, t->area))
			continue;
		memcpy(w->out + t->at, w->target + t->at, t->area);
		say(w, "area", "target", t->at, t->area, "The target's own records.");
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

/* Keys were written once, in the factory: they belong to the board, whatever happens to
 * its settings. */
static void
device_sectors(struct work *w)
{
	enum image_region_kind d, t;
	uint32_t at, end = (uint32_t)w->n, step;

	for (at = 0; at < end; at += step) {
		step = end - at < IMAGE_SECTOR ? end - at : IMAGE_SECTOR;
		d = kind_at(w->dm, at);
		t = kind_at(w->tm, at);
		if (t == IMAGE_REGION_DEVICE &&
		    (d == IMAGE_REGION_DEVICE || d == IMAGE_REGION_BLANK)) {
			memcpy(w->out + at, w->target + at, step);
			say(w, "device", "target", at, step,
			    "A small piece that looks like a key of this one device: "
			    "the target's own.");
		} else if (d == IMAGE_REGION_DEVICE) {
			memset(w->out + at, 0xff, step);
			say(w, "device", "blank", at, step,
			    "The donor's key-like piece is left out; the target has "
			    "none here.");
		} else if (t == IMAGE_REGION_DEVICE) {
			say(w, "device", "donor", at, step,
			    "The target's key-like piece lies where the donor has "
			    "firmware or data, and is not kept.");
		}
	}
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

static void
mac_format(const uint8_t mac[6], char ret[18])
{
	snprintf(ret, 18, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
	    mac[3], mac[4], mac[5]);
}

/* A firmware that takes its MAC address from the chip writes that one into its settings
 * at every start; one that takes it from the flash leaves what stands there. */
static enum graft_mac
mac_told(const struct image_map *map, const char *chip_mac)
{
	char stored[18];

	if (!map->has_mac || chip_mac[0] == '\0')
		return GRAFT_MAC_UNKNOWN;
	mac_format(map->mac, stored);
	return strcmp(stored, chip_mac) == 0 ? GRAFT_MAC_CHIP : GRAFT_MAC_FLASH;
}

static const char *
mac_source_words(const struct graft_who *who)
{
	if (strcmp(who->mac_source, "efuse") == 0)
		return "programmed into its eFuse";
	return strcmp(who->mac_source, "chip-id") == 0
	    ? "made from its chip id"
	    : "in its eFuse, or made from its chip id";
}

/* Whose address stands in the image's settings. */
static const char *
stored_words(const struct work *w, const char *from)
{
	const bool flash = w->report->mac == GRAFT_MAC_FLASH;

	if (strcmp(from, "target") == 0)
		return flash ? "They are the target's, with the target's address."
			     : "the target's own address stands there.";
	if (strcmp(from, "donor") == 0)
		return flash ? "They are the donor's, as chosen, and so is the address: "
			       "both cameras share it."
			     : "the donor's address stands there, as chosen, and both "
			       "cameras share it.";
	return flash ? "In this image no address stands there; the firmware will "
		       "choose one by itself."
		     : "no address stands there.";
}

static void
say_mac(struct work *w, enum graft_choice settings)
{
	const char *from = settings == GRAFT_FROM_TARGET && w->tm->has_mac ? "target"
	    : settings == GRAFT_FROM_DONOR && w->dm->has_mac		   ? "donor"
									   : "blank";

	w->report->mac = mac_told(w->dm, w->who->donor_mac);
	if (w->report->mac == GRAFT_MAC_CHIP)
		say(w, "mac", "chip", 0, 0,
		    "From the chip (%s), not from the flash: the donor's settings hold "
		    "exactly the address that the donor's chip gives, so this firmware "
		    "takes it from the chip and writes it there itself.",
		    mac_source_words(w->who));
	else if (w->report->mac == GRAFT_MAC_FLASH)
		say(w, "mac", from, 0, 0,
		    "From the flash: the donor's settings hold another address than "
		    "the donor's chip gives, so this firmware believes its settings. "
		    "%s",
		    stored_words(w, from));
	else
		say(w, "mac", from, 0, 0,
		    "Cannot be told for sure: the donor's dump does not say which "
		    "address the donor's chip has. The usual firmware takes it from "
		    "the chip (%s). If this one reads the flash: %s",
		    mac_source_words(w->who), stored_words(w, from));
}

static const char *
twins_mac(enum graft_mac mac)
{
	switch (mac) {
	case GRAFT_MAC_CHIP:
		return "not the MAC address, which this firmware takes from the chip";
	case GRAFT_MAC_FLASH:
		return "and the MAC address, which this firmware takes from the flash";
	case GRAFT_MAC_UNKNOWN:
		break;
	}
	return "and the MAC address if this firmware takes it from the flash";
}

/* Settings that somebody wrote: zeroes and FF tell nothing about a camera. */
static bool
has_identity(const uint8_t *p, const struct image_map *map)
{
	const struct image_fdcm *f = sysinfo_of(map);
	size_t i;

	if (f == NULL)
		return false;
	for (i = 0; i < SYSINFO_BYTES; i++) {
		if (p[f->current + i] != 0 && p[f->current + i] != 0xff)
			return true;
	}
	return false;
}

static int
identity_gone(struct work *w, struct err *e)
{
	return err_set(e, ERR_REFUSED, "identity-gone",
	    "The camera's settings are gone (%s), so it has no identity left to keep. "
	    "You choose: with identity 'donor' it becomes the donor's twin, and both "
	    "share the device id, the name of the access point, %s; with identity "
	    "'blank' it starts with factory defaults.",
	    w->tm->all_blank	     ? "its flash is empty"
		: w->tm->sysinfo < 0 ? "no settings record is left in its flash"
				     : "its settings record holds nothing",
	    twins_mac(mac_told(w->dm, w->who->donor_mac)));
}

static int
check_parents(struct work *w, enum graft_choice settings, struct err *e)
{
	if (!w->dm->has_boot || !w->dm->chain_ok) {
		err_set(e, ERR_REFUSED, "donor-broken",
		    "The donor's dump holds no whole firmware: %s. Read the donor once "
		    "more.",
		    w->dm->has_boot ? w->dm->chain_error.msg : "it has no boot section");
		return w->dm->has_boot ? said_nest(e, 0, &w->dm->chain_error) : -1;
	}
	if (settings != GRAFT_FROM_TARGET)
		return 0;
	if (!has_identity(w->target, w->tm))
		return identity_gone(w, e);
	if (w->dm->sysinfo < 0 && w->dm->end > w->tm->fdcm[w->tm->sysinfo].at)
		return err_set(e, ERR_REFUSED, "settings-covered",
		    "The donor's firmware reaches to 0x%x, over the place of the "
		    "target's settings at 0x%x, and has no settings area of its own: "
		    "there is no room to keep the target's identity. Use a donor of "
		    "the same model, or identity 'blank'.",
		    w->dm->end, w->tm->fdcm[w->tm->sysinfo].at);
	return 0;
}

/* Said first: what was lost before us, and what that means. */
static void
say_gone(struct work *w, enum graft_identity identity)
{
	if (has_identity(w->target, w->tm))
		return;
	w->report->gone = true;
	if (identity == GRAFT_DONOR)
		say(w, "gone", "donor", 0, 0,
		    "This camera's own settings are gone already. It becomes the "
		    "donor's twin: both will share the device id, the name of the "
		    "access point, %s.",
		    twins_mac(mac_told(w->dm, w->who->donor_mac)));
	else
		say(w, "gone", "blank", 0, 0,
		    "This camera's own settings are gone already; it starts with "
		    "factory defaults, and has to be set up anew.");
}

/* What tells the donor from others and still stands in the image, because it lies where
 * no rule of ours knows whose it is. */
static void
say_left(struct work *w, const struct found_list *list)
{
	const struct found *f;
	const uint8_t *hit;
	unsigned i, looked = 0;

	for (i = 0; i < list->n && looked < LEFT_MAX; i++) {
		f = &list->items[i];
		if (!found_is_secret(f->kind) || f->kind == FOUND_SETTING || f->n < 6)
			continue;
		looked++;
		if (memmem(w->target, w->n, f->bytes, f->n) != NULL ||
		    (hit = memmem(w->out, w->n, f->bytes, f->n)) == NULL)
			continue;
		say(w, "left", "donor", (uint32_t)(hit - w->out), f->n,
		    "The donor's %s stands here too, outside of its settings, and is "
		    "written with the rest.",
		    found_kind_name(f->kind));
	}
}

static void
find_left(struct work *w)
{
	struct found_list *list = malloc(sizeof(*list));

	if (list == NULL)
		return;
	found_scan(w->donor, w->n, w->dm, list);
	say_left(w, list);
	free(list);
}

static void
count(struct work *w)
{
	w->report->differs_from_donor = count_differing(w->out, w->donor, w->n);
	w->report->differs_from_target = count_differing(w->out, w->target, w->n);
}

static void
put_settings(struct work *w, enum graft_choice settings)
{
	if (settings == GRAFT_FROM_TARGET)
		keep_settings(w);
	else if (settings == GRAFT_FROM_DONOR)
		donor_settings(w);
	else
		blank_settings(w);
}

/* Lines that can be chosen, with what is usual there. */
static void
mark_parts(struct work *w, enum graft_identity identity)
{
	struct graft_line *line;
	unsigned i;

	for (i = 0; i < w->report->n_lines; i++) {
		line = &w->report->lines[i];
		if (strcmp(line->what, "settings") == 0)
			snprintf(line->usual, sizeof(line->usual), "%s",
			    identity == GRAFT_KEEP ? "target" : "blank");
		else if (strcmp(line->what, "area") == 0 ||
		    (strcmp(line->what, "device") == 0 &&
			strcmp(line->from, "donor") != 0))
			memcpy(line->usual, line->from, sizeof(line->usual));
	}
}

static int
graft(struct work *w, enum graft_identity identity, struct err *e)
{
	enum graft_choice settings;

	w->place = settings_place(w, identity);
	settings = settings_choice(w, identity);
	if (check_parents(w, settings, e) < 0)
		return -1;
	say_gone(w, settings == GRAFT_FROM_DONOR ? GRAFT_DONOR : identity);
	memcpy(w->out, w->donor, w->n);
	say(w, "firmware", "donor", 0, w->dm->end, "All sections, for %s.",
	    image_family_title(w->dm->family));
	device_sectors(w);
	donor_areas(w, identity);
	if (identity == GRAFT_KEEP)
		target_areas(w);
	put_settings(w, settings);
	mark_parts(w, identity);
	if (w->choices != NULL &&
	    graft_choose(w->choices, w->donor, w->target, w->out, w->report, e) < 0)
		return -1;
	say_mac(w, settings);
	find_left(w);
	count(w);
	return 0;
}

/* Is the dump the target's own? Says why. */
static const char *
is_own(const struct work *w)
{
	const struct graft_who *who = w->who;

	if (who->donor_chip_id[0] != '\0' && who->target_chip_id[0] != '\0')
		return strcmp(who->donor_chip_id, who->target_chip_id) == 0
		    ? "it was read from the chip with this chip id"
		    : NULL;
	if (w->dm->has_mac && w->tm->has_mac)
		return memcmp(w->dm->mac, w->tm->mac, sizeof(w->dm->mac)) == 0
		    ? "it holds the MAC address that stands in the camera"
		    : NULL;
	return who->same_camera ? "the library read it under this camera's name" : NULL;
}

static int
restore(struct work *w, enum graft_identity identity, struct err *e)
{
	const char *own = is_own(w);

	if (identity != GRAFT_DONOR && (identity != GRAFT_KEEP || own == NULL))
		return graft(w, identity, e);
	w->report->as_it_is = true;
	w->report->own = own != NULL;
	memcpy(w->out, w->donor, w->n);
	if (own != NULL)
		say(w, "identity", "target", 0, (uint32_t)w->n,
		    "The dump is this camera's own (%s), so it goes back as it is, "
		    "settings and all.",
		    own);
	else {
		say_gone(w, identity);
		say(w, "identity", "donor", 0, (uint32_t)w->n,
		    "The dump as it is: settings, Wi-Fi names and passwords, keys and "
		    "stored MAC address of the camera that it was read from. Its twin "
		    "will share the device id, the name of the access point, %s.",
		    twins_mac(mac_told(w->dm, w->who->donor_mac)));
	}
	w->report->mac = mac_told(w->dm, w->who->donor_mac);
	count(w);
	return 0;
}

static int
with_maps(struct work *w, enum graft_identity identity,
    int (*fn)(struct work *, enum graft_identity, struct err *), struct err *e)
{
	static const struct graft_who nobody;
	int r = -1;

	if (w->who == NULL)
		w->who = &nobody;
	memset(w->report, 0, sizeof(*w->report));
	w->dm = malloc(sizeof(*w->dm));
	w->tm = malloc(sizeof(*w->tm));
	if (w->dm == NULL || w->tm == NULL)
		err_sys(e, "memory for two maps");
	else if (image_map(w->donor, w->n, w->dm, e) == 0 &&
	    image_map(w->target, w->n, w->tm, e) == 0)
		r = fn(w, identity, e);
	free(w->dm);
	free(w->tm);
	return r;
}

int
image_graft(const uint8_t *donor, const uint8_t *target, size_t n,
    enum graft_identity identity, const struct graft_choices *choices,
    const struct graft_who *who, uint8_t *ret, struct graft_report *ret_report,
    struct err *e)
{
	struct work w = { .donor = donor,
		.target = target,
		.n = n,
		.choices = choices,
		.who = who,
		.out = ret,
		.report = ret_report };

	return with_maps(&w, identity, graft, e);
}

int
image_restore(const uint8_t *dump, const uint8_t *target, size_t n,
    enum graft_identity identity, const struct graft_who *who, uint8_t *ret,
    struct graft_report *ret_report, struct err *e)
{
	struct work w = { .donor = dump,
		.target = target,
		.n = n,
		.who = who,
		.out = ret,
		.report = ret_report };

	return with_maps(&w, identity, restore, e);
}
