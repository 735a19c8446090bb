/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The engine against a chip in memory: backups under faults, retries in their order,
 * restores that erase what differs and no more. */
#include "config.h"

#include "tests/unit.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/err.h"
#include "tests/fakechip.h"
#include "tests/sim/mkimage.h"

#define SIZE (512u * 1024)
#define SECTORS (SIZE / 4096)
#define SMALL (64u * 1024)

static uint8_t *target, *donor; /* two cameras of one kind */

static int
make_dumps(void **state)
{
	struct mkimage m = { .family = IMAGE_FAMILY_XR872,
		.flash_size = SIZE,
		.seed = 1,
		.mac = { 2, 0, 0, 0, 0, 1 },
		.ssid = "home",
		.psk = "secret-one" };

	(void)state;
	if (sodium_init() < 0 || (target = malloc(SIZE)) == NULL ||
	    (donor = malloc(SIZE)) == NULL || mkimage_dump(&m, target) < 0)
		return -1;
	m.seed = 2;
	m.mac[5] = 2;
	return mkimage_dump(&m, donor);
}

static int
free_dumps(void **state)
{
	(void)state;
	free(target);
	free(donor);
	return 0;
}

static void
identify_says_who_it_is_and_leaves(void **state)
{
	struct fake_session s;

	(void)state;
	fake_init(&s, "identify", target, SIZE, NULL, 0);
	assert_int_equal(fake_run(&s), 0);
	assert_non_null(strstr(s.said, "identity chip xr872\n"));
	assert_non_null(strstr(s.said, "identity jedec 5e3214\n"));
	assert_non_null(strstr(s.said, "identity flash_size 524288\n"));
	assert_non_null(strstr(s.said, "identity entry console\n"));
	assert_int_equal(s.chip_state.ops[s.chip_state.n_ops - 1], 'L');
	assert_int_equal(s.chip_state.reads, 0);
	fake_fini(&s);
}

static void
no_way_in_says_what_was_seen(void **state)
{
	static const struct {
		struct chip_seen seen;
		const char *name;
	} cases[] = {
		{ { .bytes = 0 }, "line-silent" },
		{ { .bytes = 900, .printable = 300 }, "line-garbage" },
		{ { .bytes = 900, .printable = 890, .text = "login:" },
		    "console-login" },
		{ { .bytes = 900, .printable = 890, .text = "no such command" },
		    "console-no-upgrade" },
		{ { .bytes = 900, .printable = 300, .rom = true }, "rom-unsteady" },
	};
	struct fake_session s;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fake_init(&s, "backup", target, SIZE, NULL, 0);
		s.chip_state.mute = true;
		s.chip.seen = cases[i].seen;
		assert_int_equal(fake_run(&s), -1);
		assert_string_equal(s.e.name, cases[i].name);
		assert_int_equal(s.chip_state.n_ops, 0);
		fake_fini(&s);
	}
}

/* One instruction after the other, then what was seen; "none" only after success. */
static void
a_hand_is_asked_for_in_order(void **state)
{
	struct chip_driver all;
	struct fake_session s;
	const char *power, *straps;

	(void)state;
	fake_init(&s, "backup", target, SIZE, NULL, 0);
	all = *s.chip.driver;
	all.caps.entries |= CHIP_ENTRY_POWER | CHIP_ENTRY_STRAPS;
	all.caps.pads = "PB02 and PB03";
	s.chip.driver = &all;
	s.chip_state.mute = true;
	s.order.wait_s = 1;
	assert_int_equal(fake_run(&s), -1);
	assert_string_equal(s.e.name, "line-silent");
	power = strstr(s.said, "ask power-cycle ");
	assert_non_null(power);
	assert_non_null(strstr(power, "progress 0 0 1 0\n"));
	straps = strstr(power, "ask straps ");
	assert_non_null(straps);
	assert_non_null(strstr(straps, "PB02 and PB03"));
	assert_null(strstr(s.said, "ask none"));
	fake_fini(&s);
}

