/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Builds images and dumps (see mkimage.h). Tests only. */
#include "config.h"

#include <string.h>

#include "common/buf.h"
#include "image/awih.h"
#include "tests/sim/mkimage.h"

#define HEADER AWIH_HEADER
#define NONE IMAGE_NONE
#define RECORD 360u

struct part {
	uint32_t id, at, size, load, entry, attribute;
};

struct family {
	uint32_t version, boot_load, boot_entry, sp;
	const struct part *parts; /* the boot section first; id 0 ends */
};

static const struct part xr872_parts[] = { { 0xa5ff5a00, 0x00000, 0x2704, 0x00268000,
					       0x00268101, 1 },
	{ 0xa5fe5a01, 0x08000, 0x9ba0, 0x00201000, 0x00201101, 1 },
	{ 0xa5fd5a02, 0x11c00, 0x2f970, NONE, NONE, 2 },
	{ 0xa5fa5a05, 0x41800, 0x8f0, NONE, NONE, 1 },
	{ 0xa5f95a06, 0x42400, 0x7414, NONE, NONE, 1 },
	{ 0xa5f85a07, 0x49c00, 0x318, NONE, NONE, 1 }, { 0, 0, 0, 0, 0, 0 } };
/* The same with a short app_xip. */
static const struct part xr872_small_parts[] = { { 0xa5ff5a00, 0x00000, 0x2704,
						     0x00268000, 0x00268101, 1 },
	{ 0xa5fe5a01, 0x08000, 0x9ba0, 0x00201000, 0x00201101, 1 },
	{ 0xa5fd5a02, 0x11c00, 0x4970, NONE, NONE, 2 },
	{ 0xa5fa5a05, 0x16800, 0x8f0, NONE, NONE, 1 },
	{ 0xa5f95a06, 0x17400, 0x7414, NONE, NONE, 1 },
	{ 0xa5f85a07, 0x1ec00, 0x318, NONE, NONE, 1 }, { 0, 0, 0, 0, 0, 0 } };
static const struct part xr809_parts[] = { { 0xa5ff5a00, 0x00000, 0x2a00, 0x00067000,
					       0x00067101, 1 },
	{ 0xa5fe5a01, 0x08000, 0xc000, 0x00010000, 0x00010101, 1 },
	{ 0xa5fd5a02, 0x14400, 0x1f000, NONE, NONE, 2 },
	{ 0xa5fc5a03, 0x33800, 0x8000, 0x60000000, NONE, 1 },
	{ 0xa5fb5a04, 0x3bc00, 0x9000, 0x60000000, NONE, 1 }, { 0, 0, 0, 0, 0, 0 } };
static const struct part xr806_parts[] = { { 0xa5ff5a00, 0x00000, 0x2d00, 0x00230000,
					       0x00230101, 1 },
	{ 0xa5fe5a01, 0x08000, 0xa000, 0x00201000, 0x00201101, 1 },
	{ 0xa5fd5a02, 0x12400, 0x28000, NONE, NONE, 2 }, { 0, 0, 0, 0, 0, 0 } };

/* In the order of enum image_family. */
static const struct family families[] = {
	{ 4, 0, 0, 0, NULL },
	{ 3, 0x00067000, 0x00067101, 0x00080000, xr809_parts },
	{ 4, 0x00268000, 0x00268101, 0x00268000, xr872_parts },
	{ 4, 0x00268000, 0x00268101, 0x00240000, xr872_parts },
	{ 5, 0x00230000, 0x00230101, 0x00247c00, xr806_parts },
};

/* xorshift: noise that is the same on every machine. */
static uint32_t
next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

static void
fill_noise(uint8_t *p, size_t n, uint32_t seed)
{
	uint32_t state = seed * 2654435761u + 1;
	size_t i;

	for (i = 0; i < n; i++)
		p[i] = (uint8_t)next_random(&state);
}

static void
put_header(const struct mkimage *m, const struct family *f, const struct part *part,
    uint8_t *p)
{
	const struct part *next = part + 1;
	uint32_t priv[6] = { NONE, NONE, NONE, NONE, NONE, NONE };
	struct writer w;
	size_t i;

	if (part == f->parts) {
		if (m->ota_n != 0) {
			priv[0] = 0xff | m->ota_n << 8;
			priv[1] = m->ota_at;
		}
		priv[2] = 0xffff03fc;
	}
	writer_init(&w, p, HEADER);
	writer_bytes(&w, "AWIH", 4);
	writer_le32(&w, f->version);
	writer_le32(&w, 0);
	writer_le32(&w, part->size);
	writer_le32(&w, part->load);
	writer_le32(&w, part->entry);
	writer_le32(&w, part->size);
	writer_le32(&w, part->attribute);
	writer_le32(&w, next->id != 0 ? next->at : NONE);
	writer_le32(&w, part->id);
	for (i = 0; i < 6; i++)
		writer_le32(&w, priv[i]);
}

