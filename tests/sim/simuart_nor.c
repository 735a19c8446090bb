/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * simuart's SPI NOR: programming only clears bits, addresses wrap at the chip's size,
 * and everything takes its time. Contents go to the backing file at once, so that they
 * are there after a kill. Test program, one thread.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/buf.h"
#include "tests/sim/simuart.h"

/* Typical times of 8 Mbit parts' data sheets. */
#define STATUS_NS (6 * MS)
#define PAGE_NS (MS / 2)
static const int64_t erase_ns[4] = { 3000 * MS, 50 * MS, 150 * MS, 200 * MS };

static void
stuck_bits(struct sim *s)
{
	unsigned i;

	for (i = 0; i < s->n_faults; i++)
		if (s->faults[i].kind == FAULT_STUCK_BIT &&
		    s->faults[i].at < s->nor.size)
			s->nor.p[s->faults[i].at] &=
			    (uint8_t) ~(1u << s->faults[i].bit);
}

static void
save(struct sim *s, uint32_t at, size_t n)
{
	stuck_bits(s);
	if (s->nor.fd >= 0 && pwrite(s->nor.fd, s->nor.p + at, n, at) != (ssize_t)n)
		perror("simuart: flash file");
}

int
nor_open(struct sim *s, const char *file, uint32_t size)
{
	struct nor *f = &s->nor;
	struct stat st;
	ssize_t n;

	f->fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (f->fd < 0 || fstat(f->fd, &st) < 0) {
		perror(file);
		return -1;
	}
	if (size == 0)
		size =
		    (uint32_t)(st.st_size > 0 && st.st_size <= FLASH_MAX ? st.st_size
									 : 1024 * 1024);
	f->size = size;
	if ((f->p = malloc(size)) == NULL)
		return -1;
	memset(f->p, 0xff, size);
	n = pread(f->fd, f->p, size, 0);
	if (n < 0 || st.st_size > (off_t)size) {
		fprintf(stderr, "simuart: '%s' does not fit a chip of %u bytes\n", file,
		    size);
		return -1;
	}
	if (n < (ssize_t)size)
		save(s, 0, size);
	stuck_bits(s);
	return 0;
}

void
nor_read(struct sim *s, uint32_t at, uint8_t *ret, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		ret[i] = s->nor.p[(at + i) % s->nor.size];
}

static bool
is_protected(struct sim *s, uint32_t at)
{
	unsigned i;

	for (i = 0; i < s->n_faults; i++)
		if (s->faults[i].kind == FAULT_PROTECTED &&
		    at / 65536 == s->faults[i].at)
			return true;
	return false;
}

/* The pending power cut that lies in [at, at + n), or NULL. */
static struct fault *
cut_in(struct sim *s, bool erase, uint32_t at, uint32_t n)
{
	struct fault *f;
	unsigned i;

	for (i = 0; i < s->n_faults; i++) {
		f = &s->faults[i];
		if (f->kind == FAULT_CUT && !f->done && f->erase == erase &&
		    f->at >= at && f->at - at < n)
			return f;
	}
	return NULL;
}

static bool
lies(struct sim *s, bool erase)
{
	unsigned i;

	for (i = 0; i < s->n_faults; i++)
		if (s->faults[i].kind == FAULT_LIE && s->faults[i].erase == erase)
			return true;
	return false;
}

int64_t
nor_erase(struct sim *s, unsigned mode, uint32_t at, bool *ret_power_cut)
{
	static const uint32_t units[4] = { 0, 4096, 32768, 65536 };
	struct fault *slow = fault_find(s, FAULT_SLOW_ERASE), *cut;
	uint32_t n, i;

	*ret_power_cut = false;
	if (mode > 3) {
		s->stats.wild_erases++;
		return STATUS_NS;
	}
	n = mode == 0 || units[mode] > s->nor.size ? s->nor.size : units[mode];
	at = mode == 0 ? 0 : at % s->nor.size / n * n;
	s->stats.erases++;
	if (is_protected(s, at) || lies(s, true))
		return STATUS_NS;
	if ((cut = cut_in(s, true, at, n)) != NULL) {
		/* Cells half way between: some bits are back at 1, some are not. */
		cut->done = true;
		for (i = 0; i < n; i++)
			s->nor.p[at + i] |= (uint8_t)(i < n / 2 ? 0xff : sim_random(s));
		*ret_power_cut = true;
	} else {
		memset(s->nor.p + at, 0xff, n);
	}
	save(s, at, n);
	return STATUS_NS + (slow != NULL ? (int64_t)slow->ms * MS : erase_ns[mode]);
}

