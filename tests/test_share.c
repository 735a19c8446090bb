/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Found things, redacted copies, grafts and differences of built images. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/err.h"
#include "image/awih.h"
#include "image/diff.h"
#include "image/graft.h"
#include "image/redact.h"
#include "tests/sim/mkimage.h"
#include "tests/unit.h"

#define MIB (1024u * 1024u)

struct box {
	uint8_t *a, *b, *out;
	struct image_map *map;
	struct found_list *found;
	struct redact_report *report;
	struct mkimage m;
	struct err e;
};

static const struct mkimage plain = { .family = IMAGE_FAMILY_XR872,
	.seed = 3,
	.mac = { 0x02, 0xaa, 0xbb, 0xcc, 0xdd, 0xee },
	.ssid = "home-net-5",
	.psk = "correct horse battery",
	.old_ssid = "summer-house",
	.old_psk = "old secret 1234" };

static const char *const secrets[] = { "home-net-5", "correct horse battery",
	"summer-house", "old secret 1234" };
#define N_SECRETS (sizeof(secrets) / sizeof(secrets[0]))

static int
setup(void **state)
{
	struct box *b = calloc(1, sizeof(*b));

	b->a = malloc(MIB);
	b->b = malloc(MIB);
	b->out = malloc(MIB);
	b->map = malloc(sizeof(*b->map));
	b->found = malloc(sizeof(*b->found));
	b->report = malloc(sizeof(*b->report));
	b->m = plain;
	assert_int_equal(mkimage_dump(&b->m, b->a), 0);
	*state = b;
	return 0;
}

static int
teardown(void **state)
{
	struct box *b = *state;

	free(b->a);
	free(b->b);
	free(b->out);
	free(b->map);
	free(b->found);
	free(b->report);
	free(b);
	return 0;
}

static void
scan(struct box *b)
{
	assert_int_equal(image_map(b->a, MIB, b->map, &b->e), 0);
	found_scan(b->a, MIB, b->map, b->found);
}

static const struct found *
find(const struct box *b, enum found_kind kind, const char *text)
{
	unsigned i;

	for (i = 0; i < b->found->n; i++) {
		if (b->found->items[i].kind == kind &&
		    b->found->items[i].n == strlen(text) &&
		    memcmp(b->found->items[i].bytes, text, strlen(text)) == 0)
			return &b->found->items[i];
	}
	return NULL;
}

/* By what a person is shown. */
static const struct found *
find_text(const struct box *b, enum found_kind kind, const char *shown)
{
	char text[4 * FOUND_BYTES_MAX + 1];
	unsigned i;

	for (i = 0; i < b->found->n; i++) {
		if (b->found->items[i].kind == kind &&
		    strcmp(found_text(&b->found->items[i], true, text, sizeof(text)),
			shown) == 0)
			return &b->found->items[i];
	}
	return NULL;
}

static bool
holds(const uint8_t *p, size_t n, const char *text)
{
	return memmem(p, n, text, strlen(text)) != NULL;
}

static void
names_and_passphrases_of_all_records_are_found(void **state)
{
	struct box *b = *state;

	scan(b);
	assert_non_null(find(b, FOUND_SSID, "home-net-5"));
	assert_non_null(find(b, FOUND_PASSPHRASE, "correct horse battery"));
	assert_non_null(find(b, FOUND_SSID, "summer-house"));
	assert_non_null(find(b, FOUND_PASSPHRASE, "old secret 1234"));
	assert_non_null(find(b, FOUND_SSID, "WiFi_8K_camera"));
	assert_non_null(find(b, FOUND_BUILD_DATE, "Nov 12 2021"));
	assert_non_null(find(b, FOUND_VERSION, "SDK 1.2.0"));
}

