/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Redacted copies of images in which secrets stand in any place and any way: none is
 * left, whatever was planted. The ways of writing are made here, by other means than
 * the product's. REDACT_RUNS and REDACT_SEED choose others than the usual runs. */
#include "config.h"

#include <ctype.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/err.h"
#include "image/redact.h"
#include "tests/sim/mkimage.h"
#include "tests/unit.h"

#define SIZE (256u * 1024u)
#define SECTOR 4096u
#define N_SECRETS 7
#define N_WAYS 15
#define N_IDS 5 /* ways of writing a device id */
#define WAY_MAX 400

struct secret {
	char text[40];
	size_t n;
};

struct box {
	uint8_t *p, *copy;
	struct redact_report *report;
	struct secret s[N_SECRETS]; /* ssid, psk, old ones, vendor's, lost one's psk */
	uint8_t mac[6];
	struct secret id[N_IDS];
	uint32_t seed;
	char said[4000];
};

static uint32_t
rnd(struct box *b)
{
	b->seed ^= b->seed << 13;
	b->seed ^= b->seed >> 17;
	b->seed ^= b->seed << 5;
	return b->seed;
}

static void
make_secret(struct box *b, struct secret *s)
{
	static const char letters[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -_+/=.,!";
	size_t i;

	s->n = 8 + rnd(b) % 24;
	for (i = 0; i < s->n; i++)
		s->text[i] = letters[rnd(b) % (sizeof(letters) - 1)];
	s->text[s->n] = '\0';
}

/* base64 with neighbours that share letters with it. The part that depends on the secret
 * alone is [*ret_from, *ret_from + *ret_n). */
static size_t
write_base64(struct box *b, unsigned lead, const uint8_t *p, size_t n, char *ret,
    size_t *ret_from, size_t *ret_n)
{
	uint8_t with[160];
	size_t behind = rnd(b) % 4;

	memset(with, (int)('A' + rnd(b) % 26), sizeof(with));
	memcpy(with + lead, p, n);
	sodium_bin2base64(ret, WAY_MAX, with, lead + n + behind,
	    rnd(b) % 2 ? sodium_base64_VARIANT_ORIGINAL
		       : sodium_base64_VARIANT_URLSAFE);
	*ret_from = (8 * lead + 5) / 6;
	*ret_n = 8 * (lead + n) / 6 - *ret_from;
	return strlen(ret);
}

/* As in a URL: what need not be escaped stays, a space may become a plus. */
static size_t
write_url(const uint8_t *p, size_t n, const char *digits, bool plus, char *ret)
{
	size_t i, len = 0;

	for (i = 0; i < n; i++) {
		if (plus && p[i] == ' ') {
			ret[len++] = '+';
		} else if (isalnum(p[i]) || (p[i] != 0 && strchr("-_.", p[i]) != NULL)) {
			ret[len++] = (char)p[i];
		} else {
			ret[len++] = '%';
			ret[len++] = digits[p[i] / 16];
			ret[len++] = digits[p[i] % 16];
		}
	}
	return len;
}

/* One way of writing n bytes. */
static size_t
write_way(struct box *b, unsigned way, const void *bytes, size_t n, char *ret,
    size_t *ret_from, size_t *ret_n)
{
	const uint8_t *p = bytes;
	size_t i, len = 0;
	char wide[160];

	*ret_from = 0;
	switch (way) {
	case 0:
		memcpy(ret, p, n);
		len = n;
		break;
	case 1:
		for (i = 0; i < n; i++)
			ret[i] = (char)p[n - 1 - i];
		len = n;
		break;
	case 2:
	case 3:
		memset(ret, 0, 2 * n);
		for (i = 0; i < n; i++)
			ret[2 * i + (way == 3)] = (char)p[i];
		len = 2 * n;
		break;
	case 4:
	case 5:
		sodium_bin2hex(ret, WAY_MAX, p, n);
		len = 2 * n;
		for (i = 0; way == 5 && i < len; i++)
			ret[i] = (char)(ret[i] >= 'a' ? ret[i] - 32 : ret[i]);
		break;
	case 6:
	case 7:
		len = write_url(p, n, "0123456789abcdef", way == 7, ret);
		break;
	case 8:
		len = write_url(p, n, "0123456789ABCDEF", false, ret);
		break;
	case 9:
	case 10:
	case 11:
		return write_base64(b, way - 9, p, n, ret, ret_from, ret_n);
	default:
		(void)write_way(b, 2 + rnd(b) % 2, p, n, wide, ret_from, ret_n);
		return write_base64(
		    b, way - 12, (uint8_t *)wide, 2 * n, ret, ret_from, ret_n);
	}
	*ret_n = len;
	return len;
}

/* An area of a vendor's own with a network in each of its two records. */
static void
put_vendor_area(uint8_t *area, const struct secret *ssid, const struct secret *psk)
{
	static const uint8_t head[] = { 0xa5, 0x5a, 0x5a, 0xa5, 0x05, 0x00, 0x78, 0x00,
		0xfc, 0xff, 0xff, 0xff, 0xff };
	uint8_t *record = area + 13;
	unsigned i;

	memset(area, 0xff, SECTOR);
	memcpy(area, head, sizeof(head));
	for (i = 0; i < 2; i++, record += 120) {
		memset(record, 0, 120);
		memcpy(record + 7, ssid->text, ssid->n);
		record[7 + 32] = (uint8_t)ssid->n;
		memcpy(record + 7 + 33, psk->text, psk->n);
	}
}

/* A device id in its ways: with and without dashes, zeroes, and as bytes. */
static void
make_id(struct box *b)
{
	char prefix[8] = "", check[8] = "";
	unsigned serial = 1000 + rnd(b) % 999000, i, n = 3 + rnd(b) % 4;
	uint8_t *wire = (uint8_t *)b->id[4].text;

	for (i = 0; i < n; i++)
		prefix[i] = (char)('A' + rnd(b) % 26);
	for (i = 0; i < 5; i++)
		check[i] = (char)('A' + rnd(b) % 26);
	for (i = 0; i < 4; i++)
		b->id[i].n = (size_t)snprintf(b->id[i].text, sizeof(b->id[i].text),
		    "%s%s%0*u%s%s", prefix, i % 2 ? "-" : "", i / 2 ? 6 : 1, serial,
		    i % 2 ? "-" : "", check);
	memset(wire, 0, 20);
	memcpy(wire, prefix, n);
	for (i = 0; i < 4; i++)
		wire[8 + i] = (uint8_t)(serial >> (24 - 8 * i));
	memcpy(wire + 12, check, 5);
	b->id[4].n = 20;
}

static void
build(struct box *b, struct mkimage *m)
{
	unsigned i;

	for (i = 0; i < N_SECRETS; i++)
		make_secret(b, &b->s[i]);
	for (i = 0; i < 6; i++)
		b->mac[i] = (uint8_t)rnd(b);
	b->mac[0] = 2;
	make_id(b);
	*m = (struct mkimage) { .family = IMAGE_FAMILY_XR872,
		.flash_size = SIZE,
		.small = true,
		.seed = rnd(b),
		.ssid = b->s[0].text,
		.psk = b->s[1].text,
		.old_ssid = b->s[2].text,
		.old_psk = b->s[3].text };
	memcpy(m->mac, b->mac, 6);
	assert_int_equal(mkimage_dump(m, b->p), 0);
}

static void
plant(struct box *b, size_t from, size_t to, unsigned count)
{
	char way[WAY_MAX];
	const void *bytes;
	size_t n, len, at, f, k;
	unsigned i, which;

	for (i = 0; i < count; i++) {
		which = rnd(b) % (N_SECRETS + 2);
		if (which < N_SECRETS) {
			bytes = b->s[which].text;
			n = b->s[which].n;
		} else if (which == N_SECRETS) {
			bytes = b->mac;
			n = 6;
		} else {
			which = rnd(b) % N_IDS;
			bytes = b->id[which].text;
			n = b->id[which].n;
		}
		len = write_way(b, rnd(b) % N_WAYS, bytes, n, way, &f, &k);
		at = from + rnd(b) % (to - from - len);
		memcpy(b->p + at, way, len);
	}
}

static void
check_gone(struct box *b, const void *bytes, size_t n, const char *what)
{
	char way[WAY_MAX];
	size_t from, k;
	unsigned i;

	for (i = 0; i < 4 * N_WAYS; i++) {
		(void)write_way(b, i % N_WAYS, bytes, n, way, &from, &k);
		if (memmem(b->copy, SIZE, way + from, k) != NULL)
			fail_msg("%s is left in way %u", what, i % N_WAYS);
	}
}

static void
check_mac_texts(struct box *b)
{
	static const char *const styles[] = { "%02x:%02x:%02x:%02x:%02x:%02x",
		"%02X:%02X:%02X:%02X:%02X:%02X", "%02x-%02x-%02x-%02x-%02x-%02x",
		"%02X-%02X-%02X-%02X-%02X-%02X" };
	char text[20];
	size_t i;

	for (i = 0; i < 4; i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(text, sizeof(text), styles[i], b->mac[0], b->mac[1], b->mac[2],
		    b->mac[3], b->mac[4], b->mac[5]);
#pragma GCC diagnostic pop
		check_gone(b, text, strlen(text), "the MAC address as text");
	}
}

static void
one_run(struct box *b)
{
	/* Kept, so that what is planted is not lost with its whole sector. */
	struct redact_options options = { .keep_unknown = true };
	struct mkimage m;
	struct err e = { .code = ERR_NONE };
	uint32_t key;
	unsigned i;

	build(b, &m);
	key = mkimage_key_at(&m);
	put_vendor_area(b->p + key - SECTOR, &b->s[4], &b->s[5]);
	/* A file of settings, outside of all areas. */
	snprintf((char *)b->p + key - 2 * SECTOR, 200,
	    "{\"wifi\":{\"password\": \"%s\"}}", b->s[6].text);
	/* An area whose head is damaged still holds its records. */
	if (rnd(b) % 3 == 0)
		b->p[mkimage_sysinfo_at(&m) + rnd(b) % 4] ^= 0x10;
	/* The id stands somewhere as it is. */
	i = rnd(b) % N_IDS;
	memcpy(b->p + key - 2 * SECTOR + 300, b->id[i].text, b->id[i].n);
	plant(b, key - 5 * SECTOR, key - 2 * SECTOR, 14);
	memcpy(b->copy, b->p, SIZE);
	if (image_redact(b->copy, SIZE, &options, b->report, &e) < 0)
		fail_msg("%s", e.msg);
	for (i = 0; i < N_SECRETS; i++)
		check_gone(b, b->s[i].text, b->s[i].n, b->s[i].text);
	check_gone(b, b->mac, 6, "the MAC address");
	for (i = 0; i < N_IDS; i++)
		check_gone(b, b->id[i].text, b->id[i].n, "the device id");
	check_mac_texts(b);
	/* The firmware is as it was. */
	assert_memory_equal(b->copy, b->p, b->report->sections_mended > 0 ? 0 : 0x8000);
}

static unsigned
wish(const char *name, unsigned usual)
{
	const char *s = getenv(name);

	return s != NULL ? (unsigned)strtoul(s, NULL, 10) : usual;
}

static void
no_secret_is_left_wherever_it_stands(void **state)
{
	struct box b = { .seed = wish("REDACT_SEED", 20261122) };
	unsigned i, runs = wish("REDACT_RUNS", 40);

	(void)state;
	b.p = malloc(SIZE);
	b.copy = malloc(SIZE);
	b.report = malloc(sizeof(*b.report));
	for (i = 0; i < runs; i++) {
		print_message("# run %u, seed %u\n", i, (unsigned)b.seed);
		one_run(&b);
	}
	free(b.p);
	free(b.copy);
	free(b.report);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_secret_is_left_wherever_it_stands),
	};

	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
