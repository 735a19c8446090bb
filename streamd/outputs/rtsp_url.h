/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an RTSP address asks for: rtsp://HOST/NAME[/mjpeg][/track1|/track2]. Pure. */
#ifndef STREAMD_OUTPUTS_RTSP_URL_H
#define STREAMD_OUTPUTS_RTSP_URL_H

#include <stdbool.h>
#include <stddef.h>

#include "common/text.h"
#include "streamd/frame.h"

struct rtsp_target {
	char camera[TEXT_SLUG_MAX];
	enum codec codec;
	unsigned track;		/* 1 pictures, 2 sound; 0: the whole presentation */
	size_t base_n;		/* length of the address up to the presentation, no '/' */
};

/* 0, or -1: no address of this server's form. */
int rtsp_url_parse(const char *url, struct rtsp_target *ret);

#endif
