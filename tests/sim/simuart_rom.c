/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * simuart's boot ROM: frames, opcodes, and the habits of the vendor's device code that
 * a flasher must know (docs/provenance.md). Written from the protocol's description,
 * apart from the driver that it tests. Test program, one thread.
 */
#include "config.h"

#include <string.h>

#include "tests/sim/simuart.h"

#define THINK_NS 20000ll /* from the last byte of a request to the reply */
#define REQUEST_MAX 0x4000u
#define OP_SECTORS_MAX 47u /* one more runs over the 24 KiB buffer */

enum { E_UNKNOWN = 1, E_CHECKSUM = 3, E_INVALID = 4, E_TOO_LONG = 5 };

/* Arguments by opcode: 4 = u32, 2 = u16, 1 = u8, r = value in memory order. */
static const char *const formats[256] = {
	[0x00] = "4",
	[0x01] = "4r",
	[0x02] = "4",
	[0x03] = "4rr",
	[0x04] = "4",
	[0x05] = "4rrrr",
	[0x06] = "4",
	[0x07] = "4rrrrrrrr",
	[0x08] = "44",
	[0x09] = "442",
	[0x10] = "4",
	[0x11] = "1",
	[0x12] = "",
	[0x13] = "4",
	[0x14] = "1",
	[0x15] = "",
	[0x16] = "",
	[0x17] = "",
	[0x18] = "",
	[0x19] = "1",
	[0x1a] = "44",
	[0x1b] = "442",
};

static const uint32_t bauds[] = { 9600, 115200, 921600, 1000000, 1500000, 3000000 };

static uint32_t
be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
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

static void
swap(uint8_t *p, size_t n)
{
	uint8_t t;
	size_t i;

	for (i = 0; i < n / 2; i++) {
		t = p[i];
		p[i] = p[n - 1 - i];
		p[n - 1 - i] = t;
	}
}

static void
reply(struct sim *s, int64_t at, const uint8_t *p, size_t n, bool error)
{
	struct rom *r = &s->rom;
	uint8_t head[12] = { 'B', 'R', 'O', 'M' }, sum[12];
	uint32_t total;
	uint16_t c;

	head[4] = (uint8_t)(0x02 | (error ? 0x01 : 0) | (r->reply_sums ? 0x04 : 0));
	head[5] = (uint8_t)((r->type & 0xf0) | r->version);
	head[8] = (uint8_t)(n >> 24);
	head[9] = (uint8_t)(n >> 16);
	head[10] = (uint8_t)(n >> 8);
	head[11] = (uint8_t)n;
	if (r->reply_sums) {
		memcpy(sum, head, sizeof(sum));
		swap(sum + 8, 4);
		total = (uint32_t)sum16(sum, sizeof(sum)) + sum16(p, n);
		c = (uint16_t)~total;
		head[6] = (uint8_t)(c >> 8);
		head[7] = (uint8_t)c;
	}
	if (fault_op(s, FAULT_LENGTH, r->data_op) != NULL)
		head[8] = 0xff;
	at += THINK_NS;
	(void)line_send(s, at, head, sizeof(head));
	(void)line_send(s, at, p, n);
}

static void
fail(struct sim *s, int64_t at, uint8_t code)
{
	s->stats.errors++;
	reply(s, at, &code, 1, true);
}

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
	reply(s, at, p, n, false);
	if (fault_op(s, FAULT_TWICE, op) != NULL)
		reply(s, at, p, n, false);
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
	uint32_t where = be32(a), v;
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
	uint32_t where = be32(a), n = be32(a + 4);

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
	uint32_t baud = be32(a) & 0xffffff;
	size_t i;

	for (i = 0; i < sizeof(bauds) / sizeof(bauds[0]); i++)
		if (bauds[i] == baud && a[0] == 0x03 &&
		    (limit == NULL || baud <= limit->n))
			break;
	if (i == sizeof(bauds) / sizeof(bauds[0])) {
		fail(s, at, E_INVALID);
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
		fail(s, at, E_UNKNOWN);
		return;
	}
	memcpy(out, bauds, sizeof(out));
	answer(s, 0x15, at, out, sizeof(out));
}