static void
texts_anywhere_are_found_by_their_form(void **state)
{
	struct box *b = *state;
	char *at = (char *)b->a + 0x60000;

	memset(at, ' ', 400);
	memcpy(at + 10, "http://cam.example.com/up", 25);
	memcpy(at + 100, "VSTC-123456-ABCDE", 17);
	memcpy(at + 150, "me@example.org", 14);
	memcpy(at + 200, "d0:11:22:33:44:55", 17);
	memcpy(at + 300, "GC0308", 6);
	memcpy(at + 320, "BATC609531EXLVS", 15);
	memcpy(at + 340, "\0XHA\0\0\0\0\0\0\0\3\342KMMEB\0\0\0", 21);
	memcpy(at + 370, "ABCD12345EFGHIJ", 15); /* one letter too many */
	scan(b);
	assert_non_null(find(b, FOUND_DEVICE_ID, "BATC609531EXLVS"));
	assert_non_null(find_text(b, FOUND_DEVICE_ID, "XHA-000994-KMMEB"));
	assert_null(find_text(b, FOUND_DEVICE_ID, "ABCD12345EFGHI"));
	assert_non_null(find(b, FOUND_URL, "http://cam.example.com/up"));
	assert_non_null(find(b, FOUND_DEVICE_ID, "VSTC-123456-ABCDE"));
	assert_non_null(find(b, FOUND_EMAIL, "me@example.org"));
	assert_non_null(find(b, FOUND_MAC, "d0:11:22:33:44:55"));
	assert_non_null(find(b, FOUND_SENSOR, "GC0308"));
}

static void
secrets_are_masked_until_asked_for(void **state)
{
	struct box *b = *state;
	const struct found *f;
	char text[500];

	scan(b);
	f = find(b, FOUND_PASSPHRASE, "correct horse battery");
	assert_string_equal(
	    found_text(f, false, text, sizeof(text)), "c*** (21 characters)");
	assert_string_equal(
	    found_text(f, true, text, sizeof(text)), "correct horse battery");
}

/* Texts one behind the other, with spaces where a name's length would stand. */
static void
texts_are_no_networks(void **state)
{
	struct box *b = *state;
	char *at = (char *)b->a + 0x60000;
	unsigned i;

	for (i = 0; i < 512; i++)
		snprintf(at + 64 * i, 64, "%032u is what this text is about", i);
	scan(b);
	for (i = 0; i < b->found->n; i++)
		assert_false(b->found->items[i].at >= 0x60000 &&
		    b->found->items[i].at < 0x68000);
	/* A name of 32 letters is found all the same, wherever it stands. */
	memset(at, 0, 1024);
	memcpy(at + 100, "thirty-two letters are a network ten letters", 44);
	scan(b);
	assert_non_null(find(b, FOUND_SSID, "thirty-two letters are a network"));
	assert_non_null(find(b, FOUND_PASSPHRASE, "ten letters"));
}

/* A list that is full of what gives nothing away still has room for secrets. */
static void
secrets_come_before_all_else_where_there_is_no_room_for_all(void **state)
{
	struct redact_options options = { .keep_unknown = true };
	struct box *b = *state;
	char *at = (char *)b->a + 0x60000;
	unsigned i;

	for (i = 0; i < FOUND_MAX + 9; i++)
		snprintf(at + 32 * i, 32, "http://host%05u.example/", i);
	memcpy(at + 32 * i, "BATC609531EXLVS me@example.org", 30);
	scan(b);
	assert_true(b->found->more);
	assert_false(b->found->more_secrets);
	assert_non_null(find(b, FOUND_EMAIL, "me@example.org"));
	assert_non_null(find(b, FOUND_DEVICE_ID, "BATC609531EXLVS"));
	memcpy(b->out, b->a, MIB);
	assert_int_equal(image_redact(b->out, MIB, &options, b->report, &b->e), 0);
	assert_false(holds(b->out, MIB, "me@example.org"));
	assert_false(holds(b->out, MIB, "BATC609531"));
}

/* However many there are, as long as the image has room for them. */
static void
more_secrets_than_one_list_holds_are_blanked_all_the_same(void **state)
{
	struct redact_options options = { .keep_unknown = true };
	struct box *b = *state;
	char *at = (char *)b->a + 0x60000;
	unsigned i, n = FOUND_MAX + 9;

	for (i = 0; i < n; i++) {
		snprintf(at + 64 * i, 64, "somebody%05u@example.org ", i);
		snprintf(at + 64 * i + 32, 32, "02:aa:00:%02x:%02x:0%u ", i >> 8, i & 255,
		    i % 10);
	}
	memcpy(b->out, b->a, MIB);
	assert_int_equal(image_redact(b->out, MIB, &options, b->report, &b->e), 0);
	assert_true(b->report->secrets >= 2 * n);
	assert_false(holds(b->out, MIB, "somebody"));
	assert_false(holds(b->out, MIB, "@example"));
	assert_false(holds(b->out, MIB, "02:aa:00"));
	/* MACs that may stay hide nothing. */
	options.keep_mac = true;
	memcpy(b->out, b->a, MIB);
	assert_int_equal(image_redact(b->out, MIB, &options, b->report, &b->e), 0);
	assert_false(holds(b->out, MIB, "somebody"));
	assert_true(holds(b->out, MIB, "02:aa:00:04:08:02"));
}