static void
backup_is_exact_and_read_twice(void **state)
{
	struct fake_session s;
	unsigned char digest[32];
	char hex[65], line[128];

	(void)state;
	fake_init(&s, "backup", target, SIZE, NULL, 0);
	assert_int_equal(fake_run(&s), 0);
	assert_true(fake_dumped(&s, target, SIZE));
	/* 32 units of 16 KiB, then 34 of 15.5 KiB. */
	assert_int_equal(s.chip_state.reads, 32 + 34);
	assert_int_equal(s.chip_state.erases + s.chip_state.writes, 0);
	crypto_hash_sha256(digest, target, SIZE);
	sodium_bin2hex(hex, sizeof(hex), digest, sizeof(digest));
	snprintf(line, sizeof(line), "saved %s 524288 2 0\n", hex);
	assert_non_null(strstr(s.said, line));
	assert_null(strstr(s.said, "note "));
	fake_fini(&s);
}

static void
backup_settles_flipped_bytes(void **state)
{
	struct fake_session s;
	unsigned seed, rates[] = { 1, 10, 100 };

	(void)state;
	for (seed = 1; seed <= 30; seed++) {
		fake_init(&s, "backup", target, SMALL, NULL, 0);
		s.chip_state.seed = seed;
		s.chip_state.flip_per_million = rates[seed % 3];
		assert_int_equal(fake_run(&s), 0);
		assert_true(fake_dumped(&s, target, SMALL));
		fake_fini(&s);
	}
}

static void
backup_gives_up_where_no_reading_repeats(void **state)
{
	struct fake_session s;

	(void)state;
	fake_init(&s, "backup", target, SMALL, NULL, 0);
	s.chip_state.flip_per_million = 5000;
	assert_int_equal(fake_run(&s), -1);
	assert_string_equal(s.e.name, "read-unstable");
	assert_null(strstr(s.said, "saved "));
	assert_int_equal(s.chip_state.ops[s.chip_state.n_ops - 1], 'L');
	fake_fini(&s);
}

static void
retry_then_resync_then_smaller_then_slower(void **state)
{
	struct fake_session s;

	(void)state;
	/* Two failures of a whole unit: again, then after a resync. */
	fake_init(&s, "backup", target, SMALL, NULL, 0);
	s.chip_state.fail_read = 2;
	assert_int_equal(fake_run(&s), 0);
	assert_memory_equal(s.chip_state.ops, "BRRSRR", 6);
	assert_true(fake_dumped(&s, target, SMALL));
	fake_fini(&s);
	/* Large units never come: three tries, then half of it. */
	fake_init(&s, "backup", target, SMALL, NULL, 0);
	s.chip_state.most_read = 8192;
	assert_int_equal(fake_run(&s), 0);
	assert_memory_equal(s.chip_state.ops, "BRRSRSRR", 8);
	assert_true(fake_dumped(&s, target, SMALL));
	fake_fini(&s);
	/* Nothing comes at first: down to 512 bytes, then a lower rate. */
	fake_init(&s, "backup", target, SMALL, NULL, 0);
	s.chip_state.fail_read = 3 * 5 + 6;
	assert_int_equal(fake_run(&s), 0);
	assert_non_null(strstr(s.said, "baud 115200\n"));
	assert_true(fake_dumped(&s, target, SMALL));
	fake_fini(&s);
}

static void
a_line_that_carries_nothing_is_diagnosed(void **state)
{
	struct fake_session s;

	(void)state;
	fake_init(&s, "backup", target, SMALL, NULL, 0);
	s.chip_state.most_read = 1;
	assert_int_equal(fake_run(&s), -1);
	assert_string_equal(s.e.name, "line-noisy");
	assert_true(s.chip_state.reads < 100);
	fake_fini(&s);
}

