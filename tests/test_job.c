/* SPDX-License-Identifier: GPL-3.0-or-later */
/* db/job*.c: the state machine, what a job must bring, claiming, ending, recovering. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "common/said.h"
#include "db/camera.h"
#include "db/dump.h"
#include "db/job.h"
#include "db/socket.h"
#include "tests/dbtest.h"

#define HEX32 "0123456789abcdef0123456789abcdef"

/* The table of decisions, written a second time: rows from, columns to, in the order
 * queued running waiting done failed refused cancelled interrupted. */
static const char *const wanted[N_JOB_STATES] = {
	[JOB_QUEUED] = "-r----c-",
	[JOB_RUNNING] = "--wdfxci",
	[JOB_WAITING] = "-r------",
	[JOB_DONE] = "--------",
	[JOB_FAILED] = "--------",
	[JOB_REFUSED] = "--------",
	[JOB_CANCELLED] = "--------",
	[JOB_INTERRUPTED] = "q-----c-",
};

static void
every_pair_of_states_is_as_decided(void **state)
{
	unsigned from, to;

	(void)state;
	for (from = 0; from < N_JOB_STATES; from++) {
		for (to = 0; to < N_JOB_STATES; to++) {
			if (job_may_go(from, to) != (wanted[from][to] != '-'))
				fail_msg("%s -> %s", job_state_name(from),
				    job_state_name(to));
		}
		assert_int_equal(
		    job_state_is_final(from), strchr("dfxc", "qrwdfxci"[from]) != NULL);
	}
	assert_false(job_may_go(N_JOB_STATES, JOB_QUEUED));
	assert_false(job_may_go(JOB_QUEUED, N_JOB_STATES));
}

static void
names_go_there_and_back(void **state)
{
	enum job_state s;
	enum job_kind k;
	unsigned i;

	(void)state;
	for (i = 0; i < N_JOB_KINDS; i++) {
		assert_int_equal(job_kind_parse(job_kind_name(i), &k), 0);
		assert_int_equal(k, i);
	}
	for (i = 0; i < N_JOB_STATES; i++) {
		assert_int_equal(job_state_parse(job_state_name(i), &s), 0);
		assert_int_equal(s, i);
	}
	assert_int_equal(job_kind_parse("format", &k), -1);
	assert_int_equal(job_state_parse("", &s), -1);
	assert_string_equal(job_kind_name(N_JOB_KINDS), "?");
	assert_true(job_kind_writes(JOB_ERASE) && job_kind_writes(JOB_FLASH));
	assert_false(job_kind_writes(JOB_VERIFY));
	assert_true(job_kind_needs_port(JOB_IDENTIFY));
	assert_false(job_kind_needs_port(JOB_IMPORT));
}

static int64_t
submit(struct db *db, enum job_kind kind, const char *port)
{
	struct err e = { .code = ERR_NONE };
	struct job j = { .kind = kind, .asked_by = "test" };

	snprintf(j.port, sizeof(j.port), "%s", port);
	if (kind == JOB_ERASE)
		j.size = 4096;
	if (kind == JOB_RESTORE) {
		snprintf(j.incoming, sizeof(j.incoming), "%s", HEX32);
		snprintf(j.identity, sizeof(j.identity), "donor");
	}
	if (kind == JOB_IMPORT)
		snprintf(j.incoming, sizeof(j.incoming), "%s", HEX32);
	assert_ok(job_submit(db, &j, &e), e);
	assert_true(j.id > 0);
	assert_int_equal(j.state, JOB_QUEUED);
	return j.id;
}

/* Bring a new job into the state, by the ways that exist. */
static int64_t
job_in(struct db *db, enum job_state s)
{
	struct err e = { .code = ERR_NONE };
	int64_t id = submit(db, JOB_SCRUB, "");

	if (s == JOB_QUEUED)
		return id;
	assert_ok(job_set_state(db, id, JOB_RUNNING, &e), e);
	if (s != JOB_RUNNING)
		assert_ok(job_set_state(db, id, s, &e), e);
	return id;
}

