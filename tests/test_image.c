/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Map, judge and plan of images built for all four chip families. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/err.h"
#include "image/plan.h"
#include "tests/sim/mkimage.h"
#include "tests/unit.h"

#define MIB (1024u * 1024u)

struct box {
	uint8_t *p;
	struct image_map *map;
	struct mkimage m;
	struct err e;
};

static int
setup(void **state)
{
	static const struct mkimage plain = { .family = IMAGE_FAMILY_XR872,
		.seed = 3,
		.mac = { 0x02, 0xaa, 0xbb, 0xcc, 0xdd, 0xee },
		.ssid = "home-net",
		.psk = "correct horse" };
	struct box *b = calloc(1, sizeof(*b));

	b->p = malloc(2 * MIB);
	b->map = malloc(sizeof(*b->map));
	b->m = plain;
	assert_int_equal(mkimage_dump(&b->m, b->p), 0);
	*state = b;
	return 0;
}

static int
teardown(void **state)
{
	struct box *b = *state;

	free(b->p);
	free(b->map);
	free(b);
	return 0;
}

static void
map(struct box *b, size_t n)
{
	assert_int_equal(image_map(b->p, n, b->map, &b->e), 0);
}

/* Judge the first n bytes for an XR872 with 1 MiB; the name of the refusal or "". */
static const char *
judge(struct box *b, size_t n, enum image_use use, bool force)
{
	struct image_target t = { .chip = "xr872",
		.brom_version = 2,
		.flash_size = MIB,
		.force_xr808 = force };
	struct err warning;

	map(b, n);
	err_clear(&b->e);
	if (image_judge(b->p, n, b->map, use, &t, &warning, &b->e) == 0)
		return warning.msg[0] != '\0' ? "warning" : "";
	assert_int_equal(b->e.code, ERR_REFUSED);
	assert_true(strlen(b->e.msg) > 60);
	assert_non_null(strstr(b->e.msg, "XR872")); /* the camera's chip, in each */
	assert_null(strstr(b->e.msg, "repeat with --force"));
	return b->e.name;
}

static void
put32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
	p[2] = (uint8_t)(v >> 16);
	p[3] = (uint8_t)(v >> 24);
}

static const struct image_region *
region(const struct image_map *m, enum image_region_kind kind)
{
	static const struct image_region none;
	unsigned i;

	for (i = 0; i < m->n_regions; i++) {
		if (m->regions[i].kind == kind)
			return &m->regions[i];
	}
	fail_msg("no region of kind %s", image_region_name(kind));
	return &none;
}

static void
map_of_a_built_dump_equals_its_recipe(void **state)
{
	struct box *b = *state;

	map(b, MIB);
	assert_true(b->map->has_boot && b->map->chain_ok);
	assert_int_equal(b->map->n_sections, 6);
	assert_string_equal(b->map->sections[0].name, "boot");
	assert_string_equal(b->map->sections[2].name, "app_xip");
	assert_int_equal(b->map->sections[2].offset, 0x11c00);
	assert_int_equal(b->map->end, 0x49c00 + 64 + 0x318);
	assert_int_equal(b->map->sysinfo, 0);
	assert_int_equal(b->map->fdcm[0].at, MIB - 4096);
	assert_int_equal(b->map->fdcm[0].used, 3);
	assert_int_equal(b->map->fdcm[0].area, 4096);
	assert_memory_equal(b->map->mac, b->m.mac, 6);
	assert_int_equal(region(b->map, IMAGE_REGION_DEVICE)->at, MIB - 8192);
	assert_int_equal(region(b->map, IMAGE_REGION_SYSINFO)->n, 4096);
	assert_false(b->map->equal_halves);
}

static void
each_family_is_recognised_by_its_boot_section(void **state)
{
	struct box *b = *state;
	int f;

	for (f = IMAGE_FAMILY_XR809; f <= IMAGE_FAMILY_XR806; f++) {
		b->m.family = (enum image_family)f;
		assert_int_equal(mkimage_dump(&b->m, b->p), 0);
		map(b, MIB);
		assert_int_equal(b->map->family, f);
		assert_true(strlen(b->map->family_reason.msg) > 20);
	}
}

static void
only_an_image_of_the_same_family_is_accepted(void **state)
{
	static const struct {
		enum image_family family;
		const char *refusal;
	} rows[] = {
		{ IMAGE_FAMILY_XR872, "" },
		{ IMAGE_FAMILY_XR809, "image-other-chip" },
		{ IMAGE_FAMILY_XR806, "image-other-chip" },
		{ IMAGE_FAMILY_XR808, "image-xr808" },
	};
	struct box *b = *state;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		b->m.family = rows[i].family;
		assert_int_equal(mkimage_dump(&b->m, b->p), 0);
		assert_string_equal(judge(b, MIB, IMAGE_WHOLE, false), rows[i].refusal);
	}
}

