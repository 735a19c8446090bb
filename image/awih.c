/* SPDX-License-Identifier: GPL-3.0-or-later */
/* AWIH sections: headers, chain, chip family (see awih.h). Pure; any process. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/buf.h"
#include "common/err.h"
#include "image/awih.h"

#define AWIH_MAGIC 0x48495741u /* "AWIH" */

static const struct {
	uint32_t id;
	const char *name;
} section_names[] = {
	{ 0xa5ff5a00, "boot" },
	{ 0xa5fe5a01, "app" },
	{ 0xa5fd5a02, "app_xip" },
	{ 0xa5fc5a03, "net" },
	{ 0xa5fb5a04, "net_ap" },
	{ 0xa5fa5a05, "wlan_bl" },
	{ 0xa5f95a06, "wlan_fw" },
	{ 0xa5f85a07, "wlan_sdd" },
	{ 0xa5f75a08, "app_ext" },
	{ 0xa5f65a09, "app_psram" },
};

/* What the boot section of each family says about itself. */
static const struct {
	enum image_family family;
	uint32_t load, entry, sp; /* sp: first word of the body */
} families[] = {
	{ IMAGE_FAMILY_XR872, 0x00268000, 0x00268101, 0x00268000 },
	{ IMAGE_FAMILY_XR808, 0x00268000, 0x00268101, 0x00240000 },
	{ IMAGE_FAMILY_XR809, 0x00067000, 0x00067101, 0x00080000 },
	{ IMAGE_FAMILY_XR806, 0x00230000, 0x00230101, 0x00247c00 },
};

uint16_t
image_sum16(const uint8_t *p, size_t n)
{
	uint32_t sum = 0;
	size_t i;

	for (i = 0; i + 1 < n; i += 2)
		sum += (uint32_t)(p[i] | p[i + 1] << 8);
	if (i < n)
		sum += p[i];
	return (uint16_t)sum;
}

static void
name_section(struct image_section *s)
{
	size_t i;

	for (i = 0; i < sizeof(section_names) / sizeof(section_names[0]); i++) {
		if (section_names[i].id == s->id) {
			snprintf(s->name, sizeof(s->name), "%s", section_names[i].name);
			return;
		}
	}
	snprintf(s->name, sizeof(s->name), "%08" PRIx32, s->id);
}

int
awih_read(const uint8_t *p, size_t n, uint32_t at, struct image_section *ret)
{
	struct image_section s = { .offset = at };
	struct reader r;
	size_t i;

	if (at > n || n - at < AWIH_HEADER)
		return -1;
	reader_init(&r, p + at, AWIH_HEADER);
	if (reader_le32(&r) != AWIH_MAGIC)
		return -1;
	s.version = reader_le32(&r);
	s.header_sum = reader_le16(&r);
	s.data_sum = reader_le16(&r);
	s.size = reader_le32(&r);
	s.load = reader_le32(&r);
	s.entry = reader_le32(&r);
	s.body = reader_le32(&r);
	s.attribute = reader_le32(&r);
	s.next = reader_le32(&r);
	s.id = reader_le32(&r);
	for (i = 0; i < 6; i++)
		s.priv[i] = reader_le32(&r);
	s.header_ok = image_sum16(p + at, AWIH_HEADER) == 0xffff;
	if (s.size <= n - at - AWIH_HEADER)
		s.data_ok = (uint16_t)(s.data_sum +
				image_sum16(p + at + AWIH_HEADER, s.size)) == 0xffff;
	name_section(&s);
	*ret = s;
	return 0;
}

static void
put_le16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

void
awih_mend(uint8_t *p, size_t n, uint32_t at)
{
	struct image_section s;

	if (awih_read(p, n, at, &s) < 0 || s.size > n - at - AWIH_HEADER)
		return;
	put_le16(p + at + 10,
	    (uint16_t)(0xffff - image_sum16(p + at + AWIH_HEADER, s.size)));
	put_le16(p + at + 8, 0);
	put_le16(p + at + 8, (uint16_t)(0xffff - image_sum16(p + at, AWIH_HEADER)));
}

