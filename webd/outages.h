/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * When a camera was away: out of the states that streamd tells, for the history. Nothing is
 * written while a camera is away or flaps: a line comes when it has been back for a while,
 * sums up all the times in between, and no camera gets more than one line in half an hour.
 * What is due for many cameras is written in one transaction. Pure but for
 * outages_write(); webd's one thread.
 */
#ifndef WEBD_OUTAGES_H
#define WEBD_OUTAGES_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"

struct db;
struct outages;

#define OUTAGE_SHORT_US (20 * 1000000LL)	/* shorter ones are none */
#define OUTAGE_SETTLE_US (120 * 1000000LL)	/* back for so long: it was over */
#define OUTAGE_EVERY_US (1800 * 1000000LL)	/* at most one line a camera */
#define OUTAGE_WRITE_US (60 * 1000000LL)	/* at most one transaction */

struct outage {
	int64_t camera_id;
	bool away;		/* now */
	char state[24];		/* the one it has, or had last: "unreachable", … */
	struct err reason;	/* one sentence, or "" */
	int64_t since_s;	/* wall clock: when it went away, of the times not yet told */
	int64_t until_s;	/* when it was back last */
	int64_t lost_s;		/* of all the times together, without the one under way */
	unsigned times;		/* that are over */
};

struct outages *outages_new(void);	/* NULL = no memory */
void outages_free(struct outages *o);	/* NULL is fine */
/* What streamd says of a camera; now_us is monotonic. */
void outages_see(struct outages *o, int64_t camera_id, const char *state,
    const struct err *reason, int64_t now_us, int64_t now_s);
/* These are all cameras that there are. */
void outages_keep(struct outages *o, const int64_t *ids, unsigned n);
/* Write what is due; all: also what waits or is under way (webd ends). How many lines. */
unsigned outages_write(struct outages *o, struct db *db, int64_t now_us, int64_t now_s,
    bool all);
/* Is it away now, and since when? */
bool outages_now(const struct outages *o, int64_t camera_id, struct outage *ret);

#endif
