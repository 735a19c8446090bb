/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * RUN/frames.sock: JPEGs for other programs of this machine (webd, camherd). One line
 * asks, `mjpeg NAME` or `snapshot NAME`; `ok` or `error CODE SENTENCE` answers; then
 * each picture is `frame LEN WIDTH HEIGHT ARRIVED_US` and LEN bytes. Main thread.
 */
#ifndef STREAMD_OUTPUTS_PIPE_H
#define STREAMD_OUTPUTS_PIPE_H

struct err;
struct hub;
struct loop;
struct pipe_server;

#define PIPE_NAME "frames.sock"
#define PIPE_CLIENTS_MAX 512

/* Listens on RUN/frames.sock (0660; an old one is replaced). */
struct pipe_server *pipe_server_new(struct loop *l, struct hub *hub, const char *run,
    struct err *e);
/* Closes all; removes the socket. NULL is fine. */
void pipe_server_free(struct pipe_server *s);
unsigned pipe_server_clients(const struct pipe_server *s);

#endif
