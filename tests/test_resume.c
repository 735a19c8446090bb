/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Writes that are cut off: at every event of a restore of 64 sectors, before, half-way
 * through and after it, with all of the journal on the disk and with what was synced
 * only. Each goes on to the exact image, without another backup. CHECK_SWAPS cameras
 * are swapped in between (25; 200 in check-long; SEED). CHECK_STEP leaves out events:
 * 1 takes every one, 9 each ninth.
 */
#include "config.h"

#include "tests/unit.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/err.h"
#include "flashd/engine/journal.h"
#include "tests/fakechip.h"
#include "tests/sim/mkimage.h"

#define SIZE (256u * 1024)
#define SECTOR 4096u
#define SECTORS (SIZE / SECTOR)
#define EQUAL (54u * SECTOR) /* this one is the same in both */
#define ID "00112233445566778899aabbccddeeff"

static uint8_t *old, *want, *stranger;

/* What a session leaves to the next. */
struct left {
	uint8_t flash[SIZE];
	int journal;
	bool touched;
};

enum disk { ALL, SYNCED };

static int
make_images(void **state)
{
	struct mkimage m = { .family = IMAGE_FAMILY_XR872,
		.flash_size = SIZE,
		.small = true,
		.seed = 1,
		.mac = { 2, 0, 0, 0, 0, 1 } };
	size_t i;

	(void)state;
	if (sodium_init() < 0 || (old = malloc(SIZE)) == NULL ||
	    (want = malloc(SIZE)) == NULL || (stranger = malloc(SIZE)) == NULL ||
	    mkimage_dump(&m, old) < 0)
		return -1;
	memcpy(want, old, SIZE);
	/* The boot section, two whole chunks, single sectors; some that shall be blank.
	 */
	for (i = 0; i < SECTORS; i++) {
		if (i < 4 || (i >= 16 && i < 48) || i % 8 == 1)
			old[i * SECTOR + i] ^= 0x11;
	}
	memset(want + 51 * SECTOR, 0xff, 2 * SECTOR);
	memset(old + 51 * SECTOR, 0x5a, 2 * SECTOR);
	m.seed = 3;
	m.mac[5] = 3;
	return mkimage_dump(&m, stranger);
}

static int
free_images(void **state)
{
	(void)state;
	free(old);
	free(want);
	free(stranger);
	return 0;
}

static int
memory_file(const void *p, size_t n)
{
	int fd = memfd_create("test", MFD_CLOEXEC);

	assert_true(fd >= 0);
	if (n > 0)
		assert_int_equal(pwrite(fd, p, n, 0), (ssize_t)n);
	return fd;
}

static void
begin(struct fake_session *s, const uint8_t *flash, struct left *left,
    struct fake_world *world)
{
	fake_init(s, "restore", flash, SIZE, want, SIZE);
	s->order.job = 7;
	s->chip_state.chip_id = ID;
	s->chip_state.world = world;
	s->engine.journal.ops = &fake_journal_ops;
	s->engine.journal.ops_arg = world;
	if (!left->touched)
		return;
	s->order.resume = true;
	close(s->engine.journal.fd);
	s->engine.journal.fd = left->journal;
	s->engine.safety_fd = memory_file(old, SIZE);
	world->n_synced = (size_t)lseek(left->journal, 0, SEEK_END);
	world->synced = malloc(world->n_synced + 1);
	assert_non_null(world->synced);
	assert_int_equal(pread(left->journal, world->synced, world->n_synced, 0),
	    (ssize_t)world->n_synced);
	world->armed = true;
}

/* The session is over: what is found by the next one. */
static void
end(struct fake_session *s, struct fake_world *world, enum disk disk, struct left *left)
{
	left->touched = left->touched || strstr(s->said, "touched\n") != NULL;
	memcpy(left->flash, s->chip_state.flash, SIZE);
	left->journal = dup(s->engine.journal.fd);
	assert_true(left->journal >= 0);
	if (disk == SYNCED) {
		assert_int_equal(ftruncate(left->journal, 0), 0);
		assert_int_equal(
		    pwrite(left->journal, world->synced, world->n_synced, 0),
		    (ssize_t)world->n_synced);
	}
	if (s->engine.safety_fd >= 0)
		close(s->engine.safety_fd);
	fake_fini(s);
	free(world->synced);
	world->synced = NULL;
}