/* What is nothing but secrets is no firmware: no copy is made, and that is said soon. */
static void
an_image_of_nothing_but_secrets_is_refused(void **state)
{
	struct redact_options options = { .keep_unknown = true };
	struct box *b = *state;
	unsigned i;
	char text[32];

	for (i = 0; i < 0xa0000 / 16; i++) {
		snprintf(text, sizeof(text), "me%06u@xyzt.eu ", i);
		memcpy(b->a + 0x60000 + 16 * i, text, 16);
	}
	memcpy(b->out, b->a, MIB);
	assert_int_equal(image_redact(b->out, MIB, &options, b->report, &b->e), -1);
	assert_string_equal(b->e.name, "redact-too-much");
}

/* Put a secret into the blank part of the app section's tail in some form. */
static void
plant(struct box *b, size_t at, const char *bytes, size_t n)
{
	memcpy(b->a + at, bytes, n);
}

static void
a_redacted_copy_holds_no_planted_secret_in_any_form(void **state)
{
	/* base64 of "correct horse battery" behind 0, 1 and 2 bytes "x". */
	static const char *const base64[] = { "Y29ycmVjdCBob3JzZSBiYXR0ZXJ5",
		"eGNvcnJlY3QgaG9yc2UgYmF0dGVyeQ==",
		"eHhjb3JyZWN0IGhvcnNlIGJhdHRlcnk=" };
	/* Kept, so that the planted forms are not lost with their whole sector. */
	struct redact_options options = { .keep_unknown = true };
	struct box *b = *state;
	size_t i;

	plant(b, 0x60000, "xx correct horse battery xx", 27);
	plant(b, 0x60100, "yrettab esroh tcerroc", 21);
	for (i = 0; i < 10; i++) {
		b->a[0x60200 + 2 * i] = (uint8_t)secrets[0][i];
		b->a[0x60201 + 2 * i] = 0;
	}
	for (i = 0; i < 3; i++)
		plant(b, 0x60300 + 0x100 * i, base64[i], strlen(base64[i]));
	plant(b, 0x60700, "02:AA:BB:CC:DD:EE", 17);
	plant(b, 0x60800, "02aabbccddee", 12);
	memcpy(b->out, b->a, MIB);
	assert_int_equal(image_redact(b->out, MIB, &options, b->report, &b->e), 0);
	for (i = 0; i < N_SECRETS; i++)
		assert_false(holds(b->out, MIB, secrets[i]));
	assert_false(holds(b->out, MIB, "yrettab"));
	assert_false(holds(b->out, MIB, "ycmVjdCBob3JzZSBiYXR0ZXJ"));
	assert_false(holds(b->out, MIB, "b3JyZWN0IGhvcnNlIGJhdHRlcn"));
	assert_false(holds(b->out, MIB, "jb3JyZWN0IGhvcnNlIGJhdHRlcn"));
	assert_null(memmem(b->out, MIB, "h\0o\0m\0e\0-\0n", 11));
	assert_null(memmem(b->out, MIB, b->m.mac, 6));
	assert_false(holds(b->out, MIB, "02:AA:BB"));
	assert_false(holds(b->out, MIB, "02aabbccddee"));
	assert_true(b->report->secrets >= 6);
	/* And looking again finds no secret. */
	memcpy(b->a, b->out, MIB);
	scan(b);
	for (i = 0; i < b->found->n; i++)
		assert_false(found_is_secret(b->found->items[i].kind));
}

