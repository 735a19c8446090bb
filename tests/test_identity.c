/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whose identity a restore writes: the rules on bytes, and the engine over a chip in
 * memory, byte for byte. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/err.h"
#include "image/graft.h"
#include "image/plan.h"
#include "tests/fakechip.h"
#include "tests/sim/mkimage.h"
#include "tests/unit.h"

#define SIZE (256u * 1024u)
#define SECTOR 4096u

struct box {
	uint8_t *donor, *target, *wanted, *out;
	uint32_t sysinfo_at, key_at;
	struct graft_report report;
	struct graft_who who;
	struct err e;
};

static int
setup(void **state)
{
	struct box *b = calloc(1, sizeof(*b));
	struct mkimage d = { .family = IMAGE_FAMILY_XR872,
		.small = true,
		.flash_size = SIZE,
		.seed = 7,
		.mac = { 0x02, 0x11, 0x11, 0x11, 0x11, 0x11 },
		.ssid = "donor-net",
		.psk = "donor secret 1" };
	struct mkimage t = d;

	t.seed = 8;
	t.mac[5] = 0x22;
	t.ssid = "target-net";
	t.psk = "target secret 2";
	b->donor = malloc(SIZE);
	b->target = malloc(SIZE);
	b->wanted = malloc(SIZE);
	b->out = malloc(SIZE);
	assert_int_equal(mkimage_dump(&d, b->donor), 0);
	assert_int_equal(mkimage_dump(&t, b->target), 0);
	b->sysinfo_at = mkimage_sysinfo_at(&d);
	b->key_at = mkimage_key_at(&d);
	/* The donor's firmware, the target's key and settings. */
	memcpy(b->wanted, b->donor, SIZE);
	memcpy(b->wanted + b->key_at, b->target + b->key_at, SECTOR);
	memcpy(b->wanted + b->sysinfo_at, b->target + b->sysinfo_at, SECTOR);
	*state = b;
	return 0;
}

static int
teardown(void **state)
{
	struct box *b = *state;

	free(b->donor);
	free(b->target);
	free(b->wanted);
	free(b->out);
	free(b);
	return 0;
}

static int
restore(struct box *b, enum graft_identity identity)
{
	err_clear(&b->e);
	return image_restore(
	    b->donor, b->target, SIZE, identity, &b->who, b->out, &b->report, &b->e);
}

static void
chip_ids(struct box *b, const char *donor, const char *target)
{
	snprintf(b->who.donor_chip_id, sizeof(b->who.donor_chip_id), "%s", donor);
	snprintf(b->who.target_chip_id, sizeof(b->who.target_chip_id), "%s", target);
}

static const char *
line_of(const struct box *b, const char *what)
{
	unsigned i;

	for (i = 0; i < b->report.n_lines; i++) {
		if (strcmp(b->report.lines[i].what, what) == 0)
			return b->report.lines[i].said.msg;
	}
	return "";
}

static void
another_cameras_dump_leaves_the_camera_its_identity(void **state)
{
	struct box *b = *state;

	assert_int_equal(restore(b, GRAFT_KEEP), 0);
	assert_memory_equal(b->out, b->wanted, SIZE);
	assert_false(b->report.as_it_is || b->report.own || b->report.gone);
	assert_int_equal(b->report.differs_from_donor, 2);
}

static void
a_cameras_own_dump_goes_back_as_it_is(void **state)
{
	struct box *b = *state;

	/* By the chip's id, whatever the flash says now. */
	chip_ids(b, "aa11", "aa11");
	assert_int_equal(restore(b, GRAFT_KEEP), 0);
	assert_memory_equal(b->out, b->donor, SIZE);
	assert_true(b->report.own && b->report.as_it_is);
	/* Also where nothing is left of it: this dump is the way back. */
	memset(b->target, 0xff, SIZE);
	assert_int_equal(restore(b, GRAFT_KEEP), 0);
	assert_memory_equal(b->out, b->donor, SIZE);
}

static void
the_stored_address_and_the_library_tell_where_chip_ids_do_not(void **state)
{
	struct box *b = *state;

	memcpy(b->out, b->donor, SIZE);
	/* An older state of the target: same address, other settings. */
	memcpy(b->donor + b->sysinfo_at, b->target + b->sysinfo_at, SECTOR);
	assert_int_equal(restore(b, GRAFT_KEEP), 0);
	assert_true(b->report.own);
	/* The chip's word weighs more. */
	chip_ids(b, "aa11", "bb22");
	assert_int_equal(restore(b, GRAFT_KEEP), 0);
	assert_false(b->report.own);
	/* Nothing is left to compare: the library's name for it counts. */
	chip_ids(b, "", "");
	memset(b->target, 0xff, SIZE);
	b->who.same_camera = true;
	assert_int_equal(restore(b, GRAFT_KEEP), 0);
	assert_true(b->report.own);
	assert_memory_equal(b->out, b->donor, SIZE);
}

