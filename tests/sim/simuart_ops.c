/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What simuart's boot ROM does for each opcode. Test program, one thread. */
#include "config.h"

#include <string.h>

#include "tests/sim/simuart.h"

#define OP_SECTORS_MAX 47u /* one more runs over the 24 KiB buffer */

static const uint32_t bauds[] = { 9600, 115200, 921600, 1000000, 1500000, 3000000 };

/* The answer to a request, through the faults that concern whole replies. */
static void
answer(struct sim *s, unsigned op, int64_t at, const uint8_t *p, size_t n)
{
	struct fault *late;

	s->rom.data_op = op;
	if (fault_op(s, FAULT_NO_REPLY, op) != NULL)
		return;
	if ((late = fault_op(s, FAULT_LATE, op)) != NULL)
		at += (int64_t)late->ms * MS;
	rom_reply(s, at, p, n, false);
	if (fault_op(s, FAULT_TWICE, op) != NULL)
		rom_reply(s, at, p, n, false);
}

static void
die(struct sim *s)
{
	s->rom.state = ROM_DEAD;
}

static void
op_memory(struct sim *s, unsigned op, const uint8_t *a, int64_t at)
{
	static const size_t widths[4] = { 1, 2, 4, 8 };
	size_t n = widths[op / 2];
	uint32_t where = rom_be32(a), v;
	uint8_t out[8];

	if (n == 4 && where % 4 == 0) {
		if (op % 2 == 0) {
			v = mem_read32(s, where);
			memcpy(out, &v, 4);
		} else {
			memcpy(&v, a + 4, 4);
			mem_write32(s, where, v);
		}
	} else if (op % 2 == 0) {
		mem_read(s, where, out, n);
	} else {
		mem_write(s, where, a + 4, n);
	}
	answer(s, op, at, out, op % 2 == 0 ? n : 0);
}

static void
op_read_memory(struct sim *s, const uint8_t *a, int64_t at)
{
	uint32_t where = rom_be32(a), n = rom_be32(a + 4);

	if (n > sizeof(s->rom.buf)) {
		die(s);
		return;
	}
	mem_read(s, where, s->rom.buf, n);
	answer(s, 0x08, at, s->rom.buf, n);
}

static void
op_baud(struct sim *s, const uint8_t *a, int64_t at)
{
	const struct fault *limit = fault_find(s, FAULT_MAX_BAUD);
	uint32_t baud = rom_be32(a) & 0xffffff;
	size_t i;

	for (i = 0; i < sizeof(bauds) / sizeof(bauds[0]); i++)
		if (bauds[i] == baud && a[0] == 0x03 &&
		    (limit == NULL || baud <= limit->n))
			break;
	if (i == sizeof(bauds) / sizeof(bauds[0])) {
		rom_fail(s, at, E_INVALID);
		return;
	}
	answer(s, 0x10, at, NULL, 0);
	s->rom.next_baud = baud;
}

static void
op_bauds(struct sim *s, int64_t at)
{
	uint8_t out[sizeof(bauds)];

	if (fault_find(s, FAULT_NO_BAUDLIST) != NULL) {
		rom_fail(s, at, E_UNKNOWN);
		return;
	}
	memcpy(out, bauds, sizeof(out));
	answer(s, 0x15, at, out, sizeof(out));
}

static void
op_sums(struct sim *s, const uint8_t *a, int64_t at)
{
	if (fault_find(s, FAULT_NO_CHECKSUM) != NULL) {
		rom_fail(s, at, E_UNKNOWN);
		return;
	}
	s->rom.reply_sums = a[0] != 0;
	answer(s, 0x14, at, NULL, 0);
}

static void
op_jump(struct sim *s, int64_t at)
{
	uint8_t code[4];

	/* Without code at the vendor's load address there is nothing to jump to. */
	mem_read(s, 0x10000, code, sizeof(code));
	s->rom.reply_sums = false;
	answer(s, 0x13, at, NULL, 0);
	if (memcmp(code, "\0\0\0\0", 4) == 0)
		die(s);
	else
		s->rom.next_baud = 115200;
}

static void
op_erase(struct sim *s, const uint8_t *a, size_t n, int64_t at)
{
	bool cut;
	int64_t took;

	if (a[0] != 0 && n < 5) {
		rom_fail(s, at, E_INVALID);
		return;
	}
	took = nor_erase(s, a[0], a[0] == 0 ? 0 : rom_be32(a + 1) & ~0xffu, &cut);
	if (cut) {
		sim_power_off(s);
		return;
	}
	if (s->line.paced || fault_find(s, FAULT_SLOW_ERASE) != NULL)
		s->rom.busy_until = at += took;
	answer(s, 0x19, at, NULL, 0);
}

