/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The image of a restore (see want.h). Worker process. */
#include "config.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/err.h"
#include "common/text.h"
#include "flashd/engine/engine.h"
#include "flashd/engine/want.h"
#include "flashd/order.h"
#include "image/graft.h"

static void
fill_who(const struct engine *g, struct graft_who *who)
{
	const struct order *o = g->order;

	snprintf(
	    who->donor_chip_id, sizeof(who->donor_chip_id), "%s", o->image_chip_id);
	snprintf(who->donor_mac, sizeof(who->donor_mac), "%s", o->image_mac);
	snprintf(who->target_chip_id, sizeof(who->target_chip_id), "%s", g->id.chip_id);
	snprintf(who->target_mac, sizeof(who->target_mac), "%s", g->id.mac);
	snprintf(who->mac_source, sizeof(who->mac_source), "%s", g->id.mac_source);
	who->same_camera = o->image_own;
}

static const char *
made_how(enum graft_identity identity, const struct graft_report *r)
{
	return r->own ? "own" : graft_identity_name(identity);
}

/* What happened to whose identity, for the job's result and its log. */
static void
tell(const struct engine *g, enum graft_identity identity, const struct graft_report *r,
    const uint8_t *want)
{
	static const char *const macs[] = {
		"the MAC address: it cannot be told whether this firmware takes it "
		"from "
		"the chip or from the flash; the usual firmware takes it from the chip",
		"the MAC address comes from the chip, not from the flash",
		"the MAC address comes from the flash"
	};
	unsigned char digest[crypto_hash_sha256_BYTES];
	char hex[2 * sizeof(digest) + 1];
	struct err mac;
	unsigned i;

	for (i = 0; i < r->n_lines; i++) {
		if (r->lines[i].n > 0)
			report_log(g->report, "0x%x to 0x%x, %s: %s", r->lines[i].at,
			    r->lines[i].at + r->lines[i].n, r->lines[i].what,
			    r->lines[i].said.msg);
		else
			report_log(
			    g->report, "%s: %s", r->lines[i].what, r->lines[i].said.msg);
	}
	crypto_hash_sha256(digest, want, (size_t)g->id.flash_size);
	text_hex(digest, sizeof(digest), hex);
	report_log(g->report,
	    "the image to write: SHA-256 %s; %u sectors differ from the dump, %u from "
	    "the camera",
	    hex, r->differs_from_donor, r->differs_from_target);
	report_line(g->report, "image %s %s", made_how(identity, r), hex);
	if (r->gone)
		report_note(
		    g->report, "the camera's own settings were gone before this job");
	err_text(&mac, macs[r->mac]);
	report_note_said(g->report, &mac);
}

static int
judge(const struct engine *g, const uint8_t *want, struct err *e)
{
	struct image_target target = { .brom_version = g->id.brom_version,
		.flash_size = g->id.flash_size,
		.force_xr808 = g->order->force };
	struct image_map *map = malloc(sizeof(*map));
	size_t n = (size_t)g->id.flash_size;
	int r;

	snprintf(target.chip, sizeof(target.chip), "%s", g->id.chip);
	if (map == NULL)
		r = err_sys(e, "memory for the map");
	else if ((r = image_map(want, n, map, e)) == 0)
		r = image_judge(want, n, map, IMAGE_WHOLE, &target, NULL, e);
	free(map);
	return r;
}

int
want_restore(const struct engine *g, const uint8_t *dump, const uint8_t *have,
    uint8_t *ret, struct err *e)
{
	struct graft_report *report = malloc(sizeof(*report));
	enum graft_identity identity = GRAFT_DONOR;
	struct graft_who who = { .same_camera = false };
	int r = -1;

	fill_who(g, &who);
	if (report == NULL)
		err_sys(e, "memory for the image's report");
	else if (graft_identity_parse(g->order->identity, &identity) < 0)
		err_set(e, ERR_USAGE, "bad-order", "'%s' is nobody's identity",
		    g->order->identity);
	else if (image_restore(dump, have, (size_t)g->id.flash_size, identity, &who,
		     ret, report, e) == 0 &&
	    judge(g, ret, e) == 0) {
		tell(g, identity, report, ret);
		r = 0;
	}
	free(report);
	return r;
}
