/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A job whose adapter was unplugged (see run.h): it waits, says so, and goes on with a
 * new child once the port is there again. Only with the same camera: any other is
 * refused, and the job waits on for the right one. flashd's parent, main thread.
 */
#include "config.h"

#include <event2/event.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/bell.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/private.h"
#include "common/said.h"
#include "common/text.h"
#include "db/db.h"
#include "flashd/flashd.h"
#include "flashd/ports.h"
#include "flashd/run.h"

#define WAIT_US 600000000ll /* how long for a person's hand */
#define FIRST_PAUSE_US 1000000ll /* a port that seems unchanged is tried again */
#define LONGEST_PAUSE_US 30000000ll
#define TELL_US 5000000ll /* how often the time that is left is said */
#define NEW_US 300000ll /* udev first makes a node, then says whose it is */

/* What a node is: another one, and also the same one made anew, differs. All zero:
 * nothing is there. */
static void
see(struct run *r, uint64_t ret[4])
{
	const struct port *port = ports_find(r->f, r->job.port);
	struct stat st;

	memset(ret, 0, 4 * sizeof(*ret));
	if (port == NULL || port->lost || lstat(port->node, &st) < 0)
		return;
	ret[0] = (uint64_t)st.st_dev;
	ret[1] = (uint64_t)st.st_ino;
	ret[2] =
	    S_ISLNK(st.st_mode) ? (uint64_t)st.st_ctim.tv_sec : (uint64_t)st.st_rdev;
	ret[3] = S_ISLNK(st.st_mode) ? (uint64_t)st.st_ctim.tv_nsec : 1;
}

static void
tell(struct run *r)
{
	struct run_wait *w = &r->wait;
	struct err e, said;

	w->told_us = loop_now_us();
	snprintf(r->progress.ask, sizeof(r->progress.ask), "%s", w->ask);
	if (strcmp(w->ask, "replug") == 0)
		err_set(&said, ERR_NONE, "",
		    "The adapter at %.80s went away. Plug it in again with the same "
		    "camera; the job goes on by itself.",
		    run_port(r));
	else
		err_set(&said, ERR_NONE, "",
		    "That is another camera, and nothing was written to it. Unplug it, "
		    "and plug the camera in that the job began with.");
	said_put(&said, r->progress.text, sizeof(r->progress.text), r->progress.text_params);
	r->progress.eta_s = (w->end_us - loop_now_us()) / 1000000;
	r->progress.rate = 0;
	if (live_set_progress(r->f->live, &r->progress, &e) < 0)
		log_warnx("run", "job %lld: %s", (long long)r->job.id, e.msg);
	bell_ring(r->f->conf.run, "webd");
}

static void
set_state(struct run *r, enum job_state to)
{
	struct err e;

	if (r->asking == (to == JOB_WAITING))
		return;
	if (job_set_state(r->f->db, r->job.id, to, &e) < 0)
		log_warnx("run", "job %lld: %s", (long long)r->job.id, e.msg);
	r->asking = to == JOB_WAITING;
}

/* What one child said is forgotten; what the job has is kept. */
static void
forget(struct run *r)
{
	struct run_wait *w = &r->wait;

	if (r->id.told)
		w->first = r->id;
	memset(&r->id, 0, sizeof(r->id));
	r->ended_well = r->ended_badly = r->spoke = r->touching = false;
	err_clear(&r->verdict);
	err_clear(&r->said);
	r->w = NULL;
}

/* The wait is over without its camera; what is known of that one goes into the result.
 */
static void
stop_waiting(struct run *r)
{
	r->wait.waiting = false;
	r->wait.over = true;
	if (r->wait.first.told)
		r->id = r->wait.first;
}

static void
give_up(struct run *r)
{
	stop_waiting(r);
	r->ended_badly = true;
	err_set(&r->said, ERR_LOST, "port-gone",
	    "the adapter at %.100s went away, and the camera that the job began with "
	    "was not plugged in again for %d minutes",
	    run_port(r), (int)(WAIT_US / 60000000));
	run_end(r, NULL, false);
}

void
run_wait_cancel(struct run *r)
{
	stop_waiting(r);
	r->ended_badly = true;
	err_set(&r->said, ERR_FAILED, "cancelled",
	    "cancelled as asked while its adapter was unplugged");
	run_end(r, NULL, false);
}

void
run_wait_shut(struct run *r)
{
	struct err why;

	stop_waiting(r);
	err_text(&why, "flashd ended while its adapter was unplugged");
	run_end(r, &why, false);
}

/* Try what is there now. */
static void
go_on(struct run *r)
{
	struct run_wait *w = &r->wait;

	w->waiting = false;
	w->again = true;
	w->fresh = false;
	loop_timer_set(w->timer, -1);
	r->progress.ask[0] = r->progress.text[0] = r->progress.text_params[0] = '\0';
	r->progress.eta_s = -1;
	set_state(r, JOB_RUNNING);
	run_log(r, "%s is there; going on", run_port(r));
	log_info("run", "job %lld: goes on", (long long)r->job.id);
	run_go(r, NULL);
}

