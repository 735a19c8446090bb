/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a client of frames.sock may ask besides pictures: `discover`, `probe CAMERA` and
 * `ctl CAMERA VERB [ARG]`, for which the camera is held open meanwhile. Main thread.
 */
#ifndef STREAMD_ASKS_H
#define STREAMD_ASKS_H

struct asks;
struct desk;
struct err;
struct hub;
struct loop;
struct pipe_server;

struct asks_options {
	struct loop *loop;
	struct hub *hub;
	struct desk *desk;
	struct pipe_server *pipe;
	const char *discovery;	/* [streamd] discovery, borrowed */
};

struct asks *asks_new(const struct asks_options *o, struct err *e);
/* After the pipe (nobody asks any more) and the desk (no camera answers any more), before
 * the hub. NULL is fine. */
void asks_free(struct asks *a);

#endif
