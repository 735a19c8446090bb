/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Engine and driver over lines of every badness, with a clock of their own (vline.h):
 * no wrong dump is ever accepted, nearly all runs succeed, and a hopeless line is told
 * as such in time. BADLINE_RUNS is the number of runs of 64 KiB at each rate (50), SEED
 * where they begin.
 */
#include "config.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/err.h"
#include "tests/sim/mkimage.h"
#include "tests/unit.h"
#include "tests/vline.h"

#define FLASH (64u * 1024)

static uint8_t flash[16 * FLASH];

struct outcome {
	unsigned good, wrong, failed;
	int64_t longest_us;
	uint64_t retries, faults;
	char why[600];
};

static unsigned
number_of(const char *name, unsigned otherwise)
{
	const char *text = getenv(name);

	return text != NULL && *text != '\0' ? (unsigned)strtoul(text, NULL, 10)
					     : otherwise;
}

static void
fill(uint64_t seed)
{
	struct sim s = { .rng = seed * 77 + 1 };
	size_t i;

	for (i = 0; i < sizeof(flash); i++)
		flash[i] = (uint8_t)sim_random(&s);
	memset(flash + 0x3000, 0xff, 0x2000); /* flashes have blank parts as well */
}

static int
backup(struct vline *v, struct fake_session *s, size_t n, unsigned baud)
{
	int r;

	fake_init(s, "backup", flash, n, NULL, 0);
	vline_session(v, s);
	s->order.baud = baud;
	s->report.fd = -1; /* thousands of lines that nobody reads */
	r = fake_run(s);
	vline_session_end(s);
	return r;
}

static void
count(struct outcome *o, const struct vline *v, struct fake_session *s, int r)
{
	o->retries += s->report.retries;
	o->faults += v->sim.stats.dropped + v->sim.stats.flipped + v->sim.stats.doubled;
	if (r < 0) {
		o->failed++;
		snprintf(o->why, sizeof(o->why), "%s", s->e.msg);
	} else if (fake_dumped(s, flash, FLASH)) {
		o->good++;
	} else {
		o->wrong++;
	}
}

/* One camera after the other, each with another kind of fault and another seed. */
static void
run_many(struct outcome *o, unsigned runs, double rate, unsigned baud)
{
	const unsigned seed = number_of("SEED", 1);
	struct fake_session s;
	struct vline v;
	int64_t start;
	unsigned i;

	memset(o, 0, sizeof(*o));
	fill(seed);
	for (i = 0; i < runs; i++) {
		vline_init(&v, flash, FLASH, (uint64_t)seed * 1000003 + i);
		vline_fault_rate(&v, i, rate);
		start = vline_now_us();
		count(o, &v, &s, backup(&v, &s, FLASH, baud));
		if (vline_now_us() - start > o->longest_us)
			o->longest_us = vline_now_us() - start;
		assert_int_equal(v.sim.stats.erases + v.sim.stats.writes, 0);
		fake_fini(&s);
		vline_fini(&v);
	}
	print_message("# %.0e: %u of %u, %u wrong, %llu retries for %llu faults, "
		      "longest %.1f s%s%s\n",
	    rate, o->good, runs, o->wrong, (unsigned long long)o->retries,
	    (unsigned long long)o->faults, (double)o->longest_us / 1e6,
	    o->failed > 0 ? "; " : "", o->why);
}

/* At most one in a thousand may fail, none may be wrong. */
static void
nearly_all(double rate)
{
	unsigned runs = number_of("BADLINE_RUNS", 50);
	struct outcome o;

	run_many(&o, runs, rate, 921600);
	assert_int_equal(o.wrong, 0);
	assert_true(o.failed * 1000 <= runs);
}

static void
one_bad_byte_in_a_million_is_nothing(void **state)
{
	(void)state;
	nearly_all(1e-6);
}

static void
one_bad_byte_in_a_hundred_thousand_is_nothing(void **state)
{
	(void)state;
	nearly_all(1e-5);
}

static void
one_bad_byte_in_ten_thousand_still_finishes(void **state)
{
	unsigned runs = (number_of("BADLINE_RUNS", 50) + 4) / 5;
	struct outcome o;

	(void)state;
	run_many(&o, runs, 1e-4, 921600);
	assert_int_equal(o.wrong, 0);
	assert_true(o.failed * 20 <= runs);
}

/* What a person needs: what was seen, the likely cause, one thing to do. */
static void
assert_diagnosis(const struct err *e)
{
	assert_int_equal(e->code, ERR_FAILED);
	if (strstr(e->msg, "Likely") == NULL || strstr(e->msg, "try again") == NULL)
		fail_msg("no diagnosis: %s", e->msg);
}

