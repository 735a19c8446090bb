/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Chip id and MAC address from the eFuse of XR872-like chips, through the ROM's register
 * access. Nothing is ever programmed. Worker process only. */
#ifndef FLASHD_CHIPS_XR_EFUSE_H
#define FLASHD_CHIPS_XR_EFUSE_H

#include <stdbool.h>
#include <stdint.h>

struct chip;
struct chip_id;
struct err;

#define XR_EFUSE_BYTES 128

/* Fills chip_id, mac and mac_source of ret; they stay "" where the ROM gives no access.
 * -1 only when the line failed. */
int xr_efuse_identify(struct chip *c, struct chip_id *ret, struct err *e);

/* For tests: the rules on the raw bits. */
void xr_efuse_chip_id(const uint8_t efuse[XR_EFUSE_BYTES], uint8_t ret[16]);
bool xr_efuse_mac(const uint8_t efuse[XR_EFUSE_BYTES], uint8_t ret[6]);
void xr_chip_id_mac(const uint8_t chip_id[16], uint8_t ret[6]);

#endif
