/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The last lines of one port's console, bounded in number and so in bytes. Pure. */
#ifndef FLASHD_WATCH_LINES_H
#define FLASHD_WATCH_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flashd/engine/console.h"

#define WATCH_LINES_MAX 10000u

struct watch_line {
	int64_t at_ms;		/* wall clock */
	unsigned baud;
	enum console_end end;
	bool sent;		/* typed here, not said by the camera */
	size_t n;
	uint8_t p[];		/* raw */
};

/* All of them, however long: nothing a camera says can make it more. */
#define WATCH_BYTES_MAX                                                                \
	(WATCH_LINES_MAX * (sizeof(struct watch_line) + CONSOLE_LINE_MAX))

struct watch_lines {
	struct watch_line *ring[WATCH_LINES_MAX];
	uint64_t first, next;	/* numbers: first <= kept < next */
	size_t bytes;
};

/* Out of memory: the line is lost, the numbers go on. */
void watch_lines_add(struct watch_lines *l, const struct watch_line *head,
    const uint8_t *p, size_t n);
/* NULL when it is not kept (any more). */
const struct watch_line *watch_lines_get(const struct watch_lines *l, uint64_t number);
void watch_lines_clear(struct watch_lines *l);

#endif
