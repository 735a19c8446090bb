/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The library over the years: descriptions follow their rows, a flipped bit is found by
 * the hourly scrub, a spoiled inventory is built again row by row from the files.
 * CHECK_DAMAGES is how many inventories are spoiled (SEED makes a run repeatable).
 */
#include "config.h"

#include "tests/unit.h"

#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/err.h"
#include "common/file.h"
#include "common/loop.h"
#include "db/bin.h"
#include "db/camera.h"
#include "db/db.h"
#include "db/dump.h"
#include "db/event.h"
#include "flashd/flashd.h"
#include "flashd/library.h"
#include "flashd/scrub.h"
#include "flashd/store.h"
#include "tests/storebed.h"
#include "tests/storefuse.h"

#define SIZE BED_BYTES
#define DUMPS 6

static char base[64];		/* an empty inventory, to copy */
static struct flashd f;

static void run(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static void
run(const char *fmt, ...)
{
	char command[600];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(command, sizeof(command), fmt, ap);
	va_end(ap);
	if (system(command) != 0)
		fail_msg("failed: %s", command);
}

void flashd_changed(struct flashd *flashd);

void
flashd_changed(struct flashd *flashd)
{
	(void)flashd;
}

static int
group_setup(void **state)
{
	struct err e;

	(void)state;
	snprintf(base, sizeof(base), "%s/camherd-care.XXXXXX",
	    access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	if (sodium_init() < 0 || mkdtemp(base) == NULL)
		return -1;
	return db_upgrade(base, NULL, NULL, NULL, &e);
}

static int
group_teardown(void **state)
{
	(void)state;
	run("rm -rf %s", base);
	return 0;
}

static void
open_state(void)
{
	struct err e;

	f.db = db_open(f.conf.state, DB_READ_WRITE, &e);
	if (f.db == NULL)
		fail_msg("%s", e.msg);
	f.store = store_open(f.conf.state, NULL, NULL, &e);
	assert_non_null(f.store);
}

static void
close_state(void)
{
	store_close(f.store);
	db_close(f.db);
	f.store = NULL;
	f.db = NULL;
}

static int
setup(void **state)
{
	struct err e;

	(void)state;
	memset(&f, 0, sizeof(f));
	snprintf(f.conf.state, sizeof(f.conf.state), "%s/s.XXXXXX", base);
	assert_non_null(mkdtemp(f.conf.state));
	run("cp %s/inventory.db %s/", base, f.conf.state);
	open_state();
	f.loop = loop_new(&e);
	assert_non_null(f.loop);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	scrub_stop(&f);
	loop_free(f.loop);
	close_state();
	run("rm -rf %s", f.conf.state);
	return 0;
}

static int64_t
store_dump(unsigned seed, int64_t camera_id, const char *camera, const char *chip_id)
{
	struct err e;
	int64_t id = bed_dump(f.db, f.store, seed, camera_id, camera, chip_id, &e);

	if (id < 0)
		fail_msg("%s", e.msg);
	return id;
}

static int64_t
make_camera(const char *name, const char *chip_id)
{
	struct camera c = { .enabled = true };
	struct err e;

	snprintf(c.name, sizeof(c.name), "%s", name);
	assert_int_equal(camera_add(f.db, &c, &e), 0);
	assert_int_equal(
	    camera_set_hardware(f.db, c.id, "xr872", chip_id, "0b4014", "", &e), 0);
	return c.id;
}

static struct dump
row(int64_t id)
{
	struct dump d;
	struct err e;

	assert_int_equal(dump_by_id(f.db, id, &d, &e), 0);
	return d;
}

static struct library_counts
rebuild(void)
{
	struct library_counts n;
	struct err e;

	if (library_rebuild(f.db, f.store, true, &n, &e) < 0)
		fail_msg("%s", e.msg);
	return n;
}

/* As if the inventory had been lost. */
static void
lose_inventory(void)
{
	close_state();
	run("rm -f %s/inventory.db* && cp %s/inventory.db %s/", f.conf.state, base,
	    f.conf.state);
	open_state();
}

static void
notes_and_cameras_survive_the_inventory(void **state)
{
	int64_t porch = make_camera("porch", "aa"), shed = make_camera("shed", ""), id;
	struct camera c;
	struct dump d;
	struct err e;

	(void)state;
	id = store_dump(1, porch, "porch", "aa");
	assert_int_equal(dump_set_note(f.db, id, "before the move", &e), 0);
	assert_true(row(id).stale);
	assert_int_equal(library_describe(f.db, f.store, &e), 0);
	assert_false(row(id).stale);
	id = store_dump(2, 0, "", "");
	assert_int_equal(dump_set_camera(f.db, id, shed, &e), 0);
	assert_int_equal(camera_by_id(f.db, shed, &c, &e), 0);
	snprintf(c.name, sizeof(c.name), "barn");
	assert_int_equal(camera_update(f.db, &c, &e), 0);
	assert_int_equal(library_describe(f.db, f.store, &e), 0);
	lose_inventory();
	assert_int_equal(rebuild().added, 2);
	assert_int_equal(camera_by_name(f.db, "porch", &c, &e), 0);
	assert_string_equal(c.chip_id, "aa");
	assert_int_equal(camera_by_name(f.db, "barn", &c, &e), 0);
	assert_int_equal(camera_by_name(f.db, "shed", &c, &e), -1);
	assert_int_equal(dump_resolve(f.db, "1", &d, &e), 0);
	d = row(strcmp(d.camera, "porch") == 0 ? d.id : 3 - d.id);
	assert_string_equal(d.note, "before the move");
	assert_string_equal(d.camera, "porch");
	assert_true(d.passes == 2 && d.retries == 1 && d.baud == 921600);
}

static void
a_removed_camera_does_not_come_back(void **state)
{
	int64_t porch = make_camera("porch", "aa"), id;
	struct camera c;
	struct err e;

	(void)state;
	id = store_dump(1, porch, "porch", "aa");
	assert_int_equal(camera_remove(f.db, porch, &e), 0);
	assert_true(row(id).stale);
	/* The row is newer than its description until that is written. */
	assert_int_equal(rebuild().mended, 0);
	assert_int_equal(row(id).camera_id, 0);
	assert_int_equal(library_describe(f.db, f.store, &e), 0);
	lose_inventory();
	assert_int_equal(rebuild().added, 1);
	assert_int_equal(camera_by_name(f.db, "porch", &c, &e), -1);
}

static void
flip_bit(const struct dump *d)
{
	char path[300], byte;
	int fd;

	snprintf(path, sizeof(path), "%s/dumps/%s.bin", f.conf.state, d->sha256);
	assert_int_equal(chmod(path, 0640), 0);
	fd = open(path, O_RDWR);
	assert_int_equal(pread(fd, &byte, 1, 4711), 1);
	byte = (char)(byte ^ 8);
	assert_int_equal(pwrite(fd, &byte, 1, 4711), 1);
	close(fd);
}

/* ---- the bin ---- */

static void
reopen(struct fuse *fuse)
{
	struct err e;

	store_close(f.store);
	f.store = store_open(f.conf.state, fuse != NULL ? &fuse_ops : NULL, fuse, &e);
	assert_non_null(f.store);
}

static void
remove_dump(int64_t id)
{
	struct dump d = row(id);
	struct err e;

	if (library_remove(f.db, f.store, &d, &e) < 0)
		fail_msg("%s", e.msg);
}

/* As long as a person chose. */
static bool
kept_a_week(const struct bin_entry *b, void *arg)
{
	unsigned *n = arg;

	assert_int_equal(b->gone_s - b->removed_s, 7 * 86400);
	++*n;
	return true;
}

static void
what_was_removed_comes_back_as_it_was(void **state)
{
	int64_t porch = make_camera("porch", "aa"), id;
	struct dump before, after;
	struct bin_entry b;
	unsigned n = 0;
	struct err e;

	(void)state;
	id = store_dump(1, porch, "porch", "aa");
	(void)store_dump(2, porch, "porch", "aa");
	assert_int_equal(dump_set_note(f.db, id, "keep me", &e), 0);
	assert_int_equal(library_describe(f.db, f.store, &e), 0);
	before = row(id);
	remove_dump(id);
	assert_int_equal(store_get(f.store, before.sha256, &e), -1);
	assert_int_equal(bin_resolve(f.conf.state, before.sha256, &b, &e), 0);
	assert_true(b.has_bytes);
	assert_int_equal(bin_each(f.conf.state, 7, kept_a_week, &n, &e), 0);
	assert_int_equal(n, 1);
	assert_int_equal(bin_resolve(f.conf.state, b.handle, &b, &e), 0);
	assert_int_equal(library_recover(f.db, f.store, b.name, &after, &e), 0);
	assert_int_equal(store_check(f.store, before.sha256, SIZE, &e), 0);
	assert_string_equal(after.note, "keep me");
	assert_string_equal(after.camera, "porch");
	assert_true(after.verified && after.created_s == before.created_s);
	assert_int_equal(bin_resolve(f.conf.state, before.sha256, &b, &e), -1);
	assert_string_equal(e.name, "bin-unknown");
}

static void
names_of_the_bin_are_checked(void **state)
{
	static const char *const bad[] = { "", "../../etc/passwd", "0-1.json.5-0" };
	struct bin_entry b;
	struct dump d;
	char name[200];
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(
		    library_recover(f.db, f.store, bad[i], &d, &e), -1);
	snprintf(name, sizeof(name), "%064d-1.json.5-0", 7);
	assert_true(bin_is_description(name));
	assert_int_equal(library_recover(f.db, f.store, name, &d, &e), -1);
	assert_string_equal(e.name, "bin-gone");
	snprintf(name, sizeof(name), "%064d-1.json.5-0x", 7);
	assert_false(bin_is_description(name));
	/* Bytes that rotted in the bin do not come back. */
	d = row(store_dump(1, 0, "", ""));
	flip_bit(&d);
	remove_dump(d.id);
	assert_int_equal(bin_resolve(f.conf.state, d.sha256, &b, &e), 0);
	assert_int_equal(library_recover(f.db, f.store, b.name, &d, &e), -1);
	assert_string_equal(e.name, "bin-bytes");
}

/* Wherever a removal and a recovery are cut off: after a new start the dump is in the
 * library or in the bin, whole, and the same can be done again. */
static void
removal_and_recovery_may_end_at_any_call(void **state)
{
	bool burnt = true, back = false;
	struct fuse fuse;
	struct bin_entry b;
	struct dump d, got;
	unsigned call;
	struct err e;

	(void)state;
	for (call = 1; burnt; call++) {
		d = row(store_dump(call, 0, "", ""));
		fuse.left = call;
		reopen(&fuse);
		(void)library_remove(f.db, f.store, &d, &e);
		burnt = fuse.left == 0;
		reopen(NULL);
		(void)rebuild();
		if (dump_resolve(f.db, d.sha256, &got, &e) == 0) {
			assert_int_equal(store_check(f.store, d.sha256, SIZE, &e), 0);
			remove_dump(got.id);
		}
		assert_int_equal(bin_resolve(f.conf.state, d.sha256, &b, &e), 0);
		assert_true(b.has_bytes);
		fuse.left = call;
		reopen(&fuse);
		back = library_recover(f.db, f.store, b.name, &got, &e) == 0;
		burnt = burnt || fuse.left == 0;
		reopen(NULL);
		(void)rebuild();
		if (!back && bin_resolve(f.conf.state, d.sha256, &b, &e) == 0)
			assert_int_equal(
			    library_recover(f.db, f.store, b.name, &got, &e), 0);
		assert_int_equal(dump_resolve(f.db, d.sha256, &got, &e), 0);
		assert_false(got.missing);
		assert_int_equal(store_check(f.store, d.sha256, SIZE, &e), 0);
	}
	assert_true(back && call > 6);
}

/* ---- the hourly scrub ---- */

static void
until_scrubbed(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	if (f.scrub == NULL)
		loop_stop(f.loop, 0);
	else
		loop_timer_set(*(struct event **)arg, 1);
}

static void
scrub_one(void)
{
	struct event *timer = NULL;
	struct err e;

	scrub_next(&f);
	timer = loop_timer(f.loop, until_scrubbed, &timer, &e);
	assert_non_null(timer);
	loop_timer_set(timer, 0);
	assert_int_equal(loop_run(f.loop), 0);
	loop_drop(timer);
}

static bool
count_event(const struct event_row *row_, void *arg)
{
	(void)row_;
	(*(unsigned *)arg)++;
	return true;
}

static unsigned
events(void)
{
	unsigned n = 0;
	struct err e;

	assert_int_equal(event_row_each(f.db, 0, 0, 100, count_event, &n, &e), 0);
	return n;
}

static void
one_dump_after_the_other_is_read_again(void **state)
{
	struct stat before, after;
	char path[300];
	int64_t ids[3];
	struct dump d;
	unsigned i;

	(void)state;
	for (i = 0; i < 3; i++)
		ids[i] = store_dump(i, 0, "", "");
	snprintf(path, sizeof(path), "%s/inventory.db", f.conf.state);
	assert_int_equal(stat(path, &before), 0);
	for (i = 0; i < 3; i++)
		scrub_one();
	/* What is well is not written down. */
	assert_int_equal(stat(path, &after), 0);
	assert_memory_equal(&before.st_mtim, &after.st_mtim, sizeof(before.st_mtim));
	assert_int_equal(events(), 0);
	d = row(ids[1]);
	flip_bit(&d);
	for (i = 0; i < 3; i++)
		scrub_one();
	assert_true(row(ids[1]).damaged);
	assert_false(row(ids[0]).damaged || row(ids[2]).damaged);
	assert_int_equal(events(), 1);
	/* Told once; and taken back when the disk has changed its mind. */
	for (i = 0; i < 3; i++)
		scrub_one();
	assert_int_equal(events(), 1);
	flip_bit(&d);
	for (i = 0; i < 3; i++)
		scrub_one();
	assert_false(row(ids[1]).damaged);
}

static void
a_busy_flashd_does_not_scrub(void **state)
{
	(void)state;
	(void)store_dump(1, 0, "", "");
	f.n_runs = 1;
	scrub_next(&f);
	assert_null(f.scrub);
	f.n_runs = 0;
	scrub_next(&f);
	assert_non_null(f.scrub);
}

static void
a_new_good_copy_ends_the_damage(void **state)
{
	struct dump d;
	struct err e;
	unsigned i;

	(void)state;
	d = row(store_dump(1, 0, "", ""));
	flip_bit(&d);
	for (i = 0; i < 2; i++)
		scrub_one();
	assert_true(row(d.id).damaged);
	assert_int_equal(store_dump(1, 0, "", "bb") > d.id, true);
	assert_false(row(d.id).damaged);
	assert_int_equal(store_check(f.store, d.sha256, SIZE, &e), 0);
}

/* ---- a spoiled inventory ---- */

struct census {
	struct dump list[2 * DUMPS];
	unsigned n;
};

static bool
take_census(const struct dump *d, void *arg)
{
	struct census *c = arg;

	if (c->n < 2 * DUMPS)
		c->list[c->n] = *d;
	c->n++;
	return true;
}

static void
census(struct census *c)
{
	struct err e;

	c->n = 0;
	if (dump_each(f.db, 0, take_census, c, &e) < 0)
		fail_msg("%s", e.msg);
}

static uint32_t
next_random(uint32_t *s)
{
	*s ^= *s << 13;
	*s ^= *s >> 17;
	*s ^= *s << 5;
	return *s;
}

/* One of five kinds of misfortune. */
static void
spoil(const char *path, uint32_t seed)
{
	uint32_t s = seed * 2654435761u + 1, k, count;
	uint8_t *p, *at;
	struct err e;
	size_t n;

	assert_int_equal(file_get(AT_FDCWD, path, 64u << 20, &p, &n, &e), 0);
	(void)next_random(&s);
	switch (seed % 5) {
	case 0: /* single bytes anywhere */
		for (count = 1 + next_random(&s) % 40; count > 0; count--) {
			k = next_random(&s) % (uint32_t)n;
			p[k] ^= (uint8_t)(1 + next_random(&s) % 255);
		}
		break;
	case 1: /* cut off */
		n = next_random(&s) % (uint32_t)(n / 4096) * 4096;
		break;
	case 2: /* a page of nothing */
		memset(p + next_random(&s) % (uint32_t)(n / 4096) * 4096, 0, 4096);
		break;
	case 3: /* bytes of the rows themselves */
		for (count = 1 + next_random(&s) % 4; count > 0; count--) {
			k = next_random(&s) % (uint32_t)n;
			at = memmem(p + k, n - k, "backup", 6);
			if (at != NULL)
				at[(int)(next_random(&s) % 300) - 100] ^= 1;
		}
		break;
	default: /* another file */
		memcpy(p, "\xff\xd8\xff\xe0\0\x10JFIF", 10);
		n = 5000;
	}
	assert_int_equal(file_put(AT_FDCWD, path, p, n, 0660, &e), 0);
	free(p);
}

static bool
has_row(const struct census *c, const struct dump *d)
{
	const struct dump *o;
	unsigned i;

	for (i = 0; i < c->n; i++) {
		o = &c->list[i];
		if (strcmp(o->sidecar, d->sidecar) == 0)
			return strcmp(o->sha256, d->sha256) == 0 &&
			    o->size == d->size && o->verified == d->verified &&
			    strcmp(o->camera, d->camera) == 0 &&
			    strcmp(o->chip_id, d->chip_id) == 0 &&
			    strcmp(o->mac, d->mac) == 0 &&
			    strcmp(o->port, d->port) == 0 &&
			    strcmp(o->note, d->note) == 0 && o->baud == d->baud &&
			    o->passes == d->passes && o->retries == d->retries &&
			    o->created_s == d->created_s && !o->missing;
	}
	return false;
}

static void
spoil_and_rebuild(const struct census *before, uint32_t seed)
{
	struct census *after = calloc(1, sizeof(*after));
	char path[300];
	struct err e;
	unsigned i;

	close_state();
	run("cp %s/good.db %s/inventory.db", f.conf.state, f.conf.state);
	snprintf(path, sizeof(path), "%s/inventory.db", f.conf.state);
	spoil(path, seed);
	if (db_upgrade(f.conf.state, NULL, NULL, NULL, &e) < 0)
		fail_msg("seed %u: %s", seed, e.msg);
	open_state();
	(void)rebuild();
	census(after);
	for (i = 0; i < before->n; i++) {
		if (!has_row(after, &before->list[i]))
			fail_msg("seed %u: row %u is not what it was", seed, i);
	}
	if (after->n != before->n)
		fail_msg("seed %u: %u rows", seed, after->n);
	free(after);
	run("rm -f %s/inventory.db*", f.conf.state);
}

static void
every_row_comes_back(void **state)
{
	static const char *const names[] = { "porch", "shed", "barn" };
	static const char *const chips[] = { "00aa11bb", "00aa11cc", "00aa11dd" };
	const char *many = getenv("CHECK_DAMAGES"), *from = getenv("SEED");
	unsigned n = many != NULL ? (unsigned)strtoul(many, NULL, 10) : 40, i;
	uint32_t seed = from != NULL ? (uint32_t)strtoul(from, NULL, 10) : 1;
	struct census *before = calloc(1, sizeof(*before));
	int64_t cameras[3], id;
	struct err e;

	(void)state;
	for (i = 0; i < 3; i++)
		cameras[i] = make_camera(names[i], chips[i]);
	for (i = 0; i < DUMPS; i++) {
		/* The last two have the same bytes. */
		id = store_dump(i < DUMPS - 1 ? i : i - 1, cameras[i % 3], names[i % 3],
		    chips[i % 3]);
		assert_int_equal(dump_set_note(f.db, id, "a note", &e), 0);
	}
	assert_int_equal(library_describe(f.db, f.store, &e), 0);
	census(before);
	assert_int_equal(before->n, DUMPS);
	run("cp %s/inventory.db %s/good.db", f.conf.state, f.conf.state);
	/* A camera's name with a byte that no name has. */
	spoil_and_rebuild(before, 207199100);
	for (i = 0; i < n; i++)
		spoil_and_rebuild(before, seed + i);
	free(before);
	close_state();
	run("cp %s/good.db %s/inventory.db", f.conf.state, f.conf.state);
	open_state();
}

int
main(void)
{
#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(notes_and_cameras_survive_the_inventory),
		TEST(a_removed_camera_does_not_come_back),
		TEST(what_was_removed_comes_back_as_it_was),
		TEST(names_of_the_bin_are_checked),
		TEST(removal_and_recovery_may_end_at_any_call),
		TEST(one_dump_after_the_other_is_read_again),
		TEST(a_busy_flashd_does_not_scrub),
		TEST(a_new_good_copy_ends_the_damage),
		TEST(every_row_comes_back),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
