/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What of streamd needs FFmpeg's libraries stands in a module beside it, streamd-av.so,
 * which is loaded when H.264 is made or an rtsp: camera is opened for the first time.
 * They bring about a hundred other libraries: a streamd that only hands JPEGs on takes
 * half the memory without them.
 */
#ifndef STREAMD_AV_MODULE_H
#define STREAMD_AV_MODULE_H

#include "streamd/h264_coder.h"
#include "streamd/sources/rtsp_av.h"

#define AV_MODULE_FILE "streamd-av.so"
#define AV_MODULE_SYMBOL "streamd_av_module"

/* The functions of h264_coder.h and rtsp_av.h. */
struct av_module {
	const char *version;	/* of the streamd that it belongs to */
	struct h264_coder *(*coder_new)(const char *encoder, struct err *e);
	void (*coder_free)(struct h264_coder *c);
	int (*coder_put)(struct h264_coder *c, const struct frame *jpeg, bool key,
	    struct frame **ret, struct err *e);
	const uint8_t *(*coder_sets)(struct h264_coder *c, size_t *ret_n,
	    bool *ret_changed);
	const char *(*coder_name)(const struct h264_coder *c);
	const struct err *(*coder_passed_over)(const struct h264_coder *c);
	void (*rtsp_run)(const char *url, const char *user, const char *password,
	    const struct rtsp_av_ops *ops, void *arg, struct err *e);
};

extern const struct av_module streamd_av_module;

#endif
