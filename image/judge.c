/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The rules of refusal: which image may be written to which camera (see image.h). One
 * function per rule, in the order in which they explain most. Pure; any process.
 */
#include "config.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/err.h"
#include "common/said.h"
#include "common/text.h"
#include "image/awih.h"
#include "image/image.h"

struct case_file {
	const uint8_t *p;
	size_t n;
	const struct image_map *map;
	enum image_use use;
	const struct image_target *target;
	struct err *warning;	/* or NULL */
};

/* Files that people pick by mistake, by their first bytes. */
static const struct {
	const char *magic;
	size_t n;
	const char *what;
} mistakes[] = {
	{ "PK\003\004", 4, "a ZIP archive (unpack it first)" },
	{ "\x1f\x8b", 2, "a gzip archive (unpack it first)" },
	{ "7z\xbc\xaf", 4, "a 7-Zip archive (unpack it first)" },
	{ "Rar!", 4, "a RAR archive (unpack it first)" },
	{ "\xfd"
	  "7zXZ",
	    5, "an xz archive (unpack it first)" },
	{ "\x7f"
	  "ELF",
	    4, "a program file (ELF)" },
	{ "\xff\xd8\xff", 3, "a JPEG picture" },
	{ "\x89PNG", 4, "a PNG picture" },
	{ "<!DO", 4, "a web page saved instead of the download" },
	{ "<htm", 4, "a web page saved instead of the download" },
	{ "MZ", 2, "a Windows program" },
	{ ":10", 3, "an Intel HEX text file" },
	{ "BROM", 4, "a recording of the boot ROM's protocol" },
	{ "RBL\0", 4, "a Beken update file (for BK7231 chips)" },
};

/* The target's name for a sentence: "XR872 (XF16)" for a known chip. */
static const char *
target_title(const struct image_target *t)
{
	enum image_family f;

	for (f = IMAGE_FAMILY_XR809; f <= IMAGE_FAMILY_XR806; f++) {
		if (strcmp(t->chip, image_family_name(f)) == 0)
			return image_family_title(f);
	}
	return t->chip;
}

static bool
all_same(const uint8_t *p, size_t n)
{
	return memcmp(p, p + 1, n - 1) == 0;
}

/* The first section that stands anywhere in the file, by a header that is whole. */
static bool
find_section(const struct case_file *c, struct image_section *ret)
{
	const uint8_t *p = c->p, *end = c->p + c->n;

	while ((p = memmem(p, (size_t)(end - p), "AWIH", 4)) != NULL) {
		if (awih_read(c->p, c->n, (uint32_t)(p - c->p), ret) == 0 &&
		    ret->header_ok)
			return true;
		p++;
	}
	return false;
}

/* A flash image after all, but not as it stands in the flash. 0 when it is none. */
static int
rule_displaced(const struct case_file *c, struct err *e)
{
	struct image_section s;

	if (c->n >= 4 && memcmp(c->p, "WAHI", 4) == 0)
		return err_set(e, ERR_REFUSED, "image-swapped",
		    "The bytes of this file are swapped in pairs: it begins with "
		    "'WAHI' in place of 'AWIH'. Read it with a tool that keeps their "
		    "order, or swap them back.");
	if (c->n >= 4 && memcmp(c->p, "HIWA", 4) == 0)
		return err_set(e, ERR_REFUSED, "image-swapped",
		    "The bytes of this file are reversed in fours: it begins with "
		    "'HIWA' in place of 'AWIH'. Read it with a tool that keeps their "
		    "order, or put them back.");
	if (!find_section(c, &s))
		return 0;
	if (s.id == AWIH_ID_BOOT)
		return err_set(e, ERR_REFUSED, "image-displaced",
		    "The boot section of this file stands at 0x%" PRIx32
		    " and not at its start: something was put in front of the flash's "
		    "contents. Remove what stands before it, then try again.",
		    s.offset);
	return err_set(e, ERR_REFUSED, "image-displaced",
	    "The first section in this file is '%s' at 0x%" PRIx32
	    ", and there is no boot section: the beginning of the flash is missing. "
	    "Choose an image that begins at address 0 of the camera's chip, %s.",
	    s.name, s.offset, target_title(c->target));
}