static void
put_body(const struct mkimage *m, const struct family *f, const struct part *part,
    uint8_t *p)
{
	static const char banner[] = "XRADIO Skylark SDK 1.2.0 Nov 12 2021 10:11:12";
	static const char commands[] = "help\0upgrade\0reboot";
	struct writer w;

	fill_noise(p, part->size, m->seed + part->id);
	if (part->attribute == 2) {
		memcpy(p + 0x100, banner, sizeof(banner));
		if (!m->no_upgrade)
			memcpy(p + 0x200, commands, sizeof(commands));
	}
	if (part->entry == NONE)
		return;
	writer_init(&w, p, 16);
	writer_le32(&w, part == f->parts ? f->sp : 0x00260000);
	writer_le32(&w, part->entry);
}

size_t
mkimage_sections(const struct mkimage *m, uint8_t *p, size_t size)
{
	struct family family = families[m->family];
	const struct family *f = &family;
	const struct part *part;
	size_t end = 0;

	if (f->parts == NULL)
		return 0;
	if (m->small && f->parts == xr872_parts)
		family.parts = xr872_small_parts;
	for (part = f->parts; part->id != 0; part++)
		end = part->at + HEADER + part->size;
	if (end > size)
		return 0;
	memset(p, 0xff, end);
	for (part = f->parts; part->id != 0; part++) {
		put_header(m, f, part, p + part->at);
		put_body(m, f, part, p + part->at + HEADER);
		awih_mend(p, end, part->at);
	}
	return end;
}

static uint32_t
flash_size(const struct mkimage *m)
{
	return m->flash_size != 0 ? m->flash_size : 1024 * 1024;
}

uint32_t
mkimage_sysinfo_at(const struct mkimage *m)
{
	return flash_size(m) - IMAGE_SECTOR;
}

uint32_t
mkimage_key_at(const struct mkimage *m)
{
	return flash_size(m) - 2 * IMAGE_SECTOR;
}

static void
put_text(uint8_t *p, size_t size, const char *s)
{
	size_t n = strlen(s);

	memcpy(p, s, n < size ? n : size);
}

/* One settings record of 360 bytes: the SDK's 236 and a vendor's tail. */
static void
put_record(const struct mkimage *m, const char *ssid, const char *psk, uint8_t *rec)
{
	static const uint8_t addresses[] = { 192, 168, 28, 1, 255, 255, 255, 0, 192,
		168, 28, 1 };

	memset(rec, 0, RECORD);
	rec[4] = 1;
	memcpy(rec + 5, m->mac, 6);
	if (ssid != NULL) {
		put_text(rec + 12, 32, ssid);
		rec[44] = (uint8_t)(strlen(ssid) < 32 ? strlen(ssid) : 32);
		put_text(rec + 45, 65, psk != NULL ? psk : "");
		/* The vendor's second copy. */
		put_text(rec + 0xec, 32, ssid);
		rec[0x10c] = rec[44];
		put_text(rec + 0x10d, 65, psk != NULL ? psk : "");
	}
	put_text(rec + 110, 32, "WiFi_8K_camera");
	rec[142] = 14;
	rec[208] = 6;
	memcpy(rec + 224, addresses, sizeof(addresses));
	put_text(rec + 0x153, 8, "1.0.6");
	memcpy(rec + RECORD - 4, "\xd9\x9d\xa5\x5a", 4);
}

static void
put_sysinfo(const struct mkimage *m, uint8_t *p)
{
	/* Three records: factory, an older network, the current one. */
	static const uint8_t head[] = { 0xa5, 0x5a, 0x5a, 0xa5, 2, 0, 0x68, 1, 0xf8,
		0xff };

	memcpy(p, head, sizeof(head));
	put_record(m, NULL, NULL, p + sizeof(head));
	put_record(m, m->old_ssid, m->old_psk, p + sizeof(head) + RECORD);
	put_record(m, m->ssid, m->psk, p + sizeof(head) + 2 * RECORD);
}

int
mkimage_dump(const struct mkimage *m, uint8_t *p)
{
	uint32_t size = flash_size(m), mac_seed = 0;
	size_t i;

	memset(p, 0xff, size);
	if (mkimage_sections(m, p, mkimage_key_at(m)) == 0)
		return -1;
	for (i = 0; i < sizeof(m->mac); i++)
		mac_seed = mac_seed * 31 + m->mac[i];
	if (!m->no_device_key)
		fill_noise(p + mkimage_key_at(m), 16, mac_seed + 7);
	if (!m->no_sysinfo)
		put_sysinfo(m, p + mkimage_sysinfo_at(m));
	if (m->ota_n != 0 && m->ota_at <= size - IMAGE_SECTOR)
		image_ota_sector(p + m->ota_at);
	return 0;
}