static void
rate_falls_back_to_the_next_lower(void **state)
{
	struct fake_session s;

	(void)state;
	fake_init(&s, "backup", target, SMALL, NULL, 0);
	s.order.baud = 3000000;
	s.chip_state.best_baud = 921600;
	assert_int_equal(fake_run(&s), 0);
	assert_memory_equal(s.chip_state.ops, "BBBR", 4);
	assert_non_null(strstr(s.said, "baud 921600\n"));
	fake_fini(&s);
}

static void
notes_never_fail_a_backup(void **state)
{
	uint8_t *p = malloc(2 * SMALL);
	struct fake_session s;

	(void)state;
	assert_non_null(p);
	memset(p, 0xff, SMALL);
	fake_init(&s, "backup", p, SMALL, NULL, 0);
	assert_int_equal(fake_run(&s), 0);
	assert_non_null(strstr(s.said, "the flash is empty"));
	fake_fini(&s);
	memcpy(p, target, SMALL);
	memcpy(p + SMALL, target, SMALL);
	fake_init(&s, "backup", p, 2 * SMALL, NULL, 0);
	assert_int_equal(fake_run(&s), 0);
	assert_non_null(strstr(s.said, "both halves are equal"));
	fake_fini(&s);
	free(p);
}

static void
unplugged_is_lost_and_not_left(void **state)
{
	struct fake_session s;

	(void)state;
	fake_init(&s, "backup", target, SIZE, NULL, 0);
	s.chip_state.lost_at_op = 20;
	assert_int_equal(fake_run(&s), -1);
	assert_int_equal(s.e.code, ERR_LOST);
	assert_int_not_equal(s.chip_state.ops[s.chip_state.n_ops - 1], 'L');
	fake_fini(&s);
}

static void
stop_while_reading_is_prompt_and_leaves(void **state)
{
	struct fake_session s;

	(void)state;
	fake_init(&s, "backup", target, SIZE, NULL, 0);
	s.chip_state.stop_at_op = 20;
	assert_int_equal(fake_run(&s), -1);
	assert_string_equal(s.e.name, "cancelled");
	assert_int_equal(s.chip_state.n_ops, 21);
	assert_int_equal(s.chip_state.ops[20], 'L');
	fake_fini(&s);
}

/* Restore an image that differs in k sectors. */
static void
restore_differing(const uint8_t *image, unsigned k)
{
	char line[80];
	struct fake_session s;
	unsigned i, written = 0;

	for (i = 0; i < SECTORS; i++) {
		size_t at = i * 4096u, j;

		if (memcmp(image + at, target + at, 4096) == 0)
			continue;
		for (j = 0; j < 4096 && image[at + j] == 0xff; j++)
			;
		written += j < 4096;
	}
	fake_init(&s, "restore", target, SIZE, image, SIZE);
	assert_int_equal(fake_run(&s), 0);
	assert_memory_equal(s.chip_state.flash, image, SIZE);
	assert_int_equal(s.chip_state.erases, k);
	assert_true(fake_dumped(&s, target, SIZE));
	snprintf(
	    line, sizeof(line), "counts %u %u %u %u\n", k, written, k, SECTORS - k);
	assert_non_null(strstr(s.said, line));
	assert_int_equal(strstr(s.said, "touched\n") != NULL, k > 0);
	if (k > 0)
		assert_true(strstr(s.said, "saved ") < strstr(s.said, "touched\n"));
	assert_int_equal(s.chip_state.ops[s.chip_state.n_ops - 1], 'L');
	fake_fini(&s);
}

static void
restore_erases_exactly_what_differs(void **state)
{
	uint8_t *image = malloc(SIZE);
	unsigned k;

	(void)state;
	assert_non_null(image);
	memcpy(image, target, SIZE);
	restore_differing(image, 0);
	/* In what no section covers: the image stays a good one. */
	for (k = 1; k <= 7; k++)
		image[SIZE - (k + 2) * 4096 + 5] = 0x5a;
	restore_differing(image, 7);
	memcpy(image, target, SIZE);
	image[SIZE - 3 * 4096 + 5] = 0x5a;
	restore_differing(image, 1);
	free(image);
}

