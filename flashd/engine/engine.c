/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kinds of jobs, each a short story told with the other files here. Worker process.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/err.h"
#include "common/said.h"
#include "common/text.h"
#include "flashd/engine/backup.h"
#include "flashd/engine/engine.h"
#include "flashd/engine/hands.h"
#include "flashd/engine/link.h"
#include "flashd/engine/resume.h"
#include "flashd/engine/sectors.h"
#include "flashd/engine/transfer.h"
#include "flashd/engine/want.h"
#include "flashd/order.h"
#include "flashd/parts.h"
#include "image/image.h"

/* What a restore, flash or erase works with. */
struct change {
	uint8_t *image; /* NULL for erase */
	struct image_map *map;
	uint8_t *have, *want;
	struct journal journal; /* of the sessions before; resumed only */
};

bool
engine_stop(const struct engine *g)
{
	if (g->hold)
		return false;
	return g->report->gone || (g->stop_asked != NULL && g->stop_asked(g->stop_arg));
}

int
engine_check(const struct engine *g, struct err *e)
{
	if (!engine_stop(g))
		return 0;
	return err_set(e, ERR_FAILED, "cancelled", "stopped as asked");
}

int
engine_image(const struct engine *g, uint8_t **ret, struct err *e)
{
	size_t n = (size_t)g->order->image, have = 0;
	uint8_t *p;
	ssize_t r;

	if (g->image_fd < 0 || n == 0 || n > IMAGE_BYTES_MAX)
		return err_set(
		    e, ERR_USAGE, "no-image", "the order came without its image");
	if ((p = malloc(n)) == NULL)
		return err_sys(e, "memory for the image");
	while (have < n) {
		r = pread(g->image_fd, p + have, n - have, (off_t)have);
		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0)
			break;
		have += (size_t)r;
	}
	if (have < n) {
		free(p);
		return err_set(e, ERR_FAILED, "image-short",
		    "the image ends after %zu of %zu bytes", have, n);
	}
	*ret = p;
	return 0;
}

static int
do_identify(struct engine *g, struct err *e)
{
	return link_enter(g, e) < 0 || link_identify(g, e) < 0 ? -1 : 0;
}

/* A flash without contact says FF or 00 to everything, its id as well. */
static int
check_flash(const struct engine *g, struct err *e)
{
	const uint8_t *id = g->id.jedec;

	if (!part_absent(id))
		return 0;
	return err_set(e, ERR_REFUSED, "flash-absent",
	    "the boot ROM on %s answers, but its flash chip does not: its JEDEC id "
	    "reads %02x %02x %02x. Likely the flash has no contact or no supply, or is "
	    "broken. Check its solder joints, then try again; nothing was written",
	    g->order->node, id[0], id[1], id[2]);
}

/* The rate first: identifying takes many small exchanges, slow at the rate of entry. */
static int
open_chip(struct engine *g, struct err *e)
{
	if (link_enter(g, e) < 0 || link_speed(g, e) < 0 || link_identify(g, e) < 0)
		return -1;
	return check_flash(g, e);
}

static int
do_backup(struct engine *g, struct err *e)
{
	uint8_t *p = NULL;

	if (open_chip(g, e) < 0)
		return -1;
	g->report->work_total = 2 * g->id.flash_size;
	if (backup_read(g, &p, e) < 0)
		return -1;
	free(p);
	return 0;
}

static int
confirm(struct engine *g, uint32_t at, const uint8_t *want, size_t n, uint8_t *chip,
    size_t *ret_sectors, uint64_t *ret_first, struct err *e)
{
	size_t i, k;
	int r;

	for (i = 0; i < n; i += ENGINE_SECTOR) {
		if (memcmp(chip + i, want + i, ENGINE_SECTOR) == 0)
			continue;
		r = transfer_differs(g, at + (uint32_t)i, want + i, chip + i, e);
		if (r < 0)
			return -1;
		if (r == 0)
			continue;
		for (k = i; k < n && chip[k] == want[k]; k++)
			;
		if ((*ret_sectors)++ == 0)
			*ret_first = at + k;
		report_blocks(g->report, at + (uint32_t)i, ENGINE_SECTOR, '!');
	}
	return 0;
}

static int
compare_chip(struct engine *g, const uint8_t *want, size_t n, size_t *ret_sectors,
    uint64_t *ret_first, struct err *e)
{
	static const size_t unit = 32 * 512;
	uint8_t chip[32 * 512];
	size_t at, take;

	report_step(g->report, "verify", n);
	g->report->work_total = g->report->work_done + n;
	transfer_pass(g, unit);
	for (at = 0; at < n; at += take) {
		take = n - at < unit ? n - at : unit;
		if (transfer_read(g, (uint32_t)at, chip, take, e) < 0)
			return -1;
		report_blocks(g->report, (uint32_t)at, take, 'v');
		if (memcmp(chip, want + at, take) != 0 &&
		    confirm(g, (uint32_t)at, want + at, take, chip, ret_sectors,
			ret_first, e) < 0)
			return -1;
	}
	return 0;
}

