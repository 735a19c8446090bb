/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The dump library on disks that are real: flashd killed at any moment, a file system
 * that fills up, one that takes no writes any more. CHECK_KILLS is how often it is killed
 * (SEED makes a run repeatable). Files that may not grow and a folder without writes need
 * no rights; the last two tests mount, for which they need a user namespace.
 */
#include "config.h"

#include "tests/unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/err.h"
#include "common/file.h"
#include "db/db.h"
#include "db/dump.h"
#include "flashd/library.h"
#include "flashd/store.h"
#include "tests/storebed.h"

#define CANNOT 77	/* the child could not mount: nothing was tried */

static char base[64];
static char state_dir[100];
static struct db *db;
static struct store *store;

static void
open_state(const char *state)
{
	struct library_counts n;
	struct err e;

	db = db_open(state, DB_READ_WRITE, &e);
	assert_non_null(db);
	store = store_open(state, NULL, NULL, &e);
	assert_non_null(store);
	assert_int_equal(library_rebuild(db, store, true, &n, &e), 0);
}

static void
close_state(void)
{
	store_close(store);
	db_close(db);
	store = NULL;
	db = NULL;
}

static int
setup(void **state)
{
	struct err e;

	(void)state;
	snprintf(base, sizeof(base), "%s/camherd-disk.XXXXXX",
	    access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	if (sodium_init() < 0 || mkdtemp(base) == NULL)
		return -1;
	snprintf(state_dir, sizeof(state_dir), "%s/state", base);
	return mkdir(state_dir, 0700) < 0 ||
		db_upgrade(state_dir, NULL, NULL, NULL, &e) < 0
	    ? -1
	    : 0;
}

static int
teardown(void **state)
{
	char command[120];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", base);
	return system(command) == 0 ? 0 : -1;
}

/* ---- kill -9 ---- */

/* Store one dump after the other and say the seed of each that is stored. */
static void
store_on_and_on(unsigned seed, int out)
{
	struct err e;

	db = db_open(state_dir, DB_READ_WRITE, &e);
	store = store_open(state_dir, NULL, NULL, &e);
	while (db != NULL && store != NULL &&
	    bed_dump(db, store, seed, 0, "", "", &e) > 0 &&
	    write(out, &seed, sizeof(seed)) == (ssize_t)sizeof(seed))
		seed++;
	_exit(1);
}

static void
check_stored(unsigned seed)
{
	uint8_t *p = malloc(BED_BYTES);
	struct dump d;
	char sha[65];
	struct err e;

	assert_non_null(p);
	bed_bytes(seed, p, sha);
	free(p);
	if (dump_resolve(db, sha, &d, &e) < 0)
		fail_msg("dump %u was told as stored and is not in the index", seed);
	assert_true(d.verified && !d.missing);
	assert_int_equal(store_check(store, sha, BED_BYTES, &e), 0);
}

static bool
is_whole(const struct dump *d, void *arg)
{
	struct err e;

	(void)arg;
	if (d->missing || store_check(store, d->sha256, d->size, &e) < 0)
		fail_msg("dump %lld is not whole", (long long)d->id);
	return true;
}

/* Kill it at a moment of chance behind its first dump. */
static unsigned
kill_once(unsigned seed, unsigned turns)
{
	unsigned told = 0, last = seed;
	int pipes[2], status;
	struct err e;
	pid_t pid;

	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		store_on_and_on(seed, pipes[1]);
	close(pipes[1]);
	assert_int_equal(read(pipes[0], &told, sizeof(told)), sizeof(told));
	/* Later by so many turns of this: no moment is sure, any will do. */
	while (turns-- > 0)
		(void)sched_yield();
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	open_state(state_dir);
	do {
		check_stored(told);
		last = told;
	} while (read(pipes[0], &told, sizeof(told)) == (ssize_t)sizeof(told));
	close(pipes[0]);
	assert_int_equal(dump_each(db, 0, is_whole, NULL, &e), 0);
	close_state();
	return last + 1;
}

/* So that thousands of kills need no thousands of dumps. */
static void
start_anew(void)
{
	char command[300];
	struct err e;

	snprintf(command, sizeof(command), "rm -rf %s && mkdir -m 700 %s", state_dir,
	    state_dir);
	assert_int_equal(system(command), 0);
	assert_int_equal(db_upgrade(state_dir, NULL, NULL, NULL, &e), 0);
}

static void
what_was_told_as_stored_survives_kill_9(void **state)
{
	const char *many = getenv("CHECK_KILLS"), *from = getenv("SEED");
	unsigned kills = many != NULL ? (unsigned)strtoul(many, NULL, 10) : 12, i;
	uint32_t chance = from != NULL ? (uint32_t)strtoul(from, NULL, 10) : 1;
	unsigned seed = 1;

	(void)state;
	for (i = 0; i < kills; i++) {
		if (i % 20 == 19)
			start_anew();
		chance = chance * 1103515245 + 12345;
		seed = kill_once(seed, chance >> 16 & 0xfff);
	}
}

/* ---- a file system of our own ---- */

static int
put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), r;

	if (fd < 0)
		return -1;
	r = write(fd, text, strlen(text)) == (ssize_t)strlen(text) ? 0 : -1;
	close(fd);
	return r;
}

