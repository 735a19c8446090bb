/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rescues: the way of one bricked camera from silence on the wire to a picture, as far
 * as it is gone: answers, port, donor, jobs, what was heard. Webd and camherd write
 * them; flashd does their jobs and knows nothing of them. Thread of the struct db.
 */
#ifndef DB_RESCUE_H
#define DB_RESCUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db/dump.h"

struct db;
struct err;
struct job;
struct words;

enum rescue_task {
	RESCUE_IDENTIFY,	/* find a way in and ask the chip who it is */
	RESCUE_SAVE,		/* read what is left of the broken camera */
	RESCUE_DONOR,		/* read the good one */
	RESCUE_IMPORT,		/* take a file into the library */
	RESCUE_PARTS,		/* take an image in that was made part by part */
	RESCUE_WRITE,		/* restore the image onto the broken one */
	N_RESCUE_TASKS
};

/* What a person says; each has its own few words, "" = not said. */
enum rescue_question {
	RESCUE_HAPPENED,	/* wrong-firmware, half-way, never-worked, unknown */
	RESCUE_HAVE,		/* backup, donor, file, nothing */
	RESCUE_CHIP,		/* xf16, bk7252, txw817, other, unreadable */
	RESCUE_JUMPER,		/* yes: the adapter is set to 3.3 V */
	RESCUE_WIRED,		/* yes: ground and RX are connected */
	RESCUE_SENDING,		/* yes: TX is, too */
	RESCUE_PAIRED,		/* of the donor: yes, no, unknown */
	RESCUE_SUPPLY,		/* yes: steady, and nothing will fall asleep */
	RESCUE_JOINED,		/* yes: the camera is in the network */
	RESCUE_BLOCKED,		/* yes: its way out is closed */
	N_RESCUE_QUESTIONS
};

#define RESCUE_WORD_MAX 20

/* What was heard of a camera that was only listened to. */
struct rescue_seen {
	int64_t at_s;		/* 0 = nothing yet */
	char verdict[12];	/* silent, garbage, readable */
	unsigned baud;
	uint64_t bytes, text;
	char firmware[97];	/* what it calls itself */
};

enum rescue_place { RESCUE_WIRE, RESCUE_BOOT, N_RESCUE_PLACES };

struct rescue {
	int64_t id;
	char state[8];			/* open, done, closed */
	char step[12];			/* of rescue_steps */
	int64_t camera_id, donor_id;	/* 0 = none */
	char camera[33], donor[33];	/* their names; read-only */
	char port[256], donor_port[256];
	char port_name[33], donor_port_name[33];	/* read-only */
	int64_t image_id;		/* chosen by hand; 0 = what the path says */
	char identity[8];
	char answers[N_RESCUE_QUESTIONS][RESCUE_WORD_MAX];
	int64_t jobs[N_RESCUE_TASKS];	/* 0 = never begun */
	struct rescue_seen seen[N_RESCUE_PLACES];
	char asked_by[65], changed_by[65];
	int64_t created_s, changed_s;
};

extern const char *const rescue_steps[];	/* in their order; NULL ends them */
const char *rescue_task_name(enum rescue_task t);
int rescue_task_parse(const char *s, enum rescue_task *ret);	/* 0 or -1 */
const char *rescue_question_name(enum rescue_question q);
const char *rescue_place_name(enum rescue_place p);

/* A new one for the camera of this name, which is made when there is none. */
int rescue_add(struct db *db, const char *camera, const char *who, struct rescue *ret,
    struct err *e);
int rescue_by_id(struct db *db, int64_t id, struct rescue *ret, struct err *e);
/* Newest first. fn must not write. */
int rescue_each(struct db *db, bool (*fn)(const struct rescue *r, void *arg), void *arg,
    struct err *e);
/* Say one thing: key is state, step, camera, donor, port, donor_port, image, identity
 * or a question's name; "" takes a donor, port, image or answer back. A donor of a new
 * name is made. ERR_USAGE names what the key takes. */
int rescue_set(struct db *db, int64_t id, const char *key, const char *value,
    const char *who, struct err *e);
/* The names of all keys, NULL at the end. */
extern const char *const rescue_keys[];
int rescue_note_seen(struct db *db, int64_t id, const char *place,
    const struct rescue_seen *s, struct err *e);
/* Forget it. Cameras, jobs, dumps stay. */
int rescue_remove(struct db *db, int64_t id, struct err *e);

/* The dump that is to be written: chosen by hand, else what donor or import made. 0 =
 * there is none yet. */
int rescue_image(struct db *db, const struct rescue *r, int64_t *ret, struct err *e);

/* What stands on the chip (RESCUE_CHIP) beside what the chip said. */
enum rescue_family { RESCUE_FAMILY_UNKNOWN, RESCUE_FAMILY_AGREES, RESCUE_FAMILY_DIFFERS };
/* ret_chip[33]: the chip as it said, "" = it was not asked yet. */
int rescue_family(struct db *db, const struct rescue *r, enum rescue_family *ret,
    char *ret_chip, struct err *e);
const char *rescue_family_name(enum rescue_family f);

/* Begin a task: the job is made of what the rescue knows, and both are one transaction.
 * j brings flags, asked_by, baud, and for an import incoming and file; it is filled.
 * ERR_REFUSED with what is missing: "rescue-port", "rescue-busy", "rescue-unidentified",
 * "rescue-family", "rescue-unsaved", "rescue-donor", "rescue-same-camera",
 * "rescue-no-image". */
int rescue_start(struct db *db, int64_t id, enum rescue_task task, struct job *j,
    struct err *e);

/* The dumps of a rescue: what was left of the broken camera, the good one, what is to be
 * written. Each once; their number. */
#define RESCUE_DUMPS 4
struct rescue_dump {
	struct dump row;
	const char *what;	/* broken, good, image; static */
};
unsigned rescue_dumps(
    struct db *db, const struct rescue *r, struct rescue_dump ret[RESCUE_DUMPS]);

/* All that helpers need to know: facts, what was heard, the jobs with their logs (reads
 * STATE/jobs). Device ids are masked, else nothing is: not to be shown. Caller frees
 * *ret. */
int rescue_report_draft(
    struct db *db, const char *state, int64_t id, char **ret, struct err *e);
/* The same as text that can be posted: secrets (found in the dumps above) are blanked in
 * the draft, and every line has gone through redact_line(). Caller frees *ret. Any
 * thread. */
int rescue_report_clean(char *draft, struct words *secrets, char **ret, struct err *e);

#endif
