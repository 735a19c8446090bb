/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The jobs of a rescue: what each task needs, and the job that is made of it (see
 * rescue.h). Processes webd and camherd; thread of the struct db. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "common/err.h"
#include "db/camera.h"
#include "db/db.h"
#include "db/dump.h"
#include "db/job.h"
#include "db/rescue.h"
#include "db/rescue_row.h"
#include "db/stmt.h"

/* The chip that a marking stands for; "" = nobody can tell from it. */
static const struct {
	const char *marking, *chip;
} markings[] = { { "xf16", "xr872" }, { "bk7252", "bk7252" }, { "txw817", "txw817" } };

/* The last job of a task; 1 = there is one, 0 = none, -1. */
static int
last_job(struct db *db, const struct rescue *r, enum rescue_task task, struct job *ret,
    struct err *e)
{
	if (r->jobs[task] == 0)
		return 0;
	return job_by_id(db, r->jobs[task], ret, e) < 0 ? -1 : 1;
}

int
rescue_image(struct db *db, const struct rescue *r, int64_t *ret, struct err *e)
{
	const bool file = strcmp(r->answers[RESCUE_HAVE], "file") == 0;
	struct job j;
	int got;

	*ret = r->image_id;
	if (r->image_id != 0)
		return 0;
	if (!file && strcmp(r->answers[RESCUE_HAVE], "donor") != 0)
		return 0;
	got = last_job(db, r, file ? RESCUE_IMPORT : RESCUE_DONOR, &j, e);
	if (got == 1 && j.state == JOB_DONE)
		*ret = j.result_dump_id;
	return got < 0 ? -1 : 0;
}

/* A job of this task that has not ended would be in the way. */
static int
check_idle(struct db *db, const struct rescue *r, enum rescue_task task, struct err *e)
{
	struct job j;
	int got = last_job(db, r, task, &j, e);

	if (got <= 0 || job_state_is_final(j.state))
		return got < 0 ? -1 : 0;
	if (j.state == JOB_INTERRUPTED && !j.touched)
		return 0;
	return err_set(e, ERR_REFUSED, "rescue-busy",
	    "job %lld of this rescue is %s; %s", (long long)j.id,
	    job_state_name(j.state),
	    j.state == JOB_INTERRUPTED ? "resume it, or give it up first"
				       : "wait for its end, or cancel it");
}

static int
need_port(const struct rescue *r, struct job *j, bool donor, struct err *e)
{
	const char *port =
	    donor && r->donor_port[0] != '\0' ? r->donor_port : r->port;

	if (port[0] == '\0')
		return err_set(e, ERR_REFUSED, "rescue-port",
		    "no USB port was chosen for this rescue; choose the one with the "
		    "adapter first");
	snprintf(j->port, sizeof(j->port), "%s", port);
	return 0;
}

const char *
rescue_family_name(enum rescue_family f)
{
	static const char *const names[] = { "unknown", "agrees", "differs" };

	return names[f];
}

int
rescue_family(struct db *db, const struct rescue *r, enum rescue_family *ret,
    char *ret_chip, struct err *e)
{
	const char *said = r->answers[RESCUE_CHIP];
	struct camera c = { .id = 0 };
	size_t i;

	if (r->camera_id != 0 && camera_by_id(db, r->camera_id, &c, e) < 0)
		return -1;
	*ret = RESCUE_FAMILY_UNKNOWN;
	snprintf(ret_chip, sizeof(c.chip), "%s", c.chip);
	for (i = 0; i < sizeof(markings) / sizeof(markings[0]); i++) {
		if (c.chip[0] != '\0' && strcmp(said, markings[i].marking) == 0)
			*ret = strcmp(c.chip, markings[i].chip) == 0
			    ? RESCUE_FAMILY_AGREES
			    : RESCUE_FAMILY_DIFFERS;
	}
	return 0;
}

/* The chip said who it is, and that is what stands on it. */
static int
need_identified(struct db *db, const struct rescue *r, struct err *e)
{
	enum rescue_family family;
	char chip[33];

	if (r->camera_id == 0)
		return err_set(e, ERR_REFUSED, "rescue-camera",
		    "the camera of this rescue was removed; name it anew");
	if (rescue_family(db, r, &family, chip, e) < 0)
		return -1;
	if (chip[0] == '\0')
		return err_set(e, ERR_REFUSED, "rescue-unidentified",
		    "the chip has not said yet who it is; identify the camera first");
	if (family == RESCUE_FAMILY_DIFFERS)
		return err_set(e, ERR_REFUSED, "rescue-family",
		    "the marking on the chip says %s, but the chip itself says %s. "
		    "Likely this is another camera, or the marking was misread. Look "
		    "at the photos again and correct the answer",
		    r->answers[RESCUE_CHIP], chip);
	return 0;
}

