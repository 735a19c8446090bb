/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A published address tried out by a real client: the name looked up, connected to,
 * signed in, pictures taken, just as Home Assistant would. Each trial has a thread of its
 * own, a deadline, and a report as JSON. Main thread calls.
 */
#ifndef STREAMD_TRIAL_H
#define STREAMD_TRIAL_H

#include <stdbool.h>
#include <stddef.h>

#include "common/text.h"

struct err;
struct loop;
struct trial_pool;

#define TRIALS_MAX 4	/* at one time; who comes then is told to try again */
#define TRIAL_MS 25000	/* the report comes by then */

enum trial_output {
	TRIAL_STILL,
	TRIAL_MJPEG,
	TRIAL_RTSP,		/* H.264 */
	TRIAL_RTSP_MJPEG
};

struct trial_order {
	enum trial_output output;
	bool tls;		/* https; for the two over HTTP */
	char camera[TEXT_SLUG_MAX];
	char host[300];		/* HOST:PORT as the client would type it */
	char user[65], password[129];
	bool own_login;		/* they are the stream credentials that hold now */
	char bound[300];	/* HOST:PORT where our daemon listens, or "" */
};

/* "snapshot", "mjpeg", "rtsp", "rtsp_mjpeg": 0, or -1. */
int trial_output_parse(const char *word, enum trial_output *ret);

struct trial_pool *trial_pool_new(struct loop *l, struct err *e);
/* Ends what runs; nothing is reported any more. NULL is fine. */
void trial_pool_free(struct trial_pool *pool);

/* done is called once, later, with the report; borrowed. -1 and e when too many run. */
int trial_start(struct trial_pool *pool, const struct trial_order *o,
    void (*done)(void *arg, const char *json), void *arg, struct err *e);
/* Nobody waits for it any more. */
void trial_forget(struct trial_pool *pool, const void *arg);

#endif