static void
set_state_takes_and_refuses_every_pair(void **state)
{
	struct dbtest *t = *state;
	struct err e;
	struct job j;
	unsigned from, to;
	int64_t id;
	int r;

	for (from = 0; from < N_JOB_STATES; from++) {
		for (to = 0; to < N_JOB_STATES; to++) {
			id = job_in(t->db, from);
			r = job_set_state(t->db, id, to, &e);
			assert_int_equal(r, wanted[from][to] != '-' ? 0 : -1);
			if (r < 0)
				assert_string_equal(e.name, "job-state");
			assert_ok(job_by_id(t->db, id, &j, &e), e);
			assert_int_equal(j.state, r == 0 ? to : from);
			/* Leave nothing that waits: the queue has an end. */
			if (!job_state_is_final(j.state))
				dbtest_sql(t, "UPDATE job SET state = 'done'");
		}
	}
}

static void
times_follow_the_states(void **state)
{
	struct dbtest *t = *state;
	struct err e;
	struct job j;
	int64_t id;

	db_set_clock(t->db, 1000);
	id = submit(t->db, JOB_SCRUB, "");
	db_set_clock(t->db, 1010);
	assert_int_equal(job_claim(t->db, NULL, 0, &j, &e), 1);
	assert_int_equal(j.id, id);
	assert_int_equal(j.created_s, 1000);
	assert_int_equal(j.started_s, 1010);
	db_set_clock(t->db, 1020);
	assert_ok(job_set_state(t->db, id, JOB_WAITING, &e), e);
	assert_ok(job_set_state(t->db, id, JOB_RUNNING, &e), e);
	assert_ok(job_by_id(t->db, id, &j, &e), e);
	assert_int_equal(j.started_s, 1010);
	assert_int_equal(j.ended_s, 0);
	assert_ok(job_set_state(t->db, id, JOB_INTERRUPTED, &e), e);
	assert_ok(job_by_id(t->db, id, &j, &e), e);
	assert_int_equal(j.ended_s, 1020);
	assert_ok(job_resume(t->db, id, &e), e);
	assert_ok(job_by_id(t->db, id, &j, &e), e);
	assert_int_equal(j.started_s, 0);
	assert_int_equal(j.ended_s, 0);
}

struct bad {
	const char *why;
	struct job j;
};

static const struct bad bads[] = {
	{ "no port", { .kind = JOB_BACKUP } },
	{ "a port it does not need", { .kind = JOB_SCRUB, .port = "p" } },
	{ "unknown kind", { .kind = N_JOB_KINDS, .port = "p" } },
	{ "control character", { .kind = JOB_BACKUP, .port = "p\n" } },
	{ "control character in the user",
	    { .kind = JOB_BACKUP, .port = "p", .asked_by = "\033" } },
	{ "no image", { .kind = JOB_FLASH, .port = "p" } },
	{ "two images",
	    { .kind = JOB_FLASH, .port = "p", .incoming = HEX32, .dump_id = 1 } },
	{ "image for a backup",
	    { .kind = JOB_BACKUP, .port = "p", .incoming = HEX32 } },
	{ "verify a file", { .kind = JOB_VERIFY, .port = "p", .incoming = HEX32 } },
	{ "remove nothing", { .kind = JOB_REMOVE } },
	{ "import nothing", { .kind = JOB_IMPORT } },
	{ "a path for incoming",
	    { .kind = JOB_IMPORT, .incoming = "../../../../etc/passwd" } },
	{ "upper case incoming",
	    { .kind = JOB_IMPORT, .incoming = "0123456789ABCDEF0123456789abcdef" } },
	{ "erase nothing", { .kind = JOB_ERASE, .port = "p" } },
	{ "erase half a sector", { .kind = JOB_ERASE, .port = "p", .size = 2048 } },
	{ "erase from half a sector",
	    { .kind = JOB_ERASE, .port = "p", .at = 1, .size = 4096 } },
	{ "erase beyond any chip",
	    { .kind = JOB_ERASE, .port = "p", .size = UINT64_MAX - 4095 } },
	{ "range for a backup", { .kind = JOB_BACKUP, .port = "p", .size = 4096 } },
	{ "slow baud", { .kind = JOB_BACKUP, .port = "p", .baud = 300 } },
	{ "fast baud", { .kind = JOB_BACKUP, .port = "p", .baud = 4000000 } },
	{ "identity for a backup",
	    { .kind = JOB_BACKUP, .port = "p", .identity = "donor" } },
	{ "unknown identity",
	    { .kind = JOB_RESTORE,
		.port = "p",
		.incoming = HEX32,
		.identity = "twin" } },
	{ "unknown flag", { .kind = JOB_BACKUP, .port = "p", .flags = 4096 } },
};

