/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * simuart's memory: RAM as far as somebody wrote it, the update flag, and the eFuse
 * behind its registers. Test program, one thread.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "tests/sim/simuart.h"

#define UPDATE_FLAG 0x40040100u
#define EFUSE 0x40043c00u
#define EFUSE_CTRL (EFUSE + 0x40)
#define EFUSE_VALUE (EFUSE + 0x60)
#define EFUSE_TIMING (EFUSE + 0x90)

#define CTRL_CLOCK (1u << 28)
#define CTRL_BUSY (1u << 2)
#define CTRL_READ (1u << 1)
#define CTRL_PROGRAM (1u << 0)

static struct page *
page_of(struct memory *m, uint32_t at, bool make)
{
	unsigned i;

	for (i = 0; i < m->n_pages; i++)
		if (m->pages[i]->at == at / 4096)
			return m->pages[i];
	if (!make || m->n_pages == sizeof(m->pages) / sizeof(m->pages[0]) ||
	    (m->pages[i] = calloc(1, sizeof(struct page))) == NULL)
		return NULL;
	m->pages[i]->at = at / 4096;
	return m->pages[m->n_pages++];
}

void
mem_reset(struct sim *s)
{
	struct memory *m = &s->mem;

	while (m->n_pages > 0)
		free(m->pages[--m->n_pages]);
	m->efuse_ctrl = m->efuse_value = 0;
	m->efuse_timing = 0x63321190;
	m->efuse_busy = false;
}

static uint32_t
efuse_ctrl_read(struct memory *m)
{
	uint32_t v = m->efuse_ctrl;

	/* Busy is seen once, so that a reader must poll. */
	if (m->efuse_busy) {
		m->efuse_busy = false;
		m->efuse_ctrl &= ~(CTRL_READ | CTRL_BUSY);
		return v | CTRL_BUSY;
	}
	return v;
}

static void
efuse_ctrl_write(struct sim *s, uint32_t v)
{
	struct memory *m = &s->mem;
	unsigned index = v >> 16 & 0xff;

	m->efuse_ctrl = v;
	if ((v & CTRL_PROGRAM) != 0) {
		s->stats.efuse_programs++;
		return;
	}
	if ((v & CTRL_READ) == 0 || (v & CTRL_CLOCK) == 0 || (v >> 8 & 0xff) != 0xac ||
	    index > sizeof(m->efuse) - 4)
		return;
	m->efuse_busy = true;
	m->efuse_value = (uint32_t)(m->efuse[index] | m->efuse[index + 1] << 8 |
	    m->efuse[index + 2] << 16 | (uint32_t)m->efuse[index + 3] << 24);
	/* With another crystal's timing the cells settle too late. */
	if (m->efuse_timing != 0xb55012a8)
		m->efuse_value |= (uint32_t)sim_random(s);
}

uint32_t
mem_read32(struct sim *s, uint32_t at)
{
	const struct page *page;
	uint32_t v;

	switch (at) {
	case UPDATE_FLAG:
		return s->mem.update_flag;
	case EFUSE_CTRL:
		return efuse_ctrl_read(&s->mem);
	case EFUSE_VALUE:
		return s->mem.efuse_value;
	case EFUSE_TIMING:
		return s->mem.efuse_timing;
	default:
		if ((page = page_of(&s->mem, at, false)) == NULL)
			return 0;
		memcpy(&v, page->p + (at & 4092), 4);
		return v;
	}
}

void
mem_write32(struct sim *s, uint32_t at, uint32_t value)
{
	struct page *page;

	switch (at) {
	case UPDATE_FLAG:
		/* The upper half is a key; without it the write is ignored. */
		if (value >> 16 == 0x429b)
			s->mem.update_flag = value & 0xffff;
		break;
	case EFUSE_CTRL:
		efuse_ctrl_write(s, value);
		break;
	case EFUSE_TIMING:
		s->mem.efuse_timing = value;
		break;
	default:
		if ((page = page_of(&s->mem, at, true)) != NULL)
			memcpy(page->p + (at & 4092), &value, 4);
	}
}

void
mem_read(struct sim *s, uint32_t at, uint8_t *ret, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++, at++) {
		const struct page *page = page_of(&s->mem, at, false);

		ret[i] = page == NULL ? 0 : page->p[at & 4095];
	}
}

void
mem_write(struct sim *s, uint32_t at, const uint8_t *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++, at++) {
		struct page *page = page_of(&s->mem, at, true);

		if (page != NULL)
			page->p[at & 4095] = p[i];
	}
}

static void
put_bits(struct memory *m, unsigned bit, const uint8_t *p, unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++, bit++)
		if (p[i / 8] >> (i % 8) & 1)
			m->efuse[bit / 8] |= (uint8_t)(1u << bit % 8);
}

void
efuse_fill(struct memory *m, const uint8_t chip_id[16], const uint8_t *mac)
{
	const uint8_t crystal = 3, first_mac = 1;

	memset(m->efuse, 0, sizeof(m->efuse));
	put_bits(m, 114, chip_id, 128);
	put_bits(m, 242, &crystal, 4);
	if (mac != NULL) {
		put_bits(m, 615, &first_mac, 6);
		put_bits(m, 621, mac, 48);
	}
}
