/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Restores whose worker, whose flashd, or both are killed at any moment, and restores
 * under which the adapter is pulled out and put in again with another camera: each one
 * goes on to the exact image, without a backup of the half-written chip, and the other
 * camera gets not a byte. CHECK_RESTORE_KILLS is how many kills (25; 500 in
 * check-long), CHECK_SWAPS how many swaps (2; 200), SEED where they begin.
 */
#include "config.h"

#include "tests/unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/bell.h"
#include "common/err.h"
#include "common/file.h"
#include "common/loop.h"
#include "db/db.h"
#include "db/dump.h"
#include "db/job.h"
#include "db/live.h"
#include "flashd/engine/journal.h"
#include "tests/sim/mkimage.h"
#include "tests/simrun.h"

#define SIZE (256u * 1024)
#define SECTOR 4096u
#define MINE "00112233445566778899aabbccddee01"
#define OTHER "00112233445566778899aabbccddee02"
#define PATIENCE_US 120000000ll

enum victim { WORKER, PARENT, BOTH, N_VICTIMS };

static struct simrun sim;
static char state_dir[80], run_dir[80], conf_file[80];
static struct db *db;
static struct live *live;
static pid_t flashd;
static uint8_t *image[2];
static int64_t dump_of[2];
static uint32_t seed, differ; /* sectors */

static unsigned
number_of(const char *name, unsigned otherwise)
{
	const char *text = getenv(name);

	return text != NULL && *text != '\0' ? (unsigned)strtoul(text, NULL, 10)
					     : otherwise;
}

/* Left out of most of `make distcheck`, as the other tests of whole daemons are. */
static bool
is_short(void)
{
	const char *scale = getenv("CHECK_SCALE");

	return scale != NULL && strcmp(scale, "short") == 0;
}

static uint32_t
rnd(uint32_t n)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % n;
}

static void
pause_us(long us)
{
	struct timespec t = { 0, us * 1000 };

	(void)ppoll(NULL, 0, &t, NULL);
}

static void
start_flashd(void)
{
	const char *top = getenv("top_builddir");
	char path[1024], log[100];
	int fd;

	snprintf(path, sizeof(path), "%s/flashd/flashd", top != NULL ? top : ".");
	snprintf(log, sizeof(log), "%s/log", sim.dir);
	fflush(stdout);
	assert_true((flashd = fork()) >= 0);
	if (flashd > 0)
		return;
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	if ((fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) < 0 ||
	    dup2(fd, STDERR_FILENO) < 0)
		_exit(126);
	execl(path, "flashd", "-c", conf_file, (char *)NULL);
	_exit(127);
}

static void
ring(void)
{
	bell_ring(run_dir, "flashd");
}

static struct job
job_now(int64_t id)
{
	struct job j;
	struct err e;

	if (job_by_id(db, id, &j, &e) < 0)
		fail_msg("%s", e.msg);
	return j;
}

static bool
job_is_over(int64_t id)
{
	const enum job_state state = job_now(id).state;

	return job_state_is_final(state) || state == JOB_INTERRUPTED;
}

/* Until the job has ended, well or not. */
static struct job
wait_for_end(int64_t id)
{
	int64_t end_us = loop_now_us() + PATIENCE_US;

	while (!job_is_over(id)) {
		if (loop_now_us() > end_us)
			fail_msg("job %lld is still %s", (long long)id,
			    job_state_name(job_now(id).state));
		pause_us(8000);
	}
	return job_now(id);
}

static void
submit(struct job *j)
{
	struct err e;

	snprintf(j->asked_by, sizeof(j->asked_by), "test");
	if (job_submit(db, j, &e) < 0)
		fail_msg("%s", e.msg);
	ring();
}

