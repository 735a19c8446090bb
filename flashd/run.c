/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A job with a child: its beginning (see run.h). flashd's parent, main thread. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/file.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/text.h"
#include "db/db.h"
#include "db/socket.h"
#include "flashd/flashd.h"
#include "flashd/order.h"
#include "flashd/ports.h"
#include "flashd/queue.h"
#include "flashd/run.h"
#include "flashd/watch.h"
#include "flashd/worker.h"

#define QUIET_MS 60000 /* longer than any one command of any driver */
#define HAND_S 600 /* how long a job waits for a person's hand */
#define RANGE_MAX (256ull * 1024 * 1024) /* no camera's flash is larger */
#define KILL_MS 18000 /* a 64 KiB chunk at 115200 baud, erased, written, read back */

const char *
run_port(const struct run *r)
{
	return r->job.port_name[0] != '\0' ? r->job.port_name : r->job.port;
}

bool
run_writes(const struct run *r)
{
	return job_kind_writes(r->job.kind);
}

void
run_log(struct run *r, const char *fmt, ...)
{
	char raw[600], text[700];
	struct err e;
	va_list ap;
	size_t n;

	if (r->log_fd < 0)
		return;
	va_start(ap, fmt);
	vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	n = text_escape(raw, strlen(raw), text, sizeof(text) - 1);
	text[n++] = '\n';
	if (file_write_all(r->log_fd, text, n, &e) < 0)
		log_warnx("run", "job %lld: its log: %s", (long long)r->job.id, e.msg);
}

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void
run_free(struct run *r)
{
	run_wait_free(r);
	image_load_close(&r->image);
	image_load_close(&r->safety);
	if (r->part[0] != '\0')
		store_drop_part(r->f->store, r->part);
	close_fd(&r->out_fd);
	close_fd(&r->log_fd);
	close_fd(&r->trace_fd);
	close_fd(&r->lock_fd);
	close_fd(&r->journal_fd);
	free(r);
}

/* jobs/<id>.<kind> for people and webd to read. */
static int
open_job_file(struct run *r, const char *kind, int flags)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "jobs/%lld.%s", (long long)r->job.id, kind);
	fd = openat(r->f->state_dir, path,
	    O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC | flags, 0640);
	if (fd < 0 || fchmod(fd, 0640) < 0)
		log_warn("run", "%s", path);
	return fd;
}

/* A lock that lives as long as the child: a flashd that starts after we were killed
 * waits for it before it opens a port. */
static int
open_lock(struct flashd *f)
{
	int fd =
	    openat(f->state_dir, "jobs/.children", O_RDWR | O_CREAT | O_CLOEXEC, 0640);

	if (fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) < 0)
		close_fd(&fd);
	return fd;
}

static int
load_dump(struct run *r, struct order *o, struct err *e)
{
	struct dump d;
	int fd, ret;

	if (dump_by_id(r->f->db, r->job.dump_id, &d, e) < 0 ||
	    (fd = store_get(r->f->store, d.sha256, e)) < 0)
		return -1;
	ret = image_load(fd, &r->image, e);
	close(fd);
	if (ret < 0)
		return -1;
	snprintf(o->image_name, sizeof(o->image_name), "dump %lld (%.8s)",
	    (long long)d.id, d.sha256);
	memcpy(o->image_chip_id, d.chip_id, sizeof(o->image_chip_id));
	snprintf(o->image_mac, sizeof(o->image_mac), "%s", dump_chip_mac(&d));
	/* Whose an imported file is, only its user says. */
	o->image_own = d.camera_id != 0 && d.camera_id == r->job.camera_id &&
	    strcmp(d.kind, "import") != 0;
	if (r->image.size == d.size && strcmp(r->image.sha256, d.sha256) == 0)
		return 0;
	return err_set(e, ERR_REFUSED, "dump-damaged",
	    "%s is not what it was when it was stored: its SHA-256 is %.8s… now. "
	    "Nothing was "
	    "sent to the camera. Choose another dump, and check the disk",
	    o->image_name, r->image.sha256);
}

static int
load_incoming(struct run *r, char *name, size_t name_size, struct err *e)
{
	int fd = image_load_incoming(r->f->state_dir, r->job.incoming, e), ret;

	if (fd < 0)
		return -1;
	ret = image_load(fd, &r->image, e);
	close(fd);
	snprintf(name, name_size, "%.100s",
	    r->job.file[0] != '\0' ? r->job.file : "the file");
	return ret;
}