static void
checksums_of_touched_sections_are_right_again_and_the_rest_is_the_same(void **state)
{
	struct redact_options options = { .keep_mac = false };
	struct box *b = *state;
	size_t i, changed = 0;

	/* A copy of the name inside the firmware, in a section that is sound. */
	memcpy(b->a + 0x12345, "home-net-5", 10);
	awih_mend(b->a, MIB, 0x11c00);
	memcpy(b->out, b->a, MIB);
	assert_int_equal(image_redact(b->out, MIB, &options, b->report, &b->e), 0);
	assert_int_equal(b->report->sections_mended, 1);
	assert_int_equal(image_map(b->out, MIB, b->map, &b->e), 0);
	for (i = 0; i < b->map->n_sections; i++)
		assert_true(
		    b->map->sections[i].header_ok && b->map->sections[i].data_ok);
	for (i = 0; i < mkimage_key_at(&b->m); i++)
		changed += b->out[i] != b->a[i];
	/* Ten characters, and the two checksums in the section's header. */
	assert_in_range(changed, 10, 14);
}

static void
what_cannot_be_checked_is_kept_only_when_asked(void **state)
{
	struct redact_options options = { .keep_unknown = true };
	struct box *b = *state;

	memcpy(b->out, b->a, MIB);
	assert_int_equal(image_redact(b->out, MIB, &options, b->report, &b->e), 0);
	assert_memory_equal(
	    b->out + mkimage_key_at(&b->m), b->a + mkimage_key_at(&b->m), 16);
	assert_int_equal(b->report->unknown_bytes, 4096);
	options.keep_unknown = false;
	assert_int_equal(image_redact(b->out, MIB, &options, b->report, &b->e), 0);
	assert_int_equal(b->out[mkimage_key_at(&b->m)], 0xff);
}

static void
make_pair(struct box *b)
{
	struct mkimage t = plain;

	t.mac[5] = 0x77;
	t.ssid = "other-net";
	t.psk = "other secret";
	t.seed = 99;
	assert_int_equal(mkimage_dump(&t, b->b), 0);
}

static bool
graft(struct box *b, const uint8_t *donor, const uint8_t *target,
    enum graft_identity identity, struct graft_report *report)
{
	err_clear(&b->e);
	return image_graft(donor, target, MIB, identity, NULL, NULL, b->out, report, &b->e) ==
	    0;
}

static void
a_graft_of_a_into_a_is_a(void **state)
{
	struct graft_report report;
	struct box *b = *state;

	assert_true(graft(b, b->a, b->a, GRAFT_KEEP, &report));
	assert_memory_equal(b->out, b->a, MIB);
	assert_int_equal(report.differs_from_donor, 0);
}

static void
a_graft_has_the_donors_firmware_and_the_targets_identity(void **state)
{
	struct graft_report report;
	struct box *b = *state;

	make_pair(b);
	assert_true(graft(b, b->a, b->b, GRAFT_KEEP, &report));
	assert_memory_equal(b->out, b->a, mkimage_key_at(&b->m));
	assert_memory_equal(
	    b->out + mkimage_key_at(&b->m), b->b + mkimage_key_at(&b->m), 8192);
	assert_int_equal(report.differs_from_donor, 2);
	assert_true(report.n_lines >= 4);
	assert_false(holds(b->out, MIB, "home-net-5"));
}

static void
a_blank_graft_has_no_settings_and_its_own_key(void **state)
{
	struct graft_report report;
	struct box *b = *state;

	make_pair(b);
	assert_true(graft(b, b->a, b->b, GRAFT_BLANK, &report));
	assert_false(holds(b->out, MIB, "home-net-5"));
	assert_false(holds(b->out, MIB, "other-net"));
	assert_int_equal(b->out[mkimage_sysinfo_at(&b->m)], 0xff);
	assert_memory_equal(
	    b->out + mkimage_key_at(&b->m), b->b + mkimage_key_at(&b->m), 4096);
}

static bool
graft_parts(struct box *b, const uint8_t *donor, const uint8_t *target,
    enum graft_identity identity, const char *parts, struct graft_report *report)
{
	struct graft_choices choices;

	err_clear(&b->e);
	return graft_choices_parse(parts, &choices, &b->e) == 0 &&
	    image_graft(donor, target, MIB, identity, &choices, NULL, b->out, report,
		&b->e) == 0;
}