static void
import(unsigned which)
{
	struct job j = { .kind = JOB_IMPORT };
	struct err e;
	char path[160];
	int fd;

	snprintf(j.incoming, sizeof(j.incoming), "%032x", which + 1);
	snprintf(j.file, sizeof(j.file), "image.bin");
	snprintf(path, sizeof(path), "%s/incoming/%s", state_dir, j.incoming);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	assert_true(fd >= 0);
	assert_int_equal(file_write_all(fd, image[which], SIZE, &e), 0);
	close(fd);
	submit(&j);
	j = wait_for_end(j.id);
	if (j.state != JOB_DONE)
		fail_msg("%s", j.message);
	dump_of[which] = j.result_dump_id;
}

static void
make_herd(void)
{
	struct err e;
	char path[160];
	FILE *f;

	snprintf(state_dir, sizeof(state_dir), "%s/state", sim.dir);
	snprintf(run_dir, sizeof(run_dir), "%s/run", sim.dir);
	snprintf(conf_file, sizeof(conf_file), "%s/conf", sim.dir);
	snprintf(path, sizeof(path), "%s/incoming", state_dir);
	assert_int_equal(mkdir(state_dir, 0700), 0);
	assert_int_equal(mkdir(run_dir, 0700), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_non_null(f = fopen(conf_file, "we"));
	fprintf(f,
	    "[paths]\nstate = %s\nrun = %s\n[flashd]\nports = %s\nmax_baud = 3000000\n",
	    state_dir, run_dir, sim.link);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(conf_file, 0600), 0);
	if (db_upgrade(state_dir, NULL, NULL, NULL, &e) < 0 ||
	    (db = db_open(state_dir, DB_READ_WRITE, &e)) == NULL ||
	    (live = live_open(run_dir, &e)) == NULL)
		fail_msg("%s", e.msg);
}

static int
setup(void **state)
{
	const char *args[] = { "--unpaced", "--size", "256K", "--seed", "1",
		"--chip-id", MINE, NULL };
	struct mkimage m = { .family = IMAGE_FAMILY_XR872,
		.flash_size = SIZE,
		.small = true,
		.seed = 1 };
	unsigned i;
	FILE *f;

	(void)state;
	if (sodium_init() < 0)
		return -1;
	for (i = 0; i < 2; i++, m.seed++) {
		assert_non_null(image[i] = malloc(SIZE));
		assert_int_equal(mkimage_dump(&m, image[i]), 0);
	}
	for (i = 0; i < SIZE; i += SECTOR)
		differ += memcmp(image[0] + i, image[1] + i, SECTOR) != 0;
	simrun_prepare(&sim);
	assert_non_null(f = fopen(sim.flash, "we"));
	assert_int_equal(fwrite(image[0], 1, SIZE, f), SIZE);
	assert_int_equal(fclose(f), 0);
	simrun_again(&sim, args);
	make_herd();
	start_flashd();
	import(0);
	import(1);
	return 0;
}