static void
submit_refuses_what_makes_no_sense(void **state)
{
	struct dbtest *t = *state;
	struct err e;
	struct job j;
	size_t i;

	for (i = 0; i < sizeof(bads) / sizeof(bads[0]); i++) {
		j = bads[i].j;
		if (job_submit(t->db, &j, &e) != -1 || e.code != ERR_USAGE)
			fail_msg("%s", bads[i].why);
	}
	assert_int_equal(dbtest_sql(t, "SELECT count(*) FROM job"), 0);
}

static void
submit_refuses_missing_rows_and_keeps_identities(void **state)
{
	struct job j = { .kind = JOB_BACKUP, .port = "p", .camera_id = 7 };
	struct dump d = { .size = 4096, .kind = "import", .sidecar = "x.json" };
	struct dbtest *t = *state;
	struct err e;

	assert_err(job_submit(t->db, &j, &e), e, ERR_NOT_FOUND, "camera-unknown");
	j = (struct job) { .kind = JOB_VERIFY, .port = "p", .dump_id = 7 };
	assert_err(job_submit(t->db, &j, &e), e, ERR_NOT_FOUND, "dump-unknown");
	memset(d.sha256, 'a', 64);
	assert_ok(dump_add(t->db, &d, &e), e);
	j.dump_id = d.id;
	assert_ok(job_submit(t->db, &j, &e), e);
	assert_ok(dump_set_missing(t->db, d.id, true, &e), e);
	j = (struct job) { .kind = JOB_VERIFY, .port = "p", .dump_id = d.id };
	assert_err(job_submit(t->db, &j, &e), e, ERR_NOT_FOUND, "dump-missing");
	/* A row without its file can still be removed. */
	j = (struct job) { .kind = JOB_REMOVE, .dump_id = d.id };
	assert_ok(job_submit(t->db, &j, &e), e);
	j = (struct job) {
		.kind = JOB_RESTORE, .port = "p", .incoming = HEX32, .identity = "blank"
	};
	assert_ok(job_submit(t->db, &j, &e), e);
	assert_string_equal(j.identity, "blank");
	/* Who says nothing keeps the camera's own. */
	j.identity[0] = '\0';
	assert_ok(job_submit(t->db, &j, &e), e);
	assert_string_equal(j.identity, "keep");
}

static void
submit_keeps_every_field(void **state)
{
	struct job j = { .kind = JOB_RESTORE,
		.port = "pci-1",
		.incoming = HEX32,
		.file = "back up.bin",
		.baud = 921600,
		.identity = "donor",
		.flags = JOB_FLAG_EXPERIMENTAL,
		.asked_by = "ann" };
	struct dbtest *t = *state;
	struct job got;
	struct err e;

	assert_ok(socket_set_name(t->db, "pci-1", "left", &e), e);
	assert_ok(job_submit(t->db, &j, &e), e);
	assert_ok(job_by_id(t->db, j.id, &got, &e), e);
	assert_int_equal(got.kind, JOB_RESTORE);
	assert_string_equal(got.port, "pci-1");
	assert_string_equal(got.port_name, "left");
	assert_string_equal(got.incoming, HEX32);
	assert_string_equal(got.file, "back up.bin");
	assert_string_equal(got.identity, "donor");
	assert_string_equal(got.asked_by, "ann");
	assert_string_equal(got.result, "{}");
	assert_int_equal(got.baud, 921600);
	assert_int_equal(got.flags, JOB_FLAG_EXPERIMENTAL);
	assert_false(got.touched || got.cancel_asked);
	j = (struct job) { .kind = JOB_ERASE, .port = "p", .at = 8192, .size = 4096 };
	assert_ok(job_submit(t->db, &j, &e), e);
	assert_int_equal(j.at, 8192);
	assert_int_equal(j.size, 4096);
}

