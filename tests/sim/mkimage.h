/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Builds firmware images and whole flash dumps as the four chip families have them,
 * for tests and for the simulated cameras. Deterministic by seed; the code inside is
 * noise. Tests only.
 */
#ifndef TESTS_SIM_MKIMAGE_H
#define TESTS_SIM_MKIMAGE_H

#include "image/image.h"

struct mkimage {
	enum image_family family;
	uint32_t flash_size;	/* of a whole dump; 0 = 1 MiB */
	unsigned seed;		/* of the firmware: equal seeds, equal firmware */
	uint8_t mac[6];		/* in sysinfo */
	const char *ssid, *psk;	/* station's, in the current record; NULL = none */
	const char *old_ssid, *old_psk;	/* in an older record; NULL = none */
	bool no_sysinfo;
	bool no_device_key;	/* the 16 bytes in a sector of their own */
	bool small;		/* XR872 only: firmware that fits into 256 KiB */
	bool no_upgrade;	/* the firmware lacks the console command */
	uint32_t ota_at, ota_n;	/* in the boot section; 0, 0 = none */
};

/* The chain of sections from 0: at most size bytes into p. Its length, or 0 when it
 * does not fit. */
size_t mkimage_sections(const struct mkimage *m, uint8_t *p, size_t size);
/* A whole flash of flash_size bytes into p. 0, or -1 when the firmware does not fit. */
int mkimage_dump(const struct mkimage *m, uint8_t *p);
/* Where mkimage_dump() puts sysinfo and the device key. */
uint32_t mkimage_sysinfo_at(const struct mkimage *m);
uint32_t mkimage_key_at(const struct mkimage *m);

#endif