static bool
is(const uint8_t *flash, const uint8_t *image, size_t at)
{
	return memcmp(flash + at, image + at, SECTOR) == 0;
}

static bool
is_blank(const uint8_t *flash, size_t at)
{
	size_t i;

	for (i = at; i < at + SECTOR && flash[i] == 0xff; i++)
		;
	return i == at + SECTOR;
}

/* Of what was found, no sector that was done is erased again, and at most one that was
 * begun. */
static void
check_redone(const struct fake *f, const uint8_t *found)
{
	unsigned begun = 0;
	size_t i, at;

	for (i = 0; i < f->n_erased; i++) {
		at = f->erased_at[i];
		assert_false(is(found, want, at));
		begun += !is(found, old, at) && !is_blank(found, at);
	}
	assert_true(begun <= 1);
}

/* The last session: it must end well. */
static void
finish(struct left *left)
{
	struct fake_world world = { .events = 0 };
	struct fake_session s;

	begin(&s, left->flash, left, &world);
	if (fake_run(&s) < 0)
		fail_msg("%s: %s", s.e.name, s.e.msg);
	assert_memory_equal(s.chip_state.flash, want, SIZE);
	if (left->touched) {
		assert_null(strstr(s.said, "saved "));
		check_redone(&s.chip_state, left->flash);
	}
	end(&s, &world, ALL, left);
	close(left->journal);
}

/* One session that ends at an event. false: it was over before that. */
static bool
cut(struct left *left, const uint8_t *flash, unsigned at, enum fake_when when,
    enum disk disk)
{
	struct fake_world world = { .end_at = at, .when = when };
	struct fake_session s;

	begin(&s, flash, left, &world);
	/* What ends with the last record of all is not missed by anybody. */
	assert_true(fake_run(&s) == 0 || world.ended);
	/* Nothing is erased that is not in the journal, nor before the parent knows. */
	assert_true(s.chip_state.erases == 0 || strstr(s.said, "touched\n") != NULL);
	end(&s, &world, disk, left);
	return world.ended;
}

static unsigned
from_environment(const char *name, unsigned otherwise)
{
	const char *text = getenv(name);

	return text != NULL ? (unsigned)strtoul(text, NULL, 10) : otherwise;
}

static void
every_crash_point_is_resumed(void **state)
{
	unsigned at, points = 0, when, disk, step = from_environment("CHECK_STEP", 1);
	struct left left;
	bool ended = true;

	(void)state;
	/* Before an event is after the one before it. */
	for (at = 1; ended; at += step) {
		for (when = at == 1 ? FAKE_BEFORE : FAKE_TORN; when <= FAKE_AFTER;
		     when++) {
			for (disk = ALL; disk <= SYNCED; disk++) {
				left.touched = false;
				ended = cut(&left, old, at, when, disk);
				if (!ended) {
					close(left.journal);
					continue;
				}
				points++;
				finish(&left);
			}
		}
	}
	print_message("# %u crash points\n", points);
	assert_true(points > 200 / step);
}

static void
a_resume_that_is_cut_off_is_resumed(void **state)
{
	struct left left;
	unsigned at, second;

	(void)state;
	for (at = 5, second = 3;; at += 5, second = second * 5 % 41 + 1) {
		left.touched = false;
		if (!cut(&left, old, at, at % 3, at % 2))
			break;
		if (cut(&left, left.flash, second, second % 3, second % 2))
			finish(&left);
		else
			close(left.journal);
	}
	close(left.journal);
}

/* Killed again and again, each session gets on. */
static void
each_session_gets_on(void **state)
{
	struct left left = { .touched = false };
	unsigned sessions = 0, i, done, before = 0;

	(void)state;
	memcpy(left.flash, old, SIZE);
	/* Reading the chip again is no event; a chunk takes at most 10. */
	while (cut(&left, left.flash, 12, FAKE_AFTER, ALL)) {
		for (i = done = 0; i < SECTORS; i++)
			done += is(left.flash, want, i * SECTOR);
		assert_true(done > before || done == SECTORS);
		before = done;
		assert_true(++sessions < SECTORS);
	}
	close(left.journal);
	assert_memory_equal(left.flash, want, SIZE);
	assert_true(sessions > 2);
}