static void
the_queue_has_an_end(void **state)
{
	struct job j = { .kind = JOB_SCRUB };
	struct dbtest *t = *state;
	int64_t stuck;
	struct err e;
	int i;

	stuck = job_in(t->db, JOB_INTERRUPTED);
	for (i = 0; i < 200; i++)
		submit(t->db, JOB_SCRUB, "");
	assert_err(job_submit(t->db, &j, &e), e, ERR_REFUSED, "too-many-jobs");
	assert_err(job_resume(t->db, stuck, &e), e, ERR_REFUSED, "too-many-jobs");
	assert_int_equal(job_claim(t->db, NULL, 0, &j, &e), 1);
	assert_ok(job_resume(t->db, stuck, &e), e);
}

static void
claim_takes_the_oldest_of_a_free_port(void **state)
{
	const char *const busy[] = { "a\"\\", "" };
	struct dbtest *t = *state;
	int64_t a, b, b2, none;
	struct err e;
	struct job j;

	a = submit(t->db, JOB_BACKUP, "a\"\\");
	b = submit(t->db, JOB_BACKUP, "b");
	b2 = submit(t->db, JOB_BACKUP, "b");
	none = submit(t->db, JOB_SCRUB, "");
	assert_int_equal(job_claim(t->db, busy, 2, &j, &e), 1);
	assert_int_equal(j.id, b);
	assert_int_equal(j.state, JOB_RUNNING);
	/* b's port works now, so its second job stays although nobody calls it busy. */
	assert_int_equal(job_claim(t->db, busy, 2, &j, &e), 1);
	assert_int_equal(j.id, none);
	assert_int_equal(job_claim(t->db, busy, 2, &j, &e), 0);
	assert_int_equal(job_claim(t->db, NULL, 0, &j, &e), 1);
	assert_int_equal(j.id, a);
	assert_ok(job_set_state(t->db, b, JOB_WAITING, &e), e);
	assert_int_equal(job_claim(t->db, NULL, 0, &j, &e), 0);
	assert_ok(job_set_state(t->db, b, JOB_RUNNING, &e), e);
	assert_ok(job_set_state(t->db, b, JOB_DONE, &e), e);
	assert_int_equal(job_claim(t->db, NULL, 0, &j, &e), 1);
	assert_int_equal(j.id, b2);
}

static void
cancel_ends_what_waits_and_asks_what_runs(void **state)
{
	struct dbtest *t = *state;
	int64_t queued, running, stopped;
	struct err e;
	struct job j;

	queued = submit(t->db, JOB_SCRUB, "");
	assert_ok(job_cancel(t->db, queued, &e), e);
	assert_ok(job_by_id(t->db, queued, &j, &e), e);
	assert_int_equal(j.state, JOB_CANCELLED);
	assert_err(job_cancel(t->db, queued, &e), e, ERR_USAGE, "job-ended");
	running = job_in(t->db, JOB_RUNNING);
	assert_ok(job_cancel(t->db, running, &e), e);
	assert_ok(job_by_id(t->db, running, &j, &e), e);
	assert_int_equal(j.state, JOB_RUNNING);
	assert_true(j.cancel_asked);
	stopped = job_in(t->db, JOB_INTERRUPTED);
	assert_err(job_cancel(t->db, stopped, &e), e, ERR_USAGE, "job-interrupted");
	assert_err(job_cancel(t->db, 999, &e), e, ERR_NOT_FOUND, "job-unknown");
}

