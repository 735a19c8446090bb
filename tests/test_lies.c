/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Differences and what is learned from them; lies in an image and their offsets; reads
 * that wrapped around. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/err.h"
#include "image/diff.h"
#include "image/fdcm.h"
#include "tests/sim/mkimage.h"
#include "tests/unit.h"

#define SIZE (256u * 1024)

struct box {
	uint8_t *a, *b, *c;
	struct image_map *map;
	struct diff *diff;
	struct diff_learned *learned;
	struct mkimage m;
	struct err e;
};

static int
setup(void **state)
{
	static const struct mkimage plain = { .family = IMAGE_FAMILY_XR872,
		.flash_size = SIZE,
		.small = true,
		.seed = 3,
		.mac = { 0x02, 0xaa, 0xbb, 0xcc, 0xdd, 0xee },
		.ssid = "home-net",
		.psk = "correct horse" };
	struct box *b = calloc(1, sizeof(*b));

	b->a = malloc(SIZE);
	b->b = malloc(SIZE);
	b->c = malloc(SIZE);
	b->map = malloc(sizeof(*b->map));
	b->diff = malloc(sizeof(*b->diff));
	b->learned = calloc(1, sizeof(*b->learned));
	b->m = plain;
	assert_int_equal(mkimage_dump(&b->m, b->a), 0);
	memcpy(b->b, b->a, SIZE);
	memcpy(b->c, b->a, SIZE);
	*state = b;
	return 0;
}

static int
teardown(void **state)
{
	struct box *b = *state;

	free(b->a);
	free(b->b);
	free(b->c);
	free(b->map);
	free(b->diff);
	free(b->learned);
	free(b);
	return 0;
}

/* ---- differences ---- */

static enum diff_class
class_at(const struct diff *d, uint32_t at)
{
	assert_true(d->sectors[at / IMAGE_SECTOR].bytes > 0);
	return (enum diff_class)d->sectors[at / IMAGE_SECTOR].class;
}

static void
sectors_have_their_classes(void **state)
{
	struct box *b = *state;
	uint32_t sysinfo = mkimage_sysinfo_at(&b->m), data = 0x30000;

	b->b[0x9000] ^= 1;
	b->b[sysinfo + 0x900] ^= 1;
	memset(b->a + data, 0x5a, 2048);
	memset(b->a + data + 4096, 0x5a, 2048);
	memset(b->b + data + 4096, 0x5b, 2048);
	assert_int_equal(image_diff(b->a, b->b, SIZE, NULL, b->diff, &b->e), 0);
	assert_int_equal(b->diff->differing, 4);
	assert_int_equal(class_at(b->diff, 0x9000), DIFF_CODE);
	assert_int_equal(class_at(b->diff, sysinfo), DIFF_CONFIG);
	assert_int_equal(class_at(b->diff, data), DIFF_BLANK);
	assert_int_equal(class_at(b->diff, data + 4096), DIFF_OTHER);
	assert_int_equal(b->diff->bytes, 1 + 1 + 2048 + 2048);
}

static void
volatile_is_learned_while_the_firmware_stays(void **state)
{
	struct box *b = *state;
	uint32_t sysinfo = mkimage_sysinfo_at(&b->m), counter = 0x38000;

	memset(b->a + counter, 0x5a, 2048);
	memcpy(b->c, b->a, SIZE);
	memcpy(b->b, b->a, SIZE);
	/* Two dumps with other firmware teach nothing. */
	b->b[0x9000] ^= 1;
	b->b[counter] ^= 1;
	assert_int_equal(diff_learn(b->learned, b->a, b->b, SIZE, &b->e), 0);
	assert_int_equal(b->learned->pairs, 0);
	b->b[0x9000] ^= 1;
	assert_int_equal(diff_learn(b->learned, b->a, b->b, SIZE, &b->e), 0);
	assert_int_equal(b->learned->pairs, 1);
	assert_int_equal(b->learned->n_volatile, 1);
	b->c[counter + 5] ^= 1;
	b->c[sysinfo + 0x900] ^= 1;
	assert_int_equal(image_diff(b->a, b->c, SIZE, b->learned, b->diff, &b->e), 0);
	assert_int_equal(class_at(b->diff, counter), DIFF_VOLATILE);
	assert_int_equal(class_at(b->diff, sysinfo), DIFF_CONFIG);
}