static int
teardown(void **state)
{
	struct job j = { .kind = JOB_REBUILD };
	char command[160];
	int status = -1;

	(void)state;
	/* One that was just started knows no SIGTERM yet. */
	submit(&j);
	assert_int_equal(wait_for_end(j.id).state, JOB_DONE);
	kill(flashd, SIGTERM);
	(void)waitpid(flashd, &status, 0);
	live_close(live);
	db_close(db);
	(void)simrun_stop(&sim);
	free(image[0]);
	free(image[1]);
	snprintf(command, sizeof(command), "rm -rf '%s'", sim.dir);
	return system(command) == 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The process's parent, or 0. */
static pid_t
parent_of(const char *pid)
{
	char path[300], text[300];
	const char *at;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%.20s/stat", pid);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		return 0;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return 0;
	text[n] = '\0';
	/* "7 (a name) S 1 …" */
	at = strrchr(text, ')');
	return at == NULL || strlen(at) < 5 ? 0 : (pid_t)strtol(at + 4, NULL, 10);
}

/* The one worker of flashd, or 0. */
static pid_t
worker(void)
{
	DIR *dir = opendir("/proc");
	struct dirent *d;
	pid_t found = 0;

	assert_non_null(dir);
	while (found == 0 && (d = readdir(dir)) != NULL) {
		if (d->d_name[0] >= '1' && d->d_name[0] <= '9' &&
		    parent_of(d->d_name) == flashd)
			found = (pid_t)strtol(d->d_name, NULL, 10);
	}
	closedir(dir);
	return found;
}

/* Wait until the journal has some bytes, or the job is over; then a moment more. any:
 * or at any time before. */
static void
wait_for_moment(int64_t id, bool any)
{
	const off_t want = (off_t)(JOURNAL_HEADER + rnd(3 * differ) * JOURNAL_RECORD);
	int64_t end_us = loop_now_us() + PATIENCE_US;
	unsigned looks = 0;
	struct stat st;
	char path[160];

	snprintf(path, sizeof(path), "%s/jobs/%lld.journal", state_dir, (long long)id);
	while (!any && loop_now_us() < end_us) {
		if (stat(path, &st) == 0 && st.st_size >= want)
			break;
		if (++looks % 32 == 0 && job_is_over(id))
			break;
		pause_us(400);
	}
	pause_us((long)rnd(3000));
}

static void
kill_flashd(void)
{
	kill(flashd, SIGKILL);
	assert_int_equal(waitpid(flashd, NULL, 0), flashd);
}

static void
kill_some(enum victim victim)
{
	pid_t child = worker();

	if (child > 0 && victim != PARENT)
		kill(child, SIGKILL);
	if (victim == WORKER)
		return;
	kill_flashd();
	start_flashd();
}

static bool
count(const struct dump *d, void *arg)
{
	(void)d;
	++*(unsigned *)arg;
	return true;
}

/* Both images, and one safety dump of each: no other bytes were ever backed up. */
static void
check_library(void)
{
	unsigned n = 0;
	struct err e;

	assert_int_equal(dump_each(db, 0, count, &n, &e), 0);
	assert_true(n <= 4);
}

static void
check_file(const char *path, const uint8_t *want)
{
	static uint8_t got[SIZE];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct err e;

	assert_true(fd >= 0);
	assert_int_equal(file_read_full(fd, got, SIZE, &e), SIZE);
	close(fd);
	assert_memory_equal(got, want, SIZE);
}

/* One restore, killed once or twice. How often; *caught: how often in its writing. */
static unsigned
one_restore(unsigned which, enum victim victim, unsigned *caught)
{
	struct job j = { .kind = JOB_RESTORE,
		.dump_id = dump_of[which],
		.identity = "donor",
		.flags = JOB_FLAG_EXPERIMENTAL };
	unsigned kills = 0, most = 1 + rnd(2);
	struct err e;

	memcpy(j.port, sim.link, sizeof(sim.link));
	submit(&j);
	while (kills < most) {
		wait_for_moment(j.id, rnd(8) == 0);
		kills++;
		kill_some(victim);
		j = wait_for_end(j.id);
		if (j.state == JOB_DONE)
			break;
		if (j.state != JOB_INTERRUPTED)
			fail_msg("%s: %s", job_state_name(j.state), j.message);
		*caught += j.touched;
		assert_int_equal(
		    j.touched, strstr(j.message, "partly written") != NULL);
		assert_int_equal(job_resume(db, j.id, &e), 0);
		ring();
	}
	j = wait_for_end(j.id);
	if (j.state != JOB_DONE)
		fail_msg("%s: %s", job_state_name(j.state), j.message);
	check_file(sim.flash, image[which]);
	return kills;
}

static void
every_killed_restore_goes_on_to_the_exact_image(void **state)
{
	unsigned n = number_of("CHECK_RESTORE_KILLS", is_short() ? 2 : 25), i, kills,
		 caught = 0;

	(void)state;
	for (i = kills = 0; kills < n; i++)
		kills += one_restore(~i & 1, (enum victim)(i % N_VICTIMS), &caught);
	check_library();
	print_message(
	    "# %u restores, %u kills, %u of them while it wrote\n", i, kills, caught);
	assert_true(caught > 0 || n < 10);
}

/* What the job asks for; false: it is over. */
static bool
wait_for_ask(int64_t id, const char *ask)
{
	int64_t end_us = loop_now_us() + PATIENCE_US;
	struct live_progress p;
	struct err e;

	while (live_get_progress(live, id, &p, &e) != 1 || strcmp(p.ask, ask) != 0) {
		if (job_is_over(id))
			return false;
		if (loop_now_us() > end_us)
			fail_msg("job %lld does not ask for %s", (long long)id, ask);
		pause_us(5000);
	}
	return true;
}

static void
become(const char *file, const char *id)
{
	char line[200];

	simrun_control(&sim, "unplug");
	snprintf(line, sizeof(line), "become %.120s %s", file, id);
	simrun_control(&sim, line);
	simrun_control(&sim, "plug");
}

/* The other camera is on the port of a job that waits for the first one. */
static void
offer_another(int64_t id, const char *file, const uint8_t *contents)
{
	int64_t erases = simrun_stat(&sim, "erases"),
		writes = simrun_stat(&sim, "writes");

	become(file, OTHER);
	assert_true(wait_for_ask(id, "other-camera"));
	assert_int_equal(job_now(id).state, JOB_WAITING);
	assert_int_equal(simrun_stat(&sim, "erases"), erases);
	assert_int_equal(simrun_stat(&sim, "writes"), writes);
	check_file(file, contents);
	become(sim.flash, MINE);
}

/* One restore, unplugged in its writing. false: it had done before. */
static bool
one_swap(unsigned which, const char *other, const uint8_t *contents)
{
	struct job j = { .kind = JOB_RESTORE,
		.dump_id = dump_of[which],
		.identity = "donor",
		.flags = JOB_FLAG_EXPERIMENTAL };
	bool swapped;

	memcpy(j.port, sim.link, sizeof(sim.link));
	simrun_control(&sim, "fault slow-erase:30");
	submit(&j);
	wait_for_moment(j.id, false);
	simrun_control(&sim, "unplug");
	simrun_control(&sim, "no-faults");
	if ((swapped = wait_for_ask(j.id, "replug")))
		offer_another(j.id, other, contents);
	else
		simrun_control(&sim, "plug");
	j = wait_for_end(j.id);
	if (j.state != JOB_DONE)
		fail_msg("%s: %s", job_state_name(j.state), j.message);
	check_file(sim.flash, image[which]);
	return swapped;
}

static void
another_camera_gets_not_a_byte(void **state)
{
	struct mkimage m = { .family = IMAGE_FAMILY_XR872,
		.flash_size = SIZE,
		.small = true,
		.seed = 3 };
	unsigned n = number_of("CHECK_SWAPS", is_short() ? 1 : 2), i, swaps;
	uint8_t *contents = malloc(SIZE);
	char other[100];
	struct err e;
	int fd;

	(void)state;
	assert_non_null(contents);
	assert_int_equal(mkimage_dump(&m, contents), 0);
	snprintf(other, sizeof(other), "%s/other", sim.dir);
	assert_true((fd = open(other, O_WRONLY | O_CREAT | O_EXCL, 0600)) >= 0);
	assert_int_equal(file_write_all(fd, contents, SIZE, &e), 0);
	close(fd);
	for (i = swaps = 0; swaps < n && i < 4 * n; i++)
		swaps += one_swap(i & 1, other, contents);
	assert_int_equal(swaps, n);
	check_library();
	print_message("# %u restores, %u swaps\n", i, swaps);
	free(contents);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_killed_restore_goes_on_to_the_exact_image),
		cmocka_unit_test(another_camera_gets_not_a_byte),
	};

	seed = number_of("SEED", (unsigned)getpid());
	print_message("# SEED=%u\n", seed);

	return cmocka_run_group_tests(tests, setup, teardown);
}