static int
load_image(struct run *r, struct order *o, struct err *e)
{
	int ret = 0;

	if (r->job.dump_id != 0)
		ret = load_dump(r, o, e);
	else if (r->job.incoming[0] != '\0')
		ret = load_incoming(r, o->image_name, sizeof(o->image_name), e);
	else if (r->job.kind == JOB_RESTORE || r->job.kind == JOB_FLASH ||
	    r->job.kind == JOB_VERIFY)
		ret = err_set(e, ERR_NOT_FOUND, "dump-unknown",
		    "the dump of this job is no longer there; choose another one");
	o->image = r->image.size;
	return ret;
}

static unsigned
choose_baud(struct run *r, const struct socket_row *row)
{
	unsigned most = r->f->conf.max_baud, want;
	struct err said;

	want = r->job.baud != 0	  ? r->job.baud
	    : row->good_baud != 0 ? row->good_baud
				  : most;
	if (want > most && r->job.baud != 0) {
		err_set(&said, ERR_NONE, "",
		    "%u baud were asked for; the configuration allows %u (max_baud)",
		    want, most);
		notes_add(&r->notes, &said);
		run_log(r, "%s", said.msg);
	}
	return want > most ? most : want;
}

static int
find_port(struct run *r, struct order *o, struct err *e)
{
	struct socket_row row;
	struct port *port;

	if (socket_by_path(r->f->db, r->job.port, &row, e) < 0 || !row.enabled)
		return err_set(e, ERR_REFUSED, "port-not-enabled",
		    "%s is not enabled, and nothing is ever sent to a port that is "
		    "not: other "
		    "devices use the same adapters. If a camera is on it, enable it: "
		    "camherd port "
		    "enable %s",
		    run_port(r), run_port(r));
	ports_look(r->f);
	if ((port = ports_find(r->f, r->job.port)) == NULL || port->lost)
		return err_set(e, ERR_NOT_FOUND, "port-gone",
		    "there is nothing at %s now; plug the adapter in and try again",
		    run_port(r));
	memcpy(o->node, port->node, sizeof(o->node));
	snprintf(o->name, sizeof(o->name), "%s", r->job.port_name);
	o->baud = choose_baud(r, &row);
	port->job = r->job.id;
	ports_publish(r->f, port);
	return 0;
}

/* The page and the command line check this as well; a row may come from elsewhere. */
static int
check_range(const struct job *j, struct err *e)
{
	if (j->kind != JOB_ERASE ||
	    (j->at < RANGE_MAX && j->size != 0 && j->size <= RANGE_MAX - j->at &&
		j->at % 4096 == 0 && j->size % 4096 == 0))
		return 0;
	return err_set(e, ERR_REFUSED, "erase-range",
	    "this job asks for %llu bytes from 0x%llx to be erased, and no flash has "
	    "such a place. Nothing was sent to the camera. Start a new job, with a "
	    "start and a size in whole sectors of 4096 bytes inside the flash",
	    (unsigned long long)j->size, (unsigned long long)j->at);
}

/* What is the same for every child of this job. */
static int
prepare_job(struct run *r, struct order *o, struct err *e)
{
	if (r->prepared)
		return 0;
	o->job = r->job.id;
	snprintf(o->kind, sizeof(o->kind), "%s", job_kind_name(r->job.kind));
	o->at = r->job.at;
	o->size = r->job.size;
	o->experimental = (r->job.flags & JOB_FLAG_EXPERIMENTAL) != 0;
	o->wait_s = (r->job.flags & JOB_FLAG_NO_WAIT) != 0 ? 0 : HAND_S;
	o->force = (r->job.flags & JOB_FLAG_FORCE) != 0;
	if (r->job.kind == JOB_RESTORE)
		snprintf(o->identity, sizeof(o->identity), "%s",
		    r->job.identity[0] != '\0' ? r->job.identity : "keep");
	if (check_range(&r->job, e) < 0 || load_image(r, o, e) < 0)
		return -1;
	r->prepared = true;
	return 0;
}

/* The file for the dump: a new one, or the one that a child before has begun. */
static int
prepare_part(struct run *r, struct err *e)
{
	if (r->part[0] != '\0' || r->resume ||
	    (r->job.kind != JOB_BACKUP && !run_writes(r)))
		return 0;
	close_fd(&r->out_fd);
	r->kept = 0;
	r->have_dump = false;
	r->out_fd = store_part(r->f->store, r->job.id, r->part, e);
	return r->out_fd < 0 ? -1 : 0;
}

/* Everything that the child gets, but the child. */
static int
prepare(struct run *r, struct order *o, struct err *e)
{
	if (prepare_job(r, o, e) < 0)
		return -1;
	if (run_writes(r) && !r->resume && run_journal_open(r, e) < 0)
		return -1;
	if (prepare_part(r, e) < 0)
		return -1;
	o->resume = r->resume;
	o->kept = r->resume ? 0 : r->kept;
	return find_port(r, o, e);
}