static void
only_interrupted_jobs_resume_or_are_given_up(void **state)
{
	struct dbtest *t = *state;
	struct err e;
	struct job j;
	unsigned s;
	int64_t id;

	for (s = 0; s < N_JOB_STATES; s++) {
		id = job_in(t->db, s);
		if (s == JOB_INTERRUPTED)
			continue;
		assert_err(job_resume(t->db, id, &e), e, ERR_USAGE, "job-state");
		assert_err(job_give_up(t->db, id, &e), e, ERR_USAGE, "job-state");
	}
	id = job_in(t->db, JOB_INTERRUPTED);
	assert_ok(job_give_up(t->db, id, &e), e);
	assert_ok(job_by_id(t->db, id, &j, &e), e);
	assert_int_equal(j.state, JOB_CANCELLED);
}

static void
finish_writes_the_end(void **state)
{
	struct dbtest *t = *state;
	struct job j = { .kind = JOB_SCRUB }, got;
	struct err e;

	j.id = job_in(t->db, JOB_WAITING);
	err_set(&e, ERR_REFUSED, "image-other-chip", "No, %s.", "it is not");
	job_says(&j, &e);
	snprintf(j.result, sizeof(j.result), "{\"erased\":0}");
	assert_ok(job_finish(t->db, &j, JOB_REFUSED, &e), e);
	assert_ok(job_by_id(t->db, j.id, &got, &e), e);
	assert_int_equal(got.state, JOB_REFUSED);
	assert_int_equal(got.code, ERR_REFUSED);
	assert_string_equal(got.reason, "image-other-chip");
	assert_string_equal(got.message, "No, it is not.");
	assert_string_equal(got.message_params, "14:4+9");
	assert_string_equal(got.result, "{\"erased\":0}");
	assert_err(job_finish(t->db, &j, JOB_DONE, &e), e, ERR_USAGE, "job-state");
	j.id = job_in(t->db, JOB_RUNNING);
	assert_err(job_finish(t->db, &j, JOB_WAITING, &e), e, ERR_USAGE, "job-state");
	j.id = job_in(t->db, JOB_QUEUED);
	assert_err(job_finish(t->db, &j, JOB_DONE, &e), e, ERR_USAGE, "job-state");
	/* A refused end leaves nothing behind. */
	assert_ok(job_by_id(t->db, j.id, &got, &e), e);
	assert_string_equal(got.reason, "");
}

static void
a_touched_chip_is_never_just_cancelled(void **state)
{
	struct dbtest *t = *state;
	struct job j = { .code = ERR_FAILED };
	struct err e;

	j.id = job_in(t->db, JOB_RUNNING);
	assert_ok(job_set_touched(t->db, j.id, &e), e);
	assert_ok(job_finish(t->db, &j, JOB_CANCELLED, &e), e);
	assert_ok(job_by_id(t->db, j.id, &j, &e), e);
	assert_int_equal(j.state, JOB_INTERRUPTED);
	assert_true(j.touched);
	j.id = job_in(t->db, JOB_RUNNING);
	j.touched = false;
	assert_ok(job_finish(t->db, &j, JOB_CANCELLED, &e), e);
	assert_ok(job_by_id(t->db, j.id, &j, &e), e);
	assert_int_equal(j.state, JOB_CANCELLED);
}

/* What recovery makes of a job of this kind that was running. */
static enum job_state
recovered(
    struct dbtest *t, enum job_kind kind, bool touched, bool cancel, int64_t *ret_id)
{
	int64_t id = submit(t->db, kind, job_kind_needs_port(kind) ? "p" : "");
	struct err e;
	unsigned n;
	struct job j;

	assert_ok(job_set_state(t->db, id, JOB_RUNNING, &e), e);
	if (touched)
		assert_ok(job_set_touched(t->db, id, &e), e);
	if (cancel)
		assert_ok(job_cancel(t->db, id, &e), e);
	assert_ok(job_recover(t->db, &n, &e), e);
	assert_int_equal(n, 1);
	assert_ok(job_by_id(t->db, id, &j, &e), e);
	*ret_id = id;
	return j.state;
}