/* What is left of a camera whose settings are gone. */
static void
lose_settings(struct box *b, unsigned how)
{
	static const uint8_t magic[] = { 0xa5, 0x5a, 0x5a, 0xa5 };
	uint8_t *area = b->target + b->sysinfo_at;
	size_t i;

	switch (how) {
	case 0:
		memset(area, 0xff, SECTOR);
		break;
	case 1:
		memset(area, 0, SECTOR);
		break;
	case 2:
		memset(b->target, 0xff, SIZE);
		break;
	case 3: /* the area is there, its current record holds nothing */
		for (i = 12; i < SECTOR; i++)
			area[i] = area[i] == 0xff ? 0xff : 0;
		assert_memory_equal(area, magic, sizeof(magic));
		break;
	default:
		area[0] ^= 1;
		break;
	}
}

static void
a_lost_identity_is_refused_and_the_choices_told(void **state)
{
	struct box *b = *state;
	uint8_t *whole = malloc(SIZE);
	unsigned how;

	memcpy(whole, b->target, SIZE);
	for (how = 0; how < 5; how++) {
		memcpy(b->target, whole, SIZE);
		lose_settings(b, how);
		assert_int_equal(restore(b, GRAFT_KEEP), -1);
		assert_int_equal(b->e.code, ERR_REFUSED);
		assert_string_equal(b->e.name, "identity-gone");
		assert_non_null(strstr(b->e.msg, "device id"));
		assert_non_null(strstr(b->e.msg, "access point"));
		assert_non_null(strstr(b->e.msg, "identity 'blank'"));
		/* Both choices work, and say it first. */
		assert_int_equal(restore(b, GRAFT_DONOR), 0);
		assert_memory_equal(b->out, b->donor, SIZE);
		assert_true(b->report.gone);
		assert_string_equal(b->report.lines[0].what, "gone");
		assert_int_equal(restore(b, GRAFT_BLANK), 0);
		assert_string_equal(b->report.lines[0].what, "gone");
	}
	free(whole);
}

static void
blank_means_factory_defaults_with_the_boards_own_key(void **state)
{
	struct box *b = *state;
	uint8_t blank[SECTOR];

	memset(blank, 0xff, sizeof(blank));
	memcpy(b->wanted + b->sysinfo_at, blank, SECTOR);
	assert_int_equal(restore(b, GRAFT_BLANK), 0);
	assert_memory_equal(b->out, b->wanted, SIZE);
}

/* The donor's settings hold this address. */
#define STORED "02:11:11:11:11:11"

static void
the_address_is_told_with_its_reason(void **state)
{
	struct box *b = *state;

	assert_int_equal(restore(b, GRAFT_KEEP), 0);
	assert_int_equal(b->report.mac, GRAFT_MAC_UNKNOWN);
	assert_non_null(strstr(line_of(b, "mac"), "Cannot be told"));
	snprintf(b->who.donor_mac, sizeof(b->who.donor_mac), STORED);
	snprintf(b->who.mac_source, sizeof(b->who.mac_source), "efuse");
	assert_int_equal(restore(b, GRAFT_KEEP), 0);
	assert_int_equal(b->report.mac, GRAFT_MAC_CHIP);
	assert_non_null(strstr(line_of(b, "mac"), "eFuse"));
	snprintf(b->who.donor_mac, sizeof(b->who.donor_mac), "d0:00:00:00:00:01");
	assert_int_equal(restore(b, GRAFT_KEEP), 0);
	assert_int_equal(b->report.mac, GRAFT_MAC_FLASH);
	assert_non_null(strstr(line_of(b, "mac"), "From the flash"));
	/* The same in what twins would share. */
	memset(b->target, 0xff, SIZE);
	assert_int_equal(restore(b, GRAFT_KEEP), -1);
	assert_non_null(strstr(b->e.msg, "and the MAC address, which"));
	snprintf(b->who.donor_mac, sizeof(b->who.donor_mac), STORED);
	assert_int_equal(restore(b, GRAFT_KEEP), -1);
	assert_non_null(strstr(b->e.msg, "not the MAC address"));
}

static void
what_the_donor_leaves_in_its_data_is_told(void **state)
{
	struct box *b = *state;

	memset(b->donor + b->key_at - SECTOR, 0x20, SECTOR);
	memcpy(b->donor + b->key_at - 100, "VSTC-123456-ABCDE", 17);
	assert_int_equal(restore(b, GRAFT_KEEP), 0);
	assert_non_null(strstr(line_of(b, "left"), "device-id"));
}

/* 64 times: settings of other layouts and places, keys here and there; what is kept is
 * the target's, nothing of the donor's is left, and grafting again changes nothing. */
