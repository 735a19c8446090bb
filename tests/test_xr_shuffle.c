/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Ten thousand reads from a ROM that is honest but whose replies come late, twice, not
 * at all, torn, out of nothing or as errors: no read may succeed with bytes of another
 * place. The wire is in memory and time does not pass on it.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/err.h"
#include "flashd/chips/chip.h"
#include "flashd/chips/xr_frame.h"
#include "flashd/wire.h"
#include "tests/unit.h"

#define READS 10000
#define LINE_BYTES (256u * 1024)

struct fake {
	struct wire w; /* first */
	uint64_t rng;
	uint8_t line[LINE_BYTES]; /* on its way to the host */
	size_t n;
	uint8_t late[XR_UNIT_MAX + 64]; /* comes before whatever is answered next */
	size_t n_late;
	bool mischief;
};

static uint64_t
rnd(struct fake *f)
{
	f->rng ^= f->rng >> 12;
	f->rng ^= f->rng << 25;
	f->rng ^= f->rng >> 27;
	return f->rng * 0x2545f4914f6cdd1dull;
}

/* What stands in the flash. */
static uint8_t
content(uint32_t at)
{
	return (uint8_t)(at ^ at >> 8 ^ at >> 16 ^ (at / 512) * 37);
}

static void
send(struct fake *f, const uint8_t *p, size_t n)
{
	if (n > sizeof(f->line) - f->n)
		n = sizeof(f->line) - f->n;
	memcpy(f->line + f->n, p, n);
	f->n += n;
}

static size_t
make_reply(uint8_t *ret, uint8_t flags, const uint8_t *p, size_t n)
{
	uint16_t sum;

	memcpy(ret, "BROM", 4);
	ret[4] = (uint8_t)(flags | XR_FLAG_ACK | XR_FLAG_SUM);
	ret[5] = 2;
	ret[6] = ret[7] = 0;
	ret[8] = ret[9] = 0;
	ret[10] = (uint8_t)(n >> 8);
	ret[11] = (uint8_t)n;
	if (n > 0)
		memcpy(ret + XR_HEAD, p, n);
	sum = xr_reply_sum(ret, ret + XR_HEAD, n);
	ret[6] = (uint8_t)(sum >> 8);
	ret[7] = (uint8_t)sum;
	return XR_HEAD + n;
}

/* One reply, and what may happen to it on the way. */
static void
deliver(struct fake *f, const uint8_t *p, size_t n)
{
	uint8_t other[64] = { 0 }, code = 3;
	size_t cut;

	switch (f->mischief ? rnd(f) % 12 : 0) {
	case 1: /* lost */
		break;
	case 2: /* late */
		memcpy(f->late, p, n);
		f->n_late = n;
		break;
	case 3: /* twice */
		send(f, p, n);
		send(f, p, n);
		break;
	case 4: /* an error instead */
		send(f, other, make_reply(other, XR_FLAG_ERROR, &code, 1));
		break;
	case 5: /* the end is missing, or the beginning, or something between */
		cut = rnd(f) % n;
		send(f, p, cut);
		break;
	case 6:
		cut = rnd(f) % n;
		send(f, p + cut, n - cut);
		break;
	case 7:
		cut = rnd(f) % n;
		send(f, p, cut);
		send(f, p + cut + 1, n - cut - 1);
		break;
	case 8: /* the answer to something else before it */
		send(f, other, make_reply(other, 0, (const uint8_t *)"\0\0\0\0", 4));
		send(f, p, n);
		break;
	default:
		send(f, p, n);
	}
}

