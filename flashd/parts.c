/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of SPI NOR parts (see parts.h). Any process, any thread. */
#include "config.h"

#include <stddef.h>
#include <string.h>

#include "flashd/parts.h"

#define KIB 1024u

/* Parts met on such boards, and those whose third byte does not tell their size. */
static const struct part parts[] = {
	{ { 0x0b, 0x40, 0x14 }, "XT25F08B", 1024 * KIB },
	{ { 0x0b, 0x40, 0x15 }, "XT25F16B", 2048 * KIB },
	{ { 0x0b, 0x40, 0x16 }, "XT25F32B", 4096 * KIB },
	{ { 0x0b, 0x40, 0x17 }, "XT25F64B", 8192 * KIB },
	{ { 0x1c, 0x30, 0x14 }, "EN25Q80", 1024 * KIB },
	{ { 0x1c, 0x30, 0x16 }, "EN25Q32", 4096 * KIB },
	{ { 0x1c, 0x70, 0x15 }, "EN25QH16", 2048 * KIB },
	{ { 0x1c, 0x70, 0x17 }, "EN25QH64", 8192 * KIB },
	{ { 0x1f, 0x84, 0x01 }, "AT25SF041", 512 * KIB },
	{ { 0x1f, 0x85, 0x01 }, "AT25SF081", 1024 * KIB },
	{ { 0x1f, 0x86, 0x01 }, "AT25SF161", 2048 * KIB },
	{ { 0x20, 0x40, 0x15 }, "XM25QH16", 2048 * KIB },
	{ { 0x20, 0x40, 0x16 }, "XM25QH32", 4096 * KIB },
	{ { 0x20, 0x70, 0x17 }, "XM25QH64", 8192 * KIB },
	{ { 0x5e, 0x32, 0x14 }, "T25S80", 1024 * KIB },
	{ { 0x5e, 0x40, 0x14 }, "PN25F08B", 1024 * KIB },
	{ { 0x5e, 0x40, 0x15 }, "PN25F16B", 2048 * KIB },
	{ { 0x68, 0x40, 0x14 }, "BY25Q80", 1024 * KIB },
	{ { 0x68, 0x40, 0x15 }, "BY25Q16", 2048 * KIB },
	{ { 0x68, 0x40, 0x16 }, "BY25Q32", 4096 * KIB },
	{ { 0x68, 0x40, 0x17 }, "BY25Q64", 8192 * KIB },
	{ { 0x85, 0x60, 0x13 }, "P25Q40H", 512 * KIB },
	{ { 0x85, 0x60, 0x14 }, "P25Q80H", 1024 * KIB },
	{ { 0x85, 0x60, 0x15 }, "P25Q16H", 2048 * KIB },
	{ { 0x85, 0x60, 0x17 }, "P25Q64H", 8192 * KIB },
	{ { 0xbf, 0x25, 0x8e }, "SST25VF080B", 1024 * KIB },
	{ { 0xbf, 0x26, 0x41 }, "SST26VF016B", 2048 * KIB },
	{ { 0xbf, 0x26, 0x42 }, "SST26VF032B", 4096 * KIB },
	{ { 0xbf, 0x26, 0x43 }, "SST26VF064B", 8192 * KIB },
	{ { 0xc2, 0x24, 0x15 }, "MX25 16 Mbit", 2048 * KIB },
	{ { 0xc2, 0x25, 0x15 }, "MX25 16 Mbit", 2048 * KIB },
	{ { 0xc7, 0x40, 0x14 }, "TJ25Q08", 1024 * KIB },
	{ { 0xc8, 0x40, 0x13 }, "GD25Q40", 512 * KIB },
	{ { 0xc8, 0x40, 0x14 }, "GD25Q80", 1024 * KIB },
	{ { 0xc8, 0x40, 0x15 }, "GD25Q16", 2048 * KIB },
	{ { 0xc8, 0x40, 0x16 }, "GD25Q32", 4096 * KIB },
	{ { 0xe0, 0x40, 0x15 }, "BG25Q16", 2048 * KIB },
	{ { 0xef, 0x40, 0x14 }, "W25Q80", 1024 * KIB },
	{ { 0xef, 0x40, 0x15 }, "W25Q16", 2048 * KIB },
	{ { 0xef, 0x40, 0x16 }, "W25Q32", 4096 * KIB },
	{ { 0xef, 0x60, 0x15 }, "W25Q16FW", 2048 * KIB },
};

const struct part *
part_find(const uint8_t jedec[3])
{
	size_t i;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (memcmp(parts[i].jedec, jedec, 3) == 0)
			return &parts[i];
	return NULL;
}

uint32_t
part_size(const uint8_t jedec[3])
{
	const struct part *p = part_find(jedec);

	if (p != NULL)
		return p->size;
	if (part_absent(jedec) || jedec[0] == 0x1f || jedec[0] == 0xbf)
		return 0; /* these two makers do not follow the rule */
	return jedec[2] >= 0x10 && jedec[2] <= 0x19 ? 1u << jedec[2] : 0;
}

bool
part_absent(const uint8_t jedec[3])
{
	return (jedec[0] == 0xff && jedec[1] == 0xff && jedec[2] == 0xff) ||
	    (jedec[0] == 0 && jedec[1] == 0 && jedec[2] == 0);
}