static void
a_graft_keeps_the_target_whatever_the_layouts(void **state)
{
	struct box *b = *state;
	uint8_t *donor = malloc(SIZE), *again = malloc(SIZE);
	struct image_map *map = malloc(sizeof(*map));
	unsigned i, seed;

	memcpy(donor, b->donor, SIZE);
	for (i = 0; i < 64; i++) {
		seed = i * 2654435761u;
		memcpy(b->donor, donor, SIZE);
		if (seed & 1 << 8) { /* the donor keeps its settings elsewhere */
			memcpy(b->donor + b->key_at - 2 * SECTOR,
			    b->donor + b->sysinfo_at, SECTOR);
			memset(b->donor + b->sysinfo_at, 0xff, SECTOR);
		}
		if (seed & 1 << 9)
			memset(b->donor + b->key_at, 0xff, SECTOR);
		if (seed & 1 << 10) /* another key, where the target has none */
			memcpy(b->donor + b->key_at - SECTOR, "key of donor", 12);
		assert_int_equal(restore(b, GRAFT_KEEP), 0);
		assert_int_equal(image_map(b->out, SIZE, map, &b->e), 0);
		assert_true(map->chain_ok && map->sysinfo >= 0 && map->has_mac);
		assert_int_equal(map->mac[5], 0x22);
		assert_non_null(memmem(b->out, SIZE, "target-net", 10));
		assert_null(memmem(b->out, SIZE, "donor-net", 9));
		assert_null(memmem(b->out, SIZE, "donor secret 1", 14));
		assert_null(memmem(b->out, SIZE, "key of donor", 12));
		assert_memory_equal(b->out + b->key_at, b->target + b->key_at, SECTOR);
		memcpy(again, b->out, SIZE);
		assert_int_equal(image_graft(b->donor, again, SIZE, GRAFT_KEEP, NULL, NULL,
				     b->out, &b->report, &b->e),
		    0);
		assert_memory_equal(b->out, again, SIZE);
	}
	free(map);
	free(again);
	free(donor);
}

static void
a_plan_says_first_what_is_gone(void **state)
{
	struct plan *plan = malloc(sizeof(*plan));
	struct image_map *map = malloc(sizeof(*map));
	struct plan_identity who = { .identity = GRAFT_BLANK, .target = "dump 3" };
	struct err gone;
	struct box *b = *state;

	memset(b->target, 0xff, SIZE);
	assert_int_equal(restore(b, GRAFT_BLANK), 0);
	assert_int_equal(image_map(b->out, SIZE, map, &b->e), 0);
	who.graft = &b->report;
	image_plan(PLAN_RESTORE, map, 0, 0, 0, 921600, &who, plan);
	assert_string_equal(plan->lines[0].what, "gone");
	who.graft = NULL;
	err_text(&gone, "It is gone.");
	who.gone = &gone;
	image_plan(PLAN_RESTORE, map, 0, 0, 0, 921600, &who, plan);
	assert_string_equal(plan->lines[0].said.msg, "It is gone.");
	free(map);
	free(plan);
}

/* ---- the engine ---- */

static struct fake_session s;

static void
begin(struct box *b, const char *identity)
{
	fake_init(&s, "restore", b->target, SIZE, b->donor, SIZE);
	snprintf(s.order.identity, sizeof(s.order.identity), "%s", identity);
}

static void
the_engine_writes_the_graft_and_the_backup_is_the_target(void **state)
{
	struct box *b = *state;
	unsigned i, differ = 0;

	for (i = 0; i < SIZE; i += SECTOR)
		differ += memcmp(b->target + i, b->wanted + i, SECTOR) != 0;
	begin(b, "keep");
	assert_int_equal(fake_run(&s), 0);
	assert_memory_equal(s.chip_state.flash, b->wanted, SIZE);
	assert_true(fake_dumped(&s, b->target, SIZE));
	assert_int_equal(s.chip_state.erases, differ);
	assert_non_null(strstr(s.said, "\nimage keep "));
	/* The backup is safe before anything is made of it. */
	assert_true(strstr(s.said, "\nsaved ") < strstr(s.said, "\nimage "));
	assert_true(strstr(s.said, "\nimage ") < strstr(s.said, "\ntouched"));
	for (i = 0; i < s.chip_state.n_erased; i++) {
		assert_int_not_equal(s.chip_state.erased_at[i], b->sysinfo_at);
		assert_int_not_equal(s.chip_state.erased_at[i], b->key_at);
	}
	fake_fini(&s);
}

