/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parameter sets (see h264_sets.h). Pure; any thread. */
#include "config.h"

#include <string.h>

#include "streamd/h264_sets.h"
#include "streamd/outputs/rtp_h264.h"

#define NAL_SPS 7
#define NAL_PPS 8

bool
h264_sets_keep(struct h264_sets *s, const uint8_t *p, size_t n)
{
	static const uint8_t code[] = { 0, 0, 0, 1 };
	uint8_t sets[H264_SETS_MAX];
	size_t at = 0, nal_n, sets_n = 0;
	unsigned seen = 0, kind;
	const uint8_t *nal;

	while ((nal = h264_next_nal(p, n, &at, &nal_n)) != NULL) {
		kind = nal[0] & 31;
		if ((kind != NAL_SPS && kind != NAL_PPS) ||
		    sets_n + 4 + nal_n > sizeof(sets))
			continue;
		memcpy(sets + sets_n, code, 4);
		memcpy(sets + sets_n + 4, nal, nal_n);
		sets_n += 4 + nal_n;
		seen |= kind == NAL_SPS ? 1 : 2;
	}
	if (seen != 3)
		return false;
	if (sets_n != s->n || memcmp(sets, s->p, sets_n) != 0) {
		memcpy(s->p, sets, sets_n);
		s->n = sets_n;
		s->changed = true;
	}
	return true;
}