static void
one_bad_byte_in_a_thousand_is_diagnosed_in_a_minute(void **state)
{
	unsigned i, failed = 0;
	struct fake_session s;
	struct vline v;
	int64_t start;
	int r;

	(void)state;
	fill(1);
	for (i = 0; i < 12; i++) {
		vline_init(&v, flash, 16 * FLASH, 500 + i);
		vline_fault_rate(&v, i, 1e-3);
		start = vline_now_us();
		r = backup(&v, &s, 16 * FLASH, 921600);
		print_message("# 1e-3: %s after %.1f s: %s\n",
		    r < 0 ? "failed" : "good", (double)(vline_now_us() - start) / 1e6,
		    s.e.msg);
		if (r < 0) {
			failed++;
			assert_diagnosis(&s.e);
			assert_true(vline_now_us() - start < 60000000);
		} else {
			assert_true(fake_dumped(&s, flash, 16 * FLASH));
		}
		fake_fini(&s);
		vline_fini(&v);
	}
	assert_true(failed > 0);
}

/* Bad at 921600 only: what is left when retries and small units did not help. */
static void
rate_steps_down_to_one_that_works(void **state)
{
	struct fake_session s;
	struct vline v;

	(void)state;
	fill(1);
	vline_init(&v, flash, FLASH, 9);
	v.good_baud = 115200;
	vline_fault(&v, "flip:0.01:to-host");
	if (backup(&v, &s, FLASH, 921600) < 0)
		fail_msg("%s", s.e.msg);
	assert_int_equal(s.engine.baud, 115200);
	assert_int_equal(v.wire.baud, 115200);
	assert_true(fake_dumped(&s, flash, FLASH));
	fake_fini(&s);
	vline_fini(&v);
}

/* Replies that were not awaited, at every read: none of them may count, and the dump
 * is right or there is none. */
static void
strange_replies(const char *fault, bool must_work)
{
	struct fake_session s;
	struct vline v;
	int r;

	vline_init(&v, flash, FLASH, 10);
	vline_fault(&v, fault);
	r = backup(&v, &s, FLASH, 921600);
	if (r < 0 && must_work)
		fail_msg("%s: %s", fault, s.e.msg);
	if (r == 0)
		assert_true(fake_dumped(&s, flash, FLASH));
	else
		assert_diagnosis(&s.e);
	fake_fini(&s);
	vline_fini(&v);
}

static void
no_reply_counts_that_was_not_awaited(void **state)
{
	(void)state;
	fill(1);
	strange_replies("twice:1a:0", true);
	strange_replies("late:1a:3:1200", true);
	strange_replies("late:1a:0:1200", false);
	strange_replies("no-reply:1a:4", true);
	strange_replies("no-reply:1a:0", false);
	strange_replies("bad-length:1a:5", true);
	strange_replies("nak:1a:6", true);
	strange_replies("stall:40000:900", true);
	strange_replies("burst:0.00002", true);
	strange_replies("noise:0.0001:to-host", true);
}

/* Another camera, or none at all, would be taken for this one. */
static void
who_a_camera_is_does_not_hang_on_the_line(void **state)
{
	static const double rates[] = { 1e-6, 1e-4, 1e-3, 3e-3, 1e-2 };
	const unsigned runs = number_of("BADLINE_RUNS", 50) * 2;
	struct fake_session s;
	unsigned i, good = 0;
	char id[65] = "";
	struct vline v;
	bool wraps;
	int r;

	(void)state;
	fill(1);
	for (i = 0; i < runs; i++) {
		vline_init(&v, flash, FLASH, 1);
		v.sim.rng += i; /* the same camera with other faults */
		wraps = i / 5 % 4 == 3; /* half as large as its id says */
		v.sim.nor.size = wraps ? FLASH / 2 : FLASH;
		vline_fault_rate(&v, i, rates[i % 5]);
		fake_init(&s, "identify", flash, FLASH, NULL, 0);
		vline_session(&v, &s);
		if ((r = fake_run(&s)) == 0) {
			good++;
			if (id[0] == '\0')
				snprintf(id, sizeof(id), "%s", s.engine.id.chip_id);
			assert_int_equal(strlen(id), 32);
			assert_string_equal(s.engine.id.chip_id, id);
			assert_int_equal(s.engine.id.flash_size, FLASH);
			/* Not proved costs a write; proved wrongly, a boot section. */
			if (wraps)
				assert_false(s.engine.id.size_proved);
			else if (rates[i % 5] < 2e-3)
				assert_true(s.engine.id.size_proved);
		} else {
			assert_diagnosis(&s.e);
		}
		vline_session_end(&s);
		fake_fini(&s);
		vline_fini(&v);
	}
	print_message("# %u of %u identified\n", good, runs);
	assert_true(good * 2 >= runs);
}

