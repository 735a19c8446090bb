/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The secrets of an image as words, to be taken out of texts about its camera. Pure. */
#ifndef IMAGE_SECRETS_H
#define IMAGE_SECRETS_H

#include <stddef.h>
#include <stdint.h>

struct err;
struct words;

/* Add what found_scan() calls a secret. Other text of a settings area counts only when it
 * is long enough to be no common word. 0 or -1. */
int image_secrets(const uint8_t *p, size_t n, struct words *ret, struct err *e);

#endif
