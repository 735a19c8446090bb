/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Giving jobs to flashd and watching them (see follow.h). One thread. */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/ask.h"
#include "cli/cli.h"
#include "cli/doc.h"
#include "cli/follow.h"
#include "cli/out.h"
#include "cli/progress.h"
#include "cli/state.h"
#include "common/bell.h"
#include "common/loop.h"
#include "db/db.h"
#include "db/job.h"
#include "db/live.h"

#define TICK_MS 250
#define LOOK_ANYWAY_MS 5000

struct watched {
	struct job *job;
	struct live_progress p;
	bool has_p, told_end;
	char told_step[40]; /* step or state last printed as a sentence */
	int told_tenth; /* tens of percent last printed */
};

struct watch {
	struct cli *cli;
	struct watched *jobs;
	int n, label_width;
	bool bars; /* redraw in place on the terminal */
	bool lines; /* NDJSON */
	int drawn; /* lines on the screen to go back over */
	int64_t deadline_us, looked_us, version, live_version;
};

static volatile sig_atomic_t interrupted;

static void
on_interrupt(int sig)
{
	(void)sig;
	interrupted = 1;
}

/* The first Ctrl-C is ours, the next one ends the program. */
static void
catch_interrupt(void)
{
	struct sigaction sa = { .sa_handler = on_interrupt,
		.sa_flags = (int)SA_RESETHAND };

	interrupted = 0;
	sigemptyset(&sa.sa_mask);
	(void)sigaction(SIGINT, &sa, NULL);
}

int
follow_code(const struct job *j)
{
	switch (j->state) {
	case JOB_QUEUED:
	case JOB_RUNNING:
	case JOB_WAITING:
	case JOB_DONE:
		return ERR_NONE;
	case JOB_REFUSED:
		return j->code != 0 ? j->code : ERR_REFUSED;
	case JOB_INTERRUPTED:
		return j->code != 0 ? j->code : ERR_LOST;
	default:
		return j->code != 0 ? j->code : ERR_FAILED;
	}
}

int
follow_err(const struct job *j, struct err *e)
{
	if (j->state == JOB_INTERRUPTED)
		return err_set(e, (enum err_code)follow_code(j),
		    j->reason[0] != '\0' ? j->reason : "interrupted",
		    "%s%sjob %lld was interrupted; go on with 'camherd job resume "
		    "%lld'",
		    j->message, j->message[0] != '\0' ? "; " : "", (long long)j->id,
		    (long long)j->id);
	return err_set(e, (enum err_code)follow_code(j),
	    j->reason[0] != '\0' ? j->reason : job_state_name(j->state), "%s",
	    j->message[0] != '\0' ? j->message : job_state_name(j->state));
}

int
follow_prepare(struct cli *cli, const struct cli_args *args, const char *port,
    struct job *j, struct err *e)
{
	const struct passwd *pw = getpwuid(getuid());
	uint64_t baud = 0;

	memset(j, 0, sizeof(*j));
	snprintf(j->asked_by, sizeof(j->asked_by), "%s",
	    pw != NULL ? pw->pw_name : "camherd");
	if (cli_opt_number(args, "baud", 9600, 3000000, &baud, e) < 0)
		return -1;
	j->baud = (unsigned)baud;
	if (cli_opt(args, "no-wait") != NULL)
		j->flags |= JOB_FLAG_NO_WAIT;
	if (port[0] == '\0')
		return 0;
	return state_find_port(cli, port, j->port, sizeof(j->port), e);
}

static const char *
label_of(const struct job *j)
{
	const char *base = strrchr(job_port(j), '/');

	if (base != NULL)
		return base + 1;
	return j->port[0] != '\0' ? job_port(j) : job_kind_name(j->kind);
}

static bool
has_ended(const struct job *j)
{
	return job_state_is_final(j->state) || j->state == JOB_INTERRUPTED;
}

static bool
all_ended(const struct watch *w)
{
	int i;

	for (i = 0; i < w->n; i++) {
		if (!has_ended(w->jobs[i].job))
			return false;
	}
	return true;
}

static int
look(struct watch *w, struct err *e)
{
	struct watched *j;
	int i, found;

	for (i = 0; i < w->n; i++) {
		j = &w->jobs[i];
		if (has_ended(j->job))
			continue;
		if (job_by_id(w->cli->db, j->job->id, j->job, e) < 0)
			return -1;
		if (w->cli->live == NULL)
			continue;
		if ((found = live_get_progress(w->cli->live, j->job->id, &j->p, e)) < 0)
			return -1;
		j->has_p = found == 1;
	}
	w->looked_us = loop_now_us();
	return 0;
}