/* Another camera on the line when a write goes on: by its chip id, by its JEDEC id, or
 * by nothing but its contents. */
static void
swap(struct left *left, unsigned how)
{
	struct fake_world world = { .events = 0 };
	struct fake_session s;
	uint8_t *same = NULL;

	if (how == 2) {
		/* A twin that differs in one sector that is not in work. */
		assert_non_null(same = malloc(SIZE));
		memcpy(same, left->flash, SIZE);
		same[EQUAL + 77] ^= 1;
	}
	begin(&s,
	    same != NULL   ? same
		: how == 3 ? left->flash
			   : stranger,
	    left, &world);
	s.chip_state.chip_id = how == 0 ? "ffee" : how == 3 ? ID : NULL;
	s.chip_state.maker = how == 3 ? 0xef : 0;
	assert_int_equal(fake_run(&s), -1);
	assert_int_equal(s.e.code, ERR_REFUSED);
	assert_string_equal(s.e.name, "other-camera");
	assert_non_null(strstr(s.e.msg, "not the camera that the job began with"));
	assert_null(strstr(s.e.msg, "partly written"));
	assert_int_equal(s.chip_state.erases + s.chip_state.writes, 0);
	/* It is not left in download mode. */
	assert_int_equal(s.chip_state.ops[s.chip_state.n_ops - 1], 'L');
	/* The journal is as it was, for the right one. */
	left->journal = dup(s.engine.journal.fd);
	close(s.engine.safety_fd);
	fake_fini(&s);
	free(world.synced);
	free(same);
}

static void
another_camera_gets_not_a_byte(void **state)
{
	unsigned swaps = from_environment("CHECK_SWAPS", 25), i,
		 seed = from_environment("SEED", 1);
	struct left left;

	(void)state;
	print_message("# SEED=%u\n", seed);
	for (i = 0; i < swaps; i++) {
		seed = seed * 1664525u + 1013904223u;
		left.touched = false;
		assert_true(cut(&left, old, 8 + (seed >> 8) % 48, i % 3, i / 3 % 2));
		assert_true(left.touched);
		swap(&left, i % 4);
		finish(&left);
	}
}

static void
a_firmware_that_ran_in_between_is_told(void **state)
{
	struct fake_world world = { .events = 0 };
	struct left left = { .touched = false };
	struct fake_session s;

	(void)state;
	assert_true(cut(&left, old, 30, FAKE_BEFORE, ALL));
	left.flash[EQUAL] ^= 1;
	begin(&s, left.flash, &left, &world);
	assert_int_equal(fake_run(&s), -1);
	assert_string_equal(s.e.name, "contents-changed");
	assert_non_null(strstr(s.e.msg, "start it anew"));
	assert_int_equal(s.chip_state.erases, 0);
	close(s.engine.safety_fd);
	fake_fini(&s);
	free(world.synced);
}

/* A disk that is full or read-only from the nth call of the journal on: the write stops
 * at a border, says why, and goes on when there is room. */
static unsigned failing_from, failing_calls;
static int failing_errno;

static int
failing(void)
{
	if (failing_from == 0 || ++failing_calls < failing_from)
		return 0;
	errno = failing_errno;
	return -1;
}

static ssize_t
failing_write(void *arg, int fd, const void *p, size_t n, off_t at)
{
	(void)arg;
	if (failing() == 0)
		return pwrite(fd, p, n, at);
	return errno == ENOSPC && n > 40 ? pwrite(fd, p, n / 3, at) : -1;
}

static int
failing_cut(void *arg, int fd, off_t n)
{
	(void)arg;
	return failing() == 0 ? ftruncate(fd, n) : -1;
}

static int
failing_sync(void *arg, int fd)
{
	(void)arg;
	(void)fd;
	return failing();
}

static const struct journal_ops failing_ops = { failing_write, failing_cut,
	failing_sync };