static int
rule_content(const struct case_file *c, struct err *e)
{
	size_t i;

	if (c->map->all_blank)
		return err_set(e, ERR_REFUSED, "image-blank",
		    "This file holds nothing but FF bytes: a dump of an empty flash, "
		    "or of a "
		    "flash that did not answer. Writing it would leave the camera "
		    "without firmware. Choose an image for its chip, %s, whose map "
		    "shows a boot section.",
		    target_title(c->target));
	if (c->map->has_boot)
		return 0;
	if (all_same(c->p, c->n))
		return err_set(e, ERR_REFUSED, "image-blank",
		    "This file holds nothing but %02X bytes: most likely a dump of a "
		    "flash that had no contact. Choose an image for the camera's chip, "
		    "%s, whose map shows a boot section.",
		    c->p[0], target_title(c->target));
	for (i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		if (c->n >= mistakes[i].n &&
		    memcmp(c->p, mistakes[i].magic, mistakes[i].n) == 0)
			return err_set(e, ERR_REFUSED, "image-no-boot",
			    "This file is %s, not a flash image: it has no boot "
			    "section at its start. Choose the raw .bin or .img file "
			    "for "
			    "the camera's chip, %s.",
			    mistakes[i].what, target_title(c->target));
	}
	if (rule_displaced(c, e) < 0)
		return -1;
	return err_set(e, ERR_REFUSED, "image-no-boot",
	    "This file has no boot section at its start (no 'AWIH' header with the "
	    "boot id), so "
	    "the %s could not start from it. It may be for another kind of chip, or "
	    "not begin "
	    "at address 0. Choose a dump of a whole flash of the same chip.",
	    target_title(c->target));
}

static int
rule_family(const struct case_file *c, struct err *e)
{
	enum image_family family = c->map->family;

	if (strcmp(image_family_name(family), c->target->chip) == 0)
		return 0;
	if (family == IMAGE_FAMILY_XR808 && strcmp(c->target->chip, "xr872") == 0) {
		if (c->target->force_xr808) {
			err_set(c->warning, ERR_NONE, "",
			    "This image is for XR808, a sibling of XR872. It is "
			    "written because you "
			    "asked for it by force; nobody has told us whether it "
			    "runs.");
			return 0;
		}
		err_set(e, ERR_REFUSED, "image-xr808",
		    "This image is for XR808, a sibling of the camera's %s: %s. Choose "
		    "an image made for %s. If you know that this firmware runs on your "
		    "board, the command line takes it with --force.",
		    target_title(c->target), c->map->family_reason.msg,
		    target_title(c->target));
		return said_nest(e, 1, &c->map->family_reason);
	}
	if (family == IMAGE_FAMILY_UNKNOWN) {
		err_set(e, ERR_REFUSED, "image-unknown-chip",
		    "It cannot be told which chip this image is for: %s. The camera's "
		    "chip is %s. "
		    "Choose an image made for it, best a dump of an identical camera.",
		    c->map->family_reason.msg, target_title(c->target));
		return said_nest(e, 0, &c->map->family_reason);
	}
	err_set(e, ERR_REFUSED, "image-other-chip",
	    "This image is for %s, but the camera's chip is %s: %s. Writing it would "
	    "leave the "
	    "camera in recovery mode. Choose an image for %s, best a dump of an "
	    "identical "
	    "camera.",
	    image_family_title(family), target_title(c->target),
	    c->map->family_reason.msg, target_title(c->target));
	return said_nest(e, 2, &c->map->family_reason);
}

static int
rule_chain(const struct case_file *c, struct err *e)
{
	const struct image_map *map = c->map;
	unsigned i;

	if (!map->chain_ok) {
		err_set(e, ERR_REFUSED, "image-chain",
		    "The image's chain of sections is broken: %s. The file is cut off "
		    "or damaged; get it for the camera's chip, %s, again and compare "
		    "its SHA-256.",
		    map->chain_error.msg, target_title(c->target));
		return said_nest(e, 0, &map->chain_error);
	}
	for (i = 0; i < map->n_sections; i++) {
		if (!map->sections[i].header_ok || !map->sections[i].data_ok)
			return err_set(e, ERR_REFUSED, "image-checksum",
			    "The %s checksum of section '%s' at 0x%" PRIx32
			    " is wrong: the file is damaged, or was read over a bad "
			    "line. Get the image for the camera's chip, %s, again, or "
			    "read the donor camera once more.",
			    map->sections[i].header_ok ? "data" : "header",
			    map->sections[i].name, map->sections[i].offset,
			    target_title(c->target));
	}
	for (i = 0; i < map->n_sections; i++) {
		if (strcmp(map->sections[i].name, "app") == 0)
			return 0;
	}
	return err_set(e, ERR_REFUSED, "image-no-app",
	    "The image has a boot section but no 'app' section, so the camera would "
	    "start and find no firmware. Choose a whole image for its chip, %s.",
	    target_title(c->target));
}

