/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Things in an image that a person would want to know or would not want to post:
 * network names, passphrases, MAC addresses, ids, addresses, versions. Pure.
 */
#ifndef IMAGE_FOUND_H
#define IMAGE_FOUND_H

#include "image/image.h"

#define FOUND_MAX 1024		/* things listed of one image */
#define FOUND_BYTES_MAX 96	/* longest thing */

enum found_kind {
	FOUND_SSID,
	FOUND_PASSPHRASE,
	FOUND_MAC,
	FOUND_DEVICE_ID,
	FOUND_EMAIL,
	FOUND_SETTING,		/* other text in a settings area */
	FOUND_URL,		/* from here on: no secret */
	FOUND_VERSION,
	FOUND_BUILD_DATE,
	FOUND_SENSOR
};

struct found {
	enum found_kind kind;
	uint32_t at;
	uint16_t n;			/* bytes in the image, <= FOUND_BYTES_MAX */
	uint8_t bytes[FOUND_BYTES_MAX];	/* what stands there */
	char where[48];			/* "sysinfo record 3, station name" */
};

struct found_list {
	struct found items[FOUND_MAX];
	unsigned n;
	bool more;			/* there was no room for all; secrets came first */
	bool more_secrets;		/* not even for all secrets */
};

const char *found_kind_name(enum found_kind kind);	/* "ssid", "passphrase", … */
bool found_is_secret(enum found_kind kind);

/* ret is large: caller allocates. map is of the same bytes. */
void found_scan(const uint8_t *p, size_t n, const struct image_map *map,
    struct found_list *ret);
/* The same; MAC addresses only when macs is true. */
void found_scan_kinds(const uint8_t *p, size_t n, const struct image_map *map, bool macs,
    struct found_list *ret);

/* The thing as text for people: escaped; a MAC as aa:bb:…; masked unless show: the
 * first character and the length stay ("h*** (9 characters)"). Returns ret. */
const char *found_text(const struct found *f, bool show, char *ret, size_t ret_size);

#endif
