/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A simulated line in the same process (see vline.h). Tests only, one thread. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/err.h"
#include "tests/unit.h"
#include "tests/vline.h"

#define US 1000ll /* nanoseconds */
#define HEARD_MAX (1u << 20)

/* Not 0: some code takes that for "never". */
static int64_t now_ns = 1000000 * MS;

/* The linker puts this in place of loop_now_us() in all of the program. */
int64_t __wrap_loop_now_us(void);

int64_t
__wrap_loop_now_us(void)
{
	return now_ns / US;
}

int64_t
vline_now_us(void)
{
	return now_ns / US;
}

static void
hear(struct vline *v)
{
	size_t taken;

	while (line_has_due(&v->sim)) {
		assert_true(v->n_heard + LINE_DUE_MAX <= HEARD_MAX);
		v->n_heard +=
		    line_due(&v->sim, v->wire.baud, v->heard + v->n_heard, &taken);
		line_handed(&v->sim, taken);
	}
}

static void
work(struct vline *v)
{
	const struct stats *t = &v->sim.stats;

	v->sim.now = now_ns;
	if (v->hand != NULL && now_ns / US >= v->hand_us) {
		void (*hand)(struct vline * v_) = v->hand;

		v->hand = NULL;
		hand(v);
	}
	sim_work(&v->sim);
	if (t->erases > 0 && v->first_erase_us == 0)
		v->first_erase_us = now_ns / US;
	if (t->sectors_read > t->reads && v->first_unit_us == 0)
		v->first_unit_us = now_ns / US;
	if (t->reads + t->writes > v->work_seen)
		v->last_work_us = now_ns / US;
	v->work_seen = t->reads + t->writes;
	hear(v);
}

/* Everything that is due, then on to the next thing, at most until until_ns. */
static void
pass(struct vline *v, int64_t until_ns)
{
	int64_t wake;

	work(v);
	work(v);
	if (v->n_heard > 0 || now_ns >= until_ns)
		return;
	wake = sim_wake(&v->sim);
	if (wake <= now_ns)
		wake = now_ns + US;
	now_ns = wake < until_ns ? wake : until_ns;
}

static ssize_t
vline_read(struct wire *w, void *ret, size_t n, int64_t deadline_us, struct err *e)
{
	struct vline *v = (struct vline *)w;

	if (w->stop_asked != NULL && w->stop_asked(w->stop_arg))
		return err_set(e, ERR_FAILED, "cancelled", "stopped as asked");
	do {
		pass(v, deadline_us * US);
	} while (v->n_heard == 0 && now_ns < deadline_us * US);
	if (n > v->n_heard)
		n = v->n_heard;
	memcpy(ret, v->heard, n);
	memmove(v->heard, v->heard + n, v->n_heard - n);
	v->n_heard -= n;
	return (ssize_t)n;
}

/* Let time pass while the host is not reading. */
static void
wait_until(struct vline *v, int64_t at_ns)
{
	int64_t wake;

	while (now_ns < at_ns) {
		work(v);
		wake = sim_wake(&v->sim);
		if (wake <= now_ns)
			wake = now_ns + US;
		now_ns = wake < at_ns ? wake : at_ns;
	}
}

static int
vline_write(struct wire *w, const void *p, size_t n, int64_t deadline_us, struct err *e)
{
	struct vline *v = (struct vline *)w;
	const uint8_t *b = p;
	size_t part;

	(void)e;
	(void)deadline_us;
	for (; n > 0; b += part, n -= part) {
		part = n < LINE_PART ? n : LINE_PART;
		while (!line_takes(&v->sim, part))
			wait_until(v, now_ns + MS);
		v->sim.now = now_ns;
		line_take(&v->sim, b, part, w->baud);
	}
	return 0;
}

static int
vline_set_baud(struct wire *w, unsigned baud, struct err *e)
{
	struct vline *v = (struct vline *)w;

	(void)e;
	wait_until(v, v->sim.line.to_device_free);
	v->sim.now = now_ns;
	hear(v);
	v->n_heard = 0;
	v->sim.n_faults = baud > v->good_baud ? v->n_faults : 0;
	return 0;
}

static int
vline_set_lines(struct wire *w, int dtr, int rts, struct err *e)
{
	(void)w;
	(void)dtr;
	(void)rts;
	(void)e;
	return 0;
}

static void
vline_flush(struct wire *w)
{
	((struct vline *)w)->n_heard = 0;
}

static const struct wire_ops vline_ops = { .read = vline_read,
	.write = vline_write,
	.set_baud = vline_set_baud,
	.set_lines = vline_set_lines,
	.flush_input = vline_flush };

void
vline_init(struct vline *v, const uint8_t *flash, size_t n, uint64_t seed)
{
	uint8_t id[16];
	size_t i;

	memset(v, 0, sizeof(*v));
	v->wire.ops = &vline_ops;
	v->wire.baud = 115200;
	v->heard = malloc(HEARD_MAX);
	v->flash = malloc(n);
	assert_true(v->heard != NULL && v->flash != NULL);
	memcpy(v->flash, flash, n);
	v->sim.nor.p = v->flash;
	v->sim.nor.size = (uint32_t)n;
	v->sim.nor.fd = -1;
	v->sim.nor.jedec[0] = 0x5e;
	v->sim.nor.jedec[1] = 0x32;
	for (i = n; i > 1; i /= 2)
		v->sim.nor.jedec[2]++;
	v->sim.rng = seed * 0x9e3779b97f4a7c15ull + 1;
	v->sim.profile = "xr872";
	v->sim.rom.version = 2;
	v->sim.console.baud = 115200;
	v->sim.control = -1;
	v->sim.line.paced = true;
	v->sim.now = now_ns;
	assert_int_equal(line_init(&v->sim.line), 0);
	for (i = 0; i < sizeof(id); i++)
		id[i] = (uint8_t)sim_random(&v->sim);
	efuse_fill(&v->sim.mem, id, NULL);
	mem_reset(&v->sim);
	v->sim.mem.update_flag = 2;
	rom_enter(&v->sim);
}

void
vline_fini(struct vline *v)
{
	mem_reset(&v->sim);
	line_fini(&v->sim.line);
	free(v->flash);
	free(v->heard);
}

void
vline_fault(struct vline *v, const char *spec)
{
	assert_int_equal(fault_parse(&v->sim, spec), 0);
	v->n_faults = v->sim.n_faults;
	if (v->wire.baud <= v->good_baud)
		v->sim.n_faults = 0;
}

void
vline_fault_rate(struct vline *v, unsigned which, double rate)
{
	static const char *const kinds[] = { "flip", "drop", "dup", "noise" };
	char spec[64];

	snprintf(spec, sizeof(spec), "%s:%.9f",
	    kinds[which % (sizeof(kinds) / sizeof(kinds[0]))], rate);
	vline_fault(v, spec);
}

void
vline_firmware(struct vline *v)
{
	sim_power_off(&v->sim);
	sim_power_on(&v->sim, now_ns, true);
}

void
vline_wait(struct vline *v, int64_t us)
{
	wait_until(v, now_ns + us * US);
	v->n_heard = 0;
}

void
vline_session(struct vline *v, struct fake_session *s)
{
	const struct chip_driver *d = chip_find("xr872");

	s->chip.driver = d;
	s->chip.wire = &v->wire;
	s->chip.state = calloc(1, d->state_size);
	assert_non_null(s->chip.state);
}

void
vline_session_end(struct fake_session *s)
{
	free(s->chip.state);
	s->chip.state = NULL;
}