static void
recovery_requeues_reading_once_and_never_a_write(void **state)
{
	struct dbtest *t = *state;
	struct err e;
	struct job j;
	int64_t id;
	unsigned n;

	assert_int_equal(recovered(t, JOB_IDENTIFY, false, false, &id), JOB_QUEUED);
	assert_int_equal(recovered(t, JOB_IMPORT, false, false, &id), JOB_QUEUED);
	assert_int_equal(recovered(t, JOB_RESTORE, false, false, &id), JOB_INTERRUPTED);
	assert_int_equal(recovered(t, JOB_RESTORE, true, false, &id), JOB_INTERRUPTED);
	assert_int_equal(recovered(t, JOB_ERASE, true, true, &id), JOB_INTERRUPTED);
	assert_int_equal(recovered(t, JOB_ERASE, false, true, &id), JOB_CANCELLED);
	assert_int_equal(recovered(t, JOB_SCRUB, false, false, &id), JOB_INTERRUPTED);
	assert_int_equal(recovered(t, JOB_BACKUP, false, false, &id), JOB_QUEUED);
	assert_ok(job_by_id(t->db, id, &j, &e), e);
	assert_string_equal(j.reason, "");
	assert_string_equal(j.message_params, "");
	/* The second death is no accident. */
	assert_ok(job_set_state(t->db, id, JOB_RUNNING, &e), e);
	assert_ok(job_set_state(t->db, id, JOB_WAITING, &e), e);
	assert_ok(job_recover(t->db, &n, &e), e);
	assert_int_equal(n, 1);
	assert_ok(job_by_id(t->db, id, &j, &e), e);
	assert_int_equal(j.state, JOB_INTERRUPTED);
	assert_string_equal(j.reason, "flashd-ended");
	assert_int_equal(said_unpack(&e, j.message, j.message_params), 0);
	/* More is known of it later; and going on forgets it. */
	err_set(&e, ERR_FAILED, "", "sector %d is open", 7);
	assert_ok(job_set_message(t->db, id, &e, &e), e);
	assert_ok(job_by_id(t->db, id, &j, &e), e);
	assert_string_equal(j.message, "sector 7 is open");
	assert_string_equal(j.message_params, "16:7+1");
	assert_ok(job_resume(t->db, id, &e), e);
	assert_ok(job_by_id(t->db, id, &j, &e), e);
	assert_string_equal(j.message, "");
	assert_string_equal(j.message_params, "");
	assert_ok(job_set_state(t->db, id, JOB_RUNNING, &e), e);
	assert_ok(job_recover(t->db, &n, &e), e);
	assert_int_equal(n, 1);
	assert_ok(job_recover(t->db, &n, &e), e);
	assert_int_equal(n, 0);
}

static bool
collect(const struct job *j, void *arg)
{
	char *list = arg;
	size_t n = strlen(list);

	snprintf(list + n, 100 - n, "%lld ", (long long)j->id);
	return n < 90;
}

static void
each_lists_newest_first(void **state)
{
	struct dbtest *t = *state;
	char all[100] = "", open[100] = "", two[100] = "";
	struct err e;

	job_in(t->db, JOB_DONE);
	job_in(t->db, JOB_QUEUED);
	job_in(t->db, JOB_INTERRUPTED);
	job_in(t->db, JOB_FAILED);
	assert_ok(job_each(t->db, false, 100, collect, all, &e), e);
	assert_string_equal(all, "4 3 2 1 ");
	assert_ok(job_each(t->db, true, 100, collect, open, &e), e);
	assert_string_equal(open, "3 2 ");
	assert_ok(job_each(t->db, false, 2, collect, two, &e), e);
	assert_string_equal(two, "4 3 ");
}