/* Look only when somebody has written, or after a while. 1 = looked, 0 = not, -1. */
static int
look_if_new(struct watch *w, struct err *e)
{
	int64_t version, live_version = 0;

	if (db_data_version(w->cli->db, &version, e) < 0)
		return -1;
	if (w->cli->live != NULL &&
	    live_data_version(w->cli->live, &live_version, e) < 0)
		return -1;
	if (version == w->version && live_version == w->live_version &&
	    loop_now_us() - w->looked_us < (int64_t)LOOK_ANYWAY_MS * 1000)
		return 0;
	w->version = version;
	w->live_version = live_version;
	return look(w, e) < 0 ? -1 : 1;
}

static void
stand_in(const struct job *j, struct live_progress *p)
{
	memset(p, 0, sizeof(*p));
	p->eta_s = -1;
	snprintf(p->step, sizeof(p->step), "%s", job_state_name(j->state));
}

static int
terminal_columns(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20)
		return size.ws_col - 1;
	return 79;
}

static void
clear_bars(struct watch *w)
{
	if (w->drawn > 0)
		fprintf(stderr, "\033[%dA\r\033[J", w->drawn);
	w->drawn = 0;
}

/* What a person is to do is too long for the bar's line: it stands above it, whole. */
static void
tell_asks(struct watch *w)
{
	struct watched *j;
	const char *ask;
	int i;

	for (i = 0; i < w->n; i++) {
		j = &w->jobs[i];
		ask = j->has_p && !has_ended(j->job) ? j->p.ask : "";
		if (strcmp(ask, j->told_step) == 0)
			continue;
		snprintf(j->told_step, sizeof(j->told_step), "%.39s", ask);
		if (ask[0] == '\0')
			continue;
		clear_bars(w);
		say(stderr, "%s: %s", label_of(j->job), j->p.text);
	}
}

static void
draw_bars(struct watch *w)
{
	struct progress_style style = { w->label_width, terminal_columns(),
		w->cli->utf8 };
	struct live_progress other;
	const struct watched *j;
	char line[1200];
	int i;

	tell_asks(w);
	if (w->drawn > 0)
		fprintf(stderr, "\033[%dA", w->drawn);
	for (i = 0; i < w->n; i++) {
		j = &w->jobs[i];
		stand_in(j->job, &other);
		progress_bar(label_of(j->job),
		    j->has_p && !has_ended(j->job) ? &j->p : &other, &style, line,
		    sizeof(line));
		fprintf(stderr, "\r%s\033[K\n", line);
	}
	w->drawn = w->n;
}

static void
tell_json(const struct watched *j)
{
	json_t *o = json_pack("{s:s,s:I,s:o,s:s,s:o}", "event", "progress", "job",
	    (json_int_t)j->job->id, "port", out_text_or_null(job_port(j->job)), "state",
	    job_state_name(j->job->state), "progress",
	    j->has_p ? doc_progress(&j->p) : json_null());
	char *s = out_memory(json_dumps(out_memory(o), JSON_COMPACT));

	fprintf(stderr, "%s\n", s);
	free(s);
	json_decref(o);
}

/* A sentence for each new step and each tenth of it. */
static void
tell_sentence(struct watched *j)
{
	struct live_progress other;
	const struct live_progress *p = &j->p;
	char line[800];
	int tenth;

	if (!j->has_p || has_ended(j->job)) {
		stand_in(j->job, &other);
		p = &other;
	}
	tenth = progress_percent(p) / 10;
	snprintf(line, sizeof(line), "%s %s", p->step, p->ask);
	if (strncmp(line, j->told_step, sizeof(j->told_step) - 1) == 0 &&
	    tenth == j->told_tenth)
		return;
	snprintf(j->told_step, sizeof(j->told_step), "%.39s", line);
	j->told_tenth = tenth;
	progress_sentence(label_of(j->job), p, line, sizeof(line));
	say(stderr, "%s", line);
}

static void
tell(struct watch *w)
{
	int i;

	if (w->bars) {
		draw_bars(w);
		return;
	}
	for (i = 0; i < w->n; i++) {
		if (w->jobs[i].told_end)
			continue;
		if (w->lines)
			tell_json(&w->jobs[i]);
		else if (!w->cli->quiet)
			tell_sentence(&w->jobs[i]);
		w->jobs[i].told_end = has_ended(w->jobs[i].job);
	}
}