static int
verify_against(struct engine *g, const uint8_t *want, struct err *e)
{
	size_t n = (size_t)g->order->image, sectors = 0;
	uint64_t first = 0;
	char have[32], other[32];

	if (n != g->id.flash_size || n % ENGINE_SECTOR != 0)
		return err_set(e, ERR_MISMATCH, "verify-size",
		    "the camera's flash has %s, but %s has %s: they cannot be the same",
		    text_bytes(g->id.flash_size, have, sizeof(have)),
		    g->order->image_name, text_bytes(n, other, sizeof(other)));
	if (compare_chip(g, want, n, &sectors, &first, e) < 0)
		return -1;
	report_line(g->report, "differs %zu %llu", sectors, (unsigned long long)first);
	if (sectors == 0)
		return 0;
	return err_set(e, ERR_MISMATCH, "verify-mismatch",
	    "%zu of %zu sectors of 4 KiB differ from %s, the first byte at 0x%llx",
	    sectors, n / ENGINE_SECTOR, g->order->image_name,
	    (unsigned long long)first);
}

static int
do_verify(struct engine *g, struct err *e)
{
	uint8_t *want = NULL;
	int r;

	if (engine_image(g, &want, e) < 0)
		return -1;
	r = open_chip(g, e) < 0 ? -1 : verify_against(g, want, e);
	free(want);
	return r;
}

static int
check_tested(const struct engine *g, struct err *e)
{
	if (g->chip->driver->caps.write == CHIP_HARDWARE || g->order->experimental)
		return 0;
	return err_set(e, ERR_REFUSED, "experimental-needed",
	    "writing to %s has been tried on a simulator only, and on no real camera "
	    "that we "
	    "know of. If you accept that, repeat with --experimental (on the page: "
	    "type the "
	    "word)",
	    g->chip->driver->title);
}

static enum image_use
use_of(const struct engine *g)
{
	return strcmp(g->order->kind, "restore") == 0 ? IMAGE_WHOLE : IMAGE_SECTIONS;
}

static int
judge(struct engine *g, const struct change *c, struct err *e)
{
	struct image_target target = { .brom_version = g->id.brom_version,
		.flash_size = g->id.flash_size,
		.force_xr808 = g->order->force };
	struct err warning;

	snprintf(target.chip, sizeof(target.chip), "%s", g->id.chip);
	if (image_judge(c->image, (size_t)g->order->image, c->map, use_of(g), &target,
		&warning, e) < 0)
		return -1;
	if (warning.msg[0] != '\0')
		report_note_said(g->report, &warning);
	if (!c->map->has_upgrade)
		report_note(g->report,
		    "this firmware seems to have no console command 'upgrade': the "
		    "only "
		    "way back into download mode will be the pads %s, held to ground "
		    "at "
		    "power-on",
		    hands_pads(g));
	return 0;
}

static int
check_erase_range(const struct engine *g, struct err *e)
{
	const struct order *o = g->order;
	char size[32];

	if (g->id.flash_size == 0)
		return err_set(e, ERR_REFUSED, "flash-size-unknown",
		    "the size of the camera's flash cannot be told (JEDEC id %02x %02x "
		    "%02x), so nothing is erased: an address beyond its end would wrap "
		    "around to the boot section. Report the id with the job's wire "
		    "trace",
		    g->id.jedec[0], g->id.jedec[1], g->id.jedec[2]);
	if (o->at % ENGINE_SECTOR != 0 || o->size % ENGINE_SECTOR != 0 || o->size == 0)
		return err_set(e, ERR_REFUSED, "erase-border",
		    "0x%llx and 0x%llx are no multiples of the 4 KiB sector, and a "
		    "sector can only be erased whole; give a start and a size in "
		    "steps of 0x1000",
		    (unsigned long long)o->at, (unsigned long long)o->size);
	if (o->at <= g->id.flash_size && o->size <= g->id.flash_size - o->at)
		return 0;
	return err_set(e, ERR_REFUSED, "erase-outside",
	    "0x%llx bytes at 0x%llx reach beyond the camera's flash of %s, where "
	    "addresses wrap around to the boot section; choose a range that ends at "
	    "0x%llx or before",
	    (unsigned long long)o->size, (unsigned long long)o->at,
	    text_bytes(g->id.flash_size, size, sizeof(size)),
	    (unsigned long long)g->id.flash_size);
}