static void
a_removed_camera_leaves_its_jobs(void **state)
{
	struct camera c = { .name = "yard", .enabled = true };
	struct dbtest *t = *state;
	struct err e;
	struct job j;
	int64_t id;

	assert_ok(camera_add(t->db, &c, &e), e);
	id = submit(t->db, JOB_BACKUP, "p");
	assert_ok(job_set_camera(t->db, id, c.id, &e), e);
	assert_ok(job_by_id(t->db, id, &j, &e), e);
	assert_string_equal(j.camera, "yard");
	assert_ok(camera_remove(t->db, c.id, &e), e);
	assert_ok(job_by_id(t->db, id, &j, &e), e);
	assert_int_equal(j.camera_id, 0);
	assert_string_equal(j.camera, "");
}

static bool
count_job(const struct job *j, void *arg)
{
	unsigned *n = arg;

	assert_true((unsigned)j->kind < N_JOB_KINDS);
	(*n)++;
	return true;
}

static void
a_kind_from_elsewhere_stops_nothing(void **state)
{
	struct dbtest *t = *state;
	int64_t id, first;
	unsigned n = 0;
	struct err e;
	struct job j;

	first = submit(t->db, JOB_SCRUB, "");
	dbtest_sql(t,
	    "INSERT INTO job (kind, state, created_s) VALUES "
	    "('wat', 'queued', 1), ('wat', 'running', 1)");
	dbtest_sql(
	    t, "UPDATE job SET kind = 'wat' WHERE id = (SELECT min(id) FROM job)");
	id = submit(t->db, JOB_SCRUB, "");
	assert_ok(job_each(t->db, true, 1, count_job, &n, &e), e);
	assert_ok(job_each(t->db, false, 9, count_job, &n, &e), e);
	assert_int_equal(n, 2);
	assert_err(job_by_id(t->db, first, &j, &e), e, ERR_FAILED, "job-unknown-kind");
	assert_int_equal(job_claim(t->db, NULL, 0, &j, &e), 1);
	assert_int_equal(j.id, id);
	assert_int_equal(job_claim(t->db, NULL, 0, &j, &e), 0);
	assert_ok(job_end_unknown(t->db, &n, &e), e);
	assert_int_equal(n, 3);
	assert_int_equal(dbtest_sql(t,
			     "SELECT count(*) FROM job WHERE kind = 'wat' AND "
			     "state = 'failed' AND code = 1 AND message <> ''"),
	    3);
	assert_ok(job_end_unknown(t->db, &n, &e), e);
	assert_int_equal(n, 0);
}

static void
recovery_passes_over_a_kind_from_elsewhere(void **state)
{
	struct dbtest *t = *state;
	struct err e;
	unsigned n;

	dbtest_sql(
	    t, "INSERT INTO job (kind, state, created_s) VALUES ('wat', 'running', 1)");
	assert_ok(job_recover(t->db, &n, &e), e);
	assert_int_equal(n, 0);
}

#define DB_TEST(f) cmocka_unit_test_setup_teardown(f, dbtest_setup, dbtest_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_pair_of_states_is_as_decided),
		cmocka_unit_test(names_go_there_and_back),
		DB_TEST(set_state_takes_and_refuses_every_pair),
		DB_TEST(times_follow_the_states),
		DB_TEST(submit_refuses_what_makes_no_sense),
		DB_TEST(submit_refuses_missing_rows_and_keeps_identities),
		DB_TEST(submit_keeps_every_field),
		DB_TEST(the_queue_has_an_end),
		DB_TEST(claim_takes_the_oldest_of_a_free_port),
		DB_TEST(cancel_ends_what_waits_and_asks_what_runs),
		DB_TEST(only_interrupted_jobs_resume_or_are_given_up),
		DB_TEST(finish_writes_the_end),
		DB_TEST(a_touched_chip_is_never_just_cancelled),
		DB_TEST(recovery_requeues_reading_once_and_never_a_write),
		DB_TEST(each_lists_newest_first),
		DB_TEST(a_removed_camera_leaves_its_jobs),
		DB_TEST(a_kind_from_elsewhere_stops_nothing),
		DB_TEST(recovery_passes_over_a_kind_from_elsewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
