/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is inside a flash image: AWIH sections, fdcm areas, the sysinfo record, blank
 * ranges, and which chip it is for. Pure functions on bytes that may be hostile; every
 * length is checked before use. Any process, any thread. Facts: docs/provenance.md.
 */
#ifndef IMAGE_IMAGE_H
#define IMAGE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

#define IMAGE_BYTES_MAX (32u * 1024 * 1024)
#define IMAGE_SECTOR 4096u		/* smallest erase of the NOR flash */
#define IMAGE_FLASH_MIN (64u * 1024)	/* no flash is smaller */
#define IMAGE_SECTIONS_MAX 100
#define IMAGE_REGIONS_MAX 512
#define IMAGE_NONE 0xffffffffu		/* "none" in AWIH fields */

enum image_family {
	IMAGE_FAMILY_UNKNOWN,
	IMAGE_FAMILY_XR809,	/* also XR871: their boot sections are the same */
	IMAGE_FAMILY_XR872,	/* XF16 */
	IMAGE_FAMILY_XR808,
	IMAGE_FAMILY_XR806
};

struct image_section {
	char name[16];		/* boot, app, app_xip, wlan_bl, … or the id in hex */
	uint32_t id, version;
	uint32_t offset;	/* of the 64-byte header */
	uint32_t size;		/* data behind the header */
	uint32_t body;		/* of them, without a certificate */
	uint32_t load, entry, attribute, next;
	uint16_t header_sum, data_sum;	/* as stored */
	bool header_ok, data_ok;
	uint32_t priv[6];
};

enum image_region_kind {
	IMAGE_REGION_SECTION,	/* header and data of sections[index] */
	IMAGE_REGION_BLANK,	/* all FF */
	IMAGE_REGION_SYSINFO,	/* fdcm area with the settings record */
	IMAGE_REGION_FDCM,	/* another fdcm area */
	IMAGE_REGION_OTA,	/* the boot section's OTA area */
	IMAGE_REGION_DEVICE,	/* small non-blank piece that looks per-device */
	IMAGE_REGION_DATA	/* anything else */
};

struct image_region {
	enum image_region_kind kind;
	uint32_t at, n;
	int section;		/* index, or -1 */
};

struct image_fdcm {
	uint32_t at;		/* of the area */
	uint32_t area;		/* bytes until the next 4 KiB border that is not its own */
	uint16_t bitmap, record;	/* sizes in bytes */
	unsigned used, capacity;
	uint32_t current;	/* offset of the current record; 0 = none */
};

#define IMAGE_FAULTS_MAX 32

/* Something that the image says of itself and that is not so. */
struct image_fault {
	uint32_t at;		/* where the lie stands */
	struct err said;	/* names that offset, too */
};

struct image_map {
	size_t n;		/* bytes of the image */
	struct image_section sections[IMAGE_SECTIONS_MAX];
	unsigned n_sections;
	bool has_boot;		/* an AWIH header at 0 with the boot id */
	bool chain_ok;		/* the chain ends, rises, stays inside */
	struct err chain_error;	/* what is wrong and where; "" when chain_ok */
	uint32_t chain_at;	/* of the header that says so */
	uint32_t end;		/* behind the last section of the chain */
	uint32_t ota_at, ota_n;	/* 0, 0 = no OTA area */
	enum image_family family;
	struct err family_reason;
	struct image_fdcm fdcm[16];
	unsigned n_fdcm;
	int sysinfo;		/* index in fdcm, or -1 */
	uint8_t mac[6];		/* of the current sysinfo record */
	bool has_mac;
	bool has_upgrade;	/* the word of the console command stands in a section, or
				 * a section is compressed and cannot be searched */
	bool equal_halves;	/* the address wrapped while it was read */
	unsigned reads;		/* how often the same bytes stand there: 1, 2, 4, … */
	uint32_t unique;	/* n / reads: what to keep of it */
	bool all_blank;
	struct image_region regions[IMAGE_REGIONS_MAX];
	unsigned n_regions;
	struct image_fault faults[IMAGE_FAULTS_MAX];
	unsigned n_faults;	/* by offset; what did not fit the list is left out */
};

const char *image_family_name(enum image_family family);	/* "xr872" */
const char *image_family_title(enum image_family family);	/* "XR872 (XF16)" */
const char *image_region_name(enum image_region_kind kind);

/* Map n bytes. Never fails on content: what is wrong is said in the map. -1 only when
 * n is 0 or above IMAGE_BYTES_MAX. ret is large: caller allocates. */
int image_map(const uint8_t *p, size_t n, struct image_map *ret, struct err *e);

/* What the image would be written to. */
struct image_target {
	char chip[33];			/* "xr872" */
	unsigned brom_version;
	uint64_t flash_size;		/* bytes, proved */
	bool force_xr808;
};

enum image_use {
	IMAGE_WHOLE,	/* restore: a dump of a whole flash, size = flash size */
	IMAGE_SECTIONS	/* flash: a chain of sections; only its own range is written */
};

/* The rules of refusal, the reason that explains most first. ERR_REFUSED with a name
 * ("image-other-chip", "image-too-large", …) and a sentence that names image and
 * target and says what to do instead. ret_warning (may be NULL) gets a warning for an
 * image that is accepted, or "". */
int image_judge(const uint8_t *p, size_t n, const struct image_map *map, enum image_use use,
    const struct image_target *target, struct err *ret_warning, struct err *e);

/* The sector that an OTA area holds after the first image was written: "boot the first
 * image, verified". 4 KiB into ret. */
void image_ota_sector(uint8_t ret[IMAGE_SECTOR]);

/* sum16: the sum of the 16-bit little-endian words, an odd last byte as it is. */
uint16_t image_sum16(const uint8_t *p, size_t n);

#endif