/* An address beyond the end wraps around to the boot section, so the size must be
 * proved. An empty flash cannot prove it and has nothing to lose: it is read back
 * whole afterwards. */
static int
check_size_proved(const struct engine *g, const uint8_t *have, struct err *e)
{
	size_t n = (size_t)g->id.flash_size, i;
	bool halves;

	if (g->id.size_proved)
		return 0;
	for (i = 0; i < n && have[i] == 0xff; i++)
		;
	if (i == n)
		return 0;
	halves = memcmp(have, have + n / 2, n / 2) == 0;
	return err_set(e, ERR_REFUSED, "flash-size-unproved",
	    "the flash says it has %llu bytes, but %s: addresses may wrap around "
	    "earlier, and a write behind the end would land on the boot section. "
	    "Nothing was written; the backup is kept. Read the marking of the flash "
	    "chip on the board. If it names a smaller size, this version cannot write "
	    "that chip. If it names this size, put other contents into %s with a "
	    "flash programmer, then run this job again",
	    (unsigned long long)n,
	    halves ? "both its halves read the same" : "reading it does not prove that",
	    halves ? "one half" : "the flash");
}

/* The image boots the first of two firmwares, so its OTA record must say so. */
static int
want_ota(const struct engine *g, struct change *c, struct err *e)
{
	const struct image_map *map = c->map;
	const uint8_t *old = c->have + map->ota_at;
	uint8_t sector[IMAGE_SECTOR];

	if (map->ota_n == 0)
		return 0;
	/* An fdcm area with longer records is somebody's settings. */
	if (memcmp(old, "\xa5\x5a\x5a\xa5", 4) == 0 && (old[6] != 4 || old[7] != 0))
		return err_set(e, ERR_REFUSED, "image-ota-settings",
		    "the image keeps its update record at 0x%x, where this camera "
		    "keeps its "
		    "settings: writing it would erase them. Choose an image built with "
		    "another "
		    "place for it",
		    map->ota_at);
	image_ota_sector(sector);
	memset(c->want + map->ota_at, 0xff, map->ota_n);
	memcpy(c->want + map->ota_at, sector,
	    map->ota_n < sizeof(sector) ? map->ota_n : sizeof(sector));
	report_log(
	    g->report, "the update record at 0x%x will say: first image", map->ota_at);
	return 0;
}

/* What the chip shall hold, from what it holds. */
static int
make_want(const struct engine *g, struct change *c, struct err *e)
{
	size_t n = (size_t)g->id.flash_size;

	if ((c->want = malloc(n)) == NULL)
		return err_sys(e, "memory for the new contents");
	memcpy(c->want, c->have, n);
	if (c->image == NULL) {
		memset(c->want + g->order->at, 0xff, (size_t)g->order->size);
		return 0;
	}
	if (use_of(g) == IMAGE_WHOLE)
		return want_restore(g, c->image, c->have, c->want, e);
	/* A file of sections may carry padding; only its own range is written. */
	memcpy(c->want, c->image, c->map->end);
	return want_ota(g, c, e);
}

/* End of the boot section: what the ROM needs to start. */
static size_t
boot_end(const struct change *c)
{
	const struct image_section *boot;

	if (c->map == NULL || !c->map->has_boot)
		return 0;
	boot = &c->map->sections[0];
	return (size_t)boot->offset + 64 + boot->size;
}

/* With contents in it, a flash that was empty can show its size. */
static bool
proves_its_size(struct engine *g)
{
	struct err ignored = { .code = ERR_NONE };
	struct chip_id id = { .flash_size = 0 };

	if (g->chip->driver->identify(g->chip, &id, &ignored) < 0)
		return false; /* reading it all will tell why */
	return id.size_proved && id.flash_size == g->id.flash_size;
}

static int
write_change(struct engine *g, struct change *c, struct err *e)
{
	struct sectors s = { .g = g,
		.have = c->have,
		.want = c->want,
		.n = (size_t)g->id.flash_size,
		.boot = boot_end(c),
		.before = g->order->resume ? c->journal.state : NULL };
	size_t sectors = 0;
	uint64_t first = 0;

	if (sectors_write(&s, e) < 0)
		return -1;
	if (g->id.size_proved || !g->touched || proves_its_size(g))
		return 0;
	if (compare_chip(g, c->want, s.n, &sectors, &first, e) < 0)
		return -1;
	if (sectors == 0)
		return 0;
	return err_set(e, ERR_FAILED, "flash-wraps",
	    "%zu sectors changed again after they were written, the first at 0x%llx: "
	    "the flash is "
	    "smaller than its id says, and its addresses wrap around",
	    sectors, (unsigned long long)first);
}