/* The section just read must lie inside and lead on; false with the reason. */
static bool
section_fits(const struct image_section *s, size_t n, struct image_map *map)
{
	uint32_t room = (uint32_t)(n - s->offset - AWIH_HEADER);

	map->chain_at = s->offset;
	if (s->size > room) {
		err_set(&map->chain_error, ERR_REFUSED, "",
		    "section '%s' at 0x%" PRIx32 " says that it has 0x%" PRIx32
		    " bytes, but the file ends 0x%" PRIx32 " bytes behind its header",
		    s->name, s->offset, s->size, room);
		return false;
	}
	if (s->next == IMAGE_NONE)
		return true;
	if (s->next <= s->offset)
		err_set(&map->chain_error, ERR_REFUSED, "",
		    "section '%s' at 0x%" PRIx32 " leads back to 0x%" PRIx32
		    ": the chain must rise",
		    s->name, s->offset, s->next);
	else if (s->next < s->offset + AWIH_HEADER + s->size)
		err_set(&map->chain_error, ERR_REFUSED, "",
		    "the section at 0x%" PRIx32
		    " begins inside section '%s' at 0x%" PRIx32
		    ", which ends at 0x%" PRIx32,
		    s->next, s->name, s->offset, s->offset + AWIH_HEADER + s->size);
	else if (s->next > n - AWIH_HEADER)
		err_set(&map->chain_error, ERR_REFUSED, "",
		    "section '%s' at 0x%" PRIx32 " leads to 0x%" PRIx32
		    ", beyond the end of the file at 0x%zx",
		    s->name, s->offset, s->next, n);
	return map->chain_error.msg[0] == '\0';
}

static void
take_boot(const struct image_section *s, struct image_map *map)
{
	uint32_t size = s->priv[0] >> 8;

	map->has_boot = s->id == AWIH_ID_BOOT;
	/* w0 = flash number | size << 8, w1 = address; all ones: no OTA area. */
	if (map->has_boot && s->priv[0] != IMAGE_NONE && s->priv[1] != IMAGE_NONE &&
	    size != 0 && size != 0xffffff) {
		map->ota_at = s->priv[1];
		map->ota_n = size;
	}
}

void
awih_walk(const uint8_t *p, size_t n, struct image_map *map)
{
	struct image_section *s;
	uint32_t at = 0;

	map->chain_at = 0;
	while (map->n_sections < IMAGE_SECTIONS_MAX) {
		s = &map->sections[map->n_sections];
		if (awih_read(p, n, at, s) < 0) {
			err_set(&map->chain_error, ERR_REFUSED, "",
			    map->n_sections == 0
				? "there is no section header at 0x%" PRIx32
				: "the chain leads to 0x%" PRIx32
				  ", where no section begins",
			    at);
			return;
		}
		map->n_sections++;
		if (at == 0)
			take_boot(s, map);
		if (!section_fits(s, n, map))
			return;
		if (s->offset + AWIH_HEADER + s->size > map->end)
			map->end = s->offset + AWIH_HEADER + s->size;
		if (s->next == IMAGE_NONE) {
			map->chain_ok = true;
			return;
		}
		at = s->next;
	}
	err_set(&map->chain_error, ERR_REFUSED, "",
	    "the chain has more than %d sections", IMAGE_SECTIONS_MAX);
}

enum image_family
awih_family(const uint8_t *p, size_t n, const struct image_map *map,
    struct err *ret_reason)
{
	const struct image_section *boot = &map->sections[0];
	uint32_t sp, reset;
	struct reader r;
	size_t i;

	if (!map->has_boot || boot->size < 8 || n < AWIH_HEADER + 8) {
		err_set(ret_reason, ERR_NONE, "", "there is no boot section at the start");
		return IMAGE_FAMILY_UNKNOWN;
	}
	reader_init(&r, p + AWIH_HEADER, 8);
	sp = reader_le32(&r);
	reset = reader_le32(&r);
	for (i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		if (boot->load == families[i].load &&
		    boot->entry == families[i].entry && sp == families[i].sp &&
		    reset == families[i].entry) {
			err_set(ret_reason, ERR_NONE, "",
			    "its boot section loads at 0x%08" PRIx32
			    ", enters at 0x%08" PRIx32
			    " and starts its stack at 0x%08" PRIx32 ", as only %s does",
			    boot->load, boot->entry, sp,
			    image_family_title(families[i].family));
			return families[i].family;
		}
	}
	err_set(ret_reason, ERR_NONE, "",
	    "its boot section loads at 0x%08" PRIx32 ", enters at 0x%08" PRIx32
	    " and starts its stack at 0x%08" PRIx32 ": no chip that is known here",
	    boot->load, boot->entry, sp);
	return IMAGE_FAMILY_UNKNOWN;
}