static int
rule_size(const struct case_file *c, struct err *e)
{
	char have[32], want[32];
	uint64_t flash = c->target->flash_size;

	text_bytes(c->n, have, sizeof(have));
	text_bytes(flash, want, sizeof(want));
	if (flash == 0)
		return err_set(e, ERR_REFUSED, "flash-size-unknown",
		    "The size of the flash at the camera's %s cannot be told, so "
		    "nothing is written: an address beyond its end would wrap around "
		    "to the boot section. Identify the camera again; if its JEDEC id "
		    "stays unknown, report it with the job's wire trace.",
		    target_title(c->target));
	if (c->use == IMAGE_SECTIONS) {
		if (c->map->end <= flash)
			return 0;
		return err_set(e, ERR_REFUSED, "image-too-large",
		    "The image ends at 0x%" PRIx32
		    ", but the camera's flash has only %s: the rest "
		    "would wrap around and overwrite the boot section. Choose an image "
		    "built for %s with %s of flash.",
		    c->map->end, want, target_title(c->target), want);
	}
	if (c->n == flash)
		return 0;
	if (c->map->equal_halves && c->n == 2 * flash)
		return err_set(e, ERR_REFUSED, "image-size",
		    "This dump has %s, twice the flash of the camera's %s, and its two "
		    "halves are equal: it was read past the end of its chip. "
		    "'camherd dump import' keeps its first %s; restore that dump.",
		    have, target_title(c->target), want);
	return err_set(e, ERR_REFUSED, "image-size",
	    "This dump has %s (%zu bytes), but the flash of the camera's %s has %s. A "
	    "restore writes the whole flash, so the sizes must be equal. For a "
	    "firmware image of sections use flash instead of restore.",
	    have, c->n, target_title(c->target), want);
}

static int
rule_ota(const struct case_file *c, struct err *e)
{
	const struct image_map *map = c->map;
	uint64_t end = (uint64_t)map->ota_at + map->ota_n;
	char want[32];

	if (map->ota_n == 0)
		return 0;
	text_bytes(c->target->flash_size, want, sizeof(want));
	if (end > c->target->flash_size)
		return err_set(e, ERR_REFUSED, "image-ota-outside",
		    "The image keeps its update record at 0x%" PRIx32 " to 0x%" PRIx64
		    ", beyond the end of the camera's %s flash. There the address "
		    "wraps around, and "
		    "the first update would erase the boot section. Choose an image "
		    "built for %s with %s of flash.",
		    map->ota_at, end, want, target_title(c->target), want);
	if (map->ota_at < map->end)
		return err_set(e, ERR_REFUSED, "image-ota-overlap",
		    "The image keeps its update record at 0x%" PRIx32
		    ", inside its own sections, which end at 0x%" PRIx32
		    ": the first update would destroy it. The file is damaged or badly "
		    "built; choose another one for the camera's chip, %s.",
		    map->ota_at, map->end, target_title(c->target));
	if (map->ota_at % IMAGE_SECTOR != 0)
		return err_set(e, ERR_REFUSED, "image-ota-align",
		    "The image keeps its update record at 0x%" PRIx32
		    ", which is no border of a 4 KiB sector. The file is damaged or "
		    "badly built; choose another one for the camera's chip, %s.",
		    map->ota_at, target_title(c->target));
	return 0;
}

int
image_judge(const uint8_t *p, size_t n, const struct image_map *map, enum image_use use,
    const struct image_target *target, struct err *ret_warning, struct err *e)
{
	static int (*const rules[])(const struct case_file *, struct err *) = {
		rule_content, rule_family, rule_chain, rule_size, rule_ota
	};
	struct case_file c = { p, n, map, use, target, ret_warning };
	size_t i;

	err_clear(ret_warning);
	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (rules[i](&c, e) < 0)
			return -1;
	}
	return 0;
}

void
image_ota_sector(uint8_t ret[IMAGE_SECTOR])
{
	/* An fdcm area of one sector with 4-byte records, one of them written: sequence
	 * 0x5555 (first image), state 0x9669 (verified). */
	static const uint8_t head[] = { 0xa5, 0x5a, 0x5a, 0xa5, 0x7c, 0x00, 0x04, 0x00,
		0xfe };
	static const uint8_t record[] = { 0x55, 0x55, 0x69, 0x96 };

	memset(ret, 0xff, IMAGE_SECTOR);
	memcpy(ret, head, sizeof(head));
	memcpy(ret + 8 + 0x7c, record, sizeof(record));
}