static void
runs_of_bytes_cover_all_that_differs(void **state)
{
	struct box *b = *state;
	uint32_t seed = 9, at, n, last = 0;
	unsigned i, marked = 0, covered = 0, k;
	size_t from = 0;

	for (i = 0; i < 200; i++) {
		seed = seed * 1103515245 + 12345;
		b->b[(seed >> 8) % SIZE] ^= 0x55;
	}
	for (i = 0; i < SIZE; i++)
		marked += b->a[i] != b->b[i];
	for (; diff_bytes_run(b->a, b->b, SIZE, from, 8, &at, &n); from = at + n) {
		assert_true(from == 0 || at > last + 8);
		assert_true(b->a[at] != b->b[at] && b->a[at + n - 1] != b->b[at + n - 1]);
		for (k = 0; k < n; k++)
			covered += b->a[at + k] != b->b[at + k];
		last = at + n - 1;
	}
	assert_int_equal(covered, marked);
	assert_false(diff_bytes_run(b->a, b->a, SIZE, 0, 8, &at, &n));
}

/* ---- lies ---- */

static void
put32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
	p[2] = (uint8_t)(v >> 16);
	p[3] = (uint8_t)(v >> 24);
}

/* How many faults at this offset have this text. */
static unsigned
faults(struct box *b, uint32_t at, const char *text)
{
	unsigned i, n = 0;
	char hex[16];

	assert_int_equal(image_map(b->b, SIZE, b->map, &b->e), 0);
	for (i = 0; i < b->map->n_faults; i++) {
		n += b->map->faults[i].at == at &&
		    strstr(b->map->faults[i].said.msg, text) != NULL;
		snprintf(hex, sizeof(hex), "0x%x", b->map->faults[i].at);
		assert_non_null(strstr(b->map->faults[i].said.msg, hex));
	}
	return n;
}

static void
a_built_image_tells_no_lies(void **state)
{
	struct box *b = *state;

	assert_int_equal(faults(b, 0, ""), 0);
	assert_int_equal(b->map->n_faults, 0);
}

static void
every_lie_in_a_header_has_its_offset(void **state)
{
	static const struct {
		uint32_t at, value;	/* a header field and what it says */
		uint32_t fault;
		const char *text;
	} rows[] = {
		{ 0x8020, 0x8000, 0x8000, "leads back" },
		{ 0x8020, 0x0, 0x8000, "leads back" },
		{ 0x8020, 0x9000, 0x8000, "begins inside" },
		{ 0x8020, 0x7fffffff, 0x8000, "beyond the end" },
		{ 0x8020, SIZE, 0x8000, "beyond the end" },
		{ 0x800c, 0xffffff00, 0x8000, "the file ends" },
		{ 0x8018, 0xa0000, 0x8000, "body" },
		{ 0x800c, 0x9b00, 0x8000, "data checksum" },
		{ 0x8004, 5, 0x8000, "header checksum" },
		{ 0x0030, 0xffff0001, 0, "end below" },
	};
	struct box *b = *state;
	uint8_t keep[4];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memcpy(keep, b->b + rows[i].at, 4);
		put32(b->b + rows[i].at, rows[i].value);
		assert_int_equal(faults(b, rows[i].fault, rows[i].text), 1);
		memcpy(b->b + rows[i].at, keep, 4);
	}
}

static void
every_lie_of_an_update_record_has_its_offset(void **state)
{
	static const struct {
		uint32_t at, n;
		const char *text;
	} rows[] = {
		{ SIZE, 4096, "beyond the end" },
		{ SIZE - 4096, 8192, "beyond the end" },
		{ 0x10000, 4096, "inside the sections" },
		{ 0x30100, 4096, "no border" },
	};
	struct box *b = *state;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		b->m.ota_at = rows[i].at;
		b->m.ota_n = rows[i].n;
		assert_int_equal(mkimage_dump(&b->m, b->b), 0);
		assert_int_equal(faults(b, 0, rows[i].text), 1);
	}
}