static void
op_sums(struct sim *s, const uint8_t *a, int64_t at)
{
	if (fault_find(s, FAULT_NO_CHECKSUM) != NULL) {
		fail(s, at, E_UNKNOWN);
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
		fail(s, at, E_INVALID);
		return;
	}
	took = nor_erase(s, a[0], a[0] == 0 ? 0 : be32(a + 1) & ~0xffu, &cut);
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
	uint32_t sector = be32(a), count = be32(a + 4);

	if (out_of_range(s, sector, count)) {
		fail(s, at, E_INVALID);
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
	uint32_t n = be32(a + 4);

	if (op == 0x1b && out_of_range(s, be32(a), n)) {
		fail(s, at, E_INVALID);
		return;
	}
	if (op == 0x1b)
		n = n > OP_SECTORS_MAX ? UINT32_MAX : n * 512;
	if (n > sizeof(s->rom.buf)) {
		die(s);
		return;
	}
	s->rom.data_at = op == 0x1b ? be32(a) * 512 : be32(a);
	s->rom.data_sum = (uint16_t)(a[8] << 8 | a[9]);
	answer(s, op, at, NULL, 0);
	s->rom.data_op = op;
	s->rom.want = n;
	s->rom.n = 0;
	s->rom.state = ROM_DATA;
}

static void
data_complete(struct sim *s, int64_t at)
{
	struct rom *r = &s->rom;
	bool good = (uint16_t)(sum16(r->buf, r->n) + r->data_sum) == 0xffff,
	     cut = false;
	int64_t took;

	r->state = ROM_IDLE;
	if (r->n > 5)
		r->type = r->buf[5];
	/* The stub asks the flags of a request that the data have overwritten. */
	if (!good && (r->data_op == 0x09 || (r->n > 4 && (r->buf[4] & 0x04) != 0))) {
		s->stats.bad_sums++;
		fail(s, at, E_CHECKSUM);
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
		fail(s, at, E_UNKNOWN);
	}
}

/* a: arguments, n bytes of them, at least as many as the format says. */
static void
operate(struct sim *s, unsigned op, const uint8_t *a, size_t n, int64_t at)
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

/* Swap the numbers of the packet to little-endian and add it all up. ret_n_args gets
 * what the format needs. */
static bool
request_sum_ok(const struct rom *r, const char *format, size_t *ret_n_args)
{
	uint8_t p[64];
	size_t i, at = 13, n = 12 + (r->want < 32 ? r->want : 32), width;

	memcpy(p, r->head, 12);
	memcpy(p + 12, r->buf, n - 12);
	swap(p + 6, 2);
	swap(p + 8, 4);
	for (i = 0; format[i] != '\0'; i++, at += width) {
		width = format[i] == 'r' ? 1 : (size_t)(format[i] - '0');
		if (at + width <= n)
			swap(p + at, width);
	}
	/* Erase carries an address unless it is for the whole chip. */
	if (r->buf[0] == 0x19 && n >= 18)
		swap(p + 14, 4);
	*ret_n_args = at - 13;
	return (r->head[4] & 0x04) == 0 ||
	    (uint16_t)(sum16(p, n) + sum16(r->buf + n - 12, r->want - (n - 12))) ==
	    0xffff;
}

static void
frame_complete(struct sim *s, int64_t at)
{
	struct rom *r = &s->rom;
	unsigned op = r->buf[0];
	const char *format = formats[op] != NULL ? formats[op] : "";
	struct fault *nak;
	size_t need;
	bool good = request_sum_ok(r, format, &need);

	r->state = ROM_IDLE;
	r->type = r->head[5];
	if (!good) {
		s->stats.bad_sums++;
		fail(s, at, E_CHECKSUM);
		return;
	}
	s->stats.ops[op]++;
	if ((nak = fault_op(s, FAULT_NAK, op)) != NULL)
		fail(s, at, (uint8_t)nak->ms);
	else if (formats[op] == NULL ||
	    (op <= 0x07 && fault_find(s, FAULT_NO_EFUSE) != NULL))
		fail(s, at, E_UNKNOWN);
	else if (r->want - 1 < need)
		fail(s, at, E_INVALID);
	else
		operate(s, op, r->buf + 1, r->want - 1, at);
}

static void
idle_byte(struct sim *s, uint8_t b, int64_t at)
{
	struct rom *r = &s->rom;

	if (b == 0x55 && r->swallow) {
		r->swallow = false;
	} else if (b == 0x55) {
		s->stats.syncs++;
		(void)line_send(s, at + THINK_NS, "OK", 2);
	} else if (b == 'B') {
		r->state = ROM_MAGIC;
		r->n = 1;
	}
}

static void
head_byte(struct sim *s, uint8_t b, int64_t at)
{
	struct rom *r = &s->rom;

	r->head[r->n++] = b;
	if (r->n < 12)
		return;
	memcpy(r->head, "BROM", 4);
	r->want = be32(r->head + 8);
	r->type = r->head[5];
	r->n = 0;
	if (r->want > REQUEST_MAX) {
		r->state = ROM_IDLE;
		fail(s, at, E_TOO_LONG);
	} else if (r->want == 0) {
		r->state = ROM_IDLE;
		fail(s, at, E_UNKNOWN);
	} else {
		r->state = ROM_BODY;
	}
}

static void
rom_input(struct sim *s, uint8_t b, int64_t at)
{
	struct rom *r = &s->rom;

	switch (r->state) {
	case ROM_IDLE:
		idle_byte(s, b, at);
		break;
	case ROM_MAGIC:
		if (b == (uint8_t) "BROM"[r->n]) {
			if (++r->n == 4)
				r->state = ROM_HEAD;
		} else {
			r->state = ROM_IDLE;
			idle_byte(s, b, at);
		}
		break;
	case ROM_HEAD:
		head_byte(s, b, at);
		break;
	case ROM_BODY:
		r->buf[r->n++] = b;
		if (r->n == r->want)
			frame_complete(s, at);
		break;
	case ROM_DATA:
		r->buf[r->n++] = b;
		if (r->n >= r->want)
			data_complete(s, at);
		break;
	case ROM_DEAD:
		break;
	}
}

static void
end_busy(struct sim *s)
{
	struct rom *r = &s->rom;
	int64_t at = r->busy_until;
	size_t i, n = r->n_fifo;
	uint8_t held[sizeof(r->fifo)];

	r->busy_until = 0;
	r->n_fifo = 0;
	memcpy(held, r->fifo, n);
	for (i = 0; i < n; i++)
		rom_byte(s, held[i], at);
}

void
rom_byte(struct sim *s, uint8_t b, int64_t at)
{
	struct rom *r = &s->rom;

	if (r->busy_until > 0 && at >= r->busy_until)
		end_busy(s);
	if (r->busy_until == 0) {
		rom_input(s, b, at);
	} else if (r->n_fifo < sizeof(r->fifo)) {
		r->fifo[r->n_fifo++] = b;
	} else {
		s->stats.overrun++;
		s->stats_dirty = true;
	}
}

void
rom_run(struct sim *s)
{
	struct rom *r = &s->rom;

	if (r->busy_until > 0 && r->busy_until <= s->now)
		end_busy(s);
	if (r->next_baud != 0 && line_sent(s)) {
		s->line.device_baud = r->next_baud;
		r->next_baud = 0;
		r->swallow = fault_find(s, FAULT_NO_SWALLOW) == NULL;
	}
	if (r->reboot && line_sent(s)) {
		r->reboot = false;
		sim_power_on(s, s->now, false);
	}
}

int64_t
rom_wake(const struct sim *s)
{
	return s->rom.busy_until > 0 ? s->rom.busy_until : NEVER;
}

void
rom_enter(struct sim *s)
{
	unsigned version = s->rom.version;

	memset(&s->rom, 0, sizeof(s->rom));
	s->rom.version = version;
	s->rom.swallow = fault_find(s, FAULT_NO_SWALLOW) == NULL;
	s->line.device_baud = 115200;
	s->power = SIM_ROM;
	s->stats.rom_entries++;
	s->stats_dirty = true;
}
