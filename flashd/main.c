/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * flashd(8): works on cameras' flash chips over serial lines. The parent is one event
 * loop with the database and the dump library; each job's tty is opened by a child of
 * its own, which is this program run as flashd -W.
 */
#include "config.h"

#include <event2/event.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/bell.h"
#include "common/daemon.h"
#include "common/err.h"
#include "common/file.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/notify.h"
#include "db/db.h"
#include "db/job.h"
#include "db/live.h"
#include "flashd/chore.h"
#include "flashd/engine/child.h"
#include "flashd/flashd.h"
#include "flashd/library.h"
#include "flashd/ports.h"
#include "flashd/ports_watch.h"
#include "flashd/queue.h"
#include "flashd/run.h"
#include "flashd/scrub.h"
#include "flashd/store.h"
#include "flashd/takein.h"
#include "flashd/watch.h"

#define BEAT_MS 4000
#define LOOK_MS 5000
#define SWEEP_MS (3600 * 1000)
#define ORPHAN_MS 250 /* between two looks for children of a dead flashd */
#define ORPHAN_TRIES 120
#define SHUT_MS 19000 /* children that have not ended by then are killed */

struct timers {
	struct flashd f;
	struct event *beat, *look, *sweep, *orphan, *shut, *bell, *watchdog;
	struct ports_watch *watch;
	int bell_fd;
	unsigned orphan_tries;
	int64_t watchdog_ms;
};

void
flashd_changed(struct flashd *f)
{
	bell_ring(f->conf.run, "webd");
}

static void
on_beat(int fd, short what, void *arg)
{
	struct timers *t = arg;
	struct err e;

	(void)fd;
	(void)what;
	if (live_beat(t->f.live, "flashd", PACKAGE_VERSION, "", &e) < 0)
		log_warnx("main", "heartbeat: %s", e.msg);
	loop_timer_set(t->beat, BEAT_MS);
}

static void
on_watchdog(int fd, short what, void *arg)
{
	struct timers *t = arg;

	(void)fd;
	(void)what;
	notify_send("WATCHDOG=1");
	loop_timer_set(t->watchdog, t->watchdog_ms);
}

static void
on_look(int fd, short what, void *arg)
{
	struct timers *t = arg;

	(void)fd;
	(void)what;
	ports_look(&t->f);
	queue_look(&t->f);
	watches_look(t->f.watches);
	loop_timer_set(t->look, LOOK_MS);
}

/* An adapter or a tty path came or went. */
static void
on_ports(void *arg)
{
	struct timers *t = arg;

	ports_look(&t->f);
	queue_look(&t->f);
	watches_look(t->f.watches);
}

static void
watch_ports(struct timers *t)
{
	ports_watch_free(t->watch);
	t->watch = ports_watch_new(t->f.loop, t->f.conf.ports, on_ports, t);
	if (t->watch == NULL)
		log_warnx("ports", "new adapters are only noticed every few seconds");
}

static void
on_bell(int fd, short what, void *arg)
{
	struct timers *t = arg;

	(void)what;
	bell_drain(fd);
	queue_look(&t->f);
	watches_look(t->f.watches);
}

static void
on_sweep(int fd, short what, void *arg)
{
	struct timers *t = arg;

	(void)fd;
	(void)what;
	chore_sweep(&t->f);
	t->f.describe_failed = false;
	scrub_next(&t->f);
	loop_timer_set(t->sweep, SWEEP_MS);
}

/* Children of a flashd that was killed finish their sector first, on ports that we
 * would open. They hold a shared lock; once we can have it alone, they are gone. */
