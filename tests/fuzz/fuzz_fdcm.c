/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A record area of hostile lengths, its magic put in. Every record that is counted lies
 * in the area, the area in the image; what is refused or cut is told with a sentence.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "image/fdcm.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
check_area(const uint8_t *p, size_t n, const struct image_fdcm *f)
{
	uint64_t end = (uint64_t)f->at + f->area;
	unsigned i;

	if (f->area == 0 || end > n || f->used > f->capacity)
		abort();
	for (i = 0; i < f->used; i++) {
		if (fdcm_record(f, i) < f->at ||
		    (uint64_t)fdcm_record(f, i) + f->record > end)
			abort();
	}
	if (f->used > 0 && f->current != fdcm_record(f, f->used - 1))
		abort();
	if (f->used == 0 && f->current != 0)
		abort();
	(void)fdcm_is_sysinfo(p, n, f);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const uint8_t magic[] = { 0xa5, 0x5a, 0x5a, 0xa5 };
	uint8_t *p = malloc(n > 0 ? n : 1);
	struct image_fdcm f;
	struct err why;
	uint32_t at;

	if (p == NULL)
		return 0;
	memcpy(p, data, n);
	for (at = 0; at < n; at += IMAGE_SECTOR) {
		if (n - at >= sizeof(magic))
			memcpy(p + at, magic, sizeof(magic));
		if (fdcm_look(p, n, at, &f, &why) == 0)
			check_area(p, n, &f);
		else if (n - at >= 8 && why.msg[0] == '\0')
			abort();
	}
	free(p);
	return 0;
}