/* The fresh backup is also what each sector is compared with. */
static int
take_fresh(struct engine *g, struct change *c, struct err *e)
{
	g->report->work_total = 4 * g->id.flash_size;
	if (backup_read(g, &c->have, e) < 0 || check_size_proved(g, c->have, e) < 0 ||
	    make_want(g, c, e) < 0)
		return -1;
	return resume_begin(g, c->have, c->want, e);
}

/* What is wanted follows from what the chip held at first; then it is read once. */
static int
take_up(struct engine *g, struct change *c, struct err *e)
{
	uint8_t *now;

	g->report->work_total = 2 * g->id.flash_size;
	if (make_want(g, c, e) < 0)
		return -1;
	if ((now = malloc((size_t)g->id.flash_size)) == NULL)
		return err_sys(e, "memory for what the chip holds");
	if (resume_look(g, &c->journal, c->have, c->want, now, e) < 0) {
		free(now);
		return -1;
	}
	free(c->have);
	c->have = now;
	return 0;
}

static int
change_chip(struct engine *g, struct change *c, struct err *e)
{
	if (open_chip(g, e) < 0 ||
	    (g->order->resume && resume_identity(g, &c->journal, e) < 0) ||
	    check_tested(g, e) < 0)
		return -1;
	if ((c->image != NULL ? judge(g, c, e) : check_erase_range(g, e)) < 0)
		return -1;
	if ((g->order->resume ? take_up(g, c, e) : take_fresh(g, c, e)) < 0)
		return -1;
	return write_change(g, c, e);
}

/* How far it came: each sector is the new one, the old one, or in the open part. */
static void
say_sectors(const struct engine *g, struct err *ret)
{
	struct err open = { .code = ERR_NONE };

	if (g->open_n != 0)
		err_set(&open, ERR_NONE, "", "%u from 0x%x on may hold anything, ",
		    g->open_n / ENGINE_SECTOR, g->open_at);
	if (g->to_write == 0)
		err_set(ret, ERR_NONE, "",
		    "%u sectors are new, %sthe rest is as it was", g->done, open.msg);
	else
		err_set(ret, ERR_NONE, "",
		    "%u of %u sectors are new, %sthe rest is as it was", g->done,
		    g->to_write, open.msg);
	said_nest(ret, g->to_write == 0 ? 1 : 2, &open);
}

/* What the chip is like now, for a person whose job stopped after its first erase. */
static void
say_state(const struct engine *g, struct err *e)
{
	struct err why = *e, sectors;

	if (!g->touched || g->other)
		return;
	say_sectors(g, &sectors);
	err_set(e, why.code, why.name,
	    "%.360s. The chip is partly written: %s. The camera may not start; %s. Its "
	    "backup is safe; resume this job to finish",
	    why.msg, sectors.msg,
	    !g->entered || g->mute || why.code == ERR_LOST
		? "leave it as it is"
		: "leave it powered, it waits in download mode");
	said_nest(e, 0, &why);
	said_nest(e, 1, &sectors);
}

static int
do_change(struct engine *g, struct err *e)
{
	struct change c = { .image = NULL };
	int r = 0;

	/* The chip was erased in part by a session before. */
	g->touched = g->order->resume;
	if (g->order->resume)
		r = resume_open(g, &c.journal, &c.have, e);
	if (r == 0 && strcmp(g->order->kind, "erase") != 0) {
		c.map = malloc(sizeof(*c.map));
		r = c.map == NULL ? err_sys(e, "memory for the map")
				  : engine_image(g, &c.image, e);
		if (r == 0)
			r = image_map(c.image, (size_t)g->order->image, c.map, e);
	}
	if (r == 0)
		r = change_chip(g, &c, e);
	if (r < 0)
		say_state(g, e);
	free(c.image);
	free(c.map);
	free(c.have);
	free(c.want);
	return r;
}

static const struct {
	const char *kind;
	int (*run)(struct engine *g, struct err *e);
} kinds[] = {
	{ "identify", do_identify },
	{ "backup", do_backup },
	{ "verify", do_verify },
	{ "restore", do_change },
	{ "flash", do_change },
	{ "erase", do_change },
};

int
engine_run(struct engine *g, struct err *e)
{
	size_t i;
	int r;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i].kind, g->order->kind) != 0)
			continue;
		r = kinds[i].run(g, e);
		/* Half-written, the chip is safest where it is: in download mode it
		 * needs neither console nor straps to be finished. */
		if (r == 0 || ((!g->touched || g->other) && e->code != ERR_LOST)) {
			g->hold = true;
			link_leave(g);
		}
		return r;
	}
	return err_set(
	    e, ERR_USAGE, "bad-order", "'%s' is no kind of work", g->order->kind);
}