static void
look(struct run *r)
{
	struct run_wait *w = &r->wait;
	int64_t now = loop_now_us(), next_us;
	uint64_t seen[4];
	static const uint64_t nothing[4];
	bool there;

	if (now >= w->end_us) {
		give_up(r);
		return;
	}
	see(r, seen);
	there = memcmp(seen, nothing, sizeof(seen)) != 0;
	if (memcmp(seen, w->seen, sizeof(seen)) != 0) {
		memcpy(w->seen, seen, sizeof(seen));
		w->fresh = false;
		w->pause_us = FIRST_PAUSE_US;
		w->next_us = now + NEW_US;
	}
	if (there && !w->fresh && now >= w->next_us) {
		w->pause_us *= 2;
		if (w->pause_us > LONGEST_PAUSE_US)
			w->pause_us = LONGEST_PAUSE_US;
		w->next_us = now + w->pause_us;
		go_on(r);
		return;
	}
	if (now - w->told_us >= TELL_US)
		tell(r);
	next_us = w->told_us + TELL_US < w->end_us ? w->told_us + TELL_US : w->end_us;
	if (there && !w->fresh && w->next_us < next_us)
		next_us = w->next_us;
	loop_timer_set(w->timer, (next_us - now) / 1000 + 1);
}

static void
on_timer(int fd, short what, void *arg)
{
	struct run *r = arg;

	(void)fd;
	(void)what;
	ports_look(r->f);
	look(r);
}

/* At first only an adapter that is to be plugged in again makes a job wait; then
 * whatever a port may say that is not yet there, or not yet ours. */
static bool
may_wait(struct run *r, const struct err *e)
{
	const bool gone = strcmp(e->name, "port-gone") == 0 ||
	    strcmp(e->name, "port-stuck") == 0,
		   not_yet = e->code == ERR_NOT_FOUND ||
	    strcmp(e->name, "port-denied") == 0 || strcmp(e->name, "other-camera") == 0;

	if ((r->job.flags & JOB_FLAG_NO_WAIT) != 0 || r->wait.over || r->cancelled ||
	    r->f->stopping)
		return false;
	if (r->wait.again ? !gone && !not_yet : !gone || e->code != ERR_LOST)
		return false;
	return r->wait.timer != NULL ||
	    (r->wait.timer =
		    loop_timer(r->f->loop, on_timer, r, &(struct err) { 0 })) != NULL;
}

bool
run_wait_begin(struct run *r, const struct err *e)
{
	const bool other = strcmp(e->name, "other-camera") == 0;
	struct run_wait *w = &r->wait;
	int64_t now = loop_now_us();

	if (!may_wait(r, e))
		return false;
	/* Who got as far as an identity was there: the time begins again. */
	if (w->end_us == 0 || (r->id.told && !other))
		w->end_us = now + WAIT_US;
	if (!w->again) {
		w->pause_us = FIRST_PAUSE_US;
		w->next_us = now + w->pause_us;
	}
	snprintf(w->ask, sizeof(w->ask), "%s", other ? "other-camera" : "replug");
	w->fresh = other;
	w->waiting = true;
	run_log(r, "it waits for %s", other ? "the right camera" : "its adapter");
	log_info("run", "job %lld waits: %s", (long long)r->job.id, e->msg);
	if (other)
		r->id.told = false; /* that one is not who it was */
	forget(r);
	ports_look(r->f);
	if (!other)
		see(r, w->seen);
	set_state(r, JOB_WAITING);
	tell(r);
	look(r);
	return true;
}

void
run_wait_look(struct flashd *f)
{
	struct run *r, *next;

	for (r = LIST_FIRST(&f->runs); r != NULL; r = next) {
		next = LIST_NEXT(r, entry);
		if (r->wait.waiting)
			look(r);
	}
}

int
run_wait_identity(const struct run *r, struct err *e)
{
	const struct run_identity *a = &r->wait.first, *b = &r->id;
	char here[65], there[65];

	/* A write is judged by its journal, in the child. */
	if (!r->wait.again || !a->told || r->resume)
		return 0;
	if (strcmp(a->chip, b->chip) != 0 || strcmp(a->jedec, b->jedec) != 0 ||
	    a->flash_size != b->flash_size)
		return err_set(e, ERR_REFUSED, "other-camera",
		    "this is not the camera that the job began with: it has a %s with "
		    "flash %s, that one a %s with flash %s. Nothing was written to it. "
		    "Plug the first one in again",
		    b->chip, b->jedec, a->chip, a->jedec);
	if (a->chip_id[0] == '\0' || b->chip_id[0] == '\0' ||
	    strcmp(a->chip_id, b->chip_id) == 0)
		return 0;
	return err_set(e, ERR_REFUSED, "other-camera",
	    "this is not the camera that the job began with: its chip id is %s, that "
	    "one's is %s. Nothing was written to it. Plug the first one in again",
	    private_text(b->chip_id, here, sizeof(here)),
	    private_text(a->chip_id, there, sizeof(there)));
}

void
run_wait_free(struct run *r)
{
	loop_drop(r->wait.timer);
	r->wait.timer = NULL;
}
