/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plan of a write, for a person to read first (see plan.h). Pure; any process. */
#include "config.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/err.h"
#include "common/said.h"
#include "common/text.h"
#include "image/plan.h"

/* A NOR sector erase and its programming, typical datasheet times. */
#define SECTOR_MS 70u

static struct err *add(struct plan *, const char *, const char *, ...)
    __attribute__((format(printf, 3, 4)));

/* The line's place; NULL when the plan is full. */
static struct err *
add_line(struct plan *plan, const char *what)
{
	struct plan_line *line;

	if (plan->n_lines == PLAN_LINES_MAX)
		return NULL;
	line = &plan->lines[plan->n_lines++];
	snprintf(line->what, sizeof(line->what), "%s", what);
	return &line->said;
}

/* Returns the line's sentence, or NULL. */
static struct err *
add(struct plan *plan, const char *what, const char *fmt, ...)
{
	struct err *said = add_line(plan, what);
	va_list ap;

	va_start(ap, fmt);
	(void)err_vset(said, ERR_NONE, "", fmt, ap);
	va_end(ap);
	return said;
}

/* A sentence that somebody else said. */
static void
add_said(struct plan *plan, const char *what, const struct err *said)
{
	struct err *line = add_line(plan, what);

	if (line != NULL)
		*line = *said;
}

/* Two reads of the whole flash, then erase, write and read back of what changes. */
static unsigned
worst_seconds(uint64_t flash_size, uint64_t changed, unsigned baud)
{
	uint64_t line_ms =
	    (2 * flash_size + 2 * changed) * 10 * 1000 / (baud > 0 ? baud : 1);
	uint64_t nor_ms = changed / IMAGE_SECTOR * SECTOR_MS;

	return (unsigned)((line_ms * 103 / 100 + nor_ms) / 1000 + 2);
}

static void
add_sections(struct plan *plan, const struct image_map *map)
{
	char names[160] = "", size[32];
	size_t used = 0;
	unsigned i;

	for (i = 0; i < map->n_sections && used < sizeof(names); i++)
		used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s",
		    i > 0 ? ", " : "", map->sections[i].name);
	add(plan, "image", "For %s; %s; sections: %s.", image_family_title(map->family),
	    text_bytes(map->n, size, sizeof(size)), names[0] != '\0' ? names : "none");
}

/* What was lost before us is said before anything else. */
static void
add_gone(struct plan *plan, const struct plan_identity *who)
{
	if (who->gone != NULL)
		add_said(plan, "gone", who->gone);
	else if (who->graft != NULL && who->graft->gone)
		add_said(plan, "gone", &who->graft->lines[0].said);
}

/* Where nobody has read this camera yet, the rules stand in for the image. */
static void
add_rules(struct plan *plan, enum graft_identity identity)
{
	if (identity == GRAFT_KEEP)
		add(plan, "identity",
		    "The camera keeps its own settings, Wi-Fi names and passwords, "
		    "stored MAC address and key-like pieces; all else comes from the "
		    "dump. A dump of this same camera goes back as it is. How its "
		    "flash looks now is not known yet: the image is made after it was "
		    "read, and nothing is written where there is no identity left to "
		    "keep.");
	else if (identity == GRAFT_BLANK)
		add(plan, "identity",
		    "The camera starts with factory defaults: its settings and records "
		    "become empty. Its key-like pieces stay.");
	else
		add(plan, "identity",
		    "The dump's own settings, Wi-Fi names and passwords, keys and "
		    "stored MAC address are written too: the camera becomes its "
		    "donor's twin.");
}

static void
add_graft(struct plan *plan, const struct plan_identity *who)
{
	const struct graft_report *r = who->graft;
	const struct graft_line *line;
	unsigned i;

	for (i = 0; i < r->n_lines; i++) {
		line = &r->lines[i];
		if (strcmp(line->what, "gone") == 0)
			continue;
		if (line->n > 0 && strcmp(line->what, "identity") != 0)
			said_nest(add(plan, line->what,
				      "0x%" PRIx32 " to 0x%" PRIx32 ": %s", line->at,
				      line->at + line->n, line->said.msg),
			    2, &line->said);
		else
			add_said(plan, line->what, &line->said);
	}
	add(plan, "changes",
	    "The image differs from the dump in %u and from the camera (%s) in %u "
	    "sectors of 4 KiB; equal ones are left alone. It is made anew from what "
	    "the camera holds then.",
	    r->differs_from_donor, who->target, r->differs_from_target);
}

static void
add_restore(struct plan *plan, const struct plan_identity *who)
{
	if (who->graft != NULL) {
		add_graft(plan, who);
		return;
	}
	if (who->gone != NULL) {
		add(plan, "changes", "Nothing, before you chose whose identity to write.");
		return;
	}
	add(plan, "changes",
	    "Every 4 KiB sector that differs from the image; equal ones are left "
	    "alone.");
	add_rules(plan, who->identity);
}

static void
add_flash(struct plan *plan, const struct image_map *map, uint64_t flash_size)
{
	uint32_t end = (map->end + IMAGE_SECTOR - 1) / IMAGE_SECTOR * IMAGE_SECTOR;
	char rest[32];

	add(plan, "changes", "0x0 to 0x%" PRIx32 ", sector by sector where it differs.",
	    end);
	if (map->ota_n != 0)
		add(plan, "changes",
		    "The update record at 0x%" PRIx32
		    ": it will say 'start the first image'.",
		    map->ota_at);
	if (flash_size > end)
		add(plan, "keeps",
		    "Everything behind 0x%" PRIx32
		    " (%s): settings, Wi-Fi, MAC address, keys%s.",
		    end, text_bytes(flash_size - end, rest, sizeof(rest)),
		    map->ota_n != 0 ? ", except the update record" : "");
}

void
image_plan(enum plan_kind kind, const struct image_map *map, uint64_t flash_size,
    uint64_t at, uint64_t size, unsigned baud, const struct plan_identity *who,
    struct plan *ret)
{
	char duration[32], bytes[32];
	uint64_t changed;

	memset(ret, 0, sizeof(*ret));
	if (kind == PLAN_ERASE) {
		changed = size;
		if (flash_size == 0)
			flash_size = at + size;
		add(ret, "changes",
		    "0x%" PRIx64 " to 0x%" PRIx64 " (%s) becomes blank.", at, at + size,
		    text_bytes(size, bytes, sizeof(bytes)));
		add(ret, "keeps", "All other bytes.");
	} else {
		if (flash_size == 0)
			flash_size = map->n;
		changed = kind == PLAN_FLASH ? map->end : flash_size;
		if (who != NULL)
			add_gone(ret, who);
		add_sections(ret, map);
		if (who != NULL)
			add_restore(ret, who);
		else
			add_flash(ret, map, flash_size);
	}
	add(ret, "backup",
	    "First the camera's whole flash is read twice and kept as a dump; nothing "
	    "is erased "
	    "before that copy is safe.");
	if (kind != PLAN_ERASE && map->chain_ok && !map->has_upgrade)
		add(ret, "after",
		    "This firmware seems to have no console command 'upgrade': "
		    "afterwards the only "
		    "way back into download mode is PB02 and PB03 to ground at "
		    "power-on. Know where "
		    "these pads are before you go on.");
	if (kind != PLAN_ERASE)
		add(ret, "order",
		    "Each sector is erased, written and read back; the boot section "
		    "comes last.");
	ret->seconds = worst_seconds(flash_size, changed, baud);
	add(ret, "time", "At most about %s at %u baud; less where sectors are equal.",
	    text_duration(ret->seconds, duration, sizeof(duration)), baud);
}
