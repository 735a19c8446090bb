/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * XR872 and its brothers XR808 and XR806, over their boot ROM (xr_brom.h). Boards named
 * XF16 carry an XR872. Not tried on hardware. Worker process, its one thread.
 */
#include "config.h"

#include <string.h>

#include "common/buf.h"
#include "common/err.h"
#include "flashd/chips/xr_brom.h"
#include "flashd/chips/xr_efuse.h"
#include "flashd/parts.h"
#include "flashd/wire.h"

#define AWIH_MAGIC 0x48495741u
#define BOOT_ID 0xa5ff5a00u
#define SP_XR808 0x00240000u /* first word behind its boot section's head */
#define RETRIES 3
#define PROBES 5 /* of one sector, until two readings agree */

/* The vendor's flasher loads a helper into the RAM of ROMs up to version 1; we have
 * none, so such a chip is only told, never touched. */
static int
check_version(struct chip *c, struct err *e)
{
	const struct xr_brom *x = c->state;

	if (!x->in_rom || x->version > 1)
		return 0;
	return err_set(e, ERR_REFUSED, "chip-needs-other-tool",
	    "This chip is an XR809 or XR871 (boot ROM version %u), which camherd "
	    "cannot "
	    "read or write. Use the chip maker's own tool for it.",
	    x->version);
}

static int
xr872_set_baud(struct chip *c, unsigned baud, struct err *e)
{
	return check_version(c, e) < 0 ? -1 : xr_brom_set_baud(c, baud, e);
}

static int
xr872_read(struct chip *c, uint32_t at, uint8_t *ret, size_t n, struct err *e)
{
	return check_version(c, e) < 0 ? -1 : xr_brom_read(c, at, ret, n, e);
}

static int
xr872_erase(struct chip *c, uint32_t at, size_t n, struct err *e)
{
	return check_version(c, e) < 0 ? -1 : xr_brom_erase(c, at, n, e);
}

static int
xr872_write(struct chip *c, uint32_t at, const uint8_t *p, size_t n, struct err *e)
{
	return check_version(c, e) < 0 ? -1 : xr_brom_write(c, at, p, n, e);
}

/* Identification is small and often comes over an untried line: a few tries here. */
static int
call_again(struct chip *c, const struct xr_call *call, uint8_t *ret, struct err *e)
{
	uint8_t code = 0;
	int i, r = -1;

	for (i = 0; i < RETRIES && r < 0; i++)
		if ((r = xr_brom_call(c, call, ret, &code, e)) < 0 && xr_brom_over(e))
			break;
	return r;
}

static int
read_jedec(struct chip *c, uint8_t ret[3], struct err *e)
{
	struct xr_call call = { .timeout_us = 500000, .want = 4, .what = "flash id" };
	uint8_t b[4];

	xr_request_start(&call.request, XR_FLASH_ID);
	xr_request_end(&call.request);
	if (call_again(c, &call, b, e) < 0)
		return -1;
	memcpy(ret, b, 3);
	return 0;
}

/* 1 = read, 0 = the ROM refuses this address, -1. */
static int
probe_once(struct chip *c, uint32_t at, uint8_t ret[XR_SECTOR], struct err *e)
{
	int i;

	for (i = 0; i < 2 * RETRIES; i++) {
		if (xr_brom_read(c, at, ret, XR_SECTOR, e) == 0)
			return 1;
		if (xr_brom_over(e))
			return -1;
		if (strcmp(e->name, "rom-refuses") == 0)
			return 0;
	}
	return -1;
}

/* The same until two readings agree: errors that a plain sum does not see must not
 * prove a size. */
static int
probe(struct chip *c, uint32_t at, uint8_t ret[XR_SECTOR], struct err *e)
{
	uint8_t before[XR_SECTOR];
	int i, r;

	if ((r = probe_once(c, at, before, e)) <= 0)
		return r;
	for (i = 0; i < PROBES; i++) {
		if ((r = probe_once(c, at, ret, e)) <= 0)
			return r;
		if (memcmp(ret, before, XR_SECTOR) == 0)
			return 1;
		memcpy(before, ret, XR_SECTOR);
	}
	return err_set(e, ERR_FAILED, "read-unstable",
	    "The 512 bytes at 0x%x read differently each time.", at);
}

static bool
is_uniform(const uint8_t *p, size_t n)
{
	size_t i;

	for (i = 1; i < n && p[i] == p[0]; i++)
		;
	return i == n;
}

