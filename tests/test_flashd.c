/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * flashd's parent with children that lie, and its work that needs no child. The parent
 * is the real one but for its program: a shell script that says what the test wants.
 */
#include "config.h"

#include "tests/unit.h"

#include <event2/event.h>
#include <fcntl.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/err.h"
#include "common/file.h"
#include "common/loop.h"
#include "common/said.h"
#include "db/camera.h"
#include "db/db.h"
#include "db/dump.h"
#include "db/event.h"
#include "db/job.h"
#include "db/live.h"
#include "db/socket.h"
#include "db/stmt.h"
#include "flashd/chore.h"
#include "flashd/flashd.h"
#include "flashd/ports.h"
#include "flashd/queue.h"
#include "flashd/run.h"
#include "flashd/store.h"
#include "tests/sim/mkimage.h"

#define SIZE (512u * 1024)
#define PORT "/dev/null" /* a character device that is always there */

static struct flashd f;
static char folder[64];
static struct event *watch;
static int64_t watched;

static void run_command(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static void
run_command(const char *fmt, ...)
{
	char command[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(command, sizeof(command), fmt, ap);
	va_end(ap);
	if (system(command) != 0)
		fail_msg("failed: %s", command);
}

static int
setup(void **state)
{
	char path[240];
	struct err e;

	(void)state;
	memset(&f, 0, sizeof(f));
	snprintf(folder, sizeof(folder), "/tmp/camherd-flashd.XXXXXX");
	if (sodium_init() < 0 || mkdtemp(folder) == NULL)
		return -1;
	snprintf(f.conf.state, sizeof(f.conf.state), "%s/state", folder);
	snprintf(f.conf.run, sizeof(f.conf.run), "%s/run", folder);
	snprintf(f.conf.ports, sizeof(f.conf.ports), "%s", PORT);
	snprintf(f.program, sizeof(f.program), "%s/child", folder);
	f.conf.max_baud = 921600;
	f.conf.max_jobs = 4;
	if (mkdir(f.conf.state, 0700) < 0 || mkdir(f.conf.run, 0700) < 0 ||
	    db_upgrade(f.conf.state, NULL, NULL, NULL, &e) < 0)
		return -1;
	snprintf(path, sizeof(path), "%s/jobs", f.conf.state);
	if (mkdir(path, 0700) < 0)
		return -1;
	snprintf(path, sizeof(path), "%s/incoming", f.conf.state);
	if (mkdir(path, 0700) < 0)
		return -1;
	f.state_dir = open(f.conf.state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	f.db = db_open(f.conf.state, DB_READ_WRITE, &e);
	f.live = live_open(f.conf.run, &e);
	f.store = store_open(f.conf.state, NULL, NULL, &e);
	f.ports = ports_new();
	f.loop = loop_new(&e);
	f.may_claim = true;
	if (f.db == NULL || f.live == NULL || f.store == NULL || f.loop == NULL)
		return -1;
	return ports_configure(&f, &e);
}

static int
teardown(void **state)
{
	(void)state;
	loop_free(f.loop);
	ports_free(f.ports);
	store_close(f.store);
	live_close(f.live);
	db_close(f.db);
	close(f.state_dir);
	run_command("rm -rf %s", folder);
	return 0;
}

void flashd_changed(struct flashd *flashd);

void
flashd_changed(struct flashd *flashd)
{
	(void)flashd;
}

static void
look(int fd, short what, void *arg)
{
	struct job j;
	struct err e;

	(void)fd;
	(void)what;
	(void)arg;
	assert_int_equal(job_by_id(f.db, watched, &j, &e), 0);
	if (j.state == JOB_WAITING) { /* its ten minutes are over */
		LIST_FIRST(&f.runs)->wait.end_us = 1;
		run_wait_look(&f);
	}
	if (job_state_is_final(j.state) || j.state == JOB_INTERRUPTED)
		loop_stop(f.loop, 0);
	else
		loop_timer_set(watch, 20);
}

static void
submit(struct job *j)
{
	struct err e;

	snprintf(j->asked_by, sizeof(j->asked_by), "test");
	if (job_submit(f.db, j, &e) < 0)
		fail_msg("%s", e.msg);
}

/* Let flashd work until the job has ended. */
static struct job
work_on(const struct job *j)
{
	struct job ended;
	struct err e;

	watched = j->id;
	watch = loop_timer(f.loop, look, NULL, &e);
	assert_non_null(watch);
	loop_timer_set(watch, 0);
	queue_look(&f);
	assert_int_equal(loop_run(f.loop), 0);
	loop_drop(watch);
	assert_int_equal(job_by_id(f.db, j->id, &ended, &e), 0);
	return ended;
}

static struct job
work(struct job *j)
{
	submit(j);
	return work_on(j);
}

/* What the child does. say() says a line, ask() also reads the answer into $a. */
static void
put_script(const char *script)
{
	FILE *out = fopen(f.program, "w");

	assert_non_null(out);
	fprintf(out,
	    "#!/bin/sh\nwhile read -r l <&4 && [ -n \"$l\" ]; do :; done\n"
	    "say() { echo \"$*\" >&4; }\nask() { say \"$*\"; read -r a <&4; }\n%s\n",
	    script);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(chmod(f.program, 0700), 0);
}

static struct job
work_with(enum job_kind kind, int64_t dump_id, const char *script)
{
	struct job j = { .kind = kind,
		.port = PORT,
		.dump_id = dump_id,
		.flags = JOB_FLAG_EXPERIMENTAL };

	put_script(script);
	if (kind == JOB_RESTORE)
		snprintf(j.identity, sizeof(j.identity), "donor");
	return work(&j);
}

/* Put bytes into incoming/ and take them in as a dump. */
static struct job
import_with(const void *p, size_t n, int64_t camera_id, unsigned flags)
{
	static unsigned count;
	struct job j = { .kind = JOB_IMPORT, .camera_id = camera_id, .flags = flags };
	char path[64];
	struct err e;

	snprintf(j.incoming, sizeof(j.incoming), "%032x", ++count);
	snprintf(j.file, sizeof(j.file), "some file.bin");
	snprintf(path, sizeof(path), "incoming/%s", j.incoming);
	assert_int_equal(file_put(f.state_dir, path, p, n, 0640, &e), 0);
	return work(&j);
}

static struct job
import(const void *p, size_t n, int64_t camera_id)
{
	return import_with(p, n, camera_id, 0);
}

static int64_t
import_dump(unsigned seed)
{
	struct mkimage m = { .family = IMAGE_FAMILY_XR872,
		.flash_size = SIZE,
		.seed = seed,
		.mac = { 2, 3, 4, 5, 6, 7 } };
	uint8_t *p = malloc(SIZE);
	struct job j;

	assert_true(p != NULL && mkimage_dump(&m, p) == 0);
	j = import(p, SIZE, 0);
	free(p);
	assert_int_equal(j.state, JOB_DONE);
	return j.result_dump_id;
}

#define IDENTITY                                                                       \
	"say step enter 0; say identity entry console; say step identify 0\n"          \
	"say identity chip xr872; say identity brom_version 2; say identity jedec "    \
	"5e3213\n"                                                                     \
	"say identity flash_size 524288; say identity chip_id "                        \
	"00112233445566778899aabbccddeeff\n"
#define MAKE_DUMP                                                                      \
	"head -c 524288 /dev/zero >&3\n"                                               \
	"sum=$(head -c 524288 /dev/zero | sha256sum | cut -d' ' -f1)\n"

static void
an_honest_child_makes_a_backup(void **state)
{
	struct live_port p;
	struct job j;
	struct dump d;
	struct err e;

	(void)state;
	j = work_with(JOB_BACKUP, 0,
	    IDENTITY MAKE_DUMP "say step read1 524288; say blocks 0 128 r\n"
			       "say progress 524288 92160 0 0; say baud 921600\n"
			       "ask saved $sum 524288 2 3; say step leave 0\n"
			       "say errors 1 2 3 4; say errors 1 0 0 0; say ok");
	assert_int_equal(live_get_port(f.live, PORT, &p, &e), 1);
	assert_true(p.frame_errors == 2 && p.overruns == 2 && p.parity_errors == 3 &&
	    p.breaks == 4);
	assert_int_equal(j.state, JOB_DONE);
	assert_int_equal(dump_by_id(f.db, j.result_dump_id, &d, &e), 0);
	assert_true(d.verified && d.passes == 2 && d.retries == 3 && d.size == SIZE);
	assert_string_equal(d.kind, "backup");
	assert_non_null(strstr(j.result, "\"passes\":2"));
}

static void
a_sealed_backup_counts_whatever_its_child_does_then(void **state)
{
	struct job j;

	(void)state;
	j = work_with(JOB_BACKUP, 0,
	    IDENTITY MAKE_DUMP
	    "say step read1 1; ask saved $sum 524288 2 3; kill -9 $$");
	assert_int_equal(j.state, JOB_DONE);
	assert_true(j.result_dump_id != 0);
}

/* Each of these is ended, and its job fails without harm. */
static void
children_that_lie_are_ended(void **state)
{
	static const char *const lies[] = {
		/* It touches before anything is safe. */
		IDENTITY "say step write 1; ask touched; say ok",
		/* It says what it is not asked for. */
		IDENTITY "say step read1 1; say differs 0 0; say ok",
		/* More blocks than the chip has. */
		IDENTITY "say blocks 100 100 r; say ok",
		IDENTITY "say blocks 18446744073709551615 2 r; say ok",
		/* A dump of another size, of one pass, of nobody. */
		IDENTITY MAKE_DUMP
		"say step read1 1; ask saved $sum 1048576 2 0; say ok",
		IDENTITY MAKE_DUMP
		"say step read1 1; ask saved $sum 524288 1 0; say ok",
		MAKE_DUMP "ask saved $sum 524288 2 0; say ok",
		/* It goes on after its end. */
		IDENTITY "say fail 1 no-reply - nothing; say ok",
		"say identity chip ../../x; say ok",
		"say identity mac nonsense; say ok",
		"say identity flash_size 99999999999; say ok",
		"say identity shoe 43; say ok",
		"say step dance 0; say ok",
		"say step read1 99999999999999; say ok",
		"say baud 1; say ok",
		"say fail 9 too-much - of it",
	};
	struct job j;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		j = work_with(JOB_RESTORE, import_dump(1), lies[i]);
		if (j.state != JOB_FAILED || strcmp(j.reason, "worker-lost") != 0 ||
		    strstr(j.message, "said what no worker says") == NULL)
			fail_msg("lie %zu: %s, %s: %s", i, job_state_name(j.state),
			    j.reason, j.message);
		assert_false(j.touched);
	}
}

static void
a_dump_that_is_not_what_it_says_gets_no_go(void **state)
{
	struct job j;

	(void)state;
	j = work_with(JOB_RESTORE, import_dump(1),
	    IDENTITY MAKE_DUMP
	    "say step read1 1; printf x | dd of=/proc/self/fd/3 bs=1 seek=77 "
	    "conv=notrunc 2>/dev/null\n"
	    "ask saved $sum 524288 2 0\n"
	    "[ $a = stop ] && say fail 1 cancelled - so || say ok");
	assert_int_equal(j.state, JOB_FAILED);
	assert_int_equal(j.code, ERR_MISMATCH);
	assert_false(j.touched);
}

/* The parent judges as well: a child that would write the wrong image gets no go. */
static void
the_parent_refuses_what_its_child_would_not(void **state)
{
	struct mkimage m = {
		.family = IMAGE_FAMILY_XR809, .flash_size = SIZE, .seed = 1
	};
	uint8_t *p = malloc(SIZE);
	struct job j;

	(void)state;
	assert_true(p != NULL && mkimage_dump(&m, p) == 0);
	j = import(p, SIZE, 0);
	free(p);
	j = work_with(JOB_RESTORE, j.result_dump_id,
	    IDENTITY MAKE_DUMP "say step read1 1; ask saved $sum 524288 2 0\n"
			       "[ $a = go ] && ask touched\nsay ok");
	assert_int_equal(j.state, JOB_REFUSED);
	assert_string_equal(j.reason, "image-other-chip");
	assert_false(j.touched);
}

static void
a_touched_chip_is_interrupted_however_it_ends(void **state)
{
	static const char *const ends[] = { "kill -9 $$", "say nonsense; exec sleep 60",
		"exit 0", "exit 1", "say fail 5 rom-mute 13:3+4 It went away." };
	char script[2000], template[700];
	struct err said;
	struct job j;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		snprintf(script, sizeof(script),
		    IDENTITY MAKE_DUMP "say step read1 1; ask saved $sum 524288 2 0\n"
				       "ask touched; [ $a = go ] || exit 9\n"
				       "say counts 1 0 0 0; %s",
		    ends[i]);
		j = work_with(JOB_RESTORE, import_dump(1), script);
		if (j.state != JOB_INTERRUPTED || !j.touched)
			fail_msg(
			    "end %zu: %s: %s", i, job_state_name(j.state), j.message);
		assert_non_null(strstr(j.result, "\"safety_dump\":"));
		/* Its parameters come along, those of the sentence within it as well. */
		assert_int_equal(said_unpack(&said, j.message, j.message_params), 0);
		assert_string_equal(err_template(&said, template, sizeof(template)),
		    i == 4 ? "It {0} away."
			   : "{0}. The chip is partly written{1}{2}. The camera may not "
			     "start; leave it as it is. Its backup is safe (dump {3}); "
			     "resume this job to finish");
		assert_true(i == 4 || said.params[1].depth == 1);
	}
}

static bool
keep_event(const struct event_row *ev, void *arg)
{
	*(struct event_row *)arg = *ev;
	return false;
}

static void
an_unplugged_job_waits_and_not_for_ever(void **state)
{
#define UNPLUGGED "say fail 5 port-gone - The adapter went away."
	struct event_row ev = { .id = 0 };
	char template[700];
	struct err said;
	struct job j;

	(void)state;
	j = work_with(
	    JOB_BACKUP, 0, IDENTITY "say step read1 1; say kept 4096\n" UNPLUGGED);
	assert_int_equal(j.state, JOB_FAILED);
	assert_int_equal(j.code, ERR_LOST);
	assert_non_null(strstr(j.message, "not plugged in again for 10 minutes"));
	assert_int_equal(said_unpack(&said, j.message, j.message_params), 0);
	assert_int_equal(said.n_params, 2);
	/* The line of history has the same sentence within it. */
	assert_int_equal(event_row_each(f.db, 0, 0, 1, keep_event, &ev, &said), 0);
	assert_int_equal(said_unpack(&said, ev.text, ev.text_params), 0);
	assert_string_equal(
	    err_template(&said, template, sizeof(template)), "{0} of {1}: {2}{3}{4}");
	assert_int_equal(said.n_params, 7);
	assert_non_null(strstr(j.result, "\"chip\":\"xr872\""));
	/* A port that takes nothing is to be plugged in again, too. */
	j = work_with(JOB_BACKUP, 0,
	    IDENTITY "say step read1 1; say fail 5 port-stuck - It takes no bytes.");
	assert_int_equal(j.state, JOB_FAILED);
	assert_int_equal(j.code, ERR_LOST);
	assert_non_null(strstr(j.message, "not plugged in again for 10 minutes"));
	j = work_with(JOB_RESTORE, import_dump(1),
	    IDENTITY MAKE_DUMP "say step read1 1; ask saved $sum 524288 2 0\n"
			       "ask touched; [ $a = go ] || exit 9\n" UNPLUGGED);
	assert_int_equal(j.state, JOB_INTERRUPTED);
	assert_non_null(strstr(j.message, "partly written"));
}

static void
another_camera_than_the_named_one_is_refused(void **state)
{
	struct camera c = { .name = "porch", .enabled = true };
	struct job j = { .kind = JOB_BACKUP, .port = PORT };
	struct err e;

	(void)state;
	assert_int_equal(camera_add(f.db, &c, &e), 0);
	assert_int_equal(camera_set_hardware(f.db, c.id, "xr872",
			     "ffeeddccbbaa99887766554433221100", "", "", &e),
	    0);
	j.camera_id = c.id;
	/* It would wait for ever: it is told to stop. */
	put_script(IDENTITY "say step leave 0; read -r a <&4; say ok");
	j = work(&j);
	assert_int_equal(j.state, JOB_REFUSED);
	assert_string_equal(j.reason, "other-camera");
	assert_non_null(strstr(j.message, "porch"));
}

static void
a_known_chip_finds_its_camera(void **state)
{
	struct camera c = { .name = "yard", .enabled = true };
	struct job j;
	struct err e;

	(void)state;
	assert_int_equal(camera_add(f.db, &c, &e), 0);
	assert_int_equal(camera_set_hardware(f.db, c.id, "",
			     "00112233445566778899aabbccddeeff", "", "", &e),
	    0);
	j = work_with(JOB_IDENTIFY, 0, IDENTITY "say step leave 0; say ok");
	assert_int_equal(j.state, JOB_DONE);
	assert_int_equal(j.camera_id, c.id);
	assert_int_equal(camera_by_id(f.db, c.id, &c, &e), 0);
	assert_string_equal(c.chip, "xr872");
	assert_string_equal(c.jedec, "5e3213");
}

static void
a_port_that_is_off_or_gone_gets_no_child(void **state)
{
	struct job j = { .kind = JOB_IDENTIFY, .port = "/dev/zero" };
	struct err e;

	(void)state;
	j = work(&j);
	assert_int_equal(j.state, JOB_REFUSED);
	assert_string_equal(j.reason, "port-not-enabled");
	assert_int_equal(socket_set_enabled(f.db, "/dev/camherd-none", true, &e), 0);
	memset(&j, 0, sizeof(j));
	j.kind = JOB_IDENTIFY;
	snprintf(j.port, sizeof(j.port), "/dev/camherd-none");
	j = work(&j);
	assert_int_equal(j.state, JOB_FAILED);
	assert_int_equal(j.code, ERR_NOT_FOUND);
}

static void
a_kind_from_elsewhere_is_ended_and_the_next_job_works(void **state)
{
	struct job j = { .kind = JOB_REBUILD };
	sqlite3_stmt *stmt;

	(void)state;
	assert_int_equal(
	    sqlite3_exec(f.db->handle,
		"INSERT INTO job (kind, state, created_s) VALUES ('wat', 'queued', 1)",
		NULL, NULL, NULL),
	    SQLITE_OK);
	j = work(&j);
	assert_int_equal(j.state, JOB_DONE);
	assert_int_equal(
	    sqlite3_prepare_v2(f.db->handle, "SELECT state FROM job WHERE kind = 'wat'",
		-1, &stmt, NULL),
	    SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	assert_string_equal((const char *)sqlite3_column_text(stmt, 0), "failed");
	sqlite3_finalize(stmt);
}

static void
a_range_that_no_flash_has_gets_no_child(void **state)
{
	static const char *const ranges[] = { "at = -4096", "at = 9223372036854771712",
		"at = 268435456", "size = 268435456 + 4096", "size = -4096", "size = 0",
		"at = 100" };
	char sql[120];
	struct job j;
	size_t i;

	(void)state;
	put_script("say fail 1 child - \"a child was started\"");
	for (i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		j = (struct job) { .kind = JOB_ERASE,
			.port = PORT,
			.at = 4096,
			.size = 4096,
			.flags = JOB_FLAG_EXPERIMENTAL };
		submit(&j);
		snprintf(sql, sizeof(sql), "UPDATE job SET %s WHERE id = %lld",
		    ranges[i], (long long)j.id);
		assert_int_equal(
		    sqlite3_exec(f.db->handle, sql, NULL, NULL, NULL), SQLITE_OK);
		j = work_on(&j);
		assert_int_equal(j.state, JOB_REFUSED);
		assert_string_equal(j.reason, "erase-range");
		assert_non_null(strstr(j.message, "whole sectors"));
	}
}

static void
imports_are_taken_as_they_are(void **state)
{
	uint8_t *p = malloc(2 * SIZE);
	struct mkimage m = { .family = IMAGE_FAMILY_XR872,
		.flash_size = SIZE,
		.seed = 5,
		.mac = { 2, 3, 4, 5, 6, 7 } };
	struct dump d;
	struct job j;
	struct err e;

	(void)state;
	assert_true(p != NULL && mkimage_dump(&m, p) == 0);
	memcpy(p + SIZE, p, SIZE);
	j = import(p, 2 * SIZE, 0);
	assert_int_equal(j.state, JOB_DONE);
	assert_non_null(strstr(j.result, "both halves are equal"));
	assert_int_equal(dump_by_id(f.db, j.result_dump_id, &d, &e), 0);
	assert_string_equal(d.kind, "import");
	assert_string_equal(d.chip, "xr872");
	assert_string_equal(d.mac, "02:03:04:05:06:07");
	assert_string_equal(d.file, "some file.bin");
	assert_false(d.verified);
	/* Kept once, as two reads that agree. */
	assert_int_equal(d.size, SIZE);
	assert_int_equal(d.passes, 2);
	assert_int_equal(store_check(f.store, d.sha256, SIZE, &e), 0);
	assert_non_null(strstr(d.note, "2 agreeing reads"));
	j = import_with(p, 2 * SIZE, 0, JOB_FLAG_AS_IS);
	assert_int_equal(j.state, JOB_DONE);
	assert_int_equal(dump_by_id(f.db, j.result_dump_id, &d, &e), 0);
	assert_int_equal(d.size, 2 * SIZE);
	j = import(p, 0, 0);
	assert_int_equal(j.state, JOB_REFUSED);
	free(p);
}

static void
what_is_no_upload_is_not_opened(void **state)
{
	struct job j = { .kind = JOB_IMPORT,
		.incoming = "0123456789abcdef0123456789abcdef" };
	struct job k = { .kind = JOB_IMPORT,
		.incoming = "0123456789abcdef0123456789abcde0" };
	struct job l = { .kind = JOB_IMPORT,
		.incoming = "0123456789abcdef0123456789abcde1" };

	(void)state;
	run_command("ln -s /etc/passwd %s/incoming/%s", f.conf.state, j.incoming);
	j = work(&j);
	assert_int_equal(j.state, JOB_FAILED);
	run_command("mkfifo %s/incoming/%s", f.conf.state, k.incoming);
	k = work(&k);
	assert_int_equal(k.state, JOB_REFUSED);
	run_command("truncate -s 40M %s/incoming/%s", f.conf.state, l.incoming);
	l = work(&l);
	assert_int_equal(l.state, JOB_REFUSED);
	assert_string_equal(l.reason, "image-too-large");
}

static void
the_last_verified_backup_is_kept(void **state)
{
	struct camera c = { .name = "shed", .enabled = true };
	struct job j = { .kind = JOB_REMOVE };
	struct dump d = { .size = 5, .verified = true, .kind = "backup" }, other;
	struct err e;

	(void)state;
	assert_int_equal(camera_add(f.db, &c, &e), 0);
	memset(d.sha256, 'a', 64);
	d.camera_id = c.id;
	snprintf(d.sidecar, sizeof(d.sidecar), "none.json");
	assert_int_equal(dump_add(f.db, &d, &e), 0);
	j.dump_id = d.id;
	j = work(&j);
	assert_int_equal(j.state, JOB_REFUSED);
	assert_string_equal(j.reason, "last-verified");
	assert_int_equal(dump_by_id(f.db, d.id, &d, &e), 0);
	/* A damaged one beside it is none. */
	other = d;
	memset(other.sha256, 'b', 64);
	snprintf(other.sidecar, sizeof(other.sidecar), "other.json");
	assert_int_equal(dump_add(f.db, &other, &e), 0);
	assert_int_equal(dump_set_damaged(f.db, other.sha256, true, &e), 1);
	memset(&j, 0, sizeof(j));
	j.kind = JOB_REMOVE;
	j.dump_id = d.id;
	j = work(&j);
	assert_string_equal(j.reason, "last-verified");
	assert_int_equal(dump_remove(f.db, other.id, &e), 0);
	memset(&j, 0, sizeof(j));
	j.kind = JOB_REMOVE;
	j.dump_id = d.id;
	j.flags = JOB_FLAG_FORCE;
	j = work(&j);
	assert_int_equal(j.state, JOB_DONE);
	assert_int_equal(dump_by_id(f.db, d.id, &d, &e), -1);
}

static void
a_scrub_finds_one_flipped_bit(void **state)
{
	struct job j = { .kind = JOB_SCRUB };
	struct dump d;
	struct err e;
	char path[300], byte;
	int fd;

	(void)state;
	assert_int_equal(dump_by_id(f.db, import_dump(9), &d, &e), 0);
	j = work(&j);
	assert_int_equal(j.state, JOB_DONE);
	snprintf(path, sizeof(path), "%s/dumps/%s.bin", f.conf.state, d.sha256);
	assert_int_equal(chmod(path, 0640), 0);
	fd = open(path, O_RDWR);
	assert_int_equal(pread(fd, &byte, 1, 4711), 1);
	byte = (char)(byte ^ 8);
	assert_int_equal(pwrite(fd, &byte, 1, 4711), 1);
	close(fd);
	memset(&j, 0, sizeof(j));
	j.kind = JOB_SCRUB;
	j = work(&j);
	assert_int_equal(j.state, JOB_FAILED);
	assert_int_equal(j.code, ERR_MISMATCH);
	assert_non_null(strstr(j.result, "\"damaged\":1"));
	assert_int_equal(unlink(path), 0);
}

/* Somebody found this one to be bad: flashd looks, and leaves the others alone. */
static void
a_scrub_of_one_marks_it_and_takes_the_mark_away(void **state)
{
	struct job j = { .kind = JOB_SCRUB };
	struct dump d, other;
	char path[300];
	struct err e;

	(void)state;
	assert_int_equal(dump_by_id(f.db, import_dump(12), &d, &e), 0);
	assert_int_equal(dump_by_id(f.db, import_dump(13), &other, &e), 0);
	snprintf(path, sizeof(path), "%s/dumps/%s.bin", f.conf.state, d.sha256);
	run_command("mv %s %s.kept && : > %s", path, path, path);
	run_command("mv %s/dumps/%s.bin %s.other", f.conf.state, other.sha256, path);
	assert_int_equal(job_submit_scrub(f.db, &d, true, &j, &e), 0);
	j.dump_id = d.id;
	j = work(&j);
	assert_int_equal(j.state, JOB_FAILED);
	assert_string_equal(j.reason, "dump-damaged");
	assert_non_null(strstr(j.result, "\"damaged\":1"));
	assert_int_equal(dump_by_id(f.db, d.id, &d, &e), 0);
	assert_true(d.damaged);
	assert_int_equal(dump_by_id(f.db, other.id, &other, &e), 0);
	assert_false(other.missing || other.damaged);
	run_command("mv -f %s.kept %s", path, path);
	memset(&j, 0, sizeof(j));
	j.kind = JOB_SCRUB;
	j.dump_id = d.id;
	j = work(&j);
	assert_int_equal(j.state, JOB_DONE);
	assert_int_equal(dump_by_id(f.db, d.id, &d, &e), 0);
	assert_false(d.damaged);
	/* What is gone is marked, also when its row said so before. */
	memset(&j, 0, sizeof(j));
	j.kind = JOB_SCRUB;
	j.dump_id = other.id;
	j = work(&j);
	assert_int_equal(j.state, JOB_FAILED);
	assert_int_equal(dump_by_id(f.db, other.id, &other, &e), 0);
	assert_true(other.missing);
	run_command("mv %s.other %s/dumps/%s.bin", path, f.conf.state, other.sha256);
	memset(&j, 0, sizeof(j));
	j.kind = JOB_SCRUB;
	j.dump_id = other.id;
	j = work(&j);
	assert_int_equal(j.state, JOB_DONE);
	assert_int_equal(dump_by_id(f.db, other.id, &other, &e), 0);
	assert_false(other.missing);
}

static void
rebuild_counts_what_it_mends(void **state)
{
	struct job j = { .kind = JOB_REBUILD };
	int64_t id = import_dump(11);
	struct err e;

	(void)state;
	assert_int_equal(dump_remove(f.db, id, &e), 0);
	j = work(&j);
	assert_int_equal(j.state, JOB_DONE);
	assert_non_null(strstr(j.result, "\"added\":1"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_honest_child_makes_a_backup),
		cmocka_unit_test(a_sealed_backup_counts_whatever_its_child_does_then),
		cmocka_unit_test(children_that_lie_are_ended),
		cmocka_unit_test(a_dump_that_is_not_what_it_says_gets_no_go),
		cmocka_unit_test(the_parent_refuses_what_its_child_would_not),
		cmocka_unit_test(a_touched_chip_is_interrupted_however_it_ends),
		cmocka_unit_test(an_unplugged_job_waits_and_not_for_ever),
		cmocka_unit_test(another_camera_than_the_named_one_is_refused),
		cmocka_unit_test(a_known_chip_finds_its_camera),
		cmocka_unit_test(a_port_that_is_off_or_gone_gets_no_child),
		cmocka_unit_test(a_range_that_no_flash_has_gets_no_child),
		cmocka_unit_test(imports_are_taken_as_they_are),
		cmocka_unit_test(what_is_no_upload_is_not_opened),
		cmocka_unit_test(the_last_verified_backup_is_kept),
		cmocka_unit_test(a_scrub_finds_one_flipped_bit),
		cmocka_unit_test(a_scrub_of_one_marks_it_and_takes_the_mark_away),
		cmocka_unit_test(a_kind_from_elsewhere_is_ended_and_the_next_job_works),
		cmocka_unit_test(rebuild_counts_what_it_mends),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