static void
xr808_is_accepted_by_force_with_a_warning_and_xr809_never(void **state)
{
	struct box *b = *state;

	b->m.family = IMAGE_FAMILY_XR808;
	assert_int_equal(mkimage_dump(&b->m, b->p), 0);
	assert_string_equal(judge(b, MIB, IMAGE_WHOLE, true), "warning");
	b->m.family = IMAGE_FAMILY_XR809;
	assert_int_equal(mkimage_dump(&b->m, b->p), 0);
	assert_string_equal(judge(b, MIB, IMAGE_WHOLE, true), "image-other-chip");
}

static void
the_reason_that_explains_most_comes_first(void **state)
{
	struct box *b = *state;

	/* Another family, another size and a broken checksum at once. */
	b->m.family = IMAGE_FAMILY_XR809;
	assert_int_equal(mkimage_dump(&b->m, b->p), 0);
	b->p[0x8100] ^= 1;
	assert_string_equal(judge(b, MIB / 2, IMAGE_WHOLE, false), "image-other-chip");
}

static void
a_whole_dump_must_have_the_size_of_the_flash(void **state)
{
	struct box *b = *state;

	assert_string_equal(judge(b, MIB, IMAGE_WHOLE, false), "");
	assert_string_equal(judge(b, MIB - 4096, IMAGE_WHOLE, false), "image-size");
	memcpy(b->p + MIB, b->p, MIB);
	assert_string_equal(judge(b, 2 * MIB, IMAGE_WHOLE, false), "image-size");
	assert_true(b->map->equal_halves);
	assert_non_null(strstr(b->e.msg, "halves"));
}

static void
one_flipped_bit_in_any_section_is_refused(void **state)
{
	static const uint32_t at[] = { 0x50, 0x18, 0x8004 + 0x20, 0x9000, 0x12000,
		0x41850, 0x43000, 0x49c50 };
	struct box *b = *state;
	size_t i;

	for (i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		b->p[at[i]] ^= 0x10;
		assert_string_not_equal(judge(b, MIB, IMAGE_WHOLE, false), "");
		b->p[at[i]] ^= 0x10;
	}
	assert_string_equal(judge(b, MIB, IMAGE_WHOLE, false), "");
}

static void
lies_in_the_chain_are_refused_with_the_offset(void **state)
{
	static const struct {
		uint32_t at, value; /* a header field and what it says */
		const char *offset; /* must stand in the sentence */
	} rows[] = {
		{ 0x8020, 0x8000, "0x8000" }, /* a cycle */
		{ 0x8020, 0x0, "0x8000" }, /* backwards */
		{ 0x8020, 0x9000, "0x9000" }, /* inside itself */
		{ 0x8020, 0x7fffffff, "0x7fffffff" }, /* far away */
		{ 0x8020, MIB, "0x100000" }, /* right behind the end */
		{ 0x800c, 0xffffff00, "0x8000" }, /* endless data */
		{ 0x0020, 0x8004, "0x8004" }, /* no section there */
	};
	struct box *b = *state;
	uint8_t keep[4];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memcpy(keep, b->p + rows[i].at, 4);
		put32(b->p + rows[i].at, rows[i].value);
		assert_string_equal(judge(b, MIB, IMAGE_WHOLE, false), "image-chain");
		assert_non_null(strstr(b->e.msg, rows[i].offset));
		memcpy(b->p + rows[i].at, keep, 4);
	}
}

static void
files_of_other_kinds_are_named(void **state)
{
	struct box *b = *state;

	memcpy(b->p, "PK\003\004", 4);
	assert_string_equal(judge(b, MIB, IMAGE_WHOLE, false), "image-no-boot");
	assert_non_null(strstr(b->e.msg, "ZIP"));
	memset(b->p, 0xff, MIB);
	assert_string_equal(judge(b, MIB, IMAGE_WHOLE, false), "image-blank");
	memset(b->p, 0x5a, MIB);
	assert_string_equal(judge(b, MIB, IMAGE_SECTIONS, false), "image-blank");
	assert_non_null(strstr(b->e.msg, "5A"));
	b->p[77] = 0;
	assert_string_equal(judge(b, MIB, IMAGE_SECTIONS, false), "image-no-boot");
}