/* The child has ended well enough to be a console's again, if somebody watches. */
static bool
on_idle(void *arg, struct worker *w)
{
	struct run *r = arg;
	struct flashd *f = r->f;
	char path[sizeof(r->job.port)];

	/* A job that may wait for its camera to be plugged in again is not over. */
	if ((!r->ended_well && !r->ended_badly) || r->said.code == ERR_LOST ||
	    r->wait.again || !watch_wants(f, r->job.port))
		return false;
	memcpy(path, r->job.port, sizeof(path));
	r->w = NULL;
	run_end(r, NULL, false);
	watch_take_back(f, path, w);
	return true;
}

/* again: a console's child, or NULL for a new one. */
static int
start_worker(struct run *r, const struct order *o, struct worker *again, struct err *e)
{
	struct worker_start start = { .program = r->f->program,
		.order = o,
		.out_fd = r->out_fd,
		.image_fd = r->image.fd,
		.log_fd = r->log_fd,
		.trace_fd = r->trace_fd,
		.lock_fd = r->lock_fd,
		.journal_fd = r->journal_fd,
		.safety_fd = r->safety.fd,
		.quiet_ms = QUIET_MS,
		.kill_ms = KILL_MS,
		.line = run_line,
		.end = run_end,
		.idle = on_idle,
		.arg = r };

	r->w = again;
	if (again != NULL)
		worker_again(again, &start);
	else
		r->w = worker_new(r->f->loop, &start, e);
	/* The child has its own. */
	close_fd(&r->lock_fd);
	close_fd(&r->trace_fd);
	return r->w == NULL ? -1 : 0;
}

/* No console has the port (any more); again is its child, which has it open, or NULL.
 */
void
run_go(void *arg, struct worker *again)
{
	struct run *r = arg;
	struct flashd *f = r->f;
	char path[sizeof(r->job.port)];

	close_fd(&r->trace_fd);
	close_fd(&r->lock_fd);
	r->trace_fd = open_job_file(r, "trace", O_TRUNC);
	r->lock_fd = open_lock(f);
	if (f->stopping || prepare(r, &r->order, &r->verdict) < 0) {
		memcpy(path, r->job.port, sizeof(path));
		run_end(r, NULL, false);
		if (again != NULL && watch_wants(f, path))
			watch_take_back(f, path, again);
		else if (again != NULL)
			worker_drop(again);
	} else if (start_worker(r, &r->order, again, &r->verdict) < 0)
		run_end(r, NULL, false);
	else
		queue_look_soon(f); /* somebody may have cancelled meanwhile */
	flashd_changed(f);
}

/* A claimed row comes without it. */
static void
name_port(struct run *r)
{
	struct socket_row row;
	struct err e;

	if (socket_by_path(r->f->db, r->job.port, &row, &e) == 0)
		snprintf(
		    r->job.port_name, sizeof(r->job.port_name), "%s", row.name);
}

void
run_start(struct flashd *f, const struct job *job)
{
	struct run *r = calloc(1, sizeof(*r));

	if (r == NULL) {
		log_warn("run", "job %lld", (long long)job->id);
		return; /* it is recovered at the next start */
	}
	r->f = f;
	r->job = *job;
	name_port(r);
	r->image.fd = r->safety.fd = r->out_fd = r->journal_fd = -1;
	r->trace_fd = r->lock_fd = -1;
	r->start_us = loop_now_us();
	r->progress.job_id = job->id;
	r->progress.eta_s = -1;
	r->log_fd = open_job_file(r, "log", O_APPEND);
	LIST_INSERT_HEAD(&f->runs, r, entry);
	f->n_runs++;
	run_log(r, "job %lld: %s on %s, asked for by %s", (long long)job->id,
	    job_kind_name(job->kind), run_port(r), job->asked_by);
	log_info("run", "job %lld: %s on %s", (long long)job->id,
	    job_kind_name(job->kind), run_port(r));
	if (!watch_yield(f, job->port, job->id, run_go, r))
		run_go(r, NULL);
}

void
run_veto(struct run *r, const struct err *e)
{
	if (r->verdict.code == ERR_NONE)
		r->verdict = *e;
	worker_stop(r->w);
}

void
run_cancel(struct run *r)
{
	if (r->cancelled || (r->w == NULL && !r->wait.waiting))
		return;
	r->cancelled = true;
	run_log(r, "cancel was asked for");
	if (r->w != NULL)
		worker_stop(r->w);
	else
		run_wait_cancel(r);
}

void
run_shut(struct run *r)
{
	run_log(r, "flashd is ending");
	if (r->w != NULL)
		worker_stop(r->w);
	else if (r->wait.waiting)
		run_wait_shut(r);
}

void
run_kill(struct run *r)
{
	if (r->w != NULL)
		worker_kill(r->w);
}
