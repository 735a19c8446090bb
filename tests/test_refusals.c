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
#include "tests/badimages.h"
#include "tests/sim/mkimage.h"
#include "tests/unit.h"
#include "tests/vline.h"

#define SIZE BADIMAGE_FLASH
#define SAID_MAX 100

static uint8_t camera[SIZE];
static char said[SAID_MAX][600];
static unsigned n_said;

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
	const bool flash = (badimages[which].how & BAD_FLASH) != 0;
	struct fake_session s;
	struct vline v;

	badimage_dump(b, IMAGE_FAMILY_XR872);
	if (flash)
		badimage_firmware(b, IMAGE_FAMILY_XR872, 0, 0);
	badimages[which].spoil(b);
	vline_init(&v, camera, SIZE, which + 1);
	fake_init(&s, flash ? "flash" : "restore", camera, SIZE, b->p, b->n);
	s.order.force = (badimages[which].how & BAD_FORCE) != 0;
	vline_session(&v, &s);
	assert_refused(&v, &s, fake_run(&s), badimages[which].reason);
	assert_int_equal(s.e.code, ERR_REFUSED);
	assert_memory_equal(v.flash, camera, SIZE);
	vline_session_end(&s);
	fake_fini(&s);
	vline_fini(&v);
}

static void
bad_images_are_refused_each_in_its_own_words(void **state)
{
	struct bad *b = malloc(sizeof(*b));
	unsigned i;

	(void)state;
	assert_non_null(b);
	assert_true(n_badimages >= 40);
	for (i = 0; i < n_badimages; i++)
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
	vline_fault(v, "flip:0.001:to-host");
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
	badimage_dump(b, IMAGE_FAMILY_XR872);
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
	badimage_dump(b, IMAGE_FAMILY_XR808);
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

/* Firmware of sections: its own range is written and nothing else, and what it takes
 * from the camera is said before the first erase. */
static void
firmware_without_a_way_back_is_warned_of(void **state)
{
	struct mkimage m = { .family = IMAGE_FAMILY_XR872,
		.seed = 9,
		.small = true,
		.no_upgrade = true,
		.ota_at = 0x30000,
		.ota_n = 0x1000 };
	struct bad *b = malloc(sizeof(*b));
	struct fake_session s;
	struct vline v;
	const char *note;

	(void)state;
	assert_non_null(b);
	b->n = mkimage_sections(&m, b->p, sizeof(b->p));
	vline_init(&v, camera, SIZE, 1);
	fake_init(&s, "flash", camera, SIZE, b->p, b->n);
	vline_session(&v, &s);
	if (fake_run(&s) < 0)
		fail_msg("%s", s.e.msg);
	note = strstr(s.said, "no console command 'upgrade'");
	assert_non_null(note);
	assert_non_null(strstr(note, "PB02 and PB03"));
	assert_true(strstr(s.said, "\ntouched") > note);
	assert_memory_equal(v.flash, b->p, b->n);
	assert_memory_equal(v.flash + 0x30000, "\xa5\x5a\x5a\xa5\x7c\x00\x04", 7);
	assert_memory_equal(v.flash + 0x31000, camera + 0x31000, SIZE - 0x31000);
	vline_session_end(&s);
	fake_fini(&s);
	vline_fini(&v);
	free(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_images_are_refused_each_in_its_own_words),
		cmocka_unit_test(cameras_that_cannot_be_trusted_are_not_written),
		cmocka_unit_test(force_writes_the_image_of_an_xr808),
		cmocka_unit_test(firmware_without_a_way_back_is_warned_of),
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
