/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the parts of one trial share: what was ordered, what was seen so far. The thread
 * of one trial; only trial*.c use this. */
#ifndef STREAMD_TRIAL_RUN_H
#define STREAMD_TRIAL_RUN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/said.h"
#include "streamd/trial.h"

#define TRIAL_STEPS_MAX 8
#define TRIAL_FLOW_US 2000000	/* pictures are counted for so long */
#define TRIAL_CONNECT_MS 5000
#define TRIAL_ANSWER_MS 10000	/* what Home Assistant allows */

struct trial_step {
	char step[12];	/* name, connect, challenge, sign-in, picture, flow */
	bool ok;
	unsigned ms;
	struct err said; /* what was seen */
};

struct trial_run {
	struct trial_order o;
	char url[640];		/* without user and password */
	atomic_bool quit;	/* the main thread's wish */
	int64_t deadline_us, step_us;
	struct trial_step steps[TRIAL_STEPS_MAX];
	unsigned n_steps;
	char resolve[700];	/* what the name means, for libcurl; "" = it is an address */
	char address[64];	/* the first of them, without brackets */
	bool unverified;	/* its certificate is trusted by nobody */
	bool own_address;	/* it is one of this machine's */
	char own[64];		/* an address of this machine that others reach, or "" */
	struct err e;		/* why not, or ERR_NONE */
	struct err todo, note;	/* note: true although all went well */
	/* What came. */
	char codec[16], login[24];
	unsigned width, height;
	int64_t first_us, last_us, first_ms;	/* of pictures; 0 = none yet */
	uint64_t pictures, bytes;
};

/* A step is over; the next one begins. */
void trial_step(struct trial_run *r, const char *step, bool ok, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* The same, where what is said of it is somebody else's sentence. */
void trial_step_said(
    struct trial_run *r, const char *step, bool ok, const struct err *said);
/* Why it failed; todo: what to do. Returns -1. The first failure stays. */
int trial_fail(struct trial_run *r, const char *code, const char *todo, const char *fmt,
    ...) __attribute__((format(printf, 4, 5)));
void trial_todo(struct trial_run *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* One picture came. True: enough were seen. */
bool trial_picture(struct trial_run *r, size_t n, unsigned width, unsigned height);
/* No longer wanted, or the time is up. */
bool trial_over(const struct trial_run *r);

/* trial_reach.c: the name's address; blocks as long as the name server does. 0, or -1
 * with the failure noted. */
int trial_reach(struct trial_run *r);
/* Nothing listens there, or nothing answers. Returns -1. */
int trial_refused(struct trial_run *r);
int trial_silent(struct trial_run *r);

/* trial_http.c, trial_rtsp.c */
void trial_http(struct trial_run *r);
void trial_rtsp(struct trial_run *r);

/* trial_ask.c: one request by libcurl. */
#define TRIAL_BODY_MAX 4096
struct trial_answer {
	struct trial_run *r;
	long status;
	char type[128], challenge[400], code[40], server[80];
	struct err reason;	/* what camherd says; "" = nothing */
	char reason_params[SAID_MAX];	/* as they came in a header */
	char body[TRIAL_BODY_MAX + 1];	/* of an answer that is no success */
	size_t n_body;
	/* The body of a success; false ends the request. */
	bool (*take)(struct trial_answer *a, const uint8_t *p, size_t n);
	void *arg;
	bool taken;	/* take() had enough */
};
/* login: with user and password. 0 with an answer, or -1 with the failure noted. */
int trial_ask(struct trial_answer *a, bool login);
/* What the answers below 200 and above 299 mean. Returns -1. */
int trial_judge(struct trial_answer *a, bool login);

#endif