/* In a child: a tmpfs of this size at base/NAME, seen by this process alone. */
static void
mount_own(const char *name, const char *size, char *ret, size_t ret_size)
{
	char uid[40], gid[40], options[40];

	snprintf(ret, ret_size, "%s/%s", base, name);
	snprintf(uid, sizeof(uid), "0 %u 1", (unsigned)geteuid());
	snprintf(gid, sizeof(gid), "0 %u 1", (unsigned)getegid());
	snprintf(options, sizeof(options), "size=%s,mode=0750", size);
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0 ||
	    put("/proc/self/setgroups", "deny") < 0 ||
	    put("/proc/self/uid_map", uid) < 0 || put("/proc/self/gid_map", gid) < 0 ||
	    mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) < 0 ||
	    (mkdir(ret, 0750) < 0 && errno != EEXIST) ||
	    mount("tmpfs", ret, "tmpfs", 0, options) < 0)
		_exit(CANNOT);
}

#define MUST(what)                                                                     \
	do {                                                                           \
		if (!(what)) {                                                         \
			fprintf(stderr, "line %d: %s (%s)\n", __LINE__, #what, e.msg);  \
			_exit(1);                                                      \
		}                                                                      \
	} while (0)

/* Begin on a good disk with three dumps. */
static void
begin_on(const char *disk)
{
	struct library_counts n;
	struct err e = { .msg = "" };
	unsigned i;

	MUST(db_upgrade(disk, NULL, NULL, NULL, &e) == 0);
	MUST((db = db_open(disk, DB_READ_WRITE, &e)) != NULL);
	MUST((store = store_open(disk, NULL, NULL, &e)) != NULL);
	for (i = 1; i <= 3; i++)
		MUST(bed_dump(db, store, i, 0, "", "", &e) > 0);
	MUST(library_rebuild(db, store, true, &n, &e) == 0);
}

/* The three are there, whole, and no more than `more` others. */
static void
check_on(unsigned first, unsigned last)
{
	uint8_t *p = malloc(BED_BYTES);
	struct err e = { .msg = "" };
	struct dump d;
	char sha[65];

	for (; first <= last; first++) {
		bed_bytes(first, p, sha);
		MUST(dump_resolve(db, sha, &d, &e) == 0);
		MUST(store_check(store, sha, BED_BYTES, &e) == 0);
	}
	free(p);
}

static void
fill_disk(void)
{
	struct library_counts n;
	struct err e = { .msg = "" };
	unsigned stored = 3, i;
	struct dump d;
	char disk[100];

	mount_own("full", "1500k", disk, sizeof(disk));
	begin_on(disk);
	while (bed_dump(db, store, stored + 1, 0, "", "", &e) > 0)
		stored++;
	/* Said as what it is, and all before is whole. */
	MUST(stored >= 4 && stored < 12);
	MUST(strstr(e.msg, strerror(ENOSPC)) != NULL || strstr(e.msg, "full") != NULL);
	check_on(1, stored);
	/* It works again once there is room: what was removed goes for good. */
	for (i = 1; i <= 2; i++) {
		MUST(dump_by_id(db, i, &d, &e) == 0);
		MUST(library_remove(db, store, &d, &e) == 0 || e.msg[0] != '\0');
	}
	store_sweep_bin(store, (int64_t)time(NULL) + 40 * 86400, 30);
	MUST(library_rebuild(db, store, true, &n, &e) == 0);
	MUST(n.adopted == 0);
	MUST(bed_dump(db, store, 99, 0, "", "", &e) > 0);
	check_on(3, stored);
	_exit(0);
}

/* The inventory is on another disk: files that are open for writing hold up a remount. */
static void
lock_disk(void)
{
	struct err e = { .msg = "" };
	char disk[100], dumps[100];

	snprintf(disk, sizeof(disk), "%s/locked", base);
	MUST(mkdir(disk, 0700) == 0);
	mount_own("locked/dumps", "4m", dumps, sizeof(dumps));
	begin_on(disk);
	if (mount("none", dumps, "none", MS_REMOUNT | MS_RDONLY, NULL) < 0)
		_exit(CANNOT);
	MUST(bed_dump(db, store, 4, 0, "", "", &e) == -1);
	MUST(strstr(e.msg, strerror(EROFS)) != NULL);
	check_on(1, 3);
	MUST(mount("none", dumps, "none", MS_REMOUNT, NULL) == 0);
	MUST(bed_dump(db, store, 4, 0, "", "", &e) > 0);
	check_on(1, 4);
	_exit(0);
}

/* ---- without a file system of our own ---- */

/* Three dumps on the tests' own disk, in a folder that is new. */
static void
begin_here(const char *name, char *ret, size_t ret_size)
{
	struct err e = { .msg = "" };

	snprintf(ret, ret_size, "%s/%s", base, name);
	MUST(mkdir(ret, 0700) == 0);
	begin_on(ret);
}

/* Nothing of the dump that could not be stored stays behind. */
static void
check_no_part(void)
{
	struct err e = { .msg = "" };
	unsigned parts = 0;
	struct dirent *entry;
	DIR *dir = fdopendir(openat(store_dir(store), ".", O_RDONLY | O_CLOEXEC));

	MUST(dir != NULL);
	while ((entry = readdir(dir)) != NULL)
		parts += strstr(entry->d_name, ".part") != NULL;
	closedir(dir);
	MUST(parts == 0);
}

/* Every write ends in the middle of the dump's file: at its start, in it, at its end. */
static void
cut_short(void)
{
	static const rlim_t ends[] = { 0, 1, 4096, BED_BYTES / 2, BED_BYTES - 1 };
	struct err e = { .msg = "" };
	struct rlimit limit;
	char disk[100];
	int64_t id;
	unsigned i;

	begin_here("short", disk, sizeof(disk));
	MUST(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	MUST(getrlimit(RLIMIT_FSIZE, &limit) == 0);
	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		struct rlimit less = { .rlim_cur = ends[i], .rlim_max = limit.rlim_max };

		MUST(setrlimit(RLIMIT_FSIZE, &less) == 0);
		id = bed_dump(db, store, 4, 0, "", "", &e);
		MUST(setrlimit(RLIMIT_FSIZE, &limit) == 0);
		MUST(id == -1 && strstr(e.msg, strerror(EFBIG)) != NULL);
		check_on(1, 3);
		check_no_part();
	}
	MUST(bed_dump(db, store, 4, 0, "", "", &e) > 0);
	check_on(1, 4);
	_exit(0);
}

/* Root writes into a folder of any mode, but not without this. */
static void
drop_rights(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { { 0 } };
	struct err e = { .msg = "" };

	MUST(syscall(SYS_capset, &head, none) == 0);
}

static void
close_folder(void)
{
	struct err e = { .msg = "" };
	char disk[100];
	struct dump d;

	begin_here("closed", disk, sizeof(disk));
	drop_rights();
	MUST(fchmod(store_dir(store), 0500) == 0);
	MUST(bed_dump(db, store, 4, 0, "", "", &e) == -1);
	MUST(strstr(e.msg, strerror(EACCES)) != NULL);
	MUST(dump_by_id(db, 1, &d, &e) == 0);
	MUST(library_remove(db, store, &d, &e) == -1);
	MUST(strstr(e.msg, strerror(EACCES)) != NULL);
	check_on(1, 3);
	MUST(fchmod(store_dir(store), 0750) == 0);
	MUST(bed_dump(db, store, 4, 0, "", "", &e) > 0);
	check_on(1, 4);
	_exit(0);
}

static void
in_child(void (*fn)(void))
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0)
		fn();
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	/* Root without its capabilities may not map itself, for instance. */
	if (WEXITSTATUS(status) == CANNOT)
		print_message("# not tried: no file system can be mounted here\n");
	else
		assert_int_equal(WEXITSTATUS(status), 0);
}

static void
a_write_that_ends_early_loses_nothing(void **state)
{
	(void)state;
	in_child(cut_short);
}

static void
a_folder_that_takes_no_writes_loses_nothing(void **state)
{
	(void)state;
	in_child(close_folder);
}

static void
a_full_disk_loses_nothing(void **state)
{
	(void)state;
	in_child(fill_disk);
}

static void
a_disk_that_takes_no_writes_loses_nothing(void **state)
{
	(void)state;
	in_child(lock_disk);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_told_as_stored_survives_kill_9),
		cmocka_unit_test(a_write_that_ends_early_loses_nothing),
		cmocka_unit_test(a_folder_that_takes_no_writes_loses_nothing),
		cmocka_unit_test(a_full_disk_loses_nothing),
		cmocka_unit_test(a_disk_that_takes_no_writes_loses_nothing),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