static void
every_lie_of_a_record_area_has_its_offset(void **state)
{
	static const struct {
		uint32_t at;	/* in the area */
		uint8_t bytes[4];
		const char *text;
	} rows[] = {
		{ 4, { 0, 0, 0x68, 1 }, "bitmap has 0 bytes" },
		{ 4, { 0, 8, 0x68, 1 }, "bitmap has 2048 bytes" },
		{ 4, { 2, 0, 0, 0 }, "records have no bytes" },
		{ 4, { 1, 0, 4, 0 }, "no area of whole sectors" },
		{ 8, { 0, 0, 0xff, 0xff }, "has room for 11" },
		{ 8, { 0xfa, 0xff, 0xff, 0xff }, "behind an unused one" },
	};
	struct box *b = *state;
	uint32_t area = mkimage_sysinfo_at(&b->m);
	uint8_t keep[4];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memcpy(keep, b->b + area + rows[i].at, 4);
		memcpy(b->b + area + rows[i].at, rows[i].bytes, 4);
		assert_int_equal(faults(b, area, rows[i].text), 1);
		memcpy(b->b + area + rows[i].at, keep, 4);
	}
}

static void
an_old_record_that_lies_is_told(void **state)
{
	struct box *b = *state;
	struct image_fdcm f;
	uint32_t at;

	assert_int_equal(fdcm_read(b->b, SIZE, mkimage_sysinfo_at(&b->m), &f), 0);
	assert_true(f.used > 1);
	at = fdcm_record(&f, 0);
	b->b[at + SYSINFO_STA_LEN] = 200;
	assert_int_equal(faults(b, at, "200 bytes"), 1);
}

/* ---- the map of a built image ---- */

static uint32_t
next_random(uint32_t *s)
{
	*s ^= *s << 13;
	*s ^= *s >> 17;
	*s ^= *s << 5;
	return *s;
}

/* Every section of the chain, byte for byte as its header in the image says, found by
 * walking the recipe's own way: headers stand at multiples of 1 KiB. */
static void
check_sections(const struct box *b, const uint8_t *p, size_t n)
{
	const struct image_section *s;
	unsigned found = 0;
	size_t at;

	for (at = 0; at + 64 <= n; at += 1024) {
		if (memcmp(p + at, "AWIH", 4) != 0)
			continue;
		assert_true(found < b->map->n_sections);
		s = &b->map->sections[found++];
		assert_int_equal(s->offset, at);
		assert_true(s->header_ok && s->data_ok);
		assert_memory_equal(p + at + 12, &s->size, 4);
		assert_memory_equal(p + at + 16, &s->load, 4);
		assert_memory_equal(p + at + 20, &s->entry, 4);
		assert_memory_equal(p + at + 36, &s->id, 4);
	}
	assert_int_equal(found, b->map->n_sections);
}

/* Regions cover the image once; each byte of a blank one is FF, no other is all FF. */
static void
check_regions(const struct box *b, const uint8_t *p, size_t n)
{
	const struct image_region *r;
	size_t at = 0, k;
	unsigned i;
	bool blank;

	for (i = 0; i < b->map->n_regions; i++) {
		r = &b->map->regions[i];
		assert_int_equal(r->at, at);
		at += r->n;
		for (k = r->at, blank = true; k < at && blank; k++)
			blank = p[k] == 0xff;
		assert_int_equal(blank, r->kind == IMAGE_REGION_BLANK);
	}
	assert_int_equal(at, n);
}

static bool
is_at(const struct box *b, uint32_t at, enum image_region_kind kind)
{
	unsigned i;

	for (i = 0; i < b->map->n_regions; i++) {
		if (at - b->map->regions[i].at < b->map->regions[i].n)
			return b->map->regions[i].kind == kind;
	}
	return false;
}