static void
restore_writes_all_of_a_donor(void **state)
{
	uint8_t *blank = malloc(SIZE);
	struct fake_session s;
	unsigned i, differ = 0;

	(void)state;
	assert_non_null(blank);
	/* Every sector differs from zeroes. */
	memset(blank, 0, SIZE);
	fake_init(&s, "restore", blank, SIZE, donor, SIZE);
	assert_int_equal(fake_run(&s), 0);
	assert_memory_equal(s.chip_state.flash, donor, SIZE);
	assert_int_equal(s.chip_state.erases, SECTORS);
	fake_fini(&s);
	for (i = 0; i < SECTORS; i++)
		differ += memcmp(donor + i * 4096u, target + i * 4096u, 4096) != 0;
	restore_differing(donor, differ);
	free(blank);
}

static void
boot_section_is_last_and_its_header_last_of_all(void **state)
{
	struct fake_session s;
	size_t i;

	(void)state;
	fake_init(&s, "restore", target, SIZE, donor, SIZE);
	assert_int_equal(fake_run(&s), 0);
	assert_int_equal(s.chip_state.erased_at[s.chip_state.n_erased - 1], 0);
	assert_int_equal(s.chip_state.last_write, 0);
	/* The boot section has 0x2704 bytes and a header: three sectors. */
	for (i = 0; i + 3 < s.chip_state.n_erased; i++)
		assert_true(s.chip_state.erased_at[i] >= 3 * 4096);
	fake_fini(&s);
}

static void
writes_that_lie_are_caught_and_repeated(void **state)
{
	struct fake_session s;

	(void)state;
	fake_init(&s, "restore", target, SIZE, donor, SIZE);
	s.chip_state.lie_writes = 2;
	assert_int_equal(fake_run(&s), 0);
	assert_memory_equal(s.chip_state.flash, donor, SIZE);
	fake_fini(&s);
	fake_init(&s, "restore", target, SIZE, donor, SIZE);
	s.chip_state.short_writes = 1;
	s.chip_state.fail_erases = 1;
	assert_int_equal(fake_run(&s), 0);
	assert_memory_equal(s.chip_state.flash, donor, SIZE);
	fake_fini(&s);
}

static void
stuck_bits_fail_honestly(void **state)
{
	uint8_t *image = malloc(SIZE);
	struct fake_session s;

	(void)state;
	assert_non_null(image);
	memcpy(image, target, SIZE);
	memset(image + SIZE - 4 * 4096, 0x77, 4096);
	fake_init(&s, "restore", target, SIZE, image, SIZE);
	s.chip_state.stuck = true;
	s.chip_state.stuck_at = SIZE - 4 * 4096 + 100;
	s.chip_state.stuck_mask = 0x10;
	assert_int_equal(fake_run(&s), -1);
	assert_string_equal(s.e.name, "sector-bad");
	assert_non_null(strstr(s.e.msg, "partly written"));
	/* It stays in download mode: that needs neither console nor straps to mend. */
	assert_int_not_equal(s.chip_state.ops[s.chip_state.n_ops - 1], 'L');
	fake_fini(&s);
	free(image);
}

static void
stop_while_writing_waits_for_the_sector(void **state)
{
	struct fake_session s;
	size_t i, stop;

	(void)state;
	for (stop = 80; stop < 100; stop++) {
		fake_init(&s, "restore", target, SIZE, donor, SIZE);
		s.chip_state.stop_at_op = stop;
		assert_int_equal(fake_run(&s), -1);
		assert_string_equal(s.e.name, "cancelled");
		/* What was erased was also written: every sector is the old or the new
		 * one. */
		for (i = 0; i < SIZE; i += 4096)
			assert_true(
			    memcmp(s.chip_state.flash + i, donor + i, 4096) == 0 ||
			    memcmp(s.chip_state.flash + i, target + i, 4096) == 0);
		fake_fini(&s);
	}
}

