/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines of hex (see hexline.h). Pure. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "cli/hexline.h"

const char *
hexline(const uint8_t *p, size_t n, size_t at, char ret[HEXLINE_MAX])
{
	static const char digits[] = "0123456789abcdef";
	size_t row = at / HEXLINE_ROW * HEXLINE_ROW, i, len;
	char *text;

	len = (size_t)snprintf(ret, HEXLINE_MAX, "%08zx ", row);
	for (i = 0; i < HEXLINE_ROW; i++) {
		if (i == 8)
			ret[len++] = ' ';
		if (row + i < n) {
			ret[len++] = ' ';
			ret[len++] = digits[p[row + i] >> 4];
			ret[len++] = digits[p[row + i] & 15];
		} else {
			memcpy(ret + len, "   ", 3);
			len += 3;
		}
	}
	text = ret + len;
	*text++ = ' ';
	*text++ = ' ';
	*text++ = '|';
	for (i = 0; i < HEXLINE_ROW && row + i < n; i++)
		*text++ = p[row + i] >= 0x20 && p[row + i] < 0x7f ? (char)p[row + i]
								  : '.';
	*text++ = '|';
	*text = '\0';
	return ret;
}
