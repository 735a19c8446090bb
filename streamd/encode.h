/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Ties an H.264 worker (h264.h) to the hub: JPEGs in, access units out. Main thread.
 */
#ifndef STREAMD_ENCODE_H
#define STREAMD_ENCODE_H

struct hub_encoder_ops;

/* For hub_options.encoder; its encoder_arg is the struct h264_pool. */
extern const struct hub_encoder_ops encode_ops;

#endif
