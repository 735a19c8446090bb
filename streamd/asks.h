/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a client of frames.sock may ask besides pictures: `discover [WHERE…]` (words as
 * in [streamd] discovery, which is meant without any), `probe CAMERA`,
 * `ctl CAMERA VERB [ARG]`, for which the camera is held open meanwhile, and `trial OUTPUT
 * CAMERA http|https HOST:PORT [USER PASSWORD]` (trial.h), whose last two words have
 * everything but letters and digits as %XX. Main thread.
 */
#ifndef STREAMD_ASKS_H
#define STREAMD_ASKS_H

struct asks;
struct desk;
struct err;
struct hub;
struct loop;
struct netpolicy;
struct pipe_server;
struct trial_pool;

struct asks_options {
	struct loop *loop;
	struct hub *hub;
	struct desk *desk;
	struct pipe_server *pipe;
	const char *discovery;	/* [streamd] discovery, borrowed */
	struct netpolicy *policy;	/* for addresses that somebody types; borrowed */
	struct trial_pool *trials;
	const char *run, *rtsp_listen;	/* borrowed */
};

struct asks *asks_new(const struct asks_options *o, struct err *e);
/* After the pipe and the trials (nobody asks any more) and the desk (no camera answers any more), before
 * the hub. NULL is fine. */
void asks_free(struct asks *a);

#endif
