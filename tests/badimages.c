/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Images that must not be written (see badimages.h). Tests only. */
#include "config.h"

#include <string.h>

#include "image/awih.h"
#include "tests/badimages.h"
#include "tests/sim/mkimage.h"
#include "tests/sim/simuart.h"
#include "tests/unit.h"

#define SIZE BADIMAGE_FLASH
#define ROOM BADIMAGE_ROOM
/* Of the small XR872 image that mkimage builds. */
#define APP 0x8000u
#define XIP 0x11c00u
#define LAST 0x1ec00u
#define END (LAST + AWIH_HEADER + 0x318u)

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

void
badimage_dump(struct bad *b, enum image_family family)
{
	struct mkimage m = { .family = family,
		.flash_size = family == IMAGE_FAMILY_XR872 ? SIZE : 2 * SIZE,
		.seed = 2,
		.small = true };

	assert_int_equal(mkimage_dump(&m, b->p), 0);
	b->n = m.flash_size;
}

void
badimage_firmware(
    struct bad *b, enum image_family family, uint32_t ota_at, uint32_t ota_n)
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
	badimage_dump(b, IMAGE_FAMILY_XR809);
}

static void
to_xr806(struct bad *b)
{
	badimage_dump(b, IMAGE_FAMILY_XR806);
}

static void
to_xr808(struct bad *b)
{
	badimage_dump(b, IMAGE_FAMILY_XR808);
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
	badimage_firmware(b, IMAGE_FAMILY_XR872, 0, 0);
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
	badimage_firmware(b, IMAGE_FAMILY_XR872, SIZE, 0x1000);
}

static void
to_ota_far(struct bad *b)
{
	badimage_firmware(b, IMAGE_FAMILY_XR872, 0x100000, 0x1000);
}

static void
to_ota_across(struct bad *b)
{
	badimage_firmware(b, IMAGE_FAMILY_XR872, SIZE - 0x1000, 0x2000);
}

static void
to_ota_wrapping(struct bad *b)
{
	badimage_firmware(b, IMAGE_FAMILY_XR872, 0xfffff000, 0xfffff0);
}

static void
to_ota_inside(struct bad *b)
{
	badimage_firmware(b, IMAGE_FAMILY_XR872, APP, 0x1000);
}

static void
to_ota_crooked(struct bad *b)
{
	badimage_firmware(b, IMAGE_FAMILY_XR872, 0x30200, 0x1000);
}

static void
to_ota_on_settings(struct bad *b)
{
	badimage_firmware(b, IMAGE_FAMILY_XR872, SIZE - 0x1000, 0x1000);
}

const struct badimage badimages[] = {
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
	{ "image-displaced", to_app_first, BAD_FLASH },
	{ "image-swapped", to_pairs, 0 },
	{ "image-swapped", to_fours, 0 },
	{ "image-other-chip", to_xr809, 0 },
	{ "image-other-chip", to_xr806, BAD_FORCE },
	{ "image-xr808", to_xr808, 0 },
	{ "image-unknown-chip", to_other_load, 0 },
	{ "image-unknown-chip", to_other_entry, BAD_FORCE },
	{ "image-unknown-chip", to_other_stack, 0 },
	{ "image-unknown-chip", to_other_reset, 0 },
	{ "image-chain", to_backwards, 0 },
	{ "image-chain", to_own_next, 0 },
	{ "image-chain", to_boot_next, BAD_FLASH },
	{ "image-chain", to_overlap, 0 },
	{ "image-chain", to_nowhere, 0 },
	{ "image-chain", to_beyond, 0 },
	{ "image-chain", to_wrapping_next, BAD_FLASH },
	{ "image-chain", to_long_section, 0 },
	{ "image-chain", to_long_boot, BAD_FORCE },
	{ "image-chain", to_many, 0 },
	{ "image-chain", to_cut, BAD_FLASH },
	{ "image-chain", to_cut_header, BAD_FLASH },
	{ "image-checksum", to_bad_head_sum, 0 },
	{ "image-checksum", to_bad_boot, BAD_FLASH },
	{ "image-checksum", to_bad_tail, BAD_FORCE },
	{ "image-no-app", to_no_app, 0 },
	{ "image-size", to_twice_equal, 0 },
	{ "image-size", to_twice, 0 },
	{ "image-size", to_half, 0 },
	{ "image-size", to_longer, BAD_FORCE },
	{ "image-size", to_firmware, 0 },
	{ "image-too-large", to_large_firmware, BAD_FLASH },
	{ "image-ota-outside", to_ota_at_end, BAD_FLASH },
	{ "image-ota-outside", to_ota_far, BAD_FLASH },
	{ "image-ota-outside", to_ota_across, BAD_FLASH },
	{ "image-ota-outside", to_ota_wrapping, BAD_FLASH | BAD_FORCE },
	{ "image-ota-overlap", to_ota_inside, BAD_FLASH },
	{ "image-ota-align", to_ota_crooked, BAD_FLASH },
	{ "image-ota-settings", to_ota_on_settings, BAD_FLASH },
};

const size_t n_badimages = sizeof(badimages) / sizeof(badimages[0]);
