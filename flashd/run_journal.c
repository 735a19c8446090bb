/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The journal of a write as flashd's parent handles it (see run.h): a file
 * jobs/<id>.journal that the child writes, and what a job that goes on needs with it.
 * flashd's parent, main thread.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/file.h"
#include "common/log.h"
#include "common/said.h"
#include "common/text.h"
#include "flashd/engine/journal.h"
#include "flashd/flashd.h"
#include "flashd/run.h"

#define LEFT_MAX 64 /* a flashd has no more workers than that */

struct search {
	const struct run *r;
	char sha256[65];
	struct dump *ret;
	bool found;
};

static void
path_of(int64_t job, char *ret, size_t n)
{
	snprintf(ret, n, "jobs/%lld.journal", (long long)job);
}

static int
unwritable(const char *what, struct err *e)
{
	return err_set(e, ERR_REFUSED, "journal-unwritable",
	    "the journal, without which an interrupted write could not go on, cannot "
	    "be "
	    "%s: %s. Nothing was sent to the camera. Make room on the disk of the "
	    "state "
	    "folder, and check that it can be written, then try again",
	    what, strerror(errno));
}

/* The file and its name are on the disk before a child gets it. */
static int
make_journal(struct run *r, const char *path, struct err *e)
{
	struct err why;
	int jobs, ret;

	r->journal_fd = openat(r->f->state_dir, path,
	    O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0640);
	if (r->journal_fd < 0)
		return unwritable("made", e);
	jobs = openat(r->f->state_dir, "jobs", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (jobs < 0)
		return unwritable("made", e);
	ret = file_sync_dir(jobs, &why);
	close(jobs);
	return ret < 0 ? unwritable("synced", e) : 0;
}

static bool
look(const struct dump *d, void *arg)
{
	struct search *s = arg;

	if (strcmp(d->sha256, s->sha256) != 0 || d->missing)
		return true;
	*s->ret = *d;
	s->found = true;
	/* Other rows may have the same bytes. */
	return d->job_id != s->r->job.id;
}

/* The dump that was sealed before the first erase, by its contents. */
static int
load_safety(struct run *r, const struct journal *j, struct err *e)
{
	struct search s = { .r = r, .ret = &r->dump };
	int fd, ret;

	text_hex(j->header.safety, sizeof(j->header.safety), s.sha256);
	if (dump_each(r->f->db, 0, look, &s, e) < 0)
		return -1;
	if (!s.found || (fd = store_get(r->f->store, s.sha256, e)) < 0)
		return err_set(e, ERR_REFUSED, "safety-missing",
		    "the backup %.8s, which was made before the first erase, is no "
		    "longer in the library, so this job cannot go on from it. Nothing "
		    "was sent to the camera. Give this job up and start it anew: that "
		    "makes a fresh backup first",
		    s.sha256);
	ret = image_load(fd, &r->safety, e);
	close(fd);
	if (ret < 0)
		return -1;
	if (strcmp(r->safety.sha256, s.sha256) != 0)
		return err_set(e, ERR_REFUSED, "safety-damaged",
		    "the file of dump %lld, the backup made before the first erase, is "
		    "not what it was. Nothing was sent to the camera. Check the disk, "
		    "give this job up and start it anew: that makes a fresh backup "
		    "first",
		    (long long)r->dump.id);
	r->have_dump = true;
	r->resume = true;
	return 0;
}

static int
reopen_journal(struct run *r, const char *path, struct err *e)
{
	struct journal *j;
	int ret;

	r->journal_fd = openat(r->f->state_dir, path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	if (r->journal_fd < 0 && errno == ENOENT)
		return err_set(e, ERR_REFUSED, "journal-missing",
		    "the journal of this write is gone, so it is not known which "
		    "camera "
		    "and which sectors it was about. Nothing was sent to the camera. "
		    "Give this job up and start it anew: that makes a fresh backup and "
		    "compares every sector");
	if (r->journal_fd < 0)
		return unwritable("opened", e);
	if ((j = malloc(sizeof(*j))) == NULL)
		return err_sys(e, "memory for the journal");
	ret = journal_read(r->journal_fd, j, e);
	if (ret == 0)
		ret = load_safety(r, j, e);
	free(j);
	return ret;
}

int
run_journal_open(struct run *r, struct err *e)
{
	char path[64];

	if (r->journal_fd >= 0)
		close(r->journal_fd);
	r->journal_fd = -1;
	path_of(r->job.id, path, sizeof(path));
	return r->job.touched ? reopen_journal(r, path, e) : make_journal(r, path, e);
}

static void
say(int fd, struct err *ret)
{
	struct journal *j = fd < 0 ? NULL : malloc(sizeof(*j));
	unsigned done, open;
	struct err e;

	err_clear(ret);
	if (j != NULL && journal_read(fd, j, &e) == 0) {
		journal_count(j, &done, &open);
		err_set(ret, ERR_NONE, "",
		    "%u sectors are new, %u may hold anything, the rest is as it was",
		    done, open);
	}
	free(j);
}

void
run_journal_say(const struct run *r, struct err *ret)
{
	say(r->journal_fd, ret);
}

struct left {
	int64_t ids[LEFT_MAX];
	size_t n;
};

static bool
collect(const struct job *j, void *arg)
{
	struct left *left = arg;

	if (j->state == JOB_INTERRUPTED && j->touched &&
	    strcmp(j->reason, "flashd-ended") == 0)
		left->ids[left->n++] = j->id;
	return left->n < LEFT_MAX;
}

static void
recover_one(struct flashd *f, int64_t id)
{
	struct err e, sectors, message;
	char path[64];
	int fd;

	path_of(id, path, sizeof(path));
	fd = openat(f->state_dir, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	say(fd, &sectors);
	if (fd >= 0)
		close(fd);
	if (sectors.msg[0] == '\0')
		return;
	err_set(&message, ERR_FAILED, "flashd-ended",
	    "flashd ended while it wrote. The chip is partly written: %s. The camera "
	    "may "
	    "not start; leave it as it is. Its backup is safe; resume this job to "
	    "finish",
	    sectors.msg);
	said_nest(&message, 0, &sectors);
	if (job_set_message(f->db, id, &message, &e) < 0)
		log_warnx("run", "job %lld: %s", (long long)id, e.msg);
}

void
run_journal_recover(struct flashd *f)
{
	struct left left = { .n = 0 };
	struct err e;
	size_t i;

	if (job_each(f->db, true, UINT_MAX, collect, &left, &e) < 0)
		log_warnx("run", "%s", e.msg);
	for (i = 0; i < left.n; i++)
		recover_one(f, left.ids[i]);
	if (left.n > 0)
		flashd_changed(f);
}

bool
run_journal_needs(const struct flashd *f, int64_t job, const char *sha256)
{
	struct journal *j = malloc(sizeof(*j));
	char path[64], hex[65] = "";
	struct err e;
	int fd;

	path_of(job, path, sizeof(path));
	fd = openat(f->state_dir, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (j != NULL && fd >= 0 && journal_read(fd, j, &e) == 0)
		text_hex(j->header.safety, sizeof(j->header.safety), hex);
	if (fd >= 0)
		close(fd);
	free(j);
	return strcmp(hex, sha256) == 0;
}

void
run_journal_drop(struct run *r)
{
	char path[64];

	if (r->journal_fd < 0)
		return;
	path_of(r->job.id, path, sizeof(path));
	if (unlinkat(r->f->state_dir, path, 0) < 0 && errno != ENOENT)
		log_warn("run", "%s", path);
}
