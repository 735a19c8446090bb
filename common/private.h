/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What tells one device from all others (MAC, chip id) is shown in part only, unless
 * somebody asks for all of it. The one place that knows how. Pure; any thread.
 */
#ifndef COMMON_PRIVATE_H
#define COMMON_PRIVATE_H

#include <jansson.h>
#include <stddef.h>

/* "d0:**:**:**:7a:1c"; of anything else the last four characters. "" stays "".
 * Returns ret. */
const char *private_text(const char *secret, char *ret, size_t ret_size);
/* The values of "mac" and "chip_id", however deep, are masked in place. Returns doc. */
json_t *private_mask(json_t *doc);

#endif