/* "0xfe000=donor,0xff000=donor": each part that the last graft named. */
static unsigned
all_parts(const struct graft_report *r, const char *from, char *ret, size_t size)
{
	unsigned i, parts = 0;
	size_t n = 0;

	for (i = 0; i < r->n_lines; i++) {
		if (r->lines[i].usual[0] == '\0')
			continue;
		n += (size_t)snprintf(ret + n, size - n, "%s0x%x=%s",
		    parts++ > 0 ? "," : "", r->lines[i].at, from);
	}
	return parts;
}

static void
each_part_of_a_graft_can_be_chosen(void **state)
{
	static const char *const froms[] = { "target", "donor", "blank" };
	struct graft_report usual, report;
	struct box *b = *state;
	uint32_t key = mkimage_key_at(&b->m), sys = mkimage_sysinfo_at(&b->m);
	size_t i;
	char parts[400];

	assert_true(graft(b, b->a, b->a, GRAFT_KEEP, &usual));
	for (i = 0; i < 2; i++) {
		assert_true(all_parts(&usual, froms[i], parts, sizeof(parts)) >= 2);
		assert_true(graft_parts(b, b->a, b->a, GRAFT_KEEP, parts, &report));
		assert_memory_equal(b->out, b->a, MIB);
	}
	make_pair(b);
	for (i = 0; i < 3; i++) {
		all_parts(&usual, froms[i], parts, sizeof(parts));
		assert_true(graft_parts(b, b->a, b->b, GRAFT_KEEP, parts, &report));
		assert_memory_equal(b->out, b->a, key);
		assert_int_equal(holds(b->out, MIB, "home-net-5"), i == 1);
		assert_int_equal(holds(b->out, MIB, "other-net"), i == 0);
		assert_int_equal(b->out[key], i == 2 ? 0xff : (i == 0 ? b->b : b->a)[key]);
		assert_int_equal(image_map(b->out, MIB, b->map, &b->e), 0);
		assert_true(b->map->chain_ok);
	}
	/* One alone; the other as usual, with either identity. */
	snprintf(parts, sizeof(parts), "%u=donor", key);
	assert_true(graft_parts(b, b->a, b->b, GRAFT_KEEP, parts, &report));
	assert_memory_equal(b->out + key, b->a + key, 4096);
	assert_memory_equal(b->out + sys, b->b + sys, 4096);
	snprintf(parts, sizeof(parts), "0x%x=target", sys);
	assert_true(graft_parts(b, b->a, b->b, GRAFT_BLANK, parts, &report));
	assert_memory_equal(b->out + sys, b->b + sys, 4096);
}

static void
a_choice_that_names_no_part_is_told_which_there_are(void **state)
{
	static const char *const wrong[] = { "", "0x1000", "0x1000=mine", "x=donor",
		"-1=donor", "0x1000=donor,", "99999999999=donor", "0x1000=donors" };
	struct graft_report report;
	struct box *b = *state;
	char at[24], parts[64];
	size_t i;

	make_pair(b);
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_false(
		    graft_parts(b, b->a, b->b, GRAFT_KEEP, wrong[i], &report));
		assert_string_equal(b->e.name, "graft-part");
		assert_non_null(strstr(b->e.msg, "OFFSET=target"));
	}
	snprintf(at, sizeof(at), "0x%06x", mkimage_sysinfo_at(&b->m));
	/* Firmware is no part. */
	assert_false(graft_parts(b, b->a, b->b, GRAFT_KEEP, "0=target", &report));
	assert_non_null(strstr(b->e.msg, at));
	snprintf(parts, sizeof(parts), "%s=blank,%s=donor", at, at);
	assert_false(graft_parts(b, b->a, b->b, GRAFT_KEEP, parts, &report));
	assert_non_null(strstr(b->e.msg, "twice"));
	/* Settings that are gone need not be kept when something else is chosen. */
	memset(b->b + mkimage_sysinfo_at(&b->m), 0xff, 4096);
	snprintf(parts, sizeof(parts), "%s=donor", at);
	assert_true(graft_parts(b, b->a, b->b, GRAFT_KEEP, parts, &report));
	assert_true(report.gone);
	snprintf(parts, sizeof(parts), "%s=target", at);
	assert_false(graft_parts(b, b->a, b->b, GRAFT_BLANK, parts, &report));
	assert_string_equal(b->e.name, "identity-gone");
}

