/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines of hex, as hexdump -C writes them. Pure. */
#ifndef CLI_HEXLINE_H
#define CLI_HEXLINE_H

#include <stddef.h>
#include <stdint.h>

#define HEXLINE_ROW 16u		/* bytes of one line */
#define HEXLINE_MAX 80u		/* characters of it, with its NUL */

/* "00007f00  a5 5a ...  |.Z..|" of the row that holds `at`; rows begin at multiples of
 * 16. Returns ret. */
const char *hexline(const uint8_t *p, size_t n, size_t at, char ret[HEXLINE_MAX]);

#endif