static void
refusals_come_before_any_erase(void **state)
{
	uint8_t *other = malloc(SIZE);
	struct mkimage m = {
		.family = IMAGE_FAMILY_XR809, .flash_size = SIZE, .seed = 1
	};
	struct fake_session s;

	(void)state;
	assert_true(other != NULL && mkimage_dump(&m, other) == 0);
	fake_init(&s, "restore", target, SIZE, other, SIZE);
	assert_int_equal(fake_run(&s), -1);
	assert_string_equal(s.e.name, "image-other-chip");
	assert_int_equal(s.chip_state.erases, 0);
	fake_fini(&s);
	fake_init(&s, "restore", target, SIZE, donor, SIZE / 2);
	assert_int_equal(fake_run(&s), -1);
	assert_int_equal(s.e.code, ERR_REFUSED);
	assert_int_equal(s.chip_state.erases, 0);
	fake_fini(&s);
	fake_init(&s, "restore", target, SIZE, donor, SIZE);
	s.order.experimental = false;
	assert_int_equal(fake_run(&s), -1);
	assert_string_equal(s.e.name, "experimental-needed");
	assert_int_equal(s.chip_state.erases + s.chip_state.reads, 0);
	fake_fini(&s);
	fake_init(&s, "restore", target, SIZE, donor, SIZE);
	s.chip_state.unproved = true;
	assert_int_equal(fake_run(&s), -1);
	assert_string_equal(s.e.name, "flash-size-unproved");
	assert_non_null(strstr(s.e.msg, "marking"));
	assert_int_equal(s.chip_state.erases, 0);
	fake_fini(&s);
	/* A backup that cannot be trusted is as good as none. */
	fake_init(&s, "restore", target, SIZE, donor, SIZE);
	s.chip_state.flip_per_million = 5000;
	assert_int_equal(fake_run(&s), -1);
	assert_int_equal(s.chip_state.erases, 0);
	fake_fini(&s);
	free(other);
}

static void
an_empty_flash_is_written_and_read_back_whole(void **state)
{
	uint8_t *blank = malloc(SIZE);
	struct fake_session s;

	(void)state;
	assert_non_null(blank);
	memset(blank, 0xff, SIZE);
	fake_init(&s, "restore", blank, SIZE, donor, SIZE);
	s.chip_state.unproved = true;
	assert_int_equal(fake_run(&s), 0);
	assert_memory_equal(s.chip_state.flash, donor, SIZE);
	assert_non_null(strstr(s.said, "step verify 524288\n"));
	fake_fini(&s);
	free(blank);
}

static void
no_erase_when_the_parent_says_stop(void **state)
{
	struct fake_session s;
	char old[64];

	(void)state;
	fake_init(&s, "restore", target, SIZE, donor, SIZE);
	assert_true(read(s.pair[0], old, sizeof(old)) > 0);
	assert_int_equal(write(s.pair[1], "stop\n", 5), 5);
	assert_int_equal(fake_run(&s), -1);
	assert_int_equal(s.chip_state.erases, 0);
	fake_fini(&s);
	/* "go" for the backup, but not for the first erase. */
	fake_init(&s, "restore", target, SIZE, donor, SIZE);
	assert_true(read(s.pair[0], old, sizeof(old)) > 0);
	assert_int_equal(write(s.pair[1], "go\nstop\n", 8), 8);
	assert_int_equal(fake_run(&s), -1);
	assert_int_equal(s.chip_state.erases, 0);
	fake_fini(&s);
}

