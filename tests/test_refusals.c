/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Images and cameras that must be refused, through engine, driver and a simulated
 * camera (vline.h): each with a sentence of its own, none with an erase.
 */
#include "config.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/err.h"
#include "image/awih.h"
#include "tests/sim/mkimage.h"
#include "tests/unit.h"
#include "tests/vline.h"

#define SIZE (256u * 1024)
#define ROOM (4 * SIZE)
#define SAID_MAX 100
/* Of the small XR872 image that mkimage builds. */
#define APP 0x8000u
#define XIP 0x11c00u
#define LAST 0x1ec00u
#define END (LAST + AWIH_HEADER + 0x318u)

static uint8_t camera[SIZE];
static char said[SAID_MAX][600];
static unsigned n_said;

/* An image as it is being spoiled. */
struct bad {
	uint8_t p[ROOM];
	size_t n;
};

static void
put32(uint8_t *p, uint32_t v)
{
	unsigned i;

	for (i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

/* A word of a header, its checksum made right again. */
static void
head(struct bad *b, uint32_t at, uint32_t offset, uint32_t value)
{
	put32(b->p + at + offset, value);
	awih_mend(b->p, b->n, at);
}

static void
dump_of(struct bad *b, enum image_family family)
{
	struct mkimage m = { .family = family,
		.flash_size = family == IMAGE_FAMILY_XR872 ? SIZE : 2 * SIZE,
		.seed = 2,
		.small = true };

	assert_int_equal(mkimage_dump(&m, b->p), 0);
	b->n = m.flash_size;
}

static void
firmware(struct bad *b, enum image_family family, uint32_t ota_at, uint32_t ota_n)
{
	struct mkimage m = { .family = family,
		.seed = 2,
		.small = true,
		.ota_at = ota_at,
		.ota_n = ota_n };

	b->n = mkimage_sections(&m, b->p, ROOM);
	assert_true(b->n > 0);
}

static void
prefix(struct bad *b, const char *magic, size_t n)
{
	memmove(b->p + n, b->p, b->n);
	memcpy(b->p, magic, n);
	b->n += n;
}

static void
to_ff(struct bad *b)
{
	memset(b->p, 0xff, b->n);
}

static void
to_zero(struct bad *b)
{
	memset(b->p, 0, b->n);
}

static void
to_noise(struct bad *b)
{
	struct sim s = { .rng = 5 };
	size_t i;

	for (i = 0; i < b->n; i++)
		b->p[i] = (uint8_t)sim_random(&s);
}

static void
to_zip(struct bad *b)
{
	prefix(b, "PK\003\004", 4);
}

static void
to_gzip(struct bad *b)
{
	prefix(b, "\x1f\x8b", 2);
}

static void
to_7zip(struct bad *b)
{
	prefix(b, "7z\xbc\xaf", 4);
}

static void
to_rar(struct bad *b)
{
	prefix(b, "Rar!", 4);
}

static void
to_xz(struct bad *b)
{
	prefix(b,
	    "\xfd"
	    "7zXZ",
	    5);
}

static void
to_elf(struct bad *b)
{
	prefix(b,
	    "\x7f"
	    "ELF",
	    4);
}

static void
to_jpeg(struct bad *b)
{
	prefix(b, "\xff\xd8\xff", 3);
}

static void
to_png(struct bad *b)
{
	prefix(b, "\x89PNG", 4);
}

static void
to_html(struct bad *b)
{
	prefix(b, "<!DOCTYPE html>", 15);
}

static void
to_exe(struct bad *b)
{
	prefix(b, "MZ", 2);
}

static void
to_hex(struct bad *b)
{
	prefix(b, ":10", 3);
}

static void
to_beken(struct bad *b)
{
	prefix(b, "RBL", 4);
}

static void
to_recording(struct bad *b)
{
	prefix(b, "BROM", 4);
}

static void
to_shifted(struct bad *b)
{
	prefix(b, "\0", 1);
}

static void
to_pairs(struct bad *b)
{
	uint8_t t;
	size_t i;

	for (i = 0; i + 1 < b->n; i += 2) {
		t = b->p[i];
		b->p[i] = b->p[i + 1];
		b->p[i + 1] = t;
	}
}

static void
to_fours(struct bad *b)
{
	uint8_t t[4];
	size_t i;

	for (i = 0; i + 3 < b->n; i += 4) {
		memcpy(t, b->p + i, 4);
		b->p[i] = t[3];
		b->p[i + 1] = t[2];
		b->p[i + 2] = t[1];
		b->p[i + 3] = t[0];
	}
}

static void
to_headless(struct bad *b)
{
	memmove(b->p, b->p + 4096, b->n -= 4096);
}

static void
to_app_first(struct bad *b)
{
	memmove(b->p, b->p + APP, b->n -= APP);
}

static void
to_xr809(struct bad *b)
{
	dump_of(b, IMAGE_FAMILY_XR809);
}

static void
to_xr806(struct bad *b)
{
	dump_of(b, IMAGE_FAMILY_XR806);
}

static void
to_xr808(struct bad *b)
{
	dump_of(b, IMAGE_FAMILY_XR808);
}

static void
to_other_load(struct bad *b)
{
	head(b, 0, 0x10, 0x00100000);
}

static void
to_other_entry(struct bad *b)
{
	head(b, 0, 0x14, 0x00268201);
}

static void
to_other_stack(struct bad *b)
{
	put32(b->p + AWIH_HEADER, 0x00270000);
	awih_mend(b->p, b->n, 0);
}

static void
to_other_reset(struct bad *b)
{
	put32(b->p + AWIH_HEADER, 0x00268000);
	put32(b->p + AWIH_HEADER + 4, 0x00268103);
	put32(b->p + 0x14, 0x00268103);
	awih_mend(b->p, b->n, 0);
}

static void
to_backwards(struct bad *b)
{
	head(b, XIP, 0x20, APP);
}

static void
to_own_next(struct bad *b)
{
	head(b, APP, 0x20, APP);
}

static void
to_boot_next(struct bad *b)
{
	head(b, LAST, 0x20, 0);
}

static void
to_overlap(struct bad *b)
{
	head(b, APP, 0x20, APP + 0x100);
}

static void
to_nowhere(struct bad *b)
{
	head(b, APP, 0x20, XIP + 4);
}

static void
to_beyond(struct bad *b)
{
	head(b, LAST, 0x20, 0x7ffffff0);
}

static void
to_wrapping_next(struct bad *b)
{
	head(b, LAST, 0x20, 0xfffffff0);
}

static void
to_long_section(struct bad *b)
{
	put32(b->p + LAST + 0x0c, 0xfffffff0);
}

static void
to_long_boot(struct bad *b)
{
	put32(b->p + 0x0c, SIZE);
}

static void
to_many(struct bad *b)
{
	uint32_t at = 0x20000, next;
	unsigned i;

	head(b, LAST, 0x20, at);
	for (i = 0; i < 110; i++, at = next) {
		next = at + AWIH_HEADER + 64;
		memcpy(b->p + at, b->p + LAST, AWIH_HEADER);
		put32(b->p + at + 0x0c, 64);
		head(b, at, 0x20, next);
	}
}

static void
to_cut(struct bad *b)
{
	b->n = XIP + 1000;
}

static void
to_cut_header(struct bad *b)
{
	b->n = LAST + 20;
}

static void
to_bad_head_sum(struct bad *b)
{
	b->p[APP + 0x18] ^= 1;
}

static void
to_bad_boot(struct bad *b)
{
	b->p[AWIH_HEADER + 100] ^= 1;
}

static void
to_bad_tail(struct bad *b)
{
	b->p[END - 1] ^= 0x80;
}

static void
to_no_app(struct bad *b)
{
	head(b, 0, 0x20, XIP);
}

static void
to_twice_equal(struct bad *b)
{
	memcpy(b->p + b->n, b->p, b->n);
	b->n *= 2;
}

static void
to_twice(struct bad *b)
{
	memset(b->p + b->n, 0xff, b->n);
	b->n *= 2;
}

static void
to_half(struct bad *b)
{
	b->n /= 2;
}

static void
to_longer(struct bad *b)
{
	b->p[b->n++] = '\n';
}

static void
to_firmware(struct bad *b)
{
	firmware(b, IMAGE_FAMILY_XR872, 0, 0);
}

static void
to_large_firmware(struct bad *b)
{
	struct mkimage m = { .family = IMAGE_FAMILY_XR872, .seed = 2 };

	b->n = mkimage_sections(&m, b->p, ROOM);
	assert_true(b->n > SIZE);
}

static void
to_ota_at_end(struct bad *b)
{
	firmware(b, IMAGE_FAMILY_XR872, SIZE, 0x1000);
}

static void
to_ota_far(struct bad *b)
{
	firmware(b, IMAGE_FAMILY_XR872, 0x100000, 0x1000);
}

static void
to_ota_across(struct bad *b)
{
	firmware(b, IMAGE_FAMILY_XR872, SIZE - 0x1000, 0x2000);
}

static void
to_ota_wrapping(struct bad *b)
{
	firmware(b, IMAGE_FAMILY_XR872, 0xfffff000, 0xfffff0);
}

static void
to_ota_inside(struct bad *b)
{
	firmware(b, IMAGE_FAMILY_XR872, APP, 0x1000);
}

static void
to_ota_crooked(struct bad *b)
{
	firmware(b, IMAGE_FAMILY_XR872, 0x30200, 0x1000);
}

static void
to_ota_on_settings(struct bad *b)
{
	firmware(b, IMAGE_FAMILY_XR872, SIZE - 0x1000, 0x1000);
}

enum { FORCE = 1, FLASH = 2 };

static const struct {
	const char *reason;
	void (*spoil)(struct bad *b);
	unsigned how;
} images[] = {
	{ "image-blank", to_ff, 0 },
	{ "image-blank", to_zero, 0 },
	{ "image-no-boot", to_noise, 0 },
	{ "image-no-boot", to_zip, 0 },
	{ "image-no-boot", to_gzip, 0 },
	{ "image-no-boot", to_7zip, 0 },
	{ "image-no-boot", to_rar, 0 },
	{ "image-no-boot", to_xz, 0 },
	{ "image-no-boot", to_elf, 0 },
	{ "image-no-boot", to_jpeg, 0 },
	{ "image-no-boot", to_png, 0 },
	{ "image-no-boot", to_html, 0 },
	{ "image-no-boot", to_exe, 0 },
	{ "image-no-boot", to_hex, 0 },
	{ "image-no-boot", to_beken, 0 },
	{ "image-no-boot", to_recording, 0 },
	{ "image-displaced", to_shifted, 0 },
	{ "image-displaced", to_headless, 0 },
	{ "image-displaced", to_app_first, FLASH },
	{ "image-swapped", to_pairs, 0 },
	{ "image-swapped", to_fours, 0 },
	{ "image-other-chip", to_xr809, 0 },
	{ "image-other-chip", to_xr806, FORCE },
	{ "image-xr808", to_xr808, 0 },
	{ "image-unknown-chip", to_other_load, 0 },
	{ "image-unknown-chip", to_other_entry, FORCE },
	{ "image-unknown-chip", to_other_stack, 0 },
	{ "image-unknown-chip", to_other_reset, 0 },
	{ "image-chain", to_backwards, 0 },
	{ "image-chain", to_own_next, 0 },
	{ "image-chain", to_boot_next, FLASH },
	{ "image-chain", to_overlap, 0 },
	{ "image-chain", to_nowhere, 0 },
	{ "image-chain", to_beyond, 0 },
	{ "image-chain", to_wrapping_next, FLASH },
	{ "image-chain", to_long_section, 0 },
	{ "image-chain", to_long_boot, FORCE },
	{ "image-chain", to_many, 0 },
	{ "image-chain", to_cut, FLASH },
	{ "image-chain", to_cut_header, FLASH },
	{ "image-checksum", to_bad_head_sum, 0 },
	{ "image-checksum", to_bad_boot, FLASH },
	{ "image-checksum", to_bad_tail, FORCE },
	{ "image-no-app", to_no_app, 0 },
	{ "image-size", to_twice_equal, 0 },
	{ "image-size", to_twice, 0 },
	{ "image-size", to_half, 0 },
	{ "image-size", to_longer, FORCE },
	{ "image-size", to_firmware, 0 },
	{ "image-too-large", to_large_firmware, FLASH },
	{ "image-ota-outside", to_ota_at_end, FLASH },
	{ "image-ota-outside", to_ota_far, FLASH },
	{ "image-ota-outside", to_ota_across, FLASH },
	{ "image-ota-outside", to_ota_wrapping, FLASH | FORCE },
	{ "image-ota-overlap", to_ota_inside, FLASH },
	{ "image-ota-align", to_ota_crooked, FLASH },
	{ "image-ota-settings", to_ota_on_settings, FLASH },
};

/* Refused for this reason, with a sentence nobody has said before, and the camera is
 * as it was. */
static void
assert_refused(
    const struct vline *v, const struct fake_session *s, int r, const char *reason)
{
	unsigned i;

	assert_int_equal(r, -1);
	if (strcmp(s->e.name, reason) != 0)
		fail_msg("%s in place of %s: %s", s->e.name, reason, s->e.msg);
	assert_int_equal(v->sim.stats.erases + v->sim.stats.writes, 0);
	assert_int_equal(v->sim.stats.ops[0x19] + v->sim.stats.ops[0x1b], 0);
	for (i = 0; i < n_said; i++) {
		if (strcmp(said[i], s->e.msg) == 0)
			fail_msg("said twice: %s", s->e.msg);
	}
	assert_true(n_said < SAID_MAX);
	snprintf(said[n_said++], sizeof(said[0]), "%s", s->e.msg);
}

static void
refuse_image(struct bad *b, unsigned which)
{
	const bool flash = (images[which].how & FLASH) != 0;
	struct fake_session s;
	struct vline v;

	dump_of(b, IMAGE_FAMILY_XR872);
	if (flash)
		firmware(b, IMAGE_FAMILY_XR872, 0, 0);
	images[which].spoil(b);
	vline_init(&v, camera, SIZE, which + 1);
	fake_init(&s, flash ? "flash" : "restore", camera, SIZE, b->p, b->n);
	s.order.force = (images[which].how & FORCE) != 0;
	vline_session(&v, &s);
	assert_refused(&v, &s, fake_run(&s), images[which].reason);
	assert_int_equal(s.e.code, ERR_REFUSED);
	assert_memory_equal(v.flash, camera, SIZE);
	vline_session_end(&s);
	fake_fini(&s);
	vline_fini(&v);
}

static void
bad_images_are_refused_each_in_its_own_words(void **state)
{
	const unsigned n = sizeof(images) / sizeof(images[0]);
	struct bad *b = malloc(sizeof(*b));
	unsigned i;

	(void)state;
	assert_non_null(b);
	assert_true(n >= 40);
	for (i = 0; i < n; i++)
		refuse_image(b, i);
	free(b);
}

/* Cameras that must not be written, whatever the image. */
static void
no_id(struct vline *v, struct fake_session *s)
{
	(void)s;
	memset(v->sim.nor.jedec, 0xff, 3);
}

static void
zero_id(struct vline *v, struct fake_session *s)
{
	(void)s;
	memset(v->sim.nor.jedec, 0, 3);
}

static void
strange_id(struct vline *v, struct fake_session *s)
{
	(void)s;
	v->sim.nor.jedec[2] = 0x33;
}

static void
half_the_chip(struct vline *v, struct fake_session *s)
{
	(void)s;
	v->sim.nor.size = SIZE / 2;
}

static void
small_id(struct vline *v, struct fake_session *s)
{
	(void)s;
	v->sim.nor.jedec[2]--;
}

static void
other_rom(struct vline *v, struct fake_session *s)
{
	(void)s;
	v->sim.rom.version = 1;
}

static void
younger_rom(struct vline *v, struct fake_session *s)
{
	(void)s;
	v->sim.rom.version = 3;
}

static void
no_word(struct vline *v, struct fake_session *s)
{
	(void)v;
	s->order.experimental = false;
}

/* Readings that differ each time, and no checksum to tell which is right. */
static void
fickle_line(struct vline *v, struct fake_session *s)
{
	(void)s;
	vline_fault(v, "no-checksum");
	vline_fault(v, "flip:0.0015:to-host");
}

static void
noisy_line(struct vline *v, struct fake_session *s)
{
	s->report.fd = -1;
	vline_fault(v, "flip:0.002:to-host");
}

static void
full_disk(struct vline *v, struct fake_session *s)
{
	(void)v;
	close(s->engine.out_fd);
	s->engine.out_fd = memfd_create("full", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	assert_int_equal(fcntl(s->engine.out_fd, F_ADD_SEALS, F_SEAL_GROW), 0);
}

/* The parent could not store the safety backup, or did not find it right. */
static void
no_safety_copy(struct vline *v, struct fake_session *s)
{
	char old[64];

	(void)v;
	assert_true(read(s->pair[0], old, sizeof(old)) > 0);
	assert_int_equal(write(s->pair[1], "stop\n", 5), 5);
}

static void
erase_crooked(struct vline *v, struct fake_session *s)
{
	(void)v;
	s->order.at = 0x100;
}

static void
erase_beyond(struct vline *v, struct fake_session *s)
{
	(void)v;
	s->order.at = SIZE;
}

static void
erase_unknown(struct vline *v, struct fake_session *s)
{
	(void)s;
	v->sim.nor.jedec[2] = 0x34;
}

static const struct {
	const char *kind, *reason;
	void (*spoil)(struct vline *v, struct fake_session *s);
	enum err_code code;
} cameras[] = {
	{ "restore", "flash-absent", no_id, ERR_REFUSED },
	{ "erase", "flash-absent", zero_id, ERR_REFUSED },
	{ "restore", "flash-size-unknown", strange_id, ERR_REFUSED },
	{ "restore", "flash-size-unproved", half_the_chip, ERR_REFUSED },
	{ "erase", "flash-size-unproved", small_id, ERR_REFUSED },
	{ "restore", "chip-needs-other-tool", other_rom, ERR_REFUSED },
	{ "restore", "image-other-chip", younger_rom, ERR_REFUSED },
	{ "restore", "experimental-needed", no_word, ERR_REFUSED },
	{ "restore", "read-unstable", fickle_line, ERR_FAILED },
	{ "restore", "line-noisy", noisy_line, ERR_FAILED },
	{ "restore", "no-room", full_disk, ERR_FAILED },
	{ "restore", "cancelled", no_safety_copy, ERR_FAILED },
	{ "erase", "erase-border", erase_crooked, ERR_REFUSED },
	{ "erase", "erase-outside", erase_beyond, ERR_REFUSED },
	{ "erase", "flash-size-unknown", erase_unknown, ERR_REFUSED },
};

static void
refuse_camera(struct bad *b, unsigned which)
{
	const bool erase = strcmp(cameras[which].kind, "erase") == 0;
	struct fake_session s;
	struct vline v;

	vline_init(&v, camera, SIZE, which + 100);
	fake_init(&s, cameras[which].kind, camera, SIZE, erase ? NULL : b->p,
	    erase ? 0 : b->n);
	s.order.size = erase ? 4096 : 0;
	cameras[which].spoil(&v, &s);
	vline_session(&v, &s);
	assert_refused(&v, &s, fake_run(&s), cameras[which].reason);
	assert_int_equal(s.e.code, cameras[which].code);
	assert_memory_equal(v.flash, camera, SIZE);
	vline_session_end(&s);
	fake_fini(&s);
	vline_fini(&v);
}

static void
cameras_that_cannot_be_trusted_are_not_written(void **state)
{
	struct bad *b = malloc(sizeof(*b));
	unsigned i;

	(void)state;
	assert_non_null(b);
	dump_of(b, IMAGE_FAMILY_XR872);
	for (i = 0; i < sizeof(cameras) / sizeof(cameras[0]); i++)
		refuse_camera(b, i);
	free(b);
}

/* What --force is for, and nothing else: the bad images above had it, too. */
static void
force_writes_the_image_of_an_xr808(void **state)
{
	struct mkimage m = {
		.family = IMAGE_FAMILY_XR872, .flash_size = 2 * SIZE, .seed = 1
	};
	struct bad *b = malloc(sizeof(*b));
	uint8_t *own = malloc(2 * SIZE);
	struct fake_session s;
	struct vline v;

	(void)state;
	assert_true(b != NULL && own != NULL && mkimage_dump(&m, own) == 0);
	dump_of(b, IMAGE_FAMILY_XR808);
	vline_init(&v, own, 2 * SIZE, 1);
	fake_init(&s, "restore", own, 2 * SIZE, b->p, b->n);
	s.order.force = true;
	vline_session(&v, &s);
	if (fake_run(&s) < 0)
		fail_msg("%s", s.e.msg);
	assert_non_null(strstr(s.said, "XR808, a sibling"));
	assert_memory_equal(v.flash, b->p, b->n);
	vline_session_end(&s);
	fake_fini(&s);
	vline_fini(&v);
	free(own);
	free(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_images_are_refused_each_in_its_own_words),
		cmocka_unit_test(cameras_that_cannot_be_trusted_are_not_written),
		cmocka_unit_test(force_writes_the_image_of_an_xr808),
	};
	struct mkimage m = { .family = IMAGE_FAMILY_XR872,
		.flash_size = SIZE,
		.seed = 1,
		.small = true,
		.mac = { 2, 0, 0, 1, 2, 3 } };

	if (mkimage_dump(&m, camera) < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