static void
the_engine_erases_nothing_where_there_is_nothing_to_keep(void **state)
{
	struct box *b = *state;

	lose_settings(b, 0);
	begin(b, "keep");
	assert_int_equal(fake_run(&s), -1);
	assert_int_equal(s.e.code, ERR_REFUSED);
	assert_string_equal(s.e.name, "identity-gone");
	assert_int_equal(s.chip_state.erases + s.chip_state.writes, 0);
	assert_true(fake_dumped(&s, b->target, SIZE));
	fake_fini(&s);
	begin(b, "blank");
	assert_int_equal(fake_run(&s), 0);
	memset(b->wanted + b->sysinfo_at, 0xff, SECTOR);
	assert_memory_equal(s.chip_state.flash, b->wanted, SIZE);
	assert_non_null(strstr(s.said, "the camera's own settings were gone"));
	fake_fini(&s);
}

static void
the_engine_gives_a_camera_its_own_dump_back(void **state)
{
	struct box *b = *state;

	begin(b, "keep");
	s.order.image_own = true;
	/* Its stored address says otherwise: not its own after all. */
	assert_int_equal(fake_run(&s), 0);
	assert_memory_equal(s.chip_state.flash, b->wanted, SIZE);
	fake_fini(&s);
	memset(b->target, 0xff, SIZE);
	begin(b, "keep");
	s.order.image_own = true;
	assert_int_equal(fake_run(&s), 0);
	assert_memory_equal(s.chip_state.flash, b->donor, SIZE);
	assert_non_null(strstr(s.said, "\nimage own "));
	fake_fini(&s);
}

/* A session that ends at an event of the journal or the chip; what it left. */
static bool
cut_off(struct box *b, unsigned at, uint8_t *ret_flash, int *ret_journal)
{
	struct fake_world world = { .end_at = at, .when = FAKE_AFTER };
	bool touched;

	begin(b, "keep");
	s.order.job = 7;
	s.chip_state.world = &world;
	s.engine.journal.ops = &fake_journal_ops;
	s.engine.journal.ops_arg = &world;
	(void)fake_run(&s);
	touched = strstr(s.said, "\ntouched\n") != NULL && world.ended;
	memcpy(ret_flash, s.chip_state.flash, SIZE);
	*ret_journal = dup(s.engine.journal.fd);
	fake_fini(&s);
	free(world.synced);
	return touched;
}

/* The settings move to where the donor's firmware looks for them, and their old place
 * is overwritten: what was cut off then cannot be made again from what the chip holds.
 */
static void
a_graft_that_was_cut_off_goes_on_to_the_same_image(void **state)
{
	struct box *b = *state;
	uint8_t *flash = malloc(SIZE);
	unsigned at, resumed = 0;
	int journal, safety;

	memcpy(b->donor + b->key_at - 2 * SECTOR, b->donor + b->sysinfo_at, SECTOR);
	memset(b->donor + b->sysinfo_at, 0x5a, SECTOR);
	assert_int_equal(restore(b, GRAFT_KEEP), 0);
	memcpy(b->wanted, b->out, SIZE);
	for (at = 1; at < 120; at += 17) {
		if (cut_off(b, at, flash, &journal)) {
			resumed++;
			fake_init(&s, "restore", flash, SIZE, b->donor, SIZE);
			snprintf(s.order.identity, sizeof(s.order.identity), "keep");
			s.order.job = 7;
			s.order.resume = true;
			close(s.engine.journal.fd);
			s.engine.journal.fd = dup(journal);
			safety = memfd_create("safety", MFD_CLOEXEC);
			assert_int_equal(
			    pwrite(safety, b->target, SIZE, 0), (ssize_t)SIZE);
			s.engine.safety_fd = safety;
			if (fake_run(&s) < 0)
				fail_msg("%u: %s: %s", at, s.e.name, s.e.msg);
			assert_memory_equal(s.chip_state.flash, b->wanted, SIZE);
			close(safety);
			s.engine.safety_fd = -1;
			fake_fini(&s);
		}
		close(journal);
	}
	assert_true(resumed > 2);
	free(flash);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(another_cameras_dump_leaves_the_camera_its_identity),
		TEST(a_cameras_own_dump_goes_back_as_it_is),
		TEST(the_stored_address_and_the_library_tell_where_chip_ids_do_not),
		TEST(a_lost_identity_is_refused_and_the_choices_told),
		TEST(blank_means_factory_defaults_with_the_boards_own_key),
		TEST(the_address_is_told_with_its_reason),
		TEST(what_the_donor_leaves_in_its_data_is_told),
		TEST(a_graft_keeps_the_target_whatever_the_layouts),
		TEST(a_plan_says_first_what_is_gone),
		TEST(the_engine_writes_the_graft_and_the_backup_is_the_target),
		TEST(the_engine_erases_nothing_where_there_is_nothing_to_keep),
		TEST(the_engine_gives_a_camera_its_own_dump_back),
		TEST(a_graft_that_was_cut_off_goes_on_to_the_same_image),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