static bool
run_with_failing_disk(unsigned from, int how, struct left *left)
{
	struct fake_world world = { .events = 0 };
	struct fake_session s;
	unsigned i;
	int r;

	failing_from = from;
	failing_calls = 0;
	failing_errno = how;
	left->touched = false;
	begin(&s, old, left, &world);
	s.engine.journal.ops = &failing_ops;
	r = fake_run(&s);
	failing_from = 0;
	if (r < 0) {
		assert_string_equal(s.e.name, "journal-unwritable");
		assert_non_null(strstr(s.e.msg, strerror(how)));
		assert_int_equal(s.chip_state.erases > 0,
		    strstr(s.e.msg, "partly written") != NULL &&
			strstr(s.e.msg, ": 0 of ") == NULL);
	}
	/* No sector is half done: a journal that fails stops only at a border. */
	for (i = 0; i < SECTORS; i++)
		assert_true(is(s.chip_state.flash, old, i * SECTOR) ||
		    is(s.chip_state.flash, want, i * SECTOR));
	end(&s, &world, ALL, left);
	return r < 0;
}

static void
a_full_disk_stops_at_a_border_and_goes_on_later(void **state)
{
	static const int errors[] = { ENOSPC, EROFS, EIO };
	struct left left;
	unsigned from, i, stopped = 0;

	(void)state;
	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		for (from = 1 + i; run_with_failing_disk(from, errors[i], &left);
		     from += 3) {
			finish(&left);
			stopped++;
		}
		close(left.journal);
	}
	assert_true(stopped > 20);
}

static void
a_damaged_safety_dump_or_journal_stops_it(void **state)
{
	struct fake_world world = { .events = 0 };
	struct left left = { .touched = false };
	struct fake_session s;

	(void)state;
	assert_true(cut(&left, old, 30, FAKE_BEFORE, ALL));
	begin(&s, left.flash, &left, &world);
	assert_int_equal(pwrite(s.engine.safety_fd, "x", 1, 1234), 1);
	assert_int_equal(fake_run(&s), -1);
	assert_string_equal(s.e.name, "safety-damaged");
	assert_int_equal(s.chip_state.n_ops, 0);
	end(&s, &world, ALL, &left);
	assert_int_equal(pwrite(left.journal, "x", 1, 20), 1);
	begin(&s, left.flash, &left, &world);
	assert_int_equal(fake_run(&s), -1);
	assert_string_equal(s.e.name, "journal-damaged");
	assert_int_equal(s.chip_state.n_ops, 0);
	end(&s, &world, ALL, &left);
	close(left.journal);
}

/* Cancelled at any border, it says how many sectors are new, and that is so. */
static void
a_cancel_tells_the_truth(void **state)
{
	struct fake_world world = { .events = 0 };
	struct left left = { .touched = false };
	struct fake_session s;
	unsigned i, done, of, new, differ, stop;
	const char *at;

	(void)state;
	/* A backup takes 33 reads and more; then come some 70 commands. */
	for (stop = 45;; stop += 3) {
		left.touched = false;
		world = (struct fake_world) { .events = 0 };
		begin(&s, old, &left, &world);
		s.chip_state.stop_at_op = stop;
		if (fake_run(&s) == 0)
			break;
		assert_string_equal(s.e.name, "cancelled");
		for (i = new = differ = 0; i < SECTORS; i++) {
			differ += !is(old, want, i * SECTOR);
			new += !is(old, want, i * SECTOR) &&
			    is(s.chip_state.flash, want, i * SECTOR);
		}
		at = strstr(s.e.msg, "partly written: ");
		assert_non_null(at);
		assert_int_equal(sscanf(at, "partly written: %u of %u", &done, &of), 2);
		assert_int_equal(done, new);
		assert_int_equal(of, differ);
		assert_null(strstr(s.e.msg, "may hold anything"));
		end(&s, &world, ALL, &left);
		finish(&left);
	}
	assert_true(stop > 60);
	end(&s, &world, ALL, &left);
	close(left.journal);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_crash_point_is_resumed),
		cmocka_unit_test(a_resume_that_is_cut_off_is_resumed),
		cmocka_unit_test(each_session_gets_on),
		cmocka_unit_test(another_camera_gets_not_a_byte),
		cmocka_unit_test(a_firmware_that_ran_in_between_is_told),
		cmocka_unit_test(a_full_disk_stops_at_a_border_and_goes_on_later),
		cmocka_unit_test(a_damaged_safety_dump_or_journal_stops_it),
		cmocka_unit_test(a_cancel_tells_the_truth),
	};

	return cmocka_run_group_tests(tests, make_images, free_images);
}
