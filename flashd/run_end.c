/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a job with a child ends: state, reason, result, history. flashd's parent. */
#include "config.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/bell.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/said.h"
#include "common/text.h"
#include "db/db.h"
#include "db/event.h"
#include "db/socket.h"
#include "flashd/flashd.h"
#include "flashd/library.h"
#include "flashd/ports.h"
#include "flashd/queue.h"
#include "flashd/run.h"
#include "flashd/watch.h"

static void
set_number(json_t *j, const char *key, uint64_t v)
{
	(void)json_object_set_new(j, key, json_integer((json_int_t)v));
}

static void
set_text(json_t *j, const char *key, const char *v)
{
	(void)json_object_set_new(j, key, json_string(v));
}

static void
set_identity(json_t *j, const struct run_identity *id)
{
	set_text(j, "chip", id->chip);
	set_number(j, "brom_version", id->brom_version);
	set_text(j, "jedec", id->jedec);
	set_number(j, "flash_size", id->flash_size);
	set_text(j, "mac", id->mac);
	set_text(j, "mac_source", id->mac_source);
	set_text(j, "console", id->console);
	set_text(j, "entry", id->entry);
	set_text(j, "chip_id", id->chip_id);
}

static void
set_counts(json_t *j, const struct run *r)
{
	set_number(j, "erased", r->counts[0]);
	set_number(j, "written", r->counts[1]);
	set_number(j, "verified", r->counts[2]);
	set_number(j, "skipped", r->counts[3]);
	(void)json_object_set_new(j, "safety_dump",
	    r->dump.id != 0 ? json_integer((json_int_t)r->dump.id) : json_null());
}

/* The job's result as JSON; "" when nothing came of it. */
static void
make_result(struct run *r, char *ret, size_t ret_size)
{
	json_t *j = json_object();
	char *text;

	if (r->id.chip[0] != '\0')
		set_identity(j, &r->id);
	if (r->have_dump && r->job.kind == JOB_BACKUP) {
		set_number(j, "passes", r->dump.passes);
		(void)json_object_set_new(j, "same_as",
		    r->same_as != 0 ? json_integer((json_int_t)r->same_as)
				    : json_null());
	}
	if (run_writes(r) && (r->have_counts || r->have_dump))
		set_counts(j, r);
	if (r->image_how[0] != '\0') {
		set_text(j, "identity", r->image_how);
		set_text(j, "image_sha256", r->image_sha256);
	}
	if (r->have_differs) {
		set_number(j, "differs", r->differs[0]);
		set_number(j, "first", r->differs[1]);
	}
	if (r->baud != 0)
		set_number(j, "baud", r->baud);
	set_number(j, "retries", r->progress.retries);
	set_number(
	    j, "seconds", (uint64_t)(loop_now_us() - r->start_us + 500000) / 1000000);
	notes_put(&r->notes, j, ret_size);
	text = json_dumps(j, JSON_COMPACT);
	json_decref(j);
	snprintf(
	    ret, ret_size, "%s", text != NULL && strlen(text) < ret_size ? text : "{}");
	free(text);
}

/* Why it ended: our own veto, then what the child said, then how the process ended. A
 * child that said what no child says is not believed anything. */
static void
find_reason(struct run *r, const struct err *trouble, bool bad, struct err *e)
{
	err_clear(e);
	if (r->verdict.code != ERR_NONE)
		*e = r->verdict;
	else if (r->ended_badly && !bad)
		*e = r->said;
	else if (r->ended_well && r->job.kind == JOB_BACKUP && !r->have_dump)
		err_set(e, ERR_FAILED, "no-dump", "the worker ended without a dump");
	else if (!r->ended_well || bad) {
		err_set(e, ERR_FAILED, "worker-lost", "the job could not go on: %s",
		    trouble != NULL ? trouble->msg : "its worker ended without a word");
		if (trouble != NULL)
			said_nest(e, 0, trouble);
	}
}

/* A chip that was erased in part is never called failed or cancelled. */
static enum job_state
find_state(const struct run *r, const struct err *e)
{
	if (e->code == ERR_NONE)
		return JOB_DONE;
	if (r->job.touched)
		return JOB_INTERRUPTED;
	if (r->cancelled && r->verdict.code == ERR_NONE)
		return JOB_CANCELLED;
	return e->code == ERR_REFUSED ? JOB_REFUSED : JOB_FAILED;
}

/* Killed, hung, or stopped because flashd ends: none of it is the job's fault. */
static bool
was_lost(const struct run *r, const struct err *e, bool bad)
{
	if (e->code == ERR_NONE || bad || r->cancelled || r->verdict.code != ERR_NONE)
		return false;
	return !r->ended_badly || (r->f->stopping && strcmp(e->name, "cancelled") == 0);
}

