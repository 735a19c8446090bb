/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Jobs that need no port (see chore.h). flashd's parent, main thread. */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/err.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/said.h"
#include "db/db.h"
#include "db/dump.h"
#include "db/event.h"
#include "db/job.h"
#include "db/keep.h"
#include "flashd/chore.h"
#include "flashd/flashd.h"
#include "flashd/import.h"
#include "flashd/library.h"
#include "flashd/run.h"
#include "flashd/scrub.h"
#include "flashd/store.h"

#define INCOMING_DAYS 1

void
chore_finish(struct flashd *f, struct job *j, json_t *result, const struct err *e)
{
	enum job_state to = e->code == ERR_NONE ? JOB_DONE
	    : e->code == ERR_REFUSED		? JOB_REFUSED
						: JOB_FAILED;
	char *text = result == NULL ? NULL : json_dumps(result, JSON_COMPACT);
	struct err said, ignored;

	json_decref(result);
	snprintf(j->result, sizeof(j->result), "%s",
	    text != NULL && strlen(text) < sizeof(j->result) ? text : "{}");
	free(text);
	job_says(j, e);
	if (job_finish(f->db, j, to, &ignored) < 0)
		log_errx("chore", "job %lld: its end could not be written down: %s",
		    (long long)j->id, ignored.msg);
	log_info("chore", "job %lld: %s %s%s%s", (long long)j->id,
	    job_kind_name(j->kind), job_state_name(to), e->msg[0] != '\0' ? ": " : "",
	    e->msg);
	err_set(&said, ERR_NONE, "", "%s: %s%s%.500s", job_kind_name(j->kind),
	    job_state_name(to), e->msg[0] != '\0' ? ". " : "", e->msg);
	said_nest(&said, 3, e);
	if (event_row_say(f->db, "job", j->camera_id, j->id, j->asked_by, &said,
		&ignored) < 0)
		log_warnx("chore", "history: %s", ignored.msg);
	flashd_changed(f);
}

struct siblings {
	int64_t camera_id, except;
	unsigned verified;
};

static bool
count_verified(const struct dump *d, void *arg)
{
	struct siblings *s = arg;

	s->verified +=
	    d->id != s->except && d->verified && !d->missing && !d->damaged;
	return true;
}

struct user {
	struct flashd *f;
	const struct dump *d;
	int64_t job; /* 0 = none */
};

/* A write that is not over needs the dump that it writes, and the one of before. */
static bool
look_for_user(const struct job *j, void *arg)
{
	struct user *u = arg;

	if (job_kind_writes(j->kind) &&
	    (j->dump_id == u->d->id ||
		(j->touched && u->d->same_bytes <= 1 &&
		    run_journal_needs(u->f, j->id, u->d->sha256))))
		u->job = j->id;
	return u->job == 0;
}

static int
check_unused(struct flashd *f, const struct dump *d, struct err *e)
{
	struct user u = { .f = f, .d = d };

	if (job_each(f->db, true, UINT_MAX, look_for_user, &u, e) < 0)
		return -1;
	if (u.job == 0)
		return 0;
	return err_set(e, ERR_REFUSED, "dump-in-use",
	    "job %lld is not over and needs this dump. Let it end first: 'camherd job "
	    "resume %lld' where it was interrupted, or give it up with 'camherd job "
	    "give-up %lld'",
	    (long long)u.job, (long long)u.job, (long long)u.job);
}

static int
may_remove(struct flashd *f, const struct job *j, const struct dump *d, struct err *e)
{
	struct siblings s = { .camera_id = d->camera_id, .except = d->id };

	if (check_unused(f, d, e) < 0)
		return -1;
	if (!d->verified || d->missing || d->damaged || d->camera_id == 0 ||
	    (j->flags & JOB_FLAG_FORCE) != 0)
		return 0;
	if (dump_each(f->db, d->camera_id, count_verified, &s, e) < 0)
		return -1;
	if (s.verified > 0)
		return 0;
	return err_set(e, ERR_REFUSED, "last-verified",
	    "this is the last verified backup of '%s'. Make another one first, or type "
	    "the camera's name: 'camherd dump rm' asks for it",
	    d->camera);
}

