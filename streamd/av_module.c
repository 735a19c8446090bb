/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The module's one door (see av_module.h). streamd-av.so. */
#include "config.h"

#include "streamd/av_module.h"

const struct av_module streamd_av_module = { .version = PACKAGE_VERSION,
	.coder_new = h264_coder_new,
	.coder_free = h264_coder_free,
	.coder_put = h264_coder_put,
	.coder_sets = h264_coder_sets,
	.coder_name = h264_coder_name,
	.coder_passed_over = h264_coder_passed_over,
	.rtsp_run = rtsp_av_run };
