/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a child says, and what it is told: each input is parsed as one line, as many
 * lines, and as an order. Fuzz target; its corpus runs in `make check`. */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/err.h"
#include "common/text.h"
#include "flashd/childline.h"
#include "flashd/order.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was understood keeps its promises. */
static void
one(const char *line, size_t n)
{
	struct child_line l;

	if (childline_parse(line, n, &l) < 0)
		return;
	if (n > CHILDLINE_MAX || strlen(l.word) >= sizeof(l.word) ||
	    strlen(l.text) >= sizeof(l.text) ||
	    !text_is_clean(l.text, strlen(l.text)) || strchr(l.word, '/') != NULL ||
	    l.eta < -1)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *line = (const char *)data, *at, *end;
	char text[ORDER_TEXT_MAX];
	struct order o, again;
	struct err e;
	int n;

	one(line, size);
	for (at = line; (end = memchr(at, '\n', size - (size_t)(at - line))) != NULL;
	     at = end + 1)
		one(at, (size_t)(end - at));
	if (order_parse(line, size, &o, &e) == 0) {
		n = order_format(&o, text, sizeof(text));
		if (n < 0 || order_parse(text, (size_t)n, &again, &e) < 0 ||
		    strcmp(o.node, again.node) != 0 || o.image != again.image)
			abort();
	}
	return 0;
}
