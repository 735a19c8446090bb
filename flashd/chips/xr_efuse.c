/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * eFuse of XR872-like chips (see xr_efuse.h): 128 bytes, read a word at a time through
 * a control register. Facts: docs/provenance.md. Worker process, its one thread.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "common/err.h"
#include "common/text.h"
#include "flashd/chips/xr_brom.h"
#include "flashd/chips/xr_efuse.h"

#define EFUSE_CTRL 0x40043c40u
#define EFUSE_VALUE 0x40043c60u
#define EFUSE_TIMING 0x40043c90u
#define TIMING_40MHZ 0xb55012a8u /* these boards run a 40 MHz crystal */

#define CTRL_CLOCK (1u << 28)
#define CTRL_UNLOCK (0xacu << 8)
#define CTRL_BUSY (1u << 2)
#define CTRL_READ (1u << 1) /* bit 0 would program: never set */
#define TRIES 8 /* of all, on a bad line */
#define POLLS 20

#define CHIP_ID_BIT 114
#define MAC_FLAG_BIT 615
#define MAC_FLAG_BITS 6
#define MAC_BIT 621 /* three of them, 48 bits each */

static void
get_bits(const uint8_t *efuse, unsigned bit, unsigned n, uint8_t *ret)
{
	unsigned i;

	memset(ret, 0, (n + 7) / 8);
	for (i = 0; i < n; i++, bit++)
		ret[i / 8] |= (uint8_t)((efuse[bit / 8] >> bit % 8 & 1) << i % 8);
}

void
xr_efuse_chip_id(const uint8_t efuse[XR_EFUSE_BYTES], uint8_t ret[16])
{
	get_bits(efuse, CHIP_ID_BIT, 128, ret);
}

/* Each new MAC sets one more bit of the flag: 1, 3, 7. 0 = none, others = nonsense. */
static unsigned
mac_number(const uint8_t efuse[XR_EFUSE_BYTES])
{
	uint8_t flag;

	get_bits(efuse, MAC_FLAG_BIT, MAC_FLAG_BITS, &flag);
	switch (flag) {
	case 1:
		return 1;
	case 3:
		return 2;
	case 7:
		return 3;
	default:
		return 0;
	}
}

bool
xr_efuse_mac(const uint8_t efuse[XR_EFUSE_BYTES], uint8_t ret[6])
{
	unsigned number = mac_number(efuse), i;
	uint8_t b[6];

	if (number == 0)
		return false;
	get_bits(efuse, MAC_BIT + 48 * (number - 1), 48, b);
	/* The maker's prefix at the end, and a group address in front: stored reversed.
	 */
	if (b[3] == 0x6d && b[4] == 0x44 && b[5] == 0xdc && (b[0] & 1) != 0)
		for (i = 0; i < 6; i++)
			ret[i] = b[5 - i];
	else
		memcpy(ret, b, 6);
	return true;
}

void
xr_chip_id_mac(const uint8_t c[16], uint8_t ret[6])
{
	unsigned i;

	for (i = 0; i < 6; i++)
		/* cppcheck-suppress arrayIndexOutOfBounds ; at most c[15] */
		ret[i] = (uint8_t)(c[i] ^ c[i + 6] ^ c[i + (i < 2 ? 12 : 10)]);
	ret[0] &= 0xfc;
}

static int
read_word(struct chip *c, unsigned word, uint32_t *ret, struct err *e)
{
	uint32_t go = CTRL_CLOCK | (uint32_t)(word * 4) << 16 | CTRL_UNLOCK | CTRL_READ,
		 v;
	int polls;

	if (xr_brom_write32(c, EFUSE_CTRL, CTRL_CLOCK, e) < 0 ||
	    xr_brom_write32(c, EFUSE_CTRL, go, e) < 0)
		return -1;
	for (polls = 0; polls < POLLS; polls++) {
		if (xr_brom_read32(c, EFUSE_CTRL, &v, e) < 0)
			return -1;
		if ((v & (CTRL_BUSY | CTRL_READ)) == 0)
			break;
	}
	if (polls == POLLS)
		return err_set(e, ERR_FAILED, "efuse", "The eFuse does not get ready.");
	if (xr_brom_read32(c, EFUSE_VALUE, &v, e) < 0 ||
	    xr_brom_write32(c, EFUSE_CTRL, 0, e) < 0)
		return -1;
	*ret = v;
	return 0;
}

