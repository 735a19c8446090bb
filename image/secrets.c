/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See secrets.h. Any process; any thread. */
#include "config.h"

#include <stdlib.h>

#include "common/err.h"
#include "common/words.h"
#include "image/found.h"
#include "image/secrets.h"

#define SETTING_MIN 8u

/* A MAC is written in more than one way. */
static int
add_mac(struct words *ret, const struct found *f)
{
	static const char digits[2][17] = { "0123456789abcdef", "0123456789ABCDEF" };
	static const char seps[] = { '\0', ':', '-' };
	char text[18];
	size_t i, k, n;

	for (i = 0; i < 2 * sizeof(seps) && f->n == 6; i++) {
		for (k = n = 0; k < 6; k++) {
			if (k > 0 && seps[i / 2] != '\0')
				text[n++] = seps[i / 2];
			text[n++] = digits[i % 2][f->bytes[k] >> 4];
			text[n++] = digits[i % 2][f->bytes[k] & 15];
		}
		text[n] = '\0';
		if (words_add(ret, text) < 0)
			return -1;
	}
	return 0;
}

static int
add(struct words *ret, const struct found *f)
{
	char text[4 * FOUND_BYTES_MAX + 1];

	if (!found_is_secret(f->kind) || (f->kind == FOUND_SETTING && f->n < SETTING_MIN))
		return 0;
	if (f->kind == FOUND_MAC && add_mac(ret, f) < 0)
		return -1;
	return words_add(ret, found_text(f, true, text, sizeof(text)));
}

int
image_secrets(const uint8_t *p, size_t n, struct words *ret, struct err *e)
{
	struct image_map *map = malloc(sizeof(*map));
	struct found_list *list = malloc(sizeof(*list));
	unsigned i;
	int r = -1;

	if (map == NULL || list == NULL) {
		err_sys(e, "memory for the map");
	} else if (image_map(p, n, map, e) == 0) {
		found_scan(p, n, map, list);
		for (i = r = 0; i < list->n && r == 0; i++)
			if ((r = add(ret, &list->items[i])) < 0)
				err_sys(e, "memory for the secrets");
	}
	free(map);
	free(list);
	return r;
}