/* The stub never looks whether an address lies inside the chip. */
static bool
out_of_range(struct sim *s, uint32_t sector, uint32_t count)
{
	return fault_find(s, FAULT_RANGE_CHECK) != NULL &&
	    ((uint64_t)sector + count) * 512 > s->nor.size;
}

static void
op_read_sectors(struct sim *s, const uint8_t *a, int64_t at)
{
	uint32_t sector = rom_be32(a), count = rom_be32(a + 4);

	if (out_of_range(s, sector, count)) {
		rom_fail(s, at, E_INVALID);
		return;
	}
	if (count > OP_SECTORS_MAX) {
		die(s);
		return;
	}
	nor_read(s, sector * 512, s->rom.buf, (size_t)count * 512);
	s->stats.reads++;
	s->stats.sectors_read += count;
	answer(s, 0x1a, at, s->rom.buf, (size_t)count * 512);
}

/* First stage of a write: from here on, bytes are data. */
static void
op_data(struct sim *s, unsigned op, const uint8_t *a, int64_t at)
{
	uint32_t n = rom_be32(a + 4);

	if (op == 0x1b && out_of_range(s, rom_be32(a), n)) {
		rom_fail(s, at, E_INVALID);
		return;
	}
	if (op == 0x1b)
		n = n > OP_SECTORS_MAX ? UINT32_MAX : n * 512;
	if (n > sizeof(s->rom.buf)) {
		die(s);
		return;
	}
	s->rom.data_at = op == 0x1b ? rom_be32(a) * 512 : rom_be32(a);
	s->rom.data_sum = (uint16_t)(a[8] << 8 | a[9]);
	answer(s, op, at, NULL, 0);
	s->rom.data_op = op;
	s->rom.want = n;
	s->rom.n = 0;
	s->rom.state = ROM_DATA;
}

void
rom_data_complete(struct sim *s, int64_t at)
{
	struct rom *r = &s->rom;
	bool good = (uint16_t)(rom_sum16(r->buf, r->n) + r->data_sum) == 0xffff,
	     cut = false;
	int64_t took;

	r->state = ROM_IDLE;
	if (r->n > 5)
		r->type = r->buf[5];
	/* The stub asks the flags of a request that the data have overwritten. */
	if (!good && (r->data_op == 0x09 || (r->n > 4 && (r->buf[4] & 0x04) != 0))) {
		s->stats.bad_sums++;
		rom_fail(s, at, E_CHECKSUM);
		return;
	}
	if (r->data_op == 0x09) {
		mem_write(s, r->data_at, r->buf, r->n);
	} else {
		took = nor_program(s, r->data_at, r->buf, r->n, &cut);
		s->stats.sectors_written += r->n / 512;
		if (cut) {
			sim_power_off(s);
			return;
		}
		if (s->line.paced)
			r->busy_until = at += took;
	}
	answer(s, r->data_op | 0x100, at, NULL, 0);
}

static void
op_simple(struct sim *s, unsigned op, int64_t at)
{
	uint8_t id[4] = { s->nor.jedec[0], s->nor.jedec[1], s->nor.jedec[2], 0 };

	switch (op) {
	case 0x12:
		answer(s, op, at, NULL, 0);
		s->rom.reboot = true;
		s->stats.reboots++;
		break;
	case 0x15:
		op_bauds(s, at);
		break;
	case 0x16: /* means different things in different ROMs: never sent */
		break;
	case 0x18:
		answer(s, op, at, id, sizeof(id));
		break;
	default: /* 11, 17 */
		rom_fail(s, at, E_UNKNOWN);
	}
}

void
rom_operate(struct sim *s, unsigned op, const uint8_t *a, size_t n, int64_t at)
{
	if (op <= 0x07)
		op_memory(s, op, a, at);
	else if (op == 0x08)
		op_read_memory(s, a, at);
	else if (op == 0x09 || op == 0x1b)
		op_data(s, op, a, at);
	else if (op == 0x10)
		op_baud(s, a, at);
	else if (op == 0x13)
		op_jump(s, at);
	else if (op == 0x14)
		op_sums(s, a, at);
	else if (op == 0x19)
		op_erase(s, a, n, at);
	else if (op == 0x1a)
		op_read_sectors(s, a, at);
	else
		op_simple(s, op, at);
}