/* Time on the line, without a machine's slowness: what the protocol itself costs. */
struct times {
	double total, ready, write;
};

static void
measure(
    struct times *t, const char *kind, const uint8_t *image, size_t n, unsigned baud)
{
	struct fake_session s;
	struct vline v;
	int64_t start;

	vline_init(&v, flash, n, 3);
	fake_init(&s, kind, flash, n, image, image == NULL ? 0 : n);
	vline_session(&v, &s);
	s.order.baud = baud;
	start = vline_now_us();
	if (fake_run(&s) < 0)
		fail_msg("%s", s.e.msg);
	t->total = (double)(vline_now_us() - start) / 1e6;
	t->ready = (double)(v.first_unit_us - start) / 1e6;
	t->write = (double)(v.last_work_us - v.first_erase_us) / 1e6;
	vline_session_end(&s);
	fake_fini(&s);
	vline_fini(&v);
}

/* Twice over the line, with 5 % for what is said around it. */
static void
backups_take_hardly_more_than_the_line(void **state)
{
	static const unsigned bauds[] = { 115200, 921600, 3000000 };
	const size_t n = 4 * FLASH;
	struct times t;
	double line;
	size_t i;

	(void)state;
	fill(1);
	for (i = 0; i < sizeof(bauds) / sizeof(bauds[0]); i++) {
		measure(&t, "backup", NULL, n, bauds[i]);
		line = 2.0 * (double)n * 10 / bauds[i];
		print_message("# backup of %zu KiB at %u: line %.2f s, %.2f s, ready "
			      "after %.2f s\n",
		    n / 1024, bauds[i], line, t.total, t.ready);
		assert_true(t.ready <= 0.7);
		assert_true(t.total - t.ready <= line * 1.05);
	}
}

/* Every sector erased, written and read back. What the flash needs for it, of the
 * simulator's 206 ms for 64 KiB erased and 38 ms for 16 KiB programmed, and the line
 * both ways leave nothing that a cleverer order of requests could save. */
static void
a_write_takes_hardly_more_than_line_and_flash(void **state)
{
	const size_t n = 4 * FLASH;
	struct mkimage m = { .family = IMAGE_FAMILY_XR872,
		.flash_size = (uint32_t)n,
		.seed = 3,
		.small = true };
	uint8_t *image = malloc(n);
	struct times t;
	double limit;
	size_t i;

	(void)state;
	assert_true(image != NULL && mkimage_dump(&m, image) == 0);
	for (i = 0x20000; i < n; i++)
		image[i] = image[i] == 0xff ? (uint8_t)(i * 7 >> 3) : image[i];
	fill(1);
	measure(&t, "restore", image, n, 921600);
	limit = 2.0 * (double)n * 10 / 921600 + (double)(n / 65536) * 0.206 +
	    (double)(n / 16384) * 0.038;
	print_message(
	    "# write of %zu sectors at 921600: line and flash %.2f s, %.2f s\n",
	    n / 4096, limit, t.write);
	assert_true(t.write <= limit * 1.03);
	free(image);
}

static void
an_empty_flash_costs_no_third_reading(void **state)
{
	const size_t n = 4 * FLASH;
	struct mkimage m = { .family = IMAGE_FAMILY_XR872,
		.flash_size = (uint32_t)n,
		.seed = 3,
		.small = true };
	uint8_t *image = malloc(n);
	struct times full, t;

	(void)state;
	assert_true(image != NULL && mkimage_dump(&m, image) == 0);
	fill(1);
	measure(&full, "restore", image, n, 921600);
	memset(flash, 0xff, sizeof(flash));
	measure(&t, "restore", image, n, 921600);
	assert_true(t.write < full.write + 0.5);
	free(image);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_bad_byte_in_a_million_is_nothing),
		cmocka_unit_test(one_bad_byte_in_a_hundred_thousand_is_nothing),
		cmocka_unit_test(one_bad_byte_in_ten_thousand_still_finishes),
		cmocka_unit_test(one_bad_byte_in_a_thousand_is_diagnosed_in_a_minute),
		cmocka_unit_test(rate_steps_down_to_one_that_works),
		cmocka_unit_test(no_reply_counts_that_was_not_awaited),
		cmocka_unit_test(who_a_camera_is_does_not_hang_on_the_line),
		cmocka_unit_test(backups_take_hardly_more_than_the_line),
		cmocka_unit_test(a_write_takes_hardly_more_than_line_and_flash),
		cmocka_unit_test(an_empty_flash_costs_no_third_reading),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
