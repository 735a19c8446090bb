/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * streamd's only door to the database: which cameras there are (read), how each one
 * does (RUN/live.db, written), the stream credentials. Looks when the bell rings and
 * every few seconds by itself. Main thread.
 */
#ifndef STREAMD_DESK_H
#define STREAMD_DESK_H

#include <stdbool.h>

struct db;
struct desk;
struct err;
struct pppp_id;
struct rtsp_shared;
struct sockaddr_in;
struct source;
struct source_env;

struct desk_options {
	const char *state, *run;	/* folders; borrowed for the desk's life */
	const char *listen;		/* RTSP's HOST:PORT, for the heartbeat; borrowed */
	/* Called at the first look and after each change. */
	void (*credentials)(void *arg, const char *user, const char *password);
	void *arg;
	struct rtsp_shared *rtsp;	/* the RTSP server's, for publishing; NULL: no camera is */
};

/* db (opened read-only) may be NULL: it is opened as soon as it can be. Taken. env is
 * copied. Reads the cameras at once. */
struct desk *desk_new(const struct source_env *env, const struct desk_options *o,
    struct db *db, struct err *e);
/* The camera that this PPPP camera is: its name into name[TEXT_SLUG_MAX], or "". True: it
 * is open just now. */
bool desk_knows(struct desk *d, const struct sockaddr_in *at, const struct pppp_id *id,
    char *name);
/* The source of this camera, or NULL and e. Borrowed until the loop turns. */
struct source *desk_source(struct desk *d, const char *camera, struct err *e);
/* The stream credentials that hold now. */
void desk_login(const struct desk *d, char user[33], char password[65]);
/* Publish nothing any more: before the RTSP server goes. */
void desk_end_pushes(struct desk *d);
/* Stops all sources, says that streamd is gone. NULL is fine. */
void desk_free(struct desk *d);

#endif