static void
on_orphan(int fd, short what, void *arg)
{
	struct timers *t = arg;
	int lock = openat(
	    t->f.state_dir, "jobs/.children", O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	bool free = lock < 0 || flock(lock, LOCK_EX | LOCK_NB) == 0;

	(void)fd;
	(void)what;
	if (lock >= 0)
		close(lock);
	if (!free && ++t->orphan_tries < ORPHAN_TRIES) {
		if (t->orphan_tries == 1)
			log_info("main",
			    "waiting for a worker of an earlier flashd to finish");
		loop_timer_set(t->orphan, ORPHAN_MS);
		return;
	}
	run_journal_recover(&t->f);
	t->f.may_claim = true;
	queue_look(&t->f);
}

static void
on_shut(int fd, short what, void *arg)
{
	struct timers *t = arg;
	struct run *r;

	(void)fd;
	(void)what;
	queue_look(&t->f);
	LIST_FOREACH (r, &t->f.runs, entry)
		run_kill(r);
	loop_timer_set(t->shut, 200);
}

static void
on_stop(void *arg)
{
	struct timers *t = arg;
	struct run *r, *next;

	if (t->f.stopping)
		return;
	t->f.stopping = true;
	notify_send("STOPPING=1");
	for (r = LIST_FIRST(&t->f.runs); r != NULL; r = next) {
		next = LIST_NEXT(r, entry);
		run_shut(r);
	}
	watches_look(t->f.watches);
	loop_timer_set(t->shut, t->f.n_runs == 0 ? 0 : SHUT_MS);
}

static void
on_reload(void *arg)
{
	struct timers *t = arg;
	struct conf fresh;
	struct err e;

	if (conf_load(t->f.conf_file, &fresh, &e) < 0) {
		log_warnx("main", "the old configuration stays: %s", e.msg);
		return;
	}
	/* State and run folder belong to what is open. */
	memcpy(fresh.state, t->f.conf.state, sizeof(fresh.state));
	memcpy(fresh.run, t->f.conf.run, sizeof(fresh.run));
	t->f.conf = fresh;
	if (ports_configure(&t->f, &e) < 0)
		log_warnx("main", "%s", e.msg);
	log_info("main", "read the configuration again");
	watch_ports(t);
	ports_look(&t->f);
	queue_look(&t->f);
}

/* A folder below STATE, for us to write and, but for incoming/, for others to read. */
static void
make_folder(const struct flashd *f, const char *name, mode_t mode)
{
	char path[300];
	struct err e;

	snprintf(path, sizeof(path), "%s/%s", f->conf.state, name);
	if (access(path, F_OK) == 0)
		return;
	if (file_mkdir(path, mode & 0777, &e) < 0 || chmod(path, mode) < 0)
		fatalx(EXIT_FAILURE, "main", "cannot make the folder %s", path);
}

static void
open_state(struct flashd *f)
{
	struct err e;

	if ((f->db = db_open(f->conf.state, DB_READ_WRITE, &e)) == NULL)
		fatalx(strncmp(e.name, "schema-", 7) == 0 ? EXIT_CONFIG : EXIT_FAILURE,
		    "main", "%s", e.msg);
	if ((f->store = store_open(f->conf.state, NULL, NULL, &e)) == NULL)
		fatalx(EXIT_FAILURE, "main", "%s", e.msg);
	f->state_dir = open(f->conf.state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f->state_dir < 0)
		fatalx(
		    EXIT_FAILURE, "main", "cannot open the folder %s", f->conf.state);
	make_folder(f, "jobs", 02750);
	make_folder(f, "incoming", 02770);
	if ((f->live = live_open(f->conf.run, &e)) == NULL ||
	    live_reset(f->live, "flashd", &e) < 0)
		fatalx(EXIT_FAILURE, "main", "%s", e.msg);
}

/* Make rows and files agree, and jobs with the fact that no child of ours runs. */
static void
recover(struct flashd *f)
{
	struct library_counts n;
	unsigned jobs;
	struct err e;

	takein_recover(f);
	if (library_rebuild(f->db, f->store, true, &n, &e) < 0)
		log_errx(
		    "main", "the dump library could not be looked through: %s", e.msg);
	if (job_recover(f->db, &jobs, &e) < 0)
		fatalx(EXIT_FAILURE, "main", "%s", e.msg);
	if (jobs > 0)
		log_warnx(
		    "main", "%u jobs were cut off when flashd ended last time", jobs);
}

static void
start_loop(struct timers *t)
{
	struct flashd *f = &t->f;
	struct err e;

	if ((f->loop = loop_new(&e)) == NULL ||
	    (t->bell_fd = bell_open(f->conf.run, "flashd", &e)) < 0 ||
	    (t->bell = loop_watch(f->loop, t->bell_fd, EV_READ, on_bell, t, &e)) ==
		NULL ||
	    (t->beat = loop_timer(f->loop, on_beat, t, &e)) == NULL ||
	    (t->look = loop_timer(f->loop, on_look, t, &e)) == NULL ||
	    (t->sweep = loop_timer(f->loop, on_sweep, t, &e)) == NULL ||
	    (t->orphan = loop_timer(f->loop, on_orphan, t, &e)) == NULL ||
	    (t->watchdog = loop_timer(f->loop, on_watchdog, t, &e)) == NULL ||
	    (t->shut = loop_timer(f->loop, on_shut, t, &e)) == NULL)
		fatalx(EXIT_FAILURE, "main", "%s", e.msg);
	loop_on_stop(f->loop, on_stop, t);
	loop_on_reload(f->loop, on_reload, t);
}

static void
begin(struct timers *t)
{
	struct err e;

	if (ports_configure(&t->f, &e) < 0)
		log_warnx("main", "%s", e.msg);
	if ((t->f.watches = watches_start(&t->f, &e)) == NULL)
		log_errx("main", "there is no live console: %s", e.msg);
	on_beat(-1, 0, t);
	ports_watch_holders(&t->f);
	watch_ports(t);
	on_look(-1, 0, t);
	on_sweep(-1, 0, t);
	on_orphan(-1, 0, t);
	if ((t->watchdog_ms = notify_watchdog_ms()) > 0)
		on_watchdog(-1, 0, t);
	notify_send("READY=1");
	log_info("main", "flashd %s works with %s", PACKAGE_VERSION, t->f.conf.state);
}

static void
end(struct timers *t)
{
	struct err e;

	(void)live_beat_end(t->f.live, "flashd", &e);
	loop_drop(t->beat);
	ports_watch_free(t->watch);
	watches_stop(t->f.watches);
	takein_stop(&t->f);
	scrub_stop(&t->f);
	loop_drop(t->look);
	loop_drop(t->sweep);
	loop_drop(t->orphan);
	loop_drop(t->shut);
	loop_drop(t->bell);
	loop_drop(t->watchdog);
	ports_free(t->f.ports);
	loop_free(t->f.loop);
	bell_close(t->bell_fd, t->f.conf.run, "flashd");
	store_close(t->f.store);
	live_close(t->f.live);
	db_close(t->f.db);
	close(t->f.state_dir);
}

int
main(int argc, char **argv)
{
	struct rlimit none = { 0, 0 };
	struct timers t = { .bell_fd = -1 };
	ssize_t n;
	int status;

	if (argc == 2 && strcmp(argv[1], "-W") == 0)
		return child_main();
	daemon_start(argc, argv, "flashd", &t.f.conf, &t.f.conf_file);
	/* A core file would hold Wi-Fi passwords. */
	(void)setrlimit(RLIMIT_CORE, &none);
	n = readlink("/proc/self/exe", t.f.program, sizeof(t.f.program) - 1);
	if (n <= 0 || sodium_init() < 0 || (t.f.ports = ports_new()) == NULL)
		fatalx(EXIT_FAILURE, "main", "cannot start: no /proc, or no memory");
	LIST_INIT(&t.f.runs);
	open_state(&t.f);
	recover(&t.f);
	start_loop(&t);
	begin(&t);
	status = loop_run(t.f.loop);
	end(&t);
	return status;
}
