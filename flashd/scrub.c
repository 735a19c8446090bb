/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A scrub of the store (see scrub.h). flashd's parent, main thread. */
#include "config.h"

#include <event2/event.h>
#include <fcntl.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/err.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/said.h"
#include "common/text.h"
#include "db/db.h"
#include "db/dump.h"
#include "db/event.h"
#include "db/job.h"
#include "db/setting.h"
#include "flashd/chore.h"
#include "flashd/flashd.h"
#include "flashd/scrub.h"
#include "flashd/store.h"

#define PIECE 65536u	/* bytes read at one turn of the loop */

struct scrub {
	struct flashd *f;
	bool all;		/* a job's; else one dump of the hourly round */
	struct job job;
	int64_t before;		/* dumps with a smaller id are still to come; 0 = all */
	unsigned good, damaged, missing;
	struct err first;	/* the first bad one; "" = none */
	struct dump d;		/* the one at hand */
	bool found;
	int fd;			/* its file, or -1 */
	uint64_t at;
	crypto_hash_sha256_state sum;
};

/* The row with the next smaller id: rows may come and go while we read files. */
static bool
pick(const struct dump *d, void *arg)
{
	struct scrub *s = arg;

	if ((s->before == 0 || d->id < s->before) && (!s->found || d->id > s->d.id)) {
		s->d = *d;
		s->found = true;
	}
	return true;
}

/* ---- what came of one ---- */

static void
report_bad(struct scrub *s, const struct err *why)
{
	struct err said = *why, e;

	log_errx("scrub", "dump %lld: %s", (long long)s->d.id, why->msg);
	err_add(&said, "dump %lld", (long long)s->d.id);
	if (s->first.msg[0] == '\0')
		s->first = said;
	if (event_row_say(
		s->f->db, "dump", s->d.camera_id, s->job.id, "", &said, &e) < 0)
		log_warnx("scrub", "history: %s", e.msg);
}

/* Bad news is told once; the row remembers it. A job's report has it again. */
static void
take_damaged(struct scrub *s, const struct err *why)
{
	struct err e;

	s->damaged++;
	if (!s->d.damaged || s->all)
		report_bad(s, why);
	if (dump_set_damaged(s->f->db, s->d.sha256, true, &e) < 0)
		log_warnx("scrub", "%s", e.msg);
}

static void
take_missing(struct scrub *s, const struct err *why)
{
	struct err e;

	s->missing++;
	if (!s->d.missing || s->all)
		report_bad(s, why);
	if (!s->d.missing && dump_set_missing(s->f->db, s->d.id, true, &e) < 0)
		log_warnx("scrub", "%s", e.msg);
}

static void
take_good(struct scrub *s)
{
	struct err e;

	s->good++;
	if (s->d.damaged && dump_set_damaged(s->f->db, s->d.sha256, false, &e) < 0)
		log_warnx("scrub", "%s", e.msg);
	if (s->d.missing && dump_set_missing(s->f->db, s->d.id, false, &e) < 0)
		log_warnx("scrub", "%s", e.msg);
}

/* ---- one file, piece by piece ---- */

static void
open_file(struct scrub *s)
{
	struct err e;

	s->fd = store_get(s->f->store, s->d.sha256, &e);
	if (s->fd < 0) {
		if (e.code == ERR_NOT_FOUND)
			take_missing(s, &e);
		else
			take_damaged(s, &e);
		return;
	}
	s->at = 0;
	crypto_hash_sha256_init(&s->sum);
	/* From the disk, not from what the kernel still has of it. */
	(void)posix_fadvise(s->fd, 0, 0, POSIX_FADV_DONTNEED);
}

static void
close_file(struct scrub *s)
{
	if (s->fd >= 0) {
		/* Nobody needs the cache of what is read once an hour. */
		(void)posix_fadvise(s->fd, 0, 0, POSIX_FADV_DONTNEED);
		close(s->fd);
	}
	s->fd = -1;
}

static void
judge_file(struct scrub *s)
{
	unsigned char digest[crypto_hash_sha256_BYTES];
	char got[2 * sizeof(digest) + 1];
	struct err e;

	crypto_hash_sha256_final(&s->sum, digest);
	text_hex(digest, sizeof(digest), got);
	if (s->at == s->d.size && strcmp(got, s->d.sha256) == 0) {
		take_good(s);
		return;
	}
	err_set(&e, ERR_MISMATCH, "dump-damaged",
	    "its file holds %llu bytes with the SHA-256 %.8s…, not its own %llu with "
	    "%.8s…: it was damaged after it was stored. Make a new backup of that "
	    "camera, and check the disk",
	    (unsigned long long)s->at, got, (unsigned long long)s->d.size, s->d.sha256);
	take_damaged(s, &e);
}

static void
read_piece(struct scrub *s)
{
	uint8_t piece[PIECE];
	ssize_t n = pread(s->fd, piece, sizeof(piece), (off_t)s->at);
	struct err e;

	if (n > 0) {
		crypto_hash_sha256_update(&s->sum, piece, (size_t)n);
		s->at += (uint64_t)n;
		return;
	}
	if (n == 0) {
		judge_file(s);
	} else {
		err_sys(&e, "its file cannot be read back");
		take_damaged(s, &e);
	}
	close_file(s);
}

/* ---- the round ---- */

/* For `camherd doctor`: when every dump had been read. */
static void
tell_round(struct flashd *f)
{
	char now[24];
	struct err e;

	snprintf(now, sizeof(now), "%lld", (long long)db_now_s(f->db));
	if (setting_set(f->db, "scrub_round_s", now, &e) < 0)
		log_warnx("scrub", "%s", e.msg);
}