static void
flash_writes_only_its_own_range(void **state)
{
	struct mkimage m = {
		.family = IMAGE_FAMILY_XR872, .flash_size = SIZE, .seed = 7
	};
	uint8_t *image = malloc(SIZE), *want = malloc(SIZE);
	struct fake_session s;
	size_t n;

	(void)state;
	assert_true(image != NULL && want != NULL);
	n = mkimage_sections(&m, image, SIZE);
	assert_true(n > 0 && n < SIZE);
	memcpy(want, target, SIZE);
	memcpy(want, image, n);
	fake_init(&s, "flash", target, SIZE, image, n);
	assert_int_equal(fake_run(&s), 0);
	assert_memory_equal(s.chip_state.flash, want, SIZE);
	fake_fini(&s);
	free(image);
	free(want);
}

static void
flash_makes_the_first_image_the_one_to_boot(void **state)
{
	struct mkimage m = { .family = IMAGE_FAMILY_XR872,
		.flash_size = SIZE,
		.seed = 7,
		.ota_at = SIZE - 8 * 4096,
		.ota_n = 4096 };
	uint8_t *image = malloc(SIZE), sector[IMAGE_SECTOR];
	struct fake_session s;
	size_t n;

	(void)state;
	assert_non_null(image);
	n = mkimage_sections(&m, image, SIZE);
	image_ota_sector(sector);
	fake_init(&s, "flash", target, SIZE, image, n);
	assert_int_equal(fake_run(&s), 0);
	assert_memory_equal(s.chip_state.flash + m.ota_at, sector, sizeof(sector));
	fake_fini(&s);
	/* The camera keeps its settings there: they are worth more. */
	m.ota_at = mkimage_sysinfo_at(&(struct mkimage) { .flash_size = SIZE });
	n = mkimage_sections(&m, image, SIZE);
	fake_init(&s, "flash", target, SIZE, image, n);
	assert_int_equal(fake_run(&s), -1);
	assert_string_equal(s.e.name, "image-ota-settings");
	assert_int_equal(s.chip_state.erases, 0);
	fake_fini(&s);
	free(image);
}

static void
erase_blanks_exactly_its_sectors(void **state)
{
	uint8_t *want = malloc(SIZE);
	struct fake_session s;

	(void)state;
	assert_non_null(want);
	memcpy(want, target, SIZE);
	memset(want + 0x12000, 0xff, 0x3000);
	fake_init(&s, "erase", target, SIZE, NULL, 0);
	s.order.at = 0x12000;
	s.order.size = 0x3000;
	assert_int_equal(fake_run(&s), 0);
	assert_memory_equal(s.chip_state.flash, want, SIZE);
	assert_int_equal(s.chip_state.erases, 3);
	fake_fini(&s);
	fake_init(&s, "erase", target, SIZE, NULL, 0);
	s.order.at = SIZE - 4096;
	s.order.size = 8192;
	assert_int_equal(fake_run(&s), -1);
	assert_string_equal(s.e.name, "erase-outside");
	assert_non_null(strstr(s.e.msg, "ends at 0x80000 or before"));
	assert_int_equal(s.chip_state.erases, 0);
	fake_fini(&s);
	free(want);
}

static void
equal_halves_are_refused_with_what_to_do(void **state)
{
	uint8_t *twice = malloc(SIZE);
	struct fake_session s;

	(void)state;
	assert_non_null(twice);
	memcpy(twice, target, SIZE / 2);
	memcpy(twice + SIZE / 2, target, SIZE / 2);
	fake_init(&s, "restore", twice, SIZE, donor, SIZE);
	s.chip_state.unproved = true;
	assert_int_equal(fake_run(&s), -1);
	assert_string_equal(s.e.name, "flash-size-unproved");
	assert_non_null(strstr(s.e.msg, "both its halves read the same"));
	assert_non_null(strstr(s.e.msg, "run this job again"));
	assert_int_equal(s.chip_state.erases, 0);
	fake_fini(&s);
	free(twice);
}

