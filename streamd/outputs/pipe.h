/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * RUN/frames.sock: JPEGs for other programs of this machine (webd, camherd). One line
 * asks, `mjpeg NAME`, `snapshot NAME` or `thumb NAME`; `ok` answers, or `error CODE SENTENCE`
 * with a line `said PARAMS` behind it (common/said.h); then each picture is
 * `frame LEN WIDTH HEIGHT ARRIVED_US` and LEN bytes. Main thread.
 */
#ifndef STREAMD_OUTPUTS_PIPE_H
#define STREAMD_OUTPUTS_PIPE_H

struct darkroom;
struct err;
struct hub;
struct loop;
struct pipe_ask;	/* a client that waits for an answer */
struct pipe_server;

/* Lines that ask for something else than pictures (asks.h). */
struct pipe_ask_ops {
	/* -1 and e, or pipe_answer() is called later or at once. */
	int (*ask)(void *arg, struct pipe_ask *who, const char *line, struct err *e);
	/* It left before it was answered. */
	void (*gone)(void *arg, struct pipe_ask *who);
};

#define PIPE_NAME "frames.sock"
#define PIPE_CLIENTS_MAX 512

/* Listens on RUN/frames.sock (0660; an old one is replaced). */
struct pipe_server *pipe_server_new(struct loop *l, struct hub *hub,
    struct darkroom *darkroom, const char *run, struct err *e);
/* How old a battery camera's picture may be before a snapshot wakes it. */
void pipe_server_battery(struct pipe_server *s, unsigned snapshot_s);
/* Closes all; removes the socket. NULL is fine. */
void pipe_server_free(struct pipe_server *s);
/* ops NULL: nothing else can be asked. */
void pipe_server_asks(struct pipe_server *s, const struct pipe_ask_ops *ops, void *arg);
/* Answer `ok` and a `frame LEN 0 0 0` whose bytes are the JSON text, or e; once. */
void pipe_answer(struct pipe_ask *who, const struct err *e, const char *json);
unsigned pipe_server_clients(const struct pipe_server *s);

#endif