static void
list_ids(const struct watch *w, char *ret, size_t ret_size)
{
	size_t used = 0;
	int i;

	ret[0] = '\0';
	for (i = 0; i < w->n && used < ret_size; i++) {
		if (!has_ended(w->jobs[i].job))
			used += (size_t)snprintf(ret + used, ret_size - used, "%s%lld",
			    used > 0 ? " " : "", (long long)w->jobs[i].job->id);
	}
}

/* Over a connection of its own: the watcher's may be for reading only. */
static int
cancel_all(struct watch *w, struct err *e)
{
	struct db *db = db_open(w->cli->conf.state, DB_READ_WRITE, e);
	int i, r = 0;

	if (db == NULL)
		return -1;
	for (i = 0; i < w->n && r == 0; i++) {
		if (!has_ended(w->jobs[i].job))
			r = job_cancel(db, w->jobs[i].job->id, e);
	}
	db_close(db);
	bell_ring(w->cli->conf.run, "flashd");
	return r;
}

/* Ctrl-C: 0 = go on watching (the jobs were asked to stop), -1 = leave. */
static int
on_ctrl_c(struct watch *w, struct err *e)
{
	char ids[200];

	list_ids(w, ids, sizeof(ids));
	clear_bars(w);
	if (ask_can() &&
	    ask_yes("Stop the job too? Otherwise it goes on without this terminal.")) {
		catch_interrupt();
		return cancel_all(w, e);
	}
	w->cli->left = true;
	return err_set(e, ERR_FAILED, "left-running",
	    "job %s goes on; watch it with 'camherd job show --follow %s', stop it "
	    "with "
	    "'camherd job cancel %s'",
	    ids, ids, ids);
}

static int
check_deadline(struct watch *w, struct err *e)
{
	char ids[200];

	list_ids(w, ids, sizeof(ids));
	if (w->deadline_us != 0 && loop_now_us() > w->deadline_us)
		return err_set(e, ERR_FAILED, "timeout",
		    "job %s has not ended within %d s; it goes on, 'camherd job show "
		    "--follow %s' "
		    "watches it",
		    ids, w->cli->timeout_s, ids);
	if (!state_is_up(w->cli, "flashd")) {
		state_down("flashd", e);
		return err_add(e, "job %s waits", ids);
	}
	return 0;
}

static int
watch_loop(struct watch *w, struct err *e)
{
	int r;

	if (look(w, e) < 0)
		return -1;
	tell(w);
	while (!all_ended(w)) {
		(void)poll(NULL, 0, TICK_MS);
		if (interrupted) {
			interrupted = 0;
			if (on_ctrl_c(w, e) < 0)
				return -1;
		}
		if ((r = look_if_new(w, e)) < 0)
			return -1;
		if (r > 0)
			tell(w);
		if (!all_ended(w) && check_deadline(w, e) < 0)
			return -1;
	}
	return 0;
}

int
follow_watch(struct cli *cli, struct job *jobs, int n, bool lines, struct err *e)
{
	struct watch w = { .cli = cli, .n = n, .lines = lines };
	int i, r;

	w.jobs = out_memory(calloc((size_t)n, sizeof(*w.jobs)));
	for (i = 0; i < n; i++) {
		w.jobs[i].job = &jobs[i];
		w.jobs[i].told_tenth = -2;
		if (out_width(label_of(&jobs[i])) > w.label_width)
			w.label_width = out_width(label_of(&jobs[i]));
	}
	w.bars = !cli->quiet && !lines && isatty(STDERR_FILENO);
	if (cli->timeout_s > 0)
		w.deadline_us = loop_now_us() + (int64_t)cli->timeout_s * 1000000;
	catch_interrupt();
	r = watch_loop(&w, e);
	clear_bars(&w);
	(void)signal(SIGINT, SIG_DFL);
	free(w.jobs);
	return r;
}

int
follow_submit(struct cli *cli, const struct cli_args *args, struct job *jobs, int n,
    struct err *e)
{
	bool queue = cli_opt(args, "queue") != NULL,
	     lines = cli_opt(args, "follow") != NULL;
	int i;

	if (lines && (!cli->json || queue))
		return err_set(e, ERR_USAGE, "usage",
		    "--follow goes with --json, and not with --queue");
	if (!queue && !state_is_up(cli, "flashd")) {
		state_down("flashd", e);
		return err_add(e, "nothing was queued (--queue would)");
	}
	for (i = 0; i < n; i++) {
		if (job_submit(cli->db, &jobs[i], e) < 0)
			return -1;
	}
	bell_ring(cli->conf.run, "flashd");
	for (i = 0; i < n; i++) {
		if (job_by_id(cli->db, jobs[i].id, &jobs[i], e) < 0)
			return -1;
	}
	return queue ? 0 : follow_watch(cli, jobs, n, lines, e);
}
