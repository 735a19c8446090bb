/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Jobs: the work of flashd. A job is a row; whoever wants work inserts one and rings
 * flashd's bell. Thread of the struct db.
 *
 *	queued → running → done | failed | refused | cancelled | interrupted
 *	running ⇄ waiting        (flashd waits for a person's hand)
 *	queued → cancelled       (before it began)
 *	interrupted → queued     (resume) | cancelled (given up)
 */
#ifndef DB_JOB_H
#define DB_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/said.h"

struct db;
struct dump;
struct err;

enum job_kind {
	JOB_IDENTIFY, JOB_BACKUP, JOB_VERIFY, JOB_RESTORE, JOB_FLASH, JOB_ERASE,
	JOB_IMPORT, JOB_REMOVE, JOB_REBUILD, JOB_SCRUB,
	JOB_RECOVER,
	N_JOB_KINDS
};
enum job_state {
	JOB_QUEUED, JOB_RUNNING, JOB_WAITING, JOB_DONE, JOB_FAILED, JOB_REFUSED,
	JOB_CANCELLED, JOB_INTERRUPTED,
	N_JOB_STATES
};
enum job_flag {
	JOB_FLAG_EXPERIMENTAL = 1,	/* the user knows that this chip is untried */
	JOB_FLAG_AS_IS = 8,		/* import: do not trim a file that holds its bytes twice */
	JOB_FLAG_NO_WAIT = 4,		/* fail where a person's hand would be needed */
	JOB_FLAG_FORCE = 2		/* an XR808 image on an XR872; remove: also the last
				 * verified dump of a camera */
};

struct job {
	int64_t id;
	enum job_kind kind;
	enum job_state state;
	char port[256];		/* the socket's path; "" = none */
	char port_name[33];	/* the name its user gave, or ""; read-only */
	int64_t camera_id;	/* 0 = none */
	char camera[33];	/* its name; read-only */
	int64_t dump_id;	/* 0 = none */
	char incoming[33];	/* 32 hex digits: a file in STATE/incoming */
	char file[257];		/* what its user called that file; recover: its name in the bin */
	unsigned baud;		/* 0 = by the socket */
	uint64_t at, size;	/* erase */
	char identity[8];	/* restore: keep, donor, blank */
	unsigned flags;		/* enum job_flag */
	char asked_by[65];
	bool cancel_asked;
	int code;		/* enum err_code */
	char reason[41];
	char message[601];
	char message_params[SAID_MAX];	/* where its parameters stand (common/said.h) */
	char result[4097];	/* a JSON object */
	int64_t result_dump_id;	/* 0 = none */
	bool touched;		/* the chip may differ from what it was: after the first erase */
	int64_t created_s, started_s, ended_s;
};

const char *job_kind_name(enum job_kind kind);
const char *job_state_name(enum job_state state);
int job_kind_parse(const char *s, enum job_kind *ret);		/* 0 or -1 */
int job_state_parse(const char *s, enum job_state *ret);
bool job_kind_needs_port(enum job_kind kind);
bool job_kind_writes(enum job_kind kind);	/* may erase: restore, flash, erase */
bool job_state_is_final(enum job_state state);	/* interrupted is not final */
/* The one table of transitions. */
bool job_may_go(enum job_state from, enum job_state to);

/* Insert a queued job from kind, port, camera_id, dump_id, incoming, file, baud, at,
 * size, identity ("" of a restore = keep), flags, asked_by; checks that what the kind needs is there. At most
 * 200 jobs wait at once. Fills id. */
int job_submit(struct db *db, struct job *j, struct err *e);
/* Somebody read all of d and found it to be whole or not: where its row says otherwise,
 * flashd is asked to read it as well and to mark the row. 1 = j, of which asked_by is
 * given, is queued; 0 = the row says so, or such a job waits already; -1. */
int job_submit_scrub(struct db *db, const struct dump *d, bool whole, struct job *j,
    struct err *e);
/* Ask flashd to stop it; a job still queued is cancelled at once. ERR_USAGE when it
 * has ended. */
int job_cancel(struct db *db, int64_t id, struct err *e);
/* interrupted → queued, or interrupted → cancelled. */
int job_resume(struct db *db, int64_t id, struct err *e);
int job_give_up(struct db *db, int64_t id, struct err *e);

/* flashd only: the oldest queued job whose port is not among busy (n paths, "" never
 * matches) goes to running, in one statement. 1 = ret is filled, 0 = none, -1. */
int job_claim(struct db *db, const char *const *busy, size_t n, struct job *ret,
    struct err *e);
/* flashd only: jobs of a kind that this version does not know, and that have not ended,
 * end as failed, with a sentence. ret_n: how many. */
int job_end_unknown(struct db *db, unsigned *ret_n, struct err *e);
/* flashd only: one transition; refuses what the table does not know. */
int job_set_state(struct db *db, int64_t id, enum job_state to, struct err *e);
/* flashd only: end it with code, reason, message and its params, result, result_dump_id of j (a
 * waiting job ends by way of running; JOB_CANCELLED becomes JOB_INTERRUPTED once the
 * chip was touched). Within the caller's transaction if one is open. */
int job_finish(struct db *db, const struct job *j, enum job_state to, struct err *e);
int job_set_touched(struct db *db, int64_t id, struct err *e);
int job_set_camera(struct db *db, int64_t id, int64_t camera_id, struct err *e);
/* flashd only, at start: what was running when the last flashd died. Untouched
 * backup, verify, identify, import go back to queued once, others to interrupted;
 * what was to be cancelled and touched nothing is cancelled. */
int job_recover(struct db *db, unsigned *ret_n, struct err *e);
/* flashd only: the same for one running job whose worker was lost through no fault of
 * the job, with code, reason and message of j. job_says() fills those. */
int job_lost(struct db *db, const struct job *j, bool *ret_requeued, struct err *e);
/* flashd only: say more of an interrupted job than its end could. */
int job_set_message(struct db *db, int64_t id, const struct err *said, struct err *e);
/* Code, reason and message for an end. */
void job_says(struct job *j, const struct err *said);

int job_by_id(struct db *db, int64_t id, struct job *ret, struct err *e);
/* Newest first, at most limit; open_only leaves out the ended ones. Rows of a kind that
 * this version does not know are passed over. */
int job_each(struct db *db, bool open_only, unsigned limit,
    bool (*fn)(const struct job *j, void *arg), void *arg, struct err *e);
/* The same, of ids below before only; 0 = all. */
int job_each_before(struct db *db, bool open_only, int64_t before, unsigned limit,
    bool (*fn)(const struct job *j, void *arg), void *arg, struct err *e);

/* db/ only: the known kinds as a JSON array, because SQLite binds no lists. */
#define JOB_KINDS_JSON_MAX 256
const char *job_kinds_json(char ret[JOB_KINDS_JSON_MAX]);
/* db/ only: ERR_REFUSED when too many jobs wait. */
int job_check_room(struct db *db, struct err *e);

#endif
