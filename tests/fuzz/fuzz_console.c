/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Console bytes: lines are printable and bounded, and any split gives the same lines.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "flashd/engine/console.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

struct digest {
	uint64_t hash;
	struct console_print print;
};

static void
take(void *arg, const uint8_t *p, size_t n, enum console_end end)
{
	char text[CONSOLE_SAFE_MAX];
	struct digest *d = arg;
	size_t i;

	if (n > CONSOLE_LINE_MAX)
		abort();
	text_escape(p, n, text, sizeof(text));
	for (i = 0; text[i] != '\0'; i++) {
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			abort();
		d->hash = d->hash * 31 + (unsigned char)text[i];
	}
	d->hash = d->hash * 31 + 1 + end;
	console_learn(&d->print, text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct digest whole = { .hash = 0 }, split = { .hash = 0 };
	struct console c;
	size_t at, step = n > 0 ? 1 + data[0] % 7 : 1;

	console_init(&c);
	console_feed(&c, data, n, take, &whole);
	console_flush(&c, take, &whole);
	console_init(&c);
	for (at = 0; at < n; at += step)
		console_feed(
		    &c, data + at, n - at < step ? n - at : step, take, &split);
	console_flush(&c, take, &split);
	if (whole.hash != split.hash)
		abort();
	return 0;
}
