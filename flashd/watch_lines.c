/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The last lines of a console (see watch_lines.h). Pure. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "flashd/watch_lines.h"

static void
drop_first(struct watch_lines *l)
{
	struct watch_line **at = &l->ring[l->first++ % WATCH_LINES_MAX];

	if (*at != NULL)
		l->bytes -= sizeof(**at) + (*at)->n;
	free(*at);
	*at = NULL;
}

void
watch_lines_add(
    struct watch_lines *l, const struct watch_line *head, const uint8_t *p, size_t n)
{
	struct watch_line *line = malloc(sizeof(*line) + n);

	if (line != NULL) {
		*line = *head;
		line->n = n;
		memcpy(line->p, p, n);
		l->bytes += sizeof(*line) + n;
	}
	if (l->next - l->first == WATCH_LINES_MAX)
		drop_first(l);
	l->ring[l->next++ % WATCH_LINES_MAX] = line;
}

const struct watch_line *
watch_lines_get(const struct watch_lines *l, uint64_t number)
{
	if (number < l->first || number >= l->next)
		return NULL;
	return l->ring[number % WATCH_LINES_MAX];
}

void
watch_lines_clear(struct watch_lines *l)
{
	while (l->first < l->next)
		drop_first(l);
}