static void
answer(struct fake *f, const uint8_t *q, size_t n)
{
	static const uint8_t id[4] = { 0x5e, 0x32, 0x14, 0 };
	uint8_t data[XR_UNIT_MAX], reply[XR_UNIT_MAX + XR_HEAD] = { 0 }, code = 1;
	uint32_t at, count, i;

	switch (q[12]) {
	case XR_FLASH_ID:
		deliver(f, reply, make_reply(reply, 0, id, sizeof(id)));
		break;
	case XR_REPLY_SUMS:
		deliver(f, reply, make_reply(reply, 0, NULL, 0));
		break;
	case XR_READ_SECTORS:
		assert_int_equal(n, 21);
		at = ((uint32_t)q[15] << 8 | q[16]) * 512;
		count = (uint32_t)q[20] * 512;
		for (i = 0; i < count; i++)
			data[i] = content(at + i);
		deliver(f, reply, make_reply(reply, 0, data, count));
		break;
	default:
		send(f, reply, make_reply(reply, XR_FLAG_ERROR, &code, 1));
	}
}

static int
fake_write(struct wire *w, const void *p, size_t n, int64_t deadline_us, struct err *e)
{
	struct fake *f = (struct fake *)w;
	const uint8_t *b = p;
	size_t i;

	(void)deadline_us;
	(void)e;
	send(f, f->late, f->n_late);
	f->n_late = 0;
	if (b[0] == 'B') {
		answer(f, b, n);
		return 0;
	}
	for (i = 0; i < n; i++)
		if (b[i] == 0x55)
			send(f, (const uint8_t *)"OK", 2);
	return 0;
}

/* In pieces of any size. */
static ssize_t
fake_read(struct wire *w, void *ret, size_t n, int64_t deadline_us, struct err *e)
{
	struct fake *f = (struct fake *)w;
	size_t part = f->n > 0 ? 1 + rnd(f) % f->n : 0;

	(void)deadline_us;
	(void)e;
	if (rnd(f) % 2 == 0)
		part = f->n;
	if (part > n)
		part = n;
	memcpy(ret, f->line, part);
	memmove(f->line, f->line + part, f->n - part);
	f->n -= part;
	return (ssize_t)part;
}

static int
fake_set_baud(struct wire *w, unsigned baud, struct err *e)
{
	(void)w;
	(void)baud;
	(void)e;
	return 0;
}

static const struct wire_ops fake_ops = {
	.read = fake_read, .write = fake_write, .set_baud = fake_set_baud
};

/* 1 = the right bytes, 0 = failed, which is allowed. */
static int
one_read(struct fake *f, struct chip *c)
{
	static uint8_t buf[XR_UNIT_MAX];
	uint32_t at = (uint32_t)(rnd(f) % 2000) * 512;
	/* Few sizes, so that wrong replies are often of the right length. */
	size_t n = (1 + rnd(f) % 2) * 512, i;
	struct err e = { 0 };

	if (f->mischief && rnd(f) % 20 == 0) {
		/* Out of nothing, just before. */
		uint8_t stray[XR_HEAD + 512] = { 0 }, data[512];

		memset(data, 0x77, sizeof(data));
		send(f, stray, make_reply(stray, 0, data, sizeof(data)));
	}
	memset(buf, 0, sizeof(buf));
	if (c->driver->read(c, at, buf, n, &e) < 0) {
		assert_true(e.name[0] != '\0');
		return 0;
	}
	for (i = 0; i < n; i++)
		if (buf[i] != content(at + (uint32_t)i))
			fail_msg(
			    "byte %zu of a read at 0x%x is of another place", i, at);
	return 1;
}

static void
reply_that_was_not_asked_for_is_never_accepted(void **state)
{
	struct fake *f = calloc(1, sizeof(*f));
	struct err e = { 0 };
	struct chip *c;
	unsigned good = 0, i;

	(void)state;
	assert_non_null(f);
	f->w.ops = &fake_ops;
	f->w.baud = 3000000;
	f->rng = 20261122;
	c = chip_new(chip_find("xr872"), &f->w, &e);
	assert_non_null(c);
	assert_int_equal(c->driver->enter(c, CHIP_ENTRY_STRAPS, &e), 1);
	f->mischief = true;
	for (i = 0; i < READS; i++)
		good += (unsigned)one_read(f, c);
	print_message("# %u of %u reads succeeded\n", good, READS);
	assert_true(good > READS / 4);
	f->mischief = false;
	assert_int_equal(one_read(f, c), 1);
	chip_free(c);
	free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reply_that_was_not_asked_for_is_never_accepted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
