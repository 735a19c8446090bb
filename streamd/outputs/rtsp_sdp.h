/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What DESCRIBE answers: the description of one camera's stream. Pure. */
#ifndef STREAMD_OUTPUTS_RTSP_SDP_H
#define STREAMD_OUTPUTS_RTSP_SDP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "streamd/frame.h"

#define RTSP_TRACK "track1"
#define RTSP_SOUND_TRACK "track2"
#define RTSP_SDP_MAX 2048

struct rtsp_sdp {
	enum codec codec;
	const char *camera;
	uint64_t session;		/* the description's own number */
	unsigned width, height;		/* JPEG; 0 = not known */
	const uint8_t *sets;		/* H.264: SPS and PPS, Annex B */
	size_t sets_n;
	bool sound;			/* A-law beside the pictures */
};

/* The text, ended with NUL. Length, or 0 when it does not fit or the parameter sets
 * are missing. */
size_t rtsp_sdp(const struct rtsp_sdp *d, char ret[RTSP_SDP_MAX]);

#endif