static void
do_remove(struct flashd *f, struct job *j)
{
	struct err e = { .code = ERR_NONE };
	json_t *result = NULL;
	struct dump d;

	if (dump_by_id(f->db, j->dump_id, &d, &e) == 0 &&
	    may_remove(f, j, &d, &e) == 0 &&
	    library_remove(f->db, f->store, &d, &e) == 0) {
		err_clear(&e);
		/* Its row is gone: what it was is told here. */
		result = json_pack("{s:I, s:s, s:s}", "removed", (json_int_t)d.id,
		    "sha256", d.sha256, "camera", d.camera);
	}
	chore_finish(f, j, result, &e);
}

static void
do_recover(struct flashd *f, struct job *j)
{
	struct err e = { .code = ERR_NONE };
	json_t *result = NULL;
	struct dump d;

	if (library_recover(f->db, f->store, j->file, &d, &e) == 0) {
		err_clear(&e);
		j->result_dump_id = d.id;
		result = json_pack(
		    "{s:s, s:I}", "sha256", d.sha256, "size", (json_int_t)d.size);
	}
	chore_finish(f, j, result, &e);
}

static void
do_rebuild(struct flashd *f, struct job *j)
{
	struct err e = { .code = ERR_NONE };
	struct library_counts n;
	json_t *result = NULL;

	if (library_rebuild(f->db, f->store, false, &n, &e) == 0) {
		err_clear(&e);
		result = json_pack("{s:i, s:i, s:i, s:i, s:i, s:i, s:i}", "added",
		    n.added, "mended", n.mended, "missing", n.missing, "found", n.found,
		    "adopted", n.adopted, "described", n.described, "unreadable",
		    n.unreadable);
	}
	chore_finish(f, j, result, &e);
}

void
chore_start(struct flashd *f, const struct job *job)
{
	struct job j = *job;
	struct err e;

	switch (j.kind) {
	case JOB_IMPORT:
		import_do(f, &j);
		return;
	case JOB_REMOVE:
		do_remove(f, &j);
		return;
	case JOB_REBUILD:
		do_rebuild(f, &j);
		return;
	case JOB_SCRUB:
		scrub_start(f, &j);
		return;
	case JOB_RECOVER:
		do_recover(f, &j);
		return;
	default:
		err_set(&e, ERR_USAGE, "job-kind", "%s needs a port",
		    job_kind_name(j.kind));
		chore_finish(f, &j, NULL, &e);
	}
}

/* A job that is not over, a file of which may be asked after. */
struct need {
	const char *name; /* in incoming/ */
	bool found;
};

static bool
look_for_need(const struct job *j, void *arg)
{
	struct need *need = arg;

	need->found = strcmp(j->incoming, need->name) == 0;
	return !need->found;
}

/* An interrupted restore goes on with the file it was given, however old it is. */
static bool
upload_needed(struct flashd *f, const char *name)
{
	struct need need = { .name = name };
	struct err e;

	return job_each(f->db, true, UINT_MAX, look_for_need, &need, &e) < 0 ||
	    need.found;
}

/* Files of jobs/ begin with the job's number. */
static bool
job_needs_file(struct flashd *f, const char *name)
{
	struct job j;
	struct err e;

	if (job_by_id(f->db, strtoll(name, NULL, 10), &j, &e) < 0)
		return e.code != ERR_NOT_FOUND;
	return !job_state_is_final(j.state);
}

/* May it go at this age? A journal is of no use once its job was given up. */
static bool
may_go(struct flashd *f, const char *folder, const char *name, time_t age_s, int days)
{
	const char *dot = strrchr(name, '.');
	const bool old = age_s >= (time_t)days * 86400;

	if (strcmp(folder, "incoming") == 0)
		return old && !upload_needed(f, name);
	return (old || (dot != NULL && strcmp(dot, ".journal") == 0)) &&
	    !job_needs_file(f, name);
}

static void
sweep_folder(struct flashd *f, const char *name, int days)
{
	int fd =
	    openat(f->state_dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	struct stat st;

	if (dir == NULL) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.' ||
		    fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
		    S_ISDIR(st.st_mode) ||
		    !may_go(f, name, entry->d_name, time(NULL) - st.st_mtime, days))
			continue;
		(void)unlinkat(fd, entry->d_name, 0);
	}
	closedir(dir);
}

void
chore_sweep(struct flashd *f)
{
	struct keep keep;
	struct err e;

	sweep_folder(f, "incoming", INCOMING_DAYS);
	/* Not known how long: nothing goes. */
	if (keep_get(f->db, &keep, &e) < 0) {
		log_warnx("chore", "nothing old is removed now: %s", e.msg);
		return;
	}
	sweep_folder(f, "jobs", keep.logs);
	store_sweep_bin(f->store, (int64_t)time(NULL), keep.bin);
}
