/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The one place that knows which FFmpeg it is built against (Debian 12: libavcodec 59;
 * Debian 13: libavcodec 61).
 */
#ifndef STREAMD_AVCOMPAT_H
#define STREAMD_AVCOMPAT_H

#include <libavcodec/avcodec.h>

/* The profile constants moved from avcodec.h to defs.h. */
#ifdef AV_PROFILE_H264_CONSTRAINED_BASELINE
#define AVC_PROFILE_CONSTRAINED_BASELINE AV_PROFILE_H264_CONSTRAINED_BASELINE
#else
#define AVC_PROFILE_CONSTRAINED_BASELINE FF_PROFILE_H264_CONSTRAINED_BASELINE
#endif

#endif