static void
an_ota_area_must_lie_inside_the_flash_and_behind_the_sections(void **state)
{
	static const struct {
		uint32_t at, n;
		const char *refusal;
	} rows[] = {
		{ MIB - 4096, 4096, "" },
		{ MIB, 4096, "image-ota-outside" },
		{ MIB - 4096, 8192, "image-ota-outside" },
		{ 0x10000, 4096, "image-ota-overlap" },
		{ 0x80100, 4096, "image-ota-align" },
	};
	struct box *b = *state;
	size_t i, n;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		b->m.ota_at = rows[i].at;
		b->m.ota_n = rows[i].n;
		n = mkimage_sections(&b->m, b->p, MIB);
		assert_string_equal(
		    judge(b, n, IMAGE_SECTIONS, false), rows[i].refusal);
	}
}

static void
a_section_image_needs_not_fill_the_flash_but_must_fit(void **state)
{
	struct box *b = *state;
	size_t n = mkimage_sections(&b->m, b->p, MIB);
	struct image_target t = {
		.chip = "xr872", .brom_version = 2, .flash_size = 0x40000
	};

	assert_string_equal(judge(b, n, IMAGE_SECTIONS, false), "");
	assert_int_equal(
	    image_judge(b->p, n, b->map, IMAGE_SECTIONS, &t, NULL, &b->e), -1);
	assert_string_equal(b->e.name, "image-too-large");
	assert_string_equal(judge(b, n, IMAGE_WHOLE, false), "image-size");
}

static void
the_ota_sector_says_first_image_verified(void **state)
{
	struct image_fdcm *f;
	struct box *b = *state;

	image_ota_sector(b->p);
	map(b, 4096);
	assert_int_equal(b->map->n_fdcm, 1);
	f = &b->map->fdcm[0];
	assert_int_equal(f->record, 4);
	assert_int_equal(f->used, 1);
	assert_memory_equal(b->p + f->current, "\x55\x55\x69\x96", 4);
}

static void
a_plan_says_what_is_kept_and_how_long_it_takes(void **state)
{
	struct box *b = *state;
	const struct plan_identity who = { .identity = GRAFT_KEEP };
	struct plan restore, flash;

	map(b, MIB);
	image_plan(PLAN_RESTORE, b->map, MIB, 0, 0, 921600, &who, &restore);
	image_plan(PLAN_FLASH, b->map, MIB, 0, 0, 921600, NULL, &flash);
	assert_true(restore.n_lines >= 5);
	assert_true(flash.seconds < restore.seconds);
	assert_in_range(restore.seconds, 46, 90);
}

static bool
plan_says(const struct plan *plan, const char *what, const char *text)
{
	unsigned i;

	for (i = 0; i < plan->n_lines; i++) {
		if (strcmp(plan->lines[i].what, what) == 0 &&
		    strstr(plan->lines[i].said.msg, text) != NULL)
			return true;
	}
	return false;
}

static void
a_plan_warns_of_firmware_without_the_upgrade_command(void **state)
{
	struct box *b = *state;
	struct plan plan;

	map(b, MIB);
	image_plan(PLAN_FLASH, b->map, MIB, 0, 0, 921600, NULL, &plan);
	assert_false(plan_says(&plan, "after", "PB02"));
	b->m.no_upgrade = true;
	assert_int_equal(mkimage_dump(&b->m, b->p), 0);
	map(b, MIB);
	image_plan(PLAN_FLASH, b->map, MIB, 0, 0, 921600, NULL, &plan);
	assert_true(plan_says(&plan, "after", "PB02"));
}

static void
a_bitmap_with_a_hole_is_no_fdcm_area(void **state)
{
	struct box *b = *state;

	b->p[MIB - 4096 + 8] = 0xfa;
	map(b, MIB);
	assert_int_equal(b->map->n_fdcm, 0);
	assert_int_equal(b->map->sysinfo, -1);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(map_of_a_built_dump_equals_its_recipe),
		TEST(each_family_is_recognised_by_its_boot_section),
		TEST(only_an_image_of_the_same_family_is_accepted),
		TEST(xr808_is_accepted_by_force_with_a_warning_and_xr809_never),
		TEST(the_reason_that_explains_most_comes_first),
		TEST(a_whole_dump_must_have_the_size_of_the_flash),
		TEST(one_flipped_bit_in_any_section_is_refused),
		TEST(lies_in_the_chain_are_refused_with_the_offset),
		TEST(files_of_other_kinds_are_named),
		TEST(an_ota_area_must_lie_inside_the_flash_and_behind_the_sections),
		TEST(a_section_image_needs_not_fill_the_flash_but_must_fit),
		TEST(the_ota_sector_says_first_image_verified),
		TEST(a_plan_says_what_is_kept_and_how_long_it_takes),
		TEST(a_plan_warns_of_firmware_without_the_upgrade_command),
		TEST(a_bitmap_with_a_hole_is_no_fdcm_area),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