static void
end(struct scrub *s, const struct err *trouble)
{
	struct err e = *trouble;

	close_file(s);
	if (!s->all) {
		/* From the oldest one to the newest again: a round is over. The first
		 * began somewhere. */
		if (s->f->scrubbed != 0 && s->before >= s->f->scrubbed) {
			if (s->f->scrub_wrapped)
				tell_round(s->f);
			s->f->scrub_wrapped = true;
		}
		s->f->scrub = NULL;
		s->f->scrubbed = s->before;
		if (e.code != ERR_NONE)
			log_warnx("scrub", "%s", e.msg);
		if (s->damaged + s->missing > 0)
			flashd_changed(s->f);
		free(s);
		return;
	}
	if (e.code == ERR_NONE && s->job.dump_id == 0)
		tell_round(s->f);
	if (e.code == ERR_NONE && s->damaged + s->missing > 0 && s->job.dump_id != 0) {
		e = s->first;
		e.code = ERR_MISMATCH;
		snprintf(e.name, sizeof(e.name), "dump-damaged");
	} else if (e.code == ERR_NONE && s->damaged + s->missing > 0) {
		err_set(&e, ERR_MISMATCH, "dump-damaged",
		    "%u of %u dumps are not what they were. The first: %.400s",
		    s->damaged + s->missing, s->good + s->damaged + s->missing,
		    s->first.msg);
		said_nest(&e, 2, &s->first);
	}
	chore_finish(s->f, &s->job,
	    json_pack("{s:i, s:i, s:i}", "good", s->good, "damaged", s->damaged,
		"missing", s->missing),
	    &e);
	free(s);
}

static bool
is_cancelled(struct scrub *s, struct err *e)
{
	struct job job;

	if (!s->all || job_by_id(s->f->db, s->job.id, &job, e) < 0 || !job.cancel_asked)
		return false;
	err_set(e, ERR_FAILED, "cancelled", "cancelled as asked");
	return true;
}

/* The one that the job is about. */
static bool
one_dump(struct scrub *s, struct err *e)
{
	if (s->good + s->damaged + s->missing > 0 ||
	    dump_by_id(s->f->db, s->job.dump_id, &s->d, e) < 0)
		return false;
	err_clear(e);
	open_file(s);
	return true;
}

/* The next dump; false when this was all. */
static bool
next_dump(struct scrub *s, struct err *e)
{
	if (is_cancelled(s, e))
		return false;
	if (s->job.dump_id != 0)
		return one_dump(s, e);
	s->found = false;
	if (dump_each(s->f->db, 0, pick, s, e) < 0)
		return false;
	if (!s->found && !s->all && s->before != 0) {
		s->before = 0; /* the next round */
		if (dump_each(s->f->db, 0, pick, s, e) < 0)
			return false;
	}
	err_clear(e);
	if (!s->found)
		return false;
	s->before = s->d.id;
	open_file(s);
	return true;
}

static void again(struct scrub *s);

static void
turn(evutil_socket_t fd, short what, void *arg)
{
	struct scrub *s = arg;
	struct err e = { .code = ERR_NONE };

	(void)fd;
	(void)what;
	if (s->fd >= 0)
		read_piece(s);
	else if ((!s->all && s->good + s->damaged + s->missing > 0) ||
	    !next_dump(s, &e)) {
		end(s, &e);
		return;
	}
	again(s);
}

static void
again(struct scrub *s)
{
	struct err e = { .code = ERR_NONE };
	struct timeval now = { 0, 0 };

	if (s->f->stopping) {
		end(s, &e);
		return;
	}
	if (event_base_once(loop_base(s->f->loop), -1, EV_TIMEOUT, turn, s, &now) == 0)
		return;
	err_set(&e, ERR_FAILED, "no-memory", "memory for the loop");
	end(s, &e);
}

void
scrub_start(struct flashd *f, const struct job *job)
{
	struct scrub *s = calloc(1, sizeof(*s));
	struct err e;

	if (s == NULL) {
		struct job j = *job;

		err_set(&e, ERR_FAILED, "no-memory", "memory for a scrub");
		chore_finish(f, &j, NULL, &e);
		return;
	}
	s->f = f;
	s->all = true;
	s->job = *job;
	s->fd = -1;
	again(s);
}

struct rows {
	uint32_t n, nth;
	int64_t id;
};

static bool
count_row(const struct dump *d, void *arg)
{
	struct rows *rows = arg;

	if (rows->n++ == rows->nth)
		rows->id = d->id;
	return true;
}

/* A dump to begin with: chance, so that restarts do not always begin with the same. */
static int64_t
any_row(struct flashd *f)
{
	struct rows rows = { .nth = UINT32_MAX };
	struct err e;

	if (dump_each(f->db, 0, count_row, &rows, &e) < 0 || rows.n == 0)
		return 0;
	rows.nth = randombytes_uniform(rows.n);
	rows.n = 0;
	(void)dump_each(f->db, 0, count_row, &rows, &e);
	return rows.id + 1;
}

void
scrub_next(struct flashd *f)
{
	struct scrub *s;

	if (f->scrub != NULL || f->n_runs > 0 || f->stopping ||
	    (s = calloc(1, sizeof(*s))) == NULL)
		return;
	s->f = f;
	s->fd = -1;
	s->before = f->scrub_began ? f->scrubbed : any_row(f);
	f->scrub_began = true;
	f->scrub = s;
	again(s);
}

void
scrub_stop(struct flashd *f)
{
	if (f->scrub == NULL)
		return;
	close_file(f->scrub);
	free(f->scrub);
	f->scrub = NULL;
}