/* One page or a part of it; address and length do not cross its end. */
static bool
program_page(struct sim *s, uint32_t at, const uint8_t *p, size_t n)
{
	struct fault *cut = cut_in(s, false, at, (uint32_t)n);
	size_t i;

	s->stats.pages++;
	if (is_protected(s, at) || lies(s, false))
		return false;
	if (cut != NULL) {
		cut->done = true;
		n = (size_t)(cut->at - at);
	}
	for (i = 0; i < n; i++)
		s->nor.p[at + i] &= p[i];
	if (cut != NULL) /* the byte under the knife gets some of its bits */
		s->nor.p[at + n] &= (uint8_t)(p[n] | sim_random(s));
	return cut != NULL;
}

int64_t
nor_program(struct sim *s, uint32_t at, const uint8_t *p, size_t n, bool *ret_power_cut)
{
	uint32_t first = at % s->nor.size;
	int64_t took = STATUS_NS;
	size_t done, part;

	*ret_power_cut = false;
	s->stats.writes++;
	for (done = 0; done < n && !*ret_power_cut; done += part) {
		uint32_t here = (uint32_t)((first + done) % s->nor.size);

		part = 256 - here % 256;
		if (part > n - done)
			part = n - done;
		*ret_power_cut = program_page(s, here, p + done, part);
		took += PAGE_NS;
		save(s, here, part);
	}
	return took;
}

static uint16_t
sum16(const uint8_t *p, size_t n)
{
	uint32_t sum = 0;
	size_t i;

	for (i = 0; i + 1 < n; i += 2)
		sum += (uint32_t)(p[i] | p[i + 1] << 8);
	if (n % 2 == 1)
		sum += p[n - 1];
	return (uint16_t)sum;
}

/* A whole AWIH section at `at`; ret_next gets its link. */
static bool
section_whole(struct sim *s, uint32_t at, uint32_t id, uint32_t *ret_next)
{
	uint8_t head[64];
	struct reader r;
	uint32_t magic, size;
	uint16_t data_sum;

	if (at % 256 != 0 || at + 64 > s->nor.size)
		return false;
	nor_read(s, at, head, sizeof(head));
	reader_init(&r, head, sizeof(head));
	magic = reader_le32(&r);
	reader_skip(&r, 6);
	data_sum = reader_le16(&r);
	size = reader_le32(&r);
	reader_skip(&r, 16);
	*ret_next = reader_le32(&r);
	if (magic != 0x48495741 || sum16(head, sizeof(head)) != 0xffff ||
	    reader_le32(&r) != id || size > s->nor.size - at - 64)
		return false;
	return (uint16_t)(sum16(s->nor.p + at + 64, size) + data_sum) == 0xffff;
}

/* The ROM loads the boot section to where its header says: that is memory on one
 * family's chips only. */
static bool
loads_here(struct sim *s)
{
	static const struct {
		const char *profile;
		uint32_t load;
	} chips[] = { { "xr809", 0x00067000 }, { "xr806", 0x00230000 },
		{ "xr872", 0x00268000 }, { "xr808", 0x00268000 } };
	uint8_t head[64];
	struct reader r;
	uint32_t load;
	size_t i;

	nor_read(s, 0, head, sizeof(head));
	reader_init(&r, head, sizeof(head));
	reader_skip(&r, 16);
	load = reader_le32(&r);
	for (i = 0; i < sizeof(chips) / sizeof(chips[0]); i++) {
		if (strcmp(chips[i].profile, s->profile) == 0)
			return load == chips[i].load;
	}
	return true;
}

bool
nor_boots(struct sim *s)
{
	uint32_t next, app_next;

	return loads_here(s) && section_whole(s, 0, 0xa5ff5a00, &next) &&
	    section_whole(s, next, 0xa5fe5a01, &app_next);
}

bool
nor_has(struct sim *s, const char *word)
{
	return memmem(s->nor.p, s->nor.size, word, strlen(word)) != NULL;
}
