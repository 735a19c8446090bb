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

uint32_t
rom_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

uint16_t
rom_sum16(const uint8_t *p, size_t n)
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

void
rom_reply(struct sim *s, int64_t at, const uint8_t *p, size_t n, bool error)
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
		total = (uint32_t)rom_sum16(sum, sizeof(sum)) + rom_sum16(p, n);
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

void
rom_fail(struct sim *s, int64_t at, uint8_t code)
{
	s->stats.errors++;
	rom_reply(s, at, &code, 1, true);
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
	    (uint16_t)(rom_sum16(p, n) +
		rom_sum16(r->buf + n - 12, r->want - (n - 12))) == 0xffff;
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
		rom_fail(s, at, E_CHECKSUM);
		return;
	}
	s->stats.ops[op]++;
	if ((nak = fault_op(s, FAULT_NAK, op)) != NULL)
		rom_fail(s, at, (uint8_t)nak->ms);
	else if (formats[op] == NULL ||
	    (op <= 0x07 && fault_find(s, FAULT_NO_EFUSE) != NULL))
		rom_fail(s, at, E_UNKNOWN);
	else if (r->want - 1 < need)
		rom_fail(s, at, E_INVALID);
	else
		rom_operate(s, op, r->buf + 1, r->want - 1, at);
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
	r->want = rom_be32(r->head + 8);
	r->type = r->head[5];
	r->n = 0;
	if (r->want > REQUEST_MAX) {
		r->state = ROM_IDLE;
		rom_fail(s, at, E_TOO_LONG);
	} else if (r->want == 0) {
		r->state = ROM_IDLE;
		rom_fail(s, at, E_UNKNOWN);
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
			rom_data_complete(s, at);
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