static void
a_target_without_settings_is_refused_with_what_twins_share(void **state)
{
	struct graft_report report;
	struct box *b = *state;

	make_pair(b);
	memset(b->b + mkimage_sysinfo_at(&b->m), 0xff, 4096);
	assert_false(graft(b, b->a, b->b, GRAFT_KEEP, &report));
	assert_string_equal(b->e.name, "identity-gone");
	assert_non_null(strstr(b->e.msg, "device id"));
	assert_true(graft(b, b->a, b->b, GRAFT_BLANK, &report));
}

static void
settings_move_to_the_donors_place_by_the_areas_own_rules(void **state)
{
	struct graft_report report;
	struct box *b = *state;
	size_t from = mkimage_sysinfo_at(&b->m), to = from - 8 * 4096;

	make_pair(b);
	/* The donor's firmware keeps its settings elsewhere. */
	memcpy(b->a + to, b->a + from, 4096);
	memset(b->a + from, 0xff, 4096);
	assert_true(graft(b, b->a, b->b, GRAFT_KEEP, &report));
	assert_int_equal(image_map(b->out, MIB, b->map, &b->e), 0);
	assert_true(b->map->sysinfo >= 0);
	assert_int_equal(b->map->fdcm[b->map->sysinfo].at, to);
	assert_int_equal(b->map->fdcm[b->map->sysinfo].used, 1);
	assert_int_equal(b->map->mac[5], 0x77);
	assert_true(holds(b->out + to, 4096, "other-net"));
	assert_false(holds(b->out, MIB, "home-net-5"));
}

static void
a_donor_without_firmware_is_refused(void **state)
{
	struct graft_report report;
	struct box *b = *state;

	make_pair(b);
	memset(b->a, 0xff, 4096);
	assert_false(graft(b, b->a, b->b, GRAFT_KEEP, &report));
	assert_string_equal(b->e.name, "donor-broken");
}

static void
a_difference_is_counted_by_what_the_sectors_are_for(void **state)
{
	struct diff *d = malloc(sizeof(*d));
	struct box *b = *state;

	memcpy(b->b, b->a, MIB);
	assert_int_equal(image_diff(b->a, b->b, MIB, NULL, d, &b->e), 0);
	assert_int_equal(d->differing, 0);
	b->b[0x9000] ^= 1;
	b->b[0x12345] ^= 1;
	b->b[mkimage_sysinfo_at(&b->m) + 100] ^= 1;
	b->b[0x80000] = 0;
	assert_int_equal(image_diff(b->a, b->b, MIB, NULL, d, &b->e), 0);
	assert_int_equal(d->differing, 4);
	assert_int_equal(d->bytes, 4);
	assert_int_equal(d->by_class[DIFF_CODE], 2);
	assert_int_equal(d->by_class[DIFF_CONFIG], 2);
	free(d);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(names_and_passphrases_of_all_records_are_found),
		TEST(texts_anywhere_are_found_by_their_form),
		TEST(secrets_are_masked_until_asked_for),
		TEST(texts_are_no_networks),
		TEST(secrets_come_before_all_else_where_there_is_no_room_for_all),
		TEST(more_secrets_than_one_list_holds_are_blanked_all_the_same),
		TEST(an_image_of_nothing_but_secrets_is_refused),
		TEST(a_redacted_copy_holds_no_planted_secret_in_any_form),
		TEST(
		    checksums_of_touched_sections_are_right_again_and_the_rest_is_the_same),
		TEST(what_cannot_be_checked_is_kept_only_when_asked),
		TEST(a_graft_of_a_into_a_is_a),
		TEST(a_graft_has_the_donors_firmware_and_the_targets_identity),
		TEST(a_blank_graft_has_no_settings_and_its_own_key),
		TEST(each_part_of_a_graft_can_be_chosen),
		TEST(a_choice_that_names_no_part_is_told_which_there_are),
		TEST(a_target_without_settings_is_refused_with_what_twins_share),
		TEST(settings_move_to_the_donors_place_by_the_areas_own_rules),
		TEST(a_donor_without_firmware_is_refused),
		TEST(a_difference_is_counted_by_what_the_sectors_are_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