/*
 * Addresses beyond the chip wrap around. A sector with something in it that reads the
 * same at `size` shows that the chip is not larger; that it reads otherwise at half the
 * size, that it is not smaller. 1 = proved, 0 = not, -1.
 */
static int
prove_size(
    struct chip *c, uint32_t size, uint32_t at, const uint8_t *sector, struct err *e)
{
	uint8_t other[XR_SECTOR];
	int r;

	if ((r = probe(c, at ^ (size / 2), other, e)) <= 0)
		return r;
	if (memcmp(sector, other, XR_SECTOR) == 0)
		return 0;
	if ((r = probe(c, at + size, other, e)) < 0)
		return -1;
	/* A ROM that knows the chip's end and says no proves it as well. */
	return r == 0 || memcmp(sector, other, XR_SECTOR) == 0;
}

/* Look for a sector to prove the size with; ret_first gets the first of the flash. */
static int
size_flash(
    struct chip *c, struct chip_id *id, uint8_t ret_first[XR_SECTOR], struct err *e)
{
	uint32_t size = (uint32_t)id->flash_size, at;
	/* Boot, app, settings at their usual places, then some others. */
	const uint32_t places[] = { 0, 0x8000, 0x4000, size - 0x1000, size / 4,
		size / 8 };
	uint8_t sector[XR_SECTOR];
	size_t i;
	int r;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		at = places[i] % size;
		if ((r = probe(c, at, sector, e)) <= 0)
			return r;
		if (at == 0)
			memcpy(ret_first, sector, XR_SECTOR);
		if (is_uniform(sector, sizeof(sector)))
			continue;
		if ((r = prove_size(c, size, at, sector, e)) < 0)
			return -1;
		id->size_proved = r == 1;
		return 0;
	}
	return 0;
}

/* ROM version 2 serves XR872 and XR808; the boot section that the flash carries tells
 * which of them it was made for. */
static const char *
chip_name(unsigned version, const uint8_t first[XR_SECTOR])
{
	struct reader r;

	if (version >= 3)
		return "xr806";
	reader_init(&r, first, XR_SECTOR);
	if (reader_le32(&r) != AWIH_MAGIC || xr_sum16(first, 64) != 0xffff)
		return "xr872";
	reader_skip(&r, 0x24 - 4);
	if (reader_le32(&r) != BOOT_ID)
		return "xr872";
	reader_skip(&r, 0x40 - 0x28);
	return reader_le32(&r) == SP_XR808 ? "xr808" : "xr872";
}

static int
xr872_identify(struct chip *c, struct chip_id *ret, struct err *e)
{
	uint8_t first[XR_SECTOR] = { 0 };
	struct xr_brom *x = c->state;
	struct chip_id id = { 0 };
	const char *name;

	e = xr_brom_err(c, e);
	if (read_jedec(c, id.jedec, e) < 0 || check_version(c, e) < 0)
		return -1;
	id.brom_version = x->version;
	id.flash_size = part_size(id.jedec);
	if (id.flash_size > 0 && size_flash(c, &id, first, e) < 0)
		return -1;
	if (xr_efuse_identify(c, &id, e) < 0)
		return -1;
	name = chip_name(x->version, first);
	memcpy(id.chip, name, strlen(name) + 1);
	memcpy(id.console, x->console, sizeof(id.console));
	*ret = id;
	return 0;
}

extern const struct chip_driver chip_xr872;

const struct chip_driver chip_xr872 = {
	.name = "xr872",
	.title = "XR872 (board XF16)",
	.caps = {
		.rom_baud = 115200,
		.bauds = xr_brom_bauds,
		.read_unit = XR_UNIT_MAX,
		.write_unit = XR_UNIT_MAX,
		.sector = 4096,
		.entries = CHIP_ENTRY_ALREADY | CHIP_ENTRY_CONSOLE | CHIP_ENTRY_POWER |
		    CHIP_ENTRY_STRAPS,
		.pads = "PB02 and PB03 (XR806: PB02 alone)",
		.identify = CHIP_SIMULATOR,
		.read = CHIP_SIMULATOR,
		.write = CHIP_SIMULATOR,
	},
	.state_size = sizeof(struct xr_brom),
	.enter = xr_brom_enter,
	.identify = xr872_identify,
	.set_baud = xr872_set_baud,
	.read = xr872_read,
	.erase = xr872_erase,
	.write = xr872_write,
	.resync = xr_brom_resync,
	.leave = xr_brom_leave,
};