static void
an_erase_off_the_borders_is_refused_with_what_to_do(void **state)
{
	static const uint64_t ranges[][2] = { { 0x1001, 4096 }, { 0, 100 }, { 4096, 0 },
		{ UINT64_MAX - 4095, 8192 } };
	struct fake_session s;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		fake_init(&s, "erase", target, SIZE, NULL, 0);
		s.order.at = ranges[i][0];
		s.order.size = ranges[i][1];
		assert_int_equal(fake_run(&s), -1);
		assert_string_equal(s.e.name, i < 3 ? "erase-border" : "erase-outside");
		assert_non_null(
		    strstr(s.e.msg, i < 3 ? "steps of 0x1000" : "choose a range"));
		assert_int_equal(s.chip_state.erases, 0);
		fake_fini(&s);
	}
}

static void
verify_counts_and_finds_the_first(void **state)
{
	uint8_t *other = malloc(SIZE);
	struct fake_session s;

	(void)state;
	assert_non_null(other);
	memcpy(other, target, SIZE);
	fake_init(&s, "verify", target, SIZE, other, SIZE);
	assert_int_equal(fake_run(&s), 0);
	assert_non_null(strstr(s.said, "differs 0 0\n"));
	fake_fini(&s);
	other[0x5003] ^= 1;
	other[0x5fff] ^= 1;
	other[0x70000] ^= 1;
	fake_init(&s, "verify", target, SIZE, other, SIZE);
	assert_int_equal(fake_run(&s), -1);
	assert_int_equal(s.e.code, ERR_MISMATCH);
	assert_non_null(strstr(s.said, "differs 2 20483\n"));
	fake_fini(&s);
	/* A flip on the line is not a difference. */
	fake_init(&s, "verify", target, SIZE, target, SIZE);
	s.chip_state.flip_per_million = 10;
	assert_int_equal(fake_run(&s), 0);
	fake_fini(&s);
	free(other);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(identify_says_who_it_is_and_leaves),
		cmocka_unit_test(no_way_in_says_what_was_seen),
		cmocka_unit_test(a_hand_is_asked_for_in_order),
		cmocka_unit_test(backup_is_exact_and_read_twice),
		cmocka_unit_test(backup_settles_flipped_bytes),
		cmocka_unit_test(backup_gives_up_where_no_reading_repeats),
		cmocka_unit_test(retry_then_resync_then_smaller_then_slower),
		cmocka_unit_test(a_line_that_carries_nothing_is_diagnosed),
		cmocka_unit_test(rate_falls_back_to_the_next_lower),
		cmocka_unit_test(notes_never_fail_a_backup),
		cmocka_unit_test(unplugged_is_lost_and_not_left),
		cmocka_unit_test(stop_while_reading_is_prompt_and_leaves),
		cmocka_unit_test(restore_erases_exactly_what_differs),
		cmocka_unit_test(restore_writes_all_of_a_donor),
		cmocka_unit_test(boot_section_is_last_and_its_header_last_of_all),
		cmocka_unit_test(writes_that_lie_are_caught_and_repeated),
		cmocka_unit_test(stuck_bits_fail_honestly),
		cmocka_unit_test(stop_while_writing_waits_for_the_sector),
		cmocka_unit_test(refusals_come_before_any_erase),
		cmocka_unit_test(an_empty_flash_is_written_and_read_back_whole),
		cmocka_unit_test(no_erase_when_the_parent_says_stop),
		cmocka_unit_test(flash_writes_only_its_own_range),
		cmocka_unit_test(flash_makes_the_first_image_the_one_to_boot),
		cmocka_unit_test(erase_blanks_exactly_its_sectors),
		cmocka_unit_test(equal_halves_are_refused_with_what_to_do),
		cmocka_unit_test(an_erase_off_the_borders_is_refused_with_what_to_do),
		cmocka_unit_test(verify_counts_and_finds_the_first),
	};

	return cmocka_run_group_tests(tests, make_dumps, free_dumps);
}
