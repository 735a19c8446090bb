/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a new job must bring (see job_submit() in job.h). Any process. */
#include "config.h"

#include <string.h>

#include "common/err.h"
#include "common/text.h"
#include "db/bin.h"
#include "db/db.h"
#include "db/dump.h"
#include "db/job.h"
#include "db/stmt.h"

#define QUEUE_MAX 200
#define SECTOR 4096
#define FLASH_MAX (256u * 1024 * 1024)
#define BAUD_MIN 9600
#define BAUD_MAX 3000000

static int
wrong(struct err *e, const struct job *j, const char *why)
{
	return err_set(
	    e, ERR_USAGE, "job-fields", "%s %s", job_kind_name(j->kind), why);
}

static int
check_texts(const struct job *j, struct err *e)
{
	if (!text_is_clean(j->port, strlen(j->port)) ||
	    !text_is_clean(j->file, strlen(j->file)) ||
	    !text_is_clean(j->asked_by, strlen(j->asked_by)))
		return wrong(e, j, "has a port, file or user with control characters");
	if (j->incoming[0] != '\0' &&
	    (strlen(j->incoming) != 32 ||
		strspn(j->incoming, "0123456789abcdef") != 32))
		return wrong(e, j, "names an uploaded file by 32 hexadecimal digits");
	if (j->baud != 0 && (j->baud < BAUD_MIN || j->baud > BAUD_MAX))
		return wrong(e, j, "takes a baud rate from 9600 to 3000000");
	return 0;
}

/* Which image a kind works with: a dump of the library, an uploaded file, or none. */
static int
check_image(const struct job *j, struct err *e)
{
	bool dump = j->dump_id != 0, file = j->incoming[0] != '\0';

	switch (j->kind) {
	case JOB_RESTORE:
	case JOB_FLASH:
		return dump != file
		    ? 0
		    : wrong(e, j, "needs one image: a dump or an uploaded file");
	case JOB_VERIFY:
	case JOB_REMOVE:
		return dump && !file ? 0 : wrong(e, j, "needs a dump of the library");
	case JOB_SCRUB:
		return !file ? 0 : wrong(e, j, "reads dumps of the library only");
	case JOB_IMPORT:
		return file && !dump ? 0 : wrong(e, j, "needs an uploaded file");
	case JOB_RECOVER:
		return !dump && !file && bin_is_description(j->file)
		    ? 0
		    : wrong(e, j, "needs the name of a removed dump");
	default:
		return !dump && !file ? 0 : wrong(e, j, "takes no image");
	}
}

static int
check_range(const struct job *j, struct err *e)
{
	if (j->kind != JOB_ERASE)
		return j->at == 0 && j->size == 0 ? 0 : wrong(e, j, "takes no range");
	if (j->size == 0 || j->at % SECTOR != 0 || j->size % SECTOR != 0 ||
	    j->at > FLASH_MAX || j->size > FLASH_MAX)
		return wrong(
		    e, j, "needs a start and a size in whole sectors of 4096 bytes");
	return 0;
}

static int
check_identity(const struct job *j, struct err *e)
{
	if (j->kind != JOB_RESTORE)
		return j->identity[0] == '\0' ? 0 : wrong(e, j, "takes no identity");
	if (j->identity[0] == '\0' || strcmp(j->identity, "keep") == 0 ||
	    strcmp(j->identity, "blank") == 0 || strcmp(j->identity, "donor") == 0)
		return 0;
	return wrong(e, j, "knows the identities keep, donor and blank");
}

static int
check_fields(const struct job *j, struct err *e)
{
	if ((unsigned)j->kind >= N_JOB_KINDS)
		return err_set(
		    e, ERR_USAGE, "job-kind", "this kind of job is not known");
	if (job_kind_needs_port(j->kind) != (j->port[0] != '\0'))
		return wrong(
		    e, j, j->port[0] == '\0' ? "needs a port" : "takes no port");
	if ((j->flags & ~(unsigned)(JOB_FLAG_EXPERIMENTAL | JOB_FLAG_FORCE | JOB_FLAG_AS_IS |
			     JOB_FLAG_NO_WAIT)) != 0)
		return wrong(e, j, "has flags that are not known");
	if (check_texts(j, e) < 0 || check_image(j, e) < 0 || check_range(j, e) < 0)
		return -1;
	return check_identity(j, e);
}