static void
complete_sentence(struct run *r, struct err *e)
{
	struct err why = *e, sectors;

	if (e->code == ERR_NONE)
		return;
	run_journal_say(r, &sectors);
	if (r->job.touched && !r->spoke && why.code != ERR_REFUSED) {
		err_set(e, why.code, why.name,
		    "%.300s. The chip is partly written%s%s. The camera may not start; "
		    "leave it as it is. Its backup is safe (dump %lld); resume this job "
		    "to finish",
		    why.msg, sectors.msg[0] != '\0' ? ": " : "", sectors.msg,
		    (long long)r->dump.id);
		said_nest(e, 0, &why);
		said_nest(e, 2, &sectors);
	} else if (strcmp(why.name, "cancelled") == 0 && !r->job.touched)
		err_set(e, why.code, why.name, "%s; the chip was not changed",
		    r->f->stopping && !r->cancelled ? "stopped because flashd ends"
						    : "cancelled as asked");
}

/* The one transaction: dump row and the job's end. */
static int
commit(struct run *r, struct job *j, enum job_state to, bool lost, bool *ret_requeued,
    struct err *e)
{
	int ret;

	if (db_begin(r->f->db, e) < 0)
		return -1;
	if (r->have_dump && library_index(r->f->db, &r->dump, e) < 0) {
		db_rollback(r->f->db);
		return -1;
	}
	if (r->have_dump && r->job.kind == JOB_BACKUP)
		j->result_dump_id = r->dump.id;
	make_result(r, j->result, sizeof(j->result));
	ret = lost ? job_lost(r->f->db, j, ret_requeued, e)
		   : job_finish(r->f->db, j, to, e);
	if (ret == 0 && db_commit(r->f->db, e) == 0)
		return 0;
	db_rollback(r->f->db);
	return -1;
}

static void
tell(struct run *r, const struct job *j, const char *end, const struct err *e)
{
	struct err said, ignored;

	run_log(r, "%s%s%s", end, e->msg[0] != '\0' ? ": " : "", e->msg);
	log_info("run", "job %lld: %s %s%s%s", (long long)j->id, job_kind_name(j->kind),
	    end, e->msg[0] != '\0' ? ": " : "", e->msg);
	err_set(&said, ERR_NONE, "", "%s of %.80s: %s%s%.480s", job_kind_name(j->kind),
	    j->camera[0] != '\0' ? j->camera : run_port(r), end,
	    e->msg[0] != '\0' ? ". " : "", e->msg);
	said_nest(&said, 4, e);
	if (event_row_say(r->f->db, "job", j->camera_id, j->id, j->asked_by, &said,
		&ignored) < 0)
		log_warnx("run", "history: %s", ignored.msg);
}

static void
free_port(struct run *r, const struct err *e)
{
	struct port *port = ports_find(r->f, r->job.port);
	struct socket_row row;
	struct err ignored;

	watch_job(r->f, r->job.port, 0);
	if (port != NULL) {
		port->job = 0;
		port->busy_until_us = 0;
		port->errors.retries += r->progress.retries;
		ports_publish(r->f, port);
		if (strcmp(e->name, "port-busy") == 0)
			ports_was_busy(r->f, port);
	}
	if (e->code != ERR_NONE || r->baud == 0 || r->job.kind == JOB_IDENTIFY ||
	    socket_by_path(r->f->db, r->job.port, &row, &ignored) < 0)
		return;
	/* A rate that was asked for makes a port faster again, never slower. */
	if (row.good_baud == r->baud || (r->job.baud != 0 && r->baud < row.good_baud))
		return;
	if (socket_set_good_baud(r->f->db, r->job.port, r->baud, &ignored) < 0)
		log_warnx("run", "%s", ignored.msg);
}

/* An uploaded file has done its service once its job cannot go on. */
static void
drop_incoming(struct run *r, enum job_state to)
{
	char path[64];

	if (r->job.incoming[0] == '\0' || to == JOB_INTERRUPTED ||
	    strspn(r->job.incoming, "0123456789abcdef") != 32)
		return;
	snprintf(path, sizeof(path), "incoming/%.32s", r->job.incoming);
	(void)unlinkat(r->f->state_dir, path, 0);
}

void
run_end(void *arg, const struct err *trouble, bool bad)
{
	struct run *r = arg;
	struct flashd *f = r->f;
	struct job j = r->job;
	struct err e, ignored;
	enum job_state to;
	bool lost, requeued = false;

	find_reason(r, trouble, bad, &e);
	/* A backup that is sealed is made, whatever its worker did afterwards. */
	if (r->job.kind == JOB_BACKUP && r->have_dump && r->verdict.code == ERR_NONE)
		err_clear(&e);
	if (!bad && run_wait_begin(r, &e))
		return;
	lost = was_lost(r, &e, bad);
	complete_sentence(r, &e);
	to = find_state(r, &e);
	job_says(&j, &e);
	j.cancel_asked = r->cancelled;
	if (commit(r, &j, to, lost, &requeued, &ignored) < 0)
		log_errx("run", "job %lld: its end could not be written down: %s",
		    (long long)j.id, ignored.msg);
	if (lost && !requeued)
		to = JOB_INTERRUPTED;
	tell(r, &j, requeued ? "begins again" : job_state_name(to), &e);
	free_port(r, &e);
	if (!requeued)
		drop_incoming(r, to);
	if (!requeued && to != JOB_INTERRUPTED)
		run_journal_drop(r);
	(void)live_drop_progress(f->live, j.id, &ignored);
	LIST_REMOVE(r, entry);
	f->n_runs--;
	run_free(r);
	flashd_changed(f);
	queue_look_soon(f);
}