/* Who a camera is must not hang on its line: where that is bad, two readings have to
 * agree. */
static int
read_surely(struct chip *c, unsigned word, uint8_t *efuse, struct err *e)
{
	bool doubt = false, before = false;
	uint32_t v = 0, last = 0;
	int tries;

	for (tries = 0; tries < TRIES; tries++) {
		if (read_word(c, word, &v, e) < 0) {
			if (xr_brom_over(e) || strcmp(e->name, "rom-refuses") == 0)
				return -1;
			doubt = true;
			before = false;
			continue;
		}
		if (!doubt || (before && v == last))
			break;
		before = true;
		last = v;
	}
	if (tries == TRIES)
		return -1;
	efuse[word * 4] = (uint8_t)v;
	efuse[word * 4 + 1] = (uint8_t)(v >> 8);
	efuse[word * 4 + 2] = (uint8_t)(v >> 16);
	efuse[word * 4 + 3] = (uint8_t)(v >> 24);
	return 0;
}

static int
read_bits(struct chip *c, unsigned bit, unsigned n, uint8_t *efuse, struct err *e)
{
	unsigned word;

	for (word = bit / 32; word <= (bit + n - 1) / 32; word++)
		if (read_surely(c, word, efuse, e) < 0)
			return -1;
	return 0;
}

static int
read_all(struct chip *c, uint8_t *efuse, struct err *e)
{
	unsigned number;

	if (read_bits(c, CHIP_ID_BIT, 128, efuse, e) < 0 ||
	    read_bits(c, MAC_FLAG_BIT, MAC_FLAG_BITS, efuse, e) < 0)
		return -1;
	if ((number = mac_number(efuse)) == 0)
		return 0;
	return read_bits(c, MAC_BIT + 48 * (number - 1), 48, efuse, e);
}

static bool
is_blank(const uint8_t *p, size_t n)
{
	size_t i;

	for (i = 1; i < n && p[i] == p[0]; i++)
		;
	return i == n && (p[0] == 0 || p[0] == 0xff);
}

static void
fill(const uint8_t *efuse, struct chip_id *ret)
{
	uint8_t id[16], mac[6];
	const char *source = "efuse";

	xr_efuse_chip_id(efuse, id);
	if (!is_blank(id, sizeof(id)))
		text_hex(id, sizeof(id), ret->chip_id);
	if (!xr_efuse_mac(efuse, mac)) {
		if (is_blank(id, sizeof(id)))
			return;
		xr_chip_id_mac(id, mac);
		source = "chip-id";
	}
	if (is_blank(mac, sizeof(mac)))
		return;
	snprintf(ret->mac, sizeof(ret->mac), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0],
	    mac[1], mac[2], mac[3], mac[4], mac[5]);
	snprintf(ret->mac_source, sizeof(ret->mac_source), "%s", source);
}

/* All of it, once. 1 = read, 0 = this ROM does not let us, -1 the line. */
static int
read_once(struct chip *c, uint8_t efuse[XR_EFUSE_BYTES], struct err *e)
{
	uint32_t timing = 0;

	memset(efuse, 0, XR_EFUSE_BYTES);
	if (xr_brom_read32(c, EFUSE_TIMING, &timing, e) == 0 &&
	    xr_brom_write32(c, EFUSE_TIMING, TIMING_40MHZ, e) == 0 &&
	    read_all(c, efuse, e) == 0 &&
	    xr_brom_write32(c, EFUSE_TIMING, timing, e) == 0)
		return 1;
	return strcmp(e->name, "rom-refuses") == 0 || strcmp(e->name, "efuse") == 0
	    ? 0
	    : -1;
}

int
xr_efuse_identify(struct chip *c, struct chip_id *ret, struct err *e)
{
	uint8_t efuse[XR_EFUSE_BYTES];
	int r = -1, last = 1, tries;

	e = xr_brom_err(c, e);
	/* Refused twice in a row, it is the ROM and not the line. */
	for (tries = 0; tries < TRIES && r < 1 && (r < 0 || last != 0); tries++) {
		last = r;
		r = read_once(c, efuse, e);
		if (r < 0 && xr_brom_over(e))
			return -1;
	}
	if (r < 0)
		return -1;
	if (r > 0)
		fill(efuse, ret);
	err_clear(e);
	return 0;
}
