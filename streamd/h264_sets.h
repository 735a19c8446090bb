/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The SPS and PPS of an H.264 stream, kept in Annex B form. Pure; any thread. */
#ifndef STREAMD_H264_SETS_H
#define STREAMD_H264_SETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define H264_SETS_MAX 512

struct h264_sets {
	uint8_t p[H264_SETS_MAX];
	size_t n;
	bool changed;	/* set here, cleared by whoever has told of it */
};

/* Keep those found in these Annex B bytes; true when both are there. */
bool h264_sets_keep(struct h264_sets *s, const uint8_t *p, size_t n);

#endif