/* What was left of the camera is in the library, read twice. */
static int
need_saved(struct db *db, const struct rescue *r, struct err *e)
{
	struct dump d;
	struct job j;
	int got = last_job(db, r, RESCUE_SAVE, &j, e);

	if (got < 0)
		return -1;
	if (got == 1 && j.state == JOB_DONE && j.result_dump_id != 0 &&
	    dump_by_id(db, j.result_dump_id, &d, e) == 0 && d.verified && !d.missing &&
	    !d.damaged)
		return 0;
	return err_set(e, ERR_REFUSED, "rescue-unsaved",
	    "there is no verified backup of what is left on this camera; its own "
	    "settings and radio calibration are only there. Save it first");
}

static int
make_donor(struct db *db, const struct rescue *r, struct job *j, struct err *e)
{
	if (r->donor_id == 0)
		return err_set(e, ERR_REFUSED, "rescue-donor",
		    "the good camera has no name yet; give it one first");
	if (need_identified(db, r, e) < 0)
		return -1;
	j->kind = JOB_BACKUP;
	j->camera_id = r->donor_id;
	return need_port(r, j, true, e);
}

/* Two that look alike: the broken one may have been on the wires still when the good
 * one was meant to be read. */
static int
need_two(struct db *db, const struct rescue *r, struct err *e)
{
	struct camera broken, good;

	if (strcmp(r->answers[RESCUE_HAVE], "donor") != 0 || r->image_id != 0 ||
	    r->donor_id == 0)
		return 0;
	if (camera_by_id(db, r->camera_id, &broken, e) < 0 ||
	    camera_by_id(db, r->donor_id, &good, e) < 0)
		return -1;
	if (good.chip_id[0] == '\0' || strcmp(good.chip_id, broken.chip_id) != 0)
		return 0;
	return err_set(e, ERR_REFUSED, "rescue-same-camera",
	    "'%s' and '%s' have the same chip id: the broken camera was still on the "
	    "wires when the good one was to be read. Connect the good one, give it "
	    "another name, and read it again",
	    broken.name, good.name);
}

static int
make_write(struct db *db, const struct rescue *r, struct job *j, struct err *e)
{
	if (need_identified(db, r, e) < 0 || need_saved(db, r, e) < 0 ||
	    need_two(db, r, e) < 0 || rescue_image(db, r, &j->dump_id, e) < 0)
		return -1;
	if (j->dump_id == 0)
		return err_set(e, ERR_REFUSED, "rescue-no-image",
		    "there is nothing to write yet: no backup was chosen, and neither "
		    "a good camera nor a file was read");
	j->kind = JOB_RESTORE;
	snprintf(j->identity, sizeof(j->identity), "%s", r->identity);
	return need_port(r, j, false, e);
}

static int
make_job(struct db *db, const struct rescue *r, enum rescue_task task, struct job *j,
    struct err *e)
{
	j->camera_id = r->camera_id;
	switch (task) {
	case RESCUE_IDENTIFY:
		j->kind = JOB_IDENTIFY;
		return need_port(r, j, false, e);
	case RESCUE_SAVE:
		j->kind = JOB_BACKUP;
		return need_identified(db, r, e) < 0 ? -1 : need_port(r, j, false, e);
	case RESCUE_DONOR:
		return make_donor(db, r, j, e);
	case RESCUE_PARTS:
	case RESCUE_IMPORT:
		j->kind = JOB_IMPORT;
		j->camera_id = 0;
		return task == RESCUE_PARTS ? need_two(db, r, e) : 0;
	case RESCUE_WRITE:
		return make_write(db, r, j, e);
	case N_RESCUE_TASKS:
		break;
	}
	return -1;
}

static int
start(struct db *db, int64_t id, enum rescue_task task, struct job *j, struct err *e)
{
	struct rescue r;

	if (rescue_by_id(db, id, &r, e) < 0)
		return -1;
	if (strcmp(r.state, "open") != 0)
		return err_set(e, ERR_REFUSED, "rescue-over",
		    "this rescue is over; open it again to go on with it");
	if (check_idle(db, &r, task, e) < 0 || make_job(db, &r, task, j, e) < 0 ||
	    job_submit(db, j, e) < 0 || rescue_touch(db, id, j->asked_by, e) < 0)
		return -1;
	return stmt_run(db, e,
		   "INSERT INTO rescue_job VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET "
		   "job_id = excluded.job_id",
		   "isi", id, rescue_task_name(task), j->id) < 0
	    ? -1
	    : 0;
}

int
rescue_start(
    struct db *db, int64_t id, enum rescue_task task, struct job *j, struct err *e)
{
	bool own;

	if (stmt_enter(db, &own, e) < 0)
		return -1;
	return stmt_leave(db, own, start(db, id, task, j, e), e);
}