static void
check_recipe(struct box *b, const struct mkimage *m)
{
	uint8_t *p = malloc(m->flash_size);

	assert_non_null(p);
	assert_int_equal(mkimage_dump(m, p), 0);
	assert_int_equal(image_map(p, m->flash_size, b->map, &b->e), 0);
	assert_int_equal(b->map->family, m->family);
	assert_true(b->map->chain_ok && b->map->n_faults == 0 && b->map->reads == 1);
	assert_int_equal(b->map->has_upgrade, !m->no_upgrade);
	assert_int_equal(b->map->ota_at, m->ota_at);
	assert_int_equal(b->map->ota_n, m->ota_n);
	check_sections(b, p, b->map->end);
	check_regions(b, p, m->flash_size);
	assert_int_equal(b->map->sysinfo >= 0, !m->no_sysinfo);
	if (!m->no_sysinfo) {
		assert_int_equal(
		    b->map->fdcm[b->map->sysinfo].at, mkimage_sysinfo_at(m));
		assert_memory_equal(b->map->mac, m->mac, 6);
		assert_true(is_at(b, mkimage_sysinfo_at(m), IMAGE_REGION_SYSINFO));
	}
	if (!m->no_device_key)
		assert_true(is_at(b, mkimage_key_at(m), IMAGE_REGION_DEVICE));
	free(p);
}

static void
the_map_of_a_built_image_equals_its_recipe(void **state)
{
	struct box *b = *state;
	uint32_t s = 20261122;
	struct mkimage m;
	unsigned i, family;

	for (i = 0; i < 12; i++) {
		for (family = IMAGE_FAMILY_XR809; family <= IMAGE_FAMILY_XR806; family++) {
			memset(&m, 0, sizeof(m));
			m.family = (enum image_family)family;
			m.flash_size = 512u * 1024 << next_random(&s) % 2;
			m.seed = next_random(&s);
			m.mac[0] = 2;
			m.mac[5] = (uint8_t)next_random(&s);
			m.ssid = next_random(&s) % 2 ? "home-net" : NULL;
			m.psk = "correct horse";
			m.old_ssid = next_random(&s) % 2 ? "summer-house" : NULL;
			m.old_psk = "old secret 1234";
			m.no_sysinfo = next_random(&s) % 4 == 0;
			m.no_device_key = next_random(&s) % 4 == 0;
			m.no_upgrade = next_random(&s) % 4 == 0;
			if (next_random(&s) % 2 == 0) {
				m.ota_at = 0x70000;
				m.ota_n = 4096;
			}
			check_recipe(b, &m);
		}
	}
}

/* ---- address wraps ---- */

static void
wrapped_reads_are_counted(void **state)
{
	struct box *b = *state;
	uint8_t *four = malloc(4 * SIZE);
	unsigned i;

	for (i = 0; i < 4; i++)
		memcpy(four + i * SIZE, b->a, SIZE);
	assert_int_equal(image_map(four, 4 * SIZE, b->map, &b->e), 0);
	assert_int_equal(b->map->reads, 4);
	assert_int_equal(b->map->unique, SIZE);
	assert_int_equal(image_map(four, 2 * SIZE, b->map, &b->e), 0);
	assert_int_equal(b->map->reads, 2);
	assert_true(b->map->equal_halves);
	four[SIZE + 77] ^= 1;
	assert_int_equal(image_map(four, 2 * SIZE, b->map, &b->e), 0);
	assert_int_equal(b->map->reads, 1);
	assert_int_equal(b->map->unique, 2 * SIZE);
	/* One value all over says nothing about addresses. */
	memset(four, 0, 4 * SIZE);
	assert_int_equal(image_map(four, 4 * SIZE, b->map, &b->e), 0);
	assert_int_equal(b->map->reads, 1);
	free(four);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(sectors_have_their_classes),
		TEST(volatile_is_learned_while_the_firmware_stays),
		TEST(runs_of_bytes_cover_all_that_differs),
		TEST(a_built_image_tells_no_lies),
		TEST(every_lie_in_a_header_has_its_offset),
		TEST(every_lie_of_an_update_record_has_its_offset),
		TEST(every_lie_of_a_record_area_has_its_offset),
		TEST(an_old_record_that_lies_is_told),
		TEST(the_map_of_a_built_image_equals_its_recipe),
		TEST(wrapped_reads_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
