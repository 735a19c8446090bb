/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Masks (see private.h). Pure; any thread. */
#include "config.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/private.h"

const char *
private_text(const char *secret, char *ret, size_t ret_size)
{
	size_t n = strlen(secret), i;

	snprintf(ret, ret_size, "%s", secret);
	/* A MAC keeps its first and its last two bytes, anything else its last four. */
	if (n == 17 && secret[2] == ':') {
		for (i = 3; i < 11 && i + 1 < ret_size; i++) {
			if (ret[i] != ':')
				ret[i] = '*';
		}
		return ret;
	}
	for (i = 0; i + 4 < n && i + 1 < ret_size; i++)
		ret[i] = '*';
	return ret;
}

static bool
is_private(const char *key)
{
	return strcmp(key, "mac") == 0 || strcmp(key, "chip_id") == 0;
}

json_t *
private_mask(json_t *doc)
{
	const char *key, *s;
	json_t *value;
	char masked[80];
	size_t i;

	json_array_foreach(doc, i, value)(void) private_mask(value);
	json_object_foreach(doc, key, value)
	{
		s = json_string_value(value);
		if (s != NULL && is_private(key))
			(void)json_string_set(
			    value, private_text(s, masked, sizeof(masked)));
		else
			(void)private_mask(value);
	}
	return doc;
}