/* What the job points at is there. */
static int
check_rows(struct db *db, const struct job *j, struct err *e)
{
	int64_t n = 0;
	int r;

	if (j->camera_id != 0) {
		r = stmt_number(
		    db, e, &n, "SELECT id FROM camera WHERE id = ?", "i", j->camera_id);
		if (r == 0)
			return err_set(
			    e, ERR_NOT_FOUND, "camera-unknown", "that camera is gone");
		if (r < 0)
			return -1;
	}
	if (j->dump_id == 0)
		return 0;
	r = stmt_number(
	    db, e, &n, "SELECT missing FROM dump WHERE id = ?", "i", j->dump_id);
	if (r == 0)
		return err_set(e, ERR_NOT_FOUND, "dump-unknown",
		    "there is no dump %lld", (long long)j->dump_id);
	if (r == 1 && n != 0 && j->kind != JOB_REMOVE && j->kind != JOB_SCRUB)
		return err_set(e, ERR_NOT_FOUND, "dump-missing",
		    "the file of dump %lld is gone from the store; choose another dump",
		    (long long)j->dump_id);
	return r < 0 ? -1 : 0;
}

int
job_check_room(struct db *db, struct err *e)
{
	int64_t n;

	if (stmt_number(
		db, e, &n, "SELECT count(*) FROM job WHERE state = 'queued'", "") < 0)
		return -1;
	if (n >= QUEUE_MAX)
		return err_set(e, ERR_REFUSED, "too-many-jobs",
		    "%d jobs are waiting already; wait for some to end, or cancel them",
		    QUEUE_MAX);
	return 0;
}

static int
insert_row(struct db *db, struct job *j, struct err *e)
{
	if (check_rows(db, j, e) < 0 || job_check_room(db, e) < 0)
		return -1;
	if (stmt_run(db, e,
		"INSERT INTO job (kind, state, port, camera_id, dump_id, incoming, "
		"file, baud, "
		"at, size, identity, flags, asked_by, created_s) VALUES (?, 'queued', "
		"?, "
		"nullif(?, 0), nullif(?, 0), ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		"ssiissIiisIsi", job_kind_name(j->kind), j->port, j->camera_id,
		j->dump_id, j->incoming, j->file, (int)j->baud, (int64_t)j->at,
		(int64_t)j->size, j->identity, (int)j->flags, j->asked_by,
		db_now_s(db)) < 0)
		return -1;
	return job_by_id(db, sqlite3_last_insert_rowid(db->handle), j, e);
}

int
job_submit(struct db *db, struct job *j, struct err *e)
{
	bool own;

	/* A camera keeps its own identity unless its user says otherwise. */
	if (j->kind == JOB_RESTORE && j->identity[0] == '\0')
		memcpy(j->identity, "keep", sizeof("keep"));
	if (check_fields(j, e) < 0 || stmt_enter(db, &own, e) < 0)
		return -1;
	return stmt_leave(db, own, insert_row(db, j, e), e);
}

static int
submit_scrub(struct db *db, struct job *j, struct err *e)
{
	int64_t id;
	int r;

	r = stmt_number(db, e, &id,
	    "SELECT id FROM job WHERE state = 'queued' AND kind = ? AND dump_id = ?", "si",
	    job_kind_name(j->kind), j->dump_id);
	if (r != 0)
		return r < 0 ? -1 : 0;
	return insert_row(db, j, e) < 0 ? -1 : 1;
}

int
job_submit_scrub(struct db *db, const struct dump *d, bool whole, struct job *j,
    struct err *e)
{
	bool own;
	int r;

	if (whole == (!d->damaged && !d->missing))
		return 0;
	j->kind = JOB_SCRUB;
	j->dump_id = d->id;
	if (check_fields(j, e) < 0 || stmt_enter(db, &own, e) < 0)
		return -1;
	r = submit_scrub(db, j, e);
	return stmt_leave(db, own, r < 0 ? -1 : 0, e) < 0 ? -1 : r;
}
